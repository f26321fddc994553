/* SPDX-License-Identifier: MIT */
/*
 * Operators in float32. Sums are made in one order that depends on neither
 * compiler nor vector width.
 */
#ifndef GS_EVAL_OPS_H
#define GS_EVAL_OPS_H

#include "compiler/ir/ir.h"

/** One node with the elements of its tensors. */
struct gs_eval_op {
	const struct gs_node *node;
	const float *in[GS_MAX_IO]; /**< NULL: left out */
	float *out;
	float *scratch; /**< gs_eval_scratch() floats */
};

typedef void (*gs_eval_fn)(const struct gs_eval_op *op);

/** NULL when @op is not implemented */
gs_eval_fn gs_eval_find(const char *op);

/** Floats of scratch memory @node needs */
size_t gs_eval_scratch(const struct gs_node *node);

/* ---- eval_gemm.c --------------------------------------------------------- */

void gs_eval_conv(const struct gs_eval_op *op);
void gs_eval_gemm(const struct gs_eval_op *op);
void gs_eval_matmul(const struct gs_eval_op *op);

#endif /* GS_EVAL_OPS_H */
