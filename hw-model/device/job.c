/* SPDX-License-Identifier: MIT */
/*
 * Jobs: from the command processor's registers to the worker and back
 * (docs/device.md, Jobs). The owner of a job is named by job.state; passing it
 * on is what orders the accesses of both threads.
 */

#include "hw-model/device/device_internal.h"

#include <errno.h>
#include <time.h>

#define NAP_US 1000u

_Static_assert((int)GS_WIN_COUNT == (int)GS_NUM_WINDOWS, "windows");

static enum gs_job_state state_of(const struct gs_dev_job *job)
{
	return (enum gs_job_state)atomic_load_explicit(&job->state,
						       memory_order_acquire);
}

static void set_state(struct gs_dev_job *job, enum gs_job_state state)
{
	atomic_store_explicit(&job->state, (int)state, memory_order_release);
}

/* Take a job that waits. Both the worker and a reset may try. */
static bool take(struct gs_dev_job *job, enum gs_job_state state)
{
	int ready = GS_JOB_READY;

	return atomic_compare_exchange_strong_explicit(&job->state, &ready,
						       (int)state,
						       memory_order_acq_rel,
						       memory_order_acquire);
}

/* ---- the worker ----------------------------------------------------------*/

static int mem_read(void *ctx, uint64_t addr, void *dst, size_t size)
{
	return gs_tlb_access(ctx, addr, dst, size, false);
}

static int mem_write(void *ctx, uint64_t addr, const void *src, size_t size)
{
	/* a write only reads src; one path serves both directions */
	return gs_tlb_access(ctx, addr, (uint8_t *)(uintptr_t)src, size, true);
}

static bool stopped(const struct gs_dev *dev)
{
	return atomic_load_explicit(&dev->job.stop, memory_order_relaxed);
}

static void nap(const struct gs_dev *dev, uint32_t us)
{
	struct timespec time = { .tv_nsec = (long)us * 1000 };

	if (dev->ops->sleep)
		dev->ops->sleep(dev->ctx, us);
	else
		nanosleep(&time, NULL);
}

static int slow_block(void *ctx, struct gs_core *core, uint32_t block,
		      uint32_t addr, const struct gs_insn *insns, uint32_t num)
{
	struct gs_dev *dev = ctx;
	uint32_t left = dev->job.slow_us;

	(void)core, (void)block, (void)addr, (void)insns, (void)num;
	while (left && !stopped(dev)) {
		uint32_t us = left < NAP_US ? left : NAP_US;

		nap(dev, us);
		left -= us;
	}
	return stopped(dev);
}

/* How the job ended, in the terms of the command processor. */
static void judge(struct gs_dev *dev, int ret, const struct gs_fault *fault)
{
	const struct gs_timing_block *total = gs_timing_total(dev->timing);
	struct gs_dev_job *job = &dev->job;
	struct gs_outcome *out = &job->outcome;

	*out = (struct gs_outcome){ .status = GS_CORE_DONE,
				    .block = fault->block,
				    .word = fault->word,
				    .cycles = total->cycles,
				    .stalls = total->stalls };
	if (!ret)
		return;
	if (atomic_load(&job->stop) || ret == -ECANCELED) {
		out->status = GS_CORE_ABORTED;
		return;
	}
	if (job->refusal.reason) {
		out->status = GS_CORE_MMU_FAULT;
		out->fault_code = (uint32_t)job->refusal.reason;
		out->address = job->refusal.addr;
		return;
	}
	/* without a fault of the program it was host memory that ran out */
	out->status = GS_CORE_FAULT;
	out->fault_code = fault->code ? (uint32_t)fault->code :
					(uint32_t)GS_FAULT_LIMIT;
	out->address = fault->address;
}

static void run(struct gs_dev *dev)
{
	struct gs_dev_job *job = &dev->job;
	const struct gs_hooks hooks = { .ctx = dev, .block = slow_block };
	const struct gs_mem mem = { .ctx = dev,
				    .read = mem_read,
				    .write = mem_write };
	struct gs_fault fault;
	int ret;

	if (job->clear) {
		gs_core_reset(dev->core);
		gs_core_forget(dev->core);
	}
	job->desc.encoding = GS_ENC_SYNC_INST;
	job->desc.executor = GS_EXEC_FAST;
	job->desc.stop = &job->stop;
	job->desc.hooks = job->slow_us ? &hooks : NULL;
	job->desc.observe = gs_timing_observe;
	job->desc.observe_ctx = dev->timing;
	gs_timing_reset(dev->timing);
	ret = gs_core_run(dev->core, &mem, &job->desc, &fault);
	gs_timing_stop(dev->timing);
	judge(dev, ret, &fault);
	job->outcome.time_end = gs_dev_now(dev);
}

