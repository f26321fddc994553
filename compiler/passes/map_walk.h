/* SPDX-License-Identifier: MIT */
/*
 * How the indices of a movement walk in memory, given where the input stands: a
 * table for each, cut into pieces that a view can have.
 */
#ifndef GS_MAP_WALK_H
#define GS_MAP_WALK_H

#include "compiler/ir/op_rules.h"
#include "compiler/passes/lview.h"

/** Values of an index, one after the other */
struct gs_map_piece {
	int64_t start, num;
	bool inside; /**< the elements are of the input, and walk in factors */
};

struct gs_map_index {
	int64_t num; /**< values */
	int64_t (*at)[GS_MEM_DIMS]; /**< where each leads, beside the base */
	const bool *inside; /**< NULL: all are */
	struct gs_map_piece *piece;
	size_t num_pieces;
	size_t core; /**< the piece whose elements all others repeat; num_pieces: none */
	int64_t block; /**< no piece goes beyond multiples of this, unless it is all */
};

struct gs_map_walk {
	const struct gs_move_map *map;
	struct gs_tensor *of; /**< owner of the memory */
	int64_t base[GS_MEM_DIMS];
	struct gs_map_index index[GS_MAX_RANK];
	bool separable; /**< what indices add along an axis never carries into another factor of it */
	bool nothing; /**< no element is of the input */
	struct gs_arena *memory; /**< the caller's */
	bool failed; /**< it was out of memory */
};

/**
 * gs_map_walk_init() - a map on an input that stands as @view says
 * @block: of each index, see struct gs_map_index; NULL: none
 * Everything is allocated from @memory; see @failed.
 */
void gs_map_walk_init(struct gs_map_walk *w, const struct gs_move_map *map,
		      const struct gs_lview *view, const int64_t *block,
		      struct gs_arena *memory);

/** gs_map_walk_moves() - pieces together: 0, when all is one view; at most INT32_MAX */
int64_t gs_map_walk_moves(const struct gs_map_walk *w);

/** gs_map_walk_single() - cut an index into pieces of one value */
void gs_map_walk_single(struct gs_map_walk *w, unsigned index);

/**
 * gs_map_walk_view() - the elements of some values of each index
 * @part: values by index, inside
 * False when a view cannot have so many factors.
 */
bool gs_map_walk_view(const struct gs_map_walk *w,
		      const struct gs_map_piece *part, struct gs_lview *out);

/**
 * gs_map_walk_repeat() - which values of its core a piece repeats: the first, and a step
 * @index: has a core
 */
int64_t gs_map_walk_repeat(const struct gs_map_index *index,
			   const struct gs_map_piece *piece, int64_t *step);

#endif /* GS_MAP_WALK_H */
