/* SPDX-License-Identifier: MIT */
/* Parser state shared by the statement and the expression parser. */
#ifndef GS_CODELET_PARSE_H
#define GS_CODELET_PARSE_H

#include "compiler/codelets/codelet.h"
#include "compiler/codelets/lex.h"

/** Lists of texts, by a sum over their bytes */
#define GS_CL_TEXTS 64

/** A name or string of the codelet, of which there is one */
struct gs_cl_text {
	struct gs_cl_text *next;
	unsigned len; /**< files are shorter */
	char text[];
};

/** Nesting of expressions; deeper text is refused. */
#define GS_CL_MAX_DEPTH 64

struct gs_cl_parser {
	struct gs_lexer lex;
	const char *file;
	struct gs_codelet *cl;
	struct gs_diag *diag;
	unsigned depth;
	int err; /**< first error; later ones are not reported */
	struct gs_cl_text *text[GS_CL_TEXTS];
};

/** Report at the current token. The first error sticks; returns NULL for convenience. */
void *gs_cl_fail(struct gs_cl_parser *p, const char *fmt, ...) GS_PRINTF(2, 3);

/** The same at a place before. */
void *gs_cl_fail_at(struct gs_cl_parser *p, unsigned line, unsigned column,
		    const char *fmt, ...) GS_PRINTF(4, 5);

/** Memory that lives as long as the codelet; NULL (and -ENOMEM in err) when out of memory. */
void *gs_cl_alloc(struct gs_cl_parser *p, size_t size);
/** The same with a 0 behind; what is asked for again is the same memory. */
const char *gs_cl_strndup(struct gs_cl_parser *p, const char *text, size_t len);

/** Consume a name, a given word, or nothing. */
const char *gs_cl_name(struct gs_cl_parser *p, const char *what);
bool gs_cl_expect(struct gs_cl_parser *p, const char *text);
bool gs_cl_accept(struct gs_cl_parser *p, const char *text);

/** gs_cl_expr() - parse an expression; NULL after an error */
const struct gs_expr *gs_cl_expr(struct gs_cl_parser *p);

/** gs_cl_find_operand() - index of an operand declared so far, or -1 */
int gs_cl_find_operand(const struct gs_codelet *cl, const char *name);

/** gs_cl_find_attr() - an attribute declared so far, or NULL */
const struct gs_cl_attr *gs_cl_find_attr(const struct gs_codelet *cl,
					 const char *name);

/* ---- parse_attr.c -------------------------------------------------------- */

/** Behind "operator" and "attr" */
void gs_cl_parse_operators(struct gs_cl_parser *p);
void gs_cl_parse_attr(struct gs_cl_parser *p);

/* ---- parse_rules.c ------------------------------------------------------- */

/** gs_cl_parse_rule() - an item that is a rule; false: it is none */
bool gs_cl_parse_rule(struct gs_cl_parser *p);

/** gs_cl_check_rules() - what rules name is declared */
void gs_cl_check_rules(struct gs_cl_parser *p);

#endif /* GS_CODELET_PARSE_H */
