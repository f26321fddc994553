// SPDX-License-Identifier: GPL-2.0-or-later
/* A kit of small programs, and jobs that run them. */
#include "npu.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/job_programs.h"

/* Returns the words of the first block. */
static uint32_t emit_program(struct program *p, enum npu_program which,
			     uint32_t at)
{
	switch (which) {
	case NPU_NOP:
		EMIT(p, BLOCK_END, 1);
		return p->num;
	case NPU_ADD:
		job_add(p, NPU_IN, NPU_OUT);
		return p->num;
	case NPU_LEAK:
		job_transfer(p, false, NPU_OUT);
		return p->num;
	case NPU_CHAIN:
		job_chain(p, at, NPU_CHAIN_BLOCKS);
		return 4;
	case NPU_ENDLESS:
		job_endless(p, at);
		return 4;
	case NPU_ILLEGAL:
		job_illegal(p, at, NPU_ILLEGAL_WORD);
		return 4;
	case NPU_LOAD_UNMAPPED:
		job_transfer(p, true, NPU_UNMAPPED);
		return p->num;
	default:
		job_transfer(p, false, NPU_STORE_OFFSET);
		return p->num;
	}
}

/* ---- the kit ------------------------------------------------------------------ */

int npu_kit_append(struct npu_kit *kit, const struct program *program)
{
	uint32_t bytes = program->num * 4, at = kit->code_used;

	if (bytes > kit->code.size - at)
		return -ENOSPC;
	memcpy((char *)kit->code.map + at, program->words, bytes);
	kit->code_used += bytes;
	return (int)at;
}

static int fill_code(struct npu_kit *kit)
{
	static struct program program;
	int at = 0;

	for (unsigned i = 0; i < NPU_NUM_PROGRAMS && at >= 0; i++) {
		program.num = 0;
		kit->entry[i] = kit->code_used;
		kit->words[i] = emit_program(&program, (enum npu_program)i,
					     kit->code_used);
		at = npu_kit_append(kit, &program);
	}
	return at < 0 ? at : 0;
}

int npu_kit_create(const struct npu *npu, struct npu_kit *kit)
{
	int ret;

	memset(kit, 0, sizeof(*kit));
	kit->npu = npu;
	kit->lanes = npu->info.params[DRM_GENESYS_PARAM_ARRAY_M];
	ret = npu_bo_create(npu, &kit->code, NPU_CODE_BYTES,
			    DRM_GENESYS_BO_HIGH | DRM_GENESYS_BO_READ_ONLY);
	if (!ret)
		ret = npu_bo_create(npu, &kit->data, NPU_DATA_BYTES, 0);
	if (!ret)
		ret = npu_bo_create(npu, &kit->results,
				    NPU_NUM_RESULTS * sizeof(struct gs_result),
				    DRM_GENESYS_BO_HIGH);
	if (!ret)
		ret = fill_code(kit);
	if (ret)
		npu_kit_destroy(kit);
	return ret;
}

void npu_kit_destroy(struct npu_kit *kit)
{
	npu_bo_destroy(kit->npu, &kit->code);
	npu_bo_destroy(kit->npu, &kit->data);
	npu_bo_destroy(kit->npu, &kit->results);
}

void npu_kit_unmap(struct npu_kit *kit)
{
	npu_bo_unmap(&kit->code);
	npu_bo_unmap(&kit->data);
	npu_bo_unmap(&kit->results);
}

int32_t *npu_in(const struct npu_kit *kit)
{
	return (int32_t *)((char *)kit->data.map + NPU_IN);
}

int32_t *npu_out(const struct npu_kit *kit)
{
	return (int32_t *)((char *)kit->data.map + NPU_OUT);
}

struct gs_result *npu_result(const struct npu_kit *kit, uint32_t index)
{
	return (struct gs_result *)kit->results.map + index;
}

/* ---- jobs --------------------------------------------------------------------- */

void npu_job_add_bo(struct npu_job *job, uint32_t handle, uint32_t flags)
{
	job->refs[job->args.bos.count++] =
		(struct drm_genesys_bo_ref){ .handle = handle, .flags = flags };
}

static void add_sync(struct npu_job *job, struct drm_genesys_sync sync)
{
	job->syncs[job->args.syncs.count++] = sync;
}

void npu_job_wait(struct npu_job *job, uint32_t syncobj, uint64_t point)
{
	add_sync(job, (struct drm_genesys_sync){ syncobj, DRM_GENESYS_SYNC_WAIT,
						 point });
}

