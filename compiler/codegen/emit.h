/* SPDX-License-Identifier: MIT */
/* The instruction stream under construction, shared by the files of code generation. */
#ifndef GS_CODEGEN_EMIT_H
#define GS_CODEGEN_EMIT_H

#include "compiler/codegen/codegen.h"
#include "compiler/schedule/steps.h"

/** A place in memory: a part of the model and a byte offset. */
struct gs_addr {
	enum gs_part part;
	int64_t offset;
};

struct gs_gen {
	const struct gs_graph *graph;
	const struct gs_acg *acg;
	struct gs_program *prog;
	struct gs_diag *diag;
	size_t cap_words, cap_relocs, cap_param, cap_const;
	int err; /**< first error; everything after it does nothing */
	bool measure; /**< words are only counted: nothing has a place yet */

	/* block under construction */
	uint32_t block_word; /**< index of its first word */
	uint32_t next_words; /**< index of the LD_ST IMEM word of the block before, or UINT32_MAX */
	uint32_t group; /**< layer number, for SYNC_INST */
};

/** One block of a layer: a piece of every variable. */
struct gs_block {
	const struct gs_bound_node *b;
	const struct gs_tiling *tiling;
	struct gs_piece piece[GS_MAX_VARS];
	uint32_t tile[GS_MAX_VARS]; /**< piece[].tile, as the geometry functions take it */
	unsigned outer
		[GS_MAX_VARS]; /**< variables with more than one tile, outermost first */
	unsigned num_outer;
};

#define GS_NO_WORD UINT32_MAX

/** gs_put() - append an instruction; returns its index. Unused operands are 0. */
uint32_t gs_put(struct gs_gen *g, enum gs_insn_id id, uint32_t a, uint32_t b,
		uint32_t c, uint32_t d, uint32_t e, uint32_t f);

/** gs_put_reloc() - append a word whose low half the loader completes with an address */
void gs_put_reloc(struct gs_gen *g, enum gs_insn_id id, uint32_t a, uint32_t b,
		  uint32_t c, bool high, struct gs_addr addr);

/** gs_patch() - replace an operand of a word already put */
void gs_patch(struct gs_gen *g, uint32_t word, unsigned operand,
	      uint32_t value);

void gs_gen_fail(struct gs_gen *g, int err, const struct gs_block *blk,
		 const char *what);

/** gs_append() - append bytes to the parameters or constants, aligned to 64; returns their offset */
uint64_t gs_append_param(struct gs_gen *g, uint64_t size, uint8_t **data);
uint64_t gs_append_const(struct gs_gen *g, uint64_t size, uint8_t **data);

/** A tile's way between memory and a scratchpad: loops around contiguous runs. */
struct gs_dma {
	struct gs_runs runs;
	struct gs_addr
		addr; /**< of the tile at the start of the block's pieces */
	int64_t step[GS_MAX_VARS]; /**< bytes from tile to tile of each variable */
	unsigned elem_bits;
};

/** gs_place_activations() - where every activation stands in memory */
void gs_place_activations(struct gs_gen *g, const struct gs_planned *layer,
			  unsigned num_layers);

/** gs_dma_plan() - transfer of an activation or a row of the block's operand */
void gs_dma_plan(const struct gs_gen *g, const struct gs_block *blk,
		 unsigned operand, struct gs_dma *dma);

/** gs_pack_weights() - WBUF tiles of a layer, in the order its blocks use them */
void gs_pack_weights(struct gs_gen *g, const struct gs_bound_node *b,
		     const struct gs_tiling *tiling,
		     struct gs_bound_operand *o);

/** gs_weight_dma() - address and steps of a block's weight tiles */
void gs_weight_dma(const struct gs_gen *g, const struct gs_block *blk,
		   unsigned operand, struct gs_dma *dma);

void gs_emit_array_group(struct gs_gen *g, const struct gs_block *blk);

/** Steps of the SIMD unit, as gs_list_steps() has them */
struct gs_simd_steps {
	unsigned num;
	unsigned part,
		part_end; /**< those from @part up to @part_end are done for each part of a reduction; equal: none */
};

struct gs_simd_steps gs_simd_steps(const struct gs_block *blk);

/** gs_emit_simd_group() - a SIMD group of the steps from @first up to @end */
void gs_emit_simd_group(struct gs_gen *g, const struct gs_block *blk,
			unsigned first, unsigned end);

#endif /* GS_CODEGEN_EMIT_H */
