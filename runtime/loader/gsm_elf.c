/* SPDX-License-Identifier: MIT */
/*
 * ELF header, section headers and check sum of a model file.
 */
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>
#include <zlib.h>

#include "runtime/loader/gsm_internal.h"

static const struct {
	const char *name;
	uint32_t type;
	uint32_t align; /* of the bytes in the file */
} sections[GS_SEC_COUNT] = {
	[GS_SEC_TEXT] = { GS_ELF_TEXT, SHT_PROGBITS, 4 },
	[GS_SEC_PARAM] = { GS_ELF_PARAM, SHT_PROGBITS, 1 },
	[GS_SEC_SIMD] = { GS_ELF_SIMD, SHT_PROGBITS, 1 },
	[GS_SEC_ACT] = { GS_ELF_ACT, SHT_NOBITS, 1 },
	[GS_SEC_RELA] = { GS_ELF_RELA, SHT_RELA, 8 },
	[GS_SEC_SYMTAB] = { GS_ELF_SYMTAB, SHT_SYMTAB, 8 },
	[GS_SEC_STRTAB] = { GS_ELF_STRTAB, SHT_STRTAB, 1 },
	[GS_SEC_TENSORS] = { GS_ELF_TENSORS, SHT_PROGBITS, 8 },
	[GS_SEC_CHANNELS] = { GS_ELF_CHANNELS, SHT_PROGBITS, 4 },
	[GS_SEC_LAYERS] = { GS_ELF_LAYERS, SHT_PROGBITS, 4 },
	[GS_SEC_SEGMENTS] = { GS_ELF_SEGMENTS, SHT_PROGBITS, 4 },
	[GS_SEC_NAMES] = { GS_ELF_NAMES, SHT_STRTAB, 1 },
	[GS_SEC_ARCH] = { GS_ELF_ARCH, SHT_NOTE, 4 },
	[GS_SEC_META] = { GS_ELF_META, SHT_PROGBITS, 1 },
	[GS_SEC_MACS] = { GS_ELF_MACS, SHT_PROGBITS, 8 },
	[GS_SEC_CHECK] = { GS_ELF_CHECK, SHT_PROGBITS, 4 },
};

const char *gs_gsm_section_name(enum gs_gsm_section id)
{
	return sections[id].name;
}

static int find_id(const char *name)
{
	for (int i = 0; i < GS_SEC_COUNT; i++)
		if (!strcmp(name, sections[i].name))
			return i;
	return -1;
}

/* ---- headers ----------------------------------------------------------------- */

static int check_header(struct gs_gsm_reader *r, const GElf_Ehdr *eh,
			size_t size)
{
	if (eh->e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh->e_ident[EI_DATA] != ELFDATA2LSB || eh->e_type != ET_REL)
		return gs_gsm_fail(r, -ENOEXEC,
				   "not a model file: an ELF file of class %u, "
				   "data %u, type %u; expected a 64-bit "
				   "little-endian object (2, 1, 1)",
				   eh->e_ident[EI_CLASS], eh->e_ident[EI_DATA],
				   eh->e_type);
	if (eh->e_machine != GS_ELF_MACHINE)
		return gs_gsm_fail(r, -ENOEXEC,
				   "not a model file: ELF machine 0x%x; "
				   "expected 0x%x (GeneSys)",
				   eh->e_machine, GS_ELF_MACHINE);
	if (eh->e_flags != GS_ELF_VERSION)
		return gs_gsm_fail(r, -ENOEXEC,
				   "model file version %u; this library reads "
				   "version %u",
				   eh->e_flags, GS_ELF_VERSION);
	if (eh->e_shentsize != sizeof(Elf64_Shdr) || !eh->e_shnum ||
	    eh->e_shoff % 8 || eh->e_shoff > size ||
	    (uint64_t)eh->e_shnum * sizeof(Elf64_Shdr) > size - eh->e_shoff)
		return gs_gsm_fail(r, -EBADMSG,
				   "file is cut off or damaged: %u section "
				   "headers of %u bytes at offset %llu of %zu",
				   eh->e_shnum, eh->e_shentsize,
				   (unsigned long long)eh->e_shoff, size);
	return 0;
}

static int add_section(struct gs_gsm_reader *r, int id, size_t index,
		       const GElf_Shdr *sh, const uint8_t *image, size_t size)
{
	struct gs_gsm_sec *sec = &r->sec[id];
	const char *name = sections[id].name;

	if (sec->index)
		return gs_gsm_fail(r, -EINVAL, "%s: section is there twice",
				   name);
	if (sh->sh_type != sections[id].type || sh->sh_flags & SHF_COMPRESSED)
		return gs_gsm_fail(r, -EINVAL,
				   "%s: section type %u; expected %u, not "
				   "compressed",
				   name, sh->sh_type, sections[id].type);
	sec->index = (uint32_t)index;
	sec->link = sh->sh_link;
	sec->info = sh->sh_info;
	sec->size = sh->sh_size;
	if (sh->sh_type == SHT_NOBITS)
		return 0;
	if (sh->sh_offset > size || sh->sh_size > size - sh->sh_offset)
		return gs_gsm_fail(r, -EBADMSG,
				   "%s: %llu bytes at offset %llu of a file of "
				   "%zu: it is cut off or damaged",
				   name, (unsigned long long)sh->sh_size,
				   (unsigned long long)sh->sh_offset, size);
	if (sh->sh_offset % sections[id].align)
		return gs_gsm_fail(r, -EINVAL,
				   "%s: file offset %llu is not a multiple of "
				   "%u",
				   name, (unsigned long long)sh->sh_offset,
				   sections[id].align);
	sec->data = image + sh->sh_offset;
	return 0;
}

