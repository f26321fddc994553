/* SPDX-License-Identifier: MIT */
/*
 * Jobs of the device: memory through the MMU, translations in use, isolation.
 * The worker runs in the test's own thread; pauses between blocks are where
 * the host interferes.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hw-model/core/core_internal.h"
#include "tests/unit/device_job.h"

static int setup(void **state)
{
	*state = start(&shell_ops_map);
	return 0;
}

static int setup_plain(void **state)
{
	*state = start(shell_ops_plain());
	return 0;
}

static int teardown(void **state)
{
	shell_free(*state);
	return 0;
}

/* Of jobs that only move data. */
static void assert_cycles(struct shell *s, uint64_t cycles)
{
	assert_int_equal(shell_cp_rd64(s, GS_CP_CORE_CYCLES), cycles);
	assert_int_equal(shell_cp_rd64(s, GS_CP_CORE_STALLS), cycles);
}

/* ---- memory --------------------------------------------------------------------*/

static void test_copy(void **state)
{
	struct shell *s = *state;

	assert_int_equal(run_copy(s, 0, 16, 16), GS_CORE_DONE);
	assert_memory_equal(page(s, 0), page(s, 16), 16 * PAGE);
	assert_int_equal(shell_cp_rd(s, GS_CP_IRQ_PENDING), GS_CP_IRQ_CORE);
	assert_int_equal(shell_rd64(s, GS_REG_JOBS_STARTED), 1);
	assert_int_equal(shell_rd64(s, GS_REG_TLB_MISSES), 33);
	assert_int_equal(shell_rd(s, GS_REG_FAULT_STATUS), 0);
	assert_int_equal(shell_cp_rd(s, GS_CP_CORE_FAULT_CODE), 0);
	/*
	 * Of the timing model: fetch (a beat and the latency), 8 words decoded,
	 * the 3 of the load, and twice the beats and the latency; in none of
	 * them array or Tandem work.
	 */
	assert_cycles(s, 101 + 8 + 3 + 2 * (16 * PAGE / 64 + 100));
	/* a read-only page where nothing is written will do */
	shell_map_page(s, 1, DATA_VA, DATA, 0);
	assert_int_equal(run_copy(s, 0, 32, 1), GS_CORE_DONE);
}

static void test_times(void **state)
{
	struct shell *s = *state;

	atomic_store(&s->time, 1000);
	shell_wr(s, SLOW_US, 2500);
	assert_int_equal(run_copy(s, 0, 1, 1), GS_CORE_DONE);
	assert_int_equal(shell_cp_rd64(s, GS_CP_CORE_TIME_START), 1000);
	assert_int_equal(shell_cp_rd64(s, GS_CP_CORE_TIME_END), 2501000);
	assert_int_equal(shell_rd64(s, GS_REG_BUSY_TIME), 2500000);
	shell_wr(s, SLOW_US, 0xffffffff);
	assert_int_equal(shell_rd(s, SLOW_US), GS_DEV_MAX_SLOW_US);
}

static void test_large_pages(void **state)
{
	struct shell *s = *state;
	const uint64_t at = DATA_VA + (1ull << GS_LARGE_PAGE_SHIFT);
	const uint32_t first = 1u << (GS_LARGE_PAGE_SHIFT - GS_PAGE_SHIFT);

	shell_map_page(s, 1, at, SHELL_LARGE, GS_PTE_LARGE | GS_PTE_WRITE);
	assert_int_equal(run_copy(s, 0, first + 3, 16), GS_CORE_DONE);
	assert_memory_equal(page(s, 0), shell_ptr(s, SHELL_LARGE + 3 * PAGE),
			    16 * PAGE);
	assert_int_equal(shell_rd64(s, GS_REG_TLB_MISSES), 18);
	/* a part of it is no plain memory */
	s->unmappable = SHELL_LARGE + 20 * PAGE;
	assert_int_equal(run_copy(s, 0, first + 12, 16), GS_CORE_DONE);
	assert_memory_equal(page(s, 0), shell_ptr(s, SHELL_LARGE + 12 * PAGE),
			    16 * PAGE);
}

