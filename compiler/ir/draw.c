/* SPDX-License-Identifier: MIT */
#include "compiler/ir/draw.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- boxes and edges ----------------------------------------------------- */

int gs_draw_add_box(struct gs_drawing *d, enum gs_draw_kind kind)
{
	if (d->num_boxes == d->cap_boxes) {
		const unsigned cap = 2 * d->cap_boxes + 64;
		struct gs_draw_box *box = realloc(d->box, cap * sizeof(*box));

		if (!box)
			return -1;
		d->box = box;
		d->cap_boxes = cap;
	}
	d->box[d->num_boxes] =
		(struct gs_draw_box){ .kind = kind, .title = "" };
	return (int)d->num_boxes++;
}

int gs_draw_add_edge(struct gs_drawing *d, unsigned from, unsigned to,
		     const char *title)
{
	if (d->num_edges == d->cap_edges) {
		const unsigned cap = 2 * d->cap_edges + 64;
		struct gs_draw_edge *edge =
			realloc(d->edge, cap * sizeof(*edge));

		if (!edge)
			return -1;
		d->edge = edge;
		d->cap_edges = cap;
	}
	d->edge[d->num_edges] =
		(struct gs_draw_edge){ .from = from, .to = to, .title = title };
	return (int)d->num_edges++;
}

void gs_draw_free(struct gs_drawing *d)
{
	free(d->box);
	free(d->edge);
}

/* ---- labels -------------------------------------------------------------- */

static void add_line(struct gs_draw_box *box, const char *fmt, ...)
	GS_PRINTF(2, 3);

/* What is too long loses its beginning: names differ at their ends. */
static void add_line(struct gs_draw_box *box, const char *fmt, ...)
{
	char *text = NULL, *p;
	va_list args;
	size_t len;
	int n;

	if (box->num_lines == GS_DRAW_LINES)
		return;
	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0)
		return;
	len = (size_t)n;
	for (p = text; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	if (len <= GS_DRAW_CHARS)
		memcpy(box->line[box->num_lines++], text, len + 1);
	else
		snprintf(box->line[box->num_lines++], GS_DRAW_CHARS + 1,
			 "...%s", text + len - GS_DRAW_CHARS + 3);
	free(text);
}

static void add_tensor(struct gs_draw_box *box, const char *what,
		       const struct gs_tensor *t)
{
	const struct gs_quant *q = &t->quant;
	char shape[128];

	gs_shape_format(&t->shape, shape, sizeof(shape));
	if (!t->shaped)
		snprintf(shape, sizeof(shape), "?");
	if (q->valid && q->num_scales == 1)
		add_line(box, "%s%s %s %.4g (q %+d)", what, shape,
			 gs_dtype_name(q->type), (double)q->scale[0],
			 -(int)q->zero_point);
	else
		add_line(box, "%s%s %s", what, shape,
			 gs_dtype_name(q->valid ? q->type : t->type));
}

static void add_fused(struct gs_draw_box *box, const struct gs_node *node)
{
	const char *sum = node->residual ? "+ add " : "";

	switch (node->activation) {
	case GS_ACT_NONE:
		if (node->residual)
			add_line(box, "+ add");
		return;
	case GS_ACT_RELU:
		add_line(box, "%s+ relu", sum);
		return;
	case GS_ACT_CLIP:
		add_line(box, "%s+ clip %g to %g", sum, (double)node->act[0],
			 (double)node->act[1]);
		return;
	case GS_ACT_LEAKY:
		add_line(box, "%s+ leaky relu %g", sum, (double)node->act[0]);
		return;
	}
}

static bool is_one_of(const char *op, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(op, *list))
			return true;
	return false;
}

static enum gs_draw_kind kind_of(const struct gs_node *node)
{
	static const char *const weighted[] = { "Conv", "ConvTranspose", "Gemm",
						"MatMul", NULL };
	static const char *const moves[] = {
		"Concat",    "Split",	     "Slice",	     "Pad",
		"Transpose", "Reshape",	     "Flatten",	     "Squeeze",
		"Unsqueeze", "Identity",     "Dropout",	     "Expand",
		"Tile",	     "Gather",	     "Move",	     "Copy",
		"Fill",	     "DepthToSpace", "SpaceToDepth", NULL
	};

	if (is_one_of(node->op, weighted))
		return GS_DRAW_WEIGHTED;
	return is_one_of(node->op, moves) ? GS_DRAW_MOVE : GS_DRAW_OTHER;
}

static void label_node(struct gs_draw_box *box, const struct gs_node *node)
{
	unsigned i;

	add_line(box, "%s", node->op);
	add_line(box, "%s", node->name);
	for (i = 0; i < node->num_inputs; i++) {
		const struct gs_tensor *t = node->input[i];

		/* Weights; biases and other parameters say nothing new. */
		if (t && t->data && i == 1 && kind_of(node) == GS_DRAW_WEIGHTED)
			add_tensor(box, "weights ", t);
	}
	add_fused(box, node);
	for (i = 0; i < node->num_outputs; i++)
		if (node->output[i])
			add_tensor(box, "", node->output[i]);
}

