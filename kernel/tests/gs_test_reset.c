// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Jobs in the rings that are cancelled, and that outlive their firmware: what
 * may have run is lost, what has not is sent again, as it was and in order.
 */
#include <drm/genesys_accel.h>

#include "gs_test_firmware.h"

/* ---- cancelling ---------------------------------------------------------- */

static void gs_test_cancel(struct gs_job *job)
{
	job->ctx->status.cancelled = true;
	gs_mbox_cancel(job->ctx->gdev, job->ctx);
}

static void gs_test_take_removal(struct kunit *test, u32 ctx)
{
	struct gs_cmd cmd = gs_test_take(test, GS_RING_CONTROL);

	KUNIT_EXPECT_EQ(test, le32_to_cpu(cmd.type), GS_CMD_CTX_REMOVE);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cmd.ctx), ctx);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cmd.cookie), ctx);
}

static void gs_test_reset_cancel(struct kunit *test)
{
	struct gs_ring_area *area = gs_test_boot(test, 0xffffff80);
	struct gs_job **jobs = gs_test_run_many(test, 257, GS_RING_NORMAL);
	unsigned int i;

	/* What the firmware does not know yet is over at once. */
	gs_test_cancel(jobs[256]);
	gs_test_expect_ended(test, jobs[256], -ECANCELED);
	KUNIT_EXPECT_EQ(test, gs_test_used(area, GS_RING_CONTROL), 0);
	/* What it knows is for it to end. */
	for (i = 0; i < 256; i++) {
		gs_test_cancel(jobs[i]);
		KUNIT_EXPECT_EQ(test, jobs[i]->state, GS_JOB_SENT);
	}
	for (i = 0; i < 256; i++)
		gs_test_take_removal(test, 1 + i);
	KUNIT_EXPECT_EQ(test, gs_test_used(area, GS_RING_CONTROL), 0);
}

/* With no room in the control ring a removal waits, and is sent when there is. */
static void gs_test_reset_cancel_waits(struct kunit *test)
{
	struct gs_ring_area *area = gs_test_boot(test, 0);
	struct gs_job **jobs = gs_test_run_many(test, 2, GS_RING_NORMAL);
	struct gs_event event = gs_test_done(jobs[0]);
	struct gs_test_mbox *tm = test->priv;

	tm->gdev->mbox.cmd_tail[GS_RING_CONTROL] = 256;
	area->cmd_ctl[GS_RING_CONTROL].tail = cpu_to_le32(256);
	gs_test_cancel(jobs[0]);
	gs_test_cancel(jobs[1]);
	KUNIT_EXPECT_EQ(test, gs_test_used(area, GS_RING_CONTROL), 256);
	/* The first one ends by itself before there is room. */
	gs_test_event(test, &event);
	gs_test_drain(test);
	gs_test_expect_ended(test, jobs[0], 0);
	area->cmd_ctl[GS_RING_CONTROL].head = cpu_to_le32(256);
	gs_test_drain(test);
	gs_test_take_removal(test, 2);
	KUNIT_EXPECT_EQ(test, gs_test_used(area, GS_RING_CONTROL), 0);
}

/* A context that may not go on gets nothing into the rings. */
static void gs_test_reset_refused(struct kunit *test)
{
	struct gs_ring_area *area = gs_test_boot(test, 0);
	struct gs_job *guilty = gs_test_job(test, 1, GS_RING_LOW);
	struct gs_job *cancelled = gs_test_job(test, 2, GS_RING_LOW);

	guilty->ctx->status.guilty = true;
	cancelled->ctx->status.cancelled = true;
	KUNIT_EXPECT_EQ(test, gs_test_give(test, guilty), -ECANCELED);
	KUNIT_EXPECT_EQ(test, gs_test_give(test, cancelled), -ECANCELED);
	gs_test_expect_ended(test, guilty, -ECANCELED);
	gs_test_expect_ended(test, cancelled, -ECANCELED);
	KUNIT_EXPECT_EQ(test, gs_test_used(area, GS_RING_LOW), 0);
}

/* ---- resets -------------------------------------------------------------- */

/* What the registers say at the end: jobs started, and the latest of them. */
static void gs_test_started(struct kunit *test, u32 started, const struct gs_job *job)
{
	struct gs_test_mbox *tm = test->priv;
	void __iomem *regs = tm->gdev->regs;

	gs_write(regs, GS_REG_JOBS_STARTED, started);
	gs_write(regs, GS_REG_FW_SCRATCH(GS_SCRATCH_JOB_CTX), job ? job->ctx->id : 0);
	gs_write(regs, GS_REG_FW_SCRATCH(GS_SCRATCH_JOB_SEQNO),
		 job ? (u32)le64_to_cpu(job->cmd.seqno) : 0);
}

