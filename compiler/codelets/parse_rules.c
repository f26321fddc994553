/* SPDX-License-Identifier: MIT */
/* Rules for the front end: shape, quantization, float meaning, order of dimensions. */
#include <string.h>

#include "compiler/codelets/parse.h"

static void parse_pattern(struct gs_cl_parser *p)
{
	struct gs_cl_rules *r = &p->cl->rules;
	struct gs_cl_pattern *t = &r->pattern[r->num_patterns];

	if (r->num_patterns == GS_CL_MAX_PATTERNS) {
		gs_cl_fail(p, "more than %u inputs in a shape rule",
			   r->num_patterns);
		return;
	}
	r->num_patterns++;
	t->line = p->lex.line;
	t->column = p->lex.column;
	t->operand = gs_cl_name(p, "an input");
	if (!gs_cl_expect(p, "["))
		return;
	do {
		if (t->num_dims == GS_CL_MAX_DIMS) {
			gs_cl_fail(p, "more than %d dimensions",
				   GS_CL_MAX_DIMS);
			return;
		}
		if (p->lex.token == GS_TK_NUMBER && p->lex.number == 1) {
			gs_lex_next(&p->lex);
			t->dim[t->num_dims++] = "1";
			continue;
		}
		t->dim[t->num_dims] = gs_cl_name(p, "a dimension or 1");
		if (!t->dim[t->num_dims++])
			return;
	} while (gs_cl_accept(p, ","));
	gs_cl_expect(p, "]");
}

/* like x; broadcast; x[N, C], ... -> [N, C / 2] */
static void parse_shape(struct gs_cl_parser *p)
{
	struct gs_cl_rules *r = &p->cl->rules;

	if (gs_cl_accept(p, "like")) {
		r->shape = GS_CL_SHAPE_LIKE;
		r->shape_like = gs_cl_name(p, "an input");
		return;
	}
	if (gs_cl_accept(p, "broadcast")) {
		r->shape = GS_CL_SHAPE_BROADCAST;
		return;
	}
	r->shape = GS_CL_SHAPE_DIMS;
	while (!p->err && !gs_lex_is(&p->lex, "->")) {
		parse_pattern(p);
		if (!gs_cl_accept(p, ","))
			break;
	}
	if (!gs_cl_expect(p, "->") || !gs_cl_expect(p, "["))
		return;
	r->all_dims = gs_cl_accept(p, "all");
	do {
		if (r->num_dims == GS_CL_MAX_DIMS) {
			gs_cl_fail(p, "more than %d dimensions",
				   GS_CL_MAX_DIMS);
			return;
		}
		r->dim[r->num_dims] = gs_cl_expr(p);
		if (!r->dim[r->num_dims++])
			return;
	} while (!r->all_dims && gs_cl_accept(p, ","));
	gs_cl_expect(p, "]");
}

static void parse_two(struct gs_cl_parser *p, enum gs_cl_quant_rule rule,
		      const char *between)
{
	struct gs_cl_rules *r = &p->cl->rules;

	r->quant = rule;
	r->quant_expr[0] = gs_cl_expr(p);
	if (gs_cl_expect(p, between))
		r->quant_expr[1] = gs_cl_expr(p);
}

static void parse_quantize(struct gs_cl_parser *p)
{
	struct gs_cl_rules *r = &p->cl->rules;

	if (gs_cl_accept(p, "observed")) {
		r->quant = GS_CL_QUANT_OBSERVED;
	} else if (gs_cl_accept(p, "like")) {
		r->quant = GS_CL_QUANT_LIKE;
		r->quant_like = gs_cl_name(p, "an input");
	} else if (gs_cl_accept(p, "scale")) {
		parse_two(p, GS_CL_QUANT_FIXED, "zero");
	} else if (gs_cl_accept(p, "range")) {
		parse_two(p, GS_CL_QUANT_RANGE, ",");
	} else if (gs_cl_accept(p, "within")) {
		parse_two(p, GS_CL_QUANT_WITHIN, ",");
	} else {
		gs_cl_fail(p,
			   "expected observed, like, scale, range or within");
	}
}

