/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/parse.h"

#include <string.h>

/* Of a call; an index may have one for each dimension. */
#define MAX_ARGS 3

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

/* Most are numbers and names, which have no arguments. */
static bool add_args(struct gs_cl_parser *p, struct gs_expr *e, unsigned num)
{
	e->arg = num ? gs_cl_alloc(p, num * sizeof(*e->arg)) : NULL;
	return !num || e->arg;
}

static struct gs_expr *new_expr(struct gs_cl_parser *p, enum gs_expr_kind kind,
				unsigned num_args)
{
	struct gs_expr *e = gs_cl_alloc(p, sizeof(*e));

	if (!e || !add_args(p, e, num_args))
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

/* Between the brackets of a call or an index */
struct args {
	const struct gs_expr *arg[GS_CL_MAX_EXPR_ARGS];
	uint8_t num;
};

/* sum(i < N, j < M : value), sum(along axis : value): what stands before the ':' is there. */
static bool make_reduction(struct gs_cl_parser *p, struct gs_expr *e,
			   const struct args *a, bool along)
{
	static const char *const known[] = { "sum", "prod", "max", "min" };
	bool is_known = false;
	unsigned i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		is_known |= !strcmp(e->name, known[i]);
	if (!is_known)
		return gs_cl_fail_at(
			p, e->line, e->column,
			"'%s' does not reduce, sum, prod, max and min do",
			e->name);
	if (!add_args(p, e, 1 + a->num))
		return false;
	for (i = 0; i < a->num; i++) {
		e->arg[1 + i] = a->arg[i];
		if (along || (a->arg[i]->kind == GS_EX_LT &&
			      a->arg[i]->arg[0]->kind == GS_EX_NAME))
			continue;
		return gs_cl_fail_at(
			p, a->arg[i]->line, a->arg[i]->column,
			"expected an index, '<' and its extent before ':'");
	}
	e->kind = GS_EX_REDUCE;
	e->num_loops = along ? 0 : a->num;
	e->num_args = 1;
	e->arg[0] = gs_cl_expr(p);
	return e->arg[0];
}

static bool keep_args(struct gs_cl_parser *p, struct gs_expr *e,
		      const struct args *a)
{
	if (!add_args(p, e, a->num))
		return false;
	for (e->num_args = 0; e->num_args < a->num; e->num_args++)
		e->arg[e->num_args] = a->arg[e->num_args];
	return true;
}

static bool parse_args(struct gs_cl_parser *p, struct gs_expr *e,
		       const char *close, unsigned most)
{
	const bool along = most == MAX_ARGS && gs_cl_accept(p, "along");
	struct args a = { .num = 0 };
	bool reduces;

	do {
		if (a.num == most)
			return gs_cl_fail(p, "'%s' takes at most %u arguments",
					  e->name, most);
		a.arg[a.num] = gs_cl_expr(p);
		if (!a.arg[a.num++])
			return false;
	} while (!along && gs_cl_accept(p, ","));
	if (along && !gs_cl_expect(p, ":"))
		return false;
	reduces = along || (most == MAX_ARGS && gs_cl_accept(p, ":"));
	if (!(reduces ? make_reduction(p, e, &a, along) : keep_args(p, e, &a)))
		return false;
	return gs_cl_expect(p, close);
}

static const struct gs_expr *parse_primary(struct gs_cl_parser *p)
{
	struct gs_expr *e;

	if (p->lex.token == GS_TK_NUMBER) {
		e = new_expr(p, GS_EX_NUMBER, 0);
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
	e = new_expr(p, GS_EX_NAME, 0);
	if (!e)
		return NULL;
	e->name = gs_cl_name(p, "a name");
	if (gs_cl_accept(p, "(")) {
		e->kind = GS_EX_CALL;
		return parse_args(p, e, ")", MAX_ARGS) ? e : NULL;
	}
	if (gs_cl_accept(p, "[")) {
		e->kind = GS_EX_INDEX;
		return parse_args(p, e, "]", GS_CL_MAX_EXPR_ARGS) ? e : NULL;
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
	e = new_expr(p, GS_EX_POW, 2);
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
	e = new_expr(p, neg ? GS_EX_NEG : GS_EX_NOT, 1);
	gs_lex_next(&p->lex);
	if (!e)
		return NULL;
	e->arg[0] = parse_unary(p);
	e->num_args = 1;
	p->depth--;
	return e->arg[0] ? e : NULL;
}

/* attribute == "choice": the choice becomes its number, the attribute's value. */
static const struct gs_expr *parse_choice(struct gs_cl_parser *p,
					  const struct gs_expr *left)
{
	const struct gs_cl_attr *a =
		left->kind == GS_EX_NAME ? gs_cl_find_attr(p->cl, left->name) :
					   NULL;
	struct gs_expr *e;
	unsigned i;

	if (!a || a->kind != GS_CL_ATTR_STRING)
		return gs_cl_fail(
			p,
			"a string can only be compared with an attribute of kind string");
	for (i = 0; i < a->num_choices; i++)
		if (strlen(a->choice[i]) == p->lex.len &&
		    !memcmp(a->choice[i], p->lex.text, p->lex.len))
			break;
	if (i == a->num_choices)
		return gs_cl_fail(p, "expected a value of attribute '%s'",
				  a->name);
	e = new_expr(p, GS_EX_NUMBER, 0);
	if (e)
		e->number = i;
	gs_lex_next(&p->lex);
	return e;
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
		struct gs_expr *e = descend(p) ? new_expr(p, op->kind, 2) :
						 NULL;

		gs_lex_next(&p->lex);
		if (!e)
			return NULL;
		e->arg[0] = left;
		e->arg[1] = p->lex.token == GS_TK_STRING &&
					    op->precedence == 3 ?
				    parse_choice(p, left) :
				    parse_binary(p, op->precedence + 1);
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
	e = new_expr(p, GS_EX_COND, 3);
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
