// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The other end of the rings, and jobs as the schedulers give them.
 */
#include <linux/dma-fence.h>

#include "gs_test_firmware.h"

/**
 * gs_test_mbox_init() - &kunit_suite.init
 * @test: its priv becomes a &struct gs_test_mbox
 *
 * Return: 0.
 */
int gs_test_mbox_init(struct kunit *test)
{
	struct gs_test_mbox *tm = kunit_kzalloc(test, sizeof(*tm), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tm);
	tm->gdev = gs_test_device(test);
	test->priv = tm;
	return 0;
}

/* ---- jobs ---------------------------------------------------------------- */

static const char *gs_test_fence_name(struct dma_fence *fence)
{
	return "genesys-test";
}

static void gs_test_fence_release(struct dma_fence *fence)
{
	/* Memory of the test. */
}

static const struct dma_fence_ops gs_test_fence_ops = {
	.get_driver_name = gs_test_fence_name,
	.get_timeline_name = gs_test_fence_name,
	.release = gs_test_fence_release,
};

struct gs_test_job {
	struct gs_ctx ctx;
	struct gs_job job;
};

/**
 * gs_test_job() - make a job, the only one of a context of its own
 * @test: it lives as long as
 * @id: of the context, and mark of the command
 * @ring: of the context
 *
 * Return: the job.
 */
struct gs_job *gs_test_job(struct kunit *test, u32 id, u32 ring)
{
	struct gs_test_job *tj = kunit_kzalloc(test, sizeof(*tj), GFP_KERNEL);
	struct gs_fence *fence = kunit_kzalloc(test, sizeof(*fence), GFP_KERNEL);
	struct gs_test_mbox *tm = test->priv;
	struct gs_ctx *ctx = &tj->ctx;
	struct gs_job *job = &tj->job;

	KUNIT_ASSERT_NOT_NULL(test, tj);
	KUNIT_ASSERT_NOT_NULL(test, fence);
	ctx->gdev = tm->gdev;
	ctx->vm = &tm->vm;
	ctx->id = id;
	ctx->ring = ring;
	atomic_set(&ctx->num_jobs, 1);
	spin_lock_init(&ctx->state_lock);
	INIT_LIST_HEAD(&ctx->removal);
	KUNIT_ASSERT_FALSE(test, xa_is_err(xa_store(&tm->gdev->ctxs, id, ctx, GFP_KERNEL)));
	spin_lock_init(&fence->lock);
	dma_fence_init(&fence->base, &gs_test_fence_ops, &fence->lock, id, 1);
	INIT_LIST_HEAD(&job->link);
	job->ctx = ctx;
	job->fence = fence;
	job->cmd.type = cpu_to_le32(GS_CMD_JOB);
	job->cmd.ctx = cpu_to_le32(id);
	job->cmd.seqno = cpu_to_le64(1000 + id);
	job->cmd.cookie = cpu_to_le64(0xc00c1e00000000ull + id);
	return job;
}

/**
 * gs_test_give() - gs_mbox_run(), as run_job() calls it
 * @test: the test
 * @job: for the rings
 *
 * Return: what it does.
 */
int gs_test_give(struct kunit *test, struct gs_job *job)
{
	struct gs_test_mbox *tm = test->priv;
	bool cookie = dma_fence_begin_signalling();
	int ret = gs_mbox_run(tm->gdev, job);

	dma_fence_end_signalling(cookie);
	return ret;
}

/**
 * gs_test_run() - make a job and give it to the rings
 * @test: the test
 * @id: of the context
 * @ring: of the context
 *
 * Return: the job.
 */
struct gs_job *gs_test_run(struct kunit *test, u32 id, u32 ring)
{
	struct gs_job *job = gs_test_job(test, id, ring);

	KUNIT_EXPECT_EQ(test, gs_test_give(test, job), 0);
	return job;
}

/**
 * gs_test_run_many() - gs_test_run() with ids from 1 on
 * @test: the test
 * @count: of jobs
 * @ring: of their contexts
 *
 * Return: the jobs.
 */
struct gs_job **gs_test_run_many(struct kunit *test, u32 count, u32 ring)
{
	struct gs_job **jobs = kunit_kcalloc(test, count, sizeof(*jobs), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, jobs);
	for (i = 0; i < count; i++)
		jobs[i] = gs_test_run(test, 1 + i, ring);
	return jobs;
}

/**
 * gs_test_expect_ended() - the job is over
 * @test: the test
 * @job: the job
 * @error: of its fence
 */
