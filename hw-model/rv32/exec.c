/* SPDX-License-Identifier: MIT */
/* What each instruction does. */
#include "hw-model/rv32/internal.h"

#define ALT (1u << 30) /* sub, sra, srai */

static uint32_t imm_i(uint32_t bits)
{
	return sign_extend(bits >> 20, 11);
}

static uint32_t imm_s(uint32_t bits)
{
	return sign_extend((bits >> 25) << 5 | insn_rd(bits), 11);
}

static uint32_t imm_b(uint32_t bits)
{
	const uint32_t imm = (bits >> 8 & 15) << 1 | (bits >> 25 & 63) << 5 |
			     (bits >> 7 & 1) << 11 | (bits >> 31) << 12;

	return sign_extend(imm, 12);
}

static uint32_t imm_j(uint32_t bits)
{
	const uint32_t imm = (bits >> 21 & 0x3ff) << 1 |
			     (bits >> 20 & 1) << 11 | (bits & 0xff000) |
			     (bits >> 31) << 20;

	return sign_extend(imm, 20);
}

static void set_rd(struct gs_rv32 *cpu, uint32_t bits, uint32_t val)
{
	cpu->regs[insn_rd(bits)] = val;
	cpu->regs[0] = 0;
}

static uint32_t shift_right_arithmetic(uint32_t a, uint32_t n)
{
	return a >> n | (a >> 31 ? ~(UINT32_MAX >> n) : 0);
}

static uint32_t alu(uint32_t funct3, bool alt, uint32_t a, uint32_t b)
{
	switch (funct3) {
	case 0:
		return alt ? a - b : a + b;
	case 1:
		return a << (b & 31);
	case 2:
		return (int32_t)a < (int32_t)b;
	case 3:
		return a < b;
	case 4:
		return a ^ b;
	case 5:
		return alt ? shift_right_arithmetic(a, b & 31) : a >> (b & 31);
	case 6:
		return a | b;
	default:
		return a & b;
	}
}

/* Division never traps: x / 0 is all ones, the remainder x (chapter 7.2). */
static uint32_t divide(uint32_t funct3, uint32_t a, uint32_t b)
{
	const bool overflow = a == 0x80000000u && b == UINT32_MAX;

	switch (funct3) {
	case 4: /* div */
		if (b == 0)
			return UINT32_MAX;
		return overflow ? a : (uint32_t)((int32_t)a / (int32_t)b);
	case 5: /* divu */
		return b == 0 ? UINT32_MAX : a / b;
	case 6: /* rem */
		if (b == 0)
			return a;
		return overflow ? 0 : (uint32_t)((int32_t)a % (int32_t)b);
	default: /* remu */
		return b == 0 ? a : a % b;
	}
}

static uint32_t muldiv(uint32_t funct3, uint32_t a, uint32_t b)
{
	const int64_t sa = (int32_t)a;
	const int64_t sb = (int32_t)b;

	switch (funct3) {
	case 0: /* mul */
		return a * b;
	case 1: /* mulh */
		return (uint32_t)((uint64_t)(sa * sb) >> 32);
	case 2: /* mulhsu */
		return (uint32_t)((uint64_t)(sa * (int64_t)b) >> 32);
	case 3: /* mulhu */
		return (uint32_t)((uint64_t)a * b >> 32);
	default:
		return divide(funct3, a, b);
	}
}

static int exec_imm(struct gs_rv32 *cpu, uint32_t bits)
{
	const uint32_t funct3 = insn_funct3(bits);
	const uint32_t funct7 = bits >> 25;
	const bool sra = funct3 == 5 && funct7 == ALT >> 25;

	if ((funct3 == 1 || funct3 == 5) && funct7 != 0 && !sra)
		return GS_RV32_CAUSE_ILLEGAL;
	set_rd(cpu, bits,
	       alu(funct3, sra, cpu->regs[insn_rs1(bits)], imm_i(bits)));
	return GS_RV32_CAUSE_NONE;
}

static int exec_reg(struct gs_rv32 *cpu, uint32_t bits)
{
	const uint32_t funct3 = insn_funct3(bits);
	const uint32_t a = cpu->regs[insn_rs1(bits)];
	const uint32_t b = cpu->regs[insn_rs2(bits)];

	switch (bits >> 25) {
	case 0:
		set_rd(cpu, bits, alu(funct3, false, a, b));
		return GS_RV32_CAUSE_NONE;
	case 1:
		set_rd(cpu, bits, muldiv(funct3, a, b));
		return GS_RV32_CAUSE_NONE;
	case ALT >> 25:
		if (funct3 != 0 && funct3 != 5)
			return GS_RV32_CAUSE_ILLEGAL;
		set_rd(cpu, bits, alu(funct3, true, a, b));
		return GS_RV32_CAUSE_NONE;
	default:
		return GS_RV32_CAUSE_ILLEGAL;
	}
}

static int exec_branch(struct gs_rv32 *cpu, struct gs_rv32_insn *in)
{
	const uint32_t funct3 = insn_funct3(in->bits);
	const uint32_t a = cpu->regs[insn_rs1(in->bits)];
	const uint32_t b = cpu->regs[insn_rs2(in->bits)];
	bool taken;

	switch (funct3 >> 1) {
	case 0:
		taken = a == b;
		break;
	case 2:
		taken = (int32_t)a < (int32_t)b;
		break;
	case 3:
		taken = a < b;
		break;
	default:
		return GS_RV32_CAUSE_ILLEGAL;
	}
	/* Odd ones are the opposites. */
	if (taken != (funct3 & 1))
		in->next = cpu->pc + imm_b(in->bits);
	return GS_RV32_CAUSE_NONE;
}

