/* SPDX-License-Identifier: MIT */
/* Blocks, and what is kept of them; see timing.h. */

#include "hw-model/timing/timing_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct gs_timing *gs_timing_create(const struct gs_arch *arch,
				   enum gs_timing_preset preset)
{
	char err[GS_ARCH_ERR_SIZE];
	struct gs_timing *t;

	if (gs_arch_check(arch, err) || (unsigned)preset >= GS_TIMING_PRESETS)
		return NULL;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->arch = *arch;
	t->max_events = GS_TIMING_MAX_EVENTS;
	gs_timing_costs_init(&t->costs, arch, preset);
	gs_timing_reset(t);
	return t;
}

void gs_timing_destroy(struct gs_timing *t)
{
	if (!t)
		return;
	free(t->blocks);
	free(t);
}

/* Rows in use are a group's own, which sets them when it begins. */
void gs_timing_reset(struct gs_timing *t)
{
	const size_t from = offsetof(struct gs_timing, clock);

	memset((char *)t + from, 0, offsetof(struct gs_timing, writes) - from);
	for (unsigned win = 0; win < GS_WIN_COUNT; win++) {
		struct gs_flight *f = &t->flight[win];

		f->most = t->costs.t.outstanding;
		f->next = 0;
		memset(f->done, 0, f->most * sizeof(f->done[0]));
	}
	t->dram.num = 0;
}

void gs_timing_keep_totals(struct gs_timing *t,
			   void (*each)(void *ctx,
					const struct gs_timing_block *block),
			   void *ctx)
{
	t->totals_only = true;
	t->each = each;
	t->each_ctx = ctx;
}

const struct gs_timing_block *gs_timing_total(const struct gs_timing *t)
{
	return &t->total;
}

const struct gs_timing_block *gs_timing_blocks(const struct gs_timing *t,
					       size_t *num)
{
	const bool kept = !t->out_of_memory && !t->totals_only;

	*num = kept ? t->num_blocks : 0;
	return kept ? t->blocks : NULL;
}

uint64_t gs_timing_channel_cycles(const struct gs_timing *t,
				  enum gs_engine engine, uint64_t bytes)
{
	const uint32_t width = t->costs.width[engine] / 8;

	return bytes / width + !!(bytes % width);
}

/* ---- blocks --------------------------------------------------------------------- */

static void add_engine(struct gs_timing_engine *sum,
		       const struct gs_timing_engine *e)
{
	sum->busy += e->busy;
	for (unsigned s = 0; s < GS_STALL_COUNT; s++)
		sum->stall[s] += e->stall[s];
}

void gs_timing_add(struct gs_timing_block *sum, const struct gs_timing_block *b)
{
	sum->cycles += b->cycles;
	sum->stalls += b->stalls;
	sum->steps += b->steps;
	sum->ops += b->ops;
	sum->perm_rows += b->perm_rows;
	gs_timing_count_add(sum, b);
	for (unsigned win = 0; win < GS_WIN_COUNT; win++) {
		sum->bytes[win][0] += b->bytes[win][0];
		sum->bytes[win][1] += b->bytes[win][1];
		sum->held[win] += b->held[win];
	}
	for (unsigned e = 0; e < GS_ENGINE_COUNT; e++)
		add_engine(&sum->engine[e], &b->engine[e]);
}

static void keep_block(struct gs_timing *t)
{
	const size_t want = t->cap_blocks ? 2 * t->cap_blocks : 64;
	struct gs_timing_block *bigger;

	if (t->num_blocks == t->cap_blocks && !t->out_of_memory) {
		bigger = realloc(t->blocks, want * sizeof(*bigger));
		if (bigger) {
			t->blocks = bigger;
			t->cap_blocks = want;
		}
		t->out_of_memory = !bigger;
	}
	if (!t->out_of_memory)
		t->blocks[t->num_blocks++] = t->now;
}

static void keep(struct gs_timing *t)
{
	if (!t->totals_only)
		keep_block(t);
	else if (t->each)
		t->each(t->each_ctx, &t->now);
	if (!t->total.cycles)
		t->total.addr = t->now.addr;
	gs_timing_add(&t->total, &t->now);
}

/* The instruction channel, which works for the next block: up to @until. */
static void account_fetch(struct gs_timing *t, uint64_t until)
{
	const enum gs_engine imem = GS_ENGINE_IMEM;
	const uint64_t first = t->fetch_start < until ? t->fetch_start : until;
	const uint64_t end = t->fetch_end < until ? t->fetch_end : until;

	gs_engine_wait(t, imem, first, GS_STALL_IDLE);
	if (end > t->clock[imem]) {
		gs_engine_move(t, imem, end - t->clock[imem], t->fetch_bytes,
			       false);
		t->fetch_bytes = 0;
	}
	gs_engine_wait(t, imem, until, GS_STALL_IDLE);
}

