/* SPDX-License-Identifier: MIT */
/*
 * Channels: how long a transfer takes one. Beats of requests follow each other,
 * and only so many requests are in flight, of all transfers of the channel.
 */

#include "hw-model/timing/timing_internal.h"

/* Cycles up to request @i of a transfer whose requests take all @cycles together. */
static uint64_t up_to(uint64_t i, uint64_t requests, uint64_t cycles)
{
	return (uint64_t)((unsigned __int128)i * cycles / requests);
}

/* Requests @i to @end one by one: each starts when the one @most before is done. */
static uint64_t walk(struct gs_flight *f, uint64_t i, uint64_t end,
		     const struct gs_occupancy *o, uint64_t at,
		     uint64_t latency)
{
	for (; i < end; i++) {
		at = gs_max_u64(at, f->done[f->next]) +
		     up_to(i + 1, o->requests, o->cycles) -
		     up_to(i, o->requests, o->cycles);
		f->done[f->next] = at + latency;
		f->next = (f->next + 1) % f->most;
	}
	return at;
}

/*
 * With K requests in flight at most, those of a long transfer repeat what K of
 * them do: they follow each other, or the next K start as these are done.
 */
static uint64_t fly(struct gs_flight *f, const struct gs_occupancy *o,
		    uint64_t at, uint64_t latency)
{
	const uint64_t most = f->most, requests = o->requests;
	uint64_t rounds, skipped, more;

	if (!most)
		return at + o->cycles;
	if (requests <= 3 * most)
		return walk(f, 0, requests, o, at, latency);
	rounds = requests / most - 2;
	skipped = rounds * most;
	at = walk(f, 0, most, o, at, latency);
	more = gs_max_u64(up_to(skipped, requests, o->cycles),
			  rounds * latency +
				  up_to(rounds, requests, o->cycles));
	for (unsigned k = 0; k < most; k++)
		f->done[k] += more;
	return walk(f, most + skipped, requests, o, at + more, latency);
}

uint64_t gs_channel_move(struct gs_timing *t, enum gs_window win,
			 const struct gs_occupancy *o, uint64_t from)
{
	return fly(&t->flight[win], o, from, gs_channel_latency(&t->costs));
}

uint64_t gs_channel_transfer(struct gs_timing *t, const struct gs_work *event,
			     const struct gs_when *from)
{
	const enum gs_window win = event->transfer.win;
	const enum gs_engine engine = (enum gs_engine)win;
	const uint64_t runs = event->transfer.runs;
	const struct gs_occupancy o = gs_channel_occupancy(
		&t->costs, win, runs, event->transfer.run_bytes);
	uint64_t end, done;

	t->moved += runs * event->transfer.run_bytes;
	gs_engine_wait(t, engine, from->at, from->cause);
	end = gs_channel_move(t, win, &o, t->clock[engine]);
	gs_engine_move(t, engine, o.beats, runs * event->transfer.run_bytes,
		       event->transfer.store);
	gs_engine_wait(t, engine, end, GS_STALL_LATENCY);
	done = end + gs_channel_latency(&t->costs);
	t->last_done = gs_max_u64(t->last_done, done);
	return done;
}
