/* SPDX-License-Identifier: MIT */
/* What a codelet says of ONNX: operators, their domain, attributes. */
#include <string.h>

#include "compiler/codelets/parse.h"
#include "compiler/ir/ir.h"

/* Longest list of an attribute with a fixed length */
#define MAX_LENGTH 8

static bool parse_number(struct gs_cl_parser *p, double *value)
{
	const bool negative = gs_cl_accept(p, "-");

	if (p->lex.token != GS_TK_NUMBER) {
		gs_cl_fail(p, "expected a number");
		return false;
	}
	*value = negative ? -p->lex.number : p->lex.number;
	gs_lex_next(&p->lex);
	return true;
}

static const char *parse_string(struct gs_cl_parser *p, const char *what)
{
	const char *text;

	if (p->lex.token != GS_TK_STRING)
		return gs_cl_fail(p, "expected %s in quotes", what);
	text = gs_cl_strndup(p, p->lex.text, p->lex.len);
	gs_lex_next(&p->lex);
	return text;
}

const struct gs_cl_attr *gs_cl_find_attr(const struct gs_codelet *cl,
					 const char *name)
{
	unsigned i;

	for (i = 0; i < cl->num_attrs; i++)
		if (cl->attr[i].name && !strcmp(cl->attr[i].name, name))
			return &cl->attr[i];
	return NULL;
}

/* of "com.example" since 16: of all operators of the codelet */
static void parse_origin(struct gs_cl_parser *p)
{
	double since;

	if (gs_cl_accept(p, "of"))
		p->cl->domain = parse_string(p, "a domain");
	if (p->err || !gs_cl_accept(p, "since") || !parse_number(p, &since))
		return;
	if (since < 1 || since > 1000 || since != (double)(int)since)
		gs_cl_fail(p, "an operator set is a number from 1 to 1000");
	else
		p->cl->opset = (int64_t)since;
}

void gs_cl_parse_operators(struct gs_cl_parser *p)
{
	const bool first = !p->cl->num_ops;

	do {
		if (p->cl->num_ops == GS_CL_MAX_OPERATORS) {
			gs_cl_fail(p, "more than %d operators",
				   GS_CL_MAX_OPERATORS);
			return;
		}
		p->cl->op[p->cl->num_ops] = gs_cl_name(p, "an ONNX operator");
		if (!p->cl->op[p->cl->num_ops++])
			return;
	} while (gs_cl_accept(p, ","));
	if (first)
		parse_origin(p);
	gs_cl_expect(p, ";");
}

/* ["none", "tanh"] */
static void parse_choices(struct gs_cl_parser *p, struct gs_cl_attr *a)
{
	if (!gs_cl_expect(p, "["))
		return;
	do {
		if (a->num_choices == GS_CL_MAX_CHOICES) {
			gs_cl_fail(p, "more than %d values of an attribute",
				   GS_CL_MAX_CHOICES);
			return;
		}
		a->choice[a->num_choices] = parse_string(p, "a value");
		if (!a->choice[a->num_choices++])
			return;
	} while (gs_cl_accept(p, ","));
	gs_cl_expect(p, "]");
}

static void parse_choice(struct gs_cl_parser *p, struct gs_cl_attr *a)
{
	unsigned i;

	for (i = 0; i < a->num_choices; i++)
		if (p->lex.token == GS_TK_STRING &&
		    strlen(a->choice[i]) == p->lex.len &&
		    !memcmp(a->choice[i], p->lex.text, p->lex.len))
			break;
	if (i == a->num_choices) {
		gs_cl_fail(p, "expected one of the values of attribute '%s'",
			   a->name);
		return;
	}
	a->has_fallback = true;
	a->fallback = i;
	gs_lex_next(&p->lex);
}

/* [4], or [] for any length */
static void parse_length(struct gs_cl_parser *p, struct gs_cl_attr *a)
{
	double num;

	if (!gs_cl_accept(p, "["))
		return;
	if (gs_cl_accept(p, "]")) {
		a->any_length = true;
		return;
	}
	if (!parse_number(p, &num))
		return;
	if (num < 1 || num > MAX_LENGTH || num != (double)(int)num) {
		gs_cl_fail(p, "attribute length must be 1..%d", MAX_LENGTH);
		return;
	}
	a->num = (unsigned)num;
	gs_cl_expect(p, "]");
}

/* The kind, when a name follows; else it is the name. */
static enum gs_cl_attr_kind parse_kind(struct gs_cl_parser *p)
{
	static const char *const kinds[] = {
		[GS_CL_ATTR_INT] = "int",
		[GS_CL_ATTR_FLOAT] = "float",
		[GS_CL_ATTR_STRING] = "string",
	};
	unsigned i;

	for (i = GS_CL_ATTR_INT; i <= GS_CL_ATTR_STRING; i++) {
		const struct gs_lexer at = p->lex;

		if (!gs_cl_accept(p, kinds[i]))
			continue;
		if (p->lex.token == GS_TK_NAME)
			return (enum gs_cl_attr_kind)i;
		p->lex = at;
	}
	return GS_CL_ATTR_ANY;
}

/* or input 2: a constant of the node that may stand for it */
static void parse_source(struct gs_cl_parser *p, struct gs_cl_attr *a)
{
	double input;

	if (!gs_cl_accept(p, "or") || !gs_cl_expect(p, "input"))
		return;
	if (a->kind == GS_CL_ATTR_STRING || a->kind == GS_CL_ATTR_ANY) {
		gs_cl_fail(p, "an input stands for an int or a float only");
		return;
	}
	if (!parse_number(p, &input))
		return;
	if (input < 1 || input >= GS_MAX_IO || input != (double)(int)input)
		gs_cl_fail(p, "an input that is an attribute is 1..%d",
			   GS_MAX_IO - 1);
	else
		a->input = (unsigned)input;
}

void gs_cl_parse_attr(struct gs_cl_parser *p)
{
	struct gs_cl_attr *a = &p->cl->attr[p->cl->num_attrs];

	if (p->cl->num_attrs == GS_CL_MAX_ATTRS) {
		gs_cl_fail(p, "more than %d attributes", GS_CL_MAX_ATTRS);
		return;
	}
	a->kind = parse_kind(p);
	a->name = gs_cl_name(p, "an attribute");
	p->cl->num_attrs++;
	if (p->err)
		return;
	if (a->kind == GS_CL_ATTR_STRING)
		parse_choices(p, a);
	else
		parse_length(p, a);
	parse_source(p, a);
	if (gs_cl_accept(p, "=")) {
		if (a->kind == GS_CL_ATTR_STRING)
			parse_choice(p, a);
		else if (a->any_length)
			a->has_fallback = (a->list = gs_cl_expr(p)) != NULL;
		else
			a->has_fallback = parse_number(p, &a->fallback);
	}
	gs_cl_expect(p, ";");
}
