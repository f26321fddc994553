/* SPDX-License-Identifier: MIT */
/*
 * Nodes of older operator sets that rules know in the form of newer ones.
 * Upsample became Resize; until operator set 10 both have scales as input 1, and
 * the coordinates and the rounding that Resize has attributes for since.
 */
#include "compiler/passes/infer.h"
#include "compiler/passes/util.h"

static int renew_resize(struct gs_infer *f)
{
	struct gs_node *node = f->node;
	struct gs_tensor *scales = gs_input(node, 1);
	int ret;

	if (node->num_inputs == 2) {
		gs_node_set_input(node, 1, NULL);
		gs_node_set_input(node, 2, scales);
	}
	node->op = "Resize";
	ret = gs_infer_explicit_string(f, "coordinate_transformation_mode",
				       "asymmetric");
	return ret ? ret : gs_infer_explicit_string(f, "nearest_mode", "floor");
}

int gs_infer_renew(struct gs_infer *f)
{
	const bool old = f->graph->opset < 11;

	if (gs_op_is(f->node, "Upsample") ||
	    (old && gs_op_is(f->node, "Resize")))
		return renew_resize(f);
	return 0;
}
