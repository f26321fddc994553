/* SPDX-License-Identifier: MIT */
/*
 * The device's command processor: its DMA engine, its firmware, its
 * interrupts and its timer.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

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

#define VA 0x123456789000ull

static void map_tables(struct shell *s)
{
	shell_wr64(s, GS_REG_CTX_TABLE, SHELL_CONTEXTS);
	shell_map_page(s, 1, VA, SHELL_DATA, GS_PTE_WRITE);
}

/* ---- the command processor's DMA -------------------------------------------------*/

static uint32_t dma(struct shell *s, uint32_t control, uint64_t addr,
		    uint32_t tcm, uint32_t bytes, uint32_t asid)
{
	shell_cp_wr64(s, GS_CP_DMA_ADDR, addr);
	shell_cp_wr(s, GS_CP_DMA_TCM, tcm);
	shell_cp_wr(s, GS_CP_DMA_BYTES, bytes);
	shell_cp_wr(s, GS_CP_DMA_ASID, asid);
	shell_cp_wr(s, GS_CP_DMA_CONTROL, control);
	return shell_cp_rd(s, GS_CP_DMA_STATUS);
}

static void test_dma_bus(void **state)
{
	struct shell *s = *state;
	uint8_t *mem = shell_ptr(s, SHELL_DATA);

	for (unsigned i = 0; i < 4096; i++)
		mem[i] = (uint8_t)(i * 7 + 1);
	assert_int_equal(dma(s, 1, SHELL_DATA, 100, 4096, GS_DMA_BUS), 0);
	assert_memory_equal(s->dev->tcm + 100, mem, 4096);
	assert_int_equal(s->dev->tcm[99] | s->dev->tcm[4196], 0);
	assert_int_equal(dma(s, 2, SHELL_DATA + 8191, 100, 1, GS_DMA_BUS), 0);
	assert_int_equal(mem[8191], 1);
	/* up to the last byte of the TCM */
	assert_int_equal(
		dma(s, 1, SHELL_DATA, GS_CP_TCM_BYTES - 4, 4, GS_DMA_BUS), 0);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), 0);
}

static void test_dma_bounds(void **state)
{
	struct shell *s = *state;
	static const struct {
		uint32_t tcm, bytes;
	} bad[] = {
		{ 0, 0 },
		{ 0, 4097 },
		{ 0, 0xffffffff },
		{ GS_CP_TCM_BYTES, 1 },
		{ GS_CP_TCM_BYTES - 3, 4 },
		{ 0xffffffff, 1 },
		{ 0xfffffffc, 4 },
		{ 0x80000000, 4096 },
	};

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (uint32_t control = 1; control <= 2; control++)
			assert_int_equal(dma(s, control, SHELL_DATA, bad[i].tcm,
					     bad[i].bytes, GS_DMA_BUS),
					 GS_DMA_BAD_RANGE);
	assert_int_equal(dma(s, 1, UINT64_MAX, 0, 2, GS_DMA_BUS),
			 GS_DMA_BAD_RANGE);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), 0);
	/* neither 1 nor 2 does anything */
	assert_int_equal(dma(s, 3, SHELL_DATA, 0, 4, GS_DMA_BUS),
			 GS_DMA_BAD_RANGE);
	assert_int_equal(dma(s, 1, 0x1000, 0, 4, GS_DMA_BUS), GS_MMU_BUS_ERROR);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), GS_INT_BUS_ERROR);
	/* a bus address has no address space to blame */
	assert_int_equal(shell_rd(s, GS_REG_FAULT_STATUS), 0);
}

