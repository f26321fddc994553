/* SPDX-License-Identifier: MIT */
#include "hw-model/timing/flight.h"

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Cycles up to request @i of a transfer whose requests take all @cycles together. */
static uint64_t up_to(uint64_t i, uint64_t requests, uint64_t cycles)
{
	return (uint64_t)((unsigned __int128)i * cycles / requests);
}

/*
 * Requests @i to @end one by one: each starts when the one @most before is done.
 * The cycles of one are up_to() of the next less its own, without a division
 * for each: what @left is of them carries over.
 */
static uint64_t walk(struct gs_flight *f, uint64_t i, uint64_t end,
		     const struct gs_occupancy *o, uint64_t at,
		     uint64_t latency)
{
	const uint64_t requests = o->requests;
	const uint64_t each = o->cycles / requests, rest = o->cycles % requests;
	uint64_t left = i ? (uint64_t)((unsigned __int128)i * rest % requests) :
			    0;
	uint32_t next = f->next;

	for (; i < end; i++) {
		const bool more = left >= requests - rest;

		left = more ? left - (requests - rest) : left + rest;
		at = later(at, f->done[next]) + each + more;
		f->done[next] = at + latency;
		next = next + 1 < f->most ? next + 1 : 0;
	}
	f->next = next;
	return at;
}

/*
 * With K requests in flight at most, those of a long transfer repeat what K of
 * them do: they follow each other, or the next K start as these are done.
 */
uint64_t gs_flight_add(struct gs_flight *f, const struct gs_occupancy *o,
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
	more = later(up_to(skipped, requests, o->cycles),
		     rounds * latency + up_to(rounds, requests, o->cycles));
	for (unsigned k = 0; k < most; k++)
		f->done[k] += more;
	return walk(f, most + skipped, requests, o, at + more, latency);
}
