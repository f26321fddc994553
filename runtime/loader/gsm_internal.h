/* SPDX-License-Identifier: MIT */
/*
 * Steps of gs_gsm_read(). Each fills its part of reader->gsm, or returns
 * -errno with a sentence.
 */
#ifndef GS_GSM_INTERNAL_H
#define GS_GSM_INTERNAL_H

#include "runtime/loader/gsm.h"

enum gs_gsm_section {
	GS_SEC_TEXT,
	GS_SEC_PARAM,
	GS_SEC_SIMD,
	GS_SEC_ACT,
	GS_SEC_RELA,
	GS_SEC_SYMTAB,
	GS_SEC_STRTAB,
	GS_SEC_TENSORS,
	GS_SEC_CHANNELS,
	GS_SEC_LAYERS,
	GS_SEC_SEGMENTS,
	GS_SEC_NAMES,
	GS_SEC_ARCH,
	GS_SEC_META,
	GS_SEC_MACS, /* the only one that may be missing */
	GS_SEC_CHECK,
	GS_SEC_COUNT
};

/** A section whose bytes are known to lie in the file. */
struct gs_gsm_sec {
	const uint8_t *data; /**< NULL for .bss.act */
	uint64_t size;
	uint32_t index; /**< in the section header table, 0: not found */
	uint32_t link, info;
};

struct gs_gsm_reader {
	struct gs_gsm *gsm;
	struct gs_gsm_sec sec[GS_SEC_COUNT];
	char *err; /**< GS_GSM_ERR_SIZE bytes */
};

#define GS_GSM_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/** gs_gsm_fail() - write the sentence; returns @num */
int gs_gsm_fail(struct gs_gsm_reader *r, int num, const char *fmt, ...)
	GS_GSM_PRINTF(3, 4);

const char *gs_gsm_section_name(enum gs_gsm_section id);

/**
 * gs_gsm_find_sections() - ELF header and section headers through libelf
 * Fills @sec from @image; every section that is required is there afterwards.
 */
int gs_gsm_find_sections(struct gs_gsm_reader *r, const uint8_t *image,
			 size_t size);
int gs_gsm_check_sum(struct gs_gsm_reader *r, const uint8_t *image,
		     size_t size);

/** gs_gsm_name() - a string of .genesys.names; NULL with a sentence when out of range */
const char *gs_gsm_name(struct gs_gsm_reader *r, uint32_t offset,
			const char *record, uint32_t index);

/** gs_gsm_count() - number of records of @size bytes in a section, or -EINVAL */
int gs_gsm_count(struct gs_gsm_reader *r, enum gs_gsm_section id, size_t size,
		 uint32_t *count);

/** gs_gsm_unique() - refuse equal names; sorts @name */
int gs_gsm_unique(struct gs_gsm_reader *r, enum gs_gsm_section id,
		  const char **name, uint32_t count);

int gs_gsm_read_arch(struct gs_gsm_reader *r);
int gs_gsm_read_tensors(struct gs_gsm_reader *r);
int gs_gsm_read_layers(struct gs_gsm_reader *r);
int gs_gsm_read_segments(struct gs_gsm_reader *r);
int gs_gsm_read_relocs(struct gs_gsm_reader *r);

#endif /* GS_GSM_INTERNAL_H */
