/* SPDX-License-Identifier: MIT */
#include "compiler/schedule/plan.h"

#include "compiler/codelets/span.h"
#include "compiler/schedule/steps.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

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

	if (ref->operand != (int)operand || ref->again)
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

void gs_tile_close(struct gs_tile *tile, int64_t *hi, unsigned num_dims)
{
	unsigned d;

	tile->rows = 1;
	for (d = num_dims; d-- > 0;) {
		if (tile->lo[d] > hi[d]) /* never touched */
			tile->lo[d] = hi[d] = 0;
		tile->ext[d] = (uint32_t)(hi[d] - tile->lo[d] + 1);
		tile->stride[d] = (uint32_t)tile->rows;
		tile->rows *= tile->ext[d];
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
	gs_tile_close(out, hi, num_dims);
}

uint64_t gs_weight_rows_of(const struct gs_tile *tile,
			   const struct gs_arch *arch)
{
	if (arch->weight_layout == GS_WEIGHTS_PUBLISHED) {
		const uint32_t k = gs_arch_interleave(arch);

		return (tile->rows + k - 1) / k * k;
	}
	return tile->rows;
}

uint64_t gs_weight_rows(const struct gs_bound_node *b, unsigned operand,
			const uint32_t *tile, const struct gs_arch *arch)
{
	struct gs_tile t;

	gs_tile_of(b, operand, tile, &t);
	return gs_weight_rows_of(&t, arch);
}

/* The tile of an operand that stands on chip, and how often it does. */
static uint64_t rows_of(const struct gs_bound_node *b, const struct gs_acg *acg,
			const struct gs_strips *strips, const uint32_t *tile,
			const uint32_t *strip, unsigned operand)
{
	const enum gs_acg_mem mem = b->operand[operand].decl->mem;
	const bool simd = gs_acg_is_vmem(mem);
	struct gs_tile t;

	if (mem == GS_ACG_DRAM)
		return 0;
	if (mem == GS_ACG_WBUF)
		return gs_weight_rows(b, operand, tile, &acg->arch);
	gs_tile_of(b, operand, simd ? strip : tile, &t);
	return simd && gs_strip_moves(b, strips, operand) ? 2 * t.rows : t.rows;
}

static struct gs_strips strips_of(const struct gs_bound_node *b,
				  const struct gs_tiling *t, uint32_t *strip)
{
	const struct gs_strips s =
		gs_strips_of(b, t->tile, t->split_words ? 1 : t->strips);

	gs_strip_tile(b, &s, t->tile, 0, strip);
	return s;
}

uint64_t gs_plan_rows(const struct gs_bound_node *b, const struct gs_acg *acg,
		      const struct gs_tiling *tiling, unsigned operand)
{
	uint32_t strip[GS_MAX_VARS];
	const struct gs_strips strips = strips_of(b, tiling, strip);

	return rows_of(b, acg, &strips, tiling->tile, strip, operand);
}

enum gs_acg_mem gs_plan_misfit(const struct gs_bound_node *b,
			       const struct gs_acg *acg,
			       const struct gs_tiling *tiling, uint64_t *rows)
{
	uint32_t strip[GS_MAX_VARS];
	const struct gs_strips strips = strips_of(b, tiling, strip);
	uint64_t used[GS_ACG_NUM_MEMORIES] = { 0 };
	unsigned i;

	for (i = 0; i < b->num_operands; i++) {
		const enum gs_acg_mem mem = b->operand[i].decl->mem;

		if (mem == GS_ACG_DRAM)
			continue;
		used[mem] += rows_of(b, acg, &strips, tiling->tile, strip, i);
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
