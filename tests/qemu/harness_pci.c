// SPDX-License-Identifier: MIT
/*
 * The part of tests/device/harness.h that the kit and job.c use, for a real
 * function without a driver: memory is a huge page, whose physical address is
 * its bus address when there is no IOMMU.
 */
#include "tests/qemu/harness_pci.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "tests/qemu/tap.h"

#define MEM_BYTES (2u << 20)
#define PATIENCE_MS 20000u
#define PAGEMAP_FRAME ((1ull << 55) - 1)
#define PAGEMAP_PRESENT (1ull << 63)
#define MSIX_FLAGS (PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL)

_Noreturn static void die(const char *what)
{
	printf("not ok - %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t physical(const void *p)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	if (fd < 0 ||
	    pread(fd, &entry, 8, (off_t)((uintptr_t)p / 4096 * 8)) != 8 ||
	    !(entry & PAGEMAP_PRESENT))
		die("physical address");
	close(fd);
	return (entry & PAGEMAP_FRAME) * 4096;
}

static void map_memory(struct harness *h)
{
	h->mem = mmap(NULL, MEM_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE,
		      -1, 0);
	if (h->mem == MAP_FAILED)
		die("a huge page");
	memset(h->mem, 0, MEM_BYTES);
	h->bus = physical(h->mem);
}

void harness_pci_reset(struct harness *h)
{
	uint32_t msix = gs_pci_capability(&h->pci, PCI_CAP_ID_MSIX);

	if (gs_pci_flr(&h->pci))
		die("function level reset");
	gs_pci_config_write16(&h->pci, msix + PCI_MSIX_FLAGS, MSIX_FLAGS);
	harness_pci_master(h, true);
	harness_clear_rings(h);
}

void harness_pci_master(struct harness *h, bool on)
{
	gs_pci_config_write16(&h->pci, PCI_COMMAND,
			      (uint16_t)(PCI_COMMAND_MEMORY |
					 (on ? PCI_COMMAND_MASTER : 0)));
}

bool harness_pci_pending(struct harness *h)
{
	return gs_pci_read(&h->pci, GS_BAR_MSIX_PBA) & 1;
}

void harness_pci_open(struct harness *h, uint32_t num_asids)
{
	memset(h, 0, sizeof(*h));
	if (gs_pci_find(&h->pci, GS_PCI_VENDOR_ID, GS_PCI_DEVICE_ID, 0) ||
	    gs_pci_map(&h->pci))
		die("the device");
	map_memory(h);
	h->rings = harness_alloc(h, sizeof(struct gs_ring_area), GS_PAGE_BYTES);
	h->contexts = harness_alloc(h, 8 * (size_t)num_asids, GS_PAGE_BYTES);
	h->image = harness_alloc(h, GS_FW_MAX_BYTES, 16);
	harness_pci_reset(h);
}

/* ---- memory, registers, time ---------------------------------------------*/

uint64_t harness_alloc(struct harness *h, size_t bytes, size_t align)
{
	size_t at = (h->used + align - 1) / align * align;

	if (at > MEM_BYTES || bytes > MEM_BYTES - at)
		die("memory for the test");
	h->used = at + bytes;
	return h->bus + at;
}

void *harness_mem(struct harness *h, uint64_t bus, size_t bytes)
{
	if (bus < h->bus || bus - h->bus + bytes > MEM_BYTES)
		die("a bus address of the test");
	return h->mem + (bus - h->bus);
}

uint32_t harness_read(struct harness *h, uint32_t offset)
{
	return gs_pci_read(&h->pci, offset);
}

void harness_write(struct harness *h, uint32_t offset, uint32_t value)
{
	gs_pci_poke(&h->pci, offset, value);
}

void harness_write64(struct harness *h, uint32_t offset, uint64_t value)
{
	gs_pci_poke64(&h->pci, offset, value);
}

void harness_pass(struct harness *h, uint32_t ms)
{
	const struct timespec time = { .tv_sec = ms / 1000,
				       .tv_nsec = ms % 1000 * 1000000l };

	(void)h;
	nanosleep(&time, NULL);
}

bool harness_until(struct harness *h, uint32_t offset, uint32_t mask,
		   uint32_t value)
{
	for (uint32_t ms = 0; ms < PATIENCE_MS; ms++) {
		if ((harness_read(h, offset) & mask) == value)
			return true;
		harness_pass(h, 1);
	}
	return false;
}