/* More pages than the TLB has places. */
static void test_many_pages(void **state)
{
	struct shell *s = *state;
	struct program p = { .num = 0 };

	for (unsigned i = DATA_PAGES; i < 512; i++)
		shell_map_page(s, 1, DATA_VA + i * PAGE,
			       DATA + i % DATA_PAGES * PAGE, GS_PTE_WRITE);
	SIMD_START(&p);
	for (unsigned i = 0; i < 512; i += 16)
		move(&p, false, i, 16);
	move(&p, true, 16, 16);
	SIMD_END(&p);
	assert_int_equal(run_program(s, 1, &p), GS_CORE_DONE);
	assert_memory_equal(page(s, 16), page(s, 48), 16 * PAGE);
}

static void assert_mmu_fault(struct shell *s, enum gs_mmu_fault reason,
			     uint64_t addr, bool write)
{
	uint32_t status = shell_rd(s, GS_REG_FAULT_STATUS);

	assert_int_equal(shell_cp_rd(s, GS_CP_CORE_FAULT_CODE), reason);
	assert_int_equal(shell_cp_rd64(s, GS_CP_CORE_ADDRESS), addr);
	assert_int_equal(status & 3,
			 GS_FAULT_VALID | (write ? GS_FAULT_WRITE : 0));
	assert_int_equal(GS_FAULT_REASON(status), reason);
	assert_int_equal(GS_FAULT_ENGINE(status), GS_ENGINE_CORE);
	assert_int_equal(shell_rd(s, GS_REG_FAULT_ASID),
			 shell_cp_rd(s, GS_CP_JOB_ASID));
	assert_int_equal(shell_rd64(s, GS_REG_FAULT_ADDR), addr);
	shell_wr(s, GS_REG_FAULT_STATUS, GS_FAULT_VALID);
}

static void test_faults(void **state)
{
	struct shell *s = *state;
	struct program p = { .num = 0 };

	/* the first byte refused is named, not the transfer's first */
	shell_put64(s, shell_entry(s, 1, DATA_VA + 5 * PAGE, 0), 0);
	assert_int_equal(run_copy(s, 2, 16, 8), GS_CORE_MMU_FAULT);
	assert_mmu_fault(s, GS_MMU_NOT_MAPPED, DATA_VA + 5 * PAGE, false);
	assert_int_equal(shell_cp_rd(s, GS_CP_CORE_WORD), 3);
	/* up to where the load would have ended */
	assert_cycles(s, 101 + 8 + 3 + 8 * PAGE / 64 + 100);
	shell_map_page(s, 1, DATA_VA + 17 * PAGE, DATA, 0);
	assert_int_equal(run_copy(s, 6, 16, 8), GS_CORE_MMU_FAULT);
	assert_mmu_fault(s, GS_MMU_READ_ONLY, DATA_VA + 17 * PAGE, true);
	assert_int_equal(shell_cp_rd(s, GS_CP_CORE_WORD), 6);
	assert_cycles(s, 101 + 8 + 3 + 2 * (8 * PAGE / 64 + 100));
	s->refused = DATA + 30 * PAGE;
	assert_int_equal(run_copy(s, 24, 32, 8), GS_CORE_MMU_FAULT);
	assert_mmu_fault(s, GS_MMU_BUS_ERROR, DATA_VA + 30 * PAGE, false);
	s->refused = 0;
	shell_put64(s, shell_entry(s, 1, DATA_VA + 30 * PAGE, 0), ~0ull);
	assert_int_equal(run_copy(s, 24, 32, 8), GS_CORE_MMU_FAULT);
	assert_mmu_fault(s, GS_MMU_BAD_ENTRY, DATA_VA + 30 * PAGE, false);
	copy(&p, 0, 1, 1);
	assert_int_equal(run_program(s, 3, &p), GS_CORE_MMU_FAULT);
	assert_mmu_fault(s, GS_MMU_BAD_ASID, CODE_VA, false);
	describe(s, 1, p.num);
	shell_cp_wr64(s, GS_CP_JOB_WINDOW(0), 1ull << 48);
	assert_int_equal(run(s), GS_CORE_MMU_FAULT);
	assert_mmu_fault(s, GS_MMU_NOT_CANONICAL, 1ull << 48, false);
	/* no fault of an MMU: the interrupt of the bus stays out of it */
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), 0);
}

