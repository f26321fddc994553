/* SPDX-License-Identifier: MIT */
/* The search for tilings: plan.h. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "compiler/codelets/span.h"
#include "compiler/schedule/cost.h"
#include "compiler/schedule/wish.h"

/* Candidate tiles of one variable; long extents are thinned to the larger tiles. */
#define MAX_CANDIDATES 40

/* Kinds of tilings that are remembered as too long. */
#define MAX_REFUSED 256

/* Orders of the loops around a tile. */
#define MAX_ORDERS 24

/* What an effort looks at. */
struct width {
	unsigned plans; /* that are kept, for who can tell better */
	unsigned orders;
	uint32_t strips[GS_MAX_STRIPS + 1]; /* ends with 0, after whole tiles */
};

static const struct width widths[GS_MAX_EFFORT + 1] = {
	{ 1, 1, { 2 } },
	{ 3, 2, { 2, 4, 8 } },
	{ 6, MAX_ORDERS, { 2, 4, 6, 8 } },
	{ GS_MAX_PLANS, MAX_ORDERS, { 2, 3, 4, 5, 6, 7, 8 } },
};

struct search {
	const struct gs_bound_node *b;
	const struct gs_acg *acg;
	struct gs_facts facts;
	struct gs_cost_memo memo;
	const struct width *width;
	struct gs_tiling now;
	struct gs_plans *best; /* cheapest first */
	unsigned want; /* plans to keep */
	bool cut_kernel; /* also reductions other than over channels */
	bool reordered; /* the loops are not in the first order */
	uint32_t strips[GS_MAX_STRIPS + 1]; /* numbers of strips that are tried */
	unsigned num_strips;
	uint32_t candidate[GS_MAX_VARS][MAX_CANDIDATES];
	unsigned num_candidates[GS_MAX_VARS];
	unsigned order[MAX_ORDERS][GS_MAX_VARS], num_orders;
	gs_plan_check *check; /* or NULL: all have a program that fits */
	void *ctx;
	uint32_t refused[MAX_REFUSED]; /* kinds of tilings with too many words */
	unsigned num_refused;
};

/* Equal splits, largest tile first; a cut reduction has no remainder. */
static void list_candidates(struct search *s, unsigned var)
{
	const struct gs_inner in = gs_inner_of(s->b, var);
	const uint32_t units = in.end > in.first ? in.end - in.first : 1;
	uint32_t parts, tile, last = 0;
	unsigned n = 0;

	if (s->b->wish && s->b->wish->tile[var]) {
		s->candidate[var][0] = s->b->wish->tile[var];
		s->num_candidates[var] = 1;
		return;
	}
	for (parts = 1; parts <= units && n < MAX_CANDIDATES; parts++) {
		tile = (units + parts - 1) / parts;
		if (tile == last || !gs_tile_allowed(s->b, var, tile))
			continue;
		s->candidate[var][n++] = last = tile;
	}
	if (last != 1)
		s->candidate[var][n == MAX_CANDIDATES ? n - 1 : n++] = 1;
	s->num_candidates[var] = n;
}

/* ---- orders --------------------------------------------------------------------- */

static void push_order(struct gs_tiling *t, unsigned var)
{
	t->order[t->num_order++] = var;
}

/* Of the array: output channels outermost, blocks of them first, so that weights stay; reductions innermost, so that partial sums do. */
static void order_array(const struct gs_bound_node *b, struct gs_tiling *t)
{
	const struct gs_bound_stmt *s = &b->stmt[b->array_stmt];
	unsigned pass, l;

	for (pass = 0; pass < 3; pass++) {
		for (l = 0; l < s->num_vars; l++) {
			const struct gs_var *v = &b->var[s->var[l]];
			const unsigned want = v->reduce		     ? 2 :
					      v->channel || v->block ? 0 :
								       1;

			if (want == pass && v->span)
				push_order(t, v->span->base);
			else if (want == pass && gs_var_is_cut(b, s->var[l]))
				push_order(t, s->var[l]);
		}
	}
}

/* Of the SIMD unit alone: the codelet's order. */
static void first_order(const struct gs_bound_node *b, struct gs_tiling *t)
{
	unsigned v;

	if (b->array_stmt >= 0)
		order_array(b, t);
	for (v = 0; v < b->num_vars && b->array_stmt < 0; v++)
		if (gs_var_is_cut(b, v))
			push_order(t, v);
	for (v = 0; v < b->num_vars && t->split_words; v++)
		if (gs_var_has_parts(b, v))
			push_order(t, v);
	gs_wish_order(b, t);
}

