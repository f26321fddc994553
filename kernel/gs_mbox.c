// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rings: commands to the firmware, events from it, and which job is where
 * in between.
 */
#include <kunit/visibility.h>
#include <linux/delay.h>
#include <linux/dma-fence.h>
#include <linux/dma-mapping.h>

#include <drm/drm_managed.h>
#include <drm/genesys_accel.h>

#include "gs_ctx.h"
#include "gs_device.h"
#include "gs_event.h"
#include "gs_job.h"
#include "gs_mbox.h"
#include "gs_trace.h"

/* A firmware that is alive answers at once, even with a job on the core. */
#define GS_PING_TIMEOUT_US (100 * USEC_PER_MSEC)

/* Events taken with interrupts off: a few microseconds each. */
#define GS_MBOX_BATCH 64

/**
 * gs_mbox_init() - allocate the rings
 * @gdev: the device
 *
 * Return: 0 or negative errno.
 */
int gs_mbox_init(struct gs_device *gdev)
{
	struct gs_mbox *mbox = &gdev->mbox;
	unsigned int ring;

	INIT_LIST_HEAD(&mbox->sent);
	INIT_LIST_HEAD(&mbox->removals);
	for (ring = 0; ring < GS_NUM_CMD_RINGS; ring++)
		INIT_LIST_HEAD(&mbox->waiting[ring]);
	mbox->area = dmam_alloc_coherent(gdev->drm.dev, PAGE_ALIGN(sizeof(*mbox->area)),
					 &mbox->dma, GFP_KERNEL);
	if (!mbox->area)
		return -ENOMEM;
	spin_lock_init(&mbox->lock);
	return 0;
}

/**
 * gs_mbox_start() - give a device that was reset empty rings
 * @gdev: the device
 */
