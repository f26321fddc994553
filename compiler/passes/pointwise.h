/* SPDX-License-Identifier: MIT */
#ifndef GS_PASS_POINTWISE_H
#define GS_PASS_POINTWISE_H

#include "compiler/ir/ir.h"

/**
 * gs_pass_pointwise_node() - one form for operators of single values
 *
 * Sum, Max and Min take two operands; of Add, Mul, Max and Min a constant
 * comes second; constants that broadcast have the result's rank; Pow becomes
 * Mul or Sqrt, a Cast to the same type Identity. Nodes may be appended: the list has to be sorted after it.
 * Returns 0 or a negative errno after reporting.
 */
int gs_pass_pointwise_node(struct gs_graph *graph, struct gs_node *node,
			   struct gs_diag *diag);

/** gs_is_row_constant() - input @index is a constant of one value, or one for each channel of the result, beside an input of the result's shape */
bool gs_is_row_constant(const struct gs_node *node, unsigned index);

#endif /* GS_PASS_POINTWISE_H */
