/* SPDX-License-Identifier: MIT */
/*
 * The command processor's interpreter: what QEMU cannot be asked, since it
 * concerns fuel, the bus, halting and the ends of the memory, and what QEMU
 * does otherwise. tests/rv32 compares everything else with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/rv32/machine.h"

static void test_reset(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	gs_rv32_set_irq(&m.cpu, UINT32_MAX);
	memset(m.cpu.regs, 0x55, sizeof(m.cpu.regs));
	m.cpu.mstatus = m.cpu.mie = m.cpu.mtvec = 0x88;
	m.cpu.minstret = 7;
	m.cpu.halted = true;
	gs_rv32_reset(&m.cpu, 0x123, 0x8000);
	assert_int_equal(m.cpu.pc, 0x122);
	for (int i = 0; i < 32; i++)
		assert_int_equal(m.cpu.regs[i], i == 2 ? 0x8000 : 0);
	assert_int_equal(m.cpu.mstatus | m.cpu.mie | m.cpu.mtvec, 0);
	assert_int_equal(m.cpu.mip, GS_RV32_IRQ_TIMER | GS_RV32_IRQ_EXTERNAL);
	assert_ptr_equal(m.cpu.tcm, m.tcm);
	assert_int_equal(m.cpu.tcm_size, BYTES);
	assert_int_equal(m.cpu.minstret, 0);
	assert_false(m.cpu.halted);
	stop(&m);
}

static void test_fuel_is_exact(void **state)
{
	static const uint32_t fuels[] = { 0, 1, 2, 999, 100000 };
	uint64_t total = 0;
	struct machine m;

	(void)state;
	start(&m);
	put(&m, 0, SELF);
	for (size_t i = 0; i < NUM(fuels); i++) {
		assert_int_equal(run(&m, fuels[i], fuels[i]), GS_RV32_FUEL);
		total += fuels[i];
		assert_int_equal(m.cpu.minstret, total);
		assert_int_equal(m.cpu.mcycle, total);
	}
	assert_int_equal(gs_rv32_run(&m.cpu, 3, NULL), GS_RV32_FUEL);
	stop(&m);
}

static const uint32_t edges[] = { 0,	      1,	  2,
				  0x7fffffff, 0x80000000, 0x80000001,
				  0xffffffff, 0xfffffffe, 0x12345678 };

static uint32_t expected_muldiv(uint32_t funct3, uint32_t a, uint32_t b)
{
	const int64_t sa = (int32_t)a;
	const int64_t sb = (int32_t)b;

	switch (funct3) {
	case 0:
		return (uint32_t)((uint64_t)a * b);
	case 1:
		return (uint32_t)((sa * sb) >> 32);
	case 2:
		return (uint32_t)((sa * (int64_t)b) >> 32);
	case 3:
		return (uint32_t)((uint64_t)a * b >> 32);
	case 4:
		return b ? (uint32_t)(sa / sb) : UINT32_MAX;
	case 5:
		return b ? a / b : UINT32_MAX;
	case 6:
		return b ? (uint32_t)(sa % sb) : a;
	default:
		return b ? a % b : a;
	}
}

static void test_muldiv_edges(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	for (uint32_t i = 0; i < 8 * NUM(edges) * NUM(edges); i++) {
		const uint32_t a = edges[i / 8 % NUM(edges)];
		const uint32_t b = edges[i / 8 / NUM(edges)];

		m.cpu.regs[5] = a;
		m.cpu.regs[6] = b;
		run_one(&m, muldiv(i % 8, 7, 5, 6));
		assert_int_equal(m.cpu.regs[7], expected_muldiv(i % 8, a, b));
		/* 0 stays 0. */
		run_one(&m, muldiv(i % 8, 0, 5, 6));
	}
	stop(&m);
}

