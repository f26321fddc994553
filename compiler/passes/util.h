/* SPDX-License-Identifier: MIT */
/* Shared by passes. */
#ifndef GS_PASS_UTIL_H
#define GS_PASS_UTIL_H

#include <stddef.h>
#include <string.h>

#include "compiler/ir/ir.h"
#include "compiler/ir/op_rules.h"

static inline bool gs_op_is(const struct gs_node *node, const char *op)
{
	return !*node->domain && !strcmp(node->op, op);
}

static inline bool gs_op_in(const struct gs_node *node, const char *const *ops)
{
	for (; *ops; ops++)
		if (gs_op_is(node, *ops))
			return true;
	return false;
}

static inline struct gs_tensor *gs_input(const struct gs_node *node,
					 unsigned index)
{
	return index < node->num_inputs ? node->input[index] : NULL;
}

/** gs_node_moves() - how an operator moves elements, by the rule of its codelet */
enum gs_move_kind gs_node_moves(const struct gs_graph *graph,
				const struct gs_node *node);

/** gs_node_is_view() - whether it gives all elements, in their order, another shape */
bool gs_node_is_view(const struct gs_graph *graph, const struct gs_node *node);

int gs_nomem(struct gs_diag *diag);

/** gs_settle() - after a pass that adds and takes nodes: sort the graph and drop what nothing reads; 0 or -errno */
int gs_settle(struct gs_graph *graph, struct gs_diag *diag);

/** gs_node_shares() - a codelet says that results have the steps of input 0, whose elements are moved */
bool gs_node_shares(const struct gs_graph *graph, const struct gs_node *node);
/** gs_node_keeps_axis() - elements are between those of input 0, but not along this axis, nor moved along it */
bool gs_node_keeps_axis(const struct gs_graph *graph,
			const struct gs_node *node, unsigned axis);
/** gs_node_keeps() - gs_node_shares(), and they are its elements, in other places */
bool gs_node_keeps(const struct gs_graph *graph, const struct gs_node *node);

/** Value @index of a constant of integers */
int64_t gs_const_int(const struct gs_tensor *tensor, int64_t index);
/** Element @index of @data; false when @value does not fit @type */
bool gs_put_int(void *data, enum gs_dtype type, int64_t index, int64_t value);
/** The type of ONNX's TensorProto.DataType @type, or GS_DT_NONE */
enum gs_dtype gs_onnx_elem_type(int64_t type);
bool gs_is_int_const(const struct gs_tensor *tensor);

/**
 * gs_get_ints() - attribute @name, or else constant input @input, as integers
 * @num: how many; 0 when neither is there
 *
 * -EINVAL or -ENOTSUP (reported) when the input is not a constant list of at
 * most @cap integers.
 */
int gs_get_ints(const struct gs_node *node, const char *name, unsigned input,
		int64_t *values, unsigned cap, unsigned *num,
		struct gs_diag *diag);

/**
 * gs_get_axes() - attribute @name, or else constant input @input, as integers
 * @num: how many; 0 when neither is there
 *
 * -EINVAL or -ENOTSUP (reported) when the input is not a constant list of at
 * most GS_MAX_RANK integers.
 */
int gs_get_axes(const struct gs_node *node, const char *name, unsigned input,
		int64_t axes[GS_MAX_RANK], unsigned *num, struct gs_diag *diag);

/** Axis counted from the front, or -EINVAL (reported) unless -rank <= axis < rank. */
int gs_norm_axis(const struct gs_node *node, int64_t axis, unsigned rank,
		 struct gs_diag *diag);

/** numpy broadcasting; false when the shapes do not fit */
bool gs_broadcast(const struct gs_shape *a, const struct gs_shape *b,
		  struct gs_shape *out);

/** Steps in elements for walking @in under the shape @out it broadcasts to. */
void gs_broadcast_steps(const struct gs_shape *in, const struct gs_shape *out,
			int64_t steps[GS_MAX_RANK]);

/**
 * gs_add_constant() - a tensor with room for its elements
 * @data: the zeroed elements, to be filled
 */
struct gs_tensor *gs_add_constant(struct gs_graph *graph, const char *name,
				  enum gs_dtype type,
				  const struct gs_shape *shape, void **data);

/**
 * gs_change_constant() - a float32 constant for what becomes of the values of @t, named after it
 * @data: its values. They stand where those of @t do if nothing else needs
 *        these (gs_graph_take_floats()): each is to be read before it is written.
 * NULL when out of memory
 */
