/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/lex.h"

#include <ctype.h>
#include <string.h>

static void skip_blanks(struct gs_lexer *lex)
{
	while (lex->pos < lex->end) {
		if (*lex->pos == '#') {
			while (lex->pos < lex->end && *lex->pos != '\n')
				lex->pos++;
		} else if (*lex->pos == '\n') {
			lex->line++;
			lex->line_start = ++lex->pos;
		} else if (isspace((unsigned char)*lex->pos)) {
			lex->pos++;
		} else {
			return;
		}
	}
}

static bool name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Decimal with an optional fraction: strtod() would need a terminator and follows the locale. */
static void scan_number(struct gs_lexer *lex)
{
	double scale = 1;

	lex->token = GS_TK_NUMBER;
	lex->number = 0;
	while (lex->pos < lex->end && isdigit((unsigned char)*lex->pos))
		lex->number = lex->number * 10 + (*lex->pos++ - '0');
	if (lex->pos < lex->end && *lex->pos == '.') {
		lex->pos++;
		while (lex->pos < lex->end &&
		       isdigit((unsigned char)*lex->pos)) {
			scale /= 10;
			lex->number += scale * (*lex->pos++ - '0');
		}
	}
	if (lex->pos < lex->end && name_char(*lex->pos))
		lex->token = GS_TK_BAD;
}

static void scan_string(struct gs_lexer *lex)
{
	const char *start = ++lex->pos;

	while (lex->pos < lex->end && *lex->pos != '"' && *lex->pos != '\n')
		lex->pos++;
	lex->text = start;
	lex->len = (size_t)(lex->pos - start);
	if (lex->pos == lex->end || *lex->pos != '"') {
		lex->token = GS_TK_BAD;
		return;
	}
	lex->pos++;
	lex->token = GS_TK_STRING;
}

static void scan_punct(struct gs_lexer *lex)
{
	static const char *const pairs[] = { "<=", ">=", "==", "!=",
					     "&&", "||", "->" };
	size_t i;

	lex->token = strchr("{}[](),;:?=+-*/^<>!@", *lex->pos) ? GS_TK_PUNCT :
								 GS_TK_BAD;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (lex->end - lex->pos < 2 || memcmp(lex->pos, pairs[i], 2))
			continue;
		lex->token = GS_TK_PUNCT;
		lex->pos++;
		break;
	}
	lex->pos++;
}

void gs_lex_next(struct gs_lexer *lex)
{
	if (lex->token == GS_TK_BAD)
		return;
	skip_blanks(lex);
	lex->text = lex->pos;
	lex->column = (unsigned)(lex->pos - lex->line_start) + 1;
	lex->len = 0;
	if (lex->pos == lex->end) {
		lex->token = GS_TK_END;
		return;
	}
	if (*lex->pos == '"') {
		scan_string(lex);
		return;
	}
	if (isdigit((unsigned char)*lex->pos)) {
		scan_number(lex);
	} else if (name_char(*lex->pos)) {
		lex->token = GS_TK_NAME;
		while (lex->pos < lex->end && name_char(*lex->pos))
			lex->pos++;
	} else {
		scan_punct(lex);
	}
	lex->len = (size_t)(lex->pos - lex->text);
}

void gs_lex_init(struct gs_lexer *lex, const char *text, size_t len)
{
	*lex = (struct gs_lexer){ .pos = text,
				  .end = text + len,
				  .line_start = text,
				  .line = 1,
				  .token = GS_TK_END };
	gs_lex_next(lex);
}

bool gs_lex_is(const struct gs_lexer *lex, const char *text)
{
	return (lex->token == GS_TK_NAME || lex->token == GS_TK_PUNCT) &&
	       strlen(text) == lex->len && !memcmp(lex->text, text, lex->len);
}
