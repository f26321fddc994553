// SPDX-License-Identifier: GPL-2.0-or-later
/* Files with memory of their own, and what happens when they leave it. */
#include "side.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SECRET_BYTES 0x10000u
#define WAIT_MS 30000

static uint64_t hash(uint64_t h, const void *data, uint64_t size)
{
	const uint8_t *p = data;

	for (uint64_t i = 0; i < size; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}

/* ---- a file with a secret --------------------------------------------------- */

int side_open(struct side *side, const struct npu_device *dev, bool secret)
{
	int ret = npu_open_device(&side->npu, dev);

	memset(&side->secret, 0, sizeof(side->secret));
	if (ret)
		return ret;
	ret = npu_kit_create(&side->npu, &side->kit);
	if (!ret && secret)
		ret = npu_bo_create(&side->npu, &side->secret, SECRET_BYTES, 0);
	if (!ret) {
		side->ctx = npu_ctx_create(
			&side->npu, DRM_GENESYS_PRIORITY_NORMAL, WAIT_MS);
		ret = side->ctx < 0 ? side->ctx : 0;
	}
	if (ret)
		npu_close(&side->npu);
	return ret;
}

void side_close(struct side *side)
{
	npu_close(&side->npu);
	npu_kit_unmap(&side->kit);
	npu_bo_unmap(&side->secret);
}

/* A mapping made through the file would hold on to the file. */
static int map_anew(const struct npu *npu, struct npu_bo *bo)
{
	int fd = npu_export(npu, bo->handle);
	void *map;

	if (fd < 0)
		return fd;
	map = mmap(NULL, bo->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return -errno;
	npu_bo_unmap(bo);
	bo->map = map;
	return 0;
}

int side_leave(struct side *side)
{
	struct npu_bo *bos[] = { &side->kit.code, &side->kit.data,
				 &side->kit.results, &side->secret };

	for (unsigned i = 0; i < 4; i++) {
		int ret = map_anew(&side->npu, bos[i]);

		if (ret)
			return ret;
	}
	npu_close(&side->npu);
	return 0;
}

void side_fill(struct side *side, uint8_t seed)
{
	memset(side->secret.map, seed, side->secret.size);
	memset(side->kit.data.map, seed, side->kit.data.size);
	for (uint32_t i = 0; i < side->kit.lanes; i++)
		npu_in(&side->kit)[i] = (int32_t)(seed * 1000u + i);
}

uint64_t side_hash(const struct side *side)
{
	uint64_t h = 0xcbf29ce484222325u;

	h = hash(h, side->kit.code.map, side->kit.code.size);
	h = hash(h, side->kit.data.map, side->kit.data.size);
	h = hash(h, side->kit.results.map, side->kit.results.size);
	return hash(h, side->secret.map, side->secret.size);
}

int side_add(struct side *side)
{
	int ret = npu_run(&side->kit, (uint32_t)side->ctx, NPU_ADD, WAIT_MS);

	if (ret != 1)
		return ret ? ret : -ETIMEDOUT;
	for (uint32_t i = 0; i < side->kit.lanes; i++)
		if (npu_out(&side->kit)[i] != npu_in(&side->kit)[i] + 1)
			return -EILSEQ;
	return 0;
}

int side_leak(struct side *side)
{
	int found = 0, ret;

	memset(npu_out(&side->kit), 0x5a, side->kit.lanes * 4);
	ret = npu_run(&side->kit, (uint32_t)side->ctx, NPU_LEAK, WAIT_MS);
	if (ret != 1)
		return ret ? ret : -ETIMEDOUT;
	for (uint32_t i = 0; i < side->kit.lanes; i++)
		found += npu_out(&side->kit)[i] != 0;
	return found;
}

/* ---- accesses that must be refused ------------------------------------------- */

/* The load is the first thing ADD does, the store all that LEAK does. */
struct fault side_touch(struct side *side, uint64_t addr, bool write)
{
	struct npu_job job =
		npu_job(&side->kit, 0, write ? NPU_LEAK : NPU_ADD, 1);
	struct fault fault = { .status = -EBADE };
	int syncobj = npu_syncobj_create(&side->npu);
	int ctx = npu_ctx_create(&side->npu, DRM_GENESYS_PRIORITY_NORMAL,
				 WAIT_MS);

	if (ctx < 0 || syncobj < 0)
		return fault;
	memset(npu_result(&side->kit, 1), 0xff, sizeof(fault.result));
	job.args.ctx_id = (uint32_t)ctx;
	for (int i = 1; i < DRM_GENESYS_NUM_WINDOWS; i++)
		job.args.window_base[i] = addr - (write ? NPU_OUT : NPU_IN);
	npu_job_signal(&job, (uint32_t)syncobj, 0);
	fault.status = npu_job_submit(&side->npu, &job);
	if (!fault.status)
		fault.status = npu_syncobj_wait(&side->npu, (uint32_t)syncobj,
						WAIT_MS);
	fault.result = *npu_result(&side->kit, 1);
	npu_ctx_query(&side->npu, (uint32_t)ctx, &fault.query);
	npu_ctx_destroy(&side->npu, (uint32_t)ctx);
	npu_syncobj_destroy(&side->npu, (uint32_t)syncobj);
	return fault;
}

/* ---- the device's record ------------------------------------------------------ */

int fault_record_read(const struct npu_device *dev, struct fault_record *rec)
{
	char text[1024], *line;
	int ret = npu_debugfs(dev, "device", text, sizeof(text));

	if (ret < 0)
		return ret;
	line = strstr(text, "fault 0x");
	if (!line || sscanf(line, "fault 0x%x, asid %u, address 0x%llx",
			    &rec->status, &rec->asid, &rec->addr) != 3)
		return -EPROTO;
	return 0;
}

int fault_record_clear(const struct npu_device *dev)
{
	struct fault_record rec;
	int ret = fault_record_read(dev, &rec);

	if (ret || !(rec.status & GS_FAULT_VALID))
		return ret;
	ret = npu_reset(dev);
	if (!ret)
		ret = fault_record_read(dev, &rec);
	return ret ? ret : rec.status & GS_FAULT_VALID ? -EBUSY : 0;
}
