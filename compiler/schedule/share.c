/* SPDX-License-Identifier: MIT */
#include "compiler/schedule/share.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/schedule/transfer.h"

/* The key of a layer: all that a plan, its cost and the length of its program depend on. */
struct key {
	unsigned char *data;
	size_t size, cap;
	bool failed; /* out of memory */
};

static void put(struct key *k, const void *data, size_t size)
{
	unsigned char *grown;

	if (k->size + size > k->cap) {
		const size_t cap = 2 * k->cap + size + 1024;

		grown = k->failed ? NULL : realloc(k->data, cap);
		if (!grown) {
			k->failed = true;
			return;
		}
		k->data = grown;
		k->cap = cap;
	}
	memcpy(k->data + k->size, data, size);
	k->size += size;
}

static void put_int(struct key *k, int64_t v)
{
	put(k, &v, sizeof(v));
}

static void put_span(struct key *k, const struct gs_bound_span *s)
{
	put_int(k, s->base);
	put_int(k, s->kernel);
	put_int(k, s->low);
	put_int(k, s->high);
	put_int(k, s->value.c);
	put_int(k, s->value.coef[s->base]);
	put_int(k, s->value.coef[s->kernel]);
}

static void put_vars(struct key *k, const struct gs_bound_node *b)
{
	unsigned v;

	put(k, &b->cl, sizeof(b->cl));
	put_int(k, b->num_vars);
	put_int(k, b->node->move != NULL);
	for (v = 0; v < b->num_vars; v++) {
		put_int(k, b->var[v].units);
		put_int(k, b->var[v].channel | b->var[v].reduce << 1 |
				   b->var[v].block << 2);
		if (b->var[v].span)
			put_span(k, b->var[v].span);
	}
}

static void put_operands(struct key *k, const struct gs_bound_node *b)
{
	int64_t stride[GS_CL_MAX_DIMS];
	unsigned i;

	put_int(k, b->num_operands);
	for (i = 0; i < b->num_operands; i++) {
		const struct gs_bound_operand *o = &b->operand[i];
		const bool moves = o->decl->kind == GS_CL_OUTPUT ||
				   o->decl->kind == GS_CL_ROW || gs_is_read(o);

		put_int(k, o->decl->kind);
		put_int(k, o->decl->mem);
		put_int(k, moves);
		if (!moves)
			continue;
		gs_memory_strides(b, i, stride);
		put(k, stride, o->decl->num_dims * sizeof(stride[0]));
	}
}

/* Immediates count words by which are equal, and by whether 16 bits hold them. */
static int64_t imm_class(const struct gs_bound_node *b, int32_t imm)
{
	int64_t num = 0;
	unsigned i, a;

	for (i = 0; i < b->num_stmts; i++)
		for (a = 0; a < b->stmt[i].num_args; a++, num++)
			if (b->stmt[i].arg[a].operand < 0 &&
			    b->stmt[i].arg[a].imm == imm)
				return num << 1 |
				       (imm < INT16_MIN || imm > INT16_MAX);
	return -1;
}

static void put_ref(struct key *k, const struct gs_bound_node *b,
		    const struct gs_bound_ref *ref)
{
	unsigned d, v;

	put_int(k, ref->operand);
	if (ref->operand < 0) {
		put_int(k, imm_class(b, ref->imm));
		return;
	}
	for (d = 0; d < b->operand[ref->operand].decl->num_dims; d++) {
		put_int(k, ref->sub[d].c);
		for (v = 0; v < b->num_vars; v++)
			put_int(k, ref->sub[d].coef[v]);
	}
}

static void put_statements(struct key *k, const struct gs_bound_node *b)
{
	unsigned i, a, l;

	put_int(k, b->num_stmts);
	put_int(k, b->array_stmt);
	for (i = 0; i < b->num_stmts; i++) {
		const struct gs_bound_stmt *s = &b->stmt[i];

		put(k, &s->fn, sizeof(s->fn));
		put_int(k, s->decl->shift != NULL);
		put_int(k, s->num_vars);
		put_int(k, s->num_args);
		for (l = 0; l < s->num_vars; l++)
			put_int(k, s->var[l] * 2 + s->decl->loop[l].reduce);
		put_ref(k, b, &s->dst);
		for (a = 0; a < s->num_args; a++)
			put_ref(k, b, &s->arg[a]);
	}
}

static uint64_t hash_of(const struct key *k)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < k->size; i++)
		hash = (hash ^ k->data[i]) * UINT64_C(0x100000001b3);
	return hash;
}

struct gs_shared_plan *gs_share_find(struct gs_shared_plans *shared,
				     const struct gs_bound_node *b,
				     struct gs_shared_plan **out)
{
	struct gs_shared_plan *p;
	struct key k = { .data = NULL };
	uint64_t hash;

	*out = NULL;
	put_vars(&k, b);
	put_operands(&k, b);
	put_statements(&k, b);
	hash = hash_of(&k);
	for (p = shared->first; p && !k.failed; p = p->next)
		if (p->hash == hash && p->size == k.size &&
		    !memcmp(p->key, k.data, k.size))
			break;
	if (!p && !k.failed)
		*out = malloc(sizeof(*p) + k.size);
	if (*out) {
		**out = (struct gs_shared_plan){ .next = shared->first,
						 .hash = hash,
						 .size = k.size };
		memcpy((*out)->key, k.data, k.size);
		shared->first = *out;
	}
	free(k.data);
	return p;
}

void gs_share_fini(struct gs_shared_plans *shared)
{
	while (shared->first) {
		struct gs_shared_plan *p = shared->first;

		shared->first = p->next;
		free(p);
	}
}

int gs_plan_find_shared(struct gs_shared_plans *shared,
			const struct gs_bound_node *b, const struct gs_acg *acg,
			struct gs_tiling *out)
{
	struct gs_shared_plan *fresh, *p = gs_share_find(shared, b, &fresh);
	int ret;

	if (p) {
		*out = p->tiling;
		return p->ret;
	}
	ret = gs_plan_find(b, acg, out);
	if (fresh) {
		fresh->ret = ret;
		fresh->tiling = ret ? (struct gs_tiling){ .num_order = 0 } :
				      *out;
	}
	return ret;
}
