/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that refers to a device, outlives it, and can be closed in any order. */
#ifndef GS_SELFTESTS_LIFECYCLE_LEFT_H
#define GS_SELFTESTS_LIFECYCLE_LEFT_H

#include "npu_fault.h"

struct leftovers {
	struct npu npu;
	struct npu_kit kit; /* mapped */
	int dmabuf, sync_file,
		syncobj; /* of data, a job that runs, one that waits */
	void *dmabuf_map;
	struct npu later; /* a file of the device that came back */
};

/* Each returns 0 or the line in lifecycle_left.c that says no. */

int left_make(struct leftovers *left, const struct npu_device *dev);

/** left_check() - the device is gone */
int left_check(struct leftovers *left);

/** left_use() - it came back, and takes what is left of the one that went */
int left_use(struct leftovers *left, const struct npu_device *dev);

/** left_close() - in an order that @seed makes */
void left_close(struct leftovers *left, uint32_t seed);

#endif /* GS_SELFTESTS_LIFECYCLE_LEFT_H */