/* Every offset of jal and of a branch. */
static void test_jump_offsets(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	for (uint32_t imm = 0; imm < 1u << 21; imm += 2) {
		const uint32_t target = 0x100 + imm - (imm >> 20 << 21);

		run_one(&m, 0xef | (imm >> 20 & 1) << 31 |
				    (imm >> 1 & 0x3ff) << 21 |
				    (imm >> 11 & 1) << 20 | (imm & 0xff000));
		assert_int_equal(m.cpu.pc, target);
		assert_int_equal(m.cpu.regs[1], 0x104);
	}
	for (uint32_t imm = 0; imm < 1u << 13; imm += 2) {
		const uint32_t target = 0x100 + imm - (imm >> 12 << 13);
		const uint32_t bits =
			0x63 | (imm >> 12 & 1) << 31 | (imm >> 5 & 63) << 25 |
			(imm >> 1 & 15) << 8 | (imm >> 11 & 1) << 7;

		run_one(&m, bits);
		assert_int_equal(m.cpu.pc, target);
		run_one(&m, bits | 1u << 12);
		assert_int_equal(m.cpu.pc, 0x104);
	}
	stop(&m);
}

static void test_jalr_and_mret_clear_bit_0(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	m.cpu.regs[5] = 0x301;
	run_one(&m, i_type(0x67, 0, 5, 5, 6));
	assert_int_equal(m.cpu.pc, 0x306);
	assert_int_equal(m.cpu.regs[5], 0x104);
	assert_int_equal(csr_set(&m, MEPC, 0x403), 0x402);
	run_one(&m, MRET);
	assert_int_equal(m.cpu.pc, 0x402);
	stop(&m);
}

static void test_illegal(void **state)
{
	static const uint32_t insns[] = {
		0x00000000, 0xffffffff, 0x00052507, 0x00b5252f, 0x02051513,
		0x10200073, 0x00200073, 0x7b200073, 0x12000073, 0x12b50073,
		0x00004073, 0x30200173, 0x10508073, 0x00100173, 0x0000200f,
		0x00001067, 0x00003003, 0x00003023, 0x00002063, 0x40001033,
		0x5c002573, 0xf1401073, 0xf1429073, 0xf142a5f3, 0x30202573,
		0x30302573, 0xc0002573, 0x30602573, 0x32002573, 0x7a002573,
		0x3a002573, 0x18002573, 0x0000001f,
	};
	struct machine m;

	(void)state;
	start(&m);
	for (size_t i = 0; i < NUM(insns); i++) {
		const bool is_16 = (insns[i] & 3) != 3;

		run_one(&m, insns[i]);
		expect_trap(&m, GS_RV32_CAUSE_ILLEGAL,
			    is_16 ? insns[i] & 0xffff : insns[i]);
	}
	assert_int_equal(m.cpu.minstret, 0);
	assert_int_equal(m.cpu.mcycle, NUM(insns));
	stop(&m);
}

static void test_csr_fields(void **state)
{
	const uint32_t lines = GS_RV32_IRQ_TIMER | GS_RV32_IRQ_EXTERNAL;
	struct machine m;

	(void)state;
	start(&m);
	assert_int_equal(csr_set(&m, MSTATUS, 0), 0x1800);
	assert_int_equal(csr_set(&m, MSTATUS, UINT32_MAX), 0x1888);
	assert_int_equal(csr_set(&m, MSTATUS, 0), 0x1800);
	assert_int_equal(csr_set(&m, MISA, 0), 0x40001104);
	assert_int_equal(csr_set(&m, MIE_CSR, UINT32_MAX), lines);
	assert_int_equal(csr_set(&m, MIE_CSR, 0), 0);
	assert_int_equal(csr_set(&m, MIP, UINT32_MAX), 0);
	gs_rv32_set_irq(&m.cpu, GS_RV32_IRQ_EXTERNAL | 1);
	assert_int_equal(csr_set(&m, MIP, 0), GS_RV32_IRQ_EXTERNAL);
	assert_int_equal(csr_get(&m, MHARTID), 0);
	for (uint32_t csr = 0xb03; csr < 0xb20; csr++)
		assert_int_equal(csr_set(&m, csr, UINT32_MAX), 0);
	stop(&m);
}

