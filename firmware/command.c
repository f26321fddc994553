/* SPDX-License-Identifier: MIT */
#include "firmware/command.h"

#include <stdint.h>

#include "firmware/check.h"
#include "firmware/event.h"
#include "firmware/job.h"
#include "firmware/log.h"
#include "firmware/ring.h"
#include "firmware/sched.h"
#include "firmware/watchdog.h"

static bool gs_shutdown;
static uint64_t gs_shutdown_cookie;

/* GS_CMD_CTX_REMOVE of the running job's context; ctx 0: none. */
static struct gs_cmd gs_removal;

static struct gs_event gs_answer(const struct gs_cmd *cmd, uint32_t type)
{
	return (struct gs_event){
		.type = type,
		.seqno = cmd->seqno,
		.ctx = cmd->ctx,
		.cookie = cmd->cookie,
	};
}

static void gs_refuse(uint32_t ring, const struct gs_cmd *cmd, uint32_t error)
{
	struct gs_event event = gs_answer(cmd, GS_EVENT_BAD_CMD);

	event.asid = cmd->asid;
	event.arg0 = ring;
	event.arg1 = error;
	gs_log(GS_LOG_WARNING, "ring %lu: command %lu refused, error %lu", ring,
	       cmd->type, error);
	gs_event_publish(&event);
}

void gs_command_take_jobs(void)
{
	struct gs_fw_job job;
	struct gs_cmd cmd;
	uint32_t error;

	for (uint32_t r = GS_SCHED_FIRST_RING; r < GS_NUM_CMD_RINGS; r++) {
		while (gs_ring_count(r) && gs_sched_has_room(r) &&
		       gs_ring_take(r, &cmd)) {
			error = gs_check_command(r, &cmd);
			if (error) {
				gs_refuse(r, &cmd, error);
				continue;
			}
			job = gs_check_job(&cmd);
			gs_sched_push(r, &job);
		}
	}
}

/*
 * Drop jobs for which there was no room yet: those of @ctx with number @seqno,
 * or all of them (0). Bad commands are left to gs_command_take_jobs().
 */
static bool gs_drop_untaken(uint32_t ctx, uint64_t seqno)
{
	struct gs_fw_job job;
	struct gs_cmd cmd;
	bool found = false;

	for (uint32_t r = GS_SCHED_FIRST_RING; r < GS_NUM_CMD_RINGS; r++) {
		for (uint32_t i = 0; i < gs_ring_count(r); i++) {
			if (!gs_ring_peek(r, i, &cmd) || cmd.ctx != ctx ||
			    (seqno && cmd.seqno != seqno) ||
			    gs_check_command(r, &cmd))
				continue;
			gs_ring_cross_out(r, i);
			job = gs_check_job(&cmd);
			gs_job_drop(&job);
			found = true;
			if (seqno)
				return true;
		}
	}
	return found;
}

static bool gs_abort(uint32_t ctx, uint64_t seqno)
{
	const struct gs_fw_job *running = gs_job_running();
	struct gs_fw_job job;

	if (running && running->ctx == ctx && running->seqno == seqno) {
		gs_watchdog_abort(GS_JOB_ABORTED);
		return true;
	}
	if (gs_sched_remove(ctx, seqno, &job)) {
		gs_job_drop(&job);
		return true;
	}
	return gs_drop_untaken(ctx, seqno);
}

static void gs_drop_ctx(const struct gs_cmd *cmd)
{
	struct gs_event event = gs_answer(cmd, GS_EVENT_CTX_REMOVED);
	struct gs_fw_job job;

	while (gs_sched_remove_any(cmd->ctx, &job))
		gs_job_drop(&job);
	gs_drop_untaken(cmd->ctx, 0);
	gs_event_publish(&event);
}

/* Jobs of a context end in order: the running one first, once it stopped. */
static uint32_t gs_remove_ctx(const struct gs_cmd *cmd)
{
	const struct gs_fw_job *running = gs_job_running();

	if (!running || running->ctx != cmd->ctx) {
		gs_drop_ctx(cmd);
		return 0;
	}
	if (gs_removal.ctx)
		return GS_CMD_NOT_FOUND;
	gs_removal = *cmd;
	gs_watchdog_abort(GS_JOB_ABORTED);
	return 0;
}

static void gs_tell_status(const struct gs_cmd *cmd)
{
	struct gs_event event = gs_answer(cmd, GS_EVENT_STATUS);
	const struct gs_fw_job *running = gs_job_running();

	event.arg0 = gs_sched_count();
	for (uint32_t r = GS_SCHED_FIRST_RING; r < GS_NUM_CMD_RINGS; r++)
		event.arg0 += gs_ring_count(r);
	if (running) {
		event.arg1 = running->ctx;
		event.seqno = running->seqno;
	}
	event.arg2 = gs_job_count();
	gs_event_publish(&event);
}

/* A command that passed its checks; 0 or an enum gs_cmd_error. */
static uint32_t gs_command_execute(const struct gs_cmd *cmd)
{
	switch (cmd->type) {
	case GS_CMD_ABORT:
		return gs_abort(cmd->ctx, cmd->seqno) ? 0 : GS_CMD_NOT_FOUND;
	case GS_CMD_CTX_REMOVE:
		return gs_remove_ctx(cmd);
	case GS_CMD_STATUS:
		gs_tell_status(cmd);
		break;
	case GS_CMD_LOG_LEVEL:
		return gs_log_set_level(cmd->arg) ? GS_CMD_BAD_FIELD : 0;
	case GS_CMD_SHUTDOWN:
		gs_shutdown = true;
		gs_shutdown_cookie = cmd->cookie;
		break;
	default:
		break;
	}
	return 0;
}

void gs_command_run(void)
{
	struct gs_cmd cmd;
	uint32_t error;

	if (gs_removal.ctx && !gs_job_running()) {
		gs_drop_ctx(&gs_removal);
		gs_removal.ctx = 0;
	}
	while (gs_ring_count(GS_RING_CONTROL) &&
	       gs_ring_take(GS_RING_CONTROL, &cmd)) {
		error = gs_check_command(GS_RING_CONTROL, &cmd);
		if (!error)
			error = gs_command_execute(&cmd);
		if (error)
			gs_refuse(GS_RING_CONTROL, &cmd, error);
	}
}

bool gs_command_shutdown(void)
{
	return gs_shutdown;
}

void gs_command_finish(void)
{
	struct gs_event event = { .type = GS_EVENT_SHUTDOWN,
				  .cookie = gs_shutdown_cookie };
	struct gs_fw_job job;

	/* What the rings are known to hold is finite: nobody looks again. */
	for (;;) {
		gs_command_take_jobs();
		if (!gs_sched_pop(&job))
			break;
		gs_job_drop(&job);
	}
	gs_log(GS_LOG_INFO, "shut down after %lu jobs", gs_job_count());
	gs_event_publish(&event);
}
