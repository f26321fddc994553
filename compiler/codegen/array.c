/* SPDX-License-Identifier: MIT */
/* The array group of a block: docs/isa.md section 5. */
#include "compiler/codegen/emit.h"

#include <errno.h>

/* Loop ids of transfers, one range a buffer (the published numbering). */
#define DMA_LOOP_IBUF 14
#define DMA_LOOP_WBUF 20
#define DMA_LOOP_BBUF 28

static uint32_t half(int64_t v, bool high)
{
	return high ? (uint32_t)(v >> 16) & 0xffff : (uint32_t)v & 0xffff;
}

/* A stride belongs to a loop as soon as it is named; 0 needs no HIGH word. */
static void put_stride(struct gs_gen *g, enum gs_acc acc, enum gs_buf buf,
		       uint32_t loop, int64_t stride)
{
	if (stride < INT32_MIN || stride > INT32_MAX) {
		gs_gen_fail(g, -ERANGE, NULL, "a stride exceeds 31 bits");
		return;
	}
	gs_put(g, GS_INSN_SET_LOOP_STRIDE, 0, acc, buf, loop,
	       half(stride, false), 0);
	if (half(stride, true))
		gs_put(g, GS_INSN_SET_LOOP_STRIDE, 1, acc, buf, loop,
		       half(stride, true), 0);
}

static void put_base(struct gs_gen *g, enum gs_buf buf, struct gs_addr addr)
{
	gs_put_reloc(g, GS_INSN_SET_BASE_ADDR, GS_MEM_BUFFER, buf, 0, false,
		     addr);
	gs_put_reloc(g, GS_INSN_SET_BASE_ADDR, GS_MEM_BUFFER, buf, 0, true,
		     addr);
}

static void put_load(struct gs_gen *g, enum gs_buf buf, uint32_t first_loop,
		     const struct gs_dma *dma)
{
	unsigned d;

	for (d = 0; d < dma->runs.num_dims; d++) {
		gs_put(g, GS_INSN_SA_LOOP_CFG, 0, first_loop + d,
		       dma->runs.dim[d].count - 1, 0, 0, 0);
		put_stride(g, GS_ACC_LD, buf, first_loop + d,
			   dma->runs.dim[d].stride);
	}
	gs_put(g, GS_INSN_LD_ST, GS_ACC_LD, GS_MEM_BUFFER, buf, first_loop,
	       gs_request(dma->elem_bits, dma->runs.run_rows), 0);
}

static bool is_reduction(const struct gs_bound_stmt *s, unsigned var)
{
	unsigned l;

	for (l = 0; l < s->num_vars; l++)
		if (s->var[l] == var)
			return s->decl->loop[l].reduce;
	return false;
}

/* Input channels are IC; of the kernel, the last subscript is KW. DIM is informative. */
static uint32_t reduction_dim(const struct gs_bound_node *b, unsigned var)
{
	const struct gs_bound_ref *x = &b->stmt[b->array_stmt].arg[0];

	if (b->var[var].channel)
		return GS_DIM_IC;
	return x->sub[2].coef[var] ? GS_DIM_KW : GS_DIM_KH;
}

static void put_outer_loops(struct gs_gen *g, const struct gs_block *blk,
			    const struct gs_bound_stmt *s,
			    const struct gs_dma dma[3])
{
	static const enum gs_buf buf[3] = { GS_BUF_IBUF, GS_BUF_WBUF,
					    GS_BUF_BBUF };
	unsigned i, k;

	for (i = 0; i < blk->num_outer; i++) {
		const unsigned var = blk->outer[i];

		gs_put(g, GS_INSN_SA_LOOP_CFG, 0, i, blk->piece[var].count - 1,
		       0, 0, 0);
		if (is_reduction(s, var))
			gs_put(g, GS_INSN_SA_REDUCTION_LOOP, 32, i,
			       GS_RED_OUTER, reduction_dim(blk->b, var), 0, 0);
		for (k = 0; k < 3; k++)
			if (dma[k].step[var])
				put_stride(g, GS_ACC_LD, buf[k], i,
					   dma[k].step[var]);
	}
}

/* Rows of WBUF a variable moves: kernel, input channel, output channel, as gs_pack_weights() lays out. */
static int64_t weight_stride(const struct gs_block *blk,
			     const struct gs_bound_ref *w, unsigned var)
{
	const unsigned num_dims = blk->b->operand[w->operand].decl->num_dims;
	struct gs_tile t;
	int64_t rows;
	unsigned d;

	gs_tile_of(blk->b, (unsigned)w->operand, blk->tile, &t);
	if (w->sub[0].coef[var])
		return 1;
	rows = t.ext[0];
	if (w->sub[1].coef[var])
		return rows;
	rows *= t.ext[1];
	for (d = num_dims; d-- > 2;) {
		if (w->sub[d].coef[var])
			return rows;
		rows *= t.ext[d];
	}
	return 0;
}

