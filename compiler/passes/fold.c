/* SPDX-License-Identifier: MIT */
/*
 * Evaluation of nodes on constants: what exporters write to compute shapes, and
 * weights that pass through a transpose or a reshape.
 */
#include <errno.h>
#include <math.h>

#include "compiler/ir/op_rules.h"
#include "compiler/passes/eval_ops.h"
#include "compiler/passes/util.h"
#include "compiler/passes/walk.h"

/* Results that may be larger than their input are kept below this. */
#define MAX_ELEMS (1 << 22)

const char *const gs_shape_ops[] = { "Shape", "Size", NULL };

struct fold {
	struct gs_graph *graph;
	struct gs_node *node;
	struct gs_tensor *out;
	struct gs_diag *diag;
};

/* Give the output its type and shape, and memory; NULL: reported */
static void *fold_output(struct fold *f, enum gs_dtype type,
			 const struct gs_shape *shape, int64_t max_elems)
{
	int64_t elems = gs_shape_elems(shape);
	void *data;

	if (elems < 0 || elems > max_elems) {
		char buf[128];

		gs_node_error(f->diag, -ENOTSUP, f->node,
			      "the constant result (%s) is too large",
			      gs_shape_format(shape, buf, sizeof(buf)));
		return NULL;
	}
	data = gs_graph_alloc(f->graph, (size_t)elems * gs_dtype_size(type));
	if (!data) {
		gs_nomem(f->diag);
		return NULL;
	}
	f->out->type = type;
	f->out->shape = *shape;
	f->out->data = data;
	return data;
}

static int missing(const struct fold *f, unsigned index)
{
	return gs_node_error(f->diag, -EINVAL, f->node, "input %u is missing",
			     index);
}

/* ---- Shape and Size ------------------------------------------------------ */

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

static int fold_shape(struct fold *f)
{
	const struct gs_tensor *in = gs_input(f->node, 0);
	int64_t start, end, rank, i, *out;
	struct gs_shape shape = { .rank = 1 };

	if (!in)
		return missing(f, 0);
	rank = in->shape.rank;
	start = gs_node_attr_int(f->node, "start", 0);
	end = gs_node_attr_int(f->node, "end", rank);
	start = clamp(start < 0 ? start + rank : start, 0, rank);
	end = clamp(end < 0 ? end + rank : end, 0, rank);
	shape.dim[0] = end > start ? end - start : 0;
	out = fold_output(f, GS_DT_I64, &shape, MAX_ELEMS);
	if (!out)
		return -ENOTSUP;
	for (i = 0; i < shape.dim[0]; i++)
		out[i] = in->shape.dim[start + i];
	return 1;
}

static int fold_size(struct fold *f)
{
	const struct gs_shape scalar = { 0 };
	int64_t *out;

	if (!gs_input(f->node, 0))
		return missing(f, 0);
	out = fold_output(f, GS_DT_I64, &scalar, 1);
	if (!out)
		return -ENOTSUP;
	*out = gs_shape_elems(&f->node->input[0]->shape);
	return 1;
}

/* ---- values -------------------------------------------------------------- */

static double get_value(const struct gs_tensor *t, int64_t i)
{
	if (t->type == GS_DT_F32)
		return (double)((const float *)t->data)[i];
	return (double)gs_const_int(t, i);
}

static bool cast_value(void *out, enum gs_dtype type, int64_t i,
		       const struct gs_tensor *in)
{
	double value;

	if (in->type != GS_DT_F32)
		return gs_put_int(out, type, i, gs_const_int(in, i));
	value = get_value(in, i);
	if (type == GS_DT_F32) {
		((float *)out)[i] = (float)value;
		return true;
	}
	if (type == GS_DT_BOOL)
		return gs_put_int(out, type, i, value != 0.0);
	return fabs(value) < 0x1p62 && gs_put_int(out, type, i, (int64_t)value);
}

