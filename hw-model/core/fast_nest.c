/* SPDX-License-Identifier: MIT */
/*
 * Nests of the SIMD unit as operations on many rows.
 *
 * All words of a nest share three operand addresses. A body of one word runs
 * row after row in the reference's order; a longer one runs word by word,
 * which is the same when no iteration meets what another writes. No address
 * may leave its scratchpad.
 */

#include "hw-model/core/fast.h"
#include "hw-model/core/fast_nest.h"

#include <errno.h>
#include <stdlib.h>

/* Rows between two looks at the stop flag. */
#define POLL 4096u
#define SHORT 8u

/* Scratchpads of rows of 32-bit lanes; false: another path. */
static bool set_space(struct gs_core *core, struct gs_nest_plan *plan,
		      unsigned p, uint32_t ns, uint32_t *rows)
{
	plan->pitch[p] = core->arch.array_m;
	plan->obuf[p] = ns == GS_NS_OBUF;
	switch (ns) {
	case GS_NS_OBUF:
		plan->lanes[p] = core->obuf[core->run.obuf_half];
		*rows = core->rows[GS_SPAD_OBUF];
		return !core->run.obuf_released;
	case GS_NS_VMEM1:
		plan->lanes[p] = core->vmem[0];
		*rows = core->rows[GS_SPAD_VMEM1];
		return true;
	case GS_NS_VMEM2:
		plan->lanes[p] = core->vmem[1];
		*rows = core->rows[GS_SPAD_VMEM2];
		return true;
	case GS_NS_IMM:
		plan->lanes[p] = core->imm[0];
		plan->pitch[p] = GS_MAX_LANES;
		*rows = core->rows[GS_SPAD_IMM];
		return true;
	default:
		return false;
	}
}

static const struct gs_iterator *iterator_of(const struct gs_core *core,
					     const struct gs_level *level,
					     unsigned p)
{
	return &core->simd.iterators[level->ns[p]][level->iterator[p]];
}

/* Loops of one iteration go, two that move on evenly become one. */
static void add_loop(struct gs_nest_plan *plan, const struct gs_loop *loop)
{
	struct gs_loop *outer =
		plan->num_loops ? &plan->loops[plan->num_loops - 1] : NULL;
	bool even = outer != NULL && loop->num < UINT32_MAX / outer->num;

	if (loop->num == 1)
		return;
	for (unsigned p = 0; even && p < GS_OPERANDS; p++)
		even = outer->stride[p] == loop->stride[p] * (int64_t)loop->num;
	if (!even) {
		plan->loops[plan->num_loops++] = *loop;
		return;
	}
	outer->num *= loop->num;
	memcpy(outer->stride, loop->stride, sizeof(outer->stride));
}

static bool inside(const struct gs_nest_plan *plan, unsigned p, uint32_t rows)
{
	int64_t low = plan->base[p], high = low;

	for (unsigned l = 0; l < plan->num_loops; l++) {
		int64_t way = plan->loops[l].stride[p] *
			      (int64_t)(plan->loops[l].num - 1);

		if (way < 0)
			low += way;
		else
			high += way;
	}
	return low >= 0 && high < (int64_t)rows;
}

/* Rows an operand covers in the innermost loop, from @row on. */
struct span {
	int64_t low, high;
};

static struct span span_of(const struct gs_loop *loop, unsigned p, int64_t row)
{
	int64_t end = row + loop->stride[p] * (int64_t)(loop->num - 1);

	return row < end ? (struct span){ row, end } :
			   (struct span){ end, row };
}

/*
 * Word by word or iteration by iteration: the same for the innermost loop that
 * starts at @row?
 */
static bool separable(const struct gs_nest_plan *plan,
		      const struct gs_loop *loop, const int64_t *row)
{
	const struct span d = span_of(loop, GS_DST, row[GS_DST]);

	if (loop->num > 1 && !loop->stride[GS_DST])
		return false;
	for (unsigned p = GS_SRC1; p < plan->operands; p++) {
		struct span s = span_of(loop, p, row[p]);

		if (plan->lanes[p] != plan->lanes[GS_DST] || s.high < d.low ||
		    s.low > d.high)
			continue;
		if (row[p] != row[GS_DST] ||
		    loop->stride[p] != loop->stride[GS_DST])
			return false;
	}
	return true;
}