/* Reset: jobs of @lost are over, those of @again come again, in order. */
static void gs_test_reset_expect(struct kunit *test, struct gs_job **lost, unsigned int num_lost,
				 struct gs_job **again, unsigned int num_again)
{
	struct gs_test_mbox *tm = test->priv;
	bool cookie = dma_fence_begin_signalling();
	unsigned int i;
	LIST_HEAD(jobs);

	gs_mbox_down(tm->gdev, &jobs);
	gs_mbox_fail(tm->gdev, &jobs, -EIO);
	dma_fence_end_signalling(cookie);
	for (i = 0; i < num_again; i++)
		KUNIT_EXPECT_EQ_MSG(test, again[i]->state, GS_JOB_WAITING, "job %u", i);
	KUNIT_EXPECT_TRUE(test, list_empty(&jobs));
	for (i = 0; i < num_lost; i++) {
		gs_test_expect_ended(test, lost[i], -EIO);
		KUNIT_EXPECT_FALSE(test, lost[i]->ctx->status.guilty);
		KUNIT_EXPECT_EQ(test, lost[i]->ctx->status.cause, DRM_GENESYS_CAUSE_RESET);
	}
	gs_test_boot(test, 0xfffffffe);
	for (i = 0; i < num_again; i++) {
		KUNIT_EXPECT_EQ_MSG(test, again[i]->state, GS_JOB_SENT, "job %u", i);
		gs_test_take_job(test, again[i]);
	}
	if (num_again)
		KUNIT_EXPECT_EQ(test, gs_test_used(tm->gdev->mbox.area, again[0]->ctx->ring), 0);
}

/* The firmware took three of six jobs, started the first and ended none. */
static void gs_test_reset_running(struct kunit *test)
{
	struct gs_job **jobs;
	unsigned int i;

	gs_test_boot(test, U32_MAX);
	jobs = gs_test_run_many(test, 6, GS_RING_NORMAL);
	for (i = 0; i < 3; i++)
		gs_test_take_job(test, jobs[i]);
	gs_test_started(test, 1, jobs[0]);
	gs_test_reset_expect(test, jobs, 1, jobs + 1, 5);
}

/* The second one runs, and the event of the first has not been seen yet. */
static void gs_test_reset_event_first(struct kunit *test)
{
	struct gs_job **jobs;
	struct gs_event event;

	gs_test_boot(test, 7);
	jobs = gs_test_run_many(test, 4, GS_RING_LOW);
	gs_test_take_job(test, jobs[0]);
	gs_test_take_job(test, jobs[1]);
	event = gs_test_done(jobs[0]);
	gs_test_event(test, &event);
	gs_test_started(test, 2, jobs[1]);
	gs_test_reset_expect(test, jobs + 1, 1, jobs + 2, 2);
	gs_test_expect_ended(test, jobs[0], 0);
}

/* All that started were reported: nothing is lost. */
static void gs_test_reset_idle(struct kunit *test)
{
	struct gs_job **jobs;
	struct gs_event event;
	unsigned int i;

	gs_test_boot(test, 0);
	jobs = gs_test_run_many(test, 4, GS_RING_HIGH);
	for (i = 0; i < 4; i++)
		gs_test_take_job(test, jobs[i]);
	event = gs_test_done(jobs[0]);
	gs_test_event(test, &event);
	gs_test_started(test, 1, jobs[0]);
	gs_test_reset_expect(test, NULL, 0, jobs + 1, 3);
	gs_test_expect_ended(test, jobs[0], 0);
}

/* The firmware does not tell which one: all it took may have run, no other. */
static void gs_test_reset_unknown(struct kunit *test)
{
	struct gs_job **jobs;
	unsigned int i;

	gs_test_boot(test, 0xfffffffd);
	jobs = gs_test_run_many(test, 6, GS_RING_NORMAL);
	for (i = 0; i < 4; i++)
		gs_test_take_job(test, jobs[i]);
	gs_test_started(test, 1, NULL);
	gs_test_reset_expect(test, jobs, 4, jobs + 4, 2);
}

/* Who goes on, or cannot be asked, may start any job that was taken. */
static void gs_test_reset_unsure(struct kunit *test, u32 status)
{
	struct gs_test_mbox *tm = test->priv;
	struct gs_job **jobs;
	unsigned int i;

	gs_test_boot(test, 0);
	jobs = gs_test_run_many(test, 6, GS_RING_LOW);
	for (i = 0; i < 4; i++)
		gs_test_take_job(test, jobs[i]);
	gs_test_started(test, 1, jobs[0]);
	gs_write(tm->gdev->regs, GS_REG_STATUS, status);
	gs_test_reset_expect(test, jobs, 4, jobs + 4, 2);
}

static void gs_test_reset_going_on(struct kunit *test)
{
	gs_test_reset_unsure(test, GS_STATUS_CP_RUNNING);
}

static void gs_test_reset_gone(struct kunit *test)
{
	gs_test_reset_unsure(test, GS_REGS_GONE);
}

