/* SPDX-License-Identifier: MIT */
/*
 * Static settings of the array group: words -> struct gs_sa_config
 * (docs/isa.md sections 5 and 10).
 */

#include "hw-model/core/core_internal.h"

#define BIT(n) (UINT64_C(1) << (n))
#define OUTER_IDS (BIT(GS_ISA_SA_OUTER_LOOPS) - 1)
#define INNER_IDS ((BIT(GS_ISA_SA_INNER_LOOPS) - 1) << GS_ISA_SA_OUTER_LOOPS)
#define FIRST_DMA (GS_ISA_SA_OUTER_LOOPS + GS_ISA_SA_INNER_LOOPS)

/* Registers of the array, as its words leave them. */
struct sa_regs {
	uint64_t configured; /* loop ids */
	uint32_t num[GS_ISA_SA_LOOPS]; /* iterations */
	unsigned num_inner;
	uint8_t inner[GS_ISA_SA_INNER_LOOPS]; /* ids in program order */
	uint64_t outer_reduction; /* l of the words OUTER */
	uint64_t inner_reduction; /* l of the words INNER */
	uint64_t given[GS_ACC_COUNT][GS_BUF_COUNT]; /* ids that have a stride */
	uint32_t stride[GS_ACC_COUNT][GS_BUF_COUNT][GS_ISA_SA_LOOPS];
	bool transfer[GS_ACC_COUNT][GS_BUF_COUNT];
};

static bool set_loop(struct sa_regs *regs, const struct gs_insn *insn)
{
	uint32_t id = insn->val[1];

	if (regs->configured & BIT(id))
		return false;
	regs->configured |= BIT(id);
	regs->num[id] = insn->val[2] + 1;
	if (INNER_IDS & BIT(id))
		regs->inner[regs->num_inner++] = (uint8_t)id;
	return true;
}

static bool set_stride(struct sa_regs *regs, const struct gs_insn *insn)
{
	uint32_t acc = insn->val[1], buf = insn->val[2], id = insn->val[3];
	bool dram = acc == GS_ACC_LD || acc == GS_ACC_ST;
	uint32_t *reg = &regs->stride[acc][buf][id];

	if (dram == !!(INNER_IDS & BIT(id)))
		return false;
	if ((acc == GS_ACC_ST || acc == GS_ACC_WR) && buf != GS_BUF_OBUF)
		return false;
	*reg = gs_half_set(*reg, insn->val[0], insn->val[4]);
	regs->given[acc][buf] |= BIT(id);
	return true;
}

static uint64_t run_bytes(const struct gs_arch *arch, enum gs_buf buf,
			  uint32_t req)
{
	const struct {
		uint32_t banks, bits;
	} buffers[GS_BUF_COUNT] = {
		[GS_BUF_WBUF] = { arch->array_n * arch->array_m,
				  arch->wgt_width },
		[GS_BUF_IBUF] = { arch->array_n, arch->data_width },
		[GS_BUF_OBUF] = { arch->array_m, arch->acc_width },
		[GS_BUF_BBUF] = { arch->array_m, arch->bias_width },
	};
	uint64_t bytes = (uint64_t)req * buffers[buf].banks;

	return buffers[buf].bits == 4 ? bytes / 2 : bytes;
}

static bool add_transfer(struct gs_core *core, struct sa_regs *regs,
			 uint32_t word)
{
	const struct gs_insn *insn = &core->block->insns[word];
	struct gs_sa_config *sa = &core->block->sa_config;
	enum gs_acc acc = (enum gs_acc)insn->val[0];
	enum gs_buf buf = (enum gs_buf)insn->val[2];
	uint32_t req = insn->val[4];

	if (insn->val[1] == GS_MEM_IMEM)
		return acc == GS_ACC_LD;
	if (regs->transfer[acc][buf] || !req ||
	    (acc == GS_ACC_ST && buf != GS_BUF_OBUF))
		return false;
	if (buf == GS_BUF_WBUF &&
	    core->arch.weight_layout == GS_WEIGHTS_PUBLISHED &&
	    req % gs_arch_interleave(&core->arch))
		return false;
	regs->transfer[acc][buf] = true;
	sa->transfers[sa->num_transfers++] = (struct gs_sa_transfer){
		.word = word,
		.acc = acc,
		.buf = buf,
		.run_bytes = run_bytes(&core->arch, buf, req),
	};
	return true;
}

