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
	size_t *first, *last; /* steps that need a tensor, by id */
	unsigned *by_size; /* ids, the largest first */
	unsigned *placed; /* ids by offset */
	size_t num_placed, total;
};

static size_t end_of(const struct placing *p, unsigned id)
{
	const size_t elems = p->place[id].elems;

	return p->place[id].offset + (elems + ALIGN - 1) / ALIGN * ALIGN;
}

/* The lowest place between those that are there in one of its steps */
static int take(struct placing *p, unsigned id)
{
	const size_t elems = p->place[id].elems;
	size_t at = 0, i;

	if (!elems)
		return 0;
	if (elems > MOST)
		return -ENOMEM;
	for (i = 0; i < p->num_placed; i++) {
		const unsigned other = p->placed[i];
		const size_t offset = p->place[other].offset;

		if (p->last[other] < p->first[id] ||
		    p->first[other] > p->last[id])
			continue;
		if (offset >= at && offset - at >= elems)
			break;
		at = end_of(p, other) > at ? end_of(p, other) : at;
	}
	if (at > MOST - elems)
		return -ENOMEM;
	for (i = 0; i < p->num_placed && p->place[p->placed[i]].offset <= at;)
		i++;
	memmove(p->placed + i + 1, p->placed + i,
		(p->num_placed - i) * sizeof(*p->placed));
	p->placed[i] = id;
	p->num_placed++;
	p->place[id].offset = at;
	if (end_of(p, id) > p->total)
		p->total = end_of(p, id);
	return 0;
}

static unsigned root_id(const struct gs_tensor *t)
{
	while (t->view_of)
		t = t->view_of;
	return t->id;
}

/*
 * Tensors no node computes are there from the beginning; constants stay. What
 * several nodes write parts of is there from the first, and what nobody reads
 * when it is computed.
 */
static void find_lives(struct placing *p, bool sparing)
{
	const struct gs_graph *g = p->graph;
	const struct gs_node *node;
	size_t step = 1;
	unsigned i, id;

	for (node = g->node; node; node = node->next, step++) {
		for (i = 0; i < node->num_inputs; i++)
			if (node->input[i])
				p->last[root_id(node->input[i])] = step;
		for (i = 0; i < node->num_outputs; i++) {
			if (!node->output[i])
				continue;
			id = root_id(node->output[i]);
			p->first[id] = p->first[id] ? p->first[id] : step;
			p->last[id] = step;
		}
	}
	for (i = 0; i < g->num_tensors; i++) {
		if (sparing && !g->tensor[i]->data)
			continue;
		p->first[i] = 0;
		p->last[i] = SIZE_MAX;
	}
}

/* The larger ones first, which leave gaps that the others fit. */
static int by_size(const void *a, const void *b, void *ctx)
{
	const struct gs_eval_place *place = ctx;
	const unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	if (place[x].elems != place[y].elems)
		return place[x].elems > place[y].elems ? -1 : 1;
	return x < y ? -1 : x > y;
}

static int place_all(struct placing *p)
{
	unsigned i;
	int ret = 0;

	for (i = 0; i < p->graph->num_tensors; i++)
		p->by_size[i] = i;
	qsort_r(p->by_size, p->graph->num_tensors, sizeof(*p->by_size), by_size,
		p->place);
	for (i = 0; i < p->graph->num_tensors && !ret; i++)
		ret = take(p, p->by_size[i]);
	return ret;
}

int gs_eval_place(const struct gs_graph *graph, struct gs_eval_place *place,
		  bool sparing, size_t *total)
{
	const size_t num = (size_t)graph->num_tensors + 1;
	struct placing p = { .graph = graph, .place = place };
	int ret = -ENOMEM;

	p.first = calloc(num, sizeof(*p.first));
	p.last = calloc(num, sizeof(*p.last));
	p.by_size = calloc(num, sizeof(*p.by_size));
	p.placed = calloc(num, sizeof(*p.placed));
	if (p.first && p.last && p.by_size && p.placed) {
		find_lives(&p, sparing);
		ret = place_all(&p);
	}
	*total = p.total;
	free(p.first);
	free(p.last);
	free(p.by_size);
	free(p.placed);
	return ret;
}
