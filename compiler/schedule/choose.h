/* SPDX-License-Identifier: MIT */
/* Which of several codelets a node gets. */
#ifndef GS_CHOOSE_H
#define GS_CHOOSE_H

#include "compiler/schedule/decision.h"

/**
 * gs_choose_codelets() - keep one codelet of each node: that decided, or the cheapest
 * @first: nodes with the codelets that fit them, as gs_bind_graph() leaves
 *         them; afterwards each with one.
 * @schedule: what is decided, or NULL
 *
 * Cheapest by the estimate for the best tiling. A codelet without a tiling
 * costs more than any; ties go to the first. Where a codelet is decided that
 * does not fit its node, it may be that of what the node becomes a part of.
 */
void gs_choose_codelets(struct gs_bound_node **first, const struct gs_acg *acg,
			const struct gs_schedule *schedule);

/** gs_check_codelets() - 0, or -EINVAL (reported) for a node whose codelet is not that decided */
int gs_check_codelets(const struct gs_bound_node *first,
		      const struct gs_schedule *schedule, struct gs_diag *diag);

#endif /* GS_CHOOSE_H */