/*
 * The core did not stop for the watchdog. Any of four jobs may have run, but it
 * is the one the watchdog named that is at fault.
 */
static void gs_test_reset_hung(struct kunit *test)
{
	struct gs_test_mbox *tm = test->priv;
	struct gs_job **jobs;
	LIST_HEAD(lost);
	unsigned int i;
	bool cookie;

	gs_test_boot(test, 0);
	jobs = gs_test_run_many(test, 6, GS_RING_LOW);
	for (i = 0; i < 4; i++)
		gs_test_take_job(test, jobs[i]);
	gs_test_started(test, 2, jobs[1]);
	gs_write(tm->gdev->regs, GS_REG_FW_SCRATCH(GS_SCRATCH_STAGE), GS_STAGE_CORE_HUNG);
	cookie = dma_fence_begin_signalling();
	gs_mbox_down(tm->gdev, &lost);
	gs_mbox_fail(tm->gdev, &lost, -EIO);
	dma_fence_end_signalling(cookie);
	for (i = 0; i < 4; i++) {
		const struct gs_ctx_status *status = &jobs[i]->ctx->status;

		gs_test_expect_ended(test, jobs[i], i == 1 ? -ETIME : -EIO);
		KUNIT_EXPECT_EQ_MSG(test, status->guilty, i == 1, "job %u", i);
		KUNIT_EXPECT_EQ_MSG(test, status->cause, i == 1 ? DRM_GENESYS_CAUSE_HANG :
				    DRM_GENESYS_CAUSE_RESET, "job %u", i);
	}
	KUNIT_EXPECT_EQ(test, jobs[4]->state, GS_JOB_WAITING);
	KUNIT_EXPECT_EQ(test, jobs[5]->state, GS_JOB_WAITING);
}

/* Those without room in the ring come after those that were in it. */
static void gs_test_reset_full(struct kunit *test)
{
	struct gs_job **jobs;
	unsigned int i;

	gs_test_boot(test, 0xffffff80);
	jobs = gs_test_run_many(test, 300, GS_RING_NORMAL);
	KUNIT_EXPECT_EQ(test, jobs[256]->state, GS_JOB_WAITING);
	gs_test_take_job(test, jobs[0]);
	gs_test_started(test, 1, jobs[0]);
	gs_test_reset_expect(test, jobs, 1, jobs + 1, 256);
	/* In the new ring too there is room for so many only. */
	for (i = 257; i < 300; i++)
		KUNIT_EXPECT_EQ(test, jobs[i]->state, GS_JOB_WAITING);
	gs_test_drain(test);
	for (i = 257; i < 300; i++)
		gs_test_take_job(test, jobs[i]);
}

/* Nothing is sent to a device that is lost, until it is started after all. */
static void gs_test_reset_dead(struct kunit *test)
{
	struct gs_ring_area *area = gs_test_boot(test, 0);
	struct gs_test_mbox *tm = test->priv;
	struct gs_job *sent = gs_test_run(test, 1, GS_RING_LOW);
	struct gs_job *late = gs_test_job(test, 2, GS_RING_HIGH);
	LIST_HEAD(lost);
	bool cookie;

	cookie = dma_fence_begin_signalling();
	gs_mbox_down(tm->gdev, &lost);
	gs_mbox_fail(tm->gdev, NULL, -ENODEV);
	dma_fence_end_signalling(cookie);
	KUNIT_EXPECT_TRUE(test, list_empty(&lost));
	gs_test_expect_ended(test, sent, -ENODEV);
	KUNIT_EXPECT_EQ(test, gs_test_give(test, late), -ENODEV);
	gs_test_expect_ended(test, late, -ENODEV);
	KUNIT_EXPECT_EQ(test, gs_test_used(area, GS_RING_HIGH), 0);
	gs_test_boot(test, 0);
	gs_test_take_job(test, gs_test_run(test, 3, GS_RING_HIGH));
}

static struct kunit_case gs_test_reset_cases[] = {
	KUNIT_CASE(gs_test_reset_cancel),
	KUNIT_CASE(gs_test_reset_cancel_waits),
	KUNIT_CASE(gs_test_reset_refused),
	KUNIT_CASE(gs_test_reset_running),
	KUNIT_CASE(gs_test_reset_event_first),
	KUNIT_CASE(gs_test_reset_idle),
	KUNIT_CASE(gs_test_reset_unknown),
	KUNIT_CASE(gs_test_reset_going_on),
	KUNIT_CASE(gs_test_reset_gone),
	KUNIT_CASE(gs_test_reset_hung),
	KUNIT_CASE(gs_test_reset_full),
	KUNIT_CASE(gs_test_reset_dead),
	{ }
};

static struct kunit_suite gs_test_reset_suite = {
	.name = "genesys-jobs-in-rings",
	.init = gs_test_mbox_init,
	.test_cases = gs_test_reset_cases,
};

kunit_test_suite(gs_test_reset_suite);
