/* SPDX-License-Identifier: MIT */
#include "compiler/passes/macs.h"

#include <errno.h>

#include "compiler/passes/util.h"
#include "genesys/model_file.h"

/* Products with each element of which tensor, and how many with one of them */
static bool find_factors(const struct gs_node *node, int64_t *elems,
			 int64_t *each)
{
	const struct gs_tensor *w = gs_input(node, 1);

	if (gs_op_is(node, "Conv") || gs_op_is(node, "Gemm") ||
	    gs_op_is(node, "MatMul"))
		*elems = gs_shape_elems(&node->output[0]->shape);
	else if (gs_op_is(node, "ConvTranspose"))
		*elems = gs_shape_elems(&node->input[0]->shape);
	else
		return false;
	*each = gs_shape_elems(&w->shape);
	if (w->shape.dim[0] > 0)
		*each /= w->shape.dim[0];
	return true;
}

int gs_node_count_macs(struct gs_node *node, struct gs_diag *diag)
{
	int64_t elems, each;
	uint64_t macs = 0;

	if (find_factors(node, &elems, &each) &&
	    (elems < 0 || each < 0 ||
	     __builtin_mul_overflow((uint64_t)elems, (uint64_t)each, &macs) ||
	     macs > GS_ELF_MAX_MACS))
		return gs_node_error(
			diag, -EOVERFLOW, node,
			"it needs more than 2^62 multiply-accumulates");
	node->macs = macs;
	return 0;
}
