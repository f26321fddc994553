/* SPDX-License-Identifier: MIT */
/* Jobs, contexts and firmware that the host ends: abort, removal, reset, shutdown. */
#include "tests/device/test_util.h"

/* ---- abort and removal ---------------------------------------------------*/

static void test_abort_running(void **state)
{
	struct fixture *f = *state;
	struct gs_event event;

	inject(f->h, GS_INJECT_HANG);
	submit(f, 0, KIT_ADD, 4, 1);
	submit(f, 0, KIT_ADD, 4, 2);
	harness_settle(f->h);
	event = expect_quiet(f->h);
	assert_int_equal(event.arg0, 1);
	assert_int_equal(event.arg1, 4);
	control(f, GS_CMD_ABORT, 4, 1);
	event = expect_done(f->h, 4, 1, GS_JOB_ABORTED);
	expect_same(&event, kit_result(&f->kit[0], 1));
	expect_done(f->h, 4, 2, GS_JOB_OK);
	assert_int_equal(expect_quiet(f->h).arg1, 0);
}

static void test_abort_queued(void **state)
{
	struct fixture *f = *state;
	struct gs_event event;

	inject(f->h, GS_INJECT_HANG);
	for (uint64_t i = 1; i <= 5; i++)
		submit(f, 0, KIT_ADD, 4, i);
	kit_result(&f->kit[0], 3)->status = 77;
	/* Out of the middle, the end, and twice the same. */
	control(f, GS_CMD_ABORT, 4, 3);
	control(f, GS_CMD_ABORT, 4, 5);
	control(f, GS_CMD_ABORT, 4, 3);
	event = expect_done(f->h, 4, 3, GS_JOB_ABORTED);
	expect_same(&event, kit_result(&f->kit[0], 3));
	assert_int_equal(event.time_start, 0);
	expect_done(f->h, 4, 5, GS_JOB_ABORTED);
	event = expect_event(f->h, GS_EVENT_BAD_CMD);
	assert_int_equal(event.arg0, GS_RING_CONTROL);
	assert_int_equal(event.arg1, GS_CMD_NOT_FOUND);
	assert_int_equal(event.ctx, 4);
	assert_int_equal(event.seqno, 3);
	submit(f, 0, KIT_ADD, 4, 6);
	expect_done(f->h, 4, 1, GS_JOB_TIMEOUT);
	expect_done(f->h, 4, 2, GS_JOB_OK);
	expect_done(f->h, 4, 4, GS_JOB_OK);
	expect_done(f->h, 4, 6, GS_JOB_OK);
}

/* The doorbell of the job is still to come; its command came first. */
static void test_abort_overtakes(void **state)
{
	struct fixture *f = *state;
	struct gs_cmd cmd = kit_job(&f->kit[0], KIT_ADD, 4, 1);

	assert_true(harness_push(f->h, GS_RING_LOW, &cmd));
	control(f, GS_CMD_ABORT, 4, 1);
	expect_done(f->h, 4, 1, GS_JOB_ABORTED);
	harness_doorbell(f->h, GS_RING_LOW);
	assert_int_equal(expect_quiet(f->h).arg0, 0);
	assert_int_equal(harness_read64(f->h, GS_REG_JOBS_STARTED), 0);
}

/* More jobs than the firmware holds: the rest stands in the ring. */
static void fill_ring(struct fixture *f)
{
	const uint64_t num = 2 * GS_CMD_ENTRIES;

	inject(f->h, GS_INJECT_HANG);
	submit(f, 0, KIT_ADD, 3, 1);
	harness_settle(f->h);
	for (uint64_t i = 1; i <= num; i++) {
		submit(f, 0, KIT_ADD, 4 + i % 2, (i + 1) / 2);
		if (i == GS_CMD_ENTRIES)
			harness_settle(f->h);
	}
	harness_settle(f->h);
	assert_int_equal(harness_rings(f->h)->cmd_ctl[GS_RING_NORMAL].head,
			 GS_CMD_ENTRIES + 1);
}

