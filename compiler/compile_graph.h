/* SPDX-License-Identifier: MIT */
/* Private to compile.c: results that are the graph itself. */
#ifndef GS_COMPILE_GRAPH_H
#define GS_COMPILE_GRAPH_H

#include "compiler/compile.h"

/**
 * gs_emit_graph() - out->text becomes the graph as text or drawing
 * @first: bindings of its nodes; NULL before pass bind
 * @goal: GS_GOAL_FDFG, GS_GOAL_DOT or GS_GOAL_SVG
 * @after: the last pass it has been through
 *
 * Returns 0 or -errno after reporting.
 */
int gs_emit_graph(struct gs_compiled *out, const struct gs_bound_node *first,
		  const struct gs_compile_opts *opts, enum gs_compile_goal goal,
		  const char *after, struct gs_diag *diag);

/**
 * gs_layouts_hide() - for nodes of a graph that has layouts, decide as before it had some
 *
 * What decides the codelet of a node is an estimate, which knows of a layout but
 * that of a folded first layer (first_layer.h) only when a graph is read that
 * has been through "layout". Returns a note for gs_layouts_show(), NULL: no memory.
 */
bool *gs_layouts_hide(struct gs_graph *graph);
/** gs_layouts_show() - they are there again; @hidden, which may be NULL, is freed */
void gs_layouts_show(struct gs_graph *graph, bool *hidden);

#endif /* GS_COMPILE_GRAPH_H */
