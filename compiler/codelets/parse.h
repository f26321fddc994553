/* SPDX-License-Identifier: MIT */
/* Parser state shared by the statement and the expression parser. */
#ifndef GS_CODELET_PARSE_H
#define GS_CODELET_PARSE_H

#include "compiler/codelets/codelet.h"
#include "compiler/codelets/lex.h"

/** Nesting of expressions; deeper text is refused. */
#define GS_CL_MAX_DEPTH 64

struct gs_cl_parser {
	struct gs_lexer lex;
	const char *file;
	struct gs_codelet *cl;
	struct gs_diag *diag;
	unsigned depth;
	int err; /**< first error; later ones are not reported */
};

/** Report at the current token. The first error sticks; returns NULL for convenience. */
void *gs_cl_fail(struct gs_cl_parser *p, const char *fmt, ...) GS_PRINTF(2, 3);

/** Memory that lives as long as the codelet; NULL (and -ENOMEM in err) when out of memory. */
void *gs_cl_alloc(struct gs_cl_parser *p, size_t size);
const char *gs_cl_strndup(struct gs_cl_parser *p, const char *text, size_t len);

/** Consume a name, a given word, or nothing. */
const char *gs_cl_name(struct gs_cl_parser *p, const char *what);
bool gs_cl_expect(struct gs_cl_parser *p, const char *text);
bool gs_cl_accept(struct gs_cl_parser *p, const char *text);

/** gs_cl_expr() - parse an expression; NULL after an error */
const struct gs_expr *gs_cl_expr(struct gs_cl_parser *p);

#endif /* GS_CODELET_PARSE_H */
