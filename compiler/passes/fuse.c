/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <float.h>

#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

/* Whose codelets bound their results: Relu and Clip cost nothing, or a word each. */
static const char *const takes_bounds[] = {
	"Conv",
	"ConvTranspose",
	"Gemm",
	"MatMul",
	"BatchNormalization",
	"Add",
	"Sub",
	"Mul",
	"Div",
	"Max",
	"Min",
	NULL,
};

/* Whose codelets add a tensor of the result's shape. */
static const char *const takes_residual[] = { "Conv", "Gemm", NULL };

/* Those that sum on the array scale what is negative as cheaply. */
static const char *const takes_slope[] = { "Conv", "ConvTranspose", "Gemm",
					   "MatMul", NULL };

/* What @node becomes when it is fused; GS_ACT_NONE: it is not fused */
static enum gs_activation activation_of(const struct gs_node *node,
					float act[2])
{
	act[0] = act[1] = 0;
	if (gs_op_is(node, "Relu"))
		return GS_ACT_RELU;
	if (gs_op_is(node, "Clip")) {
		act[0] = gs_node_attr_float(node, "min", -FLT_MAX);
		act[1] = gs_node_attr_float(node, "max", FLT_MAX);
		return act[0] <= act[1] ? GS_ACT_CLIP : GS_ACT_NONE;
	}
	if (gs_op_is(node, "LeakyRelu")) {
		act[0] = gs_node_attr_float(node, "alpha", 0.01f);
		return act[0] >= 0 && act[0] <= 1 ? GS_ACT_LEAKY : GS_ACT_NONE;
	}
	return GS_ACT_NONE;
}

/*
 * Behind a view the node's own result keeps its shape: it gets a new tensor,
 * since the old name means the value before Relu.
 */
static struct gs_tensor *unreshaped(struct gs_graph *graph,
				    const struct gs_tensor *before,
				    struct gs_tensor *relu)
{
	const char *name = gs_graph_printf(graph, "%s_unreshaped", relu->name);
	struct gs_tensor *t;

	t = name ? gs_graph_add_tensor(graph, name, relu->type,
				       &before->shape) :
		   NULL;
	if (t) {
		relu->view_of = t;
		t->quant = relu->quant;
	}
	return t;
}

static int fuse(struct gs_graph *graph, struct gs_node *relu,
		struct gs_node *into, struct gs_diag *diag)
{
	struct gs_tensor *out = relu->output[0];

	if (relu->input[0] != into->output[0])
		out = unreshaped(graph, into->output[0], out);
	if (!out || gs_node_add_fused(graph, into, relu->name) < 0)
		return gs_nomem(diag);
	into->activation = activation_of(relu, into->act);
	gs_graph_remove_node(graph, relu);
	into->output[0]->producer = NULL;
	gs_node_set_output(into, 0, out);
	return 0;
}

/*
 * The node @relu can become a part of, or NULL. Tensors of @num and above were
 * added by this pass: not counted, and behind Relu already.
 */
static struct gs_node *target(const struct gs_node *relu, const unsigned *uses,
			      unsigned num)
{
	struct gs_tensor *root;
	struct gs_node *into;
	float act[2];
	const enum gs_activation kind = activation_of(relu, act);

	if (kind == GS_ACT_NONE)
		return NULL;
	root = gs_tensor_root(relu->input[0]);
	if (root->id >= num || root->quant.valid)
		return NULL;
	into = root->producer;
	if (!into || uses[root->id] != 1 || into->activation != GS_ACT_NONE ||
	    (kind == GS_ACT_LEAKY && into->residual))
		return NULL;
	return gs_op_in(into,
			kind == GS_ACT_LEAKY ? takes_slope : takes_bounds) ?
		       into :
		       NULL;
}

/* Can the node behind @t add the other operand of @add itself? */
static bool takes_sum(const struct gs_graph *graph, const struct gs_node *add,
		      const struct gs_tensor *t, const unsigned *uses)
{
	const struct gs_node *into = t->producer;

	return into && gs_graph_may_fuse(graph, into, add) &&
	       gs_op_in(into, takes_residual) && uses[t->id] == 1 &&
	       !t->quant.valid && !into->residual &&
	       into->activation == GS_ACT_NONE && into->num_inputs <= 3 &&
	       gs_shape_equal(&t->shape, &add->output[0]->shape);
}

/* Add becomes the last input of the Conv or Gemm whose result it takes. */
static int fuse_residual(struct gs_graph *graph, struct gs_node *add,
			 const unsigned *uses, struct gs_diag *diag)
{
	struct gs_tensor *a = add->input[0], *b = add->input[1];
	struct gs_node *into;

	if (!gs_shape_equal(&a->shape, &b->shape) || a->data || b->data)
		return 0;
	if (!takes_sum(graph, add, a, uses)) {
		a = b;
		b = add->input[0];
	}
	if (a == b || !takes_sum(graph, add, a, uses))
		return 0;
	into = a->producer;
	if (gs_node_add_fused(graph, into, add->name) < 0)
		return gs_nomem(diag);
	gs_node_set_input(into, 3, b);
	into->residual = true;
	gs_graph_remove_node(graph, add);
	into->output[0]->producer = NULL;
	gs_node_set_output(into, 0, add->output[0]);
	return 0;
}

int gs_pass_fuse(struct gs_graph *graph, struct gs_diag *diag)
{
	unsigned *uses = gs_graph_root_uses(graph), num = graph->num_tensors;
	struct gs_node *node, *next, *into;
	int ret;

	if (!uses)
		return gs_nomem(diag);
	for (node = graph->node; node; node = next) {
		next = node->next;
		into = target(node, uses, num);
		ret = into && gs_graph_may_fuse(graph, into, node) ?
			      fuse(graph, node, into, diag) :
			      0;
		if (!ret && gs_op_is(node, "Add"))
			ret = fuse_residual(graph, node, uses, diag);
		if (ret < 0)
			return ret;
	}
	/* What is added may come from a node behind the one that adds it. */
	return gs_settle(graph, diag);
}
