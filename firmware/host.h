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

void gs_stage_set(enum gs_fw_stage stage);

/** gs_host_init() - find the ring area and check whom it is from; GS_STAGE_RINGS_OK or why not */
enum gs_fw_stage gs_host_init(void);

/** gs_host_read(), gs_host_write() - copy from or to @offset of struct gs_ring_area */
void gs_host_read(size_t offset, void *dst, uint32_t bytes);
void gs_host_write(size_t offset, const void *src, uint32_t bytes);

uint32_t gs_host_read32(size_t offset);
void gs_host_write32(size_t offset, uint32_t value);

#endif /* GS_FW_HOST_H */
