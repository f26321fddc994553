/* SPDX-License-Identifier: MIT */
/* What came out of a sweep: the table, the picture, and the points one would choose. */
#ifndef GS_SWEEP_REPORT_H
#define GS_SWEEP_REPORT_H

#include "hw-model/tools/sweep_axes.h"
#include "hw-model/tools/sweep_jobs.h"

/** A sweep that is done: every point has a result. */
struct sweep_outcome {
	const struct sweep_axes *axes;
	const struct gs_arch *base;
	const struct sweep_result *results;
	const char *model, *energy_table;
	enum gs_timing_preset preset;
};

/** What a machine is made of, by which points differ. */
enum sweep_hardware {
	SWEEP_PES,
	SWEEP_BUFFERS, /**< bytes */
	SWEEP_CHANNELS, /**< bits a cycle, of all together */
	SWEEP_SAME, /**< they do not differ */
};

/** What is weighed against time. */
enum sweep_front { SWEEP_FRONT_HARDWARE, SWEEP_FRONT_ENERGY, SWEEP_FRONTS };

/** A point that was timed, with what it is chosen by. */
struct sweep_choice {
	size_t point;
	double time_ms;
	double amount[SWEEP_SAME]; /**< of all hardware */
	double cost[SWEEP_FRONTS]; /**< hardware in which points differ; uJ */
	/** no other is as fast and as cheap, and better in one; of equal ones that with less hardware */
	bool best[SWEEP_FRONTS];
};

struct sweep_choices {
	struct sweep_choice *choice; /**< in the order of points */
	size_t num;
	enum sweep_hardware hardware; /**< the first in which they differ */
};

/** sweep_choose() - false: out of memory; in either case free choice */
bool sweep_choose(const struct sweep_outcome *outcome,
		  struct sweep_choices *choices);

/**
 * sweep_sort() - an array to be freed: all of them, fastest first
 * Of two that are as fast, the cheaper. NULL: out of memory.
 */
struct sweep_choice **sweep_sort(const struct sweep_choices *choices,
				 enum sweep_front front);

/** sweep_hardware_name() - "processing elements"; never NULL */
const char *sweep_hardware_name(enum sweep_hardware hardware);

/** sweep_report_csv() - write the table; false: a sentence stands on standard error */
bool sweep_report_csv(const struct sweep_outcome *outcome, const char *path);

/** Most points sweep_report_summary() prints. */
#define SWEEP_TOP 20

/** sweep_report_summary() - print the fronts, fastest first; @out: the folder */
void sweep_report_summary(const struct sweep_outcome *outcome, const char *out);

/**
 * sweep_report_machines() - write DIR/machine_POINT.json for each point that is printed
 * False: a sentence stands on standard error.
 */
bool sweep_report_machines(const struct sweep_outcome *outcome,
			   const char *out);

/** sweep_picture() - draw all points and the fronts; false: a sentence stands on standard error */
bool sweep_picture(const struct sweep_outcome *outcome, const char *path);

#endif /* GS_SWEEP_REPORT_H */
