/* SPDX-License-Identifier: MIT */
#ifndef GS_FUSE_POOL_H
#define GS_FUSE_POOL_H

#include "compiler/schedule/decision.h"

/**
 * gs_pass_fuse_pool() - make a MaxPool a part of the Conv before it
 * @schedule: what is decided, or NULL
 * @first: bindings of all nodes, in order, one codelet each
 *
 * Where nothing else reads the Conv's result and the estimate for both in one is
 * less than that for one after the other. Both have one quantization, and what
 * requantizes grows with the sum, so that the results are the same. Of the two
 * nodes one ConvMaxPool is left, in the place of the pool, with the Conv's name.
 * A codelet that is decided for the Conv decides this, too.
 *
 * Returns 0 or a negative errno after reporting.
 */
int gs_pass_fuse_pool(struct gs_graph *graph, const struct gs_codelet_lib *lib,
		      const struct gs_acg *acg,
		      const struct gs_schedule *schedule,
		      struct gs_bound_node **first, struct gs_diag *diag);

#endif /* GS_FUSE_POOL_H */
