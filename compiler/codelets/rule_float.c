/* SPDX-License-Identifier: MIT */
/*
 * The float meaning of an operator: statements over elements. Expressions are
 * opened once for a node, so that each name is a number, an index or an array.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "compiler/codelets/rule_along.h"
#include "compiler/codelets/rule_move.h"
#include "compiler/codelets/rule_step.h"
#include "compiler/codelets/rules.h"
#include "compiler/ir/arena.h"

/* Most elements that one statement may make */
#define MAX_ELEMS (1 << 26)

struct statement {
	struct gs_step *value;
	unsigned array; /* that it makes; the result: @num_arrays */
	unsigned num_dims; /* in the slots from 0 */
	int64_t extent[GS_CL_MAX_DIMS];
	int64_t elems;
};

struct gs_float_rule {
	struct gs_rule_scope *rs; /* owns the memory */
	enum gs_move_kind moves; /* instead of statements */
	const struct gs_move_map *map;
	struct gs_mover *mover; /* that runs it */
	const struct gs_move_taps *taps;
	struct gs_along *along;
	unsigned source; /* input of the node that is moved */
	size_t elems; /* of it */
	struct gs_step_array array[GS_CL_MAX_OPERANDS + GS_CL_MAX_FLOATS];
	unsigned num_arrays;
	int input[GS_CL_MAX_OPERANDS]; /* of the node, by array; -1: none */
	struct statement stmt[GS_CL_MAX_FLOATS];
	unsigned num_stmts;
	struct gs_frame frame;
};

static void fail(struct gs_rule_scope *rs, const struct gs_cl_float *f,
		 const char *what)
{
	const struct gs_expr at = { .line = f->line, .column = f->column };

	gs_scope_fail(&rs->ev, &at, -EINVAL, "%s", what);
}

/* Operands of the codelet are the first arrays. */
static void add_operands(struct gs_float_rule *rule)
{
	const struct gs_bound_node *b = &rule->rs->binding;
	unsigned i;

	for (i = 0; i < b->num_operands; i++) {
		struct gs_step_array *a = &rule->array[rule->num_arrays];
		const struct gs_tensor *t = b->operand[i].tensor;

		rule->input[rule->num_arrays] = gs_rule_input(b->cl, i);
		if (rule->input[rule->num_arrays] < 0)
			continue;
		a->name = b->operand[i].decl->name;
		a->missing = !t;
		if (t)
			a->shape = t->shape;
		rule->num_arrays++;
	}
}

/* The extents of a statement's indices: its own, or those of the result */
static void set_extents(struct gs_float_rule *rule, struct statement *s,
			const struct gs_cl_float *f,
			const struct gs_shape *result)
{
	struct gs_rule_scope *rs = rule->rs;
	const bool last =
		f ==
		&rs->binding.cl->rules.fl[rs->binding.cl->rules.num_floats - 1];
	unsigned d;

	s->num_dims = f->num_dims ? f->num_dims : result->rank;
	s->elems = 1;
	if (s->num_dims != result->rank && last) {
		fail(rs, f, "the output has another number of dimensions");
		return;
	}
	for (d = 0; d < s->num_dims && !rs->ev.err; d++) {
		const double v = last || !f->num_dims ?
					 (double)result->dim[d] :
					 gs_scope_scalar(&rs->ev, f->extent[d]);

		if (!(v >= 1 && v <= MAX_ELEMS) || v != floor(v) ||
		    (s->elems *= (int64_t)v) > MAX_ELEMS) {
			fail(rs, f,
			     "the statement makes too many elements, or none");
			return;
		}
		s->extent[d] = (int64_t)v;
	}
}

static struct gs_step_array *add_array(struct gs_float_rule *rule,
				       const struct statement *s,
				       const char *name)
{
	struct gs_step_array *a = &rule->array[rule->num_arrays];

	a->name = name;
	a->shape.rank = s->num_dims;
	memcpy(a->shape.dim, s->extent, sizeof(s->extent));
	a->own = gs_graph_alloc_array(&rule->rs->memory, (size_t)s->elems,
				      sizeof(*a->own));
	if (!a->own)
		rule->rs->ev.err = -ENOMEM;
	a->f = a->own;
	return a;
}

static int open_statement(struct gs_float_rule *rule,
			  const struct gs_cl_float *f,
			  const struct gs_shape *result, double *steps)
{
	struct statement *s = &rule->stmt[rule->num_stmts];
	struct gs_opener o = {
		.rs = rule->rs,
		.array = rule->array,
		.num_arrays = rule->num_arrays,
		.implicit = f->num_dims ? NULL : result,
	};
	unsigned d;

	set_extents(rule, s, f, result);
	for (d = 0; d < f->num_dims; d++)
		o.index[d] = f->index[d];
	o.num_index = s->num_dims;
	if (!rule->rs->ev.err)
		s->value = gs_step_open(&o, f->value);
	if (rule->rs->ev.err)
		return rule->rs->ev.err;
	*steps += (double)s->elems * gs_step_cost(s->value);
	s->array = rule->num_arrays;
	rule->num_stmts++;
	if (rule->num_stmts < rule->rs->binding.cl->rules.num_floats) {
		add_array(rule, s, f->name);
		rule->num_arrays++;
	}
	return rule->rs->ev.err;
}

