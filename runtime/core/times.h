/* SPDX-License-Identifier: MIT */
/*
 * Cycles of a model's program. They do not depend on data, nor on where the
 * tensors stand, so the timing model runs the program without data: once for a
 * model, when they are first asked for.
 */
#ifndef GS_RT_TIMES_H
#define GS_RT_TIMES_H

#include "hw-model/timing/timing.h"
#include "runtime/core/model.h"

/** What a model costs; read-only. */
struct gs_times {
	struct gs_timing_block *layer; /**< one each, sums of their blocks */
	struct gs_timing_block *segment; /**< one each */
};

/**
 * gs_times_get() - those of a model, which keeps them until gs_times_free()
 * Returns 0; -EIO (the program faults); -ENOMEM. Thread safe.
 */
int gs_times_get(struct gs_model *model, const struct gs_times **times);

/** gs_times_free() - NULL is allowed */
void gs_times_free(struct gs_times *times);

/** gs_times_piece() - cycles and stalls of a piece of the model that ended well are added */
int gs_times_piece(struct gs_model *model, const struct gs_piece *piece,
		   struct gs_outcome *out);

#endif /* GS_RT_TIMES_H */