static void test_mtvec_modes(void **state)
{
	static const struct {
		uint32_t written;
		uint32_t kept;
	} cases[] = { { 0x400, 0x400 },
		      { 0x503, 0x400 },
		      { 0x601, 0x601 },
		      { 0x702, 0x601 } };
	struct machine m;

	(void)state;
	start(&m);
	put(&m, 0, csrrw(0, MTVEC, 6));
	for (size_t i = 0; i < NUM(cases); i++) {
		m.cpu.pc = 0;
		m.cpu.regs[6] = cases[i].written;
		run(&m, 1, 1);
		assert_int_equal(m.cpu.mtvec, cases[i].kept);
	}
	stop(&m);
}

/* What is written is what the next instruction reads. */
static void test_counters(void **state)
{
	static const uint32_t csrs[] = { MCYCLE, MINSTRET, MCYCLEH, MINSTRETH };
	struct machine m;

	(void)state;
	start(&m);
	for (size_t i = 0; i < NUM(csrs); i++) {
		for (size_t k = 0; k < NUM(edges); k++) {
			gs_rv32_reset(&m.cpu, 0, 0);
			m.cpu.regs[6] = edges[k];
			PUT(&m, 0, csrrw(0, csrs[i], 6), csrrs(7, csrs[i], 0),
			    csrrs(8, csrs[i], 0));
			run(&m, 3, 3);
			assert_int_equal(m.cpu.regs[7], edges[k]);
			assert_int_equal(m.cpu.regs[8],
					 edges[k] + (csrs[i] < MCYCLEH));
		}
	}
	/* Writing the upper half does not count in the lower. */
	gs_rv32_reset(&m.cpu, 0, 0);
	PUT(&m, 0, csrrw(0, MINSTRET, 0), csrrw(0, MINSTRETH, 0),
	    csrrs(7, MINSTRET, 0));
	run(&m, 3, 3);
	assert_int_equal(m.cpu.regs[7], 0);
	gs_rv32_reset(&m.cpu, 0, 0);
	m.cpu.mcycle = m.cpu.minstret = UINT32_MAX;
	put(&m, 0, NOP);
	run(&m, 1, 1);
	assert_int_equal(m.cpu.mcycle, 1ull << 32);
	assert_int_equal(m.cpu.minstret, 1ull << 32);
	stop(&m);
}

/* All sizes around both ends of the memory. */
static void test_memory_ends(void **state)
{
	static const uint32_t bases[] = { 0, 0x1000, 0xffff0000, 0x7ffffff0 };
	struct machine m;

	(void)state;
	for (size_t b = 0; b < NUM(bases); b++) {
		start_at(&m, bases[b], BYTES);
		m.answer = GS_RV32_REFUSED;
		for (uint32_t i = 0; i < 2 * 2 * 3 * 9; i++) {
			const uint32_t size = i % 3;
			const uint32_t at =
				(i / 3 & 1 ? BYTES : 0) + i / 12 - 4;
			const bool inside = at < BYTES &&
					    at + (1u << size) <= BYTES;
			const bool is_store = i / 6 & 1;
			const uint32_t cause = is_store ? 7 : 5;

			m.cpu.mtvec = bases[b] + 0x200;
			m.cpu.fault_open = false;
			m.cpu.pc = bases[b] + 0x100;
			m.cpu.mcause = 0;
			m.cpu.regs[5] = bases[b] + at;
			put(&m, 0x100,
			    is_store ? store(size, 5, 6) : load(size, 6, 5));
			run(&m, 1, 1);
			assert_int_equal(m.cpu.mcause, inside ? 0 : cause);
			if (!inside)
				assert_int_equal(
					m.cpu.mtval,
					bases[b] + (at < BYTES ? BYTES : at));
		}
		stop(&m);
	}
}

static void test_fetch_ends(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	m.cpu.mtvec = 0x200;
	m.tcm[BYTES - 2] = 0x13;
	m.cpu.pc = BYTES - 2;
	run(&m, 1, 1);
	assert_int_equal(m.cpu.mcause, GS_RV32_CAUSE_FETCH);
	assert_int_equal(m.cpu.mepc, BYTES - 2);
	assert_int_equal(m.cpu.mtval, BYTES);
	m.tcm[BYTES - 2] = C_NOP;
	m.cpu.pc = BYTES - 2;
	run(&m, 1, 1);
	assert_int_equal(m.cpu.pc, BYTES);
	run(&m, 1, 1);
	assert_int_equal(m.cpu.mcause, GS_RV32_CAUSE_FETCH);
	assert_int_equal(m.cpu.mtval, BYTES);
	stop(&m);
}

