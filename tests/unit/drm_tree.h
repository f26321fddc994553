/* SPDX-License-Identifier: MIT */
/*
 * A tree of files as /sys, /dev, /etc and /lib of a machine with accel devices,
 * for tests of what looks for them. What cannot be made aborts.
 */
#ifndef GS_TEST_DRM_TREE_H
#define GS_TEST_DRM_TREE_H

#include <stddef.h>

#define DRM_TREE_ROOT_BYTES 64
#define DRM_TREE_PATH_BYTES 512

/* Two places on the PCI bus. */
#define PCI0 "/sys/devices/pci0000:00/0000:01:00.0"
#define PCI1 "/sys/devices/pci0000:00/0000:02:00.0"

/** drm_tree_make() - an empty tree; its name goes to @root */
int drm_tree_make(char *root);
void drm_tree_remove(const char *root);

/** drm_tree_path() - @path in the tree, whose directories are made */
void drm_tree_path(const char *root, const char *path, char *full);
void drm_tree_put(const char *root, const char *path, const char *text);
void drm_tree_put_bytes(const char *root, const char *path, const void *data,
			size_t size);
void drm_tree_link(const char *root, const char *path, const char *target);
void drm_tree_drop(const char *root, const char *path);

/** drm_tree_pci() - a GeneSys device; @driver that is bound to it, or NULL */
void drm_tree_pci(const char *root, const char *dir, const char *driver);

/** drm_tree_node() - node @number of the device at @dir */
void drm_tree_node(const char *root, const char *dir, unsigned number);

#endif /* GS_TEST_DRM_TREE_H */
