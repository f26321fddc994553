/* SPDX-License-Identifier: MIT */
#ifndef GS_CODELET_LEX_H
#define GS_CODELET_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum gs_token {
	GS_TK_END,
	GS_TK_NAME,
	GS_TK_NUMBER,
	GS_TK_STRING,
	GS_TK_PUNCT, /**< one or two characters, in text */
	GS_TK_BAD,
};

/** A scanner over a text; the current token stands in the fields. */
struct gs_lexer {
	const char *pos, *end;
	const char *line_start;
	unsigned line; /**< of the current token, from 1 */
	unsigned column; /**< from 1 */
	enum gs_token token;
	const char *text; /**< of the token; strings without quotes */
	size_t len;
	double number;
};

void gs_lex_init(struct gs_lexer *lex, const char *text, size_t len);

/** gs_lex_next() - scan the next token; GS_TK_BAD stays current */
void gs_lex_next(struct gs_lexer *lex);

/** gs_lex_is() - whether the current token is this name or punctuation */
bool gs_lex_is(const struct gs_lexer *lex, const char *text);

#endif /* GS_CODELET_LEX_H */