/* None is there twice. */
static void add_order(struct search *s, const unsigned *order)
{
	const size_t size = s->now.num_order * sizeof(*order);
	struct gs_tiling t = { .num_order = s->now.num_order };
	unsigned i;

	memcpy(t.order, order, size);
	gs_wish_order(s->b, &t);
	for (i = 0; i < s->num_orders; i++)
		if (!memcmp(s->order[i], t.order, size))
			return;
	memcpy(s->order[s->num_orders++], t.order, size);
}

/* Loops @at to @end in all orders, those before as they are. */
static void permute(struct search *s, unsigned *order, unsigned at,
		    unsigned end)
{
	unsigned i, k, var;

	if (at + 1 >= end && s->num_orders < s->width->orders)
		add_order(s, order);
	for (i = at; at + 1 < end && i < end; i++) {
		/* The i-th comes to the front, the others stay in their order. */
		var = order[i];
		for (k = i; k > at; k--)
			order[k] = order[k - 1];
		order[at] = var;
		permute(s, order, at + 1, end);
		for (k = at; k < i; k++)
			order[k] = order[k + 1];
		order[i] = var;
	}
}

/*
 * The first order, then with output channels innermost, so that pictures stay
 * while weights pass, then others. Loops of one iteration stand outside and
 * reductions inside, always.
 */
static void list_orders(struct search *s)
{
	const struct gs_bound_node *b = s->b;
	unsigned order[GS_MAX_VARS], num = 0, first, end, i, k, var;

	s->num_orders = 0;
	add_order(s, s->now.order);
	if (b->array_stmt < 0 || s->now.split_words || s->width->orders == 1)
		return;
	for (i = 0; i < s->now.num_order; i++)
		if (b->var[s->now.order[i]].units == 1 &&
		    !b->var[s->now.order[i]].reduce)
			order[num++] = s->now.order[i];
	first = num;
	for (k = 0; k < 2; k++)
		for (i = 0; i < s->now.num_order; i++) {
			var = s->now.order[i];
			if ((b->var[var].units > 1 || b->var[var].reduce) &&
			    b->var[var].reduce == (k == 1))
				order[num++] = var;
		}
	for (end = first; end < num && !b->var[order[end]].reduce;)
		end++;
	if (end < first + 2)
		return;
	/* The one with output channels inside, whatever the width. */
	var = order[first];
	for (i = first; i + 1 < end; i++)
		order[i] = order[i + 1];
	order[end - 1] = var;
	add_order(s, order);
	permute(s, order, first, end);
}

/* ---- candidates ----------------------------------------------------------------- */

static bool is_kernel(const struct gs_bound_node *b, unsigned var)
{
	return b->var[var].reduce && !b->var[var].channel;
}

/* What the length of a program depends on: which variables have loops inside and outside, and a remainder. */
static uint64_t kind_of(const struct gs_bound_node *b,
			const struct gs_tiling *t)
{
	uint64_t kind = t->strips;
	unsigned i;

	for (i = 0; i < t->num_order; i++) {
		const struct gs_inner in = gs_inner_of(b, t->order[i]);
		const uint32_t units = in.end - in.first;
		const uint32_t tile = t->tile[t->order[i]];

		kind = kind << 2 | (tile == units     ? 0u :
				    tile == 1	      ? 1u :
				    units % tile == 0 ? 2u :
							3u);
	}
	return kind;
}

/* Counting the words of a program takes long, so each kind that has too many is tried once. */
static bool has_program(struct search *s)
{
	const uint32_t kind = (uint32_t)kind_of(s->b, &s->now);
	unsigned i;
	int ret;

	if (!s->check)
		return true;
	for (i = 0; i < s->num_refused; i++)
		if (s->refused[i] == kind)
			return false;
	ret = s->check(s->ctx, s->b, &s->now);
	if (ret == -ENOSPC && s->num_refused < MAX_REFUSED)
		s->refused[s->num_refused++] = kind;
	return !ret;
}