void npu_job_signal(struct npu_job *job, uint32_t syncobj, uint64_t point)
{
	add_sync(job, (struct drm_genesys_sync){
			      syncobj, DRM_GENESYS_SYNC_SIGNAL, point });
}

struct npu_job npu_job(const struct npu_kit *kit, uint32_t ctx,
		       enum npu_program program, uint32_t result)
{
	struct npu_job job;

	memset(&job, 0, sizeof(job));
	job.args.ctx_id = ctx;
	job.args.program_bo = kit->code.handle;
	job.args.program_offset = kit->entry[program];
	job.args.program_size = kit->words[program] * 4;
	job.args.result_bo = kit->results.handle;
	job.args.result_offset = result * sizeof(struct gs_result);
	job.args.window_base[0] = kit->code.addr;
	for (int i = 1; i < DRM_GENESYS_NUM_WINDOWS; i++)
		job.args.window_base[i] =
			program == NPU_STORE_CODE ?
				kit->code.addr - NPU_STORE_OFFSET :
				kit->data.addr;
	npu_job_add_bo(&job, kit->code.handle, DRM_GENESYS_BO_REF_READ);
	npu_job_add_bo(&job, kit->data.handle, DRM_GENESYS_BO_REF_WRITE);
	npu_job_add_bo(&job, kit->results.handle, DRM_GENESYS_BO_REF_WRITE);
	return job;
}

int npu_job_submit(const struct npu *npu, struct npu_job *job)
{
	job->args.bos.array = (uintptr_t)job->refs;
	job->args.bos.stride = sizeof(job->refs[0]);
	job->args.syncs.array = (uintptr_t)job->syncs;
	job->args.syncs.stride = sizeof(job->syncs[0]);
	return npu_ioctl(npu->fd, DRM_IOCTL_GENESYS_SUBMIT, &job->args);
}

int npu_submit(const struct npu_kit *kit, uint32_t ctx,
	       enum npu_program program, uint32_t syncobj)
{
	struct npu_job job = npu_job(kit, ctx, program, 0);

	if (syncobj)
		npu_job_signal(&job, syncobj, 0);
	return npu_job_submit(kit->npu, &job);
}

int npu_run(const struct npu_kit *kit, uint32_t ctx, enum npu_program program,
	    int ms)
{
	int syncobj = npu_syncobj_create(kit->npu);
	int ret;

	if (syncobj < 0)
		return syncobj;
	ret = npu_submit(kit, ctx, program, (uint32_t)syncobj);
	if (!ret)
		ret = npu_syncobj_wait(kit->npu, (uint32_t)syncobj, ms);
	npu_syncobj_destroy(kit->npu, (uint32_t)syncobj);
	return ret;
}

/* ---- is the device well? -------------------------------------------------------- */

static int check_add(const struct npu_kit *kit, uint32_t ctx, uint32_t round)
{
	struct gs_result *result = npu_result(kit, 0);
	int ret;

	memset(result, 0xff, sizeof(*result));
	for (uint32_t i = 0; i < kit->lanes; i++) {
		npu_in(kit)[i] = (int32_t)(round * 1000 + i);
		npu_out(kit)[i] = -1;
	}
	ret = npu_run(kit, ctx, NPU_ADD, 30000);
	if (ret != 1)
		return ret ? ret : -ETIMEDOUT;
	for (uint32_t i = 0; i < kit->lanes; i++)
		if (npu_out(kit)[i] != (int32_t)(round * 1000 + i + 1))
			return -EILSEQ;
	return result->status == GS_JOB_OK && result->block == 0 &&
			       result->time_end >= result->time_start ?
		       0 :
		       -EILSEQ;
}

int npu_check(const struct npu_device *dev, uint32_t count)
{
	struct npu_kit kit;
	struct npu npu;
	int ctx, ret = npu_open_device(&npu, dev);

	if (ret)
		return ret;
	ret = npu_kit_create(&npu, &kit);
	if (ret) {
		npu_close(&npu);
		return ret;
	}
	ctx = npu_ctx_create(&npu, DRM_GENESYS_PRIORITY_NORMAL, 30000);
	ret = ctx < 0 ? ctx : 0;
	for (uint32_t i = 0; i < count && !ret; i++)
		ret = check_add(&kit, (uint32_t)ctx, i);
	npu_kit_destroy(&kit);
	npu_close(&npu);
	return ret;
}
