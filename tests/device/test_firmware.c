/* SPDX-License-Identifier: MIT */
/*
 * Which job is next, and what happens when rings wrap and fill.
 */
#include "tests/device/test_util.h"

/* Jobs of a context, numbered from first on, without a doorbell. */
static void push_jobs(struct fixture *f, uint32_t ring, uint32_t ctx,
		      uint64_t first, unsigned num)
{
	struct gs_cmd cmd;

	for (unsigned i = 0; i < num; i++) {
		cmd = kit_job(&f->kit[ctx % 3], KIT_ADD, ctx, first + i);
		assert_true(harness_push(f->h, ring, &cmd));
	}
}

static void ring_all(struct harness *h)
{
	for (uint32_t r = GS_RING_HIGH; r < GS_NUM_CMD_RINGS; r++)
		harness_doorbell(h, r);
}

struct turn {
	uint32_t ctx;
	uint64_t seqno;
};

/* The jobs ran in this order, one at a time. */
static void expect_order(struct harness *h, const struct turn *turns,
			 unsigned num)
{
	uint64_t time = 0;
	struct gs_event event;

	for (unsigned i = 0; i < num; i++) {
		event = expect_done(h, turns[i].ctx, turns[i].seqno, GS_JOB_OK);
		assert_true(event.time_start >= time);
		assert_true(event.time_end > event.time_start);
		time = event.time_end;
	}
}

#define EXPECT_ORDER(h, turns) \
	expect_order(h, turns, sizeof(turns) / sizeof(*(turns)))

/* ---- order ---------------------------------------------------------------*/

static void test_priorities_and_round_robin(void **state)
{
	static const struct turn turns[] = {
		{ 11, 1 }, { 12, 1 }, { 11, 2 }, { 12, 2 }, { 21, 1 },
		{ 22, 1 }, { 23, 1 }, { 21, 2 }, { 22, 2 }, { 21, 3 },
		{ 22, 3 }, { 22, 4 }, { 31, 1 }, { 32, 1 }, { 31, 2 },
	};
	struct fixture *f = *state;

	push_jobs(f, GS_RING_LOW, 31, 1, 2);
	push_jobs(f, GS_RING_LOW, 32, 1, 1);
	push_jobs(f, GS_RING_NORMAL, 21, 1, 3);
	push_jobs(f, GS_RING_NORMAL, 22, 1, 4);
	push_jobs(f, GS_RING_NORMAL, 23, 1, 1);
	push_jobs(f, GS_RING_HIGH, 11, 1, 2);
	push_jobs(f, GS_RING_HIGH, 12, 1, 2);
	ring_all(f->h);
	EXPECT_ORDER(f->h, turns);
}

struct later {
	struct fixture *f;
	unsigned naps;
};

static void submit_later(struct harness *h, void *ctx)
{
	struct later *later = ctx;

	if (++later->naps != 3)
		return;
	push_jobs(later->f, GS_RING_HIGH, 11, 1, 2);
	push_jobs(later->f, GS_RING_NORMAL, 22, 1, 1);
	ring_all(h);
}

/* What comes during a job is in time for the next choice. */
static void test_later_but_more_urgent(void **state)
{
	static const struct turn turns[] = { { 21, 1 }, { 11, 1 }, { 11, 2 },
					     { 21, 2 }, { 22, 1 }, { 21, 3 } };
	static struct later later;
	const struct harness_opts opts = { .on_nap = submit_later,
					   .ctx = &later };
	struct fixture *f;
	struct gs_cmd cmd;

	fixture_boot(state, opts);
	f = *state;
	later = (struct later){ .f = f };
	slow(f->h, 1000);
	cmd = kit_job(&f->kit[0], KIT_CHAIN, 21, 1);
	harness_submit(f->h, GS_RING_NORMAL, &cmd);
	push_jobs(f, GS_RING_NORMAL, 21, 2, 2);
	ring_all(f->h);
	EXPECT_ORDER(f->h, turns);
	assert_true(later.naps >= KIT_CHAIN_BLOCKS);
	fixture_teardown(state);
}

