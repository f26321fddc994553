/* SPDX-License-Identifier: MIT */
/*
 * The order of dimensions of every activation. Tensors that elementwise and
 * moving operators join share an order; convolutions and matrix products vote
 * for theirs; what nobody votes for follows its neighbours behind a Transpose
 * or Reshape, so that these need not move anything.
 */
#include "compiler/passes/axes.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

static const char *const wants_nchw[] = {
	"Conv",
	"ConvTranspose",
	"MaxPool",
	"AveragePool",
	"GlobalMaxPool",
	"GlobalAveragePool",
	"LpPool",
	"GlobalLpPool",
	"BatchNormalization",
	"InstanceNormalization",
	NULL,
};
static const char *const wants_nhwc[] = { "Gemm", "MatMul", NULL };

/* Views of their input, or elements in an order of their own. */
static const char *const apart[] = { "Transpose", "Reshape", "Gather", NULL };

struct group {
	unsigned parent;
	unsigned votes[2]; /* by order */
	bool decided;
	enum gs_dim_order order;
};

struct orders {
	struct gs_graph *graph;
	struct group *group; /* by tensor id */
};

static struct group *group_of(struct orders *o, const struct gs_tensor *t)
{
	unsigned i = t->id;

	while (o->group[i].parent != i)
		i = o->group[i].parent = o->group[o->group[i].parent].parent;
	return &o->group[i];
}

static void unite(struct orders *o, const struct gs_tensor *a,
		  const struct gs_tensor *b)
{
	struct group *x = group_of(o, a), *y = group_of(o, b);

	if (x == y || a->shape.rank != b->shape.rank)
		return;
	x->votes[0] += y->votes[0];
	x->votes[1] += y->votes[1];
	y->parent = x->parent;
}

/* The order an operator must have; false when it takes any. */
static bool wanted(const struct gs_node *node, enum gs_dim_order *order)
{
	const struct gs_tensor *x = gs_input(node, 0);

	*order = node->order;
	if (node->fixed_order)
		return true;
	*order = GS_ORDER_NCHW;
	/* HardSwish with inputs has values for each channel along axis 1. */
	if (gs_op_in(node, wants_nchw) ||
	    (gs_op_is(node, "HardSwish") && node->num_inputs > 1))
		return true;
	*order = GS_ORDER_NHWC;
	if (gs_op_in(node, wants_nhwc))
		return true;
	if (!x || x->shape.rank < 3 ||
	    (gs_node_axis(node) < 0 && !gs_op_is(node, "Softmax")))
		return false;
	if (gs_node_axis(node) == 1)
		*order = GS_ORDER_NCHW;
	return true;
}

bool gs_order_is_wanted(const struct gs_node *node)
{
	enum gs_dim_order order;

	return wanted(node, &order);
}

static bool has_place(const struct gs_tensor *t)
{
	return t && !t->data;
}

static void vote(struct orders *o, const struct gs_node *node)
{
	enum gs_dim_order order;
	unsigned i;

	if (wanted(node, &order)) {
		if (has_place(gs_input(node, 0)))
			group_of(o, node->input[0])->votes[order]++;
		group_of(o, node->output[0])->votes[order]++;
		return;
	}
	if (gs_op_in(node, apart))
		return;
	for (i = 0; i < node->num_inputs; i++)
		if (has_place(node->input[i]))
			unite(o, node->output[0], node->input[i]);
	for (i = 1; i < node->num_outputs; i++)
		if (node->output[i])
			unite(o, node->output[0], node->output[i]);
}

static void decide(struct group *g, enum gs_dim_order order)
{
	g->decided = true;
	g->order = order;
}

static bool counts(const struct gs_tensor *t)
{
	return !t->data && t->shape.rank > 2;
}

/* Axis @axis of @t is to be the channel, if an order can do that. */
static bool suggest(struct orders *o, const struct gs_tensor *t, int64_t axis)
{
	struct group *g = group_of(o, t);

	if (g->decided || !counts(t) ||
	    (axis != 1 && axis != t->shape.rank - 1))
		return false;
	decide(g, axis == 1 ? GS_ORDER_NCHW : GS_ORDER_NHWC);
	return true;
}

