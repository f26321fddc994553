/* SPDX-License-Identifier: MIT */
/*
 * Static settings of the SIMD group: base loops, nests, operands
 * (docs/isa.md sections 6, 7, 10). The nests found here are what simd.c runs.
 */

#include "hw-model/core/core_internal.h"

#include <errno.h>
#include <stdlib.h>

#define BIT(n) (UINT32_C(1) << (n))

/* What the words before this one leave open. */
struct follow {
	struct gs_nest nest; /* open when it has levels */
	uint32_t used; /* loop ids of its levels */
	bool want_index; /* a SET_ITER stands before this word */
	uint32_t body_left; /* words of the body still to come */
};

const uint8_t gs_simd_opcode[GS_INSN_COUNT] = {
#define OPCODE(id, mnemonic, op, fn, layout, enc) [GS_INSN_##id] = (op),
	GS_ISA_TABLE(OPCODE)
#undef OPCODE
};

static bool readable(uint32_t ns)
{
	return ns == GS_NS_OBUF || ns == GS_NS_VMEM1 || ns == GS_NS_VMEM2 ||
	       ns == GS_NS_IMM;
}

static bool writable(uint32_t ns)
{
	return ns == GS_NS_VMEM1 || ns == GS_NS_VMEM2 || ns == GS_NS_IBUF;
}

/* Namespaces of a body word; level is that of its SET_INDEX, or NULL. */
static bool operands_ok(const struct gs_insn *insn,
			const struct gs_level *level)
{
	const uint32_t dst = insn->val[0], src1 = insn->val[2],
		       src2 = insn->val[4];
	const bool two = gs_simd_uses_src2(insn->id);

	if (insn->id == GS_INSN_NOP)
		return true;
	if (!readable(src1) || (two && !readable(src2)) || !writable(dst))
		return false;
	return !level ||
	       (level->ns[GS_DST] == dst && level->ns[GS_SRC1] == src1 &&
		(!two || level->ns[GS_SRC2] == src2));
}

