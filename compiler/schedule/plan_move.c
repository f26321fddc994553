/* SPDX-License-Identifier: MIT */
/*
 * Tiles of a Move. It stores whole rows of lanes, so that a run spoils what
 * stands behind it in its pixel, and must be stored before that. Within a tile
 * runs are stored in the order of the dimensions; tiles follow in that order
 * too as long as only one dimension is cut, the inner ones are whole, and the
 * outer ones are walked one by one. That is what is chosen here, always.
 */
#include "compiler/schedule/plan.h"

#include <errno.h>

/* Largest tile of a variable that fits; with @even, one that divides it. */
static uint32_t largest(const struct gs_bound_node *b, const struct gs_acg *acg,
			struct gs_tiling *t, unsigned var, bool even)
{
	const uint32_t units = b->var[var].units;
	uint32_t low = 1, high = units;

	while (low < high) {
		const uint32_t mid = low + (high - low + 1) / 2;

		t->tile[var] = mid;
		if (gs_plan_fits(b, acg, t))
			low = mid;
		else
			high = mid - 1;
	}
	/* Pieces of one variable come in order; those of two do not. */
	while (even && units % low)
		low--;
	return low;
}

int gs_plan_move(const struct gs_bound_node *b, const struct gs_acg *acg,
		 unsigned whole, struct gs_tiling *out)
{
	bool cut = false;
	unsigned v, i;

	*out = (struct gs_tiling){ .num_order = b->num_vars };
	for (v = 0; v < b->num_vars; v++) {
		out->order[v] = v;
		out->tile[v] = 1;
	}
	if (!gs_plan_fits(b, acg, out))
		return -ENOSPC;
	for (v = b->num_vars; v-- > whole && !cut;) {
		bool outer = false;

		for (i = 0; i < v; i++)
			outer |= b->var[i].units > 1;
		out->tile[v] = largest(b, acg, out, v, outer);
		cut = out->tile[v] < b->var[v].units;
	}
	out->cycles = gs_plan_cost(b, acg, out);
	return 0;
}