static void parse_index(struct gs_cl_parser *p, struct gs_cl_float *f)
{
	do {
		if (f->num_dims == GS_CL_MAX_DIMS) {
			gs_cl_fail(p, "more than %d dimensions",
				   GS_CL_MAX_DIMS);
			return;
		}
		f->index[f->num_dims] = gs_cl_name(p, "an index");
		if (gs_cl_accept(p, "<"))
			f->extent[f->num_dims] = gs_cl_expr(p);
		f->num_dims++;
	} while (!p->err && gs_cl_accept(p, ","));
	gs_cl_expect(p, "]");
}

static void parse_float(struct gs_cl_parser *p)
{
	struct gs_cl_rules *r = &p->cl->rules;
	struct gs_cl_float *f = &r->fl[r->num_floats];

	if (r->num_floats == GS_CL_MAX_FLOATS) {
		gs_cl_fail(p, "more than %d statements for floats",
			   GS_CL_MAX_FLOATS);
		return;
	}
	r->num_floats++;
	f->line = p->lex.line;
	f->column = p->lex.column;
	f->name = gs_cl_name(p, "the output or a name");
	if (gs_cl_accept(p, "["))
		parse_index(p, f);
	if (gs_cl_expect(p, "="))
		f->value = gs_cl_expr(p);
}

static void parse_move_indices(struct gs_cl_parser *p, struct gs_cl_move *m)
{
	m->all = gs_cl_accept(p, "all");
	do {
		if (m->num_dims == GS_CL_MAX_DIMS) {
			gs_cl_fail(p, "more than %d dimensions",
				   GS_CL_MAX_DIMS);
			return;
		}
		m->index[m->num_dims] = gs_cl_name(p, "an index");
		if (!m->index[m->num_dims])
			return;
		if (gs_cl_accept(p, "<"))
			m->extent[m->num_dims] = gs_cl_expr(p);
		if (!m->extent[m->num_dims] != !m->extent[0])
			gs_cl_fail(p, "all indices have an extent, or none");
		m->num_dims++;
	} while (!p->err && !m->all && gs_cl_accept(p, ","));
	gs_cl_expect(p, "]");
}

/* y = x; y = x along axis; y = x along axis into sizes */
static void parse_whole(struct gs_cl_parser *p, struct gs_cl_move *m)
{
	m->kind = GS_MOVE_VIEW;
	m->source = gs_cl_name(p, "an input");
	if (!gs_cl_accept(p, "along"))
		return;
	m->kind = GS_MOVE_JOIN;
	m->along = gs_cl_expr(p);
	if (!gs_cl_accept(p, "into"))
		return;
	m->kind = GS_MOVE_SPLIT;
	m->into = gs_cl_expr(p);
}

/* with name = expr, name = expr */
static void parse_with(struct gs_cl_parser *p, struct gs_cl_move *m)
{
	do {
		struct gs_cl_with *w = &m->with[m->num_with];
		const unsigned line = p->lex.line, column = p->lex.column;
		unsigned i;

		if (m->num_with == GS_CL_MAX_WITH) {
			gs_cl_fail(p, "more than %d values of indices",
				   GS_CL_MAX_WITH);
			return;
		}
		w->name = gs_cl_name(p, "a name");
		for (i = 0; i < m->num_dims && w->name; i++)
			if (!strcmp(m->index[i], w->name))
				gs_cl_fail_at(p, line, column,
					      "'%s' is an index", w->name);
		if (!gs_cl_expect(p, "="))
			return;
		w->value = gs_cl_expr(p);
		m->num_with++;
	} while (!p->err && gs_cl_accept(p, ","));
}

