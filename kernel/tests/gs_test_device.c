// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device made of memory, and page tables as the hardware sees them.
 */
#include <kunit/device.h>
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/module.h>

#include "gs_compat.h"
#include "gs_test.h"

KUNIT_DEFINE_ACTION_WRAPPER(gs_test_destroy_pool, dma_pool_destroy, struct dma_pool *);
KUNIT_DEFINE_ACTION_WRAPPER(gs_test_destroy_wq, destroy_workqueue, struct workqueue_struct *);
KUNIT_DEFINE_ACTION_WRAPPER(gs_test_destroy_ida, ida_destroy, struct ida *);
KUNIT_DEFINE_ACTION_WRAPPER(gs_test_destroy_xa, xa_destroy, struct xarray *);

/* A reset that was asked for is noted and not done. */
static void gs_test_reset_work(struct work_struct *work)
{
	struct gs_device *gdev = container_of(work, struct gs_device, reset.work);

	atomic_inc(&gdev->reset.count);
}

static void gs_test_add_action(struct kunit *test, kunit_action_t *action, void *what)
{
	KUNIT_ASSERT_NOT_NULL(test, what);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, action, what), 0);
}

static void gs_test_init_mmu(struct kunit *test, struct gs_device *gdev)
{
	struct gs_mmu *mmu = &gdev->mmu;

	mmu->num_asids = GS_TEST_ASIDS;
	mmu->ctx_table = kunit_kcalloc(test, GS_TEST_ASIDS, sizeof(*mmu->ctx_table),
				       GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mmu->ctx_table);
	INIT_LIST_HEAD(&mmu->vms);
	mutex_init(&mmu->vms_lock);
	mutex_init(&mmu->inval_lock);
	ida_init(&mmu->asids);
	gs_test_add_action(test, gs_test_destroy_ida, &mmu->asids);
	mmu->pool = dma_pool_create("genesys-test", gdev->drm.dev, GS_PAGE_BYTES,
				    GS_PAGE_BYTES, 0);
	gs_test_add_action(test, gs_test_destroy_pool, mmu->pool);
}

static void gs_test_init_mbox(struct kunit *test, struct gs_device *gdev)
{
	struct gs_mbox *mbox = &gdev->mbox;
	unsigned int ring;

	spin_lock_init(&mbox->lock);
	INIT_LIST_HEAD(&mbox->sent);
	INIT_LIST_HEAD(&mbox->removals);
	for (ring = 0; ring < GS_NUM_CMD_RINGS; ring++)
		INIT_LIST_HEAD(&mbox->waiting[ring]);
	mbox->area = kunit_kzalloc(test, sizeof(*mbox->area), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mbox->area);
	/* Nobody follows it. */
	mbox->dma = 0x123456789000ull;
}

/**
 * gs_test_device() - make a device
 * @test: it lives as long as
 *
 * It is stopped: translations are not invalidated, for it knows none.
 *
 * Return: the device.
 */
struct gs_device *gs_test_device(struct kunit *test)
{
	struct gs_device *gdev = kunit_kzalloc(test, sizeof(*gdev), GFP_KERNEL);
	void *regs = kunit_kzalloc(test, GS_BAR_BYTES, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, gdev);
	KUNIT_ASSERT_NOT_NULL(test, regs);
	gdev->regs = (__force void __iomem *)regs;
	gdev->drm.dev = kunit_device_register(test, "npu");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, gdev->drm.dev);
	spin_lock_init(&gdev->latch_lock);
	xa_init_flags(&gdev->ctxs, XA_FLAGS_ALLOC1);
	gs_test_add_action(test, gs_test_destroy_xa, &gdev->ctxs);
	mutex_init(&gdev->reset.lock);
	INIT_WORK(&gdev->reset.work, gs_test_reset_work);
	gdev->timeout_wq = alloc_ordered_workqueue("genesys-test", 0);
	gs_test_add_action(test, gs_test_destroy_wq, gdev->timeout_wq);
	gs_test_init_mmu(test, gdev);
	gs_test_init_mbox(test, gdev);
	return gdev;
}

/* ---- memory that runs out ------------------------------------------------ */

struct gs_test_block {
	void *vaddr;
	dma_addr_t dma;
};

static unsigned int gs_test_pool_take(struct gs_device *gdev, struct gs_test_block *blocks,
				      unsigned int max)
{
	unsigned int count;

	for (count = 0; count < max; count++) {
		blocks[count].vaddr = dma_pool_alloc(gdev->mmu.pool, GFP_KERNEL,
						     &blocks[count].dma);
		if (!blocks[count].vaddr)
			break;
	}
	return count;
}

static void gs_test_pool_give(struct gs_device *gdev, struct gs_test_block *blocks,
			      unsigned int count)
{
	while (count--)
		dma_pool_free(gdev->mmu.pool, blocks[count].vaddr, blocks[count].dma);
}

