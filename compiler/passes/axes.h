/* SPDX-License-Identifier: MIT */
#ifndef GS_PASS_AXES_H
#define GS_PASS_AXES_H

#include "compiler/ir/ir.h"

/**
 * gs_pass_axes_node() - give reductions and Softmax the forms codelets know
 *
 * ReduceMean over all axes behind the channel: GlobalAveragePool. ReduceMean and
 * ReduceMax over rows or columns of rank 4: AveragePool, MaxPool; GlobalMaxPool:
 * MaxPool. Others over one axis that can stand innermost in memory stay, with
 * keepdims 1, and so does Softmax; else Transpose and Reshape bring their axes
 * there. New nodes are at the end of the graph's list. Other nodes stay as they
 * are. Returns 0 or -ENOMEM, reported.
 */
int gs_pass_axes_node(struct gs_graph *graph, struct gs_node *node,
		      struct gs_diag *diag);

/** gs_node_axis() - the only axis of a Softmax, or of a reduction; -1: others */
int64_t gs_node_axis(const struct gs_node *node);

#endif /* GS_PASS_AXES_H */