static void test_abort_in_ring(void **state)
{
	const uint64_t jobs = GS_CMD_ENTRIES; /* of contexts 4 and 5 each */
	struct fixture *f = *state;

	fill_ring(f);
	control(f, GS_CMD_ABORT, 5, jobs);
	expect_done(f->h, 5, jobs, GS_JOB_ABORTED);
	control(f, GS_CMD_ABORT, 5, jobs);
	assert_int_equal(expect_event(f->h, GS_EVENT_BAD_CMD).arg1,
			 GS_CMD_NOT_FOUND);
	control(f, GS_CMD_CTX_REMOVE, 4, 0);
	for (uint64_t i = 1; i <= jobs; i++)
		expect_done(f->h, 4, i, GS_JOB_ABORTED);
	assert_int_equal(expect_event(f->h, GS_EVENT_CTX_REMOVED).ctx, 4);
	expect_done(f->h, 3, 1, GS_JOB_TIMEOUT);
	for (uint64_t i = 1; i < jobs; i++)
		expect_done(f->h, 5, i, GS_JOB_OK);
	/* The ring is sound: another lap, and another. */
	for (uint64_t i = 1; i <= 3 * GS_CMD_ENTRIES; i++)
		expect_works(f, i);
	assert_int_equal(expect_quiet(f->h).arg0, 0);
}

static void test_remove_context(void **state)
{
	struct fixture *f = *state;
	struct gs_cmd cmd;
	struct gs_event event;

	inject(f->h, GS_INJECT_HANG);
	for (uint64_t i = 1; i <= 3; i++)
		submit(f, 0, KIT_ADD, 4, i);
	for (uint64_t i = 1; i <= 2; i++)
		submit(f, 1, KIT_ADD, 5, i);
	cmd = kit_job(&f->kit[0], KIT_ADD, 4, 4);
	harness_submit(f->h, GS_RING_LOW, &cmd);
	harness_settle(f->h);
	control(f, GS_CMD_CTX_REMOVE, 4, 0);
	for (uint64_t i = 1; i <= 4; i++)
		expect_done(f->h, 4, i, GS_JOB_ABORTED);
	event = expect_event(f->h, GS_EVENT_CTX_REMOVED);
	assert_int_equal(event.ctx, 4);
	assert_int_equal(event.cookie, 0xc0ffee00u + GS_CMD_CTX_REMOVE);
	for (uint64_t i = 1; i <= 2; i++)
		expect_done(f->h, 5, i, GS_JOB_OK);
	/* One that is not there is removed just as well. */
	control(f, GS_CMD_CTX_REMOVE, 1234, 0);
	assert_int_equal(expect_event(f->h, GS_EVENT_CTX_REMOVED).ctx, 1234);
	expect_works(f, 1);
}

struct nap {
	struct fixture *f;
	unsigned naps;
	bool abort;
};

static void abort_on_nap(struct harness *h, void *ctx)
{
	struct nap *nap = ctx;

	(void)h;
	if (++nap->naps == 4)
		control(nap->f, GS_CMD_CTX_REMOVE, 4, 0);
}

/* In the middle of a program that runs. */
static void test_remove_while_running(void **state)
{
	static struct nap nap;
	const struct harness_opts opts = { .on_nap = abort_on_nap,
					   .ctx = &nap };
	struct fixture *f;

	fixture_boot(state, opts);
	f = *state;
	nap = (struct nap){ .f = f };
	slow(f->h, 1000);
	submit(f, 0, KIT_ENDLESS, 4, 1);
	submit(f, 0, KIT_ENDLESS, 4, 2);
	submit(f, 1, KIT_CHAIN, 5, 1);
	expect_done(f->h, 4, 1, GS_JOB_ABORTED);
	assert_in_range(nap.naps, 4, 5);
	expect_done(f->h, 4, 2, GS_JOB_ABORTED);
	expect_event(f->h, GS_EVENT_CTX_REMOVED);
	expect_done(f->h, 5, 1, GS_JOB_OK);
	fixture_teardown(state);
}

static void status_after_abort(struct harness *h, void *ctx)
{
	struct nap *nap = ctx;
	struct gs_event event;

	if (++nap->naps != 4)
		return;
	control(nap->f, GS_CMD_CTX_REMOVE, 4, 0);
	harness_pass(h, 1000);
	event = expect_quiet(h);
	assert_int_equal(event.arg1, 4);
	assert_int_equal(event.seqno, 1);
	/* Once is enough. */
	control(nap->f, GS_CMD_CTX_REMOVE, 4, 0);
	assert_int_equal(expect_event(h, GS_EVENT_BAD_CMD).arg1,
			 GS_CMD_NOT_FOUND);
	control(nap->f, GS_CMD_CTX_REMOVE, 6, 0);
	assert_int_equal(expect_event(h, GS_EVENT_CTX_REMOVED).ctx, 6);
}

