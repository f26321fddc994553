/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/ir.h"
#include "compiler/ir/names.h"

static const char *node_name(struct gs_graph *graph, const char *name,
			     const char *op, unsigned id)
{
	const char *unique;
	char *low;

	if (name && *name) {
		unique = gs_graph_strdup(graph, name);
	} else {
		unique = gs_graph_printf(graph, "%s_%u", op, id);
		/* gs_graph_printf() gave this copy to us alone. */
		for (low = (char *)unique; low && *low; low++)
			*low = (char)tolower((unsigned char)*low);
		name = unique;
	}
	while (unique && gs_names_get(graph->node_names, unique))
		unique = gs_graph_printf(graph, "%s_%u", name, id++);
	return unique;
}

struct gs_node *gs_graph_add_node(struct gs_graph *graph, const char *name,
				  const char *op)
{
	struct gs_node *node = gs_graph_alloc(graph, sizeof(*node));

	if (!node)
		return NULL;
	node->id = graph->next_node_id;
	node->op = gs_graph_strdup(graph, op);
	node->domain = "";
	node->name = node_name(graph, name, op, node->id);
	if (!node->op || !node->name ||
	    gs_names_put(graph->node_names, node->name, node) < 0)
		return NULL;
	graph->next_node_id++;
	*graph->tail = node;
	graph->tail = &node->next;
	return node;
}

void gs_graph_remove_node(struct gs_graph *graph, struct gs_node *node)
{
	struct gs_node **link = &graph->node;
	unsigned i;

	while (*link && *link != node)
		link = &(*link)->next;
	if (!*link)
		return;
	if (gs_names_get(graph->node_names, node->name) == node)
		gs_names_drop(graph->node_names, node->name);
	*link = node->next;
	if (graph->tail == &node->next)
		graph->tail = link;
	for (i = 0; i < node->num_outputs; i++)
		if (node->output[i] && node->output[i]->producer == node)
			node->output[i]->producer = NULL;
}

void gs_node_set_input(struct gs_node *node, unsigned index,
		       struct gs_tensor *tensor)
{
	if (index >= GS_MAX_IO)
		return;
	node->input[index] = tensor;
	if (node->num_inputs <= index)
		node->num_inputs = index + 1;
}

void gs_node_set_output(struct gs_node *node, unsigned index,
			struct gs_tensor *tensor)
{
	if (index >= GS_MAX_IO)
		return;
	node->output[index] = tensor;
	if (node->num_outputs <= index)
		node->num_outputs = index + 1;
	if (tensor)
		tensor->producer = node;
}

/* ---- attributes ---------------------------------------------------------- */

static struct gs_attr *find_attr(const struct gs_node *node, const char *name)
{
	unsigned i;

	for (i = 0; i < node->num_attrs; i++)
		if (!strcmp(node->attr[i].name, name))
			return &node->attr[i];
	return NULL;
}

const struct gs_attr *gs_node_attr(const struct gs_node *node, const char *name)
{
	return find_attr(node, name);
}

static bool same_list(const struct gs_attr *a, const struct gs_attr *b,
		      const void *x, const void *y, size_t size)
{
	return a->num == b->num && (!a->num || !memcmp(x, y, a->num * size));
}

bool gs_attr_equal(const struct gs_attr *a, const struct gs_attr *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case GS_ATTR_INT:
		return a->i == b->i;
	case GS_ATTR_FLOAT:
		return !memcmp(&a->f, &b->f, sizeof(a->f));
	case GS_ATTR_STRING:
		return !strcmp(a->s, b->s);
	case GS_ATTR_INTS:
		return same_list(a, b, a->ints, b->ints, sizeof(*a->ints));
	case GS_ATTR_FLOATS:
		return same_list(a, b, a->floats, b->floats,
				 sizeof(*a->floats));
	case GS_ATTR_TENSOR:
	case GS_ATTR_OTHER:
		break;
	}
	return false;
}

