/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the KUnit tests share: a device made of memory. Its registers are what
 * was last written to them; the rings' other end is played by the test.
 */
#ifndef GS_TEST_H
#define GS_TEST_H

#include <kunit/test.h>

#include "gs_device.h"
#include "gs_pt.h"
#include "gs_vm.h"

/**
 * GS_TEST_MAX_TABLES - most page tables gs_test_pool_limit() can allow
 */
#define GS_TEST_MAX_TABLES 64

/**
 * GS_TEST_ASIDS - address spaces of the device
 */
#define GS_TEST_ASIDS 3

/**
 * struct gs_test_leaf - what a walk of the tables finds
 */
struct gs_test_leaf {
	/** @entry: the descriptor; 0: nothing is mapped */
	u64 entry;

	/** @level: of the table it was found in */
	unsigned int level;

	/** @dma: where the address leads */
	u64 dma;
};

struct gs_device *gs_test_device(struct kunit *test);

void gs_test_pool_limit(struct kunit *test, struct gs_device *gdev, unsigned int tables);
unsigned int gs_test_pool_left(struct kunit *test, struct gs_device *gdev);

struct gs_test_leaf gs_test_walk(struct kunit *test, const struct gs_pt *root, u64 va);
unsigned int gs_test_count_leaves(const struct gs_pt *pt, unsigned int at, unsigned int level);

static inline u32 gs_test_reg(const struct gs_device *gdev, u32 reg)
{
	return gs_read(gdev->regs, reg);
}

#endif /* GS_TEST_H */