static void test_core_fault(void **state)
{
	struct shell *s = *state;
	struct program p = { .words = { 0xffffffff }, .num = 1 };

	load(s, 1, &p);
	assert_int_equal(run(s), GS_CORE_FAULT);
	assert_int_equal(shell_cp_rd(s, GS_CP_CORE_FAULT_CODE),
			 GS_FAULT_ILLEGAL_WORD);
	assert_int_equal(shell_cp_rd64(s, GS_CP_CORE_ADDRESS), 0xffffffff);
	/* no block passed its checks */
	assert_cycles(s, 0);
	assert_int_equal(shell_rd(s, GS_REG_FAULT_STATUS), 0);
	/* a window at the end of the bus's 64 bits: the core's own fault */
	shell_cp_wr64(s, GS_CP_JOB_WINDOW(0), UINT64_MAX - 1);
	assert_int_equal(run(s), GS_CORE_FAULT);
	assert_int_equal(shell_cp_rd(s, GS_CP_CORE_FAULT_CODE),
			 GS_FAULT_MEMORY);
}

/* ---- translations in use ---------------------------------------------------------*/

/* What the host does between the two blocks of the program below. */
static struct {
	uint32_t asid; /* to invalidate; 0: none */
	uint64_t addr;
	uint32_t pages;
} meddling;

static void remap_page_0(struct shell *s, unsigned nap)
{
	if (nap != 2)
		return;
	shell_lock(s);
	shell_map_page(s, 1, DATA_VA, DATA + 8 * PAGE, GS_PTE_WRITE);
	if (meddling.asid) {
		shell_wr(s, GS_REG_INVAL_ASID, meddling.asid);
		shell_wr64(s, GS_REG_INVAL_ADDR, meddling.addr);
		shell_wr(s, GS_REG_INVAL_PAGES, meddling.pages);
		shell_wr(s, GS_REG_INVAL_CONTROL, 1);
		assert_int_equal(shell_rd(s, GS_REG_INVAL_CONTROL), 0);
		if (!meddling.pages && meddling.asid != 2)
			assert_int_equal(s->mapped, 0);
	}
	shell_unlock(s);
}

/* Does the second block still see page 0 where it was? */
static bool stale_after(struct shell *s, uint32_t asid, uint64_t addr,
			uint32_t pages)
{
	struct program p = { .num = 0 };
	bool stale;

	meddling.asid = asid;
	meddling.addr = addr;
	meddling.pages = pages;
	shell_map_page(s, 1, DATA_VA, DATA, GS_PTE_WRITE);
	copy(&p, 0, 2, 1);
	emit_next(&p, 0x1000, 9);
	EMIT(&p, BLOCK_END, 0);
	load(s, 1, &p);
	p.num = 0;
	copy(&p, 0, 3, 1);
	EMIT(&p, BLOCK_END, 1);
	put_program(s, CODE + 0x1000, &p);
	shell_wr(s, SLOW_US, 1);
	atomic_store(&s->naps, 0);
	s->in_nap = remap_page_0;
	assert_int_equal(run(s), GS_CORE_DONE);
	s->in_nap = NULL;
	assert_memory_equal(page(s, 2), page(s, 0), PAGE);
	stale = !memcmp(page(s, 3), page(s, 0), PAGE);
	if (!stale)
		assert_memory_equal(page(s, 3), page(s, 8), PAGE);
	return stale;
}

static void test_invalidation(void **state)
{
	struct shell *s = *state;

	/* a change alone is not seen as long as the entry stays */
	assert_true(stale_after(s, 0, 0, 0));
	assert_true(stale_after(s, 2, DATA_VA, 1));
	assert_true(stale_after(s, 2, 0, 0));
	assert_true(stale_after(s, 1, DATA_VA + PAGE, 1));
	assert_true(stale_after(s, 1, DATA_VA - 4 * PAGE, 4));
	assert_false(stale_after(s, 1, DATA_VA, 1));
	assert_false(stale_after(s, 1, DATA_VA - 4 * PAGE, 5));
	assert_true(stale_after(s, 1, 0, 0xffffffff));
	assert_false(stale_after(s, 1, DATA_VA - (1ull << 43), 0xffffffff));
	assert_false(stale_after(s, 1, 0, 0));
	assert_false(stale_after(s, GS_INVAL_ALL_ASIDS, 0, 1));
	/* the translations of a job end with it */
	shell_map_page(s, 1, DATA_VA, DATA + 8 * PAGE, GS_PTE_WRITE);
	assert_int_equal(run_copy(s, 0, 4, 1), GS_CORE_DONE);
	assert_memory_equal(page(s, 4), page(s, 8), PAGE);
}

