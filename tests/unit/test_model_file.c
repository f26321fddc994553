/* SPDX-License-Identifier: MIT */
/*
 * Model files: writer and reader against each other, readelf as a witness,
 * and every kind of damage refused.
 */
#include <elf.h>
#include <errno.h>
#include <glob.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/emit/model_file.h"
#include "genesys/isa.h"
#include "hw-model/isa/file.h"
#include "runtime/loader/gsm.h"
#include "tests/unit/tiny_model.h"

#define FLIPS 2000

struct file {
	uint8_t *data;
	size_t size;
};

static int setup(void **state)
{
	struct file *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->data = tiny_model_file(&f->size);
	*state = f;
	return f->data ? 0 : -1;
}

static int teardown(void **state)
{
	struct file *f = *state;

	free(f->data);
	free(f);
	return 0;
}

static int read_copy(const struct file *f, size_t size, char *err)
{
	struct gs_gsm *gsm;
	int ret = gs_gsm_read(f->data, size, &gsm, err);

	if (!ret)
		gs_gsm_free(gsm);
	return ret;
}

/* ---- round trip ----------------------------------------------------------- */

static void check_tensors(const struct gs_gsm *m, const struct tiny_model *tiny)
{
	assert_int_equal(m->num_tensors, 5);
	for (uint32_t i = 0; i < 5; i++) {
		const struct gs_tensor *want = &tiny->tensor[i];
		const struct gs_elf_tensor *rec = m->tensor[i].rec;

		assert_string_equal(m->tensor[i].name, want->name);
		assert_int_equal(rec->rank, want->shape.rank);
		assert_memory_equal(rec->dim, want->shape.dim,
				    rec->rank * sizeof(int64_t));
		assert_int_equal(rec->top, want->layout.top);
		assert_int_equal(rec->right, want->layout.right);
		assert_int_equal(rec->border_value, want->layout.border_value);
		assert_int_equal(rec->zero_point, want->quant.zero_point);
		assert_true(rec->scale == TINY_SCALE);
		assert_int_equal(rec->offset, tiny->place[i].offset);
		assert_int_equal(rec->bytes, want->layout.bytes);
		assert_int_equal(rec->root, i == 4 ? 3 : i);
	}
	assert_int_equal(m->tensor[0].rec->last_layer, 0);
	assert_int_equal(m->tensor[2].rec->first_layer, 0);
	assert_int_equal(m->tensor[2].rec->last_layer, 1);
	assert_int_equal(m->tensor[4].rec->first_layer, 1);
	assert_null(m->tensor[0].channel_map);
	assert_memory_equal(m->tensor[3].channel_map, tiny->channel_map,
			    sizeof(tiny->channel_map));
}

static uint32_t low_half(const struct gs_gsm *m, uint32_t reloc)
{
	return m->code[m->reloc[reloc].word] & 0xffff;
}

static void test_round_trip(void **state)
{
	struct file *f = *state;
	char err[GS_GSM_ERR_SIZE];
	struct tiny_model tiny;
	struct gs_gsm *m;

	tiny_model_init(&tiny);
	assert_int_equal(gs_gsm_read(f->data, f->size, &m, err), 0);
	assert_int_equal(m->arch_hash, gs_arch_hash(&tiny.program.arch));
	assert_int_equal(gs_gsm_check_arch(m, gs_arch_default(), err), 0);
	check_tensors(m, &tiny);
	assert_int_equal(m->num_words, tiny.program.num_words);
	assert_int_equal(m->num_layers, 2);
	assert_string_equal(m->layer[0].note, "tile 4x4x16");
	assert_string_equal(m->layer[1].note, "");
	assert_true(m->has_macs);
	assert_true(m->layer[0].macs == TINY_MACS && m->layer[1].macs == 1);
	assert_true(m->macs == TINY_MACS + 1);
	assert_int_equal(m->segment[0].entry_words, tiny.program.entry_words);
	assert_int_equal(m->num_relocs, tiny.program.num_relocs);
	assert_int_equal(m->simd_bytes, TINY_C);
	assert_memory_equal(m->simd, tiny.k, TINY_C);
	assert_int_equal(m->act_offset, GS_ELF_ACT_ALIGN);
	/* S + A: the second block, the interior of a, the constants */
	assert_int_equal(low_half(m, 0), 4 * tiny.program.entry_words);
	assert_int_equal(low_half(m, 2), GS_ELF_ACT_ALIGN + 7 * TINY_C);
	assert_int_equal(low_half(m, 10), 0);
	assert_string_equal(gs_gsm_meta(m, "input.scale"), "1/255");
	assert_int_equal(gs_gsm_layer_at(m, 0), 0);
	assert_int_equal(gs_gsm_layer_at(m, tiny.program.entry_words), 1);
	assert_int_equal(gs_gsm_layer_at(m, m->num_words), GS_ELF_NONE);
	assert_ptr_equal(gs_gsm_tensor_at(m, 1030, 0), &m->tensor[1]);
	assert_null(gs_gsm_tensor_at(m, 1023, GS_ELF_NONE));
	gs_gsm_free(m);
}

