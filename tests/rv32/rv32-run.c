/* SPDX-License-Identifier: MIT */
/*
 * Run a flat image on the interpreter, for the comparisons with QEMU:
 *
 *	rv32-run user BASE IMAGE	as qemu-riscv32 runs a program which calls
 *					write() and exit() and nothing else
 *	rv32-run system BASE IMAGE	as qemu-system-riscv32 -M virt -bios none
 *					runs it: of the machine's devices those
 *					that the images of tests/rv32 use
 *
 * What the image writes goes to standard output. With RV32_SPEED set, the
 * speed of the interpreter goes to standard error.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hw-model/rv32/rv32.h"

#define MEMORY_BYTES (8u << 20)
#define SLICE 1000u
#define MAX_INSTRUCTIONS 4000000000ull

/* Linux system calls, numbers and registers of the RISC-V ABI. */
#define SYS_WRITE 64
#define SYS_EXIT 93
#define REG_A0 10
#define REG_A7 17

/* Where QEMU's virt machine has its devices. */
#define FINISHER 0x00100000u
#define FINISHER_PASS 0x5555u
#define RTC 0x00101000u
#define CLINT_MTIMECMP 0x02004000u
#define CLINT_MTIME 0x0200bff8u
#define PLIC 0x0c000000u
#define PLIC_ENABLE (PLIC + 0x2000u)
#define PLIC_THRESHOLD (PLIC + 0x200000u)
#define PLIC_CLAIM (PLIC + 0x200004u)
#define RTC_IRQ 11u
#define UART 0x10000000u

struct machine {
	struct gs_rv32 cpu;
	uint8_t *memory;
	uint32_t base;
	uint64_t mtime;
	uint64_t mtimecmp;
	uint32_t rtc_enabled;
	bool rtc_pending;
	uint32_t plic_priority;
	uint32_t plic_enable;
	uint32_t plic_threshold;
	bool plic_claimed;
	bool done;
	int status;
};

static uint64_t with_half(uint64_t old, uint32_t high, uint32_t val)
{
	if (high)
		return (uint64_t)val << 32 | (uint32_t)old;
	return old >> 32 << 32 | val;
}

static bool plic_raised(const struct machine *m)
{
	return m->rtc_pending && m->rtc_enabled && !m->plic_claimed &&
	       m->plic_enable >> RTC_IRQ & 1 &&
	       m->plic_priority > m->plic_threshold;
}

static void update_lines(struct machine *m)
{
	uint32_t lines = 0;

	if (m->mtime >= m->mtimecmp)
		lines |= GS_RV32_IRQ_TIMER;
	if (plic_raised(m))
		lines |= GS_RV32_IRQ_EXTERNAL;
	gs_rv32_set_irq(&m->cpu, lines);
}

static int read32(void *ctx, uint32_t addr, uint32_t *val)
{
	struct machine *m = ctx;

	switch (addr) {
	case CLINT_MTIME:
		*val = (uint32_t)m->mtime;
		return GS_RV32_DONE;
	case CLINT_MTIME + 4:
		*val = (uint32_t)(m->mtime >> 32);
		return GS_RV32_DONE;
	case PLIC_CLAIM:
		*val = plic_raised(m) ? RTC_IRQ : 0;
		m->plic_claimed |= *val != 0;
		update_lines(m);
		return GS_RV32_DONE;
	default:
		return GS_RV32_REFUSED;
	}
}

static int write_rtc(struct machine *m, uint32_t offset, uint32_t val)
{
	switch (offset) {
	case 0x08: /* the alarm: always one that has passed */
		m->rtc_pending = true;
		return GS_RV32_DONE;
	case 0x0c:
		return GS_RV32_DONE;
	case 0x10:
		m->rtc_enabled = val & 1;
		return GS_RV32_DONE;
	case 0x1c:
		m->rtc_pending = false;
		return GS_RV32_DONE;
	default:
		return GS_RV32_REFUSED;
	}
}

static int write_plic(struct machine *m, uint32_t addr, uint32_t val)
{
	switch (addr) {
	case PLIC + 4 * RTC_IRQ:
		m->plic_priority = val;
		return GS_RV32_DONE;
	case PLIC_ENABLE:
		m->plic_enable = val;
		return GS_RV32_DONE;
	case PLIC_THRESHOLD:
		m->plic_threshold = val;
		return GS_RV32_DONE;
	case PLIC_CLAIM:
		m->plic_claimed = false;
		return GS_RV32_DONE;
	default:
		return GS_RV32_REFUSED;
	}
}

