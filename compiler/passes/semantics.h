/* SPDX-License-Identifier: MIT */
/*
 * Does a pass keep what the graph computes? The graph is evaluated on one sample
 * after each pass, layer by layer: a node gets what its inputs were before the
 * pass, so that the one that differs is the one that is named.
 */
#ifndef GS_SEMANTICS_H
#define GS_SEMANTICS_H

#include "compiler/passes/passes.h"

struct gs_semantics;

/** What a pass may do to the tensors it keeps */
enum gs_semantics_how {
	GS_SEMANTICS_KEEPS, /**< their values stay, but for float32's rounding and ties of steps */
	GS_SEMANTICS_QUANTIZES, /**< they get steps, and weights do */
	GS_SEMANTICS_SCALES, /**< all but results of the model may be multiplied by something */
	GS_SEMANTICS_LOWERS, /**< results may be made in parts, with two roundings; what follows is lowered */
	GS_SEMANTICS_SUMS, /**< of a lowered graph: sums may have another order, see gs_eval_bound() */
	GS_SEMANTICS_MOVES, /**< of a lowered graph: places and order alone; values stay to the bit */
};

/** A pass that is done */
struct gs_semantics_pass {
	const char *where; /**< begins the message: the pass */
	enum gs_semantics_how how;
	const struct gs_node *const *
		order; /**< all nodes as they run; NULL: as in the graph's list */
};

/** NULL: out of memory */
struct gs_semantics *gs_semantics_create(void);
void gs_semantics_destroy(struct gs_semantics *s);

/**
 * gs_semantics_check() - compare with the graph before, and remember this one
 * @calib, @num: as for gs_pass_calibrate(); the first sample is used
 *
 * At any stage from gs_pass_shapes() on; gs_pass_lower() is GS_SEMANTICS_LOWERS.
 * What it has not seen before it takes for right. A graph with a node that cannot
 * be evaluated is not compared, which a warning says the first time. Returns 0, or
 * -EINVAL after reporting the first tensor that differs, with the node that
 * computes it.
 */
int gs_semantics_check(struct gs_semantics *s, const struct gs_graph *graph,
		       const struct gs_calib *calib, size_t num,
		       const struct gs_semantics_pass *pass,
		       struct gs_diag *diag);

#endif /* GS_SEMANTICS_H */