static void test_same_bytes(void **state)
{
	struct file *f = *state;

	for (int i = 0; i < 3; i++) {
		size_t size;
		uint8_t *again = tiny_model_file(&size);

		assert_int_equal(size, f->size);
		assert_memory_equal(again, f->data, size);
		free(again);
	}
}

static void test_readelf(void **state)
{
	struct file *f = *state;
	char path[] = "/tmp/test_gsm_XXXXXX", command[128], out[4096] = "";
	int fd = mkstemp(path);
	FILE *pipe;
	size_t len;

	assert_int_equal(write(fd, f->data, f->size), f->size);
	close(fd);
	snprintf(command, sizeof(command),
		 "readelf -aW %s 2>&1 >/dev/null; readelf -sW %s", path, path);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	len = fread(out, 1, sizeof(out) - 1, pipe);
	out[len] = 0;
	assert_int_equal(pclose(pipe), 0);
	unlink(path);
	assert_null(strcasestr(out, "warning"));
	assert_null(strcasestr(out, "error"));
	assert_non_null(strstr(out, "FUNC    GLOBAL DEFAULT    1 block_add"));
	assert_non_null(strstr(out, "OBJECT  GLOBAL DEFAULT    4 block_t_0"));
}

/* ---- damage ----------------------------------------------------------------- */

static void test_truncated(void **state)
{
	struct file *f = *state;
	char err[GS_GSM_ERR_SIZE];

	for (size_t size = 0; size < f->size; size += 64) {
		err[0] = 0;
		assert_int_not_equal(read_copy(f, size, err), 0);
		assert_true(err[0] != 0);
	}
	for (size_t cut = 1; cut < 64; cut++)
		assert_int_not_equal(read_copy(f, f->size - cut, err), 0);
}

static void test_appended(void **state)
{
	struct file *f = *state;
	char err[GS_GSM_ERR_SIZE];

	f->data = realloc(f->data, f->size + 1);
	f->data[f->size] = 0;
	assert_int_equal(read_copy(f, f->size + 1, err), -EBADMSG);
}

static void test_flipped(void **state)
{
	struct file *f = *state;
	char err[GS_GSM_ERR_SIZE];
	uint32_t seed = 1;

	for (int i = 0; i < FLIPS; i++) {
		uint8_t *byte, bit;

		seed = seed * 1664525u + 1013904223u;
		bit = (uint8_t)(1u << (seed >> 29));
		byte = &f->data[(seed >> 3) % f->size];
		*byte ^= bit;
		err[0] = 0;
		assert_int_not_equal(read_copy(f, f->size, err), 0);
		assert_true(err[0] != 0);
		*byte ^= bit;
	}
	assert_int_equal(read_copy(f, f->size, err), 0);
}

/* What fuzz_gsm starts from is read; some files tell no work, as older ones. */
static void test_seeds(void **state)
{
	glob_t seeds;
	unsigned told = 0, read = 0;

	(void)state;
	assert_int_equal(glob("tests/fuzz/corpus/gsm/*", 0, NULL, &seeds), 0);
	for (size_t i = 0; i < seeds.gl_pathc; i++) {
		char err[GS_GSM_ERR_SIZE] = "", *data;
		struct gs_gsm *m;
		size_t size;

		assert_int_equal(gs_file_read(seeds.gl_pathv[i], 1 << 20, &data,
					      &size),
				 0);
		if (gs_gsm_read(data, size, &m, err))
			fail_msg("%s: %s", seeds.gl_pathv[i], err);
		told += m->has_macs;
		read++;
		gs_gsm_free(m);
		free(data);
	}
	globfree(&seeds);
	assert_true(read > 5 && told > 5 && told < read);
}

