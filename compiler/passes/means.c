/* SPDX-License-Identifier: MIT */
/*
 * ReduceMean in few forms: over all of a picture it is GlobalAveragePool, over
 * its rows or columns AveragePool; what is left keeps its dimensions. Dropping
 * them is a view.
 */
#include <errno.h>

#include "compiler/passes/means.h"
#include "compiler/passes/util.h"

/* The result keeps reduced axes as 1; a Squeeze, a view later, drops them. */
static int keep_dims(struct gs_graph *graph, struct gs_node *node)
{
	const struct gs_attr *axes = gs_node_attr(node, "axes");
	struct gs_shape shape = node->input[0]->shape;
	struct gs_tensor *out = node->output[0], *kept;
	const char *name = gs_graph_printf(graph, "%s_kept", out->name);
	struct gs_node *squeeze;
	size_t i;

	for (i = 0; i < axes->num; i++)
		shape.dim[axes->ints[i]] = 1;
	kept = name ? gs_graph_add_tensor(graph, name, out->type, &shape) :
		      NULL;
	squeeze = gs_graph_add_node(graph, NULL, "Squeeze");
	if (!kept || !squeeze)
		return -ENOMEM;
	kept->shaped = true;
	gs_node_set_input(squeeze, 0, kept);
	gs_node_set_output(squeeze, 0, out);
	gs_node_set_output(node, 0, kept);
	return gs_node_set_attr_ints(graph, squeeze, "axes", axes->ints,
				     axes->num) ||
			       gs_node_set_attr_int(graph, node, "keepdims",
						    1) ?
		       -ENOMEM :
		       0;
}

/* A window of all rows, or all columns */
static int make_pool(struct gs_graph *graph, struct gs_node *node, unsigned set)
{
	const struct gs_shape *x = &node->input[0]->shape;
	const int64_t one[2] = { 1, 1 }, none[4] = { 0 };
	const int64_t kernel[2] = { set & 4 ? x->dim[2] : 1,
				    set & 8 ? x->dim[3] : 1 };

	node->op = "AveragePool";
	if (gs_node_set_attr_ints(graph, node, "kernel_shape", kernel, 2) ||
	    gs_node_set_attr_ints(graph, node, "strides", one, 2) ||
	    gs_node_set_attr_ints(graph, node, "dilations", one, 2) ||
	    gs_node_set_attr_ints(graph, node, "pads", none, 4) ||
	    gs_node_set_attr_int(graph, node, "count_include_pad", 0))
		return -ENOMEM;
	return 0;
}

int gs_pass_means_node(struct gs_graph *graph, struct gs_node *node,
		       struct gs_diag *diag)
{
	const struct gs_attr *axes = gs_node_attr(node, "axes");
	unsigned set = 0, rank, all;
	size_t i;

	if (!gs_op_is(node, "ReduceMean") || !axes)
		return 0;
	rank = node->input[0]->shape.rank;
	all = ((1u << rank) - 1) & ~3u;
	for (i = 0; i < axes->num; i++)
		set |= 1u << axes->ints[i];
	if (!gs_node_attr_int(node, "keepdims", 1) && keep_dims(graph, node))
		return gs_nomem(diag);
	if (!set || (set & 3) || (set != all && rank != 4))
		return 0;
	if (set != all && make_pool(graph, node, set))
		return gs_nomem(diag);
	if (set == all)
		node->op = "GlobalAveragePool";
	gs_node_remove_attr(node, "axes");
	gs_node_remove_attr(node, "keepdims");
	return 0;
}
