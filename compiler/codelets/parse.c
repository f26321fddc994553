/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/parse.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/arena.h"

/* What a codelet takes at once; there are some eighty of them. */
#define CHUNK_BYTES 2048

void *gs_cl_fail(struct gs_cl_parser *p, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (p->err)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->err = gs_error(p->diag, -EINVAL, "%s:%u:%u: %s, found %s%.*s%s",
			  p->file, p->lex.line, p->lex.column, text,
			  p->lex.token == GS_TK_END ? "the end" : "'",
			  (int)(p->lex.len < 40 ? p->lex.len : 40), p->lex.text,
			  p->lex.token == GS_TK_END ? "" : "'");
	return NULL;
}

void *gs_cl_fail_at(struct gs_cl_parser *p, unsigned line, unsigned column,
		    const char *fmt, ...)
{
	va_list ap;

	if (p->err)
		return NULL;
	va_start(ap, fmt);
	p->err = gs_error_at(p->diag, -EINVAL, fmt, ap, "%s:%u:%u: ", p->file,
			     line, column);
	va_end(ap);
	return NULL;
}

void *gs_cl_alloc(struct gs_cl_parser *p, size_t size)
{
	void *data = gs_arena_alloc(p->cl->memory, size);

	if (!data && !p->err)
		p->err = gs_error(p->diag, -ENOMEM, "%s: out of memory",
				  p->file);
	return data;
}

const char *gs_cl_strndup(struct gs_cl_parser *p, const char *text, size_t len)
{
	struct gs_cl_text **at, *t;
	unsigned sum = 0;
	size_t i;

	for (i = 0; i < len; i++)
		sum = 31 * sum + (unsigned char)text[i];
	for (at = &p->text[sum % GS_CL_TEXTS]; (t = *at); at = &t->next)
		if (t->len == len && !memcmp(t->text, text, len))
			return t->text;
	t = gs_cl_alloc(p, offsetof(struct gs_cl_text, text) + len + 1);
	if (!t)
		return NULL;
	t->len = (unsigned)len;
	memcpy(t->text, text, len);
	*at = t;
	return t->text;
}

const char *gs_cl_name(struct gs_cl_parser *p, const char *what)
{
	const char *name;

	if (p->lex.token != GS_TK_NAME)
		return gs_cl_fail(p, "expected %s", what);
	name = gs_cl_strndup(p, p->lex.text, p->lex.len);
	gs_lex_next(&p->lex);
	return name;
}

bool gs_cl_accept(struct gs_cl_parser *p, const char *text)
{
	if (p->err || !gs_lex_is(&p->lex, text))
		return false;
	gs_lex_next(&p->lex);
	return true;
}

bool gs_cl_expect(struct gs_cl_parser *p, const char *text)
{
	if (gs_cl_accept(p, text))
		return true;
	gs_cl_fail(p, "expected '%s'", text);
	return false;
}

int gs_cl_find_operand(const struct gs_codelet *cl, const char *name)
{
	unsigned i;

	for (i = 0; i < cl->num_operands; i++)
		if (!strcmp(cl->operand[i].name, name))
			return (int)i;
	return -1;
}

static void parse_dims(struct gs_cl_parser *p, struct gs_cl_operand *o)
{
	const bool any = o->kind == GS_CL_INPUT || o->kind == GS_CL_OUTPUT ||
			 o->kind == GS_CL_CONST;

	/* What is moved may have any dimensions. */
	if (any && !gs_lex_is(&p->lex, "["))
		return;
	if (!gs_cl_expect(p, "["))
		return;
	if (any && gs_cl_accept(p, "]")) {
		o->many = true;
		return;
	}
	do {
		if (o->num_dims == GS_CL_MAX_DIMS) {
			gs_cl_fail(p, "more than %d dimensions",
				   GS_CL_MAX_DIMS);
			return;
		}
		if (gs_lex_is(&p->lex, "@")) {
			gs_lex_next(&p->lex);
			o->dim[o->num_dims++] = GS_CL_LANE;
		} else if (p->lex.token == GS_TK_NUMBER && p->lex.number == 1) {
			gs_lex_next(&p->lex);
			o->dim[o->num_dims++] = "1";
		} else {
			o->dim[o->num_dims] =
				gs_cl_name(p, "an extent, 1 or @");
			if (!o->dim[o->num_dims++])
				return;
		}
	} while (gs_cl_accept(p, ","));
	gs_cl_expect(p, "]");
}

