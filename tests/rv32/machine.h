/* SPDX-License-Identifier: MIT */
/* A processor with memory and a bus that notes what it is asked. */
#ifndef GS_TESTS_RV32_MACHINE_H
#define GS_TESTS_RV32_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hw-model/rv32/rv32.h"

#define BYTES 0x10000u
#define BUS 0x10000000u
#define NUM(a) (sizeof(a) / sizeof((a)[0]))

#define MIE (1u << 3)
#define MPIE (1u << 7)

#define NOP 0x00000013u
#define WFI 0x10500073u
#define MRET 0x30200073u
#define ECALL 0x00000073u
#define SELF 0x0000006fu /* j . */
#define C_NOP 0x0001u
#define C_EBREAK 0x9002u

enum {
	MSTATUS = 0x300,
	MISA = 0x301,
	MIE_CSR = 0x304,
	MTVEC = 0x305,
	MSCRATCH = 0x340,
	MEPC = 0x341,
	MIP = 0x344,
	MCYCLE = 0xb00,
	MINSTRET = 0xb02,
	MCYCLEH = 0xb80,
	MINSTRETH = 0xb82,
	MHARTID = 0xf14
};

struct machine {
	struct gs_rv32 cpu;
	uint8_t *tcm;
	int answer;
	uint32_t lines_on_write;
	uint32_t reads;
	uint32_t writes;
	uint32_t addr;
	uint32_t val;
};

static int bus_read(void *ctx, uint32_t addr, uint32_t *val)
{
	struct machine *m = ctx;

	m->reads++;
	m->addr = addr;
	*val = m->val;
	return m->answer;
}

static int bus_write(void *ctx, uint32_t addr, uint32_t val)
{
	struct machine *m = ctx;

	m->writes++;
	m->addr = addr;
	m->val = val;
	if (m->lines_on_write)
		gs_rv32_set_irq(&m->cpu, m->lines_on_write);
	return m->answer;
}

/* Memory of its own, so that the sanitizer sees what lies beyond. */
static void start_at(struct machine *m, uint32_t base, uint32_t bytes)
{
	const struct gs_rv32_bus bus = { bus_read, bus_write, m };

	memset(m, 0, sizeof(*m));
	m->tcm = calloc(1, bytes ? bytes : 1);
	assert_non_null(m->tcm);
	gs_rv32_init(&m->cpu, m->tcm, base, bytes, &bus);
}

static void start(struct machine *m)
{
	start_at(m, 0, BYTES);
}

static void stop(struct machine *m)
{
	free(m->tcm);
}

static void put(struct machine *m, uint32_t at, uint32_t word)
{
	for (uint32_t i = 0; i < 4; i++)
		m->tcm[at + i] = (uint8_t)(word >> 8 * i);
}

static void put_code(struct machine *m, uint32_t at, const uint32_t *words,
		     size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(m, at + 4 * (uint32_t)i, words[i]);
}

#define PUT(m, at, ...)                                    \
	put_code(m, at, (const uint32_t[]){ __VA_ARGS__ }, \
		 NUM(((const uint32_t[]){ __VA_ARGS__ })))

static uint32_t i_type(uint32_t op, uint32_t funct3, uint32_t rd, uint32_t rs1,
		       uint32_t imm)
{
	return op | rd << 7 | funct3 << 12 | rs1 << 15 | imm << 20;
}

static uint32_t addi(uint32_t rd, uint32_t rs1, uint32_t imm)
{
	return i_type(0x13, 0, rd, rs1, imm);
}

static uint32_t load(uint32_t funct3, uint32_t rd, uint32_t rs1)
{
	return i_type(0x03, funct3, rd, rs1, 0);
}

static uint32_t store(uint32_t funct3, uint32_t rs1, uint32_t rs2)
{
	return 0x23 | funct3 << 12 | rs1 << 15 | rs2 << 20;
}

static uint32_t muldiv(uint32_t funct3, uint32_t rd, uint32_t rs1, uint32_t rs2)
{
	return 0x02000033u | funct3 << 12 | rd << 7 | rs1 << 15 | rs2 << 20;
}

static uint32_t csrrw(uint32_t rd, uint32_t csr, uint32_t rs1)
{
	return i_type(0x73, 1, rd, rs1, csr);
}

static uint32_t csrrs(uint32_t rd, uint32_t csr, uint32_t rs1)
{
	return i_type(0x73, 2, rd, rs1, csr);
}

static enum gs_rv32_stop run(struct machine *m, uint32_t fuel,
			     uint32_t expected)
{
	uint32_t used;
	enum gs_rv32_stop why = gs_rv32_run(&m->cpu, fuel, &used);

	assert_int_equal(used, expected);
	assert_int_equal(m->cpu.regs[0], 0);
	return why;
}

/* Run one instruction at 0x100, with a handler at 0x200. */
static void run_one(struct machine *m, uint32_t insn)
{
	put(m, 0x100, insn);
	m->cpu.mtvec = 0x200;
	m->cpu.mcause = 0;
	m->cpu.fault_open = false;
	m->cpu.pc = 0x100;
	assert_int_equal(run(m, 1, 1), m->cpu.stop);
}

static void expect_trap(const struct machine *m, uint32_t cause, uint32_t tval)
{
	assert_int_equal(m->cpu.pc, 0x200);
	assert_int_equal(m->cpu.mepc, 0x100);
	assert_int_equal(m->cpu.mcause, cause);
	assert_int_equal(m->cpu.mtval, tval);
}

static uint32_t csr_get(struct machine *m, uint32_t csr)
{
	run_one(m, csrrs(5, csr, 0));
	assert_int_equal(m->cpu.pc, 0x104);
	return m->cpu.regs[5];
}

static uint32_t csr_set(struct machine *m, uint32_t csr, uint32_t val)
{
	m->cpu.regs[6] = val;
	run_one(m, csrrw(0, csr, 6));
	assert_int_equal(m->cpu.pc, 0x104);
	return csr_get(m, csr);
}

#endif
