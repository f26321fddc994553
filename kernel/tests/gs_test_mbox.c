// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rings: order, room, counters that wrap, and a firmware that writes nonsense.
 */
#include <linux/delay.h>
#include <linux/kthread.h>

#include "gs_test_firmware.h"

/* ---- sending ------------------------------------------------------------- */

static void gs_test_mbox_start(struct kunit *test)
{
	struct gs_test_mbox *tm = test->priv;
	struct gs_ring_area *area = tm->gdev->mbox.area;
	struct gs_job *jobs[2];
	unsigned int ring;

	memset(area, 0xa5, sizeof(*area));
	tm->gdev->mbox.error = -ENODEV;
	gs_mbox_start(tm->gdev);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(area->magic), 0x474e5253);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(area->abi_version), 2);
	KUNIT_EXPECT_EQ(test, gs_test_reg(tm->gdev, 0x160), 0x56789000);
	KUNIT_EXPECT_EQ(test, gs_test_reg(tm->gdev, 0x164), 0x1234);
	/* The firmware is not there yet: jobs wait. */
	jobs[0] = gs_test_run(test, 1, GS_RING_LOW);
	jobs[1] = gs_test_run(test, 2, GS_RING_LOW);
	for (ring = 0; ring < GS_NUM_CMD_RINGS; ring++)
		KUNIT_EXPECT_EQ(test, gs_test_used(area, ring), 0);
	gs_mbox_up(tm->gdev);
	gs_test_take_job(test, jobs[0]);
	gs_test_take_job(test, jobs[1]);
}

static void gs_test_mbox_order(struct kunit *test)
{
	struct gs_ring_area *area = gs_test_boot(test, 0);
	struct gs_test_mbox *tm = test->priv;
	static const u32 rings[] = { GS_RING_HIGH, GS_RING_NORMAL, GS_RING_LOW };
	struct gs_job *jobs[30];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(jobs); i++) {
		u32 doorbell = GS_REG_DOORBELL(rings[i % 3]);

		gs_write(tm->gdev->regs, doorbell, 0);
		jobs[i] = gs_test_run(test, 1 + i, rings[i % 3]);
		KUNIT_EXPECT_EQ(test, jobs[i]->state, GS_JOB_SENT);
		KUNIT_EXPECT_EQ(test, gs_test_reg(tm->gdev, doorbell), 1);
	}
	KUNIT_EXPECT_EQ(test, gs_test_used(area, GS_RING_CONTROL), 0);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, gs_test_used(area, rings[i]), 10);
	for (i = 0; i < ARRAY_SIZE(jobs); i++)
		gs_test_take_job(test, jobs[i]);
}

/* Counters where it matters: far from everything, and wrapping in the ring. */
static const u32 gs_test_counters[] = { 0, 0xffffff00, 0xffffff37, U32_MAX };

static void gs_test_counter_name(const u32 *counter, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "from 0x%08x", *counter);
}

KUNIT_ARRAY_PARAM(gs_test_counter, gs_test_counters, gs_test_counter_name);

static void gs_test_mbox_full(struct kunit *test)
{
	struct gs_ring_area *area = gs_test_boot(test, *(const u32 *)test->param_value);
	struct gs_job **jobs = gs_test_run_many(test, 256 + 4, GS_RING_NORMAL), *other;
	unsigned int i;

	for (i = 0; i < 256 + 4; i++)
		KUNIT_EXPECT_EQ_MSG(test, jobs[i]->state, i < 256 ? GS_JOB_SENT : GS_JOB_WAITING,
				    "job %u", i);
	KUNIT_EXPECT_EQ(test, gs_test_used(area, GS_RING_NORMAL), 256);
	other = gs_test_run(test, 1000, GS_RING_HIGH);
	KUNIT_EXPECT_EQ(test, other->state, GS_JOB_SENT);
	/* Room for two: the next two come, in order, and no third one. */
	gs_test_take_job(test, jobs[0]);
	gs_test_take_job(test, jobs[1]);
	gs_test_drain(test);
	KUNIT_EXPECT_EQ(test, jobs[257]->state, GS_JOB_SENT);
	KUNIT_EXPECT_EQ(test, jobs[258]->state, GS_JOB_WAITING);
	for (i = 2; i < 258; i++)
		gs_test_take_job(test, jobs[i]);
	KUNIT_EXPECT_EQ(test, gs_test_used(area, GS_RING_NORMAL), 0);
	gs_test_drain(test);
	gs_test_take_job(test, jobs[258]);
	gs_test_take_job(test, jobs[259]);
	KUNIT_EXPECT_EQ(test, gs_test_resets(test), 0);
}