/* 64 contexts and more, each with its share. */
static void test_many_contexts(void **state)
{
	enum { CTXS = 100, JOBS = 2 };
	struct fixture *f = *state;

	for (uint32_t c = 1; c <= CTXS; c++)
		push_jobs(f, GS_RING_NORMAL, c, 1, JOBS);
	ring_all(f->h);
	for (uint64_t seqno = 1; seqno <= JOBS; seqno++)
		for (uint32_t c = 1; c <= CTXS; c++)
			expect_done(f->h, c, seqno, GS_JOB_OK);
}

/*
 * A flood of one context, many times what the firmware holds, lets others
 * of its own priority pass as soon as they are in, and high jobs at once.
 */
static void test_flood(void **state)
{
	struct fixture *f = *state;
	struct gs_cmd hang = kit_job(&f->kit[0], KIT_ADD, 50, 1);

	inject(f->h, GS_INJECT_HANG);
	hang.timeout_ms = 10;
	harness_submit(f->h, GS_RING_HIGH, &hang);
	harness_settle(f->h);
	push_jobs(f, GS_RING_LOW, 1, 1, GS_CMD_ENTRIES);
	ring_all(f->h);
	harness_settle(f->h);
	assert_int_equal(harness_rings(f->h)->cmd_ctl[GS_RING_LOW].head,
			 GS_CMD_ENTRIES);
	push_jobs(f, GS_RING_LOW, 1, 1 + GS_CMD_ENTRIES, GS_CMD_ENTRIES - 1);
	push_jobs(f, GS_RING_LOW, 2, 1, 1);
	push_jobs(f, GS_RING_HIGH, 3, 1, 1);
	ring_all(f->h);
	harness_settle(f->h);
	/* No room for more of low priority: they stay where they are. */
	assert_int_equal(harness_rings(f->h)->cmd_ctl[GS_RING_LOW].head,
			 GS_CMD_ENTRIES);
	assert_int_equal(expect_quiet(f->h).arg0, 2 * GS_CMD_ENTRIES + 1);
	expect_done(f->h, 50, 1, GS_JOB_TIMEOUT);
	expect_done(f->h, 3, 1, GS_JOB_OK);
	/* Context 2 got in when the last of the first 256 had begun. */
	for (uint64_t s = 1; s <= GS_CMD_ENTRIES + 1; s++)
		expect_done(f->h, 1, s, GS_JOB_OK);
	expect_done(f->h, 2, 1, GS_JOB_OK);
	for (uint64_t s = 2; s < GS_CMD_ENTRIES; s++)
		expect_done(f->h, 1, GS_CMD_ENTRIES + s, GS_JOB_OK);
	assert_int_equal(expect_quiet(f->h).arg0, 0);
}

/* ---- full rings ----------------------------------------------------------*/

static void test_wrap(void **state)
{
	enum { JOBS = 1000 };
	struct fixture *f = *state;
	uint64_t submitted = 0;
	struct gs_event event;
	struct gs_cmd cmd;

	for (uint64_t done = 1; done <= JOBS; done++) {
		while (submitted < JOBS && submitted < done + 90) {
			cmd = kit_job(&f->kit[0], KIT_ADD, 9, submitted + 1);
			if (!harness_push(f->h, GS_RING_NORMAL, &cmd))
				break;
			submitted++;
			if (submitted % 7 == 0 || submitted == JOBS)
				harness_doorbell(f->h, GS_RING_NORMAL);
		}
		event = expect_done(f->h, 9, done, GS_JOB_OK);
		/* Of 64 records this one may have been written again since. */
		assert_true(kit_result(&f->kit[0], done)->time_start >=
			    event.time_start);
	}
	assert_int_equal(expect_quiet(f->h).arg2, JOBS);
	assert_int_equal(harness_read64(f->h, GS_REG_JOBS_STARTED), JOBS);
	assert_int_equal(harness_rings(f->h)->cmd_ctl[GS_RING_NORMAL].head,
			 JOBS);
}

