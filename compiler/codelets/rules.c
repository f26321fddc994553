/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/rules.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "compiler/codelets/node_names.h"
#include "compiler/codelets/parse.h"
#include "compiler/codelets/rule_along.h"
#include "compiler/codelets/rule_move.h"
#include "compiler/ir/arena.h"
#include "compiler/passes/util.h"

static bool has_rules(const struct gs_codelet *cl)
{
	return cl->rules.line != 0;
}

const struct gs_codelet *gs_rules_of(const struct gs_codelet_lib *lib,
				     const struct gs_node *node)
{
	const struct gs_codelet *c;

	for (c = lib->first; c; c = c->next)
		if (has_rules(c) && gs_codelet_computes(c, node))
			return c;
	return NULL;
}

static bool knows(const void *ctx, const struct gs_node *node)
{
	const struct gs_codelet_lib *lib = ctx;
	const struct gs_codelet *c;

	for (c = lib->first; c; c = c->next)
		if (gs_codelet_computes(c, node))
			return true;
	return false;
}

static int64_t opset(const void *ctx, const struct gs_node *node)
{
	const struct gs_codelet_lib *lib = ctx;
	const struct gs_codelet *c;
	int64_t most = 0;

	for (c = lib->first; c; c = c->next)
		if (gs_codelet_computes(c, node) && c->opset > most)
			most = c->opset;
	return most;
}

/* ---- scope --------------------------------------------------------------- */

static bool is_input(const struct gs_cl_operand *o)
{
	return o->kind == GS_CL_INPUT || o->kind == GS_CL_CONST ||
	       (o->kind == GS_CL_WEIGHT && !o->value);
}

int gs_rule_input(const struct gs_codelet *cl, unsigned index)
{
	int input = 0;
	unsigned i;

	for (i = 0; i < index; i++)
		input += is_input(&cl->operand[i]);
	return is_input(&cl->operand[index]) ? input : -1;
}

/* Views have the scale of what they are views of; they learn it later. */
static int set_operands(struct gs_rule_scope *rs)
{
	const struct gs_codelet *cl = rs->binding.cl;
	const struct gs_node *node = rs->binding.node;
	unsigned i;

	rs->binding.num_operands = cl->num_operands;
	for (i = 0; i < cl->num_operands; i++) {
		const int input = gs_rule_input(cl, i);
		struct gs_tensor *t = NULL, *copy;

		rs->binding.operand[i].decl = &cl->operand[i];
		if (input >= 0 && (unsigned)input < node->num_inputs)
			t = node->input[input];
		if (!t)
			continue;
		copy = gs_graph_alloc(&rs->memory, sizeof(*copy));
		if (!copy)
			return -ENOMEM;
		if (cl->operand[i].integers && !gs_is_int_const(t)) {
			char dims[96];

			return gs_scope_misfit(
				&rs->ev,
				"input '%.60s' is %s%s of shape %s, expected are constant integers",
				t->name, t->data ? "constant " : "",
				gs_dtype_name(t->type),
				gs_shape_format(&t->shape, dims, sizeof(dims)));
		}
		*copy = *t;
		copy->quant = gs_tensor_root(t)->quant;
		rs->binding.operand[i].tensor = copy;
	}
	return 0;
}

/* Definitions of attributes alone, which stand before the first operand. */
static int define_early(struct gs_scope *ev)
{
	const struct gs_codelet *cl = ev->binding->cl;
	unsigned i;
	int ret = 0;

	for (i = 0; i < cl->num_defs && !ret; i++) {
		const struct gs_cl_def *d = &cl->def[i];
		struct gs_value val;

		if (d->line >= cl->operand[0].line)
			break;
		if (d->kind == GS_CL_REQUIRE && cl->rules.move.source &&
		    gs_scope_scalar(ev, d->expr) == 0 && !ev->err)
			return gs_scope_unmet(ev, d);
		if (d->kind != GS_CL_LET && d->kind != GS_CL_SET)
			continue;
		ev->undefined = false;
		val = gs_scope_eval(ev, d->expr);
		ret = ev->err ? ev->err : gs_scope_define(ev, d->name, val);
	}
	ev->undefined = false;
	return ret;
}

