/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/parse.h"

#include <string.h>

struct binary {
	const char *text;
	enum gs_expr_kind kind;
	unsigned precedence;
};

/* Weakest first. ^ is the power, right associative, and binds tighter than unary minus. */
static const struct binary binaries[] = {
	{ "||", GS_EX_OR, 1 }, { "&&", GS_EX_AND, 2 }, { "==", GS_EX_EQ, 3 },
	{ "!=", GS_EX_NE, 3 }, { "<=", GS_EX_LE, 4 },  { ">=", GS_EX_GE, 4 },
	{ "<", GS_EX_LT, 4 },  { ">", GS_EX_GT, 4 },   { "+", GS_EX_ADD, 5 },
	{ "-", GS_EX_SUB, 5 }, { "*", GS_EX_MUL, 6 },  { "/", GS_EX_DIV, 6 },
};

static struct gs_expr *new_expr(struct gs_cl_parser *p, enum gs_expr_kind kind)
{
	struct gs_expr *e = gs_cl_alloc(p, sizeof(*e));

	if (!e)
		return NULL;
	e->kind = kind;
	e->line = p->lex.line;
	e->column = p->lex.column;
	return e;
}

static const struct gs_expr *parse_unary(struct gs_cl_parser *p);

/* Bounds the parser's recursion and the height of what it makes, which others walk recursively. */
static bool descend(struct gs_cl_parser *p)
{
	if (++p->depth <= GS_CL_MAX_DEPTH)
		return true;
	gs_cl_fail(p, "expression nested more than %d deep", GS_CL_MAX_DEPTH);
	return false;
}

static bool parse_args(struct gs_cl_parser *p, struct gs_expr *e,
		       const char *close)
{
	do {
		if (e->num_args == 3)
			return gs_cl_fail(p, "'%s' takes at most 3 arguments",
					  e->name);
		e->arg[e->num_args] = gs_cl_expr(p);
		if (!e->arg[e->num_args++])
			return false;
	} while (gs_cl_accept(p, ","));
	return gs_cl_expect(p, close);
}

static const struct gs_expr *parse_primary(struct gs_cl_parser *p)
{
	struct gs_expr *e;

	if (p->lex.token == GS_TK_NUMBER) {
		e = new_expr(p, GS_EX_NUMBER);
		if (e)
			e->number = p->lex.number;
		gs_lex_next(&p->lex);
		return e;
	}
	if (gs_cl_accept(p, "(")) {
		const struct gs_expr *inner = gs_cl_expr(p);

		return inner && gs_cl_expect(p, ")") ? inner : NULL;
	}
	if (p->lex.token != GS_TK_NAME)
		return gs_cl_fail(p, "expected a number, a name or '('");
	e = new_expr(p, GS_EX_NAME);
	if (!e)
		return NULL;
	e->name = gs_cl_name(p, "a name");
	if (gs_cl_accept(p, "(")) {
		e->kind = GS_EX_CALL;
		return parse_args(p, e, ")") ? e : NULL;
	}
	if (gs_cl_accept(p, "[")) {
		e->kind = GS_EX_INDEX;
		return parse_args(p, e, "]") ? e : NULL;
	}
	return e;
}

static const struct gs_expr *parse_power(struct gs_cl_parser *p)
{
	const struct gs_expr *base = parse_primary(p);
	struct gs_expr *e;

	if (!base || !gs_lex_is(&p->lex, "^"))
		return base;
	if (!descend(p))
		return NULL;
	e = new_expr(p, GS_EX_POW);
	gs_lex_next(&p->lex);
	if (!e)
		return NULL;
	e->arg[0] = base;
	e->arg[1] = parse_unary(p);
	e->num_args = 2;
	p->depth--;
	return e->arg[1] ? e : NULL;
}

static const struct gs_expr *parse_unary(struct gs_cl_parser *p)
{
	const bool neg = gs_lex_is(&p->lex, "-"), not = gs_lex_is(&p->lex, "!");
	struct gs_expr *e;

	if (!neg && !not )
		return parse_power(p);
	if (!descend(p))
		return NULL;
	e = new_expr(p, neg ? GS_EX_NEG : GS_EX_NOT);
	gs_lex_next(&p->lex);
	if (!e)
		return NULL;
	e->arg[0] = parse_unary(p);
	e->num_args = 1;
	p->depth--;
	return e->arg[0] ? e : NULL;
}

static const struct binary *find_binary(const struct gs_lexer *lex)
{
	size_t i;

	for (i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++)
		if (gs_lex_is(lex, binaries[i].text))
			return &binaries[i];
	return NULL;
}

static const struct gs_expr *parse_binary(struct gs_cl_parser *p,
					  unsigned precedence)
{
	const struct gs_expr *left = parse_unary(p);
	const unsigned depth = p->depth;
	const struct binary *op;

	while (left && (op = find_binary(&p->lex)) &&
	       op->precedence >= precedence) {
		struct gs_expr *e = descend(p) ? new_expr(p, op->kind) : NULL;

		gs_lex_next(&p->lex);
		if (!e)
			return NULL;
		e->arg[0] = left;
		e->arg[1] = parse_binary(p, op->precedence + 1);
		e->num_args = 2;
		left = e->arg[1] ? e : NULL;
	}
	p->depth = depth;
	return left;
}

static const struct gs_expr *parse_conditional(struct gs_cl_parser *p)
{
	const struct gs_expr *cond = parse_binary(p, 1);
	struct gs_expr *e;

	if (!cond || !gs_lex_is(&p->lex, "?"))
		return cond;
	e = new_expr(p, GS_EX_COND);
	gs_lex_next(&p->lex);
	if (!e)
		return NULL;
	e->arg[0] = cond;
	e->arg[1] = gs_cl_expr(p);
	if (!e->arg[1] || !gs_cl_expect(p, ":"))
		return NULL;
	e->arg[2] = gs_cl_expr(p);
	e->num_args = 3;
	return e->arg[2] ? e : NULL;
}

const struct gs_expr *gs_cl_expr(struct gs_cl_parser *p)
{
	const struct gs_expr *e;

	if (!descend(p))
		return NULL;
	e = parse_conditional(p);
	p->depth--;
	return e;
}
