// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of cases.h: calls, and the proof that they had no effect. */
#include "cases.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm.h>

#define PROBED 24u /* handles and contexts that are looked at */

/* ---- the bed ------------------------------------------------------------- */

/*
 * More of everything in the other file than in ours, so that its last number
 * is one we do not have.
 */
static int make_foreign(struct bed *bed)
{
	struct npu_bo bo;
	int ret = 0;

	for (int i = 0; i < 12 && ret >= 0; i++) {
		ret = npu_bo_create(&bed->other, &bo, 1, 0);
		if (ret)
			return ret;
		npu_bo_unmap(&bo);
		bed->foreign_bo = bo.handle;
		ret = npu_ctx_create(&bed->other, DRM_GENESYS_PRIORITY_LOW, 0);
		bed->foreign_ctx = (uint32_t)ret;
		if (ret >= 0)
			ret = npu_syncobj_create(&bed->other);
		bed->foreign_syncobj = (uint32_t)ret;
	}
	return ret < 0 ? ret : 0;
}

static int make_closed(struct bed *bed)
{
	struct npu_bo bo;
	int ret = npu_bo_create(&bed->npu, &bo, 1, 0);

	if (ret)
		return ret;
	bed->closed_bo = bo.handle;
	npu_bo_destroy(&bed->npu, &bo);
	ret = npu_ctx_create(&bed->npu, DRM_GENESYS_PRIORITY_NORMAL, 0);
	if (ret < 0)
		return ret;
	bed->closed_ctx = (uint32_t)ret;
	return npu_ctx_destroy(&bed->npu, bed->closed_ctx);
}

int npu_syncobj_signal(const struct npu *npu, uint32_t handle, uint64_t point)
{
	struct drm_syncobj_timeline_array args = {
		.handles = (uintptr_t)&handle,
		.points = (uintptr_t)&point,
		.count_handles = 1,
	};

	return npu_ioctl(npu->fd, DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, &args);
}

static int make_syncobjs(struct bed *bed)
{
	struct drm_syncobj_create args = {
		.flags = DRM_SYNCOBJ_CREATE_SIGNALED,
	};
	int ret = npu_ioctl(bed->npu.fd, DRM_IOCTL_SYNCOBJ_CREATE, &args);

	if (ret)
		return ret;
	bed->done = args.handle;
	ret = npu_syncobj_create(&bed->npu);
	bed->out = (uint32_t)ret;
	return ret < 0 ? ret : 0;
}

static int make_page(struct bed *bed)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED || mprotect(map + size, size, PROT_NONE))
		return -errno;
	bed->page = map;
	bed->page_size = size;
	return 0;
}

int bed_make(struct bed *bed)
{
	int ret;

	memset(bed, 0, sizeof(*bed));
	bed->other.fd = -1;
	ret = npu_open(&bed->npu);
	if (!ret)
		ret = npu_open_device(&bed->other, &bed->npu.dev);
	if (!ret)
		ret = npu_kit_create(&bed->npu, &bed->kit);
	if (!ret) {
		ret = npu_ctx_create(&bed->npu, DRM_GENESYS_PRIORITY_NORMAL, 0);
		bed->ctx = (uint32_t)ret;
	}
	if (ret >= 0)
		ret = make_syncobjs(bed);
	if (!ret)
		ret = make_foreign(bed);
	if (!ret)
		ret = make_closed(bed);
	return ret ? ret : make_page(bed);
}

void bed_unmake(struct bed *bed)
{
	npu_kit_unmap(&bed->kit);
	npu_close(&bed->npu);
	npu_close(&bed->other);
	if (bed->page)
		munmap(bed->page, 2 * bed->page_size);
}

int bed_settle(const struct bed *bed)
{
	uint64_t end = npu_now_ms() + 20000;
	struct drm_genesys_ctx_query query;
	int ret;

	do {
		ret = npu_ctx_query(&bed->npu, bed->ctx, &query);
		if (ret || query.state != DRM_GENESYS_CTX_ACTIVE)
			return ret ? ret : -ECANCELED;
		if (query.completed == query.submitted)
			return 0;
		usleep(1000);
	} while (npu_now_ms() < end);
	return -ETIME;
}

/* ---- what a call that fails must not change ------------------------------ */

struct snapshot {
	uint32_t bos, ctxs; /* which of the first PROBED there are, as bits */
	uint64_t submitted, completed;
	uint32_t guilty, has_out;
	struct gs_result results[4];
};

static void take_snapshot(const struct bed *bed, struct snapshot *shot)
{
	struct drm_genesys_ctx_query query;
	int fd = npu_syncobj_fd(&bed->npu, bed->out);
	struct npu_bo bo;

	memset(shot, 0, sizeof(*shot));
	for (uint32_t i = 1; i <= PROBED; i++) {
		if (!npu_bo_wrap(&bed->npu, &bo, i))
			shot->bos |= 1u << i;
		if (!npu_ctx_query(&bed->npu, i, &query))
			shot->ctxs |= 1u << i;
	}
	npu_ctx_query(&bed->npu, bed->ctx, &query);
	shot->submitted = query.submitted;
	shot->completed = query.completed;
	shot->guilty = query.state;
	shot->has_out = fd >= 0;
	if (fd >= 0)
		close(fd);
	memcpy(shot->results, npu_result(&bed->kit, 0), sizeof(shot->results));
}

/* ---- cases --------------------------------------------------------------- */

static void apply(void *image, const struct a_case *c)
{
	for (size_t i = 0; i < NUM_CASES(c->change); i++)
		memcpy((char *)image + c->change[i].offset, &c->change[i].value,
		       c->change[i].size);
}

static int complain(const char *name, const char *what, int is, int expected)
{
	printf("# %s: %s: %d (%s), expected %d\n", name, what, is,
	       is < 0 ? strerror(-is) : "-", expected);
	return 1;
}

static int check_case(const struct bed *bed, unsigned long request, void *image,
		      size_t size, const struct a_case *c)
{
	struct snapshot before, after;
	char *copy = malloc(size);
	int ret, bad = 0;

	if (!copy)
		return complain(c->name, "malloc", -ENOMEM, 0);
	apply(image, c);
	memcpy(copy, image, size);
	take_snapshot(bed, &before);
	ret = npu_ioctl(bed->npu.fd, request, image);
	if (ret != -c->error)
		bad = complain(c->name, "the call", ret, -c->error);
	if (!c->error) {
		ret = bed_settle(bed);
		bad += ret ? complain(c->name, "what it started", ret, 0) : 0;
	} else {
		take_snapshot(bed, &after);
		if (memcmp(&before, &after, sizeof(before)) != 0)
			bad += complain(c->name, "had an effect", 1, 0);
		if (memcmp(copy, image, size) != 0)
			bad += complain(c->name, "changed arguments", 1, 0);
	}
	free(copy);
	return bad;
}

int check_cases(const struct bed *bed, unsigned long request, void *image,
		size_t size, const struct a_case *cases, size_t count)
{
	char *base = malloc(size);
	int ret, bad = 0;

	if (!base)
		return complain("image", "malloc", -ENOMEM, 0);
	memcpy(base, image, size);
	for (size_t i = 0; i < count; i++) {
		bad += check_case(bed, request, image, size, &cases[i]) != 0;
		memcpy(image, base, size);
	}
	ret = npu_ioctl(bed->npu.fd, request, image);
	if (ret)
		bad += complain("the base", "the call", ret, 0);
	ret = bed_settle(bed);
	if (ret)
		bad += complain("the base", "what it started", ret, 0);
	printf("# %zu calls, %d failed\n", count + 1, bad);
	free(base);
	return bad;
}
