/* SPDX-License-Identifier: MIT */
#include "compiler/passes/layer_order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/schedule/needs.h"

/* Sets of layers that the search follows at once, by effort */
static const unsigned widths[GS_MAX_EFFORT + 1] = { 0, 64, 1024, 4096 };

struct orderer {
	struct gs_graph *graph;
	const struct gs_schedule *schedule;
	struct gs_diag *diag;
	unsigned width; /* of the search; 0: none */
	const struct gs_bound_node **layer; /* in the order of the model */
	const struct gs_bound_node **sorted; /* room for another order */
	unsigned num;
	struct gs_slots slots;
	struct gs_needs needs; /* of layers as in @layer */
	unsigned *base; /* the order to begin with: that of the model, or what @schedule makes of it */
	unsigned *best; /* what is taken */
	unsigned *group; /* of each place in @base: the place that what stands there goes with */
};

static int no_memory(const struct orderer *o)
{
	return gs_error(o->diag, -ENOMEM, "out of memory");
}

/* ---- an order from outside ----------------------------------------------- */

static unsigned find_layer(const struct orderer *o, const char *name,
			   unsigned from)
{
	unsigned i;

	for (i = 0; i < o->num; i++)
		if (!strcmp(o->layer[(from + i) % o->num]->node->name, name))
			return (from + i) % o->num;
	return o->num;
}

/* Decisions whose places in the list count */
static unsigned num_in_order(const struct gs_schedule *s)
{
	if (!s)
		return 0;
	return s->num_in_order < s->num_decisions ? s->num_in_order :
						    s->num_decisions;
}

/*
 * Layers that the schedule lists, in its order; @from: the decision about each.
 * Of several about one the first counts; @listed: room for all layers.
 */
static unsigned list_wishes(const struct orderer *o, unsigned *wish,
			    const struct gs_decision **from, bool *listed)
{
	const unsigned most = num_in_order(o->schedule);
	unsigned i, at = 0, num = 0;

	for (i = 0; i < most; i++) {
		const struct gs_decision *d = &o->schedule->decision[i];
		const unsigned layer = find_layer(o, d->layer, at);

		if (d->pattern || layer == o->num || listed[layer])
			continue;
		listed[layer] = true;
		from[num] = d;
		wish[num++] = layer;
		at = layer + 1;
	}
	return num;
}

/* All that @layer needs, and what that needs */
static void mark_needs(const struct gs_lists *before, unsigned layer,
		       bool *marked, unsigned *stack)
{
	unsigned num = 1, i;

	stack[0] = layer;
	while (num) {
		const unsigned at = stack[--num];

		for (i = before->at[at]; i < before->at[at + 1]; i++) {
			if (marked[before->item[i]])
				continue;
			marked[before->item[i]] = true;
			stack[num++] = before->item[i];
		}
	}
}

/* Of the layers listed, one that needs another one that is listed behind it */
static int refuse(const struct orderer *o, const struct gs_lists *before,
		  const unsigned *wish, const struct gs_decision **from,
		  unsigned num)
{
	bool *marked = calloc(o->num, sizeof(*marked));
	unsigned *stack = calloc(o->num, sizeof(*stack));
	unsigned i, k;
	int ret = 0;

	for (i = 0; i < num && marked && stack && !ret; i++) {
		memset(marked, 0, o->num * sizeof(*marked));
		mark_needs(before, wish[i], marked, stack);
		for (k = i + 1; k < num && !ret; k++)
			if (marked[wish[k]])
				ret = gs_decision_error(
					from[i], o->diag, -EINVAL,
					"it needs layer %s first, which stands behind it",
					o->layer[wish[k]]->node->name);
	}
	free(marked);
	free(stack);
	return ret ? ret : no_memory(o);
}

/* The first layer that may run, again and again; false: there is a cycle. */
static bool sort_layers(const struct orderer *o, const struct gs_lists *before,
			const struct gs_lists *after, unsigned *left)
{
	unsigned i, k, low = 0, num = 0;

	for (i = 0; i < o->num; i++)
		left[i] = before->at[i + 1] - before->at[i];
	while (num < o->num) {
		while (low < o->num && left[low] == UINT32_MAX)
			low++;
		for (i = low; i < o->num && left[i]; i++)
			;
		if (i == o->num)
			return false;
		o->base[num++] = i;
		left[i] = UINT32_MAX;
		for (k = after->at[i]; k < after->at[i + 1]; k++)
			left[after->item[k]]--;
	}
	return true;
}