/* Does another order or number of strips make the same of these tiles? */
static bool is_repeated(const struct search *s)
{
	unsigned i, loops = 0;

	if (s->now.strips > 1 && s->num_strips > 1 &&
	    gs_facts_strips(&s->facts, s->now.tile, s->now.strips).num <
		    s->now.strips)
		return true;
	for (i = 0; i < s->now.num_order; i++) {
		const unsigned var = s->now.order[i];

		loops += !s->b->var[var].reduce &&
			 s->now.tile[var] < s->b->var[var].units;
	}
	return s->reordered && loops < 2;
}

/* Behind those that cost as much. */
static void keep(struct search *s)
{
	struct gs_plans *p = s->best;
	unsigned i = p->num < s->want ? p->num++ : s->want - 1;

	for (; i > 0 && p->plan[i - 1].cycles > s->now.cycles; i--)
		p->plan[i] = p->plan[i - 1];
	p->plan[i] = s->now;
}

static void rank(struct search *s, double limit)
{
	if (gs_plan_outer_loops(s->b, &s->now) > GS_ISA_SA_OUTER_LOOPS ||
	    is_repeated(s) || !gs_facts_fits(&s->facts, &s->now))
		return;
	s->now.cycles = gs_cost_within(&s->facts, &s->now, limit, &s->memo);
	if (s->now.cycles < limit && has_program(s))
		keep(s);
}

static double limit_of(const struct search *s)
{
	const struct gs_plans *p = s->best;

	return p->num == s->want ? p->plan[s->want - 1].cycles : GS_NO_LIMIT;
}

/* These tiles in every order, whole and in strips. */
static void rank_tiles(struct search *s)
{
	const double least = gs_cost_least(&s->facts, &s->now);
	unsigned o, i;

	for (o = 0; o < s->num_orders; o++) {
		memcpy(s->now.order, s->order[o],
		       s->now.num_order * sizeof(s->now.order[0]));
		s->reordered = o > 0;
		for (i = 0; i < s->num_strips && least < limit_of(s); i++) {
			s->now.strips = s->strips[i];
			rank(s, limit_of(s));
		}
	}
	memcpy(s->now.order, s->order[0],
	       s->now.num_order * sizeof(s->now.order[0]));
	s->now.strips = s->strips[s->num_strips - 1];
}

/* As a whole, or in as many strips as are tried: what is read twice may make these larger. */
static bool may_fit(struct search *s)
{
	const uint32_t strips = s->now.strips;
	bool fits = gs_facts_fits(&s->facts, &s->now);

	if (!fits && strips) {
		s->now.strips = 0;
		fits = gs_facts_fits(&s->facts, &s->now);
		s->now.strips = strips;
	}
	return fits;
}

/*
 * Variables from @level on have their smallest tile, so what does not fit now
 * does not fit with any choice for them. A kernel's loop is cut only where
 * those around it are cut to 1: how the parts are made matters little.
 */
static void search_level(struct search *s, unsigned level, bool whole)
{
	unsigned i, var, num;
	uint32_t smallest;

	if (!may_fit(s))
		return;
	if (level == s->now.num_order) {
		rank_tiles(s);
		return;
	}
	var = s->now.order[level];
	num = s->num_candidates[var];
	smallest = s->now.tile[var];
	if (is_kernel(s->b, var) && (whole || !s->cut_kernel))
		num = 1;
	for (i = 0; i < num; i++) {
		s->now.tile[var] = s->candidate[var][i];
		search_level(s, level + 1,
			     whole || (is_kernel(s->b, var) &&
				       s->candidate[var][i] > 1));
	}
	s->now.tile[var] = smallest;
}

static void search_tiles(struct search *s, bool cut_kernel)
{
	unsigned v;

	s->cut_kernel = cut_kernel;
	for (v = 0; v < s->b->num_vars; v++) {
		const bool is_cut =
			gs_var_is_cut(s->b, v) ||
			(s->now.split_words && gs_var_has_parts(s->b, v));
		const bool whole = !is_cut ||
				   (is_kernel(s->b, v) && !s->cut_kernel);

		s->now.tile[v] = whole ? s->b->var[v].units : 1;
		if (s->b->wish && s->b->wish->tile[v])
			s->now.tile[v] = s->b->wish->tile[v];
	}
	search_level(s, 0, false);
}

/* Whole tiles first; of a split layer no others. */
static void list_strips(struct search *s)
{
	const struct gs_loop_wish *w = s->b->wish;
	unsigned i;

	s->num_strips = 1;
	s->strips[0] = 0;
	if (s->now.split_words)
		return;
	if (w && w->has_strips) {
		s->strips[0] = w->strips;
		return;
	}
	for (i = 0; s->width->strips[i]; i++)
		s->strips[s->num_strips++] = s->width->strips[i];
}