static int fold_cast(struct fold *f)
{
	const struct gs_tensor *in = gs_input(f->node, 0);
	int64_t to = gs_node_attr_int(f->node, "to", 0), i, elems;
	enum gs_dtype type = gs_onnx_elem_type(to);
	void *out;

	if (!in)
		return missing(f, 0);
	if (type == GS_DT_NONE)
		return gs_node_error(f->diag, -ENOTSUP, f->node,
				     "element type %lld is not supported",
				     (long long)to);
	elems = gs_shape_elems(&in->shape);
	out = fold_output(f, type, &in->shape, INT64_MAX);
	if (!out)
		return -ENOTSUP;
	for (i = 0; i < elems; i++)
		if (!cast_value(out, type, i, in))
			return gs_node_error(f->diag, -EINVAL, f->node,
					     "value %g does not fit %s",
					     get_value(in, i),
					     gs_dtype_name(type));
	return 1;
}

static int fold_constant_of_shape(struct fold *f)
{
	const struct gs_attr *attr = gs_node_attr(f->node, "value");
	const float zero = 0.0f;
	enum gs_dtype type = GS_DT_F32;
	const void *value = &zero;
	struct gs_shape shape;
	int64_t elems, i;
	char *out;
	int ret;

	if (!gs_input(f->node, 0))
		return missing(f, 0);
	ret = gs_get_axes(f->node, "shape", 0, shape.dim, &shape.rank, f->diag);
	if (ret < 0)
		return ret;
	if (attr && (attr->kind != GS_ATTR_TENSOR ||
		     gs_shape_elems(&attr->tensor->shape) != 1))
		return gs_node_error(f->diag, -EINVAL, f->node,
				     "attribute 'value' is not one element");
	if (attr) {
		type = attr->tensor->type;
		value = attr->tensor->data;
	}
	out = fold_output(f, type, &shape, MAX_ELEMS);
	if (!out)
		return -ENOTSUP;
	elems = gs_shape_elems(&shape);
	for (i = 0; i < elems; i++)
		memcpy(out + (size_t)i * gs_dtype_size(type), value,
		       gs_dtype_size(type));
	return 1;
}

/* ---- arithmetic ---------------------------------------------------------- */

static bool int_op(char op, int64_t a, int64_t b, int64_t *out)
{
	switch (op) {
	case 'A':
		return !__builtin_add_overflow(a, b, out);
	case 'S':
		return !__builtin_sub_overflow(a, b, out);
	case 'M':
		return !__builtin_mul_overflow(a, b, out);
	default:
		if (!b || (a == INT64_MIN && b == -1))
			return false;
		*out = a / b;
		return true;
	}
}

static int compute(struct fold *f, const struct gs_tensor *a,
		   const struct gs_tensor *b, const struct gs_shape *shape)
{
	struct gs_walk w;
	int64_t done = 0, i, value;
	bool more;
	void *out;

	out = fold_output(f, a->type, shape, MAX_ELEMS);
	if (!out)
		return -ENOTSUP;
	gs_walk_init(&w, shape);
	gs_walk_add_broadcast(&w, &a->shape);
	gs_walk_add_broadcast(&w, &b->shape);
	for (more = gs_walk_start(&w); more; more = gs_walk_next(&w)) {
		for (i = 0; i < w.num; i++, done++)
			if (!int_op(f->node->op[0],
				    gs_const_int(a, w.at[0] + i * w.step[0]),
				    gs_const_int(b, w.at[1] + i * w.step[1]),
				    &value) ||
			    !gs_put_int(out, a->type, done, value))
				return gs_node_error(
					f->diag, -EINVAL, f->node,
					"element %lld has no %s result",
					(long long)done,
					gs_dtype_name(a->type));
	}
	return 1;
}

/* Sizes and indices, which float32 need not hold */
static int fold_arithmetic(struct fold *f)
{
	const struct gs_tensor *a = gs_input(f->node, 0);
	const struct gs_tensor *b = gs_input(f->node, 1);
	struct gs_shape shape;

	if (!a || !b)
		return missing(f, a ? 1 : 0);
	if (a->type == GS_DT_F32)
		return 0;
	if (a->type != b->type || !gs_broadcast(&a->shape, &b->shape, &shape))
		return gs_node_error(
			f->diag, -EINVAL, f->node,
			"inputs '%s' and '%s' do not fit in type or shape",
			a->name, b->name);
	return compute(f, a, b, &shape);
}