/* A core that takes its time to stop: the firmware is not silent meanwhile. */
static void test_remove_takes_time(void **state)
{
	static struct nap nap;
	const struct harness_opts opts = { .on_nap = status_after_abort,
					   .ctx = &nap };
	struct fixture *f;

	fixture_boot(state, opts);
	f = *state;
	nap = (struct nap){ .f = f };
	slow(f->h, 1000);
	submit(f, 0, KIT_ENDLESS, 4, 1);
	submit(f, 0, KIT_ENDLESS, 4, 2);
	submit(f, 1, KIT_CHAIN, 5, 1);
	expect_done(f->h, 4, 1, GS_JOB_ABORTED);
	expect_done(f->h, 4, 2, GS_JOB_ABORTED);
	assert_int_equal(expect_event(f->h, GS_EVENT_CTX_REMOVED).cookie,
			 0xc0ffee00u + GS_CMD_CTX_REMOVE);
	expect_done(f->h, 5, 1, GS_JOB_OK);
	fixture_teardown(state);
}

/* Larger than what the register of its number holds. */
#define STUCK_SEQNO (7ull << 32 | 5)

static uint32_t scratch(struct harness *h, unsigned i)
{
	return harness_read(h, GS_REG_FW_SCRATCH(i));
}

/* In the middle of the second nap, the core is told to stop and does not. */
static void never_stop(struct harness *h, void *ctx)
{
	struct nap *nap = ctx;

	if (++nap->naps != 2)
		return;
	if (nap->abort)
		control(nap->f, GS_CMD_ABORT, 4, STUCK_SEQNO);
	harness_pass(h, 2000);
	assert_int_equal(harness_read(h, GS_REG_FW_STATUS), GS_FW_RUNNING);
	assert_int_equal(scratch(h, GS_SCRATCH_STAGE), GS_STAGE_RUNNING);
	harness_pass(h, 8000);
	assert_int_equal(harness_read(h, GS_REG_FW_STATUS), GS_FW_HALTED);
}

/*
 * One that does not stop at all: only a device reset helps, so ask for it. The
 * registers tell whose job it was, and whether it is to blame: a job that ran
 * into its time limit is, one that somebody aborted is not.
 */
static void check_never_stops(void **state, bool abort)
{
	static struct nap nap;
	const struct harness_opts opts = { .on_nap = never_stop, .ctx = &nap };
	const struct gs_ring_area *rings;
	struct fixture *f;

	fixture_boot(state, opts);
	f = *state;
	assert_int_equal(scratch(f->h, GS_SCRATCH_JOB_CTX), 0);
	submit(f, 1, KIT_ADD, 6, 1);
	expect_done(f->h, 6, 1, GS_JOB_OK);
	assert_int_equal(scratch(f->h, GS_SCRATCH_JOB_CTX), 6);
	assert_int_equal(scratch(f->h, GS_SCRATCH_JOB_SEQNO), 1);
	nap = (struct nap){ .f = f, .abort = abort };
	rings = harness_rings(f->h);
	slow(f->h, 1000);
	submit_for(f, KIT_ENDLESS, 4, STUCK_SEQNO, abort ? 60000 : 100);
	submit(f, 1, KIT_ADD, 6, 2); /* waits, and never starts */
	harness_settle(f->h);
	assert_true(nap.naps >= 2);
	assert_true(harness_read(f->h, GS_REG_INT_STATUS) & GS_INT_CP_HALT);
	assert_int_equal(scratch(f->h, GS_SCRATCH_STAGE),
			 abort ? GS_STAGE_CORE_STUCK : GS_STAGE_CORE_HUNG);
	assert_int_equal(scratch(f->h, GS_SCRATCH_JOB_CTX), 4);
	assert_int_equal(scratch(f->h, GS_SCRATCH_JOB_SEQNO),
			 (uint32_t)STUCK_SEQNO);
	assert_int_equal(harness_read64(f->h, GS_REG_JOBS_STARTED), 2);
	assert_string_equal(
		(const char *)rings->log[(rings->log_tail - 2) % GS_LOG_ENTRIES]
			.text,
		"the core does not stop");
	assert_int_equal(harness_events(f->h), 0);
	fixture_teardown(state);
}

static void test_core_never_stops(void **state)
{
	check_never_stops(state, false);
}

static void test_core_never_stops_for_abort(void **state)
{
	check_never_stops(state, true);
}

/* ---- reset and shutdown --------------------------------------------------*/

static void reset(struct harness *h)
{
	harness_write(h, GS_REG_CONTROL, GS_CONTROL_RESET);
	assert_true(harness_until(h, GS_REG_STATUS, GS_STATUS_RESETTING, 0));
	assert_int_equal(harness_read(h, GS_REG_FW_STATUS), GS_FW_IDLE);
	assert_int_equal(harness_read(h, GS_REG_STATUS), 0);
}

