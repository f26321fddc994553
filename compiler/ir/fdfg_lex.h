/* SPDX-License-Identifier: MIT */
/* Private to the reader of fdfg_text.h: words, numbers, strings and arrays. */
#ifndef GS_FDFG_LEX_H
#define GS_FDFG_LEX_H

#include "compiler/ir/ir.h"

enum gs_fdfg_kind {
	GS_FDFG_END, /**< of the text */
	GS_FDFG_ATOM, /**< a word, a number, a shape, %7 or - */
	GS_FDFG_STRING, /**< without its quotes */
	GS_FDFG_MARK, /**< one character */
};

struct gs_fdfg_token {
	enum gs_fdfg_kind kind;
	const char *text; /**< in the file; not terminated */
	size_t len;
	unsigned line, column;
};

struct gs_fdfg_lex {
	const char *file;
	const char *at, *end, *line_start;
	unsigned line;
	struct gs_fdfg_token tok; /**< the one to be read */
	struct gs_graph *graph; /**< owns what is read */
	struct gs_diag *diag;
};

/*
 * Functions that return int give 0, or -errno after reporting with the place of
 * the token.
 */

/** At @token, or the one to be read: FILE:LINE:COLUMN: and a sentence */
int gs_fdfg_error(struct gs_fdfg_lex *x, const struct gs_fdfg_token *token,
		  const char *fmt, ...) GS_PRINTF(3, 4);
int gs_fdfg_nomem(struct gs_fdfg_lex *x);

/** Go to the next token. */
int gs_fdfg_next(struct gs_fdfg_lex *x);
/** The token to be read is this word or mark. */
bool gs_fdfg_is(const struct gs_fdfg_lex *x, const char *text);
/** That, and it has been read: 1; 0: it is another one; -errno */
int gs_fdfg_accept(struct gs_fdfg_lex *x, const char *text);
int gs_fdfg_expect(struct gs_fdfg_lex *x, const char *text);

int gs_fdfg_int(struct gs_fdfg_lex *x, int64_t min, int64_t max, int64_t *out);
int gs_fdfg_float(struct gs_fdfg_lex *x, float *out);
/** The number to be read has a point, an exponent, or is none. */
bool gs_fdfg_at_float(const struct gs_fdfg_lex *x);
int gs_fdfg_string(struct gs_fdfg_lex *x, const char **out);
/** A word or a string */
int gs_fdfg_name(struct gs_fdfg_lex *x, const char **out);
/** float32, int8 ... */
int gs_fdfg_type(struct gs_fdfg_lex *x, enum gs_dtype *out);
/** nchw or nhwc */
int gs_fdfg_order(struct gs_fdfg_lex *x, enum gs_dim_order *out);
/** 1x3x?x?, scalar or unshaped */
int gs_fdfg_shape(struct gs_fdfg_lex *x, struct gs_shape *shape, bool *shaped);

/** [1, 2, 3]: @num integers from @min to @max */
int gs_fdfg_some_ints(struct gs_fdfg_lex *x, int64_t *values, unsigned num,
		      int64_t min, int64_t max);

/**
 * gs_fdfg_array() - {1, 2, 3}, or base64 and a string
 * @want: elements there must be; -1: any number
 * @data: @num elements of @type in memory of the graph
 */
int gs_fdfg_array(struct gs_fdfg_lex *x, enum gs_dtype type, int64_t want,
		  void **data, size_t *num);

#endif /* GS_FDFG_LEX_H */
