// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupts: events are taken in the handler, so that who waits for a job is
 * woken without a thread in between. A thread does what takes longer.
 *
 * The first one is that of GS_REG_INT_STATUS. The others are messages that say
 * "a job has ended" and nothing else. There is one for each processor, as far as
 * they reach, and a job names that of the processor it was submitted on: so who
 * waits is woken where he is, and no register is asked.
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
	if (status & GS_INT_EVENT && !gs_mbox_drain_some(gdev))
		status &= ~GS_INT_EVENT;
	if (!(status & GS_IRQ_BITS))
		return IRQ_HANDLED;
	atomic_or(status & GS_IRQ_BITS, &gdev->irq_state.pending);
	return IRQ_WAKE_THREAD;
}

static void gs_irq_halted(struct gs_device *gdev)
{
	int epoch = gs_reset_epoch(gdev);
	u32 stage = gs_read(gdev->regs, GS_REG_FW_SCRATCH(GS_SCRATCH_STAGE));

	/* Somebody else may have noticed before, and the next firmware run. */
	if (gs_read(gdev->regs, GS_REG_FW_STATUS) != GS_FW_HALTED)
		return;
	dev_err(gdev->drm.dev, "Command processor halted: cause 0x%x at 0x%x, stage 0x%x (%s)\n",
		gs_read(gdev->regs, GS_REG_FW_HALT_CAUSE),
		gs_read(gdev->regs, GS_REG_FW_HALT_PC), stage, gs_fw_stage_name(stage));
	gs_reset_request(gdev, epoch, "Command processor halted");
}

/* gs_irq_fini() waits for handlers and threads: registers and rings are there. */
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
	if (pending & GS_INT_CP_HALT)
		gs_irq_halted(gdev);
	dma_fence_end_signalling(cookie);
	return IRQ_HANDLED;
}

static irqreturn_t gs_irq_event_hard(int irq, void *data)
{
	return gs_mbox_drain_some(data) ? IRQ_WAKE_THREAD : IRQ_HANDLED;
}

static irqreturn_t gs_irq_event_thread(int irq, void *data)
{
	bool cookie = dma_fence_begin_signalling();

	gs_mbox_drain(data);
	dma_fence_end_signalling(cookie);
	return IRQ_HANDLED;
}

static u32 gs_irq_of_cpu(const struct gs_device *gdev, unsigned int cpu)
{
	return gdev->num_irqs > 1 ? 1 + cpu % (gdev->num_irqs - 1) : 0;
}

/**
 * gs_irq_here() - the message for jobs submitted on this processor
 * @gdev: the device
 *
 * The caller may move to another one meanwhile, which costs time only.
 *
 * Return: for &gs_cmd.vector.
 */
u32 gs_irq_here(const struct gs_device *gdev)
{
	return gs_irq_of_cpu(gdev, raw_smp_processor_id());
}

/* Not managed by the core: interrupts of a processor that goes offline move. */
static void gs_irq_place(const struct gs_device *gdev, u32 vector)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (gs_irq_of_cpu(gdev, cpu) == vector) {
			irq_set_affinity_and_hint(gdev->irqs[vector], cpumask_of(cpu));
			return;
		}
	}
}

static void gs_irq_free(struct gs_device *gdev, unsigned int num)
{
	while (num--) {
		irq_update_affinity_hint(gdev->irqs[num], NULL);
		devm_free_irq(gdev->drm.dev, gdev->irqs[num], gdev);
	}
}

/**
 * gs_irq_init() - install the handlers
 * @gdev: was reset, so that nothing is enabled; &gs_device.irqs is set
 *
 * Return: 0 or negative errno, and then no handler is installed.
 */
int gs_irq_init(struct gs_device *gdev)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < gdev->num_irqs && !ret; i++) {
		ret = devm_request_threaded_irq(gdev->drm.dev, gdev->irqs[i],
						i ? gs_irq_event_hard : gs_irq_hard,
						i ? gs_irq_event_thread : gs_irq_thread,
						0, "genesys", gdev);
		if (!ret && i)
			gs_irq_place(gdev, i);
	}
	if (ret)
		gs_irq_free(gdev, i - 1);
	return ret;
}

/**
 * gs_irq_fini() - remove the handlers and wait for them to end
 * @gdev: the device, stopped
 */
void gs_irq_fini(struct gs_device *gdev)
{
	gs_irq_free(gdev, gdev->num_irqs);
}

void gs_irq_enable(struct gs_device *gdev)
{
	gs_write(gdev->regs, GS_REG_INT_ENABLE, GS_IRQ_BITS);
}

void gs_irq_disable(struct gs_device *gdev)
{
	gs_write(gdev->regs, GS_REG_INT_ENABLE, 0);
}
