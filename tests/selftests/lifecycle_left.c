// SPDX-License-Identifier: GPL-2.0-or-later
/* What outlives a device. */
#include "lifecycle_left.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm.h>

#define LONG_MS 60000
#define MARK 41

#define CHECK(condition)                 \
	do {                             \
		if (!(condition))        \
			return __LINE__; \
	} while (0)

static int syncobj_to_fd(const struct npu *npu, uint32_t handle)
{
	struct drm_syncobj_handle args = { .handle = handle, .fd = -1 };
	int ret = npu_ioctl(npu->fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &args);

	return ret ? ret : args.fd;
}

static int syncobj_from_fd(const struct npu *npu, int fd)
{
	struct drm_syncobj_handle args = { .fd = fd };
	int ret = npu_ioctl(npu->fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &args);

	return ret ? ret : (int)args.handle;
}

int left_make(struct leftovers *left, const struct npu_device *dev)
{
	int ctx, syncobj;

	memset(left, 0, sizeof(*left));
	left->later.fd = -1;
	CHECK(!npu_open_device(&left->npu, dev));
	CHECK(!npu_kit_create(&left->npu, &left->kit));
	ctx = npu_ctx_create(&left->npu, 0, LONG_MS);
	CHECK(ctx > 0);
	left->sync_file = npu_start(&left->kit, (uint32_t)ctx, NPU_ENDLESS, 0);
	CHECK(left->sync_file >= 0);
	syncobj = npu_syncobj_create(&left->npu);
	CHECK(syncobj > 0);
	CHECK(!npu_submit(&left->kit, (uint32_t)ctx, NPU_ADD,
			  (uint32_t)syncobj));
	left->syncobj = syncobj_to_fd(&left->npu, (uint32_t)syncobj);
	CHECK(left->syncobj >= 0);
	left->dmabuf = npu_export(&left->npu, left->kit.data.handle);
	CHECK(left->dmabuf >= 0);
	left->dmabuf_map = mmap(NULL, NPU_DATA_BYTES, PROT_READ | PROT_WRITE,
				MAP_SHARED, left->dmabuf, 0);
	CHECK(left->dmabuf_map != MAP_FAILED);
	npu_in(&left->kit)[0] = MARK;
	return 0;
}

int left_check(struct leftovers *left)
{
	int32_t *shared = left->dmabuf_map;
	struct npu_bo bo;

	CHECK(npu_end(dup(left->sync_file)) == -ENODEV);
	CHECK(npu_bo_create(&left->npu, &bo, 0x1000, 0) == -ENODEV);
	CHECK(npu_export(&left->npu, left->kit.data.handle) == -ENODEV);
	CHECK(npu_syncobj_create(&left->npu) == -ENODEV);
	CHECK(npu_in(&left->kit)[0] == MARK && *shared == MARK);
	*shared = MARK + 1;
	CHECK(npu_in(&left->kit)[0] == MARK + 1);
	return 0;
}

/* A kit whose data are those of the device that went. */
static int run_on_old_data(struct leftovers *left)
{
	struct npu_kit kit;
	uint32_t handle;
	int ctx;

	CHECK(!npu_kit_create(&left->later, &kit));
	npu_bo_destroy(&left->later, &kit.data);
	CHECK(!npu_import(&left->later, left->dmabuf, &handle));
	CHECK(!npu_bo_wrap(&left->later, &kit.data, handle));
	ctx = npu_ctx_create(&left->later, 0, LONG_MS);
	CHECK(ctx > 0);
	CHECK(npu_run(&kit, (uint32_t)ctx, NPU_ADD, LONG_MS) == 1);
	npu_kit_unmap(&kit);
	return 0;
}

int left_use(struct leftovers *left, const struct npu_device *dev)
{
	const int32_t *shared = left->dmabuf_map;
	int syncobj, ret;

	CHECK(!npu_open_device(&left->later, dev));
	syncobj = syncobj_from_fd(&left->later, left->syncobj);
	CHECK(syncobj > 0);
	CHECK(npu_syncobj_wait(&left->later, (uint32_t)syncobj, LONG_MS) ==
	      -ENODEV);
	ret = run_on_old_data(left);
	if (ret)
		return ret;
	CHECK(shared[NPU_OUT / sizeof(*shared)] == MARK + 2);
	return 0;
}

/* ---- closing -------------------------------------------------------------- */

enum part {
	FILE_ITSELF,
	MAPS,
	DMABUF,
	DMABUF_MAP,
	SYNC_FILE,
	SYNCOBJ,
	LATER,
	NUM_PARTS
};

static void close_part(struct leftovers *left, enum part part)
{
	switch (part) {
	case FILE_ITSELF:
		npu_close(&left->npu);
		break;
	case MAPS:
		npu_kit_unmap(&left->kit);
		break;
	case DMABUF:
		close(left->dmabuf);
		break;
	case DMABUF_MAP:
		munmap(left->dmabuf_map, NPU_DATA_BYTES);
		break;
	case SYNC_FILE:
		close(left->sync_file);
		break;
	case SYNCOBJ:
		close(left->syncobj);
		break;
	default:
		npu_close(&left->later);
		break;
	}
}

void left_close(struct leftovers *left, uint32_t seed)
{
	uint32_t order[NUM_PARTS];

	for (uint32_t i = 0; i < NUM_PARTS; i++) {
		uint32_t j = npu_random(&seed, i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	for (uint32_t i = 0; i < NUM_PARTS; i++)
		close_part(left, (enum part)order[i]);
}
