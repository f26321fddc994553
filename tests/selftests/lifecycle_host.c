// SPDX-License-Identifier: GPL-2.0-or-later
/* Module, firmware file and PCI bus of the machine under test. */
#include "lifecycle_host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define HALF_A_MINUTE 30000u
#define FIRMWARE "/lib/firmware/genesys/genesys.fw"
#define ASIDE FIRMWARE ".selftest"

int host_refresh(struct npu_device *dev)
{
	uint64_t end = npu_now_ms() + HALF_A_MINUTE;
	struct npu_device devices[NPU_MAX_DEVICES];

	do {
		int count = npu_devices(devices);

		for (int i = 0; i < count; i++) {
			if (strcmp(devices[i].address, dev->address) != 0)
				continue;
			*dev = devices[i];
			return 0;
		}
		usleep(5000);
	} while (npu_now_ms() < end);
	return -ENODEV;
}

int host_wait_unused(void)
{
	uint64_t end = npu_now_ms() + HALF_A_MINUTE;
	int refs;

	while ((refs = npu_module_refs()) && npu_now_ms() < end)
		usleep(2000);
	return refs;
}

/* ---- module ------------------------------------------------------------------- */

const char *host_module_path(void)
{
	static const char *const places[] = { "updates/dkms", "updates",
					      "extra" };
	static char path[256];
	const char *given = getenv("NPU_MODULE");
	struct utsname host;

	if (given)
		return given;
	if (!access("/modules/genesys.ko", R_OK))
		return "/modules/genesys.ko";
	uname(&host);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "/lib/modules/%s/%s/genesys.ko",
			 host.release, places[i]);
		if (!access(path, R_OK))
			return path;
	}
	return NULL;
}

int host_module_unload(void)
{
	return syscall(SYS_delete_module, "genesys", O_NONBLOCK) ? -errno : 0;
}

int host_module_load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, "", 0))
		ret = -errno;
	close(fd);
	return ret;
}

/* ---- PCI ------------------------------------------------------------------------ */

int host_remove(const struct npu_device *dev)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/remove", dev->sysfs);
	return npu_write_file(path, "1");
}

int host_rescan(void)
{
	return npu_write_file("/sys/bus/pci/rescan", "1");
}

/* ---- firmware ------------------------------------------------------------------- */

static int read_all(const char *path, struct host_firmware *firmware)
{
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &info))
		ret = -errno;
	firmware->size = ret ? 0 : (size_t)info.st_size;
	firmware->image = malloc(firmware->size + 1);
	if (!ret && read(fd, firmware->image, firmware->size) !=
			    (ssize_t)firmware->size)
		ret = -EIO;
	close(fd);
	return ret;
}

int host_firmware_take(struct host_firmware *firmware)
{
	int ret;

	/* A run before this one may have been killed. */
	if (!access(ASIDE, F_OK) && rename(ASIDE, FIRMWARE))
		return -errno;
	ret = read_all(FIRMWARE, firmware);
	if (!ret && rename(FIRMWARE, ASIDE))
		ret = -errno;
	return ret;
}

int host_firmware_put(const void *image, size_t size)
{
	int fd = open(FIRMWARE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, image, size) != (ssize_t)size)
		ret = -EIO;
	close(fd);
	return ret;
}

int host_firmware_restore(struct host_firmware *firmware)
{
	free(firmware->image);
	firmware->image = NULL;
	return rename(ASIDE, FIRMWARE) ? -errno : 0;
}