static enum gs_acg_mem parse_memory(struct gs_cl_parser *p)
{
	enum gs_acg_mem mem;

	for (mem = 0; mem < GS_ACG_NUM_MEMORIES; mem++)
		if (gs_cl_accept(p, gs_acg_mem_name(mem)))
			return mem;
	gs_cl_fail(
		p,
		"expected a memory (DRAM, IBUF, WBUF, BBUF, OBUF, VMEM1, VMEM2)");
	return GS_ACG_DRAM;
}

static struct gs_cl_operand *new_operand(struct gs_cl_parser *p,
					 enum gs_cl_operand_kind kind)
{
	struct gs_cl_operand *o = &p->cl->operand[p->cl->num_operands];

	if (p->cl->num_operands == GS_CL_MAX_OPERANDS)
		return gs_cl_fail(p, "more than %d operands",
				  GS_CL_MAX_OPERANDS);
	o->kind = kind;
	o->line = p->lex.line;
	o->column = p->lex.column;
	if (p->lex.token == GS_TK_NAME) {
		const char *name = gs_cl_strndup(p, p->lex.text, p->lex.len);

		if (name && gs_cl_find_operand(p->cl, name) >= 0)
			return gs_cl_fail(p, "operand declared twice");
	}
	o->name = gs_cl_name(p, "an operand");
	parse_dims(p, o);
	p->cl->num_operands++;
	return p->err ? NULL : o;
}

static void parse_operand(struct gs_cl_parser *p, enum gs_cl_operand_kind kind)
{
	struct gs_cl_operand *o = new_operand(p, kind);

	if (!o)
		return;
	if (kind == GS_CL_TEMP && gs_cl_expect(p, "in"))
		o->mem = parse_memory(p);
	if (kind == GS_CL_OUTPUT && gs_cl_accept(p, "like"))
		o->like = gs_cl_name(p, "an input");
	if (kind == GS_CL_INPUT && gs_cl_accept(p, "border")) {
		o->border = gs_cl_accept(p, "min") ? GS_CL_BORDER_MIN :
						     GS_CL_BORDER_ZERO;
		if (o->border == GS_CL_BORDER_ZERO)
			gs_cl_expect(p, "zero");
	}
	if (kind == GS_CL_INPUT || kind == GS_CL_CONST)
		o->broadcast = gs_cl_accept(p, "broadcast");
	if (kind == GS_CL_INPUT || kind == GS_CL_OUTPUT)
		o->truth = gs_cl_accept(p, "bool");
	if (kind == GS_CL_CONST)
		o->integers = gs_cl_accept(p, "int");
	if (o->broadcast && o->num_dims != (kind == GS_CL_CONST ? 1 : 4)) {
		gs_cl_fail(p,
			   "'%s' has %u dimensions, to broadcast it needs %d",
			   o->name, o->num_dims, kind == GS_CL_CONST ? 1 : 4);
		return;
	}
	if (kind == GS_CL_WEIGHT && gs_cl_accept(p, "="))
		o->value = gs_cl_expr(p);
	if (kind == GS_CL_WEIGHT && gs_cl_accept(p, "groups"))
		o->groups = gs_cl_expr(p);
	if (kind == GS_CL_INPUT || kind == GS_CL_CONST || kind == GS_CL_WEIGHT)
		o->optional = gs_cl_accept(p, "optional");
	gs_cl_expect(p, ";");
}

