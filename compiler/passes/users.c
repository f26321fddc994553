/* SPDX-License-Identifier: MIT */
#include "compiler/passes/users.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct gs_tensor *owner_of(const struct gs_bound_operand *o)
{
	return o->tensor ? gs_tensor_owner(o->tensor) : NULL;
}

int gs_users_init(struct gs_users *users, const struct gs_graph *graph,
		  const struct gs_bound_node *first)
{
	const struct gs_bound_node *b;

	users->num_tensors = graph->num_tensors;
	users->num = calloc(graph->num_tensors + 1u, sizeof(*users->num));
	if (!users->num)
		return -ENOMEM;
	for (b = first; b; b = b->next)
		gs_users_add(users, b);
	return 0;
}

void gs_users_fini(struct gs_users *users)
{
	free(users->num);
	users->num = NULL;
}

void gs_users_add(struct gs_users *users, const struct gs_bound_node *b)
{
	unsigned i;

	for (i = 0; i < b->num_operands; i++)
		if (owner_of(&b->operand[i]))
			users->num[owner_of(&b->operand[i])->id]++;
}

void gs_users_remove(struct gs_users *users, const struct gs_bound_node *b)
{
	unsigned i;

	for (i = 0; i < b->num_operands; i++)
		if (owner_of(&b->operand[i]))
			users->num[owner_of(&b->operand[i])->id]--;
}

void gs_users_drop(struct gs_users *users, unsigned id)
{
	users->num_tensors--;
	memmove(&users->num[id], &users->num[id + 1],
		(users->num_tensors - id) * sizeof(*users->num));
}

/* Operands of a binding in memory of @t; *whole: all of them are that tensor */
static unsigned uses(const struct gs_bound_node *b, const struct gs_tensor *t,
		     bool *whole)
{
	unsigned i, num = 0;

	*whole = true;
	for (i = 0; i < b->num_operands; i++) {
		const struct gs_bound_operand *o = &b->operand[i];

		if (owner_of(o) != t)
			continue;
		*whole &= o->tensor == t && !o->access;
		num++;
	}
	return num;
}

int gs_users_find(const struct gs_users *users, struct gs_bound_node **writer,
		  struct gs_bound_node ***out, unsigned most)
{
	const struct gs_tensor *t = (*writer)->node->output[0];
	struct gs_bound_node **at = &(*writer)->next;
	bool whole;
	unsigned left = users->num[t->id] - uses(*writer, t, &whole);
	unsigned num = 0, own;

	for (; *at && left; at = &(*at)->next) {
		own = uses(*at, t, &whole);
		if (!own)
			continue;
		if (!whole || num == most)
			return -1;
		out[num++] = at;
		left -= own;
	}
	return left ? -1 : (int)num;
}