static int close_nest(struct gs_simd_config *simd, struct follow *follow)
{
	struct gs_nest *bigger;
	uint32_t want = simd->cap_nests ? simd->cap_nests * 2 : 16;

	if (simd->num_nests == simd->cap_nests) {
		bigger = realloc(simd->nests, want * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		simd->nests = bigger;
		simd->cap_nests = want;
	}
	simd->nests[simd->num_nests++] = follow->nest;
	*follow = (struct follow){ 0 };
	return 0;
}

static bool open_level(struct follow *follow, const struct gs_insn *insn)
{
	uint32_t id = insn->val[0], num = insn->val[2];

	/* ids have three bits: eight different ones are the most there can be */
	if (!num || follow->used & BIT(id))
		return false;
	follow->used |= BIT(id);
	follow->want_index = true;
	follow->nest.levels[follow->nest.num_levels++].num = num;
	return true;
}

static bool set_index(struct follow *follow, const struct gs_insn *insn)
{
	struct gs_level *level;

	if (!follow->want_index)
		return false;
	level = &follow->nest.levels[follow->nest.num_levels - 1];
	for (unsigned p = 0; p < GS_OPERANDS; p++) {
		level->ns[p] = (uint8_t)insn->val[2 * p];
		level->iterator[p] = (uint8_t)insn->val[2 * p + 1];
	}
	follow->want_index = false;
	return true;
}

static bool begin_body(struct follow *follow, uint32_t word, uint32_t num)
{
	if (!follow->nest.num_levels || follow->want_index || !num)
		return false;
	follow->nest.body = word;
	follow->nest.num_body = num;
	follow->body_left = num;
	return true;
}

static int body_word(struct gs_core *core, struct follow *follow, uint32_t word)
{
	const struct gs_insn *insn = &core->block->insns[word];
	const struct gs_level *level = NULL;

	if (follow->nest.num_levels) {
		if (!follow->body_left && !begin_body(follow, word, 1))
			return gs_fault_raise(core, GS_FAULT_BAD_CONFIG, word,
					      0);
		level = &follow->nest.levels[follow->nest.num_levels - 1];
	}
	if (!operands_ok(insn, level))
		return gs_fault_raise(core, GS_FAULT_BAD_OPERAND, word, 0);
	if (level && !--follow->body_left)
		return close_nest(&core->block->simd_config, follow);
	return 0;
}

static bool width_ok(uint32_t width)
{
	return width == 3 || width == 7 || width == 15 || width == 31;
}

static int perm_start(struct gs_core *core, uint32_t word)
{
	const struct gs_insn *insn = &core->block->insns[word];
	const uint32_t dst = insn->val[0], src = insn->val[2];

	if ((dst == GS_NS_VMEM1 || dst == GS_NS_VMEM2) && readable(src) &&
	    src != GS_NS_IMM)
		return 0;
	return gs_fault_raise(core, GS_FAULT_BAD_OPERAND, word, 0);
}

/* A word that is neither body nor part of a nest; named: ids of base loops. */
static int plain_word(struct gs_core *core, uint32_t word, uint32_t named)
{
	const struct gs_insn *insn = &core->block->insns[word];
	uint32_t *base_loops = core->block->simd_config.base_loops;
	uint32_t *loop = &base_loops[insn->val[2] % GS_ISA_DMA_LOOPS];
	bool ok = true;

	switch (insn->id) {
	case GS_INSN_LD_BASE_ITER:
	case GS_INSN_ST_BASE_ITER:
		ok = !*loop || *loop == insn->val[3] + 1;
		*loop = insn->val[3] + 1;
		break;
	case GS_INSN_LD_BASE_STRIDE:
	case GS_INSN_ST_BASE_STRIDE:
		ok = named & BIT(insn->val[2]);
		break;
	case GS_INSN_LD_START:
	case GS_INSN_ST_START:
		ok = width_ok(insn->val[2]) && insn->val[3];
		break;
	case GS_INSN_SET_IMM_LOW:
	case GS_INSN_SET_IMM_HIGH:
	case GS_INSN_IMM_SIGN_EXT:
		ok = insn->val[1] < core->rows[GS_SPAD_IMM];
		break;
	case GS_INSN_PERM_START:
		return perm_start(core, word);
	default:
		break;
	}
	return ok ? 0 : gs_fault_raise(core, GS_FAULT_BAD_CONFIG, word, 0);
}

static int check_word(struct gs_core *core, struct follow *follow,
		      uint32_t word, uint32_t named)
{
	const struct gs_insn *insn = &core->block->insns[word];
	bool ok;

	if (gs_simd_is_body(insn->id))
		return body_word(core, follow, word);
	if (follow->body_left ||
	    (follow->want_index && insn->id != GS_INSN_SET_INDEX))
		return gs_fault_raise(core, GS_FAULT_BAD_CONFIG, word, 0);
	switch (insn->id) {
	case GS_INSN_SET_ITER:
		ok = open_level(follow, insn);
		break;
	case GS_INSN_SET_INDEX:
		ok = set_index(follow, insn);
		break;
	case GS_INSN_SET_INST:
		ok = begin_body(follow, word + 1, insn->val[2]);
		break;
	default:
		ok = !follow->nest.num_levels;
		if (ok)
			return plain_word(core, word, named);
	}
	return ok ? 0 : gs_fault_raise(core, GS_FAULT_BAD_CONFIG, word, 0);
}

static uint32_t named_base_loops(const struct gs_block *block)
{
	uint32_t named = 0;

	for (uint32_t word = block->simd.start + 1; word < block->simd.end;
	     word++) {
		const struct gs_insn *insn = &block->insns[word];

		if (insn->id == GS_INSN_LD_BASE_ITER ||
		    insn->id == GS_INSN_ST_BASE_ITER)
			named |= BIT(insn->val[2]);
	}
	return named;
}

int gs_simd_check(struct gs_core *core)
{
	struct gs_simd_config *simd = &core->block->simd_config;
	const uint32_t named = named_base_loops(core->block);
	struct follow follow = { 0 };

	simd->num_nests = 0;
	memset(simd->base_loops, 0, sizeof(simd->base_loops));
	/* END is checked, too: it may not stand in an open nest */
	for (uint32_t word = core->block->simd.start + 1;
	     word <= core->block->simd.end; word++) {
		int ret = check_word(core, &follow, word, named);

		if (ret)
			return ret;
	}
	for (unsigned l = 0; l < GS_ISA_DMA_LOOPS; l++)
		if (!simd->base_loops[l])
			simd->base_loops[l] = 1;
	return 0;
}