/* ---- fields with a right check sum -------------------------------------------- */

static Elf64_Shdr *section(const struct file *f, const char *name)
{
	Elf64_Ehdr *eh = (void *)f->data;
	Elf64_Shdr *sh = (void *)(f->data + eh->e_shoff);
	const char *names =
		(const char *)f->data + sh[eh->e_shstrndx].sh_offset;

	for (unsigned i = 1; i < eh->e_shnum; i++)
		if (!strcmp(names + sh[i].sh_name, name))
			return &sh[i];
	fail_msg("no section %s", name);
	return NULL;
}

static void *content(const struct file *f, const char *name)
{
	return f->data + section(f, name)->sh_offset;
}

/* One mutation: bytes at @at become @value; the file is sealed and refused. */
static void patch(struct file *f, void *at, const void *value, size_t size,
		  int want, const char *sentence)
{
	char err[GS_GSM_ERR_SIZE] = "";
	uint8_t old[16];
	int ret;

	memcpy(old, at, size);
	memcpy(at, value, size);
	gs_gsm_seal(f->data, f->size);
	ret = read_copy(f, f->size, err);
	memcpy(at, old, size);
	gs_gsm_seal(f->data, f->size);
	if (ret != want || !strstr(err, sentence))
		fail_msg("returned %d, '%s'; expected %d, '%s'", ret, err, want,
			 sentence);
}

#define PATCH(f, field, type, val, want, sentence)                         \
	do {                                                               \
		type v__ = (val);                                          \
		_Static_assert(sizeof(v__) == sizeof(field), "same size"); \
		patch(f, &(field), &v__, sizeof(v__), want, sentence);     \
	} while (0)
#define P32(field, val, sentence) \
	PATCH(f, field, uint32_t, val, -EINVAL, sentence)
#define P64(field, val, sentence) \
	PATCH(f, field, uint64_t, val, -EINVAL, sentence)
#define P8(field, val, sentence) \
	PATCH(f, field, uint8_t, val, -EINVAL, sentence)

static void test_header(void **state)
{
	struct file *f = *state;
	Elf64_Ehdr *eh = (void *)f->data;

	PATCH(f, eh->e_machine, uint16_t, EM_X86_64, -ENOEXEC, "machine 0x3e");
	PATCH(f, eh->e_flags, uint32_t, 2, -ENOEXEC, "version 2");
	PATCH(f, eh->e_type, uint16_t, ET_EXEC, -ENOEXEC, "type 2");
	PATCH(f, eh->e_ident[EI_DATA], uint8_t, ELFDATA2MSB, -ENOEXEC,
	      "not a model file");
	PATCH(f, eh->e_ident[0], uint8_t, 0, -ENOEXEC, "not a model file");
	PATCH(f, eh->e_shoff, uint64_t, UINT64_MAX - 7, -EBADMSG, "damaged");
	P32(section(f, ".text")->sh_type, SHT_NOTE, ".text: section type 7");
	P64(section(f, ".text")->sh_size, 6, "not words of code");
	P64(section(f, ".text")->sh_offset, 66, "not a multiple of 4");
	PATCH(f, section(f, ".rela.text")->sh_offset, uint64_t, UINT64_MAX - 7,
	      -EBADMSG, ".rela.text: ");
	P64(section(f, ".bss.act")->sh_size, UINT64_MAX, "window holds 2^32");
	P64(section(f, ".bss.act")->sh_size, 1ull << 32, "window holds 2^32");
	P32(section(f, ".genesys.meta")->sh_name, section(f, ".text")->sh_name,
	    "twice");
	P32(section(f, ".text")->sh_name, 1 + section(f, ".text")->sh_name,
	    "unknown section");
	P32(section(f, ".genesys.meta")->sh_name,
	    1 + section(f, ".genesys.meta")->sh_name, "section is missing");
	P64(section(f, ".genesys.meta")->sh_size, 3, "does not end with 0");
	P8(*(uint8_t *)content(f, ".genesys.meta"), 0, "a key without a value");
	P8(*(uint8_t *)content(f, ".genesys.names"), 'x',
	   "do not start and end with 0");
	P64(section(f, ".note.genesys.arch")->sh_size, 20,
	    "20 bytes are too short");
	PATCH(f, section(f, ".text")->sh_name, uint32_t, 1u << 30, -EBADMSG,
	      "name at 1073741824 is not in the section names");
	P64(section(f, ".genesys.check")->sh_size, 3, "expected 4");
}

