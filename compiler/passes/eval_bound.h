/* SPDX-License-Identifier: MIT */
#ifndef GS_EVAL_BOUND_H
#define GS_EVAL_BOUND_H

#include "compiler/passes/eval.h"

/**
 * gs_eval_bound() - how far apart two orders of the sums of a node may be
 *
 * A sum of n terms in float32, in whatever order, is off by at most
 * n u / (1 - n u) times the sum of their magnitudes, u = 2^-24 (Higham, Accuracy
 * and Stability of Numerical Algorithms, section 4.2; a product is rounded once
 * more). Inputs are as large as their steps allow. 0: the node has no sums whose
 * order passes change. Of what is not rounded: see gs_eval_round().
 */
double gs_eval_bound(const struct gs_eval *eval, const struct gs_node *node);

#endif /* GS_EVAL_BOUND_H */
