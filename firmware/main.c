/* SPDX-License-Identifier: MIT */
/*
 * Firmware of the command processor: takes jobs from the command rings, gives
 * them to the core one at a time, answers through the event ring.
 *
 * Everything happens in one loop, which sleeps when there is nothing to do.
 * Interrupts end the sleep; none is taken as a trap.
 */
#include <stdint.h>

#include "firmware/command.h"
#include "firmware/cp.h"
#include "firmware/event.h"
#include "firmware/host.h"
#include "firmware/image.h"
#include "firmware/job.h"
#include "firmware/log.h"
#include "firmware/ring.h"
#include "firmware/sched.h"
#include "firmware/watchdog.h"

/* Event doorbells matter only to who waits for room. */
#define GS_MAIN_IRQS (GS_IRQ_RINGS | GS_CP_IRQ_CORE)

_Noreturn void gs_main(void);

static _Noreturn void gs_stop(enum gs_fw_stage stage)
{
	gs_stage_set(stage);
	for (;;) {
		gs_cp_write(GS_CP_STOP, 1);
		gs_cp_wait(0);
	}
}

static enum gs_fw_stage gs_check_device(void)
{
	if (gs_cp_read(GS_CP_ID(GS_REG_MAGIC)) != GS_HW_MAGIC ||
	    gs_cp_read(GS_CP_ID(GS_REG_ABI_VERSION)) != GS_ABI_VERSION ||
	    gs_cp_read(GS_CP_ID(GS_REG_ABI_HASH)) != GS_ABI_HASH)
		return GS_STAGE_BAD_DEVICE;
	return GS_STAGE_DEVICE_OK;
}

static void gs_boot(void)
{
	enum gs_fw_stage stage;
	struct gs_event event = {
		.type = GS_EVENT_BOOT,
		.arg0 = GS_FW_VERSION,
		.arg1 = GS_ABI_HASH,
		.arg2 = GS_FW_FEATURES,
	};

	gs_stage_set(GS_STAGE_ENTERED);
	stage = gs_check_device();
	if (stage < GS_STAGE_ERROR)
		stage = gs_host_init();
	if (stage < GS_STAGE_ERROR && gs_event_init())
		stage = GS_STAGE_BAD_EVENT_RING;
	if (stage > GS_STAGE_ERROR)
		gs_stop(stage);
	gs_stage_set(stage);
	gs_log_init();
	gs_ring_init();
	gs_sched_init();
	gs_log(GS_LOG_INFO, "firmware %lu.%lu.%lu, %lu address spaces, %lu kHz",
	       (unsigned long)GS_FW_VERSION >> 16,
	       (unsigned long)GS_FW_VERSION >> 8 & 0xff,
	       (unsigned long)GS_FW_VERSION & 0xff,
	       gs_cp_read(GS_CP_ID(GS_REG_NUM_ASIDS)),
	       gs_cp_read(GS_CP_ID(GS_REG_TIMESTAMP_KHZ)));
	gs_event_publish(&event);
	gs_stage_set(GS_STAGE_RUNNING);
}

/*
 * A control command may name a job whose own command came before it: the
 * control ring is looked at first, and if it has something, then all.
 */
static void gs_look(uint32_t pending)
{
	if (pending & GS_CP_IRQ_DOORBELL(GS_RING_CONTROL)) {
		gs_ring_refresh(GS_RING_CONTROL);
		pending = GS_IRQ_RINGS;
	}
	for (uint32_t r = GS_SCHED_FIRST_RING; r < GS_NUM_CMD_RINGS; r++)
		if (pending & GS_CP_IRQ_DOORBELL(r))
			gs_ring_refresh(r);
}

static void gs_step(uint32_t pending)
{
	struct gs_fw_job job;

	gs_look(pending);
	gs_job_poll();
	gs_command_take_jobs();
	gs_command_run();
	if (gs_job_running())
		return;
	if (gs_command_shutdown()) {
		gs_command_finish();
		gs_stop(GS_STAGE_STOPPED);
	}
	if (gs_sched_pop(&job))
		gs_job_start(&job);
}

_Noreturn void gs_main(void)
{
	uint32_t pending = GS_IRQ_RINGS; /* of before the boot */

	gs_boot();
	for (;;) {
		gs_step(pending);
		gs_watchdog_sleep(GS_MAIN_IRQS);
		pending = gs_cp_irq_take(GS_MAIN_IRQS);
	}
}
