/* SPDX-License-Identifier: MIT */
/*
 * Operators in float32. Sums are made in one order that depends on neither
 * compiler nor vector width.
 *
 * Elements of other types are held as float32 too, each the value it stands
 * for, which is exact up to 2^24. Constants that only move (gs_fold_eval())
 * keep their type.
 */
#ifndef GS_EVAL_OPS_H
#define GS_EVAL_OPS_H

#include "compiler/ir/ir.h"

/** One node with the elements of its tensors. */
struct gs_eval_op {
	const struct gs_node *node;
	const void *in[GS_MAX_IO]; /**< of @type; NULL: left out */
	void *out[GS_MAX_IO]; /**< of @type; NULL: nothing uses it */
	float *scratch; /**< gs_eval_scratch() floats */
	enum gs_dtype type; /**< GS_DT_F32, or what is moved */
	struct gs_float_rule *rule; /**< that of a codelet, or NULL */
};

typedef void (*gs_eval_fn)(const struct gs_eval_op *op);

/** How an operator is evaluated */
struct gs_eval_kind {
	const char *op;
	gs_eval_fn run;
	bool moves; /**< elements without looking at them: of any type */
	bool heavy; /**< its time is not linear in the size of its tensors */
};

/** NULL when the operator of @node is not implemented */
const struct gs_eval_kind *gs_eval_find(const struct gs_node *node);

/** Floats of scratch memory @node needs */
size_t gs_eval_scratch(const struct gs_node *node);

static inline size_t gs_eval_elems(const struct gs_tensor *tensor)
{
	return (size_t)gs_shape_elems(&tensor->shape);
}

/* ---- eval_quant.c: what integers stand for ------------------------------- */

/** gs_eval_integers() - the values that the integers of constant @tensor stand for */
void gs_eval_integers(const struct gs_tensor *tensor, float *values);

/** gs_eval_round_all() - each of @num values becomes that of the nearest step of @quant; nothing without a scale */
void gs_eval_round_all(const struct gs_quant *quant, float *values, size_t num);
/** gs_eval_round() - each of the values of @tensor becomes that of the nearest step; nothing without a scale */
void gs_eval_round(const struct gs_tensor *tensor, float *values);

/* ---- eval_gemm.c: convolutions and matrices ------------------------------ */

size_t gs_eval_conv_scratch(const struct gs_node *node);
void gs_eval_conv(const struct gs_eval_op *op);
void gs_eval_gemm(const struct gs_eval_op *op);
void gs_eval_matmul(const struct gs_eval_op *op);

/* ---- eval_deconv.c ------------------------------------------------------- */

size_t gs_eval_conv_transpose_scratch(const struct gs_node *node);
void gs_eval_conv_transpose(const struct gs_eval_op *op);

/* ---- eval_unary.c: element by element ------------------------------------ */

void gs_eval_unary(const struct gs_eval_op *op);
void gs_eval_hard_swish(const struct gs_eval_op *op);
void gs_eval_cast(const struct gs_eval_op *op);
void gs_eval_quantize(const struct gs_eval_op *op);
void gs_eval_dequantize(const struct gs_eval_op *op);

/* ---- eval_binary.c: with broadcast --------------------------------------- */

/** Of any number of inputs, pair by pair */
void gs_eval_variadic(const struct gs_eval_op *op);
void gs_eval_where(const struct gs_eval_op *op);

/* ---- eval_reduce.c: over windows and axes -------------------------------- */

void gs_eval_batchnorm(const struct gs_eval_op *op);
void gs_eval_softmax(const struct gs_eval_op *op);
void gs_eval_pool(const struct gs_eval_op *op);
void gs_eval_reduce(const struct gs_eval_op *op);

/* ---- eval_lowered.c ------------------------------------------------------ */

/**
 * gs_eval_find_lowered() - the same as gs_eval_find(), with the nodes that passes make from gs_pass_lower() on
 * Of a Move, @in and @out are memory (eval_memory.h), and its results are rounded.
 */
const struct gs_eval_kind *gs_eval_find_lowered(const struct gs_node *node);

/* ---- eval_fused.c -------------------------------------------------------- */

/** gs_eval_activate() - what is fused into @node, of its results: what is added, then the activation */
void gs_eval_add_residual(const struct gs_eval_op *op, float *out, size_t num);
void gs_eval_activate(const struct gs_node *node, float *out, size_t num);
/** gs_eval_is_conv_pool() - does it apply what is fused itself, between two of its steps? */
bool gs_eval_is_conv_pool(const struct gs_node *node);
size_t gs_eval_conv_pool_scratch(const struct gs_node *node);
/** Convolution, what is fused, its rounding, and a pool: one after the other */
void gs_eval_conv_pool(const struct gs_eval_op *op);

#endif /* GS_EVAL_OPS_H */