/* More jobs than either ring has entries, so that all entries are used again. */
static void gs_test_mbox_wrap(struct kunit *test)
{
	u32 counter = *(const u32 *)test->param_value;
	struct gs_ring_area *area = gs_test_boot(test, counter);
	struct gs_test_mbox *tm = test->priv;
	unsigned int i;

	for (i = 0; i < 1100; i++) {
		struct gs_job *job = gs_test_run(test, 1 + i, GS_RING_LOW);
		struct gs_event event = gs_test_done(job);

		KUNIT_EXPECT_EQ(test, le32_to_cpu(area->cmd_ctl[GS_RING_LOW].tail),
				counter + i + 1);
		gs_test_take_job(test, job);
		gs_test_event(test, &event);
		gs_write(tm->gdev->regs, GS_REG_EVENT_DOORBELL, 0);
		gs_test_drain(test);
		gs_test_expect_ended(test, job, 0);
		KUNIT_EXPECT_EQ(test, le32_to_cpu(area->event_ctl.head), counter + i + 1);
		/* Only who found the ring full waits for room. */
		KUNIT_EXPECT_EQ(test, gs_test_reg(tm->gdev, GS_REG_EVENT_DOORBELL), 0);
	}
	KUNIT_EXPECT_EQ(test, gs_test_resets(test), 0);
	KUNIT_EXPECT_EQ(test, atomic64_read(&tm->vm.busy_ticks), 2 * 1100);
}

/* All 1024 events at once, and not one more. */
static void gs_test_mbox_events_full(struct kunit *test)
{
	u32 counter = *(const u32 *)test->param_value;
	struct gs_ring_area *area = gs_test_boot(test, counter);
	struct gs_event event = {
		.type = cpu_to_le32(GS_EVENT_CTX_REMOVED),
		.ctx = cpu_to_le32(5),
		.cookie = cpu_to_le64(5),
	};
	struct gs_test_mbox *tm = test->priv;
	unsigned int i;

	for (i = 0; i < 1024; i++)
		gs_test_event(test, &event);
	gs_test_drain(test);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(area->event_ctl.head), counter + 1024);
	KUNIT_EXPECT_EQ(test, gs_test_reg(tm->gdev, GS_REG_EVENT_DOORBELL), 1);
	KUNIT_EXPECT_EQ(test, gs_test_resets(test), 0);
	for (i = 0; i < 1025; i++)
		gs_test_event(test, &event);
	gs_test_drain(test);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(area->event_ctl.head), counter + 1024);
	KUNIT_EXPECT_TRUE(test, tm->gdev->mbox.broken);
	KUNIT_EXPECT_EQ(test, gs_test_resets(test), 1);
}

/* The firmware says it took what was never there. */
static void gs_test_mbox_bad_head(struct kunit *test)
{
	u32 counter = *(const u32 *)test->param_value;
	struct gs_ring_area *area = gs_test_boot(test, counter);
	struct gs_test_mbox *tm = test->priv;
	struct gs_job *job;

	area->cmd_ctl[GS_RING_HIGH].head = cpu_to_le32(counter + 1);
	job = gs_test_run(test, 1, GS_RING_HIGH);
	KUNIT_EXPECT_EQ(test, job->state, GS_JOB_WAITING);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(area->cmd_ctl[GS_RING_HIGH].tail), counter);
	KUNIT_EXPECT_TRUE(test, tm->gdev->mbox.broken);
	KUNIT_EXPECT_EQ(test, gs_test_resets(test), 1);
	/* Not even through a ring that is in order. */
	KUNIT_EXPECT_EQ(test, gs_test_run(test, 2, GS_RING_LOW)->state, GS_JOB_WAITING);
	KUNIT_EXPECT_EQ(test, gs_test_used(area, GS_RING_LOW), 0);
}

