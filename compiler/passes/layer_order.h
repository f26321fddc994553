/* SPDX-License-Identifier: MIT */
#ifndef GS_LAYER_ORDER_H
#define GS_LAYER_ORDER_H

#include "compiler/schedule/decision.h"

/** Bytes of activations, for what is told of the order */
struct gs_layer_order {
	uint64_t given; /**< in the order of the model */
	uint64_t taken; /**< in the order that was taken */
	uint64_t least; /**< what is alive at once in that one: no places take less */
	bool changed; /**< it is not the order of the model */
};

/**
 * gs_pass_layer_order() - bring the layers into an order that needs less memory
 * @schedule: layers that it says to be in order run in that order; may be NULL
 * @searched: the order is one that was found already; only @schedule changes it
 * @first: bindings of all nodes, laid out; in their new order afterwards, as the nodes of the graph
 * @out: what came of it
 *
 * The order of the model stays unless another one takes fewer bytes, with places
 * as gs_slots_place() chooses them. Returns 0, -EINVAL when layers cannot run
 * in the order of @schedule (reported), or -ENOMEM.
 */
int gs_pass_layer_order(struct gs_graph *graph,
			const struct gs_schedule *schedule, bool searched,
			struct gs_bound_node **first,
			struct gs_layer_order *out, struct gs_diag *diag);

#endif /* GS_LAYER_ORDER_H */
