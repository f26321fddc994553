/* SPDX-License-Identifier: MIT */
#ifndef GS_LAYOUT_H
#define GS_LAYOUT_H

#include "compiler/codelets/bind.h"

/**
 * gs_pass_layout() - decide how every activation stands in memory
 * @first: bindings of all nodes, in order; grows by copies where two readers
 *         need borders of different value
 *
 * Borders are as wide as the widest reader reaches outside the picture; channels
 * are padded to the rows of the array.
 */
int gs_pass_layout(struct gs_graph *graph, const struct gs_codelet_lib *lib,
		   const struct gs_acg *acg, struct gs_bound_node **first,
		   struct gs_diag *diag);

#endif /* GS_LAYOUT_H */