static void fail_at(struct gs_scope *ev, unsigned line, unsigned column,
		    const char *text)
{
	const struct gs_expr at = { .line = line, .column = column };

	gs_scope_fail(ev, &at, -EINVAL, "%s", text);
}

static int match(struct gs_scope *ev, const struct gs_cl_pattern *p)
{
	const struct gs_tensor *t = NULL;
	char text[192], shape[96];
	unsigned i, d;

	for (i = 0; i < ev->binding->num_operands; i++)
		if (!strcmp(ev->binding->operand[i].decl->name, p->operand))
			t = ev->binding->operand[i].tensor;
	if (!t) {
		snprintf(text, sizeof(text), "input '%.64s' is missing",
			 p->operand);
		fail_at(ev, p->line, p->column, text);
		return ev->err;
	}
	snprintf(text, sizeof(text),
		 "'%.30s' is %s, expected are %u dimensions", p->operand,
		 gs_shape_format(&t->shape, shape, sizeof(shape)), p->num_dims);
	if (t->shape.rank != p->num_dims) {
		fail_at(ev, p->line, p->column, text);
		return ev->err;
	}
	for (d = 0; d < p->num_dims; d++) {
		const double extent = (double)t->shape.dim[d];
		const struct gs_value *known = gs_scope_find(ev, p->dim[d]);
		const bool one = !strcmp(p->dim[d], "1");

		if (!known && !one) {
			if (gs_scope_define_scalar(ev, p->dim[d], extent))
				return -ENOMEM;
			continue;
		}
		if (one ? extent == 1 :
			  known->num == 1 && known->v[0] == extent)
			continue;
		snprintf(text, sizeof(text),
			 "'%.30s' is %s, dimension %u must be %g", p->operand,
			 shape, d, one ? 1 : known->v[0]);
		fail_at(ev, p->line, p->column, text);
		return ev->err;
	}
	return 0;
}

static int fill(struct gs_rule_scope *rs)
{
	const struct gs_cl_rules *r = &rs->binding.cl->rules;
	unsigned i;
	int ret = set_operands(rs);

	ret = ret ? ret : gs_define_attrs(&rs->ev);
	ret = ret ? ret : define_early(&rs->ev);
	for (i = 0; i < r->num_patterns && !ret; i++)
		ret = match(&rs->ev, &r->pattern[i]);
	return ret;
}

static int report(const struct gs_scope *ev, const struct gs_node *node,
		  int err, struct gs_diag *diag)
{
	return gs_node_error(diag, err, node, "%s",
			     err == -ENOMEM || !*ev->why ? "out of memory" :
							   ev->why);
}

struct gs_rule_scope *gs_rule_scope_empty(const struct gs_graph *graph,
					  const struct gs_node *node,
					  const struct gs_codelet *cl,
					  struct gs_diag *diag)
{
	struct gs_arena *arena = gs_arena_create();
	struct gs_rule_scope *rs = arena ? gs_arena_alloc(arena, sizeof(*rs)) :
					   NULL;
	struct gs_node *copy = rs ? gs_arena_alloc(arena, sizeof(*copy)) : NULL;

	if (!copy) {
		if (arena)
			gs_arena_destroy(arena);
		gs_error(diag, -ENOMEM, "out of memory");
		return NULL;
	}
	*copy = *node;
	rs->memory.arena = arena;
	rs->memory.opset = graph->opset;
	rs->memory.data_type = graph->data_type;
	rs->memory.weight_type = graph->weight_type;
	rs->binding.node = copy;
	rs->binding.cl = cl;
	rs->ev.graph = &rs->memory;
	rs->ev.scratch = arena;
	rs->ev.binding = &rs->binding;
	rs->ev.why = rs->why;
	return rs;
}