static void test_reset_mid_job(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 3; i++) {
		if (i == 1)
			inject(f->h, GS_INJECT_HANG);
		submit_for(f, i == 1 ? KIT_ADD : KIT_ENDLESS, 4, 1, 60000);
		submit(f, 0, KIT_ADD, 4, 2);
		assert_true(harness_until(f->h, GS_REG_STATUS,
					  GS_STATUS_CORE_BUSY,
					  GS_STATUS_CORE_BUSY));
		reset(f->h);
		harness_clear_rings(f->h);
		assert_int_equal(harness_boot(f->h).type, GS_EVENT_BOOT);
		expect_works(f, 1);
		assert_int_equal(expect_quiet(f->h).arg2, 1);
	}
}

static void test_reset_of_hang(void **state)
{
	struct fixture *f = *state;

	inject(f->h, GS_INJECT_HANG);
	submit(f, 0, KIT_ADD, 4, 1);
	harness_settle(f->h);
	reset(f->h);
	harness_clear_rings(f->h);
	harness_boot(f->h);
	expect_works(f, 1);
}

static void shutdown_on_nap(struct harness *h, void *ctx)
{
	struct nap *nap = ctx;

	(void)h;
	if (++nap->naps != 4)
		return;
	submit(nap->f, 0, KIT_ADD, 4, 2);
	submit(nap->f, 1, KIT_ADD, 5, 1);
	control(nap->f, GS_CMD_SHUTDOWN, 0, 0);
}

static void test_shutdown(void **state)
{
	static struct nap nap;
	const struct harness_opts opts = { .on_nap = shutdown_on_nap,
					   .ctx = &nap };
	struct fixture *f;

	fixture_boot(state, opts);
	f = *state;
	nap = (struct nap){ .f = f };
	slow(f->h, 1000);
	submit(f, 0, KIT_CHAIN, 4, 1);
	harness_settle(f->h);
	/* The running one ends by itself, the others never start. */
	expect_done(f->h, 4, 1, GS_JOB_OK);
	expect_done(f->h, 4, 2, GS_JOB_ABORTED);
	expect_done(f->h, 5, 1, GS_JOB_ABORTED);
	assert_int_equal(expect_event(f->h, GS_EVENT_SHUTDOWN).cookie,
			 0xc0ffee00u + GS_CMD_SHUTDOWN);
	assert_true(harness_until(f->h, GS_REG_FW_STATUS, ~0u, GS_FW_STOPPED));
	assert_int_equal(harness_read(f->h,
				      GS_REG_FW_SCRATCH(GS_SCRATCH_STAGE)),
			 GS_STAGE_STOPPED);
	slow(f->h, 0);
	submit(f, 0, KIT_ADD, 4, 3);
	harness_settle(f->h);
	harness_pass(f->h, 1000);
	assert_int_equal(harness_events(f->h), 0);
	/* And once more, with the rings as they are. */
	assert_int_equal(harness_boot(f->h).type, GS_EVENT_BOOT);
	expect_done(f->h, 4, 3, GS_JOB_OK);
	fixture_teardown(state);
}

static void test_shutdown_with_full_rings(void **state)
{
	const uint64_t jobs = GS_CMD_ENTRIES;
	struct fixture *f = *state;

	fill_ring(f);
	control(f, GS_CMD_SHUTDOWN, 0, 0);
	expect_done(f->h, 3, 1, GS_JOB_TIMEOUT);
	for (uint64_t i = 0; i < 2 * jobs; i++)
		assert_int_equal(expect_event(f->h, GS_EVENT_JOB_DONE).status,
				 GS_JOB_ABORTED);
	expect_event(f->h, GS_EVENT_SHUTDOWN);
	assert_true(harness_until(f->h, GS_REG_FW_STATUS, ~0u, GS_FW_STOPPED));
	assert_int_equal(harness_events(f->h), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_abort_running),
		TEST(test_abort_queued),
		TEST(test_abort_overtakes),
		TEST(test_abort_in_ring),
		TEST(test_remove_context),
		cmocka_unit_test(test_remove_while_running),
		cmocka_unit_test(test_remove_takes_time),
		cmocka_unit_test(test_core_never_stops),
		cmocka_unit_test(test_core_never_stops_for_abort),
		TEST_THREADS(test_reset_mid_job),
		TEST(test_reset_of_hang),
		cmocka_unit_test(test_shutdown),
		TEST(test_shutdown_with_full_rings),
	};

	if (!have_firmware())
		return EXIT_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
