// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Buffers in leaves of 2 MiB and in small ones: jobs see no difference. BOs get
 * huge pages whatever shmem_enabled says, which the tests restore. Pages of a
 * BO may happen to lie side by side; a udmabuf lists each for itself.
 */
#include "npu_harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "npu.h"
#include "peer.h"
#include "view.h"

#define ENABLED "/sys/kernel/mm/transparent_hugepage/shmem_enabled"
#define PAGE 4096u
#define LARGE (1u << 21)
#define SIZE (4u * LARGE)

FIXTURE(large_pages)
{
	char before[16];
	struct npu npu;
	struct npu_kit kit;
};

/* The word in brackets. */
static int get_enabled(char *word)
{
	char text[128];
	char *from;
	int ret = npu_read_file(ENABLED, text, sizeof(text));

	if (ret < 0)
		return ret;
	from = strchr(text, '[');
	return from && sscanf(from, "[%15[a-z_]", word) == 1 ? 0 : -EINVAL;
}

FIXTURE_SETUP(large_pages)
{
	int ret = get_enabled(self->before);

	self->npu.fd = -1;
	if (ret == -ENOENT)
		SKIP(return, "the kernel has no transparent huge pages");
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, npu_open(&self->npu));
	ASSERT_EQ(0, npu_kit_create(&self->npu, &self->kit));
}

FIXTURE_TEARDOWN(large_pages)
{
	struct npu_device dev = self->npu.dev;

	if (self->npu.fd < 0)
		return;
	EXPECT_EQ(0, npu_write_file(ENABLED, self->before));
	npu_kit_unmap(&self->kit);
	npu_close(&self->npu);
	EXPECT_EQ(0, npu_check(&dev, 2));
}

struct leaves {
	unsigned long small, large;
};

/* Of all files; the tests run while nobody else makes BOs. */
static int count_leaves(const struct npu *npu, struct leaves *leaves)
{
	char text[8192];
	char *total;
	int ret = npu_debugfs(&npu->dev, "mmu", text, sizeof(text));

	if (ret < 0)
		return ret;
	total = strstr(text, "total:");
	return total && sscanf(total, "total: tables %*u small %lu large %lu",
			       &leaves->small, &leaves->large) == 2 ?
		       0 :
		       -EINVAL;
}

static int make_small(const struct npu *npu, struct npu_bo *bo)
{
	struct peer peer;
	uint32_t handle;
	int ret = peer_udmabuf(&peer, SIZE, 1);

	if (ret)
		return ret;
	ret = npu_import(npu, peer.dmabuf, &handle);
	if (!ret)
		ret = npu_bo_wrap(npu, bo, handle);
	if (!ret) {
		bo->map = peer.map;
		peer.map = NULL;
	}
	peer_close(&peer);
	return ret;
}

/* Makes a BO, and says of which leaves it is. */
static int make(const struct npu *npu, bool large, struct npu_bo *bo,
		struct leaves *leaves)
{
	struct leaves before;
	int ret = count_leaves(npu, &before);

	if (!ret)
		ret = large ? npu_bo_create(npu, bo, SIZE, 0) :
			      make_small(npu, bo);
	if (!ret)
		ret = count_leaves(npu, leaves);
	leaves->small -= before.small;
	leaves->large -= before.large;
	return ret;
}

/* An IOMMU gives all pages of a BO addresses side by side. */
#define NEED_SMALL(ret, leaves)                                      \
	do {                                                         \
		if ((ret) == -ENOENT)                                \
			SKIP(return, "no /dev/udmabuf");             \
		ASSERT_EQ(0, ret);                                   \
		if ((leaves).large)                                  \
			SKIP(return, "the IOMMU joins small pages"); \
		EXPECT_EQ(SIZE / PAGE, (leaves).small);              \
	} while (0)

/* Rows at the edges of leaves and in them; what they hold is the same. */
static int fill_and_add(const struct npu_kit *kit, struct npu_bo *bo,
			uint32_t ctx)
{
	static const uint32_t at[] = { 0,
				       PAGE,
				       LARGE - 2 * PAGE,
				       LARGE - PAGE,
				       LARGE,
				       3 * LARGE - PAGE,
				       3 * LARGE + PAGE,
				       SIZE - 2 * PAGE };
	int out = npu_syncobj_create(kit->npu);
	int ret = 1;

	for (uint32_t i = 0; i < SIZE / 4; i++)
		((uint32_t *)bo->map)[i] = i * 2654435761u;
	for (unsigned i = 0; i < sizeof(at) / sizeof(at[0]) && ret == 1; i++) {
		struct npu_job job = view_job(kit, ctx, bo, bo->addr + at[i]);

		npu_job_signal(&job, (uint32_t)out, 0);
		ret = npu_job_submit(kit->npu, &job);
		if (!ret)
			ret = npu_syncobj_wait(kit->npu, (uint32_t)out, 20000);
	}
	npu_syncobj_destroy(kit->npu, (uint32_t)out);
	return ret;
}

