/* SPDX-License-Identifier: MIT */
/*
 * The command processor seen by its program: registers, time, waiting, DMA.
 */
#ifndef GS_FW_CP_H
#define GS_FW_CP_H

#include <stdint.h>

#include "genesys/hw_abi.h"

#define GS_IRQ_RINGS ((1u << GS_NUM_CMD_RINGS) - 1)
#define GS_IRQ_ALL (GS_IRQ_RINGS | GS_CP_IRQ_EVENTS | GS_CP_IRQ_CORE)

static inline uint32_t gs_cp_read(uint32_t offset)
{
	return *(volatile uint32_t *)(GS_CP_REG_BASE + offset);
}

static inline void gs_cp_write(uint32_t offset, uint32_t value)
{
	*(volatile uint32_t *)(GS_CP_REG_BASE + offset) = value;
}

static inline uint64_t gs_cp_read64(uint32_t offset)
{
	uint32_t lo = gs_cp_read(offset);

	return (uint64_t)gs_cp_read(offset + 4) << 32 | lo;
}

static inline void gs_cp_write64(uint32_t offset, uint64_t value)
{
	gs_cp_write(offset, (uint32_t)value);
	gs_cp_write(offset + 4, (uint32_t)(value >> 32));
}

/** gs_cp_time() - the timestamp, in ticks */
uint64_t gs_cp_time(void);

/** gs_cp_ticks() - milliseconds (up to 2^32) as ticks of the timestamp */
uint64_t gs_cp_ticks(uint32_t ms);

/** gs_cp_timer_set() - wake gs_cp_wait() from tick @time on */
void gs_cp_timer_set(uint64_t time);
void gs_cp_timer_off(void);

/** gs_cp_irq_take() - the pending interrupts among @mask, which are cleared */
uint32_t gs_cp_irq_take(uint32_t mask);

/**
 * gs_cp_wait() - sleep until an interrupt of @mask is pending or the timer fires
 * Interrupts are never taken as traps: they only end the wfi, so that one that
 * comes between the last look and the wfi is not lost.
 */
void gs_cp_wait(uint32_t mask);

/**
 * gs_cp_dma_read(), gs_cp_dma_write() - copy between memory and the TCM
 * @asid: address space of @addr, or GS_DMA_BUS
 * @bytes: 1 to 4096
 * Returns 0, an enum gs_mmu_fault, or GS_DMA_BAD_RANGE.
 */
uint32_t gs_cp_dma_read(uint32_t asid, uint64_t addr, void *dst,
			uint32_t bytes);
uint32_t gs_cp_dma_write(uint32_t asid, uint64_t addr, const void *src,
			 uint32_t bytes);

/** gs_cp_halt() - end as an unhandled trap does: the host resets the device */
_Noreturn void gs_cp_halt(void);

#endif /* GS_FW_CP_H */
