/* SPDX-License-Identifier: MIT */
/*
 * Common subexpressions: of nodes that compute the same of the same, the first
 * one does it for all.
 */
#include <errno.h>

#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

static bool same_quant(const struct gs_quant *a, const struct gs_quant *b)
{
	if (!a->valid || !b->valid)
		return a->valid == b->valid;
	return a->type == b->type && a->num_scales == b->num_scales &&
	       a->axis == b->axis && a->zero_point == b->zero_point &&
	       !memcmp(a->scale, b->scale, a->num_scales * sizeof(*a->scale));
}

static bool same_elements(const struct gs_tensor *a, const struct gs_tensor *b)
{
	const size_t num = (size_t)gs_shape_elems(&a->shape);

	if (!a->data || !b->data || !a->qdata != !b->qdata)
		return false;
	return !memcmp(a->data, b->data, num * gs_dtype_size(a->type)) &&
	       (!a->qdata || !memcmp(a->qdata, b->qdata,
				     num * gs_dtype_size(a->quant.type)));
}

/* One tensor, two views of one, or constants of equal elements */
static bool same_tensor(const struct gs_tensor *a, const struct gs_tensor *b)
{
	if (a == b || !a || !b)
		return a == b;
	if (a->type != b->type || !gs_shape_equal(&a->shape, &b->shape) ||
	    !same_quant(&a->quant, &b->quant))
		return false;
	return (a->view_of && a->view_of == b->view_of) || same_elements(a, b);
}

static bool same_results(const struct gs_node *a, const struct gs_node *b)
{
	unsigned i;

	for (i = 0; i < a->num_outputs; i++) {
		const struct gs_tensor *x = a->output[i], *y = b->output[i];

		/* A result of the model keeps its name. */
		if (!x || !y ? x != y :
			       y->is_output || x->type != y->type ||
				       !same_quant(&x->quant, &y->quant))
			return false;
	}
	return true;
}

static bool same_node(const struct gs_node *a, const struct gs_node *b)
{
	unsigned i;

	if (strcmp(a->op, b->op) || strcmp(a->domain, b->domain) ||
	    a->num_inputs != b->num_inputs ||
	    a->num_outputs != b->num_outputs || a->num_attrs != b->num_attrs ||
	    a->activation != b->activation || a->residual != b->residual ||
	    a->order != b->order || a->has_order != b->has_order ||
	    a->fixed_order != b->fixed_order ||
	    memcmp(a->act, b->act, sizeof(a->act)))
		return false;
	for (i = 0; i < a->num_inputs; i++)
		if (!same_tensor(a->input[i], b->input[i]))
			return false;
	for (i = 0; i < a->num_attrs; i++) {
		const struct gs_attr *same = gs_node_attr(b, a->attr[i].name);

		if (!same || !gs_attr_equal(&a->attr[i], same))
			return false;
	}
	return same_results(a, b);
}

/* Who reads @from, or a view of it, reads @to. */
static void become(struct gs_graph *graph, struct gs_tensor *from,
		   struct gs_tensor *to)
{
	unsigned i;

	gs_graph_replace_uses(graph, from, to);
	for (i = 0; i < graph->num_tensors; i++)
		if (graph->tensor[i]->view_of == from)
			graph->tensor[i]->view_of = to;
}

static int merge(struct gs_graph *graph, struct gs_node *first,
		 struct gs_node *second)
{
	unsigned i;

	for (i = 0; i < second->num_outputs; i++)
		if (second->output[i])
			become(graph, second->output[i], first->output[i]);
	gs_graph_remove_node(graph, second);
	return gs_node_add_fused(graph, first, second->name);
}

int gs_pass_cse(struct gs_graph *graph, struct gs_diag *diag)
{
	struct gs_node *first, *node, *next;

	/* In order: inputs are merged before those that read them are compared. */
	for (first = graph->node; first; first = first->next) {
		for (node = first->next; node; node = next) {
			next = node->next;
			if (same_node(first, node) &&
			    merge(graph, first, node) < 0)
				return gs_nomem(diag);
		}
	}
	return gs_graph_prune(graph) < 0 ? gs_nomem(diag) : 0;
}
