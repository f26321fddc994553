/* SPDX-License-Identifier: MIT */
/*
 * The running job's way to memory. Hits are served in the worker without the
 * lock; whatever needs a page table or the bus takes it. An access is split
 * at page boundaries, so that neither lock is held longer than for one page.
 */

#include "hw-model/device/device_internal.h"

#include <errno.h>
#include <string.h>

#define ALL_ENTRIES (GS_TLB_SMALL + GS_TLB_LARGE)

/* An access within one page of 4 KiB. */
struct chunk {
	uint64_t va;
	uint8_t *data;
	size_t size;
	bool write;
};

/* A host pointer that is to be given back. */
struct mapping {
	void *host;
	size_t size;
	bool write;
};

int gs_tlb_init(struct gs_tlb *tlb)
{
	return pthread_mutex_init(&tlb->mutex, NULL) ? -ENOMEM : 0;
}

void gs_tlb_fini(struct gs_tlb *tlb)
{
	pthread_mutex_destroy(&tlb->mutex);
}

/* The place for a page; neighbours and equal pages of two windows differ. */
static struct gs_tlb_entry *slot(struct gs_tlb *tlb, uint64_t page,
				 unsigned shift)
{
	uint64_t hash = page ^ page >> 8 ^ page >> 20;

	if (shift == GS_PAGE_SHIFT)
		return &tlb->small[hash & (GS_TLB_SMALL - 1)];
	return &tlb->large[hash & (GS_TLB_LARGE - 1)];
}

static struct gs_tlb_entry *find(struct gs_tlb *tlb, uint64_t va,
				 unsigned *shift)
{
	static const unsigned shifts[] = { GS_PAGE_SHIFT, GS_LARGE_PAGE_SHIFT };

	for (unsigned i = 0; i < 2; i++) {
		uint64_t page = va >> shifts[i];
		struct gs_tlb_entry *entry = slot(tlb, page, shifts[i]);

		*shift = shifts[i];
		if (entry->valid && entry->page == page)
			return entry;
	}
	return NULL;
}

static uint64_t offset_in(uint64_t va, unsigned shift)
{
	return va & ((1ull << shift) - 1);
}

static void copy(uint8_t *host, const struct chunk *chunk)
{
	if (chunk->write)
		memcpy(host, chunk->data, chunk->size);
	else
		memcpy(chunk->data, host, chunk->size);
}

/* ---- with the lock -------------------------------------------------------*/

static void unmap(struct gs_dev *dev, const struct mapping *mapping)
{
	if (!mapping->host)
		return;
	dev->in_ops = true;
	dev->ops->unmap(dev->ctx, mapping->host, mapping->size, mapping->write);
	dev->in_ops = false;
}

/* Put @entry, or nothing, in a slot; the old content is given back. */
static void replace(struct gs_dev *dev, struct gs_tlb_entry *entry,
		    unsigned shift, const struct gs_tlb_entry *with)
{
	struct mapping old = { .size = (size_t)1 << shift };

	pthread_mutex_lock(&dev->tlb.mutex);
	if (entry->valid) {
		old.host = entry->host;
		old.write = entry->host_write;
	}
	*entry = with ? *with : (struct gs_tlb_entry){ 0 };
	pthread_mutex_unlock(&dev->tlb.mutex);
	unmap(dev, &old);
}

void gs_tlb_drop(struct gs_dev *dev, uint64_t first, uint64_t num_pages)
{
	for (unsigned i = 0; i < ALL_ENTRIES; i++) {
		bool small = i < GS_TLB_SMALL;
		unsigned shift = small ? GS_PAGE_SHIFT : GS_LARGE_PAGE_SHIFT;
		unsigned pages_log2 = shift - GS_PAGE_SHIFT;
		struct gs_tlb_entry *entry =
			small ? &dev->tlb.small[i] :
				&dev->tlb.large[i - GS_TLB_SMALL];
		uint64_t page = entry->page << pages_log2;

		if (!entry->valid)
			continue;
		if (num_pages && (page >= first + num_pages ||
				  page + (1ull << pages_log2) <= first))
			continue;
		replace(dev, entry, shift, NULL);
	}
}

void gs_dev_unmap_all(struct gs_dev *dev)
{
	gs_tlb_drop(dev, 0, 0);
}

static uint8_t *map(struct gs_dev *dev, const struct gs_tlb_entry *entry,
		    unsigned shift, bool write)
{
	uint8_t *host;

	if (!dev->ops->map)
		return NULL;
	dev->in_ops = true;
	host = dev->ops->map(dev->ctx, entry->bus, (size_t)1 << shift, write);
	dev->in_ops = false;
	return host;
}

/*
 * Enter a page. A large one which cannot be mapped as a whole is entered as
 * the small one that holds va: others of it may be mapped.
 */
