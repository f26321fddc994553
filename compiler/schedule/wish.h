/* SPDX-License-Identifier: MIT */
/*
 * Decisions about a part of a layer: some tiles, the order of some loops, where
 * operands stand, what is fused. What they leave open is searched.
 */
#ifndef GS_WISH_H
#define GS_WISH_H

#include "compiler/schedule/decision.h"

/** gs_wish_order() - bring the loops of a tiling into the order that is asked for */
void gs_wish_order(const struct gs_bound_node *b, struct gs_tiling *t);

/** gs_wish_matches() - whether a decision is about a layer */
bool gs_wish_matches(const struct gs_decision *d, const char *layer);

/**
 * gs_wish_place() - put operands into the memories that are asked for
 * Operands of the SIMD unit may change between VMEM1 and VMEM2. Returns 0,
 * -EINVAL (reported), or -ENOMEM.
 */
int gs_wish_place(struct gs_graph *graph, const struct gs_schedule *s,
		  struct gs_bound_node *b, struct gs_diag *diag);

/**
 * gs_wish_collect() - what decisions ask of a layer's loops
 * @out: of several decisions about a loop the last counts
 * @full: the decision they make together if it leaves nothing open; else its num_loops is 0
 * @last: the last decision that asks for something, NULL: none does
 * Returns 0, or -EINVAL (reported).
 */
int gs_wish_collect(const struct gs_schedule *s, const struct gs_bound_node *b,
		    struct gs_loop_wish *out, struct gs_decision *full,
		    const struct gs_decision **last, struct gs_diag *diag);

/**
 * gs_wish_misfit() - why no tiling was found
 * Of the smallest tile that has what is asked for. -ENOSPC, reported.
 */
int gs_wish_misfit(const struct gs_decision *d, const struct gs_bound_node *b,
		   const struct gs_acg *acg, struct gs_diag *diag);

/** gs_wish_may_fuse() - may_fuse() of a graph; @ctx is the schedule */
bool gs_wish_may_fuse(const void *ctx, const char *into, const char *node);

/**
 * gs_wish_check() - whether decisions were about layers there are, and what is fused is as they say
 * @first: the layers
 * Returns 0 or -EINVAL (reported); decisions that are from nowhere give warnings.
 */
int gs_wish_check(const struct gs_schedule *s,
		  const struct gs_bound_node *first, struct gs_diag *diag);

/**
 * gs_wish_check_graph() - the same of @graph, whose layers are not scheduled: what stands apart is there
 * Returns 0 or -EINVAL (reported).
 */
int gs_wish_check_graph(const struct gs_schedule *s,
			const struct gs_graph *graph, struct gs_diag *diag);

#endif /* GS_WISH_H */