static struct gs_cl_def *new_def(struct gs_cl_parser *p,
				 enum gs_cl_def_kind kind)
{
	if (p->cl->num_defs == GS_CL_MAX_DEFS)
		return gs_cl_fail(p, "more than %d definitions",
				  GS_CL_MAX_DEFS);
	p->cl->def[p->cl->num_defs].kind = kind;
	p->cl->def[p->cl->num_defs].line = p->lex.line;
	return &p->cl->def[p->cl->num_defs++];
}

static void parse_let(struct gs_cl_parser *p)
{
	struct gs_cl_def *d = new_def(p, GS_CL_LET);

	if (!d)
		return;
	d->name = gs_cl_name(p, "a name");
	gs_cl_expect(p, "=");
	d->expr = gs_cl_expr(p);
	gs_cl_expect(p, ";");
}

/* set NAME = expr; or drop NAME; */
static void parse_set(struct gs_cl_parser *p, enum gs_cl_def_kind kind)
{
	struct gs_cl_def *d = new_def(p, kind);

	if (!d)
		return;
	if (p->cl->num_operands) {
		gs_cl_fail(
			p,
			"attributes are set and dropped before the operands");
		return;
	}
	d->name = gs_cl_name(p, "an attribute");
	if (d->name && !gs_cl_find_attr(p->cl, d->name)) {
		gs_cl_fail(p, "'%s' is no attribute", d->name);
		return;
	}
	if (kind == GS_CL_SET && gs_cl_expect(p, "="))
		d->expr = gs_cl_expr(p);
	gs_cl_expect(p, ";");
}

/* Values for the text, one for each % */
static void parse_values(struct gs_cl_parser *p, struct gs_cl_def *d)
{
	unsigned marks = 0;
	const char *at;

	for (at = d->text; *at; at++)
		marks += *at == '%';
	if (marks > GS_CL_MAX_EXPR_ARGS) {
		gs_cl_fail(p, "more than %d values", GS_CL_MAX_EXPR_ARGS);
		return;
	}
	d->arg = gs_cl_alloc(p, marks * sizeof(*d->arg));
	while (!p->err && d->num_args < marks) {
		if (!gs_cl_accept(p, ",")) {
			gs_cl_fail(p, "the reason has %u %%, and %u values",
				   marks, d->num_args);
			return;
		}
		d->arg[d->num_args++] = gs_cl_expr(p);
	}
}

static void parse_require(struct gs_cl_parser *p)
{
	struct gs_cl_def *d = new_def(p, GS_CL_REQUIRE);

	if (!d)
		return;
	d->expr = gs_cl_expr(p);
	gs_cl_expect(p, ":");
	if (p->lex.token != GS_TK_STRING) {
		gs_cl_fail(p, "expected the reason in quotes");
		return;
	}
	d->text = gs_cl_strndup(p, p->lex.text, p->lex.len);
	gs_lex_next(&p->lex);
	if (d->text)
		parse_values(p, d);
	gs_cl_expect(p, ";");
}

static void parse_row(struct gs_cl_parser *p)
{
	struct gs_cl_operand *o = new_operand(p, GS_CL_ROW);
	struct gs_cl_def *d = o ? new_def(p, GS_CL_ROW_VALUE) : NULL;

	if (!d)
		return;
	gs_cl_expect(p, "=");
	o->value = gs_cl_expr(p);
	if (gs_cl_accept(p, "pad"))
		o->pad = gs_cl_expr(p);
	gs_cl_expect(p, ";");
	d->name = o->name;
	d->expr = o->value;
	d->operand = p->cl->num_operands - 1;
}

