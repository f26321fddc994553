/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the firmware share.
 */
#ifndef GS_TESTS_DEVICE_TEST_UTIL_H
#define GS_TESTS_DEVICE_TEST_UTIL_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "hw-model/core/core.h"
#include "tests/device/kit.h"

#define EXIT_SKIP 77

/* A booted device with three address spaces, 1 to 3. */
struct fixture {
	struct harness *h;
	struct kit_space kit[3];
};

static inline int fixture_boot(void **state, struct harness_opts opts)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .h = harness_create(&opts) };
	for (uint32_t i = 0; i < 3; i++)
		fixture.kit[i] = kit_space(fixture.h, i + 1);
	harness_boot(fixture.h);
	*state = &fixture;
	return 0;
}

static inline int fixture_setup(void **state)
{
	return fixture_boot(state, (struct harness_opts){ 0 });
}

static inline int fixture_setup_threads(void **state)
{
	return fixture_boot(state, (struct harness_opts){ .threads = true });
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	harness_destroy(f->h);
	return 0;
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define TEST_THREADS(function)                                         \
	{                                                              \
		.name = #function " (threads)", .test_func = function, \
		.setup_func = fixture_setup_threads,                   \
		.teardown_func = fixture_teardown,                     \
	}

static inline struct gs_event next_event(struct harness *h)
{
	struct gs_event event = { 0 };

	if (!harness_event(h, &event))
		fail_msg("no event comes");
	return event;
}

static inline struct gs_event expect_event(struct harness *h, uint32_t type)
{
	struct gs_event event = next_event(h);

	if (event.type != type)
		fail_msg("event %u (ctx %u, seqno %" PRIu64
			 ", arg0 %u, arg1 %u) instead of event %u",
			 event.type, event.ctx, (uint64_t)event.seqno,
			 event.arg0, event.arg1, type);
	return event;
}

/* The end of a job, as @status. */
static inline struct gs_event expect_done(struct harness *h, uint32_t ctx,
					  uint64_t seqno, uint32_t status)
{
	struct gs_event event = expect_event(h, GS_EVENT_JOB_DONE);

	if (event.ctx != ctx || event.seqno != seqno || event.status != status)
		fail_msg("ctx %u job %" PRIu64
			 " status %u instead of ctx %u job %" PRIu64
			 " status %u",
			 event.ctx, (uint64_t)event.seqno, event.status, ctx,
			 seqno, status);
	assert_int_equal(event.cookie, (uint64_t)ctx << 32 | seqno);
	return event;
}

/* All the record says that the event says too. */
static inline void expect_same(const struct gs_event *event,
			       const struct gs_result *result)
{
	assert_int_equal(result->status, event->status);
	assert_int_equal(result->fault_code, event->fault_code);
	assert_int_equal(result->address, event->address);
	assert_int_equal(result->block, event->block);
	assert_int_equal(result->word, event->word);
	assert_int_equal(result->time_start, event->time_start);
	assert_int_equal(result->time_end, event->time_end);
	assert_int_equal(result->cycles, event->cycles);
}

/* Nothing but the answer to a STATUS command is on its way. */
static inline struct gs_event expect_quiet(struct harness *h)
{
	struct gs_cmd cmd = kit_control(GS_CMD_STATUS, 0, 0);

	harness_submit(h, GS_RING_CONTROL, &cmd);
	return expect_event(h, GS_EVENT_STATUS);
}

static inline void submit(struct fixture *f, unsigned space,
			  enum kit_program program, uint32_t ctx,
			  uint64_t seqno)
{
	struct gs_cmd cmd = kit_job(&f->kit[space], program, ctx, seqno);

	harness_submit(f->h, GS_RING_NORMAL, &cmd);
}

static inline void submit_for(struct fixture *f, enum kit_program program,
			      uint32_t ctx, uint64_t seqno, uint32_t timeout_ms)
{
	struct gs_cmd cmd = kit_job(&f->kit[0], program, ctx, seqno);

	cmd.timeout_ms = timeout_ms;
	harness_submit(f->h, GS_RING_NORMAL, &cmd);
}

static inline void control(struct fixture *f, enum gs_cmd_type type,
			   uint32_t ctx, uint64_t seqno)
{
	struct gs_cmd cmd = kit_control(type, ctx, seqno);

	harness_submit(f->h, GS_RING_CONTROL, &cmd);
}

/* The device is as good as new. */
static inline void expect_works(struct fixture *f, uint64_t seqno)
{
	f->kit[2].in[0] = (int32_t)seqno;
	submit(f, 2, KIT_ADD, 99, seqno);
	expect_done(f->h, 99, seqno, GS_JOB_OK);
	assert_int_equal(f->kit[2].out[0], seqno + 1);
}

static inline void inject(struct harness *h, uint32_t what)
{
	harness_write(h, GS_BAR_TEST_PAGE + GS_TEST_INJECT, what);
}

static inline void slow(struct harness *h, uint32_t us)
{
	harness_write(h, GS_BAR_TEST_PAGE + GS_TEST_SLOW_US, us);
}

/* Run the tests, or skip them all without a firmware. */
static inline bool have_firmware(void)
{
	size_t bytes;

	if (harness_firmware(&bytes))
		return true;
	printf("1..0 # skip the firmware was not built\n");
	return false;
}

#endif /* GS_TESTS_DEVICE_TEST_UTIL_H */
