/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module, firmware file and PCI bus of the machine under test. */
#ifndef GS_SELFTESTS_LIFECYCLE_HOST_H
#define GS_SELFTESTS_LIFECYCLE_HOST_H

#include "npu_fault.h"

/**
 * host_refresh() - find the device again by its address
 * Waits for half a minute until the driver is bound. @dev may be in use.
 */
int host_refresh(struct npu_device *dev);

/** host_wait_unused() - for the module's last reference; what is left */
int host_wait_unused(void);

/* ---- module ----------------------------------------------------------------- */

/**
 * host_module_path() - the file of the module, which can be loaded again
 * NPU_MODULE in the environment, else where modules are installed; or NULL.
 */
const char *host_module_path(void);

/** host_module_unload() - -EWOULDBLOCK: it is in use */
int host_module_unload(void);
int host_module_load(const char *path);

/* ---- PCI ----------------------------------------------------------------------- */

int host_remove(const struct npu_device *dev);
int host_rescan(void);

/* ---- firmware ------------------------------------------------------------------ */

/** The file the driver asks for, while it is something else. */
struct host_firmware {
	uint8_t *image;
	size_t size;
};

/**
 * host_firmware_take() - read the file and put it aside
 * -ENOENT: there is no such file, or it is compressed; -EROFS, -EACCES.
 */
int host_firmware_take(struct host_firmware *firmware);

/** host_firmware_put() - have the driver find another one instead */
int host_firmware_put(const void *image, size_t size);

/** host_firmware_restore() - always works after host_firmware_take() */
int host_firmware_restore(struct host_firmware *firmware);

#endif /* GS_SELFTESTS_LIFECYCLE_HOST_H */