/* transfer NAME: DRAM -> MEM;  or  transfer NAME: MEM -> DRAM; */
static void parse_transfer(struct gs_cl_parser *p)
{
	const char *name = gs_cl_name(p, "an operand");
	const int i = name ? gs_cl_find_operand(p->cl, name) : -1;
	enum gs_acg_mem from, to;
	struct gs_cl_operand *o;

	if (i < 0) {
		gs_cl_fail(p, "transfer of an unknown operand");
		return;
	}
	o = &p->cl->operand[i];
	gs_cl_expect(p, ":");
	from = parse_memory(p);
	gs_cl_expect(p, "->");
	to = parse_memory(p);
	if (p->err)
		return;
	if (o->mem != GS_ACG_DRAM || o->kind == GS_CL_TEMP ||
	    o->kind == GS_CL_CONST) {
		gs_cl_fail(p, "'%s' cannot have this transfer", name);
		return;
	}
	if ((o->kind == GS_CL_OUTPUT ? to : from) != GS_ACG_DRAM ||
	    from == to) {
		gs_cl_fail(p, "'%s' must move %s", name,
			   o->kind == GS_CL_OUTPUT ? "to DRAM" : "from DRAM");
		return;
	}
	o->mem = o->kind == GS_CL_OUTPUT ? from : to;
	gs_cl_expect(p, ";");
}

static int find_span(const struct gs_codelet *cl, const char *name)
{
	unsigned i;

	for (i = 0; i < cl->num_spans; i++)
		if (!strcmp(cl->span[i].name, name))
			return (int)i;
	return -1;
}

/* span NAME = expr over NAME < EXTENT, NAME < EXTENT [within expr, expr]; */
static void parse_span(struct gs_cl_parser *p)
{
	struct gs_cl_span *s = &p->cl->span[p->cl->num_spans];
	unsigned i;

	if (p->cl->num_spans == GS_CL_MAX_SPANS) {
		gs_cl_fail(p, "more than %d spans", GS_CL_MAX_SPANS);
		return;
	}
	s->line = p->lex.line;
	s->name = gs_cl_name(p, "a loop variable");
	gs_cl_expect(p, "=");
	s->expr = gs_cl_expr(p);
	gs_cl_expect(p, "over");
	for (i = 0; i < 2; i++) {
		if (i)
			gs_cl_expect(p, ",");
		s->var[i] = gs_cl_name(p, "a loop variable");
		gs_cl_expect(p, "<");
		s->extent[i] = gs_cl_name(p, "an extent");
	}
	if (gs_cl_accept(p, "within")) {
		s->within[0] = gs_cl_expr(p);
		gs_cl_expect(p, ",");
		s->within[1] = gs_cl_expr(p);
	}
	gs_cl_expect(p, ";");
	p->cl->num_spans += !p->err;
}

static void *copy(struct gs_cl_parser *p, const void *from, size_t size)
{
	void *to = gs_cl_alloc(p, size);

	return to ? memcpy(to, from, size) : NULL;
}

static bool parse_loops(struct gs_cl_parser *p, struct gs_cl_statement *s)
{
	struct gs_cl_loop loop[GS_CL_MAX_LOOPS];
	bool reduce = false;
	unsigned i;

	do {
		struct gs_cl_loop *l = &loop[s->num_loops];

		if (s->num_loops == GS_CL_MAX_LOOPS)
			return gs_cl_fail(p, "more than %d loops",
					  GS_CL_MAX_LOOPS);
		l->var = gs_cl_name(p, "a loop variable");
		for (i = 0; l->var && i < s->num_loops; i++)
			if (!strcmp(loop[i].var, l->var))
				return gs_cl_fail(p, "loop '%s' comes twice",
						  l->var);
		if (l->var && find_span(p->cl, l->var) >= 0) {
			l->extent = l->var;
		} else {
			gs_cl_expect(p, "<");
			l->extent = gs_cl_name(p, "an extent");
		}
		l->reduce = reduce;
		s->num_loops++;
		if (gs_cl_accept(p, "reduce"))
			reduce = true;
		else if (!gs_cl_accept(p, ","))
			break;
	} while (!p->err);
	s->loop = copy(p, loop, s->num_loops * sizeof(*loop));
	return !p->err;
}

