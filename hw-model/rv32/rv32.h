/* SPDX-License-Identifier: MIT */
/*
 * Interpreter of the command processor: RV32IMC, Zicsr, Zifencei, machine mode
 * only (privileged specification 1.12). README.md lists every register and
 * what differs from QEMU's processor.
 *
 * It has no state but struct gs_rv32, allocates nothing, and whatever the image
 * and the bus answer are, gs_rv32_run() returns after at most @fuel
 * instructions and touches no memory but the state and the TCM.
 */
#ifndef GS_HW_MODEL_RV32_H
#define GS_HW_MODEL_RV32_H

#include <stdbool.h>
#include <stdint.h>

/* Interrupt inputs, at their places in mip and mie. */
#define GS_RV32_IRQ_TIMER (1u << 7)
#define GS_RV32_IRQ_EXTERNAL (1u << 11)

/* Values of mcause. An interrupt is GS_RV32_CAUSE_IRQ | its bit in mip. */
enum gs_rv32_cause {
	/* Misaligned fetch: cannot happen with C, so 0 means "no trap". */
	GS_RV32_CAUSE_NONE = 0,
	GS_RV32_CAUSE_FETCH = 1,
	GS_RV32_CAUSE_ILLEGAL = 2,
	GS_RV32_CAUSE_BREAKPOINT = 3,
	GS_RV32_CAUSE_LOAD = 5,
	GS_RV32_CAUSE_STORE = 7,
	GS_RV32_CAUSE_ECALL = 11,
};
#define GS_RV32_CAUSE_IRQ 0x80000000u

/* Why gs_rv32_run() returned. */
enum gs_rv32_stop {
	GS_RV32_FUEL, /* all fuel is used */
	GS_RV32_IDLE, /* waits in wfi: run again once a line of mie is up */
	GS_RV32_HALT, /* unhandled trap, mcause and mepc name it: needs a reset */
	GS_RV32_BUS, /* a bus callback asked for it; running on is allowed */
};

/* What a bus callback returns; any other value refuses the access as well. */
enum gs_rv32_answer {
	GS_RV32_DONE = 0,
	GS_RV32_DONE_STOP = 1, /* done, and stop after this instruction */
	GS_RV32_REFUSED = -1, /* access fault */
};

/*
 * All that is outside the TCM: aligned 32-bit words; accesses of another size
 * or alignment trap before they get here. @addr is absolute. A missing callback
 * refuses. A callback may change the TCM and call gs_rv32_set_irq(), nothing
 * else of this interface.
 */
struct gs_rv32_bus {
	int (*read32)(void *ctx, uint32_t addr, uint32_t *val);
	int (*write32)(void *ctx, uint32_t addr, uint32_t val);
	void *ctx;
};

struct gs_rv32 {
	uint32_t regs[32]; /* regs[0] is 0 */
	uint32_t pc; /* of the next instruction, even */

	uint32_t mstatus; /* MIE and MPIE only; MPP is added when read */
	uint32_t mie;
	uint32_t mip; /* the interrupt inputs */
	uint32_t mtvec;
	uint32_t mepc;
	uint32_t mcause;
	uint32_t mtval;
	uint32_t mscratch;
	uint64_t mcycle; /* fuel used since reset, unless written */
	uint64_t minstret; /* instructions retired since reset, likewise */

	bool waiting; /* in wfi */
	bool halted;
	bool fault_open; /* mepc is of an exception; no mret, no write since */
	enum gs_rv32_stop stop; /* of this run, GS_RV32_FUEL: go on */

	uint8_t *tcm; /* code and data, @tcm_size bytes from @tcm_base on */
	uint32_t tcm_base;
	uint32_t tcm_size;
	struct gs_rv32_bus bus;
};

/**
 * gs_rv32_init() - attach a processor to its memory and bus
 * @tcm: @tcm_size bytes; read and written by gs_rv32_run(), kept until then
 * @bus: copied; NULL: nothing but the TCM
 *
 * The state is that after gs_rv32_reset(cpu, tcm_base, 0).
 */
void gs_rv32_init(struct gs_rv32 *cpu, uint8_t *tcm, uint32_t tcm_base,
		  uint32_t tcm_size, const struct gs_rv32_bus *bus);

/**
 * gs_rv32_reset() - all registers 0 but pc and sp; interrupt inputs are kept
 * @entry: bit 0 is ignored; an address outside the TCM traps, hence halts
 */
void gs_rv32_reset(struct gs_rv32 *cpu, uint32_t entry, uint32_t sp);

/**
 * gs_rv32_set_irq() - state of all interrupt inputs
 * @lines: GS_RV32_IRQ_*, a level each; other bits are ignored
 */
void gs_rv32_set_irq(struct gs_rv32 *cpu, uint32_t lines);

/**
 * gs_rv32_run() - execute up to @fuel instructions
 * @used: fuel used, may be NULL. One for every instruction tried, also when it
 *	traps; taking an interrupt and staying idle or halted cost nothing.
 *
 * A trap that no handler can take halts: any trap while the base in mtvec is
 * 0, or an exception with interrupts off at the instruction mepc points to
 * since the exception before, with no mret and no write of mepc in between:
 * the handler faults at the same place again and again. mepc, mcause and mtval
 * are those of the trap that halted, pc stays at its instruction.
 */
enum gs_rv32_stop gs_rv32_run(struct gs_rv32 *cpu, uint32_t fuel,
			      uint32_t *used);

#endif
