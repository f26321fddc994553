/* SPDX-License-Identifier: MIT */
/* The permutation engine (docs/isa.md section 8). */

#include "hw-model/core/core_internal.h"

#include <errno.h>
#include <stdlib.h>

struct perm {
	uint32_t word;
	enum gs_ns src, dst;
	struct gs_walk rd, wr;
};

void gs_perm_base(struct gs_perm_walker *walker, uint32_t row)
{
	memset(walker, 0, sizeof(*walker));
	walker->base = row;
	for (unsigned l = 0; l < GS_ISA_DMA_LOOPS; l++)
		walker->loops[l].num = 1;
}

static struct gs_count steps_of(const struct gs_perm_walker *walker)
{
	struct gs_count steps = gs_count_one();

	for (unsigned l = 0; l < GS_ISA_DMA_LOOPS; l++)
		gs_count_mul(&steps, walker->loops[l].num);
	return steps;
}

static enum gs_scratchpad spad_of(enum gs_ns ns)
{
	return ns == GS_NS_OBUF	 ? GS_SPAD_OBUF :
	       ns == GS_NS_VMEM1 ? GS_SPAD_VMEM1 :
				   GS_SPAD_VMEM2;
}

/* The row a walker stands at, after section 10's checks. */
static int row_at(struct gs_core *core, uint32_t word, enum gs_ns ns,
		  const struct gs_walk *walk, int32_t **row)
{
	const enum gs_scratchpad spad = spad_of(ns);
	const uint64_t number = (uint64_t)walk->addr[0];
	int32_t *lanes = ns == GS_NS_OBUF ? core->obuf[core->run.obuf_half] :
					    core->vmem[ns == GS_NS_VMEM2];

	if (number >= core->rows[spad])
		return gs_fault_row(core, word, GS_FAULT_SCRATCHPAD, spad,
				    number);
	if (ns == GS_NS_OBUF && core->run.obuf_released)
		return gs_fault_row(core, word, GS_FAULT_HAZARD, spad, number);
	*row = lanes + number * core->arch.array_m;
	return 0;
}

static int copy(struct gs_core *core, struct perm *perm)
{
	const size_t size = core->arch.array_m * sizeof(int32_t);
	int32_t *src, *dst;
	int ret;

	do {
		if (gs_stopped(core))
			return -ECANCELED;
		ret = row_at(core, perm->word, perm->src, &perm->rd, &src);
		if (!ret)
			ret = row_at(core, perm->word, perm->dst, &perm->wr,
				     &dst);
		if (ret)
			return ret;
		memmove(dst, src, size);
		gs_walk_next(&perm->wr);
	} while (gs_walk_next(&perm->rd));
	return 0;
}

/* M rows along RD into square, then its columns as rows along WR. */
static int transpose_square(struct gs_core *core, struct perm *perm,
			    int32_t *square, bool *more)
{
	const uint32_t m = core->arch.array_m;
	int32_t *row;

	for (uint32_t j = 0; j < m; j++) {
		int ret = row_at(core, perm->word, perm->src, &perm->rd, &row);

		if (ret)
			return ret;
		memcpy(square + j * m, row, m * sizeof(*row));
		*more = gs_walk_next(&perm->rd);
	}
	for (uint32_t i = 0; i < m; i++) {
		int ret = row_at(core, perm->word, perm->dst, &perm->wr, &row);

		if (ret)
			return ret;
		for (uint32_t j = 0; j < m; j++)
			row[j] = square[j * m + i];
		gs_walk_next(&perm->wr);
	}
	return 0;
}

static int transpose(struct gs_core *core, struct perm *perm)
{
	const size_t m = core->arch.array_m;
	int32_t *square = malloc(m * m * sizeof(*square));
	bool more = true;
	int ret = square ? 0 : -ENOMEM;

	while (!ret && more) {
		ret = transpose_square(core, perm, square, &more);
		if (!ret && gs_stopped(core))
			ret = -ECANCELED;
	}
	free(square);
	return ret;
}

static void walk_from(struct gs_walk *walk, const struct gs_perm_walker *walker)
{
	gs_walk_init(walk, walker->loops, GS_ISA_DMA_LOOPS);
	walk->addr[0] = walker->base;
}

int gs_perm_start(struct gs_core *core, uint32_t word)
{
	const struct gs_insn *insn = &core->block->insns[word];
	const struct gs_perm_walker *walkers = core->simd.perm;
	const struct gs_count steps = steps_of(&walkers[GS_PERM_RD]);
	const struct gs_count wr_steps = steps_of(&walkers[GS_PERM_WR]);
	const bool shuffle = insn->val[4];
	struct perm perm = {
		.word = word,
		.dst = (enum gs_ns)insn->val[0],
		.src = (enum gs_ns)insn->val[2],
	};
	int ret;

	/* M is a power of two */
	if (!gs_count_equal(&steps, &wr_steps) ||
	    (shuffle && gs_count_low(&steps) % core->arch.array_m))
		return gs_fault_raise(core, GS_FAULT_BAD_CONFIG, word, 0);
	ret = gs_charge(core, word,
			gs_loops_product(walkers[GS_PERM_RD].loops,
					 GS_ISA_DMA_LOOPS));
	if (ret)
		return ret;
	if (core->run.job->observe)
		gs_observe_perm(core, insn, gs_count_low(&steps));
	walk_from(&perm.rd, &walkers[GS_PERM_RD]);
	walk_from(&perm.wr, &walkers[GS_PERM_WR]);
	if (!gs_is_dry(core))
		ret = shuffle ? transpose(core, &perm) : copy(core, &perm);
	if (!ret)
		core->run.counters->perm_rows += gs_count_low(&steps);
	return ret;
}