static void map_large_elsewhere(struct shell *s, unsigned nap)
{
	if (nap != 2)
		return;
	shell_lock(s);
	shell_wr(s, GS_REG_INVAL_ASID, 1);
	/* one small page of the large one */
	shell_wr64(s, GS_REG_INVAL_ADDR,
		   DATA_VA + (1ull << GS_LARGE_PAGE_SHIFT) + 100 * PAGE);
	shell_wr(s, GS_REG_INVAL_PAGES, 1);
	shell_map_page(s, 1, DATA_VA + (1ull << GS_LARGE_PAGE_SHIFT),
		       SHELL_LARGE + (1ull << GS_LARGE_PAGE_SHIFT),
		       GS_PTE_LARGE);
	shell_wr(s, GS_REG_INVAL_CONTROL, 1);
	shell_unlock(s);
}

static void test_invalidation_large(void **state)
{
	struct shell *s = *state;
	const uint32_t first = 1u << (GS_LARGE_PAGE_SHIFT - GS_PAGE_SHIFT);
	struct program p = { .num = 0 };

	shell_map_page(s, 1, DATA_VA + (1ull << GS_LARGE_PAGE_SHIFT),
		       SHELL_LARGE, GS_PTE_LARGE);
	memset(shell_ptr(s, SHELL_LARGE), 0xaa, PAGE);
	memset(shell_ptr(s, SHELL_LARGE + (1ull << GS_LARGE_PAGE_SHIFT)), 0xbb,
	       PAGE);
	copy(&p, first, 2, 1);
	emit_next(&p, 0x1000, 9);
	EMIT(&p, BLOCK_END, 0);
	load(s, 1, &p);
	p.num = 0;
	copy(&p, first, 3, 1);
	EMIT(&p, BLOCK_END, 1);
	put_program(s, CODE + 0x1000, &p);
	shell_wr(s, SLOW_US, 1);
	s->in_nap = map_large_elsewhere;
	assert_int_equal(run(s), GS_CORE_DONE);
	assert_int_equal(page(s, 2)[PAGE - 1], 0xaa);
	assert_int_equal(page(s, 3)[PAGE - 1], 0xbb);
}

/* Rights may grow without an invalidation; pages may appear. */
static void grow_rights(struct shell *s, unsigned nap)
{
	if (nap == 2)
		shell_map_page(s, 1, DATA_VA, DATA, GS_PTE_WRITE);
}

static void test_rights_grow(void **state)
{
	struct shell *s = *state;
	struct program p = { .num = 0 };

	shell_map_page(s, 1, DATA_VA, DATA, 0);
	copy(&p, 0, 2, 1);
	emit_next(&p, 0x1000, 9);
	EMIT(&p, BLOCK_END, 0);
	load(s, 1, &p);
	p.num = 0;
	copy(&p, 4, 0, 1);
	EMIT(&p, BLOCK_END, 1);
	put_program(s, CODE + 0x1000, &p);
	shell_wr(s, SLOW_US, 1);
	s->in_nap = grow_rights;
	assert_int_equal(run(s), GS_CORE_DONE);
	assert_memory_equal(page(s, 0), page(s, 4), PAGE);
}

/* ---- isolation ---------------------------------------------------------------------*/

/* Store what VMEM holds; is it zero? */
static bool vmem_is_zero(struct shell *s, uint32_t asid)
{
	struct program p = { .num = 0 };
	static const uint8_t zeros[16 * PAGE];

	memset(page(s, 32), 0x5a, 16 * PAGE);
	SIMD_START(&p);
	move(&p, true, 32, 16);
	SIMD_END(&p);
	assert_int_equal(run_program(s, asid, &p), GS_CORE_DONE);
	return !memcmp(page(s, 32), zeros, 16 * PAGE);
}

static void fill_vmem(struct shell *s, uint32_t asid)
{
	struct program p = { .num = 0 };

	SIMD_START(&p);
	move(&p, false, 0, 16);
	SIMD_END(&p);
	assert_int_equal(run_program(s, asid, &p), GS_CORE_DONE);
}

