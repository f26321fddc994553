/* SPDX-License-Identifier: MIT */
/*
 * Body words of the SIMD unit, in nests and alone; reference executor
 * (docs/isa.md section 6, nests and operands).
 */

#include "hw-model/core/core_internal.h"

#include <errno.h>
#include <stdlib.h>

/* Iterations between two looks at the stop flag. */
#define POLL 256
/* Longer bodies are prepared on the heap. */
#define SHORT_BODY 32

/* Where the rows of an operand lie. */
struct space {
	enum gs_scratchpad spad;
	uint64_t rows;
	int32_t *lanes; /* NULL: IBUF */
	size_t pitch; /* lanes from row to row */
};

/* A body word, prepared for many iterations. */
struct body {
	uint32_t word;
	gs_lane_fn *fn; /* NULL: NOP */
	int shift;
	bool two; /* source 2 is used */
	bool to_ibuf;
};

static struct space space_of(struct gs_core *core, uint32_t ns)
{
	const size_t m = core->arch.array_m;
	const uint32_t *rows = core->rows;

	switch (ns) {
	case GS_NS_OBUF:
		return (struct space){ GS_SPAD_OBUF, rows[GS_SPAD_OBUF],
				       core->obuf[core->run.obuf_half], m };
	case GS_NS_IBUF:
		return (struct space){ GS_SPAD_IBUF, rows[GS_SPAD_IBUF], NULL,
				       m };
	case GS_NS_VMEM1:
		return (struct space){ GS_SPAD_VMEM1, rows[GS_SPAD_VMEM1],
				       core->vmem[0], m };
	case GS_NS_VMEM2:
		return (struct space){ GS_SPAD_VMEM2, rows[GS_SPAD_VMEM2],
				       core->vmem[1], m };
	default:
		return (struct space){ GS_SPAD_IMM, rows[GS_SPAD_IMM],
				       core->imm[0], GS_MAX_LANES };
	}
}

static struct body body_of(const struct gs_core *core, uint32_t word)
{
	const struct gs_insn *insn = &core->block->insns[word];

	return (struct body){
		.word = word,
		.fn = gs_simd_fn(insn->id),
		.shift = gs_simd_cast_shift(insn->id, core->simd.dst_int,
					    core->simd.src1_int),
		.two = gs_simd_uses_src2(insn->id),
		.to_ibuf = insn->id != GS_INSN_NOP &&
			   insn->val[0] == GS_NS_IBUF,
	};
}

static int check_row(struct gs_core *core, uint32_t word,
		     const struct space *space, int64_t row)
{
	enum gs_fault_code code;

	if ((uint64_t)row >= space->rows)
		code = GS_FAULT_SCRATCHPAD;
	else if (space->spad == GS_SPAD_OBUF && core->run.obuf_released)
		code = GS_FAULT_HAZARD;
	else
		return 0;
	return gs_fault_row(core, word, code, space->spad, (uint64_t)row);
}

/* A function whose destination is IBUF: the low DATA_WIDTH bits. */
static void to_ibuf(struct gs_core *core, const struct body *body, int64_t row,
		    const int32_t *a, const int32_t *b)
{
	const unsigned m = core->arch.array_m;
	int8_t *out = core->ibuf + row * core->arch.array_n;
	int32_t d[GS_MAX_LANES];

	for (unsigned i = 0; i < m; i++)
		d[i] = out[i];
	body->fn(d, a, b, m, body->shift);
	for (unsigned i = 0; i < m; i++)
		out[i] = (int8_t)gs_sext((uint32_t)d[i], core->arch.data_width);
	gs_fast_changed(core, GS_SPAD_IBUF, (uint64_t)row, 1);
	core->run.held[GS_BUF_IBUF].whole = false;
}