struct gs_rule_scope *gs_rule_scope_create(const struct gs_graph *graph,
					   const struct gs_node *node,
					   const struct gs_codelet *cl,
					   bool quantized, struct gs_diag *diag)
{
	struct gs_rule_scope *rs = gs_rule_scope_empty(graph, node, cl, diag);
	int ret;

	if (!rs)
		return NULL;
	rs->ev.quantized = quantized;
	ret = fill(rs);
	if (!ret)
		return rs;
	report(&rs->ev, node, ret, diag);
	gs_rule_scope_destroy(rs);
	return NULL;
}

void gs_rule_scope_destroy(struct gs_rule_scope *rs)
{
	if (rs)
		gs_arena_destroy(rs->memory.arena);
}

/* ---- shape --------------------------------------------------------------- */

static const struct gs_tensor *named_input(const struct gs_rule_scope *rs,
					   const char *name)
{
	unsigned i;

	for (i = 0; i < rs->binding.num_operands; i++)
		if (!strcmp(rs->binding.operand[i].decl->name, name))
			return rs->binding.operand[i].tensor;
	return NULL;
}

static void broadcast(struct gs_rule_scope *rs, struct gs_shape *out)
{
	const struct gs_codelet *cl = rs->binding.cl;
	unsigned i, d;

	for (i = 0; i < rs->binding.num_operands; i++) {
		const struct gs_tensor *t = rs->binding.operand[i].tensor;
		const struct gs_shape was = *out;

		if (!t)
			continue;
		out->rank = was.rank > t->shape.rank ? was.rank : t->shape.rank;
		for (d = 0; d < out->rank; d++) {
			const int64_t a =
				d < was.rank ? was.dim[was.rank - 1 - d] : 1;
			const int64_t b =
				d < t->shape.rank ?
					t->shape.dim[t->shape.rank - 1 - d] :
					1;

			if (a != b && a != 1 && b != 1) {
				fail_at(&rs->ev, cl->rules.line,
					cl->rules.column,
					"the shapes of the inputs do not broadcast");
				return;
			}
			out->dim[out->rank - 1 - d] = a == 1 ? b : a;
		}
	}
}

static void dims(struct gs_rule_scope *rs, struct gs_shape *out)
{
	const struct gs_cl_rules *r = &rs->binding.cl->rules;
	/* Constants that are moved may be empty, and larger than what is computed. */
	const double least = r->move.source ? 0 : 1;
	const double most = r->move.source ? INT32_MAX : GS_MAX_EXTENT;
	struct gs_value all = { 0 };
	unsigned i;

	if (r->all_dims)
		all = gs_scope_eval(&rs->ev, r->dim[0]);
	if (all.num > GS_MAX_RANK)
		gs_scope_fail(&rs->ev, r->dim[0], -EINVAL,
			      "the result has %zu dimensions, at most are %d",
			      all.num, GS_MAX_RANK);
	if (rs->ev.err)
		return;
	out->rank = r->all_dims ? (unsigned)all.num : r->num_dims;
	for (i = 0; i < out->rank && !rs->ev.err; i++) {
		const struct gs_expr *e = r->dim[r->all_dims ? 0 : i];
		const double v = r->all_dims ? all.v[i] :
					       gs_scope_scalar(&rs->ev, e);

		if (!(v >= least && v <= most) || v != floor(v))
			gs_scope_fail(
				&rs->ev, e, -EINVAL,
				"dimension %u of the result is %.9g, not an integer from %g to %g",
				i, v, least, most);
		out->dim[i] = rs->ev.err ? 1 : (int64_t)v;
	}
}

static bool has_attr(const struct gs_codelet *cl, const char *name)
{
	unsigned i;

	for (i = 0; i < cl->num_attrs; i++)
		if (!strcmp(cl->attr[i].name, name))
			return true;
	return false;
}

