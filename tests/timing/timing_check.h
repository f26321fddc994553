/* SPDX-License-Identifier: MIT */
/* One program under the timing model. */
#ifndef GS_TESTS_TIMING_CHECK_H
#define GS_TESTS_TIMING_CHECK_H

#include "hw-model/timing/timing.h"
#include "hw-model/tools/sim_mem.h"

/** A program in its memory; the timed machine may differ from the one it runs on in what costs. */
struct timed {
	const char *name;
	struct gs_core *core;
	struct sim_mem *mem;
	struct gs_job job;
};

/**
 * timed_run() - run with data, and time it with and without; all must agree
 * Returns 1; 0: it faults; -1: a property does not hold, which was printed.
 */
int timed_run(const struct timed *timed);

/** timed_cycles() - on a machine that costs what @arch says; 0: it failed */
uint64_t timed_cycles(const struct timed *timed, const struct gs_arch *arch,
		      enum gs_timing_preset preset);

/**
 * timed_monotonic() - no width that rises and no cost that falls may cost cycles
 * @runs: counts the machines tried
 */
bool timed_monotonic(const struct timed *timed, const struct gs_arch *arch,
		     uint64_t *runs);

#endif /* GS_TESTS_TIMING_CHECK_H */
