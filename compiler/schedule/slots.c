/* SPDX-License-Identifier: MIT */
#include "compiler/schedule/slots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOT_ALIGN 64

/* ---- the slots of a graph ------------------------------------------------ */

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

int gs_slots_init(struct gs_slots *s, const struct gs_graph *graph)
{
	unsigned i;

	*s = (struct gs_slots){ 0 };
	s->slot = calloc(graph->num_tensors + 1u, sizeof(*s->slot));
	if (!s->slot)
		return -ENOMEM;
	for (i = 0; i < graph->num_tensors; i++) {
		const struct gs_tensor *t = graph->tensor[i];

		if (!has_slot(t))
			continue;
		s->slot[s->num] = (struct gs_slot){
			.tensor = t,
			.bytes = (t->layout.bytes + SLOT_ALIGN - 1) /
				 SLOT_ALIGN * SLOT_ALIGN,
			.shared = may_share(graph, t),
		};
		s->own_bytes += s->slot[s->num++].bytes;
	}
	return 0;
}

void gs_slots_fini(struct gs_slots *s)
{
	free(s->slot);
	*s = (struct gs_slots){ 0 };
}

struct gs_slot *gs_slots_find(const struct gs_slots *s, struct gs_tensor *t)
{
	const struct gs_tensor *owner = gs_tensor_owner(t);
	unsigned low = 0, high = s->num;

