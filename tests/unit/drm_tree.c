/* SPDX-License-Identifier: MIT */
#include "tests/unit/drm_tree.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int drm_tree_make(char *root)
{
	strcpy(root, "/tmp/test_drm-XXXXXX");
	return mkdtemp(root) ? 0 : -errno;
}

void drm_tree_path(const char *root, const char *path, char *full)
{
	char *at;

	snprintf(full, 512, "%s%s", root, path);
	for (at = full + strlen(root) + 1; (at = strchr(at, '/')); at++) {
		*at = 0;
		if (mkdir(full, 0755) && errno != EEXIST)
			abort();
		*at = '/';
	}
}

void drm_tree_put_bytes(const char *root, const char *path, const void *data,
			size_t size)
{
	char full[512];
	FILE *file;

	drm_tree_path(root, path, full);
	file = fopen(full, "w");
	if (!file || fwrite(data, 1, size, file) != size || fclose(file))
		abort();
}

void drm_tree_put(const char *root, const char *path, const char *text)
{
	drm_tree_put_bytes(root, path, text, strlen(text));
}

void drm_tree_link(const char *root, const char *path, const char *target)
{
	char full[512];

	drm_tree_path(root, path, full);
	unlink(full);
	if (symlink(target, full))
		abort();
}

void drm_tree_drop(const char *root, const char *path)
{
	char full[512];

	drm_tree_path(root, path, full);
	if (unlink(full) && errno != ENOENT)
		abort();
}

void drm_tree_pci(const char *root, const char *dir, const char *driver)
{
	const char *name = strrchr(dir, '/') + 1;
	char path[256], target[256];

	snprintf(path, sizeof(path), "%s/vendor", dir);
	drm_tree_put(root, path, "0x1af4\n");
	snprintf(path, sizeof(path), "%s/device", dir);
	drm_tree_put(root, path, "0x10f7\n");
	snprintf(path, sizeof(path), "%s/subsystem", dir);
	drm_tree_link(root, path, "../../../bus/pci");
	snprintf(path, sizeof(path), "%s/driver", dir);
	snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s",
		 driver ? driver : "");
	if (driver)
		drm_tree_link(root, path, target);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", name);
	snprintf(target, sizeof(target), "../../../devices/pci0000:00/%s",
		 name);
	drm_tree_link(root, path, target);
}

void drm_tree_node(const char *root, const char *dir, unsigned number)
{
	char path[256], target[256];

	snprintf(path, sizeof(path), "%s/accel/accel%u/dev", dir, number);
	drm_tree_put(root, path, "261:0\n");
	snprintf(path, sizeof(path), "%s/accel/accel%u/device", dir, number);
	snprintf(target, sizeof(target), "../../../%s", strrchr(dir, '/') + 1);
	drm_tree_link(root, path, target);
	snprintf(path, sizeof(path), "/sys/class/accel/accel%u", number);
	snprintf(target, sizeof(target), "../..%s/accel/accel%u", dir + 4,
		 number);
	drm_tree_link(root, path, target);
	snprintf(path, sizeof(path), "/dev/accel/accel%u", number);
	drm_tree_put(root, path, "");
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void drm_tree_remove(const char *root)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
