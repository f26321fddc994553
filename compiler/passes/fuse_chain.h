/* SPDX-License-Identifier: MIT */
#ifndef GS_FUSE_CHAIN_H
#define GS_FUSE_CHAIN_H

#include "compiler/schedule/decision.h"

/**
 * gs_pass_fuse_chain() - join convolutions and matrix products with what follows element by element
 * @schedule: what is decided, or NULL
 * @first: bindings of all nodes, in order, one codelet each
 *
 * What reads the result of a Conv, Gemm or MatMul alone, or two nodes that do,
 * the second also the first one's result (x Sigmoid(x)), become a part of its
 * layer where the estimate for the layer is less than that for all of them one
 * after the other; and so on behind these. Results are rounded as they were, so
 * that bytes are the same (join.h). The graph stays: its nodes are parts of the
 * binding (gs_bound_node.part), which has the name of the first one, its codelet
 * those of all with "+" between them. A schedule that has a codelet or what is
 * fused for the layer decides it.
 *
 * Returns 0 or a negative errno after reporting.
 */
int gs_pass_fuse_chain(struct gs_graph *graph, const struct gs_acg *acg,
		       const struct gs_schedule *schedule,
		       struct gs_bound_node **first, struct gs_diag *diag);

#endif /* GS_FUSE_CHAIN_H */
