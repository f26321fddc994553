// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rings: commands to the firmware, events from it, and which job is where
 * in between.
 */
#include <kunit/visibility.h>
#include <linux/dma-fence.h>
#include <linux/dma-mapping.h>
#include <linux/iopoll.h>

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
	return drmm_mutex_init(&gdev->drm, &mbox->lock);
}

/**
 * gs_mbox_start() - give a device that was reset empty rings
 * @gdev: the device
 */
void gs_mbox_start(struct gs_device *gdev)
{
	struct gs_mbox *mbox = &gdev->mbox;

	mutex_lock(&mbox->lock);
	memset(mbox->area, 0, sizeof(*mbox->area));
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
	mutex_unlock(&mbox->lock);
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

static void gs_mbox_flush_locked(struct gs_device *gdev)
{
	gs_mbox_fill_locked(gdev);
	gs_mbox_ring(gdev, gs_mbox_take_doorbells_locked(gdev));
}

/**
 * gs_mbox_up() - the firmware takes commands: send those that waited
 * @gdev: the device
 */
void gs_mbox_up(struct gs_device *gdev)
{
	mutex_lock(&gdev->mbox.lock);
	gdev->mbox.state = GS_MBOX_UP;
	gs_mbox_flush_locked(gdev);
	mutex_unlock(&gdev->mbox.lock);
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

static void gs_mbox_drain_locked(struct gs_device *gdev)
{
	struct gs_mbox *mbox = &gdev->mbox;
	struct gs_ring_ctl *ctl = &mbox->area->event_ctl;
	u32 count;
	int ret = 0;

	lockdep_assert_held(&mbox->lock);

	if (mbox->state == GS_MBOX_DOWN || mbox->broken)
		return;
	count = le32_to_cpu(READ_ONCE(ctl->tail)) - mbox->event_head;
	if (count > GS_EVENT_ENTRIES)
		ret = -EPROTO;
	/* The counter before the entries it covers. */
	dma_rmb();
	for (; count && !ret; count--)
		ret = gs_mbox_take_locked(gdev);
	if (ret) {
		mbox->broken = true;
		gs_reset_request(gdev, gs_reset_epoch(gdev), "Firmware wrote a bad event");
		return;
	}
	gs_mbox_free_events_locked(gdev);
	gs_mbox_flush_locked(gdev);
}

/**
 * gs_mbox_drain() - take the events there are
 * @gdev: the device
 */
void gs_mbox_drain(struct gs_device *gdev)
{
	mutex_lock(&gdev->mbox.lock);
	gs_mbox_drain_locked(gdev);
	mutex_unlock(&gdev->mbox.lock);
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
	mutex_lock(&gdev->mbox.lock);
	gs_mbox_drain_locked(gdev);
	*boot = gdev->mbox.boot;
	mutex_unlock(&gdev->mbox.lock);
	return boot->type != cpu_to_le32(GS_EVENT_NONE);
}

static bool gs_mbox_answered(struct gs_device *gdev, u64 cookie)
{
	bool answered;

	mutex_lock(&gdev->mbox.lock);
	gs_mbox_drain_locked(gdev);
	answered = gdev->mbox.status_answered >= cookie;
	mutex_unlock(&gdev->mbox.lock);
	return answered;
}

static int gs_mbox_ask_status(struct gs_device *gdev, u64 *cookie)
{
	struct gs_mbox *mbox = &gdev->mbox;
	struct gs_cmd cmd = { .type = cpu_to_le32(GS_CMD_STATUS) };
	int ret = -ENOTCONN;
	u32 pos;

	mutex_lock(&mbox->lock);
	*cookie = mbox->status_asked + 1;
	cmd.cookie = cpu_to_le64(*cookie);
	if (mbox->state == GS_MBOX_UP && !mbox->broken)
		ret = gs_mbox_send_locked(gdev, GS_RING_CONTROL, &cmd, &pos);
	if (!ret)
		mbox->status_asked++;
	gs_mbox_ring(gdev, gs_mbox_take_doorbells_locked(gdev));
	mutex_unlock(&mbox->lock);
	return ret;
}

/**
 * gs_mbox_ping() - is the firmware alive?
 * @gdev: the device
 *
 * Return: 0 if it is, -ETIMEDOUT if it is silent, -EBUSY if it does not even
 * take commands, -ENOTCONN if it is known not to be running.
 */
int gs_mbox_ping(struct gs_device *gdev)
{
	bool answered;
	u64 cookie;
	int ret;

	ret = gs_mbox_ask_status(gdev, &cookie);
	if (ret)
		return ret;
	return read_poll_timeout(gs_mbox_answered, answered, answered, USEC_PER_MSEC,
				 GS_PING_TIMEOUT_US, false, gdev, cookie);
}
EXPORT_SYMBOL_IF_KUNIT(gs_mbox_ping);

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
	unsigned long doorbells;

	mutex_lock(&mbox->lock);
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
	mutex_unlock(&mbox->lock);
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
	struct gs_job *job;

	mutex_lock(&mbox->lock);
	job = ctx->running;
	if (job && job->state == GS_JOB_WAITING) {
		gs_mbox_cancel_job_locked(job);
	} else if (job && list_empty(&ctx->removal)) {
		list_add_tail(&ctx->removal, &mbox->removals);
		gs_mbox_flush_locked(gdev);
	}
	mutex_unlock(&mbox->lock);
	dma_fence_end_signalling(cookie);
}
EXPORT_SYMBOL_IF_KUNIT(gs_mbox_cancel);

/* ---- the end of a firmware ----------------------------------------------- */

/*
 * May the core have been given the job? The firmware, which was stopped, starts
 * one after it has reported the one before. None was if all that were started
 * were reported; else it is the one noted last.
 */
static bool gs_mbox_may_have_run(struct gs_device *gdev, const struct gs_job *job)
{
	struct gs_mbox *mbox = &gdev->mbox;
	u32 head = le32_to_cpu(READ_ONCE(mbox->area->cmd_ctl[job->ctx->ring].head));
	u32 left = mbox->cmd_tail[job->ctx->ring] - head;
	u32 ctx = gs_read(gdev->regs, GS_REG_FW_SCRATCH(GS_SCRATCH_JOB_CTX));
	u32 seqno = gs_read(gdev->regs, GS_REG_FW_SCRATCH(GS_SCRATCH_JOB_SEQNO));
	u64 unreported = gs_device_read_counter(gdev, GS_REG_JOBS_STARTED) - mbox->jobs_ran;
	u32 status = gs_read(gdev->regs, GS_REG_STATUS);

	/* Of the last entries the firmware has not even taken the command. */
	if (left <= GS_CMD_ENTRIES && mbox->cmd_tail[job->ctx->ring] - job->ring_pos <= left)
		return false;
	/* A device that is gone, or a firmware that goes on: anything may be. */
	if (status == GS_REGS_GONE || status & GS_STATUS_CP_RUNNING)
		return true;
	if (unreported != 1 || !ctx)
		return unreported;
	return ctx == job->ctx->id && seqno == lower_32_bits(gs_job_seqno(job));
}

/**
 * gs_mbox_down() - take what events there are, and no more
 * @gdev: the device, going to be stopped, with its firmware stopped
 * @lost: gets the jobs that may have run; the others wait for the next start
 */
void gs_mbox_down(struct gs_device *gdev, struct list_head *lost)
{
	struct gs_mbox *mbox = &gdev->mbox;
	struct gs_job *job, *prev;

	mutex_lock(&mbox->lock);
	gs_mbox_drain_locked(gdev);
	mbox->state = GS_MBOX_DOWN;
	mbox->num_sent = 0;
	mbox->hung = gs_read(gdev->regs, GS_REG_FW_SCRATCH(GS_SCRATCH_STAGE)) ==
		     GS_STAGE_CORE_HUNG;
	/* Backwards, each before those that waited already: order is kept. */
	list_for_each_entry_safe_reverse(job, prev, &mbox->sent, link) {
		if (gs_mbox_may_have_run(gdev, job)) {
			list_move(&job->link, lost);
		} else {
			job->state = GS_JOB_WAITING;
			list_move(&job->link, &mbox->waiting[job->ctx->ring]);
		}
	}
	mutex_unlock(&mbox->lock);
}
EXPORT_SYMBOL_IF_KUNIT(gs_mbox_down);

static void gs_mbox_fail_list_locked(struct list_head *jobs, const struct gs_job_end *end)
{
	struct gs_job *job, *next;

	list_for_each_entry_safe(job, next, jobs, link)
		gs_job_end(job, end);
}

static void gs_mbox_fail_lost_locked(struct gs_mbox *mbox, struct list_head *lost,
				     const struct gs_job_end *end)
{
	const struct gs_job_end hang = {
		.error = -ETIME,
		.cause = DRM_GENESYS_CAUSE_HANG,
		.guilty = true,
	};

	gs_mbox_fail_list_locked(lost, mbox->hung && end->error == -EIO ? &hang : end);
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
	unsigned int ring;

	mutex_lock(&mbox->lock);
	if (lost) {
		gs_mbox_fail_lost_locked(mbox, lost, &end);
	} else {
		mbox->error = error;
		for (ring = 0; ring < GS_NUM_CMD_RINGS; ring++)
			gs_mbox_fail_list_locked(&mbox->waiting[ring], &end);
	}
	mutex_unlock(&mbox->lock);
}
EXPORT_SYMBOL_IF_KUNIT(gs_mbox_fail);
