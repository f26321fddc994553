/* SPDX-License-Identifier: MIT */
/* The tiles of a block on several machines, see fast_split.h. */

#include "hw-model/core/fast_split.h"

#include <errno.h>
#include <stdlib.h>

/* ---- machines ------------------------------------------------------------------- */

static bool make_rows(const struct gs_core *core, struct gs_split_rows *rows)
{
	const enum gs_scratchpad spads[GS_SPLIT_SPADS] = { GS_SPAD_OBUF,
							   GS_SPAD_VMEM1,
							   GS_SPAD_VMEM2 };
	bool ok = true;

	for (unsigned i = 0; i < GS_SPLIT_SPADS; i++) {
		rows->bits[i] = calloc((core->rows[spads[i]] + 63u) / 64,
				       sizeof(uint64_t));
		ok = ok && rows->bits[i];
	}
	return ok;
}

struct gs_split *gs_split_create(struct gs_core *core, unsigned threads)
{
	struct gs_split *split = calloc(1, sizeof(*split));
	bool ok;

	if (!split)
		return NULL;
	split->core = core;
	split->machine[0] = core;
	split->num_machines = 1;
	ok = make_rows(core, &split->written) &&
	     make_rows(core, &split->before);
	while (ok && split->num_machines < threads) {
		struct gs_core *machine = gs_core_create(&core->arch);

		ok = machine != NULL;
		if (!ok)
			break;
		machine->fast->array = core->fast->array;
		machine->fast->simd = core->fast->simd;
		split->machine[split->num_machines++] = machine;
	}
	if (ok)
		return split;
	gs_split_destroy(split);
	return NULL;
}

void gs_split_destroy(struct gs_split *split)
{
	if (!split)
		return;
	for (unsigned i = 1; i < split->num_machines; i++)
		gs_core_destroy(split->machine[i]);
	for (unsigned i = 0; i < GS_SPLIT_SPADS; i++) {
		free(split->written.bits[i]);
		free(split->before.bits[i]);
	}
	free(split);
}

static void clear(void *ctx, uint32_t i)
{
	struct gs_split *split = ctx;

	gs_core_clear(split->machine[i]);
}

void gs_split_clear(struct gs_split *split)
{
	gs_pool_each(split->core->fast->pool, split->num_machines, clear,
		     split);
}

void gs_split_select(struct gs_split *split, enum gs_fast_level most)
{
	for (unsigned i = 1; split && i < split->num_machines; i++)
		gs_core_set_level(split->machine[i], most);
}

/* ---- registers and places ------------------------------------------------------- */

void gs_split_regs_get(const struct gs_core *core, struct gs_split_regs *regs)
{
	regs->simd = core->simd;
	for (unsigned i = 0; i < GS_ISA_IMM_SLOTS; i++)
		regs->imm[i] = (uint32_t)core->imm[i][0];
}

void gs_split_regs_set(struct gs_core *core, const struct gs_split_regs *regs)
{
	core->simd = regs->simd;
	for (unsigned i = 0; i < GS_ISA_IMM_SLOTS; i++)
		if ((uint32_t)core->imm[i][0] != regs->imm[i])
			gs_core_imm_set(core, i, regs->imm[i]);
}

void gs_split_place(struct gs_core *core, const struct gs_split *split,
		    uint64_t group)
{
	const uint32_t *num = core->block->simd_config.base_loops;
	uint64_t left = group;

	core->run.obuf_half = group & 1;
	core->run.sa_tile = group * split->tiles;
	core->run.simd_tile = group;
	for (unsigned l = GS_ISA_DMA_LOOPS; l-- > 0;) {
		core->run.base_index[l] = 0;
		if (num[l] == 1)
			continue;
		core->run.base_index[l] = (uint32_t)(left % num[l]);
		left /= num[l];
	}
}

int gs_split_groups(struct gs_core *core, const struct gs_split *split,
		    uint64_t first, uint64_t num)
{
	return core->block->sa.present ?
		       gs_sa_run_some(core, first * split->tiles,
				      num * split->tiles) :
		       gs_simd_run_some(core, num);
}

/* ---- memory --------------------------------------------------------------------- */

static void *map(void *ctx, uint64_t addr, size_t size, bool write)
{
	const struct gs_split *split = ctx;

	for (unsigned i = 0; i < split->num_spans; i++) {
		const struct gs_split_span *span = &split->span[i];

		if (addr >= span->bus && size <= span->size &&
		    addr - span->bus <= span->size - size &&
		    (span->store || !write))
			return span->data + (addr - span->bus);
	}
	return NULL;
}

/* All that is accessed is mapped. */
static int read(void *ctx, uint64_t addr, void *dst, size_t size)
{
	(void)ctx, (void)addr, (void)dst, (void)size;
	return -EIO;
}

static int write(void *ctx, uint64_t addr, const void *src, size_t size)
{
	(void)ctx, (void)addr, (void)src, (void)size;
	return -EIO;
}

/* ---- running -------------------------------------------------------------------- */

/* Tell the observer of all groups; they are the same without data. */
static int observe(struct gs_core *core, const struct gs_split *split)
{
	static const struct gs_exec_ops dry_ops = {
		.compute = gs_dry_compute,
		.nest = gs_dry_nest,
		.transfer = gs_dry_transfer,
	};
	const struct gs_run was = core->run;
	struct gs_job dry = *split->observed;
	int ret;

	dry.executor = GS_EXEC_DRY;
	core->run.job = &dry;
	core->run.exec = &dry_ops;
	core->run.counters = &core->run.own_counters;
	gs_split_place(core, split, 0);
	gs_split_regs_set(core, &split->first);
	ret = gs_split_groups(core, split, 0, split->groups);
	core->run = was;
	return ret;
}

