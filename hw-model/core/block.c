/* SPDX-License-Identifier: MIT */
/*
 * From bytes in memory to a checked block (docs/isa.md section 3).
 *
 * The passes of section 10 (decoding, structure, capacity) go over the words
 * at once, each remembering its first fault; the words are stored only as far
 * as the instruction memories reach, so the length of a block, which an
 * attacker chooses, does not decide how much memory it takes.
 */

#include "hw-model/core/dram.h"

#include <errno.h>
#include <stdlib.h>

#define CHUNK_WORDS GS_CACHE_WORDS

enum place { OUTSIDE, IN_SA, IN_SIMD };

struct scan {
	enum gs_isa_encoding encoding;
	bool illegal, bad, over, ended;
	uint32_t illegal_word, illegal_value;
	uint32_t bad_word;
	uint32_t over_word;
	bool over_simd;
	enum place place;
	uint32_t num; /* words seen */
	uint32_t num_simd; /* of these in the SIMD group */
};

static bool enter(struct scan *scan, struct gs_group *group, enum place place)
{
	if (scan->place != OUTSIDE || group->present)
		return false;
	scan->place = place;
	*group = (struct gs_group){ .present = true, .start = scan->num };
	return true;
}

static bool leave(struct scan *scan, struct gs_group *group, enum place place)
{
	if (scan->place != place)
		return false;
	scan->place = OUTSIDE;
	group->end = scan->num;
	return true;
}

static bool place_sync(struct gs_block *block, struct scan *scan,
		       const struct gs_insn *insn)
{
	bool simd = insn->val[0] == GS_TGT_SIMD;
	bool end = insn->val[1] == GS_SE_END;
	struct gs_group *group = simd ? &block->simd : &block->sa;
	enum place place = simd ? IN_SIMD : IN_SA;

	if (insn->id == GS_INSN_SYNC_INST && insn->val[2] == GS_EB_BUF)
		return simd && end && scan->place == IN_SIMD;
	if (end)
		return leave(scan, group, place);
	return (simd || !block->simd.present) && enter(scan, group, place);
}

static bool place_imem(struct gs_block *block, struct scan *scan,
		       const struct gs_insn *insn)
{
	if (scan->place == IN_SIMD)
		return false;
	if (insn->id == GS_INSN_SET_BASE_ADDR) {
		block->next_addr = gs_half_set(block->next_addr, insn->val[0],
					       insn->val[4]);
		return true;
	}
	if (insn->val[0] != GS_ACC_LD)
		return scan->place ==
		       IN_SA; /* sa_check.c refuses the setting */
	block->has_next = true;
	block->next_word = scan->num;
	block->next_num = insn->val[4];
	return true;
}

/* Structure: may this word stand here? */
static bool place(struct gs_block *block, struct scan *scan,
		  const struct gs_insn *insn)
{
	if (scan->ended)
		return false;
	switch (insn->id) {
	case GS_INSN_SYNC_INST:
	case GS_INSN_INST_GROUP:
		return place_sync(block, scan, insn);
	case GS_INSN_BLOCK_END:
		scan->ended = true;
		return true;
	case GS_INSN_SET_BASE_ADDR:
	case GS_INSN_LD_ST:
		if (insn->val[1] == GS_MEM_IMEM)
			return place_imem(block, scan, insn);
		return scan->place == IN_SA;
	case GS_INSN_SA_LOOP_CFG:
	case GS_INSN_SA_REDUCTION_LOOP:
	case GS_INSN_SET_LOOP_STRIDE:
		return scan->place == IN_SA;
	default:
		return scan->place == IN_SIMD;
	}
}

static void count_word(struct scan *scan, const struct gs_arch *arch, bool simd)
{
	uint32_t before = simd ? scan->num_simd++ : scan->num - scan->num_simd;

	if (scan->over ||
	    before < (simd ? arch->simd_instr_depth : arch->instr_depth))
		return;
	scan->over = true;
	scan->over_word = scan->num;
	scan->over_simd = simd;
}