static void test_tiny_memory(void **state)
{
	struct machine m;

	(void)state;
	for (uint32_t bytes = 0; bytes < 8; bytes++) {
		start_at(&m, 0, bytes);
		memset(m.tcm, 0x13, bytes);
		m.cpu.mtvec = 0x1000;
		assert_int_equal(gs_rv32_run(&m.cpu, 10, NULL), GS_RV32_HALT);
		assert_int_equal(m.cpu.mcause, GS_RV32_CAUSE_FETCH);
		stop(&m);
	}
}

static void test_bus(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	m.cpu.regs[5] = BUS;
	m.cpu.regs[6] = 0xcafe;
	run_one(&m, store(2, 5, 6));
	assert_int_equal(m.writes, 1);
	assert_int_equal(m.addr, BUS);
	assert_int_equal(m.val, 0xcafe);
	m.val = 0x87654321;
	run_one(&m, load(2, 7, 5));
	assert_int_equal(m.reads, 1);
	assert_int_equal(m.cpu.regs[7], 0x87654321);
	stop(&m);
}

/* Other sizes and alignments never get to the bus. */
static void test_bus_words_only(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	for (uint32_t i = 0; i < 3 * 4; i++) {
		if (i == 2)
			continue;
		m.cpu.regs[5] = BUS + i / 3;
		run_one(&m, load(i % 3, 7, 5));
		expect_trap(&m, GS_RV32_CAUSE_LOAD, BUS + i / 3);
		run_one(&m, store(i % 3, 5, 7));
		expect_trap(&m, GS_RV32_CAUSE_STORE, BUS + i / 3);
	}
	m.cpu.pc = BUS;
	run(&m, 1, 1);
	assert_int_equal(m.cpu.mcause, GS_RV32_CAUSE_FETCH);
	assert_int_equal(m.reads + m.writes, 0);
	stop(&m);
}

static void test_bus_refuses(void **state)
{
	static const int answers[] = { GS_RV32_REFUSED, -110, 2, 1000 };
	struct machine m;

	(void)state;
	start(&m);
	m.cpu.regs[5] = BUS;
	for (size_t i = 0; i <= NUM(answers); i++) {
		if (i == NUM(answers))
			memset(&m.cpu.bus, 0, sizeof(m.cpu.bus));
		else
			m.answer = answers[i];
		m.cpu.regs[7] = 1234;
		run_one(&m, load(2, 7, 5));
		expect_trap(&m, GS_RV32_CAUSE_LOAD, BUS);
		assert_int_equal(m.cpu.regs[7], 1234);
		run_one(&m, store(2, 5, 7));
		expect_trap(&m, GS_RV32_CAUSE_STORE, BUS);
	}
	gs_rv32_init(&m.cpu, m.tcm, 0, BYTES, NULL);
	m.cpu.regs[5] = BUS;
	run_one(&m, load(2, 7, 5));
	expect_trap(&m, GS_RV32_CAUSE_LOAD, BUS);
	stop(&m);
}

static void test_bus_stops(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	m.answer = GS_RV32_DONE_STOP;
	m.val = 77;
	m.cpu.regs[5] = BUS;
	PUT(&m, 0, NOP, load(2, 7, 5), store(2, 5, 0), SELF);
	assert_int_equal(run(&m, 10, 2), GS_RV32_BUS);
	assert_int_equal(m.cpu.regs[7], 77);
	assert_int_equal(m.cpu.pc, 8);
	assert_int_equal(run(&m, 1, 1), GS_RV32_BUS);
	assert_int_equal(m.cpu.minstret, 3);
	assert_int_equal(run(&m, 10, 10), GS_RV32_FUEL);
	stop(&m);
}