static int scan_sections(struct gs_gsm_reader *r, Elf *elf,
			 const uint8_t *image, size_t size)
{
	Elf_Scn *scn = NULL;
	size_t shstrndx;
	GElf_Shdr sh;

	if (elf_getshdrstrndx(elf, &shstrndx))
		return gs_gsm_fail(r, -EBADMSG, "no section names");
	while ((scn = elf_nextscn(elf, scn))) {
		const char *name;
		int id, ret;

		if (!gelf_getshdr(scn, &sh))
			return gs_gsm_fail(r, -EBADMSG,
					   "section header %zu is unreadable",
					   elf_ndxscn(scn));
		name = elf_strptr(elf, shstrndx, sh.sh_name);
		if (!name)
			return gs_gsm_fail(r, -EBADMSG,
					   "section %zu: name at %u is not in "
					   "the section names",
					   elf_ndxscn(scn), sh.sh_name);
		id = find_id(name);
		if (id < 0 && sh.sh_flags & SHF_ALLOC)
			return gs_gsm_fail(r, -EINVAL,
					   "%.64s: unknown section of the "
					   "program",
					   name);
		if (id < 0)
			continue;
		ret = add_section(r, id, elf_ndxscn(scn), &sh, image, size);
		if (ret)
			return ret;
	}
	return 0;
}

static int open_elf(struct gs_gsm_reader *r, Elf *elf, const uint8_t *image,
		    size_t size)
{
	GElf_Ehdr eh;
	int ret;

	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &eh))
		return gs_gsm_fail(r, -ENOEXEC,
				   "not a model file: no ELF header in %zu "
				   "bytes",
				   size);
	ret = check_header(r, &eh, size);
	if (!ret)
		ret = scan_sections(r, elf, image, size);
	for (int i = 0; i < GS_SEC_COUNT && !ret; i++)
		if (!r->sec[i].index && i != GS_SEC_MACS)
			ret = gs_gsm_fail(r, -EINVAL, "%s: section is missing",
					  sections[i].name);
	return ret;
}

int gs_gsm_find_sections(struct gs_gsm_reader *r, const uint8_t *image,
			 size_t size)
{
	Elf *elf;
	int ret;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return gs_gsm_fail(r, -ENOEXEC, "libelf: %s", elf_errmsg(-1));
	if (size < sizeof(Elf64_Ehdr))
		return gs_gsm_fail(r, -ENOEXEC,
				   "not a model file: no ELF header in %zu "
				   "bytes",
				   size);
	/* Read-only: no data is translated, elf_memory() just lacks const. */
	elf = elf_memory((char *)(uintptr_t)image, size);
	ret = open_elf(r, elf, image, size);
	if (elf)
		elf_end(elf);
	return ret;
}

/* ---- check sum ----------------------------------------------------------------- */

static uint32_t crc_add(uint32_t crc, const uint8_t *data, size_t size)
{
	while (size) {
		uInt n = size > (1u << 30) ? 1u << 30 : (uInt)size;

		crc = (uint32_t)crc32(crc, data, n);
		data += n;
		size -= n;
	}
	return crc;
}

static uint32_t crc_file(const uint8_t *image, size_t size, size_t check)
{
	static const uint8_t zero[4];
	uint32_t crc = crc_add(0, image, check);

	crc = crc_add(crc, zero, sizeof(zero));
	return crc_add(crc, image + check + 4, size - check - 4);
}

int gs_gsm_check_sum(struct gs_gsm_reader *r, const uint8_t *image, size_t size)
{
	const struct gs_gsm_sec *sec = &r->sec[GS_SEC_CHECK];
	uint32_t stored, crc;

	if (sec->size != 4)
		return gs_gsm_fail(r, -EINVAL, "%s: %llu bytes; expected 4",
				   GS_ELF_CHECK, (unsigned long long)sec->size);
	memcpy(&stored, sec->data, 4);
	crc = crc_file(image, size, (size_t)(sec->data - image));
	if (crc != stored)
		return gs_gsm_fail(r, -EBADMSG,
				   "%s: check sum of the file is %08x, "
				   "recorded is %08x: the file is cut off or "
				   "damaged",
				   GS_ELF_CHECK, crc, stored);
	return 0;
}

int gs_gsm_seal(uint8_t *image, size_t size)
{
	char err[GS_GSM_ERR_SIZE];
	struct gs_gsm_reader r = { .err = err };
	size_t check;
	uint32_t crc;

	if (gs_gsm_find_sections(&r, image, size) ||
	    r.sec[GS_SEC_CHECK].size != 4)
		return -EINVAL;
	check = (size_t)(r.sec[GS_SEC_CHECK].data - image);
	crc = crc_file(image, size, check);
	memcpy(image + check, &crc, 4);
	return 0;
}
