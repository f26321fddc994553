/* SPDX-License-Identifier: MIT */
/*
 * The tiling of each layer: decided, or searched. Of the best by estimate, those
 * whose program fits are timed by the event model, without data, and the
 * fastest is taken; layers of one shape share what was found.
 */
#ifndef GS_FIT_H
#define GS_FIT_H

#include "compiler/codegen/codegen.h"
#include "compiler/schedule/share.h"

struct gs_core;
struct gs_timing;

struct gs_fit {
	const struct gs_graph *graph;
	const struct gs_acg *acg;
	const struct gs_schedule
		*schedule; /**< or NULL: nothing is decided, default effort */
	struct gs_shared_plans shared;
	struct gs_core *core; /**< made when first needed */
	struct gs_timing *timing;
	double cycles,
		before; /**< timed, of all searched layers; with the default effort, where more was searched */
};

/** gs_fit_layer() - decide the tiling of a layer
 *
 * Where a searched tiling's program exceeds an instruction memory, other tiles
 * are chosen, or it is split; so it is where no tile fits the scratchpads but
 * parts of a reduction do. When no tiling has a program that fits, it stays as
 * it is: gs_codegen() then says why. -ENOSPC, reported, when no tile fits.
 */
int gs_fit_layer(struct gs_fit *fit, struct gs_planned *layer,
		 struct gs_diag *diag);

/** gs_fit_report() - a note of what more than the default effort gained */
void gs_fit_report(const struct gs_fit *fit, struct gs_diag *diag);

void gs_fit_fini(struct gs_fit *fit);

#endif /* GS_FIT_H */