static void test_dma_asid(void **state)
{
	struct shell *s = *state;
	uint32_t status;

	map_tables(s);
	/* two pages that are not neighbours */
	shell_map_page(s, 1, VA + 0x1000, SHELL_DATA + 0x5000, GS_PTE_WRITE);
	for (unsigned i = 0; i < 4096; i++)
		s->dev->tcm[i] = (uint8_t)(i * 3);
	assert_int_equal(dma(s, 2, VA + 0x800, 0, 4096, 1), 0);
	assert_memory_equal(shell_ptr(s, SHELL_DATA + 0x800), s->dev->tcm,
			    0x800);
	assert_memory_equal(shell_ptr(s, SHELL_DATA + 0x5000),
			    s->dev->tcm + 0x800, 0x800);
	/* refused in the second page: the first one stays as it was */
	memset(shell_ptr(s, SHELL_DATA + 0x5000), 0xee, 4096);
	assert_int_equal(dma(s, 2, VA + 0x1ffc, 0, 8, 1), GS_MMU_NOT_MAPPED);
	assert_int_equal(*shell_ptr(s, SHELL_DATA + 0x5ffc), 0xee);
	status = shell_rd(s, GS_REG_FAULT_STATUS);
	assert_int_equal(status, GS_FAULT_VALID | GS_FAULT_WRITE |
					 GS_MMU_NOT_MAPPED << 4 |
					 GS_ENGINE_CP << 8);
	assert_int_equal(shell_rd(s, GS_REG_FAULT_ASID), 1);
	assert_int_equal(shell_rd64(s, GS_REG_FAULT_ADDR), VA + 0x2000);
	/* what a program can cause is no error of the bus */
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), 0);
	assert_int_equal(dma(s, 1, VA, 0, 4, 2), GS_MMU_BAD_ASID);
	assert_int_equal(dma(s, 1, (1ull << 48) - 2, 0, 4, 1),
			 GS_MMU_NOT_MAPPED);
	shell_map_page(s, 1, (1ull << 48) - 4096, SHELL_DATA, 0);
	assert_int_equal(dma(s, 1, (1ull << 48) - 2, 0, 4, 1),
			 GS_MMU_NOT_CANONICAL);
	assert_int_equal(dma(s, 2, (1ull << 48) - 4, 0, 4, 1),
			 GS_MMU_READ_ONLY);
	assert_int_equal(dma(s, 1, (1ull << 48) - 4, 0, 4, 1), 0);
	s->refused = SHELL_DATA;
	assert_int_equal(dma(s, 1, VA, 0, 4, 1), GS_MMU_BUS_ERROR);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), GS_INT_BUS_ERROR);
}

static void test_dma_large_page(void **state)
{
	struct shell *s = *state;
	const uint64_t large = 0x40000000;

	shell_wr64(s, GS_REG_CTX_TABLE, SHELL_CONTEXTS);
	shell_map_page(s, 1, large, SHELL_LARGE, GS_PTE_LARGE);
	shell_put64(s, SHELL_LARGE + 0x12ffc, 0x1122334455667788);
	assert_int_equal(dma(s, 1, large + 0x12ffc, 0, 8, 1), 0);
	assert_int_equal(gs_le64(s->dev->tcm), 0x1122334455667788);
}

/* ---- firmware ----------------------------------------------------------------------*/

/* Just enough of an assembler. */
enum { ZERO, T0 = 5, T1, T2, A0 = 10, A1, A2 };
#define LUI(rd, imm20) ((uint32_t)(imm20) << 12 | (rd) << 7 | 0x37)
#define ADDI(rd, rs, imm) \
	(((uint32_t)(imm)&0xfff) << 20 | (rs) << 15 | (rd) << 7 | 0x13)
#define LW(rd, rs, imm) \
	(((uint32_t)(imm)&0xfff) << 20 | (rs) << 15 | 2 << 12 | (rd) << 7 | 3)
#define SW(rs2, rs1, imm)                                              \
	(((uint32_t)(imm) >> 5 & 0x7f) << 25 | (uint32_t)(rs2) << 20 | \
	 (rs1) << 15 | 2 << 12 | ((uint32_t)(imm)&31) << 7 | 0x23)
#define CSRW(csr, rs) ((uint32_t)(csr) << 20 | (rs) << 15 | 1 << 12 | 0x73)
#define MIE 0x304
#define WFI 0x10500073u
#define EBREAK 0x00100073u
#define J(bytes)                                                            \
	(((uint32_t)(bytes)&0x100000) << 11 |                               \
	 ((uint32_t)(bytes)&0x7fe) << 20 | ((uint32_t)(bytes)&0x800) << 9 | \
	 ((uint32_t)(bytes)&0xff000) | 0x6f)
