/* SPDX-License-Identifier: MIT */
/*
 * Closed-form estimate of a layer's cycles, to rank tilings. It counts what
 * docs/isa.md makes unavoidable (row products, vector operations, bytes a
 * channel) and the overheads of tiles and blocks, with array, SIMD unit and
 * channels overlapping between tiles.
 */
#include "compiler/schedule/plan.h"

/* Vector pipeline and set-up of one nest, and fetch and start of one block. */
#define NEST_OVERHEAD 12
#define BLOCK_OVERHEAD 64

static double stmt_iterations(const struct gs_bound_stmt *s,
			      const uint32_t *tile)
{
	double n = 1;
	unsigned l;

	for (l = 0; l < s->num_vars; l++)
		n *= tile[s->var[l]];
	return n;
}

/* How often a tile of the operand changes: the outer loops down to the innermost it depends on. */
static double reloads(const struct gs_bound_node *b, const struct gs_tiling *t,
		      unsigned operand, const double *count)
{
	double loads = 1, sofar = 1;
	unsigned i, j, a, d;

	for (i = 0; i < t->num_order; i++) {
		bool depends = false;

		for (j = 0; j < b->num_stmts; j++) {
			const struct gs_bound_stmt *s = &b->stmt[j];

			for (a = 0; a < s->num_args; a++)
				for (d = 0; s->arg[a].operand == (int)operand &&
					    d < GS_CL_MAX_DIMS;
				     d++)
					depends |= s->arg[a]
							   .sub[d]
							   .coef[t->order[i]] !=
						   0;
		}
		sofar *= count[t->order[i]];
		if (depends && count[t->order[i]] > 1)
			loads = sofar;
	}
	return loads;
}

static double operand_bytes(const struct gs_bound_node *b,
			    const struct gs_acg *acg, unsigned i,
			    const struct gs_tiling *t)
{
	const struct gs_bound_operand *o = &b->operand[i];
	struct gs_tile box;

	if (o->decl->mem == GS_ACG_WBUF)
		return (double)gs_weight_rows(b, i, t->tile, &acg->arch) *
		       acg->arch.array_n * acg->arch.array_m;
	gs_tile_of(b, i, t->tile, &box);
	return (double)box.rows * acg->arch.array_m *
	       (o->decl->kind == GS_CL_ROW ? 4 : 1);
}

static double channel_cycles(const struct gs_bound_node *b,
			     const struct gs_acg *acg,
			     const struct gs_tiling *t, const double *count,
			     double tiles)
{
	double bytes[4] = { 0 }, worst = 0; /* PARAM, IBUF, SIMD */
	const double bits[3] = { acg->arch.param_channel_bw,
				 acg->arch.ibuf_channel_bw,
				 acg->arch.simd_channel_bw };
	unsigned i;

	for (i = 0; i < b->num_operands; i++) {
		const struct gs_cl_operand *o = b->operand[i].decl;
		const enum gs_acg_mem mem = o->mem;
		double times = tiles;

		if (mem == GS_ACG_DRAM || o->kind == GS_CL_TEMP ||
		    (o->kind == GS_CL_INPUT && !gs_is_read(&b->operand[i])))
			continue;
		if (mem == GS_ACG_WBUF || mem == GS_ACG_BBUF ||
		    mem == GS_ACG_IBUF)
			times = reloads(b, t, i, count);
		bytes[mem == GS_ACG_WBUF || mem == GS_ACG_BBUF ? 0 :
		      mem == GS_ACG_IBUF		       ? 1 :
								 2] +=
			times * operand_bytes(b, acg, i, t);
	}
	for (i = 0; i < 3; i++) {
		const double cycles = bytes[i] * 8 / bits[i];

		worst = cycles > worst ? cycles : worst;
	}
	return worst;
}

double gs_plan_cost(const struct gs_bound_node *b, const struct gs_acg *acg,
		    const struct gs_tiling *tiling)
{
	double count[GS_MAX_VARS], tiles = 1, blocks = 1, handed = 1, array = 0,
				   simd = 0, total;
	unsigned i;

	for (i = 0; i < b->num_vars; i++)
		count[i] = 1;
	for (i = 0; i < tiling->num_order; i++) {
		const unsigned v = tiling->order[i];

		count[v] = (double)((b->var[v].units + tiling->tile[v] - 1) /
				    tiling->tile[v]);
		tiles *= count[v];
		handed *= b->var[v].reduce && b->array_stmt >= 0 ? 1 : count[v];
		blocks *= b->var[v].units % tiling->tile[v] ? 2 : 1;
	}
	for (i = 0; i < b->num_stmts; i++) {
		const double rows = stmt_iterations(&b->stmt[i], tiling->tile);

		if ((int)i == b->array_stmt)
			array = tiles *
				(rows + acg->arch.array_n + acg->arch.array_m);
		else
			simd += handed * (rows + NEST_OVERHEAD);
	}
	if (tiling->split_words) /* at least two for each tile */
		blocks = 2 * handed;
	total = channel_cycles(b, acg, tiling, count, tiles);
	total = array > total ? array : total;
	/* The SIMD unit works on the tile before: it overlaps all but its last tile. */
	total = simd > total ? simd : total;
	return total + (array < simd ? array / tiles : simd / handed) +
	       blocks * BLOCK_OVERHEAD;
}
