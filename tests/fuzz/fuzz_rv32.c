/* SPDX-License-Identifier: MIT */
/*
 * Any image, any registers and any answers of the bus: the interpreter stays
 * within its memory and its fuel, and does the same twice.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/rv32/rv32.h"

#define FUEL 2000u
#define RUNS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first bytes of an input; registers follow, the image is the rest. */
struct header {
	uint32_t base;
	uint32_t bus_seed;
	uint32_t pc;
	uint32_t mtvec;
	uint32_t lines;
	uint32_t regs[32];
};

struct machine {
	struct gs_rv32 cpu;
	uint8_t *tcm;
	uint32_t bytes;
	uint32_t random;
};

static uint32_t next_random(struct machine *m)
{
	m->random = m->random * 1664525u + 1013904223u;
	return m->random >> 3;
}

/* Seldom refuses; at times the device changes memory or lines meanwhile. */
static int answer(struct machine *m)
{
	const uint32_t r = next_random(m);

	if (r % 8 == 0)
		gs_rv32_set_irq(&m->cpu, next_random(m));
	if (r % 16 == 1 && m->bytes)
		m->tcm[next_random(m) % m->bytes] ^= (uint8_t)r;
	if (r % 32 == 2)
		return GS_RV32_REFUSED;
	return r % 32 == 3 ? GS_RV32_DONE_STOP : GS_RV32_DONE;
}

static int bus_read(void *ctx, uint32_t addr, uint32_t *val)
{
	if (addr & 3)
		abort();
	*val = next_random(ctx) ^ addr;
	return answer(ctx);
}

static int bus_write(void *ctx, uint32_t addr, uint32_t val)
{
	if (addr & 3)
		abort();
	((struct machine *)ctx)->random ^= val;
	return answer(ctx);
}

static void check(const struct gs_rv32 *cpu, enum gs_rv32_stop why,
		  uint32_t used)
{
	if (used > FUEL || cpu->regs[0] || cpu->pc & 1 || cpu->mepc & 1 ||
	    cpu->mstatus & ~0x88u || (cpu->mtvec & 3) > 1 || why != cpu->stop)
		abort();
	if (why == GS_RV32_FUEL && used != FUEL)
		abort();
	if ((why == GS_RV32_HALT) != cpu->halted)
		abort();
}

static void run(struct machine *m, const struct header *h, const uint8_t *image,
		size_t bytes)
{
	const struct gs_rv32_bus bus = { bus_read, bus_write, m };
	uint32_t used;

	m->random = h->bus_seed;
	m->bytes = (uint32_t)bytes;
	m->tcm = malloc(bytes ? bytes : 1);
	if (!m->tcm)
		abort();
	if (bytes)
		memcpy(m->tcm, image, bytes);
	gs_rv32_init(&m->cpu, m->tcm, h->base, m->bytes, &bus);
	gs_rv32_reset(&m->cpu, h->pc, 0);
	memcpy(m->cpu.regs + 1, h->regs + 1, sizeof(h->regs) - 4);
	m->cpu.mtvec = h->mtvec & ~2u;
	m->cpu.mie = h->regs[0] & 0x880;
	for (uint32_t i = 0; i < RUNS; i++) {
		gs_rv32_set_irq(&m->cpu, h->lines >> i);
		check(&m->cpu, gs_rv32_run(&m->cpu, FUEL, &used), used);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine a;
	struct machine b;
	struct header h = { 0 };
	const size_t n = size < sizeof(h) ? size : sizeof(h);

	if (n)
		memcpy(&h, data, n);
	run(&a, &h, data + n, size - n);
	run(&b, &h, data + n, size - n);
	if (a.random != b.random || a.cpu.minstret != b.cpu.minstret ||
	    memcmp(a.cpu.regs, b.cpu.regs, sizeof(a.cpu.regs)) != 0 ||
	    (a.bytes && memcmp(a.tcm, b.tcm, a.bytes) != 0))
		abort();
	free(a.tcm);
	free(b.tcm);
	return 0;
}
