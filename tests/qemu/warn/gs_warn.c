// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does wrong what a test writes to /sys/module/gs_warn/parameters/do, so that
 * the boots can show that they notice. Never part of a boot that tests.
 */
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(gs_warn_spin);
static DEFINE_MUTEX(gs_warn_a);
static DEFINE_MUTEX(gs_warn_b);

static void gs_warn_lock(void)
{
	mutex_lock(&gs_warn_a);
	mutex_lock(&gs_warn_b);
	mutex_unlock(&gs_warn_b);
	mutex_unlock(&gs_warn_a);
	/* The other way around. */
	mutex_lock(&gs_warn_b);
	mutex_lock(&gs_warn_a);
	mutex_unlock(&gs_warn_a);
	mutex_unlock(&gs_warn_b);
}

static void gs_warn_sleep(void)
{
	spin_lock(&gs_warn_spin);
	might_sleep();
	spin_unlock(&gs_warn_spin);
}

static int gs_warn_use_after_free(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	kfree(p);
	WRITE_ONCE(p[8], 1);
	return 0;
}

/* Unmap fewer bytes than were mapped. */
static int gs_warn_dma(void)
{
	struct pci_dev *pdev = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, NULL);
	dma_addr_t dma;
	void *p;
	int ret = 0;

	if (!pdev)
		return -ENODEV;
	p = kzalloc(2048, GFP_KERNEL);
	if (!p || dma_set_mask(&pdev->dev, DMA_BIT_MASK(64))) {
		ret = -ENOMEM;
		goto out;
	}
	dma = dma_map_single(&pdev->dev, p, 2048, DMA_TO_DEVICE);
	if (dma_mapping_error(&pdev->dev, dma))
		ret = -EIO;
	else
		dma_unmap_single(&pdev->dev, dma, 1024, DMA_TO_DEVICE);
out:
	kfree(p);
	pci_dev_put(pdev);
	return ret;
}

static int gs_warn_do(const char *what, const struct kernel_param *param)
{
	if (sysfs_streq(what, "warn"))
		WARN(1, "on purpose\n");
	else if (sysfs_streq(what, "lock"))
		gs_warn_lock();
	else if (sysfs_streq(what, "sleep"))
		gs_warn_sleep();
	else if (sysfs_streq(what, "free"))
		return gs_warn_use_after_free();
	else if (sysfs_streq(what, "dma"))
		return gs_warn_dma();
	else
		return -EINVAL;
	return 0;
}

static const struct kernel_param_ops gs_warn_ops = { .set = gs_warn_do };
module_param_cb(do, &gs_warn_ops, NULL, 0200);

MODULE_DESCRIPTION("Mistakes on purpose, for the test of the tests");
MODULE_LICENSE("GPL");