static void fetch(struct gs_timing *t, uint32_t words, uint64_t from)
{
	const struct gs_occupancy o = gs_channel_occupancy(
		&t->costs, GS_WIN_IMEM, 1, (uint64_t)words * 4);
	uint64_t alone;

	t->fetch_bytes = (uint64_t)words * 4;
	t->fetched = true;
	t->fetch_start = t->fetch_end = t->fetch_done = from;
	if (t->costs.free_fetch)
		return;
	t->fetch_end = gs_channel_move(t, GS_WIN_IMEM, &o, from, &alone);
	t->fetch_done = t->fetch_end + gs_channel_latency(&t->costs);
}

/* Words are decoded in order; a group is ready with its END. */
static void decode(struct gs_timing *t, const struct gs_work *event,
		   uint64_t start)
{
	const uint64_t each = t->costs.t.decode;
	const uint64_t sa = start + event->block.sa_words * each;
	const uint64_t simd = start + event->block.simd_words * each;

	for (unsigned e = GS_ENGINE_PARAM; e < GS_ENGINE_COUNT; e++)
		gs_engine_wait(t, (enum gs_engine)e,
			       e == GS_ENGINE_SIMD || e == GS_ENGINE_TANDEM ?
				       simd :
				       sa,
			       GS_STALL_FETCH);
	t->last_done = start + event->block.words * each;
}

static void block(struct gs_timing *t, const struct gs_work *event)
{
	uint64_t start;

	t->in_block = true;
	t->now = (struct gs_timing_block){
		.addr = event->block.addr,
		.start = t->end,
		.bytes[GS_WIN_IMEM][0] = (uint64_t)event->block.words * 4,
	};
	if (!t->fetched)
		fetch(t, event->block.words, t->end);
	start = gs_max_u64(t->end, t->fetch_done);
	account_fetch(t, start);
	t->has_simd = event->block.simd_words;
	t->dram.num = 0;
	t->num_tiles = 0;
	decode(t, event, start);
	gs_timing_array_begin(t);
	gs_timing_tandem_begin(t);
	/* The instruction memory of the block before is free. */
	t->fetched = false;
	if (event->block.next_words)
		fetch(t, event->block.next_words,
		      start + ((uint64_t)event->block.next_word + 1) *
				      t->costs.t.decode);
}

static void block_end(struct gs_timing *t)
{
	uint64_t end = t->last_done;

	t->num_tiles = 0;
	for (unsigned e = GS_ENGINE_PARAM; e < GS_ENGINE_COUNT; e++)
		end = gs_max_u64(end, t->clock[e]);
	account_fetch(t, end);
	for (unsigned e = GS_ENGINE_PARAM; e < GS_ENGINE_COUNT; e++)
		gs_engine_wait(t, (enum gs_engine)e, end, GS_STALL_IDLE);
	t->now.cycles = end - t->now.start;
	t->now.stalls = t->now.cycles -
			gs_max_u64(t->now.engine[GS_ENGINE_ARRAY].busy,
				   t->now.engine[GS_ENGINE_TANDEM].busy);
	t->end = end;
	t->in_block = false;
	keep(t);
}

/* ---- events --------------------------------------------------------------------- */

static void transfer(struct gs_timing *t, const struct gs_work *event)
{
	const enum gs_window win = event->transfer.win;
	const uint64_t bytes = event->transfer.runs * event->transfer.run_bytes;

	t->now.bytes[win][event->transfer.store] += bytes;
	if (event->transfer.held)
		t->now.held[win] += bytes;
	else if (win == GS_WIN_SIMD)
		gs_timing_simd_transfer(t, event);
	else
		gs_timing_array_transfer(t, event);
}

void gs_timing_observe(void *ctx, const struct gs_work *event)
{
	struct gs_timing *t = ctx;

	gs_timing_count(t, event);
	switch (event->kind) {
	case GS_WORK_BLOCK:
		block(t, event);
		break;
	case GS_WORK_TILE:
		gs_timing_tile(t, event);
		break;
	case GS_WORK_TRANSFER:
		transfer(t, event);
		break;
	case GS_WORK_COMPUTE:
		gs_timing_compute(t, event);
		break;
	case GS_WORK_GROUP:
		gs_timing_group(t);
		break;
	case GS_WORK_WORD:
		gs_engine_stall(t, GS_ENGINE_TANDEM, t->costs.t.tandem_word,
				GS_STALL_SETUP);
		break;
	case GS_WORK_NEST:
		gs_timing_nest(t, event);
		break;
	case GS_WORK_PERM:
		gs_timing_perm(t, event);
		break;
	case GS_WORK_RELEASE:
		gs_timing_release(t);
		break;
	case GS_WORK_GROUP_END:
		gs_timing_group_end(t);
		break;
	case GS_WORK_BLOCK_END:
		block_end(t);
		break;
	}
}

void gs_timing_stop(struct gs_timing *t)
{
	if (t->in_block)
		block_end(t);
}
