/* SPDX-License-Identifier: MIT */
/* Expressions of a float rule, opened for one node. */
#ifndef GS_RULE_STEP_H
#define GS_RULE_STEP_H

#include "compiler/codelets/rules.h"

/** Indices that are alive at the same time */
#define GS_MAX_SLOTS 24

/** What a rule reads: an input of the node, or what a statement before made. */
struct gs_step_array {
	const char *name;
	struct gs_shape shape;
	bool missing; /**< an optional input that the node does not have */
	const float *f; /**< set before each run */
	float *own; /**< of a statement; NULL: an input */
};

/** State of an evaluation */
struct gs_frame {
	int64_t index[GS_MAX_SLOTS];
	bool outside; /**< an element that is not there was read */
};

/** Names of one statement */
struct gs_opener {
	struct gs_rule_scope *rs;
	const struct gs_step_array *array;
	unsigned num_arrays;
	const char *index
		[GS_MAX_SLOTS]; /**< by slot; NULL: of a dimension without a name */
	unsigned num_index;
	const struct gs_shape *
		implicit; /**< shape of the result when indices are not named */
};

struct gs_step;

/** gs_step_open() - NULL after an error, which is in the scope */
struct gs_step *gs_step_open(struct gs_opener *o, const struct gs_expr *e);

/** gs_step_cost() - steps of one evaluation */
double gs_step_cost(const struct gs_step *step);

double gs_step_run(const struct gs_step *step, struct gs_frame *frame);

#endif /* GS_RULE_STEP_H */
