/* SPDX-License-Identifier: MIT */
/*
 * How a tile of the array becomes matrix products.
 *
 * The inner loops are sorted by what they move. Reduction steps leave the row
 * of OBUF where it is; loops that leave the weights where they are make the
 * pixels of a product, one that moves weights and not activations its columns,
 * the rest is walked.
 */
#ifndef GS_FAST_PLAN_H
#define GS_FAST_PLAN_H

#include "hw-model/core/core_internal.h"

/* Terms of a sum, so that 32 bits cannot overflow: less than 2^31 / 128^2. */
#define GS_PLAN_TERMS 131071u

/* Rows a buffer's address covers. */
struct gs_span {
	int64_t low, high;
};

struct gs_fast_plan {
	struct gs_loop reduction[GS_ISA_SA_INNER_LOOPS];
	unsigned num_reduction;
	struct gs_loop pixel[GS_ISA_SA_INNER_LOOPS];
	unsigned num_pixel;
	struct gs_loop columns; /* one iteration when there is none */
	struct gs_loop rest[GS_ISA_SA_INNER_LOOPS];
	unsigned num_rest;
	uint32_t num_steps, num_pixels;
	struct gs_span x, w; /* rows of IBUF and WBUF in use */
	bool first, bias;
	bool pays; /* weights are used often enough */
	bool distinct; /* no row of OBUF is that of two pixels or products */
};

/*
 * gs_fast_plan_make() - of the tiles of core->block
 * @first: sums start, from bias or 0
 * Returns false when it cannot be done or could fault.
 */
bool gs_fast_plan_make(const struct gs_core *core, bool first,
		       struct gs_fast_plan *plan);

/*
 * gs_loops_distinct() - do addresses number @p of any two iterations differ by more than @reach?
 * Returns false when that is not sure.
 */
bool gs_loops_distinct(const struct gs_loop *loops, unsigned num, unsigned p,
		       int64_t reach);

#endif /* GS_FAST_PLAN_H */
