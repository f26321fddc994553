/* SPDX-License-Identifier: MIT */
#include "compiler/schedule/wish.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "compiler/schedule/steps.h"

/* ---- order ---- */

static bool is_in(const unsigned *list, unsigned num, unsigned var)
{
	unsigned i;

	for (i = 0; i < num; i++)
		if (list[i] == var)
			return true;
	return false;
}

void gs_wish_order(const struct gs_bound_node *b, struct gs_tiling *t)
{
	const struct gs_loop_wish *w = b->wish;
	const struct gs_tiling old = *t;
	unsigned i, pass;

	if (!w || !w->num_order)
		return;
	t->num_order = 0;
	/* Reductions innermost, as ever. */
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < w->num_order; i++)
			if (b->var[w->order[i]].reduce == (pass > 0) &&
			    is_in(old.order, old.num_order, w->order[i]))
				t->order[t->num_order++] = w->order[i];
		for (i = 0; i < old.num_order; i++)
			if (b->var[old.order[i]].reduce == (pass > 0) &&
			    !is_in(w->order, w->num_order, old.order[i]))
				t->order[t->num_order++] = old.order[i];
	}
}

/* ---- which decisions count ---- */

bool gs_wish_matches(const struct gs_decision *d, const char *layer)
{
	return d->pattern ? !fnmatch(d->layer, layer, 0) :
			    !strcmp(d->layer, layer);
}

/* A pattern asks only for what a layer can have. */
static void add_pattern(const struct gs_decision *d,
			const struct gs_bound_node *b, struct gs_loop_wish *w)
{
	unsigned i, num = 0;

	for (i = 0; i < d->num_loops; i++) {
		const int v = gs_find_var(b, d->loop[i].name);
		uint32_t tile = d->loop[i].tile;

		if (v < 0 || !gs_var_is_cut(b, (unsigned)v) || b->node->move)
			continue;
		if (tile > b->var[v].units)
			tile = b->var[v].units;
		if (tile && gs_tile_allowed(b, (unsigned)v, tile))
			w->tile[v] = tile;
		if (i < d->num_ordered && !is_in(w->order, num, (unsigned)v))
			w->order[num++] = (unsigned)v;
	}
	if (d->num_ordered)
		w->num_order = num;
}

static int add_order(const struct gs_decision *d, const struct gs_bound_node *b,
		     unsigned v, struct gs_loop_wish *w, unsigned *num,
		     struct gs_diag *diag)
{
	if (is_in(w->order, *num, v))
		return gs_decision_error(d, diag, -EINVAL,
					 "loop %s comes twice", b->var[v].name);
	if (*num && b->var[w->order[*num - 1]].reduce && !b->var[v].reduce)
		return gs_decision_error(
			d, diag, -EINVAL,
			"loop %s stands inside the reduction %s, but sums take their parts one after the other",
			b->var[v].name, b->var[w->order[*num - 1]].name);
	w->order[(*num)++] = v;
	return 0;
}

static int add_exact(const struct gs_decision *d, const struct gs_bound_node *b,
		     struct gs_loop_wish *w, struct gs_diag *diag)
{
	unsigned i, num = 0;
	int ret = 0;

	if (b->node->move)
		return gs_decision_error(
			d, diag, -EINVAL,
			"tiles of a Move follow the order of its result, they cannot be chosen");
	for (i = 0; i < d->num_loops && !ret; i++) {
		const int v = gs_decision_check_loop(d, &d->loop[i], b, diag);

		if (v < 0)
			return v;
		if (d->loop[i].tile)
			w->tile[v] = d->loop[i].tile;
		if (i < d->num_ordered)
			ret = add_order(d, b, (unsigned)v, w, &num, diag);
	}
	if (d->num_ordered)
		w->num_order = num;
	return ret;
}

/* Is there a tile and a place for every loop? Then that is a decision like others. */
static void make_full(const struct gs_bound_node *b,
		      const struct gs_loop_wish *w, bool split,
		      const struct gs_decision *last, struct gs_decision *out)
{
	unsigned v, i;

	for (v = 0; v < b->num_vars; v++) {
		const bool cut = gs_var_is_cut(b, v) ||
				 (split && gs_var_has_parts(b, v));

		if (cut && (!w->tile[v] || !is_in(w->order, w->num_order, v)))
			return;
	}
	if (!w->has_strips && !split)
		return;
	*out = (struct gs_decision){ .layer = b->node->name,
				     .from = last->from,
				     .strips = w->strips,
				     .split = split };
	for (i = 0; i < w->num_order; i++) {
		v = w->order[i];
		if (w->tile[v])
			out->loop[out->num_loops++] =
				(struct gs_decided_loop){ b->var[v].name,
							  w->tile[v] };
	}
}

