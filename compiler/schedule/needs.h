/* SPDX-License-Identifier: MIT */
/* Which layers must run before which: who reads or writes memory that others write. */
#ifndef GS_NEEDS_H
#define GS_NEEDS_H

#include "compiler/schedule/sequence.h"
#include "compiler/schedule/slots.h"

/** Pairs of layers: @of needs @item. */
struct gs_needs {
	struct gs_pair *pair;
	unsigned num, cap;
};

/**
 * gs_needs_find() - what layers in a right order need of each other
 * @layer: laid out, in an order in which they compute what they should
 *
 * Layers that write parts of one tensor need nothing of each other where the
 * parts, with what whole rows of lanes write behind them, are apart. A layer that
 * reads nothing, as Fill, comes before all others that use the tensor and do.
 * Returns 0 or -ENOMEM; gs_needs_fini() in any case.
 */
int gs_needs_find(struct gs_needs *needs, const struct gs_slots *slots,
		  const struct gs_bound_node *const *layer,
		  unsigned num_layers);
void gs_needs_fini(struct gs_needs *needs);

/** gs_needs_add() - another pair; 0 or -ENOMEM */
int gs_needs_add(struct gs_needs *needs, unsigned of, unsigned item);

/** gs_reads_nothing() - whether a layer has no activation for an input */
bool gs_reads_nothing(const struct gs_bound_node *b);

#endif /* GS_NEEDS_H */
