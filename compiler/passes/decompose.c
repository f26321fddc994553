/* SPDX-License-Identifier: MIT */
#include "compiler/passes/axes.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/pointwise.h"
#include "compiler/passes/util.h"

int gs_pass_decompose(struct gs_graph *graph, struct gs_diag *diag)
{
	struct gs_node *node;
	int ret;

	/* New nodes come last, and have their turn. */
	for (node = graph->node; node; node = node->next) {
		ret = gs_pass_axes_node(graph, node, diag);
		ret = ret < 0 ? ret : gs_pass_pointwise_node(graph, node, diag);
		if (ret < 0)
			return ret;
	}
	return gs_settle(graph, diag);
}
