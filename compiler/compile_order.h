/* SPDX-License-Identifier: MIT */
/* Private to compile.c: what layers compute of the graph. */
#ifndef GS_COMPILE_ORDER_H
#define GS_COMPILE_ORDER_H

#include "compiler/codelets/bind.h"

/**
 * gs_layers_nodes() - the nodes of a graph as the layers compute them, one after the other
 * @first: bindings in the order they run
 * @where: begins the message: a pass
 * @out: as many as the graph has, from malloc()
 *
 * Returns 0, -ENOMEM, or -EINVAL after reporting a node that no layer computes,
 * or several, or a result that stays within a layer and is read outside of it.
 */
int gs_layers_nodes(const struct gs_graph *graph,
		    const struct gs_bound_node *first, const char *where,
		    const struct gs_node ***out, struct gs_diag *diag);

#endif /* GS_COMPILE_ORDER_H */
