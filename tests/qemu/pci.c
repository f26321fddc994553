// SPDX-License-Identifier: MIT
#include "tests/qemu/pci.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SYSFS "/sys/bus/pci/devices"
#define CAPABILITIES_MAX 48 /* of 4 bytes in 192: ends a circular list */

static int open_attribute(const struct gs_pci *pci, const char *name, int flags)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", pci->dir, name);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static ssize_t read_attribute(const struct gs_pci *pci, const char *name,
			      char *text, size_t size)
{
	int fd = open_attribute(pci, name, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, text, size - 1);
	if (n < 0)
		n = -errno;
	else
		text[n] = 0;
	close(fd);
	return n;
}

int64_t gs_pci_attribute(const struct gs_pci *pci, const char *name)
{
	char text[64];

	if (read_attribute(pci, name, text, sizeof(text)) <= 0)
		return -1;
	return strtoll(text, NULL, 0);
}

int gs_pci_write(const struct gs_pci *pci, const char *name, const char *text)
{
	int fd = open_attribute(pci, name, O_WRONLY);
	int ret = 0;

	if (fd < 0)
		return fd;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		ret = errno ? -errno : -EIO;
	close(fd);
	return ret;
}

int gs_pci_find(struct gs_pci *pci, uint32_t vendor, uint32_t device, int index)
{
	struct dirent **entries;
	int ret = -ENODEV;
	int num = scandir(SYSFS, &entries, NULL, alphasort);

	memset(pci, 0, sizeof(*pci));
	for (int i = 0; i < num; i++) {
		if (ret && entries[i]->d_name[0] != '.') {
			snprintf(pci->dir, sizeof(pci->dir), SYSFS "/%.200s",
				 entries[i]->d_name);
			if (gs_pci_attribute(pci, "vendor") == vendor &&
			    gs_pci_attribute(pci, "device") == device &&
			    index-- == 0)
				ret = 0;
		}
		free(entries[i]);
	}
	if (num >= 0)
		free(entries);
	return ret;
}

int gs_pci_resource(const struct gs_pci *pci, uint64_t value[3])
{
	char text[1024];

	if (read_attribute(pci, "resource", text, sizeof(text)) <= 0 ||
	    sscanf(text, "%" SCNx64 " %" SCNx64 " %" SCNx64, &value[0],
		   &value[1], &value[2]) != 3)
		return -EIO;
	return 0;
}

int gs_pci_map(struct gs_pci *pci)
{
	uint64_t resource[3];
	void *bar;
	int fd, ret;

	ret = gs_pci_resource(pci, resource);
	if (ret)
		return ret;
	ret = gs_pci_write(pci, "enable", "1");
	if (ret)
		return ret;
	fd = open_attribute(pci, "resource0", O_RDWR);
	if (fd < 0)
		return fd;
	pci->bar_bytes = (size_t)(resource[1] - resource[0] + 1);
	bar = mmap(NULL, pci->bar_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   0);
	ret = bar == MAP_FAILED ? -errno : 0;
	close(fd);
	pci->bar = ret ? NULL : bar;
	return ret;
}

void gs_pci_unmap(struct gs_pci *pci)
{
	if (pci->bar)
		munmap((void *)(uintptr_t)pci->bar, pci->bar_bytes);
	pci->bar = NULL;
}

uint32_t gs_pci_config(const struct gs_pci *pci, uint32_t offset, size_t size)
{
	int fd = open_attribute(pci, "config", O_RDONLY);
	uint8_t byte[4] = { 0 };
	ssize_t n;

	if (fd < 0)
		return UINT32_MAX;
	n = pread(fd, byte, size, offset);
	close(fd);
	if (n != (ssize_t)size)
		return UINT32_MAX;
	return byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 |
	       (uint32_t)byte[3] << 24;
}

int gs_pci_config_write16(const struct gs_pci *pci, uint32_t offset,
			  uint16_t value)
{
	uint8_t byte[2] = { (uint8_t)value, (uint8_t)(value >> 8) };
	int fd = open_attribute(pci, "config", O_WRONLY);
	int ret;

	if (fd < 0)
		return fd;
	ret = pwrite(fd, byte, sizeof(byte), offset) == sizeof(byte) ? 0 : -EIO;
	close(fd);
	return ret;
}

uint32_t gs_pci_capability(const struct gs_pci *pci, uint8_t id)
{
	uint32_t at = gs_pci_config(pci, PCI_CAPABILITY_LIST, 1);

	for (int i = 0; i < CAPABILITIES_MAX && at >= 0x40 && at < 0x100; i++) {
		if (gs_pci_config(pci, at, 1) == id)
			return at;
		at = gs_pci_config(pci, at + 1, 1) & ~3u;
	}
	return 0;
}

int gs_pci_flr(const struct gs_pci *pci)
{
	int ret = gs_pci_write(pci, "reset_method", "flr");

	return ret ? ret : gs_pci_write(pci, "reset", "1");
}
