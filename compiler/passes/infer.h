/* SPDX-License-Identifier: MIT */
/*
 * Shape rules, one per operator (the table is in shapes.c). A rule checks
 * inputs, computes the shapes of the results and brings parameters into one
 * form: attributes that are always there, see gs_pass_shapes().
 */
#ifndef GS_INFER_H
#define GS_INFER_H

#include "compiler/ir/ir.h"

/** One node; its results are filled in by the rule. */
struct gs_infer {
	struct gs_graph *graph;
	struct gs_node *node;
	struct gs_diag *diag;
	struct gs_shape out[GS_MAX_IO]; /**< of each output */
	enum gs_dtype type; /**< of the outputs */
};

typedef int (*gs_infer_fn)(struct gs_infer *f);

/** Fills in the types and shapes of the results, by the rule of the operator; they are not set */
int gs_infer_node(struct gs_infer *f);

#define GS_INFER_ERR(f, err, ...) \
	gs_node_error((f)->diag, err, (f)->node, __VA_ARGS__)

/** Input @index, which must be there and of @rank (0: any); NULL: reported */
const struct gs_shape *gs_infer_need(struct gs_infer *f, unsigned index,
				     unsigned rank);
/** Input @index, where there is one, must be a list of @num values. */
int gs_infer_need_list(struct gs_infer *f, unsigned index, int64_t num);
/** An attribute with a value for the one that is not there */
int gs_infer_explicit_int(struct gs_infer *f, const char *name, int64_t value);
int gs_infer_explicit_float(struct gs_infer *f, const char *name, float value);
int gs_infer_explicit_string(struct gs_infer *f, const char *name,
			     const char *value);
/** Replaces an attribute */
int gs_infer_set_ints(struct gs_infer *f, const char *name,
		      const int64_t *values, size_t num);
/** Attribute "axis", @fallback where there is none, made explicit and >= 0 */
int gs_infer_axis(struct gs_infer *f, int64_t fallback, unsigned rank,
		  int *axis);
/** Inputs from @index on have become attributes. */
void gs_infer_drop_inputs(struct gs_infer *f, unsigned index);

/* ---- infer_window.c: windows over pictures and rows ---------------------- */

int gs_infer_conv(struct gs_infer *f);
int gs_infer_conv_transpose(struct gs_infer *f);
int gs_infer_pool(struct gs_infer *f);
int gs_infer_global_pool(struct gs_infer *f);

/* ---- infer_math.c: matrices, elements, reductions ------------------------ */

int gs_infer_gemm(struct gs_infer *f);
int gs_infer_matmul(struct gs_infer *f);
int gs_infer_unary(struct gs_infer *f);
int gs_infer_binary(struct gs_infer *f);
int gs_infer_variadic(struct gs_infer *f);
int gs_infer_compare(struct gs_infer *f);
int gs_infer_prelu(struct gs_infer *f);
int gs_infer_where(struct gs_infer *f);
int gs_infer_clip(struct gs_infer *f);
int gs_infer_batchnorm(struct gs_infer *f);
int gs_infer_softmax(struct gs_infer *f);
int gs_infer_reduce(struct gs_infer *f);
int gs_infer_quantize(struct gs_infer *f);
int gs_infer_dequantize(struct gs_infer *f);
int gs_infer_cast(struct gs_infer *f);

/* ---- older.c ------------------------------------------------------------- */

/** gs_infer_renew() - a node of an older operator set becomes what newer ones have */
int gs_infer_renew(struct gs_infer *f);

#endif /* GS_INFER_H */
