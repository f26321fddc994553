/* SPDX-License-Identifier: MIT */
/*
 * Jobs of the device that are stopped: abort, reset, fault injection, and all
 * of it with a worker in a thread of its own.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/device_job.h"

static int setup(void **state)
{
	*state = start(&shell_ops_map);
	return 0;
}

static int teardown(void **state)
{
	shell_free(*state);
	return 0;
}

/* ---- abort and reset ----------------------------------------------------------------*/

static void abort_late(struct shell *s, unsigned nap)
{
	if (nap != 3)
		return;
	shell_lock(s);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_ABORT);
	assert_int_equal(status_of(s), GS_CORE_RUNNING);
	shell_unlock(s);
}

static void test_abort(void **state)
{
	struct shell *s = *state;
	size_t kept;

	load_endless(s);
	shell_wr(s, SLOW_US, 1);
	s->in_nap = abort_late;
	assert_int_equal(run(s), GS_CORE_ABORTED);
	assert_int_equal(atomic_load(&s->naps), 3);
	s->in_nap = NULL;
	/* two blocks; the second's words were there */
	assert_int_equal(shell_cp_rd64(s, GS_CP_CORE_CYCLES),
			 101 + 8 + 3 + 2 * 164 + 8 + 3 + 2 * 164);
	assert_null(gs_timing_blocks(s->dev->timing, &kept));
	/* before a worker came */
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_START);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_ABORT);
	assert_int_equal(status_of(s), GS_CORE_RUNNING);
	assert_true(gs_dev_core_work(s->dev));
	gs_dev_core_finish(s->dev);
	assert_int_equal(status_of(s), GS_CORE_ABORTED);
	/* of nothing */
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_ABORT);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_ACK);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_ABORT);
	assert_int_equal(status_of(s), GS_CORE_IDLE);
	assert_int_equal(run_copy(s, 0, 1, 1), GS_CORE_DONE);
}

static void test_core_states(void **state)
{
	struct shell *s = *state;

	load_endless(s);
	assert_false(gs_dev_core_work(s->dev));
	gs_dev_core_finish(s->dev);
	assert_false(gs_dev_core_busy(s->dev));
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_START);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_START);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_ACK);
	assert_int_equal(s->starts, 1);
	assert_int_equal(status_of(s), GS_CORE_RUNNING);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), GS_STATUS_CORE_BUSY);
	assert_true(gs_dev_core_busy(s->dev));
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_ABORT);
	assert_true(gs_dev_core_work(s->dev));
	assert_false(gs_dev_core_work(s->dev));
	assert_int_equal(status_of(s), GS_CORE_RUNNING);
	gs_dev_core_finish(s->dev);
	gs_dev_core_finish(s->dev);
	assert_int_equal(status_of(s), GS_CORE_ABORTED);
	/* not acknowledged */
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_START);
	assert_int_equal(s->starts, 1);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), 0);
}

static void reset_late(struct shell *s, unsigned nap)
{
	uint32_t val;

	if (nap != 3)
		return;
	shell_lock(s);
	shell_wr(s, GS_REG_CONTROL, GS_CONTROL_RESET);
	assert_int_equal(s->mapped, 0);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), GS_STATUS_RESETTING);
	assert_true(gs_dev_core_busy(s->dev));
	/* registers have their reset values, and keep them */
	assert_int_not_equal(gs_dev_mmio_write(s->dev, GS_REG_FW_BYTES, 4, 1),
			     0);
	assert_int_equal(gs_dev_mmio_read(s->dev, GS_REG_FW_BYTES, 4, &val), 0);
	assert_int_equal(val, 0);
	gs_dev_reset(s->dev);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), GS_STATUS_RESETTING);
	memset(page(s, 0), 0x11, PAGE);
	memset(page(s, 1), 0x22, PAGE);
	shell_unlock(s);
}

static void test_reset_mid_job(void **state)
{
	struct shell *s = *state;

	load_endless(s);
	shell_wr(s, SLOW_US, 1);
	s->in_nap = reset_late;
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_START);
	assert_true(gs_dev_core_work(s->dev));
	/* nothing was written after the reset */
	assert_int_equal(page(s, 1)[0], 0x22);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), GS_STATUS_RESETTING);
	gs_dev_core_finish(s->dev);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), 0);
	assert_false(gs_dev_core_busy(s->dev));
	assert_int_equal(status_of(s), GS_CORE_IDLE);
	assert_int_equal(shell_cp_rd(s, GS_CP_IRQ_PENDING), 0);
	assert_int_equal(shell_rd64(s, GS_REG_JOBS_STARTED), 0);
	shell_wr64(s, GS_REG_CTX_TABLE, SHELL_CONTEXTS);
	assert_int_equal(run_copy(s, 0, 1, 1), GS_CORE_DONE);
}

