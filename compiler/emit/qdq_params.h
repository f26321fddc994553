/* SPDX-License-Identifier: MIT */
/* Attributes that operator sets 13 and 14 want as inputs. */
#ifndef GS_QDQ_PARAMS_H
#define GS_QDQ_PARAMS_H

#include "compiler/ir/ir.h"

/** An input made of attributes: integers, or floats. */
struct gs_qdq_param {
	const char *name;
	unsigned input; /**< which one */
	bool is_float;
	bool scalar;
	unsigned num;
	int64_t ints[2 * GS_MAX_RANK > GS_MAX_IO ? 2 * GS_MAX_RANK : GS_MAX_IO];
	float floats[GS_MAX_RANK];
};

#define GS_QDQ_MAX_PARAMS 12

/** gs_qdq_params() - the inputs of a node that are attributes here; returns how many */
unsigned gs_qdq_params(const struct gs_graph *graph, const struct gs_node *node,
		       struct gs_qdq_param param[GS_QDQ_MAX_PARAMS]);

/** gs_qdq_is_param() - whether an attribute is written as an input instead */
bool gs_qdq_is_param(const struct gs_graph *graph, const struct gs_node *node,
		     const struct gs_attr *attr);

/** gs_qdq_transposed_weights() - the real values of those of a ConvTranspose */
void gs_qdq_transposed_weights(const struct gs_node *node, float *data);

/** gs_qdq_is_op() - whether a node is of this operator of ONNX */
bool gs_qdq_is_op(const struct gs_node *node, const char *op);

/** gs_qdq_opset() - the operator set: 13, 14, which has HardSwish, or what a codelet's operator needs */
int64_t gs_qdq_opset(const struct gs_graph *graph);

/** gs_qdq_outdated() - a node whose operator has another form in this set than the one written; NULL: none */
const struct gs_node *gs_qdq_outdated(const struct gs_graph *graph,
				      int64_t opset);

/**
 * gs_qdq_transposed() - weights of MatMul, kept as [P, K]; the operator takes [K, P]
 * @shape: becomes that of the result, which is @out
 */
const void *gs_qdq_transposed(const struct gs_tensor *t, struct gs_shape *shape,
			      int8_t *out);

/** gs_qdq_ceil_pads() - pads without what ceil_mode added and makes again; @ints holds them */
struct gs_attr gs_qdq_ceil_pads(const struct gs_node *node,
				int64_t ints[2 * GS_MAX_RANK]);

/** gs_qdq_is_dilated_mean() - AveragePool with dilations, which operator sets 13 and 14 do not have */
bool gs_qdq_is_dilated_mean(const struct gs_node *node);

/** gs_qdq_drops() - is @attr one that operator sets 13 and 14 do not have? */
bool gs_qdq_drops(const struct gs_node *node, const struct gs_attr *attr);

/** gs_qdq_can_resize() - can scales or sizes alone say what a Resize does? */
bool gs_qdq_can_resize(const struct gs_node *node);

#endif /* GS_QDQ_PARAMS_H */
