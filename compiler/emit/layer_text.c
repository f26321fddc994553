/* SPDX-License-Identifier: MIT */
#include "compiler/emit/layer_text.h"

#include <stdlib.h>
#include <string.h>

#include "genesys/isa.h"
#include "genesys/model_file.h"

/* Loops of the array from here on are those of one transfer. */
#define FIRST_DMA_LOOP 14

/* Offset of a part in its window, as loaders place it (model_file.h) */
static uint64_t part_base(const struct gs_program *p, enum gs_part part)
{
	return part == GS_PART_ACT ?
		       (p->const_bytes + GS_ELF_ACT_ALIGN - 1) /
			       GS_ELF_ACT_ALIGN * GS_ELF_ACT_ALIGN :
		       0;
}

uint32_t *gs_program_link(const struct gs_program *p)
{
	uint32_t *code =
		malloc((p->num_words ? p->num_words : 1) * sizeof(*code));
	uint32_t i;

	if (!code)
		return NULL;
	if (p->num_words)
		memcpy(code, p->code, p->num_words * sizeof(*code));
	for (i = 0; i < p->num_relocs; i++) {
		const struct gs_reloc *r = &p->reloc[i];
		const uint64_t at = part_base(p, r->part) + r->addend;

		code[r->word] = (code[r->word] & 0xffff0000u) |
				(uint32_t)(at >> (r->high ? 16 : 0) & 0xffff);
	}
	return code;
}

/* Where the text stands: loops of the array, of a transfer, of a nest. */
struct nesting {
	bool simd;
	unsigned loops, dma, nest;
	unsigned line; /* of the last loop, whose strides follow */
};

static unsigned array_depth(struct nesting *n, const struct gs_insn *insn)
{
	switch (insn->id) {
	case GS_INSN_SA_LOOP_CFG:
		if (insn->val[1] < FIRST_DMA_LOOP)
			n->line = n->loops++;
		else
			n->line = n->loops + n->dma++;
		return n->line;
	case GS_INSN_SA_REDUCTION_LOOP:
	case GS_INSN_SET_LOOP_STRIDE:
		return n->line;
	case GS_INSN_LD_ST:
		n->line = n->loops + n->dma;
		n->dma = 0;
		return n->line;
	default:
		return 0;
	}
}

static unsigned simd_depth(struct nesting *n, const struct gs_insn *insn)
{
	switch (insn->id) {
	case GS_INSN_SET_ITER:
		n->nest = insn->val[0] + 1;
		return n->nest;
	case GS_INSN_SET_INDEX:
		return n->nest;
	case GS_INSN_SET_INST:
		return ++n->nest;
	default:
		break;
	}
	if (gs_isa_desc(insn->id)->opcode > 2)
		n->nest = 0;
	return n->nest ? n->nest : 1;
}

static unsigned depth_of(struct nesting *n, const struct gs_insn *insn)
{
	if (insn->id == GS_INSN_SYNC_INST) {
		const bool start = insn->val[1] == GS_SE_START;

		if (start || insn->val[2] == GS_EB_EXEC)
			*n = (struct nesting){
				.simd = start && insn->val[0] == GS_TGT_SIMD
			};
		return n->simd && !start ? 1 : 0;
	}
	return n->simd ? simd_depth(n, insn) : array_depth(n, insn);
}

void gs_layer_assembly(const uint32_t *word, uint32_t num, FILE *out)
{
	struct nesting n = { 0 };
	struct gs_insn insn;
	char text[96];
	uint32_t i;
	unsigned d;

	for (i = 0; i < num; i++) {
		if (gs_isa_decode(word[i], GS_ENC_SYNC_INST, &insn))
			continue;
		gs_isa_format(&insn, text, sizeof(text));
		for (d = depth_of(&n, &insn); d > 0; d--)
			fputc('\t', out);
		fprintf(out, "%s\n", text);
	}
}
