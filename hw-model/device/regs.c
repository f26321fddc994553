/* SPDX-License-Identifier: MIT */
/* The host's registers (docs/device.md, Registers). */

#include "hw-model/device/device_internal.h"

#include <errno.h>

#define ALL 0xffffffffu
#define PAGE_MASK 0xfffff000u
#define IMAGE_MASK 0xfffffff0u
#define TIMESTAMP_KHZ 1000000u

/* ---- identification ------------------------------------------------------*/

static uint32_t parameter(const struct gs_arch *arch, uint32_t index)
{
	const uint32_t values[GS_PARAM_COUNT] = {
		[GS_PARAM_ISA_VERSION] = arch->isa_version,
		[GS_PARAM_EXTENSIONS] = arch->extensions,
		[GS_PARAM_CLOCK_MHZ] = arch->clock_mhz,
		[GS_PARAM_ARRAY_N] = arch->array_n,
		[GS_PARAM_ARRAY_M] = arch->array_m,
		[GS_PARAM_DATA_WIDTH] = arch->data_width,
		[GS_PARAM_WGT_WIDTH] = arch->wgt_width,
		[GS_PARAM_ACC_WIDTH] = arch->acc_width,
		[GS_PARAM_BIAS_WIDTH] = arch->bias_width,
		[GS_PARAM_IBUF_DEPTH] = arch->ibuf_depth,
		[GS_PARAM_WBUF_DEPTH] = arch->wbuf_depth,
		[GS_PARAM_OBUF_DEPTH] = arch->obuf_depth,
		[GS_PARAM_BBUF_DEPTH] = arch->bbuf_depth,
		[GS_PARAM_VMEM_DEPTH] = arch->vmem_depth,
		[GS_PARAM_IMM_DEPTH] = arch->imm_depth,
		[GS_PARAM_INSTR_DEPTH] = arch->instr_depth,
		[GS_PARAM_SIMD_INSTR_DEPTH] = arch->simd_instr_depth,
		[GS_PARAM_PARAM_CHANNEL_BW] = arch->param_channel_bw,
		[GS_PARAM_IBUF_CHANNEL_BW] = arch->ibuf_channel_bw,
		[GS_PARAM_OBUF_CHANNEL_BW] = arch->obuf_channel_bw,
		[GS_PARAM_SIMD_CHANNEL_BW] = arch->simd_channel_bw,
		[GS_PARAM_INSTR_CHANNEL_BW] = arch->instr_channel_bw,
		[GS_PARAM_WEIGHT_LAYOUT] = (uint32_t)arch->weight_layout,
	};

	return values[index];
}

bool gs_id_read(const struct gs_dev *dev, uint32_t offset, uint32_t *val)
{
	if (offset >= GS_REG_PARAM(0) &&
	    offset < GS_REG_PARAM(GS_PARAM_COUNT)) {
		*val = parameter(&dev->arch, (offset - GS_REG_PARAM(0)) / 4);
		return true;
	}
	switch (offset) {
	case GS_REG_MAGIC:
		*val = GS_HW_MAGIC;
		return true;
	case GS_REG_HW_VERSION:
		*val = GS_HW_VERSION;
		return true;
	case GS_REG_ABI_VERSION:
		*val = GS_ABI_VERSION;
		return true;
	case GS_REG_ABI_HASH:
		*val = GS_ABI_HASH;
		return true;
	case GS_REG_CAPS:
		*val = dev->props.test_regs ? GS_CAP_TEST_REGS : 0;
		return true;
	case GS_REG_NUM_ASIDS:
		*val = dev->props.num_asids;
		return true;
	case GS_REG_TCM_BYTES:
		*val = GS_CP_TCM_BYTES;
		return true;
	case GS_REG_TIMESTAMP_KHZ:
		*val = TIMESTAMP_KHZ;
		return true;
	case GS_REG_ARCH_HASH:
	case GS_REG_ARCH_HASH + 4:
		*val = gs_half(gs_arch_hash(&dev->arch),
			       offset != GS_REG_ARCH_HASH);
		return true;
	default:
		return false;
	}
}

/* ---- the others ----------------------------------------------------------*/

static void control_write(struct gs_dev *dev, uint32_t offset, uint32_t val)
{
	(void)offset;
	if (val & GS_CONTROL_RESET)
		gs_dev_reset(dev);
}

static uint32_t status_read(struct gs_dev *dev, uint32_t offset)
{
	(void)offset;
	return (dev->resetting ? GS_STATUS_RESETTING : 0) |
	       (dev->cp_running ? GS_STATUS_CP_RUNNING : 0) |
	       (dev->reg[GS_REG_FW_STATUS / 4] == GS_FW_HALTED ?
			GS_STATUS_CP_HALTED :
			0) |
	       (dev->outcome.status == GS_CORE_RUNNING ? GS_STATUS_CORE_BUSY :
							 0);
}

static uint32_t int_status_read(struct gs_dev *dev, uint32_t offset)
{
	(void)offset;
	return dev->int_status;
}

static void int_status_write(struct gs_dev *dev, uint32_t offset, uint32_t val)
{
	(void)offset;
	dev->int_status &= ~val;
	gs_dev_update_irq(dev);
}

static void int_enable_write(struct gs_dev *dev, uint32_t offset, uint32_t val)
{
	(void)offset, (void)val;
	gs_dev_update_irq(dev);
}

static void fw_control_write(struct gs_dev *dev, uint32_t offset, uint32_t val)
{
	(void)offset;
	if (val == GS_FW_CONTROL_START)
		gs_cp_start(dev);
	else if (val == GS_FW_CONTROL_STOP)
		gs_cp_stop(dev);
}

