/* SPDX-License-Identifier: MIT */
/*
 * A PCI function from user space, through sysfs: for programs that run as root
 * in the guest, where no driver is bound to the device.
 */
#ifndef GS_TEST_PCI_H
#define GS_TEST_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gs_pci {
	char dir[256]; /* below /sys/bus/pci/devices */
	volatile uint32_t *bar;
	size_t bar_bytes;
};

/** Find the @index-th function of these ids, by address. Returns 0 or -ENODEV. */
int gs_pci_find(struct gs_pci *pci, uint32_t vendor, uint32_t device,
		int index);

/** Enable memory decoding and map BAR 0. Returns 0 or -errno. */
int gs_pci_map(struct gs_pci *pci);
void gs_pci_unmap(struct gs_pci *pci);

/** A number in a file of the function's directory; -1: none. */
int64_t gs_pci_attribute(const struct gs_pci *pci, const char *name);
/** Write to a file of the function's directory. Returns 0 or -errno. */
int gs_pci_write(const struct gs_pci *pci, const char *name, const char *text);

/** Start, last address and flags of BAR 0. Returns 0 or -EIO. */
int gs_pci_resource(const struct gs_pci *pci, uint64_t value[3]);

/** Configuration space: little-endian value of @size bytes, all ones on error. */
uint32_t gs_pci_config(const struct gs_pci *pci, uint32_t offset, size_t size);
int gs_pci_config_write16(const struct gs_pci *pci, uint32_t offset,
			  uint16_t value);
/** Offset of a capability, 0: none. */
uint32_t gs_pci_capability(const struct gs_pci *pci, uint8_t id);

/** Reset by the function's own means. Returns 0 or -errno. */
int gs_pci_flr(const struct gs_pci *pci);

static inline uint32_t gs_pci_read(const struct gs_pci *pci, uint32_t offset)
{
	return pci->bar[offset / 4];
}

static inline uint64_t gs_pci_read64(const struct gs_pci *pci, uint32_t offset)
{
	uint64_t lo = gs_pci_read(pci, offset);

	return lo | (uint64_t)gs_pci_read(pci, offset + 4) << 32;
}

static inline void gs_pci_poke(const struct gs_pci *pci, uint32_t offset,
			       uint32_t value)
{
	pci->bar[offset / 4] = value;
}

static inline void gs_pci_poke64(const struct gs_pci *pci, uint32_t offset,
				 uint64_t value)
{
	gs_pci_poke(pci, offset, (uint32_t)value);
	gs_pci_poke(pci, offset + 4, (uint32_t)(value >> 32));
}

#endif /* GS_TEST_PCI_H */