/* The codelet's dimensions n, h, w, c are those of the model in one of two orders. */
static int set_order(struct gs_rule_scope *rs, struct gs_graph *graph,
		     struct gs_node *node)
{
	const struct gs_cl_rules *r = &rs->binding.cl->rules;
	const struct gs_tensor *x = node->num_inputs ? node->input[0] : NULL;
	double axis;

	if (r->order == GS_CL_ORDER_ANY)
		return 0;
	node->fixed_order = true;
	node->order = r->order == GS_CL_ORDER_NCHW ? GS_ORDER_NCHW :
						     GS_ORDER_NHWC;
	if (r->order != GS_CL_ORDER_CHANNEL || !x)
		return 0;
	axis = gs_scope_scalar(&rs->ev, r->axis);
	axis += axis < 0 ? x->shape.rank : 0;
	if (!(axis >= 0 && axis < x->shape.rank) || axis != floor(axis))
		gs_scope_fail(&rs->ev, r->axis, -EINVAL,
			      "the input has no axis %g", axis);
	if (rs->ev.err)
		return 0;
	if (axis == 1 && x->shape.rank > 2)
		node->order = GS_ORDER_NCHW;
	if (r->axis->kind != GS_EX_NAME ||
	    !has_attr(rs->binding.cl, r->axis->name))
		return 0;
	node->axis_attr = gs_graph_strdup(graph, r->axis->name);
	if (!node->axis_attr)
		return -ENOMEM;
	return gs_node_set_attr_int(graph, node, node->axis_attr,
				    (int64_t)axis);
}

/* ---- attributes ---------------------------------------------------------- */

static bool has_def(const struct gs_codelet *cl, enum gs_cl_def_kind kind,
		    const char *name)
{
	unsigned i;

	for (i = 0; i < cl->num_defs; i++)
		if (cl->def[i].kind == kind && !strcmp(cl->def[i].name, name))
			return true;
	return false;
}

static int set_ints(struct gs_rule_scope *rs, struct gs_graph *graph,
		    struct gs_node *node, const struct gs_cl_attr *a,
		    const struct gs_value *v)
{
	int64_t *ints =
		gs_graph_alloc_array(&rs->memory, v->num, sizeof(*ints));
	size_t i;

	if (!ints)
		return -ENOMEM;
	for (i = 0; i < v->num; i++) {
		if (!(fabs(v->v[i]) < 0x1p53) || v->v[i] != floor(v->v[i]))
			return gs_scope_misfit(
				&rs->ev,
				"attribute '%s' is %g, expected is an integer below 2^53",
				a->name, v->v[i]);
		ints[i] = (int64_t)v->v[i];
	}
	if (a->kind == GS_CL_ATTR_STRING)
		return gs_node_set_attr_string(graph, node, a->name,
					       a->choice[ints[0]]);
	if (a->any_length || a->num)
		return gs_node_set_attr_ints(graph, node, a->name, ints,
					     v->num);
	return gs_node_set_attr_int(graph, node, a->name, ints[0]);
}

static int set_floats(struct gs_rule_scope *rs, struct gs_graph *graph,
		      struct gs_node *node, const struct gs_cl_attr *a,
		      const struct gs_value *v)
{
	float *floats =
		gs_graph_alloc_array(&rs->memory, v->num, sizeof(*floats));
	size_t i;

	if (!floats)
		return -ENOMEM;
	for (i = 0; i < v->num; i++)
		floats[i] = (float)v->v[i];
	if (a->any_length || a->num)
		return gs_node_set_attr_floats(graph, node, a->name, floats,
					       v->num);
	return gs_node_set_attr_float(graph, node, a->name, floats[0]);
}

/* Constants that stood for attributes are inputs no more. */
static void drop_input(struct gs_node *node, unsigned index)
{
	if (index < node->num_inputs)
		node->input[index] = NULL;
	while (node->num_inputs && !node->input[node->num_inputs - 1])
		node->num_inputs--;
}

/*
 * What moves elements has its attributes in one form: those of the node, or what
 * they are without; other operators those that the codelet sets, or that inputs
 * may stand for.
 */