static int fold_range(struct fold *f)
{
	const struct gs_tensor *in[3];
	struct gs_shape shape = { .rank = 1 };
	double start, step, num;
	unsigned i;
	void *out;

	for (i = 0; i < 3; i++) {
		in[i] = gs_input(f->node, i);
		if (!in[i] || in[i]->type != gs_input(f->node, 0)->type ||
		    gs_shape_elems(&in[i]->shape) != 1)
			return gs_node_error(
				f->diag, -EINVAL, f->node,
				"start, limit and delta are not values of one type");
	}
	start = get_value(in[0], 0);
	step = get_value(in[2], 0);
	num = ceil((get_value(in[1], 0) - start) / step);
	if (!(num <= MAX_ELEMS))
		return gs_node_error(f->diag, -EINVAL, f->node,
				     "%g elements are not possible", num);
	shape.dim[0] = num > 0.0 ? (int64_t)num : 0;
	out = fold_output(f, in[0]->type, &shape, MAX_ELEMS);
	if (!out)
		return -ENOTSUP;
	for (i = 0; i < shape.dim[0]; i++) {
		double value = start + i * step;

		if (in[0]->type == GS_DT_F32)
			((float *)out)[i] = (float)value;
		else if (fabs(value) >= 0x1p53 ||
			 !gs_put_int(out, in[0]->type, i, (int64_t)value))
			return gs_node_error(f->diag, -EINVAL, f->node,
					     "value %g does not fit %s", value,
					     gs_dtype_name(in[0]->type));
	}
	return 1;
}

/* ---- entry --------------------------------------------------------------- */

static const struct {
	const char *op;
	int (*fold)(struct fold *f);
} rules[] = {
	{ "Shape", fold_shape },
	{ "Size", fold_size },
	{ "Cast", fold_cast },
	{ "Add", fold_arithmetic },
	{ "Sub", fold_arithmetic },
	{ "Mul", fold_arithmetic },
	{ "Div", fold_arithmetic },
	{ "Range", fold_range },
	{ "ConstantOfShape", fold_constant_of_shape },
};

static bool ready(const struct gs_node *node)
{
	unsigned i;

	if (node->num_outputs < 1 || !node->output[0])
		return false;
	if (gs_op_in(node, gs_shape_ops))
		return true;
	for (i = 0; i < node->num_inputs; i++)
		if (node->input[i] && !node->input[i]->data)
			return false;
	return node->num_inputs > 0;
}

bool gs_fold_knows(const char *op)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (!strcmp(op, rules[i].op))
			return true;
	return gs_eval_folds(op);
}

int gs_fold_node(struct gs_graph *graph, struct gs_node *node,
		 struct gs_diag *diag)
{
	struct fold f = { graph, node, NULL, diag };
	size_t i;
	int ret = 0;

	if (!ready(node))
		return 0;
	f.out = node->output[0];
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (gs_op_is(node, rules[i].op))
			ret = rules[i].fold(&f);
	if (ret == 1)
		f.out->shaped = true;
	return ret;
}

/* ---- float evaluation ---------------------------------------------------- */

/* Input @index as float32; NULL: out of memory */
static const float *as_floats(struct fold *f, unsigned index)
{
	const struct gs_tensor *t = f->node->input[index];
	int64_t elems = gs_shape_elems(&t->shape), i;
	float *data;

	if (t->type == GS_DT_F32)
		return t->data;
	data = gs_graph_alloc_array(f->graph, (size_t)elems, sizeof(*data));
	for (i = 0; data && i < elems; i++)
		data[i] = (float)gs_const_int(t, i);
	return data;
}

