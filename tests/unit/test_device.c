/* SPDX-License-Identifier: MIT */
/*
 * The device without a bus: registers, interrupts, address translation. The
 * command processor is tested by test_device_cp.c, jobs by test_device_job.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "tests/unit/device_shell.h"

#define NUM_ASIDS 16

static int setup(void **state)
{
	struct shell *s =
		shell_new(gs_arch_default(), &shell_ops_map, NUM_ASIDS);

	*state = s;
	return s ? 0 : -1;
}

static int teardown(void **state)
{
	shell_free(*state);
	return 0;
}

/* ---- registers -------------------------------------------------------------*/

enum access { RO, RW, W1C, WO };

/* docs/device.md, Registers. */
static const struct {
	uint32_t offset;
	enum access access;
	uint32_t mask; /* bits that keep what is written */
} host_regs[] = {
	{ GS_REG_CONTROL, WO, 0 },
	{ GS_REG_STATUS, RO, 0 },
	{ GS_REG_INT_STATUS, W1C, 0 },
	{ GS_REG_INT_ENABLE, RW, GS_INT_ALL },
	{ GS_REG_FW_ADDR, RW, 0xfffffff0 },
	{ GS_REG_FW_ADDR + 4, RW, 0xffffffff },
	{ GS_REG_FW_BYTES, RW, 0xffffffff },
	{ GS_REG_FW_CONTROL, WO, 0 },
	{ GS_REG_FW_STATUS, RO, 0 },
	{ GS_REG_FW_HALT_CAUSE, RO, 0 },
	{ GS_REG_FW_HALT_PC, RO, 0 },
	{ GS_REG_FW_SCRATCH(0), RO, 0 },
	{ GS_REG_FW_SCRATCH(1), RO, 0 },
	{ GS_REG_FW_SCRATCH(2), RO, 0 },
	{ GS_REG_FW_SCRATCH(3), RO, 0 },
	{ GS_REG_RING_ADDR, RW, 0xfffff000 },
	{ GS_REG_RING_ADDR + 4, RW, 0xffffffff },
	{ GS_REG_DOORBELL(0), WO, 0 },
	{ GS_REG_DOORBELL(1), WO, 0 },
	{ GS_REG_DOORBELL(2), WO, 0 },
	{ GS_REG_DOORBELL(3), WO, 0 },
	{ GS_REG_EVENT_DOORBELL, WO, 0 },
	{ GS_REG_CTX_TABLE, RW, 0xfffff000 },
	{ GS_REG_CTX_TABLE + 4, RW, 0xffffffff },
	{ GS_REG_INVAL_ASID, RW, 0xffffffff },
	{ GS_REG_INVAL_ADDR, RW, 0xfffff000 },
	{ GS_REG_INVAL_ADDR + 4, RW, 0xffffffff },
	{ GS_REG_INVAL_PAGES, RW, 0xffffffff },
	{ GS_REG_INVAL_CONTROL, WO, 0 },
	{ GS_REG_FAULT_STATUS, W1C, 0 },
	{ GS_REG_FAULT_ASID, RO, 0 },
	{ GS_REG_FAULT_ADDR, RO, 0 },
	{ GS_REG_FAULT_ADDR + 4, RO, 0 },
	{ GS_REG_TIMESTAMP, RO, 0 },
	{ GS_REG_TIMESTAMP + 4, RO, 0 },
	{ GS_REG_BUSY_TIME, RO, 0 },
	{ GS_REG_BUSY_TIME + 4, RO, 0 },
	{ GS_REG_JOBS_STARTED, RO, 0 },
	{ GS_REG_JOBS_STARTED + 4, RO, 0 },
	{ GS_REG_TLB_MISSES, RO, 0 },
	{ GS_REG_TLB_MISSES + 4, RO, 0 },
	{ GS_BAR_TEST_PAGE + GS_TEST_INJECT, RW,
	  GS_INJECT_ALL & ~GS_INJECT_CP_HALT },
	{ GS_BAR_TEST_PAGE + GS_TEST_COUNT, RO, 0 },
};
#define NUM_HOST_REGS (sizeof(host_regs) / sizeof(host_regs[0]))

