/* SPDX-License-Identifier: MIT */
#include "compiler/codegen/emit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Instruction offsets and block sizes stay far below the 32-bit window. */
#define MAX_WORDS (64u << 20)
#define PART_ALIGN 64
#define LARGE (1u << 20) /* elements, from which arrays grow by an eighth */

void gs_gen_fail(struct gs_gen *g, int err, const struct gs_block *blk,
		 const char *what)
{
	if (!g->err)
		g->err = gs_error(g->diag, err, "%s%s%s",
				  blk ? blk->b->node->name : "",
				  blk ? ": " : "", what);
}

/* Enlarges an array, a small one to the double; what was added is zero. */
static bool grow(struct gs_gen *g, void **data, size_t *cap, size_t need,
		 size_t size)
{
	size_t want = *cap ? *cap : 256;
	void *bigger;

	while (want < need)
		want += want < LARGE ? want : want / 8;
	if (want == *cap)
		return true;
	bigger = realloc(*data, want * size);
	if (!bigger) {
		gs_gen_fail(g, -ENOMEM, NULL, "out of memory");
		return false;
	}
	memset((char *)bigger + *cap * size, 0, (want - *cap) * size);
	*data = bigger;
	*cap = want;
	return true;
}

uint32_t gs_put(struct gs_gen *g, enum gs_insn_id id, uint32_t a, uint32_t b,
		uint32_t c, uint32_t d, uint32_t e, uint32_t f)
{
	const struct gs_insn insn = { id, { a, b, c, d, e, f } };
	void *code = g->prog->code;
	uint32_t word;
	int field;

	if (g->err)
		return 0;
	if (gs_isa_encode(&insn, GS_ENC_SYNC_INST, &word, &field)) {
		g->err = gs_error(
			g->diag, -ERANGE,
			"%s: %s cannot hold %u as operand %d: the tile is too large",
			g->prog->layer[g->group].name,
			gs_isa_desc(id)->mnemonic,
			field >= 0 ? insn.val[field] : 0, field);
		return 0;
	}
	if (g->prog->num_words == MAX_WORDS) {
		gs_gen_fail(g, -EFBIG, NULL, "the program is too large");
		return 0;
	}
	if (!grow(g, &code, &g->cap_words, g->prog->num_words + 1u,
		  sizeof(uint32_t)))
		return 0;
	g->prog->code = code;
	g->prog->code[g->prog->num_words] = word;
	return g->prog->num_words++;
}

void gs_put_reloc(struct gs_gen *g, enum gs_insn_id id, uint32_t a, uint32_t b,
		  uint32_t c, bool high, struct gs_addr addr)
{
	const bool sa = id == GS_INSN_SET_BASE_ADDR;
	const uint32_t word = sa ? gs_put(g, id, high, a, b, c, 0, 0) :
				   gs_put(g, id, high, a, b, 0, 0, 0);
	void *reloc = g->prog->reloc;

	if (g->err || !grow(g, &reloc, &g->cap_relocs, g->prog->num_relocs + 1u,
			    sizeof(struct gs_reloc)))
		return;
	if (!g->measure && (addr.offset < 0 || addr.offset > UINT32_MAX)) {
		gs_gen_fail(g, -ERANGE, NULL,
			    "an address is outside its 4 GiB window");
		return;
	}
	g->prog->reloc = reloc;
	g->prog->reloc[g->prog->num_relocs++] =
		(struct gs_reloc){ .word = word,
				   .high = high,
				   .part = addr.part,
				   .addend = (uint64_t)addr.offset };
}

void gs_patch(struct gs_gen *g, uint32_t word, unsigned operand, uint32_t value)
{
	struct gs_insn insn;
	int field;

	if (g->err)
		return;
	gs_isa_decode(g->prog->code[word], GS_ENC_SYNC_INST, &insn);
	insn.val[operand] = value;
	if (gs_isa_encode(&insn, GS_ENC_SYNC_INST, &g->prog->code[word],
			  &field))
		gs_gen_fail(g, -ERANGE, NULL, "a block is too long");
}

static uint64_t append(struct gs_gen *g, uint8_t **part, uint64_t *used,
		       size_t *cap, uint64_t size, uint8_t **data)
{
	const uint64_t at = (*used + PART_ALIGN - 1) / PART_ALIGN * PART_ALIGN;
	void *bytes = *part;

	*data = NULL;
	if (g->err)
		return 0;
	if (at + size > UINT32_MAX) {
		gs_gen_fail(g, -EFBIG, NULL,
			    "weights do not fit their 4 GiB window");
		return 0;
	}
	if (!grow(g, &bytes, cap, (size_t)(at + size), 1))
		return 0;
	*part = bytes;
	*used = at + size;
	*data = *part + at;
	return at;
}

uint64_t gs_append_param(struct gs_gen *g, uint64_t size, uint8_t **data)
{
	return append(g, &g->prog->param, &g->prog->param_bytes, &g->cap_param,
		      size, data);
}

uint64_t gs_append_const(struct gs_gen *g, uint64_t size, uint8_t **data)
{
	return append(g, &g->prog->simd_const, &g->prog->const_bytes,
		      &g->cap_const, size, data);
}

void gs_program_free(struct gs_program *program)
{
	free(program->code);
	free(program->reloc);
	free(program->layer);
	free(program->param);
	free(program->simd_const);
	free(program->place);
	*program = (struct gs_program){ 0 };
}
