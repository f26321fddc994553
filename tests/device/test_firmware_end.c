/* SPDX-License-Identifier: MIT */
/*
 * All the ways in which a job can end, and what must not change by it.
 */
#include "tests/device/test_util.h"

#include "firmware/host.h"

static void submit(struct fixture *f, unsigned space, enum kit_program program,
		   uint32_t ctx, uint64_t seqno)
{
	struct gs_cmd cmd = kit_job(&f->kit[space], program, ctx, seqno);

	harness_submit(f->h, GS_RING_NORMAL, &cmd);
}

static void submit_for(struct fixture *f, enum kit_program program,
		       uint32_t ctx, uint64_t seqno, uint32_t timeout_ms)
{
	struct gs_cmd cmd = kit_job(&f->kit[0], program, ctx, seqno);

	cmd.timeout_ms = timeout_ms;
	harness_submit(f->h, GS_RING_NORMAL, &cmd);
}

static void control(struct fixture *f, enum gs_cmd_type type, uint32_t ctx,
		    uint64_t seqno)
{
	struct gs_cmd cmd = kit_control(type, ctx, seqno);

	harness_submit(f->h, GS_RING_CONTROL, &cmd);
}

/* The device is as good as new. */
static void expect_works(struct fixture *f, uint64_t seqno)
{
	f->kit[2].in[0] = (int32_t)seqno;
	submit(f, 2, KIT_ADD, 99, seqno);
	expect_done(f->h, 99, seqno, GS_JOB_OK);
	assert_int_equal(f->kit[2].out[0], seqno + 1);
}

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
