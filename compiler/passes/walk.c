/* SPDX-License-Identifier: MIT */
#include "compiler/passes/walk.h"

#include "compiler/passes/util.h"

void gs_walk_init(struct gs_walk *walk, const struct gs_shape *shape)
{
	memset(walk, 0, sizeof(*walk));
	walk->shape = *shape;
}

void gs_walk_add(struct gs_walk *walk, int64_t base, const int64_t *steps)
{
	memcpy(walk->axis_step[walk->arrays], steps,
	       walk->shape.rank * sizeof(*steps));
	walk->at[walk->arrays++] = base;
}

void gs_walk_add_broadcast(struct gs_walk *walk, const struct gs_shape *in)
{
	int64_t steps[GS_MAX_RANK];

	gs_broadcast_steps(in, &walk->shape, steps);
	gs_walk_add(walk, 0, steps);
}

static bool merges(const struct gs_walk *w, unsigned axis, int64_t dim,
		   const int64_t *inner)
{
	unsigned k;

	for (k = 0; k < w->arrays; k++)
		if (w->axis_step[k][axis] != inner[k] * dim)
			return false;
	return true;
}

/* Axes of one element vanish, neighbours that are walked evenly become one. */
static void merge(struct gs_walk *w)
{
	unsigned from, to = 0, k;
	int64_t inner[GS_WALK_MAX];

	for (from = 0; from < w->shape.rank; from++) {
		if (w->shape.dim[from] == 1)
			continue;
		for (k = 0; k < w->arrays; k++)
			inner[k] = w->axis_step[k][from];
		if (to && merges(w, to - 1, w->shape.dim[from], inner)) {
			w->shape.dim[to - 1] *= w->shape.dim[from];
		} else {
			w->shape.dim[to] = w->shape.dim[from];
			to++;
		}
		for (k = 0; k < w->arrays; k++)
			w->axis_step[k][to - 1] = inner[k];
	}
	w->shape.rank = to;
}

bool gs_walk_start(struct gs_walk *walk)
{
	unsigned k;

	if (!gs_shape_elems(&walk->shape))
		return false;
	merge(walk);
	if (!walk->shape.rank) {
		walk->num = 1;
		return true;
	}
	walk->shape.rank--;
	walk->num = walk->shape.dim[walk->shape.rank];
	for (k = 0; k < walk->arrays; k++)
		walk->step[k] = walk->axis_step[k][walk->shape.rank];
	return true;
}

bool gs_walk_next(struct gs_walk *walk)
{
	unsigned axis, k;

	for (axis = walk->shape.rank; axis-- > 0;) {
		int64_t back = 0;

		if (++walk->index[axis] == walk->shape.dim[axis]) {
			back = walk->shape.dim[axis];
			walk->index[axis] = 0;
		}
		for (k = 0; k < walk->arrays; k++)
			walk->at[k] += walk->axis_step[k][axis] * (1 - back);
		if (!back)
			return true;
	}
	return false;
}
