/* SPDX-License-Identifier: MIT */
/* Pictures of a graph: nodes in layers, data flows downwards. */
#ifndef GS_DRAW_H
#define GS_DRAW_H

#include "compiler/ir/ir.h"

/** gs_graph_draw_dot() - for Graphviz; 0, or -errno after reporting; errors of @out are its own */
int gs_graph_draw_dot(struct gs_graph *graph, FILE *out, struct gs_diag *diag);

/** gs_graph_draw_svg() - a picture with a layout of our own; the same */
int gs_graph_draw_svg(struct gs_graph *graph, FILE *out, struct gs_diag *diag);

/* ---- private to draw*.c -------------------------------------------------- */

#define GS_DRAW_LINES 6
#define GS_DRAW_CHARS 48
#define GS_DRAW_LINE_HEIGHT 14.0 /**< of a line of text in a box */

enum gs_draw_kind {
	GS_DRAW_INPUT,
	GS_DRAW_OUTPUT,
	GS_DRAW_WEIGHTED, /**< Conv, Gemm and others with weights */
	GS_DRAW_MOVE, /**< elements only change their place */
	GS_DRAW_OTHER,
	GS_DRAW_BEND, /**< no box: a line passes a layer here */
};

/** A box, or a bend of a line. */
struct gs_draw_box {
	enum gs_draw_kind kind;
	const char *title; /**< the whole name */
	char line[GS_DRAW_LINES][GS_DRAW_CHARS + 1];
	unsigned num_lines;
	unsigned layer, place; /**< row from the top, place from the left */
	bool aside; /**< a node that reads nothing: to the right of the others of its layer */
	double x, y, width,
		height; /**< x: of the middle, y: of the upper edge */
};

struct gs_draw_edge {
	unsigned from, to; /**< boxes */
	const char *title; /**< the tensor */
	bool part; /**< of a longer line: it goes on at a bend */
};

struct gs_drawing {
	struct gs_graph *graph; /**< owns the memory */
	struct gs_draw_box *box;
	struct gs_draw_edge *edge;
	unsigned num_boxes, cap_boxes, num_edges, cap_edges;
	double width, height;
};

/** Boxes and edges of @graph, without a layout; 0 or -ENOMEM */
int gs_draw_collect(struct gs_graph *graph, struct gs_drawing *out);
void gs_draw_free(struct gs_drawing *d);
/** Index of a new box or edge; -1: out of memory */
int gs_draw_add_box(struct gs_drawing *d, enum gs_draw_kind kind);
int gs_draw_add_edge(struct gs_drawing *d, unsigned from, unsigned to,
		     const char *title);
/** Bends, for edges over several layers, which boxes have; 0 or -ENOMEM */
int gs_draw_bend(struct gs_drawing *d);
/** Places for all boxes; lines over several layers get bends. 0 or -ENOMEM */
int gs_draw_layout(struct gs_drawing *d);

#endif /* GS_DRAW_H */
