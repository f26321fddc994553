/* SPDX-License-Identifier: MIT */
/* Spans of all segments, see sim_replay.h. */

#include "hw-model/tools/sim_replay.h"

#include "hw-model/tools/sim_fail.h"

struct state {
	const struct sim_replay *replay;
	uint64_t start; /* of the segment */
};

static void shift(void *ctx, const struct gs_timing_span *span)
{
	const struct state *s = ctx;
	struct gs_timing_span shifted = *span;

	shifted.start += s->start;
	shifted.end += s->start;
	s->replay->span(s->replay->ctx, &shifted);
}

static void tell_blocks(const struct state *s, const struct sim_timing *sim)
{
	size_t num;
	const struct gs_timing_block *b = gs_timing_blocks(sim->timing, &num);

	for (size_t i = 0; i < num; i++)
		s->replay->block(s->replay->ctx,
				 sim_timing_layer(sim, b[i].addr),
				 s->start + b[i].start, &b[i]);
}

bool sim_replay(struct sim_timing *sim, const struct sim_replay *replay)
{
	struct gs_core *core = gs_core_create(&sim->gsm->arch);
	struct state s = { .replay = replay };
	struct gs_span_merger merger = { .told = shift, .ctx = &s };
	bool ok = core != NULL;

	if (!ok)
		sim_fail("out of memory");
	gs_timing_watch(sim->timing, gs_span_merge, &merger);
	for (uint32_t i = 0; ok && i < sim->gsm->num_segments; i++) {
		ok = sim_timing_segment(sim, core, i);
		gs_span_merger_flush(&merger);
		if (ok)
			tell_blocks(&s, sim);
		s.start += gs_timing_total(sim->timing)->cycles;
	}
	gs_timing_watch(sim->timing, NULL, NULL);
	gs_core_destroy(core);
	return ok;
}
