/* SPDX-License-Identifier: MIT */
#include "compiler/compile_graph.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/draw.h"
#include "compiler/ir/fdfg.h"
#include "compiler/ir/fdfg_text.h"

/** What nodes open into */
struct opener {
	struct gs_graph *graph;
	const struct gs_bound_node *first;
	const struct gs_compile_opts *opts;
};

/* Behind a node, what it opens into */
static void write_open(void *ctx, const struct gs_node *node, FILE *out)
{
	const struct opener *o = ctx;
	const char *layer = o->opts->open_layer;
	const struct gs_bound_node *b = o->first;
	const struct gs_fdfg *f;

	if (layer && strcmp(layer, node->name))
		return;
	while (b && b->node != node)
		b = b->next;
	f = b ? gs_fdfg_open(o->graph, b) : NULL;
	if (f)
		gs_fdfg_remark(
			f, o->opts->open == GS_OPEN_SCALARS ? GS_OPEN_MOST : 0,
			out);
}

static int check_open(const struct opener *o, struct gs_diag *diag)
{
	const char *layer = o->opts->open_layer;
	const struct gs_node *node = o->graph->node;

	if (!o->opts->open)
		return 0;
	if (!o->first)
		return gs_error(diag, -EINVAL,
				"nodes open from pass 'bind' on");
	while (node && layer && strcmp(node->name, layer))
		node = node->next;
	return node ? 0 :
		      gs_error(diag, -EINVAL, "there is no node '%s' to open",
			       layer);
}

static int write_text(struct opener *o, const char *after, FILE *f,
		      struct gs_diag *diag)
{
	const int ret = check_open(o, diag);

	if (!ret)
		gs_fdfg_write(o->graph, after,
			      o->opts->open ? write_open : NULL, o, f);
	return ret;
}

int gs_emit_graph(struct gs_compiled *out, const struct gs_bound_node *first,
		  const struct gs_compile_opts *opts, enum gs_compile_goal goal,
		  const char *after, struct gs_diag *diag)
{
	struct opener o = { out->graph, first, opts };
	FILE *f = open_memstream(&out->text, &out->text_bytes);
	bool failed;
	int ret;

	if (!f)
		return gs_error(diag, -ENOMEM, "out of memory");
	if (goal == GS_GOAL_FDFG)
		ret = write_text(&o, after, f, diag);
	else if (goal == GS_GOAL_DOT)
		ret = gs_graph_draw_dot(out->graph, f, diag);
	else
		ret = gs_graph_draw_svg(out->graph, f, diag);
	failed = ferror(f);
	if ((fclose(f) || failed) && !ret)
		ret = gs_error(diag, -ENOMEM, "out of memory");
	return ret;
}

/* ---- layouts of a graph that was read ------------------------------------- */

/* A window of a folded first layer has columns of the input as channels. */
static bool is_folded(const struct gs_graph *graph, const struct gs_tensor *t)
{
	int64_t dims[GS_MEM_DIMS];
	unsigned i;

	for (i = 0; t->is_input && i < graph->num_tensors; i++) {
		const struct gs_tensor *window = graph->tensor[i];

		if (window->part.of != t)
			continue;
		gs_canonical_dims(window, gs_tensor_order(window), dims);
		if (dims[GS_MEM_C] > t->layout.c)
			return true;
	}
	return false;
}

bool *gs_layouts_hide(struct gs_graph *graph)
{
	bool *hidden = calloc(graph->num_tensors + 1u, sizeof(*hidden));
	unsigned i;

	for (i = 0; hidden && i < graph->num_tensors; i++)
		hidden[i] = graph->tensor[i]->layout.valid &&
			    !is_folded(graph, graph->tensor[i]);
	for (i = 0; hidden && i < graph->num_tensors; i++)
		if (hidden[i])
			graph->tensor[i]->layout.valid = false;
	return hidden;
}

void gs_layouts_show(struct gs_graph *graph, bool *hidden)
{
	unsigned i;

	for (i = 0; hidden && i < graph->num_tensors; i++)
		if (hidden[i])
			graph->tensor[i]->layout.valid = true;
	free(hidden);
}
