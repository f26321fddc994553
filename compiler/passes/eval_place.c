/* SPDX-License-Identifier: MIT */
#include "compiler/passes/eval_place.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN 16 /* floats: a line of the cache */
#define MOST (SIZE_MAX / 64)

struct placing {
	const struct gs_graph *graph;
	struct gs_eval_place *place;
	size_t *last; /* step that reads a tensor last, by id */
	unsigned *live; /* ids by offset */
	size_t num_live, total;
};

static size_t end_of(const struct placing *p, unsigned id)
{
	const size_t elems = p->place[id].elems;

	return p->place[id].offset + (elems + ALIGN - 1) / ALIGN * ALIGN;
}

/* The lowest place between those that are live */
static int take(struct placing *p, unsigned id)
{
	const size_t elems = p->place[id].elems;
	size_t at = 0, i;

	if (!elems)
		return 0;
	if (elems > MOST)
		return -ENOMEM;
	for (i = 0; i < p->num_live; i++) {
		if (p->place[p->live[i]].offset - at >= elems)
			break;
		at = end_of(p, p->live[i]);
	}
	if (at > MOST - elems)
		return -ENOMEM;
	memmove(p->live + i + 1, p->live + i,
		(p->num_live - i) * sizeof(*p->live));
	p->live[i] = id;
	p->num_live++;
	p->place[id].offset = at;
	if (end_of(p, id) > p->total)
		p->total = end_of(p, id);
	return 0;
}

/* Forget those that no step from @step on reads. */
static void drop(struct placing *p, size_t step)
{
	size_t i, kept = 0;

	for (i = 0; i < p->num_live; i++)
		if (p->last[p->live[i]] >= step)
			p->live[kept++] = p->live[i];
	p->num_live = kept;
}

static unsigned root_id(const struct gs_tensor *t)
{
	while (t->view_of)
		t = t->view_of;
	return t->id;
}

/* Tensors no node computes are there from the beginning; constants stay. */
static void find_lives(struct placing *p, bool sparing, bool *computed)
{
	const struct gs_graph *g = p->graph;
	const struct gs_node *node;
	size_t step = 1;
	unsigned i;

	for (node = g->node; node; node = node->next, step++) {
		for (i = 0; i < node->num_inputs; i++)
			if (node->input[i])
				p->last[root_id(node->input[i])] = step;
		for (i = 0; i < node->num_outputs; i++)
			if (node->output[i])
				computed[root_id(node->output[i])] = true;
	}
	for (i = 0; i < g->num_tensors; i++)
		if (!sparing || g->tensor[i]->data)
			p->last[i] = SIZE_MAX;
}

/* Several nodes may write parts of one tensor: it is placed for the first. */
static int place_all(struct placing *p, bool *computed)
{
	const struct gs_node *node;
	size_t step = 1;
	unsigned i;
	int ret = 0;

	for (i = 0; i < p->graph->num_tensors && !ret; i++)
		if (!computed[i])
			ret = take(p, i);
	for (node = p->graph->node; node && !ret; node = node->next, step++) {
		drop(p, step);
		for (i = 0; i < node->num_outputs && !ret; i++) {
			const struct gs_tensor *t = node->output[i];

			if (!t || t->view_of || !computed[t->id])
				continue;
			computed[t->id] = false;
			/* What nobody reads is there when it is computed. */
			if (p->last[t->id] < step)
				p->last[t->id] = step;
			ret = take(p, t->id);
		}
	}
	return ret;
}

int gs_eval_place(const struct gs_graph *graph, struct gs_eval_place *place,
		  bool sparing, size_t *total)
{
	const size_t num = (size_t)graph->num_tensors + 1;
	struct placing p = { .graph = graph, .place = place };
	bool *computed = calloc(num, sizeof(*computed));
	int ret = -ENOMEM;

	p.last = calloc(num, sizeof(*p.last));
	p.live = calloc(num, sizeof(*p.live));
	if (computed && p.last && p.live) {
		find_lives(&p, sparing, computed);
		ret = place_all(&p, computed);
	}
	*total = p.total;
	free(computed);
	free(p.last);
	free(p.live);
	return ret;
}
