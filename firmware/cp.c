/* SPDX-License-Identifier: MIT */
#include "firmware/cp.h"

uint64_t gs_cp_time(void)
{
	uint32_t hi, lo;

	do {
		hi = gs_cp_read(GS_CP_MTIME + 4);
		lo = gs_cp_read(GS_CP_MTIME);
	} while (hi != gs_cp_read(GS_CP_MTIME + 4));
	return (uint64_t)hi << 32 | lo;
}

uint64_t gs_cp_ticks(uint32_t ms)
{
	return (uint64_t)ms * gs_cp_read(GS_CP_ID(GS_REG_TIMESTAMP_KHZ));
}

void gs_cp_timer_set(uint64_t time)
{
	/* No value on the way may be in the past. */
	gs_cp_write(GS_CP_MTIMECMP + 4, UINT32_MAX);
	gs_cp_write(GS_CP_MTIMECMP, (uint32_t)time);
	gs_cp_write(GS_CP_MTIMECMP + 4, (uint32_t)(time >> 32));
}

void gs_cp_timer_off(void)
{
	gs_cp_timer_set(UINT64_MAX);
}

uint32_t gs_cp_irq_take(uint32_t mask)
{
	uint32_t pending = gs_cp_read(GS_CP_IRQ_PENDING) & mask;

	if (pending)
		gs_cp_write(GS_CP_IRQ_PENDING, pending);
	return pending;
}

void gs_cp_wait(uint32_t mask)
{
	gs_cp_write(GS_CP_IRQ_ENABLE, mask);
	__asm__ volatile("wfi" ::: "memory");
}

static uint32_t gs_cp_dma(uint32_t asid, uint64_t addr, uintptr_t tcm,
			  uint32_t bytes, uint32_t direction)
{
	gs_cp_write64(GS_CP_DMA_ADDR, addr);
	gs_cp_write(GS_CP_DMA_TCM, tcm - GS_CP_TCM_BASE);
	gs_cp_write(GS_CP_DMA_BYTES, bytes);
	gs_cp_write(GS_CP_DMA_ASID, asid);
	/* The engine reads and writes the TCM behind the compiler's back. */
	__asm__ volatile("fence" ::: "memory");
	gs_cp_write(GS_CP_DMA_CONTROL, direction);
	__asm__ volatile("fence" ::: "memory");
	return gs_cp_read(GS_CP_DMA_STATUS);
}

uint32_t gs_cp_dma_read(uint32_t asid, uint64_t addr, void *dst, uint32_t bytes)
{
	return gs_cp_dma(asid, addr, (uintptr_t)dst, bytes, GS_DMA_TO_TCM);
}

uint32_t gs_cp_dma_write(uint32_t asid, uint64_t addr, const void *src,
			 uint32_t bytes)
{
	return gs_cp_dma(asid, addr, (uintptr_t)src, bytes, GS_DMA_TO_MEMORY);
}

_Noreturn void gs_cp_halt(void)
{
	for (;;)
		__asm__ volatile("ebreak");
}