static bool make_plan(struct gs_core *core, const struct gs_nest *nest,
		      struct gs_nest_plan *plan)
{
	const struct gs_level *inner = &nest->levels[nest->num_levels - 1];
	uint32_t rows[GS_OPERANDS];

	plan->num_loops = 0;
	plan->joined = false;
	plan->body = nest->body;
	plan->num_body = nest->num_body;
	plan->dst_int = core->simd.dst_int;
	plan->src1_int = core->simd.src1_int;
	plan->operands = GS_SRC2;
	for (uint32_t i = 0; i < nest->num_body; i++)
		if (gs_simd_uses_src2(core->block->insns[nest->body + i].id))
			plan->operands = GS_OPERANDS;
	for (unsigned p = 0; p < plan->operands; p++) {
		if (!set_space(core, plan, p, inner->ns[p], &rows[p]))
			return false;
		plan->base[p] = (int32_t)iterator_of(core, inner, p)->base;
	}
	if (plan->operands == GS_SRC2) {
		plan->lanes[GS_SRC2] = plan->lanes[GS_SRC1];
		plan->obuf[GS_SRC2] = plan->obuf[GS_SRC1];
		plan->pitch[GS_SRC2] = 0;
		plan->base[GS_SRC2] = 0;
	}
	for (unsigned l = 0; l < nest->num_levels; l++) {
		struct gs_loop loop = { .num = nest->levels[l].num };

		for (unsigned p = 0; p < plan->operands; p++)
			loop.stride[p] =
				(int32_t)iterator_of(core, &nest->levels[l], p)
					->stride;
		add_loop(plan, &loop);
	}
	if (!plan->num_loops)
		plan->loops[plan->num_loops++] = (struct gs_loop){ .num = 1 };
	for (unsigned p = 0; p < plan->operands; p++)
		if (!inside(plan, p, rows[p]))
			return false;
	return true;
}

bool gs_fast_nest_rows(struct gs_core *core, const struct gs_nest *nest,
		       struct gs_nest_rows *rows)
{
	static const enum gs_scratchpad spads[GS_NS_COUNT] = {
		[GS_NS_OBUF] = GS_SPAD_OBUF,
		[GS_NS_VMEM1] = GS_SPAD_VMEM1,
		[GS_NS_VMEM2] = GS_SPAD_VMEM2,
		[GS_NS_IMM] = GS_SPAD_IMM,
	};
	const struct gs_level *inner = &nest->levels[nest->num_levels - 1];
	const struct gs_insn *body = &core->block->insns[nest->body];
	struct gs_nest_plan plan;

	if (!make_plan(core, nest, &plan))
		return false;
	*rows = (struct gs_nest_rows){ .num_loops = plan.num_loops };
	memcpy(rows->loops, plan.loops, plan.num_loops * sizeof(plan.loops[0]));
	for (uint32_t i = 0; i < nest->num_body; i++) {
		if (body[i].id == GS_INSN_NOP)
			continue;
		rows->operands = plan.operands;
		rows->keeps = rows->keeps || gs_simd_keeps(body[i].id);
	}
	for (unsigned p = 0; p < rows->operands; p++) {
		rows->spad[p] = spads[inner->ns[p]];
		rows->base[p] = plan.base[p];
	}
	return true;
}

/* The innermost loops that one call of a function covers, in lanes. */
static struct gs_rows rows_of(const struct gs_nest_plan *plan)
{
	struct gs_rows rows = { .num = { 1, 1 } };

	for (unsigned l = 2 - plan->depth; l < 2; l++) {
		const struct gs_loop *loop =
			&plan->loops[plan->num_loops + l - 2];

		rows.num[l] = loop->num;
		for (unsigned p = 0; p < GS_OPERANDS; p++)
			rows.stride[l][p] = (ptrdiff_t)loop->stride[p] *
					    (ptrdiff_t)plan->pitch[p];
	}
	return rows;
}