static void test_wfi_idles(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	PUT(&m, 0, NOP, WFI, SELF);
	m.cpu.mie = GS_RV32_IRQ_TIMER;
	assert_int_equal(run(&m, 10, 2), GS_RV32_IDLE);
	assert_int_equal(m.cpu.pc, 8);
	assert_int_equal(run(&m, 10, 0), GS_RV32_IDLE);
	assert_int_equal(run(&m, 0, 0), GS_RV32_IDLE);
	/* Not of mie, then one that is: it goes on even with MIE off. */
	gs_rv32_set_irq(&m.cpu, GS_RV32_IRQ_EXTERNAL);
	assert_int_equal(run(&m, 10, 0), GS_RV32_IDLE);
	gs_rv32_set_irq(&m.cpu, GS_RV32_IRQ_TIMER);
	assert_int_equal(run(&m, 10, 10), GS_RV32_FUEL);
	assert_int_equal(m.cpu.pc, 8);
	stop(&m);
}

static void test_wfi_wakes_into_handler(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	PUT(&m, 0, WFI, SELF);
	PUT(&m, 0x200, MRET);
	m.cpu.mie = GS_RV32_IRQ_EXTERNAL;
	m.cpu.mstatus = MIE;
	m.cpu.mtvec = 0x200;
	/* The last of the fuel: idle says more. */
	assert_int_equal(run(&m, 1, 1), GS_RV32_IDLE);
	gs_rv32_set_irq(&m.cpu, GS_RV32_IRQ_EXTERNAL);
	assert_int_equal(run(&m, 1, 1), GS_RV32_FUEL);
	assert_int_equal(m.cpu.mepc, 4);
	assert_int_equal(m.cpu.mcause, 0x8000000b);
	assert_int_equal(m.cpu.pc, 4);
	assert_int_equal(m.cpu.mstatus, MIE | MPIE);
	stop(&m);
}

static void test_wfi_with_a_line_up_goes_on(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	PUT(&m, 0, WFI, WFI, SELF);
	m.cpu.mie = GS_RV32_IRQ_TIMER;
	gs_rv32_set_irq(&m.cpu, GS_RV32_IRQ_TIMER);
	assert_int_equal(run(&m, 10, 10), GS_RV32_FUEL);
	assert_int_equal(m.cpu.pc, 8);
	stop(&m);
}

static void test_irq_priority_and_vectors(void **state)
{
	const uint32_t both = GS_RV32_IRQ_TIMER | GS_RV32_IRQ_EXTERNAL;
	struct machine m;

	(void)state;
	start(&m);
	PUT(&m, 0, SELF);
	PUT(&m, 0x200 + 4 * 7, SELF);
	PUT(&m, 0x200 + 4 * 11, MRET);
	m.cpu.mtvec = 0x201;
	m.cpu.mstatus = MIE;
	m.cpu.mie = both;
	gs_rv32_set_irq(&m.cpu, both);
	run(&m, 1, 1);
	assert_int_equal(m.cpu.mcause, 0x8000000b);
	assert_int_equal(m.cpu.pc, 0);
	gs_rv32_set_irq(&m.cpu, GS_RV32_IRQ_TIMER);
	run(&m, 5, 5);
	assert_int_equal(m.cpu.mcause, 0x80000007);
	assert_int_equal(m.cpu.pc, 0x200 + 4 * 7);
	assert_int_equal(m.cpu.mstatus, MPIE);
	assert_int_equal(m.cpu.mtval, 0);
	stop(&m);
}

/* A write that raises a line: the next instruction is the handler's. */
static void test_bus_raises_irq(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	PUT(&m, 0, store(2, 5, 6), addi(7, 0, 1));
	PUT(&m, 0x200, addi(8, 0, 1));
	m.cpu.regs[5] = BUS;
	m.lines_on_write = GS_RV32_IRQ_EXTERNAL;
	m.cpu.mtvec = 0x200;
	m.cpu.mstatus = MIE;
	m.cpu.mie = GS_RV32_IRQ_EXTERNAL;
	run(&m, 2, 2);
	assert_int_equal(m.cpu.mepc, 4);
	assert_int_equal(m.cpu.regs[7], 0);
	assert_int_equal(m.cpu.regs[8], 1);
	stop(&m);
}

