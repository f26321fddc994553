/* SPDX-License-Identifier: MIT */
/*
 * The SIMD group: base loops, words in order, transfers (docs/isa.md
 * section 6).
 */

#include "hw-model/core/dram.h"

#include <errno.h>

void gs_simd_begin(struct gs_core *core)
{
	struct gs_simd_regs *regs = &core->simd;

	memset(regs, 0, sizeof(*regs));
	for (unsigned i = 0; i < 4; i++)
		for (unsigned l = 0; l < GS_ISA_DMA_LOOPS; l++)
			regs->dma[i / 2][i % 2].tile_num[l] = 1;
	for (unsigned rw = 0; rw < 2; rw++)
		gs_perm_base(&regs->perm[rw], 0);
	regs->dst_int = 16;
	regs->src1_int = 16;
	core->run.simd_tile = 0;
	core->run.settled = false;
	memset(core->run.base_index, 0, sizeof(core->run.base_index));
}

static void set_tile_addr(struct gs_simd_dma *dma, const struct gs_insn *insn)
{
	dma->row = gs_half_set(dma->row, insn->val[0], insn->val[3]);
	for (unsigned l = 0; l < GS_ISA_DMA_LOOPS; l++) {
		dma->tile_num[l] = 1;
		dma->tile_stride[l] = 0;
	}
}

int gs_simd_start(struct gs_core *core, const struct gs_simd_dma *regs,
		  uint32_t word, bool store)
{
	const struct gs_insn *insn = &core->block->insns[word];
	const unsigned bits = insn->val[2] + 1;
	const uint64_t bytes = (uint64_t)insn->val[3] * core->arch.array_m;
	struct gs_loop loops[GS_ISA_DMA_LOOPS];
	int64_t addr = regs->base;
	struct gs_dma dma = {
		.word = word,
		.win = GS_WIN_SIMD,
		.spad = insn->val[1] == GS_NS_VMEM1 ? GS_SPAD_VMEM1 :
						      GS_SPAD_VMEM2,
		.store = store,
		.bits = bits,
		.row0 = regs->row,
		.run_bytes = bits == 4 ? bytes / 2 : bytes,
		.loops = loops,
	};

	for (unsigned l = 0; l < GS_ISA_DMA_LOOPS; l++) {
		addr += (int64_t)(int32_t)regs->base_stride[l] *
			core->run.base_index[l];
		if (regs->tile_num[l] == 1)
			continue;
		loops[dma.num_loops++] = (struct gs_loop){
			.num = regs->tile_num[l],
			.stride = { (int32_t)regs->tile_stride[l] },
		};
	}
	return gs_dma_run(core, &dma, addr);
}

/* The words of opcode 5. */
static int dma_word(struct gs_core *core, uint32_t word)
{
	const struct gs_insn *insn = &core->block->insns[word];
	const bool store = insn->id >= GS_INSN_ST_BASE_ADDR;
	struct gs_simd_dma *dma =
		&core->simd.dma[store][insn->val[1] == GS_NS_VMEM2];
	const uint32_t loop = insn->val[2] % GS_ISA_DMA_LOOPS;
	uint32_t *reg;

	switch (insn->id) {
	case GS_INSN_LD_BASE_ADDR:
	case GS_INSN_ST_BASE_ADDR:
		reg = &dma->base;
		break;
	case GS_INSN_LD_BASE_STRIDE:
	case GS_INSN_ST_BASE_STRIDE:
		reg = &dma->base_stride[loop];
		break;
	case GS_INSN_LD_TILE_STRIDE:
	case GS_INSN_ST_TILE_STRIDE:
		reg = &dma->tile_stride[loop];
		break;
	case GS_INSN_LD_TILE_ITER:
	case GS_INSN_ST_TILE_ITER:
		dma->tile_num[loop] = insn->val[3] + 1;
		return 0;
	case GS_INSN_LD_TILE_ADDR:
	case GS_INSN_ST_TILE_ADDR:
		set_tile_addr(dma, insn);
		return 0;
	case GS_INSN_LD_START:
	case GS_INSN_ST_START:
		return gs_simd_start(core, dma, word, store);
	default: /* BASE_ITER: known before the group runs */
		return 0;
	}
	*reg = gs_half_set(*reg, insn->val[0], insn->val[3]);
	return 0;
}

