/* SPDX-License-Identifier: MIT */
/*
 * A machine and its jobs: scratchpads, and the chain of blocks (docs/isa.md
 * sections 1 and 3).
 */

#include "hw-model/core/dram.h"
#include "hw-model/core/fast_split.h"

#include <errno.h>
#include <stdlib.h>

#define DEFAULT_WORK (UINT64_C(1) << 40)

static const struct gs_exec_ops executors[] = {
	[GS_EXEC_REFERENCE] = { .compute = gs_mvm_compute,
				.nest = gs_nest_run,
				.transfer = gs_dma_transfer },
	[GS_EXEC_FAST] = { .compute = gs_fast_compute,
			   .nest = gs_fast_nest,
			   .transfer = gs_dma_transfer,
			   .group = gs_fast_group },
	[GS_EXEC_DRY] = { .compute = gs_dry_compute,
			  .nest = gs_dry_nest,
			  .transfer = gs_dry_transfer },
};

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Elements in the rows a program can address. */
static size_t elements(const struct gs_core *core, enum gs_scratchpad buf,
		       size_t banks)
{
	return core->rows[buf] * banks;
}

/* @num elements of 0. Rows of scratchpads begin where lines of caches do. */
static void *zeros(size_t num, size_t size)
{
	const size_t line = 64;
	size_t bytes;
	void *data;

	if (num > (SIZE_MAX - line) / size)
		return NULL;
	bytes = (num * size + line - 1) / line * line;
	data = aligned_alloc(line, bytes);
	if (data)
		memset(data, 0, bytes);
	return data;
}

static void set_rows(struct gs_core *core)
{
	const struct gs_arch *arch = &core->arch;

	core->rows[GS_SPAD_WBUF] = arch->wbuf_depth / 2;
	core->rows[GS_SPAD_IBUF] = arch->ibuf_depth / 2;
	core->rows[GS_SPAD_OBUF] = arch->obuf_depth;
	core->rows[GS_SPAD_BBUF] = arch->bbuf_depth;
	core->rows[GS_SPAD_VMEM1] = arch->vmem_depth;
	core->rows[GS_SPAD_VMEM2] = arch->vmem_depth;
	core->rows[GS_SPAD_IMM] = arch->imm_depth < GS_ISA_IMM_SLOTS ?
					  arch->imm_depth :
					  GS_ISA_IMM_SLOTS;
}

struct gs_core *gs_core_create(const struct gs_arch *arch)
{
	char err[GS_ARCH_ERR_SIZE];
	struct gs_core *core;
	size_t n, m;

	if (gs_arch_check(arch, err))
		return NULL;
	core = zeros(1, sizeof(*core));
	if (!core)
		return NULL;
	core->arch = *arch;
	core->block = &core->own;
	set_rows(core);
	n = arch->array_n;
	m = arch->array_m;
	core->ibuf =
		zeros(elements(core, GS_SPAD_IBUF, n), sizeof(*core->ibuf));
	core->wbuf =
		zeros(elements(core, GS_SPAD_WBUF, n * m), sizeof(*core->wbuf));
	core->bbuf =
		zeros(elements(core, GS_SPAD_BBUF, m), sizeof(*core->bbuf));
	for (unsigned i = 0; i < 2; i++) {
		core->obuf[i] = zeros(elements(core, GS_SPAD_OBUF, m),
				      sizeof(*core->obuf[i]));
		core->vmem[i] = zeros(elements(core, GS_SPAD_VMEM1, m),
				      sizeof(*core->vmem[i]));
	}
	core->fast = calloc(1, sizeof(*core->fast));
	if (!core->ibuf || !core->wbuf || !core->bbuf || !core->obuf[0] ||
	    !core->obuf[1] || !core->vmem[0] || !core->vmem[1] || !core->fast) {
		gs_core_destroy(core);
		return NULL;
	}
	gs_fast_select(core->fast, arch);
	return core;
}

void gs_core_destroy(struct gs_core *core)
{
	if (!core)
		return;
	for (unsigned i = 0; i < 2; i++) {
		gs_stored_free(&core->run.stored[i]);
		free(core->obuf[i]);
		free(core->vmem[i]);
	}
	gs_block_free(&core->own);
	gs_cache_free(core);
	gs_fast_free(core->fast);
	free(core->staging);
	free(core->bbuf);
	free(core->wbuf);
	free(core->ibuf);
	free(core);
}

const struct gs_arch *gs_core_arch(const struct gs_core *core)
{
	return &core->arch;
}