static void test_halt_without_handler(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	PUT(&m, 0, NOP, ECALL);
	assert_int_equal(run(&m, 10, 2), GS_RV32_HALT);
	assert_int_equal(m.cpu.mcause, GS_RV32_CAUSE_ECALL);
	assert_int_equal(m.cpu.mepc, 4);
	assert_int_equal(m.cpu.pc, 4);
	assert_int_equal(run(&m, 10, 0), GS_RV32_HALT);
	gs_rv32_reset(&m.cpu, 0, 0);
	m.cpu.mtvec = 1;
	m.cpu.mstatus = MIE;
	m.cpu.mie = GS_RV32_IRQ_TIMER;
	gs_rv32_set_irq(&m.cpu, GS_RV32_IRQ_TIMER);
	assert_int_equal(run(&m, 10, 0), GS_RV32_HALT);
	assert_int_equal(m.cpu.mcause, 0x80000007);
	assert_int_equal(m.cpu.pc, 0);
	stop(&m);
}

/* As when the stack has run over: the handler cannot save its registers. */
static void test_halt_when_handler_faults(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	PUT(&m, 0, ECALL);
	PUT(&m, 0x200, addi(2, 2, (uint32_t)-64), store(2, 2, 1));
	m.cpu.mtvec = 0x200;
	m.cpu.regs[2] = 0x80000000;
	m.answer = GS_RV32_REFUSED;
	assert_int_equal(run(&m, 100, 5), GS_RV32_HALT);
	assert_int_equal(m.cpu.mcause, GS_RV32_CAUSE_STORE);
	assert_int_equal(m.cpu.mepc, 0x204);
	stop(&m);
}

/* An exception where an interrupt came is the first of its kind. */
static void test_exception_after_irq(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	PUT(&m, 0, ECALL);
	PUT(&m, 0x200, 0x00000067 /* jr x0 */);
	m.cpu.mtvec = 0x200;
	m.cpu.mstatus = MIE;
	m.cpu.mie = GS_RV32_IRQ_TIMER;
	gs_rv32_set_irq(&m.cpu, GS_RV32_IRQ_TIMER);
	assert_int_equal(run(&m, 3, 3), GS_RV32_FUEL);
	assert_int_equal(run(&m, 3, 1), GS_RV32_HALT);
	stop(&m);
}

static void test_halt_when_handler_is_nowhere(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	PUT(&m, 0, ECALL);
	m.cpu.mtvec = 0x80000000;
	assert_int_equal(run(&m, 100, 3), GS_RV32_HALT);
	assert_int_equal(m.cpu.mcause, GS_RV32_CAUSE_FETCH);
	assert_int_equal(m.cpu.mepc, 0x80000000);
	stop(&m);
}