/* The lists of @needs, and the other way round */
static int make_lists(const struct orderer *o, struct gs_needs *needs,
		      struct gs_lists *before, struct gs_lists *after)
{
	unsigned i;
	int ret = gs_lists_make(before, needs->pair, needs->num, o->num);

	for (i = 0; i < needs->num; i++)
		needs->pair[i] = (struct gs_pair){ needs->pair[i].item,
						   needs->pair[i].of };
	ret = ret ? ret : gs_lists_make(after, needs->pair, needs->num, o->num);
	for (i = 0; i < needs->num; i++)
		needs->pair[i] = (struct gs_pair){ needs->pair[i].item,
						   needs->pair[i].of };
	return ret;
}

static int follow_wishes(struct orderer *o, const unsigned *wish,
			 const struct gs_decision **from, unsigned num)
{
	struct gs_lists needed = { 0 }, before = { 0 }, after = { 0 };
	unsigned *left = calloc(o->num + 1u, sizeof(*left)), i;
	int ret = left ? make_lists(o, &o->needs, &needed, &after) : -ENOMEM;

	gs_lists_free(&after);
	for (i = 1; i < num && !ret; i++)
		ret = gs_needs_add(&o->needs, wish[i], wish[i - 1]);
	ret = ret ? ret : make_lists(o, &o->needs, &before, &after);
	if (ret)
		ret = no_memory(o);
	else if (!sort_layers(o, &before, &after, left))
		ret = refuse(o, &needed, wish, from, num);
	gs_lists_free(&needed);
	gs_lists_free(&before);
	gs_lists_free(&after);
	free(left);
	return ret;
}

/* The order to begin with */
static int find_base(struct orderer *o)
{
	const unsigned most = num_in_order(o->schedule);
	const struct gs_decision **from =
		calloc(most + 1u, sizeof(const struct gs_decision *));
	unsigned *wish = calloc(most + 1u, sizeof(*wish)), i, num;
	bool *listed = calloc(o->num + 1u, sizeof(*listed));
	int ret = 0;

	for (i = 0; i < o->num; i++)
		o->base[i] = i;
	if (!from || !wish || !listed) {
		ret = no_memory(o);
	} else {
		num = list_wishes(o, wish, from, listed);
		if (num > 1)
			ret = follow_wishes(o, wish, from, num);
	}
	free(from);
	free(wish);
	free(listed);
	return ret;
}

/* ---- places -------------------------------------------------------------- */

static void live(struct orderer *o, const unsigned *order)
{
	unsigned i;

	for (i = 0; i < o->num; i++)
		o->sorted[i] = o->layer[order[i]];
	gs_slots_live(&o->slots, o->sorted, o->num);
}

/* Bytes that activations take in an order of layers */
static int weigh(struct orderer *o, const unsigned *order, uint64_t *bytes)
{
	int ret;

	live(o, order);
	ret = gs_slots_place(&o->slots);
	*bytes = o->slots.bytes;
	return ret ? no_memory(o) : 0;
}

/* ---- the search ---------------------------------------------------------- */

/*
 * What reads nothing can run at any time, but has no reason to before the next
 * layer that uses the same memory is about to: it becomes a part of that.
 */
static void find_groups(const struct orderer *o, const struct gs_lists *before,
			const struct gs_lists *after)
{
	unsigned i;

	for (i = o->num; i-- > 0;) {
		const bool alone = before->at[i] == before->at[i + 1] &&
				   after->at[i] < after->at[i + 1] &&
				   gs_reads_nothing(o->layer[o->base[i]]);

		o->group[i] = alone ? o->group[after->item[after->at[i]]] : i;
	}
}

/* Numbers of groups, by place of the layer they are named for, become ascending. */
static unsigned number_groups(const struct orderer *o, unsigned *step)
{
	unsigned i, num = 0;

	for (i = 0; i < o->num; i++)
		if (o->group[i] == i)
			step[i] = num++;
	for (i = 0; i < o->num; i++)
		step[i] = step[o->group[i]];
	return num;
}

/* Pairs of layers by place in @base become pairs of steps. */
static int list_steps(struct gs_sequence *s, const unsigned *step,
		      struct gs_needs *needs)
{
	struct gs_pair *p = needs->pair;
	unsigned i, num = 0;
	int ret;

	for (i = 0; i < needs->num; i++)
		if (step[p[i].of] != step[p[i].item])
			p[num++] = (struct gs_pair){ step[p[i].of],
						     step[p[i].item] };
	ret = gs_lists_make(&s->before, p, num, s->num_steps);
	for (i = 0; i < num; i++)
		p[i] = (struct gs_pair){ p[i].item, p[i].of };
	return ret ? ret : gs_lists_make(&s->after, p, num, s->num_steps);
}

