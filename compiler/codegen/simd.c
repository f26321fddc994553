/* SPDX-License-Identifier: MIT */
/* The SIMD group of a block: docs/isa.md section 6. */
#include "compiler/codegen/emit.h"

#include <errno.h>
#include <string.h>

/* Where operands stand in the vector memories, and what the immediates hold. */
struct simd {
	struct gs_gen *g;
	const struct gs_block
		*blk; /**< the tile, or the strip that is done now */
	const struct gs_block *whole; /**< the tile */
	struct gs_block part; /**< @blk where the tile is taken in strips */
	struct gs_strips strips;
	struct gs_steps steps;
	unsigned first, end; /* steps of this group */
	struct gs_tile tile
		[GS_CL_MAX_OPERANDS]; /* of the strip; what stands in OBUF: of the whole tile */
	uint32_t row[GS_CL_MAX_OPERANDS]; /**< first row */
	uint32_t place[GS_CL_MAX_OPERANDS]; /**< that of the first strip */
	uint32_t other
		[GS_CL_MAX_OPERANDS]; /**< from there to that of every second strip */
	int32_t imm[GS_ISA_IMM_SLOTS];
	unsigned num_imm;
	int shift; /**< of the DTYPE_CFG in force, -1: none yet */
	uint32_t bits; /**< that it makes */
};

/* A level of a nest: iterations, and rows each operand moves. */
struct level {
	uint32_t count;
	int64_t stride[3];
};

static const struct gs_cl_operand *decl_of(const struct simd *s, int operand)
{
	return s->blk->b->operand[operand].decl;
}

static uint32_t ns_of(const struct simd *s, const struct gs_bound_ref *ref)
{
	if (ref->operand < 0)
		return GS_NS_IMM;
	switch (decl_of(s, ref->operand)->mem) {
	case GS_ACG_OBUF:
		return GS_NS_OBUF;
	case GS_ACG_VMEM1:
		return GS_NS_VMEM1;
	default:
		return GS_NS_VMEM2;
	}
}

/* The first strip is the largest; each second one stands beside it. */
static void place_operands(struct simd *s)
{
	uint32_t used[GS_ACG_NUM_MEMORIES] = { 0 };
	uint32_t tile[GS_MAX_VARS];
	const struct gs_bound_node *b = s->whole->b;
	unsigned i;

	gs_strip_tile(b, &s->strips, s->whole->tile, 0, tile);
	for (i = 0; i < b->num_operands; i++) {
		const enum gs_acg_mem mem = b->operand[i].decl->mem;

		gs_tile_of(b, i, tile, &s->tile[i]);
		s->place[i] = used[mem];
		if (!gs_acg_is_vmem(mem))
			continue;
		if (gs_strip_moves(b, &s->strips, i))
			s->other[i] = (uint32_t)s->tile[i].rows;
		used[mem] += (uint32_t)s->tile[i].rows + s->other[i];
	}
}

/* From now on the steps are those of a strip. */
static void enter_strip(struct simd *s, unsigned strip)
{
	const struct gs_bound_node *b = s->whole->b;
	struct gs_piece *p = &s->part.piece[s->strips.var];
	uint32_t start;
	unsigned i;

	s->part = *s->whole;
	start = gs_strip_tile(b, &s->strips, s->whole->tile, strip,
			      s->part.tile);
	if (s->strips.num > 1)
		p->start += start;
	s->blk = &s->part;
	for (i = 0; i < b->num_operands; i++) {
		const bool obuf = b->operand[i].decl->mem == GS_ACG_OBUF;

		gs_tile_of(b, i, obuf ? s->whole->tile : s->part.tile,
			   &s->tile[i]);
		s->row[i] = s->place[i] + strip % 2 * s->other[i];
	}
}

/* Rows of OBUF before those of the strip. */
static int64_t strip_offset(const struct simd *s,
			    const struct gs_bound_ref *ref)
{
	const unsigned var = s->strips.var;

	if (s->strips.num == 1 || decl_of(s, ref->operand)->mem != GS_ACG_OBUF)
		return 0;
	return gs_row_stride(s->blk->b, ref, &s->tile[ref->operand], var) *
	       (s->part.piece[var].start - s->whole->piece[var].start);
}

/* ---- immediates ---- */