#define REG_BASE(rd) LUI(rd, GS_CP_REG_BASE >> 12)

#define BOOT(s, load, words) \
	shell_boot(s, shell_image(s, load, words, sizeof(words) / 4))

static void test_crc32(void **state)
{
	(void)state;
	assert_int_equal(gs_crc32((const uint8_t *)"123456789", 9), 0xcbf43926);
	assert_int_equal(gs_crc32(NULL, 0), 0);
}

static const uint32_t spin[] = { J(0) };

static void test_firmware_boots(void **state)
{
	struct shell *s = *state;
	const uint32_t words[] = {
		REG_BASE(T0),	  ADDI(T1, ZERO, 0x55),
		SW(T1, T0, 0x38), ADDI(T1, ZERO, GS_INT_EVENT),
		SW(T1, T0, 0x20), J(0),
	};
	uint32_t bytes = shell_image(s, 0x100, words, 6);

	shell_wr64(s, GS_REG_FW_ADDR, SHELL_IMAGE);
	shell_wr(s, GS_REG_FW_BYTES, bytes);
	shell_wr(s, GS_REG_FW_CONTROL, GS_FW_CONTROL_START);
	/* nothing was looked at yet */
	assert_int_equal(s->kicks, 1);
	assert_int_equal(shell_rd(s, GS_REG_FW_STATUS), GS_FW_IDLE);
	assert_int_equal(gs_dev_cp_slice(s->dev, 100), GS_CP_SLICE_MORE);
	assert_int_equal(shell_rd(s, GS_REG_FW_STATUS), GS_FW_RUNNING);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), GS_STATUS_CP_RUNNING);
	assert_int_equal(shell_rd(s, GS_REG_FW_SCRATCH(2)), 0x55);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), GS_INT_EVENT);
	/* START while it runs is ignored */
	shell_wr(s, GS_REG_FW_CONTROL, GS_FW_CONTROL_START);
	assert_int_equal(shell_rd(s, GS_REG_FW_STATUS), GS_FW_RUNNING);
	shell_wr(s, GS_REG_FW_CONTROL, GS_FW_CONTROL_STOP);
	assert_int_equal(shell_rd(s, GS_REG_FW_STATUS), GS_FW_STOPPED);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), 0);
	assert_int_equal(gs_dev_cp_slice(s->dev, 100), GS_CP_SLICE_IDLE);
	/* again, over a dirty TCM */
	memset(s->dev->tcm, 0xff, GS_CP_TCM_BYTES);
	assert_int_equal(BOOT(s, 0x200, spin), GS_FW_RUNNING);
	assert_int_equal(s->dev->tcm[0x1ff] | s->dev->tcm[0x204], 0);
	assert_int_equal(shell_rd(s, GS_REG_FW_SCRATCH(2)), 0);
}

static void put_header(struct shell *s, size_t member, uint32_t val)
{
	shell_put32(s, SHELL_IMAGE + member, val);
}

#define HEADER(member) offsetof(struct gs_fw_header, member)

