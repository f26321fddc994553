/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes with jobs in flight, while something happens to their device. */
#ifndef GS_SELFTESTS_LIFECYCLE_CREW_H
#define GS_SELFTESTS_LIFECYCLE_CREW_H

#include <stdatomic.h>
#include <sys/types.h>

#include "npu_fault.h"

#define CREW_SIZE 8
#define CREW_MAX_QUEUED 3

/** What happened; each member sees whether its jobs ended as they should. */
enum crew_order {
	CREW_GONE = 'g', /* the device went away: all jobs are -ENODEV */
	CREW_RESET = 'r', /* the running job is -EIO, the others wait */
	CREW_CANCEL = 'c', /* nothing: destroy the context */
};

struct crew {
	struct npu_device dev;
	pid_t pids[CREW_SIZE];
	int sockets[CREW_SIZE];
};

/**
 * crew_start() - processes, each member with a job running, or next, and some queued
 * Returns when one of them is on the core and all are with the firmware.
 */
int crew_start(struct crew *crew, const struct npu_device *dev, uint32_t seed);

/** crew_kill() - SIGKILL for @count members, the first ones that are left */
void crew_kill(struct crew *crew, uint32_t count);

/**
 * crew_finish() - have the others look, close and exit
 * @lost: how many jobs were -EIO, may be NULL
 * Returns the number of members that saw what may not be.
 */
int crew_finish(struct crew *crew, enum crew_order order, uint32_t *lost);

/** crew_contexts() - how many contexts of the device are described with @word */
int crew_contexts(const struct npu_device *dev, const char *word);

/**
 * crew_wait_running() - until the firmware has jobs of @count contexts and one of
 * them is on the core; -ETIME after a minute
 */
int crew_wait_running(const struct npu_device *dev, int count);

struct churn_shared {
	atomic_bool stop;
	atomic_uint done; /* jobs that succeeded */
};

/** Processes that open, use and close the device, over and over. */
struct churn {
	pid_t pids[CREW_SIZE];
	struct churn_shared *shared;
};

int churn_start(struct churn *churn, const struct npu_device *dev,
		uint32_t seed);

/**
 * churn_stop() - how many of them saw what may not be
 * @done: how many jobs succeeded
 */
int churn_stop(struct churn *churn, uint32_t *done);

#endif /* GS_SELFTESTS_LIFECYCLE_CREW_H */