static uint32_t imm_slot(struct simd *s, int32_t value)
{
	unsigned i;

	for (i = 0; i < s->num_imm; i++)
		if (s->imm[i] == value)
			return i;
	if (s->num_imm == s->g->acg->mem[GS_ACG_IMM].rows) {
		gs_gen_fail(s->g, -ENOSPC, s->blk,
			    "more constants than immediate slots");
		return 0;
	}
	s->imm[s->num_imm] = value;
	return s->num_imm++;
}

static void put_immediates(struct simd *s)
{
	unsigned i, a;

	for (i = s->first; i < s->end; i++) {
		const struct gs_step *step = &s->steps.step[i];
		const struct gs_bound_stmt *st;

		if (step->kind != GS_STEP_STATEMENT)
			continue;
		st = &s->blk->b->stmt[step->index];
		for (a = 0; a < st->num_args; a++)
			if (st->arg[a].operand < 0)
				imm_slot(s, st->arg[a].imm);
	}
	for (i = 0; i < s->num_imm; i++) {
		const uint32_t v = (uint32_t)s->imm[i];

		/* The iterator of a slot has its number; strides are 0. */
		gs_put(s->g, GS_INSN_BASE_SIGN_EXT, GS_NS_IMM, i, i, 0, 0, 0);
		if (s->imm[i] >= INT16_MIN && s->imm[i] <= INT16_MAX) {
			gs_put(s->g, GS_INSN_IMM_SIGN_EXT, GS_NS_IMM, i,
			       v & 0xffff, 0, 0, 0);
			continue;
		}
		gs_put(s->g, GS_INSN_SET_IMM_LOW, GS_NS_IMM, i, v & 0xffff, 0,
		       0, 0);
		gs_put(s->g, GS_INSN_SET_IMM_HIGH, GS_NS_IMM, i, v >> 16, 0, 0,
		       0);
	}
}

/* ---- transfers ---- */

static const enum gs_insn_id dma_words[2][7] = {
	{ GS_INSN_LD_BASE_ADDR, GS_INSN_LD_BASE_ITER, GS_INSN_LD_BASE_STRIDE,
	  GS_INSN_LD_TILE_ITER, GS_INSN_LD_TILE_STRIDE, GS_INSN_LD_START,
	  GS_INSN_LD_TILE_ADDR },
	{ GS_INSN_ST_BASE_ADDR, GS_INSN_ST_BASE_ITER, GS_INSN_ST_BASE_STRIDE,
	  GS_INSN_ST_TILE_ITER, GS_INSN_ST_TILE_STRIDE, GS_INSN_ST_START,
	  GS_INSN_ST_TILE_ADDR },
};
enum {
	W_BASE_ADDR,
	W_BASE_ITER,
	W_BASE_STRIDE,
	W_TILE_ITER,
	W_TILE_STRIDE,
	W_START,
	W_TILE_ADDR
};

static void put_halves(struct simd *s, enum gs_insn_id id, uint32_t ns,
		       uint32_t loop, int64_t v)
{
	if (v < INT32_MIN || v > INT32_MAX) {
		gs_gen_fail(s->g, -ERANGE, s->blk, "a stride exceeds 31 bits");
		return;
	}
	gs_put(s->g, id, GS_HALF_LSB, ns, loop, (uint32_t)v & 0xffff, 0, 0);
	gs_put(s->g, id, GS_HALF_MSB, ns, loop, (uint32_t)(v >> 16) & 0xffff, 0,
	       0);
}

static void put_base_loops(struct simd *s, uint32_t ns)
{
	unsigned i, id = 0;

	for (i = 0; i < s->blk->num_outer; i++) {
		const unsigned var = s->blk->outer[i];

		if (s->blk->b->var[var].reduce)
			continue;
		gs_put(s->g, GS_INSN_ST_BASE_ITER, 0, ns, id++,
		       s->blk->piece[var].count - 1, 0, 0);
	}
}