/* ---- the graph ----------------------------------------------------------- */

static int add_end(struct gs_drawing *d, struct gs_tensor *t, bool output)
{
	const int at =
		gs_draw_add_box(d, output ? GS_DRAW_OUTPUT : GS_DRAW_INPUT);

	if (at < 0)
		return at;
	d->box[at].title = t->name;
	add_line(&d->box[at], output ? "output" : "input");
	add_line(&d->box[at], "%s", t->name);
	add_tensor(&d->box[at], "", t);
	return at;
}

static bool writes(const struct gs_node *node, const struct gs_tensor *memory)
{
	unsigned i;

	for (i = 0; i < node->num_outputs; i++)
		if (node->output[i] &&
		    gs_tensor_owner(node->output[i]) == memory)
			return true;
	return false;
}

/* From all that wrote the memory of @t before @reader (NULL: all of them) */
static int connect(struct gs_drawing *d, struct gs_tensor *t,
		   const struct gs_node *reader, unsigned to)
{
	const struct gs_tensor *memory = gs_tensor_owner(t);
	const struct gs_graph *g = d->graph;
	const struct gs_node *node;
	unsigned i, at = g->num_inputs;

	for (i = 0; i < g->num_inputs; i++)
		if (g->input[i] == memory &&
		    gs_draw_add_edge(d, i, to, t->name) < 0)
			return -ENOMEM;
	for (node = g->node; node && node != reader; node = node->next, at++)
		if (writes(node, memory) &&
		    gs_draw_add_edge(d, at, to, t->name) < 0)
			return -ENOMEM;
	return 0;
}

/* Boxes of inputs come first, then those of nodes in order, then outputs. */
static int collect_boxes(struct gs_drawing *d)
{
	const struct gs_graph *g = d->graph;
	const struct gs_node *node;
	unsigned i;
	int at;

	for (i = 0; i < g->num_inputs; i++)
		if (add_end(d, g->input[i], false) < 0)
			return -ENOMEM;
	for (node = g->node; node; node = node->next) {
		at = gs_draw_add_box(d, kind_of(node));
		if (at < 0)
			return -ENOMEM;
		d->box[at].title = node->name;
		label_node(&d->box[at], node);
	}
	for (i = 0; i < g->num_outputs; i++)
		if (add_end(d, g->output[i], true) < 0)
			return -ENOMEM;
	return 0;
}

int gs_draw_collect(struct gs_graph *graph, struct gs_drawing *out)
{
	const struct gs_node *node;
	unsigned i, at = graph->num_inputs;

	*out = (struct gs_drawing){ .graph = graph };
	if (collect_boxes(out))
		return -ENOMEM;
	for (node = graph->node; node; node = node->next, at++)
		for (i = 0; i < node->num_inputs; i++)
			if (node->input[i] && !node->input[i]->data &&
			    connect(out, node->input[i], node, at))
				return -ENOMEM;
	for (i = 0; i < graph->num_outputs; i++, at++)
		if (connect(out, graph->output[i], NULL, at))
			return -ENOMEM;
	return 0;
}

/* ---- Graphviz ------------------------------------------------------------ */

static const char *dot_style(enum gs_draw_kind kind)
{
	switch (kind) {
	case GS_DRAW_INPUT:
	case GS_DRAW_OUTPUT:
		return "style=\"rounded,filled\", fillcolor=\"#e4f4dc\"";
	case GS_DRAW_WEIGHTED:
		return "style=filled, fillcolor=\"#d8e8f8\"";
	case GS_DRAW_MOVE:
		return "style=filled, fillcolor=\"#eeeeee\"";
	case GS_DRAW_OTHER:
	case GS_DRAW_BEND:
		break;
	}
	return "style=filled, fillcolor=\"#fbeed2\"";
}

/* Labels have printable characters only. */
static void put_dot(const char *s, FILE *out)
{
	for (; *s; s++)
		fprintf(out, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
}

int gs_graph_draw_dot(struct gs_graph *graph, FILE *out, struct gs_diag *diag)
{
	struct gs_drawing d;
	unsigned i, l;

	if (gs_draw_collect(graph, &d)) {
		gs_draw_free(&d);
		return gs_error(diag, -ENOMEM, "out of memory");
	}
	fputs("digraph model {\n\tnode [shape=box, fontname=monospace, fontsize=11];\n",
	      out);
	for (i = 0; i < d.num_boxes; i++) {
		fprintf(out, "\tn%u [%s, label=\"", i,
			dot_style(d.box[i].kind));
		for (l = 0; l < d.box[i].num_lines; l++) {
			fputs(l ? "\\n" : "", out);
			put_dot(d.box[i].line[l], out);
		}
		fputs("\"];\n", out);
	}
	for (i = 0; i < d.num_edges; i++)
		fprintf(out, "\tn%u -> n%u;\n", d.edge[i].from, d.edge[i].to);
	fputs("}\n", out);
	gs_draw_free(&d);
	return 0;
}
