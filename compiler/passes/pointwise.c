/* SPDX-License-Identifier: MIT */
#include "compiler/passes/pointwise.h"

#include <errno.h>

#include "compiler/ir/op_rules.h"
#include "compiler/passes/util.h"

static const char *const variadic[] = { "Sum", "Mean", "Max", "Min", NULL };
static const char *const commutes[] = { "Add", "Mul", "Max", "Min", NULL };
static const char *const broadcasts[] = {
	"Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "PRelu", "Equal", NULL
};

bool gs_is_row_constant(const struct gs_node *node, unsigned index)
{
	const struct gs_tensor *k = gs_input(node, index);
	const struct gs_tensor *x = gs_input(node, !index);
	const struct gs_shape *out = &node->output[0]->shape;
	const unsigned channel = out->rank == 4 ? 1 : out->rank - 1;
	/* Of an order that was decided, the channel may be another axis. */
	const unsigned innermost =
		out->rank > 2 && node->order == GS_ORDER_NCHW ? 1 :
								out->rank - 1;
	unsigned i;

	if (!k || !x || !k->data || !gs_shape_equal(&x->shape, out))
		return false;
	if (node->has_order && innermost != channel &&
	    gs_shape_elems(&k->shape) > 1)
		return false;
	for (i = 0; i < k->shape.rank; i++) {
		const unsigned axis = out->rank - k->shape.rank + i;

		if (k->shape.dim[i] != 1 && axis != channel)
			return false;
	}
	return true;
}

static void swap_inputs(struct gs_node *node)
{
	struct gs_tensor *first = node->input[0];

	node->input[0] = node->input[1];
	node->input[1] = first;
}

/* A constant of lower rank gets 1s in front. */
static int align(struct gs_graph *graph, struct gs_node *node, unsigned index,
		 struct gs_diag *diag)
{
	const struct gs_tensor *k = node->input[index];
	const unsigned rank = node->output[0]->shape.rank;
	struct gs_shape shape = { .rank = rank };
	struct gs_tensor *t;
	const char *name;
	unsigned i;

	if (!k->data || k->shape.rank >= rank ||
	    (gs_op_is(node, "Pow") && gs_shape_elems(&k->shape) == 1))
		return 0;
	for (i = 0; i < rank; i++)
		shape.dim[i] = i < rank - k->shape.rank ?
				       1 :
				       k->shape.dim[i - rank + k->shape.rank];
	name = gs_graph_printf(graph, "%s_for_%s", k->name, node->name);
	t = name ? gs_graph_add_tensor(graph, name, k->type, &shape) : NULL;
	if (!t)
		return gs_nomem(diag);
	t->data = k->data;
	t->qdata = k->qdata;
	t->quant = k->quant;
	t->shaped = true;
	gs_node_set_input(node, index, t);
	return 0;
}

/*
 * From rank 5 on, several axes are rows: an operand spreads along all of them,
 * or none, in either order of dimensions.
 */
static bool mixes(const struct gs_shape *s, const struct gs_shape *out)
{
	const unsigned lead = out->rank - s->rank;
	bool one = false, all = false;
	unsigned i;

	if (out->rank < 5)
		return false;
	for (i = 1; i + 1 < out->rank; i++) {
		if (out->dim[i] == 1)
			continue;
		if (i >= lead && s->dim[i - lead] != 1)
			all = true;
		else
			one = true;
	}
	return one && all;
}

/* The operand with all its elements; those of a constant are written out. */
static int expand(struct gs_graph *graph, struct gs_node *node, unsigned index,
		  struct gs_diag *diag)
{
	struct gs_tensor *k = node->input[index], *t;
	const struct gs_shape *out = &node->output[0]->shape;
	struct gs_node *spread;
	const char *name =
		gs_graph_printf(graph, "%s_over_%s", k->name, node->name);
	int ret;

	t = name ? gs_graph_add_tensor(graph, name, k->type, out) : NULL;
	spread = t ? gs_graph_add_node(graph, NULL, "Expand") : NULL;
	if (!spread)
		return gs_nomem(diag);
	t->shaped = true;
	t->quant = k->quant;
	gs_node_set_input(spread, 0, k);
	gs_node_set_output(spread, 0, t);
	gs_node_set_input(node, index, t);
	if (gs_node_set_attr_ints(graph, spread, "shape", out->dim, out->rank) <
	    0)
		return gs_nomem(diag);
	if (!k->data)
		return 0;
	ret = gs_fold_eval(graph, spread, diag);
	gs_graph_remove_node(graph, spread);
	return ret < 0 ? ret : 0;
}