static unsigned num_inner(const struct gs_block *blk,
			  const struct gs_bound_stmt *s)
{
	unsigned l, n = 0;

	for (l = 0; l < s->num_vars; l++)
		n += blk->tile[s->var[l]] > 1;
	return n;
}

static void put_inner_loops(struct gs_gen *g, const struct gs_block *blk,
			    const struct gs_bound_stmt *s)
{
	struct gs_tile x, acc, bias;
	uint32_t id = GS_ISA_SA_OUTER_LOOPS;
	unsigned l;

	gs_tile_of(blk->b, (unsigned)s->arg[0].operand, blk->tile, &x);
	gs_tile_of(blk->b, (unsigned)s->dst.operand, blk->tile, &acc);
	gs_tile_of(blk->b, (unsigned)s->arg[2].operand, blk->tile, &bias);
	for (l = 0; l < s->num_vars; l++) {
		const unsigned var = s->var[l];
		const int64_t rows = gs_row_stride(blk->b, &s->dst, &acc, var);

		/* One loop must remain, or nothing would be computed. */
		if (blk->tile[var] == 1 &&
		    (id > GS_ISA_SA_OUTER_LOOPS || l + 1 < s->num_vars))
			continue;
		gs_put(g, GS_INSN_SA_LOOP_CFG, 0, id, blk->tile[var] - 1, 0, 0,
		       0);
		if (s->decl->loop[l].reduce)
			gs_put(g, GS_INSN_SA_REDUCTION_LOOP, 32,
			       (id + 7 * 2 - GS_ISA_SA_OUTER_LOOPS -
				blk->num_outer) %
				       7,
			       GS_RED_INNER, reduction_dim(blk->b, var), 0, 0);
		put_stride(g, GS_ACC_RD, GS_BUF_IBUF, id,
			   gs_row_stride(blk->b, &s->arg[0], &x, var));
		put_stride(g, GS_ACC_RD, GS_BUF_WBUF, id,
			   weight_stride(blk, &s->arg[1], var));
		put_stride(g, GS_ACC_RD, GS_BUF_BBUF, id,
			   gs_row_stride(blk->b, &s->arg[2], &bias, var));
		put_stride(g, GS_ACC_RD, GS_BUF_OBUF, id, rows);
		put_stride(g, GS_ACC_WR, GS_BUF_OBUF, id, rows);
		id++;
	}
}

void gs_emit_array_group(struct gs_gen *g, const struct gs_block *blk)
{
	const struct gs_bound_stmt *s = &blk->b->stmt[blk->b->array_stmt];
	struct gs_dma dma[3];
	const uint32_t start = gs_put(g, GS_INSN_SYNC_INST, GS_TGT_SA,
				      GS_SE_START, GS_EB_EXEC, 0, g->group % 64,
				      0);

	if (num_inner(blk, s) > GS_ISA_SA_INNER_LOOPS ||
	    blk->num_outer > GS_ISA_SA_OUTER_LOOPS)
		gs_gen_fail(g, -ENOTSUP, blk, "more loops than the array has");
	gs_dma_plan(g, blk, (unsigned)s->arg[0].operand, &dma[0]);
	gs_weight_dma(g, blk, (unsigned)s->arg[1].operand, &dma[1]);
	gs_dma_plan(g, blk, (unsigned)s->arg[2].operand, &dma[2]);
	put_base(g, GS_BUF_WBUF, dma[1].addr);
	put_base(g, GS_BUF_BBUF, dma[2].addr);
	put_base(g, GS_BUF_IBUF, dma[0].addr);
	put_outer_loops(g, blk, s, dma);
	/* Weights first: the next tile's biases wait for the array, and the channel with them. */
	put_load(g, GS_BUF_WBUF, DMA_LOOP_WBUF, &dma[1]);
	put_load(g, GS_BUF_BBUF, DMA_LOOP_BBUF, &dma[2]);
	put_load(g, GS_BUF_IBUF, DMA_LOOP_IBUF, &dma[0]);
	put_inner_loops(g, blk, s);
	gs_put(g, GS_INSN_SYNC_INST, GS_TGT_SA, GS_SE_END, GS_EB_EXEC, 0,
	       g->group % 64, 0);
	gs_patch(g, start, 5, g->prog->num_words - 1 - start);
}