static void test_firmware_refusals(void **state)
{
	struct shell *s = *state;
	static const struct {
		size_t member;
		uint32_t val;
		enum gs_fw_status want;
	} bad[] = {
		{ HEADER(magic), GS_FW_MAGIC + 1, GS_FW_BAD_MAGIC },
		{ HEADER(header_bytes), 60, GS_FW_BAD_SIZE },
		{ HEADER(image_bytes), 64, GS_FW_BAD_SIZE },
		{ HEADER(image_bytes), 72, GS_FW_BAD_SIZE },
		{ HEADER(abi_version), GS_ABI_VERSION + 1, GS_FW_BAD_ABI },
		{ HEADER(abi_hash), 0, GS_FW_BAD_ABI },
		{ HEADER(load_addr), GS_CP_TCM_BYTES, GS_FW_BAD_LAYOUT },
		{ HEADER(load_addr), 0xfffffffc, GS_FW_BAD_LAYOUT },
		{ HEADER(load_addr), 2, GS_FW_BAD_LAYOUT },
		{ HEADER(entry), 0xfe, GS_FW_BAD_LAYOUT },
		{ HEADER(entry), 0x104, GS_FW_BAD_LAYOUT },
		{ HEADER(entry), 0x101, GS_FW_BAD_LAYOUT },
		{ HEADER(entry), 0xfffffffe, GS_FW_BAD_LAYOUT },
		{ HEADER(pad), 1, GS_FW_BAD_LAYOUT },
		{ HEADER(pad[6]), 1, GS_FW_BAD_LAYOUT },
		{ HEADER(crc32), 0, GS_FW_BAD_CHECKSUM },
		{ sizeof(struct gs_fw_header), 0, GS_FW_BAD_CHECKSUM },
	};

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint32_t bytes = shell_image(s, 0x100, spin, 1);

		put_header(s, bad[i].member, bad[i].val);
		assert_int_equal(shell_boot(s, bytes), bad[i].want);
		assert_int_equal(shell_rd(s, GS_REG_STATUS), 0);
		assert_int_equal(gs_dev_cp_slice(s->dev, 9), GS_CP_SLICE_IDLE);
	}
	assert_int_equal(BOOT(s, GS_CP_TCM_BYTES - 4, spin), GS_FW_RUNNING);
}

static void test_firmware_sizes(void **state)
{
	struct shell *s = *state;
	static const uint32_t bad[] = { 0, 63, 64, GS_FW_MAX_BYTES + 1,
					0xffffffff };
	static uint32_t words[(GS_FW_MAX_BYTES - 64) / 4];

	shell_image(s, 0, spin, 1);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(shell_boot(s, bad[i]), GS_FW_BAD_SIZE);
	words[0] = spin[0];
	assert_int_equal(BOOT(s, 0, words), GS_FW_RUNNING);
	shell_wr(s, GS_REG_FW_CONTROL, GS_FW_CONTROL_STOP);
	s->refused = SHELL_IMAGE + 0xf000;
	assert_int_equal(shell_boot(s, GS_FW_MAX_BYTES), GS_FW_BUS_ERROR);
	s->refused = 0;
	/* STOP before the image was looked at */
	shell_wr(s, GS_REG_FW_CONTROL, GS_FW_CONTROL_START);
	shell_wr(s, GS_REG_FW_CONTROL, GS_FW_CONTROL_STOP);
	assert_int_equal(gs_dev_cp_slice(s->dev, 9), GS_CP_SLICE_IDLE);
	assert_int_equal(shell_rd(s, GS_REG_FW_STATUS), GS_FW_STOPPED);
}

static void test_firmware_halts(void **state)
{
	struct shell *s = *state;
	const uint32_t words[] = { ADDI(ZERO, ZERO, 0), EBREAK };

	shell_wr(s, GS_REG_INT_ENABLE, GS_INT_ALL);
	assert_int_equal(BOOT(s, 0x40, words), GS_FW_RUNNING);
	assert_int_equal(gs_dev_cp_slice(s->dev, 9), GS_CP_SLICE_IDLE);
	assert_int_equal(shell_rd(s, GS_REG_FW_STATUS), GS_FW_HALTED);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), GS_STATUS_CP_HALTED);
	assert_int_equal(shell_rd(s, GS_REG_FW_HALT_CAUSE),
			 GS_RV32_CAUSE_BREAKPOINT);
	assert_int_equal(shell_rd(s, GS_REG_FW_HALT_PC), 0x44);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), GS_INT_CP_HALT);
	assert_true(s->level);
	/* an image starts over */
	assert_int_equal(BOOT(s, 0, spin), GS_FW_RUNNING);
	assert_int_equal(shell_rd(s, GS_REG_STATUS), GS_STATUS_CP_RUNNING);
	assert_int_equal(shell_rd(s, GS_REG_FW_HALT_CAUSE), 0);
}

