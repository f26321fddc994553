/* SPDX-License-Identifier: MIT */
/* What the files of the interpreter share. */
#ifndef GS_HW_MODEL_RV32_INTERNAL_H
#define GS_HW_MODEL_RV32_INTERNAL_H

#include "hw-model/rv32/rv32.h"

#define MSTATUS_MIE (1u << 3)
#define MSTATUS_MPIE (1u << 7)
#define MSTATUS_MPP_M (3u << 11)

#define MTVEC_MODE 3u
#define MTVEC_VECTORED 1u

/* Major opcodes, bits 6 to 0. */
enum {
	OP_LOAD = 0x03,
	OP_MISC_MEM = 0x0f,
	OP_IMM = 0x13,
	OP_AUIPC = 0x17,
	OP_STORE = 0x23,
	OP_REG = 0x33,
	OP_LUI = 0x37,
	OP_BRANCH = 0x63,
	OP_JALR = 0x67,
	OP_JAL = 0x6f,
	OP_SYSTEM = 0x73,
};

#define INSN_ECALL 0x00000073u
#define INSN_EBREAK 0x00100073u
#define INSN_MRET 0x30200073u
#define INSN_WFI 0x10500073u

/* One instruction on its way. */
struct gs_rv32_insn {
	uint32_t bits; /* as 32-bit instruction; 0, which is illegal, if none */
	uint32_t raw; /* as in memory: 16 or 32 bits */
	uint32_t next; /* where to go on */
	uint32_t tval; /* for mtval, when it traps */
};

static inline uint32_t insn_rd(uint32_t bits)
{
	return bits >> 7 & 31;
}

static inline uint32_t insn_funct3(uint32_t bits)
{
	return bits >> 12 & 7;
}

static inline uint32_t insn_rs1(uint32_t bits)
{
	return bits >> 15 & 31;
}

static inline uint32_t insn_rs2(uint32_t bits)
{
	return bits >> 20 & 31;
}

/* @val with bit @sign repeated above; @val has no bits there. */
static inline uint32_t sign_extend(uint32_t val, unsigned sign)
{
	return (val ^ 1u << sign) - (1u << sign);
}

/* compressed.c; the 32-bit instruction @c stands for, 0: there is none. */
uint32_t gs_rv32_expand(uint32_t c);

/* mem.c; the cause of a trap or GS_RV32_CAUSE_NONE. */
int gs_rv32_fetch(struct gs_rv32 *cpu, struct gs_rv32_insn *in);
int gs_rv32_load(struct gs_rv32 *cpu, uint32_t addr, uint32_t bytes,
		 uint32_t *val);
int gs_rv32_store(struct gs_rv32 *cpu, uint32_t addr, uint32_t bytes,
		  uint32_t val);
uint32_t gs_rv32_fault_addr(const struct gs_rv32 *cpu, uint32_t addr);

/* csr.c; false: no such register. */
bool gs_rv32_csr_read(const struct gs_rv32 *cpu, uint32_t num, uint32_t *val);
bool gs_rv32_csr_write(struct gs_rv32 *cpu, uint32_t num, uint32_t val);

/* exec.c; the cause of a trap or GS_RV32_CAUSE_NONE. */
int gs_rv32_exec(struct gs_rv32 *cpu, struct gs_rv32_insn *in);

#endif
