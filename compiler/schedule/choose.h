/* SPDX-License-Identifier: MIT */
/* Which of several codelets a node gets. */
#ifndef GS_CHOOSE_H
#define GS_CHOOSE_H

#include "compiler/codelets/bind.h"

/**
 * gs_choose_codelets() - keep the cheapest codelet of each node
 * @first: nodes with the codelets that fit them, as gs_bind_graph() leaves
 *         them; afterwards each with one.
 *
 * Cheapest by the estimate for the best tiling. A codelet without a tiling
 * costs more than any; ties go to the first.
 */
void gs_choose_codelets(struct gs_bound_node **first, const struct gs_acg *acg);

#endif /* GS_CHOOSE_H */
