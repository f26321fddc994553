/* SPDX-License-Identifier: MIT */
#include "compiler/schedule/needs.h"

#include <errno.h>
#include <stdlib.h>

/* Elements of a tensor's memory, in its coordinates */
struct box {
	bool whole;
	bool first_of_all; /* written by who comes before all but its like */
	int64_t first[GS_MEM_DIMS], last[GS_MEM_DIMS];
};

/* A layer that reads or writes the memory of a slot */
struct access {
	unsigned slot, layer;
	bool writes;
	struct box box; /* of what it writes */
};

struct accesses {
	struct access *access;
	unsigned num, cap;
	const struct gs_slots *slots;
};

int gs_needs_add(struct gs_needs *n, unsigned of, unsigned item)
{
	if (n->num == n->cap) {
		const unsigned cap = 2 * n->cap + 64;
		struct gs_pair *more = realloc(n->pair, cap * sizeof(*more));

		if (!more)
			return -ENOMEM;
		n->pair = more;
		n->cap = cap;
	}
	n->pair[n->num++] = (struct gs_pair){ of, item };
	return 0;
}

void gs_needs_fini(struct gs_needs *n)
{
	free(n->pair);
	*n = (struct gs_needs){ 0 };
}

bool gs_reads_nothing(const struct gs_bound_node *b)
{
	unsigned i;

	for (i = 0; i < b->node->num_inputs; i++)
		if (b->node->input[i] && !b->node->input[i]->data)
			return false;
	return true;
}

/* What a store of an operand may write: lanes behind its channels, too. */
static struct box box_of(const struct gs_bound_node *b,
			 const struct gs_bound_operand *o)
{
	const struct gs_access *a = o->access;
	const unsigned lane = o->decl->num_dims - 1;
	const int64_t lanes = b->lanes;
	struct box box = { .first_of_all = gs_reads_nothing(b) };
	unsigned d;

	if (!a || gs_tensor_owner(o->tensor)->no_border)
		return (struct box){ .whole = true };
	for (d = 0; d < GS_MEM_DIMS; d++)
		box.first[d] = box.last[d] = a->at[d];
	for (d = 0; d < lane; d++) {
		const int64_t way = a->dim[d].step * (o->extent[d] - 1);

		if (way < 0)
			box.first[a->dim[d].dim] += way;
		else
			box.last[a->dim[d].dim] += way;
	}
	box.last[GS_MEM_C] += (o->extent[lane] + lanes - 1) / lanes * lanes - 1;
	return box;
}

static bool are_apart(const struct box *a, const struct box *b)
{
	unsigned d;

	if (a->whole || b->whole || a->first_of_all != b->first_of_all)
		return false;
	for (d = 0; d < GS_MEM_DIMS; d++)
		if (a->last[d] < b->first[d] || b->last[d] < a->first[d])
			return true;
	return false;
}

static int add_access(struct accesses *l, struct gs_tensor *t, unsigned layer,
		      bool writes, struct box box)
{
	const struct gs_slot *slot = t ? gs_slots_find(l->slots, t) : NULL;

	if (!slot)
		return 0;
	if (l->num == l->cap) {
		const unsigned cap = 2 * l->cap + 64;
		struct access *more = realloc(l->access, cap * sizeof(*more));

		if (!more)
			return -ENOMEM;
		l->access = more;
		l->cap = cap;
	}
	l->access[l->num++] =
		(struct access){ (unsigned)(slot - l->slots->slot), layer,
				 writes, box };
	return 0;
}

static int list_layer(struct accesses *l, const struct gs_bound_node *b,
		      unsigned layer)
{
	const struct box whole = { .whole = true };
	unsigned i;
	int ret = 0;

	for (i = 0; i < b->node->num_inputs && !ret; i++)
		ret = add_access(l, b->node->input[i], layer, false, whole);
	for (i = 0; i < b->num_operands && !ret; i++) {
		const struct gs_bound_operand *o = &b->operand[i];
		const bool writes = o->decl->kind == GS_CL_OUTPUT;

		if (writes || gs_is_read(o))
			ret = add_access(l, o->tensor, layer, writes,
					 writes ? box_of(b, o) : whole);
	}
	return ret;
}

static int by_slot(const void *a, const void *b)
{
	const struct access *x = a, *y = b;

	if (x->slot != y->slot)
		return x->slot < y->slot ? -1 : 1;
	if (x->layer != y->layer)
		return x->layer < y->layer ? -1 : 1;
	return (int)x->writes - (int)y->writes;
}

static int add_needs(struct gs_needs *needs, const struct accesses *l)
{
	unsigned i, k;
	int ret = 0;

	for (i = 0; i < l->num; i++) {
		const struct access *a = &l->access[i];

		for (k = i + 1; k < l->num && !ret; k++) {
			const struct access *b = &l->access[k];

			if (b->slot != a->slot)
				break;
			if (a->layer == b->layer || !(a->writes || b->writes) ||
			    (a->writes && b->writes &&
			     are_apart(&a->box, &b->box)))
				continue;
			ret = gs_needs_add(needs, b->layer, a->layer);
		}
	}
	return ret;
}

int gs_needs_find(struct gs_needs *needs, const struct gs_slots *slots,
		  const struct gs_bound_node *const *layer, unsigned num_layers)
{
	struct accesses l = { .slots = slots };
	unsigned i;
	int ret = 0;

	*needs = (struct gs_needs){ 0 };
	for (i = 0; i < num_layers && !ret; i++)
		ret = list_layer(&l, layer[i], i);
	if (!ret && l.num)
		qsort(l.access, l.num, sizeof(*l.access), by_slot);
	ret = ret ? ret : add_needs(needs, &l);
	free(l.access);
	return ret;
}
