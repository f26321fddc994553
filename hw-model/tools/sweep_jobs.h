/* SPDX-License-Identifier: MIT */
/*
 * The processes of a sweep. A point takes two, one after the other: gsc, whose
 * standard input is the machine and whose output is the model file, and a copy
 * of this process that times the file. All they read and write is in memory,
 * so nothing is left when they, or this process, are ended.
 */
#ifndef GS_SWEEP_JOBS_H
#define GS_SWEEP_JOBS_H

#include <signal.h>
#include <sys/types.h>

#include "genesys/arch.h"
#include "hw-model/tools/sim_sweep.h"

#define SWEEP_MAX_JOBS 256
#define SWEEP_REASON_SIZE 320

enum sweep_status {
	SWEEP_OPEN, /**< not known yet */
	SWEEP_OK,
	SWEEP_ILLEGAL, /**< there is no such machine */
	SWEEP_FAILED, /**< gsc refused, or the program cannot be timed */
	SWEEP_DIED, /**< a process was ended or had no memory; it may work next time */
};

/** What a point took. */
struct sweep_result {
	enum sweep_status status;
	uint64_t cycles, array_busy, tandem_busy;
	uint64_t bytes[2]; /**< read from and written to DRAM */
	double energy_pj;
	char *reason; /**< NULL when it is SWEEP_OK */
};

struct sweep_job {
	size_t point;
	pid_t pid; /**< 0: none */
	bool timing; /**< the second process */
	int arch_fd, model_fd, log_fd, result_fd;
};

struct sweep_jobs {
	struct sweep_job job[SWEEP_MAX_JOBS];
	unsigned max, running;
	const char *gsc, *model;
	const struct sim_sweep_options *options;
	sigset_t mask; /**< of the processes */
};

/**
 * sweep_jobs_start() - compile and time a point; running is less than max
 * Returns 0 or -errno when no process could be started.
 */
int sweep_jobs_start(struct sweep_jobs *jobs, size_t point,
		     const struct gs_arch *arch);

/**
 * sweep_jobs_poll() - look for a point that is done, without waiting
 * @result: its reason is to be freed
 * Returns 1 when there is one, 0 when there is none, or -errno as above.
 */
int sweep_jobs_poll(struct sweep_jobs *jobs, size_t *point,
		    struct sweep_result *result);

/** sweep_jobs_stop() - end all processes and wait for them */
void sweep_jobs_stop(struct sweep_jobs *jobs);

#endif /* GS_SWEEP_JOBS_H */