struct gs_tensor *gs_change_constant(struct gs_graph *graph,
				     struct gs_tensor *t, const char *suffix,
				     float **data);

/**
 * gs_add_derived() - an activation of the type and scale of @like, named "LIKE_what"
 * NULL: out of memory.
 */
struct gs_tensor *gs_add_derived(struct gs_graph *graph,
				 const struct gs_tensor *like, const char *what,
				 const struct gs_shape *shape);

/** gs_add_step() - a node from one tensor to another; NULL: out of memory */
struct gs_node *gs_add_step(struct gs_graph *graph, const char *op,
			    struct gs_tensor *from, struct gs_tensor *to);

/* ---- fold.c -------------------------------------------------------------- */

/** Shape and Size, constants whatever their input is */
extern const char *const gs_shape_ops[];

/** Will a node of @op be a constant, given that all its inputs are? */
bool gs_fold_knows(const char *op);

/**
 * gs_fold_node() - evaluate Shape, Size, or a node all of whose inputs are constants
 *
 * Before shapes are inferred: what computes shapes, in integers.
 * Returns 1 when its output is a constant now (the node is still in the list),
 * 0 when it cannot be folded, or a negative errno after reporting.
 */
int gs_fold_node(struct gs_graph *graph, struct gs_node *node,
		 struct gs_diag *diag);

/**
 * gs_fold_eval() - the same by float evaluation, once the outputs have type and shape
 *
 * Elements that only move keep their type; else they are computed as float32,
 * which integers must fit.
 */
int gs_fold_eval(struct gs_graph *graph, struct gs_node *node,
		 struct gs_diag *diag);

/* ---- dead.c -------------------------------------------------------------- */

/** Drop nodes and tensors nobody uses; 0 or -ENOMEM. Tensors are renumbered. */
int gs_remove_dead(struct gs_graph *graph);

/* ---- saturate.c ---------------------------------------------------------- */

/**
 * gs_limit_ranges() - leave of each observed range what the readers tell apart
 *
 * Inputs of the graph keep theirs. -1: out of memory
 */
int gs_limit_ranges(struct gs_graph *graph);

/* ---- least_step.c -------------------------------------------------------- */

/**
 * gs_least_step() - the step of a node's result, or the finest that it may have
 * @step: of its range
 *
 * Steps of inputs are known, those of weights are not yet.
 */
double gs_least_step(const struct gs_graph *graph, const struct gs_node *node,
		     double step);

/* ---- bias.c -------------------------------------------------------------- */

/**
 * gs_correct_bias() - take from the bias what rounded weights add on average
 * @node: Conv or Gemm with quantized weights; others stay
 *
 * Where the mean of the input's channels is known. 0 or -ENOMEM.
 */
int gs_correct_bias(struct gs_graph *graph, struct gs_node *node);

/* ---- window.c ------------------------------------------------------------ */

/**
 * Height and width of a window over a picture, after normalization. A window
 * over a row is one over a picture of one row.
 */
struct gs_window {
	unsigned rank; /**< of the attributes: 2, or 1 for a row */
	int64_t kernel[2], stride[2], dilation[2];
	int64_t pad[4]; /**< top, left, bottom, right */
	int64_t over[2]; /**< part of bottom and right that only ceil_mode adds */
	int64_t out[2];
};

/**
 * gs_window_infer() - read the attributes of a Conv or pool, compute the result's extent
 * @x: shape of the input, rank 3 or 4
 * @kernel: of the weights, one value for each axis, or NULL: kernel_shape is required
 *
 * Writes the explicit attributes back, see gs_pass_shapes().
 */
int gs_window_infer(struct gs_graph *graph, struct gs_node *node,
		    const struct gs_shape *x, const int64_t *kernel,
		    struct gs_window *window, struct gs_diag *diag);
/** The same for ConvTranspose, whose windows are of its output. */
int gs_window_infer_transposed(struct gs_graph *graph, struct gs_node *node,
			       const struct gs_shape *x, const int64_t *kernel,
			       struct gs_window *window, struct gs_diag *diag);
/** The window of a node that one of these has been through; not @out. */
void gs_window_get(const struct gs_node *node, struct gs_window *window);

/* ---- eval_ops.c ---------------------------------------------------------- */

/** True when the float evaluator implements @op. */
bool gs_eval_knows(const char *op);
/** True when it may do so while compiling, on constants: it takes no time. */
bool gs_eval_folds(const char *op);

#endif /* GS_PASS_UTIL_H */
