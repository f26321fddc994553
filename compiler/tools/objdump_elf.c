/* SPDX-License-Identifier: MIT */
/*
 * gs-objdump on model files: code with the names of layers and tensors, and
 * the tables.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/tools/objdump.h"
#include "hw-model/isa/file.h"
#include "runtime/loader/gsm.h"

#define MAX_MODEL_BYTES (SIZE_MAX / 4)

/* ---- header --------------------------------------------------------------- */

static void print_header(const struct gs_gsm *m)
{
	char json[GS_ARCH_JSON_SIZE];

	gs_arch_format(&m->arch, json, sizeof(json));
	printf("model file version %d, %zu bytes\n", GS_ELF_VERSION,
	       m->image_bytes);
	printf("machine      %s, hash %016llx, ISA version %u, extensions "
	       "0x%x\n",
	       m->arch.name, (unsigned long long)m->arch_hash,
	       m->arch.isa_version, m->arch.extensions);
	printf("             %s\n", json);
	printf("code         %u words, %u layers, %u segments, %u "
	       "relocations\n",
	       m->num_words, m->num_layers, m->num_segments, m->num_relocs);
	printf("weights      %llu bytes\n", (unsigned long long)m->param_bytes);
	printf("constants    %llu bytes\n", (unsigned long long)m->simd_bytes);
	printf("activations  %llu bytes, %u tensors, %u inputs, %u outputs\n",
	       (unsigned long long)m->act_bytes, m->num_tensors, m->num_inputs,
	       m->num_outputs);
	if (m->has_macs)
		printf("work         %llu multiply-accumulates\n",
		       (unsigned long long)m->macs);
	for (uint32_t i = 0; i < m->num_meta; i++)
		printf("meta         %s = %s\n", m->meta[i].key,
		       m->meta[i].value);
}

/* ---- tables --------------------------------------------------------------- */

static void print_layers(const struct gs_gsm *m)
{
	printf("%6s %6s %6s %12s  %-16s %s\n", "word", "words", "blocks",
	       "macs", "op", "layer");
	for (uint32_t i = 0; i < m->num_layers; i++) {
		const struct gs_gsm_layer *l = &m->layer[i];

		printf("%6u %6u %6u ", l->rec->first_word, l->rec->num_words,
		       l->rec->num_blocks);
		if (m->has_macs)
			printf("%12" PRIu64, l->macs);
		else
			printf("%12s", "-");
		printf("  %-16s %s%s%s\n", l->op, l->name,
		       l->note[0] ? "  # " : "", l->note);
	}
}

static void print_shape(const struct gs_elf_tensor *rec)
{
	char text[128] = "";
	size_t len = 0;

	for (unsigned i = 0; i < rec->rank; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%s%lld", i ? "x" : "",
					(long long)rec->dim[i]);
	printf(" %-16s", text);
}

static void print_role(const struct gs_gsm *m, const struct gs_elf_tensor *rec,
		       uint32_t i)
{
	if (rec->input != GS_ELF_NONE)
		printf(", input %u", rec->input);
	if (rec->output != GS_ELF_NONE)
		printf(", output %u", rec->output);
	if (rec->root != i)
		printf(", view of %s", m->tensor[rec->root].name);
	if (rec->channel_count)
		printf(", channel map");
	if (rec->type != GS_ELF_I8)
		printf(rec->type == GS_ELF_I4 ? ", 4 bits" :
						", 4 bits in bytes");
	if (rec->first_layer != GS_ELF_NONE)
		printf(", by %s", m->layer[rec->first_layer].name);
	putchar('\n');
}

