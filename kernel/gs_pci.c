// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * GeneSys as a PCI Express function: glue, nothing else.
 */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/sysfs.h>

#include <drm/drm_drv.h>

#include "gs_device.h"
#include "gs_drv.h"
#include "gs_pci.h"

static void gs_pci_set_master(struct gs_device *gdev, bool on)
{
	struct pci_dev *pdev = to_pci_dev(gdev->drm.dev);

	if (on)
		pci_set_master(pdev);
	else
		pci_clear_master(pdev);
}

static const struct gs_bus_ops gs_pci_bus_ops = {
	.set_master = gs_pci_set_master,
};

static int gs_pci_setup(struct pci_dev *pdev, struct gs_device *gdev)
{
	struct device *dev = &pdev->dev;
	unsigned int i;
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return dev_err_probe(dev, ret, "Cannot enable the device\n");
	if (pci_resource_len(pdev, GS_PCI_REGISTER_BAR) < GS_BAR_BYTES)
		return dev_err_probe(dev, -ENODEV, "BAR %d has 0x%llx bytes, expected 0x%x\n",
				     GS_PCI_REGISTER_BAR,
				     (u64)pci_resource_len(pdev, GS_PCI_REGISTER_BAR),
				     GS_BAR_BYTES);
	gdev->regs = pcim_iomap_region(pdev, GS_PCI_REGISTER_BAR, "genesys");
	if (IS_ERR(gdev->regs))
		return dev_err_probe(dev, PTR_ERR(gdev->regs), "Cannot map BAR %d\n",
				     GS_PCI_REGISTER_BAR);
	/* Registers take 64 bits, leaves of page tables 52. */
	ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(52));
	if (ret)
		return dev_err_probe(dev, ret, "Cannot address memory\n");
	dma_set_max_seg_size(dev, UINT_MAX);
	/* The first, and one for each processor: see gs_irq.c. */
	ret = pci_alloc_irq_vectors(pdev, 1, min(GS_NUM_VECTORS, 1 + num_online_cpus()),
				    PCI_IRQ_MSIX);
	if (ret < 0)
		return dev_err_probe(dev, ret, "Cannot get an MSI-X vector\n");
	gdev->num_irqs = ret;
	for (i = 0; i < gdev->num_irqs; i++)
		gdev->irqs[i] = pci_irq_vector(pdev, i);
	return 0;
}

static int gs_pci_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct gs_device *gdev;
	int ret;

	gdev = devm_drm_dev_alloc(&pdev->dev, &gs_drm_driver, struct gs_device, drm);
	if (IS_ERR(gdev))
		return PTR_ERR(gdev);
	pci_set_drvdata(pdev, gdev);
	gdev->bus_ops = &gs_pci_bus_ops;
	ret = gs_pci_setup(pdev, gdev);
	return ret ? ret : gs_device_probe(gdev);
}

static void gs_pci_remove(struct pci_dev *pdev)
{
	gs_device_unplug(pci_get_drvdata(pdev));
}

static void gs_pci_reset_prepare(struct pci_dev *pdev)
{
	gs_reset_prepare(pci_get_drvdata(pdev));
}

static void gs_pci_reset_done(struct pci_dev *pdev)
{
	gs_reset_done(pci_get_drvdata(pdev));
}

static const struct pci_error_handlers gs_pci_err_handler = {
	.reset_prepare = gs_pci_reset_prepare,
	.reset_done = gs_pci_reset_done,
};

static ssize_t firmware_version_show(struct device *dev, struct device_attribute *attr,
				     char *buf)
{
	struct gs_device *gdev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%s\n", gs_fw_version_name(gdev->fw.version).text);
}
static DEVICE_ATTR_RO(firmware_version);

static struct attribute *gs_pci_attrs[] = {
	&dev_attr_firmware_version.attr,
	NULL,
};
ATTRIBUTE_GROUPS(gs_pci);

static const struct pci_device_id gs_pci_ids[] = {
	{ PCI_DEVICE(GS_PCI_VENDOR_ID, GS_PCI_DEVICE_ID) },
	{ }
};
MODULE_DEVICE_TABLE(pci, gs_pci_ids);

struct pci_driver gs_pci_driver = {
	.name = "genesys",
	.id_table = gs_pci_ids,
	.probe = gs_pci_probe,
	.remove = gs_pci_remove,
	.shutdown = gs_pci_remove,
	.err_handler = &gs_pci_err_handler,
	.dev_groups = gs_pci_groups,
};