/* ---- is it alive? --------------------------------------------------------- */

static void gs_test_mbox_ping(struct kunit *test)
{
	struct gs_test_mbox *tm = test->priv;
	struct gs_mbox *mbox = &tm->gdev->mbox;
	struct gs_ring_area *area;
	struct gs_cmd cmd;

	KUNIT_EXPECT_EQ(test, gs_mbox_ping(tm->gdev), -ENOTCONN);
	area = gs_test_boot(test, U32_MAX);
	KUNIT_EXPECT_EQ(test, gs_mbox_ping(tm->gdev), -ETIMEDOUT);
	cmd = gs_test_take(test, GS_RING_CONTROL);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cmd.type), GS_CMD_STATUS);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cmd.cookie), mbox->status_asked);
	/* It takes nothing any more. */
	mbox->cmd_tail[GS_RING_CONTROL] += 256;
	area->cmd_ctl[GS_RING_CONTROL].tail = cpu_to_le32(mbox->cmd_tail[GS_RING_CONTROL]);
	KUNIT_EXPECT_EQ(test, gs_mbox_ping(tm->gdev), -EBUSY);
	KUNIT_EXPECT_FALSE(test, gs_mbox_alive(tm->gdev));
}

/* A firmware with much to do: takes a command now and then, and answers at last. */
static int gs_test_busy_firmware(void *data)
{
	struct kunit *test = data;
	struct gs_test_mbox *tm = test->priv;
	struct gs_ring_ctl *ctl = &tm->gdev->mbox.area->cmd_ctl[GS_RING_CONTROL];
	struct gs_event answer = { .type = cpu_to_le32(GS_EVENT_STATUS) };
	unsigned int i;

	for (i = 0; i < 6; i++) {
		msleep(60);
		WRITE_ONCE(ctl->head, cpu_to_le32(i < 5 ? i + 1 : 257));
	}
	msleep(60);
	answer.cookie = cpu_to_le64(tm->gdev->mbox.status_asked);
	gs_test_event(test, &answer);
	return 0;
}

/* Its control ring is full at first: that it has no room is no silence. */
static void gs_test_mbox_ping_busy(struct kunit *test)
{
	struct gs_test_mbox *tm = test->priv;
	struct gs_mbox *mbox = &tm->gdev->mbox;
	struct gs_ring_area *area = gs_test_boot(test, 0);
	struct task_struct *firmware;

	mbox->cmd_tail[GS_RING_CONTROL] = 256;
	area->cmd_ctl[GS_RING_CONTROL].tail = cpu_to_le32(256);
	firmware = kthread_run(gs_test_busy_firmware, test, "busy firmware");
	KUNIT_ASSERT_FALSE(test, IS_ERR(firmware));
	get_task_struct(firmware);
	KUNIT_EXPECT_EQ(test, gs_mbox_ping(tm->gdev), 0);
	kthread_stop_put(firmware);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(area->cmd[GS_RING_CONTROL][0].type), GS_CMD_STATUS);
	KUNIT_EXPECT_EQ(test, gs_test_resets(test), 0);
	KUNIT_EXPECT_TRUE(test, gs_mbox_alive(tm->gdev));
}

/* ---- events that cannot be ------------------------------------------------ */

/* What is wrong with the event of a job which has the context's number 1. */
struct gs_test_bad_event {
	const char *name;
	void (*change)(struct gs_event *event);
};

#define GS_TEST_BAD_EVENT(what, change)					\
	static void gs_test_bad_##what(struct gs_event *event)		\
	{								\
		change;							\
	}

GS_TEST_BAD_EVENT(type, event->type = cpu_to_le32(GS_EVENT_BAD_CMD + 1))
GS_TEST_BAD_EVENT(none, event->type = 0)
GS_TEST_BAD_EVENT(boot, event->type = cpu_to_le32(GS_EVENT_BOOT))
GS_TEST_BAD_EVENT(shutdown, event->type = cpu_to_le32(GS_EVENT_SHUTDOWN))
GS_TEST_BAD_EVENT(answer, event->type = cpu_to_le32(GS_EVENT_STATUS))
GS_TEST_BAD_EVENT(status, event->status = cpu_to_le32(GS_JOB_ABORTED + 1))
GS_TEST_BAD_EVENT(ctx, event->ctx = cpu_to_le32(2))
GS_TEST_BAD_EVENT(seqno, le64_add_cpu(&event->seqno, 1))
GS_TEST_BAD_EVENT(asid, le32_add_cpu(&event->asid, 1))
GS_TEST_BAD_EVENT(cookie, le64_add_cpu(&event->cookie, 1ull << 63))
GS_TEST_BAD_EVENT(time, event->time_start = cpu_to_le64(8))