static int set_attrs(struct gs_rule_scope *rs, struct gs_graph *graph,
		     struct gs_node *node)
{
	const struct gs_codelet *cl = rs->binding.cl;
	unsigned i;
	int ret = 0;

	for (i = 0; i < cl->num_attrs && ret >= 0; i++) {
		const struct gs_cl_attr *a = &cl->attr[i];
		const struct gs_value *v = gs_scope_find(&rs->ev, a->name);
		const bool is_set = has_def(cl, GS_CL_SET, a->name);

		if (has_def(cl, GS_CL_DROP, a->name)) {
			gs_node_remove_attr(node, a->name);
		} else if (v && (is_set || !gs_node_attr(node, a->name)) &&
			   (is_set || a->input || cl->rules.move.source)) {
			if (!a->any_length && v->num != (a->num ? a->num : 1))
				return gs_scope_misfit(
					&rs->ev,
					"attribute '%s' has %zu values, expected are %u",
					a->name, v->num, a->num ? a->num : 1);
			ret = (a->kind == GS_CL_ATTR_FLOAT ?
				       set_floats :
				       set_ints)(rs, graph, node, a, v);
		}
	}
	for (i = 0; i < cl->num_attrs; i++)
		if (cl->attr[i].input)
			drop_input(node, cl->attr[i].input);
	return ret < 0 ? (rs->ev.err ? rs->ev.err : -ENOMEM) : 0;
}

/* The same elements, under another shape */
static void check_view(struct gs_rule_scope *rs, const struct gs_shape *out)
{
	const struct gs_codelet *cl = rs->binding.cl;
	const struct gs_tensor *x = rs->binding.node->input[gs_move_source(cl)];
	char a[96], b[96];

	if (gs_shape_elems(&x->shape) != gs_shape_elems(out))
		gs_scope_misfit(&rs->ev,
				"input '%.64s' is %s, which cannot become %s",
				x->name,
				gs_shape_format(&x->shape, a, sizeof(a)),
				gs_shape_format(out, b, sizeof(b)));
}

static void result_shape(struct gs_rule_scope *rs, struct gs_shape *out)
{
	const struct gs_cl_rules *r = &rs->binding.cl->rules;
	const struct gs_tensor *like;

	if (r->shape == GS_CL_SHAPE_DIMS) {
		dims(rs, out);
	} else if (r->shape == GS_CL_SHAPE_BROADCAST) {
		broadcast(rs, out);
	} else {
		like = named_input(rs, r->shape_like);
		if (like)
			*out = like->shape;
		else
			fail_at(&rs->ev, r->line, r->column,
				"the input whose shape the result has is missing");
	}
	if (r->move.kind == GS_MOVE_VIEW && !rs->ev.err)
		check_view(rs, out);
}

static int shape(const void *ctx, struct gs_graph *graph, struct gs_node *node,
		 struct gs_shape *out, struct gs_diag *diag)
{
	const struct gs_codelet *cl = gs_rules_of(ctx, node);
	struct gs_rule_scope *rs;
	int ret;

	if (!cl || (!cl->rules.shape && !cl->rules.move.along))
		return 1;
	if (!*cl->domain && graph->opset && graph->opset < cl->opset)
		return gs_node_error(
			diag, -ENOTSUP, node,
			"the model has operator set %lld, the codelet is for %lld and later",
			(long long)graph->opset, (long long)cl->opset);
	rs = gs_rule_scope_create(graph, node, cl, false, diag);
	if (!rs)
		return -EINVAL;
	*out = (struct gs_shape){ 0 };
	if (cl->rules.move.source && !named_input(rs, cl->rules.move.source))
		gs_scope_misfit(&rs->ev, "input '%s' is missing",
				cl->rules.move.source);
	else if (cl->rules.move.along)
		gs_along_shapes(rs, out);
	else
		result_shape(rs, out);
	if (set_order(rs, graph, node))
		rs->ev.err = -ENOMEM;
	if (!rs->ev.err)
		rs->ev.err = set_attrs(rs, graph, node);
	ret = rs->ev.err ? report(&rs->ev, node, rs->ev.err, diag) : 0;
	gs_rule_scope_destroy(rs);
	return ret;
}

