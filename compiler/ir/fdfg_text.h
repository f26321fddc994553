/* SPDX-License-Identifier: MIT */
/*
 * A graph as text, and back. Nothing is lost: compiling what was read gives the
 * bytes that compiling the graph itself gives. The grammar is in docs/fdfg.md.
 */
#ifndef GS_FDFG_TEXT_H
#define GS_FDFG_TEXT_H

#include "compiler/ir/ir.h"

/** Constants of more elements are written in base64. */
#define GS_FDFG_LISTED 64

/** Writes lines of remarks behind a node; each begins with '#'. */
typedef void (*gs_fdfg_remark_fn)(void *ctx, const struct gs_node *node,
				  FILE *out);

/**
 * gs_fdfg_write() - the graph as text; errors are those of @out
 * @after: name of the last pass it has been through
 * @remark: called behind each node, with @ctx; may be NULL
 */
void gs_fdfg_write(const struct gs_graph *graph, const char *after,
		   gs_fdfg_remark_fn remark, void *ctx, FILE *out);

/** gs_fdfg_is_text() - whether a file begins as the text of a graph does */
bool gs_fdfg_is_text(const void *data, size_t size);

/**
 * gs_fdfg_read() - the graph a text describes
 * @file: its name in messages, which begin FILE:LINE:COLUMN
 * @max_bytes: memory the graph may take; 0: no limit
 * @graph: to be destroyed by the caller; NULL after an error
 * @after: name of the last pass it has been through; memory of the graph
 *
 * What the text says about single objects is checked, see gs_graph_verify() for
 * the rest. Returns 0, or -errno after one error was reported.
 */
int gs_fdfg_read(const void *data, size_t size, const char *file,
		 size_t max_bytes, struct gs_graph **graph, const char **after,
		 struct gs_diag *diag);

#endif /* GS_FDFG_TEXT_H */
