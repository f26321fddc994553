/* SPDX-License-Identifier: MIT */
/*
 * The f-DFG: a graph of operators over tensors, whose nodes open into finer
 * graphs (fdfg.h). All memory of a graph belongs to its arena.
 */
#ifndef GS_IR_H
#define GS_IR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "compiler/ir/diag.h"

#define GS_MAX_RANK 6
#define GS_MAX_IO 64 /**< inputs or outputs of one node */

enum gs_dtype {
	GS_DT_NONE,
	GS_DT_F32,
	GS_DT_I8,
	GS_DT_U8,
	GS_DT_I32,
	GS_DT_I64,
	GS_DT_BOOL,
	GS_DT_I4, /**< of quantized values only; here, an element is a byte */
};

size_t gs_dtype_size(enum gs_dtype type);
const char *gs_dtype_name(enum gs_dtype type);

/** gs_dtype_bits() - of an element in the machine's memory: 4 for GS_DT_I4, else those of its bytes */
unsigned gs_dtype_bits(enum gs_dtype type);
/** Smallest and largest value of a quantized type: GS_DT_I4, GS_DT_I8. */
int32_t gs_dtype_low(enum gs_dtype type);
int32_t gs_dtype_high(enum gs_dtype type);
/** gs_dtype_clamp() - @value, which is no NaN, within that range */
int32_t gs_dtype_clamp(enum gs_dtype type, double value);
/** gs_dtype_is_step() - whether a value is one byte of quantized data: GS_DT_I4, GS_DT_I8 */
bool gs_dtype_is_step(enum gs_dtype type);

struct gs_shape {
	unsigned rank;
	int64_t dim[GS_MAX_RANK];
};

/** Elements of a shape; -1 when a dimension is unknown (< 0) or the product overflows 2^40. */
int64_t gs_shape_elems(const struct gs_shape *shape);
bool gs_shape_equal(const struct gs_shape *a, const struct gs_shape *b);
/** "1x3x224x224"; returns buf */
char *gs_shape_format(const struct gs_shape *shape, char *buf, size_t size);

/**
 * How real values are represented: real = scale * (q - zero_point).
 * Activations: one scale. Weights: one scale per output channel, zero point 0.
 */
struct gs_quant {
	bool valid;
	enum gs_dtype
		type; /**< GS_DT_I8 or GS_DT_I4: activations and weights, GS_DT_I32: bias */
	unsigned num_scales; /**< 1, or the channels along @axis */
	unsigned axis;
	const float *scale; /**< num_scales values */
	int32_t zero_point;
};

enum gs_dim_order {
	GS_ORDER_NCHW, /**< the logical row-major order is n, c, h, w */
	GS_ORDER_NHWC, /**< the logical row-major order is n, h, w, c (rank 3: batch, row, channel) */
};

/**
 * Where an activation stands in memory: n x (top + h + bottom) x (left + w + right) x c_phys elements,
 * channels innermost. Where @row_block rows stand together, a block of rows takes the place of a row,
 * and the pixels of its rows follow each other in c_phys. Set by the layout pass; views share it with their root.
 */
struct gs_layout {
	bool valid;
	enum gs_dim_order order;
	int64_t n, h, w, c; /**< logical extents */
	int64_t c_phys; /**< channels in memory, of all rows of a block */
	uint32_t row_block; /**< rows, borders counted, whose pixels stand side by side; 1: each for itself */
	unsigned bits; /**< of an element: 8, or 4 (the low half of a byte first) */
	uint32_t top, left, bottom, right; /**< border in rows and columns */
	int32_t border_value; /**< quantized value of the border */
	bool filled; /**< the program makes the border, not the loader alone */
	const uint32_t *
		channel_map; /**< c entries: physical channel of each; NULL: identity */
	uint32_t slack; /**< bytes behind the last pixel that a row of lanes may touch */
	uint64_t bytes; /**< of the whole slot */
};

struct gs_node;
struct gs_lview;

/** Dimensions of an activation in memory, outermost first. */
enum gs_mem_dim { GS_MEM_N, GS_MEM_H, GS_MEM_W, GS_MEM_C, GS_MEM_DIMS };

/** How one dimension of an access walks in memory; a step may be 0 or negative. */
struct gs_walk_dim {
	enum gs_mem_dim dim;
	int64_t step; /**< in rows, columns, channels ... of that dimension */
};

