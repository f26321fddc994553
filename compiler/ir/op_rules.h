/* SPDX-License-Identifier: MIT */
/*
 * Rules for operators that the front end has none for. Passes ask by this
 * table; the codelets of the operators answer (codelets/rules.h).
 */
#ifndef GS_OP_RULES_H
#define GS_OP_RULES_H

#include "compiler/ir/ir.h"

enum gs_quant_choice {
	GS_QUANT_OBSERVED, /**< the observed range */
	GS_QUANT_SOURCE, /**< scale and zero point of input @source */
	GS_QUANT_FIXED, /**< @scale and @zero_point */
	GS_QUANT_RANGE, /**< steps from @low to @high */
	GS_QUANT_WITHIN, /**< the observed range without what is beyond @low and @high */
};

/** How the result of a node is quantized. */
struct gs_quant_answer {
	enum gs_quant_choice choice;
	unsigned source;
	float scale;
	int32_t zero_point;
	double low, high;
};

/** What an input of the node is to the codelet. */
enum gs_input_role { GS_ROLE_ACTIVATION, GS_ROLE_WEIGHT, GS_ROLE_CONST };

struct gs_float_rule;

/** Errors are reported with file, line and column of the codelet. */
struct gs_op_rules {
	const void *ctx;
	/** Is there a codelet of this operator? */
	bool (*knows)(const void *ctx, const struct gs_node *node);
	/** The first operator set that has it; 0: any */
	int64_t (*opset)(const void *ctx, const struct gs_node *node);
	/**
	 * The shape of output 0, and what order of dimensions the node has.
	 * Returns 0, 1 when there is no rule, or a negative errno after reporting.
	 */
	int (*shape)(const void *ctx, struct gs_graph *graph,
		     struct gs_node *node, struct gs_shape *out,
		     struct gs_diag *diag);
	/** The same for the quantization of output 0; inputs have theirs. */
	int (*quantize)(const void *ctx, struct gs_graph *graph,
			struct gs_node *node, struct gs_quant_answer *out,
			struct gs_diag *diag);
	/** Does the operator only move elements, of any type, which keep their values? */
	bool (*moves)(const void *ctx, const struct gs_node *node);
	/** Is input @index, or with -1 output 0, of type bool in ONNX? Here it has 1 and 0. */
	bool (*truth)(const void *ctx, const struct gs_node *node, int index);
	/** The input whose scale and zero point the result has; -1: none */
	int (*keeps)(const void *ctx, const struct gs_node *node);
	enum gs_input_role (*role)(const void *ctx, const struct gs_node *node,
				   unsigned input);
	/**
	 * The float meaning of a node whose tensors have shapes, to be run many times.
	 * *out is NULL when there is no rule. 0 or a negative errno after reporting.
	 */
	int (*prepare)(const void *ctx, const struct gs_graph *graph,
		       const struct gs_node *node, struct gs_float_rule **out,
		       struct gs_diag *diag);
	/**
	 * @in: elements of the inputs, NULL where one is left out
	 * @type: theirs; GS_DT_F32 but where elements are only moved
	 */
	void (*run)(struct gs_float_rule *rule, const void *const *in,
		    void *out, enum gs_dtype type);
	void (*release)(struct gs_float_rule *rule);
};

#endif /* GS_OP_RULES_H */