static void doorbell_write(struct gs_dev *dev, uint32_t offset, uint32_t val)
{
	(void)val;
	gs_cp_interrupt(dev,
			GS_CP_IRQ_DOORBELL((offset - GS_REG_DOORBELL(0)) / 4));
}

static void event_doorbell_write(struct gs_dev *dev, uint32_t offset,
				 uint32_t val)
{
	(void)offset, (void)val;
	gs_cp_interrupt(dev, GS_CP_IRQ_EVENTS);
}

static void inval_control_write(struct gs_dev *dev, uint32_t offset,
				uint32_t val)
{
	(void)offset;
	if (val & 1)
		gs_mmu_invalidate(dev);
}

static void fault_status_write(struct gs_dev *dev, uint32_t offset,
			       uint32_t val)
{
	(void)offset;
	if (val & GS_FAULT_VALID)
		gs_mmu_clear(dev);
}

static uint32_t counter_read(struct gs_dev *dev, uint32_t offset)
{
	uint32_t index = (offset - GS_REG_TIMESTAMP) / 8;
	const uint64_t values[] = { gs_dev_now(dev), dev->busy_time,
				    dev->jobs_started, dev->tlb_misses };

	return gs_dev_counter(values[index], offset & 4, &dev->latch[index]);
}

static const struct gs_reg regs[] = {
	{ GS_REG_CONTROL, 1, true, 0, NULL, control_write },
	{ GS_REG_STATUS, 1, false, 0, status_read, NULL },
	{ GS_REG_INT_STATUS, 1, true, 0, int_status_read, int_status_write },
	{ GS_REG_INT_ENABLE, 1, true, GS_INT_ALL, NULL, int_enable_write },
	{ GS_REG_FW_ADDR, 1, true, IMAGE_MASK, NULL, NULL },
	{ GS_REG_FW_ADDR + 4, 1, true, ALL, NULL, NULL },
	{ GS_REG_FW_BYTES, 1, true, ALL, NULL, NULL },
	{ GS_REG_FW_CONTROL, 1, true, 0, NULL, fw_control_write },
	{ GS_REG_FW_STATUS, 1, false, 0, NULL, NULL },
	{ GS_REG_FW_HALT_CAUSE, 1, false, 0, NULL, NULL },
	{ GS_REG_FW_HALT_PC, 1, false, 0, NULL, NULL },
	{ GS_REG_FW_SCRATCH(0), GS_NUM_SCRATCH, false, 0, NULL, NULL },
	{ GS_REG_RING_ADDR, 1, true, PAGE_MASK, NULL, NULL },
	{ GS_REG_RING_ADDR + 4, 1, true, ALL, NULL, NULL },
	{ GS_REG_DOORBELL(0), GS_NUM_CMD_RINGS, true, 0, NULL, doorbell_write },
	{ GS_REG_EVENT_DOORBELL, 1, true, 0, NULL, event_doorbell_write },
	{ GS_REG_CTX_TABLE, 1, true, PAGE_MASK, NULL, NULL },
	{ GS_REG_CTX_TABLE + 4, 1, true, ALL, NULL, NULL },
	{ GS_REG_INVAL_ASID, 1, true, ALL, NULL, NULL },
	{ GS_REG_INVAL_ADDR, 1, true, PAGE_MASK, NULL, NULL },
	{ GS_REG_INVAL_ADDR + 4, 1, true, ALL, NULL, NULL },
	{ GS_REG_INVAL_PAGES, 1, true, ALL, NULL, NULL },
	{ GS_REG_INVAL_CONTROL, 1, true, 0, NULL, inval_control_write },
	{ GS_REG_FAULT_STATUS, 1, true, 0, NULL, fault_status_write },
	{ GS_REG_FAULT_ASID, 1, false, 0, NULL, NULL },
	{ GS_REG_FAULT_ADDR, 2, false, 0, NULL, NULL },
	{ GS_REG_TIMESTAMP, 8, false, 0, counter_read, NULL },
	{ 0 },
};

/* 1: a register, 2: of the test page; else what the access returns. */
static int check_access(const struct gs_dev *dev, uint64_t offset,
			unsigned size)
{
	if (size != 4 || offset % 4)
		return -EINVAL;
	if (dev->in_ops)
		return -EBUSY;
	if (offset < GS_REG_SPACE)
		return 1;
	if (dev->props.test_regs && offset >= GS_BAR_TEST_PAGE &&
	    offset < GS_BAR_TEST_PAGE + GS_PAGE_BYTES)
		return 2;
	return -ENXIO;
}

int gs_dev_mmio_read(struct gs_dev *dev, uint64_t offset, unsigned size,
		     uint32_t *val)
{
	int ret = check_access(dev, offset, size);

	*val = 0;
	if (ret < 0)
		return ret;
	if (ret == 2)
		return gs_test_read(dev, (uint32_t)(offset - GS_BAR_TEST_PAGE),
				    val);
	if (gs_id_read(dev, (uint32_t)offset, val))
		return 0;
	return gs_reg_read(dev, regs, dev->reg, (uint32_t)offset, val);
}

int gs_dev_mmio_write(struct gs_dev *dev, uint64_t offset, unsigned size,
		      uint32_t val)
{
	int ret = check_access(dev, offset, size);
	uint32_t ignored;

	if (ret < 0)
		return ret;
	if (dev->resetting)
		return -EBUSY;
	if (ret == 2)
		return gs_test_write(dev, (uint32_t)(offset - GS_BAR_TEST_PAGE),
				     val);
	if (gs_id_read(dev, (uint32_t)offset, &ignored))
		return -EPERM;
	return gs_reg_write(dev, regs, dev->reg, (uint32_t)offset, val);
}