static bool parse_subscripts(struct gs_cl_parser *p, struct gs_cl_ref *ref)
{
	const struct gs_cl_operand *o = &p->cl->operand[ref->operand];

	ref->sub = gs_cl_alloc(p, o->num_dims * sizeof(*ref->sub));
	do {
		if (p->err)
			return false;
		if (ref->num_subs == o->num_dims)
			return gs_cl_fail(p, "'%s' has %u dimensions", o->name,
					  o->num_dims);
		if (!strcmp(o->dim[ref->num_subs], GS_CL_LANE)) {
			if (!gs_cl_expect(p, "@"))
				return false;
			ref->num_subs++;
			continue;
		}
		ref->sub[ref->num_subs] = gs_cl_expr(p);
		if (!ref->sub[ref->num_subs++])
			return false;
	} while (gs_cl_accept(p, ","));
	if (ref->num_subs != o->num_dims)
		return gs_cl_fail(p, "'%s' has %u dimensions", o->name,
				  o->num_dims);
	return gs_cl_expect(p, "]");
}

/* An operand, with or without subscripts; everything else is an immediate. */
static bool parse_ref(struct gs_cl_parser *p, struct gs_cl_ref *ref)
{
	const struct gs_lexer at = p->lex;
	const char *name;

	ref->operand = -1;
	if (p->lex.token == GS_TK_NAME) {
		name = gs_cl_strndup(p, at.text, at.len);
		if (!name)
			return false;
		ref->operand = gs_cl_find_operand(p->cl, name);
		if (ref->operand >= 0) {
			gs_lex_next(&p->lex);
			return gs_cl_accept(p, "[") ? parse_subscripts(p, ref) :
						      !p->err;
		}
	}
	ref->imm = gs_cl_expr(p);
	return ref->imm;
}

static bool parse_call(struct gs_cl_parser *p, struct gs_cl_statement *s)
{
	const char *fn = gs_cl_name(p, "a function");
	bool cast;

	if (!fn)
		return false;
	s->fn = gs_acg_find_function(fn);
	if (!s->fn)
		return gs_cl_fail(p, "no function '%s' on this machine", fn);
	cast = !strncmp(fn, "cast", 4);
	if (!gs_cl_expect(p, "("))
		return false;
	for (s->num_args = 0;
	     s->num_args < s->fn->sources + (s->fn->accumulates ? 1u : 0u);) {
		if (s->num_args && !gs_cl_expect(p, ","))
			return false;
		if (!parse_ref(p, &s->arg[s->num_args++]))
			return false;
	}
	if (cast) {
		if (!gs_cl_expect(p, ","))
			return false;
		s->shift = gs_cl_expr(p);
	}
	return gs_cl_expect(p, ")") && gs_cl_expect(p, ";");
}

static bool parse_assignment(struct gs_cl_parser *p,
			     const struct gs_cl_statement *head)
{
	struct gs_cl_statement *s = &p->cl->stmt[p->cl->num_stmts];

	if (p->cl->num_stmts == GS_CL_MAX_STATEMENTS)
		return gs_cl_fail(p, "more than %d statements",
				  GS_CL_MAX_STATEMENTS);
	*s = *head;
	s->line = p->lex.line;
	s->column = p->lex.column;
	if (gs_cl_accept(p, "if")) {
		if (!gs_cl_expect(p, "("))
			return false;
		s->cond = gs_cl_expr(p);
		if (!s->cond || !gs_cl_expect(p, ")"))
			return false;
	}
	if (!parse_ref(p, &s->dst))
		return false;
	if (s->dst.operand < 0)
		return gs_cl_fail(p, "expected an operand on the left of '='");
	if (!gs_cl_expect(p, "=") || !parse_call(p, s))
		return false;
	if (s->fn->accumulates && s->arg[0].operand != s->dst.operand)
		return gs_cl_fail(
			p, "the first argument of %s must be its destination",
			s->fn->name);
	p->cl->num_stmts++;
	return true;
}

