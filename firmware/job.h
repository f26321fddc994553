/* SPDX-License-Identifier: MIT */
/*
 * The running job, and the end of every job: result record, event, interrupt.
 */
#ifndef GS_FW_JOB_H
#define GS_FW_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware/sched.h"

/** gs_job_running() - the job the core has; NULL: none */
const struct gs_fw_job *gs_job_running(void);

/** gs_job_start() - give the core, which is idle, a job */
void gs_job_start(const struct gs_fw_job *job);

/** gs_job_poll() - report the running job if the core is through with it */
void gs_job_poll(void);

/** gs_job_drop() - report a job that never ran as GS_JOB_ABORTED */
void gs_job_drop(const struct gs_fw_job *job);

/** gs_job_count() - jobs reported, modulo 2^32 */
uint32_t gs_job_count(void);

#endif /* GS_FW_JOB_H */
