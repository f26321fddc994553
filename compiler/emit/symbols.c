/* SPDX-License-Identifier: MIT */
/*
 * Symbols and relocations.
 */
#include <elf.h>
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/emit/emit_internal.h"
#include "genesys/isa.h"

/* ---- names ----------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Characters that assemblers and debuggers take in a symbol. */
static void sanitize(char *name)
{
	for (; *name; name++) {
		char c = *name;
		bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			  (c >= '0' && c <= '9') || c == '_' || c == '.' ||
			  c == '$';

		if (!ok)
			*name = '_';
	}
}

/* A name that is not in @tree yet, which keeps it. NULL: out of memory. */
static const char *unique(void **tree, const char *text)
{
	size_t len = strlen(text);
	char *name = malloc(len + 16);
	void *const *found;

	if (!name)
		return NULL;
	memcpy(name, text, len + 1);
	sanitize(name);
	for (unsigned i = 1; tfind(name, tree, compare); i++)
		snprintf(name + len, 16, ".%u", i);
	found = tsearch(name, tree, compare);
	if (!found) {
		free(name);
		return NULL;
	}
	return name;
}

/* ---- symbols --------------------------------------------------------------------- */

static void add_symbol(struct gs_emit *e, const char *name, unsigned info,
		       uint16_t section, uint64_t value, uint64_t size)
{
	Elf64_Sym sym = {
		.st_name = gs_blob_string(&e->blob[GS_EMIT_STRTAB], name),
		.st_info = (unsigned char)info,
		.st_shndx = section,
		.st_value = value,
		.st_size = size,
	};

	gs_blob_add(&e->blob[GS_EMIT_SYMTAB], &sym, sizeof(sym));
}

static int add_named(struct gs_emit *e, void **tree)
{
	const struct gs_program *p = e->program;
	const unsigned func = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
	const unsigned object = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);

	for (uint32_t i = 0; i < p->num_layers; i++) {
		const struct gs_layer *l = &p->layer[i];
		const char *name = unique(tree, l->name);

		if (!name)
			return -ENOMEM;
		add_symbol(e, name, func, GS_EMIT_TEXT,
			   (uint64_t)l->first_word * 4,
			   (uint64_t)l->num_words * 4);
	}
	for (uint32_t i = 0; i < p->num_places; i++) {
		const struct gs_tensor *t = p->place[i].tensor;
		const char *name = unique(tree, t->name);
		const struct gs_tensor *root = gs_emit_root(t);

		if (!name)
			return -ENOMEM;
		add_symbol(e, name, object, GS_EMIT_ACT, p->place[i].offset,
			   t->layout.valid ? t->layout.bytes :
					     root->layout.bytes);
	}
	return 0;
}

/* Order: the empty symbol, one per section of the program, then the named. */
int gs_emit_symbols(struct gs_emit *e)
{
	const unsigned section = ELF64_ST_INFO(STB_LOCAL, STT_SECTION);
	void *tree = NULL;
	int ret;

	add_symbol(e, NULL, 0, 0, 0, 0);
	for (uint16_t i = GS_EMIT_TEXT; i <= GS_EMIT_ACT; i++)
		add_symbol(e, NULL, section, i, 0, 0);
	e->first_global = GS_EMIT_ACT + 1;
	ret = add_named(e, &tree);
	tdestroy(tree, free);
	if (ret)
		gs_error(e->diag, ret, "model file: out of memory");
	return ret;
}

/* ---- relocations ------------------------------------------------------------------- */

static int compare_words(const void *a, const void *b)
{
	uint32_t x = ((const struct gs_reloc *)a)->word;
	uint32_t y = ((const struct gs_reloc *)b)->word;

	return x < y ? -1 : x > y;
}

static uint64_t part_bytes(const struct gs_program *p, enum gs_part part)
{
	switch (part) {
	case GS_PART_CODE:
		return (uint64_t)p->num_words * 4;
	case GS_PART_PARAM:
		return p->param_bytes;
	case GS_PART_CONST:
		return p->const_bytes;
	case GS_PART_ACT:
		return p->act_bytes;
	default:
		return 0;
	}
}

static bool holds_address(uint32_t word, bool high)
{
	struct gs_insn insn;

	if (word & 0xffff || gs_isa_decode(word, GS_ENC_SYNC_INST, &insn))
		return false;
	return (insn.id == GS_INSN_SET_BASE_ADDR ||
		insn.id == GS_INSN_LD_BASE_ADDR ||
		insn.id == GS_INSN_ST_BASE_ADDR) &&
	       insn.val[0] == (high ? GS_HALF_MSB : GS_HALF_LSB);
}

static int check_reloc(struct gs_emit *e, const struct gs_reloc *rel)
{
	const struct gs_program *p = e->program;

	if (rel->word >= p->num_words ||
	    !holds_address(p->code[rel->word], rel->high))
		return gs_error(e->diag, -EINVAL,
				"model file: relocation of word %u of %u, "
				"%08x: it does not set the %s half of an "
				"address with 0 in it",
				rel->word, p->num_words,
				rel->word < p->num_words ? p->code[rel->word] :
							   0,
				rel->high ? "high" : "low");
	if (rel->part >= GS_PART_COUNT ||
	    rel->addend > part_bytes(p, rel->part))
		return gs_error(e->diag, -EINVAL,
				"model file: relocation of word %u: offset "
				"%llu in part %d of %llu bytes",
				rel->word, (unsigned long long)rel->addend,
				(int)rel->part,
				(unsigned long long)part_bytes(p, rel->part));
	return 0;
}

static int add_relocs(struct gs_emit *e, const struct gs_reloc *sorted)
{
	/* Section symbols, in the order of gs_emit_symbols(). */
	static const uint32_t symbol[GS_PART_COUNT] = {
		[GS_PART_CODE] = GS_EMIT_TEXT,
		[GS_PART_PARAM] = GS_EMIT_PARAM,
		[GS_PART_CONST] = GS_EMIT_SIMD,
		[GS_PART_ACT] = GS_EMIT_ACT,
	};

	for (uint32_t i = 0; i < e->program->num_relocs; i++) {
		const struct gs_reloc *rel = &sorted[i];
		int ret = check_reloc(e, rel);
		Elf64_Rela rela;

		if (ret)
			return ret;
		if (i && rel->word == sorted[i - 1].word)
			return gs_error(e->diag, -EINVAL,
					"model file: word %u is relocated "
					"twice",
					rel->word);
		rela.r_offset = (uint64_t)rel->word * 4;
		rela.r_info = ELF64_R_INFO((uint64_t)symbol[rel->part],
					   rel->high ? R_GENESYS_HI16 :
						       R_GENESYS_LO16);
		rela.r_addend = (int64_t)rel->addend;
		gs_blob_add(&e->blob[GS_EMIT_RELA], &rela, sizeof(rela));
	}
	return 0;
}

int gs_emit_relocs(struct gs_emit *e)
{
	const struct gs_program *p = e->program;
	struct gs_reloc *sorted = calloc(p->num_relocs + 1u, sizeof(*sorted));
	int ret;

	if (!sorted)
		return gs_error(e->diag, -ENOMEM, "model file: out of memory");
	for (uint32_t i = 0; i < p->num_relocs; i++)
		sorted[i] = p->reloc[i];
	qsort(sorted, p->num_relocs, sizeof(*sorted), compare_words);
	ret = add_relocs(e, sorted);
	free(sorted);
	return ret;
}