/* Row after row in order, with a look at the stop flag now and then. */
static int run_rows(struct gs_core *core, gs_rows_fn *fn,
		    const struct gs_rows *all, int32_t *const at[GS_OPERANDS])
{
	const uint32_t outer = all->num[0], inner = all->num[1];
	struct gs_rows part = *all;

	part.num[0] = inner < POLL ? POLL / inner : 1;
	part.num[1] = inner < POLL ? inner : POLL;
	for (uint32_t o = 0; o < outer; o += part.num[0]) {
		for (uint32_t i = 0; i < inner; i += POLL) {
			struct gs_rows now = part;
			ptrdiff_t way[GS_OPERANDS];

			if (gs_stopped(core))
				return -ECANCELED;
			if (outer - o < now.num[0])
				now.num[0] = outer - o;
			if (inner - i < now.num[1])
				now.num[1] = inner - i;
			for (unsigned p = 0; p < GS_OPERANDS; p++)
				way[p] = all->stride[0][p] * (ptrdiff_t)o +
					 all->stride[1][p] * (ptrdiff_t)i;
			fn(at[GS_DST] + way[GS_DST], at[GS_SRC1] + way[GS_SRC1],
			   at[GS_SRC2] + way[GS_SRC2], &now);
		}
	}
	return 0;
}

/* One word on the rows of the innermost loops, from @row on. */
static int run_word(struct gs_core *core, const struct gs_nest_plan *plan,
		    const struct gs_insn *insn, const int64_t *row)
{
	struct gs_rows rows = rows_of(plan);
	int32_t *at[GS_OPERANDS];

	rows.m = core->arch.array_m;
	rows.shift = plan->joined ? plan->shift :
				    gs_simd_cast_shift(insn->id, plan->dst_int,
						       plan->src1_int);
	for (unsigned p = 0; p < GS_OPERANDS; p++)
		at[p] = plan->lanes[p] + row[p] * (int64_t)plan->pitch[p];
	return run_rows(core,
			plan->joined ? core->fast->simd->mul_cast8 :
				       core->fast->simd->rows(insn->id),
			&rows, at);
}

static int run_words(struct gs_core *core, const struct gs_nest_plan *plan,
		     const int64_t *row)
{
	int ret = 0;

	for (uint32_t i = 0; i < plan->num_body && !ret; i++) {
		const struct gs_insn *insn =
			&core->block->insns[plan->body + i];

		if (insn->id != GS_INSN_NOP)
			ret = run_word(core, plan, insn, row);
	}
	return ret;
}

/*
 * With several words each innermost loop is looked at before any of them ran,
 * as a later one may meet other rows. A stop ends that: the reference's way
 * sees it as well.
 */
static bool all_separable(const struct gs_core *core,
			  const struct gs_nest *nest,
			  const struct gs_nest_plan *plan)
{
	const struct gs_loop *loop = &plan->loops[plan->num_loops - 1];
	struct gs_walk walk;

	if (nest->num_body == 1)
		return true;
	gs_walk_init(&walk, plan->loops, plan->num_loops - 1);
	memcpy(walk.addr, plan->base, sizeof(plan->base));
	do {
		if (gs_stopped(core) || !separable(plan, loop, walk.addr))
			return false;
	} while (gs_walk_next(&walk));
	return true;
}

/* Is operand @p the row that is written? */
static bool in_place(const struct gs_nest_plan *plan, unsigned p)
{
	bool same = plan->lanes[p] == plan->lanes[GS_DST] &&
		    plan->base[p] == plan->base[GS_DST];

	for (unsigned l = 0; l < plan->num_loops; l++)
		same = same && plan->loops[l].stride[p] ==
				       plan->loops[l].stride[GS_DST];
	return same;
}

/* Of what iterations write, do they read nothing but the row they write themselves? */
static bool own_rows(const struct gs_nest_plan *plan)
{
	bool own = true;

	for (unsigned p = GS_SRC1; p < plan->operands; p++)
		own = own && (plan->lanes[p] != plan->lanes[GS_DST] ||
			      in_place(plan, p));
	return own;
}

/*
 * Does no iteration of the two innermost loops meet what another writes, so
 * that they may change places?
 */
static bool independent(const struct gs_nest_plan *plan)
{
	const struct gs_loop *outer = &plan->loops[plan->num_loops - 2];
	const struct gs_loop *inner = outer + 1;
	const int64_t o = llabs(outer->stride[GS_DST]);
	const int64_t i = llabs(inner->stride[GS_DST]);

	if (!o || !i ||
	    (o <= i * (int64_t)(inner->num - 1) &&
	     i <= o * (int64_t)(outer->num - 1)))
		return false;
	return own_rows(plan);
}

