/* SPDX-License-Identifier: MIT */
/*
 * The array group. The tags of IBUF and WBUF let the next tile load while one
 * computes; BBUF has one tile. Of OBUF, a tile that starts new sums takes the
 * half that is not in use.
 */

#include "hw-model/timing/timing_internal.h"

void gs_timing_array_begin(struct gs_timing *t)
{
	t->num_tiles = 0;
	t->half = 0;
	t->computed = 0;
	for (unsigned i = 0; i < 2; i++) {
		t->obuf_loaded[i] = 0;
		t->obuf_unused[i] = (struct gs_when){ 0, GS_STALL_FETCH };
	}
	for (unsigned buf = 0; buf < GS_BUF_COUNT; buf++)
		t->tagged[buf] = (struct gs_tagged){
			.num = buf == GS_BUF_BBUF ? 1 : 2,
		};
}

/* To the other half of OBUF, once a tile. */
static void switch_half(struct gs_timing *t)
{
	if (t->has_simd || t->switched || t->num_tiles < 2)
		return;
	t->half ^= 1;
	t->switched = true;
}

/*
 * With a SIMD group the halves change when a tile is handed over. Without one
 * every tile that starts anew, or loads what it adds to, may take the other.
 */
void gs_timing_tile(struct gs_timing *t, const struct gs_work *event)
{
	t->first = event->tile.first;
	t->last = event->tile.last;
	t->computed = 0;
	t->switched = false;
	t->num_tiles++;
	if (t->first)
		switch_half(t);
}

static void load_tagged(struct gs_timing *t, const struct gs_work *event,
			struct gs_tagged *tagged)
{
	const unsigned slot = (tagged->slot + 1) % tagged->num;
	const struct gs_when from = { tagged->unused[slot], GS_STALL_ARRAY };

	tagged->ready[slot] = gs_channel_transfer(t, event, &from);
	tagged->slot = slot;
}

static void load_obuf(struct gs_timing *t, const struct gs_work *event)
{
	switch_half(t);
	t->obuf_loaded[t->half] =
		gs_channel_transfer(t, event, &t->obuf_unused[t->half]);
}

static void store_obuf(struct gs_timing *t, const struct gs_work *event)
{
	struct gs_when from = { t->computed, GS_STALL_ARRAY };

	gs_when_later(&from, t->obuf_loaded[t->half], GS_STALL_OBUF);
	gs_channel_transfer(t, event, &from);
	gs_when_later(&t->obuf_unused[t->half], t->clock[GS_ENGINE_OBUF],
		      GS_STALL_OBUF);
}

void gs_timing_array_transfer(struct gs_timing *t, const struct gs_work *event)
{
	switch (event->transfer.rows.spad) {
	case GS_SPAD_WBUF:
		load_tagged(t, event, &t->tagged[GS_BUF_WBUF]);
		break;
	case GS_SPAD_IBUF:
		load_tagged(t, event, &t->tagged[GS_BUF_IBUF]);
		break;
	case GS_SPAD_BBUF:
		load_tagged(t, event, &t->tagged[GS_BUF_BBUF]);
		break;
	default:
		(event->transfer.store ? store_obuf : load_obuf)(t, event);
		break;
	}
}

static void read_from(struct gs_tagged *tagged, uint64_t until)
{
	tagged->unused[tagged->slot] =
		gs_max_u64(tagged->unused[tagged->slot], until);
}

void gs_timing_compute(struct gs_timing *t, const struct gs_work *event)
{
	const struct gs_arch_timing *c = &t->costs.t;
	struct gs_tagged *w = &t->tagged[GS_BUF_WBUF],
			 *x = &t->tagged[GS_BUF_IBUF],
			 *b = &t->tagged[GS_BUF_BBUF];
	struct gs_when from = { 0, GS_STALL_FETCH };
	uint64_t last_in;

	gs_when_later(&from, w->ready[w->slot], GS_STALL_PARAM);
	if (t->first)
		gs_when_later(&from, b->ready[b->slot], GS_STALL_PARAM);
	gs_when_later(&from, x->ready[x->slot], GS_STALL_IBUF);
	gs_when_later(&from, t->obuf_loaded[t->half], GS_STALL_OBUF);
	gs_when_later(&from, t->obuf_unused[t->half].at,
		      t->obuf_unused[t->half].cause);
	gs_engine_wait(t, GS_ENGINE_ARRAY, from.at, from.cause);
	gs_engine_stall(t, GS_ENGINE_ARRAY,
			(uint64_t)c->array_tile + c->array_fill,
			GS_STALL_SETUP);
	gs_engine_work(t, GS_ENGINE_ARRAY, event->compute.steps);
	t->now.steps += event->compute.steps;
	last_in = t->clock[GS_ENGINE_ARRAY];
	gs_engine_stall(t, GS_ENGINE_ARRAY, c->array_drain, GS_STALL_SETUP);
	t->computed = t->clock[GS_ENGINE_ARRAY];
	read_from(w, last_in);
	read_from(x, last_in);
	if (t->first)
		read_from(b, last_in);
	gs_when_later(&t->obuf_unused[t->half], t->computed, GS_STALL_ARRAY);
}
