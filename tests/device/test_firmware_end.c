/* SPDX-License-Identifier: MIT */
/*
 * All the ways in which a job can end by itself, and what must not change by it.
 * What the host ends is in test_firmware_abort.c.
 */
#include "tests/device/test_util.h"

/* ---- faults --------------------------------------------------------------*/

static void test_core_fault(void **state)
{
	struct fixture *f = *state;
	struct gs_event event;

	submit(f, 0, KIT_ILLEGAL, 4, 1);
	event = expect_done(f->h, 4, 1, GS_JOB_FAULT);
	assert_int_equal(event.fault_code, GS_FAULT_ILLEGAL_WORD);
	assert_int_equal(event.block, 1);
	assert_int_equal(event.word, 0);
	assert_int_equal(event.address, KIT_ILLEGAL_WORD);
	expect_same(&event, kit_result(&f->kit[0], 1));
	/* Not an affair of the MMU. */
	assert_int_equal(harness_read(f->h, GS_REG_FAULT_STATUS), 0);
	expect_works(f, 1);
}

static void expect_mmu_fault(struct fixture *f, const struct gs_event *event,
			     enum gs_mmu_fault reason,
			     enum gs_fault_engine engine, bool write,
			     uint64_t address)
{
	uint32_t status = harness_read(f->h, GS_REG_FAULT_STATUS);

	assert_int_equal(event->fault_code, reason);
	assert_int_equal(event->address, address);
	assert_int_equal(status & GS_FAULT_VALID, GS_FAULT_VALID);
	assert_int_equal(!!(status & GS_FAULT_WRITE), write);
	assert_int_equal(GS_FAULT_REASON(status), reason);
	assert_int_equal(GS_FAULT_ENGINE(status), engine);
	assert_int_equal(harness_read(f->h, GS_REG_FAULT_ASID), event->asid);
	assert_int_equal(harness_read64(f->h, GS_REG_FAULT_ADDR), address);
	harness_write(f->h, GS_REG_FAULT_STATUS, GS_FAULT_VALID);
}

static void test_mmu_faults(void **state)
{
	struct fixture *f = *state;
	struct gs_event event;
	struct gs_cmd cmd;

	submit(f, 0, KIT_LOAD_UNMAPPED, 4, 1);
	event = expect_done(f->h, 4, 1, GS_JOB_MMU_FAULT);
	expect_mmu_fault(f, &event, GS_MMU_NOT_MAPPED, GS_ENGINE_CORE, false,
			 KIT_DATA + KIT_UNMAPPED);
	expect_same(&event, kit_result(&f->kit[0], 1));
	submit(f, 1, KIT_STORE_CODE, 4, 2);
	event = expect_done(f->h, 4, 2, GS_JOB_MMU_FAULT);
	expect_mmu_fault(f, &event, GS_MMU_READ_ONLY, GS_ENGINE_CORE, true,
			 KIT_DATA + KIT_STORE_OFFSET);
	/* The very first fetch, of an address space that is not there. */
	cmd = kit_job(&f->kit[0], KIT_ADD, 4, 3);
	cmd.asid = 9;
	cmd.result_addr = 0;
	harness_submit(f->h, GS_RING_NORMAL, &cmd);
	event = expect_done(f->h, 4, 3, GS_JOB_MMU_FAULT);
	expect_mmu_fault(f, &event, GS_MMU_BAD_ASID, GS_ENGINE_CORE, false,
			 KIT_CODE);
	expect_works(f, 1);
}

/* A bus error that a test asks for. */
static void test_injected_bus_error(void **state)
{
	struct fixture *f = *state;
	struct gs_event event;

	inject(f->h, GS_INJECT_DMA_ERROR);
	submit(f, 0, KIT_ADD, 4, 1);
	event = expect_done(f->h, 4, 1, GS_JOB_MMU_FAULT);
	assert_int_equal(event.fault_code, GS_MMU_BUS_ERROR);
	expect_same(&event, kit_result(&f->kit[0], 1));
	expect_works(f, 1);
}

/* The record decides too: where it cannot be written the job did not succeed. */
static void test_result_faults(void **state)
{
	struct fixture *f = *state;
	struct gs_cmd cmd = kit_job(&f->kit[0], KIT_ADD, 4, 1);
	struct gs_event event;

	cmd.result_addr = KIT_CODE;
	harness_submit(f->h, GS_RING_NORMAL, &cmd);
	event = expect_done(f->h, 4, 1, GS_JOB_MMU_FAULT);
	expect_mmu_fault(f, &event, GS_MMU_READ_ONLY, GS_ENGINE_CP, true,
			 KIT_CODE);
	cmd = kit_job(&f->kit[0], KIT_ADD, 4, 2);
	cmd.result_addr = 0x123456000;
	harness_submit(f->h, GS_RING_NORMAL, &cmd);
	event = expect_done(f->h, 4, 2, GS_JOB_MMU_FAULT);
	expect_mmu_fault(f, &event, GS_MMU_NOT_MAPPED, GS_ENGINE_CP, true,
			 0x123456000);
	/* A job that failed before keeps its first cause. */
	cmd = kit_job(&f->kit[0], KIT_ILLEGAL, 4, 3);
	cmd.result_addr = KIT_CODE;
	harness_submit(f->h, GS_RING_NORMAL, &cmd);
	event = expect_done(f->h, 4, 3, GS_JOB_FAULT);
	assert_int_equal(event.fault_code, GS_FAULT_ILLEGAL_WORD);
	expect_works(f, 1);
}

