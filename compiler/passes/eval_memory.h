/* SPDX-License-Identifier: MIT */
/*
 * Where elements of a lowered graph stand. A tensor without a layout is its
 * picture. One with a layout has a slot: border, padding channels and rows that
 * stand together as on the device, one float for each element.
 */
#ifndef GS_EVAL_MEMORY_H
#define GS_EVAL_MEMORY_H

#include "compiler/ir/ir.h"

/** A tensor and its extents n, h, w, c */
struct gs_eval_memory {
	int64_t dim[GS_MEM_DIMS];
	bool nchw; /**< order of the elements of the picture */
	bool line; /**< rows are one line: what is beyond one is in the next */
	const struct gs_layout *slot; /**< NULL: the picture */
	int64_t row,
		image; /**< elements of a row, or rows that stand together, and of an image of the slot */
	int64_t end; /**< elements of the slot */
};

/** gs_eval_picture() - the elements of a tensor as operators take them */
void gs_eval_picture(const struct gs_tensor *t, struct gs_eval_memory *m);
/** gs_eval_memory() - as they stand in memory, of a tensor that owns it */
void gs_eval_memory(const struct gs_tensor *t, struct gs_eval_memory *m);

/** gs_eval_element() - index of the element at coordinates n, h, w, c; -1: there is none */
int64_t gs_eval_element(const struct gs_eval_memory *m,
			const int64_t at[GS_MEM_DIMS]);

/** gs_eval_position() - the coordinates @a has at @index */
void gs_eval_position(const struct gs_access *a, const int64_t *index,
		      int64_t at[GS_MEM_DIMS]);

/** gs_eval_advance() - the next index tuple, the last index fastest; false behind the last */
static inline bool gs_eval_advance(int64_t *index, const int64_t *extent,
				   unsigned num)
{
	while (num-- > 0) {
		if (++index[num] < extent[num])
			return true;
		index[num] = 0;
	}
	return false;
}

/** gs_eval_has_slot() - an activation with memory of its own and a layout */
bool gs_eval_has_slot(const struct gs_tensor *t);
/** gs_eval_slot_elems() - floats of it; -1: more than can be counted */
int64_t gs_eval_slot_elems(const struct gs_tensor *t);
/**
 * gs_eval_slot_clear() - @slot as it is before anything is written
 *
 * NaN are elements of the picture, and borders that the program fills; others
 * have the value the loader gives them. Padding channels have one that shows.
 */
void gs_eval_slot_clear(const struct gs_tensor *t, float *slot);

/**
 * gs_eval_transfer() - the elements of @t from where they stand, or there
 * @own: elements of @t, a window or a tensor with a slot
 * @memory: those of the owner
 * @store: from @own to @memory
 */
void gs_eval_transfer(const struct gs_tensor *t, float *own, float *memory,
		      bool store);

/**
 * gs_eval_show() - elements of a result of the model that is a view, as its reader gets them
 * Lowered, such a view says by its order which dimensions of the root come first.
 */
void gs_eval_show(const struct gs_tensor *view, const float *root, float *out);

#endif /* GS_EVAL_MEMORY_H */