TEST_F_TIMEOUT(large_pages, same_results, 120)
{
	static const char *const modes[] = { "never", "always" };
	int ctx = npu_ctx_create(&self->npu, 0, 0);
	struct npu_bo small, large;
	struct leaves leaves;
	int ret;

	ASSERT_LT(0, ctx);
	ret = make(&self->npu, false, &small, &leaves);
	NEED_SMALL(ret, leaves);
	EXPECT_EQ(1, fill_and_add(&self->kit, &small, (uint32_t)ctx));
	for (unsigned i = 0; i < 2; i++) {
		ASSERT_EQ(0, npu_write_file(ENABLED, modes[i]));
		ASSERT_EQ(0, make(&self->npu, true, &large, &leaves));
		EXPECT_LT(0, leaves.large);
		EXPECT_EQ(SIZE / PAGE,
			  leaves.small + leaves.large * (LARGE / PAGE));
		EXPECT_EQ(1, fill_and_add(&self->kit, &large, (uint32_t)ctx));
		EXPECT_EQ(0, memcmp(small.map, large.map, SIZE));
	}
	/* Something did happen: the last row is one more than that before. */
	EXPECT_EQ(((int32_t *)large.map)[(SIZE - 2 * PAGE) / 4] + 1,
		  ((int32_t *)large.map)[(SIZE - PAGE) / 4]);
}

TEST_F(large_pages, faults)
{
	struct npu_bo bo, kept;
	struct leaves before, leaves;
	uint64_t addr;

	ASSERT_EQ(0, count_leaves(&self->npu, &before));
	ASSERT_EQ(0, make(&self->npu, true, &bo, &leaves));
	ASSERT_LT(0, leaves.large);
	addr = bo.addr;
	EXPECT_EQ(addr + SIZE, view_fault(&self->kit, &bo, addr + SIZE - PAGE));
	EXPECT_EQ(0, view_add(&self->kit, &bo, 3 * LARGE));
	npu_bo_destroy(&self->npu, &bo);
	EXPECT_EQ(0, view_wait_free(&self->npu, addr, SIZE));
	ASSERT_EQ(0, count_leaves(&self->npu, &leaves));
	EXPECT_EQ(before.large, leaves.large);
	EXPECT_EQ(before.small, leaves.small);
	/* The translation is forgotten, not only the table cleared. */
	ASSERT_EQ(0, npu_bo_create(&self->npu, &kept, 2 * PAGE,
				   DRM_GENESYS_BO_HIGH));
	EXPECT_EQ(addr + 3 * LARGE,
		  view_fault(&self->kit, &kept, addr + 3 * LARGE));
}

/* Small leaves where large ones were, and the other way round. */
TEST_F(large_pages, one_after_the_other)
{
	struct npu_bo bo;
	struct leaves leaves;
	uint64_t addr = 0;

	for (int i = 0; i < 4; i++) {
		int ret = make(&self->npu, i % 2 == 0, &bo, &leaves);

		if (i & 1)
			NEED_SMALL(ret, leaves);
		ASSERT_EQ(0, ret);
		EXPECT_EQ(i & 1, leaves.large == 0);
		EXPECT_TRUE(!i || addr == bo.addr);
		addr = bo.addr;
		EXPECT_EQ(0, view_add(&self->kit, &bo, 0));
		EXPECT_EQ(0, view_add(&self->kit, &bo, LARGE - PAGE));
		EXPECT_EQ(0, view_add(&self->kit, &bo, SIZE - 2 * PAGE));
		npu_bo_destroy(&self->npu, &bo);
		EXPECT_EQ(0, view_wait_free(&self->npu, addr, SIZE));
	}
}

TEST_F(large_pages, read_only)
{
	struct leaves before, leaves;
	struct npu_bo bo;

	ASSERT_EQ(0, count_leaves(&self->npu, &before));
	ASSERT_EQ(0, npu_bo_create(&self->npu, &bo, LARGE,
				   DRM_GENESYS_BO_READ_ONLY));
	ASSERT_EQ(0, count_leaves(&self->npu, &leaves));
	EXPECT_EQ(before.large + 1, leaves.large);
	EXPECT_EQ(bo.addr + LARGE / 2,
		  view_fault(&self->kit, &bo, bo.addr + LARGE / 2 - PAGE));
}

TEST_HARNESS_MAIN
