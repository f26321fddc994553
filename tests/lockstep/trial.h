/* SPDX-License-Identifier: MIT */
/*
 * What programs share that try random programs and the vectors of a folder:
 * options, verdicts in TAP, memory.
 */
#ifndef GS_TESTS_TRIAL_H
#define GS_TESTS_TRIAL_H

#include "hw-model/tools/sim_mem.h"
#include "hw-model/tools/sim_vector.h"

/** Bound of the work of a program that does not end */
#define TRIAL_MAX_WORK (UINT64_C(1) << 22)

struct trial_options {
	uint32_t seed; /**< --seed N: odd, of xorshift32 */
	uint32_t programs; /**< --programs N; before: the default */
	bool threads; /**< --threads */
	const char *vectors; /**< folder, or NULL */
};

/** trial_options() - false: they are wrong, exit with 2 */
bool trial_options(struct trial_options *options, int argc, char **argv);

/** tap() - a verdict of TAP */
void tap(bool ok, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** tap_count() - verdicts so far */
unsigned tap_count(void);
/** tap_end() - the plan; returns the exit status */
int tap_end(void);

/** trial_arch() - @arch becomes a machine with small scratchpads */
void trial_arch(struct gs_arch *arch);

/** trial_job() - where a vector starts, and how long it may run */
struct gs_job trial_job(const struct sim_vector *vector);

/** trial_fill() - data and ranges of a vector, without its words; 0 or -ENOMEM */
int trial_fill(const struct sim_vector *vector, struct sim_mem *mem);

/**
 * trial_vectors() - call @run with each vector that can be read and has words
 * @run: returns 1, 0 or, to end, -1
 * Returns how many of them returned 1; -1: there is none, or one returned -1.
 */
int trial_vectors(const char *dir,
		  int (*run)(void *ctx, const struct sim_vector *vector),
		  void *ctx);

#endif /* GS_TESTS_TRIAL_H */
