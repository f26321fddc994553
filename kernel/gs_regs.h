/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Access to the device's registers. What they mean: include/genesys/hw_abi.h.
 */
#ifndef GS_REGS_H
#define GS_REGS_H

#include <linux/io.h>

#include <genesys/hw_abi.h>

/**
 * GS_REGS_GONE - what a register reads when the device no longer answers
 */
#define GS_REGS_GONE (~0u)

static inline u32 gs_read(const void __iomem *regs, u32 reg)
{
	return readl(regs + reg);
}

static inline void gs_write(void __iomem *regs, u32 reg, u32 value)
{
	writel(value, regs + reg);
}

/* Not for counters: their halves belong together, gs_device_read_counter(). */
static inline u64 gs_read64(const void __iomem *regs, u32 reg)
{
	return gs_read(regs, reg) | (u64)gs_read(regs, reg + 4) << 32;
}

static inline void gs_write64(void __iomem *regs, u32 reg, u64 value)
{
	gs_write(regs, reg, lower_32_bits(value));
	gs_write(regs, reg + 4, upper_32_bits(value));
}

#endif /* GS_REGS_H */
