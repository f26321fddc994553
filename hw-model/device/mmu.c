/* SPDX-License-Identifier: MIT */
/* Page tables, faults and invalidation (docs/device.md, Address translation). */

#include "hw-model/device/device_internal.h"

#define CTX_RESERVED (~(GS_PTE_ADDR | GS_CTX_VALID))
#define LEVEL_BITS 9

/* One entry of a table or of the context table, read once. */
static enum gs_mmu_fault read_entry(struct gs_dev *dev, uint64_t addr,
				    uint64_t *entry)
{
	uint8_t bytes[8];

	if (gs_dev_dma_read(dev, addr, bytes, sizeof(bytes)))
		return GS_MMU_WALK_ERROR;
	*entry = gs_le64(bytes);
	return GS_MMU_OK;
}

/* The root table of an address space. */
static enum gs_mmu_fault find_root(struct gs_dev *dev, uint32_t asid,
				   uint64_t *table)
{
	uint64_t contexts = gs_reg64(dev->reg, GS_REG_CTX_TABLE);
	enum gs_mmu_fault fault;
	uint64_t entry;

	if (asid >= dev->props.num_asids || !contexts)
		return GS_MMU_BAD_ASID;
	fault = read_entry(dev, contexts + 8ull * asid, &entry);
	if (fault)
		return fault;
	if (!(entry & GS_CTX_VALID))
		return GS_MMU_BAD_ASID;
	if (entry & CTX_RESERVED)
		return GS_MMU_BAD_ENTRY;
	*table = entry & GS_PTE_ADDR;
	return GS_MMU_OK;
}

/* Judge an entry that maps 1 << shift bytes, or names the table that does. */
static enum gs_mmu_fault check_entry(uint64_t entry, unsigned shift, bool *leaf)
{
	if (!(entry & GS_PTE_VALID))
		return GS_MMU_NOT_MAPPED;
	if (entry & GS_PTE_RESERVED)
		return GS_MMU_BAD_ENTRY;
	*leaf = shift == GS_PAGE_SHIFT;
	if (entry & GS_PTE_LARGE) {
		if (shift != GS_LARGE_PAGE_SHIFT)
			return GS_MMU_BAD_ENTRY;
		*leaf = true;
	}
	if (!*leaf)
		return entry & GS_PTE_WRITE ? GS_MMU_BAD_ENTRY : GS_MMU_OK;
	return entry & GS_PTE_ADDR & ((1ull << shift) - 1) ? GS_MMU_BAD_ENTRY :
							     GS_MMU_OK;
}

enum gs_mmu_fault gs_mmu_walk(struct gs_dev *dev, uint32_t asid, uint64_t va,
			      bool write, struct gs_xlat *xlat)
{
	unsigned shift = GS_VA_BITS;
	enum gs_mmu_fault fault;
	uint64_t table, entry;
	bool leaf = false;

	if (va >> GS_VA_BITS)
		return GS_MMU_NOT_CANONICAL;
	fault = find_root(dev, asid, &table);
	while (!fault && !leaf) {
		shift -= LEVEL_BITS;
		fault = read_entry(
			dev, table + 8 * (va >> shift & (GS_PT_ENTRIES - 1)),
			&entry);
		if (!fault)
			fault = check_entry(entry, shift, &leaf);
		if (!fault)
			table = entry & GS_PTE_ADDR;
	}
	if (fault)
		return fault;
	*xlat = (struct gs_xlat){ .bus = table,
				  .shift = shift,
				  .writable = entry & GS_PTE_WRITE };
	return write && !xlat->writable ? GS_MMU_READ_ONLY : GS_MMU_OK;
}

void gs_mmu_record(struct gs_dev *dev, enum gs_fault_engine engine,
		   uint32_t asid, const struct gs_refusal *refusal)
{
	uint32_t *status = &dev->reg[GS_REG_FAULT_STATUS / 4];

	if (*status & GS_FAULT_VALID)
		return;
	*status = GS_FAULT_VALID | (refusal->write ? GS_FAULT_WRITE : 0) |
		  (uint32_t)refusal->reason << 4 | (uint32_t)engine << 8;
	dev->reg[GS_REG_FAULT_ASID / 4] = asid;
	dev->reg[GS_REG_FAULT_ADDR / 4] = gs_half(refusal->addr, false);
	dev->reg[GS_REG_FAULT_ADDR / 4 + 1] = gs_half(refusal->addr, true);
}

void gs_mmu_clear(struct gs_dev *dev)
{
	for (uint32_t at = GS_REG_FAULT_STATUS; at <= GS_REG_FAULT_ADDR + 4;
	     at += 4)
		dev->reg[at / 4] = 0;
}

void gs_mmu_invalidate(struct gs_dev *dev)
{
	uint32_t asid = dev->reg[GS_REG_INVAL_ASID / 4];
	uint64_t addr = gs_reg64(dev->reg, GS_REG_INVAL_ADDR);
	uint32_t pages = dev->reg[GS_REG_INVAL_PAGES / 4];

	if (asid == GS_INVAL_ALL_ASIDS)
		pages = 0;
	if (asid == GS_INVAL_ALL_ASIDS || asid == dev->job.asid) {
		/* an ASID may come back as another address space */
		if (!pages)
			dev->owned = false;
		gs_tlb_drop(dev, addr >> GS_PAGE_SHIFT, pages);
	}
	gs_dev_raise(dev, GS_INT_INVALIDATED);
}
