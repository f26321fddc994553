/* SPDX-License-Identifier: MIT */
/*
 * What an observer is told, and the executor that does nothing else. Rows are
 * bounds: of all iterations, without regard to which of them are skipped.
 */

#include "hw-model/core/dram.h"

void gs_observe_block(const struct gs_core *core)
{
	const struct gs_block *block = core->block;
	struct gs_work event = {
		.kind = GS_WORK_BLOCK,
		.block = { .addr = block->addr, .words = block->num },
	};

	if (block->sa.present)
		event.block.sa_words = block->sa.end + 1;
	if (block->simd.present)
		event.block.simd_words = block->simd.end + 1;
	if (block->has_next && !block->insns[block->num - 1].val[0]) {
		event.block.next_words = block->next_num;
		event.block.next_word = block->next_word;
	}
	gs_observe(core, &event);
}

static enum gs_scratchpad spad_of(uint32_t ns)
{
	static const enum gs_scratchpad spads[GS_NS_COUNT] = {
		[GS_NS_OBUF] = GS_SPAD_OBUF,   [GS_NS_IBUF] = GS_SPAD_IBUF,
		[GS_NS_VMEM1] = GS_SPAD_VMEM1, [GS_NS_VMEM2] = GS_SPAD_VMEM2,
		[GS_NS_IMM] = GS_SPAD_IMM,
	};

	return spads[ns];
}

/* One more loop around rows. */
static void extend(struct gs_work_rows *rows, int64_t stride, uint32_t num)
{
	const int64_t way = stride * ((int64_t)num - 1);

	if (way < 0)
		rows->first += way;
	else
		rows->end += way;
}

static struct gs_work_rows operand(const struct gs_core *core,
				   const struct gs_nest *nest, unsigned p)
{
	const struct gs_level *inner = &nest->levels[nest->num_levels - 1];
	const struct gs_simd_regs *regs = &core->simd;
	int64_t base =
		(int32_t)regs->iterators[inner->ns[p]][inner->iterator[p]].base;
	struct gs_work_rows rows = { spad_of(inner->ns[p]), base, base + 1 };

	for (unsigned l = 0; l < nest->num_levels; l++) {
		const struct gs_level *level = &nest->levels[l];

		extend(&rows,
		       (int32_t)regs
			       ->iterators[level->ns[p]][level->iterator[p]]
			       .stride,
		       level->num);
	}
	return rows;
}

/* Rows that one iteration of the words of a nest accesses. */
static void count_accesses(struct gs_work *event)
{
	for (uint32_t i = 0; i < event->nest.num_body; i++) {
		const struct gs_insn *insn = &event->nest.body[i];
		const enum gs_scratchpad dst = spad_of(insn->val[0]);

		if (insn->id == GS_INSN_NOP)
			continue;
		event->nest.writes[dst]++;
		event->nest.reads[dst] += gs_simd_keeps(insn->id);
		event->nest.reads[spad_of(insn->val[2])]++;
		if (gs_simd_uses_src2(insn->id))
			event->nest.reads[spad_of(insn->val[4])]++;
	}
}

/* Which operands the words use: a set of 1 << enum gs_operand. */
static unsigned used(const struct gs_insn *body, uint32_t num)
{
	unsigned set = 0;

	for (uint32_t i = 0; i < num; i++) {
		if (body[i].id == GS_INSN_NOP)
			continue;
		set |= 1u << GS_DST | 1u << GS_SRC1;
		if (gs_simd_uses_src2(body[i].id))
			set |= 1u << GS_SRC2;
	}
	return set;
}

struct gs_work gs_work_of_nest(const struct gs_core *core,
			       const struct gs_nest *nest, uint64_t iterations)
{
	const struct gs_insn *body = &core->block->insns[nest->body];
	const unsigned set = used(body, nest->num_body);
	struct gs_work event = {
		.kind = GS_WORK_NEST,
		.nest = { .body = body,
			  .num_body = nest->num_body,
			  .iterations = iterations },
	};

	if (set & 1u << GS_DST)
		event.nest.dst = operand(core, nest, GS_DST);
	if (set & 1u << GS_SRC1)
		event.nest.src[0] = operand(core, nest, GS_SRC1);
	if (set & 1u << GS_SRC2)
		event.nest.src[1] = operand(core, nest, GS_SRC2);
	count_accesses(&event);
	return event;
}

void gs_observe_nest(const struct gs_core *core, const struct gs_nest *nest,
		     uint64_t iterations)
{
	const struct gs_work event = gs_work_of_nest(core, nest, iterations);

	gs_observe(core, &event);
}

/* Operand @p of a word outside nests. */
static struct gs_work_rows row_of(const struct gs_core *core,
				  const struct gs_insn *insn, unsigned p)
{
	const uint32_t ns = insn->val[2 * p], index = insn->val[2 * p + 1];
	const int64_t row = (int32_t)core->simd.iterators[ns][index].base;

	return (struct gs_work_rows){ spad_of(ns), row, row + 1 };
}

void gs_observe_single(const struct gs_core *core, uint32_t word)
{
	const struct gs_insn *body = &core->block->insns[word];
	const unsigned set = used(body, 1);
	struct gs_work event = {
		.kind = GS_WORK_NEST,
		.nest = { .body = body, .num_body = 1, .iterations = 1 },
	};

	if (set & 1u << GS_DST)
		event.nest.dst = row_of(core, body, GS_DST);
	if (set & 1u << GS_SRC1)
		event.nest.src[0] = row_of(core, body, GS_SRC1);
	if (set & 1u << GS_SRC2)
		event.nest.src[1] = row_of(core, body, GS_SRC2);
	count_accesses(&event);
	gs_observe(core, &event);
}

static struct gs_work_rows walked(const struct gs_perm_walker *walker,
				  uint32_t ns)
{
	struct gs_work_rows rows = { spad_of(ns), walker->base,
				     (int64_t)walker->base + 1 };

	for (unsigned l = 0; l < GS_ISA_DMA_LOOPS; l++)
		extend(&rows, walker->loops[l].stride[0], walker->loops[l].num);
	return rows;
}

void gs_observe_perm(const struct gs_core *core, const struct gs_insn *insn,
		     uint64_t steps)
{
	const struct gs_perm_walker *walkers = core->simd.perm;

	gs_observe(core, &(struct gs_work){
				 .kind = GS_WORK_PERM,
				 .perm = { .steps = steps,
					   .shuffle = insn->val[4],
					   .dst = walked(&walkers[GS_PERM_WR],
							 insn->val[0]),
					   .src = walked(&walkers[GS_PERM_RD],
							 insn->val[2]) } });
}

int gs_dry_compute(struct gs_core *core, bool first)
{
	(void)core, (void)first;
	return 0;
}

int gs_dry_transfer(struct gs_core *core, const struct gs_dma *dma,
		    int64_t addr, uint64_t runs, uint64_t num)
{
	(void)addr, (void)num;
	core->run.counters->bytes[dma->win][dma->store] +=
		runs * dma->run_bytes;
	return 0;
}

/* A tile in IBUF that the SIMD group changes must be loaded again. */
int gs_dry_nest(struct gs_core *core, const struct gs_nest *nest)
{
	for (uint32_t i = 0; i < nest->num_body; i++) {
		const struct gs_insn *insn =
			&core->block->insns[nest->body + i];

		if (insn->id != GS_INSN_NOP && insn->val[0] == GS_NS_IBUF)
			core->run.held[GS_BUF_IBUF].whole = false;
	}
	return 0;
}
