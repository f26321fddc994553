/* SPDX-License-Identifier: MIT */
/*
 * Code generation: planned layers to blocks of instructions.
 */
#ifndef GS_CODEGEN_H
#define GS_CODEGEN_H

#include "compiler/emit/program.h"
#include "compiler/schedule/plan.h"

/** A layer ready for code generation. */
struct gs_planned {
	struct gs_bound_node *binding;
	struct gs_tiling tiling;
};

/**
 * gs_fit_layer() - choose the tiling of a layer
 *
 * Where its program exceeds an instruction memory, other tiles are chosen, or
 * it is split; so it is where no tile fits the scratchpads but parts of a
 * reduction do. When no tiling has a program that fits, it stays as it is:
 * gs_codegen() then says why. -ENOSPC, reported, when no tile fits.
 */
int gs_fit_layer(const struct gs_graph *graph, const struct gs_acg *acg,
		 struct gs_planned *layer, struct gs_diag *diag);

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
