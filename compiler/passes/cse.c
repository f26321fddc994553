/* SPDX-License-Identifier: MIT */
/*
 * Common subexpressions: of nodes that compute the same of the same, the first
 * one does it for all.
 */
#include <errno.h>
#include <stdlib.h>

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

		/* A result of the model keeps its name. Expand says its shape nowhere else. */
		if (!x || !y ? x != y :
			       y->is_output || x->type != y->type ||
				       !gs_shape_equal(&x->shape, &y->shape) ||
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

/* ---- which were there -------------------------------------------------------- */

#define HASHED_BYTES 64 /* of a constant: others are compared */

/* A node that does the work for those like it */
struct seen {
	struct gs_node *node;
	struct seen *next;
};

struct table {
	struct seen *entry, **list; /* lists in the model's order */
	size_t num, num_lists;
};

static uint64_t hash(uint64_t sum, const void *data, size_t size)
{
	const unsigned char *byte = data;
	size_t i;

	for (i = 0; i < size; i++)
		sum = (sum ^ byte[i]) * UINT64_C(0x100000001b3);
	return sum;
}

/* Tensors that same_tensor() calls the same have the same sum. */
static uint64_t hash_tensor(uint64_t sum, const struct gs_tensor *t)
{
	const void *self = t && t->view_of ? t->view_of : t;
	size_t size;

	if (!t || !t->data)
		return hash(sum, &self, sizeof(self));
	size = (size_t)gs_shape_elems(&t->shape) * gs_dtype_size(t->type);
	return hash(sum, t->data, size < HASHED_BYTES ? size : HASHED_BYTES);
}

static struct seen **list_of(const struct table *table,
			     const struct gs_node *node)
{
	uint64_t sum =
		hash(UINT64_C(0xcbf29ce484222325), node->op, strlen(node->op));
	unsigned i;

	for (i = 0; i < node->num_inputs; i++)
		sum = hash_tensor(sum, node->input[i]);
	return &table->list[sum % table->num_lists];
}

static int table_init(struct table *table, const struct gs_graph *graph)
{
	const struct gs_node *node;

	*table = (struct table){ .num_lists = 1 };
	for (node = graph->node; node; node = node->next)
		table->num_lists++;
	table->entry = calloc(table->num_lists, sizeof(*table->entry));
	table->list = calloc(table->num_lists, sizeof(struct seen *));
	return table->entry && table->list ? 0 : -ENOMEM;
}

static void table_fini(struct table *table)
{
	free(table->entry);
	free(table->list);
}

/* The first node that computes the same; without one @node is that. */
static struct gs_node *find_or_add(struct table *table, struct gs_node *node)
{
	struct seen **at = list_of(table, node);

	for (; *at; at = &(*at)->next)
		if (same_node((*at)->node, node))
			return (*at)->node;
	table->entry[table->num].node = node;
	*at = &table->entry[table->num++];
	return node;
}

int gs_pass_cse(struct gs_graph *graph, struct gs_diag *diag)
{
	struct gs_node *first, *node, *next;
	struct table table;
	int ret = table_init(&table, graph);

	/* In order: inputs are merged before those that read them are compared. */
	for (node = graph->node; node && !ret; node = next) {
		next = node->next;
		first = find_or_add(&table, node);
		if (first != node)
			ret = merge(graph, first, node);
	}
	table_fini(&table);
	ret = ret ? ret : gs_graph_prune(graph);
	return ret < 0 ? gs_nomem(diag) : 0;
}