static void test_tensors(void **state)
{
	struct file *f = *state;
	struct gs_elf_tensor *t = content(f, ".genesys.tensors");
	uint32_t *channels = content(f, ".genesys.channels");

	P32(t[0].name, 1u << 20, "name at 1048576");
	P32(t[0].name, 0, "empty name");
	P32(t[0].name, t[1].name, "name b is there twice");
	P8(t[0].type, 0, "type 0");
	P8(t[0].type, 4, "type 4");
	t[0].type = GS_ELF_I4;
	P32(t[0].border_value, 8, "border value 8");
	P32(t[0].zero_point, (uint32_t)-9, "zero point -9");
	P64(t[0].bytes, t[0].bytes / 2 - 1, "do not hold");
	t[0].type = GS_ELF_I8;
	P8(t[0].rank, 7, "rank 7");
	P8(t[0].rank, 3, "elements of its shape");
	P8(t[0].order, 2, "order 2");
	P32(t[0].input, 1, "input 1 is out of range or taken");
	P32(t[0].input, 9, "input 9 is out of range");
	P32(t[1].input, 2, "no input 1 of 2");
	P32(t[0].root, 9, "view of tensor 9");
	P32(t[0].root, 4, "view of tensor 4");
	P64(t[4].offset, t[4].offset - 64, "not in the slot of its root");
	P32(t[4].root, 0, "not in the slot of its root");
	P32(t[2].first_layer, 2, "from layer 2");
	P32(t[2].last_layer, 2, "to 2 of 2");
	P64(t[0].dim[3], 0, "elements of its shape");
	P64(t[0].dim[3], 1ull << 62, "elements of its shape");
	P64(t[0].dim[4], 1, "elements of its shape");
	P32(t[0].n, 0, "elements of its shape");
	P32(t[0].h, 5, "elements of its shape");
	P32(t[0].c_phys, 15, "hold no 16");
	P8(t[0].row_block, 4, "6 rows of 16 channels are no blocks of 4");
	P8(t[0].row_block, 3, "6 rows of 16 channels are no blocks of 3");
	P8(t[0].row_block, 255, "are no blocks of 255");
	P8(t[0].row_block, 2, "8 channels in memory hold no 16");
	P32(t[0].c_phys, UINT32_MAX, "do not hold");
	P32(t[0].top, UINT32_MAX, "do not hold");
	P32(t[0].right, 3, "do not hold");
	P32(t[0].border_value, 128, "border value 128");
	P32(t[0].zero_point, (uint32_t)-129, "zero point -129");
	PATCH(f, t[0].scale, float, 0.0f, -EINVAL, "scale 0");
	PATCH(f, t[0].scale, float, NAN, -EINVAL, "scale");
	P64(t[0].offset, UINT64_MAX, "do not hold");
	P64(t[4].offset, 4097, "do not hold");
	P64(t[0].bytes, 1ull << 40, "do not hold");
	P32(t[3].channel_count, 15, "channel map of 15");
	P32(t[3].channel_first, UINT32_MAX, "channel map");
	P32(channels[2], 16, "stands at 16 of 16");
	P64(section(f, ".genesys.tensors")->sh_size, 151, "records of 152");
	P64(section(f, ".genesys.tensors")->sh_size, 0, "no output");
}

