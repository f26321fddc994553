/* SPDX-License-Identifier: MIT */
/*
 * The watchdog and the heartbeat of the running job, and all sleeping: whoever
 * waits does it here, so that a job is watched whatever the firmware waits for.
 */
#ifndef GS_FW_WATCHDOG_H
#define GS_FW_WATCHDOG_H

#include <stdint.h>

#include "genesys/hw_abi.h"

/** gs_watchdog_start() - the core was started; end the job after @timeout_ms */
void gs_watchdog_start(uint32_t timeout_ms);
void gs_watchdog_stop(void);

/** gs_watchdog_abort() - make the core stop; the first @cause counts */
void gs_watchdog_abort(enum gs_job_status cause);

/** gs_watchdog_cause() - why the core was made to stop */
enum gs_job_status gs_watchdog_cause(void);

/** gs_watchdog_sleep() - wait for an interrupt of @mask; may return before one came */
void gs_watchdog_sleep(uint32_t mask);

#endif /* GS_FW_WATCHDOG_H */