static void test_reset_around_job(void **state)
{
	struct shell *s = *state;

	/* before the worker came: it finds nothing */
	load_endless(s);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_START);
	gs_dev_reset(s->dev);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), 0);
	assert_false(gs_dev_core_busy(s->dev));
	assert_false(gs_dev_core_work(s->dev));
	gs_dev_core_finish(s->dev);
	assert_int_equal(status_of(s), GS_CORE_IDLE);
	/* after it left: the late finish publishes nothing */
	load_endless(s);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_START);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_ABORT);
	assert_true(gs_dev_core_work(s->dev));
	gs_dev_reset(s->dev);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), 0);
	gs_dev_core_finish(s->dev);
	assert_int_equal(status_of(s), GS_CORE_IDLE);
}

/* Firmware that ends takes its job along, and START waits for the end of both. */
static void test_stop_with_job(void **state)
{
	struct shell *s = *state;
	static const uint32_t spin[] = { 0x6f };
	uint32_t bytes = shell_image(s, 0, spin, 1);

	assert_int_equal(shell_boot(s, bytes), GS_FW_RUNNING);
	load_endless(s);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_START);
	shell_wr(s, GS_REG_FW_CONTROL, GS_FW_CONTROL_STOP);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), GS_STATUS_CORE_BUSY);
	assert_int_equal(shell_boot(s, bytes), GS_FW_BUSY);
	assert_true(gs_dev_core_work(s->dev));
	gs_dev_core_finish(s->dev);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), 0);
	assert_int_equal(shell_boot(s, bytes), GS_FW_RUNNING);
	assert_int_equal(status_of(s), GS_CORE_IDLE);
	/* the same for one that hangs */
	shell_wr(s, INJECT, GS_INJECT_HANG);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_START);
	assert_int_equal(status_of(s), GS_CORE_RUNNING);
	shell_wr(s, INJECT, GS_INJECT_CP_HALT);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), GS_STATUS_CP_HALTED);
}

/* A job all the way by instructions: start, sleep, status to scratch 2. */
static void test_firmware_runs_job(void **state)
{
	struct shell *s = *state;
	static const uint32_t words[] = {
		0x100002b7, /* lui t0, 0x10000 */
		0x20000313, /* li t1, GS_CP_IRQ_CORE */
		0x0062aa23, /* sw t1, GS_CP_IRQ_ENABLE(t0) */
		0x00001337, /* lui t1, 1 */
		0x80030313, /* addi t1, t1, -2048 */
		0x30431073, /* csrw mie, t1 */
		0x00100313, /* li t1, GS_CORE_START */
		0x0c62a023, /* sw t1, GS_CP_CORE_CONTROL(t0) */
		0x10500073, /* wfi */
		0x0c42a303, /* lw t1, GS_CP_CORE_STATUS(t0) */
		0x0262ac23, /* sw t1, GS_CP_SCRATCH(2)(t0) */
		0x0000006f, /* j . */
	};
	struct program p = { .num = 0 };
	uint32_t bytes = shell_image(s, 0, words, 12);

	assert_int_equal(shell_boot(s, bytes), GS_FW_RUNNING);
	copy(&p, 0, 1, 1);
	EMIT(&p, BLOCK_END, 1);
	load(s, 1, &p);
	assert_int_equal(gs_dev_cp_slice(s->dev, 99), GS_CP_SLICE_IDLE);
	assert_int_equal(s->starts, 1);
	s->kicks = 0;
	assert_true(gs_dev_core_work(s->dev));
	assert_int_equal(s->kicks, 0);
	gs_dev_core_finish(s->dev);
	assert_int_equal(s->kicks, 1);
	assert_int_equal(gs_dev_cp_slice(s->dev, 99), GS_CP_SLICE_MORE);
	assert_int_equal(shell_rd(s, GS_REG_FW_SCRATCH(2)), GS_CORE_DONE);
	assert_memory_equal(page(s, 0), page(s, 1), PAGE);
}

/* ---- fault injection ------------------------------------------------------------------*/