static bool is_host_reg(uint32_t offset)
{
	for (unsigned i = 0; i < NUM_HOST_REGS; i++)
		if (host_regs[i].offset == offset)
			return true;
	return offset == GS_BAR_TEST_PAGE + GS_TEST_SLOW_US;
}

static bool is_id_reg(uint32_t offset)
{
	return offset <= GS_REG_ARCH_HASH + 4 ||
	       (offset >= GS_REG_PARAM(0) &&
		offset < GS_REG_PARAM(GS_PARAM_COUNT));
}

static void assert_reset_values(struct shell *s)
{
	for (unsigned i = 0; i < NUM_HOST_REGS; i++)
		assert_int_equal(shell_rd(s, host_regs[i].offset), 0);
	assert_int_equal(shell_rd(s, GS_BAR_TEST_PAGE + GS_TEST_SLOW_US), 0);
	assert_false(s->level);
	assert_int_equal(s->deadline, GS_NO_TIMER);
	assert_int_equal(s->mapped, 0);
}

static void test_reset_values(void **state)
{
	assert_reset_values(*state);
}

/* Everything set, then reset by the register, then by the bus. */
static void test_reset(void **state)
{
	struct shell *s = *state;

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < NUM_HOST_REGS; i++)
			if (host_regs[i].access == RW)
				shell_wr(s, host_regs[i].offset, 0xffffffff);
		shell_wr(s, GS_BAR_TEST_PAGE + GS_TEST_SLOW_US, 5);
		shell_cp_wr(s, GS_CP_RAISE, GS_INT_ALL);
		shell_cp_wr(s, GS_CP_SCRATCH(2), 7);
		assert_true(s->level);
		if (round)
			gs_dev_reset(s->dev);
		else
			shell_wr(s, GS_REG_CONTROL, GS_CONTROL_RESET);
		assert_reset_values(s);
	}
	shell_wr(s, GS_REG_FW_BYTES, 9);
	shell_wr(s, GS_REG_CONTROL, ~GS_CONTROL_RESET);
	assert_int_equal(shell_rd(s, GS_REG_FW_BYTES), 9);
}

static void test_access_rules(void **state)
{
	struct shell *s = *state;

	for (unsigned i = 0; i < NUM_HOST_REGS; i++) {
		uint32_t offset = host_regs[i].offset;
		int want = host_regs[i].access == RO ? -EPERM : 0;

		/* ones are tried where they only store */
		if (host_regs[i].access == WO)
			assert_int_equal(
				gs_dev_mmio_write(s->dev, offset, 4, 0), 0);
		else
			assert_int_equal(gs_dev_mmio_write(s->dev, offset, 4,
							   0xffffffff),
					 want);
		assert_int_equal(shell_rd(s, offset), host_regs[i].mask);
	}
}

static void test_bad_accesses(void **state)
{
	struct shell *s = *state;
	static const unsigned sizes[] = { 0, 1, 2, 3, 8, 16 };
	uint32_t val = 1;

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(gs_dev_mmio_read(s->dev, GS_REG_MAGIC,
						  sizes[i], &val),
				 -EINVAL);
		assert_int_equal(val, 0);
		assert_int_equal(gs_dev_mmio_write(s->dev, GS_REG_FW_BYTES,
						   sizes[i], 1),
				 -EINVAL);
	}
	for (unsigned i = 1; i < 4; i++) {
		assert_int_equal(gs_dev_mmio_read(s->dev, GS_REG_FW_BYTES + i,
						  4, &val),
				 -EINVAL);
		assert_int_equal(gs_dev_mmio_write(s->dev, GS_REG_FW_BYTES + i,
						   4, 1),
				 -EINVAL);
	}
	assert_int_equal(shell_rd(s, GS_REG_FW_BYTES), 0);
	assert_int_equal(gs_dev_mmio_read(s->dev, UINT64_MAX - 3, 4, &val),
			 -ENXIO);
	assert_int_equal(gs_dev_mmio_write(s->dev, (1ull << 32) + 0x10c, 4, 1),
			 -ENXIO);
}

