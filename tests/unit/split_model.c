/* SPDX-License-Identifier: MIT */
#include "tests/unit/split_model.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "genesys/isa.h"
#include "genesys/model_file.h"
#include "runtime/loader/gsm.h"

static Elf64_Shdr *section(uint8_t *file, const char *name)
{
	const Elf64_Ehdr *ehdr = (const void *)file;
	Elf64_Shdr *shdr = (void *)(file + ehdr->e_shoff);
	const char *names =
		(const char *)file + shdr[ehdr->e_shstrndx].sh_offset;

	for (unsigned i = 0; i < ehdr->e_shnum; i++)
		if (!strcmp(names + shdr[i].sh_name, name))
			return &shdr[i];
	return NULL;
}

void *split_model_section(uint8_t *file, const char *name)
{
	const Elf64_Shdr *shdr = section(file, name);

	return shdr ? file + shdr->sh_offset : NULL;
}

static uint32_t block_words(const uint32_t *code)
{
	struct gs_insn insn;
	uint32_t num = 1;

	while (!gs_isa_decode(*code++, GS_ENC_SYNC_INST, &insn) &&
	       insn.id != GS_INSN_BLOCK_END)
		num++;
	return num;
}

static void cut(uint8_t *file, struct gs_elf_segment *seg, uint32_t num)
{
	const struct gs_elf_layer *layer =
		split_model_section(file, GS_ELF_LAYERS);
	uint32_t *code = split_model_section(file, GS_ELF_TEXT);

	for (uint32_t i = 0; i < num; i++) {
		const struct gs_elf_layer *l = &layer[i];

		seg[i] = (struct gs_elf_segment){
			.kind = GS_ELF_SEGMENT_DEVICE,
			.first_word = l->first_word,
			.num_words = l->num_words,
			.entry_words = block_words(code + l->first_word),
			.first_layer = i,
			.num_layers = 1,
		};
		/* BLOCK_END 1 */
		code[l->first_word + l->num_words - 1] |= 1;
	}
}

uint8_t *split_model(const uint8_t *file, size_t *size)
{
	const size_t end = (*size + 63) / 64 * 64;
	uint8_t *copy = calloc(1, end);
	Elf64_Shdr *segments;
	uint32_t num;
	uint8_t *grown;

	if (!copy)
		return NULL;
	memcpy(copy, file, *size);
	num = (uint32_t)(section(copy, GS_ELF_LAYERS)->sh_size /
			 sizeof(struct gs_elf_layer));
	grown = realloc(copy, end + num * sizeof(struct gs_elf_segment));
	if (!grown) {
		free(copy);
		return NULL;
	}
	cut(grown, (void *)(grown + end), num);
	segments = section(grown, GS_ELF_SEGMENTS);
	segments->sh_offset = end;
	segments->sh_size = num * sizeof(struct gs_elf_segment);
	*size = end + segments->sh_size;
	if (!gs_gsm_seal(grown, *size))
		return grown;
	free(grown);
	return NULL;
}
