/* SPDX-License-Identifier: MIT */
/* What a block or layer takes its time for. */

#include "hw-model/timing/timing.h"

/* Of those that work for this block; instructions are those of the next one. */
static enum gs_engine busiest(const struct gs_timing_block *b)
{
	unsigned best = GS_ENGINE_PARAM;

	for (unsigned e = best; e < GS_ENGINE_COUNT; e++)
		if (b->engine[e].busy > b->engine[best].busy)
			best = e;
	return (enum gs_engine)best;
}

struct gs_timing_limit gs_timing_limit_of(const struct gs_timing_block *b)
{
	const struct gs_timing_engine *array = &b->engine[GS_ENGINE_ARRAY],
				      *tandem = &b->engine[GS_ENGINE_TANDEM];
	struct gs_timing_limit limit = { busiest(b), GS_STALL_COUNT, 0 };
	const enum gs_engine unit =
		array->stall[GS_STALL_IDLE] < tandem->stall[GS_STALL_IDLE] ?
			GS_ENGINE_ARRAY :
			GS_ENGINE_TANDEM;

	limit.cycles = b->engine[limit.engine].busy;
	if (2 * limit.cycles >= b->cycles)
		return limit;
	for (unsigned s = 0; s < GS_STALL_IDLE; s++)
		if (b->engine[unit].stall[s] > limit.cycles)
			limit = (struct gs_timing_limit){
				unit, (enum gs_stall)s, b->engine[unit].stall[s]
			};
	return limit;
}

uint64_t gs_timing_moved(const struct gs_timing_block *b, enum gs_window win)
{
	return b->bytes[win][0] + b->bytes[win][1] - b->held[win];
}
