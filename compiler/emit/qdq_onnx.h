/* SPDX-License-Identifier: MIT */
/*
 * The quantized model as an ONNX model of QuantizeLinear and DequantizeLinear,
 * to be run by any ONNX runtime: the oracle of the compiled model.
 */
#ifndef GS_QDQ_ONNX_H
#define GS_QDQ_ONNX_H

#include <stddef.h>
#include <stdint.h>

#include "compiler/ir/ir.h"

/**
 * gs_emit_qdq_onnx() - write a graph that gs_pass_quantize() has been through
 * @buf: the model, to be freed with free()
 *
 * Operator set 13, or 14 with HardSwish; float32 inputs and outputs named as
 * those of the graph; equal bytes for equal graphs. Names in the model, of an activation T:
 *
 *	T_raw	the operator's result in float32 (T_pre: before a fused Relu)
 *	T_q	int8, the output of QuantizeLinear: what the device computes
 *	T_dq	float32 behind DequantizeLinear; of a graph output: T itself
 *
 * Views are Reshape nodes with a T_q of their own. Constants C: C_q and C_dq
 * (C_qt, C_dqt: transposed, weights of MatMul), C_f where they stay float32.
 *
 * Returns 0, -EINVAL (not quantized), -EEXIST (names of the model collide with
 * these), -ENOTSUP or -ENOMEM after reporting.
 */
int gs_emit_qdq_onnx(const struct gs_graph *graph, uint8_t **buf, size_t *size,
		     struct gs_diag *diag);

#endif /* GS_QDQ_ONNX_H */
