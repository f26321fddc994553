/* SPDX-License-Identifier: MIT */
/* Models that are quantized already: QuantizeLinear and DequantizeLinear. */
#ifndef GS_QDQ_H
#define GS_QDQ_H

#include "compiler/ir/ir.h"

/**
 * gs_qdq_pin_constant() - remember the integers behind a float32 constant
 * @node: a DequantizeLinear of constants whose output is a float32 constant now
 *
 * The output gets @quant and @qdata where one zero point holds for all
 * channels. Returns 0 or a negative errno after reporting.
 */
int gs_qdq_pin_constant(struct gs_graph *graph, const struct gs_node *node,
			struct gs_diag *diag);

/** Pins of @old for a copy of its elements with the two dimensions exchanged. */
int gs_qdq_transpose(struct gs_graph *graph, const struct gs_tensor *old,
		     struct gs_tensor *copy);

/**
 * gs_qdq_lift() - make float32 of what moves integers
 *
 * int8 and uint8 inputs and outputs of the model, and operators that move such
 * elements, get pairs of QuantizeLinear and DequantizeLinear around them, with
 * the one scale of the values. What has none stays. Returns 0 or a negative
 * errno after reporting.
 */
int gs_qdq_lift(struct gs_graph *graph, struct gs_diag *diag);

#endif /* GS_QDQ_H */
