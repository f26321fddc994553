/* SPDX-License-Identifier: MIT */
/*
 * Code generation: planned layers to blocks of instructions.
 */
#ifndef GS_CODEGEN_H
#define GS_CODEGEN_H

#include "compiler/emit/program.h"
#include "compiler/schedule/decision.h"

/** A layer ready for code generation. */
struct gs_planned {
	struct gs_bound_node *binding;
	struct gs_tiling tiling;
};

/**
 * gs_try_layer() - the instructions a layer would have, as a program of its own
 * Addresses are 0, data is left out, and of blocks that differ in addresses
 * alone the first is there. -ENOSPC: it has too many words. Not reported.
 * @out: freed with gs_program_free(), also after an error
 */
int gs_try_layer(const struct gs_graph *graph, const struct gs_acg *acg,
		 const struct gs_bound_node *b, const struct gs_tiling *tiling,
		 struct gs_program *out);

/**
 * gs_codegen() - instructions, weights, constants and addresses of a whole model
 * @graph: laid out and quantized
 * @layer: in execution order
 * @out: freed with gs_program_free(), also after an error
 */
int gs_codegen(const struct gs_graph *graph, const struct gs_acg *acg,
	       struct gs_planned *layer, unsigned num_layers,
	       struct gs_program *out, struct gs_diag *diag);

#endif /* GS_CODEGEN_H */
