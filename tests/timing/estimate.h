/* SPDX-License-Identifier: MIT */
/* The scheduler's estimates of layers against the timing model. ESTIMATE_ALL=1 prints each. */
#ifndef GS_TESTS_ESTIMATE_H
#define GS_TESTS_ESTIMATE_H

#include "tests/unit/compile_util.h"

/** Ratios of estimate to cycles, one a layer; all 0 at first. */
struct estimates {
	double log_sum; /**< of absolute values of logarithms */
	double worst; /**< that is farthest from 1 */
	char worst_name[256];
	double estimated, cycles;
	unsigned num, num_far;
};

/** estimates_add() - the layers of a model; @name is in front of theirs */
void estimates_add(const struct gs_compiled *c, const char *name,
		   struct estimates *r);

/**
 * estimates_judge() - print a line; the test fails where a layer is off by more than 5 %
 * @mean: how far off layers may be in the geometric mean; 0.01 is 1 %
 */
void estimates_judge(const char *what, const struct estimates *r, double mean);

#endif /* GS_TESTS_ESTIMATE_H */