/* Programs set the same values tile after tile. */
static void set_imm(struct gs_core *core, uint32_t slot, uint32_t value)
{
	if ((uint32_t)core->imm[slot][0] != value)
		gs_core_imm_set(core, slot, value);
}

/* The words of opcode 6: iterators and immediates. */
static int iterator_word(struct gs_core *core, const struct gs_insn *insn)
{
	const uint32_t imm = insn->val[2], sext = (uint32_t)gs_sext(imm, 16);
	struct gs_iterator *it =
		&core->simd.iterators[insn->val[0]][insn->val[1]];
	const uint32_t slot = (uint32_t)core->imm[insn->val[1]][0];

	switch (insn->id) {
	case GS_INSN_BASE_SIGN_EXT:
		it->base = sext;
		break;
	case GS_INSN_BASE_LOW:
	case GS_INSN_BASE_HIGH:
		it->base = gs_half_set(it->base, insn->id == GS_INSN_BASE_HIGH,
				       imm);
		break;
	case GS_INSN_BASE_ZEROFILL:
		it->base = imm;
		break;
	case GS_INSN_STRIDE_SIGN_EXT:
		it->stride = sext;
		break;
	case GS_INSN_STRIDE_LOW:
	case GS_INSN_STRIDE_HIGH:
		it->stride = gs_half_set(it->stride,
					 insn->id == GS_INSN_STRIDE_HIGH, imm);
		break;
	case GS_INSN_STRIDE_ZEROFILL:
		it->stride = imm;
		break;
	case GS_INSN_IMM_SIGN_EXT:
		set_imm(core, insn->val[1], sext);
		break;
	default:
		set_imm(core, insn->val[1],
			gs_half_set(slot, insn->id == GS_INSN_SET_IMM_HIGH,
				    imm));
		break;
	}
	return 0;
}

/* Any word that is neither part of a nest nor a body word. */
int gs_simd_plain(struct gs_core *core, uint32_t word)
{
	const struct gs_insn *insn = &core->block->insns[word];
	struct gs_loop *perm;

	switch (insn->id) {
	case GS_INSN_SYNC_INST:
		core->run.obuf_released = true;
		gs_observe_kind(core, GS_WORK_RELEASE);
		return 0;
	case GS_INSN_DTYPE_CFG:
		core->simd.dst_int = insn->val[1];
		core->simd.src1_int = insn->val[2];
		return 0;
	case GS_INSN_PERM_SET_BASE_ADDR:
		gs_perm_base(&core->simd.perm[insn->val[0]], insn->val[2]);
		return 0;
	case GS_INSN_PERM_SET_LOOP_ITER:
		perm = &core->simd.perm[insn->val[0]].loops[insn->val[1]];
		perm->num = insn->val[2] + 1;
		return 0;
	case GS_INSN_PERM_SET_LOOP_STRIDE:
		perm = &core->simd.perm[insn->val[0]].loops[insn->val[1]];
		perm->stride[0] = gs_sext(insn->val[2], 16);
		return 0;
	case GS_INSN_PERM_START:
		return gs_perm_start(core, word);
	default:
		break;
	}
	if (insn->id >= GS_INSN_LD_BASE_ADDR &&
	    insn->id <= GS_INSN_ST_TILE_ADDR)
		return dma_word(core, word);
	if (insn->id >= GS_INSN_BASE_SIGN_EXT &&
	    insn->id <= GS_INSN_IMM_SIGN_EXT)
		return iterator_word(core, insn);
	return 0; /* SET_ITER, SET_INDEX, SET_INST: found by simd_check.c */
}

