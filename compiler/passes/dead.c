/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

static bool is_live(const struct gs_node *node, const bool *live)
{
	unsigned i;

	for (i = 0; i < node->num_outputs; i++)
		if (node->output[i] && live[node->output[i]->id])
			return true;
	return false;
}

static void drop_dead(struct gs_graph *graph, struct gs_node **order,
		      size_t num, bool *live)
{
	unsigned i;

	for (i = 0; i < graph->num_outputs; i++)
		live[gs_tensor_root(graph->output[i])->id] = true;
	while (num-- > 0) {
		struct gs_node *node = order[num];

		if (!is_live(node, live)) {
			gs_graph_remove_node(graph, node);
			continue;
		}
		for (i = 0; i < node->num_inputs; i++)
			if (node->input[i])
				live[gs_tensor_root(node->input[i])->id] = true;
	}
}

int gs_remove_dead(struct gs_graph *graph)
{
	struct gs_node **order, *node;
	bool *live;
	size_t num = 0;

	order = gs_graph_alloc_array(graph, graph->next_node_id,
				     sizeof(*order));
	live = gs_graph_alloc(graph, graph->num_tensors);
	if (!order || !live)
		return -ENOMEM;
	for (node = graph->node; node; node = node->next)
		order[num++] = node;
	drop_dead(graph, order, num, live);
	return gs_graph_prune(graph);
}

int gs_pass_dead(struct gs_graph *graph, struct gs_diag *diag)
{
	return gs_remove_dead(graph) < 0 ? gs_nomem(diag) : 0;
}
