/* SPDX-License-Identifier: MIT */
/* Life of the command processor (docs/device.md, Command processor). */

#include "hw-model/device/device_internal.h"

#include <string.h>

static int bus_read(void *ctx, uint32_t addr, uint32_t *val)
{
	return gs_cp_reg_read(ctx, addr - GS_CP_REG_BASE, val) ?
		       GS_RV32_REFUSED :
		       GS_RV32_DONE;
}

static int bus_write(void *ctx, uint32_t addr, uint32_t val)
{
	struct gs_dev *dev = ctx;

	if (gs_cp_reg_write(dev, addr - GS_CP_REG_BASE, val))
		return GS_RV32_REFUSED;
	return dev->cp_running ? GS_RV32_DONE : GS_RV32_DONE_STOP;
}

void gs_cp_init(struct gs_dev *dev)
{
	const struct gs_rv32_bus bus = { .read32 = bus_read,
					 .write32 = bus_write,
					 .ctx = dev };

	gs_rv32_init(&dev->cpu, dev->tcm, GS_CP_TCM_BASE, GS_CP_TCM_BYTES,
		     &bus);
	dev->timer = GS_NO_TIMER;
}

static void set_fw_status(struct gs_dev *dev, enum gs_fw_status status)
{
	dev->reg[GS_REG_FW_STATUS / 4] = (uint32_t)status;
}

/* ---- interrupts and the timer --------------------------------------------*/

static bool wakes(const struct gs_dev *dev)
{
	return dev->cp_running && dev->cpu.mip & dev->cpu.mie;
}

static void set_timer(struct gs_dev *dev, uint64_t deadline)
{
	if (deadline == dev->timer)
		return;
	dev->timer = deadline;
	dev->ops->set_timer(dev->ctx, deadline);
}

static void update_lines(struct gs_dev *dev)
{
	uint64_t compare = gs_reg64(dev->cp_reg, GS_CP_MTIMECMP);
	bool due = gs_dev_now(dev) >= compare;
	uint32_t enable = dev->cp_reg[GS_CP_IRQ_ENABLE / 4];
	uint32_t lines = due ? GS_RV32_IRQ_TIMER : 0;

	if (dev->cp_irq_pending & enable)
		lines |= GS_RV32_IRQ_EXTERNAL;
	gs_rv32_set_irq(&dev->cpu, lines);
	set_timer(dev, due || !dev->cp_running ? GS_NO_TIMER : compare);
}

void gs_cp_update_irq(struct gs_dev *dev)
{
	update_lines(dev);
	if (dev->cpu.waiting && wakes(dev))
		dev->ops->kick_cp(dev->ctx);
}

void gs_cp_interrupt(struct gs_dev *dev, uint32_t bits)
{
	dev->cp_irq_pending |= bits;
	gs_cp_update_irq(dev);
}

void gs_dev_timer(struct gs_dev *dev)
{
	dev->timer = GS_NO_TIMER;
	gs_cp_update_irq(dev);
}

/* ---- start and end -------------------------------------------------------*/

/* The processor's side: its registers, interrupts and memory. */
void gs_cp_reset(struct gs_dev *dev)
{
	dev->cp_running = false;
	dev->cp_loading = false;
	dev->cp_irq_pending = 0;
	dev->cp_latch = 0;
	memset(dev->cp_reg, 0, sizeof(dev->cp_reg));
	dev->cp_reg[GS_CP_MTIMECMP / 4] = 0xffffffffu;
	dev->cp_reg[GS_CP_MTIMECMP / 4 + 1] = 0xffffffffu;
	memset(dev->tcm, 0, sizeof(dev->tcm));
	gs_rv32_set_irq(&dev->cpu, 0);
	gs_rv32_reset(&dev->cpu, GS_CP_TCM_BASE, 0);
	set_timer(dev, GS_NO_TIMER);
}

void gs_cp_start(struct gs_dev *dev)
{
	if (dev->cp_running || dev->cp_loading)
		return;
	if (dev->outcome.status == GS_CORE_RUNNING) {
		set_fw_status(dev, GS_FW_BUSY);
		return;
	}
	gs_cp_reset(dev);
	dev->outcome = (struct gs_outcome){ 0 };
	dev->drop_irq = false;
	/* status, halt cause and pc, and the scratch registers */
	for (uint32_t at = GS_REG_FW_STATUS;
	     at < GS_REG_FW_SCRATCH(GS_NUM_SCRATCH); at += 4)
		dev->reg[at / 4] = 0;
	dev->cp_loading = true;
	dev->ops->kick_cp(dev->ctx);
}

static void leave(struct gs_dev *dev, enum gs_fw_status status)
{
	dev->cp_running = false;
	dev->cp_loading = false;
	set_fw_status(dev, status);
	set_timer(dev, GS_NO_TIMER);
	if (dev->outcome.status == GS_CORE_RUNNING)
		gs_job_abort(dev);
}

void gs_cp_stop(struct gs_dev *dev)
{
	if (dev->cp_running || dev->cp_loading)
		leave(dev, GS_FW_STOPPED);
}

void gs_cp_halt(struct gs_dev *dev, uint32_t cause, uint32_t pc)
{
	leave(dev, GS_FW_HALTED);
	dev->reg[GS_REG_FW_HALT_CAUSE / 4] = cause;
	dev->reg[GS_REG_FW_HALT_PC / 4] = pc;
	gs_dev_raise(dev, GS_INT_CP_HALT);
}

static void load(struct gs_dev *dev)
{
	uint32_t entry = 0;
	enum gs_fw_status status;

	dev->cp_loading = false;
	status = gs_fw_load(dev, &entry);
	set_fw_status(dev, status);
	if (status != GS_FW_RUNNING)
		return;
	gs_rv32_reset(&dev->cpu, entry, GS_CP_TCM_BASE + GS_CP_TCM_BYTES);
	dev->cp_running = true;
}

enum gs_cp_slice gs_dev_cp_slice(struct gs_dev *dev, uint32_t fuel)
{
	if (dev->cp_loading)
		load(dev);
	if (!dev->cp_running)
		return GS_CP_SLICE_IDLE;
	update_lines(dev);
	switch (gs_rv32_run(&dev->cpu, fuel, NULL)) {
	case GS_RV32_IDLE:
		/* the timer may have come since */
		update_lines(dev);
		return wakes(dev) ? GS_CP_SLICE_MORE : GS_CP_SLICE_IDLE;
	case GS_RV32_HALT:
		gs_cp_halt(dev, dev->cpu.mcause, dev->cpu.mepc);
		return GS_CP_SLICE_IDLE;
	default:
		return dev->cp_running ? GS_CP_SLICE_MORE : GS_CP_SLICE_IDLE;
	}
}
