/* SPDX-License-Identifier: MIT */
/*
 * The ring area, the memory that host and firmware share. It is reached by DMA
 * only. The bus refusing it ends the firmware: nothing could be said any more.
 */
#ifndef GS_FW_HOST_H
#define GS_FW_HOST_H

#include <stddef.h>
#include <stdint.h>

#include "genesys/hw_abi.h"

/** What the stage register shows; an error stands with GS_STAGE_ERROR set. */
enum gs_fw_stage {
	GS_STAGE_RESET,
	GS_STAGE_ENTERED, /* main() runs */
	GS_STAGE_DEVICE_OK, /* the device speaks this ABI */
	GS_STAGE_RINGS_OK,
	GS_STAGE_RUNNING, /* GS_EVENT_BOOT is out */
	GS_STAGE_STOPPED, /* GS_EVENT_SHUTDOWN is out */
	GS_STAGE_ERROR = 0x80,
	GS_STAGE_BAD_DEVICE, /* magic, ABI version or hash of the device */
	GS_STAGE_BAD_RING_ADDR,
	GS_STAGE_BAD_RING_MAGIC,
	GS_STAGE_BAD_RING_ABI,
	GS_STAGE_BAD_EVENT_RING, /* counters further apart than the ring is long */
	GS_STAGE_HOST_LOST, /* the bus refused the ring area */
};

void gs_stage_set(enum gs_fw_stage stage);

/** gs_host_init() - find the ring area and check whom it is from; GS_STAGE_RINGS_OK or why not */
enum gs_fw_stage gs_host_init(void);

/** gs_host_read(), gs_host_write() - copy from or to @offset of struct gs_ring_area */
void gs_host_read(size_t offset, void *dst, uint32_t bytes);
void gs_host_write(size_t offset, const void *src, uint32_t bytes);

uint32_t gs_host_read32(size_t offset);
void gs_host_write32(size_t offset, uint32_t value);

#endif /* GS_FW_HOST_H */
