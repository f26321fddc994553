/* SPDX-License-Identifier: MIT */
/* How tiles lie in memory and in scratchpads: for code generation and for its cost. */
#ifndef GS_TRANSFER_H
#define GS_TRANSFER_H

#include "compiler/schedule/plan.h"

/** One dimension of a transfer: iterations and bytes in memory a step. */
struct gs_dma_dim {
	uint32_t count;
	int64_t stride;
};

/** Loops around contiguous runs. */
struct gs_runs {
	struct gs_dma_dim dim[GS_CL_MAX_DIMS]; /**< outermost first */
	unsigned num_dims;
	uint64_t run_rows; /**< rows of the scratchpad a run fills */
};

/**
 * gs_memory_strides() - bytes a step of each dimension of an operand in memory, the last one in rows of lanes
 * @stride: all are written, of an operand whose tensor has no layout yet as if it was dense
 * Returns the offset of its first element in its slot, 0 without a layout.
 */
int64_t gs_memory_strides(const struct gs_bound_node *b, unsigned operand,
			  int64_t stride[GS_CL_MAX_DIMS]);

/** gs_split_runs() - dimensions of a tile that follow each other without a gap become one run */
void gs_split_runs(const struct gs_tile *tile, const int64_t *stride,
		   unsigned num_dims, struct gs_runs *out);

/** gs_row_stride() - rows an operand's address moves when a variable makes one step */
int64_t gs_row_stride(const struct gs_bound_node *b,
		      const struct gs_bound_ref *ref,
		      const struct gs_tile *tile, unsigned var);

/** gs_elem_bits() - of an element in memory: 4, 8 or 32; before layouts are chosen those of its values */
unsigned gs_elem_bits(const struct gs_bound_operand *o);

/** gs_request() - REQ of a transfer of @rows rows: bytes per bank, of 4-bit elements rows (docs/isa.md) */
uint32_t gs_request(unsigned bits, uint64_t rows);

/** gs_is_loaded() - whether the SIMD unit loads tiles of an operand */
bool gs_is_loaded(const struct gs_bound_operand *o);

#endif /* GS_TRANSFER_H */
