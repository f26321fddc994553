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
	GS_QUANT_SOURCE, /**< scale and zero point of input @source, if these have @other where @has_other */
	GS_QUANT_FIXED, /**< @scale and @zero_point */
	GS_QUANT_RANGE, /**< steps from @low to @high */
	GS_QUANT_WITHIN, /**< the observed range without what is beyond @low and @high */
};

/** How the result of a node is quantized. */
struct gs_quant_answer {
	enum gs_quant_choice choice;
	unsigned source;
	bool has_other; /**< some elements are not of the input: these are @other */
	double other;
	float scale;
	int32_t zero_point;
	double low, high;
};

/** What an input of the node is to the codelet. */
enum gs_input_role { GS_ROLE_ACTIVATION, GS_ROLE_WEIGHT, GS_ROLE_CONST };

/** How an operator moves elements, of any type, which keep their values */
enum gs_move_kind {
	GS_MOVE_NONE, /**< it does not, it computes */
	GS_MOVE_INDEX, /**< each element of the result is one of the input */
	GS_MOVE_BETWEEN, /**< each is one, or between two along an axis: real numbers */
	GS_MOVE_VIEW, /**< all stay in their order, under another shape */
	GS_MOVE_JOIN, /**< the inputs side by side along an axis */
	GS_MOVE_SPLIT, /**< the results side by side are the input */
};

struct gs_float_rule;

/**
 * Where the elements of a result come from that are only moved: the element with
 * indices i is that of the input with index base[k] + at[0][k][i[0]] +
 * at[1][k][i[1]] + ... along axis k.
 */
struct gs_move_map {
	unsigned source; /**< the input */
	struct gs_shape in; /**< its shape */
	struct gs_shape
		seen; /**< of the result, or another one of as many elements */
	int64_t base[GS_MAX_RANK];
	const int64_t *
		at[GS_MAX_RANK]
		  [GS_MAX_RANK]; /**< by index, then axis of the input; NULL: nothing */
	bool outside; /**< some elements are not of the input: these are @other */
	bool nothing; /**< none is of the input */
	const bool *inside[GS_MAX_RANK]; /**< where some are outside: by index */
	double other;
};

/** Two neighbours along an axis, and the share of the second */
struct gs_tap {
	int64_t first, second;
	float weight; /**< of @second: from 0 to below 1 */
};

/** Of a result whose elements are between those of the input, axis by axis */
struct gs_move_taps {
	unsigned source; /**< the input */
	struct gs_shape in, out;
	const struct gs_tap
		*tap[GS_MAX_RANK]; /**< by axis, then index of the result */
};

/** Errors are reported with file, line and column of the codelet. */
struct gs_op_rules {
	const void *ctx;
	/** Is there a codelet of this operator? */
	bool (*knows)(const void *ctx, const struct gs_node *node);
	/** The first operator set that has it; 0: any */
	int64_t (*opset)(const void *ctx, const struct gs_node *node);
	/**
	 * The shapes of the outputs a codelet has, and what order of dimensions the node has.
	 * Returns 0, 1 when there is no rule, or a negative errno after reporting.
	 */
	int (*shape)(const void *ctx, struct gs_graph *graph,
		     struct gs_node *node, struct gs_shape *out,
		     struct gs_diag *diag);
	/** The same for the quantization of output 0; inputs have theirs. */
	int (*quantize)(const void *ctx, struct gs_graph *graph,
			struct gs_node *node, struct gs_quant_answer *out,
			struct gs_diag *diag);
	enum gs_move_kind (*moves)(const void *ctx, const struct gs_node *node);
	/** The input that is moved; of a join the first that is */
	unsigned (*source)(const void *ctx, const struct gs_node *node);
	/**
	 * Joins and splits: the axis, and how many elements of it each part has; of
	 * a node that has been through shape(). A negative errno after reporting.
	 */
	int (*along)(const void *ctx, const struct gs_graph *graph,
		     const struct gs_node *node, int64_t extent[GS_MAX_IO],
		     struct gs_diag *diag);
	/** Is input @index, or with -1 output 0, of type bool in ONNX? Here it has 1 and 0. */
	bool (*truth)(const void *ctx, const struct gs_node *node, int index);
	/** The input whose scale and zero point the result has in any case; -1: none */
	int (*keeps)(const void *ctx, const struct gs_node *node);
	/** The input that attribute @attr stands for in newer operator sets; 0: none */
	unsigned (*input_of)(const void *ctx, const struct gs_node *node,
			     const char *attr);
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
	 * @out: of the results
	 * @type: theirs; GS_DT_F32 but where elements are only moved
	 */
	void (*run)(struct gs_float_rule *rule, const void *const *in,
		    void *const *out, enum gs_dtype type);
	/** Of a rule that moves elements by their indices, until it is released; else NULL */
	const struct gs_move_map *(*map)(const struct gs_float_rule *rule);
	/** Of a rule whose elements are between those of the input; else NULL */
	const struct gs_move_taps *(*taps)(const struct gs_float_rule *rule);
	void (*release)(struct gs_float_rule *rule);
};

#endif /* GS_OP_RULES_H */