static void test_scratchpads(void **state)
{
	struct shell *s = *state;

	fill_vmem(s, 1);
	assert_false(vmem_is_zero(s, 1));
	assert_true(vmem_is_zero(s, 2));
	assert_true(vmem_is_zero(s, 1));
	/* an ASID given to somebody else is invalidated as a whole */
	fill_vmem(s, 1);
	invalidate(s, 2, 0);
	invalidate(s, 1, 1);
	assert_false(vmem_is_zero(s, 1));
	invalidate(s, 1, 0);
	assert_true(vmem_is_zero(s, 1));
	fill_vmem(s, 1);
	invalidate(s, GS_INVAL_ALL_ASIDS, 7);
	assert_true(vmem_is_zero(s, 1));
	fill_vmem(s, 1);
	gs_dev_reset(s->dev);
	shell_wr64(s, GS_REG_CTX_TABLE, SHELL_CONTEXTS);
	assert_true(vmem_is_zero(s, 1));
	/* a job that never came to run does not make it anybody's */
	fill_vmem(s, 1);
	shell_wr(s, INJECT, GS_INJECT_HANG);
	shell_cp_wr(s, GS_CP_JOB_ASID, 2);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_START);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_ABORT);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_ACK);
	assert_true(vmem_is_zero(s, 2));
}

static void reset_core(struct shell *s)
{
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_RESET);
	assert_int_equal(status_of(s), GS_CORE_IDLE);
}

static void test_core_reset(void **state)
{
	struct shell *s = *state;

	fill_vmem(s, 1);
	reset_core(s);
	assert_true(vmem_is_zero(s, 1));
	/* in place of the acknowledgement; not while a job runs */
	fill_vmem(s, 1);
	shell_wr(s, INJECT, GS_INJECT_HANG);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_START);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_RESET);
	assert_int_equal(status_of(s), GS_CORE_RUNNING);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_ABORT);
	assert_int_equal(status_of(s), GS_CORE_ABORTED);
	reset_core(s);
	assert_true(vmem_is_zero(s, 1));
	/* what is no command does nothing */
	fill_vmem(s, 1);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, GS_CORE_RESET + 1);
	shell_cp_wr(s, GS_CP_CORE_CONTROL, 0);
	assert_false(vmem_is_zero(s, 1));
}

static unsigned blocks_kept(const struct shell *s)
{
	struct gs_cached *const *cache = s->dev->core->cache;
	unsigned num = 0;

	for (unsigned i = 0; cache && i < GS_CACHE_SLOTS; i++)
		num += cache[i] && cache[i]->valid;
	return num;
}

/* Two blocks; the second is the last. */
static void run_two_blocks(struct shell *s, uint32_t asid)
{
	struct program p = { .num = 0 };

	emit_next(&p, 16, 1);
	EMIT(&p, BLOCK_END, 0);
	EMIT(&p, BLOCK_END, 1);
	load(s, asid, &p);
	shell_cp_wr(s, GS_CP_JOB_ENTRY_WORDS, 4);
	assert_int_equal(run(s), GS_CORE_DONE);
}

/* What was decoded is the address space's too: its time would tell. */
static void test_decoded_blocks(void **state)
{
	struct shell *s = *state;

	run_two_blocks(s, 1);
	assert_int_equal(blocks_kept(s), 2);
	assert_int_equal(run_copy(s, 0, 1, 1), GS_CORE_DONE);
	assert_int_equal(blocks_kept(s),
			 2); /* of three, one at the same place */
	run_two_blocks(s, 2);
	fill_vmem(s, 1);
	assert_int_equal(blocks_kept(s), 1);
	run_two_blocks(s, 1);
	invalidate(s, 1, 0);
	fill_vmem(s, 1);
	assert_int_equal(blocks_kept(s), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define PLAIN(test)                                               \
	{                                                         \
#test "_plain", test, setup_plain, teardown, NULL \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_copy),
		PLAIN(test_copy),
		TEST(test_times),
		TEST(test_large_pages),
		PLAIN(test_large_pages),
		TEST(test_many_pages),
		PLAIN(test_many_pages),
		TEST(test_faults),
		PLAIN(test_faults),
		TEST(test_core_fault),
		TEST(test_invalidation),
		PLAIN(test_invalidation),
		TEST(test_invalidation_large),
		PLAIN(test_invalidation_large),
		TEST(test_rights_grow),
		PLAIN(test_rights_grow),
		TEST(test_scratchpads),
		TEST(test_core_reset),
		TEST(test_decoded_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
