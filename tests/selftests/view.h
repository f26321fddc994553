/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A BO as the device sees it: NPU_ADD with its windows at the BO, which
 * adds 1 to the row at the windows' base and stores it one page (NPU_OUT) on.
 */
#ifndef GS_SELFTESTS_VIEW_H
#define GS_SELFTESTS_VIEW_H

#include "npu.h"

/** view_job() - the job, for windows at @addr; lists @bo, if not NULL */
struct npu_job view_job(const struct npu_kit *kit, uint32_t ctx,
			const struct npu_bo *bo, uint64_t addr);

/** view_fill() - what the job reads; it is new with every call */
void view_fill(const struct npu_kit *kit, void *in);

/** view_good() - is what it stored right? @in as for view_fill() */
bool view_good(const struct npu_kit *kit, const void *in);

/**
 * view_add() - fill, run, compare, at @offset of a BO that is mapped
 * Returns 0, -EILSEQ for a wrong result, or the error of the job.
 */
int view_add(const struct npu_kit *kit, const struct npu_bo *bo,
	     uint64_t offset);

/**
 * view_fault() - run with windows at @addr
 * Returns the address of the MMU fault this must be, or the error, which is
 * no multiple of a page; in both cases of a context of its own.
 */
uint64_t view_fault(const struct npu_kit *kit, const struct npu_bo *bo,
		    uint64_t addr);

/**
 * view_block() - a context with a job that ends when the context is destroyed
 * The syncobj gets its fence. Returns the context or a negative errno.
 */
int view_block(const struct npu_kit *kit, uint32_t syncobj);

/**
 * view_wait_free() - wait until the address of a BO can be had again
 * That is a little after the last job that lists it has ended. Returns 0 or
 * -ETIME.
 */
int view_wait_free(const struct npu *npu, uint64_t addr, uint64_t size);

#endif /* GS_SELFTESTS_VIEW_H */