static int keep(struct gs_core *core, uint32_t index,
		const struct gs_insn *insn)
{
	uint32_t most = core->arch.instr_depth + core->arch.simd_instr_depth;
	struct gs_block *block = core->block;
	struct gs_insn *bigger;
	uint32_t want = block->cap_insns ? block->cap_insns * 2 : 256;

	if (index >= most)
		return 0;
	if (index >= block->cap_insns) {
		bigger = realloc(block->insns, want * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		block->insns = bigger;
		block->cap_insns = want;
	}
	block->insns[index] = *insn;
	return 0;
}

static int scan_word(struct gs_core *core, struct scan *scan, uint32_t word)
{
	struct gs_insn insn;
	bool in_simd, placed;
	int ret;

	/* a word that the machine cannot do is none */
	if (gs_isa_decode(word, scan->encoding, &insn) ||
	    !gs_arch_runs(&core->arch, &insn)) {
		scan->illegal = true;
		scan->illegal_word = scan->num;
		scan->illegal_value = word;
		return 0;
	}
	ret = keep(core, scan->num, &insn);
	if (ret)
		return ret;
	in_simd = scan->place == IN_SIMD;
	placed = scan->bad || place(core->block, scan, &insn);
	if (!placed) {
		scan->bad = true;
		scan->bad_word = scan->num;
	}
	/* START and END belong to their group */
	count_word(scan, &core->arch, in_simd || scan->place == IN_SIMD);
	scan->num++;
	return 0;
}

static void reset_block(struct gs_block *block)
{
	block->sa.present = false;
	block->simd.present = false;
	block->has_next = false;
	block->next_addr = 0;
}

static int scan_bytes(struct gs_core *core, struct scan *scan,
		      const uint8_t *data, uint64_t size)
{
	int ret = 0;

	for (uint64_t i = 0; !ret && !scan->illegal && i < size; i += 4) {
		int32_t word;

		gs_unpack32(&word, data + i, 1, 32);
		ret = scan_word(core, scan, (uint32_t)word);
	}
	return ret;
}

/* Returns 1 when the words are those of @cached, which was checked before. */
static int fetch(struct gs_core *core, struct scan *scan,
		 struct gs_cached *cached)
{
	struct gs_block *block = core->block;
	const uint64_t size = (uint64_t)block->num * 4;
	struct gs_access access = { .win = GS_WIN_IMEM };
	const uint64_t base =
		core->run.job->window_base[GS_WIN_IMEM] + block->addr;
	const uint8_t *data;
	int ret;

	for (uint64_t done = 0; done < size; done += access.size) {
		access.bus = base + done;
		access.size = size - done < CHUNK_WORDS * 4 ? size - done :
							      CHUNK_WORDS * 4;
		if (gs_stopped(core))
			return -ECANCELED;
		ret = gs_dram_load(core, &access, &data);
		if (ret == -EFAULT)
			core->run.fault.address = base; /* of the run */
		/* a block that is kept is one chunk */
		if (!ret && cached &&
		    gs_cache_match(cached, block->num, scan->encoding, data))
			return 1;
		if (!ret && !done)
			reset_block(block);
		if (!ret)
			ret = scan_bytes(core, scan, data, access.size);
		if (ret)
			return ret;
	}
	return 0;
}

static int judge(struct gs_core *core, struct scan *scan)
{
	if (scan->illegal)
		return gs_fault_raise(core, GS_FAULT_ILLEGAL_WORD,
				      scan->illegal_word, scan->illegal_value);
	if (!scan->bad && (!scan->ended || scan->place != OUTSIDE)) {
		scan->bad = true;
		scan->bad_word = scan->num - 1;
	}
	if (scan->bad)
		return gs_fault_raise(core, GS_FAULT_BAD_BLOCK, scan->bad_word,
				      0);
	if (scan->over)
		return gs_fault_raise(core, GS_FAULT_CAPACITY, scan->over_word,
				      scan->over_simd ?
					      scan->num_simd :
					      scan->num - scan->num_simd);
	return 0;
}

/* Both counts of tiles must agree when there are both groups. */
static int check_tiles(struct gs_core *core)
{
	const struct gs_sa_config *sa = &core->block->sa_config;
	struct gs_count handed = gs_count_one(), wanted = gs_count_one();

	for (unsigned l = 0; l < sa->num_outer; l++)
		if (!sa->outer_reduction[l])
			gs_count_mul(&handed, sa->outer[l]);
	for (unsigned l = 0; l < GS_ISA_DMA_LOOPS; l++)
		gs_count_mul(&wanted, core->block->simd_config.base_loops[l]);
	if (gs_count_equal(&handed, &wanted))
		return 0;
	return gs_fault_raise(core, GS_FAULT_TILE_MISMATCH,
			      core->block->simd.start, gs_count_low(&handed));
}

/* The checks of a fetch, in the order of section 10. */
static int check_fetch(struct gs_core *core, uint32_t addr, uint32_t num)
{
	const struct gs_block *before = core->block;
	struct gs_access access = { .win = GS_WIN_IMEM,
				    .size = (uint64_t)num * 4 };
	int ret;

	if (!num || addr % 4)
		return gs_fault_raise(core, GS_FAULT_BAD_BLOCK, 0, 0);
	ret = gs_charge(core, 0, num);
	if (!ret)
		ret = gs_dram_window(core, &access, addr);
	if (ret)
		return ret;
	ret = gs_dram_hazard(core, &access);
	if (ret < 0)
		return ret;
	if (ret) {
		core->run.block--; /* it belongs to the block that names this one */
		return gs_fault_raise(core, GS_FAULT_HAZARD, before->next_word,
				      access.bus);
	}
	if (access.bus + (access.size - 1) < access.bus)
		return gs_fault_raise(core, GS_FAULT_MEMORY, 0, access.bus);
	return 0;
}

/* Everything that can be said of the words alone. */
static int check_words(struct gs_core *core, struct scan *scan)
{
	const struct gs_block *block = core->block;
	int ret = judge(core, scan);

	if (!ret && block->sa.present)
		ret = gs_sa_check(core);
	if (!ret && block->simd.present)
		ret = gs_simd_check(core);
	if (!ret && block->sa.present && block->simd.present)
		ret = check_tiles(core);
	return ret;
}

int gs_block_load(struct gs_core *core, uint32_t addr, uint32_t num)
{
	struct scan scan = { .encoding = core->run.job->encoding };
	struct gs_cached *cached = NULL;
	int ret = check_fetch(core, addr, num);

	if (ret)
		return ret;
	if (core->run.job->executor == GS_EXEC_FAST)
		cached = gs_cache_find(core, addr, num);
	core->block = cached ? &cached->block : &core->own;
	core->block->addr = addr;
	core->block->num = num;
	ret = fetch(core, &scan, cached);
	if (ret < 0)
		return ret;
	core->run.counters->blocks++;
	core->run.counters->words += num;
	if (ret)
		return 0;
	ret = check_words(core, &scan);
	if (cached)
		cached->valid = !ret;
	return ret;
}

void gs_block_free(struct gs_block *block)
{
	free(block->insns);
	free(block->simd_config.nests);
	*block = (struct gs_block){ 0 };
}