/**
 * Elements of a part of a tensor's memory: index (i0, i1, ...) stands at
 * @at + sum of i * step, in coordinates of @of. The last dimension is taken in
 * rows of lanes, channel by channel.
 */
struct gs_access {
	struct gs_tensor *of; /**< owner of the memory; NULL: no access */
	int64_t at[GS_MEM_DIMS];
	struct gs_walk_dim dim[GS_MAX_RANK];
	unsigned num_dims;
};

/** What a node Move does: the same elements, read here and written there. */
struct gs_move {
	int64_t extent[GS_MAX_RANK]; /**< the last one is contiguous on both sides */
	struct gs_access from, to;
};

struct gs_tensor {
	unsigned id; /**< index in graph->tensor */
	const char *name;
	enum gs_dtype type; /**< of the float model */
	struct gs_shape shape;
	bool shaped; /**< shape is known: declared (dims may be -1) or inferred */
	struct gs_node *producer; /**< NULL: graph input or constant */
	const void
		*data; /**< constant: elements of @type, row-major; else NULL */

	/**
	 * A view (Flatten, Reshape, Identity): the same elements in the same
	 * row-major order as this tensor.
	 */
	struct gs_tensor *view_of;
	/**
	 * A window: rank 4, elements that stand in memory of another tensor.
	 * Made by gs_pass_lower(); @part.of is NULL for all others.
	 */
	struct gs_access part;
	struct gs_lview *lview; /**< private to gs_pass_lower() */
	enum gs_dim_order order; /**< what @has_order says, else by rank */
	bool has_order;
	bool no_border; /**< rows are read as one line, or written beyond the picture */
	bool wide; /**< elements of 4 bits stand in bytes, as something reads or writes from the middle of one; set by the layout pass */

	float min, max; /**< observed by calibration; min <= 0 <= max */
	bool has_range;
	float *channel_range; /**< observed min, max of each along axis 1, or NULL */
	float *channel_mean; /**< observed, of each along axis 1; NULL: of noise, or not known */
	struct gs_quant quant;
	const void *
		qdata; /**< constant: quantized elements of quant.type, shape of the tensor */
	struct gs_layout layout;
	bool is_input, is_output;
};

enum gs_attr_kind {
	GS_ATTR_INT,
	GS_ATTR_FLOAT,
	GS_ATTR_STRING,
	GS_ATTR_INTS,
	GS_ATTR_FLOATS,
	GS_ATTR_TENSOR,
	GS_ATTR_OTHER, /**< a subgraph or a type: named, its value is not kept */
};

struct gs_attr {
	const char *name;
	enum gs_attr_kind kind;
	int64_t i;
	float f;
	const char *s;
	const int64_t *ints;
	const float *floats;
	size_t num; /**< of ints or floats */
	struct gs_tensor *
		tensor; /**< Constant's value: a tensor that is not in the graph's list */
};

/** Activation fused into a node: applied to its result before quantization. */
enum gs_activation {
	GS_ACT_NONE,
	GS_ACT_RELU,
	GS_ACT_CLIP, /**< between act[0] and act[1] */
	GS_ACT_LEAKY, /**< below zero times act[0], which is from 0 to 1 */
};

struct gs_node {
	unsigned id; /**< stable; order of the list is topological */
	const char *
		name; /**< unique, made from the op when the model gives none */
	const char *op; /**< ONNX operator type */
	const char *domain; /**< "" for the standard operators */
	unsigned num_inputs, num_outputs;
	struct gs_tensor *input[GS_MAX_IO]; /**< NULL: optional input left out */
	struct gs_tensor *output[GS_MAX_IO];
	struct gs_attr *attr;
	unsigned num_attrs;
	enum gs_activation activation;
	float act[2]; /**< parameters of the activation */
	bool residual; /**< the last input is added to the result, before the activation */
	enum gs_dim_order
		order; /**< how it takes its activations, if @has_order */
	bool has_order;
	bool fixed_order; /**< @order is what its codelet asks for */
	const char *
		axis_attr; /**< attribute with the axis that its codelet wants innermost in memory, or NULL */
	const struct gs_move *move; /**< of a node Move */
	const char *
		fused; /**< names of the nodes fused in, comma separated, or NULL */
	uint64_t macs; /**< multiply-accumulates it needs; set by gs_pass_lower() */
	struct gs_node *next;
	struct gs_fdfg *open; /**< the finer graph once asked for, fdfg.h */
};

struct gs_meta {
	const char *key, *value;
};

struct gs_arena;
struct gs_names;
struct gs_op_rules;