static void print_tensors(const struct gs_gsm *m)
{
	printf("%10s %9s %-16s %-22s %12s %5s  %s\n", "offset", "bytes",
	       "shape", "rows x columns x ch", "scale", "zero", "tensor");
	for (uint32_t i = 0; i < m->num_tensors; i++) {
		const struct gs_elf_tensor *rec = m->tensor[i].rec;
		char memory[64];

		snprintf(memory, sizeof(memory), "%u+%u+%u x %u+%u+%u x %u",
			 rec->top, rec->h, rec->bottom, rec->left, rec->w,
			 rec->right, rec->c_phys);
		if (rec->row_block > 1)
			snprintf(memory + strlen(memory),
				 sizeof(memory) - strlen(memory), " / %u",
				 rec->row_block);
		printf("0x%08llx %9llu", (unsigned long long)rec->offset,
		       (unsigned long long)rec->bytes);
		print_shape(rec);
		printf(" %-22s %12g %5d  %s", memory, (double)rec->scale,
		       rec->zero_point, m->tensor[i].name);
		print_role(m, rec, i);
	}
}

/* ---- code ------------------------------------------------------------------- */

static void print_target(const struct gs_gsm *m, const struct gs_gsm_reloc *rel,
			 uint32_t layer)
{
	const char *half = rel->high ? "high" : "low";
	const struct gs_gsm_tensor *t;
	unsigned long long offset = rel->offset;
	uint32_t to;

	switch (rel->part) {
	case GS_GSM_TEXT:
		to = gs_gsm_layer_at(m, (uint32_t)(rel->offset / 4));
		printf("  # %s of word %llu, layer %s", half, offset / 4,
		       to == GS_ELF_NONE ? "none" : m->layer[to].name);
		return;
	case GS_GSM_PARAM:
		printf("  # %s of weights+0x%llx", half, offset);
		return;
	case GS_GSM_SIMD:
		printf("  # %s of constants+0x%llx", half, offset);
		return;
	default:
		break;
	}
	t = gs_gsm_tensor_at(m, rel->offset, layer);
	if (t)
		printf("  # %s of %s+0x%llx", half, t->name,
		       offset - t->rec->offset);
	else
		printf("  # %s of activations+0x%llx", half, offset);
}

static void print_label(const struct gs_gsm *m, uint32_t layer)
{
	const struct gs_gsm_layer *l = &m->layer[layer];

	printf("\n# %s: %s, %u words, %u block%s%s%s\n", l->name, l->op,
	       l->rec->num_words, l->rec->num_blocks,
	       l->rec->num_blocks == 1 ? "" : "s", l->note[0] ? ", " : "",
	       l->note);
}

static void disassemble(const struct gs_gsm *m,
			const struct gs_objdump_opts *opts)
{
	uint32_t layer = GS_ELF_NONE, rel = 0;
	char text[80];

	for (uint32_t w = 0; w < m->num_words; w++) {
		uint32_t now = gs_gsm_layer_at(m, w);

		if (now != layer && now != GS_ELF_NONE)
			print_label(m, now);
		layer = now;
		gs_disasm_word(m->code[w], opts->encoding, text, sizeof(text));
		if (opts->addresses)
			printf("%6u:  %08x  ", w, m->code[w]);
		printf("%s", text);
		if (rel < m->num_relocs && m->reloc[rel].word == w)
			print_target(m, &m->reloc[rel++], layer);
		putchar('\n');
	}
}

int gs_objdump_elf(const char *path, const struct gs_objdump_opts *opts)
{
	char err[GS_GSM_ERR_SIZE];
	struct gs_gsm *m;
	char *data;
	size_t len;
	int ret = gs_file_read(path, MAX_MODEL_BYTES, &data, &len);

	if (ret) {
		fprintf(stderr, "gs-objdump: %s: %s\n", path, strerror(-ret));
		return ret;
	}
	ret = gs_gsm_read(data, len, &m, err);
	free(data);
	if (ret) {
		fprintf(stderr, "gs-objdump: %s: %s\n", path, err);
		return ret;
	}
	if (opts->header)
		print_header(m);
	if (opts->layers)
		print_layers(m);
	if (opts->tensors)
		print_tensors(m);
	if (opts->disassemble)
		disassemble(m, opts);
	gs_gsm_free(m);
	return 0;
}
