/* SPDX-License-Identifier: MIT */
/* Properties of the times of one program. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "hw-model/arch/arch_field.h"
#include "tests/timing/spans.h"
#include "tests/timing/timing_check.h"

static bool complain(const struct timed *timed, const char *what, uint64_t got,
		     uint64_t expected)
{
	printf("# %s: %s: %" PRIu64 ", expected %" PRIu64 "\n", timed->name,
	       what, got, expected);
	return false;
}

static bool equal(const struct timed *timed, const char *what, uint64_t got,
		  uint64_t expected)
{
	return got == expected || complain(timed, what, got, expected);
}

static bool at_least(const struct timed *timed, const char *what, uint64_t got,
		     uint64_t expected)
{
	return got >= expected || complain(timed, what, got, expected);
}

/* What is counted equals what the machine counts. */
static bool check_counts(const struct timed *timed,
			 const struct gs_timing_block *b,
			 const struct gs_counters *c)
{
	bool ok = equal(timed, "steps", b->steps, c->mvms) &&
		  equal(timed, "operations", b->ops, c->simd_ops) &&
		  equal(timed, "rows permuted", b->perm_rows, c->perm_rows) &&
		  equal(timed, "words", b->bytes[GS_WIN_IMEM][0] / 4, c->words);

	for (unsigned win = 0; ok && win < GS_WIN_COUNT; win++)
		ok = equal(timed, "bytes read", b->bytes[win][0],
			   c->bytes[win][0]) &&
		     equal(timed, "bytes written", b->bytes[win][1],
			   c->bytes[win][1]);
	return ok;
}

/* Accesses and classes add up to what is counted otherwise. */
static bool check_accesses(const struct timed *timed,
			   const struct gs_timing_block *b)
{
	const struct gs_arch *arch = gs_core_arch(timed->core);
	const struct gs_timing_access *a = b->access;
	const uint64_t m = arch->array_m, nm = m * arch->array_n;
	uint64_t ops = 0;

	for (unsigned c = 0; c < GS_OP_CLASSES; c++)
		ops += b->ops_of[c];
	return equal(timed, "operations of all classes", ops, b->ops) &&
	       equal(timed, "weights read", a[GS_SPAD_WBUF].read,
		     b->steps * nm) &&
	       equal(timed, "sums written", a[GS_SPAD_OBUF].written,
		     b->steps * m) &&
	       at_least(timed, "words of Tandem", b->tandem_words, b->ops) &&
	       at_least(timed, "sums stored", a[GS_SPAD_OBUF].stored,
			b->partial) &&
	       equal(timed, "bits through PARAM",
		     a[GS_SPAD_WBUF].loaded * arch->wgt_width +
			     a[GS_SPAD_BBUF].loaded * arch->bias_width,
		     8 * (b->bytes[GS_WIN_PARAM][0] - b->held[GS_WIN_PARAM])) &&
	       equal(timed, "bits through IBUF",
		     a[GS_SPAD_IBUF].loaded * arch->data_width,
		     8 * (b->bytes[GS_WIN_IBUF][0] - b->held[GS_WIN_IBUF])) &&
	       equal(timed, "bits through OBUF",
		     (a[GS_SPAD_OBUF].loaded + a[GS_SPAD_OBUF].stored) *
			     arch->acc_width,
		     8 * (b->bytes[GS_WIN_OBUF][0] + b->bytes[GS_WIN_OBUF][1] -
			  b->held[GS_WIN_OBUF]));
}

/* Every cycle of an engine is work or has a cause; none works for nothing. */
static bool check_block(const struct timed *timed, const struct gs_timing *t,
			const struct gs_timing_block *b)
{
	bool ok = at_least(timed, "cycles, of steps", b->cycles, b->steps) &&
		  at_least(timed, "cycles, of operations", b->cycles,
			   b->ops + b->perm_rows);

	for (unsigned e = 0; ok && e < GS_ENGINE_COUNT; e++) {
		uint64_t sum = b->engine[e].busy;

		for (unsigned s = 0; s < GS_STALL_COUNT; s++)
			sum += b->engine[e].stall[s];
		ok = equal(timed, gs_engine_name((enum gs_engine)e), sum,
			   b->cycles);
	}
	for (unsigned win = GS_WIN_PARAM; ok && win < GS_WIN_COUNT; win++) {
		uint64_t bytes =
			b->bytes[win][0] + b->bytes[win][1] - b->held[win];

		ok = at_least(timed, "cycles, of bytes", b->cycles,
			      gs_timing_channel_cycles(t, (enum gs_engine)win,
						       bytes));
	}
	return ok && equal(timed, "array busy", b->engine[GS_ENGINE_ARRAY].busy,
			   b->steps);
}

static bool check_times(const struct timed *timed, const struct gs_timing *t,
			const struct gs_counters *counters)
{
	const struct gs_timing_block *blocks, *total = gs_timing_total(t);
	uint64_t end = 0;
	size_t num;
	bool ok = check_counts(timed, total, counters) &&
		  check_accesses(timed, total) && check_block(timed, t, total);

	blocks = gs_timing_blocks(t, &num);
	ok = ok && equal(timed, "blocks", num, counters->blocks);
	for (size_t i = 0; ok && i < num; i++) {
		ok = equal(timed, "start of a block", blocks[i].start, end) &&
		     check_block(timed, t, &blocks[i]);
		end += blocks[i].cycles;
	}
	return ok && equal(timed, "cycles", total->cycles, end);
}

