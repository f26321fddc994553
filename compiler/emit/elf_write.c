/* SPDX-License-Identifier: MIT */
/*
 * The ELF file around the sections, written by libelf into memory.
 */
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "compiler/emit/emit_internal.h"

struct section {
	const char *name;
	uint32_t type;
	uint64_t flags, align, entry;
	uint32_t link, info;
};

static const struct section sections[GS_EMIT_COUNT] = {
	[GS_EMIT_TEXT] = { GS_ELF_TEXT, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR,
			   GS_ELF_ALIGN, 0, 0, 0 },
	[GS_EMIT_PARAM] = { GS_ELF_PARAM, SHT_PROGBITS, SHF_ALLOC, GS_ELF_ALIGN,
			    0, 0, 0 },
	[GS_EMIT_SIMD] = { GS_ELF_SIMD, SHT_PROGBITS, SHF_ALLOC, GS_ELF_ALIGN,
			   0, 0, 0 },
	[GS_EMIT_ACT] = { GS_ELF_ACT, SHT_NOBITS, SHF_ALLOC | SHF_WRITE,
			  GS_ELF_ACT_ALIGN, 0, 0, 0 },
	[GS_EMIT_RELA] = { GS_ELF_RELA, SHT_RELA, SHF_INFO_LINK, 8,
			   sizeof(Elf64_Rela), GS_EMIT_SYMTAB, GS_EMIT_TEXT },
	[GS_EMIT_SYMTAB] = { GS_ELF_SYMTAB, SHT_SYMTAB, 0, 8, sizeof(Elf64_Sym),
			     GS_EMIT_STRTAB, 0 },
	[GS_EMIT_STRTAB] = { GS_ELF_STRTAB, SHT_STRTAB, 0, 1, 0, 0, 0 },
	[GS_EMIT_TENSORS] = { GS_ELF_TENSORS, SHT_PROGBITS, 0, 8,
			      sizeof(struct gs_elf_tensor), GS_EMIT_NAMES, 0 },
	[GS_EMIT_CHANNELS] = { GS_ELF_CHANNELS, SHT_PROGBITS, 0, 8,
			       sizeof(uint32_t), 0, 0 },
	[GS_EMIT_LAYERS] = { GS_ELF_LAYERS, SHT_PROGBITS, 0, 8,
			     sizeof(struct gs_elf_layer), GS_EMIT_NAMES, 0 },
	[GS_EMIT_SEGMENTS] = { GS_ELF_SEGMENTS, SHT_PROGBITS, 0, 8,
			       sizeof(struct gs_elf_segment), 0, 0 },
	[GS_EMIT_NAMES] = { GS_ELF_NAMES, SHT_STRTAB, 0, 1, 0, 0, 0 },
	[GS_EMIT_ARCH] = { GS_ELF_ARCH, SHT_NOTE, 0, 4, 0, 0, 0 },
	[GS_EMIT_META] = { GS_ELF_META, SHT_PROGBITS, 0, 1, 0, 0, 0 },
	[GS_EMIT_MACS] = { GS_ELF_MACS, SHT_PROGBITS, 0, 8, sizeof(uint64_t), 0,
			   0 },
	[GS_EMIT_CHECK] = { GS_ELF_CHECK, SHT_PROGBITS, 0, 4, 0, 0, 0 },
	[GS_EMIT_SHSTRTAB] = { GS_ELF_SHSTRTAB, SHT_STRTAB, 0, 1, 0, 0, 0 },
};

static int elf_error(struct gs_emit *e, const char *what)
{
	return gs_error(e->diag, -EIO, "model file: %s: %s", what,
			elf_errmsg(-1));
}

static int add_section(struct gs_emit *e, Elf *elf, int id, uint32_t name)
{
	const struct section *s = &sections[id];
	Elf_Scn *scn = elf_newscn(elf);
	GElf_Shdr sh;
	Elf_Data *data;

	if (!scn || elf_ndxscn(scn) != (size_t)id || !gelf_getshdr(scn, &sh))
		return elf_error(e, s->name);
	data = elf_newdata(scn);
	if (!data)
		return elf_error(e, s->name);
	data->d_align = s->align;
	data->d_type = ELF_T_BYTE;
	data->d_buf = e->blob[id].data;
	data->d_size = e->blob[id].size;
	if (s->type == SHT_NOBITS)
		data->d_size = (size_t)e->program->act_bytes;
	sh.sh_name = name;
	sh.sh_type = s->type;
	sh.sh_flags = s->flags;
	sh.sh_addralign = s->align;
	sh.sh_entsize = s->entry;
	sh.sh_link = s->link;
	sh.sh_info = id == GS_EMIT_SYMTAB ? e->first_global : s->info;
	if (!gelf_update_shdr(scn, &sh))
		return elf_error(e, s->name);
	return 0;
}