static void put_transfer(struct simd *s, unsigned operand, bool store)
{
	const struct gs_bound_ref ref = { .operand = (int)operand };
	const enum gs_insn_id *w = dma_words[store];
	const uint32_t ns = ns_of(s, &ref);
	struct gs_dma dma;
	unsigned i, id = 0;

	gs_dma_plan(s->g, s->blk, operand, &dma);
	gs_put_reloc(s->g, w[W_BASE_ADDR], ns, 0, 0, false, dma.addr);
	gs_put_reloc(s->g, w[W_BASE_ADDR], ns, 0, 0, true, dma.addr);
	for (i = 0; i < s->blk->num_outer; i++)
		if (!s->blk->b->var[s->blk->outer[i]].reduce)
			put_halves(s, w[W_BASE_STRIDE], ns, id++,
				   dma.step[s->blk->outer[i]]);
	gs_put(s->g, w[W_TILE_ADDR], GS_HALF_LSB, ns, 0,
	       s->row[operand] & 0xffff, 0, 0);
	gs_put(s->g, w[W_TILE_ADDR], GS_HALF_MSB, ns, 0, s->row[operand] >> 16,
	       0, 0);
	for (i = 0; i < dma.runs.num_dims; i++) {
		gs_put(s->g, w[W_TILE_ITER], 0, ns, i,
		       dma.runs.dim[i].count - 1, 0, 0);
		put_halves(s, w[W_TILE_STRIDE], ns, i, dma.runs.dim[i].stride);
	}
	gs_put(s->g, w[W_START], 0, ns, dma.elem_bits - 1,
	       gs_request(dma.elem_bits, dma.runs.run_rows), 0, 0);
}

/* ---- nests ---- */

static int64_t first_row(const struct simd *s, const struct gs_bound_ref *ref)
{
	const struct gs_tile *t = &s->tile[ref->operand];
	int64_t row = s->row[ref->operand] + strip_offset(s, ref);
	unsigned d;

	for (d = 0; d < decl_of(s, ref->operand)->num_dims; d++)
		row += (ref->sub[d].c - t->lo[d]) * (int64_t)t->stride[d];
	return row;
}

static bool mergeable(const struct level *outer, const struct level *inner)
{
	unsigned p;

	for (p = 0; p < 3; p++)
		if (outer->stride[p] != inner->stride[p] * inner->count)
			return false;
	return outer->count * (uint64_t)inner->count <= UINT16_MAX;
}

/* Loops of more than one iteration, outermost first; neighbours that walk on evenly become one. */
static unsigned build_levels(const struct simd *s,
			     const struct gs_bound_stmt *st,
			     const struct gs_bound_ref *ref[3], bool merge,
			     struct level *out)
{
	unsigned l, p, n = 0;

	for (l = 0; l < st->num_vars; l++) {
		struct level lv = { .count = s->blk->tile[st->var[l]] };

		if (lv.count == 1)
			continue;
		for (p = 0; p < 3; p++)
			if (ref[p]->operand >= 0)
				lv.stride[p] = gs_row_stride(
					s->blk->b, ref[p],
					&s->tile[ref[p]->operand], st->var[l]);
		if (merge && n && mergeable(&out[n - 1], &lv)) {
			lv.count *= out[n - 1].count;
			n--;
		}
		out[n++] = lv;
	}
	if (!n)
		out[n++] = (struct level){ .count = 1 };
	return n;
}

static const enum gs_insn_id base_words[3] = { GS_INSN_BASE_SIGN_EXT,
					       GS_INSN_BASE_LOW,
					       GS_INSN_BASE_HIGH };
static const enum gs_insn_id stride_words[3] = { GS_INSN_STRIDE_SIGN_EXT,
						 GS_INSN_STRIDE_LOW,
						 GS_INSN_STRIDE_HIGH };

/* @words: SIGN_EXT, LOW, HIGH of a base or a stride */
static void put_iterator(struct simd *s, const enum gs_insn_id words[3],
			 uint32_t ns, uint32_t idx, int64_t v)
{
	if (v >= INT16_MIN && v <= INT16_MAX) {
		gs_put(s->g, words[0], ns, idx, (uint32_t)v & 0xffff, 0, 0, 0);
		return;
	}
	gs_put(s->g, words[1], ns, idx, (uint32_t)v & 0xffff, 0, 0, 0);
	gs_put(s->g, words[2], ns, idx, (uint32_t)(v >> 16) & 0xffff, 0, 0, 0);
}

/*
 * Iterators of one level; ids are reused by the next nest. Only the innermost
 * level's base counts. Those of immediates stand since the group began.
 */
