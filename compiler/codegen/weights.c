/* SPDX-License-Identifier: MIT */
/*
 * Weights: WBUF tiles as the array reads them, docs/isa.md section 9.
 *
 * A weight is declared [output channel, input channel, kernel...]. A tile's rows
 * stand in the order kernel, input channel, output channel (innermost); tiles
 * stand in the order block of output channels, output channel, input channel,
 * kernel (innermost).
 */
#include "compiler/codegen/emit.h"

#include <errno.h>
#include <string.h>

#define NO_VAR UINT32_MAX

struct shape {
	unsigned block; /**< variable that steps over blocks of output channels, or NO_VAR */
	unsigned var[GS_CL_MAX_DIMS]; /**< that walks each dimension, or NO_VAR */
	unsigned num_dims;
	bool diagonal; /**< input channels are those of the output's row of lanes */
	int64_t num_out, num_in; /**< logical channels */
	int64_t out_each, in_each; /**< of a group */
	int64_t kernel[GS_CL_MAX_DIMS]; /**< extent of dimension 2 and on */
	int64_t kernel_elems;
};

static unsigned var_of(const struct gs_bound_node *b, unsigned dim, bool block)
{
	const struct gs_bound_ref *ref = &b->stmt[b->array_stmt].arg[1];
	unsigned v;

	for (v = 0; v < b->num_vars; v++)
		if (ref->sub[dim].coef[v] && b->var[v].block == block)
			return v;
	return NO_VAR;
}

static void weight_shape(const struct gs_bound_node *b,
			 const struct gs_bound_operand *o, struct shape *s)
{
	const struct gs_bound_ref *x = &b->stmt[b->array_stmt].arg[0];
	unsigned d;

	*s = (struct shape){ .block = var_of(b, 0, true),
			     .num_dims = o->decl->num_dims,
			     .diagonal = !strcmp(o->decl->dim[1], GS_CL_LANE),
			     .num_out = o->extent[0],
			     .num_in = o->extent[1],
			     .kernel_elems = 1 };
	if (s->diagonal)
		s->num_in = b->operand[x->operand].extent[3];
	s->out_each = s->num_out / o->groups;
	s->in_each = s->num_in / o->groups;
	for (d = 0; d < s->num_dims; d++)
		s->var[d] = var_of(b, d, false);
	for (d = 2; d < s->num_dims; d++) {
		s->kernel[d] = o->extent[d];
		s->kernel_elems *= o->extent[d];
	}
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
	const int8_t *data; /**< NULL: all elements are @fill */
	int8_t fill;
	struct shape s;
	uint32_t tile[GS_CL_MAX_DIMS]; /**< units of this tile, by dimension */
	uint32_t first[GS_CL_MAX_DIMS]; /**< first unit */
};

static int8_t weight_at(const struct packer *p, int64_t out, int64_t in_phys,
			int64_t k)
{
	const int64_t in = logical_channel(p->input, in_phys);
	const struct shape *s = &p->s;
	int64_t group;

	if (out >= s->num_out || in < 0 || in >= s->num_in)
		return 0;
	group = s->in_each == s->num_in ? 0 : in / s->in_each;
	if (out < group * s->out_each || out >= (group + 1) * s->out_each)
		return 0;
	if (!p->data)
		return p->fill;
	return p->data[(out * s->in_each + in - group * s->in_each) *
			       s->kernel_elems +
		       k];
}

/* Element of PE (0, c) of a tile row; those of the rows of PEs are @step apart. */
static uint64_t elem_of(const struct gs_arch *a, uint64_t row, uint32_t c,
			uint64_t *step)
{
	const uint64_t n = a->array_n, m = a->array_m;
	uint64_t k;

	*step = 1;
	if (a->weight_layout == GS_WEIGHTS_COLUMN)
		return row * n * m + c * n;
	*step = k = gs_arch_interleave(a);
	return (row / k) * k * n * m + (m - 1 - c) * k * n + row % k;
}