/* ---- more than two operands ---------------------------------------------- */

/* @node takes what is left: the result of a new node of the first two. */
static int split_first(struct gs_graph *graph, struct gs_node *node,
		       struct gs_diag *diag)
{
	struct gs_tensor *a = node->input[0], *b = node->input[1], *t;
	struct gs_shape shape;
	struct gs_node *first;
	const char *name;
	unsigned i;

	if (!gs_broadcast(&a->shape, &b->shape, &shape))
		return gs_node_error(diag, -EINVAL, node,
				     "inputs '%s' and '%s' do not fit", a->name,
				     b->name);
	name = gs_graph_printf(graph, "%s_%u", node->output[0]->name,
			       node->num_inputs);
	first = name ? gs_graph_add_node(graph, name, node->op) : NULL;
	t = first ? gs_graph_add_tensor(graph, name, a->type, &shape) : NULL;
	if (!t)
		return gs_nomem(diag);
	t->shaped = true;
	gs_node_set_input(first, 0, a);
	gs_node_set_input(first, 1, b);
	gs_node_set_output(first, 0, t);
	node->input[0] = t;
	for (i = 1; i + 1 < node->num_inputs; i++)
		node->input[i] = node->input[i + 1];
	node->input[--node->num_inputs] = NULL;
	return gs_pass_pointwise_node(graph, first, diag);
}

/* Constants last, so that none but activations are left for the new nodes. */
static void constants_last(struct gs_node *node)
{
	struct gs_tensor *in[GS_MAX_IO];
	unsigned i, num = 0;

	for (i = 0; i < node->num_inputs; i++)
		if (!node->input[i]->data)
			in[num++] = node->input[i];
	for (i = 0; i < node->num_inputs; i++)
		if (node->input[i]->data)
			in[num++] = node->input[i];
	memcpy(node->input, in, num * sizeof(*in));
}

static struct gs_tensor *scalar(struct gs_graph *graph, const char *name,
				float value)
{
	const struct gs_shape shape = { 0 };
	void *data;
	struct gs_tensor *t =
		gs_add_constant(graph, name, GS_DT_F32, &shape, &data);

	if (t)
		*(float *)data = value;
	return t;
}

/* A mean is the sum, and behind it a product with 1 / n. */
static int divide_result(struct gs_graph *graph, struct gs_node *node,
			 struct gs_diag *diag)
{
	struct gs_tensor *out = node->output[0], *sum, *k;
	const char *name = gs_graph_printf(graph, "%s_sum", out->name);
	struct gs_node *mul;

	if (node->num_inputs == 1)
		return 0;
	sum = name ? gs_graph_add_tensor(graph, name, out->type, &out->shape) :
		     NULL;
	name = gs_graph_printf(graph, "%s_part", out->name);
	k = name ? scalar(graph, name, 1.0f / (float)node->num_inputs) : NULL;
	mul = gs_graph_add_node(graph, NULL, "Mul");
	if (!sum || !k || !mul)
		return gs_nomem(diag);
	sum->shaped = true;
	gs_node_set_output(node, 0, sum);
	gs_node_set_input(mul, 0, sum);
	gs_node_set_input(mul, 1, k);
	gs_node_set_output(mul, 0, out);
	return gs_pass_pointwise_node(graph, mul, diag);
}

static int chain(struct gs_graph *graph, struct gs_node *node,
		 struct gs_diag *diag)
{
	unsigned i;
	int ret = 0;

	for (i = 0; i < node->num_inputs; i++)
		if (!node->input[i])
			return gs_node_error(diag, -EINVAL, node,
					     "input %u is missing", i);
	if (gs_op_is(node, "Mean") && divide_result(graph, node, diag))
		return -ENOMEM;
	if (gs_op_is(node, "Sum") || gs_op_is(node, "Mean"))
		node->op = "Add";
	if (node->num_inputs == 1)
		node->op = "Identity";
	constants_last(node);
	while (node->num_inputs > 2 && !ret)
		ret = split_first(graph, node, diag);
	return ret;
}

