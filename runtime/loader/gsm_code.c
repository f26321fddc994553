/* SPDX-License-Identifier: MIT */
/*
 * Layers, segments and relocations: all that names words of code.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "genesys/isa.h"
#include "runtime/loader/gsm_internal.h"

/* Opcode 11 is BLOCK_END in every encoding (docs/isa.md section 4). */
static bool is_block_end(uint32_t word)
{
	struct gs_insn insn;

	return !gs_isa_decode(word, GS_ENC_SYNC_INST, &insn) &&
	       insn.id == GS_INSN_BLOCK_END;
}

/* Whether [first, first + num) lies in the code and is not empty. */
static bool in_code(const struct gs_gsm *m, uint32_t first, uint32_t num)
{
	return num && first < m->num_words && num <= m->num_words - first;
}

/* ---- layers ------------------------------------------------------------------------ */

static int check_layer(struct gs_gsm_reader *r, uint32_t i)
{
	const struct gs_gsm *m = r->gsm;
	const struct gs_gsm_layer *l = &m->layer[i];
	const struct gs_elf_layer *rec = l->rec;
	uint32_t ends = 0, free_word = 0;

	if (i)
		free_word = rec[-1].first_word + rec[-1].num_words;
	if (!in_code(m, rec->first_word, rec->num_words) ||
	    rec->first_word < free_word)
		return gs_gsm_fail(r, -EINVAL,
				   "%s: layer %.100s: words %u + %u; code has "
				   "%u words, the layer before ends at %u",
				   GS_ELF_LAYERS, l->name, rec->first_word,
				   rec->num_words, m->num_words, free_word);
	for (uint32_t w = 0; w < rec->num_words; w++)
		ends += is_block_end(m->code[rec->first_word + w]);
	if (ends != rec->num_blocks ||
	    !is_block_end(m->code[rec->first_word + rec->num_words - 1]))
		return gs_gsm_fail(r, -EINVAL,
				   "%s: layer %.100s: %u words BLOCK_END in %u "
				   "words; expected %u, the last one too",
				   GS_ELF_LAYERS, l->name, ends, rec->num_words,
				   rec->num_blocks);
	return 0;
}

static int check_layer_names(struct gs_gsm_reader *r)
{
	const struct gs_gsm *m = r->gsm;
	const char **name = calloc(m->num_layers + 1u, sizeof(*name));
	int ret;

	if (!name)
		return gs_gsm_fail(r, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < m->num_layers; i++)
		name[i] = m->layer[i].name;
	ret = gs_gsm_unique(r, GS_SEC_LAYERS, name, m->num_layers);
	free(name);
	return ret;
}

static int read_macs(struct gs_gsm_reader *r)
{
	const uint64_t *macs = (const void *)r->sec[GS_SEC_MACS].data;
	struct gs_gsm *m = r->gsm;
	uint32_t num;
	int ret;

	if (!r->sec[GS_SEC_MACS].index)
		return 0;
	ret = gs_gsm_count(r, GS_SEC_MACS, sizeof(*macs), &num);
	if (!ret && num != m->num_layers)
		ret = gs_gsm_fail(r, -EINVAL, "%s: %u counts for %u layers",
				  GS_ELF_MACS, num, m->num_layers);
	for (uint32_t i = 0; i < m->num_layers && !ret; i++) {
		if (macs[i] > GS_ELF_MAX_MACS - m->macs)
			return gs_gsm_fail(r, -EINVAL,
					   "%s: layer %.100s: %llu, and %llu "
					   "before; all together are at most "
					   "2^62",
					   GS_ELF_MACS, m->layer[i].name,
					   (unsigned long long)macs[i],
					   (unsigned long long)m->macs);
		m->layer[i].macs = macs[i];
		m->macs += macs[i];
	}
	m->has_macs = !ret;
	return ret;
}