static int search_all(struct search *s)
{
	unsigned v;

	gs_facts_init(&s->facts, s->b, s->acg);
	for (v = 0; v < s->b->num_vars; v++)
		list_candidates(s, v);
	first_order(s->b, &s->now);
	list_orders(s);
	list_strips(s);
	s->now.strips = s->strips[s->num_strips - 1];
	search_tiles(s, false);
	if (!s->best->num)
		search_tiles(s, true);
	return s->best->num ? 0 : -ENOSPC;
}

/* ---- entries -------------------------------------------------------------------- */

int gs_plan_list(const struct gs_bound_node *b, const struct gs_acg *acg,
		 unsigned effort, struct gs_plans *out)
{
	const struct width *w =
		&widths[effort < GS_MAX_EFFORT ? effort : GS_MAX_EFFORT];
	struct search s = {
		.b = b, .acg = acg, .width = w, .best = out, .want = w->plans
	};

	out->num = 0;
	if (!b->node->move)
		return search_all(&s);
	if (gs_plan_move(b, acg, 0, &out->plan[0]))
		return -ENOSPC;
	out->num = 1;
	return 0;
}

int gs_plan_find(const struct gs_bound_node *b, const struct gs_acg *acg,
		 struct gs_tiling *out)
{
	struct gs_plans best = { .num = 0 };
	struct search s = { .b = b,
			    .acg = acg,
			    .width = &widths[GS_DEFAULT_EFFORT],
			    .best = &best,
			    .want = 1 };

	if (b->node->move)
		return gs_plan_move(b, acg, 0, out);
	if (search_all(&s))
		return -ENOSPC;
	*out = best.plan[0];
	return 0;
}

/* The fewer loops within a tile, the fewer words. */
static int move_within(const struct gs_bound_node *b, const struct gs_acg *acg,
		       gs_plan_check *check, void *ctx, uint32_t split,
		       struct gs_tiling *out)
{
	struct gs_tiling t;
	unsigned whole;

	for (whole = 0; whole <= b->num_vars; whole++) {
		if (gs_plan_move(b, acg, whole, &t))
			return -ENOSPC;
		t.split_words = split;
		if (check(ctx, b, &t))
			continue;
		*out = t;
		return 0;
	}
	return -ENOSPC;
}

int gs_plan_within(const struct gs_bound_node *b, const struct gs_acg *acg,
		   gs_plan_check *check, void *ctx, struct gs_tiling *out)
{
	const uint32_t words[2] = { 0, acg->arch.simd_instr_depth };
	int ret = -ENOSPC, i;

	for (i = 0; i < 2 && ret; i++) {
		struct gs_plans best = { .num = 0 };
		struct search s = { .b = b,
				    .acg = acg,
				    .width = &widths[GS_DEFAULT_EFFORT],
				    .best = &best,
				    .want = 1,
				    .now = { .split_words = words[i] },
				    .check = check,
				    .ctx = ctx };

		ret = b->node->move ?
			      move_within(b, acg, check, ctx, words[i], out) :
			      search_all(&s);
		if (best.num)
			*out = best.plan[0];
	}
	return ret;
}

static int report_misfit(const struct gs_bound_node *b,
			 const struct gs_acg *acg, struct gs_diag *diag)
{
	struct gs_tiling t = { .num_order = 0 };
	enum gs_acg_mem mem;
	uint64_t rows = 0;
	unsigned v;

	for (v = 0; v < b->num_vars; v++)
		t.tile[v] = gs_var_is_cut(b, v) ? 1 : b->var[v].units;
	mem = gs_plan_misfit(b, acg, &t, &rows);
	return gs_error(
		diag, -ENOSPC,
		"node %s (%s): no tile fits the scratchpads of the machine; the smallest needs %" PRIu64
		" rows of %s, which has %u",
		b->node->name, b->node->op, rows, acg->mem[mem].name,
		acg->mem[mem].rows);
}

int gs_plan_layer(const struct gs_bound_node *b, const struct gs_acg *acg,
		  struct gs_tiling *out, struct gs_diag *diag)
{
	return gs_plan_find(b, acg, out) ? report_misfit(b, acg, diag) : 0;
}
