/* SPDX-License-Identifier: MIT */
#include "firmware/job.h"

#include <stddef.h>

#include "firmware/cp.h"
#include "firmware/event.h"
#include "firmware/log.h"
#include "firmware/watchdog.h"

static struct gs_fw_job gs_job; /* that the core has, if gs_job_active */
static bool gs_job_active;
static uint32_t gs_jobs_reported;

const struct gs_fw_job *gs_job_running(void)
{
	return gs_job_active ? &gs_job : NULL;
}

uint32_t gs_job_count(void)
{
	return gs_jobs_reported;
}

void gs_job_start(const struct gs_fw_job *job)
{
	gs_job = *job;
	gs_job_active = true;
	gs_cp_write(GS_CP_JOB_ASID, job->asid);
	gs_cp_write(GS_CP_JOB_ENTRY, job->entry);
	gs_cp_write(GS_CP_JOB_ENTRY_WORDS, job->entry_words);
	for (unsigned i = 0; i < GS_NUM_WINDOWS; i++)
		gs_cp_write64(GS_CP_JOB_WINDOW(i), job->window_base[i]);
	gs_log(GS_LOG_DEBUG, "ctx %lu job %lu: start, asid %lu", job->ctx,
	       (unsigned long)job->seqno, job->asid);
	gs_watchdog_start(job->timeout_ms);
	gs_cp_write(GS_CP_SCRATCH(GS_SCRATCH_JOB_CTX), job->ctx);
	gs_cp_write(GS_CP_SCRATCH(GS_SCRATCH_JOB_SEQNO), (uint32_t)job->seqno);
	gs_cp_write(GS_CP_CORE_CONTROL, GS_CORE_START);
}

/*
 * A record that cannot be written fails a job that was well up to here; one
 * that had failed keeps its first cause.
 */
static void gs_job_write_result(const struct gs_fw_job *job,
				struct gs_result *result)
{
	uint32_t error;

	if (!job->result_addr)
		return;
	error = gs_cp_dma_write(job->asid, job->result_addr, result,
				sizeof(*result));
	if (!error)
		return;
	gs_log(GS_LOG_WARNING, "ctx %lu job %lu: result at 0x%llx: error %lu",
	       job->ctx, (unsigned long)job->seqno, job->result_addr, error);
	if (result->status != GS_JOB_OK)
		return;
	result->status = GS_JOB_MMU_FAULT;
	result->fault_code = error;
	result->address = job->result_addr;
	result->block = 0;
	result->word = 0;
}

static void gs_job_report(const struct gs_fw_job *job, struct gs_result *result)
{
	struct gs_event event = { .type = GS_EVENT_JOB_DONE };

	gs_job_write_result(job, result);
	event.status = result->status;
	event.seqno = job->seqno;
	event.ctx = job->ctx;
	event.asid = job->asid;
	event.fault_code = result->fault_code;
	event.block = result->block;
	event.word = result->word;
	event.address = result->address;
	event.time_start = result->time_start;
	event.time_end = result->time_end;
	event.cycles = result->cycles;
	event.cookie = job->cookie;
	gs_jobs_reported++;
	gs_log(result->status == GS_JOB_OK ? GS_LOG_DEBUG : GS_LOG_WARNING,
	       "ctx %lu job %lu: status %lu, code %lu, block %lu, word %lu, address 0x%llx",
	       job->ctx, (unsigned long)job->seqno, result->status,
	       result->fault_code, result->block, result->word,
	       result->address);
	gs_event_publish_to(&event, job->vector);
}

static enum gs_job_status gs_job_status(uint32_t core_status)
{
	enum gs_job_status cause = gs_watchdog_cause();

	switch (core_status) {
	case GS_CORE_DONE:
		return GS_JOB_OK;
	case GS_CORE_FAULT:
		return GS_JOB_FAULT;
	case GS_CORE_MMU_FAULT:
		return GS_JOB_MMU_FAULT;
	default:
		return cause == GS_JOB_OK ? GS_JOB_ABORTED : cause;
	}
}

void gs_job_poll(void)
{
	struct gs_result result = { 0 };
	uint32_t status;

	if (!gs_job_active)
		return;
	status = gs_cp_read(GS_CP_CORE_STATUS);
	if (status == GS_CORE_RUNNING)
		return;
	gs_watchdog_stop();
	result.status = gs_job_status(status);
	if (result.status == GS_JOB_FAULT || result.status == GS_JOB_MMU_FAULT)
		result.fault_code = gs_cp_read(GS_CP_CORE_FAULT_CODE);
	if (result.status != GS_JOB_OK) {
		result.block = gs_cp_read(GS_CP_CORE_BLOCK);
		result.word = gs_cp_read(GS_CP_CORE_WORD);
		result.address = gs_cp_read64(GS_CP_CORE_ADDRESS);
	}
	result.time_start = gs_cp_read64(GS_CP_CORE_TIME_START);
	result.time_end = gs_cp_read64(GS_CP_CORE_TIME_END);
	result.cycles = gs_cp_read64(GS_CP_CORE_CYCLES);
	result.stalls = gs_cp_read64(GS_CP_CORE_STALLS);
	/* What a job that did not end well has left is nobody's to use. */
	gs_cp_write(GS_CP_CORE_CONTROL,
		    status == GS_CORE_DONE ? GS_CORE_ACK : GS_CORE_RESET);
	/* Not active any more: publishing may have to wait, and watch no job. */
	gs_job_active = false;
	gs_job_report(&gs_job, &result);
}

void gs_job_drop(const struct gs_fw_job *job)
{
	struct gs_result result = { .status = GS_JOB_ABORTED };

	gs_job_report(job, &result);
}