static int open_all(struct gs_float_rule *rule, const struct gs_shape *result,
		    double max_steps)
{
	const struct gs_cl_rules *r = &rule->rs->binding.cl->rules;
	double steps = 0;
	unsigned i;
	int ret = 0;

	add_operands(rule);
	for (i = 0; i < r->num_floats && !ret; i++) {
		ret = open_statement(rule, &r->fl[i], result, &steps);
		if (!ret && !(steps <= max_steps)) {
			fail(rule->rs, &r->fl[i],
			     "the rule takes too many steps");
			ret = -EINVAL;
		}
	}
	return ret;
}

/* What there is of each kind of movement */
static int open_move(struct gs_float_rule *rule, const struct gs_node *node,
		     double max_steps)
{
	struct gs_rule_scope *rs = rule->rs;
	const struct gs_cl_move *m = &rs->binding.cl->rules.move;
	const struct gs_expr at = { .line = m->line, .column = m->column };

	rule->moves = m->kind;
	rule->source = gs_move_source(rs->binding.cl);
	rule->elems = (size_t)gs_shape_elems(&node->input[rule->source]->shape);
	if ((m->kind == GS_MOVE_INDEX || m->kind == GS_MOVE_BETWEEN) &&
	    !((double)gs_shape_elems(&node->output[0]->shape) <= max_steps))
		gs_scope_fail(&rs->ev, &at, -EINVAL,
			      "the rule takes too many steps");
	if (rs->ev.err || m->kind == GS_MOVE_VIEW)
		return rs->ev.err;
	if (m->kind == GS_MOVE_INDEX)
		rule->map = gs_move_open(rs);
	else if (m->kind == GS_MOVE_BETWEEN)
		rule->taps = gs_between_open(rs);
	else
		rule->along = gs_along_open(rs);
	if (rs->ev.err || m->kind != GS_MOVE_INDEX)
		return rs->ev.err;
	rule->mover = gs_mover_open(&rs->memory, rule->map);
	return rule->mover ? 0 : -ENOMEM;
}

int gs_rule_prepare(const struct gs_codelet *cl, const struct gs_graph *graph,
		    const struct gs_node *node, double max_steps,
		    struct gs_float_rule **out, struct gs_diag *diag)
{
	/* A view may have lost what it was made of. */
	struct gs_rule_scope *rs =
		cl->rules.move.kind == GS_MOVE_VIEW ?
			gs_rule_scope_empty(graph, node, cl, diag) :
			gs_rule_scope_create(graph, node, cl, false, diag);
	struct gs_float_rule *rule;
	int ret;

	*out = NULL;
	if (!rs)
		return -EINVAL;
	rule = gs_graph_alloc(&rs->memory, sizeof(*rule));
	if (rule) {
		rule->rs = rs;
		ret = cl->rules.move.source ?
			      open_move(rule, node, max_steps) :
			      open_all(rule, &node->output[0]->shape,
				       max_steps);
	} else {
		ret = -ENOMEM;
	}
	if (ret) {
		ret = gs_node_error(diag, ret, node, "%s",
				    *rs->why ? rs->why : "out of memory");
		gs_rule_scope_destroy(rs);
		return ret;
	}
	*out = rule;
	return 0;
}

static void run_statement(struct gs_float_rule *rule, const struct statement *s,
			  float *out)
{
	int64_t *index = rule->frame.index;
	int64_t i;
	unsigned d;

	memset(rule->frame.index, 0, sizeof(rule->frame.index));
	for (i = 0; i < s->elems; i++) {
		rule->frame.outside = false;
		out[i] = (float)gs_step_run(s->value, &rule->frame);
		for (d = s->num_dims; d-- > 0;) {
			if (++index[d] < s->extent[d])
				break;
			index[d] = 0;
		}
	}
}

static void run_move(const struct gs_float_rule *rule, const void *const *in,
		     void *const *out, enum gs_dtype type)
{
	if (rule->moves == GS_MOVE_VIEW)
		memcpy(out[0], in[rule->source],
		       rule->elems * gs_dtype_size(type));
	else if (rule->moves == GS_MOVE_INDEX)
		gs_mover_run(rule->mover, in[rule->source], out[0], type);
	else if (rule->moves == GS_MOVE_BETWEEN)
		gs_between_run(rule->taps, in[rule->source], out[0]);
	else
		gs_along_run(rule->along, in, out, type);
}

void gs_rule_run(struct gs_float_rule *rule, const void *const *in,
		 void *const *out, enum gs_dtype type)
{
	unsigned i;

	if (rule->moves) {
		run_move(rule, in, out, type);
		return;
	}
	for (i = 0; i < rule->num_arrays; i++)
		if (!rule->array[i].own)
			rule->array[i].f = in[rule->input[i]];
	for (i = 0; i < rule->num_stmts; i++)
		run_statement(rule, &rule->stmt[i],
			      i + 1 < rule->num_stmts ?
				      rule->array[rule->stmt[i].array].own :
				      out[0]);
}

const struct gs_move_map *gs_rule_map(const struct gs_float_rule *rule)
{
	return rule->map;
}

const struct gs_move_taps *gs_rule_taps(const struct gs_float_rule *rule)
{
	return rule->taps;
}

void gs_rule_release(struct gs_float_rule *rule)
{
	if (rule)
		gs_rule_scope_destroy(rule->rs);
}
