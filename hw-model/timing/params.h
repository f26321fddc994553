/* SPDX-License-Identifier: MIT */
/*
 * What things cost on a machine (docs/timing.md): the parameters of the timing
 * model with a preset applied, and how long a transfer occupies a channel. Also
 * for the scheduler, whose estimates come from nothing else.
 */
#ifndef GS_TIMING_PARAMS_H
#define GS_TIMING_PARAMS_H

#include "hw-model/core/core.h"

enum gs_timing_preset {
	GS_TIMING_HARDWARE, /**< all costs of the architecture file */
	/** full width in every cycle, no latency, no instructions; the array's and Tandem's pipelines stay */
	GS_TIMING_IDEAL_CHANNELS,
	GS_TIMING_PRESETS
};

/** Costs with what the architecture file leaves open filled in. */
struct gs_timing_costs {
	struct gs_arch_timing t;
	bool free_fetch; /**< instructions are there without the channel */
	uint32_t width[GS_WIN_COUNT]; /**< of the channels, bits */
};

void gs_timing_costs_init(struct gs_timing_costs *costs,
			  const struct gs_arch *arch,
			  enum gs_timing_preset preset);

/** gs_timing_latency() - cycles a result of a SIMD function comes later than one of ADD */
uint32_t gs_timing_latency(const struct gs_timing_costs *costs,
			   enum gs_insn_id id);

/** What a transfer asks of a channel, in cycles but for requests. */
struct gs_occupancy {
	uint64_t bytes; /**< that move: runs are rounded up to granules */
	uint64_t beats, requests;
	uint64_t dram; /**< the memory behind it needs, if it serves nothing else */
	uint64_t cycles; /**< of beats, of making requests, of that memory: the most */
};

/**
 * gs_channel_occupancy() - of a transfer of @runs runs of @run_bytes each
 * Neither may be 0. Latency, and what the number of requests in flight costs, come on top.
 */
struct gs_occupancy gs_channel_occupancy(const struct gs_timing_costs *costs,
					 enum gs_window win, uint64_t runs,
					 uint64_t run_bytes);

/** gs_channel_latency() - cycles from the last beat until data are there, or a store is visible */
uint64_t gs_channel_latency(const struct gs_timing_costs *costs);

#endif /* GS_TIMING_PARAMS_H */
