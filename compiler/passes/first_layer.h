/* SPDX-License-Identifier: MIT */
#ifndef GS_FIRST_LAYER_H
#define GS_FIRST_LAYER_H

#include "compiler/codelets/bind.h"

/**
 * gs_pass_first_layer() - convolutions that read few channels of a graph input
 * @first: bindings of all nodes, in order, one codelet each
 *
 * A kernel position takes a step of the array, whose rows but those of the
 * channels are idle then. Where the input stands densely in memory, a row of
 * lanes from a pixel on holds the channels of its neighbours: the columns of a
 * kernel become channels of a window whose pixels overlap, and with rows of the
 * picture that stand together its rows in part. The weights follow. Nothing is
 * computed differently. Of the ways to lay out the input, the one whose schedule
 * costs least is taken, or none.
 *
 * Returns 0 or a negative errno after reporting.
 */
int gs_pass_first_layer(struct gs_graph *graph,
			const struct gs_codelet_lib *lib,
			const struct gs_acg *acg, struct gs_bound_node **first,
			struct gs_diag *diag);

#endif /* GS_FIRST_LAYER_H */