struct gs_graph {
	struct gs_arena *arena;
	const char *name;
	int64_t opset;
	enum gs_dtype data_type,
		weight_type; /**< of the machine: GS_DT_I8, which is the default, or GS_DT_I4 */
	struct gs_node *node; /**< topological order */
	struct gs_node **tail;
	struct gs_tensor **tensor;
	unsigned num_tensors, cap_tensors;
	unsigned next_node_id;
	struct gs_tensor *input[GS_MAX_IO], *output[GS_MAX_IO];
	unsigned num_inputs, num_outputs;
	bool calibrated; /**< ranges and means are those of data, not of noise */
	struct gs_meta *meta; /**< metadata_props of the model */
	unsigned num_meta,
		cap_meta; /**< @cap_meta: room gs_graph_set_meta() made */
	const struct gs_op_rules *
		rules; /**< for operators without one in the front end; NULL: none */
	struct gs_names *tensor_names, *node_names; /**< private to graph.c */
	/** Whether @node may become a part of @into; NULL: every node may. */
	bool (*may_fuse)(const void *ctx, const char *into, const char *node);
	const void *may_fuse_ctx;
};

/** gs_graph_may_fuse() - whether a pass may make @node a part of @into; each pass that fuses asks */
static inline bool gs_graph_may_fuse(const struct gs_graph *graph,
				     const struct gs_node *into,
				     const struct gs_node *node)
{
	return !graph->may_fuse ||
	       graph->may_fuse(graph->may_fuse_ctx, into->name, node->name);
}

struct gs_graph *gs_graph_create(void);
void gs_graph_destroy(struct gs_graph *graph);

/** Memory that lives as long as the graph; zeroed; NULL when out of memory. */
void *gs_graph_alloc(struct gs_graph *graph, size_t size);
void *gs_graph_alloc_array(struct gs_graph *graph, size_t num, size_t size);
const char *gs_graph_strdup(struct gs_graph *graph, const char *text);
const char *gs_graph_printf(struct gs_graph *graph, const char *fmt, ...)
	GS_PRINTF(2, 3);

/**
 * gs_graph_add_tensor() - append a tensor; NULL when out of memory
 * @name: made unique when a tensor has it already
 * @shape: NULL when not known yet
 */
struct gs_tensor *gs_graph_add_tensor(struct gs_graph *graph, const char *name,
				      enum gs_dtype type,
				      const struct gs_shape *shape);
struct gs_tensor *gs_graph_find_tensor(const struct gs_graph *graph,
				       const char *name);
/**
 * gs_graph_add_node() - append a node; NULL when out of memory
 * @name: made unique; NULL or "": made from @op
 *
 * The caller fills inputs and outputs with gs_node_set_*().
 */
struct gs_node *gs_graph_add_node(struct gs_graph *graph, const char *name,
				  const char *op);
/** Unlinks; node->next stays, so that a walk over the list may go on. */
void gs_graph_remove_node(struct gs_graph *graph, struct gs_node *node);
/** @index < GS_MAX_IO; inputs or outputs before it that are not set are left out (NULL) */
void gs_node_set_input(struct gs_node *node, unsigned index,
		       struct gs_tensor *tensor);
/** Makes @node the producer of @tensor. */
void gs_node_set_output(struct gs_node *node, unsigned index,
			struct gs_tensor *tensor);
/**
 * gs_graph_sort() - bring the nodes into topological order
 *
 * A list that is in order stays as it is. Returns 0, -ELOOP naming a node of a
 * cycle, or -ENOMEM.
 */
int gs_graph_sort(struct gs_graph *graph, struct gs_diag *diag);
/**
 * gs_graph_prune() - drop tensors that nothing refers to, and renumber
 *
 * Kept are inputs and outputs of nodes and of the graph, and what they are
 * views or windows of. Elements of large float32 constants that none of them has
 * are freed. Returns 0 or -ENOMEM.
 */
int gs_graph_prune(struct gs_graph *graph);
/**
 * gs_graph_take_floats() - the elements of a large float32 constant, to be changed where they stand
 *
 * NULL, and nothing happens, unless one node alone reads them. Else @t has no
 * data any more: the caller gives them to another tensor, and that to the node.
 */
float *gs_graph_take_floats(struct gs_graph *graph, struct gs_tensor *t);
/**
 * gs_graph_drop_floats() - free the float32 elements of large constants that have integers
 *
 * Their @data, which says that they are constants, becomes @qdata: for passes
 * that read nothing but integers.
 */