/* A record across two pages, the second of which is not there. */
static void test_result_across_pages(void **state)
{
	struct fixture *f = *state;
	const uint64_t last = KIT_RESULTS + GS_PAGE_BYTES - 32;
	struct gs_cmd cmd = kit_job(&f->kit[0], KIT_ADD, 4, 1);
	uint64_t bus = harness_alloc(f->h, GS_PAGE_BYTES, GS_PAGE_BYTES);
	struct gs_event event;
	struct gs_result result;

	cmd.result_addr = last;
	harness_submit(f->h, GS_RING_NORMAL, &cmd);
	expect_done(f->h, 4, 1, GS_JOB_MMU_FAULT);
	harness_map(f->h, &f->kit[0].space, KIT_RESULTS + GS_PAGE_BYTES, bus,
		    GS_PAGE_BYTES, true);
	cmd.seqno = 2;
	cmd.cookie++;
	harness_submit(f->h, GS_RING_NORMAL, &cmd);
	event = expect_done(f->h, 4, 2, GS_JOB_OK);
	memcpy(&result, (uint8_t *)f->kit[0].results + GS_PAGE_BYTES - 32, 32);
	memcpy((uint8_t *)&result + 32, harness_mem(f->h, bus, 32), 32);
	expect_same(&event, &result);
}

/* ---- isolation -----------------------------------------------------------*/

static void test_isolation(void **state)
{
	struct fixture *f = *state;
	const uint64_t secret_va = KIT_DATA + KIT_UNMAPPED;
	uint64_t bus = harness_alloc(f->h, GS_PAGE_BYTES, GS_PAGE_BYTES);
	struct gs_event event;

	/* Mapped in the first space only. */
	harness_map(f->h, &f->kit[0].space, secret_va, bus, GS_PAGE_BYTES,
		    false);
	submit(f, 0, KIT_LOAD_UNMAPPED, 1, 1);
	expect_done(f->h, 1, 1, GS_JOB_OK);
	submit(f, 1, KIT_LOAD_UNMAPPED, 2, 1);
	event = expect_done(f->h, 2, 1, GS_JOB_MMU_FAULT);
	expect_mmu_fault(f, &event, GS_MMU_NOT_MAPPED, GS_ENGINE_CORE, false,
			 secret_va);
	/* Equal addresses, different memory. */
	f->kit[0].in[0] = 10;
	f->kit[1].in[0] = 20;
	f->kit[0].out[0] = f->kit[1].out[0] = 0;
	submit(f, 0, KIT_ADD, 1, 2);
	submit(f, 1, KIT_ADD, 2, 2);
	expect_done(f->h, 1, 2, GS_JOB_OK);
	expect_done(f->h, 2, 2, GS_JOB_OK);
	assert_int_equal(f->kit[0].out[0], 11);
	assert_int_equal(f->kit[1].out[0], 21);
	/* A page that was taken away is gone for the next job. */
	harness_unmap(f->h, &f->kit[0].space, secret_va);
	submit(f, 0, KIT_LOAD_UNMAPPED, 1, 3);
	expect_done(f->h, 1, 3, GS_JOB_MMU_FAULT);
}

static void run_leak(struct fixture *f, unsigned space, uint64_t seqno,
		     const int32_t *expected)
{
	memset(f->kit[space].out, 0x55, 16);
	submit(f, space, KIT_LEAK, space + 1, seqno);
	expect_done(f->h, space + 1, seqno, GS_JOB_OK);
	for (unsigned i = 0; i < KIT_LANES; i++)
		assert_int_equal(f->kit[space].out[i], expected[i]);
}

static void test_scratchpads_are_cleared(void **state)
{
	static const int32_t kept[] = { 8, 9, 10, 11 }, zero[4];
	struct fixture *f = *state;

	for (int i = 0; i < 4; i++)
		f->kit[0].in[i] = 7 + i;
	submit(f, 0, KIT_ADD, 1, 1);
	expect_done(f->h, 1, 1, GS_JOB_OK);
	run_leak(f, 0, 2, kept);
	run_leak(f, 1, 1, zero);
	run_leak(f, 0, 3, zero);
	/* A job that was stopped before it began clears nothing for others. */
	submit(f, 0, KIT_ADD, 1, 4);
	expect_done(f->h, 1, 4, GS_JOB_OK);
	inject(f->h, GS_INJECT_HANG);
	submit(f, 1, KIT_ADD, 2, 5);
	expect_done(f->h, 2, 5, GS_JOB_TIMEOUT);
	run_leak(f, 1, 6, zero);
}

