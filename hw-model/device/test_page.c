/* SPDX-License-Identifier: MIT */
/* The fault-injection page (docs/device.md, Fault injection). */

#include "hw-model/device/device_internal.h"

#include <errno.h>

int gs_test_read(struct gs_dev *dev, uint32_t offset, uint32_t *val)
{
	switch (offset) {
	case GS_TEST_INJECT:
		*val = dev->inject;
		return 0;
	case GS_TEST_SLOW_US:
		*val = dev->slow_us;
		return 0;
	case GS_TEST_COUNT:
		*val = dev->inject_count;
		return 0;
	default:
		return -ENXIO;
	}
}

int gs_test_write(struct gs_dev *dev, uint32_t offset, uint32_t val)
{
	switch (offset) {
	case GS_TEST_INJECT:
		dev->inject = val & GS_INJECT_ALL & ~GS_INJECT_CP_HALT;
		if (!(val & GS_INJECT_CP_HALT) || !dev->cp_running)
			return 0;
		dev->inject_count++;
		gs_cp_halt(dev, GS_HALT_INJECTED, dev->cpu.pc);
		return 0;
	case GS_TEST_SLOW_US:
		dev->slow_us = val < GS_DEV_MAX_SLOW_US ? val :
							  GS_DEV_MAX_SLOW_US;
		return 0;
	case GS_TEST_COUNT:
		return -EPERM;
	default:
		return -ENXIO;
	}
}

uint32_t gs_test_take(struct gs_dev *dev)
{
	uint32_t taken = dev->inject;

	dev->inject = 0;
	if (taken & GS_INJECT_HANG)
		dev->inject_count++;
	return taken;
}
