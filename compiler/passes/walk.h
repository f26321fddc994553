/* SPDX-License-Identifier: MIT */
/*
 * A walk over all index tuples of a shape, with a position in several arrays
 * at once: broadcasts, transposes, windows and reductions are such walks.
 *
 *	gs_walk_init(&w, &shape);
 *	gs_walk_add(&w, 0, steps_a);
 *	gs_walk_add(&w, 0, steps_b);
 *	for (more = gs_walk_start(&w); more; more = gs_walk_next(&w))
 *		row of w.num elements at w.at[0], w.at[1], ... w.step[k] apart
 */
#ifndef GS_WALK_H
#define GS_WALK_H

#include "compiler/ir/ir.h"

#define GS_WALK_MAX 4 /**< arrays */

struct gs_walk {
	struct gs_shape shape; /**< axes of the walk; the last one is the row's */
	unsigned arrays;
	int64_t axis_step[GS_WALK_MAX][GS_MAX_RANK];
	int64_t index[GS_MAX_RANK];
	int64_t at[GS_WALK_MAX]; /**< where the row starts, in elements */
	int64_t step[GS_WALK_MAX]; /**< between elements of a row */
	int64_t num; /**< elements of a row */
};

void gs_walk_init(struct gs_walk *walk, const struct gs_shape *shape);
/** An array whose element of index 0, 0, ... is at @base; @steps: of each axis */
void gs_walk_add(struct gs_walk *walk, int64_t base, const int64_t *steps);
/** An array of shape @in under the walk's, as numpy broadcasts */
void gs_walk_add_broadcast(struct gs_walk *walk, const struct gs_shape *in);
/** Axes that can be walked as one are merged. False when there is no element. */
bool gs_walk_start(struct gs_walk *walk);
/** The next row; false behind the last */
bool gs_walk_next(struct gs_walk *walk);

#endif /* GS_WALK_H */