static void test_inject_hang(void **state)
{
	struct shell *s = *state;

	load_endless(s);
	shell_wr(s, INJECT, GS_INJECT_HANG);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_START);
	assert_int_equal(shell_rd(s, INJECT), 0);
	assert_int_equal(shell_rd(s, COUNT), 1);
	assert_int_equal(s->starts, 0);
	assert_false(gs_dev_core_work(s->dev));
	assert_int_equal(status_of(s), GS_CORE_RUNNING);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), GS_STATUS_CORE_BUSY);
	atomic_store(&s->time, 77);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_ABORT);
	assert_int_equal(status_of(s), GS_CORE_ABORTED);
	assert_int_equal(shell_cp_rd(s, GS_CP_IRQ_PENDING), GS_CP_IRQ_CORE);
	assert_int_equal(shell_cp_rd64(s, GS_CP_CORE_TIME_END), 77);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_ACK);
	assert_int_equal(run_copy(s, 0, 1, 1), GS_CORE_DONE);
	/* a reset ends it too */
	shell_wr(s, INJECT, GS_INJECT_HANG);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_START);
	gs_dev_reset(s->dev);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), 0);
}

static void test_inject_dma_error(void **state)
{
	struct shell *s = *state;

	shell_wr(s, INJECT, GS_INJECT_DMA_ERROR);
	assert_int_equal(run_copy(s, 0, 1, 1), GS_CORE_MMU_FAULT);
	assert_int_equal(shell_cp_rd(s, GS_CP_CORE_FAULT_CODE),
			 GS_MMU_BUS_ERROR);
	assert_int_equal(shell_cp_rd64(s, GS_CP_CORE_ADDRESS), CODE_VA);
	assert_int_equal(GS_FAULT_REASON(shell_rd(s, GS_REG_FAULT_STATUS)),
			 GS_MMU_BUS_ERROR);
	assert_int_equal(shell_rd(s, COUNT), 1);
	assert_int_equal(run_copy(s, 0, 1, 1), GS_CORE_DONE);
}

static void test_inject_drop_irq(void **state)
{
	struct shell *s = *state;

	shell_wr(s, GS_REG_INT_ENABLE, GS_INT_ALL);
	shell_wr(s, INJECT, GS_INJECT_DROP_IRQ);
	/* armed for the next job, not before */
	shell_cp_wr(s, GS_CP_RAISE, GS_INT_EVENT);
	assert_int_equal(s->rises, 1);
	shell_wr(s, GS_REG_INT_STATUS, GS_INT_EVENT);
	assert_int_equal(run_copy(s, 0, 1, 1), GS_CORE_DONE);
	shell_cp_wr(s, GS_CP_RAISE, GS_INT_EVENT);
	assert_int_equal(s->rises, 1);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), 0);
	assert_int_equal(shell_rd(s, COUNT), 1);
	shell_cp_wr(s, GS_CP_RAISE, GS_INT_EVENT);
	assert_int_equal(s->rises, 2);
}

/* Messages of their own for events of jobs; what is no vector is EVENT. */
static void test_event_vectors(void **state)
{
	const uint32_t last = GS_NUM_VECTORS - 1;
	struct shell *s = *state;

	shell_cp_wr(s, GS_CP_RAISE, GS_INT_EVENT | 1u << GS_RAISE_VECTOR_SHIFT);
	/* not enabled: not lost */
	assert_int_equal(s->messages, 0);
	assert_int_equal(s->rises, 0);
	shell_wr(s, GS_REG_INT_ENABLE, GS_INT_ALL);
	assert_int_equal(s->rises, 1);
	shell_wr(s, GS_REG_INT_STATUS, GS_INT_EVENT);
	shell_cp_wr(s, GS_CP_RAISE,
		    GS_INT_EVENT | last << GS_RAISE_VECTOR_SHIFT);
	assert_int_equal(s->messages, 1);
	assert_int_equal(s->vector, last);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), 0);
	assert_int_equal(s->rises, 1);
	shell_cp_wr(s, GS_CP_RAISE,
		    GS_INT_EVENT | GS_NUM_VECTORS << GS_RAISE_VECTOR_SHIFT);
	assert_int_equal(s->messages, 1);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), GS_INT_EVENT);
	assert_int_equal(s->rises, 2);
	shell_wr(s, INJECT, GS_INJECT_DROP_IRQ);
	assert_int_equal(run_copy(s, 0, 1, 1), GS_CORE_DONE);
	shell_cp_wr(s, GS_CP_RAISE, GS_INT_EVENT | 1u << GS_RAISE_VECTOR_SHIFT);
	assert_int_equal(s->messages, 1);
	shell_cp_wr(s, GS_CP_RAISE, GS_INT_EVENT | 1u << GS_RAISE_VECTOR_SHIFT);
	assert_int_equal(s->messages, 2);
	assert_int_equal(s->vector, 1);
	/* switched off: the event is not lost */
	shell_wr(s, GS_REG_INT_STATUS, GS_INT_EVENT);
	s->no_messages = true;
	shell_cp_wr(s, GS_CP_RAISE, GS_INT_EVENT | 1u << GS_RAISE_VECTOR_SHIFT);
	assert_int_equal(s->messages, 2);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), GS_INT_EVENT);
	assert_int_equal(s->rises, 3);
}

