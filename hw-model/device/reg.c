/* SPDX-License-Identifier: MIT */
/* Registers described by tables. */

#include "hw-model/device/device_internal.h"

#include <errno.h>

/* The last entry of a table has no words. */
static const struct gs_reg *find(const struct gs_reg *regs, uint32_t offset)
{
	for (; regs->words; regs++)
		if (offset >= regs->offset &&
		    offset - regs->offset < 4 * regs->words)
			return regs;
	return NULL;
}

int gs_reg_read(struct gs_dev *dev, const struct gs_reg *regs,
		const uint32_t *file, uint32_t offset, uint32_t *val)
{
	const struct gs_reg *reg = find(regs, offset);

	*val = 0;
	if (!reg)
		return -ENXIO;
	*val = reg->read ? reg->read(dev, offset) : file[offset / 4];
	return 0;
}

int gs_reg_write(struct gs_dev *dev, const struct gs_reg *regs, uint32_t *file,
		 uint32_t offset, uint32_t val)
{
	const struct gs_reg *reg = find(regs, offset);

	if (!reg)
		return -ENXIO;
	if (!reg->writable)
		return -EPERM;
	file[offset / 4] &= ~reg->mask;
	file[offset / 4] |= val & reg->mask;
	if (reg->write)
		reg->write(dev, offset, val);
	return 0;
}