void gs_mbox_start(struct gs_device *gdev)
{
	struct gs_mbox *mbox = &gdev->mbox;
	unsigned long flags;

	/* Nobody looks at the rings now, and it takes a while. */
	memset(mbox->area, 0, sizeof(*mbox->area));
	spin_lock_irqsave(&mbox->lock, flags);
	mbox->area->magic = cpu_to_le32(GS_RING_MAGIC);
	mbox->area->abi_version = cpu_to_le32(GS_ABI_VERSION);
	mbox->area->log_level = cpu_to_le32(GS_LOG_INFO);
	memset(mbox->cmd_tail, 0, sizeof(mbox->cmd_tail));
	mbox->event_head = 0;
	mbox->boot = (struct gs_event){ };
	mbox->jobs_ran = 0;
	mbox->broken = false;
	mbox->error = 0;
	mbox->state = GS_MBOX_BOOTING;
	gs_write64(gdev->regs, GS_REG_RING_ADDR, mbox->dma);
	spin_unlock_irqrestore(&mbox->lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(gs_mbox_start);

/* ---- commands ------------------------------------------------------------ */

/* -EBUSY: the ring is full. @pos: counter of the entry. */
static int gs_mbox_send_locked(struct gs_device *gdev, u32 ring,
			       const struct gs_cmd *cmd, u32 *pos)
{
	struct gs_mbox *mbox = &gdev->mbox;
	struct gs_ring_ctl *ctl = &mbox->area->cmd_ctl[ring];
	u32 tail = mbox->cmd_tail[ring];
	u32 used = tail - le32_to_cpu(READ_ONCE(ctl->head));

	lockdep_assert_held(&mbox->lock);

	if (used > GS_CMD_ENTRIES) {
		mbox->broken = true;
		gs_reset_request(gdev, gs_reset_epoch(gdev),
				 "Firmware wrote a bad head of a command ring");
		return -EBUSY;
	}
	if (used == GS_CMD_ENTRIES)
		return -EBUSY;
	mbox->area->cmd[ring][tail % GS_CMD_ENTRIES] = *cmd;
	/* The entry before the counter that gives it to the firmware. */
	dma_wmb();
	mbox->cmd_tail[ring] = tail + 1;
	WRITE_ONCE(ctl->tail, cpu_to_le32(tail + 1));
	__set_bit(ring, &mbox->doorbells);
	*pos = tail;
	return 0;
}

static unsigned long gs_mbox_take_doorbells_locked(struct gs_device *gdev)
{
	unsigned long doorbells = gdev->mbox.doorbells;

	gdev->mbox.doorbells = 0;
	return doorbells;
}

static void gs_mbox_ring(struct gs_device *gdev, unsigned long doorbells)
{
	unsigned int ring;

	/* writel() orders the counters before the doorbell. */
	for_each_set_bit(ring, &doorbells, GS_NUM_CMD_RINGS)
		gs_write(gdev->regs, GS_REG_DOORBELL(ring), 1);
}

static void gs_mbox_cancel_job_locked(struct gs_job *job)
{
	const struct gs_job_end end = { .error = -ECANCELED };

	gs_job_end(job, &end);
}

/* Move a job from @mbox.waiting to the ring. False: there is no room. */
static bool gs_mbox_send_job_locked(struct gs_device *gdev, struct gs_job *job)
{
	if (gs_mbox_send_locked(gdev, job->ctx->ring, &job->cmd, &job->ring_pos))
		return false;
	job->state = GS_JOB_SENT;
	gdev->mbox.num_sent++;
	list_move_tail(&job->link, &gdev->mbox.sent);
	trace_gs_job_send(job->ctx->id, gs_job_seqno(job), 0);
	return true;
}

static void gs_mbox_flush_removals_locked(struct gs_device *gdev)
{
	struct gs_mbox *mbox = &gdev->mbox;
	struct gs_ctx *ctx, *next;
	u32 pos;

	list_for_each_entry_safe(ctx, next, &mbox->removals, removal) {
		const struct gs_cmd cmd = {
			.type = cpu_to_le32(GS_CMD_CTX_REMOVE),
			.ctx = cpu_to_le32(ctx->id),
			.cookie = cpu_to_le64(ctx->id),
		};

		if (gs_mbox_send_locked(gdev, GS_RING_CONTROL, &cmd, &pos))
			return;
		list_del_init(&ctx->removal);
	}
}

/* Put into the rings what had no room before. */
static void gs_mbox_fill_locked(struct gs_device *gdev)
{
	struct gs_mbox *mbox = &gdev->mbox;
	struct gs_job *job, *next;
	unsigned int ring;

	if (mbox->state != GS_MBOX_UP || mbox->broken)
		return;
	gs_mbox_flush_removals_locked(gdev);
	for (ring = 0; ring < GS_NUM_CMD_RINGS; ring++) {
		list_for_each_entry_safe(job, next, &mbox->waiting[ring], link) {
			if (gs_ctx_status(job->ctx).cancelled)
				gs_mbox_cancel_job_locked(job);
			else if (!gs_mbox_send_job_locked(gdev, job))
				break;
		}
	}
}

/**
 * gs_mbox_up() - the firmware takes commands: send those that waited
 * @gdev: the device
 */
void gs_mbox_up(struct gs_device *gdev)
{
	unsigned long flags, doorbells;

	spin_lock_irqsave(&gdev->mbox.lock, flags);
	gdev->mbox.state = GS_MBOX_UP;
	gs_mbox_fill_locked(gdev);
	doorbells = gs_mbox_take_doorbells_locked(gdev);
	spin_unlock_irqrestore(&gdev->mbox.lock, flags);
	gs_mbox_ring(gdev, doorbells);
}
EXPORT_SYMBOL_IF_KUNIT(gs_mbox_up);

/* ---- events -------------------------------------------------------------- */

/* One event; copied once, for the firmware could change it. */
static int gs_mbox_take_locked(struct gs_device *gdev)
{
	struct gs_mbox *mbox = &gdev->mbox;
	struct gs_event event = mbox->area->event[mbox->event_head % GS_EVENT_ENTRIES];

	trace_gs_event(le32_to_cpu(event.type), le32_to_cpu(event.ctx),
		       le64_to_cpu(event.seqno), le32_to_cpu(event.status));
	mbox->event_head++;
	return gs_event_handle(gdev, &event);
}

static void gs_mbox_free_events_locked(struct gs_device *gdev)
{
	struct gs_mbox *mbox = &gdev->mbox;
	struct gs_ring_ctl *ctl = &mbox->area->event_ctl;
	u32 head = le32_to_cpu(READ_ONCE(ctl->head));

	if (mbox->event_head == head)
		return;
	/* The entries were read before the firmware may write over them. */
	mb();
	WRITE_ONCE(ctl->head, cpu_to_le32(mbox->event_head));
	/* It waits for room only if it filled the ring before it could see this. */
	mb();
	if (le32_to_cpu(READ_ONCE(ctl->tail)) - head >= GS_EVENT_ENTRIES)
		gs_write(gdev->regs, GS_REG_EVENT_DOORBELL, 1);
}

/* Up to @max events. True: there are more. */
static bool gs_mbox_drain_locked(struct gs_device *gdev, u32 max)
{
	struct gs_mbox *mbox = &gdev->mbox;
	struct gs_ring_ctl *ctl = &mbox->area->event_ctl;
	u32 count, i;
	int ret = 0;

	lockdep_assert_held(&mbox->lock);

	if (mbox->state == GS_MBOX_DOWN || mbox->broken)
		return false;
	count = le32_to_cpu(READ_ONCE(ctl->tail)) - mbox->event_head;
	if (count > GS_EVENT_ENTRIES)
		ret = -EPROTO;
	if (count)
		mbox->heard = jiffies;
	/* The counter before the entries it covers. */
	dma_rmb();
	for (i = 0; i < min(count, max) && !ret; i++)
		ret = gs_mbox_take_locked(gdev);
	if (ret) {
		mbox->broken = true;
		gs_reset_request(gdev, gs_reset_epoch(gdev), "Firmware wrote a bad event");
		return false;
	}
	gs_mbox_free_events_locked(gdev);
	gs_mbox_fill_locked(gdev);
	return count > max;
}

/**
 * gs_mbox_drain_some() - take events, but not for long
 * @gdev: the device
 *
 * From any context.
 *
 * Return: true if there are more.
 */
bool gs_mbox_drain_some(struct gs_device *gdev)
{
	unsigned long flags, doorbells;
	bool more;

	spin_lock_irqsave(&gdev->mbox.lock, flags);
	more = gs_mbox_drain_locked(gdev, GS_MBOX_BATCH);
	doorbells = gs_mbox_take_doorbells_locked(gdev);
	spin_unlock_irqrestore(&gdev->mbox.lock, flags);
	gs_mbox_ring(gdev, doorbells);
	return more;
}

/**
 * gs_mbox_drain() - take the events there are
 * @gdev: the device
 */
void gs_mbox_drain(struct gs_device *gdev)
{
	while (gs_mbox_drain_some(gdev))
		cond_resched();
}
EXPORT_SYMBOL_IF_KUNIT(gs_mbox_drain);

/**
 * gs_mbox_booted() - has the firmware said hello?
 * @gdev: the device
 * @boot: out: the event, if it has
 *
 * Return: true if it has.
 */
bool gs_mbox_booted(struct gs_device *gdev, struct gs_event *boot)
{
	unsigned long flags;

	gs_mbox_drain(gdev);
	spin_lock_irqsave(&gdev->mbox.lock, flags);
	*boot = gdev->mbox.boot;
	spin_unlock_irqrestore(&gdev->mbox.lock, flags);
	return boot->type != cpu_to_le32(GS_EVENT_NONE);
}

/* What a ping has seen of a firmware that lives. */
struct gs_mbox_ping {
	/* of its GS_CMD_STATUS; 0: not sent yet */
	u64 cookie;

	/* entries of the control ring the firmware took, events it wrote */
	u32 taken, told;
};

/* 0: it answered; -EINPROGRESS; -ENOTCONN: the rings are not in use. */
static int gs_mbox_ping_locked(struct gs_device *gdev, struct gs_mbox_ping *ping)
{
	struct gs_mbox *mbox = &gdev->mbox;
	struct gs_cmd cmd = {
		.type = cpu_to_le32(GS_CMD_STATUS),
		.cookie = cpu_to_le64(mbox->status_asked + 1),
	};
	u32 pos;

	if (mbox->state != GS_MBOX_UP || mbox->broken)
		return -ENOTCONN;
	if (!ping->cookie && !gs_mbox_send_locked(gdev, GS_RING_CONTROL, &cmd, &pos))
		ping->cookie = ++mbox->status_asked;
	ping->taken = le32_to_cpu(READ_ONCE(mbox->area->cmd_ctl[GS_RING_CONTROL].head));
	ping->told = mbox->event_head;
	return ping->cookie && mbox->status_answered >= ping->cookie ? 0 : -EINPROGRESS;
}

static int gs_mbox_ping_once(struct gs_device *gdev, struct gs_mbox_ping *ping)
{
	unsigned long flags, doorbells;
	int ret;

	gs_mbox_drain(gdev);
	spin_lock_irqsave(&gdev->mbox.lock, flags);
	ret = gs_mbox_ping_locked(gdev, ping);
	doorbells = gs_mbox_take_doorbells_locked(gdev);
	spin_unlock_irqrestore(&gdev->mbox.lock, flags);
	gs_mbox_ring(gdev, doorbells);
	return ret;
}

/**
 * gs_mbox_ping() - is the firmware alive?
 * @gdev: the device
 *
 * It may have hundreds of commands to take first, and gets the time for as long
 * as it goes on taking them.
 *
 * Return: 0 if it is, -ETIMEDOUT if it is silent, -EBUSY if it does not even
 * take commands, -ENOTCONN if it is known not to be running.
 */
int gs_mbox_ping(struct gs_device *gdev)
{
	struct gs_mbox_ping ping = { }, last;
	ktime_t end = ktime_add_us(ktime_get(), GS_PING_TIMEOUT_US);
	bool late;
	int ret;

	for (;;) {
		last = ping;
		late = ktime_after(ktime_get(), end);
		ret = gs_mbox_ping_once(gdev, &ping);
		if (ret != -EINPROGRESS)
			return ret;
		if (ping.taken != last.taken || ping.told != last.told)
			end = ktime_add_us(ktime_get(), GS_PING_TIMEOUT_US);
		else if (late)
			return ping.cookie ? -ETIMEDOUT : -EBUSY;
		usleep_range(USEC_PER_MSEC / 2, USEC_PER_MSEC);
	}
}
EXPORT_SYMBOL_IF_KUNIT(gs_mbox_ping);

/**
 * gs_mbox_alive() - is the firmware known to be alive?
 * @gdev: the device
 *
 * Return: true if there was an event so lately that it need not be asked; else
 * gs_mbox_ping() finds out.
 */
bool gs_mbox_alive(struct gs_device *gdev)
{
	return time_before(jiffies, READ_ONCE(gdev->mbox.heard) +
				    usecs_to_jiffies(GS_PING_TIMEOUT_US));
}
EXPORT_SYMBOL_IF_KUNIT(gs_mbox_alive);

/* ---- jobs ---------------------------------------------------------------- */

/**
 * gs_mbox_run() - give a job to the firmware, now or as soon as possible
 * @gdev: the device
 * @job: whose dependencies have signalled; the only one of its context
 *
 * The caller is within drm_dev_enter(): the doorbell comes after the lock, for
 * the answer may be there before the register write has returned, and who takes
 * it wants the lock.
 *
 * Return: 0, or the error the job ended with.
 */
int gs_mbox_run(struct gs_device *gdev, struct gs_job *job)
{
	struct gs_mbox *mbox = &gdev->mbox;
	struct gs_ctx *ctx = job->ctx;
	struct gs_ctx_status status;
	struct gs_job_end end = { };
	unsigned long flags, doorbells;

	spin_lock_irqsave(&mbox->lock, flags);
	status = gs_ctx_status(ctx);
	if (status.guilty || status.cancelled)
		end.error = -ECANCELED;
	else
		end.error = mbox->error;
	if (end.error) {
		gs_job_end(job, &end);
	} else {
		ctx->running = job;
		job->state = GS_JOB_WAITING;
		list_add_tail(&job->link, &mbox->waiting[ctx->ring]);
		gs_mbox_fill_locked(gdev);
	}
	doorbells = gs_mbox_take_doorbells_locked(gdev);
	spin_unlock_irqrestore(&mbox->lock, flags);
	gs_mbox_ring(gdev, doorbells);
	return end.error;
}
EXPORT_SYMBOL_IF_KUNIT(gs_mbox_run);

/**
 * gs_mbox_cancel() - end the job of a context that was cancelled
 * @gdev: the device
 * @ctx: whose status says so
 *
 * A job on the core is aborted; does not wait for that.
 */
void gs_mbox_cancel(struct gs_device *gdev, struct gs_ctx *ctx)
{
	struct gs_mbox *mbox = &gdev->mbox;
	bool cookie = dma_fence_begin_signalling();
	unsigned long flags, doorbells;
	struct gs_job *job;

	spin_lock_irqsave(&mbox->lock, flags);
	job = ctx->running;
	if (job && job->state == GS_JOB_WAITING) {
		gs_mbox_cancel_job_locked(job);
	} else if (job && list_empty(&ctx->removal)) {
		list_add_tail(&ctx->removal, &mbox->removals);
		gs_mbox_fill_locked(gdev);
	}
	doorbells = gs_mbox_take_doorbells_locked(gdev);
	spin_unlock_irqrestore(&mbox->lock, flags);
	gs_mbox_ring(gdev, doorbells);
	dma_fence_end_signalling(cookie);
}
EXPORT_SYMBOL_IF_KUNIT(gs_mbox_cancel);

/* ---- the end of a firmware ----------------------------------------------- */

/* What the registers say of a firmware that was stopped. */
struct gs_mbox_autopsy {
	/* cannot be known: the device is gone, or the firmware goes on */
	bool unknown;

	/* jobs the core was given and no event reported */
	u64 unreported;

	/* the job noted last, a context of 0 if there is none */
	u32 ctx, seqno;

	/* the core ignored the watchdog, which had ended that job */
	bool hung;
};

static struct gs_mbox_autopsy gs_mbox_examine(struct gs_device *gdev)
{
	u32 status = gs_read(gdev->regs, GS_REG_STATUS);

	return (struct gs_mbox_autopsy){
		.unknown = status == GS_REGS_GONE || status & GS_STATUS_CP_RUNNING,
		.unreported = gs_device_read_counter(gdev, GS_REG_JOBS_STARTED) -
			      gdev->mbox.jobs_ran,
		.ctx = gs_read(gdev->regs, GS_REG_FW_SCRATCH(GS_SCRATCH_JOB_CTX)),
		.seqno = gs_read(gdev->regs, GS_REG_FW_SCRATCH(GS_SCRATCH_JOB_SEQNO)),
		.hung = gs_read(gdev->regs, GS_REG_FW_SCRATCH(GS_SCRATCH_STAGE)) ==
			GS_STAGE_CORE_HUNG,
	};
}

static bool gs_mbox_is_noted(const struct gs_mbox_autopsy *found, const struct gs_job *job)
{
	return found->ctx == job->ctx->id &&
	       found->seqno == lower_32_bits(gs_job_seqno(job));
}

/*
 * May the core have been given the job? The firmware, which was stopped, starts
 * one after it has reported the one before. None was if all that were started
 * were reported; else it is the one noted last.
 */
static bool gs_mbox_may_have_run(const struct gs_mbox *mbox, const struct gs_job *job,
				 const struct gs_mbox_autopsy *found)
{
	u32 head = le32_to_cpu(READ_ONCE(mbox->area->cmd_ctl[job->ctx->ring].head));
	u32 left = mbox->cmd_tail[job->ctx->ring] - head;

	/* Of the last entries the firmware has not even taken the command. */
	if (left <= GS_CMD_ENTRIES && mbox->cmd_tail[job->ctx->ring] - job->ring_pos <= left)
		return false;
	if (found->unknown)
		return true;
	if (found->unreported != 1 || !found->ctx)
		return found->unreported;
	return gs_mbox_is_noted(found, job);
}

/* Backwards, each before those that waited already: order is kept. */
static void gs_mbox_sort_locked(struct gs_mbox *mbox, const struct gs_mbox_autopsy *found,
				struct list_head *lost)
{
	struct gs_job *job, *prev;

	list_for_each_entry_safe_reverse(job, prev, &mbox->sent, link) {
		if (gs_mbox_may_have_run(mbox, job, found)) {
			job->hung = found->hung && gs_mbox_is_noted(found, job);
			list_move(&job->link, lost);
		} else {
			job->state = GS_JOB_WAITING;
			list_move(&job->link, &mbox->waiting[job->ctx->ring]);
		}
	}
}

/**
 * gs_mbox_down() - take what events there are, and no more
 * @gdev: the device, going to be stopped, with its firmware stopped
 * @lost: gets the jobs that may have run; the others wait for the next start
 */
void gs_mbox_down(struct gs_device *gdev, struct list_head *lost)
{
	struct gs_mbox *mbox = &gdev->mbox;
	struct gs_mbox_autopsy found;
	unsigned long flags;

	gs_mbox_drain(gdev);
	spin_lock_irqsave(&mbox->lock, flags);
	/* What came in between is little: the firmware is stopped. */
	gs_mbox_drain_locked(gdev, GS_EVENT_ENTRIES);
	gs_mbox_take_doorbells_locked(gdev);
	mbox->state = GS_MBOX_DOWN;
	mbox->num_sent = 0;
	found = gs_mbox_examine(gdev);
	gs_mbox_sort_locked(mbox, &found, lost);
	spin_unlock_irqrestore(&mbox->lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(gs_mbox_down);

/* False: the list is empty. */
static bool gs_mbox_fail_next_locked(struct list_head *jobs, const struct gs_job_end *end)
{
	const struct gs_job_end hang = {
		.error = -ETIME,
		.cause = DRM_GENESYS_CAUSE_HANG,
		.guilty = true,
	};
	struct gs_job *job = list_first_entry_or_null(jobs, struct gs_job, link);

	if (job)
		gs_job_end(job, job->hung && end->error == -EIO ? &hang : end);
	return job;
}

/* One at a time: there may be thousands, and interrupts are off. */
static void gs_mbox_fail_list(struct gs_mbox *mbox, struct list_head *jobs,
			      const struct gs_job_end *end)
{
	unsigned long flags;
	bool more;

	do {
		spin_lock_irqsave(&mbox->lock, flags);
		more = gs_mbox_fail_next_locked(jobs, end);
		spin_unlock_irqrestore(&mbox->lock, flags);
	} while (more);
}

/**
 * gs_mbox_fail() - end jobs that will not run any more
 * @gdev: the device, stopped
 * @lost: what gs_mbox_down() gave; NULL: all, and those that come, until the
 *	next start
 * @error: of their fences
 */
void gs_mbox_fail(struct gs_device *gdev, struct list_head *lost, int error)
{
	const struct gs_job_end end = { .error = error, .cause = DRM_GENESYS_CAUSE_RESET };
	struct gs_mbox *mbox = &gdev->mbox;
	unsigned long flags;
	unsigned int ring;

	if (lost) {
		gs_mbox_fail_list(mbox, lost, &end);
		return;
	}
	spin_lock_irqsave(&mbox->lock, flags);
	mbox->error = error;
	spin_unlock_irqrestore(&mbox->lock, flags);
	for (ring = 0; ring < GS_NUM_CMD_RINGS; ring++)
		gs_mbox_fail_list(mbox, &mbox->waiting[ring], &end);
}
EXPORT_SYMBOL_IF_KUNIT(gs_mbox_fail);
