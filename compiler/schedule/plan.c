/* SPDX-License-Identifier: MIT */
#include "compiler/schedule/plan.h"

#include "compiler/codelets/span.h"
#include "compiler/schedule/steps.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Candidate tiles of one variable; long extents are thinned to the larger tiles. */
#define MAX_CANDIDATES 40

/* Kinds of tilings that are remembered as too long. */
#define MAX_REFUSED 256

static bool array_reduces(const struct gs_bound_node *b, unsigned var)
{
	const struct gs_bound_stmt *s;
	unsigned l;

	if (b->array_stmt < 0)
		return false;
	s = &b->stmt[b->array_stmt];
	for (l = 0; l < s->num_vars; l++)
		if (s->var[l] == var)
			return s->decl->loop[l].reduce;
	return false;
}

bool gs_var_is_cut(const struct gs_bound_node *b, unsigned var)
{
	/* A reduction can only be cut where partial sums wait: in OBUF; a span follows its base. */
	return !b->var[var].span &&
	       (!b->var[var].reduce || array_reduces(b, var));
}

bool gs_tile_allowed(const struct gs_bound_node *b, unsigned var, uint32_t tile)
{
	if (b->var[var].block)
		return tile == 1;
	/* Partial sums are of tiles of one size, within one block. */
	return !b->var[var].reduce || b->var[var].units % tile == 0;
}

/* Within a tile a subscript moves with the loops of its statement. */
static void widen(const struct gs_bound_node *b, const struct gs_bound_stmt *s,
		  const struct gs_bound_ref *ref, unsigned operand,
		  const uint32_t *tile, int64_t *lo, int64_t *hi)
{
	const unsigned num_dims = b->operand[operand].decl->num_dims;
	unsigned d, l;

	if (ref->operand != (int)operand)
		return;
	for (d = 0; d < num_dims; d++) {
		const struct gs_affine *a = &ref->sub[d];
		int64_t last = a->c;

		for (l = 0; l < s->num_vars; l++)
			last += gs_sub_step(b, a, s->var[l]) *
				((int64_t)tile[s->var[l]] - 1);
		lo[d] = a->c < lo[d] ? a->c : lo[d];
		hi[d] = last > hi[d] ? last : hi[d];
	}
}

void gs_tile_of(const struct gs_bound_node *b, unsigned operand,
		const uint32_t *tile, struct gs_tile *out)
{
	const unsigned num_dims = b->operand[operand].decl->num_dims;
	int64_t hi[GS_CL_MAX_DIMS];
	uint32_t all[GS_MAX_VARS];
	unsigned i, d;

	memcpy(all, tile, b->num_vars * sizeof(*all));
	gs_span_tiles(b, all);
	for (d = 0; d < num_dims; d++) {
		out->lo[d] = INT64_MAX;
		hi[d] = INT64_MIN;
	}
	for (i = 0; i < b->num_stmts; i++) {
		const struct gs_bound_stmt *s = &b->stmt[i];
		unsigned a;

		widen(b, s, &s->dst, operand, all, out->lo, hi);
		for (a = 0; a < s->num_args; a++)
			widen(b, s, &s->arg[a], operand, all, out->lo, hi);
	}
	out->rows = 1;
	for (d = num_dims; d-- > 0;) {
		if (out->lo[d] > hi[d]) /* never touched */
			out->lo[d] = hi[d] = 0;
		out->ext[d] = (uint32_t)(hi[d] - out->lo[d] + 1);
		out->stride[d] = (uint32_t)out->rows;
		out->rows *= out->ext[d];
	}
}

uint64_t gs_weight_rows(const struct gs_bound_node *b, unsigned operand,
			const uint32_t *tile, const struct gs_arch *arch)
{
	struct gs_tile t;

	gs_tile_of(b, operand, tile, &t);
	if (arch->weight_layout == GS_WEIGHTS_PUBLISHED) {
		const uint32_t k = gs_arch_interleave(arch);

		return (t.rows + k - 1) / k * k;
	}
	return t.rows;
}

enum gs_acg_mem gs_plan_misfit(const struct gs_bound_node *b,
			       const struct gs_acg *acg,
			       const struct gs_tiling *tiling, uint64_t *rows)
{
	const struct gs_strips strips = gs_strips_of(
		b, tiling->tile, tiling->split_words ? 1 : tiling->strips);
	uint64_t used[GS_ACG_NUM_MEMORIES] = { 0 };
	uint32_t strip[GS_MAX_VARS];
	struct gs_tile t;
	unsigned i;

	gs_strip_tile(b, &strips, tiling->tile, 0, strip);
	for (i = 0; i < b->num_operands; i++) {
		const enum gs_acg_mem mem = b->operand[i].decl->mem;
		const bool simd = mem == GS_ACG_VMEM1 || mem == GS_ACG_VMEM2;

		if (mem == GS_ACG_DRAM)
			continue;
		gs_tile_of(b, i, simd ? strip : tiling->tile, &t);
		if (simd && gs_strip_moves(b, &strips, i))
			t.rows *= 2;
		used[mem] +=
			mem == GS_ACG_WBUF ?
				gs_weight_rows(b, i, tiling->tile, &acg->arch) :
				t.rows;
		*rows = used[mem];
		if (used[mem] > acg->mem[mem].rows)
			return mem;
	}
	return GS_ACG_NUM_MEMORIES;
}