static void parse_loop(struct gs_cl_parser *p)
{
	struct gs_cl_statement head = { 0 };

	if (!parse_loops(p, &head) || !gs_cl_expect(p, "{"))
		return;
	while (!gs_cl_accept(p, "}"))
		if (!parse_assignment(p, &head))
			return;
}

static void parse_item(struct gs_cl_parser *p)
{
	if (gs_cl_accept(p, "operator"))
		gs_cl_parse_operators(p);
	else if (gs_cl_accept(p, "attr"))
		gs_cl_parse_attr(p);
	else if (gs_cl_accept(p, "input"))
		parse_operand(p, GS_CL_INPUT);
	else if (gs_cl_accept(p, "output"))
		parse_operand(p, GS_CL_OUTPUT);
	else if (gs_cl_accept(p, "weight"))
		parse_operand(p, GS_CL_WEIGHT);
	else if (gs_cl_accept(p, "const"))
		parse_operand(p, GS_CL_CONST);
	else if (gs_cl_accept(p, "temp"))
		parse_operand(p, GS_CL_TEMP);
	else if (gs_cl_accept(p, "let"))
		parse_let(p);
	else if (gs_cl_accept(p, "set"))
		parse_set(p, GS_CL_SET);
	else if (gs_cl_accept(p, "drop"))
		parse_set(p, GS_CL_DROP);
	else if (gs_cl_accept(p, "require"))
		parse_require(p);
	else if (gs_cl_accept(p, "row"))
		parse_row(p);
	else if (gs_cl_accept(p, "transfer"))
		parse_transfer(p);
	else if (gs_cl_accept(p, "span"))
		parse_span(p);
	else if (gs_cl_accept(p, "loop"))
		parse_loop(p);
	else if (!gs_cl_parse_rule(p))
		gs_cl_fail(
			p,
			"expected a declaration (operator, attr, shape, quantize, float, move, order, "
			"input, output, weight, const, temp, let, set, drop, require, row, transfer, span or loop)");
}

/* What a rule moves needs neither dimensions nor transfers. */
static void check_operand(struct gs_cl_parser *p, const struct gs_cl_operand *o)
{
	const bool moves = p->cl->rules.move.source;

	if (!moves && !o->num_dims)
		gs_cl_fail_at(p, o->line, o->column,
			      "operand '%s' has no dimensions", o->name);
	if (moves && (o->num_dims || o->mem != GS_ACG_DRAM ||
		      (o->kind != GS_CL_INPUT && o->kind != GS_CL_OUTPUT &&
		       o->kind != GS_CL_CONST)))
		gs_cl_fail_at(
			p, o->line, o->column,
			"beside a rule 'move' there are inputs, constants and an output without dimensions and transfers, and no '%s'",
			o->name);
	if (!moves && o->kind != GS_CL_CONST && o->mem == GS_ACG_DRAM)
		gs_cl_fail_at(p, o->line, o->column,
			      "operand '%s' has no transfer", o->name);
}

/* Several inputs are what is left behind others. */
static void check_many(struct gs_cl_parser *p, unsigned index)
{
	const struct gs_cl_operand *o = &p->cl->operand[index];
	unsigned i;

	for (i = index + 1; o->many && i < p->cl->num_operands; i++)
		if (o->kind == GS_CL_INPUT &&
		    p->cl->operand[i].kind != GS_CL_OUTPUT)
			gs_cl_fail_at(
				p, p->cl->operand[i].line,
				p->cl->operand[i].column,
				"'%s' stands behind '%s[]', which takes all inputs",
				p->cl->operand[i].name, o->name);
}