/* Which steps touch which memory that others may have */
static int list_blocks(const struct orderer *o, struct gs_sequence *s,
		       const unsigned *step)
{
	struct gs_needs use = { 0 };
	unsigned i, k;
	int ret = 0;

	for (i = 0; i < o->num; i++) {
		const struct gs_bound_node *b = o->layer[o->base[i]];

		for (k = 0; k < b->num_operands && !ret; k++) {
			struct gs_tensor *t = b->operand[k].tensor;
			const struct gs_slot *slot =
				t ? gs_slots_find(&o->slots, t) : NULL;

			if (slot && slot->shared)
				ret = gs_needs_add(
					&use, step[i],
					(unsigned)(slot - o->slots.slot));
		}
	}
	ret = ret ? ret :
		    gs_lists_make(&s->touched, use.pair, use.num, s->num_steps);
	for (i = 0; i < use.num; i++)
		use.pair[i] =
			(struct gs_pair){ use.pair[i].item, use.pair[i].of };
	ret = ret ? ret :
		    gs_lists_make(&s->user, use.pair, use.num, s->num_blocks);
	gs_needs_fini(&use);
	return ret;
}

/* Steps in an order become layers in one; those of a step follow each other. */
static int spread(const struct orderer *o, const struct gs_sequence *s,
		  const unsigned *step, const unsigned *order, unsigned *out)
{
	struct gs_needs parts = { 0 };
	struct gs_lists list = { 0 };
	unsigned i, k, num = 0;
	int ret = 0;

	for (i = 0; i < o->num && !ret; i++)
		ret = gs_needs_add(&parts, step[i], i);
	ret = ret ? ret :
		    gs_lists_make(&list, parts.pair, parts.num, s->num_steps);
	for (i = 0; i < s->num_steps && !ret; i++)
		for (k = list.at[order[i]]; k < list.at[order[i] + 1]; k++)
			out[num++] = o->base[list.item[k]];
	gs_lists_free(&list);
	gs_needs_fini(&parts);
	return ret;
}

static void free_sequence(struct gs_sequence *s, uint64_t *bytes)
{
	gs_lists_free(&s->before);
	gs_lists_free(&s->after);
	gs_lists_free(&s->touched);
	gs_lists_free(&s->user);
	free(bytes);
}

/* @found: an order of layers; false in *@better: none needs less at once than @base */
static int search_steps(struct orderer *o, const unsigned *step,
			unsigned num_steps, struct gs_needs *needs,
			unsigned *found, bool *better)
{
	struct gs_sequence s = { .num_steps = num_steps,
				 .num_blocks = o->slots.num };
	uint64_t *bytes = calloc(o->slots.num + 1u, sizeof(*bytes));
	unsigned *order = calloc(num_steps + 1u, sizeof(*order)), i;
	uint64_t before = 0, after = 0;
	int ret = bytes && order ? list_steps(&s, step, needs) : -ENOMEM;

	for (i = 0; i < o->slots.num && !ret; i++)
		bytes[i] = o->slots.slot[i].bytes;
	s.bytes = bytes;
	ret = ret ? ret : list_blocks(o, &s, step);
	ret = ret ? ret : gs_sequence_search(&s, 0, order, &before);
	ret = ret ? ret : gs_sequence_search(&s, o->width, order, &after);
	*better = !ret && after < before;
	if (*better)
		ret = spread(o, &s, step, order, found);
	free_sequence(&s, bytes);
	free(order);
	return ret;
}

/* @found: as search_steps() */
static int search(struct orderer *o, unsigned *found, bool *better)
{
	unsigned *place = calloc(o->num + 1u, sizeof(*place));
	unsigned *step = calloc(o->num + 1u, sizeof(*step)), i;
	struct gs_lists before = { 0 }, after = { 0 };
	struct gs_needs needs = { 0 };
	int ret = place && step ? 0 : -ENOMEM;

	for (i = 0; i < o->num && !ret; i++)
		place[o->base[i]] = i;
	for (i = 0; i < o->needs.num && !ret; i++)
		ret = gs_needs_add(&needs, place[o->needs.pair[i].of],
				   place[o->needs.pair[i].item]);
	ret = ret ? ret : make_lists(o, &needs, &before, &after);
	if (!ret) {
		find_groups(o, &before, &after);
		ret = search_steps(o, step, number_groups(o, step), &needs,
				   found, better);
	}
	gs_lists_free(&before);
	gs_lists_free(&after);
	gs_needs_fini(&needs);
	free(place);
	free(step);
	return ret ? no_memory(o) : 0;
}