/* After a job that did not end well, its own address space finds nothing. */
static void test_core_is_reset(void **state)
{
	static const int32_t kept[] = { 8, 9, 10, 11 }, zero[4];
	struct fixture *f = *state;
	uint64_t seqno = 1;

	for (int i = 0; i < 4; i++)
		f->kit[0].in[i] = 7 + i;
	for (int i = 0; i < 4; i++) {
		submit(f, 0, KIT_ADD, 1, seqno);
		expect_done(f->h, 1, seqno++, GS_JOB_OK);
		run_leak(f, 0, seqno++, kept);
		if (i < 2)
			inject(f->h, GS_INJECT_HANG);
		submit(f, 0, i < 3 ? KIT_LOAD_UNMAPPED : KIT_ILLEGAL, 1, seqno);
		if (i == 0) {
			harness_settle(f->h);
			control(f, GS_CMD_ABORT, 1, seqno);
		}
		expect_done(f->h, 1, seqno++,
			    i == 0 ? GS_JOB_ABORTED :
			    i == 1 ? GS_JOB_TIMEOUT :
			    i == 2 ? GS_JOB_MMU_FAULT :
				     GS_JOB_FAULT);
		run_leak(f, 0, seqno++, zero);
	}
}

/* ---- watchdog ------------------------------------------------------------*/

#define NS_PER_MS 1000000ull

static void test_timeout(void **state)
{
	struct fixture *f = *state;
	struct gs_event event;
	uint64_t ran;

	inject(f->h, GS_INJECT_HANG);
	submit_for(f, KIT_ADD, 4, 1, 150);
	submit_for(f, KIT_ADD, 4, 2, 150);
	event = expect_done(f->h, 4, 1, GS_JOB_TIMEOUT);
	expect_same(&event, kit_result(&f->kit[0], 1));
	ran = event.time_end - event.time_start;
	assert_in_range(ran, 150 * NS_PER_MS, 151 * NS_PER_MS);
	/* Of the same context, and the next one in line. */
	expect_done(f->h, 4, 2, GS_JOB_OK);
	assert_int_equal(harness_read(f->h, GS_BAR_TEST_PAGE + GS_TEST_COUNT),
			 1);
	expect_works(f, 1);
}

/* From the start of the core, not from submission. */
static void test_timeout_counts_from_start(void **state)
{
	struct fixture *f = *state;
	struct gs_event event;

	slow(f->h, 20000); /* a chain takes 160 ms */
	for (uint64_t i = 1; i <= 5; i++)
		submit_for(f, KIT_CHAIN, 4, i, 200);
	for (uint64_t i = 1; i <= 5; i++) {
		event = expect_done(f->h, 4, i, GS_JOB_OK);
		assert_in_range(event.time_end - event.time_start,
				160 * NS_PER_MS, 170 * NS_PER_MS);
	}
	submit_for(f, KIT_CHAIN, 4, 6, 100);
	event = expect_done(f->h, 4, 6, GS_JOB_TIMEOUT);
	assert_in_range(event.time_end - event.time_start, 100 * NS_PER_MS,
			102 * NS_PER_MS);
	slow(f->h, 0);
	expect_works(f, 1);
}

static void test_longest_timeout(void **state)
{
	struct fixture *f = *state;
	struct gs_event event;

	inject(f->h, GS_INJECT_HANG);
	submit_for(f, KIT_ADD, 4, 1, GS_MAX_TIMEOUT_MS);
	event = expect_done(f->h, 4, 1, GS_JOB_TIMEOUT);
	assert_in_range(event.time_end - event.time_start, 60000 * NS_PER_MS,
			60001 * NS_PER_MS);
}

/* With threads: a program that really runs and never ends. */
static void test_endless_program(void **state)
{
	struct fixture *f = *state;
	struct gs_event event;

	submit_for(f, KIT_ENDLESS, 4, 1, 50);
	event = expect_done(f->h, 4, 1, GS_JOB_TIMEOUT);
	assert_true(event.time_end - event.time_start >= 50 * NS_PER_MS);
	expect_works(f, 1);
	submit_for(f, KIT_ENDLESS, 4, 2, 60000);
	submit_for(f, KIT_ADD, 4, 3, 1000);
	assert_true(harness_until(f->h, GS_REG_STATUS, GS_STATUS_CORE_BUSY,
				  GS_STATUS_CORE_BUSY));
	control(f, GS_CMD_ABORT, 4, 2);
	expect_done(f->h, 4, 2, GS_JOB_ABORTED);
	expect_done(f->h, 4, 3, GS_JOB_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_core_fault),
		TEST_THREADS(test_core_fault),
		TEST(test_mmu_faults),
		TEST_THREADS(test_mmu_faults),
		TEST(test_injected_bus_error),
		TEST(test_result_faults),
		TEST(test_result_across_pages),
		TEST(test_isolation),
		TEST_THREADS(test_isolation),
		TEST(test_scratchpads_are_cleared),
		TEST(test_core_is_reset),
		TEST(test_timeout),
		TEST(test_timeout_counts_from_start),
		TEST(test_longest_timeout),
		TEST_THREADS(test_endless_program),
	};

	if (!have_firmware())
		return EXIT_SKIP;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