/* ---- operators that are others ------------------------------------------- */

/* A constant of integers as real values */
static int make_real(struct gs_graph *graph, struct gs_node *node,
		     unsigned index, struct gs_diag *diag)
{
	const struct gs_tensor *k = node->input[index];
	const int64_t elems = gs_shape_elems(&k->shape);
	const char *name = gs_graph_printf(graph, "%s_real", k->name);
	struct gs_tensor *t;
	int64_t i;
	void *data;

	if (!k->data || k->type == GS_DT_F32)
		return 0;
	t = name ? gs_add_constant(graph, name, GS_DT_F32, &k->shape, &data) :
		   NULL;
	if (!t)
		return gs_nomem(diag);
	for (i = 0; i < elems; i++)
		((float *)data)[i] = (float)gs_const_int(k, i);
	gs_node_set_input(node, index, t);
	return 0;
}

static int rewrite_pow(struct gs_graph *graph, struct gs_node *node,
		       struct gs_diag *diag)
{
	const struct gs_tensor *e = gs_input(node, 1);
	double power;

	if (!e)
		return gs_node_error(diag, -EINVAL, node, "input 1 is missing");
	if (make_real(graph, node, 1, diag))
		return -ENOMEM;
	e = node->input[1];
	power = e->data && gs_shape_elems(&e->shape) == 1 ?
			(double)*(const float *)e->data :
			0;
	/* others have codelets */
	if (power != 0.5 && power != 1 && power != 2)
		return 0;
	node->op = power == 2 ? "Mul" : power == 1 ? "Identity" : "Sqrt";
	node->input[1] = power == 2 ? node->input[0] : NULL;
	node->num_inputs = power == 2 ? 2 : 1;
	return 0;
}

/* 1 / x, with the constant first */
static int rewrite_reciprocal(struct gs_graph *graph, struct gs_node *node,
			      struct gs_diag *diag)
{
	const char *name = gs_graph_printf(graph, "%s_one", node->name);
	struct gs_tensor *one = name ? scalar(graph, name, 1.0f) : NULL;

	if (!one)
		return gs_nomem(diag);
	gs_node_set_input(node, 1, node->input[0]);
	gs_node_set_input(node, 0, one);
	node->op = "Div";
	return 0;
}

/*
 * What compares has 1 and 0, a value like others: whether the model calls it
 * bool or, behind a Cast, float32 makes no difference.
 */
static void rewrite_cast(const struct gs_graph *graph, struct gs_node *node)
{
	const struct gs_op_rules *rules = graph->rules;
	struct gs_tensor *x = node->input[0];

	if (x->producer && node->output[0]->type == GS_DT_F32 &&
	    (gs_op_is(x->producer, "Equal") ||
	     (rules && rules->truth(rules->ctx, x->producer, -1)))) {
		x->type = GS_DT_F32;
		x->quant = node->output[0]->quant; /* of a quantized model */
	}
	if (x->type == node->output[0]->type)
		node->op = "Identity";
}

int gs_pass_pointwise_node(struct gs_graph *graph, struct gs_node *node,
			   struct gs_diag *diag)
{
	int ret = 0;
	unsigned i;

	if (gs_op_in(node, variadic))
		ret = chain(graph, node, diag);
	else if (gs_op_is(node, "Pow"))
		ret = rewrite_pow(graph, node, diag);
	else if (gs_op_is(node, "Reciprocal"))
		ret = rewrite_reciprocal(graph, node, diag);
	else if (gs_op_is(node, "Cast"))
		rewrite_cast(graph, node);
	if (ret < 0)
		return ret;
	if (gs_op_in(node, commutes) && node->input[0]->data)
		swap_inputs(node);
	for (i = 0; gs_op_in(node, broadcasts) && i < 2 && !ret; i++)
		ret = align(graph, node, i, diag);
	for (i = 0; gs_op_in(node, broadcasts) && i < 2 && !ret; i++)
		if (mixes(&node->input[i]->shape, &node->output[0]->shape) &&
		    !gs_is_row_constant(node, i))
			ret = expand(graph, node, i, diag);
	return ret;
}
