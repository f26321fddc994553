/* SPDX-License-Identifier: MIT */
/*
 * Places of activations. Tensors that are not alive at the same time share
 * memory; inputs and outputs of the model, and tensors whose border only the
 * loader makes, have a place of their own.
 */
#include <errno.h>
#include <stdlib.h>

#include "compiler/codegen/emit.h"

#define SLOT_ALIGN 64

/* A tensor and the layers it is alive in. */
struct slot {
	const struct gs_tensor *tensor;
	uint64_t bytes, offset;
	unsigned first, last;
	bool used; /* by a layer */
	bool shared;
};

static bool has_border(const struct gs_layout *l)
{
	return l->top || l->left || l->bottom || l->right;
}

static bool is_owner(struct gs_tensor *const *list, unsigned num,
		     const struct gs_tensor *t)
{
	unsigned i;

	for (i = 0; i < num; i++)
		if (gs_tensor_owner(list[i]) == t)
			return true;
	return false;
}

static bool may_share(const struct gs_graph *g, const struct gs_tensor *t)
{
	return !is_owner(g->input, g->num_inputs, t) &&
	       !is_owner(g->output, g->num_outputs, t) &&
	       (!has_border(&t->layout) || t->layout.filled);
}

static bool has_slot(const struct gs_tensor *t)
{
	return !t->view_of && !t->part.of && t->layout.valid && !t->data;
}

/* Slots are in the order of the tensors' numbers. */
static struct slot *slot_of(struct slot *slot, unsigned num,
			    const struct gs_tensor *t)
{
	unsigned low = 0;

	while (low < num) {
		const unsigned mid = low + (num - low) / 2;

		if (slot[mid].tensor == t)
			return &slot[mid];
		if (slot[mid].tensor->id < t->id)
			low = mid + 1;
		else
			num = mid;
	}
	return NULL;
}

static void use(struct slot *slot, unsigned num, struct gs_tensor *t,
		unsigned layer)
{
	struct slot *s = slot_of(slot, num, gs_tensor_owner(t));

	if (!s)
		return;
	if (!s->used)
		s->first = layer;
	s->used = true;
	s->last = layer;
}

static void find_lives(struct slot *slot, unsigned num,
		       const struct gs_planned *layer, unsigned num_layers)
{
	unsigned i, k;

	for (i = 0; i < num_layers; i++) {
		const struct gs_bound_node *b = layer[i].binding;

		for (k = 0; k < b->num_operands; k++)
			if (b->operand[k].tensor)
				use(slot, num, b->operand[k].tensor, i);
	}
}

static bool meet(const struct slot *a, const struct slot *b)
{
	return a->first <= b->last && b->first <= a->last;
}

/* Larger first; the rest by number, so that the result is always the same. */
static int by_size(const void *a, const void *b)
{
	const struct slot *x = *(const struct slot *const *)a;
	const struct slot *y = *(const struct slot *const *)b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return x->tensor->id < y->tensor->id ? -1 : 1;
}

/* The lowest place where nothing stands that is alive at the same time. */
static void place_shared(struct slot **order, unsigned at, uint64_t base)
{
	struct slot *s = order[at];
	bool moved = true;
	unsigned i;

	s->offset = base;
	while (moved) {
		moved = false;
		for (i = 0; i < at; i++) {
			const struct slot *o = order[i];

			if (!meet(s, o) || s->offset >= o->offset + o->bytes ||
			    o->offset >= s->offset + s->bytes)
				continue;
			s->offset = o->offset + o->bytes;
			moved = true;
		}
	}
}

static int place_all(struct gs_program *p, struct slot *slot, unsigned num)
{
	struct slot **order = calloc(num ? num : 1, sizeof(struct slot *));
	unsigned i, num_shared = 0;
	uint64_t base;

	if (!order)
		return -ENOMEM;
	for (i = 0; i < num; i++) {
		slot[i].offset = p->act_bytes;
		p->own_bytes += slot[i].bytes;
		if (slot[i].shared)
			order[num_shared++] = &slot[i];
		else
			p->act_bytes += slot[i].bytes;
	}
	base = p->act_bytes;
	qsort(order, num_shared, sizeof(struct slot *), by_size);
	for (i = 0; i < num_shared; i++) {
		uint64_t end;

		place_shared(order, i, base);
		end = order[i]->offset + order[i]->bytes;
		p->act_bytes = end > p->act_bytes ? end : p->act_bytes;
	}
	free(order);
	return 0;
}

static unsigned list_slots(const struct gs_graph *graph, struct slot *slot)
{
	unsigned i, num = 0;

	for (i = 0; i < graph->num_tensors; i++) {
		const struct gs_tensor *t = graph->tensor[i];

		if (!has_slot(t))
			continue;
		slot[num++] = (struct slot){
			.tensor = t,
			.bytes = (t->layout.bytes + SLOT_ALIGN - 1) /
				 SLOT_ALIGN * SLOT_ALIGN,
			.shared = may_share(graph, t),
		};
	}
	return num;
}

void gs_place_activations(struct gs_gen *g, const struct gs_planned *layer,
			  unsigned num_layers)
{
	const unsigned most = g->graph->num_tensors + 1;
	struct gs_program *p = g->prog;
	struct slot *slot = calloc(most, sizeof(*slot));
	unsigned i, num;

	p->place = calloc(most, sizeof(*p->place));
	if (!p->place || !slot) {
		free(slot);
		gs_gen_fail(g, -ENOMEM, NULL, "out of memory");
		return;
	}
	num = list_slots(g->graph, slot);
	find_lives(slot, num, layer, num_layers);
	if (place_all(p, slot, num))
		gs_gen_fail(g, -ENOMEM, NULL, "out of memory");
	for (i = 0; i < num; i++)
		p->place[p->num_places++] =
			(struct gs_place){ slot[i].tensor, slot[i].offset };
	if (p->act_bytes > UINT32_MAX)
		gs_gen_fail(g, -EFBIG, NULL,
			    "activations do not fit their 4 GiB window");
	free(slot);
}