/* ---- quantization -------------------------------------------------------- */

static int source_of(const struct gs_codelet *cl, const char *name)
{
	unsigned i;

	for (i = 0; name && i < cl->num_operands; i++)
		if (!strcmp(cl->operand[i].name, name))
			return gs_rule_input(cl, i);
	return -1;
}

/* "output y like x" asks for what "quantize like x" says. */
static const char *like_of(const struct gs_codelet *cl)
{
	unsigned i;

	if (cl->rules.quant)
		return cl->rules.quant_like;
	for (i = 0; i < cl->num_operands; i++)
		if (cl->operand[i].kind == GS_CL_OUTPUT)
			return cl->operand[i].like;
	return NULL;
}

static void answer_numbers(struct gs_rule_scope *rs,
			   struct gs_quant_answer *out)
{
	const struct gs_cl_rules *r = &rs->binding.cl->rules;
	const double a = gs_scope_scalar(&rs->ev, r->quant_expr[0]);
	const double b =
		rs->ev.err ? 0 : gs_scope_scalar(&rs->ev, r->quant_expr[1]);

	if (rs->ev.err)
		return;
	out->low = a;
	out->high = b;
	out->choice = r->quant == GS_CL_QUANT_FIXED ? GS_QUANT_FIXED :
		      r->quant == GS_CL_QUANT_RANGE ? GS_QUANT_RANGE :
						      GS_QUANT_WITHIN;
	if (r->quant != GS_CL_QUANT_FIXED) {
		if (!(a < b) || !isfinite((float)a) || !isfinite((float)b))
			gs_scope_fail(&rs->ev, r->quant_expr[0], -EINVAL,
				      "the range from %g to %g is empty", a, b);
		return;
	}
	if (!(a > 0) || !isnormal((float)a)) {
		gs_scope_fail(&rs->ev, r->quant_expr[0], -EINVAL,
			      "a scale cannot be %g", a);
	} else if (!(b >= gs_dtype_low(rs->ev.graph->data_type) &&
		     b <= gs_dtype_high(rs->ev.graph->data_type)) ||
		   b != floor(b)) {
		gs_scope_fail(&rs->ev, r->quant_expr[1], -EINVAL,
			      "a zero point cannot be %g", b);
	} else {
		out->scale = (float)a;
		out->zero_point = (int32_t)b;
	}
}

/* Does what is moved have elements that are not of the input? */
static int answer_other(const struct gs_codelet *cl,
			const struct gs_graph *graph,
			const struct gs_node *node, struct gs_quant_answer *out,
			struct gs_diag *diag)
{
	const struct gs_move_map *map;
	struct gs_float_rule *rule;
	const int ret = gs_rule_prepare(cl, graph, node, GS_RULE_MAX_STEPS,
					&rule, diag);

	if (ret)
		return ret;
	map = gs_rule_map(rule);
	out->has_other = map->outside || map->nothing;
	out->other = map->other;
	gs_rule_release(rule);
	return 0;
}

static int quantize(const void *ctx, struct gs_graph *graph,
		    struct gs_node *node, struct gs_quant_answer *out,
		    struct gs_diag *diag)
{
	const struct gs_codelet *cl = gs_rules_of(ctx, node);
	const int source = cl ? source_of(cl, like_of(cl)) : -1;
	struct gs_rule_scope *rs;
	int ret;

	*out = (struct gs_quant_answer){ .choice = GS_QUANT_OBSERVED };
	if (!cl)
		return 1;
	if (source >= 0) {
		out->choice = GS_QUANT_SOURCE;
		out->source = (unsigned)source;
		return cl->rules.move.other ?
			       answer_other(cl, graph, node, out, diag) :
			       0;
	}
	if (!cl->rules.quant_expr[0])
		return 0;
	rs = gs_rule_scope_create(graph, node, cl, true, diag);
	if (!rs)
		return -EINVAL;
	answer_numbers(rs, out);
	ret = rs->ev.err ? report(&rs->ev, node, rs->ev.err, diag) : 0;
	gs_rule_scope_destroy(rs);
	return ret;
}

