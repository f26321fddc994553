/* SPDX-License-Identifier: MIT */
/*
 * C extension: every 16-bit instruction is one of 32 bits (unprivileged
 * specification, chapter 16). Encodings reserved for RV32, those of F and D
 * included, have none; hints do what their base instruction does: nothing.
 */
#include "hw-model/rv32/internal.h"

#define NONE 0u
#define SP 2u
#define RA 1u

static uint32_t enc_i(uint32_t op, uint32_t funct3, uint32_t rd, uint32_t rs1,
		      uint32_t imm)
{
	return op | rd << 7 | funct3 << 12 | rs1 << 15 | imm << 20;
}

static uint32_t enc_r(uint32_t funct3, uint32_t rd, uint32_t rs1, uint32_t rs2)
{
	return OP_REG | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20;
}

static uint32_t enc_sw(uint32_t rs1, uint32_t rs2, uint32_t imm)
{
	return OP_STORE | (imm & 31) << 7 | 2u << 12 | rs1 << 15 | rs2 << 20 |
	       imm >> 5 << 25;
}

static uint32_t enc_branch(uint32_t funct3, uint32_t rs1, uint32_t imm)
{
	return OP_BRANCH | (imm >> 11 & 1) << 7 | (imm & 0x1e) << 7 |
	       funct3 << 12 | rs1 << 15 | (imm >> 5 & 0x3f) << 25 |
	       (imm >> 12 & 1) << 31;
}

static uint32_t enc_jal(uint32_t rd, uint32_t imm)
{
	return OP_JAL | rd << 7 | (imm & 0xff000) | (imm >> 11 & 1) << 20 |
	       (imm >> 1 & 0x3ff) << 21 | (imm >> 20 & 1) << 31;
}

/* Bit @from of @c at place @to. */
static uint32_t bit(uint32_t c, unsigned from, unsigned to)
{
	return (c >> from & 1) << to;
}

/* Registers x8 to x15 at bit @at. */
static uint32_t creg(uint32_t c, unsigned at)
{
	return 8 + (c >> at & 7);
}

static uint32_t imm6(uint32_t c)
{
	return sign_extend((c >> 2 & 31) | bit(c, 12, 5), 5);
}

static uint32_t imm_word(uint32_t c)
{
	return (c >> 10 & 7) << 3 | bit(c, 6, 2) | bit(c, 5, 6);
}

static uint32_t imm_jump(uint32_t c)
{
	const uint32_t imm = (c >> 3 & 7) << 1 | bit(c, 11, 4) | bit(c, 2, 5) |
			     bit(c, 7, 6) | bit(c, 6, 7) | (c >> 9 & 3) << 8 |
			     bit(c, 8, 10) | bit(c, 12, 11);

	return sign_extend(imm, 11);
}

static uint32_t imm_branch(uint32_t c)
{
	const uint32_t imm = (c >> 3 & 3) << 1 | (c >> 10 & 3) << 3 |
			     bit(c, 2, 5) | (c >> 5 & 3) << 6 | bit(c, 12, 8);

	return sign_extend(imm, 8);
}

static uint32_t quadrant0(uint32_t c)
{
	const uint32_t imm = (c >> 11 & 3) << 4 | (c >> 7 & 15) << 6 |
			     bit(c, 6, 2) | bit(c, 5, 3);

	switch (c >> 13) {
	case 0: /* c.addi4spn */
		return imm ? enc_i(OP_IMM, 0, creg(c, 2), SP, imm) : NONE;
	case 2: /* c.lw */
		return enc_i(OP_LOAD, 2, creg(c, 2), creg(c, 7), imm_word(c));
	case 6: /* c.sw */
		return enc_sw(creg(c, 7), creg(c, 2), imm_word(c));
	default:
		return NONE;
	}
}

static uint32_t lui_or_addi16sp(uint32_t c)
{
	const uint32_t rd = insn_rd(c);
	const uint32_t imm = bit(c, 6, 4) | bit(c, 2, 5) | bit(c, 5, 6) |
			     (c >> 3 & 3) << 7 | bit(c, 12, 9);

	if (imm6(c) == 0)
		return NONE;
	if (rd == SP)
		return enc_i(OP_IMM, 0, SP, SP, sign_extend(imm, 9));
	return OP_LUI | rd << 7 | imm6(c) << 12;
}

/* c.srli, c.srai, c.andi, c.sub, c.xor, c.or, c.and */
static uint32_t arithmetic(uint32_t c)
{
	static const uint8_t funct3[4] = { 0, 4, 6, 7 };
	const uint32_t rd = creg(c, 7);
	const uint32_t rs2 = creg(c, 2);
	const uint32_t which = c >> 5 & 3;

	if ((c >> 10 & 3) == 2)
		return enc_i(OP_IMM, 7, rd, rd, imm6(c));
	if (c >> 12 & 1)
		return NONE;
	if ((c >> 10 & 3) == 3)
		return enc_r(funct3[which], rd, rd, rs2) |
		       (which == 0 ? 1u << 30 : 0);
	return enc_i(OP_IMM, 5, rd, rd, imm6(c)) | bit(c, 10, 30);
}

static uint32_t quadrant1(uint32_t c)
{
	const uint32_t rd = insn_rd(c);

	switch (c >> 13) {
	case 0: /* c.nop, c.addi */
		return enc_i(OP_IMM, 0, rd, rd, imm6(c));
	case 1:
		return enc_jal(RA, imm_jump(c));
	case 2: /* c.li */
		return enc_i(OP_IMM, 0, rd, 0, imm6(c));
	case 3:
		return lui_or_addi16sp(c);
	case 4:
		return arithmetic(c);
	case 5: /* c.j */
		return enc_jal(0, imm_jump(c));
	case 6: /* c.beqz */
		return enc_branch(0, creg(c, 7), imm_branch(c));
	default: /* c.bnez */
		return enc_branch(1, creg(c, 7), imm_branch(c));
	}
}

/* c.jr, c.mv, c.ebreak, c.jalr, c.add */
static uint32_t jump_or_move(uint32_t c)
{
	const uint32_t rd = insn_rd(c);
	const uint32_t rs2 = c >> 2 & 31;
	const uint32_t link = c >> 12 & 1;

	if (rs2)
		return enc_r(0, rd, link ? rd : 0, rs2);
	if (rd)
		return enc_i(OP_JALR, 0, link ? RA : 0, rd, 0);
	return link ? INSN_EBREAK : NONE;
}

static uint32_t quadrant2(uint32_t c)
{
	const uint32_t rd = insn_rd(c);
	const uint32_t load = (c >> 4 & 7) << 2 | bit(c, 12, 5) |
			      (c >> 2 & 3) << 6;
	const uint32_t store = (c >> 9 & 15) << 2 | (c >> 7 & 3) << 6;

	switch (c >> 13) {
	case 0: /* c.slli */
		return c >> 12 & 1 ? NONE : enc_i(OP_IMM, 1, rd, rd, imm6(c));
	case 2: /* c.lwsp */
		return rd ? enc_i(OP_LOAD, 2, rd, SP, load) : NONE;
	case 4:
		return jump_or_move(c);
	case 6: /* c.swsp */
		return enc_sw(SP, c >> 2 & 31, store);
	default:
		return NONE;
	}
}

uint32_t gs_rv32_expand(uint32_t c)
{
	switch (c & 3) {
	case 0:
		return quadrant0(c);
	case 1:
		return quadrant1(c);
	case 2:
		return quadrant2(c);
	default:
		return NONE;
	}
}