/* Of two elements of 4 bits in a byte, the first is the low one. */
static void put_weight(const struct gs_arch *arch, uint8_t *out, uint64_t elem,
		       int8_t w)
{
	if (arch->wgt_width == 8)
		out[elem] = (uint8_t)w;
	else
		out[elem / 2] |= (uint8_t)((w & 15) << elem % 2 * 4);
}

/* One row: what PE (r, c) holds for output row @o, input row @i and kernel position @k. */
static void pack_row(const struct packer *p, uint64_t row, int64_t o, int64_t i,
		     int64_t k, uint8_t *out)
{
	const uint32_t n = p->arch->array_n, m = p->arch->array_m;
	uint64_t step;
	uint32_t r, c;

	for (c = 0; c < m; c++) {
		uint64_t elem = elem_of(p->arch, row, c, &step);

		for (r = 0; r < n; r++, elem += step)
			put_weight(p->arch, out, elem,
				   weight_at(p, o * m + c, i * n + r, k));
	}
}

/* The kernel positions of the tile, in order: the @at-th of them within the kernel. */
static int64_t kernel_position(const struct packer *p, int64_t at)
{
	int64_t k = 0, stride = 1;
	unsigned d;

	for (d = p->s.num_dims; d-- > 2;) {
		k += (p->first[d] + at % p->tile[d]) * stride;
		at /= p->tile[d];
		stride *= p->s.kernel[d];
	}
	return k;
}

static void pack_tile(const struct packer *p, uint8_t *out)
{
	int64_t taps = 1, at;
	uint64_t row = 0;
	uint32_t i, o;
	unsigned d;

	for (d = 2; d < p->s.num_dims; d++)
		taps *= p->tile[d];
	for (at = 0; at < taps; at++)
		for (i = 0; i < p->tile[1]; i++)
			for (o = 0; o < p->tile[0]; o++, row++)
				pack_row(p, row, p->first[0] + o,
					 p->s.diagonal ? p->first[0] + o :
							 p->first[1] + i,
					 kernel_position(p, at), out);
}

static uint64_t tile_bytes(const struct gs_gen *g,
			   const struct gs_bound_node *b,
			   const struct gs_bound_operand *o,
			   const uint32_t *tile)
{
	const struct gs_arch *arch = &g->acg->arch;

	return gs_weight_rows(b, (unsigned)(o - b->operand), tile, arch) *
	       arch->array_n * arch->array_m * arch->wgt_width / 8;
}

/* The tiles of one tile of output channels: every part of the reductions. */
static void pack_reduction(struct gs_gen *g, const struct gs_bound_node *b,
			   struct gs_bound_operand *o, const uint32_t *tile,
			   struct packer *p, unsigned dim)
{
	const unsigned var = dim < p->s.num_dims ? p->s.var[dim] : NO_VAR;
	const uint32_t units = var == NO_VAR ? 1 : b->var[var].units;
	uint8_t *out;
	uint64_t at;

	if (dim == p->s.num_dims) {
		at = gs_append_param(g, tile_bytes(g, b, o, tile), &out);
		if (!out)
			return;
		o->offset = at < o->offset ? at : o->offset;
		pack_tile(p, out);
		return;
	}
	p->tile[dim] = var == NO_VAR ? 1 : tile[var];
	for (p->first[dim] = 0; p->first[dim] < units && !g->err;
	     p->first[dim] += p->tile[dim])
		pack_reduction(g, b, o, tile, p, dim + 1);
}

/* One block of output channels, from unit @first on. */
static void pack_block(struct gs_gen *g, const struct gs_bound_node *b,
		       const struct gs_tiling *tiling,
		       struct gs_bound_operand *o, struct packer *p,
		       uint32_t first)
{
	const unsigned var = p->s.var[0];
	uint32_t tile[GS_MAX_VARS], i;
	struct gs_piece piece[GS_MAX_PIECES];
	unsigned n, num_pieces = gs_pieces(b, var, tiling->tile[var], piece);

	memcpy(tile, tiling->tile, sizeof(tile));
	for (n = 0; n < num_pieces; n++) {
		tile[var] = p->tile[0] = piece[n].tile;
		for (i = 0; i < piece[n].count && !g->err; i++) {
			p->first[0] =
				first + piece[n].start + i * piece[n].tile;
			pack_reduction(g, b, o, tile, p, 1);
		}
	}
}