/* Loads and stores which the register space refuses trap. */
static void test_firmware_bad_registers(void **state)
{
	struct shell *s = *state;
	const struct {
		uint32_t insn, cause;
	} bad[] = {
		{ LW(T1, T0, 0x7f0), GS_RV32_CAUSE_LOAD },
		{ LW(T1, T0, GS_CP_SCRATCH(0) + 2), GS_RV32_CAUSE_LOAD },
		{ SW(T1, T0, GS_CP_MTIME), GS_RV32_CAUSE_STORE },
		{ SW(T1, T0, GS_CP_CORE_STATUS), GS_RV32_CAUSE_STORE },
		{ SW(T1, T0, GS_CP_ID(0)), GS_RV32_CAUSE_STORE },
		{ SW(T1, T0, 0x100), GS_RV32_CAUSE_STORE },
	};

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const uint32_t words[] = { REG_BASE(T0), bad[i].insn };

		assert_int_equal(BOOT(s, 0, words), GS_FW_RUNNING);
		gs_dev_cp_slice(s->dev, 9);
		assert_int_equal(shell_rd(s, GS_REG_FW_STATUS), GS_FW_HALTED);
		assert_int_equal(shell_rd(s, GS_REG_FW_HALT_CAUSE),
				 bad[i].cause);
	}
}

static void test_firmware_stops(void **state)
{
	struct shell *s = *state;
	const uint32_t words[] = { REG_BASE(T0), SW(T0, T0, GS_CP_STOP),
				   SW(T0, T0, GS_CP_SCRATCH(3)), J(0) };

	assert_int_equal(BOOT(s, 0, words), GS_FW_RUNNING);
	assert_int_equal(gs_dev_cp_slice(s->dev, 99), GS_CP_SLICE_IDLE);
	assert_int_equal(shell_rd(s, GS_REG_FW_STATUS), GS_FW_STOPPED);
	assert_int_equal(shell_rd(s, GS_REG_FW_SCRATCH(3)), 0);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), 0);
}

/* Sleeps; after each wake: scratch 1 = pending, which it clears. */
static const uint32_t listen[] = {
	REG_BASE(T0),
	ADDI(T1, ZERO, -1),
	SW(T1, T0, GS_CP_IRQ_ENABLE),
	LUI(T1, 1),
	ADDI(T1, T1, -0x780), /* MEIE and MTIE: 0x880 */
	CSRW(MIE, T1),
	WFI,
	LW(T2, T0, GS_CP_IRQ_PENDING),
	SW(T2, T0, GS_CP_SCRATCH(1)),
	SW(T2, T0, GS_CP_IRQ_PENDING),
	J(-16),
};

static void test_doorbells(void **state)
{
	struct shell *s = *state;

	/* rung before START: the firmware looks at its rings anyway */
	shell_wr(s, GS_REG_DOORBELL(2), 1);
	assert_int_equal(BOOT(s, 0, listen), GS_FW_RUNNING);
	assert_int_equal(gs_dev_cp_slice(s->dev, 99), GS_CP_SLICE_IDLE);
	s->kicks = 0;
	for (unsigned r = 0; r <= GS_NUM_CMD_RINGS; r++) {
		bool events = r == GS_NUM_CMD_RINGS;

		assert_int_equal(gs_dev_cp_slice(s->dev, 99), GS_CP_SLICE_IDLE);
		assert_int_equal(s->kicks, r);
		shell_wr(s, events ? GS_REG_EVENT_DOORBELL : GS_REG_DOORBELL(r),
			 0);
		assert_int_equal(s->kicks, r + 1);
		assert_int_equal(gs_dev_cp_slice(s->dev, 99), GS_CP_SLICE_IDLE);
		assert_int_equal(shell_rd(s, GS_REG_FW_SCRATCH(1)),
				 events ? GS_CP_IRQ_EVENTS :
					  GS_CP_IRQ_DOORBELL(r));
	}
	/* not enabled: pending, and asleep */
	shell_cp_wr(s, GS_CP_IRQ_ENABLE, GS_CP_IRQ_CORE);
	s->kicks = 0;
	shell_wr(s, GS_REG_DOORBELL(3), 0);
	assert_int_equal(s->kicks, 0);
	assert_int_equal(shell_cp_rd(s, GS_CP_IRQ_PENDING),
			 GS_CP_IRQ_DOORBELL(3));
	/* stopped: doorbells wake nobody */
	shell_wr(s, GS_REG_FW_CONTROL, GS_FW_CONTROL_STOP);
	shell_cp_wr(s, GS_CP_IRQ_ENABLE, 0xffffffff);
	shell_wr(s, GS_REG_DOORBELL(3), 0);
	assert_int_equal(s->kicks, 0);
}