static void put_level_iterators(struct simd *s,
				const struct gs_bound_ref *ref[3],
				const struct level *lv, bool innermost,
				uint32_t next[GS_NS_COUNT], uint32_t idx[3])
{
	unsigned p;

	for (p = 0; p < 3; p++) {
		const uint32_t ns = ns_of(s, ref[p]);

		if (p && ref[p] == ref[p - 1]) {
			idx[p] = idx[p - 1];
			continue;
		}
		if (ns == GS_NS_IMM) {
			idx[p] = imm_slot(s, ref[p]->imm);
			continue;
		}
		idx[p] = next[ns]++;
		if (idx[p] >= GS_ISA_ITERATORS) {
			gs_gen_fail(s->g, -ENOSPC, s->blk,
				    "more iterators than the machine has");
			return;
		}
		if (innermost)
			put_iterator(s, base_words, ns, idx[p],
				     first_row(s, ref[p]));
		put_iterator(s, stride_words, ns, idx[p], lv->stride[p]);
	}
}

static void put_nest(struct simd *s, const struct gs_bound_stmt *st,
		     const struct gs_bound_ref *ref[3])
{
	const uint32_t ns[3] = { ns_of(s, ref[0]), ns_of(s, ref[1]),
				 ns_of(s, ref[2]) };
	uint32_t next[GS_NS_COUNT] = { 0 }, idx[GS_CL_MAX_LOOPS][3];
	struct level lv[GS_CL_MAX_LOOPS];
	const unsigned n = build_levels(s, st, ref, true, lv);
	unsigned l;

	if (n > GS_ISA_SIMD_LOOPS) {
		gs_gen_fail(s->g, -ENOTSUP, s->blk,
			    "more nested loops than the SIMD unit has");
		return;
	}
	for (l = 0; l < n && !s->g->err; l++)
		put_level_iterators(s, ref, &lv[l], l + 1 == n, next, idx[l]);
	for (l = 0; l < n && !s->g->err; l++) {
		gs_put(s->g, GS_INSN_SET_ITER, l, 0, lv[l].count, 0, 0, 0);
		gs_put(s->g, GS_INSN_SET_INDEX, ns[0], idx[l][0], ns[1],
		       idx[l][1], ns[2], idx[l][2]);
	}
	gs_put(s->g, GS_INSN_SET_INST, n > 1, 0, 1, 0, 0, 0);
	gs_put(s->g, st->fn->insn, ns[0], 0, ns[1], 0, ns[2], 0);
}

/* spread: the walkers of the permutation engine, lanes innermost. */
static void put_spread(struct simd *s, const struct gs_bound_stmt *st,
		       const struct gs_bound_ref *ref[3])
{
	struct level lv[GS_CL_MAX_LOOPS];
	const unsigned n = build_levels(s, st, ref, false, lv);
	unsigned l, p;

	if (lv[n - 1].count != s->g->acg->arch.array_m || lv[n - 1].stride[1]) {
		gs_gen_fail(s->g, -EINVAL, s->blk,
			    "the innermost loop of spread must run over LANES");
		return;
	}
	for (p = 0; p < 2; p++) {
		const uint32_t rw = p ? 0 : 1; /* ref[0] is written */

		gs_put(s->g, GS_INSN_PERM_SET_BASE_ADDR, rw, 0,
		       (uint32_t)first_row(s, ref[p]), 0, 0, 0);
		for (l = 0; l < n; l++) {
			gs_put(s->g, GS_INSN_PERM_SET_LOOP_ITER, rw, l,
			       lv[l].count - 1, 0, 0, 0);
			gs_put(s->g, GS_INSN_PERM_SET_LOOP_STRIDE, rw, l,
			       (uint32_t)lv[l].stride[p], 0, 0, 0);
		}
	}
	gs_put(s->g, GS_INSN_PERM_START, ns_of(s, ref[0]), 0, ns_of(s, ref[1]),
	       0, 1, 0);
}

/* The cast reads 32 - shift integer bits and writes 4, 8 or 16. */
static void put_dtype(struct simd *s, const struct gs_bound_stmt *st)
{
	const uint32_t bits = st->fn->insn == GS_INSN_CAST_32FXP_16FXP ? 16 :
			      st->fn->insn == GS_INSN_CAST_32FXP_4FXP  ? 4 :
									 8;

	if (!st->decl->shift || (s->shift == (int)st->shift && s->bits == bits))
		return;
	gs_put(s->g, GS_INSN_DTYPE_CFG,
	       bits == 16 ? GS_DTYPE_16FXP : GS_DTYPE_8FXP, bits,
	       32 - st->shift, 16, 0, 0);
	s->shift = (int)st->shift;
	s->bits = bits;
}

