/* SPDX-License-Identifier: MIT */
/* Transfers through channels, and the memory behind them. */

#include "hw-model/timing/timing_internal.h"

#include <string.h>

/* ---- the memory behind them ------------------------------------------------------- */

/*
 * What older transfers, in the order of the program, leave of its time: from
 * @start on all that is idle, until @cycles of it are taken. That joins what is
 * there up to then to one span.
 */
static uint64_t serve(struct gs_dram *d, uint64_t start, uint64_t cycles)
{
	uint64_t from = start, at = start;
	unsigned first = 0, next;

	while (first < d->num && d->busy[first].to < start)
		first++;
	for (next = first; next < d->num; next++) {
		const struct gs_dram_span *s = &d->busy[next];

		if (s->from > at && s->from - at >= cycles)
			break;
		if (s->from > at)
			cycles -= s->from - at;
		if (s->from < from)
			from = s->from;
		at = gs_max_u64(at, s->to);
	}
	if (next == first &&
	    d->num == GS_DRAM_SPANS) { /* forget the oldest idle time */
		d->busy[1].from = d->busy[0].from;
		first = first ? first : 1;
		next = first;
		memmove(&d->busy[0], &d->busy[1],
			(first - 1) * sizeof(d->busy[0]));
		d->busy[first - 1] = (struct gs_dram_span){ from, at + cycles };
		return at + cycles;
	}
	memmove(&d->busy[first + 1], &d->busy[next],
		(d->num - next) * sizeof(d->busy[0]));
	d->num = d->num + 1 - (next - first);
	d->busy[first] = (struct gs_dram_span){ from, at + cycles };
	return at + cycles;
}

/* The newest requests of a channel are done later. */
static void delay(struct gs_flight *f, uint64_t requests, uint64_t cycles)
{
	for (uint32_t i = 1; i <= f->most && i <= requests; i++)
		f->done[(f->next + f->most - i) % f->most] += cycles;
}

uint64_t gs_channel_move(struct gs_timing *t, enum gs_window win,
			 const struct gs_occupancy *o, uint64_t from,
			 uint64_t *alone)
{
	uint64_t served;

	*alone = gs_flight_add(&t->flight[win], o, from,
			       gs_channel_latency(&t->costs));
	if (!o->dram)
		return *alone;
	served = serve(&t->dram, from, o->dram);
	if (served <= *alone)
		return *alone;
	delay(&t->flight[win], o->requests, served - *alone);
	return served;
}

uint64_t gs_channel_transfer(struct gs_timing *t, const struct gs_work *event,
			     const struct gs_when *from)
{
	const enum gs_window win = event->transfer.win;
	const enum gs_engine engine = (enum gs_engine)win;
	const uint64_t runs = event->transfer.runs;
	const struct gs_occupancy o = gs_channel_occupancy(
		&t->costs, win, runs, event->transfer.run_bytes);
	uint64_t alone, end, done;

	gs_engine_wait(t, engine, from->at, from->cause);
	end = gs_channel_move(t, win, &o, t->clock[engine], &alone);
	gs_engine_move(t, engine, o.beats, runs * event->transfer.run_bytes,
		       event->transfer.store);
	if (o.dram < o.cycles) /* the channel's own limits first */
		gs_engine_wait(t, engine, alone, GS_STALL_LATENCY);
	gs_engine_wait(t, engine, end, GS_STALL_DRAM);
	done = end + gs_channel_latency(&t->costs);
	t->last_done = gs_max_u64(t->last_done, done);
	return done;
}
