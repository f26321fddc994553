/* SPDX-License-Identifier: MIT */
/*
 * Memory of activations: each has a slot, and slots that are not alive in the
 * same layer may stand in the same place.
 */
#ifndef GS_SLOTS_H
#define GS_SLOTS_H

#include "compiler/codelets/bind.h"

/** An activation with memory of its own, and the layers it is alive in. */
struct gs_slot {
	const struct gs_tensor *tensor;
	uint64_t bytes; /**< whole lines of 64 */
	uint64_t offset; /**< set by gs_slots_place() */
	unsigned first, last; /**< layers; 0 when none uses it */
	bool used; /**< by a layer */
	bool shared; /**< others may stand there; else the place is its own */
};

struct gs_slots {
	struct gs_slot *slot; /**< in the order of the tensors' numbers */
	unsigned num;
	uint64_t own_bytes; /**< of all, if none shared memory */
	uint64_t bytes; /**< that they take; set by gs_slots_place() */
};

/**
 * gs_slots_init() - the slots of a graph that is laid out
 *
 * Inputs and outputs of the model, and tensors whose border only the loader
 * makes, share nothing. Returns 0 or -ENOMEM; gs_slots_fini() in any case.
 */
int gs_slots_init(struct gs_slots *s, const struct gs_graph *graph);
void gs_slots_fini(struct gs_slots *s);

/** gs_slots_find() - the slot of a tensor's memory, NULL: it has none */
struct gs_slot *gs_slots_find(const struct gs_slots *s, struct gs_tensor *t);

/** gs_slots_live() - who is alive where, when layers run in this order */
void gs_slots_live(struct gs_slots *s, const struct gs_bound_node *const *layer,
		   unsigned num_layers);

/**
 * gs_slots_least() - bytes that no places go below
 * Of those that share nothing, and the most that is alive in one layer. 0 or -ENOMEM.
 */
int gs_slots_least(const struct gs_slots *s, uint64_t *least);

/**
 * gs_slots_place() - choose places
 *
 * Several ways are tried, until one takes gs_slots_least(); the first of the
 * best counts. Returns 0 or -ENOMEM.
 */
int gs_slots_place(struct gs_slots *s);

#endif /* GS_SLOTS_H */
