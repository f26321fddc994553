/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_FW_H
#define GS_FW_H

#include <linux/types.h>

struct gs_device;

/**
 * GS_FW_FILE - the image, below /lib/firmware
 */
#define GS_FW_FILE "genesys/genesys.fw"

/**
 * struct gs_fw - the firmware; written at probe only
 */
struct gs_fw {
	/**
	 * @image: in DMA memory for as long as the driver is bound, so that a
	 * reset needs neither memory nor the file system.
	 */
	void *image;

	/** @dma: bus address of @image */
	dma_addr_t dma;

	/** @size: of @image, bytes */
	u32 size;

	/** @version: major << 16 | minor << 8 | patch, of the image's header */
	u32 version;
};

/**
 * struct gs_fw_version_name - a version as text
 */
struct gs_fw_version_name {
	/** @text: "major.minor.patch" */
	char text[16];
};

int gs_fw_init(struct gs_device *gdev);
int gs_fw_boot(struct gs_device *gdev);
void gs_fw_stop(struct gs_device *gdev);
const char *gs_fw_status_name(u32 status);
const char *gs_fw_stage_name(u32 stage);
struct gs_fw_version_name gs_fw_version_name(u32 version);

#endif /* GS_FW_H */
