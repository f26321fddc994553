// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the firmware says. Its events are not trusted: every field that leads
 * anywhere is checked, and one that cannot be true means that the firmware is
 * not to be relied on any more.
 */
#include <drm/genesys_accel.h>

#include "gs_ctx.h"
#include "gs_device.h"
#include "gs_event.h"
#include "gs_job.h"

/* The job an event is about, or NULL when there is none like it in the rings. */
static struct gs_job *gs_event_job(struct gs_device *gdev, const struct gs_event *event)
{
	/* What is in the table while &gs_mbox.lock is held stays that long. */
	struct gs_ctx *ctx = xa_load(&gdev->ctxs, le32_to_cpu(event->ctx));
	struct gs_job *job = ctx ? ctx->running : NULL;

	if (!job || job->state != GS_JOB_SENT || event->seqno != job->cmd.seqno ||
	    event->asid != job->cmd.asid || event->cookie != job->cmd.cookie)
		return NULL;
	return job;
}

static int gs_event_end(const struct gs_event *event, struct gs_job_end *end)
{
	u64 start = le64_to_cpu(event->time_start);
	u64 stop = le64_to_cpu(event->time_end);

	*end = (struct gs_job_end){
		.fault_code = le32_to_cpu(event->fault_code),
		.block = le32_to_cpu(event->block),
		.word = le32_to_cpu(event->word),
		.address = le64_to_cpu(event->address),
		.ticks = stop - start,
	};
	if (stop < start)
		return -EPROTO;
	switch (le32_to_cpu(event->status)) {
	case GS_JOB_OK:
		return 0;
	case GS_JOB_FAULT:
		end->error = -EIO;
		end->cause = DRM_GENESYS_CAUSE_CORE_FAULT;
		end->guilty = true;
		return 0;
	case GS_JOB_MMU_FAULT:
		end->error = -EFAULT;
		end->cause = DRM_GENESYS_CAUSE_MMU_FAULT;
		end->guilty = true;
		return 0;
	case GS_JOB_TIMEOUT:
		end->error = -ETIME;
		end->cause = DRM_GENESYS_CAUSE_HANG;
		end->guilty = true;
		return 0;
	case GS_JOB_ABORTED:
		end->error = -ECANCELED;
		return 0;
	default:
		return -EPROTO;
	}
}

static int gs_event_job_done(struct gs_device *gdev, const struct gs_event *event)
{
	struct gs_job *job = gs_event_job(gdev, event);
	struct gs_job_end end;
	int ret;

	if (!job)
		return -EPROTO;
	ret = gs_event_end(event, &end);
	if (ret)
		return ret;
	if (event->time_start)
		gdev->mbox.jobs_ran++;
	gdev->mbox.peak_sent = max(gdev->mbox.peak_sent, gdev->mbox.num_sent);
	gs_job_end(job, &end);
	return 0;
}

static int gs_event_bad_cmd(struct gs_device *gdev, const struct gs_event *event)
{
	const struct gs_job_end end = { .error = -EIO, .cause = DRM_GENESYS_CAUSE_RESET };
	u32 ring = le32_to_cpu(event->arg0);
	u32 error = le32_to_cpu(event->arg1);
	struct gs_job *job;

	if (ring >= GS_NUM_CMD_RINGS || !error || error > GS_CMD_NOT_FOUND)
		return -EPROTO;
	/* What is aborted may just have ended. */
	if (ring == GS_RING_CONTROL && error == GS_CMD_NOT_FOUND)
		return 0;
	dev_err_ratelimited(gdev->drm.dev, "Firmware refused a command of ring %u, context %u: error %u\n",
			    ring, le32_to_cpu(event->ctx), error);
	if (ring == GS_RING_CONTROL)
		return 0;
	job = gs_event_job(gdev, event);
	if (!job)
		return -EPROTO;
	gs_job_end(job, &end);
	return 0;
}

static int gs_event_status(struct gs_device *gdev, const struct gs_event *event)
{
	struct gs_mbox *mbox = &gdev->mbox;
	u64 cookie = le64_to_cpu(event->cookie);

	if (cookie <= mbox->status_answered || cookie > mbox->status_asked)
		return -EPROTO;
	mbox->status_answered = cookie;
	return 0;
}

static int gs_event_boot(struct gs_device *gdev, const struct gs_event *event)
{
	if (gdev->mbox.boot.type || gdev->mbox.state != GS_MBOX_BOOTING)
		return -EPROTO;
	gdev->mbox.boot = *event;
	return 0;
}

static int gs_event_dispatch(struct gs_device *gdev, const struct gs_event *event)
{
	u32 type = le32_to_cpu(event->type);

	/* The handshake is the first event, and then no other one is. */
	if (type != GS_EVENT_BOOT && !gdev->mbox.boot.type)
		return -EPROTO;
	switch (type) {
	case GS_EVENT_BOOT:
		return gs_event_boot(gdev, event);
	case GS_EVENT_JOB_DONE:
		return gs_event_job_done(gdev, event);
	case GS_EVENT_STATUS:
		return gs_event_status(gdev, event);
	case GS_EVENT_CTX_REMOVED:
		/* Its jobs' events came before; nobody waits for this one. */
		return event->cookie == cpu_to_le64(le32_to_cpu(event->ctx)) ? 0 : -EPROTO;
	case GS_EVENT_BAD_CMD:
		return gs_event_bad_cmd(gdev, event);
	default:
		/* GS_EVENT_SHUTDOWN too: it was never asked for. */
		return -EPROTO;
	}
}

/**
 * gs_event_handle() - check an event and act on it
 * @gdev: the device; &gs_mbox.lock is held
 * @event: a copy nobody else has
 *
 * Return: 0, or -EPROTO for an event that cannot be.
 */
int gs_event_handle(struct gs_device *gdev, const struct gs_event *event)
{
	int ret;

	lockdep_assert_held(&gdev->mbox.lock);

	ret = gs_event_dispatch(gdev, event);
	if (ret)
		dev_err(gdev->drm.dev, "Bad event: type %u, context %u, seqno %llu, status %u, cookie 0x%llx\n",
			le32_to_cpu(event->type), le32_to_cpu(event->ctx),
			le64_to_cpu(event->seqno), le32_to_cpu(event->status),
			le64_to_cpu(event->cookie));
	return ret;
}