/* Offsets nobody defined: read 0, ignore writes, and say so. */
static void test_holes(void **state)
{
	struct shell *s = *state;

	for (uint32_t at = 0; at < GS_BAR_BYTES; at += 4) {
		uint32_t val = 1;
		int want = is_id_reg(at)   ? -EPERM :
			   is_host_reg(at) ? 0 :
					     -ENXIO;

		assert_int_equal(gs_dev_mmio_read(s->dev, at, 4, &val),
				 want == -EPERM ? 0 : want);
		if (want)
			assert_int_equal(gs_dev_mmio_write(s->dev, at, 4, 1),
					 want);
		if (want == -ENXIO)
			assert_int_equal(val, 0);
	}
}

static void test_identification(void **state)
{
	struct shell *s = *state;
	const struct gs_arch *arch = gs_arch_default();
	const uint32_t params[] = {
		arch->isa_version,	arch->extensions,
		arch->clock_mhz,	arch->array_n,
		arch->array_m,		arch->data_width,
		arch->wgt_width,	arch->acc_width,
		arch->bias_width,	arch->ibuf_depth,
		arch->wbuf_depth,	arch->obuf_depth,
		arch->bbuf_depth,	arch->vmem_depth,
		arch->imm_depth,	arch->instr_depth,
		arch->simd_instr_depth, arch->param_channel_bw,
		arch->ibuf_channel_bw,	arch->obuf_channel_bw,
		arch->simd_channel_bw,	arch->instr_channel_bw,
		arch->weight_layout,
	};

	assert_int_equal(sizeof(params) / 4, GS_PARAM_COUNT);
	for (unsigned i = 0; i < GS_PARAM_COUNT; i++)
		assert_int_equal(shell_rd(s, GS_REG_PARAM(i)), params[i]);
	assert_int_equal(shell_rd(s, GS_REG_MAGIC), 0x59534e47);
	assert_int_equal(shell_rd(s, GS_REG_HW_VERSION), GS_HW_VERSION);
	assert_int_equal(shell_rd(s, GS_REG_ABI_VERSION), GS_ABI_VERSION);
	assert_int_equal(shell_rd(s, GS_REG_ABI_HASH), GS_ABI_HASH);
	assert_int_equal(shell_rd(s, GS_REG_CAPS), GS_CAP_TEST_REGS);
	assert_int_equal(shell_rd(s, GS_REG_NUM_ASIDS), NUM_ASIDS);
	assert_int_equal(shell_rd(s, GS_REG_TCM_BYTES), GS_CP_TCM_BYTES);
	assert_int_equal(shell_rd(s, GS_REG_TIMESTAMP_KHZ), 1000000);
	assert_int_equal(shell_rd64(s, GS_REG_ARCH_HASH), gs_arch_hash(arch));
	for (uint32_t at = 0; at < 0x100; at += 4)
		if (is_id_reg(at))
			assert_int_equal(shell_cp_rd(s, GS_CP_ID(at)),
					 shell_rd(s, at));
}

static void test_properties(void **state)
{
	struct gs_dev_props props = { .ops = &shell_ops_map };
	struct gs_dev_ops ops = shell_ops_map;
	struct gs_arch arch = *gs_arch_default();
	struct gs_dev *dev;
	uint32_t val;

	(void)state;
	dev = gs_dev_create(&arch, &props);
	assert_non_null(dev);
	assert_int_equal(gs_dev_mmio_read(dev, GS_REG_NUM_ASIDS, 4, &val), 0);
	assert_int_equal(val, 64);
	assert_int_equal(gs_dev_mmio_read(dev, GS_REG_CAPS, 4, &val), 0);
	assert_int_equal(val, 0);
	assert_int_equal(gs_dev_mmio_read(dev, GS_BAR_TEST_PAGE, 4, &val),
			 -ENXIO);
	assert_int_equal(gs_dev_mmio_write(dev, GS_BAR_TEST_PAGE, 4, 1),
			 -ENXIO);
	gs_dev_destroy(dev);
	gs_dev_destroy(NULL);
	props.num_asids = GS_DEV_MAX_ASIDS + 1;
	assert_null(gs_dev_create(&arch, &props));
	props.num_asids = 1;
	props.slow_us = GS_DEV_MAX_SLOW_US + 1;
	assert_null(gs_dev_create(&arch, &props));
	props.slow_us = 0;
	props.ops = &ops;
	ops.unmap = NULL;
	assert_null(gs_dev_create(&arch, &props));
	props.ops = NULL;
	assert_null(gs_dev_create(&arch, &props));
	props.ops = &shell_ops_map;
	arch.array_m = 5;
	assert_null(gs_dev_create(&arch, &props));
}

