/* SPDX-License-Identifier: MIT */
/* Spans: see span.h. */

#include "hw-model/timing/span.h"
#include "hw-model/timing/timing_internal.h"

void gs_timing_watch(struct gs_timing *t, gs_span_fn *told, void *ctx)
{
	t->watch = (struct gs_watch){ .told = told, .ctx = ctx };
}

void gs_watch_tell(struct gs_timing *t, enum gs_engine engine, uint64_t cycles,
		   enum gs_stall stall)
{
	const struct gs_watch *w = &t->watch;
	const struct gs_timing_span span = {
		.engine = engine,
		.stall = stall,
		.start = t->clock[engine],
		.end = t->clock[engine] + cycles,
		.block = t->now.addr,
		.tile = t->num_tiles && engine != GS_ENGINE_IMEM ?
				t->num_tiles - 1 :
				GS_SPAN_NO_TILE,
		.bytes = w->bytes,
		.store = w->store,
	};

	if (cycles)
		w->told(w->ctx, &span);
}

/* ---- joining -------------------------------------------------------------------- */

static bool joins(const struct gs_timing_span *a,
		  const struct gs_timing_span *b)
{
	return a->end == b->start && a->stall == b->stall &&
	       a->block == b->block && a->tile == b->tile &&
	       a->store == b->store;
}

static void tell(const struct gs_span_merger *m,
		 const struct gs_timing_span *span)
{
	if (span->end > span->start)
		m->told(m->ctx, span);
}

void gs_span_merge(void *ctx, const struct gs_timing_span *span)
{
	struct gs_span_merger *m = ctx;
	struct gs_timing_span *last = &m->last[span->engine];

	if (last->end > last->start && joins(last, span)) {
		last->end = span->end;
		last->bytes += span->bytes;
		return;
	}
	tell(m, last);
	*last = *span;
}

void gs_span_merger_flush(struct gs_span_merger *m)
{
	for (unsigned e = 0; e < GS_ENGINE_COUNT; e++) {
		tell(m, &m->last[e]);
		m->last[e] = (struct gs_timing_span){ 0 };
	}
}