static struct gs_test_block *gs_test_blocks(struct kunit *test)
{
	struct gs_test_block *blocks = kunit_kcalloc(test, GS_TEST_MAX_TABLES,
						     sizeof(*blocks), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, blocks);
	return blocks;
}

/**
 * gs_test_pool_limit() - let the memory for page tables run out
 * @test: the test
 * @gdev: none of whose page tables were freed yet
 * @tables: how many more there may be at a time
 *
 * Free blocks stay in a pool, and no page for new ones is below 4 KiB.
 */
void gs_test_pool_limit(struct kunit *test, struct gs_device *gdev, unsigned int tables)
{
	struct gs_test_block *blocks = gs_test_blocks(test);

	KUNIT_ASSERT_LE(test, tables, GS_TEST_MAX_TABLES);
	KUNIT_ASSERT_EQ(test, gs_test_pool_take(gdev, blocks, tables), tables);
	gs_test_pool_give(gdev, blocks, tables);
	gdev->drm.dev->coherent_dma_mask = DMA_BIT_MASK(GS_PAGE_SHIFT);
}

/**
 * gs_test_pool_left() - how many page tables there may be still?
 * @test: the test
 * @gdev: after gs_test_pool_limit()
 *
 * Return: their number; less than the limit by those in use or leaked.
 */
unsigned int gs_test_pool_left(struct kunit *test, struct gs_device *gdev)
{
	struct gs_test_block *blocks = gs_test_blocks(test);
	unsigned int count = gs_test_pool_take(gdev, blocks, GS_TEST_MAX_TABLES);

	gs_test_pool_give(gdev, blocks, count);
	return count;
}

/* ---- page tables --------------------------------------------------------- */

static unsigned int gs_test_shift(unsigned int level)
{
	return 12 + 9 * level;
}

/* A descriptor of a table says that and nothing else. */
static const struct gs_pt *gs_test_next(struct kunit *test, const struct gs_pt *pt,
					unsigned int index)
{
	const struct gs_pt *child = pt->child[index];
	u64 entry = le64_to_cpu(pt->entries[index]);

	KUNIT_ASSERT_NOT_NULL(test, child);
	KUNIT_EXPECT_EQ(test, entry, (u64)child->dma | GS_PTE_VALID);
	KUNIT_EXPECT_EQ(test, (u64)child->dma & ~GS_PTE_ADDR, 0);
	return child;
}

/**
 * gs_test_walk() - translate an address, as docs/device.md has it
 * @test: the test, which fails when a descriptor is not as it has to be
 * @root: table of %GS_PT_ROOT_LEVEL
 * @va: address
 *
 * Return: what was found.
 */
struct gs_test_leaf gs_test_walk(struct kunit *test, const struct gs_pt *root, u64 va)
{
	struct gs_test_leaf leaf = { .level = GS_PT_ROOT_LEVEL };
	const struct gs_pt *pt = root;
	u64 offset;

	for (;; leaf.level--) {
		unsigned int index = va >> gs_test_shift(leaf.level) & 511;

		leaf.entry = le64_to_cpu(pt->entries[index]);
		if (!leaf.entry)
			return leaf;
		KUNIT_EXPECT_TRUE(test, leaf.entry & GS_PTE_VALID);
		KUNIT_EXPECT_EQ(test, leaf.entry & GS_PTE_RESERVED, 0);
		if (!leaf.level || leaf.entry & GS_PTE_LARGE)
			break;
		pt = gs_test_next(test, pt, index);
	}
	KUNIT_EXPECT_LE(test, leaf.level, 1);
	KUNIT_EXPECT_EQ(test, !!(leaf.entry & GS_PTE_LARGE), leaf.level == 1);
	offset = va & (BIT_ULL(gs_test_shift(leaf.level)) - 1);
	KUNIT_EXPECT_EQ(test, leaf.entry & GS_PTE_ADDR & (BIT_ULL(gs_test_shift(leaf.level)) - 1),
			0);
	leaf.dma = (leaf.entry & GS_PTE_ADDR) + offset;
	return leaf;
}

/**
 * gs_test_count_leaves() - how many leaves are there?
 * @pt: table
 * @at: its level
 * @level: of the leaves, 0 or 1
 *
 * Return: their number, below @pt.
 */
unsigned int gs_test_count_leaves(const struct gs_pt *pt, unsigned int at, unsigned int level)
{
	unsigned int i, count = 0;

	for (i = 0; i < GS_PT_ENTRIES; i++) {
		u64 entry = le64_to_cpu(pt->entries[i]);

		if (!entry)
			continue;
		if (!at || entry & GS_PTE_LARGE)
			count += at == level;
		else
			count += gs_test_count_leaves(pt->child[i], at - 1, level);
	}
	return count;
}

MODULE_DESCRIPTION("KUnit tests of genesys.ko");
MODULE_LICENSE("GPL");
GS_IMPORT_NS_KUNIT;