int gs_gsm_read_layers(struct gs_gsm_reader *r)
{
	const struct gs_elf_layer *rec =
		(const void *)r->sec[GS_SEC_LAYERS].data;
	struct gs_gsm *m = r->gsm;
	int ret = gs_gsm_count(r, GS_SEC_LAYERS, sizeof(*rec), &m->num_layers);

	if (ret)
		return ret;
	m->layer = calloc(m->num_layers + 1u, sizeof(*m->layer));
	if (!m->layer)
		return gs_gsm_fail(r, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < m->num_layers && !ret; i++) {
		struct gs_gsm_layer *l = &m->layer[i];

		l->rec = &rec[i];
		l->name = gs_gsm_name(r, rec[i].name, "layer", i);
		l->op = gs_gsm_name(r, rec[i].op, "layer", i);
		l->note = gs_gsm_name(r, rec[i].note, "layer", i);
		if (!l->name || !l->op || !l->note)
			return -EINVAL;
		ret = check_layer(r, i);
	}
	if (!ret)
		ret = check_layer_names(r);
	return ret ? ret : read_macs(r);
}

uint32_t gs_gsm_layer_at(const struct gs_gsm *gsm, uint32_t word)
{
	uint32_t low = 0, high = gsm->num_layers;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const struct gs_elf_layer *rec = gsm->layer[mid].rec;

		if (word < rec->first_word)
			high = mid;
		else if (word - rec->first_word >= rec->num_words)
			low = mid + 1;
		else
			return mid;
	}
	return GS_ELF_NONE;
}

uint32_t gs_gsm_block_words(const struct gs_gsm *gsm, uint32_t word)
{
	uint32_t end = word;

	while (end < gsm->num_words && !is_block_end(gsm->code[end]))
		end++;
	return end < gsm->num_words ? end - word + 1 : 0;
}

/* ---- segments ------------------------------------------------------------------------ */

/* The layers of a segment follow those of the one before and lie in its words. */
static int check_segment_layers(struct gs_gsm_reader *r, uint32_t i,
				uint32_t next_layer)
{
	const struct gs_gsm *m = r->gsm;
	const struct gs_elf_segment *seg = &m->segment[i];
	const struct gs_elf_layer *first, *last;

	if (seg->first_layer != next_layer || !seg->num_layers ||
	    seg->num_layers > m->num_layers - next_layer)
		return gs_gsm_fail(
			r, -EINVAL,
			"%s: segment %u has layers %u + %u; expected "
			"to start at %u of %u",
			GS_ELF_SEGMENTS, i, seg->first_layer, seg->num_layers,
			next_layer, m->num_layers);
	first = m->layer[seg->first_layer].rec;
	last = m->layer[seg->first_layer + seg->num_layers - 1].rec;
	if (first->first_word != seg->first_word ||
	    last->first_word + last->num_words >
		    seg->first_word + seg->num_words)
		return gs_gsm_fail(r, -EINVAL,
				   "%s: segment %u, words %u + %u, does not "
				   "hold its layers, words %u to %u",
				   GS_ELF_SEGMENTS, i, seg->first_word,
				   seg->num_words, first->first_word,
				   last->first_word + last->num_words);
	return 0;
}

static int check_segment(struct gs_gsm_reader *r, uint32_t i, uint32_t next)
{
	const struct gs_gsm *m = r->gsm;
	const struct gs_elf_segment *seg = &m->segment[i];
	uint32_t entry;

	if (seg->kind != GS_ELF_SEGMENT_DEVICE)
		return gs_gsm_fail(r, -ENOTSUP,
				   "%s: segment %u is of kind %u; this library "
				   "runs kind %d (device)",
				   GS_ELF_SEGMENTS, i, seg->kind,
				   GS_ELF_SEGMENT_DEVICE);
	for (unsigned k = 0; k < 4; k++)
		if (seg->reserved[k])
			return gs_gsm_fail(r, -EINVAL,
					   "%s: segment %u: reserved word %u "
					   "is %u; expected 0",
					   GS_ELF_SEGMENTS, i, k,
					   seg->reserved[k]);
	if (!in_code(m, seg->first_word, seg->num_words))
		return gs_gsm_fail(r, -EINVAL,
				   "%s: segment %u has words %u + %u of %u",
				   GS_ELF_SEGMENTS, i, seg->first_word,
				   seg->num_words, m->num_words);
	entry = gs_gsm_block_words(m, seg->first_word);
	if (!entry || entry != seg->entry_words)
		return gs_gsm_fail(r, -EINVAL,
				   "%s: segment %u: its first block has %u "
				   "words; the record says %u",
				   GS_ELF_SEGMENTS, i, entry, seg->entry_words);
	return check_segment_layers(r, i, next);
}

