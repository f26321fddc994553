/* SPDX-License-Identifier: MIT */
/* Control and status registers of machine mode. */
#include "hw-model/rv32/internal.h"

enum {
	CSR_MSTATUS = 0x300,
	CSR_MISA = 0x301,
	CSR_MIE = 0x304,
	CSR_MTVEC = 0x305,
	CSR_MSTATUSH = 0x310,
	CSR_MHPMEVENT3 = 0x323,
	CSR_MHPMEVENT31 = 0x33f,
	CSR_MSCRATCH = 0x340,
	CSR_MEPC = 0x341,
	CSR_MCAUSE = 0x342,
	CSR_MTVAL = 0x343,
	CSR_MIP = 0x344,
	CSR_MCYCLE = 0xb00,
	CSR_MINSTRET = 0xb02,
	CSR_MHPMCOUNTER3 = 0xb03,
	CSR_MHPMCOUNTER31 = 0xb1f,
	CSR_MCYCLEH = 0xb80,
	CSR_MINSTRETH = 0xb82,
	CSR_MHPMCOUNTER3H = 0xb83,
	CSR_MHPMCOUNTER31H = 0xb9f,
	CSR_MVENDORID = 0xf11,
	CSR_MCONFIGPTR = 0xf15,
};

/* MXL 32, and the letters C, I and M. */
#define MISA (1u << 30 | 1u << 2 | 1u << 8 | 1u << 12)
#define MIE_BITS (GS_RV32_IRQ_TIMER | GS_RV32_IRQ_EXTERNAL)
#define MSTATUS_BITS (MSTATUS_MIE | MSTATUS_MPIE)

/* Registers which must exist and may read as zero. */
static bool csr_is_zero(uint32_t num)
{
	return num == CSR_MSTATUSH ||
	       (num >= CSR_MVENDORID && num <= CSR_MCONFIGPTR) ||
	       (num >= CSR_MHPMEVENT3 && num <= CSR_MHPMEVENT31) ||
	       (num >= CSR_MHPMCOUNTER3 && num <= CSR_MHPMCOUNTER31) ||
	       (num >= CSR_MHPMCOUNTER3H && num <= CSR_MHPMCOUNTER31H);
}

bool gs_rv32_csr_read(const struct gs_rv32 *cpu, uint32_t num, uint32_t *val)
{
	switch (num) {
	case CSR_MSTATUS:
		*val = cpu->mstatus | MSTATUS_MPP_M;
		return true;
	case CSR_MISA:
		*val = MISA;
		return true;
	case CSR_MIE:
		*val = cpu->mie;
		return true;
	case CSR_MTVEC:
		*val = cpu->mtvec;
		return true;
	case CSR_MSCRATCH:
		*val = cpu->mscratch;
		return true;
	case CSR_MEPC:
		*val = cpu->mepc;
		return true;
	case CSR_MCAUSE:
		*val = cpu->mcause;
		return true;
	case CSR_MTVAL:
		*val = cpu->mtval;
		return true;
	case CSR_MIP:
		*val = cpu->mip;
		return true;
	case CSR_MCYCLE:
		*val = (uint32_t)cpu->mcycle;
		return true;
	case CSR_MCYCLEH:
		*val = (uint32_t)(cpu->mcycle >> 32);
		return true;
	case CSR_MINSTRET:
		*val = (uint32_t)cpu->minstret;
		return true;
	case CSR_MINSTRETH:
		*val = (uint32_t)(cpu->minstret >> 32);
		return true;
	default:
		*val = 0;
		return csr_is_zero(num);
	}
}

static uint64_t with_low(uint64_t counter, uint32_t val)
{
	return counter >> 32 << 32 | val;
}

static uint64_t with_high(uint64_t counter, uint32_t val)
{
	return (uint64_t)val << 32 | (uint32_t)counter;
}

/*
 * What is written to a counter is what the next instruction reads (3.1.10).
 * mcycle has already counted the instruction that writes; minstret will.
 */
bool gs_rv32_csr_write(struct gs_rv32 *cpu, uint32_t num, uint32_t val)
{
	switch (num) {
	case CSR_MSTATUS:
		cpu->mstatus = val & MSTATUS_BITS;
		return true;
	case CSR_MIE:
		cpu->mie = val & MIE_BITS;
		return true;
	case CSR_MTVEC:
		/* Reserved modes: the register keeps its value. */
		if ((val & MTVEC_MODE) <= MTVEC_VECTORED)
			cpu->mtvec = val;
		return true;
	case CSR_MSCRATCH:
		cpu->mscratch = val;
		return true;
	case CSR_MEPC:
		cpu->mepc = val & ~1u;
		cpu->fault_open = false;
		return true;
	case CSR_MCAUSE:
		cpu->mcause = val;
		return true;
	case CSR_MTVAL:
		cpu->mtval = val;
		return true;
	case CSR_MCYCLE:
		cpu->mcycle = with_low(cpu->mcycle, val) - 1;
		return true;
	case CSR_MCYCLEH:
		cpu->mcycle = with_high(cpu->mcycle, val);
		return true;
	case CSR_MINSTRET:
		cpu->minstret = with_low(cpu->minstret, val) - 1;
		return true;
	case CSR_MINSTRETH:
		cpu->minstret = with_high(cpu->minstret, val) - 1;
		return true;
	case CSR_MISA:
	case CSR_MIP:
		return true;
	default:
		return csr_is_zero(num) && num < CSR_MVENDORID;
	}
}
