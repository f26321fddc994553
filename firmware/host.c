/* SPDX-License-Identifier: MIT */
#include "firmware/host.h"

#include "firmware/cp.h"

static uint64_t gs_host_addr;

void gs_stage_set(enum gs_fw_stage stage)
{
	gs_cp_write(GS_CP_SCRATCH(GS_SCRATCH_STAGE), stage);
}

enum gs_fw_stage gs_host_init(void)
{
	gs_host_addr = gs_cp_read64(GS_CP_RING_ADDR);
	if (!gs_host_addr || gs_host_addr % GS_PAGE_BYTES)
		return GS_STAGE_BAD_RING_ADDR;
	if (gs_host_read32(offsetof(struct gs_ring_area, magic)) !=
	    GS_RING_MAGIC)
		return GS_STAGE_BAD_RING_MAGIC;
	if (gs_host_read32(offsetof(struct gs_ring_area, abi_version)) !=
	    GS_ABI_VERSION)
		return GS_STAGE_BAD_RING_ABI;
	return GS_STAGE_RINGS_OK;
}

static _Noreturn void gs_host_lost(void)
{
	/* The device has raised GS_INT_BUS_ERROR. */
	gs_stage_set(GS_STAGE_HOST_LOST);
	gs_cp_halt();
}

void gs_host_read(size_t offset, void *dst, uint32_t bytes)
{
	if (gs_cp_dma_read(GS_DMA_BUS, gs_host_addr + offset, dst, bytes))
		gs_host_lost();
}

void gs_host_write(size_t offset, const void *src, uint32_t bytes)
{
	if (gs_cp_dma_write(GS_DMA_BUS, gs_host_addr + offset, src, bytes))
		gs_host_lost();
}

uint32_t gs_host_read32(size_t offset)
{
	uint32_t value;

	gs_host_read(offset, &value, sizeof(value));
	return value;
}

void gs_host_write32(size_t offset, uint32_t value)
{
	gs_host_write(offset, &value, sizeof(value));
}