static int64_t channel_axis(struct orders *o, const struct gs_tensor *t)
{
	return group_of(o, t)->order == GS_ORDER_NCHW ? 1 : t->shape.rank - 1;
}

static bool follow_transpose(struct orders *o, const struct gs_node *node)
{
	const struct gs_tensor *x = node->input[0], *y = node->output[0];
	const struct gs_attr *perm = gs_node_attr(node, "perm");
	const unsigned rank = x->shape.rank;
	unsigned i;

	if (!counts(x))
		return false;
	if (group_of(o, y)->decided) {
		const int64_t c = channel_axis(o, y);

		return suggest(o, x, perm ? perm->ints[c] : rank - 1 - c);
	}
	if (!group_of(o, x)->decided)
		return false;
	for (i = 0; i < rank; i++)
		if ((perm ? perm->ints[i] : rank - 1 - i) == channel_axis(o, x))
			return suggest(o, y, i);
	return false;
}

/* The channels stay what they are where batch and channels are the same in both shapes. */
static bool follow_view(struct orders *o, const struct gs_tensor *x,
			const struct gs_tensor *y)
{
	const struct gs_shape *a = &x->shape, *b = &y->shape;

	if (!counts(x) || !counts(y) || !group_of(o, x)->decided)
		return false;
	if (group_of(o, x)->order == GS_ORDER_NCHW)
		return a->dim[0] == b->dim[0] && a->dim[1] == b->dim[1] &&
		       suggest(o, y, 1);
	return a->dim[a->rank - 1] == b->dim[b->rank - 1] &&
	       suggest(o, y, b->rank - 1);
}

static bool follow(struct orders *o)
{
	struct gs_graph *graph = o->graph;
	const struct gs_node *node;
	bool changed = false;
	unsigned i;

	for (node = graph->node; node; node = node->next)
		if (gs_op_is(node, "Transpose"))
			changed |= follow_transpose(o, node);
	for (i = 0; i < graph->num_tensors; i++) {
		struct gs_tensor *t = graph->tensor[i], *root;

		if (!t->view_of)
			continue;
		root = gs_tensor_root(t);
		changed |= follow_view(o, root, t) || follow_view(o, t, root);
	}
	return changed;
}

static void assign(struct orders *o)
{
	struct gs_graph *graph = o->graph;
	struct gs_node *node;
	unsigned i;

	for (i = 0; i < graph->num_tensors; i++) {
		struct gs_tensor *t = graph->tensor[i];

		if (!counts(t))
			continue;
		t->has_order = true;
		t->order = group_of(o, t)->order;
	}
	for (node = graph->node; node; node = node->next) {
		if (!wanted(node, &node->order))
			node->order = gs_tensor_order(node->output[0]);
		node->has_order = true;
	}
}

int gs_pass_order(struct gs_graph *graph, struct gs_diag *diag)
{
	struct orders o = { .graph = graph };
	const struct gs_node *node;
	unsigned i;

	o.group = gs_graph_alloc_array(graph, graph->num_tensors,
				       sizeof(*o.group));
	if (!o.group)
		return gs_nomem(diag);
	for (i = 0; i < graph->num_tensors; i++)
		o.group[i].parent = i;
	for (node = graph->node; node; node = node->next)
		vote(&o, node);
	for (i = 0; i < graph->num_tensors; i++) {
		struct group *g = group_of(&o, graph->tensor[i]);

		if (!g->decided && g->votes[0] + g->votes[1])
			decide(g, g->votes[GS_ORDER_NHWC] >
						  g->votes[GS_ORDER_NCHW] ?
					  GS_ORDER_NHWC :
					  GS_ORDER_NCHW);
	}
	while (follow(&o))
		;
	for (i = 0; i < graph->num_tensors; i++) {
		struct group *g = group_of(&o, graph->tensor[i]);

		if (!g->decided)
			decide(g, gs_tensor_order(graph->tensor[i]));
	}
	assign(&o);
	return 0;
}