	while (low < high) {
		const unsigned mid = low + (high - low) / 2;

		if (s->slot[mid].tensor == owner)
			return &s->slot[mid];
		if (s->slot[mid].tensor->id < owner->id)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* ---- lives --------------------------------------------------------------- */

static void use(struct gs_slot *s, unsigned layer)
{
	if (!s->used || layer < s->first)
		s->first = layer;
	if (!s->used || layer > s->last)
		s->last = layer;
	s->used = true;
}

void gs_slots_live(struct gs_slots *s, const struct gs_bound_node *const *layer,
		   unsigned num_layers)
{
	unsigned i, k;

	for (i = 0; i < s->num; i++) {
		s->slot[i].used = false;
		s->slot[i].first = s->slot[i].last = 0;
	}
	for (i = 0; i < num_layers; i++)
		for (k = 0; k < layer[i]->num_operands; k++) {
			struct gs_tensor *t = layer[i]->operand[k].tensor;
			struct gs_slot *slot = t ? gs_slots_find(s, t) : NULL;

			if (slot)
				use(slot, i);
		}
}

/* Those that are in no layer stand in the first. */
static void add_up(const struct gs_slots *s, uint64_t *live, unsigned num)
{
	unsigned i;

	memset(live, 0, num * sizeof(*live));
	for (i = 0; i < s->num; i++) {
		const struct gs_slot *slot = &s->slot[i];
		unsigned l;

		for (l = slot->first;
		     slot->shared && l <= slot->last && l < num; l++)
			live[l] += slot->bytes;
	}
}

static unsigned count_layers(const struct gs_slots *s)
{
	unsigned i, num = 1;

	for (i = 0; i < s->num; i++)
		if (s->slot[i].last + 1 > num)
			num = s->slot[i].last + 1;
	return num;
}

static uint64_t least_of(const struct gs_slots *s, const uint64_t *live,
			 unsigned num)
{
	uint64_t least = 0, sum = 0;
	unsigned i;

	for (i = 0; i < num; i++)
		least = live[i] > least ? live[i] : least;
	for (i = 0; i < s->num; i++)
		sum += s->slot[i].shared ? 0 : s->slot[i].bytes;
	return least + sum;
}

int gs_slots_least(const struct gs_slots *s, uint64_t *least)
{
	const unsigned num = count_layers(s);
	uint64_t *live = calloc(num, sizeof(*live));

	if (!live)
		return -ENOMEM;
	add_up(s, live, num);
	*least = least_of(s, live, num);
	free(live);
	return 0;
}

/* ---- places -------------------------------------------------------------- */

/* A slot that is to be placed */
struct item {
	struct gs_slot *slot;
	uint64_t key; /* larger ones have their turn first */
	unsigned turn; /* in the best order so far */
	uint64_t offset;
};

struct placing {
	struct item *item; /* in the order they are placed */
	struct item **placed; /* by offset */
	const struct gs_slots *slots;
	const uint64_t *live; /* of each layer */
	unsigned num;
	const struct gs_slot *highest; /* in the last order that was tried */
	uint64_t base, least, best; /* @best: where the best places end */
	uint64_t work; /* slots looked at */
};

static bool meet(const struct gs_slot *a, const struct gs_slot *b)
{
	return a->first <= b->last && b->first <= a->last;
}

/* The lowest place where nothing stands that is alive at the same time */
static uint64_t find_gap(struct placing *p, unsigned num,
			 const struct gs_slot *s)
{
	uint64_t at = p->base;
	unsigned i;

	for (i = 0; i < num; i++) {
		const struct item *o = p->placed[i];

		if (o->offset + o->slot->bytes <= at || !meet(o->slot, s))
			continue;
		if (o->offset >= at + s->bytes)
			break;
		at = o->offset + o->slot->bytes;
	}
	p->work += i + 1;
	return at;
}

static void put(struct placing *p, unsigned num, struct item *it)
{
	while (num && p->placed[num - 1]->offset > it->offset) {
		p->placed[num] = p->placed[num - 1];
		num--;
	}
	p->placed[num] = it;
}

/*
 * Returns where the places end that all have in this order; the best are kept.
 * The first that ends above @limit is the last one that is placed.
 */
static uint64_t try_order(struct placing *p, uint64_t limit)
{
	uint64_t end = p->base;
	unsigned i;

	for (i = 0; i < p->num && end <= limit; i++) {
		struct item *it = &p->item[i];

		it->offset = find_gap(p, i, it->slot);
		put(p, i, it);
		if (it->offset + it->slot->bytes > end) {
			end = it->offset + it->slot->bytes;
			p->highest = it->slot;
		}
	}
	for (i = 0; i < p->num && end <= limit && end < p->best; i++) {
		p->item[i].turn = i;
		p->item[i].slot->offset = p->item[i].offset;
	}
	if (end <= limit && end < p->best)
		p->best = end;
	return end;
}

/* Larger keys first; the rest by number, so that the result is always the same. */
static int by_key(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? 1 : -1;
	if (x->slot->bytes != y->slot->bytes)
		return x->slot->bytes < y->slot->bytes ? 1 : -1;
	return x->slot->tensor->id < y->slot->tensor->id ? -1 : 1;
}

static int by_turn(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return x->turn < y->turn ? -1 : x->turn > y->turn;
}

enum way { LARGER, SOONER, BY_AREA, LONGER, BUSIER, NUM_WAYS };

static uint64_t key_of(const struct placing *p, const struct gs_slot *s,
		       enum way way)
{
	const uint64_t length = s->last - s->first + 1u;
	uint64_t most = 0;
	unsigned l;

	switch (way) {
	case SOONER:
		return UINT64_MAX - s->first;
	case BY_AREA:
		return s->bytes * length;
	case LONGER:
		return length;
	case BUSIER: /* alive where most is */
		for (l = s->first; l <= s->last; l++)
			most = p->live[l] > most ? p->live[l] : most;
		return most;
	case LARGER:
	case NUM_WAYS:
		break;
	}
	return s->bytes;
}

static void try_ways(struct placing *p)
{
	unsigned way, i;

	for (way = 0; way < NUM_WAYS && p->best > p->least; way++) {
		for (i = 0; i < p->num; i++)
			p->item[i].key = key_of(p, p->item[i].slot, way);
		qsort(p->item, p->num, sizeof(*p->item), by_key);
		try_order(p, UINT64_MAX);
	}
}

static uint32_t any_number(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

/* Everything between moves by one. */
static void move_item(struct placing *p, unsigned from, unsigned to)
{
	const struct item it = p->item[from];

	if (from > to)
		memmove(&p->item[to + 1], &p->item[to],
			(from - to) * sizeof(it));
	else
		memmove(&p->item[from], &p->item[from + 1],
			(to - from) * sizeof(it));
	p->item[to] = it;
}

static void swap_items(struct placing *p, unsigned a, unsigned b)
{
	const struct item it = p->item[a];

	p->item[a] = p->item[b];
	p->item[b] = it;
}

static unsigned find_highest(const struct placing *p)
{
	unsigned i = 0;

	while (p->item[i].slot != p->highest)
		i++;
	return i;
}

#define CLIMB_WORK (1u << 21) /* slots looked at: some ms */

/*
 * Small changes to the best order, as long as they do no harm: two change
 * turns, or what stood highest at last has its turn earlier. Always the same
 * ones.
 */
static void climb(struct placing *p)
{
	uint32_t seed = 1, way;
	uint64_t end;

	if (p->best <= p->least)
		return;
	if (p->num)
		qsort(p->item, p->num, sizeof(*p->item), by_turn);
	end = try_order(p, UINT64_MAX);
	p->work = 0;
	for (way = 0; p->work < CLIMB_WORK && p->best > p->least; way ^= 1) {
		unsigned a = any_number(&seed, p->num), b;
		uint64_t now;

		if (way)
			a = find_highest(p);
		b = any_number(&seed, way ? a + 1 : p->num);
		if (way)
			move_item(p, a, b);
		else
			swap_items(p, a, b);
		now = try_order(p, end);
		if (now <= end)
			end = now;
		else if (way)
			move_item(p, b, a);
		else
			swap_items(p, a, b);
	}
}

static void list_items(struct gs_slots *s, struct placing *p)
{
	unsigned i;

	for (i = 0; i < s->num; i++) {
		struct gs_slot *slot = &s->slot[i];

		slot->offset = p->base;
		if (slot->shared)
			p->item[p->num++].slot = slot;
		else
			p->base += slot->bytes;
	}
}

int gs_slots_place(struct gs_slots *s)
{
	const unsigned num_layers = count_layers(s);
	struct item **placed = calloc(s->num + 1u, sizeof(struct item *));
	uint64_t *live = calloc(num_layers, sizeof(*live));
	struct placing p = { .item = calloc(s->num + 1u, sizeof(struct item)),
			     .placed = placed,
			     .slots = s,
			     .live = live,
			     .best = UINT64_MAX };
	int ret = -ENOMEM;

	if (p.item && placed && live) {
		add_up(s, live, num_layers);
		p.least = least_of(s, live, num_layers);
		list_items(s, &p);
		try_ways(&p);
		climb(&p);
		s->bytes = p.best;
		ret = 0;
	}
	free(p.item);
	free(placed);
	free(live);
	return ret;
}
