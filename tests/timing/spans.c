/* SPDX-License-Identifier: MIT */
/* Spans against counts. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/timing/span.h"
#include "tests/timing/spans.h"

struct sums {
	const struct gs_timing_block *block; /* that were counted before */
	size_t num_blocks;
	bool joined; /* no two that follow each other are of one kind */
	struct gs_timing_span last[GS_ENGINE_COUNT];
	size_t at[GS_ENGINE_COUNT]; /* index of its block */
	struct gs_timing_engine of[GS_ENGINE_COUNT]; /* up to now, in it */
	uint64_t bytes[GS_WIN_COUNT][2];
	const char *wrong;
	uint64_t spans;
};

static void wrong(struct sums *s, const char *what)
{
	if (!s->wrong)
		s->wrong = what;
}

/* The block of an engine is over: its sums are those that were counted. */
static void end_block(struct sums *s, unsigned e)
{
	if (memcmp(&s->of[e], &s->block[s->at[e]].engine[e], sizeof(s->of[e])))
		wrong(s, "the sum of a block");
	memset(&s->of[e], 0, sizeof(s->of[e]));
	s->at[e]++;
	/* blocks without cycles have no spans */
	while (s->at[e] < s->num_blocks && !s->block[s->at[e]].cycles)
		s->at[e]++;
}

static void check_place(struct sums *s, const struct gs_timing_span *span)
{
	const struct gs_timing_block *b = &s->block[s->at[span->engine]];

	if (span->block != b->addr || span->start < b->start ||
	    span->end > b->start + b->cycles)
		wrong(s, "the block of a span");
	if (span->tile != GS_SPAN_NO_TILE &&
	    (span->engine == GS_ENGINE_IMEM || span->tile >= b->cycles))
		wrong(s, "the tile of a span");
	if ((span->bytes || span->store) &&
	    (span->stall != GS_STALL_COUNT || span->engine >= GS_ENGINE_ARRAY))
		wrong(s, "bytes of what moves none");
}

static void add(void *ctx, const struct gs_timing_span *span)
{
	struct sums *s = ctx;
	const unsigned e = span->engine;
	const struct gs_timing_span *last = &s->last[e];
	const uint64_t cycles = span->end - span->start;

	s->spans++;
	if (span->start != last->end || span->end <= span->start)
		wrong(s, "a gap or overlap");
	if (s->joined && last->end && last->stall == span->stall &&
	    last->block == span->block && last->tile == span->tile &&
	    last->store == span->store)
		wrong(s, "spans that are not joined");
	if (s->at[e] >= s->num_blocks)
		return wrong(s, "a span behind the last block");
	check_place(s, span);
	if (span->stall == GS_STALL_COUNT)
		s->of[e].busy += cycles;
	else
		s->of[e].stall[span->stall] += cycles;
	if (e < GS_WIN_COUNT)
		s->bytes[e][span->store] += span->bytes;
	s->last[e] = *span;
	if (span->end == s->block[s->at[e]].start + s->block[s->at[e]].cycles)
		end_block(s, e);
}

static void begin(struct sums *s, const struct gs_timing_block *blocks,
		  size_t num, bool joined)
{
	*s = (struct sums){ .block = blocks,
			    .num_blocks = num,
			    .joined = joined };
	for (unsigned e = 0; e < GS_ENGINE_COUNT; e++)
		while (s->at[e] < num && !blocks[s->at[e]].cycles)
			s->at[e]++;
}

static void finish(struct sums *s, const struct gs_timing_block *total,
		   enum gs_timing_preset preset)
{
	const bool free_fetch = preset == GS_TIMING_IDEAL_CHANNELS;

	for (unsigned e = 0; e < GS_ENGINE_COUNT; e++)
		if (s->at[e] != s->num_blocks)
			wrong(s, "a block without its spans");
	for (unsigned win = free_fetch ? GS_WIN_PARAM : GS_WIN_IMEM;
	     win < GS_WIN_COUNT; win++)
		if (s->bytes[win][0] !=
			    total->bytes[win][0] - total->held[win] ||
		    s->bytes[win][1] != total->bytes[win][1])
			wrong(s, "bytes that moved");
}

/* Both at once: what is told goes to the sums, and to the joiner. */
struct both {
	struct sums raw, joined;
	struct gs_span_merger merger;
};

static void tell_both(void *ctx, const struct gs_timing_span *span)
{
	struct both *both = ctx;

	add(&both->raw, span);
	gs_span_merge(&both->merger, span);
}

static bool verdict(const char *name, const struct both *both)
{
	const char *what = both->raw.wrong ? both->raw.wrong :
					     both->joined.wrong;

	if (!what && both->joined.spans > both->raw.spans)
		what = "joining makes more";
	if (what)
		printf("# %s: spans: %s\n", name, what);
	return !what;
}

bool spans_check(const char *name, struct gs_timing *t, struct gs_core *core,
		 const struct gs_mem *mem, const struct gs_job *job,
		 enum gs_timing_preset preset)
{
	const struct gs_timing_block before = *gs_timing_total(t);
	const struct gs_timing_block *blocks;
	struct both both;
	struct gs_fault fault;
	size_t num;
	struct gs_timing_block *copy;
	bool ok;

	blocks = gs_timing_blocks(t, &num);
	copy = malloc((num + 1) * sizeof(*copy));
	if (!copy)
		return false;
	memcpy(copy, blocks, num * sizeof(*copy));
	begin(&both.raw, copy, num, false);
	begin(&both.joined, copy, num, true);
	both.merger =
		(struct gs_span_merger){ .told = add, .ctx = &both.joined };
	gs_timing_watch(t, tell_both, &both);
	ok = !gs_timing_run(t, core, mem, job, &fault);
	gs_timing_watch(t, NULL, NULL);
	gs_span_merger_flush(&both.merger);
	finish(&both.raw, &before, preset);
	finish(&both.joined, &before, preset);
	ok = ok && verdict(name, &both) &&
	     !memcmp(&before, gs_timing_total(t), sizeof(before));
	free(copy);
	return ok;
}
