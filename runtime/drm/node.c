/* SPDX-License-Identifier: MIT */
#include "runtime/drm/node.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xf86drm.h>

#include <drm/genesys_accel.h>

#include "runtime/core/error.h"
#include "runtime/core/sized.h"

#define PATH_BYTES 512

static int os_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int os_ioctl(int fd, unsigned long request, void *arg)
{
	return drmIoctl(fd, request, arg) ? -errno : 0;
}

struct gs_drm_os gs_drm_os = { "", os_open, os_ioctl };

/* ---- enumeration --------------------------------------------------------------- */

/* Last part of what a link of sysfs points at, or "". */
static void link_name(const char *path, char *name, size_t size)
{
	char to[PATH_BYTES];
	ssize_t len = readlink(path, to, sizeof(to) - 1);
	const char *base;

	to[len < 0 ? 0 : len] = 0;
	base = strrchr(to, '/');
	snprintf(name, size, "%.31s", base ? base + 1 : to);
}

static bool is_genesys(const char *entry, struct gs_drm_node *node)
{
	char path[PATH_BYTES], driver[32], subsystem[32];
	char *end;

	if (strncmp(entry, "accel", 5) != 0 || entry[5] < '0' || entry[5] > '9')
		return false;
	node->number = (unsigned)strtoul(entry + 5, &end, 10);
	if (*end)
		return false;
	snprintf(path, sizeof(path), "%s/sys/class/accel/%.20s/device/driver",
		 gs_drm_os.root, entry);
	link_name(path, driver, sizeof(driver));
	if (strcmp(driver, "genesys") != 0)
		return false;
	snprintf(node->path, sizeof(node->path), "/dev/accel/accel%u",
		 node->number);
	snprintf(path, sizeof(path),
		 "%s/sys/class/accel/%.20s/device/subsystem", gs_drm_os.root,
		 entry);
	link_name(path, subsystem, sizeof(subsystem));
	node->pci[0] = 0;
	snprintf(path, sizeof(path), "%s/sys/class/accel/%.20s/device",
		 gs_drm_os.root, entry);
	if (!strcmp(subsystem, "pci"))
		link_name(path, node->pci, sizeof(node->pci));
	return true;
}

static int by_number(const void *a, const void *b)
{
	unsigned x = ((const struct gs_drm_node *)a)->number;
	unsigned y = ((const struct gs_drm_node *)b)->number;

	return (x > y) - (x < y);
}

uint32_t gs_drm_nodes(struct gs_drm_node *list)
{
	char path[PATH_BYTES];
	const struct dirent *entry;
	uint32_t num = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/sys/class/accel", gs_drm_os.root);
	dir = opendir(path);
	while (dir && num < GS_DRM_MAX_NODES && (entry = readdir(dir)))
		num += is_genesys(entry->d_name, &list[num]);
	if (dir)
		closedir(dir);
	qsort(list, num, sizeof(*list), by_number);
	return num;
}

/* ---- one node -------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static int
verdict(struct gs_check_info *info, uint32_t status, const char *fmt, ...)
{
	va_list ap;

	info->status = status;
	va_start(ap, fmt);
	vsnprintf(info->text, sizeof(info->text), fmt, ap);
	va_end(ap);
	switch (status) {
	case GS_CHECK_OK:
		return 0;
	case GS_CHECK_VERSION:
		return -EPROTO;
	default:
		return -ENODEV;
	}
}

/* The name of the driver behind a descriptor is "genesys", its major ours. */
static int check_version(struct gs_check_info *info, int fd)
{
	char name[32] = "";
	struct drm_version v = { .name = name, .name_len = sizeof(name) - 1 };
	int ret = gs_drm_os.ioctl(fd, DRM_IOCTL_VERSION, &v);

	if (ret || strcmp(name, "genesys") != 0)
		return verdict(info, GS_CHECK_NOT_GENESYS,
			       "%s is not a node of the driver genesys but of "
			       "%.32s",
			       info->node, ret ? "none of DRM" : name);
	info->driver_major = (uint32_t)v.version_major;
	info->driver_minor = (uint32_t)v.version_minor;
	if (v.version_major != DRM_GENESYS_VERSION_MAJOR)
		return verdict(info, GS_CHECK_VERSION,
			       "%s: the driver has interface version %d.%d; "
			       "this library needs %d: install driver and "
			       "library of one release",
			       info->node, v.version_major, v.version_minor,
			       DRM_GENESYS_VERSION_MAJOR);
	return 0;
}

