/* SPDX-License-Identifier: MIT */
/*
 * Runs without data, of programs nobody vouches for. Which block follows which
 * depends on nothing but the words: one that comes again comes for ever.
 */

#include "hw-model/timing/timing_internal.h"

#include <errno.h>
#include <string.h>

struct run {
	struct gs_timing *timing;
	const struct gs_job *job;
	uint64_t events, blocks;
	uint32_t anchor; /* address of the block whose return is looked for */
	atomic_bool stop; /* the job's own flag, or ret */
	int ret;
};

static void give_up(struct run *run, int ret)
{
	run->ret = ret;
	atomic_store_explicit(&run->stop, true, memory_order_relaxed);
}

/* The anchor moves to blocks 1, 2, 4, 8...: in the end a loop is between two of them. */
static void next_block(struct run *run, uint32_t addr)
{
	if (run->blocks && addr == run->anchor)
		give_up(run, -ELOOP);
	if (!(run->blocks & (run->blocks - 1)))
		run->anchor = addr;
	run->blocks++;
}

static void observe(void *ctx, const struct gs_work *event)
{
	struct run *run = ctx;
	const atomic_bool *stop = run->job->stop;

	if (run->ret)
		return;
	if (event->kind == GS_WORK_BLOCK && !run->job->max_blocks)
		next_block(run, event->block.addr);
	if (++run->events > run->timing->max_events)
		give_up(run, -E2BIG);
	if (stop && atomic_load_explicit(stop, memory_order_relaxed))
		give_up(run, -ECANCELED);
	gs_timing_observe(run->timing, event);
	if (run->timing->out_of_memory)
		give_up(run, -ENOMEM);
}

int gs_timing_run(struct gs_timing *t, struct gs_core *core,
		  const struct gs_mem *mem, const struct gs_job *job,
		  struct gs_fault *fault)
{
	struct run run = { .timing = t, .job = job };
	struct gs_job dry = *job;
	int ret;

	dry.executor = GS_EXEC_DRY;
	dry.observe = observe;
	dry.observe_ctx = &run;
	dry.stop = &run.stop;
	gs_timing_reset(t);
	ret = gs_core_run(core, mem, &dry, fault);
	if (ret && ret != -ECANCELED)
		return ret;
	return run.ret ? run.ret : ret;
}

/* ---- words ---------------------------------------------------------------------- */

struct words {
	const uint8_t *bytes;
	uint64_t num;
};

static int read_words(void *ctx, uint64_t addr, void *dst, size_t size)
{
	const struct words *words = ctx;

	if (addr > words->num || size > words->num - addr)
		return -EFAULT;
	memcpy(dst, words->bytes + addr, size);
	return 0;
}

static int refuse_write(void *ctx, uint64_t addr, const void *src, size_t size)
{
	(void)ctx, (void)addr, (void)src, (void)size;
	return -EFAULT;
}

int gs_timing_run_words(struct gs_timing *timing, struct gs_core *core,
			const uint32_t *words, size_t num_words,
			const struct gs_job *job, struct gs_fault *fault)
{
	struct words all = { (const uint8_t *)words, (uint64_t)num_words * 4 };
	const struct gs_mem mem = { .ctx = &all,
				    .read = read_words,
				    .write = refuse_write };

	return gs_timing_run(timing, core, &mem, job, fault);
}

const char *gs_timing_refusal(int ret)
{
	switch (ret) {
	case -ELOOP:
		return "its blocks follow each other in a circle, without end";
	case -E2BIG:
		return "it takes more than 2^28 tiles, words and transfers to time";
	default:
		return NULL;
	}
}