/* The same trap again and again, but handled each time. */
static void test_no_halt_when_handled(void **state)
{
	struct machine m;

	(void)state;
	start(&m);
	PUT(&m, 0, ECALL);
	PUT(&m, 0x200, MRET);
	m.cpu.mtvec = 0x200;
	assert_int_equal(run(&m, 100, 100), GS_RV32_FUEL);
	PUT(&m, 0x200, csrrw(0, MEPC, 0), 0x00000067 /* jr x0 */);
	assert_int_equal(run(&m, 100, 100), GS_RV32_FUEL);
	/* A handler which never returns but enables interrupts. */
	PUT(&m, 0x200, i_type(0x73, 6, 0, 8, MSTATUS), 0x00000067);
	assert_int_equal(run(&m, 100, 100), GS_RV32_FUEL);
	stop(&m);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

#define IMAGE_BYTES 2048u

/* Half of them aim at the memory or at the bus. */
static void start_random(struct machine *m, uint32_t seed)
{
	start_at(m, 0, IMAGE_BYTES);
	for (uint32_t i = 0; i < IMAGE_BYTES; i++)
		m->tcm[i] = (uint8_t)(next_random(&seed) >> 11);
	for (uint32_t i = 1; i < 32; i++) {
		const uint32_t r = next_random(&seed);

		m->cpu.regs[i] = r & 1 ? r :
				 r & 2 ? r % IMAGE_BYTES :
					 BUS + r % 1024;
	}
	m->cpu.pc = next_random(&seed) % IMAGE_BYTES & ~1u;
	m->cpu.mtvec = seed & 1 ? 0 : next_random(&seed) % IMAGE_BYTES & ~2u;
	m->cpu.mie = next_random(&seed) & 0x880;
	gs_rv32_set_irq(&m->cpu, next_random(&seed));
	m->val = seed;
}

static void assert_same(const struct machine *a, const struct machine *b)
{
	assert_memory_equal(a->cpu.regs, b->cpu.regs, sizeof(a->cpu.regs));
	assert_memory_equal(a->tcm, b->tcm, IMAGE_BYTES);
	assert_int_equal(a->cpu.pc, b->cpu.pc);
	assert_int_equal(a->cpu.mstatus, b->cpu.mstatus);
	assert_int_equal(a->cpu.mepc, b->cpu.mepc);
	assert_int_equal(a->cpu.mcause, b->cpu.mcause);
	assert_int_equal(a->cpu.mtval, b->cpu.mtval);
	assert_int_equal(a->cpu.mcycle, b->cpu.mcycle);
	assert_int_equal(a->cpu.minstret, b->cpu.minstret);
	assert_int_equal(a->reads, b->reads);
	assert_int_equal(a->writes, b->writes);
}

/* Any image, in one run and in pieces: the same, and within bounds. */
static void test_random_images(void **state)
{
	struct machine a;
	struct machine b;

	(void)state;
	for (uint32_t i = 1; i <= 10000; i++) {
		uint32_t fuel = 300;
		uint32_t used;
		uint32_t total;

		start_random(&a, i * 0x9e3779b1u);
		start_random(&b, i * 0x9e3779b1u);
		gs_rv32_run(&a.cpu, fuel, &total);
		assert_true(total <= fuel);
		for (fuel = 0; fuel < total; fuel += used) {
			const uint32_t piece = 1 + (i + fuel) % 7;

			gs_rv32_run(&b.cpu,
				    piece < total - fuel ? piece : total - fuel,
				    &used);
			assert_true(used > 0);
		}
		/* An interrupt that halts costs no fuel. */
		gs_rv32_run(&b.cpu, a.cpu.halted, NULL);
		assert_same(&a, &b);
		assert_int_equal(a.cpu.regs[0], 0);
		assert_int_equal(a.cpu.pc & 1, 0);
		stop(&a);
		stop(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_fuel_is_exact),
		cmocka_unit_test(test_muldiv_edges),
		cmocka_unit_test(test_jump_offsets),
		cmocka_unit_test(test_jalr_and_mret_clear_bit_0),
		cmocka_unit_test(test_illegal),
		cmocka_unit_test(test_csr_fields),
		cmocka_unit_test(test_mtvec_modes),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_memory_ends),
		cmocka_unit_test(test_fetch_ends),
		cmocka_unit_test(test_tiny_memory),
		cmocka_unit_test(test_bus),
		cmocka_unit_test(test_bus_words_only),
		cmocka_unit_test(test_bus_refuses),
		cmocka_unit_test(test_bus_stops),
		cmocka_unit_test(test_wfi_idles),
		cmocka_unit_test(test_wfi_wakes_into_handler),
		cmocka_unit_test(test_wfi_with_a_line_up_goes_on),
		cmocka_unit_test(test_irq_priority_and_vectors),
		cmocka_unit_test(test_bus_raises_irq),
		cmocka_unit_test(test_halt_without_handler),
		cmocka_unit_test(test_halt_when_handler_faults),
		cmocka_unit_test(test_halt_when_handler_is_nowhere),
		cmocka_unit_test(test_exception_after_irq),
		cmocka_unit_test(test_no_halt_when_handled),
		cmocka_unit_test(test_random_images),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
