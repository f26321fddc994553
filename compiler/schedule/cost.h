/* SPDX-License-Identifier: MIT */
/* What the files of the cost share: the estimate of one block. */
#ifndef GS_COST_H
#define GS_COST_H

#include "compiler/schedule/transfer.h"
#include "hw-model/timing/flight.h"

/** One combination of pieces. */
struct gs_cost_block {
	const struct gs_bound_node *b;
	const struct gs_acg *acg;
	const struct gs_timing_costs *costs;
	const struct gs_tiling *tiling;
	uint32_t tile[GS_MAX_VARS];
	double count[GS_MAX_VARS]; /**< tiles */
	unsigned num_loops; /**< of the machine that walk tiles */
	unsigned num_base; /**< of these, those the SIMD unit walks, too */
	double limit; /**< of what all blocks may take: no need to know how much more */
	double tiles, handed; /**< of the array; that the SIMD unit gets */
	struct gs_tile box[GS_CL_MAX_OPERANDS];
};

/** What the SIMD unit does, in cycles from a moment at which all else is ready. */
struct gs_cost_simd {
	double words;
	double first; /**< the first tile, to the end of its store */
	double each; /**< from tile to tile */
	double after; /**< from a tile of the array to the end of its store */
};

void gs_cost_simd(const struct gs_cost_block *c, struct gs_cost_simd *out);

/** gs_cost_transfer() - cycles a tile of an operand takes its channel when nothing else is in flight */
double gs_cost_transfer(const struct gs_cost_block *c, enum gs_window win,
			unsigned operand);

/** gs_cost_sustained() - the same when many such transfers follow each other */
double gs_cost_sustained(const struct gs_cost_block *c, enum gs_window win,
			 unsigned operand);

/** gs_cost_occupancy() - what a tile of an operand asks of its channel */
struct gs_occupancy gs_cost_occupancy(const struct gs_cost_block *c,
				      enum gs_window win, unsigned operand);

/** gs_cost_dims() - loops around the runs of a tile */
unsigned gs_cost_dims(const struct gs_cost_block *c, unsigned operand);

static inline double gs_max(double a, double b)
{
	return a > b ? a : b;
}

#endif /* GS_COST_H */