/* Without data, and with data on the fast executor. */
static bool check_runs(const struct timed *timed, struct gs_timing *t,
		       enum gs_timing_preset preset,
		       const struct gs_counters *counters)
{
	const struct gs_mem port = sim_mem_port(timed->mem);
	struct gs_timing_block dry;
	struct gs_counters counted = { 0 };
	struct gs_job job = timed->job;
	struct gs_fault fault;

	job.counters = &counted;
	if (gs_timing_run(t, timed->core, &port, &job, &fault))
		return complain(timed, "fault without data", fault.code, 0);
	if (memcmp(&counted, counters, sizeof(counted)))
		return complain(timed, "counters without data", 1, 0);
	job.counters = NULL;
	if (!check_times(timed, t, counters) ||
	    !spans_check(timed->name, t, timed->core, &port, &job, preset))
		return false;
	dry = *gs_timing_total(t);
	gs_timing_reset(t);
	job.executor = GS_EXEC_FAST;
	job.observe = gs_timing_observe;
	job.observe_ctx = t;
	gs_core_run(timed->core, &port, &job, &fault);
	return !memcmp(&dry, gs_timing_total(t), sizeof(dry)) ||
	       complain(timed, "cycles with data", gs_timing_total(t)->cycles,
			dry.cycles);
}

int timed_run(const struct timed *timed)
{
	const struct gs_mem port = sim_mem_port(timed->mem);
	struct gs_counters counters = { 0 };
	struct gs_job job = timed->job;
	struct gs_fault fault;
	bool ok = true;

	job.executor = GS_EXEC_REFERENCE;
	job.counters = &counters;
	if (gs_core_run(timed->core, &port, &job, &fault))
		return 0;
	for (unsigned p = 0; ok && p < GS_TIMING_PRESETS; p++) {
		struct gs_timing *t = gs_timing_create(
			gs_core_arch(timed->core), (enum gs_timing_preset)p);

		ok = t &&
		     check_runs(timed, t, (enum gs_timing_preset)p, &counters);
		gs_timing_destroy(t);
	}
	return ok ? 1 : -1;
}

/* ---- cheaper machines ----------------------------------------------------------- */

uint64_t timed_cycles(const struct timed *timed, const struct gs_arch *arch,
		      enum gs_timing_preset preset)
{
	const struct gs_mem port = sim_mem_port(timed->mem);
	struct gs_timing *t = gs_timing_create(arch, preset);
	struct gs_fault fault;
	uint64_t cycles = 0;

	if (t && !gs_timing_run(t, timed->core, &port, &timed->job, &fault))
		cycles = gs_timing_total(t)->cycles;
	gs_timing_destroy(t);
	return cycles;
}

/* Fields whose values are widths and numbers in flight: more is faster. */
static bool more_is_faster(const struct gs_arch_field *f)
{
	static const char *const names[] = {
		"PARAM_BUF_CHANNEL_BW",
		"IBUF_CHANNEL_BW",
		"OBUF_CHANNEL_BW",
		"SIMD_CHANNEL_BW",
		"INSTR_CHANNEL_BW",
		"CHANNEL_BURST_BYTES",
		"CHANNEL_BURST_BEATS",
		"CHANNEL_OUTSTANDING",
		"DRAM_BW",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(f->json, names[i]))
			return true;
	return false;
}

/* Make one thing better; false: it is no cost, or there is none. */
static bool improve(struct gs_arch *arch, const struct gs_arch_field *f)
{
	uint32_t value;

	if (f->offset == GS_ARCH_NOT_STORED)
		return false;
	value = gs_arch_get(arch, f);
	if (more_is_faster(f)) {
		if (!value || value >= f->max / 2)
			return false;
		gs_arch_set(arch, f, value * 2);
		return true;
	}
	if (!(f->flags & GS_ARCH_COST) || !value)
		return false;
	gs_arch_set(arch, f, value == GS_ARCH_AUTO ? 1 : value / 2);
	return true;
}

bool timed_monotonic(const struct timed *timed, const struct gs_arch *arch,
		     uint64_t *runs)
{
	const uint64_t before = timed_cycles(timed, arch, GS_TIMING_HARDWARE);
	bool ok = before;

	for (size_t i = 0; ok && i < gs_arch_num_fields; i++) {
		struct gs_arch better = *arch;
		uint64_t cycles;

		if (!improve(&better, &gs_arch_fields[i]))
			continue;
		++*runs;
		cycles = timed_cycles(timed, &better, GS_TIMING_HARDWARE);
		/* 0.5 % more at most */
		if (cycles && cycles * 200 <= before * 201)
			continue;
		ok = complain(timed, gs_arch_fields[i].json, cycles, before);
	}
	return ok &&
	       timed_cycles(timed, arch, GS_TIMING_IDEAL_CHANNELS) <= before;
}