int gs_wish_collect(const struct gs_schedule *s, const struct gs_bound_node *b,
		    struct gs_loop_wish *out, struct gs_decision *full,
		    const struct gs_decision **last, struct gs_diag *diag)
{
	bool split = false;
	unsigned i;
	int ret = 0;

	*out = (struct gs_loop_wish){ 0 };
	*full = (struct gs_decision){ 0 };
	*last = NULL;
	for (i = 0; s && i < s->num_decisions && !ret; i++) {
		const struct gs_decision *d = &s->decision[i];

		if ((!d->num_loops && !d->has_strips && !d->split) ||
		    !gs_wish_matches(d, b->node->name) ||
		    (!d->num_loops && b->node->move))
			continue;
		if (d->strips > GS_MAX_STRIPS)
			return gs_decision_error(
				d, diag, -EINVAL,
				"%u strips, expected at most %d", d->strips,
				GS_MAX_STRIPS);
		if (d->has_strips) {
			out->has_strips = true;
			out->strips = d->strips;
		}
		if (d->pattern)
			add_pattern(d, b, out);
		else
			ret = add_exact(d, b, out, diag);
		split |= d->split;
		*last = d;
	}
	if (!*last || ret)
		return ret;
	make_full(b, out, split, *last, full);
	if (split && !full->num_loops)
		return gs_decision_error(
			*last, diag, -EINVAL,
			"it is split, which needs a tile and a place in the order for every loop");
	return 0;
}

int gs_wish_misfit(const struct gs_decision *d, const struct gs_bound_node *b,
		   const struct gs_acg *acg, struct gs_diag *diag)
{
	const struct gs_decision about = { .layer = b->node->name,
					   .from = d->from };
	struct gs_tiling t = { .strips = b->wish->strips };
	enum gs_acg_mem mem;
	uint64_t rows;
	unsigned v;

	for (v = 0; v < b->num_vars; v++) {
		t.tile[v] = gs_var_is_cut(b, v) ? 1 : b->var[v].units;
		if (b->wish->tile[v])
			t.tile[v] = b->wish->tile[v];
	}
	mem = gs_plan_misfit(b, acg, &t, &rows);
	if (mem != GS_ACG_NUM_MEMORIES)
		return gs_decision_misfit(&about, b, acg, &t, mem, diag);
	return gs_decision_error(
		&about, diag, -ENOSPC,
		"no tiles of the other loops go with it: the array has %d loops around a tile, and a program must fit the instruction memories",
		GS_ISA_SA_OUTER_LOOPS);
}

/* ---- where operands stand ---- */

static int place_operand(struct gs_graph *graph, const struct gs_decision *d,
			 const struct gs_decided_buffer *buf,
			 struct gs_bound_node *b, struct gs_diag *diag)
{
	const enum gs_acg_mem mem = gs_acg_find_mem(buf->memory);
	struct gs_cl_operand *decl;
	unsigned i;

	for (i = 0; i < b->num_operands; i++)
		if (!strcmp(b->operand[i].decl->name, buf->operand))
			break;
	if (i == b->num_operands)
		return gs_decision_error(d, diag, -EINVAL,
					 "codelet %s has no operand %s",
					 b->cl->name, buf->operand);
	if (mem == b->operand[i].decl->mem)
		return 0;
	if (!gs_acg_is_vmem(mem) || !gs_acg_is_vmem(b->operand[i].decl->mem))
		return gs_decision_error(
			d, diag, -EINVAL,
			"operand %s is in %s and cannot be in %s: only VMEM1 and VMEM2 take each other's",
			buf->operand, gs_acg_mem_name(b->operand[i].decl->mem),
			buf->memory);
	decl = gs_graph_alloc(graph, sizeof(*decl));
	if (!decl)
		return gs_error(diag, -ENOMEM, "out of memory");
	*decl = *b->operand[i].decl;
	decl->mem = mem;
	b->operand[i].decl = decl;
	return 0;
}

int gs_wish_place(struct gs_graph *graph, const struct gs_schedule *s,
		  struct gs_bound_node *b, struct gs_diag *diag)
{
	const struct gs_decision *d = gs_decision_find(s, b->node->name);
	unsigned i;
	int ret = 0;

	for (i = 0; d && i < d->num_buffers && !ret; i++)
		ret = place_operand(graph, d, &d->buffer[i], b, diag);
	return ret;
}

/* ---- fusion ---- */

