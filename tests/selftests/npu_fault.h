/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of failures and recovery share: jobs that are watched through a
 * fence of their own, programs that count their runs, the kernel log.
 */
#ifndef GS_SELFTESTS_NPU_FAULT_H
#define GS_SELFTESTS_NPU_FAULT_H

#include "npu.h"

/* ---- jobs ----------------------------------------------------------------- */

/** npu_start() - run a program of the kit; a sync_file of the job's fence */
int npu_start(const struct npu_kit *kit, uint32_t ctx, enum npu_program program,
	      uint32_t result);

/** npu_start_job() - the same for any job */
int npu_start_job(const struct npu *npu, struct npu_job *job);

/** npu_end() - npu_fence_wait() for a minute, and close @fence */
int npu_end(int fence);

/* ---- programs that count -------------------------------------------------- */

#define NPU_NUM_COUNTERS 16u

/**
 * struct npu_counter - each run of the program adds 1 to a word of memory
 *
 * The words are told apart by the windows of a job, so one program serves all.
 */
struct npu_counter {
	const struct npu_kit *kit;
	struct npu_bo bo;
	uint32_t entry[2], words[2];
};

int npu_counter_create(const struct npu *npu, struct npu_kit *kit,
		       struct npu_counter *counter);
void npu_counter_destroy(struct npu_counter *counter);

/** npu_count() - how often counter @index has run */
int npu_count(const struct npu_counter *counter, uint32_t index);

/** npu_count_start() - npu_start(); @endless: goes on forever after counting */
int npu_count_start(const struct npu_counter *counter, uint32_t ctx,
		    uint32_t index, bool endless);

/** npu_count_wait() - until counter @index is not 0; -ETIME after a minute */
int npu_count_wait(const struct npu_counter *counter, uint32_t index);

/* ---- the device ----------------------------------------------------------- */

/** npu_reset_count() - device resets since the driver was bound */
int npu_reset_count(const struct npu *npu);

/** npu_master() - is bus mastering on? */
int npu_master(const struct npu_device *dev);

/** npu_clear_master() - switch bus mastering off, behind the driver's back */
int npu_clear_master(const struct npu_device *dev);

/**
 * npu_inject_bad_page() - the next BO mapping names a page nobody has
 * -ENOENT: the device has no test registers.
 */
int npu_inject_bad_page(const struct npu_device *dev);

/* ---- the kernel log -------------------------------------------------------- */

/** npu_log_open() - reads what is logged from now on */
int npu_log_open(void);

/** npu_log_count() - new lines that contain both texts; takes all lines */
int npu_log_count(int log, const char *text, const char *other);

/* ---- chance --------------------------------------------------------------- */

/** npu_random() - a number below @end; *seed, which is not 0, changes */
uint32_t npu_random(uint32_t *seed, uint32_t end);

/** npu_seed() - seed of a round: 1 + @round, or NPU_SEED plus that */
uint32_t npu_seed(uint32_t round);

/** npu_rounds() - @all, or NPU_ROUNDS percent of them, but at least 1 */
uint32_t npu_rounds(uint32_t all);

#endif /* GS_SELFTESTS_NPU_FAULT_H */