static void parse_subscripts(struct gs_cl_parser *p, struct gs_cl_move *m)
{
	if (!gs_cl_expect(p, "[") || (m->all && !gs_cl_expect(p, "all")))
		return;
	do {
		if (m->num_subs == GS_CL_MAX_DIMS) {
			gs_cl_fail(p, "more than %d dimensions",
				   GS_CL_MAX_DIMS);
			return;
		}
		m->sub[m->num_subs] = gs_cl_expr(p);
		if (!m->sub[m->num_subs++])
			return;
	} while (!m->all && gs_cl_accept(p, ","));
	gs_cl_expect(p, "]");
}

/* y[all i] = x[all expr] else expr; y[i, j] between x[expr, expr]; y = x ... */
static void parse_move(struct gs_cl_parser *p)
{
	struct gs_cl_move *m = &p->cl->rules.move;

	m->line = p->lex.line;
	m->column = p->lex.column;
	m->name = gs_cl_name(p, "the output");
	if (gs_cl_accept(p, "=")) {
		parse_whole(p, m);
		return;
	}
	if (!gs_cl_expect(p, "["))
		return;
	parse_move_indices(p, m);
	m->kind = gs_cl_accept(p, "between") ? GS_MOVE_BETWEEN : GS_MOVE_INDEX;
	if (m->kind == GS_MOVE_INDEX && !gs_cl_expect(p, "="))
		return;
	m->source = gs_cl_name(p, "an input");
	parse_subscripts(p, m);
	if (m->kind == GS_MOVE_INDEX && gs_cl_accept(p, "else"))
		m->other = gs_cl_expr(p);
	if (gs_cl_accept(p, "with"))
		parse_with(p, m);
}

static void parse_order(struct gs_cl_parser *p)
{
	struct gs_cl_rules *r = &p->cl->rules;

	if (gs_cl_accept(p, "nchw")) {
		r->order = GS_CL_ORDER_NCHW;
	} else if (gs_cl_accept(p, "nhwc")) {
		r->order = GS_CL_ORDER_NHWC;
	} else if (gs_cl_expect(p, "channel")) {
		r->order = GS_CL_ORDER_CHANNEL;
		r->axis = gs_cl_expr(p);
	}
}

bool gs_cl_parse_rule(struct gs_cl_parser *p)
{
	static const struct {
		const char *word;
		void (*parse)(struct gs_cl_parser *p);
	} rules[] = {
		{ "shape", parse_shape }, { "quantize", parse_quantize },
		{ "float", parse_float }, { "order", parse_order },
		{ "move", parse_move },
	};
	struct gs_cl_rules *r = &p->cl->rules;
	const unsigned line = p->lex.line, column = p->lex.column;
	unsigned i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (!gs_cl_accept(p, rules[i].word))
			continue;
		if ((i == 0 && r->shape) || (i == 1 && r->quant) ||
		    (i == 3 && r->order) || (i == 4 && r->move.name)) {
			gs_cl_fail_at(p, line, column, "a second rule '%s'",
				      rules[i].word);
			return true;
		}
		if (!r->line) {
			r->line = line;
			r->column = column;
		}
		rules[i].parse(p);
		gs_cl_expect(p, ";");
		return true;
	}
	return false;
}

static void check_input(struct gs_cl_parser *p, const char *name, unsigned line,
			unsigned column)
{
	const int i = gs_cl_find_operand(p->cl, name);
	const enum gs_cl_operand_kind kind = i < 0 ? GS_CL_OUTPUT :
						     p->cl->operand[i].kind;

	if (kind != GS_CL_INPUT && kind != GS_CL_WEIGHT && kind != GS_CL_CONST)
		gs_cl_fail_at(p, line, column,
			      "a rule names '%s', which is no input", name);
}

static bool is_output(const struct gs_codelet *cl, const char *name)
{
	const int i = gs_cl_find_operand(cl, name);

	return i >= 0 && cl->operand[i].kind == GS_CL_OUTPUT;
}