static void test_timer(void **state)
{
	struct shell *s = *state;

	assert_int_equal(BOOT(s, 0, listen), GS_FW_RUNNING);
	atomic_store(&s->time, 1000);
	assert_int_equal(gs_dev_cp_slice(s->dev, 99), GS_CP_SLICE_IDLE);
	assert_int_equal(s->deadline, GS_NO_TIMER);
	shell_cp_wr64(s, GS_CP_MTIMECMP, 5000);
	assert_int_equal(s->deadline, 5000);
	s->kicks = 0;
	atomic_store(&s->time, 4999);
	s->deadline = GS_NO_TIMER;
	gs_dev_timer(s->dev); /* too early: asked for again */
	assert_int_equal(s->kicks, 0);
	assert_int_equal(s->deadline, 5000);
	atomic_store(&s->time, 5000);
	s->deadline = GS_NO_TIMER;
	gs_dev_timer(s->dev);
	assert_int_equal(s->kicks, 1);
	assert_int_equal(s->deadline, GS_NO_TIMER);
	/* until MTIMECMP is moved, wfi does not wait */
	assert_int_equal(gs_dev_cp_slice(s->dev, 99), GS_CP_SLICE_MORE);
	shell_cp_wr64(s, GS_CP_MTIMECMP, UINT64_MAX);
	assert_int_equal(gs_dev_cp_slice(s->dev, 99), GS_CP_SLICE_IDLE);
	/* time that passes while the processor is about to sleep */
	shell_cp_wr64(s, GS_CP_MTIMECMP, 6000);
	atomic_store(&s->time, 6000);
	assert_int_equal(gs_dev_cp_slice(s->dev, 99), GS_CP_SLICE_MORE);
	shell_cp_wr64(s, GS_CP_MTIMECMP, 9000);
	shell_wr(s, GS_REG_FW_CONTROL, GS_FW_CONTROL_STOP);
	assert_int_equal(s->deadline, GS_NO_TIMER);
}

static void test_inject_halt(void **state)
{
	struct shell *s = *state;
	const uint32_t inject = GS_BAR_TEST_PAGE + GS_TEST_INJECT;

	shell_wr(s, inject, GS_INJECT_CP_HALT);
	assert_int_equal(shell_rd(s, GS_REG_FW_STATUS), GS_FW_IDLE);
	assert_int_equal(shell_rd(s, GS_BAR_TEST_PAGE + GS_TEST_COUNT), 0);
	assert_int_equal(BOOT(s, 0, spin), GS_FW_RUNNING);
	shell_wr(s, inject, GS_INJECT_CP_HALT | GS_INJECT_HANG);
	assert_int_equal(shell_rd(s, inject), GS_INJECT_HANG);
	assert_int_equal(shell_rd(s, GS_REG_FW_STATUS), GS_FW_HALTED);
	assert_int_equal(shell_rd(s, GS_REG_FW_HALT_CAUSE), GS_HALT_INJECTED);
	assert_int_equal(shell_rd(s, GS_REG_INT_STATUS), GS_INT_CP_HALT);
	assert_int_equal(shell_rd(s, GS_BAR_TEST_PAGE + GS_TEST_COUNT), 1);
	assert_int_equal(gs_dev_cp_slice(s->dev, 9), GS_CP_SLICE_IDLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_dma_bus),
		TEST(test_dma_bounds),
		TEST(test_dma_asid),
		TEST(test_dma_large_page),
		cmocka_unit_test(test_crc32),
		TEST(test_firmware_boots),
		TEST(test_firmware_refusals),
		TEST(test_firmware_sizes),
		TEST(test_firmware_halts),
		TEST(test_firmware_bad_registers),
		TEST(test_firmware_stops),
		TEST(test_doorbells),
		TEST(test_timer),
		TEST(test_inject_halt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
