/* SPDX-License-Identifier: MIT */
#include "tests/bench/qemu/npu.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "tests/bench/qemu/bench.h"
#include "tests/unit/core_program.h"

/* Of drm.h, which is not where everybody has the driver's header. */
struct syncobj_create {
	uint32_t handle;
	uint32_t flags;
};

struct syncobj_wait {
	uint64_t handles;
	int64_t timeout_nsec;
	uint32_t count_handles;
	uint32_t flags;
	uint32_t first_signaled;
	uint32_t pad;
	uint64_t deadline_nsec;
};

#define SYNCOBJ_CREATE _IOWR('d', 0xbf, struct syncobj_create)
#define SYNCOBJ_WAIT _IOWR('d', 0xc3, struct syncobj_wait)

static void must_ioctl(const struct npu *npu, unsigned long request, void *arg,
		       const char *what)
{
	if (ioctl(npu->fd, request, arg))
		die(what);
}

static struct drm_genesys_bo_create create_bo(const struct npu *npu,
					      uint32_t flags, void **map)
{
	struct drm_genesys_bo_create bo = { .size = GS_PAGE_BYTES,
					    .flags = flags };

	must_ioctl(npu, DRM_IOCTL_GENESYS_BO_CREATE, &bo, "BO_CREATE");
	*map = mmap(NULL, bo.size, PROT_READ | PROT_WRITE, MAP_SHARED, npu->fd,
		    (off_t)bo.mmap_offset);
	if (*map == MAP_FAILED)
		die("mmap of a buffer");
	return bo;
}

static void write_program(struct npu *npu, void *code)
{
	static struct program p;

	p.num = 0;
	EMIT(&p, BLOCK_END, 1);
	npu->code_bytes = 4 * p.num;
	memcpy(code, p.words, npu->code_bytes);
}

void npu_open(struct npu *npu)
{
	struct drm_genesys_ctx_create ctx = { 0 };
	struct drm_genesys_bo_create bo;
	void *map;

	*npu = (struct npu){ .fd = open("/dev/accel/accel0", O_RDWR) };
	if (npu->fd < 0)
		die("/dev/accel/accel0");
	bo = create_bo(npu, DRM_GENESYS_BO_READ_ONLY, &map);
	write_program(npu, map);
	npu->code_bo = bo.handle;
	npu->code_addr = bo.dev_addr;
	bo = create_bo(npu, 0, &map);
	npu->result_bo = bo.handle;
	npu->results = map;
	must_ioctl(npu, DRM_IOCTL_GENESYS_CTX_CREATE, &ctx, "CTX_CREATE");
	npu->ctx = ctx.ctx_id;
}

uint32_t npu_syncobj(const struct npu *npu)
{
	struct syncobj_create create = { 0 };

	must_ioctl(npu, SYNCOBJ_CREATE, &create, "SYNCOBJ_CREATE");
	return create.handle;
}

uint64_t npu_submit(const struct npu *npu, uint32_t syncobj, uint32_t record)
{
	const struct drm_genesys_bo_ref bos[] = {
		{ npu->code_bo, DRM_GENESYS_BO_REF_READ },
		{ npu->result_bo, DRM_GENESYS_BO_REF_WRITE },
	};
	const struct drm_genesys_sync sync = {
		.handle = syncobj,
		.flags = DRM_GENESYS_SYNC_SIGNAL,
	};
	struct drm_genesys_submit submit = {
		.ctx_id = npu->ctx,
		.program_bo = npu->code_bo,
		.program_size = npu->code_bytes,
		.result_bo = npu->result_bo,
		.result_offset = record * sizeof(struct gs_result),
		.bos = { (uintptr_t)bos, 2, sizeof(bos[0]) },
		.syncs = { (uintptr_t)&sync, 1, sizeof(sync) },
	};

	npu->results[record].status = UINT32_MAX;
	must_ioctl(npu, DRM_IOCTL_GENESYS_SUBMIT, &submit, "SUBMIT");
	return submit.seqno;
}

void npu_wait(const struct npu *npu, uint32_t syncobj)
{
	struct syncobj_wait wait = {
		.handles = (uintptr_t)&syncobj,
		.timeout_nsec = INT64_MAX,
		.count_handles = 1,
	};

	must_ioctl(npu, SYNCOBJ_WAIT, &wait, "SYNCOBJ_WAIT");
}

void npu_check(const struct npu *npu, uint32_t record)
{
	const struct gs_result *result = &npu->results[record];

	if (*(const volatile uint32_t *)&result->status == GS_JOB_OK)
		return;
	fprintf(stderr,
		"a job that does nothing ended with status %u, code %u\n",
		result->status, result->fault_code);
	exit(1);
}

int64_t npu_clock(const struct npu *npu)
{
	struct drm_genesys_timestamp stamp;
	struct drm_genesys_dev_query query = {
		.type = DRM_GENESYS_QUERY_TIMESTAMP,
		.size = sizeof(stamp),
		.pointer = (uintptr_t)&stamp,
	};

	must_ioctl(npu, DRM_IOCTL_GENESYS_DEV_QUERY, &query, "DEV_QUERY");
	return (int64_t)(stamp.cpu_ns - stamp.device_ticks);
}
