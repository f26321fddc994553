/* SPDX-License-Identifier: MIT */
/* Life of the processor: reset, traps, interrupts, running on fuel. */
#include <stddef.h>
#include <string.h>

#include "hw-model/rv32/internal.h"

#define IRQ_LINES (GS_RV32_IRQ_TIMER | GS_RV32_IRQ_EXTERNAL)

void gs_rv32_init(struct gs_rv32 *cpu, uint8_t *tcm, uint32_t tcm_base,
		  uint32_t tcm_size, const struct gs_rv32_bus *bus)
{
	memset(cpu, 0, sizeof(*cpu));
	cpu->tcm = tcm;
	cpu->tcm_base = tcm_base;
	cpu->tcm_size = tcm_size;
	if (bus)
		cpu->bus = *bus;
	gs_rv32_reset(cpu, tcm_base, 0);
}

void gs_rv32_reset(struct gs_rv32 *cpu, uint32_t entry, uint32_t sp)
{
	const struct gs_rv32 old = *cpu;

	memset(cpu, 0, sizeof(*cpu));
	cpu->tcm = old.tcm;
	cpu->tcm_base = old.tcm_base;
	cpu->tcm_size = old.tcm_size;
	cpu->bus = old.bus;
	cpu->mip = old.mip;
	cpu->pc = entry & ~1u;
	cpu->regs[2] = sp;
}

void gs_rv32_set_irq(struct gs_rv32 *cpu, uint32_t lines)
{
	cpu->mip = lines & IRQ_LINES;
}

static bool unhandled(const struct gs_rv32 *cpu, uint32_t cause)
{
	if ((cpu->mtvec & ~MTVEC_MODE) == 0)
		return true;
	return !(cause & GS_RV32_CAUSE_IRQ) && cpu->fault_open &&
	       cpu->mepc == cpu->pc && !(cpu->mstatus & MSTATUS_MIE);
}

static void take_trap(struct gs_rv32 *cpu, uint32_t cause, uint32_t tval)
{
	const bool irq = cause & GS_RV32_CAUSE_IRQ;
	const bool halt = unhandled(cpu, cause);

	cpu->mepc = cpu->pc;
	cpu->mcause = cause;
	cpu->mtval = tval;
	cpu->fault_open = !irq;
	if (halt) {
		cpu->halted = true;
		cpu->stop = GS_RV32_HALT;
		return;
	}
	cpu->mstatus = cpu->mstatus & MSTATUS_MIE ? MSTATUS_MPIE : 0;
	cpu->pc = cpu->mtvec & ~MTVEC_MODE;
	if (irq && (cpu->mtvec & MTVEC_MODE) == MTVEC_VECTORED)
		cpu->pc += 4 * (cause & ~GS_RV32_CAUSE_IRQ);
}

/* The external interrupt goes before the timer's (3.1.9). */
static void take_irq(struct gs_rv32 *cpu)
{
	const uint32_t pending = cpu->mip & cpu->mie;
	const uint32_t number = pending & GS_RV32_IRQ_EXTERNAL ? 11 : 7;

	take_trap(cpu, GS_RV32_CAUSE_IRQ | number, 0);
}

static void step(struct gs_rv32 *cpu)
{
	struct gs_rv32_insn in;
	int cause;

	cpu->mcycle++;
	cause = gs_rv32_fetch(cpu, &in);
	if (!cause)
		cause = gs_rv32_exec(cpu, &in);
	if (cause) {
		take_trap(cpu, (uint32_t)cause, in.tval);
		return;
	}
	cpu->minstret++;
	cpu->pc = in.next;
}

enum gs_rv32_stop gs_rv32_run(struct gs_rv32 *cpu, uint32_t fuel,
			      uint32_t *used)
{
	uint32_t n = 0;

	if (cpu->waiting && cpu->mip & cpu->mie)
		cpu->waiting = false;
	cpu->stop = cpu->halted	 ? GS_RV32_HALT :
		    cpu->waiting ? GS_RV32_IDLE :
				   GS_RV32_FUEL;
	while (n < fuel && cpu->stop == GS_RV32_FUEL) {
		if (cpu->mip & cpu->mie && cpu->mstatus & MSTATUS_MIE)
			take_irq(cpu);
		if (cpu->stop != GS_RV32_FUEL)
			break;
		step(cpu);
		n++;
	}
	if (used)
		*used = n;
	return cpu->stop;
}