int64_t gs_node_attr_int(const struct gs_node *node, const char *name,
			 int64_t fallback)
{
	const struct gs_attr *attr = find_attr(node, name);

	return attr && attr->kind == GS_ATTR_INT ? attr->i : fallback;
}

float gs_node_attr_float(const struct gs_node *node, const char *name,
			 float fallback)
{
	const struct gs_attr *attr = find_attr(node, name);

	return attr && attr->kind == GS_ATTR_FLOAT ? attr->f : fallback;
}

const char *gs_node_attr_string(const struct gs_node *node, const char *name,
				const char *fallback)
{
	const struct gs_attr *attr = find_attr(node, name);

	return attr && attr->kind == GS_ATTR_STRING ? attr->s : fallback;
}

int gs_node_set_attr(struct gs_graph *graph, struct gs_node *node,
		     const struct gs_attr *attr)
{
	struct gs_attr *old = find_attr(node, attr->name), *list;

	if (old) {
		*old = *attr;
		return 0;
	}
	list = gs_graph_alloc_array(graph, node->num_attrs + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	if (node->num_attrs)
		memcpy(list, node->attr, node->num_attrs * sizeof(*list));
	list[node->num_attrs++] = *attr;
	node->attr = list;
	return 0;
}

int gs_node_set_attr_int(struct gs_graph *graph, struct gs_node *node,
			 const char *name, int64_t value)
{
	struct gs_attr attr = { .kind = GS_ATTR_INT, .i = value };

	attr.name = gs_graph_strdup(graph, name);
	return attr.name ? gs_node_set_attr(graph, node, &attr) : -ENOMEM;
}

int gs_node_set_attr_ints(struct gs_graph *graph, struct gs_node *node,
			  const char *name, const int64_t *values, size_t num)
{
	struct gs_attr attr = { .kind = GS_ATTR_INTS, .num = num };
	int64_t *copy = gs_graph_alloc_array(graph, num, sizeof(*copy));

	attr.name = gs_graph_strdup(graph, name);
	if (!copy || !attr.name)
		return -ENOMEM;
	if (num)
		memcpy(copy, values, num * sizeof(*copy));
	attr.ints = copy;
	return gs_node_set_attr(graph, node, &attr);
}

int gs_node_set_attr_float(struct gs_graph *graph, struct gs_node *node,
			   const char *name, float value)
{
	struct gs_attr attr = { .kind = GS_ATTR_FLOAT, .f = value };

	attr.name = gs_graph_strdup(graph, name);
	return attr.name ? gs_node_set_attr(graph, node, &attr) : -ENOMEM;
}

int gs_node_set_attr_floats(struct gs_graph *graph, struct gs_node *node,
			    const char *name, const float *values, size_t num)
{
	struct gs_attr attr = { .kind = GS_ATTR_FLOATS, .num = num };
	float *copy = gs_graph_alloc_array(graph, num, sizeof(*copy));

	attr.name = gs_graph_strdup(graph, name);
	if (!copy || !attr.name)
		return -ENOMEM;
	if (num)
		memcpy(copy, values, num * sizeof(*copy));
	attr.floats = copy;
	return gs_node_set_attr(graph, node, &attr);
}

int gs_node_set_attr_string(struct gs_graph *graph, struct gs_node *node,
			    const char *name, const char *value)
{
	struct gs_attr attr = { .kind = GS_ATTR_STRING };

	attr.name = gs_graph_strdup(graph, name);
	attr.s = gs_graph_strdup(graph, value);
	if (!attr.name || !attr.s)
		return -ENOMEM;
	return gs_node_set_attr(graph, node, &attr);
}

void gs_node_remove_attr(struct gs_node *node, const char *name)
{
	struct gs_attr *attr = find_attr(node, name), *end;

	if (!attr)
		return;
	end = node->attr + node->num_attrs--;
	memmove(attr, attr + 1, (size_t)(end - attr - 1) * sizeof(*attr));
}

int gs_node_add_fused(struct gs_graph *graph, struct gs_node *node,
		      const char *name)
{
	const char *list;

	list = node->fused ?
		       gs_graph_printf(graph, "%s,%s", node->fused, name) :
		       gs_graph_strdup(graph, name);
	if (!list)
		return -ENOMEM;
	node->fused = list;
	return 0;
}

int gs_node_error(struct gs_diag *diag, int err, const struct gs_node *node,
		  const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	gs_error_at(diag, err, fmt, args, "node '%s' (%s): ", node->name,
		    node->op);
	va_end(args);
	return err;
}

/* ---- topological order --------------------------------------------------- */

enum state { NEW, OPEN, DONE };

struct sort {
	unsigned char *state; /* of each node, by id */
	struct gs_node **stack;
	unsigned *next_input; /* of each node on the stack */
	struct gs_node **tail;
};

static bool in_order(const struct gs_graph *graph, unsigned char *done)
{
	const struct gs_node *node;
	bool ordered = true;
	unsigned i;

	for (node = graph->node; node; node = node->next) {
		for (i = 0; i < node->num_inputs; i++) {
			const struct gs_tensor *t = node->input[i];

			while (t && t->view_of)
				t = t->view_of;
			if (t && t->producer && !done[t->producer->id])
				ordered = false;
		}
		done[node->id] = 1;
	}
	return ordered;
}

/* The first producer of an input of @node that has not been placed. */
static struct gs_node *unplaced(struct sort *sort, const struct gs_node *node,
				unsigned *next)
{
	while (*next < node->num_inputs) {
		struct gs_tensor *t = node->input[(*next)++];

		if (!t)
			continue;
		t = gs_tensor_root(t);
		if (t->producer && sort->state[t->producer->id] != DONE)
			return t->producer;
	}
	return NULL;
}

/* Place @root behind all it needs; the name of a node in a cycle, or NULL */
static const char *place(struct sort *sort, struct gs_node *root)
{
	unsigned depth = 1;

	sort->stack[0] = root;
	sort->next_input[0] = 0;
	sort->state[root->id] = OPEN;
	while (depth) {
		struct gs_node *node = sort->stack[depth - 1], *need;

		need = unplaced(sort, node, &sort->next_input[depth - 1]);
		if (!need) {
			sort->state[node->id] = DONE;
			*sort->tail = node;
			sort->tail = &node->next;
			depth--;
			continue;
		}
		if (sort->state[need->id] == OPEN)
			return need->name;
		sort->state[need->id] = OPEN;
		sort->stack[depth] = need;
		sort->next_input[depth++] = 0;
	}
	return NULL;
}

int gs_graph_sort(struct gs_graph *graph, struct gs_diag *diag)
{
	size_t num = graph->next_node_id;
	struct sort sort = { 0 };
	struct gs_node **list, *node;
	const char *cycle;
	size_t i, n = 0;

	sort.state = gs_graph_alloc(graph, num);
	sort.stack = gs_graph_alloc_array(graph, num, sizeof(*sort.stack));
	sort.next_input =
		gs_graph_alloc_array(graph, num, sizeof(*sort.next_input));
	list = gs_graph_alloc_array(graph, num, sizeof(*list));
	if (!sort.state || !sort.stack || !sort.next_input || !list)
		return gs_error(diag, -ENOMEM, "out of memory");
	if (in_order(graph, sort.state))
		return 0;
	memset(sort.state, NEW, num);
	for (node = graph->node; node; node = node->next)
		list[n++] = node;
	sort.tail = &graph->node;
	for (i = 0; i < n; i++) {
		if (sort.state[list[i]->id] != NEW)
			continue;
		cycle = place(&sort, list[i]);
		if (cycle)
			return gs_error(
				diag, -ELOOP,
				"node '%s' needs its own result: the graph has a cycle",
				cycle);
	}
	*sort.tail = NULL;
	graph->tail = sort.tail;
	return 0;
}
