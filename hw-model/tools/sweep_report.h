/* SPDX-License-Identifier: MIT */
/* What came out of a sweep: the table, and the points one would choose. */
#ifndef GS_SWEEP_REPORT_H
#define GS_SWEEP_REPORT_H

#include "hw-model/tools/sweep_axes.h"
#include "hw-model/tools/sweep_jobs.h"

/** A sweep that is done: every point has a result. */
struct sweep_outcome {
	const struct sweep_axes *axes;
	const struct gs_arch *base;
	const struct sweep_result *results;
};

/** What a point costs beside time. */
enum sweep_cost {
	SWEEP_COST_PES,
	SWEEP_COST_BUFFERS,
	SWEEP_COST_CHANNELS, /**< bits a cycle, of all together */
	SWEEP_COSTS
};

/** A point that was timed, with what it is chosen by. */
struct sweep_choice {
	size_t point;
	double time_ms, cost;
	bool best; /**< no other is as fast and as cheap, and better in one */
};

/**
 * sweep_choices() - the points that were timed, in order, with their front
 * @cost: set to the first cost in which they differ; SWEEP_COST_PES when in none
 * Returns an array to be freed of *num, or NULL when out of memory.
 */
struct sweep_choice *sweep_choices(const struct sweep_outcome *outcome,
				   enum sweep_cost *cost, size_t *num);

/** sweep_report_csv() - write the table; false: a sentence stands on standard error */
bool sweep_report_csv(const struct sweep_outcome *outcome, const char *path);

/** sweep_report_summary() - print the front, fastest first */
void sweep_report_summary(const struct sweep_outcome *outcome,
			  const char *model, const char *csv);

#endif /* GS_SWEEP_REPORT_H */
