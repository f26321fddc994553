/* SPDX-License-Identifier: MIT */
#include "compiler/compile_order.h"

#include <errno.h>
#include <stdlib.h>

struct layers {
	const struct gs_graph *graph;
	const char *where;
	struct gs_diag *diag;
	const struct gs_node **node; /* in order */
	const struct gs_bound_node *
		*by; /* the layer of each node, by its number */
	unsigned num, most;
};

static int fault(const struct layers *l, const struct gs_node *node,
		 const char *what, const char *name)
{
	return gs_error(l->diag, -EINVAL, "%s: node '%s' (%s) %s%s%s%s",
			l->where, node->name, node->op, what, name ? " '" : "",
			name ? name : "", name ? "'" : "");
}

static int add(struct layers *l, const struct gs_bound_node *b,
	       const struct gs_node *node)
{
	if (node->id >= l->graph->next_node_id || l->num == l->most)
		return fault(l, node,
			     "is not in the graph, and computed by layer",
			     b->node->name);
	if (l->by[node->id])
		return fault(l, node, "is computed twice, also by layer",
			     l->by[node->id]->node->name);
	l->by[node->id] = b;
	l->node[l->num++] = node;
	return 0;
}

static int add_layers(struct layers *l, const struct gs_bound_node *b)
{
	unsigned i;
	int ret = 0;

	for (; b && !ret; b = b->next) {
		if (!b->num_parts)
			ret = add(l, b, b->node);
		for (i = 0; i < b->num_parts && !ret; i++)
			ret = add(l, b, b->part[i]);
	}
	return ret;
}

/* Does a layer write a tensor to memory? */
static bool stores(const struct gs_bound_node *b, const struct gs_tensor *t)
{
	unsigned i;

	for (i = 0; i < b->num_operands; i++)
		if (b->operand[i].decl->kind == GS_CL_OUTPUT &&
		    b->operand[i].tensor == t)
			return true;
	return false;
}

/* What is not stored is read by nodes of the same layer alone. */
static int check_reads(const struct layers *l, const struct gs_node *node)
{
	unsigned i;

	for (i = 0; i < node->num_inputs; i++) {
		struct gs_tensor *t =
			node->input[i] ? gs_tensor_root(node->input[i]) : NULL;
		const struct gs_bound_node *by =
			t && t->producer ? l->by[t->producer->id] : NULL;

		if (by && by->num_parts && by != l->by[node->id] &&
		    !stores(by, t))
			return fault(
				l, node,
				"reads what a layer keeps to itself:", t->name);
	}
	return 0;
}

static int check(const struct layers *l)
{
	const struct gs_node *node;
	unsigned i;
	int ret = 0;

	for (node = l->graph->node; node && !ret; node = node->next) {
		if (!l->by[node->id])
			return fault(l, node, "is computed by no layer", NULL);
		ret = check_reads(l, node);
	}
	for (i = 0; i < l->graph->num_outputs && !ret; i++) {
		struct gs_tensor *t = gs_tensor_root(l->graph->output[i]);
		const struct gs_bound_node *by =
			t->producer ? l->by[t->producer->id] : NULL;

		if (by && by->num_parts && !stores(by, t))
			ret = fault(l, t->producer,
				    "is in a layer that does not store",
				    t->name);
	}
	return ret;
}

int gs_layers_nodes(const struct gs_graph *graph,
		    const struct gs_bound_node *first, const char *where,
		    const struct gs_node ***out, struct gs_diag *diag)
{
	struct layers l = { .graph = graph, .where = where, .diag = diag };
	const struct gs_node *node;
	int ret = -ENOMEM;

	for (node = graph->node; node; node = node->next)
		l.most++;
	l.node = calloc(l.most + 1u, sizeof(*l.node));
	l.by = calloc(graph->next_node_id + 1u, sizeof(*l.by));
	if (l.node && l.by)
		ret = add_layers(&l, first);
	else
		gs_error(diag, -ENOMEM, "out of memory");
	ret = ret ? ret : check(&l);
	free(l.by);
	if (ret)
		free(l.node);
	*out = ret ? NULL : l.node;
	return ret;
}
