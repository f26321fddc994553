/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_MBOX_H
#define GS_MBOX_H

#include <linux/list.h>
#include <linux/spinlock.h>

#include <genesys/hw_abi.h>

struct gs_ctx;
struct gs_device;
struct gs_job;

/**
 * enum gs_mbox_state - may the rings be used?
 */
enum gs_mbox_state {
	/** @GS_MBOX_DOWN: no: jobs wait until they are up again, or fail with &gs_mbox.error */
	GS_MBOX_DOWN,

	/** @GS_MBOX_BOOTING: events are taken, commands are not sent yet */
	GS_MBOX_BOOTING,

	/** @GS_MBOX_UP: yes */
	GS_MBOX_UP,
};

/**
 * struct gs_mbox - the conversation with the firmware
 *
 * Everything is protected by @lock, which is taken in the interrupt: the ends of
 * jobs are taken where they are told, without a thread in between.
 */
struct gs_mbox {
	/** @area: coherent memory shared with the firmware */
	struct gs_ring_area *area;

	/** @dma: bus address of @area */
	dma_addr_t dma;

	/** @doorbells: rings that got commands and whose doorbell was not rung yet */
	unsigned long doorbells;

	/** @lock: protects all members but @area and @dma; taken in interrupts */
	spinlock_t lock;

	/** @state: see there */
	enum gs_mbox_state state;

	/** @error: what becomes of jobs while @state is %GS_MBOX_DOWN; 0: they wait */
	int error;

	/** @broken: the firmware wrote nonsense; nothing is taken until a reset */
	bool broken;

	/** @cmd_tail: producer counters; the copies in memory are not trusted */
	u32 cmd_tail[GS_NUM_CMD_RINGS];

	/** @event_head: consumer counter of the event ring */
	u32 event_head;

	/** @boot: the firmware's handshake; type GS_EVENT_NONE until it came */
	struct gs_event boot;

	/** @jobs_ran: jobs reported since the boot that the core had started */
	u64 jobs_ran;

	/** @heard: when the latest event was taken, in jiffies */
	unsigned long heard;

	/** @num_sent: entries of @sent */
	u32 num_sent;

	/** @peak_sent: most jobs without answer when an event of a job came */
	u32 peak_sent;

	/** @status_asked: cookie of the latest GS_CMD_STATUS */
	u64 status_asked;

	/** @status_answered: cookie of the latest answer */
	u64 status_answered;

	/** @sent: jobs whose commands are in a ring or were taken, in order */
	struct list_head sent;

	/** @waiting: jobs for whose command there was no room or no firmware, in order */
	struct list_head waiting[GS_NUM_CMD_RINGS];

	/** @removals: contexts whose GS_CMD_CTX_REMOVE is not sent yet */
	struct list_head removals;
};

int gs_mbox_init(struct gs_device *gdev);
void gs_mbox_start(struct gs_device *gdev);
void gs_mbox_up(struct gs_device *gdev);
void gs_mbox_down(struct gs_device *gdev, struct list_head *lost);
void gs_mbox_fail(struct gs_device *gdev, struct list_head *lost, int error);
bool gs_mbox_booted(struct gs_device *gdev, struct gs_event *boot);

bool gs_mbox_drain_some(struct gs_device *gdev);
void gs_mbox_drain(struct gs_device *gdev);
int gs_mbox_ping(struct gs_device *gdev);
bool gs_mbox_alive(struct gs_device *gdev);
int gs_mbox_run(struct gs_device *gdev, struct gs_job *job);
void gs_mbox_cancel(struct gs_device *gdev, struct gs_ctx *ctx);

#endif /* GS_MBOX_H */
