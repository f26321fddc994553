/* SPDX-License-Identifier: MIT */
#ifndef GS_EVAL_PLACE_H
#define GS_EVAL_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/ir/ir.h"

/** Where a tensor of an evaluation is, in floats */
struct gs_eval_place {
	size_t offset;
	size_t elems; /**< set by the caller; 0: needs no memory */
};

/**
 * gs_eval_place() - offsets of all tensors that need memory
 * @place: by tensor id
 * @sparing: activations share memory: each has its own from the node that
 *	computes it to the last that reads it; else all of them always
 * @total: floats of all
 *
 * Returns 0, -ENOMEM also where sizes do not fit in a size_t.
 */
int gs_eval_place(const struct gs_graph *graph, struct gs_eval_place *place,
		  bool sparing, size_t *total);

#endif /* GS_EVAL_PLACE_H */