/* One body word, all lanes. */
static inline int execute(struct gs_core *core, const struct body *body,
			  const struct space *space, const int64_t *row)
{
	const int32_t *a, *b;
	int ret;

	if (!body->fn)
		return 0;
	ret = check_row(core, body->word, &space[GS_SRC1], row[GS_SRC1]);
	if (!ret && body->two)
		ret = check_row(core, body->word, &space[GS_SRC2],
				row[GS_SRC2]);
	if (!ret)
		ret = check_row(core, body->word, &space[GS_DST], row[GS_DST]);
	if (ret)
		return ret;
	a = space[GS_SRC1].lanes + (size_t)row[GS_SRC1] * space[GS_SRC1].pitch;
	b = body->two ? space[GS_SRC2].lanes +
				(size_t)row[GS_SRC2] * space[GS_SRC2].pitch :
			a;
	if (body->to_ibuf)
		to_ibuf(core, body, row[GS_DST], a, b);
	else
		body->fn(space[GS_DST].lanes +
				 (size_t)row[GS_DST] * space[GS_DST].pitch,
			 a, b, core->arch.array_m, body->shift);
	return 0;
}

int gs_nest_single(struct gs_core *core, uint32_t word)
{
	const struct gs_insn *insn = &core->block->insns[word];
	const struct body body = body_of(core, word);
	struct space space[GS_OPERANDS];
	int64_t row[GS_OPERANDS];
	int ret = gs_charge(core, word, 1);

	if (ret)
		return ret;
	for (unsigned p = 0; p < GS_OPERANDS; p++) {
		uint32_t ns = insn->val[2 * p], idx = insn->val[2 * p + 1];

		space[p] = space_of(core, ns);
		row[p] = (int32_t)core->simd.iterators[ns][idx].base;
	}
	if (core->run.job->observe)
		gs_observe_single(core, word);
	if (gs_is_dry(core)) {
		if (body.to_ibuf)
			core->run.held[GS_BUF_IBUF].whole = false;
	} else {
		ret = execute(core, &body, space, row);
	}
	if (!ret && body.fn)
		core->run.counters->simd_ops++;
	return ret;
}

/* The innermost level's iterations, for the words bodies .. bodies + num - 1. */
static int sweep(struct gs_core *core, const struct body *bodies, uint32_t num,
		 const struct space *space, const struct gs_loop *loop,
		 const int64_t *start)
{
	int64_t row[GS_OPERANDS];

	memcpy(row, start, sizeof(row));
	for (uint32_t i = 0; i < loop->num; i++) {
		if (i % POLL == 0 && gs_stopped(core))
			return -ECANCELED;
		for (uint32_t w = 0; w < num; w++) {
			int ret = execute(core, &bodies[w], space, row);

			if (ret)
				return ret;
		}
		for (unsigned p = 0; p < GS_OPERANDS; p++)
			row[p] += loop->stride[p];
	}
	return 0;
}

static const struct gs_iterator *iterator_of(const struct gs_core *core,
					     const struct gs_level *level,
					     unsigned operand)
{
	return &core->simd.iterators[level->ns[operand]]
				    [level->iterator[operand]];
}

static int iterate(struct gs_core *core, const struct gs_nest *nest,
		   const struct body *bodies)
{
	const struct gs_level *inner = &nest->levels[nest->num_levels - 1];
	struct gs_loop loops[GS_ISA_SIMD_LOOPS] = { 0 };
	struct space space[GS_OPERANDS];
	struct gs_walk walk;
	int ret;

	for (unsigned l = 0; l < nest->num_levels; l++) {
		const struct gs_level *level = &nest->levels[l];

		loops[l].num = level->num;
		for (unsigned p = 0; p < GS_OPERANDS; p++)
			loops[l].stride[p] =
				(int32_t)iterator_of(core, level, p)->stride;
	}
	gs_walk_init(&walk, loops, nest->num_levels - 1);
	for (unsigned p = 0; p < GS_OPERANDS; p++) {
		space[p] = space_of(core, inner->ns[p]);
		walk.addr[p] = (int32_t)iterator_of(core, inner, p)->base;
	}
	do {
		ret = sweep(core, bodies, nest->num_body, space,
			    &loops[nest->num_levels - 1], walk.addr);
	} while (!ret && gs_walk_next(&walk));
	return ret;
}

int gs_nest_run(struct gs_core *core, const struct gs_nest *nest)
{
	struct body small[SHORT_BODY], *bodies = small;
	int ret;

	if (nest->num_body > SHORT_BODY)
		bodies = malloc(nest->num_body * sizeof(*bodies));
	if (!bodies)
		return -ENOMEM;
	for (uint32_t i = 0; i < nest->num_body; i++)
		bodies[i] = body_of(core, nest->body + i);
	ret = iterate(core, nest, bodies);
	if (bodies != small)
		free(bodies);
	return ret;
}