static const struct gs_test_bad_event gs_test_bad_events[] = {
	{ "unknown type", gs_test_bad_type },
	{ "no type", gs_test_bad_none },
	{ "second handshake", gs_test_bad_boot },
	{ "shutdown nobody asked for", gs_test_bad_shutdown },
	{ "answer nobody asked for", gs_test_bad_answer },
	{ "unknown status", gs_test_bad_status },
	{ "unknown context", gs_test_bad_ctx },
	{ "another job", gs_test_bad_seqno },
	{ "another address space", gs_test_bad_asid },
	{ "another cookie", gs_test_bad_cookie },
	{ "ended before it started", gs_test_bad_time },
};

static void gs_test_bad_event_name(const struct gs_test_bad_event *bad, char *name)
{
	strscpy(name, bad->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(gs_test_bad_event, gs_test_bad_events, gs_test_bad_event_name);

/* It is noticed, nothing after it is believed, and the job has not ended. */
static void gs_test_mbox_bad_event(struct kunit *test)
{
	const struct gs_test_bad_event *bad = test->param_value;
	struct gs_test_mbox *tm = test->priv;
	struct gs_event event, good;
	struct gs_job *job;

	gs_test_boot(test, 0);
	job = gs_test_run(test, 1, GS_RING_LOW);
	good = gs_test_done(job);
	event = good;
	bad->change(&event);
	gs_test_event(test, &event);
	gs_test_event(test, &good);
	gs_test_drain(test);
	KUNIT_EXPECT_TRUE(test, tm->gdev->mbox.broken);
	KUNIT_EXPECT_EQ(test, gs_test_resets(test), 1);
	gs_test_drain(test);
	KUNIT_EXPECT_EQ(test, job->state, GS_JOB_SENT);
	KUNIT_EXPECT_EQ(test, dma_fence_get_status(&job->fence->base), 0);
}

/* A job is reported once, and not before the firmware could have it. */
static void gs_test_mbox_event_twice(struct kunit *test)
{
	struct gs_event event;
	struct gs_job *job;

	gs_test_boot(test, 0);
	job = gs_test_run(test, 1, GS_RING_LOW);
	event = gs_test_done(job);
	gs_test_event(test, &event);
	gs_test_drain(test);
	gs_test_expect_ended(test, job, 0);
	KUNIT_EXPECT_EQ(test, gs_test_resets(test), 0);
	gs_test_event(test, &event);
	gs_test_drain(test);
	KUNIT_EXPECT_EQ(test, gs_test_resets(test), 1);
}

static struct kunit_case gs_test_mbox_cases[] = {
	KUNIT_CASE(gs_test_mbox_start),
	KUNIT_CASE(gs_test_mbox_order),
	KUNIT_CASE_PARAM(gs_test_mbox_full, gs_test_counter_gen_params),
	KUNIT_CASE_PARAM(gs_test_mbox_wrap, gs_test_counter_gen_params),
	KUNIT_CASE_PARAM(gs_test_mbox_events_full, gs_test_counter_gen_params),
	KUNIT_CASE_PARAM(gs_test_mbox_bad_head, gs_test_counter_gen_params),
	KUNIT_CASE(gs_test_mbox_ping),
	KUNIT_CASE(gs_test_mbox_ping_busy),
	KUNIT_CASE_PARAM(gs_test_mbox_bad_event, gs_test_bad_event_gen_params),
	KUNIT_CASE(gs_test_mbox_event_twice),
	{ }
};

static struct kunit_suite gs_test_mbox_suite = {
	.name = "genesys-rings",
	.init = gs_test_mbox_init,
	.test_cases = gs_test_mbox_cases,
};

kunit_test_suite(gs_test_mbox_suite);