bool gs_plan_fits(const struct gs_bound_node *b, const struct gs_acg *acg,
		  const struct gs_tiling *tiling)
{
	uint64_t rows;

	return gs_plan_misfit(b, acg, tiling, &rows) == GS_ACG_NUM_MEMORIES;
}

unsigned gs_plan_outer_loops(const struct gs_bound_node *b,
			     const struct gs_tiling *t)
{
	unsigned i, n = 0;

	for (i = 0; i < t->num_order && b->array_stmt >= 0; i++)
		n += b->var[t->order[i]].units / t->tile[t->order[i]] > 1 &&
		     (!t->split_words || b->var[t->order[i]].reduce);
	return n;
}

unsigned gs_pieces(const struct gs_bound_node *b, unsigned var, uint32_t tile,
		   struct gs_piece out[GS_MAX_PIECES])
{
	const struct gs_inner in = gs_inner_of(b, var);
	const uint32_t units = in.end - in.first, count = units / tile;
	unsigned n = 0;

	if (in.first)
		out[n++] = (struct gs_piece){ 0, in.first, 1 };
	if (count)
		out[n++] = (struct gs_piece){ in.first, tile, count };
	if (units % tile)
		out[n++] = (struct gs_piece){ in.first + count * tile,
					      units % tile, 1 };
	if (in.end < b->var[var].units)
		out[n++] = (struct gs_piece){ in.end,
					      b->var[var].units - in.end, 1 };
	return n;
}

/* ---- search ---- */

struct search {
	const struct gs_bound_node *b;
	const struct gs_acg *acg;
	struct gs_tiling now, best;
	bool found;
	bool cut_kernel; /* also reductions other than over channels */
	uint32_t candidate[GS_MAX_VARS][MAX_CANDIDATES];
	unsigned num_candidates[GS_MAX_VARS];
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
static void choose_order(const struct gs_bound_node *b, struct gs_tiling *t)
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
}

static bool is_kernel(const struct gs_bound_node *b, unsigned var)
{
	return b->var[var].reduce && !b->var[var].channel;
}

/* What the length of a program depends on: which variables have loops inside and outside, and a remainder. */
static uint32_t kind_of(const struct gs_bound_node *b,
			const struct gs_tiling *t)
{
	uint32_t kind = t->strips;
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
	const uint32_t kind = kind_of(s->b, &s->now);
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

static void rank(struct search *s)
{
	/* As many strips as another number of them gives were ranked with that. */
	if (s->now.strips > 1 &&
	    gs_strips_of(s->b, s->now.tile, s->now.strips).num < s->now.strips)
		return;
	if (gs_plan_outer_loops(s->b, &s->now) > GS_ISA_SA_OUTER_LOOPS)
		return;
	if (s->found && gs_plan_least(s->b, s->acg, &s->now) >= s->best.cycles)
		return;
	s->now.cycles = gs_plan_cost(s->b, s->acg, &s->now);
	if ((s->found && s->now.cycles >= s->best.cycles) || !has_program(s))
		return;
	s->best = s->now;
	s->found = true;
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

	if (!gs_plan_fits(s->b, s->acg, &s->now))
		return;
	if (level == s->now.num_order) {
		rank(s);
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

static void search(struct search *s, bool cut_kernel)
{
	unsigned v;

	s->cut_kernel = cut_kernel;
	for (v = 0; v < s->b->num_vars; v++) {
		const bool is_cut =
			gs_var_is_cut(s->b, v) ||
			(s->now.split_words && gs_var_has_parts(s->b, v));
		const bool whole = !is_cut ||
				   (is_kernel(s->b, v) && !cut_kernel);

		s->now.tile[v] = whole ? s->b->var[v].units : 1;
	}
	search_level(s, 0, false);
}

/* A tile as a whole, then in strips. */
static void search_strips(struct search *s, bool cut_kernel)
{
	static const uint32_t strips[] = { 0, 2, 4, 8 };
	unsigned i, num = s->now.split_words ? 1 : 4;

	for (i = 0; i < num; i++) {
		s->now.strips = strips[i];
		search(s, cut_kernel);
	}
	s->now.strips = 0;
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

static int search_all(struct search *s, struct gs_tiling *out)
{
	unsigned v;

	for (v = 0; v < s->b->num_vars; v++)
		list_candidates(s, v);
	choose_order(s->b, &s->now);
	search_strips(s, false);
	if (!s->found)
		search_strips(s, true);
	if (s->found)
		*out = s->best;
	return s->found ? 0 : -ENOSPC;
}

int gs_plan_find(const struct gs_bound_node *b, const struct gs_acg *acg,
		 struct gs_tiling *out)
{
	struct search s = { .b = b, .acg = acg };

	return b->node->move ? gs_plan_move(b, acg, 0, out) :
			       search_all(&s, out);
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
		struct search s = { .b = b,
				    .acg = acg,
				    .now = { .split_words = words[i] },
				    .check = check,
				    .ctx = ctx };

		ret = b->node->move ?
			      move_within(b, acg, check, ctx, words[i], out) :
			      search_all(&s, out);
	}
	return ret;
}

int gs_plan_layer(const struct gs_bound_node *b, const struct gs_acg *acg,
		  struct gs_tiling *out, struct gs_diag *diag)
{
	return gs_plan_find(b, acg, out) ? report_misfit(b, acg, diag) : 0;
}
