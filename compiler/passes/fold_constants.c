/* SPDX-License-Identifier: MIT */
#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

/* Is there an evaluation that takes no time? */
static bool folds(const struct gs_graph *graph, const struct gs_node *node)
{
	return gs_node_moves(graph, node) || gs_eval_folds(node->op);
}

static bool all_constant(const struct gs_graph *graph,
			 const struct gs_node *node)
{
	unsigned i;

	for (i = 0; i < node->num_inputs; i++)
		if (node->input[i] && !node->input[i]->data)
			return false;
	for (i = 0; i < node->num_outputs; i++)
		if (node->output[i] && (node->output[i]->is_output ||
					node->output[i]->quant.valid))
			return false;
	return node->num_inputs > 0 && folds(graph, node);
}

int gs_pass_fold(struct gs_graph *graph, struct gs_diag *diag)
{
	struct gs_node *node, *next;
	int ret;

	for (node = graph->node; node; node = next) {
		next = node->next;
		if (!all_constant(graph, node))
			continue;
		ret = gs_fold_eval(graph, node, diag);
		if (ret < 0)
			return ret;
		if (ret)
			gs_graph_remove_node(graph, node);
	}
	return gs_graph_prune(graph) < 0 ? gs_nomem(diag) : 0;
}