static int keeps(const void *ctx, const struct gs_node *node)
{
	const struct gs_codelet *cl = gs_rules_of(ctx, node);

	return cl && !cl->rules.move.other ? source_of(cl, like_of(cl)) : -1;
}

static enum gs_input_role role(const void *ctx, const struct gs_node *node,
			       unsigned input)
{
	const struct gs_codelet *cl = gs_rules_of(ctx, node);
	unsigned i;

	for (i = 0; cl && i < cl->num_operands; i++)
		if (gs_rule_input(cl, i) == (int)input ||
		    (cl->operand[i].kind == GS_CL_INPUT &&
		     cl->operand[i].many && gs_rule_input(cl, i) <= (int)input))
			return cl->operand[i].kind == GS_CL_INPUT ?
				       GS_ROLE_ACTIVATION :
			       cl->operand[i].kind == GS_CL_WEIGHT ?
				       GS_ROLE_WEIGHT :
				       GS_ROLE_CONST;
	return GS_ROLE_CONST;
}

static unsigned input_of(const void *ctx, const struct gs_node *node,
			 const char *attr)
{
	const struct gs_codelet *cl = gs_rules_of(ctx, node);
	const struct gs_cl_attr *a = cl ? gs_cl_find_attr(cl, attr) : NULL;

	return a ? a->input : 0;
}

static bool truth(const void *ctx, const struct gs_node *node, int index)
{
	const struct gs_codelet *cl = gs_rules_of(ctx, node);
	unsigned i;

	for (i = 0; cl && i < cl->num_operands; i++)
		if (cl->operand[i].truth && gs_rule_input(cl, i) == index)
			return true;
	return false;
}

static enum gs_move_kind moves(const void *ctx, const struct gs_node *node)
{
	const struct gs_codelet *cl = gs_rules_of(ctx, node);

	return cl ? cl->rules.move.kind : GS_MOVE_NONE;
}

static unsigned source(const void *ctx, const struct gs_node *node)
{
	return gs_move_source(gs_rules_of(ctx, node));
}

static int along(const void *ctx, const struct gs_graph *graph,
		 const struct gs_node *node, int64_t *extent,
		 struct gs_diag *diag)
{
	struct gs_rule_scope *rs = gs_rule_scope_create(
		graph, node, gs_rules_of(ctx, node), false, diag);
	int axis;

	if (!rs)
		return -EINVAL;
	axis = gs_along_parts(rs, extent);
	if (axis < 0)
		axis = report(&rs->ev, node, rs->ev.err, diag);
	gs_rule_scope_destroy(rs);
	return axis;
}

/* ---- the table ----------------------------------------------------------- */

static int prepare(const void *ctx, const struct gs_graph *graph,
		   const struct gs_node *node, struct gs_float_rule **out,
		   struct gs_diag *diag)
{
	const struct gs_codelet *cl = gs_rules_of(ctx, node);

	*out = NULL;
	if (!cl || (!cl->rules.num_floats && !cl->rules.move.source))
		return 0;
	return gs_rule_prepare(cl, graph, node, GS_RULE_MAX_STEPS, out, diag);
}

struct gs_op_rules gs_codelet_rules(const struct gs_codelet_lib *lib)
{
	return (struct gs_op_rules){
		.ctx = lib,
		.knows = knows,
		.opset = opset,
		.shape = shape,
		.quantize = quantize,
		.truth = truth,
		.moves = moves,
		.source = source,
		.along = along,
		.keeps = keeps,
		.role = role,
		.input_of = input_of,
		.prepare = prepare,
		.run = gs_rule_run,
		.map = gs_rule_map,
		.taps = gs_rule_taps,
		.release = gs_rule_release,
	};
}