/* Output @index takes the results, which are of its type or float32. */
static int take(struct fold *f, unsigned index, const float *from, bool moved)
{
	struct gs_tensor *t = f->node->output[index];
	int64_t elems = gs_shape_elems(&t->shape), i;
	void *data;

	if (moved || t->type == GS_DT_F32) {
		t->data = from;
		return 0;
	}
	data = gs_graph_alloc_array(f->graph, (size_t)elems,
				    gs_dtype_size(t->type));
	if (!data)
		return gs_nomem(f->diag);
	for (i = 0; i < elems; i++)
		if (!(fabsf(from[i]) <= 0x1p24f) ||
		    !gs_put_int(data, t->type, i, (int64_t)from[i]))
			return gs_node_error(f->diag, -EINVAL, f->node,
					     "value %g does not fit %s",
					     (double)from[i],
					     gs_dtype_name(t->type));
	t->data = data;
	return 0;
}

static int run(struct fold *f, const struct gs_eval_kind *kind,
	       struct gs_eval_op *op, bool moved)
{
	const struct gs_node *node = f->node;
	unsigned i;

	op->type = moved ? node->output[0]->type : GS_DT_F32;
	for (i = 0; i < node->num_inputs; i++) {
		if (!node->input[i])
			continue;
		op->in[i] = moved ? node->input[i]->data : as_floats(f, i);
		if (!op->in[i])
			return gs_nomem(f->diag);
	}
	for (i = 0; i < node->num_outputs; i++) {
		if (!node->output[i])
			continue;
		op->out[i] = gs_graph_alloc_array(
			f->graph,
			(size_t)gs_shape_elems(&node->output[i]->shape),
			gs_dtype_size(op->type));
		if (!op->out[i])
			return gs_nomem(f->diag);
	}
	if (op->rule) {
		f->graph->rules->run(op->rule, op->in, op->out, op->type);
		return 0;
	}
	op->scratch = gs_graph_alloc_array(f->graph, gs_eval_scratch(node),
					   sizeof(*op->scratch));
	if (!op->scratch)
		return gs_nomem(f->diag);
	kind->run(op);
	return 0;
}

/* Small, or no larger than what it is made of */
static bool small(const struct gs_node *node)
{
	int64_t elems = MAX_ELEMS;
	unsigned i;

	for (i = 0; i < node->num_inputs; i++)
		if (node->input[i] &&
		    gs_shape_elems(&node->input[i]->shape) > elems)
			elems = gs_shape_elems(&node->input[i]->shape);
	for (i = 0; i < node->num_outputs; i++)
		if (node->output[i] &&
		    gs_shape_elems(&node->output[i]->shape) > elems)
			return false;
	return true;
}

/* The same elements */
static int share(struct fold *f)
{
	const struct gs_op_rules *rules = f->graph->rules;
	const unsigned source = rules->source(rules->ctx, f->node);

	f->node->output[0]->data = f->node->input[source]->data;
	return 1;
}

int gs_fold_eval(struct gs_graph *graph, struct gs_node *node,
		 struct gs_diag *diag)
{
	const struct gs_eval_kind *kind = gs_eval_find(node);
	struct fold f = { graph, node, NULL, diag };
	struct gs_eval_op op = { .node = node };
	unsigned i;
	const enum gs_move_kind way = gs_node_moves(graph, node);
	bool moved;
	int ret;

	if (gs_node_is_view(graph, node))
		return share(&f);
	if (!kind && graph->rules) {
		ret = graph->rules->prepare(graph->rules->ctx, graph, node,
					    &op.rule, diag);
		if (ret < 0)
			return ret;
	}
	if (!op.rule && (!kind || !gs_eval_folds(node->op)))
		return gs_node_error(
			diag, -ENOTSUP, node,
			"all inputs are constants, and the operator is not evaluated while compiling");
	if (!small(node)) {
		if (op.rule)
			graph->rules->release(op.rule);
		return gs_node_error(diag, -ENOTSUP, node,
				     "the constant result is too large");
	}
	moved = kind ? kind->moves :
		       way != GS_MOVE_NONE && way != GS_MOVE_BETWEEN;
	ret = run(&f, kind, &op, moved);
	if (op.rule)
		graph->rules->release(op.rule);
	for (i = 0; i < node->num_outputs && !ret; i++)
		if (node->output[i])
			ret = take(&f, i, op.out[i], moved);
	return ret < 0 ? ret : 1;
}