static int exec_load(struct gs_rv32 *cpu, struct gs_rv32_insn *in)
{
	const uint32_t funct3 = insn_funct3(in->bits);
	const uint32_t addr = cpu->regs[insn_rs1(in->bits)] + imm_i(in->bits);
	uint32_t val;
	int cause;

	if (funct3 == 3 || funct3 >= 6)
		return GS_RV32_CAUSE_ILLEGAL;
	cause = gs_rv32_load(cpu, addr, 1u << (funct3 & 3), &val);
	if (cause) {
		in->tval = gs_rv32_fault_addr(cpu, addr);
		return cause;
	}
	if (funct3 == 0)
		val = sign_extend(val, 7);
	else if (funct3 == 1)
		val = sign_extend(val, 15);
	set_rd(cpu, in->bits, val);
	return GS_RV32_CAUSE_NONE;
}

static int exec_store(struct gs_rv32 *cpu, struct gs_rv32_insn *in)
{
	const uint32_t funct3 = insn_funct3(in->bits);
	const uint32_t addr = cpu->regs[insn_rs1(in->bits)] + imm_s(in->bits);
	int cause;

	if (funct3 > 2)
		return GS_RV32_CAUSE_ILLEGAL;
	cause = gs_rv32_store(cpu, addr, 1u << funct3,
			      cpu->regs[insn_rs2(in->bits)]);
	if (cause)
		in->tval = gs_rv32_fault_addr(cpu, addr);
	return cause;
}

static int exec_csr(struct gs_rv32 *cpu, uint32_t bits)
{
	const uint32_t num = bits >> 20;
	const uint32_t funct3 = insn_funct3(bits);
	const uint32_t rs1 = insn_rs1(bits);
	const uint32_t operand = funct3 & 4 ? rs1 : cpu->regs[rs1];
	uint32_t old;
	uint32_t val;

	if (!gs_rv32_csr_read(cpu, num, &old))
		return GS_RV32_CAUSE_ILLEGAL;
	switch (funct3 & 3) {
	case 1:
		val = operand;
		break;
	case 2:
		val = old | operand;
		break;
	default:
		val = old & ~operand;
		break;
	}
	/* csrrs and csrrc do not write when rs1 is x0 or the immediate 0. */
	if (((funct3 & 3) == 1 || rs1) && !gs_rv32_csr_write(cpu, num, val))
		return GS_RV32_CAUSE_ILLEGAL;
	set_rd(cpu, bits, old);
	return GS_RV32_CAUSE_NONE;
}

static int exec_system(struct gs_rv32 *cpu, struct gs_rv32_insn *in)
{
	if (insn_funct3(in->bits) & 3)
		return exec_csr(cpu, in->bits);
	switch (in->bits) {
	case INSN_ECALL:
		in->tval = 0;
		return GS_RV32_CAUSE_ECALL;
	case INSN_EBREAK:
		in->tval = 0;
		return GS_RV32_CAUSE_BREAKPOINT;
	case INSN_MRET:
		cpu->mstatus = MSTATUS_MPIE |
			       (cpu->mstatus & MSTATUS_MPIE ? MSTATUS_MIE : 0);
		cpu->fault_open = false;
		in->next = cpu->mepc;
		return GS_RV32_CAUSE_NONE;
	case INSN_WFI:
		if (cpu->mip & cpu->mie)
			return GS_RV32_CAUSE_NONE;
		cpu->waiting = true;
		cpu->stop = GS_RV32_IDLE;
		return GS_RV32_CAUSE_NONE;
	default:
		return GS_RV32_CAUSE_ILLEGAL;
	}
}

static int exec_jalr(struct gs_rv32 *cpu, struct gs_rv32_insn *in)
{
	const uint32_t target = cpu->regs[insn_rs1(in->bits)] + imm_i(in->bits);

	if (insn_funct3(in->bits) != 0)
		return GS_RV32_CAUSE_ILLEGAL;
	set_rd(cpu, in->bits, in->next);
	in->next = target & ~1u;
	return GS_RV32_CAUSE_NONE;
}

int gs_rv32_exec(struct gs_rv32 *cpu, struct gs_rv32_insn *in)
{
	const uint32_t bits = in->bits;

	/* For the illegal ones, all over this file. */
	in->tval = in->raw;
	switch (bits & 0x7f) {
	case OP_IMM:
		return exec_imm(cpu, bits);
	case OP_REG:
		return exec_reg(cpu, bits);
	case OP_LOAD:
		return exec_load(cpu, in);
	case OP_STORE:
		return exec_store(cpu, in);
	case OP_BRANCH:
		return exec_branch(cpu, in);
	case OP_JAL:
		set_rd(cpu, bits, in->next);
		in->next = cpu->pc + imm_j(bits);
		return GS_RV32_CAUSE_NONE;
	case OP_JALR:
		return exec_jalr(cpu, in);
	case OP_LUI:
		set_rd(cpu, bits, bits & 0xfffff000);
		return GS_RV32_CAUSE_NONE;
	case OP_AUIPC:
		set_rd(cpu, bits, cpu->pc + (bits & 0xfffff000));
		return GS_RV32_CAUSE_NONE;
	case OP_MISC_MEM:
		/* fence and fence.i: one hart, no cache, nothing to order. */
		return insn_funct3(bits) <= 1 ? GS_RV32_CAUSE_NONE :
						GS_RV32_CAUSE_ILLEGAL;
	case OP_SYSTEM:
		return exec_system(cpu, in);
	default:
		return GS_RV32_CAUSE_ILLEGAL;
	}
}
