/* SPDX-License-Identifier: MIT */
/*
 * What code generation hands to the writer of model files.
 */
#ifndef GS_PROGRAM_H
#define GS_PROGRAM_H

#include "compiler/ir/ir.h"
#include "genesys/arch.h"

/** Parts of a model, each placed by the loader; program addresses are relocated against them. */
enum gs_part {
	GS_PART_CODE, /**< instruction words; IMEM window */
	GS_PART_PARAM, /**< weights and biases; PARAM window */
	GS_PART_CONST, /**< constants the SIMD unit reads; SIMD window */
	GS_PART_ACT, /**< activations, zero-filled except borders; IBUF, OBUF and SIMD windows */
	GS_PART_COUNT
};

/** word [15:0] += low or high half of (address of part + addend) in the window of the access */
struct gs_reloc {
	uint32_t word; /**< index into code */
	bool high;
	enum gs_part part;
	uint64_t addend; /**< byte offset in the part */
};

/** The code of one layer: consecutive blocks. */
struct gs_layer {
	const struct gs_node *node; /**< what it computes; NULL: nothing */
	const char *name; /**< node name */
	const char *op;
	uint32_t first_word, num_words; /**< in code */
	uint32_t num_blocks;
	const char *
		note; /**< tiles and sizes, one line, for the report; may be NULL */
	uint64_t macs; /**< multiply-accumulates the node needs */
	double cycles; /**< the scheduler's estimate */
};

/** A tensor in activation memory. Views appear with their own shape and the root's place. */
struct gs_place {
	const struct gs_tensor *tensor;
	uint64_t offset; /**< in GS_PART_ACT, of the slot (border included) */
};

struct gs_program {
	struct gs_arch arch;
	uint32_t *code;
	uint32_t num_words;
	uint32_t entry_words; /**< words of the first block, which stands at word 0 */
	struct gs_reloc *reloc;
	uint32_t num_relocs;
	struct gs_layer *layer;
	uint32_t num_layers;
	uint8_t *param;
	uint64_t param_bytes;
	uint8_t *simd_const;
	uint64_t const_bytes;
	uint64_t act_bytes;
	uint64_t own_bytes; /**< of activations if none shared memory with another */
	struct gs_place *
		place; /**< inputs, outputs and every intermediate activation */
	uint32_t num_places;
	const struct gs_graph *
		graph; /**< inputs, outputs (in the model's order) and metadata; outlives the program */
};

void gs_program_free(struct gs_program *program);

#endif /* GS_PROGRAM_H */
