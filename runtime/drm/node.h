/* SPDX-License-Identifier: MIT */
/*
 * Nodes of the genesys driver. libdrm knows /dev/dri only, so accel nodes are
 * found by /sys/class/accel and the name of the driver.
 */
#ifndef GS_RT_DRM_NODE_H
#define GS_RT_DRM_NODE_H

#include <stdbool.h>

#include <drm/genesys_accel.h>

#include "genesys/arch.h"
#include "genesys/genesys.h"

/** What the backend asks of the system; tests put a tree and a driver here. */
struct gs_drm_os {
	const char *root; /**< prefix of /sys, /dev, /etc, /lib, /proc */
	int (*open)(const char *path); /**< returns a descriptor or -errno */
	/** Returns 0 or -errno; tries again after EINTR. */
	int (*ioctl)(int fd, unsigned long request, void *arg);
};

extern struct gs_drm_os gs_drm_os;

#define GS_DRM_MAX_NODES 64

/** A node, or a device that has none. */
struct gs_drm_node {
	unsigned number;
	char path[64]; /**< without the root */
	char pci[32]; /**< or "" */
};

/** A node that can be used. */
struct gs_drm_usable {
	int fd; /**< open */
	struct gs_arch arch; /**< its parameters */
	struct drm_genesys_dev_info dev;
	struct drm_genesys_limits limits;
};

/**
 * gs_drm_probe() - open a node and make sure that it can be used
 * @arg: "N", a path, or NULL for the first usable one
 * @info: all of it is filled
 * @to: the node, open, on success
 * Returns 0 or -errno as gs_check(), without storing a sentence.
 */
int gs_drm_probe(const char *arg, struct gs_check_info *info,
		 struct gs_drm_usable *to);

/** gs_drm_probe_node() - the same for one node; @info has devices already */
int gs_drm_probe_node(const struct gs_drm_node *node,
		      struct gs_check_info *info, struct gs_drm_usable *to);

/** gs_drm_explain_missing() - why there is no node at all: fills status, text, pci */
void gs_drm_explain_missing(struct gs_check_info *info);

/**
 * gs_drm_explain_firmware() - what is wrong with the firmware's file
 * Returns true with status and text filled; false when the file is right, or
 * only the kernel can read it.
 */
bool gs_drm_explain_firmware(struct gs_check_info *info);

/** gs_drm_explain_open() - why a node cannot be opened: status, text, group */
void gs_drm_explain_open(struct gs_check_info *info, int err);

#endif /* GS_RT_DRM_NODE_H */