/* Is it one of the names of a list with commas? Names may have commas themselves. */
static bool is_listed(const char *list, const char *name, size_t len)
{
	const char *at = list;

	while (len && (at = memmem(at, strlen(at), name, len))) {
		if ((at == list || at[-1] == ',') &&
		    (!at[len] || at[len] == ','))
			return true;
		at++;
	}
	return false;
}

bool gs_wish_may_fuse(const void *ctx, const char *into, const char *node)
{
	const struct gs_schedule *s = ctx;
	const struct gs_decision *d = gs_decision_find(s, into);
	unsigned i;

	if (d && d->fused && !is_listed(d->fused, node, strlen(node)))
		return false;
	for (i = 0; i < s->num_apart; i++)
		if (!fnmatch(s->apart[i], into, 0) ||
		    !fnmatch(s->apart[i], node, 0))
			return false;
	return true;
}

/* ---- what had no effect ---- */

/* The first name of @list that @others does not have; its length, 0: it has all */
static size_t find_missing(const char *list, const char *others,
			   const char **name)
{
	while (*list) {
		const size_t len = strcspn(list, ",");

		*name = list;
		if (len && !is_listed(others, list, len))
			return len;
		list += len + (list[len] == ',');
	}
	return 0;
}

static int check_fused(const struct gs_decision *d, const struct gs_node *node,
		       struct gs_diag *diag)
{
	const char *have = node->fused ? node->fused : "";
	const char *why = "nodes stand in the order they run in", *name = "";
	size_t len;

	if (!d->fused || !strcmp(d->fused, have))
		return 0;
	len = find_missing(d->fused, have, &name);
	if (len) {
		why = " cannot become part of it";
	} else {
		len = find_missing(have, d->fused, &name);
		if (len)
			why = " is part of it in any case";
	}
	return gs_decision_error(
		d, diag, -EINVAL,
		"\"fused\" is \"%.100s\", expected \"%.100s\": %.*s%s",
		d->fused, have, len < 64 ? (int)len : 64, name, why);
}

static int no_layer(const char *apart, struct gs_diag *diag)
{
	return gs_error(diag, -EINVAL,
			"no fusion of %s: there is no such layer", apart);
}

int gs_wish_check_graph(const struct gs_schedule *s,
			const struct gs_graph *graph, struct gs_diag *diag)
{
	const struct gs_node *n;
	unsigned i;

	for (i = 0; s && i < s->num_apart; i++) {
		for (n = graph->node; n && fnmatch(s->apart[i], n->name, 0);
		     n = n->next)
			;
		if (!n && graph->node)
			return no_layer(s->apart[i], diag);
	}
	return 0;
}

/* What stands apart is a layer then. */
static int check_apart(const struct gs_schedule *s,
		       const struct gs_bound_node *first, struct gs_diag *diag)
{
	const struct gs_bound_node *b;
	unsigned i;

	for (i = 0; s && i < s->num_apart; i++) {
		for (b = first; b && fnmatch(s->apart[i], b->node->name, 0);
		     b = b->next)
			;
		if (!b && first)
			return no_layer(s->apart[i], diag);
	}
	return 0;
}

/* A loop that no layer of a pattern has is a mistake. */
static int check_pattern(const struct gs_decision *d,
			 const struct gs_bound_node *first,
			 struct gs_diag *diag)
{
	const struct gs_bound_node *b;
	unsigned i;

	for (i = 0; i < d->num_loops; i++) {
		for (b = first; b; b = b->next)
			if (gs_wish_matches(d, b->node->name) &&
			    gs_find_var(b, d->loop[i].name) >= 0)
				break;
		if (!b)
			return gs_decision_error(d, diag, -EINVAL,
						 "no such layer has a loop %s",
						 d->loop[i].name);
	}
	return 0;
}

int gs_wish_check(const struct gs_schedule *s,
		  const struct gs_bound_node *first, struct gs_diag *diag)
{
	const struct gs_bound_node *b;
	unsigned i;
	int ret = check_apart(s, first, diag);

	for (i = 0; s && i < s->num_decisions && !ret; i++) {
		const struct gs_decision *d = &s->decision[i];

		for (b = first; b && !gs_wish_matches(d, b->node->name);
		     b = b->next)
			;
		if (b && d->pattern)
			ret = check_pattern(d, first, diag);
		else if (b)
			ret = check_fused(d, b->node, diag);
		else if (d->from)
			ret = gs_decision_error(d, diag, -EINVAL,
						"there is no such layer");
		else
			gs_warn(diag, "schedule of %s: there is no such layer",
				d->layer);
	}
	return ret;
}