/*
 * The longer one of the two innermost loops inside, where the order is free and
 * the other one is so short that it does not pay to begin it.
 */
static void swap_loops(struct gs_nest_plan *plan)
{
	struct gs_loop *outer = &plan->loops[plan->num_loops - 2];
	const struct gs_loop was = *outer;

	if (outer[1].num >= SHORT || outer[1].num >= was.num ||
	    !independent(plan))
		return;
	outer[0] = outer[1];
	outer[1] = was;
}

static int run_plan(struct gs_core *core, const struct gs_nest_plan *plan)
{
	struct gs_walk walk;
	int ret;

	gs_walk_init(&walk, plan->loops, plan->num_loops - plan->depth);
	memcpy(walk.addr, plan->base, sizeof(plan->base));
	do {
		ret = run_words(core, plan, walk.addr);
	} while (!ret && gs_walk_next(&walk));
	return ret;
}

static void count_words(struct gs_core *core, const struct gs_nest_plan *plan)
{
	for (uint32_t i = 0; i < plan->num_body; i++)
		core->fast->words[core->block->insns[plan->body + i].id]++;
}

bool gs_nest_plan_make(struct gs_core *core, const struct gs_nest *nest,
		       struct gs_nest_plan *plan)
{
	if (!make_plan(core, nest, plan) || !all_separable(core, nest, plan))
		return false;
	plan->depth = nest->num_body == 1 && plan->num_loops > 1 ? 2 : 1;
	if (plan->depth == 2)
		swap_loops(plan);
	return true;
}

/* Is every row of a range written, once each? If so, *low is the first of *num. */
static bool covers(const struct gs_nest_plan *plan, int64_t *low, uint64_t *num)
{
	int64_t high = *low = plan->base[GS_DST];

	for (unsigned l = 0; l < plan->num_loops; l++) {
		const int64_t way = plan->loops[l].stride[GS_DST] *
				    (int64_t)(plan->loops[l].num - 1);

		*low += way < 0 ? way : 0;
		high += way > 0 ? way : 0;
	}
	*num = gs_loops_product(plan->loops, plan->num_loops);
	return *num == (uint64_t)(high - *low) + 1 &&
	       gs_loops_distinct(plan->loops, plan->num_loops, GS_DST, 0);
}

static bool is_one(const struct gs_core *core, const struct gs_nest_plan *plan,
		   enum gs_insn_id id)
{
	return plan->num_body == 1 && core->block->insns[plan->body].id == id;
}

bool gs_nest_plan_joins(const struct gs_core *core, struct gs_nest_plan *plan,
			const struct gs_nest_plan *next)
{
	int64_t low[2];
	uint64_t num[2];

	if (!is_one(core, plan, GS_INSN_MUL) ||
	    !is_one(core, next, GS_INSN_CAST_32FXP_8FXP) ||
	    plan->obuf[GS_DST] || plan->lanes[GS_DST] != next->lanes[GS_DST] ||
	    !own_rows(plan) || !in_place(next, GS_SRC1) ||
	    !covers(plan, &low[0], &num[0]) ||
	    !covers(next, &low[1], &num[1]) || low[0] != low[1] ||
	    num[0] != num[1])
		return false;
	plan->shift = gs_simd_cast_shift(GS_INSN_CAST_32FXP_8FXP, next->dst_int,
					 next->src1_int);
	return true;
}

int gs_nest_plan_run(struct gs_core *core, struct gs_nest_plan *plan)
{
	for (unsigned p = 0; p < GS_OPERANDS; p++)
		if (plan->obuf[p])
			plan->lanes[p] = core->obuf[core->run.obuf_half];
	count_words(core, plan);
	if (plan->joined) {
		core->fast->words[GS_INSN_CAST_32FXP_8FXP]++;
		core->fast->joined++;
	}
	return run_plan(core, plan);
}

int gs_fast_nest(struct gs_core *core, const struct gs_nest *nest)
{
	struct gs_nest_plan plan;

	return gs_nest_plan_make(core, nest, &plan) ?
		       gs_nest_plan_run(core, &plan) :
		       gs_nest_run(core, nest);
}
