/* SPDX-License-Identifier: MIT */
/*
 * Channels: how long a transfer takes one. A run is rounded up to granules and
 * cut into requests; beats of a request follow each other, and only so many
 * requests are in flight.
 */

#include "hw-model/timing/timing_internal.h"

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
	return a / b + !!(a % b);
}

/* Bytes a request asks for, 0: any number. */
static uint64_t burst(const struct gs_arch_timing *t, uint32_t width)
{
	const uint64_t by_beats = (uint64_t)t->burst_beats * width / 8;

	if (!t->burst_bytes || !by_beats)
		return t->burst_bytes ? t->burst_bytes : by_beats;
	return t->burst_bytes < by_beats ? t->burst_bytes : by_beats;
}

uint64_t gs_channel_latency(const struct gs_timing_costs *costs)
{
	return (uint64_t)costs->t.channel_latency + costs->t.dram_latency;
}

/*
 * With K requests in flight at most, request K is made when the first is done:
 * once in K requests the channel waits for what is left of the latency then.
 */
static uint64_t flight_limit(const struct gs_timing_costs *costs,
			     uint64_t requests, uint64_t cycles)
{
	const uint32_t most = costs->t.outstanding;
	double wait;

	if (!most || requests <= most)
		return 0;
	wait = (double)gs_channel_latency(costs) -
	       (double)(most - 1) * ((double)cycles / (double)requests);
	if (wait <= 0)
		return 0;
	return (uint64_t)(wait * (double)((requests - 1) / most));
}

struct gs_occupancy gs_channel_occupancy(const struct gs_timing_costs *costs,
					 enum gs_window win, uint64_t runs,
					 uint64_t run_bytes)
{
	const struct gs_arch_timing *t = &costs->t;
	const uint32_t width = costs->width[win], granule = t->request_granule;
	const uint64_t most = burst(t, width);
	struct gs_occupancy o = { 0 };
	uint64_t requests, cycles;

	if (granule) {
		run_bytes = ceil_div(run_bytes, granule) * granule;
	} else { /* run follows run without a gap */
		run_bytes *= runs;
		runs = 1;
	}
	o.beats = runs * ceil_div(run_bytes * 8, width);
	requests = runs * (most ? ceil_div(run_bytes, most) : 1);
	cycles = gs_max_u64(o.beats, requests * t->request_cycles);
	o.limit = cycles - o.beats + flight_limit(costs, requests, cycles);
	return o;
}

uint64_t gs_channel_transfer(struct gs_timing *t, const struct gs_work *event,
			     const struct gs_when *from)
{
	const enum gs_window win = event->transfer.win;
	const enum gs_engine engine = (enum gs_engine)win;
	const uint64_t runs = event->transfer.runs;
	const struct gs_occupancy o = gs_channel_occupancy(
		&t->costs, win, runs, event->transfer.run_bytes);
	uint64_t done;

	t->moved += runs * event->transfer.run_bytes;
	gs_engine_wait(t, engine, from->at, from->cause);
	gs_engine_move(t, engine, o.beats, runs * event->transfer.run_bytes,
		       event->transfer.store);
	gs_engine_stall(t, engine, o.limit, GS_STALL_LATENCY);
	done = t->clock[engine] + gs_channel_latency(&t->costs);
	t->last_done = gs_max_u64(t->last_done, done);
	return done;
}
