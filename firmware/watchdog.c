/* SPDX-License-Identifier: MIT */
#include "firmware/watchdog.h"

#include <stdbool.h>

#include "firmware/cp.h"
#include "firmware/host.h"
#include "firmware/log.h"

#define GS_HEARTBEAT_MS 20u
/*
 * A core that does not stop when told to needs a device reset. Far above what
 * a model of a core takes on a busy machine; meanwhile commands are answered.
 */
#define GS_ABORT_GRACE_MS 5000u

static struct {
	bool armed;
	enum gs_job_status cause; /* GS_JOB_OK: nobody made the core stop */
	uint32_t timeout_ms;
	uint32_t heartbeat;
	uint64_t deadline;
	uint64_t next_beat;
} gs_watchdog;

static uint64_t gs_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void gs_watchdog_set_timer(void)
{
	gs_cp_timer_set(gs_min(gs_watchdog.deadline, gs_watchdog.next_beat));
}

void gs_watchdog_start(uint32_t timeout_ms)
{
	uint64_t now = gs_cp_time();

	gs_watchdog.armed = true;
	gs_watchdog.cause = GS_JOB_OK;
	gs_watchdog.timeout_ms = timeout_ms;
	gs_watchdog.deadline = now + gs_cp_ticks(timeout_ms);
	gs_watchdog.next_beat = now + gs_cp_ticks(GS_HEARTBEAT_MS);
	gs_watchdog_set_timer();
}

void gs_watchdog_stop(void)
{
	gs_watchdog.armed = false;
	gs_cp_timer_off();
}

void gs_watchdog_abort(enum gs_job_status cause)
{
	if (!gs_watchdog.armed || gs_watchdog.cause != GS_JOB_OK)
		return;
	gs_watchdog.cause = cause;
	gs_watchdog.deadline = gs_cp_time() + gs_cp_ticks(GS_ABORT_GRACE_MS);
	gs_watchdog_set_timer();
	gs_cp_write(GS_CP_CORE_CONTROL, GS_CORE_ABORT);
}

enum gs_job_status gs_watchdog_cause(void)
{
	return gs_watchdog.cause;
}

static void gs_watchdog_bite(void)
{
	if (gs_watchdog.cause != GS_JOB_OK) {
		gs_log(GS_LOG_ERROR, "the core does not stop");
		gs_stage_set(gs_watchdog.cause == GS_JOB_TIMEOUT ?
				     GS_STAGE_CORE_HUNG :
				     GS_STAGE_CORE_STUCK);
		gs_cp_halt();
	}
	gs_log(GS_LOG_WARNING, "the job runs for more than %lu ms",
	       gs_watchdog.timeout_ms);
	gs_watchdog_abort(GS_JOB_TIMEOUT);
}

static void gs_watchdog_tick(void)
{
	uint64_t now;

	if (!gs_watchdog.armed)
		return;
	/* It stopped and waits to be noticed: nothing is left to watch. */
	if (gs_cp_read(GS_CP_CORE_STATUS) != GS_CORE_RUNNING) {
		gs_cp_timer_off();
		return;
	}
	now = gs_cp_time();
	if (now >= gs_watchdog.deadline)
		gs_watchdog_bite();
	if (now >= gs_watchdog.next_beat) {
		gs_cp_write(GS_CP_SCRATCH(GS_SCRATCH_HEARTBEAT),
			    ++gs_watchdog.heartbeat);
		gs_watchdog.next_beat = now + gs_cp_ticks(GS_HEARTBEAT_MS);
	}
	gs_watchdog_set_timer();
}

void gs_watchdog_sleep(uint32_t mask)
{
	gs_cp_wait(mask);
	gs_watchdog_tick();
}
