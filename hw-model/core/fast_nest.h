/* SPDX-License-Identifier: MIT */
/* A nest of the SIMD unit as operations on many rows, see fast_nest.c. */
#ifndef GS_FAST_NEST_H
#define GS_FAST_NEST_H

#include "hw-model/core/core_internal.h"

struct gs_nest_plan {
	unsigned num_loops;
	int64_t base[GS_OPERANDS];
	int32_t *lanes[GS_OPERANDS];
	bool obuf[GS_OPERANDS]; /* lanes are those of the half in use */
	unsigned pitch[GS_OPERANDS];
	unsigned operands; /* GS_OPERANDS when some word uses source 2, or 2 */
	unsigned depth; /* innermost loops that one call of a function covers */
	uint32_t dst_int, src1_int; /* of casts */
	uint32_t body, num_body;
	bool joined; /* with a cast: gs_nest_plan_joins() */
	int shift; /* of that cast */
	struct gs_loop loops[GS_ISA_SIMD_LOOPS]; /* num_loops of them are set */
};

/*
 * gs_nest_plan_make() - with the registers as they are
 * Returns false when the nest goes the reference's way, or faults.
 */
bool gs_nest_plan_make(struct gs_core *core, const struct gs_nest *nest,
		       struct gs_nest_plan *plan);

/*
 * gs_nest_plan_joins() - can @plan do what @next does, which follows upon it?
 * Where it multiplies and @next casts each product where it is, to 8 bits. Sets
 * plan->shift; plan->joined says whether a run does so.
 */
bool gs_nest_plan_joins(const struct gs_core *core, struct gs_nest_plan *plan,
			const struct gs_nest_plan *next);

/* gs_nest_plan_run() - on the half of OBUF that is in use now; 0 or -ECANCELED */
int gs_nest_plan_run(struct gs_core *core, struct gs_nest_plan *plan);

#endif /* GS_FAST_NEST_H */