void gs_graph_drop_floats(struct gs_graph *graph);
/** gs_tensor_is_integers() - whether that is so: a float32 constant of which integers alone are kept */
bool gs_tensor_is_integers(const struct gs_tensor *t);
/** gs_graph_drop() - forget @num tensors from number @first on, which nothing refers to; 0 or -ENOMEM */
int gs_graph_drop(struct gs_graph *graph, unsigned first, unsigned num);
/** Every use of @from as a node input or graph output becomes @to. */
void gs_graph_replace_uses(struct gs_graph *graph, struct gs_tensor *from,
			   struct gs_tensor *to);
/** Node inputs and graph outputs that are @tensor; uses of its views do not count. */
unsigned gs_graph_num_uses(const struct gs_graph *graph,
			   const struct gs_tensor *tensor);

/** gs_graph_set_meta() - add a key, or give it another value; 0 or -ENOMEM */
int gs_graph_set_meta(struct gs_graph *graph, const char *key,
		      const char *value);

/** The tensor whose elements these are: follows view_of to the end. */
struct gs_tensor *gs_tensor_root(struct gs_tensor *tensor);
/** The tensor that owns the memory: behind views and windows. */
struct gs_tensor *gs_tensor_owner(struct gs_tensor *tensor);
/** gs_graph_gives() - is an output of the graph in the memory @owner owns? */
bool gs_graph_gives(const struct gs_graph *graph,
		    const struct gs_tensor *owner);
/** gs_tensor_order() - the order of an activation's dimensions: decided, or NCHW for rank 4 */
enum gs_dim_order gs_tensor_order(const struct gs_tensor *tensor);

/**
 * gs_canonical_dims() - extents n, h, w, c of an activation taken in an order
 * NCHW: batch, channel, the axes between as rows, columns. NHWC: batch, the
 * axes between as rows, columns, channel. Rank 2 is batch, channel in both,
 * rank 3 has one row.
 */
void gs_canonical_dims(const struct gs_tensor *tensor, enum gs_dim_order order,
		       int64_t dims[GS_MEM_DIMS]);
/**
 * gs_graph_root_uses() - uses of every tensor's memory, views included
 *
 * Returns num_tensors counts, indexed by the id of the root, or NULL when out
 * of memory.
 */
unsigned *gs_graph_root_uses(struct gs_graph *graph);

const struct gs_attr *gs_node_attr(const struct gs_node *node,
				   const char *name);
/** gs_attr_equal() - one kind and one value, to the bit; false of tensors and of GS_ATTR_OTHER */
bool gs_attr_equal(const struct gs_attr *a, const struct gs_attr *b);
int64_t gs_node_attr_int(const struct gs_node *node, const char *name,
			 int64_t fallback);
float gs_node_attr_float(const struct gs_node *node, const char *name,
			 float fallback);
const char *gs_node_attr_string(const struct gs_node *node, const char *name,
				const char *fallback);
/** Set or replace an attribute; 0 or -ENOMEM. */
int gs_node_set_attr(struct gs_graph *graph, struct gs_node *node,
		     const struct gs_attr *attr);
int gs_node_set_attr_int(struct gs_graph *graph, struct gs_node *node,
			 const char *name, int64_t value);
int gs_node_set_attr_ints(struct gs_graph *graph, struct gs_node *node,
			  const char *name, const int64_t *values, size_t num);
int gs_node_set_attr_float(struct gs_graph *graph, struct gs_node *node,
			   const char *name, float value);
int gs_node_set_attr_floats(struct gs_graph *graph, struct gs_node *node,
			    const char *name, const float *values, size_t num);
int gs_node_set_attr_string(struct gs_graph *graph, struct gs_node *node,
			    const char *name, const char *value);
void gs_node_remove_attr(struct gs_node *node, const char *name);
/** Append @name to the names of the nodes fused into @node; 0 or -ENOMEM. */
int gs_node_add_fused(struct gs_graph *graph, struct gs_node *node,
		      const char *name);

/** gs_node_error() - gs_error() with the node's name and operator in front */
int gs_node_error(struct gs_diag *diag, int err, const struct gs_node *node,
		  const char *fmt, ...) GS_PRINTF(4, 5);

/** gs_graph_dump() - readable text of the whole graph, for --dump-after */
void gs_graph_dump(const struct gs_graph *graph, FILE *out);

#endif /* GS_IR_H */
