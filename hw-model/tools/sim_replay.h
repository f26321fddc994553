/* SPDX-License-Identifier: MIT */
/* gs-sim: a model that was timed once more, span by span. */
#ifndef GS_SIM_REPLAY_H
#define GS_SIM_REPLAY_H

#include "hw-model/timing/span.h"
#include "hw-model/tools/sim_timing.h"

/* Who is told. Cycles count from the begin of the model's first segment. */
struct sim_replay {
	gs_span_fn *span; /* joined, see struct gs_span_merger */
	/* each block, in order; after the spans of its segment */
	void (*block)(void *ctx, const struct sim_layer *layer, uint64_t start,
		      const struct gs_timing_block *block);
	void *ctx;
};

/* False: a sentence stands on standard error. */
bool sim_replay(struct sim_timing *sim, const struct sim_replay *replay);

#endif /* GS_SIM_REPLAY_H */