int gs_gsm_read_segments(struct gs_gsm_reader *r)
{
	struct gs_gsm *m = r->gsm;
	uint32_t next = 0;
	int ret;

	m->segment = (const void *)r->sec[GS_SEC_SEGMENTS].data;
	ret = gs_gsm_count(r, GS_SEC_SEGMENTS, sizeof(*m->segment),
			   &m->num_segments);
	for (uint32_t i = 0; i < m->num_segments && !ret; i++) {
		ret = check_segment(r, i, next);
		next += ret ? 0 : m->segment[i].num_layers;
	}
	if (!ret && (!m->num_segments || next != m->num_layers))
		ret = gs_gsm_fail(r, -EINVAL,
				  "%s: %u segments run %u of %u layers",
				  GS_ELF_SEGMENTS, m->num_segments, next,
				  m->num_layers);
	return ret;
}

/* ---- relocations ------------------------------------------------------------------------ */

struct symbols {
	const Elf64_Sym *sym;
	uint32_t count;
};

static int read_symbols(struct gs_gsm_reader *r, struct symbols *s)
{
	const struct gs_gsm_sec *names = &r->sec[GS_SEC_STRTAB];
	int ret = gs_gsm_count(r, GS_SEC_SYMTAB, sizeof(*s->sym), &s->count);

	if (ret)
		return ret;
	s->sym = (const void *)r->sec[GS_SEC_SYMTAB].data;
	if (r->sec[GS_SEC_SYMTAB].link != names->index || !names->size ||
	    names->data[names->size - 1])
		return gs_gsm_fail(r, -EINVAL,
				   "%s: its names are not %s, or do not end "
				   "with 0",
				   GS_ELF_SYMTAB, GS_ELF_STRTAB);
	for (uint32_t i = 0; i < s->count; i++)
		if (s->sym[i].st_name >= names->size)
			return gs_gsm_fail(r, -EINVAL,
					   "%s: symbol %u: name at %u of %llu",
					   GS_ELF_SYMTAB, i, s->sym[i].st_name,
					   (unsigned long long)names->size);
	return 0;
}

static int find_part(const struct gs_gsm_reader *r, uint32_t section)
{
	static const enum gs_gsm_section id[GS_GSM_PART_COUNT] = {
		[GS_GSM_TEXT] = GS_SEC_TEXT,
		[GS_GSM_PARAM] = GS_SEC_PARAM,
		[GS_GSM_SIMD] = GS_SEC_SIMD,
		[GS_GSM_ACT] = GS_SEC_ACT,
	};

	for (int i = 0; i < GS_GSM_PART_COUNT; i++)
		if (r->sec[id[i]].index == section)
			return i;
	return -1;
}

static uint64_t part_bytes(const struct gs_gsm *m, int part)
{
	switch (part) {
	case GS_GSM_TEXT:
		return (uint64_t)m->num_words * 4;
	case GS_GSM_PARAM:
		return m->param_bytes;
	case GS_GSM_SIMD:
		return m->simd_bytes;
	default:
		return m->act_bytes;
	}
}

/* The word sets one half of an address; @high says which. */
static bool holds_address(uint32_t word, bool high)
{
	struct gs_insn insn;

	if (gs_isa_decode(word, GS_ENC_SYNC_INST, &insn))
		return false;
	return (insn.id == GS_INSN_SET_BASE_ADDR ||
		insn.id == GS_INSN_LD_BASE_ADDR ||
		insn.id == GS_INSN_ST_BASE_ADDR) &&
	       insn.val[0] == (high ? GS_HALF_MSB : GS_HALF_LSB);
}

static int check_reloc_target(struct gs_gsm_reader *r, uint32_t i,
			      const Elf64_Rela *rela, const struct symbols *s,
			      struct gs_gsm_reloc *out)
{
	const uint32_t sym = (uint32_t)ELF64_R_SYM(rela->r_info);
	uint64_t bytes;
	int part = -1;

