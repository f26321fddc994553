/* SPDX-License-Identifier: MIT */
/*
 * Plans of layers of one shape are shared: what was found for one stands for
 * all whose bound codelet, extents, layouts and kinds of constants are equal.
 */
#ifndef GS_SHARE_H
#define GS_SHARE_H

#include "compiler/schedule/plan.h"

/** Zeros are an empty one. */
struct gs_shared_plans {
	struct gs_shared_plan *first;
};

/** A plan that was found, or 0 tiles of order where none was. */
struct gs_shared_plan {
	struct gs_shared_plan *next;
	struct gs_tiling tiling;
	int ret; /**< of what found it */
	double cycles, before; /**< for the caller: 0 until it sets them */
	uint64_t hash;
	size_t size;
	unsigned char key[];
};

/**
 * gs_share_find() - the plan of a layer that is alike
 * NULL: none is known; then *out, if it is not NULL either, is a new one for the
 * caller to fill in.
 */
struct gs_shared_plan *gs_share_find(struct gs_shared_plans *shared,
				     const struct gs_bound_node *b,
				     struct gs_shared_plan **out);

void gs_share_fini(struct gs_shared_plans *shared);

/** gs_plan_find_shared() - gs_plan_find(), or what it found for a layer that is alike */
int gs_plan_find_shared(struct gs_shared_plans *shared,
			const struct gs_bound_node *b, const struct gs_acg *acg,
			struct gs_tiling *out);

#endif /* GS_SHARE_H */
