/* SPDX-License-Identifier: MIT */
/* The command processor's DMA engine, between its TCM and memory. */

#include "hw-model/device/device_internal.h"

/* A transfer in at most two pieces: 4096 bytes meet two pages. */
struct transfer {
	uint32_t asid;
	bool write;
	uint64_t addr;
	uint8_t *tcm;
	uint32_t bytes;
	uint32_t first; /* bytes of the first piece */
	uint64_t bus[2];
};

static int move(struct gs_dev *dev, const struct transfer *t, uint64_t bus,
		uint32_t done, uint32_t bytes)
{
	return t->write ? gs_dev_dma_write(dev, bus, t->tcm + done, bytes) :
			  gs_dev_dma_read(dev, bus, t->tcm + done, bytes);
}

/* Before anything moves, so that a refused transfer changes nothing. */
static struct gs_refusal translate(struct gs_dev *dev, struct transfer *t)
{
	struct gs_refusal refusal = { .addr = t->addr, .write = t->write };
	struct gs_xlat xlat;

	for (unsigned i = 0; i < 2 && (!i || t->first < t->bytes); i++) {
		refusal.addr = t->addr + (i ? t->first : 0);
		refusal.reason = gs_mmu_walk(dev, t->asid, refusal.addr,
					     t->write, &xlat);
		if (refusal.reason)
			break;
		t->bus[i] =
			xlat.bus + (refusal.addr & ((1ull << xlat.shift) - 1));
	}
	return refusal;
}

static enum gs_mmu_fault run(struct gs_dev *dev, struct transfer *t)
{
	struct gs_refusal refusal = { .addr = t->addr, .write = t->write };

	if (t->asid != GS_DMA_BUS)
		refusal = translate(dev, t);
	if (!refusal.reason && move(dev, t, t->bus[0], 0, t->first))
		refusal.reason = GS_MMU_BUS_ERROR;
	else if (!refusal.reason && t->first < t->bytes &&
		 move(dev, t, t->bus[1], t->first, t->bytes - t->first))
		refusal.reason = GS_MMU_BUS_ERROR;
	if (refusal.reason && t->asid != GS_DMA_BUS)
		gs_mmu_record(dev, GS_ENGINE_CP, t->asid, &refusal);
	return refusal.reason;
}

/* Bounds of what the firmware asks for; memory's are the bus's or the MMU's. */
static bool in_range(const struct gs_dev *dev, const struct transfer *t)
{
	uint32_t tcm = dev->cp_reg[GS_CP_DMA_TCM / 4];

	return t->bytes && t->bytes <= GS_PAGE_BYTES &&
	       tcm <= GS_CP_TCM_BYTES && t->bytes <= GS_CP_TCM_BYTES - tcm &&
	       t->addr + (t->bytes - 1) >= t->addr;
}

void gs_cp_dma(struct gs_dev *dev, uint32_t control)
{
	struct transfer t = {
		.asid = dev->cp_reg[GS_CP_DMA_ASID / 4],
		.write = control == GS_DMA_TO_MEMORY,
		.addr = gs_reg64(dev->cp_reg, GS_CP_DMA_ADDR),
		.bytes = dev->cp_reg[GS_CP_DMA_BYTES / 4],
	};
	uint32_t *status = &dev->cp_reg[GS_CP_DMA_STATUS / 4];
	uint64_t room = GS_PAGE_BYTES - (t.addr & (GS_PAGE_BYTES - 1));
	enum gs_mmu_fault fault;

	if (control != GS_DMA_TO_TCM && control != GS_DMA_TO_MEMORY)
		return;
	if (!in_range(dev, &t)) {
		*status = GS_DMA_BAD_RANGE;
		return;
	}
	t.tcm = dev->tcm + dev->cp_reg[GS_CP_DMA_TCM / 4];
	t.bus[0] = t.addr;
	t.first = t.bytes;
	if (t.asid != GS_DMA_BUS && room < t.bytes)
		t.first = (uint32_t)room;
	fault = run(dev, &t);
	*status = (uint32_t)fault;
	/* a table or page that is not there is the program's, not the bus's */
	if (fault == GS_MMU_WALK_ERROR || fault == GS_MMU_BUS_ERROR)
		gs_dev_raise(dev, GS_INT_BUS_ERROR);
}