/* The words of the body are announced once, then run for all iterations. */
static int nest(struct gs_core *core, const struct gs_nest *nest)
{
	uint64_t work = nest->num_body;
	uint64_t ops = 0;
	int ret = 0;

	for (uint32_t i = 0; !ret && i < nest->num_body; i++) {
		if (core->run.job->hooks)
			ret = gs_hook_step(core, nest->body + i,
					   core->run.simd_tile);
		ops += core->block->insns[nest->body + i].id != GS_INSN_NOP;
	}
	for (unsigned l = 0; l < nest->num_levels; l++) {
		work = gs_sat_mul(work, nest->levels[l].num);
		ops = gs_sat_mul(ops, nest->levels[l].num);
	}
	if (!ret)
		ret = gs_charge(core, nest->body, work);
	if (!ret && core->run.job->observe)
		gs_observe_nest(core, nest, work / nest->num_body);
	if (!ret)
		ret = core->run.exec->nest(core, nest);
	if (!ret)
		core->run.counters->simd_ops += ops;
	return ret;
}

int gs_simd_words(struct gs_core *core)
{
	const struct gs_group *group = &core->block->simd;
	const struct gs_simd_config *simd = &core->block->simd_config;
	const struct gs_job *job = core->run.job;
	uint32_t next_nest = 0;
	int ret = 0;

	for (uint32_t word = group->start + 1; !ret && word < group->end;
	     word++) {
		if (next_nest < simd->num_nests &&
		    word == simd->nests[next_nest].body) {
			word += simd->nests[next_nest].num_body - 1;
			ret = nest(core, &simd->nests[next_nest++]);
			continue;
		}
		if (job->hooks)
			ret = gs_hook_step(core, word, core->run.simd_tile);
		if (ret)
			break;
		if (gs_simd_is_body(core->block->insns[word].id)) {
			ret = gs_nest_single(core, word);
			continue;
		}
		if (job->observe)
			gs_observe_kind(core, GS_WORK_WORD);
		ret = gs_simd_plain(core, word);
	}
	return ret;
}

static void next_base_index(struct gs_core *core)
{
	const uint32_t *num = core->block->simd_config.base_loops;
	uint32_t *index = core->run.base_index;

	for (unsigned l = GS_ISA_DMA_LOOPS; l-- > 0;) {
		if (++index[l] < num[l])
			return;
		index[l] = 0;
	}
}

int gs_simd_run_tile(struct gs_core *core)
{
	const struct gs_group *group = &core->block->simd;
	const struct gs_exec_ops *exec = core->run.exec;
	int ret = gs_charge(core, group->start,
			    (uint64_t)group->end - group->start + 1);

	if (ret)
		return ret;
	core->run.obuf_released = false;
	gs_observe_kind(core, GS_WORK_GROUP);
	ret = exec->group ? exec->group(core) : gs_simd_words(core);
	if (ret)
		return ret;
	core->run.settled = true;
	gs_observe_kind(core, GS_WORK_GROUP_END);
	next_base_index(core);
	core->run.simd_tile++;
	core->run.counters->simd_tiles++;
	return 0;
}

static bool all_zero(const uint32_t *index)
{
	for (unsigned l = 0; l < GS_ISA_DMA_LOOPS; l++)
		if (index[l])
			return false;
	return true;
}

int gs_simd_run_all(struct gs_core *core)
{
	int ret;

	do {
		if (gs_stopped(core))
			return -ECANCELED;
		ret = gs_simd_run_tile(core);
	} while (!ret && !all_zero(core->run.base_index));
	return ret;
}

int gs_simd_run_some(struct gs_core *core, uint64_t num)
{
	int ret = 0;

	for (uint64_t done = 0; !ret && done < num; done++) {
		if (gs_stopped(core))
			return -ECANCELED;
		ret = gs_simd_run_tile(core);
	}
	return ret;
}
