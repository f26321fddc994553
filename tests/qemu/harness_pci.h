/* SPDX-License-Identifier: MIT */
#ifndef GS_TEST_HARNESS_PCI_H
#define GS_TEST_HARNESS_PCI_H

#include "tests/device/harness.h"
#include "tests/qemu/pci.h"

struct harness {
	struct gs_pci pci;
	uint8_t *mem;
	uint64_t bus; /* of mem */
	size_t used;
	uint64_t rings, contexts, image; /* bus addresses */
};

/** Find the device and reset it. Ends the process when something is missing. */
void harness_pci_open(struct harness *h, uint32_t num_asids);

/**
 * Function level reset, empty rings, bus master on, MSI-X on but masked: a
 * message shows as a pending bit.
 */
void harness_pci_reset(struct harness *h);
void harness_pci_master(struct harness *h, bool on);
bool harness_pci_pending(struct harness *h);

#endif /* GS_TEST_HARNESS_PCI_H */