static uint32_t num_blocks(const struct gs_bound_node *b, const struct shape *s)
{
	return s->block == NO_VAR ? 1 : b->var[s->block].units;
}

void gs_pack_weights(struct gs_gen *g, const struct gs_bound_node *b,
		     const struct gs_tiling *tiling, struct gs_bound_operand *o)
{
	struct packer p = { .arch = &g->acg->arch,
			    .data = o->tensor ? o->tensor->qdata : NULL,
			    .fill = o->fill };
	uint32_t i;

	weight_shape(b, o, &p.s);
	p.input = &b->operand[b->stmt[b->array_stmt].arg[0].operand]
			   .tensor->layout;
	o->offset = UINT64_MAX;
	for (i = 0; i < num_blocks(b, &p.s) && !g->err; i++)
		pack_block(g, b, tiling, o, &p, i * b->var[p.s.var[0]].units);
}

/* Appending aligns every tile, so this is the distance between tiles. */
static int64_t tile_pitch(const struct gs_gen *g, const struct gs_bound_node *b,
			  const struct gs_bound_operand *o,
			  const uint32_t *tile)
{
	return (int64_t)((tile_bytes(g, b, o, tile) + 63) / 64 * 64);
}

/* Bytes of the first @units of a block's output channels, which tiles make. */
static int64_t block_bytes(const struct gs_gen *g, const struct gs_block *blk,
			   const struct gs_bound_operand *o, unsigned var,
			   uint32_t units, int64_t parts)
{
	uint32_t tile[GS_MAX_VARS];
	struct gs_piece piece[GS_MAX_PIECES];
	unsigned n, num;
	int64_t bytes = 0;
	uint32_t count;

	memcpy(tile, blk->tiling->tile, sizeof(tile));
	num = gs_pieces(blk->b, var, tile[var], piece);
	for (n = 0; n < num && piece[n].start < units; n++) {
		tile[var] = piece[n].tile;
		count = (units - piece[n].start) / piece[n].tile;
		count = count < piece[n].count ? count : piece[n].count;
		bytes += tile_pitch(g, blk->b, o, tile) * parts * count;
	}
	return bytes;
}

void gs_weight_dma(const struct gs_gen *g, const struct gs_block *blk,
		   unsigned operand, struct gs_dma *dma)
{
	const struct gs_bound_operand *o = &blk->b->operand[operand];
	const int64_t pitch = tile_pitch(g, blk->b, o, blk->tile);
	int64_t parts = 1; /* of the reductions */
	struct shape s;
	unsigned d;

	weight_shape(blk->b, o, &s);
	*dma = (struct gs_dma){ .elem_bits = g->acg->arch.wgt_width,
				.addr = { GS_PART_PARAM, (int64_t)o->offset } };
	dma->runs.run_rows =
		gs_weight_rows(blk->b, operand, blk->tile, &g->acg->arch);
	for (d = s.num_dims; d-- > 1;) {
		if (s.var[d] == NO_VAR)
			continue;
		dma->step[s.var[d]] = pitch * parts;
		parts *= blk->piece[s.var[d]].count;
	}
	dma->step[s.var[0]] = pitch * parts;
	dma->addr.offset += block_bytes(g, blk, o, s.var[0],
					blk->piece[s.var[0]].start, parts);
	if (s.block == NO_VAR)
		return;
	dma->step[s.block] = block_bytes(g, blk, o, s.var[0],
					 blk->b->var[s.var[0]].units, parts);
	dma->addr.offset += dma->step[s.block] * blk->piece[s.block].start;
}