static void test_counters_latch(void **state)
{
	struct shell *s = *state;

	atomic_store(&s->time, 0x1ffffffffull);
	assert_int_equal(shell_rd(s, GS_REG_TIMESTAMP), 0xffffffff);
	atomic_store(&s->time, 0x200000000ull);
	assert_int_equal(shell_rd(s, GS_REG_TIMESTAMP + 4), 1);
	/* the processor's copy has a latch of its own */
	assert_int_equal(shell_cp_rd64(s, GS_CP_MTIME), 0x200000000ull);
	assert_int_equal(shell_rd(s, GS_REG_TIMESTAMP + 4), 1);
	assert_int_equal(shell_rd64(s, GS_REG_TIMESTAMP), 0x200000000ull);
}

/* ---- interrupts --------------------------------------------------------------*/

static void test_interrupts(void **state)
{
	struct shell *s = *state;

	shell_cp_wr(s, GS_CP_RAISE, GS_INT_EVENT);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), GS_INT_EVENT);
	assert_false(s->level);
	assert_int_equal(s->rises, 0);
	/* enabling what is pending raises */
	shell_wr(s, GS_REG_INT_ENABLE, GS_INT_ALL);
	assert_true(s->level);
	assert_int_equal(s->rises, 1);
	/* the same bit again: nothing new; another bit: a message */
	shell_cp_wr(s, GS_CP_RAISE, GS_INT_EVENT);
	assert_int_equal(s->rises, 1);
	shell_cp_wr(s, GS_CP_RAISE, GS_INT_CP_HALT);
	assert_int_equal(s->rises, 2);
	/* one of two cleared: the line stays, no message */
	shell_wr(s, GS_REG_INT_STATUS, GS_INT_EVENT);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), GS_INT_CP_HALT);
	assert_true(s->level);
	assert_int_equal(s->rises, 2);
	shell_cp_wr(s, GS_CP_RAISE, GS_INT_EVENT);
	assert_int_equal(s->rises, 3);
	shell_wr(s, GS_REG_INT_ENABLE, 0);
	assert_false(s->level);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS),
			 GS_INT_CP_HALT | GS_INT_EVENT);
	shell_wr(s, GS_REG_INT_ENABLE, GS_INT_EVENT);
	assert_true(s->level);
	shell_wr(s, GS_REG_INT_STATUS, 0xffffffff);
	assert_false(s->level);
	shell_cp_wr(s, GS_CP_RAISE, 0xfffffff0);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), 0);
}

/* ---- address translation -------------------------------------------------------*/

#define VA 0x123456789000ull

static uint64_t walk(struct shell *s, uint32_t asid, uint64_t va, bool write,
		     enum gs_mmu_fault want)
{
	struct gs_xlat xlat = { 0 };

	assert_int_equal(gs_mmu_walk(s->dev, asid, va, write, &xlat), want);
	return want ? 0 : xlat.bus;
}

static void map_tables(struct shell *s)
{
	shell_wr64(s, GS_REG_CTX_TABLE, SHELL_CONTEXTS);
	shell_map_page(s, 1, VA, SHELL_DATA, GS_PTE_WRITE);
}

