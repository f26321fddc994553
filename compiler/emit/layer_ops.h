/* SPDX-License-Identifier: MIT */
/*
 * What a planned layer does, as a list of loops, transfers and computations:
 * the common ground of its operand JSON and its pseudo-code.
 */
#ifndef GS_LAYER_OPS_H
#define GS_LAYER_OPS_H

#include "compiler/codegen/codegen.h"

enum gs_layer_op_kind {
	GS_LAYER_CONFIG, /**< a unit starts or ends */
	GS_LAYER_LOOP,
	GS_LAYER_LOOP_END,
	GS_LAYER_TRANSFER, /**< a tile of an operand moves */
	GS_LAYER_COMPUTE, /**< one statement at one point */
};

/** One operation. Loops nest; everything up to their end is inside. */
struct gs_layer_op {
	enum gs_layer_op_kind kind;
	unsigned depth; /**< loops around it */
	unsigned id; /**< counts operations of its kind; of a loop's end, the loop's */
	enum gs_acg_unit unit; /**< config, compute */
	bool end; /**< config: the unit ends */
	unsigned var; /**< loop */
	int64_t stop,
		stride; /**< loop: from 0, in elements; the last iteration may be shorter */
	bool outer; /**< loop: from tile to tile */
	unsigned operand; /**< transfer */
	bool store; /**< transfer: to memory */
	unsigned stmt; /**< compute */
};

struct gs_layer_ops {
	struct gs_layer_op *op;
	unsigned num, cap;
	unsigned depth, count[GS_LAYER_COMPUTE + 1]; /**< while it is built */
	int err;
};

/**
 * gs_layer_ops_list() - the operations of a layer, with its tiles
 * @ops: gs_layer_ops_fini() it, also after an error
 * Tiles the array loads are loaded in the outermost loop they depend on.
 * Returns 0 or -ENOMEM.
 */
int gs_layer_ops_list(const struct gs_planned *layer, struct gs_layer_ops *ops);

void gs_layer_ops_fini(struct gs_layer_ops *ops);

/** gs_layer_extents() - extent of each dimension of an operand, and of one tile of it, in elements */
void gs_layer_extents(const struct gs_planned *layer, unsigned operand,
		      int64_t full[GS_CL_MAX_DIMS],
		      int64_t tile[GS_CL_MAX_DIMS]);

#endif /* GS_LAYER_OPS_H */
