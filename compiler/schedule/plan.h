/* SPDX-License-Identifier: MIT */
/*
 * Plans: how the loops of a bound codelet are cut into tiles and blocks.
 *
 * A variable counts in units: elements, or rows of lanes for channels. A tiling
 * gives every variable a tile; the machine's outer loops walk equal tiles, so
 * an extent that its tile does not divide is cut in two pieces, and every
 * combination of pieces becomes a block of its own.
 */
#ifndef GS_PLAN_H
#define GS_PLAN_H

#include "compiler/codelets/bind.h"

struct gs_tiling {
	uint32_t tile[GS_MAX_VARS]; /**< units; the whole extent where a variable is not cut */
	unsigned order
		[GS_MAX_VARS]; /**< variables that may be cut, outermost first; those with parts last */
	unsigned num_order;
	uint32_t split_words; /**< not 0: each tile has blocks of its own, and its steps are divided among blocks of at most these SIMD words */
	uint32_t strips; /**< a tile is taken by the SIMD unit in so many parts, at most; 0 or 1: as a whole (steps.h) */
	double cycles; /**< estimate for the layer */
};

/** Tile of an operand: a dense box, the last dimension in rows of lanes. */
struct gs_tile {
	int64_t lo[GS_CL_MAX_DIMS]; /**< first index at variables 0, may be negative (border) */
	uint32_t ext[GS_CL_MAX_DIMS];
	uint32_t stride[GS_CL_MAX_DIMS]; /**< rows a step of this dimension */
	uint64_t rows;
};

/** A piece of a variable: @count tiles of @tile units from @start. */
struct gs_piece {
	uint32_t start, tile, count;
};

/** Whole tiles and a remainder; of the base of a span also its first and its last step */
#define GS_MAX_PIECES 4

/** gs_var_is_cut() - whether a schedule may cut this variable into tiles */
bool gs_var_is_cut(const struct gs_bound_node *b, unsigned var);

/**
 * gs_part_stmt() - the statement of the SIMD unit whose reductions may come in parts, or -1
 *
 * It accumulates what is loaded for it alone; a split program can load and
 * add one part after the other.
 */
int gs_part_stmt(const struct gs_bound_node *b);

/** gs_var_has_parts() - whether a variable is a reduction of gs_part_stmt() */
bool gs_var_has_parts(const struct gs_bound_node *b, unsigned var);

/** gs_tile_allowed() - whether tiles of this size can walk a variable, capacities aside */
bool gs_tile_allowed(const struct gs_bound_node *b, unsigned var,
		     uint32_t tile);

/** gs_tile_of() - the box of an operand that one tile touches */
void gs_tile_of(const struct gs_bound_node *b, unsigned operand,
		const uint32_t *tile, struct gs_tile *out);

/** gs_tile_close() - extents, strides and rows of a tile whose lowest indices are there; @hi: the highest */
void gs_tile_close(struct gs_tile *tile, int64_t *hi, unsigned num_dims);

/** gs_weight_rows_of() - gs_weight_rows() of a tile whose box is known */
uint64_t gs_weight_rows_of(const struct gs_tile *tile,
			   const struct gs_arch *arch);

/** gs_weight_rows() - WBUF rows of one tile of a weight, as code generation lays it out */
uint64_t gs_weight_rows(const struct gs_bound_node *b, unsigned operand,
			const uint32_t *tile, const struct gs_arch *arch);

/** gs_plan_rows() - rows of its memory that the tiles of an operand take; 0 of one that is not on chip */
uint64_t gs_plan_rows(const struct gs_bound_node *b, const struct gs_acg *acg,
		      const struct gs_tiling *tiling, unsigned operand);

/**
 * gs_plan_misfit() - the memory the tile of a tiling does not fit
 * @rows: what it needs there
 * GS_ACG_NUM_MEMORIES: it fits all.
 */
enum gs_acg_mem gs_plan_misfit(const struct gs_bound_node *b,
			       const struct gs_acg *acg,
			       const struct gs_tiling *tiling, uint64_t *rows);

/** gs_plan_fits() - whether the tile of a tiling fits every memory */
bool gs_plan_fits(const struct gs_bound_node *b, const struct gs_acg *acg,
		  const struct gs_tiling *tiling);

/** gs_plan_outer_loops() - loops of the array that walk tiles */
unsigned gs_plan_outer_loops(const struct gs_bound_node *b,
			     const struct gs_tiling *tiling);

/** gs_pieces() - pieces that cover a variable, in order; returns how many */
unsigned gs_pieces(const struct gs_bound_node *b, unsigned var, uint32_t tile,
		   struct gs_piece out[GS_MAX_PIECES]);

/** How much is searched: 0, one order of the loops; 3, all that are there. */
#define GS_MAX_EFFORT 3
#define GS_DEFAULT_EFFORT 1

/** Most tilings that gs_plan_list() keeps. */
#define GS_MAX_PLANS 16

/** Tilings, cheapest first by estimate. */
struct gs_plans {
	struct gs_tiling plan[GS_MAX_PLANS];
	unsigned num;
};

/**
 * gs_plan_list() - the best tilings by search
 * @effort: up to GS_MAX_EFFORT: how many orders of loops and numbers of strips
 *          are looked at, and how many tilings are kept
 * Every candidate that fits is ranked by gs_plan_cost(); ties go to the first,
 * so the choice is deterministic. Kernel loops are cut only when nothing fits
 * otherwise. -ENOSPC when nothing fits, not reported.
 */
int gs_plan_list(const struct gs_bound_node *b, const struct gs_acg *acg,
		 unsigned effort, struct gs_plans *out);

/** gs_plan_find() - the best one, with the default effort */
int gs_plan_find(const struct gs_bound_node *b, const struct gs_acg *acg,
		 struct gs_tiling *out);

/** gs_plan_layer() - gs_plan_find(), reported when nothing fits */
int gs_plan_layer(const struct gs_bound_node *b, const struct gs_acg *acg,
		  struct gs_tiling *out, struct gs_diag *diag);

/**
 * Whether a tiling that fits the scratchpads has a program: 0, -ENOSPC when
 * that exceeds an instruction memory, or another negative errno.
 */
typedef int gs_plan_check(void *ctx, const struct gs_bound_node *b,
			  const struct gs_tiling *tiling);

/**
 * gs_plan_within() - choose among the tilings whose program fits, too
 * Where none does, among those with a split program. -ENOSPC when there is
 * none: @out is as it was.
 */
int gs_plan_within(const struct gs_bound_node *b, const struct gs_acg *acg,
		   gs_plan_check *check, void *ctx, struct gs_tiling *out);

/**
 * gs_plan_move() - tiles of a node Move, which must store in order
 * @whole: variables before it have tiles of 1
 * Returns 0, or -ENOSPC (not reported) when nothing fits.
 */
int gs_plan_move(const struct gs_bound_node *b, const struct gs_acg *acg,
		 unsigned whole, struct gs_tiling *out);

/** gs_plan_cost() - estimated cycles of a layer under a tiling, from the parameters of the timing model */
double gs_plan_cost(const struct gs_bound_node *b, const struct gs_acg *acg,
		    const struct gs_tiling *tiling);

#endif /* GS_PLAN_H */