void gs_core_clear(struct gs_core *core)
{
	const size_t n = core->arch.array_n, m = core->arch.array_m;

	memset(core->ibuf, 0,
	       elements(core, GS_SPAD_IBUF, n) * sizeof(*core->ibuf));
	memset(core->wbuf, 0,
	       elements(core, GS_SPAD_WBUF, n * m) * sizeof(*core->wbuf));
	memset(core->bbuf, 0,
	       elements(core, GS_SPAD_BBUF, m) * sizeof(*core->bbuf));
	for (unsigned i = 0; i < 2; i++) {
		memset(core->obuf[i], 0,
		       elements(core, GS_SPAD_OBUF, m) *
			       sizeof(*core->obuf[i]));
		memset(core->vmem[i], 0,
		       elements(core, GS_SPAD_VMEM1, m) *
			       sizeof(*core->vmem[i]));
	}
	memset(core->imm, 0, sizeof(core->imm));
	gs_fast_changed_all(core);
}

void gs_core_reset(struct gs_core *core)
{
	if (core->fast->split)
		gs_split_clear(core->fast->split);
	else
		gs_core_clear(core);
}

void gs_core_forget(struct gs_core *core)
{
	core->block = &core->own;
	gs_cache_free(core);
}

void gs_core_imm_set(struct gs_core *core, uint32_t slot, uint32_t value)
{
	for (unsigned lane = 0; lane < GS_MAX_LANES; lane++)
		core->imm[slot][lane] = (int32_t)value;
}

static void run_init(struct gs_core *core, const struct gs_mem *mem,
		     const struct gs_job *job)
{
	struct gs_run *run = &core->run;
	uint64_t work = job->max_work ? job->max_work : DEFAULT_WORK;

	run->mem = mem;
	run->job = job;
	run->exec = &executors[job->executor];
	run->own_counters = (struct gs_counters){ 0 };
	run->counters = job->counters ? job->counters : &run->own_counters;
	run->fault = (struct gs_fault){ 0 };
	run->stored[0].stop = run->stored[1].stop = job->stop;
	run->block = 0;
	/* so that UINT64_MAX, where charges saturate, always exceeds it */
	run->work_left = work < UINT64_MAX ? work : UINT64_MAX - 1;
}

static int hook_block(struct gs_core *core)
{
	const struct gs_hooks *hooks = core->run.job->hooks;
	const struct gs_block *block = core->block;

	if (!hooks || !hooks->block)
		return 0;
	return hooks->block(hooks->ctx, core, core->run.block, block->addr,
			    block->insns, block->num) ?
		       -ECANCELED :
		       0;
}

static int run_groups(struct gs_core *core)
{
	int ret = 0;

	if (core->run.job->observe)
		gs_observe_block(core);
	if (core->block->simd.present)
		gs_simd_begin(core);
	if (gs_split_run(core, &ret))
		goto end;
	if (core->block->sa.present)
		ret = gs_sa_run(core);
	else if (core->block->simd.present)
		ret = gs_simd_run_all(core);
end:
	if (!ret)
		gs_observe_kind(core, GS_WORK_BLOCK_END);
	return ret;
}

static int run_block(struct gs_core *core, uint32_t addr, uint32_t num)
{
	struct gs_run *run = &core->run;
	int ret = gs_block_load(core, addr, num);

	gs_stored_clear(&run->stored[0]);
	gs_stored_clear(&run->stored[1]);
	if (!ret)
		ret = hook_block(core);
	if (ret)
		return ret;
	run->obuf_half = 0;
	run->sa_tile = 0;
	memset(run->held, 0, sizeof(run->held));
	gs_fast_block(core);
	return run_groups(core);
}

/* BLOCK_END: does the chain go on? Returns 1, 0 or -EFAULT. */
static int next_block(struct gs_core *core)
{
	const struct gs_block *block = core->block;
	const uint32_t max_blocks = core->run.job->max_blocks;

	if (block->insns[block->num - 1].val[0])
		return 0;
	core->run.block++;
	if (max_blocks && core->run.block == max_blocks)
		return 0;
	if (block->has_next && block->next_num)
		return 1;
	core->run.block--;
	return gs_fault_raise(core, GS_FAULT_BAD_BLOCK, block->num - 1, 0);
}

int gs_core_run(struct gs_core *core, const struct gs_mem *mem,
		const struct gs_job *job, struct gs_fault *fault)
{
	uint32_t addr = job->entry, num = job->entry_words;
	int ret;

	*fault = (struct gs_fault){ 0 };
	if ((unsigned)job->executor >= ARRAY_SIZE(executors) ||
	    (job->encoding != GS_ENC_SYNC_INST &&
	     job->encoding != GS_ENC_INST_GROUP_2021))
		return -EINVAL;
	run_init(core, mem, job);
	for (;;) {
		ret = run_block(core, addr, num);
		if (!ret)
			ret = next_block(core);
		if (ret <= 0)
			break;
		addr = core->block->next_addr;
		num = core->block->next_num;
	}
	gs_stored_clear(&core->run.stored[0]);
	gs_stored_clear(&core->run.stored[1]);
	core->run.stored[0].stop = core->run.stored[1].stop = NULL;
	*fault = core->run.fault;
	return ret;
}
