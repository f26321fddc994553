// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The interrupt: the hard handler acknowledges, the thread does the work.
 */
#include <linux/dma-fence.h>
#include <linux/interrupt.h>

#include <drm/drm_drv.h>

#include "gs_device.h"
#include "gs_irq.h"

/* The end of an invalidation is polled for. */
#define GS_IRQ_BITS (GS_INT_EVENT | GS_INT_CP_HALT | GS_INT_BUS_ERROR)

static irqreturn_t gs_irq_hard(int irq, void *data)
{
	struct gs_device *gdev = data;
	u32 status = gs_read(gdev->regs, GS_REG_INT_STATUS);

	if (status == GS_REGS_GONE)
		return IRQ_NONE;
	/* Of two messages close together, the first found both causes. */
	if (!(status & GS_IRQ_BITS))
		return IRQ_HANDLED;
	/* Before the rings are read: what comes later interrupts again. */
	gs_write(gdev->regs, GS_REG_INT_STATUS, status);
	atomic_or(status & GS_IRQ_BITS, &gdev->irq_state.pending);
	return IRQ_WAKE_THREAD;
}

/* gs_irq_fini() waits for it, so registers and rings are there. */
static irqreturn_t gs_irq_thread(int irq, void *data)
{
	struct gs_device *gdev = data;
	u32 pending = atomic_xchg(&gdev->irq_state.pending, 0);
	bool cookie = dma_fence_begin_signalling();

	if (pending & GS_INT_EVENT)
		gs_mbox_drain(gdev);
	/*
	 * A refused access in an address space is the program's mistake, and is
	 * in its event; if it was the rings, the processor halts as well.
	 */
	if (pending & GS_INT_BUS_ERROR)
		dev_warn_ratelimited(gdev->drm.dev,
				     "The bus refused an access of the command processor\n");
	if (pending & GS_INT_CP_HALT) {
		dev_err(gdev->drm.dev, "Command processor halted: cause 0x%x at 0x%x, stage 0x%x\n",
			gs_read(gdev->regs, GS_REG_FW_HALT_CAUSE),
			gs_read(gdev->regs, GS_REG_FW_HALT_PC),
			gs_read(gdev->regs, GS_REG_FW_SCRATCH(GS_SCRATCH_STAGE)));
		gs_reset_request(gdev, "Command processor halted");
	}
	dma_fence_end_signalling(cookie);
	return IRQ_HANDLED;
}

/**
 * gs_irq_init() - install the handler
 * @gdev: was reset, so that nothing is enabled; &gs_device.irq is set
 *
 * Return: 0 or negative errno.
 */
int gs_irq_init(struct gs_device *gdev)
{
	return devm_request_threaded_irq(gdev->drm.dev, gdev->irq, gs_irq_hard,
					 gs_irq_thread, 0, "genesys", gdev);
}

/**
 * gs_irq_fini() - remove the handler and wait for it to end
 * @gdev: the device, stopped
 */
void gs_irq_fini(struct gs_device *gdev)
{
	devm_free_irq(gdev->drm.dev, gdev->irq, gdev);
}

void gs_irq_enable(struct gs_device *gdev)
{
	gs_write(gdev->regs, GS_REG_INT_ENABLE, GS_IRQ_BITS);
}

void gs_irq_disable(struct gs_device *gdev)
{
	gs_write(gdev->regs, GS_REG_INT_ENABLE, 0);
}