void gs_test_expect_ended(struct kunit *test, struct gs_job *job, int error)
{
	KUNIT_EXPECT_EQ(test, job->state, GS_JOB_ENDED);
	KUNIT_EXPECT_EQ(test, dma_fence_get_status(&job->fence->base), error ? error : 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&job->ctx->num_jobs), 0);
	KUNIT_EXPECT_NULL(test, job->ctx->running);
	KUNIT_EXPECT_TRUE(test, list_empty(&job->link));
}

/* ---- the firmware -------------------------------------------------------- */

/**
 * gs_test_boot() - start the firmware
 * @test: the test
 * @counter: where the counters of all rings begin
 *
 * Return: the rings.
 */
struct gs_ring_area *gs_test_boot(struct kunit *test, u32 counter)
{
	struct gs_test_mbox *tm = test->priv;
	struct gs_mbox *mbox = &tm->gdev->mbox;
	unsigned int ring;
	bool cookie;

	gs_mbox_start(tm->gdev);
	for (ring = 0; ring < GS_NUM_CMD_RINGS; ring++) {
		mbox->cmd_tail[ring] = counter;
		mbox->area->cmd_ctl[ring].tail = cpu_to_le32(counter);
		mbox->area->cmd_ctl[ring].head = cpu_to_le32(counter);
	}
	mbox->event_head = counter;
	mbox->area->event_ctl.tail = cpu_to_le32(counter);
	mbox->area->event_ctl.head = cpu_to_le32(counter);
	mbox->boot.type = cpu_to_le32(GS_EVENT_BOOT);
	cookie = dma_fence_begin_signalling();
	gs_mbox_up(tm->gdev);
	dma_fence_end_signalling(cookie);
	return mbox->area;
}

/**
 * gs_test_used() - commands the firmware has not taken
 * @area: the rings
 * @ring: which one
 *
 * Return: their number.
 */
u32 gs_test_used(const struct gs_ring_area *area, u32 ring)
{
	return le32_to_cpu(area->cmd_ctl[ring].tail) - le32_to_cpu(area->cmd_ctl[ring].head);
}

/**
 * gs_test_take() - take the next command, which has to be there
 * @test: the test
 * @ring: where
 *
 * Return: the command.
 */
struct gs_cmd gs_test_take(struct kunit *test, u32 ring)
{
	struct gs_test_mbox *tm = test->priv;
	struct gs_ring_area *area = tm->gdev->mbox.area;
	u32 head = le32_to_cpu(area->cmd_ctl[ring].head);

	KUNIT_ASSERT_NE(test, gs_test_used(area, ring), 0);
	area->cmd_ctl[ring].head = cpu_to_le32(head + 1);
	return area->cmd[ring][head % 256];
}

/**
 * gs_test_take_job() - take the next command, which has to be the job's
 * @test: the test
 * @job: the job
 */
void gs_test_take_job(struct kunit *test, const struct gs_job *job)
{
	struct gs_cmd cmd = gs_test_take(test, job->ctx->ring);

	KUNIT_EXPECT_MEMEQ(test, &cmd, &job->cmd, sizeof(cmd));
}

/**
 * gs_test_event() - write an event
 * @test: the test
 * @event: the event, which gs_test_drain() takes
 */
void gs_test_event(struct kunit *test, const struct gs_event *event)
{
	struct gs_test_mbox *tm = test->priv;
	struct gs_ring_area *area = tm->gdev->mbox.area;
	u32 tail = le32_to_cpu(area->event_ctl.tail);

	area->event[tail % 1024] = *event;
	area->event_ctl.tail = cpu_to_le32(tail + 1);
}

/**
 * gs_test_drain() - gs_mbox_drain(), as the interrupt calls it
 * @test: the test
 */
void gs_test_drain(struct kunit *test)
{
	struct gs_test_mbox *tm = test->priv;
	bool cookie = dma_fence_begin_signalling();

	gs_mbox_drain(tm->gdev);
	dma_fence_end_signalling(cookie);
}

/**
 * gs_test_done() - the event that says that a job has succeeded
 * @job: the job
 *
 * Return: the event.
 */
struct gs_event gs_test_done(const struct gs_job *job)
{
	return (struct gs_event){
		.type = cpu_to_le32(GS_EVENT_JOB_DONE),
		.status = cpu_to_le32(GS_JOB_OK),
		.seqno = job->cmd.seqno,
		.ctx = job->cmd.ctx,
		.asid = job->cmd.asid,
		.time_start = cpu_to_le64(5),
		.time_end = cpu_to_le64(7),
		.cookie = job->cmd.cookie,
	};
}

/**
 * gs_test_resets() - has a reset been asked for?
 * @test: the test
 *
 * Return: how often.
 */
int gs_test_resets(struct kunit *test)
{
	struct gs_test_mbox *tm = test->priv;

	flush_work(&tm->gdev->reset.work);
	return atomic_read(&tm->gdev->reset.count);
}
