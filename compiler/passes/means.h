/* SPDX-License-Identifier: MIT */
#ifndef GS_PASS_MEANS_H
#define GS_PASS_MEANS_H

#include "compiler/ir/ir.h"

/**
 * gs_pass_means_node() - give a ReduceMean the form codelets know
 *
 * Over all axes behind the channel: GlobalAveragePool. Over rows or columns of
 * rank 4: AveragePool. Others stay, with keepdims 1. A Squeeze, at the end of the
 * graph's list, drops dimensions that were not kept. Other nodes stay as they
 * are. Returns 0 or -ENOMEM, reported.
 */
int gs_pass_means_node(struct gs_graph *graph, struct gs_node *node,
		       struct gs_diag *diag);

#endif /* GS_PASS_MEANS_H */