static int write_device(struct machine *m, uint32_t addr, uint32_t val)
{
	switch (addr) {
	case UART:
		putchar((int)(val & 0xff));
		return GS_RV32_DONE;
	case FINISHER:
		m->done = true;
		m->status = (val & 0xffff) == FINISHER_PASS ? 0 : 1;
		return GS_RV32_DONE_STOP;
	case CLINT_MTIMECMP:
	case CLINT_MTIMECMP + 4:
		m->mtimecmp = with_half(m->mtimecmp, addr & 4, val);
		return GS_RV32_DONE;
	default:
		if (addr - RTC < 0x1000)
			return write_rtc(m, addr - RTC, val);
		return write_plic(m, addr, val);
	}
}

static int write32(void *ctx, uint32_t addr, uint32_t val)
{
	struct machine *m = ctx;
	const int answer = write_device(m, addr, val);

	update_lines(m);
	return answer;
}

static void stuck(struct machine *m, const char *why)
{
	fprintf(stderr, "rv32-run: %s: pc 0x%08x mcause 0x%x mtval 0x%x\n", why,
		m->cpu.pc, m->cpu.mcause, m->cpu.mtval);
	m->done = true;
	m->status = 1;
}

/* The halted processor is at an ecall: do it and go on behind it. */
static void system_call(struct machine *m)
{
	uint32_t *regs = m->cpu.regs;
	const uint32_t offset = regs[REG_A0 + 1] - m->base;
	const uint32_t len = regs[REG_A0 + 2];

	if (regs[REG_A7] == SYS_EXIT) {
		m->done = true;
		m->status = (int)(regs[REG_A0] & 0xff);
		return;
	}
	if (regs[REG_A7] != SYS_WRITE || len > MEMORY_BYTES ||
	    offset > MEMORY_BYTES - len) {
		stuck(m, "unknown system call");
		return;
	}
	fwrite(m->memory + offset, 1, len, stdout);
	regs[REG_A0] = len;
	m->cpu.halted = false;
	m->cpu.pc = m->cpu.mepc + 4;
}

static void handle_stop(struct machine *m, enum gs_rv32_stop stop, bool user)
{
	switch (stop) {
	case GS_RV32_HALT:
		if (user && m->cpu.mcause == GS_RV32_CAUSE_ECALL)
			system_call(m);
		else
			stuck(m, "halted");
		break;
	case GS_RV32_IDLE:
		if (m->mtimecmp == UINT64_MAX)
			stuck(m, "waits forever");
		m->mtime = m->mtimecmp;
		break;
	default:
		break;
	}
}

static void run(struct machine *m, bool user)
{
	uint64_t total = 0;
	uint32_t used;

	while (!m->done) {
		handle_stop(m, gs_rv32_run(&m->cpu, SLICE, &used), user);
		total += used;
		m->mtime += used;
		update_lines(m);
		if (total > MAX_INSTRUCTIONS)
			stuck(m, "runs forever");
	}
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static int load(struct machine *m, const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f) {
		fprintf(stderr, "rv32-run: %s: %s\n", path, strerror(errno));
		return -1;
	}
	n = fread(m->memory, 1, MEMORY_BYTES, f);
	fclose(f);
	return n ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct machine m = { .mtimecmp = UINT64_MAX };
	const struct gs_rv32_bus bus = { read32, write32, &m };
	double start;
	bool user;

	if (argc != 4) {
		fprintf(stderr, "usage: rv32-run user|system BASE IMAGE\n");
		return 2;
	}
	user = strcmp(argv[1], "user") == 0;
	m.base = (uint32_t)strtoul(argv[2], NULL, 0);
	m.memory = calloc(1, MEMORY_BYTES);
	if (!m.memory || load(&m, argv[3]) < 0)
		return 2;
	gs_rv32_init(&m.cpu, m.memory, m.base, MEMORY_BYTES,
		     user ? NULL : &bus);
	start = now_s();
	run(&m, user);
	if (getenv("RV32_SPEED"))
		fprintf(stderr,
			"rv32-run: %.1f million instructions/s of %llu\n",
			(double)m.cpu.mcycle / (now_s() - start) * 1e-6,
			(unsigned long long)m.cpu.mcycle);
	free(m.memory);
	return fflush(stdout) ? 1 : m.status;
}