static void test_walk(void **state)
{
	struct shell *s = *state;
	const uint64_t large = VA & ~((1ull << GS_LARGE_PAGE_SHIFT) - 1);
	struct gs_xlat xlat;

	map_tables(s);
	shell_map_page(s, 1, VA + 0x1000, SHELL_DATA + 0x3000, 0);
	assert_int_equal(walk(s, 1, VA, true, GS_MMU_OK), SHELL_DATA);
	assert_int_equal(walk(s, 1, VA + 0xfff, false, GS_MMU_OK), SHELL_DATA);
	assert_int_equal(walk(s, 1, VA + 0x1000, false, GS_MMU_OK),
			 SHELL_DATA + 0x3000);
	walk(s, 1, VA + 0x1000, true, GS_MMU_READ_ONLY);
	walk(s, 1, VA + 0x2000, false, GS_MMU_NOT_MAPPED);
	shell_map_page(s, 2, large, SHELL_LARGE, GS_PTE_LARGE);
	assert_int_equal(gs_mmu_walk(s->dev, 2, VA, false, &xlat), GS_MMU_OK);
	assert_int_equal(xlat.bus, SHELL_LARGE);
	assert_int_equal(xlat.shift, GS_LARGE_PAGE_SHIFT);
	assert_false(xlat.writable);
	walk(s, 2, VA, true, GS_MMU_READ_ONLY);
	walk(s, 2, large - 1, false, GS_MMU_NOT_MAPPED);
	/* the highest and the lowest address */
	shell_map_page(s, 1, (1ull << 48) - 4096, SHELL_DATA, 0);
	shell_map_page(s, 1, 0, SHELL_DATA, 0);
	walk(s, 1, (1ull << 48) - 1, false, GS_MMU_OK);
	walk(s, 1, 0, false, GS_MMU_OK);
	walk(s, 1, 1ull << 48, false, GS_MMU_NOT_CANONICAL);
	walk(s, 1, UINT64_MAX, false, GS_MMU_NOT_CANONICAL);
}

static void test_walk_contexts(void **state)
{
	struct shell *s = *state;
	uint64_t context = SHELL_CONTEXTS + 8, root;

	walk(s, 1, VA, false, GS_MMU_BAD_ASID); /* no table yet */
	map_tables(s);
	walk(s, 0, VA, false, GS_MMU_BAD_ASID);
	walk(s, NUM_ASIDS, VA, false, GS_MMU_BAD_ASID);
	walk(s, 0xffffffff, VA, false, GS_MMU_BAD_ASID);
	root = shell_get64(s, context);
	shell_put64(s, context, root | 2);
	walk(s, 1, VA, false, GS_MMU_BAD_ENTRY);
	shell_put64(s, context, root | 1ull << 63);
	walk(s, 1, VA, false, GS_MMU_BAD_ENTRY);
	shell_put64(s, context, root & ~GS_CTX_VALID);
	walk(s, 1, VA, false, GS_MMU_BAD_ASID);
	shell_put64(s, context, root);
	s->refused = SHELL_CONTEXTS;
	walk(s, 1, VA, false, GS_MMU_WALK_ERROR);
	s->refused = root & GS_PTE_ADDR;
	walk(s, 1, VA, false, GS_MMU_WALK_ERROR);
	s->refused = 0;
	walk(s, 1, VA, false, GS_MMU_OK);
	shell_put64(s, context, 1ull << 40 | GS_CTX_VALID);
	walk(s, 1, VA, false, GS_MMU_WALK_ERROR);
}

/* Each reserved bit, at each level, with the bits that exist elsewhere. */
static void test_walk_bad_entries(void **state)
{
	struct shell *s = *state;

	map_tables(s);
	for (unsigned level = 0; level < 4; level++) {
		uint64_t at = shell_entry(s, 1, VA, level);
		uint64_t entry = shell_get64(s, at);

		for (unsigned bit = 0; bit < 64; bit++) {
			uint64_t changed = entry ^ 1ull << bit;
			bool reserved = (bit >= 3 && bit < 12) || bit >= 52;

			shell_put64(s, at, changed);
			if (reserved || (level && bit == 1) ||
			    (level != 1 && bit == 2))
				walk(s, 1, VA, false, GS_MMU_BAD_ENTRY);
			if (!bit)
				walk(s, 1, VA, false, GS_MMU_NOT_MAPPED);
		}
		/* not valid: the rest does not matter */
		shell_put64(s, at, ~GS_PTE_VALID);
		walk(s, 1, VA, false, GS_MMU_NOT_MAPPED);
		shell_put64(s, at, entry);
	}
	/* a large leaf that is not aligned */
	shell_put64(s, shell_entry(s, 1, VA, 1),
		    SHELL_DATA | GS_PTE_VALID | GS_PTE_LARGE);
	walk(s, 1, VA, false, GS_MMU_BAD_ENTRY);
}