/* ---- firmware and rings --------------------------------------------------*/

struct gs_ring_area *harness_rings(struct harness *h)
{
	return harness_mem(h, h->rings, sizeof(struct gs_ring_area));
}

void harness_clear_rings(struct harness *h)
{
	struct gs_ring_area *rings = harness_rings(h);

	memset(rings, 0, sizeof(*rings));
	rings->magic = GS_RING_MAGIC;
	rings->abi_version = GS_ABI_VERSION;
}

enum gs_fw_status harness_load(struct harness *h, const void *image,
			       size_t bytes, enum gs_log_level level)
{
	harness_rings(h)->log_level = level;
	memcpy(harness_mem(h, h->image, bytes), image, bytes);
	harness_write64(h, GS_REG_RING_ADDR, h->rings);
	harness_write64(h, GS_REG_CTX_TABLE, h->contexts);
	harness_write64(h, GS_REG_FW_ADDR, h->image);
	harness_write(h, GS_REG_FW_BYTES, (uint32_t)bytes);
	harness_write(h, GS_REG_INT_ENABLE, GS_INT_ALL);
	harness_write(h, GS_REG_FW_CONTROL, GS_FW_CONTROL_START);
	for (uint32_t ms = 0; ms < PATIENCE_MS; ms++) {
		if (harness_read(h, GS_REG_FW_STATUS) != GS_FW_IDLE)
			break;
		harness_pass(h, 1);
	}
	return (enum gs_fw_status)harness_read(h, GS_REG_FW_STATUS);
}

void harness_submit(struct harness *h, uint32_t ring, const struct gs_cmd *cmd)
{
	struct gs_ring_area *rings = harness_rings(h);
	struct gs_ring_ctl *ctl = &rings->cmd_ctl[ring];

	rings->cmd[ring][ctl->tail % GS_CMD_ENTRIES] = *cmd;
	__atomic_store_n(&ctl->tail, ctl->tail + 1, __ATOMIC_RELEASE);
	harness_write(h, GS_REG_DOORBELL(ring), 1);
}

bool harness_event(struct harness *h, struct gs_event *event)
{
	struct gs_ring_area *rings = harness_rings(h);
	struct gs_ring_ctl *ctl = &rings->event_ctl;

	for (uint32_t ms = 0;; ms++) {
		if (__atomic_load_n(&ctl->tail, __ATOMIC_ACQUIRE) != ctl->head)
			break;
		if (ms == PATIENCE_MS)
			return false;
		harness_pass(h, 1);
	}
	*event = rings->event[ctl->head % GS_EVENT_ENTRIES];
	__atomic_store_n(&ctl->head, ctl->head + 1, __ATOMIC_RELEASE);
	harness_write(h, GS_REG_INT_STATUS, GS_INT_EVENT);
	harness_write(h, GS_REG_EVENT_DOORBELL, 1);
	return true;
}

/* ---- address spaces ------------------------------------------------------*/

struct harness_space harness_space(struct harness *h, uint32_t asid)
{
	struct harness_space space = {
		.asid = asid,
		.root = harness_alloc(h, GS_PAGE_BYTES, GS_PAGE_BYTES),
	};
	uint64_t *contexts = harness_mem(h, h->contexts, 8 * (asid + 1ull));

	contexts[asid] = space.root | GS_CTX_VALID;
	return space;
}

static uint64_t *leaf(struct harness *h, uint64_t table, uint64_t va)
{
	for (unsigned at = GS_VA_BITS - 9;; at -= 9) {
		uint64_t *entry =
			harness_mem(h, table + 8 * (va >> at & 511), 8);

		if (at == GS_PAGE_SHIFT)
			return entry;
		if (!*entry)
			*entry =
				harness_alloc(h, GS_PAGE_BYTES, GS_PAGE_BYTES) |
				GS_PTE_VALID;
		table = *entry & GS_PTE_ADDR;
	}
}

void harness_map(struct harness *h, const struct harness_space *space,
		 uint64_t va, uint64_t bus, uint64_t bytes, bool writable)
{
	for (uint64_t at = 0; at < bytes; at += GS_PAGE_BYTES)
		*leaf(h, space->root, va + at) = (bus + at) | GS_PTE_VALID |
						 (writable ? GS_PTE_WRITE : 0);
}