static int check_firmware(struct gs_check_info *info, int fd)
{
	struct drm_genesys_fw_info fw = { 0 };
	struct drm_genesys_dev_query q = {
		.type = DRM_GENESYS_QUERY_FW_INFO,
		.size = sizeof(fw),
		.pointer = (uintptr_t)&fw,
	};
	int ret = gs_drm_os.ioctl(fd, DRM_IOCTL_GENESYS_DEV_QUERY, &q);

	if (ret) {
		verdict(info, GS_CHECK_FAILED,
			"%s: the driver does not answer: %s", info->node,
			strerrordesc_np(-ret));
		return ret;
	}
	info->fw_version = fw.version;
	if (!fw.version)
		return verdict(info, GS_CHECK_FIRMWARE,
			       "%s: no firmware runs on the device; the kernel "
			       "log says why (dmesg | grep genesys)",
			       info->node);
	return 0;
}

static int probe(const struct gs_drm_node *node, struct gs_check_info *info,
		 int *fd)
{
	char path[PATH_BYTES];
	int ret;

	snprintf(info->node, sizeof(info->node), "%s", node->path);
	snprintf(info->pci, sizeof(info->pci), "%s", node->pci);
	snprintf(path, sizeof(path), "%s%s", gs_drm_os.root, node->path);
	*fd = gs_drm_os.open(path);
	if (*fd < 0) {
		ret = *fd;
		gs_drm_explain_open(info, -ret);
		return info->status == GS_CHECK_NO_NODE	   ? -ENODEV :
		       info->status == GS_CHECK_PERMISSION ? -EACCES :
							     ret;
	}
	ret = check_version(info, *fd);
	if (!ret)
		ret = check_firmware(info, *fd);
	if (ret) {
		close(*fd);
		return ret;
	}
	return verdict(info, GS_CHECK_OK,
		       "%s: usable, driver %u.%u, firmware %u.%u.%u",
		       node->path, info->driver_major, info->driver_minor,
		       info->fw_version >> 16, info->fw_version >> 8 & 0xff,
		       info->fw_version & 0xff);
}

/* ---- the choice ------------------------------------------------------------------ */

/* A node somebody named: it need not be in /sys/class/accel. */
static int named(const char *arg, const struct gs_drm_node *list, uint32_t num,
		 struct gs_drm_node *node)
{
	char *end;

	*node = (struct gs_drm_node){ 0 };
	if (arg[0] == '/') {
		if (strlen(arg) >= sizeof(node->path))
			return -EINVAL;
		snprintf(node->path, sizeof(node->path), "%s", arg);
	} else {
		node->number = (unsigned)strtoul(arg, &end, 10);
		if (*end || arg[0] < '0' || arg[0] > '9')
			return -EINVAL;
		snprintf(node->path, sizeof(node->path), "/dev/accel/accel%u",
			 node->number);
	}
	for (uint32_t i = 0; i < num; i++)
		if (!strcmp(list[i].path, node->path))
			*node = list[i];
	return 0;
}

/* The first that can be used; else the last to fail in the order of statuses. */
static int first_usable(const struct gs_drm_node *list, uint32_t num,
			struct gs_check_info *info, int *fd)
{
	struct gs_check_info start = *info;
	int best = -ENODEV;

	for (uint32_t i = 0; i < num; i++) {
		struct gs_check_info now = start;
		int ret = probe(&list[i], &now, fd);

		if (!i || !ret || now.status > info->status) {
			*info = now;
			best = ret;
		}
		if (!ret)
			break;
	}
	return best;
}

int gs_drm_probe(const char *arg, struct gs_check_info *info, int *fd)
{
	struct gs_drm_node list[GS_DRM_MAX_NODES], node;
	uint32_t num = gs_drm_nodes(list);

	*info = (struct gs_check_info){ .size = sizeof(*info), .devices = num };
	*fd = -1;
	if (arg && named(arg, list, num, &node)) {
		verdict(info, GS_CHECK_FAILED,
			"'drm:%.200s' names no device; expected drm:N or "
			"drm:/dev/accel/accelN",
			arg);
		return -EINVAL;
	}
	if (arg)
		return probe(&node, info, fd);
	if (num)
		return first_usable(list, num, info, fd);
	gs_drm_explain_missing(info);
	return -ENODEV;
}

/* ---- gs_check() -------------------------------------------------------------------- */

int gs_check(const char *spec, struct gs_check_info *info)
{
	struct gs_check_info found;
	const char *arg = NULL;
	int fd, ret = info ? gs_sized_check(info, "gs_check_info") : 0;

	if (ret)
		return ret;
	if (spec && !strncmp(spec, "drm:", 4))
		arg = spec + 4;
	else if (spec && strcmp(spec, "drm") != 0)
		return gs_rt_fail(-EINVAL,
				  "gs_check: unknown device '%.200s'; expected "
				  "drm, drm:N or drm:/dev/accel/accelN",
				  spec);
	ret = gs_drm_probe(arg, &found, &fd);
	if (ret)
		gs_rt_fail(ret, "gs_check: %s", found.text);
	else
		close(fd);
	if (info)
		gs_sized_out(info, &found, sizeof(found), "gs_check_info");
	return ret;
}
