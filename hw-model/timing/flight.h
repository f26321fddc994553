/* SPDX-License-Identifier: MIT */
/*
 * How long a transfer takes a channel. Beats of requests follow each other, and
 * only so many requests are in flight, of all transfers of the channel.
 */
#ifndef GS_TIMING_FLIGHT_H
#define GS_TIMING_FLIGHT_H

#include "hw-model/timing/params.h"

/** When the newest requests of a channel are done, as many as may be in flight. */
struct gs_flight {
	uint32_t most, next; /**< 0: any number; the oldest */
	uint64_t done[GS_ARCH_MAX_OUTSTANDING];
};

/**
 * gs_flight_add() - a transfer whose turn is at cycle @at
 * @latency: gs_channel_latency()
 * Returns the cycle in which the channel is free again.
 */
uint64_t gs_flight_add(struct gs_flight *f, const struct gs_occupancy *o,
		       uint64_t at, uint64_t latency);

#endif /* GS_TIMING_FLIGHT_H */
