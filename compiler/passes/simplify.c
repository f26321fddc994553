/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

/*
 * @alias, by tensor id: what stands for a tensor that is not needed. Nodes come
 * in topological order, so inputs are resolved before outputs are.
 */
static void resolve_inputs(struct gs_node *node, struct gs_tensor **alias)
{
	unsigned i;

	for (i = 0; i < node->num_inputs; i++)
		if (node->input[i] && alias[node->input[i]->id])
			node->input[i] = alias[node->input[i]->id];
}

static void make_view(struct gs_graph *graph, struct gs_node *node,
		      struct gs_tensor **alias)
{
	struct gs_tensor *in = node->input[0], *out = node->output[0];

	if (gs_shape_equal(&in->shape, &out->shape) && !out->is_output)
		alias[out->id] = in;
	else
		out->view_of = gs_tensor_root(in);
	gs_graph_remove_node(graph, node);
}

int gs_pass_simplify(struct gs_graph *graph, struct gs_diag *diag)
{
	struct gs_tensor **alias;
	struct gs_node *node, *next;

	alias = gs_graph_alloc_array(graph, graph->num_tensors, sizeof(*alias));
	if (!alias)
		return gs_nomem(diag);
	for (node = graph->node; node; node = next) {
		next = node->next;
		resolve_inputs(node, alias);
		if (gs_node_is_view(graph, node))
			make_view(graph, node, alias);
	}
	return gs_graph_prune(graph) < 0 ? gs_nomem(diag) : 0;
}
