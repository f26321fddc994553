/* SPDX-License-Identifier: MIT */
#include "runtime/drm/node.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xf86drm.h>

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

/* The nodes of the driver, by number; returns how many, GS_DRM_MAX_NODES at most. */
static uint32_t list_nodes(struct gs_drm_node *list)
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
			struct gs_check_info *info, struct gs_drm_usable *to)
{
	struct gs_check_info start = *info;
	int best = -ENODEV;

	for (uint32_t i = 0; i < num; i++) {
		struct gs_check_info now = start;
		int ret = gs_drm_probe_node(&list[i], &now, to);

		if (!i || !ret || now.status > info->status) {
			*info = now;
			best = ret;
		}
		if (!ret)
			break;
	}
	return best;
}

int gs_drm_probe(const char *arg, struct gs_check_info *info,
		 struct gs_drm_usable *to)
{
	struct gs_drm_node list[GS_DRM_MAX_NODES], node;
	uint32_t num = list_nodes(list);

	*info = (struct gs_check_info){ .size = sizeof(*info), .devices = num };
	*to = (struct gs_drm_usable){ .fd = -1 };
	if (arg && named(arg, list, num, &node)) {
		info->status = GS_CHECK_FAILED;
		snprintf(info->text, sizeof(info->text),
			 "'drm:%.200s' names no device; expected drm:N or "
			 "drm:/dev/accel/accelN",
			 arg);
		return -EINVAL;
	}
	if (arg)
		return gs_drm_probe_node(&node, info, to);
	if (num)
		return first_usable(list, num, info, to);
	gs_drm_explain_missing(info);
	return -ENODEV;
}

/* ---- gs_check() -------------------------------------------------------------------- */

int gs_check(const char *spec, struct gs_check_info *info)
{
	struct gs_check_info found;
	struct gs_drm_usable usable;
	const char *arg = NULL;
	int ret = info ? gs_sized_check(info, "gs_check_info") : 0;

	if (ret)
		return ret;
	if (spec && !strncmp(spec, "drm:", 4))
		arg = spec + 4;
	else if (spec && strcmp(spec, "drm") != 0)
		return gs_rt_fail(-EINVAL,
				  "gs_check: unknown device '%.200s'; expected "
				  "drm, drm:N or drm:/dev/accel/accelN",
				  spec);
	ret = gs_drm_probe(arg, &found, &usable);
	if (ret)
		gs_rt_fail(ret, "gs_check: %s", found.text);
	else
		close(usable.fd);
	if (info)
		gs_sized_out(info, &found, sizeof(found), "gs_check_info");
	return ret;
}
