/* SPDX-License-Identifier: MIT */
/*
 * Weights: WBUF tiles as the array reads them, docs/isa.md section 9.
 *
 * A weight is declared [output channel, input channel, kernel...]. A tile's rows
 * stand in the order kernel, input channel, output channel (innermost); tiles
 * stand in the order of the blocks: output channel, then input channel.
 */
#include "compiler/codegen/emit.h"

#include <errno.h>

struct shape {
	unsigned out, in; /**< variables */
	int64_t num_out, num_in, kernel; /**< logical extents */
};

static unsigned var_of(const struct gs_bound_ref *ref, unsigned dim)
{
	unsigned v;

	for (v = 0; v < GS_MAX_VARS; v++)
		if (ref->sub[dim].coef[v])
			return v;
	return 0;
}

static void weight_shape(const struct gs_bound_node *b,
			 const struct gs_bound_operand *o, struct shape *s)
{
	const struct gs_bound_ref *ref = &b->stmt[b->array_stmt].arg[1];
	unsigned d;

	*s = (struct shape){ .out = var_of(ref, 0),
			     .in = var_of(ref, 1),
			     .num_out = o->extent[0],
			     .num_in = o->extent[1],
			     .kernel = 1 };
	for (d = 2; d < o->decl->num_dims; d++)
		s->kernel *= o->extent[d];
}

/* Where the channel stands in memory, so that weights follow a permuted or padded input. */
static int64_t logical_channel(const struct gs_layout *l, int64_t phys)
{
	int64_t i;

	if (!l->channel_map)
		return phys < l->c ? phys : -1;
	for (i = 0; i < l->c; i++)
		if (l->channel_map[i] == phys)
			return i;
	return -1;
}

struct packer {
	const struct gs_arch *arch;
	const struct gs_layout *input;
	const int8_t *data;
	struct shape s;
	uint32_t t_out, t_in; /**< units of this tile */
	uint32_t out0, in0; /**< first unit */
};

static int8_t weight_at(const struct packer *p, int64_t out, int64_t in_phys,
			int64_t k)
{
	const int64_t in = logical_channel(p->input, in_phys);

	if (out >= p->s.num_out || in < 0 || in >= p->s.num_in)
		return 0;
	return p->data[(out * p->s.num_in + in) * p->s.kernel + k];
}

/* Byte of PE (r, c) of a tile row. */
static uint64_t byte_of(const struct gs_arch *a, uint64_t row, uint32_t r,
			uint32_t c)
{
	const uint64_t n = a->array_n, m = a->array_m;
	uint64_t k;

	if (a->weight_layout == GS_WEIGHTS_COLUMN)
		return row * n * m + c * n + r;
	k = gs_arch_interleave(a);
	return (row / k) * k * n * m + (m - 1 - c) * k * n + r * k + row % k;
}

static void pack_tile(const struct packer *p, uint8_t *out)
{
	const uint32_t n = p->arch->array_n, m = p->arch->array_m;
	uint32_t i, o, r, c;
	uint64_t row = 0;
	int64_t k;

	for (k = 0; k < p->s.kernel; k++)
		for (i = 0; i < p->t_in; i++)
			for (o = 0; o < p->t_out; o++, row++)
				for (c = 0; c < m; c++)
					for (r = 0; r < n; r++)
						out[byte_of(p->arch, row, r, c)] =
							(uint8_t)weight_at(
								p,
								(p->out0 +
								 o) * (int64_t)m +
									c,
								(p->in0 +
								 i) * (int64_t)n +
									r,
								k);
}

static uint64_t tile_bytes(const struct gs_gen *g,
			   const struct gs_bound_node *b,
			   const struct gs_bound_operand *o,
			   const uint32_t *tile)
{
	return gs_weight_rows(b, (unsigned)(o - b->operand), tile,
			      &g->acg->arch) *
	       g->acg->arch.array_n * g->acg->arch.array_m;
}

void gs_pack_weights(struct gs_gen *g, const struct gs_bound_node *b,
		     const struct gs_tiling *tiling, struct gs_bound_operand *o)
{
	struct packer p = { .arch = &g->acg->arch, .data = o->tensor->qdata };
	struct gs_piece piece[2];
	uint32_t tile[GS_MAX_VARS], i, ic, num_in;
	unsigned n, num_pieces;
	bool first = true;

	for (i = 0; i < b->num_vars; i++)
		tile[i] = tiling->tile[i];
	weight_shape(b, o, &p.s);
	p.input = &b->operand[b->stmt[b->array_stmt].arg[0].operand]
			   .tensor->layout;
	p.t_in = tiling->tile[p.s.in];
	num_in = b->var[p.s.in].units / p.t_in;
	num_pieces = gs_pieces(b, p.s.out, tiling->tile[p.s.out], piece);
	for (n = 0; n < num_pieces; n++) {
		tile[p.s.out] = p.t_out = piece[n].tile;
		for (i = 0; i < piece[n].count && !g->err; i++) {
			for (ic = 0; ic < num_in; ic++) {
				uint8_t *out;
				const uint64_t at = gs_append_param(
					g, tile_bytes(g, b, o, tile), &out);

				if (!out)
					return;
				if (first)
					o->offset = at;
				first = false;
				p.out0 = piece[n].start + i * p.t_out;
				p.in0 = ic * p.t_in;
				pack_tile(&p, out);
			}
		}
	}
}

/* Appending aligns every tile, so this is the distance between tiles. */
static int64_t tile_pitch(uint64_t bytes)
{
	return (int64_t)((bytes + 63) / 64 * 64);
}

void gs_weight_dma(const struct gs_gen *g, const struct gs_block *blk,
		   unsigned operand, struct gs_dma *dma)
{
	const struct gs_bound_operand *o = &blk->b->operand[operand];
	const uint64_t bytes = tile_bytes(g, blk->b, o, blk->tile);
	uint32_t tile[GS_MAX_VARS], num_in, i;
	struct shape s;

	weight_shape(blk->b, o, &s);
	num_in = blk->b->var[s.in].units / blk->piece[s.in].tile;
	*dma = (struct gs_dma){ .elem_bytes = 1,
				.addr = { GS_PART_PARAM, (int64_t)o->offset } };
	dma->run_rows = bytes / g->acg->arch.array_n / g->acg->arch.array_m;
	dma->step[s.in] = tile_pitch(bytes);
	dma->step[s.out] = tile_pitch(bytes) * num_in;
	if (blk->piece[s.out]
		    .start) { /* behind the whole tiles of the first piece */
		for (i = 0; i < blk->b->num_vars; i++)
			tile[i] = blk->tiling->tile[i];
		dma->addr.offset +=
			tile_pitch(tile_bytes(g, blk->b, o, tile)) * num_in *
			(blk->piece[s.out].start / blk->tiling->tile[s.out]);
	}
}
