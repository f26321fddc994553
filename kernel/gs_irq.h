/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_IRQ_H
#define GS_IRQ_H

#include <linux/atomic.h>
#include <linux/types.h>

struct gs_device;

/**
 * struct gs_irq - state of the interrupt
 */
struct gs_irq {
	/** @pending: GS_INT_* the hard handler acknowledged for the thread */
	atomic_t pending;
};

u32 gs_irq_here(const struct gs_device *gdev);
int gs_irq_init(struct gs_device *gdev);
void gs_irq_fini(struct gs_device *gdev);
void gs_irq_enable(struct gs_device *gdev);
void gs_irq_disable(struct gs_device *gdev);

#endif /* GS_IRQ_H */
