/* SPDX-License-Identifier: MIT */
/*
 * The least of genesys.ko's interface that a job needs, for the benchmarks:
 * they are to measure the driver, not a library. A call that fails ends the
 * program with a sentence.
 */
#ifndef GS_BENCH_NPU_H
#define GS_BENCH_NPU_H

#include <stdint.h>

#include <drm/genesys_accel.h>

#include "genesys/hw_abi.h"

/** An open device with one context, and a program that does nothing. */
struct npu {
	int fd;
	uint32_t ctx;
	uint32_t code_bo; /* read-only, as SUBMIT wants programs */
	uint32_t result_bo;
	uint64_t code_addr;
	uint32_t code_bytes;
	struct gs_result *results;
};

/** Result records, and so jobs whose records can be told apart. */
#define NPU_RECORDS 64u

void npu_open(struct npu *npu);
uint32_t npu_syncobj(const struct npu *npu);

/** npu_submit() - queue the program; returns the job's number */
uint64_t npu_submit(const struct npu *npu, uint32_t syncobj, uint32_t record);

/** npu_wait() - for the fence of @syncobj, without a time limit */
void npu_wait(const struct npu *npu, uint32_t syncobj);

/** npu_check() - end the program unless the job of this record succeeded */
void npu_check(const struct npu *npu, uint32_t record);

/** npu_clock() - CLOCK_MONOTONIC minus the device's clock, nanoseconds */
int64_t npu_clock(const struct npu *npu);

#endif /* GS_BENCH_NPU_H */
