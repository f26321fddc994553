/* SPDX-License-Identifier: MIT */
/*
 * The header of the image; scripts/fw-image fills in size and checksum.
 */
#include "firmware/image.h"

#include "genesys/hw_abi.h"

void gs_start(void);

extern const struct gs_fw_header gs_fw_header;

__attribute__((section(".header"), used))
const struct gs_fw_header gs_fw_header = {
	.magic = GS_FW_MAGIC,
	.header_bytes = sizeof(gs_fw_header),
	.version = GS_FW_VERSION,
	.abi_version = GS_ABI_VERSION,
	.abi_hash = GS_ABI_HASH,
	.load_addr = GS_CP_TCM_BASE,
	.entry = (uint32_t)gs_start,
};
