/* SPDX-License-Identifier: MIT */
#ifndef GS_FUSE_POOL_H
#define GS_FUSE_POOL_H

#include "compiler/schedule/decision.h"

/**
 * gs_pass_fuse_pool() - make a pool a part of the Conv before it
 * @schedule: what is decided, or NULL
 * @first: bindings of all nodes, in order, one codelet each
 *
 * A MaxPool, a GlobalAveragePool or an AveragePool without padding, where
 * nothing else reads the Conv's result and the estimate for both in one is less
 * than that for one after the other. Results are the same: a maximum has the
 * quantization of what it is taken of, and what requantizes grows with the sum;
 * of a mean all values are rounded first, to the steps of the Conv's result,
 * which the attributes inner_scale and inner_zero keep. Of the two nodes one
 * ConvMaxPool or ConvAveragePool is left, in the place of the pool, with the
 * Conv's name. A codelet that is decided for the Conv decides this, too.
 *
 * Returns 0 or a negative errno after reporting.
 */
int gs_pass_fuse_pool(struct gs_graph *graph, const struct gs_codelet_lib *lib,
		      const struct gs_acg *acg,
		      const struct gs_schedule *schedule,
		      struct gs_bound_node **first, struct gs_diag *diag);

#endif /* GS_FUSE_POOL_H */