static void test_code(void **state)
{
	struct file *f = *state;
	struct gs_elf_layer *l = content(f, ".genesys.layers");
	struct gs_elf_segment *s = content(f, ".genesys.segments");
	Elf64_Rela *r = content(f, ".rela.text");
	Elf64_Sym *sym = content(f, ".symtab");
	uint32_t *code = content(f, ".text");

	P32(l[0].note, UINT32_MAX, "layer 0: name at");
	P32(l[0].name, l[1].name, "name add_k is there twice");
	P32(l[0].first_word, UINT32_MAX, "layer block/add: words");
	P32(l[1].first_word, l[1].first_word - 1, "the layer before ends");
	P32(l[1].num_words, l[1].num_words + 1, "code has");
	P32(l[1].num_words, l[1].num_words - 1, "BLOCK_END");
	P32(l[1].num_blocks, 2, "expected 2");
	PATCH(f, s[0].kind, uint32_t, GS_ELF_SEGMENT_HOST, -ENOTSUP, "kind 1");
	P32(s[0].reserved[2], 1, "reserved word 2 is 1");
	P32(s[0].num_words, UINT32_MAX, "segment 0 has words");
	P32(s[0].num_words, 60, "does not hold its layers");
	P32(s[0].entry_words, 1, "the record says 1");
	P32(s[0].num_layers, 1, "1 of 2 layers");
	P32(s[0].num_layers, UINT32_MAX, "layers 0 + ");
	P32(s[0].first_layer, 1, "layers 1 + ");
	P64(r[0].r_offset, 1, "relocation 0: offset 1");
	P64(r[0].r_offset, 4096, "offset 4096");
	P64(r[1].r_offset, 0, "not ascending");
	P64(r[0].r_info, ELF64_R_INFO(1ull, 3), "type 3");
	P64(r[0].r_info, ELF64_R_INFO(1ull, R_GENESYS_HI16), "high half");
	P64(r[0].r_info, ELF64_R_INFO(99ull, R_GENESYS_LO16), "symbol 99");
	P64(r[0].r_info, ELF64_R_INFO(0ull, R_GENESYS_LO16), "symbol 0");
	P64(r[0].r_addend, UINT64_MAX, "plus -1");
	P64(r[0].r_addend, 1ull << 40, "outside a section");
	P64(sym[1].st_value, UINT64_MAX, "outside a section");
	P32(sym[5].st_name, 1u << 30, "symbol 5: name at");
	P32(code[r[0].r_offset / 4], code[r[0].r_offset / 4] | 1, "with 0");
	P32(section(f, ".rela.text")->sh_info, 2, ".rela.text: is not for");
	P32(section(f, ".symtab")->sh_link, 0, "names are not .strtab");
}

/* Files of before have no work: as if the section had another name. */
static void test_no_macs(void **state)
{
	struct file *f = *state;
	Elf64_Shdr *sh = section(f, ".genesys.macs");
	char err[GS_GSM_ERR_SIZE] = "";
	struct gs_gsm *m;

	sh->sh_name++;
	gs_gsm_seal(f->data, f->size);
	assert_int_equal(gs_gsm_read(f->data, f->size, &m, err), 0);
	assert_false(m->has_macs);
	assert_true(!m->macs && !m->layer[0].macs && !m->layer[1].macs);
	assert_int_equal(m->num_layers, 2);
	gs_gsm_free(m);
}

static void test_macs(void **state)
{
	struct file *f = *state;
	Elf64_Shdr *sh = section(f, ".genesys.macs");
	uint64_t *macs = content(f, ".genesys.macs");

	assert_int_equal(sh->sh_size, 2 * sizeof(*macs));
	P64(macs[0], GS_ELF_MAX_MACS,
	    "layer add_k: 1, and 4611686018427387904");
	P64(macs[0], GS_ELF_MAX_MACS + 1, "layer block/add: 46116860184273879");
	P64(macs[0], UINT64_MAX, "all together are at most 2^62");
	P64(macs[1], UINT64_MAX, "layer add_k: 18446744073709551615, and ");
	P64(sh->sh_size, 8, "1 counts for 2 layers");
	P64(sh->sh_size, 0, "0 counts for 2 layers");
	P64(sh->sh_size, 12, "12 bytes are not a number of records of 8");
	P64(sh->sh_offset, sh->sh_offset + 4, "not a multiple of 8");
	PATCH(f, sh->sh_size, uint64_t, UINT64_MAX - 7, -EBADMSG, "damaged");
	P32(sh->sh_type, SHT_NOBITS, ".genesys.macs: section type 8");
	P32(section(f, ".genesys.meta")->sh_name, sh->sh_name, "twice");
}