static void test_fault_registers(void **state)
{
	struct shell *s = *state;
	const struct gs_refusal first = { .reason = GS_MMU_READ_ONLY,
					  .addr = VA + 5,
					  .write = true };
	const struct gs_refusal second = { .reason = GS_MMU_NOT_MAPPED };
	uint32_t status;

	gs_mmu_record(s->dev, GS_ENGINE_CORE, 3, &first);
	gs_mmu_record(s->dev, GS_ENGINE_CP, 4, &second);
	status = shell_rd(s, GS_REG_FAULT_STATUS);
	assert_int_equal(status & 3, GS_FAULT_VALID | GS_FAULT_WRITE);
	assert_int_equal(GS_FAULT_REASON(status), GS_MMU_READ_ONLY);
	assert_int_equal(GS_FAULT_ENGINE(status), GS_ENGINE_CORE);
	assert_int_equal(shell_rd(s, GS_REG_FAULT_ASID), 3);
	assert_int_equal(shell_rd64(s, GS_REG_FAULT_ADDR), VA + 5);
	shell_wr(s, GS_REG_FAULT_STATUS, ~GS_FAULT_VALID);
	assert_int_equal(shell_rd(s, GS_REG_FAULT_STATUS), status);
	shell_wr(s, GS_REG_FAULT_STATUS, GS_FAULT_VALID);
	assert_int_equal(shell_rd(s, GS_REG_FAULT_STATUS), 0);
	assert_int_equal(shell_rd64(s, GS_REG_FAULT_ADDR), 0);
	gs_mmu_record(s->dev, GS_ENGINE_CP, 4, &second);
	assert_int_equal(GS_FAULT_ENGINE(shell_rd(s, GS_REG_FAULT_STATUS)),
			 GS_ENGINE_CP);
}

static void test_invalidate_register(void **state)
{
	struct shell *s = *state;

	shell_wr(s, GS_REG_INVAL_CONTROL, 0);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), 0);
	shell_wr(s, GS_REG_INVAL_ASID, GS_INVAL_ALL_ASIDS);
	shell_wr(s, GS_REG_INVAL_CONTROL, 1);
	assert_int_equal(shell_rd(s, GS_REG_INVAL_CONTROL), 0);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), GS_INT_INVALIDATED);
}

/* A bus access that comes back as a register access changes nothing. */
static void poke_registers(struct shell *s)
{
	uint32_t val;

	assert_int_equal(gs_dev_mmio_write(s->dev, GS_REG_CONTROL, 4,
					   GS_CONTROL_RESET),
			 -EBUSY);
	assert_int_equal(gs_dev_mmio_read(s->dev, GS_REG_MAGIC, 4, &val),
			 -EBUSY);
}

static void test_reentrance(void **state)
{
	struct shell *s = *state;

	map_tables(s);
	s->in_dma = poke_registers;
	walk(s, 1, VA, false, GS_MMU_OK);
	s->in_dma = NULL;
	assert_int_equal(shell_rd64(s, GS_REG_CTX_TABLE), SHELL_CONTEXTS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_reset_values),
		TEST(test_reset),
		TEST(test_access_rules),
		TEST(test_bad_accesses),
		TEST(test_holes),
		TEST(test_identification),
		cmocka_unit_test(test_properties),
		TEST(test_counters_latch),
		TEST(test_interrupts),
		TEST(test_walk),
		TEST(test_walk_contexts),
		TEST(test_walk_bad_entries),
		TEST(test_fault_registers),
		TEST(test_invalidate_register),
		TEST(test_reentrance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
