/* SPDX-License-Identifier: MIT */
/*
 * Memory as the processor sees it. The TCM takes any size and alignment, as
 * QEMU's memory does; everything else is the bus.
 */
#include <stddef.h>

#include "hw-model/rv32/internal.h"

/* The @bytes at @addr in the TCM, or NULL: not all of them are. */
static uint8_t *tcm_at(const struct gs_rv32 *cpu, uint32_t addr, uint32_t bytes)
{
	const uint32_t offset = addr - cpu->tcm_base;

	if (bytes > cpu->tcm_size || offset > cpu->tcm_size - bytes)
		return NULL;
	return cpu->tcm + offset;
}

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

int gs_rv32_fetch(struct gs_rv32 *cpu, struct gs_rv32_insn *in)
{
	const uint8_t *p = tcm_at(cpu, cpu->pc, 4);

	if (!p)
		p = tcm_at(cpu, cpu->pc, 2);
	if (!p) {
		in->tval = cpu->pc;
		return GS_RV32_CAUSE_FETCH;
	}
	if ((p[0] & 3) != 3) {
		in->raw = get16(p);
		in->bits = gs_rv32_expand(in->raw);
		in->next = cpu->pc + 2;
		return GS_RV32_CAUSE_NONE;
	}
	/* mtval names the half that is missing (3.1.16). */
	if (!tcm_at(cpu, cpu->pc, 4)) {
		in->tval = cpu->pc + 2;
		return GS_RV32_CAUSE_FETCH;
	}
	in->raw = get32(p);
	in->bits = in->raw;
	in->next = cpu->pc + 4;
	return GS_RV32_CAUSE_NONE;
}

/* Whether the bus did it. */
static bool answered(struct gs_rv32 *cpu, int answer)
{
	if (answer == GS_RV32_DONE_STOP)
		cpu->stop = GS_RV32_BUS;
	return answer == GS_RV32_DONE || answer == GS_RV32_DONE_STOP;
}

/* mtval names the part of an access that cannot be made (3.1.16). */
uint32_t gs_rv32_fault_addr(const struct gs_rv32 *cpu, uint32_t addr)
{
	return tcm_at(cpu, addr, 1) ? cpu->tcm_base + cpu->tcm_size : addr;
}

int gs_rv32_load(struct gs_rv32 *cpu, uint32_t addr, uint32_t bytes,
		 uint32_t *val)
{
	const uint8_t *p = tcm_at(cpu, addr, bytes);

	if (p) {
		*val = bytes == 4 ? get32(p) : bytes == 2 ? get16(p) : p[0];
		return GS_RV32_CAUSE_NONE;
	}
	*val = 0;
	if (bytes != 4 || addr & 3 || !cpu->bus.read32)
		return GS_RV32_CAUSE_LOAD;
	if (!answered(cpu, cpu->bus.read32(cpu->bus.ctx, addr, val)))
		return GS_RV32_CAUSE_LOAD;
	return GS_RV32_CAUSE_NONE;
}

int gs_rv32_store(struct gs_rv32 *cpu, uint32_t addr, uint32_t bytes,
		  uint32_t val)
{
	uint8_t *p = tcm_at(cpu, addr, bytes);

	if (p) {
		p[0] = (uint8_t)val;
		if (bytes >= 2)
			p[1] = (uint8_t)(val >> 8);
		if (bytes == 4) {
			p[2] = (uint8_t)(val >> 16);
			p[3] = (uint8_t)(val >> 24);
		}
		return GS_RV32_CAUSE_NONE;
	}
	if (bytes != 4 || addr & 3 || !cpu->bus.write32)
		return GS_RV32_CAUSE_STORE;
	if (!answered(cpu, cpu->bus.write32(cpu->bus.ctx, addr, val)))
		return GS_RV32_CAUSE_STORE;
	return GS_RV32_CAUSE_NONE;
}