	if (sym < s->count)
		part = find_part(r, s->sym[sym].st_shndx);
	if (part < 0)
		return gs_gsm_fail(r, -EINVAL,
				   "%s: relocation %u: symbol %u of %u is not "
				   "of the program",
				   GS_ELF_RELA, i, sym, s->count);
	bytes = part_bytes(r->gsm, part);
	out->part = (uint8_t)part;
	out->offset = s->sym[sym].st_value + (uint64_t)rela->r_addend;
	if (s->sym[sym].st_value > bytes || rela->r_addend < 0 ||
	    (uint64_t)rela->r_addend > bytes - s->sym[sym].st_value)
		return gs_gsm_fail(r, -EINVAL,
				   "%s: relocation %u: symbol value %llu plus "
				   "%lld is outside a section of %llu bytes",
				   GS_ELF_RELA, i,
				   (unsigned long long)s->sym[sym].st_value,
				   (long long)rela->r_addend,
				   (unsigned long long)bytes);
	return 0;
}

static int check_reloc(struct gs_gsm_reader *r, uint32_t i,
		       const Elf64_Rela *rela, const struct symbols *s)
{
	const uint32_t type = (uint32_t)ELF64_R_TYPE(rela->r_info);
	const struct gs_gsm *m = r->gsm;
	struct gs_gsm_reloc *out = &m->reloc[i];
	uint64_t word = rela->r_offset / 4;

	if (rela->r_offset % 4 || word >= m->num_words ||
	    (i && word <= m->reloc[i - 1].word))
		return gs_gsm_fail(r, -EINVAL,
				   "%s: relocation %u: offset %llu is outside "
				   "%s of %u words or not ascending",
				   GS_ELF_RELA, i,
				   (unsigned long long)rela->r_offset,
				   GS_ELF_TEXT, m->num_words);
	if (type != R_GENESYS_LO16 && type != R_GENESYS_HI16)
		return gs_gsm_fail(r, -EINVAL,
				   "%s: relocation %u is of type %u; expected "
				   "%d or %d",
				   GS_ELF_RELA, i, type, R_GENESYS_LO16,
				   R_GENESYS_HI16);
	out->word = (uint32_t)word;
	out->high = type == R_GENESYS_HI16;
	if (m->code[word] & 0xffff || !holds_address(m->code[word], out->high))
		return gs_gsm_fail(r, -EINVAL,
				   "%s: relocation %u: word %u, %08x, does not "
				   "set the %s half of an address with 0",
				   GS_ELF_RELA, i, out->word, m->code[word],
				   out->high ? "high" : "low");
	return check_reloc_target(r, i, rela, s, out);
}

/* Window offsets of the parts, see model_file.h. */
static void apply(struct gs_gsm *m)
{
	for (uint32_t i = 0; i < m->num_relocs; i++) {
		const struct gs_gsm_reloc *rel = &m->reloc[i];
		uint64_t at = rel->offset;

		if (rel->part == GS_GSM_ACT)
			at += m->act_offset;
		m->code[rel->word] |= (uint32_t)(rel->high ? at >> 16 : at) &
				      0xffff;
	}
}

int gs_gsm_read_relocs(struct gs_gsm_reader *r)
{
	const Elf64_Rela *rela = (const void *)r->sec[GS_SEC_RELA].data;
	struct gs_gsm *m = r->gsm;
	struct symbols s;
	int ret = read_symbols(r, &s);

	if (!ret)
		ret = gs_gsm_count(r, GS_SEC_RELA, sizeof(*rela),
				   &m->num_relocs);
	if (!ret && (r->sec[GS_SEC_RELA].link != r->sec[GS_SEC_SYMTAB].index ||
		     r->sec[GS_SEC_RELA].info != r->sec[GS_SEC_TEXT].index))
		ret = gs_gsm_fail(r, -EINVAL, "%s: is not for %s and %s",
				  GS_ELF_RELA, GS_ELF_TEXT, GS_ELF_SYMTAB);
	if (ret)
		return ret;
	m->reloc = calloc(m->num_relocs + 1u, sizeof(*m->reloc));
	if (!m->reloc)
		return gs_gsm_fail(r, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < m->num_relocs && !ret; i++)
		ret = check_reloc(r, i, &rela[i], &s);
	if (!ret)
		apply(m);
	return ret;
}