static struct gs_tlb_entry *
enter(struct gs_dev *dev, const struct gs_xlat *xlat, uint64_t va, bool write)
{
	struct gs_tlb_entry entry = { .valid = true,
				      .writable = xlat->writable,
				      .host_write = write,
				      .page = va >> xlat->shift,
				      .bus = xlat->bus };
	unsigned shift = xlat->shift;
	struct gs_tlb_entry *place;

	entry.host = map(dev, &entry, shift, write);
	if (!entry.host && dev->ops->map && shift != GS_PAGE_SHIFT) {
		shift = GS_PAGE_SHIFT;
		entry.page = va >> shift;
		entry.bus += offset_in(va, xlat->shift) &
			     ~(uint64_t)(GS_PAGE_BYTES - 1);
		entry.host = map(dev, &entry, shift, write);
	}
	place = slot(&dev->tlb, entry.page, shift);
	replace(dev, place, shift, &entry);
	return place;
}

static int refuse(struct gs_dev *dev, const struct chunk *chunk,
		  enum gs_mmu_fault reason)
{
	struct gs_refusal *refusal = &dev->job.refusal;

	*refusal = (struct gs_refusal){ .reason = reason,
					.addr = chunk->va,
					.write = chunk->write };
	gs_mmu_record(dev, GS_ENGINE_CORE, dev->job.asid, refusal);
	return -EFAULT;
}

static int access_bus(struct gs_dev *dev, const struct chunk *chunk,
		      uint64_t bus)
{
	int ret = chunk->write ?
			  gs_dev_dma_write(dev, bus, chunk->data, chunk->size) :
			  gs_dev_dma_read(dev, bus, chunk->data, chunk->size);

	return ret ? refuse(dev, chunk, GS_MMU_BUS_ERROR) : 0;
}

/*
 * An entry that is good for the chunk, or NULL after *fault was set. A page
 * found read-only is walked again: rights may grow without an invalidation.
 */
static struct gs_tlb_entry *
obtain(struct gs_dev *dev, const struct chunk *chunk, enum gs_mmu_fault *fault)
{
	struct gs_xlat xlat;
	struct gs_tlb_entry *entry = find(&dev->tlb, chunk->va, &xlat.shift);

	*fault = GS_MMU_OK;
	if (entry && (!chunk->write || entry->writable) &&
	    (!chunk->write || entry->host_write || !entry->host))
		return entry;
	if (entry)
		replace(dev, entry, xlat.shift, NULL);
	dev->tlb_misses++;
	*fault =
		gs_mmu_walk(dev, dev->job.asid, chunk->va, chunk->write, &xlat);
	return *fault ? NULL : enter(dev, &xlat, chunk->va, chunk->write);
}

static int access_locked(struct gs_dev *dev, const struct chunk *chunk)
{
	struct gs_tlb_entry *entry;
	enum gs_mmu_fault fault;
	uint64_t offset;
	unsigned shift;

	/* after a reset or an abort nothing may be translated any more */
	if (atomic_load_explicit(&dev->job.stop, memory_order_relaxed))
		return -ECANCELED;
	if (dev->job.dma_error) {
		dev->job.dma_error = false;
		dev->inject_count++;
		return refuse(dev, chunk, GS_MMU_BUS_ERROR);
	}
	entry = obtain(dev, chunk, &fault);
	if (fault)
		return refuse(dev, chunk, fault);
	shift = entry >= dev->tlb.small &&
				entry < dev->tlb.small + GS_TLB_SMALL ?
			GS_PAGE_SHIFT :
			GS_LARGE_PAGE_SHIFT;
	offset = offset_in(chunk->va, shift);
	if (!entry->host)
		return access_bus(dev, chunk, entry->bus + offset);
	copy(entry->host + offset, chunk);
	return 0;
}

/* ---- without it ----------------------------------------------------------*/

static bool access_hit(struct gs_dev *dev, const struct chunk *chunk)
{
	struct gs_tlb_entry *entry;
	unsigned shift;
	bool hit;

	pthread_mutex_lock(&dev->tlb.mutex);
	entry = find(&dev->tlb, chunk->va, &shift);
	hit = entry && entry->host && (!chunk->write || entry->host_write);
	if (hit)
		copy(entry->host + offset_in(chunk->va, shift), chunk);
	pthread_mutex_unlock(&dev->tlb.mutex);
	return hit;
}

int gs_tlb_access(struct gs_dev *dev, uint64_t va, uint8_t *data, size_t size,
		  bool write)
{
	int ret = 0;

	while (size && !ret) {
		uint64_t room = GS_PAGE_BYTES - offset_in(va, GS_PAGE_SHIFT);
		struct chunk chunk = { .va = va,
				       .data = data,
				       .size = size < room ? size :
							     (size_t)room,
				       .write = write };

		if (atomic_load_explicit(&dev->job.stop, memory_order_relaxed))
			return -ECANCELED;
		if (dev->job.dma_error || !access_hit(dev, &chunk)) {
			dev->ops->lock(dev->ctx);
			ret = access_locked(dev, &chunk);
			dev->ops->unlock(dev->ctx);
		}
		va += chunk.size;
		data += chunk.size;
		size -= chunk.size;
	}
	return ret;
}
