/* SPDX-License-Identifier: MIT */
/*
 * Logical views: the elements of a tensor, in its logical order, as they stand
 * in memory of another one. Reshape, Transpose, Slice and the like change a
 * view and no element; one is moved only where a reader cannot take the view.
 */
#ifndef GS_LVIEW_H
#define GS_LVIEW_H

#include "compiler/ir/ir.h"

#define GS_LVIEW_MAX_SUBS 24

/** A factor of a logical axis that walks evenly in memory. */
struct gs_lview_sub {
	unsigned axis; /**< the logical axis it belongs to */
	int64_t extent; /**< > 1 */
	struct gs_walk_dim walk;
};

struct gs_lview {
	struct gs_tensor *of; /**< owner of the memory */
	int64_t at[GS_MEM_DIMS];
	struct gs_shape shape;
	struct gs_lview_sub
		sub[GS_LVIEW_MAX_SUBS]; /**< by axis, outermost first; none for an axis of 1 */
	unsigned num;
};

/** gs_lview_whole() - all elements of a tensor that has memory of its own */
void gs_lview_whole(struct gs_tensor *tensor, struct gs_lview *out);

/**
 * gs_lview_reshape() - the same elements under another shape of as many
 * False when the axes have no common factors, as 3x4 and 4x3.
 */
bool gs_lview_reshape(const struct gs_lview *in, const struct gs_shape *shape,
		      struct gs_lview *out);

/** gs_lview_transpose() - axis i of the result is axis @perm[i] */
void gs_lview_transpose(const struct gs_lview *in, const int64_t *perm,
			struct gs_lview *out);

/**
 * gs_lview_slice() - @num elements of an axis from @start, @step apart
 * False when the axis consists of factors, and they go beyond one step of the outer ones.
 */
bool gs_lview_slice(struct gs_lview *view, unsigned axis, int64_t start,
		    int64_t step, int64_t num);

/**
 * gs_lview_repeat() - an axis of @times as many elements
 * @inner: each element @times in a row, else all of them @times
 */
bool gs_lview_repeat(struct gs_lview *view, unsigned axis, int64_t times,
		     bool inner);

/**
 * gs_lview_access() - the view as n, h, w, c, taken in an order
 * @joined: rows are taken as one line, so that the owner must have no border
 * False when a dimension does not walk evenly or channels are not contiguous.
 */
bool gs_lview_access(const struct gs_lview *view, enum gs_dim_order order,
		     struct gs_access *out, bool *joined);

/** gs_lview_is_whole() - all elements of the owner in an order of its own: which one */
bool gs_lview_is_whole(const struct gs_lview *view, enum gs_dim_order *order);

/**
 * gs_lview_pair() - two views of equal shape as one list of dimensions
 * @extent, @from, @to: outermost first, the last is a run of channels;
 *                      GS_LVIEW_MAX_SUBS + 1 each
 * Returns how many, or -1 when the axes have no common factors.
 */
int gs_lview_pair(const struct gs_lview *from, const struct gs_lview *to,
		  int64_t *extent, struct gs_walk_dim *a,
		  struct gs_walk_dim *b);

#endif /* GS_LVIEW_H */