bool gs_dev_core_work(struct gs_dev *dev)
{
	if (!take(&dev->job, GS_JOB_INSIDE))
		return false;
	run(dev);
	set_state(&dev->job, GS_JOB_LEFT);
	return true;
}

/* ---- with the lock -------------------------------------------------------*/

static void publish(struct gs_dev *dev, const struct gs_outcome *outcome)
{
	dev->outcome = *outcome;
	if (dev->outcome.time_end > dev->time_start)
		dev->busy_time += dev->outcome.time_end - dev->time_start;
	gs_cp_interrupt(dev, GS_CP_IRQ_CORE);
}

void gs_dev_core_finish(struct gs_dev *dev)
{
	if (state_of(&dev->job) != GS_JOB_LEFT)
		return;
	gs_dev_unmap_all(dev);
	set_state(&dev->job, GS_JOB_NONE);
	if (dev->resetting)
		dev->resetting = false;
	else
		publish(dev, &dev->job.outcome);
}

bool gs_dev_core_busy(const struct gs_dev *dev)
{
	enum gs_job_state state = state_of(&dev->job);

	return state != GS_JOB_NONE && state != GS_JOB_HUNG;
}

/* Everything the worker will need, so that it reads no register. */
static void describe(struct gs_dev *dev)
{
	struct gs_dev_job *job = &dev->job;
	const uint32_t *reg = dev->cp_reg;
	uint32_t asid = reg[GS_CP_JOB_ASID / 4];

	job->clear = !dev->owned || asid != job->asid;
	job->asid = asid;
	job->slow_us = dev->slow_us;
	job->refusal = (struct gs_refusal){ 0 };
	job->desc = (struct gs_job){
		.entry = reg[GS_CP_JOB_ENTRY / 4],
		.entry_words = reg[GS_CP_JOB_ENTRY_WORDS / 4],
		.max_work = dev->props.max_work,
	};
	for (unsigned win = 0; win < GS_NUM_WINDOWS; win++)
		job->desc.window_base[win] =
			gs_reg64(reg, GS_CP_JOB_WINDOW(win));
	atomic_store(&job->stop, false);
	dev->owned = true;
}

void gs_job_start(struct gs_dev *dev)
{
	uint32_t taken;

	if (dev->outcome.status != GS_CORE_IDLE)
		return;
	describe(dev);
	taken = gs_test_take(dev);
	dev->job.dma_error = taken & GS_INJECT_DMA_ERROR;
	dev->drop_irq = taken & GS_INJECT_DROP_IRQ;
	dev->outcome = (struct gs_outcome){ .status = GS_CORE_RUNNING };
	dev->time_start = gs_dev_now(dev);
	dev->jobs_started++;
	if (taken & GS_INJECT_HANG) {
		/* the scratchpads still are the previous job's */
		dev->owned = dev->owned && !dev->job.clear;
		set_state(&dev->job, GS_JOB_HUNG);
		return;
	}
	set_state(&dev->job, GS_JOB_READY);
	dev->ops->start_core(dev->ctx);
}

void gs_job_abort(struct gs_dev *dev)
{
	const struct gs_outcome aborted = { .status = GS_CORE_ABORTED,
					    .time_end = gs_dev_now(dev) };

	atomic_store(&dev->job.stop, true);
	if (state_of(&dev->job) != GS_JOB_HUNG)
		return;
	set_state(&dev->job, GS_JOB_NONE);
	publish(dev, &aborted);
}

void gs_job_ack(struct gs_dev *dev)
{
	if (dev->outcome.status != GS_CORE_RUNNING)
		dev->outcome.status = GS_CORE_IDLE;
}

void gs_job_reset_core(struct gs_dev *dev)
{
	if (dev->outcome.status == GS_CORE_RUNNING)
		return;
	/* the worker clears them, when there is a next job */
	dev->owned = false;
	dev->outcome.status = GS_CORE_IDLE;
}

void gs_job_reset(struct gs_dev *dev)
{
	struct gs_dev_job *job = &dev->job;

	atomic_store(&job->stop, true);
	gs_dev_unmap_all(dev);
	dev->owned = false;
	dev->outcome = (struct gs_outcome){ 0 };
	if (take(job, GS_JOB_NONE) || state_of(job) != GS_JOB_INSIDE) {
		set_state(job, GS_JOB_NONE);
		dev->resetting = false;
		return;
	}
	dev->resetting = true;
}