static void test_note(void **state)
{
	struct file *f = *state;
	uint8_t *note = content(f, ".note.genesys.arch");
	uint32_t *word = (void *)note;
	struct gs_elf_arch *arch = (void *)(note + 20);
	char *array_n = memmem(note, 600, "\"ARRAY_N\": 16", 13);

	P32(word[0], 7, "not of owner");
	P32(word[2], 1, "note of type 1");
	P32(word[1], 1u << 30, "in a section of");
	P32(arch->json_bytes, UINT32_MAX, "bytes of JSON");
	P32(arch->json_bytes, 10, ".note.genesys.arch: ");
	PATCH(f, arch->isa_version, uint32_t, 2, -ENOTSUP, "ISA version 2");
	P64(arch->hash, 1, "hash 0000000000000001");
	P32(arch->extensions, 1, "extensions 0x1");
	assert_non_null(array_n);
	patch(f, array_n, "\"ARRAY_N\": 17", 13, -EINVAL, "ARRAY_N: 17");
}

/* ---- programs the writer refuses ------------------------------------------------ */

static void keep(void *ctx, enum gs_severity severity, const char *text)
{
	(void)severity;
	snprintf(ctx, 512, "%s", text);
}

static void refuse(struct tiny_model *m, const char *sentence)
{
	char text[512] = "";
	struct gs_diag diag = { .report = keep, .ctx = text };
	uint8_t *buf;
	size_t size;
	int ret = gs_emit_model(&m->program, &buf, &size, &diag);

	if (ret != -EINVAL || !strstr(text, sentence))
		fail_msg("returned %d, '%s'; expected '%s'", ret, text,
			 sentence);
	assert_int_equal(diag.errors, 1);
	tiny_model_init(m);
}

static void test_writer(void **state)
{
	static struct tiny_model m;

	(void)state;
	tiny_model_init(&m);
	m.layer[1].num_words--;
	refuse(&m, "BLOCK_END");
	m.layer[1].first_word++;
	refuse(&m, "layer add_k: words");
	m.program.num_layers = 1;
	refuse(&m, "layers end at word");
	m.program.entry_words--;
	refuse(&m, "first block of");
	m.code[m.reloc[3].word] |= 4;
	refuse(&m, "relocation of word");
	m.reloc[3].high = !m.reloc[3].high;
	refuse(&m, "half of an address");
	m.reloc[3].addend = 1 << 20;
	refuse(&m, "offset 1048576");
	m.reloc[3].word = m.reloc[1].word;
	refuse(&m, "relocated twice");
	m.program.num_places = 3;
	refuse(&m, "output y has no place");
	m.tensor[2].quant.type = GS_DT_I32;
	refuse(&m, "tensor block/t:0 is of type");
	m.place[2].offset = 1 << 20;
	refuse(&m, "tensor block/t:0: 256 bytes at 1048576");
	m.layer[0].macs = GS_ELF_MAX_MACS;
	refuse(&m, "layer add_k: the sum of all multiply-accumulates passes");
	m.tensor[1].layout.valid = false;
	refuse(&m, "tensor b has no layout");
}

/* Names that become equal as symbols stay apart; meta keys are kept once. */
static void test_names(void **state)
{
	char text[512] = "", err[GS_GSM_ERR_SIZE];
	struct gs_diag diag = { .report = keep, .ctx = text };
	struct tiny_model m;
	struct gs_gsm *gsm;
	uint8_t *buf;
	size_t size;

	(void)state;
	tiny_model_init(&m);
	m.tensor[2].name = "block/add"; /* as the layer */
	m.tensor[4].name = "block:add";
	m.meta[1].key = "labels";
	assert_int_equal(gs_emit_model(&m.program, &buf, &size, &diag), 0);
	assert_non_null(strstr(text, "labels"));
	assert_non_null(memmem(buf, size, "block_add\0", 10));
	assert_non_null(memmem(buf, size, "block_add.1\0", 12));
	assert_non_null(memmem(buf, size, "block_add.2\0", 12));
	assert_int_equal(gs_gsm_read(buf, size, &gsm, err), 0);
	assert_string_equal(gsm->tensor[4].name, "block:add");
	assert_string_equal(gs_gsm_meta(gsm, "labels"), "zero,one,two");
	assert_int_equal(gsm->num_meta, 1);
	gs_gsm_free(gsm);
	free(buf);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_round_trip),
		T(test_same_bytes),
		T(test_readelf),
		T(test_truncated),
		T(test_appended),
		T(test_flipped),
		cmocka_unit_test(test_seeds),
		T(test_header),
		T(test_tensors),
		T(test_code),
		T(test_no_macs),
		T(test_macs),
		T(test_note),
		cmocka_unit_test(test_writer),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
