/* SPDX-License-Identifier: MIT */
/*
 * Multiply-accumulates an operator needs, by the shapes ONNX gives its tensors:
 * what model files tell of each layer (genesys/model_file.h).
 */
#ifndef GS_PASS_MACS_H
#define GS_PASS_MACS_H

#include "compiler/ir/ir.h"

/**
 * gs_node_count_macs() - set node->macs, in the form gs_pass_quantize() leaves
 *
 * Conv: a product for each element of the result and each weight that makes its
 * channel, those that meet a pad too. ConvTranspose: for each element of the
 * input and each weight its channel is spread with, those whose result a pad
 * cuts off too. Gemm, MatMul: for each element of the result and of a row of
 * the left side. All others: 0.
 * Returns 0, or -EOVERFLOW (reported) beyond GS_ELF_MAX_MACS.
 */
int gs_node_count_macs(struct gs_node *node, struct gs_diag *diag);

#endif /* GS_PASS_MACS_H */