static void put_statement(struct simd *s, const struct gs_bound_stmt *st)
{
	const unsigned skip = st->fn->accumulates ? 1 : 0;
	const struct gs_bound_ref *ref[3] = { &st->dst, &st->arg[skip], NULL };

	ref[2] = st->num_args > skip + 1 ? &st->arg[skip + 1] : ref[1];
	put_dtype(s, st);
	if (st->fn->permutes)
		put_spread(s, st, ref);
	else
		put_nest(s, st, ref);
}

static bool reads_obuf(const struct simd *s, const struct gs_bound_stmt *st)
{
	unsigned a;

	for (a = 0; a < st->num_args; a++)
		if (st->arg[a].operand >= 0 &&
		    decl_of(s, st->arg[a].operand)->mem == GS_ACG_OBUF)
			return true;
	return false;
}

static int last_reader(const struct simd *s)
{
	const struct gs_bound_node *b = s->blk->b;
	int i;

	for (i = (int)b->num_stmts; i-- > 0;)
		if (i != b->array_stmt && reads_obuf(s, &b->stmt[i]))
			return i;
	return -1;
}

/* The statement whose reduction is cut, or -1 */
static int part_of(const struct gs_block *blk)
{
	const struct gs_bound_node *b = blk->b;
	unsigned v;

	for (v = 0; v < b->num_vars && blk->tiling->split_words; v++)
		if (blk->tiling->tile[v] < b->var[v].units &&
		    gs_var_has_parts(b, v))
			return gs_part_stmt(b);
	return -1;
}

static void list_steps(const struct gs_block *blk, struct gs_strips *strips,
		       struct gs_steps *out)
{
	const struct gs_tiling *t = blk->tiling;

	*strips =
		gs_strips_of(blk->b, blk->tile, t->split_words ? 1 : t->strips);
	gs_list_steps(blk->b, strips, part_of(blk), out);
}

struct gs_simd_steps gs_simd_steps(const struct gs_block *blk)
{
	struct gs_strips strips;
	struct gs_steps s;

	list_steps(blk, &strips, &s);
	return (struct gs_simd_steps){ s.num, s.part, s.part_end };
}

static void put_step(struct simd *s, const struct gs_step *step)
{
	enter_strip(s, step->strip);
	if (step->kind != GS_STEP_STATEMENT) {
		put_transfer(s, step->index, step->kind == GS_STEP_STORE);
		return;
	}
	put_statement(s, &s->blk->b->stmt[step->index]);
	if ((int)step->index == last_reader(s) &&
	    step->strip + 1 == s->strips.num)
		gs_put(s->g, GS_INSN_SYNC_INST, GS_TGT_SIMD, GS_SE_END,
		       GS_EB_BUF, 0, s->g->group % 64, 0);
}

void gs_emit_simd_group(struct gs_gen *g, const struct gs_block *blk,
			unsigned first, unsigned end)
{
	struct simd s = { .g = g,
			  .blk = blk,
			  .whole = blk,
			  .first = first,
			  .end = end,
			  .shift = -1 };
	struct gs_bound_ref out = { .operand = 0 };
	const uint32_t start = gs_put(g, GS_INSN_SYNC_INST, GS_TGT_SIMD,
				      GS_SE_START, GS_EB_EXEC, 0, g->group % 64,
				      0);
	unsigned i;

	list_steps(blk, &s.strips, &s.steps);
	out.operand = (int)s.steps.step[s.steps.num - 1].index;
	place_operands(&s);
	put_immediates(&s);
	put_base_loops(&s, ns_of(&s, &out));
	for (i = first; i < end && !g->err; i++)
		put_step(&s, &s.steps.step[i]);
	gs_put(g, GS_INSN_SYNC_INST, GS_TGT_SIMD, GS_SE_END, GS_EB_EXEC, 0,
	       g->group % 64, 0);
	gs_patch(g, start, 5, g->prog->num_words - 1 - start);
}