/* A machine that runs a part of what the core runs. */
static void join(struct gs_core *machine, const struct gs_split *split)
{
	struct gs_run *run = &machine->run;

	machine->block = split->block;
	run->mem = &split->mem;
	run->job = &split->job;
	run->exec = split->exec;
	run->counters = &run->own_counters;
	run->block = split->number;
	run->work_left = UINT64_MAX - 1;
	run->stored[0].stop = run->stored[1].stop = split->job.stop;
	memset(run->held, 0, sizeof(run->held));
	gs_fast_block(machine);
}

static void leave(struct gs_core *machine)
{
	struct gs_run *run = &machine->run;

	machine->block = &machine->own;
	for (unsigned i = 0; i < 2; i++) {
		gs_stored_clear(&run->stored[i]);
		run->stored[i].stop = NULL;
	}
}

/* Groups that do not follow upon each other begin at places of their own. */
static int run_stretches(struct gs_core *machine, const struct gs_split *split,
			 uint32_t part)
{
	const struct gs_division *division = &split->division;
	int ret = 0;

	for (uint64_t i = 0; i < division->before && !ret; i++) {
		uint64_t first;
		const uint64_t num =
			gs_division_stretch(division, part, i, &first);

		if (!num)
			continue;
		gs_split_place(machine, split, first);
		ret = gs_split_groups(machine, split, first, num);
	}
	return ret;
}

/* The core takes the last part, machine i the one numbered i - 1. */
static void run_part(void *ctx, uint32_t i)
{
	struct gs_split *split = ctx;
	struct gs_core *machine = split->machine[i];
	const uint32_t part = (i ? i : split->division.parts) - 1;
	int ret = 0;

	if (i)
		join(machine, split);
	else if (split->observed)
		ret = observe(machine, split);
	gs_split_regs_set(machine, part ? &split->later : &split->first);
	machine->run.settled = part != 0;
	if (!ret)
		ret = run_stretches(machine, split, part);
	if (i)
		leave(machine);
	split->ret[i] = ret;
}

static void add_counters(struct gs_counters *sum, const struct gs_counters *one,
			 uint64_t times)
{
	sum->sa_tiles += one->sa_tiles * times;
	sum->mvms += one->mvms * times;
	sum->simd_tiles += one->simd_tiles * times;
	sum->simd_ops += one->simd_ops * times;
	for (unsigned win = 0; win < GS_WIN_COUNT; win++)
		for (unsigned store = 0; store < 2; store++)
			sum->bytes[win][store] +=
				one->bytes[win][store] * times;
}

/* What the last group but one left in its half of OBUF, when another machine ran it. */
static void take_half(struct gs_core *core, const struct gs_split *split)
{
	const uint32_t part =
		gs_division_part(&split->division, split->groups - 2);
	const struct gs_core *other = split->machine[part + 1];
	const uint64_t *bits = split->written.bits[0];
	const size_t m = core->arch.array_m;
	const unsigned half = split->groups & 1;

	if (part == split->division.parts - 1)
		return;
	for (uint32_t row = 0; row < core->rows[GS_SPAD_OBUF]; row++)
		if (bits[row / 64] >> row % 64 & 1)
			memcpy(core->obuf[half] + row * m,
			       other->obuf[half] + row * m,
			       m * sizeof(int32_t));
}

static int finish(struct gs_core *core, const struct gs_split *split)
{
	int ret = 0;

	for (uint32_t i = 0; i < split->division.parts && !ret; i++) {
		ret = split->ret[i];
		if (ret == -EFAULT)
			core->run.fault = split->machine[i]->run.fault;
	}
	if (ret)
		return ret;
	take_half(core, split);
	add_counters(core->run.counters, &split->counters, split->groups);
	core->run.work_left -= split->work * split->groups;
	core->fast->splits++;
	core->fast->stretches += split->division.before;
	return 0;
}

bool gs_split_run(struct gs_core *core, int *ret)
{
	struct gs_split *split = core->fast->split;
	struct gs_pool *pool = core->fast->pool;
	const struct gs_run was = core->run;

	if (!split || was.job->executor != GS_EXEC_FAST || was.job->hooks ||
	    !core->block->simd.present || !gs_split_scan(split, core))
		return false;
	split->division = gs_division_make(core->block->simd_config.base_loops,
					   GS_ISA_DMA_LOOPS, split->divided,
					   split->num_machines);
	split->observed = was.job->observe ? was.job : NULL;
	split->job = *was.job;
	split->job.observe = NULL;
	split->mem = (struct gs_mem){ split, read, write, map };
	split->exec = was.exec;
	split->block = core->block;
	split->number = was.block;
	core->run.job = &split->job;
	core->run.mem = &split->mem;
	core->run.counters = &core->run.own_counters;
	core->run.work_left = UINT64_MAX - 1;
	core->fast->pool = NULL; /* parts are not cut into pieces */
	gs_pool_each(pool, split->division.parts, run_part, split);
	core->fast->pool = pool;
	core->run.job = was.job;
	core->run.mem = was.mem;
	core->run.counters = was.counters;
	core->run.work_left = was.work_left;
	*ret = finish(core, split);
	return true;
}
