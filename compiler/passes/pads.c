/* SPDX-License-Identifier: MIT */
/* A Pad of zeros that only convolutions read is theirs: they pad for nothing. */
#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

static bool pads_pictures(const struct gs_node *node)
{
	const struct gs_attr *pads = gs_node_attr(node, "pads");
	const char *mode = gs_node_attr_string(node, "mode", "constant");
	const unsigned rank = node->output[0]->shape.rank;
	unsigned i;

	if (!gs_op_is(node, "Pad") || node->output[0]->is_output || !pads ||
	    pads->num != (size_t)2 * rank || strcmp(mode, "constant") ||
	    gs_node_attr_float(node, "value", 0) != 0.0f)
		return false;
	for (i = 0; i < 2 * rank; i++)
		if (pads->ints[i] < 0 || (i % rank < 2 && pads->ints[i]))
			return false;
	return true;
}

static bool reads(const struct gs_node *node, const struct gs_tensor *t)
{
	const struct gs_attr *pads = gs_node_attr(node, "pads");

	return gs_op_is(node, "Conv") && node->input[0] == t && pads &&
	       pads->num == (size_t)2 * (t->shape.rank - 2);
}

/* The scale of the result, where it has one, must be that of the input. */
static bool keeps_steps(const struct gs_node *pad)
{
	const struct gs_quant *in = &pad->input[0]->quant;
	const struct gs_quant *out = &pad->output[0]->quant;

	return !out->valid || (in->valid && in->scale[0] == out->scale[0] &&
			       in->zero_point == out->zero_point);
}

static int take_pads(struct gs_graph *graph, struct gs_node *conv,
		     const struct gs_node *pad)
{
	const unsigned axes = pad->output[0]->shape.rank - 2;
	const int64_t *more = gs_node_attr(pad, "pads")->ints;
	const int64_t *own = gs_node_attr(conv, "pads")->ints;
	int64_t pads[2 * GS_MAX_RANK];
	unsigned i;

	for (i = 0; i < axes; i++) {
		pads[i] = own[i] + more[2 + i];
		pads[axes + i] = own[axes + i] + more[axes + 4 + i];
	}
	conv->input[0] = pad->input[0];
	return gs_node_set_attr_ints(graph, conv, "pads", pads,
				     (size_t)2 * axes);
}

int gs_pass_pads(struct gs_graph *graph, struct gs_diag *diag)
{
	unsigned *uses = gs_graph_root_uses(graph);
	struct gs_node *pad, *n;

	if (!uses)
		return gs_nomem(diag);
	for (pad = graph->node; pad; pad = pad->next) {
		const struct gs_tensor *t = pad->output[0];
		unsigned num = 0;

		if (!pads_pictures(pad) || !keeps_steps(pad))
			continue;
		for (n = pad->next; n; n = n->next)
			num += reads(n, t);
		if (!num || num != uses[t->id])
			continue;
		for (n = pad->next; n; n = n->next)
			if (reads(n, t) && take_pads(graph, n, pad))
				return gs_nomem(diag);
		gs_graph_remove_node(graph, pad);
	}
	return gs_graph_prune(graph) < 0 ? gs_nomem(diag) : 0;
}