static bool set_word(struct gs_core *core, struct sa_regs *regs, uint32_t word)
{
	const struct gs_insn *insn = &core->block->insns[word];
	uint32_t *base = core->block->sa_config.base;

	switch (insn->id) {
	case GS_INSN_SA_LOOP_CFG:
		return set_loop(regs, insn);
	case GS_INSN_SA_REDUCTION_LOOP:
		if (insn->val[2] == GS_RED_OUTER)
			regs->outer_reduction |= BIT(insn->val[1]);
		else
			regs->inner_reduction |= BIT(insn->val[1]);
		return true;
	case GS_INSN_SET_LOOP_STRIDE:
		return set_stride(regs, insn);
	case GS_INSN_SET_BASE_ADDR:
		if (insn->val[1] == GS_MEM_BUFFER)
			base[insn->val[2]] = gs_half_set(
				base[insn->val[2]], insn->val[0], insn->val[4]);
		return true;
	default: /* LD_ST */
		return add_transfer(core, regs, word);
	}
}

/* The inner loops that the words INNER name, known when all loops are. */
static uint64_t inner_reductions(const struct sa_regs *regs, unsigned num_outer)
{
	uint64_t ids = 0;

	for (unsigned l = 0; l < GS_ISA_SA_LOOPS; l++)
		if (regs->inner_reduction & BIT(l))
			ids |= BIT(GS_ISA_SA_OUTER_LOOPS +
				   (num_outer + l) % GS_ISA_SA_INNER_LOOPS);
	return ids;
}

/* Settings that concern the group as a whole. */
static bool check_whole(const struct sa_regs *regs, uint64_t inner_reduction)
{
	const uint32_t *rd = regs->stride[GS_ACC_RD][GS_BUF_OBUF];
	const uint32_t *wr = regs->stride[GS_ACC_WR][GS_BUF_OBUF];
	uint64_t named = 0;

	for (unsigned acc = 0; acc < GS_ACC_COUNT; acc++)
		for (unsigned buf = 0; buf < GS_BUF_COUNT; buf++)
			named |= regs->given[acc][buf];
	if ((named | inner_reduction) & ~regs->configured)
		return false;
	if (regs->outer_reduction & ~(regs->configured & OUTER_IDS))
		return false;
	return !memcmp(rd, wr, sizeof(regs->stride[0][0]));
}

static void build_transfer(const struct sa_regs *regs,
			   struct gs_sa_transfer *transfer)
{
	const uint32_t *stride = regs->stride[transfer->acc][transfer->buf];
	uint64_t given = regs->given[transfer->acc][transfer->buf];
	unsigned outer = 0;

	for (unsigned id = 0; id < GS_ISA_SA_OUTER_LOOPS; id++)
		if (regs->configured & BIT(id))
			transfer->outer_stride[outer++] = (int32_t)stride[id];
	for (unsigned id = FIRST_DMA; id < GS_ISA_SA_LOOPS; id++)
		if (given & BIT(id))
			transfer->loops[transfer->num_loops++] =
				(struct gs_loop){
					.num = regs->num[id],
					.stride = { (int32_t)stride[id] },
				};
}

static void build_outer(const struct sa_regs *regs, struct gs_sa_config *sa)
{
	for (unsigned id = 0; id < GS_ISA_SA_OUTER_LOOPS; id++) {
		if (!(regs->configured & BIT(id)))
			continue;
		sa->outer[sa->num_outer] = regs->num[id];
		sa->outer_reduction[sa->num_outer++] = regs->outer_reduction &
						       BIT(id);
	}
}

static void build_inner(const struct sa_regs *regs, struct gs_sa_config *sa,
			uint64_t inner_reduction)
{
	sa->num_inner = regs->num_inner;
	for (unsigned l = 0; l < regs->num_inner; l++) {
		unsigned id = regs->inner[l];

		sa->inner[l].num = regs->num[id];
		sa->inner_reduction[l] = inner_reduction & BIT(id);
		for (unsigned buf = 0; buf < GS_BUF_COUNT; buf++)
			sa->inner[l].stride[buf] =
				(int32_t)regs->stride[GS_ACC_RD][buf][id];
	}
}

int gs_sa_check(struct gs_core *core)
{
	const struct gs_group *group = &core->block->sa;
	struct gs_sa_config *sa = &core->block->sa_config;
	struct sa_regs regs = { 0 };
	uint64_t inner_reduction;

	memset(sa, 0, sizeof(*sa));
	for (uint32_t word = group->start + 1; word < group->end; word++)
		if (!set_word(core, &regs, word))
			return gs_fault_raise(core, GS_FAULT_BAD_CONFIG, word,
					      0);
	build_outer(&regs, sa);
	inner_reduction = inner_reductions(&regs, sa->num_outer);
	if (!check_whole(&regs, inner_reduction))
		return gs_fault_raise(core, GS_FAULT_BAD_CONFIG, group->start,
				      0);
	build_inner(&regs, sa, inner_reduction);
	for (unsigned i = 0; i < sa->num_transfers; i++)
		build_transfer(&regs, &sa->transfers[i]);
	sa->bias = regs.transfer[GS_ACC_LD][GS_BUF_BBUF];
	return 0;
}
