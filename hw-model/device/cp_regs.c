/* SPDX-License-Identifier: MIT */
/* The command processor's registers (docs/device.md, Command processor). */

#include "hw-model/device/device_internal.h"

#include <errno.h>

#define ALL 0xffffffffu
#define ID_BYTES 0x100u

static uint32_t mtime_read(struct gs_dev *dev, uint32_t offset)
{
	return gs_dev_counter(gs_dev_now(dev), offset != GS_CP_MTIME,
			      &dev->cp_latch);
}

static void changes_irq(struct gs_dev *dev, uint32_t offset, uint32_t val)
{
	(void)offset, (void)val;
	gs_cp_update_irq(dev);
}

static uint32_t pending_read(struct gs_dev *dev, uint32_t offset)
{
	(void)offset;
	return dev->cp_irq_pending;
}

static void pending_write(struct gs_dev *dev, uint32_t offset, uint32_t val)
{
	(void)offset;
	dev->cp_irq_pending &= ~val;
	gs_cp_update_irq(dev);
}

static uint32_t ring_addr_read(struct gs_dev *dev, uint32_t offset)
{
	return dev->reg[(GS_REG_RING_ADDR + offset - GS_CP_RING_ADDR) / 4];
}

static void raise_write(struct gs_dev *dev, uint32_t offset, uint32_t val)
{
	(void)offset;
	if (dev->drop_irq) {
		dev->drop_irq = false;
		dev->inject_count++;
		return;
	}
	gs_dev_raise_event(dev, val >> GS_RAISE_VECTOR_SHIFT, val & GS_INT_ALL);
}

static void stop_write(struct gs_dev *dev, uint32_t offset, uint32_t val)
{
	(void)offset, (void)val;
	gs_cp_stop(dev);
}

static uint32_t *scratch(struct gs_dev *dev, uint32_t offset)
{
	return &dev->reg[(GS_REG_FW_SCRATCH(0) + offset - GS_CP_SCRATCH(0)) / 4];
}

static uint32_t scratch_read(struct gs_dev *dev, uint32_t offset)
{
	return *scratch(dev, offset);
}

static void scratch_write(struct gs_dev *dev, uint32_t offset, uint32_t val)
{
	*scratch(dev, offset) = val;
}

static void dma_write(struct gs_dev *dev, uint32_t offset, uint32_t val)
{
	(void)offset;
	gs_cp_dma(dev, val);
}

static void core_control_write(struct gs_dev *dev, uint32_t offset,
			       uint32_t val)
{
	(void)offset;
	if (val == GS_CORE_START)
		gs_job_start(dev);
	else if (val == GS_CORE_ABORT)
		gs_job_abort(dev);
	else if (val == GS_CORE_ACK)
		gs_job_ack(dev);
	else if (val == GS_CORE_RESET)
		gs_job_reset_core(dev);
}

static uint32_t outcome_read(struct gs_dev *dev, uint32_t offset)
{
	const struct gs_outcome *out = &dev->outcome;

	switch (offset) {
	case GS_CP_CORE_STATUS:
		return (uint32_t)out->status;
	case GS_CP_CORE_FAULT_CODE:
		return out->fault_code;
	case GS_CP_CORE_BLOCK:
		return out->block;
	default:
		return out->word;
	}
}

static uint32_t outcome64_read(struct gs_dev *dev, uint32_t offset)
{
	const struct gs_outcome *out = &dev->outcome;
	const uint64_t values[] = { out->address, dev->time_start,
				    out->time_end, out->cycles, out->stalls };

	return gs_half(values[(offset - GS_CP_CORE_ADDRESS) / 8], offset & 4);
}

static const struct gs_reg regs[] = {
	{ GS_CP_MTIME, 2, false, 0, mtime_read, NULL },
	{ GS_CP_MTIMECMP, 2, true, ALL, NULL, changes_irq },
	{ GS_CP_IRQ_PENDING, 1, true, 0, pending_read, pending_write },
	{ GS_CP_IRQ_ENABLE, 1, true, ALL, NULL, changes_irq },
	{ GS_CP_RING_ADDR, 2, false, 0, ring_addr_read, NULL },
	{ GS_CP_RAISE, 1, true, 0, NULL, raise_write },
	{ GS_CP_STOP, 1, true, 0, NULL, stop_write },
	{ GS_CP_SCRATCH(0), GS_NUM_SCRATCH, true, 0, scratch_read,
	  scratch_write },
	{ GS_CP_DMA_ADDR, 2, true, ALL, NULL, NULL },
	{ GS_CP_DMA_TCM, 1, true, ALL, NULL, NULL },
	{ GS_CP_DMA_BYTES, 1, true, ALL, NULL, NULL },
	{ GS_CP_DMA_ASID, 1, true, ALL, NULL, NULL },
	{ GS_CP_DMA_CONTROL, 1, true, 0, NULL, dma_write },
	{ GS_CP_DMA_STATUS, 1, false, 0, NULL, NULL },
	{ GS_CP_JOB_ASID, 1, true, ALL, NULL, NULL },
	{ GS_CP_JOB_ENTRY, 1, true, ALL, NULL, NULL },
	{ GS_CP_JOB_ENTRY_WORDS, 1, true, ALL, NULL, NULL },
	{ GS_CP_JOB_WINDOW(0), 2 * GS_NUM_WINDOWS, true, ALL, NULL, NULL },
	{ GS_CP_CORE_CONTROL, 1, true, 0, NULL, core_control_write },
	{ GS_CP_CORE_STATUS, 4, false, 0, outcome_read, NULL },
	{ GS_CP_CORE_ADDRESS, 10, false, 0, outcome64_read, NULL },
	{ 0 },
};

int gs_cp_reg_read(struct gs_dev *dev, uint32_t offset, uint32_t *val)
{
	if (offset >= GS_CP_ID(0) && offset < GS_CP_ID(ID_BYTES))
		return gs_id_read(dev, offset - GS_CP_ID(0), val) ? 0 : -ENXIO;
	return gs_reg_read(dev, regs, dev->cp_reg, offset, val);
}

int gs_cp_reg_write(struct gs_dev *dev, uint32_t offset, uint32_t val)
{
	return gs_reg_write(dev, regs, dev->cp_reg, offset, val);
}
