/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_PCI_H
#define GS_PCI_H

#include <linux/pci.h>

extern struct pci_driver gs_pci_driver;

#endif /* GS_PCI_H */