/* As many jobs as fit into the command ring at a time. */
static void test_event_ring_full(void **state)
{
	enum { ROUNDS = 5, JOBS = ROUNDS * GS_CMD_ENTRIES };
	struct fixture *f = *state;
	struct gs_ring_area *rings = harness_rings(f->h);
	struct gs_event event;
	uint64_t slices;

	for (uint64_t i = 0; i < ROUNDS; i++) {
		push_jobs(f, GS_RING_NORMAL, 1, 1 + i * GS_CMD_ENTRIES,
			  GS_CMD_ENTRIES);
		ring_all(f->h);
		harness_settle(f->h);
	}
	assert_int_equal(harness_events(f->h), GS_EVENT_ENTRIES);
	/* It sleeps over it: no polling of the host. */
	slices = harness_slices(f->h);
	harness_pass(f->h, 10000);
	assert_int_equal(harness_events(f->h), GS_EVENT_ENTRIES);
	assert_int_equal(harness_slices(f->h), slices);
	/* Room for one brings one, exactly. */
	expect_done(f->h, 1, 1, GS_JOB_OK);
	harness_settle(f->h);
	assert_int_equal(harness_events(f->h), GS_EVENT_ENTRIES);
	for (uint64_t i = 2; i <= JOBS; i++)
		event = expect_done(f->h, 1, i, GS_JOB_OK);
	assert_int_equal(event.seqno, JOBS);
	assert_int_equal(expect_quiet(f->h).arg0, 0);
	assert_int_equal(rings->event_ctl.head, rings->event_ctl.tail);
}

/* The watchdog watches while the firmware waits for room. */
static void test_event_ring_full_and_hang(void **state)
{
	struct fixture *f = *state;
	struct gs_cmd hang = kit_job(&f->kit[0], KIT_ADD, 50, 1);
	struct gs_cmd status = kit_control(GS_CMD_STATUS, 0, 0);
	unsigned sent;

	inject(f->h, GS_INJECT_HANG);
	hang.timeout_ms = 300;
	harness_submit(f->h, GS_RING_NORMAL, &hang);
	harness_settle(f->h);
	for (sent = 0; sent <= GS_EVENT_ENTRIES; sent++) {
		harness_submit(f->h, GS_RING_CONTROL, &status);
		harness_settle(f->h);
	}
	assert_int_equal(harness_events(f->h), GS_EVENT_ENTRIES);
	assert_true(harness_read(f->h, GS_REG_STATUS) & GS_STATUS_CORE_BUSY);
	harness_pass(f->h, 5000);
	assert_false(harness_read(f->h, GS_REG_STATUS) & GS_STATUS_CORE_BUSY);
	assert_int_equal(harness_read(f->h, GS_REG_FW_STATUS), GS_FW_RUNNING);
	while (sent--)
		expect_event(f->h, GS_EVENT_STATUS);
	expect_done(f->h, 50, 1, GS_JOB_TIMEOUT);
}

/* ---- with threads --------------------------------------------------------*/

static void test_storm(void **state)
{
	enum { CTXS = 12, JOBS = 100 };
	struct fixture *f = *state;
	uint64_t next[CTXS] = { 0 }, done[CTXS] = { 0 };
	unsigned left = CTXS * JOBS;
	struct gs_event event;
	struct gs_cmd cmd;

	while (left) {
		for (uint32_t c = 0; c < CTXS; c++) {
			cmd = kit_job(&f->kit[c % 3],
				      c % 4 == 3 ? KIT_ILLEGAL : KIT_ADD, c + 1,
				      next[c] + 1);
			if (next[c] == JOBS || next[c] > done[c] + 20 ||
			    !harness_push(f->h, GS_RING_HIGH + c % 3, &cmd))
				continue;
			next[c]++;
			harness_doorbell(f->h, GS_RING_HIGH + c % 3);
		}
		event = expect_event(f->h, GS_EVENT_JOB_DONE);
		assert_in_range(event.ctx, 1, CTXS);
		assert_int_equal(event.seqno, ++done[event.ctx - 1]);
		assert_int_equal(event.status, (event.ctx - 1) % 4 == 3 ?
						       GS_JOB_FAULT :
						       GS_JOB_OK);
		left--;
	}
	assert_int_equal(expect_quiet(f->h).arg2, CTXS * JOBS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_priorities_and_round_robin),
		cmocka_unit_test(test_later_but_more_urgent),
		TEST(test_many_contexts),
		TEST(test_flood),
		TEST(test_wrap),
		TEST_THREADS(test_wrap),
		TEST(test_event_ring_full),
		TEST(test_event_ring_full_and_hang),
		TEST(test_storm),
		TEST_THREADS(test_storm),
	};

	if (!have_firmware())
		return EXIT_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