static int build(struct gs_emit *e, Elf *elf)
{
	struct gs_blob *names = &e->blob[GS_EMIT_SHSTRTAB];
	uint32_t name[GS_EMIT_COUNT] = { 0 };
	GElf_Ehdr eh;

	for (int i = GS_EMIT_TEXT; i < GS_EMIT_COUNT; i++)
		name[i] = gs_blob_string(names, sections[i].name);
	if (names->failed)
		return gs_error(e->diag, -ENOMEM, "model file: out of memory");
	if (!gelf_newehdr(elf, ELFCLASS64) || !gelf_getehdr(elf, &eh))
		return elf_error(e, "header");
	eh.e_ident[EI_DATA] = ELFDATA2LSB;
	eh.e_type = ET_REL;
	eh.e_machine = GS_ELF_MACHINE;
	eh.e_version = EV_CURRENT;
	eh.e_flags = GS_ELF_VERSION;
	eh.e_shstrndx = GS_EMIT_SHSTRTAB;
	if (!gelf_update_ehdr(elf, &eh))
		return elf_error(e, "header");
	for (int i = GS_EMIT_TEXT; i < GS_EMIT_COUNT; i++) {
		int ret = add_section(e, elf, i, name[i]);

		if (ret)
			return ret;
	}
	return 0;
}

/* ---- bytes ----------------------------------------------------------------------- */

static int read_back(struct gs_emit *e, int fd, uint8_t **buf, size_t *size)
{
	struct stat st;
	size_t at = 0;
	uint8_t *data;

	if (fstat(fd, &st))
		return gs_error(e->diag, -errno, "model file: %s",
				strerror(errno));
	data = malloc((size_t)st.st_size);
	if (!data)
		return gs_error(e->diag, -ENOMEM, "model file: out of memory");
	while (at < (size_t)st.st_size) {
		ssize_t n = pread(fd, data + at, (size_t)st.st_size - at,
				  (off_t)at);

		if (n <= 0 && !(n < 0 && errno == EINTR)) {
			free(data);
			return gs_error(e->diag, -EIO,
					"model file: cannot read back");
		}
		at += n > 0 ? (size_t)n : 0;
	}
	*buf = data;
	*size = at;
	return 0;
}

/* The check bytes are still 0, as the sum over the file wants them. */
static void seal(uint8_t *buf, size_t size, size_t check)
{
	uLong crc = crc32(0, NULL, 0);
	uint32_t sum;

	for (size_t at = 0; at < size;) {
		uInt n = size - at > (1u << 30) ? 1u << 30 : (uInt)(size - at);

		crc = crc32(crc, buf + at, n);
		at += n;
	}
	sum = (uint32_t)crc;
	memcpy(buf + check, &sum, sizeof(sum));
}

static int write_elf(struct gs_emit *e, int fd, uint8_t **buf, size_t *size)
{
	Elf *elf = elf_begin(fd, ELF_C_WRITE, NULL);
	GElf_Shdr check;
	int ret;

	if (!elf)
		return elf_error(e, "begin");
	ret = build(e, elf);
	if (!ret && elf_update(elf, ELF_C_WRITE) < 0)
		ret = elf_error(e, "write");
	if (!ret && !gelf_getshdr(elf_getscn(elf, GS_EMIT_CHECK), &check))
		ret = elf_error(e, GS_ELF_CHECK);
	if (!ret)
		ret = read_back(e, fd, buf, size);
	if (!ret)
		seal(*buf, *size, (size_t)check.sh_offset);
	elf_end(elf);
	return ret;
}

int gs_emit_elf(struct gs_emit *e, uint8_t **buf, size_t *size)
{
	int fd, ret;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return elf_error(e, "libelf");
	fd = memfd_create("gsm", MFD_CLOEXEC);
	if (fd < 0)
		return gs_error(e->diag, -errno, "model file: memory file: %s",
				strerror(errno));
	ret = write_elf(e, fd, buf, size);
	close(fd);
	return ret;
}