static void check_codelet(struct gs_cl_parser *p)
{
	const bool moves = p->cl->rules.move.source;
	unsigned i, outputs = 0;

	for (i = 0; i < p->cl->num_operands; i++) {
		outputs += p->cl->operand[i].kind == GS_CL_OUTPUT;
		check_operand(p, &p->cl->operand[i]);
		check_many(p, i);
	}
	if (!p->cl->num_ops || outputs != 1 || (!p->cl->num_stmts && !moves))
		gs_cl_fail(
			p,
			"a codelet needs an operator, one output and a loop or a rule 'move'");
	if (!p->err && moves && p->cl->num_stmts)
		gs_cl_fail_at(p, p->cl->stmt[0].line, p->cl->stmt[0].column,
			      "beside a rule 'move' there are no loops");
	if (!p->err)
		gs_cl_check_rules(p);
}

/* Room for all a codelet may have, while it is read. */
struct room {
	struct gs_cl_attr attr[GS_CL_MAX_ATTRS];
	struct gs_cl_span span[GS_CL_MAX_SPANS];
	struct gs_cl_pattern pattern[GS_CL_MAX_PATTERNS];
	struct gs_cl_float fl[GS_CL_MAX_FLOATS];
	struct gs_cl_operand operand[GS_CL_MAX_OPERANDS];
	struct gs_cl_def def[GS_CL_MAX_DEFS];
	struct gs_cl_statement stmt[GS_CL_MAX_STATEMENTS];
};

/* Most codelets have little of that: what they have stays. */
static void keep_parts(struct gs_cl_parser *p)
{
	struct gs_codelet *cl = p->cl;
	struct gs_cl_rules *r = &cl->rules;

	r->pattern = copy(p, r->pattern, r->num_patterns * sizeof(*r->pattern));
	r->fl = copy(p, r->fl, r->num_floats * sizeof(*r->fl));
	cl->attr = copy(p, cl->attr, cl->num_attrs * sizeof(*cl->attr));
	cl->span = copy(p, cl->span, cl->num_spans * sizeof(*cl->span));
	cl->operand =
		copy(p, cl->operand, cl->num_operands * sizeof(*cl->operand));
	cl->def = copy(p, cl->def, cl->num_defs * sizeof(*cl->def));
	cl->stmt = copy(p, cl->stmt, cl->num_stmts * sizeof(*cl->stmt));
}

static void parse_codelet(struct gs_cl_parser *p)
{
	p->cl->file = gs_cl_strndup(p, p->file, strlen(p->file));
	p->cl->domain = "";
	gs_cl_expect(p, "codelet");
	p->cl->name = gs_cl_name(p, "the codelet's name");
	gs_cl_expect(p, "{");
	while (!p->err && !gs_cl_accept(p, "}"))
		parse_item(p);
	if (!p->err)
		check_codelet(p);
	if (!p->err && p->lex.token != GS_TK_END)
		gs_cl_fail(p, "expected the end of the file");
}

int gs_codelet_parse(const char *file, const char *text, size_t len,
		     struct gs_codelet **out, struct gs_diag *diag)
{
	struct gs_cl_parser p = { .file = file, .diag = diag };
	struct room *room = calloc(1, sizeof(*room));

	*out = NULL;
	p.cl = calloc(1, sizeof(*p.cl));
	if (p.cl)
		p.cl->memory = gs_arena_create_small(CHUNK_BYTES);
	if (!p.cl || !p.cl->memory || !room) {
		gs_codelet_free(p.cl);
		free(room);
		return gs_error(diag, -ENOMEM, "%s: out of memory", file);
	}
	p.cl->attr = room->attr;
	p.cl->span = room->span;
	p.cl->rules.pattern = room->pattern;
	p.cl->rules.fl = room->fl;
	p.cl->operand = room->operand;
	p.cl->def = room->def;
	p.cl->stmt = room->stmt;
	gs_lex_init(&p.lex, text, len);
	parse_codelet(&p);
	keep_parts(&p);
	free(room);
	if (p.err) {
		gs_codelet_free(p.cl);
		return p.err;
	}
	*out = p.cl;
	return 0;
}

void gs_codelet_free(struct gs_codelet *codelet)
{
	if (!codelet)
		return;
	gs_arena_destroy(codelet->memory);
	free(codelet);
}