/* The last statement makes the result, those before it values of their own, without indices of the same shape. */
static void check_floats(struct gs_cl_parser *p)
{
	const struct gs_cl_rules *r = &p->cl->rules;
	unsigned i, d;

	for (i = 0; i < r->num_floats; i++) {
		const struct gs_cl_float *f = &r->fl[i];
		const bool last = i + 1 == r->num_floats;

		if (is_output(p->cl, f->name) != last)
			gs_cl_fail_at(
				p, f->line, f->column,
				last ? "the last statement for floats makes '%s', not the output" :
				       "'%s' is made by the last statement for floats",
				f->name);
		if (!last && gs_cl_find_operand(p->cl, f->name) >= 0)
			gs_cl_fail_at(p, f->line, f->column,
				      "'%s' is an operand", f->name);
		for (d = 0; d < f->num_dims; d++)
			if (!f->extent[d] != last)
				gs_cl_fail_at(
					p, f->line, f->column,
					last ? "index '%s' of the output has the extent of its shape" :
					       "index '%s' needs an extent",
					f->index[d]);
	}
}

/* Several inputs are joined, several outputs split; nothing else takes them. */
static void check_many(struct gs_cl_parser *p)
{
	const struct gs_cl_move *m = &p->cl->rules.move;
	const int from = gs_cl_find_operand(p->cl, m->source);
	const int to = gs_cl_find_operand(p->cl, m->name);

	if (from < 0 || to < 0)
		return;
	if (p->cl->operand[from].many != (m->kind == GS_MOVE_JOIN))
		gs_cl_fail_at(
			p, m->line, m->column,
			m->kind == GS_MOVE_JOIN ?
				"what is moved along an axis is '%s[]', or goes into parts" :
				"'%s' is several inputs, which are moved along an axis",
			m->source);
	if (p->cl->operand[to].many != (m->kind == GS_MOVE_SPLIT))
		gs_cl_fail_at(
			p, m->line, m->column,
			m->kind == GS_MOVE_SPLIT ?
				"what is moved into parts becomes '%s[]'" :
				"'%s' is several outputs, into which something is moved",
			m->name);
}

static void check_move(struct gs_cl_parser *p)
{
	const struct gs_cl_rules *r = &p->cl->rules;
	const struct gs_cl_move *m = &r->move;

	if (!m->source)
		return;
	check_input(p, m->source, m->line, m->column);
	if (!p->err &&
	    p->cl->operand[gs_cl_find_operand(p->cl, m->source)].kind !=
		    GS_CL_INPUT)
		gs_cl_fail_at(p, m->line, m->column,
			      "'%s' is moved, which is no 'input'", m->source);
	if (!is_output(p->cl, m->name))
		gs_cl_fail_at(p, m->line, m->column,
			      "'%s' is moved, not the output", m->name);
	if (r->num_floats)
		gs_cl_fail_at(p, r->fl[0].line, r->fl[0].column,
			      "a rule 'float' beside one 'move', which is it");
	if (!m->along == (r->shape == GS_CL_SHAPE_NONE))
		gs_cl_fail_at(
			p, m->line, m->column,
			m->along ?
				"a rule 'move' along an axis gives the shapes, without one 'shape'" :
				"a rule 'move' needs one 'shape'");
	check_many(p);
}

void gs_cl_check_rules(struct gs_cl_parser *p)
{
	const struct gs_cl_rules *r = &p->cl->rules;
	unsigned i;

	if (r->shape_like)
		check_input(p, r->shape_like, r->line, r->column);
	if (r->quant_like)
		check_input(p, r->quant_like, r->line, r->column);
	for (i = 0; i < r->num_patterns; i++)
		check_input(p, r->pattern[i].operand, r->pattern[i].line,
			    r->pattern[i].column);
	check_floats(p);
	check_move(p);
}