/* ---- with a worker of its own -----------------------------------------------------------*/

static int setup_threaded(void **state)
{
	*state = start(&shell_ops_map);
	shell_start_worker(*state);
	return 0;
}

static int teardown_threaded(void **state)
{
	shell_join_worker(*state);
	return teardown(state);
}

static void control(struct shell *s, uint32_t what)
{
	shell_lock(s);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, what);
	shell_unlock(s);
}

static uint32_t locked_status(struct shell *s)
{
	uint32_t status;

	shell_lock(s);
	status = status_of(s);
	shell_unlock(s);
	return status;
}

static void wait_for(struct shell *s, bool (*done)(struct shell *s))
{
	for (;;) {
		bool is_done;

		shell_lock(s);
		is_done = done(s);
		shell_unlock(s);
		if (is_done)
			return;
		sched_yield();
	}
}

static bool is_stopped(struct shell *s)
{
	return status_of(s) != GS_CORE_RUNNING;
}

static bool has_missed(struct shell *s)
{
	return shell_rd64(s, GS_REG_TLB_MISSES) >= 3;
}

static bool is_reset(struct shell *s)
{
	return !(shell_rd(s, GS_REG_STATUS) & GS_STATUS_RESETTING);
}

/* Jobs, with all their translations dropped again and again. */
static void test_thread_invalidates(void **state)
{
	struct shell *s = *state;
	struct program p = { .num = 0 };

	copy(&p, 0, 16, 16);
	EMIT(&p, BLOCK_END, 1);
	load(s, 1, &p);
	for (unsigned round = 0; round < 50; round++) {
		control(s, GS_CORE_START);
		while (locked_status(s) == GS_CORE_RUNNING) {
			shell_lock(s);
			invalidate(s, 1, round % 3);
			shell_unlock(s);
		}
		assert_int_equal(locked_status(s), GS_CORE_DONE);
		control(s, GS_CORE_ACK);
	}
	shell_lock(s);
	assert_memory_equal(page(s, 0), page(s, 16), 16 * PAGE);
	shell_unlock(s);
}

static void test_thread_aborts(void **state)
{
	struct shell *s = *state;

	load_endless(s);
	for (unsigned round = 0; round < 20; round++) {
		shell_lock(s);
		shell_wr(s, SLOW_US, round % 2 ? 100000 : 0);
		shell_unlock(s);
		control(s, GS_CORE_START);
		if (round % 4 == 2)
			wait_for(s, has_missed);
		control(s, GS_CORE_ABORT);
		wait_for(s, is_stopped);
		assert_int_equal(locked_status(s), GS_CORE_ABORTED);
		control(s, GS_CORE_ACK);
	}
}

static void test_thread_resets(void **state)
{
	struct shell *s = *state;

	for (unsigned round = 0; round < 20; round++) {
		shell_lock(s);
		shell_wr64(s, GS_REG_CTX_TABLE, SHELL_CONTEXTS);
		load_endless(s);
		shell_unlock(s);
		control(s, GS_CORE_START);
		if (round % 2)
			wait_for(s, has_missed);
		shell_lock(s);
		gs_dev_reset(s->dev);
		assert_int_equal(s->mapped, 0);
		/* its memory is the host's again from here on */
		memset(page(s, 1), (int)round, PAGE);
		shell_unlock(s);
		wait_for(s, is_reset);
		assert_int_equal(page(s, 1)[PAGE - 1], round);
		assert_int_equal(locked_status(s), GS_CORE_IDLE);
	}
}

/* Teardown finds a job that would run for ever. */
static void test_thread_is_left(void **state)
{
	struct shell *s = *state;

	load_endless(s);
	control(s, GS_CORE_START);
	wait_for(s, has_missed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define THREAD(name) \
	cmocka_unit_test_setup_teardown(name, setup_threaded, teardown_threaded)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_abort),
		TEST(test_core_states),
		TEST(test_reset_mid_job),
		TEST(test_reset_around_job),
		TEST(test_stop_with_job),
		TEST(test_firmware_runs_job),
		TEST(test_inject_hang),
		TEST(test_inject_dma_error),
		TEST(test_inject_drop_irq),
		TEST(test_event_vectors),
		THREAD(test_thread_invalidates),
		THREAD(test_thread_aborts),
		THREAD(test_thread_resets),
		THREAD(test_thread_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