static unsigned width_of(const struct gs_schedule *schedule)
{
	const int effort =
		GS_DEFAULT_EFFORT + (schedule ? schedule->more_effort : 0);

	return widths[effort < 0	     ? 0 :
		      effort > GS_MAX_EFFORT ? GS_MAX_EFFORT :
					       effort];
}

/* What @base takes, which may be the order of the model; @best is that one. */
static int weigh_base(struct orderer *o, struct gs_layer_order *out)
{
	const size_t bytes = o->num * sizeof(*o->base);
	unsigned i;
	int ret;

	for (i = 0; i < o->num; i++)
		o->best[i] = i;
	ret = weigh(o, o->best, &out->given);
	out->taken = out->given;
	return ret || !memcmp(o->base, o->best, bytes) ?
		       ret :
		       weigh(o, o->base, &out->taken);
}

/* The better one of @base and what is found counts, by the places they give. */
static int choose(struct orderer *o, struct gs_layer_order *out)
{
	uint64_t bytes = UINT64_MAX;
	bool better = false;
	unsigned i;
	int ret = weigh_base(o, out);

	if (!ret && o->width)
		ret = search(o, o->best, &better);
	if (!ret && better)
		ret = weigh(o, o->best, &bytes);
	if (bytes < out->taken)
		out->taken = bytes;
	else
		memcpy(o->best, o->base, o->num * sizeof(*o->best));
	for (i = 0; i < o->num; i++)
		out->changed |= o->best[i] != i;
	live(o, o->best);
	return !ret && gs_slots_least(&o->slots, &out->least) ? no_memory(o) :
								ret;
}

/* ---- the pass ------------------------------------------------------------ */

static struct gs_bound_node *unconst(const struct gs_bound_node *b)
{
	return (struct gs_bound_node *)(uintptr_t)b;
}

/* The node of a binding, or all it computes; returns the link behind. */
static struct gs_node **link_nodes(const struct gs_bound_node *b,
				   struct gs_node **node)
{
	unsigned i;

	if (!b->num_parts) {
		*node = b->node;
		return &b->node->next;
	}
	for (i = 0; i < b->num_parts; i++) {
		*node = b->part[i];
		node = &b->part[i]->next;
	}
	return node;
}

/* Bindings and their nodes, as in @sorted */
static void link_layers(const struct orderer *o, struct gs_bound_node **first)
{
	struct gs_node **node = &o->graph->node;
	unsigned i;

	for (i = 0; i < o->num; i++) {
		*first = unconst(o->sorted[i]);
		first = &(*first)->next;
		node = link_nodes(o->sorted[i], node);
	}
	*first = NULL;
	*node = NULL;
	o->graph->tail = node;
}

static int init(struct orderer *o, const struct gs_bound_node *first)
{
	const struct gs_bound_node *b;

	for (b = first; b; b = b->next)
		o->num++;
	o->layer = calloc(o->num + 1u, sizeof(*o->layer));
	o->sorted = calloc(o->num + 1u, sizeof(*o->sorted));
	o->base = calloc(o->num + 1u, sizeof(*o->base));
	o->best = calloc(o->num + 1u, sizeof(*o->best));
	o->group = calloc(o->num + 1u, sizeof(*o->group));
	if (!o->layer || !o->sorted || !o->base || !o->best || !o->group ||
	    gs_slots_init(&o->slots, o->graph))
		return no_memory(o);
	for (b = first, o->num = 0; b; b = b->next)
		o->layer[o->num++] = b;
	return gs_needs_find(&o->needs, &o->slots, o->layer, o->num) ?
		       no_memory(o) :
		       0;
}

int gs_pass_layer_order(struct gs_graph *graph,
			const struct gs_schedule *schedule, bool searched,
			struct gs_bound_node **first,
			struct gs_layer_order *out, struct gs_diag *diag)
{
	struct orderer o = { .graph = graph,
			     .schedule = schedule,
			     .diag = diag,
			     .width = searched ? 0 : width_of(schedule) };
	int ret = init(&o, *first);

	*out = (struct gs_layer_order){ 0 };
	ret = ret ? ret : find_base(&o);
	ret = ret ? ret : choose(&o, out);
	if (!ret && out->changed)
		link_layers(&o, first);
	free(o.layer);
	free(o.sorted);
	free(o.base);
	free(o.best);
	free(o.group);
	gs_slots_fini(&o.slots);
	gs_needs_fini(&o.needs);
	return ret;
}
