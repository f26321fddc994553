/* SPDX-License-Identifier: MIT */
/* What the files of the cost share: the estimate of one block. */
#ifndef GS_COST_H
#define GS_COST_H

#include "compiler/schedule/facts.h"
#include "hw-model/timing/flight.h"

/** No cost is so high. */
#define GS_NO_LIMIT 1e300

/** What the SIMD unit does, in cycles from a moment at which all else is ready. */
struct gs_cost_simd {
	double words;
	double first; /**< the first tile, to the end of its store */
	double each; /**< from tile to tile */
	double after; /**< from a tile of the array to the end of its store */
};

/** Blocks of many tilings have the same tiles for the SIMD unit: what these cost is kept. */
#define GS_COST_KEPT 256

struct gs_cost_memo {
	struct gs_cost_kept {
		uint32_t key[GS_MAX_VARS +
			     2]; /**< tile, base loops, strips; strips + 1, so that 0 is none */
		struct gs_cost_simd cost;
	} kept[GS_COST_KEPT];
};

/** One combination of pieces. */
struct gs_cost_block {
	const struct gs_facts *f;
	const struct gs_bound_node *b; /**< that of @f */
	const struct gs_timing_costs *costs;
	struct gs_cost_memo *memo; /**< or NULL */
	const struct gs_tiling *tiling;
	uint32_t tile[GS_MAX_VARS];
	double count[GS_MAX_VARS]; /**< tiles */
	unsigned num_loops; /**< of the machine that walk tiles */
	unsigned num_base; /**< of these, those the SIMD unit walks, too */
	double limit; /**< of what all blocks may take: no need to know how much more */
	double tiles, handed; /**< of the array; that the SIMD unit gets */
	struct gs_tile box[GS_CL_MAX_OPERANDS];
};

/**
 * gs_cost_within() - gs_plan_cost(), or, sooner, something not below @limit where it is not below that
 * @memo: of this node, all 0 at first; or NULL
 */
double gs_cost_within(const struct gs_facts *f, const struct gs_tiling *tiling,
		      double limit, struct gs_cost_memo *memo);

/** gs_cost_least() - a bound of gs_plan_cost() from below, known at once */
double gs_cost_least(const struct gs_facts *f, const struct gs_tiling *tiling);

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
