/* SPDX-License-Identifier: MIT */
/*
 * Parts of gs_emit_model(): model_file.c gathers, records.c makes the tables,
 * lives.c says where tensors live,
 * symbols.c symbols and relocations, elf_write.c the file.
 */
#ifndef GS_EMIT_INTERNAL_H
#define GS_EMIT_INTERNAL_H

#include <stdbool.h>

#include "compiler/emit/model_file.h"
#include "genesys/model_file.h"

/** Bytes that grow. After an allocation failed, @failed is set and stays. */
struct gs_blob {
	uint8_t *data;
	size_t size,
		cap; /**< cap 0: @data is somebody else's, nothing is added */
	bool failed;
};

/** gs_blob_add() - append; returns the offset of the first byte */
size_t gs_blob_add(struct gs_blob *blob, const void *data, size_t size);
/** gs_blob_string() - append with the 0; NULL and "" are offset 0 */
uint32_t gs_blob_string(struct gs_blob *blob, const char *text);

enum gs_emit_section {
	GS_EMIT_TEXT = 1, /* index in the section header table */
	GS_EMIT_PARAM,
	GS_EMIT_SIMD,
	GS_EMIT_ACT,
	GS_EMIT_RELA,
	GS_EMIT_SYMTAB,
	GS_EMIT_STRTAB,
	GS_EMIT_TENSORS,
	GS_EMIT_CHANNELS,
	GS_EMIT_LAYERS,
	GS_EMIT_SEGMENTS,
	GS_EMIT_NAMES,
	GS_EMIT_ARCH,
	GS_EMIT_META,
	GS_EMIT_MACS,
	GS_EMIT_CHECK,
	GS_EMIT_SHSTRTAB,
	GS_EMIT_COUNT
};

struct gs_emit {
	const struct gs_program *program;
	struct gs_diag *diag;
	struct gs_blob blob[GS_EMIT_COUNT];
	uint32_t first_global; /**< symbol */
};

int gs_emit_tensors(struct gs_emit *e);
int gs_emit_layers(struct gs_emit *e);
int gs_emit_arch(struct gs_emit *e);
int gs_emit_meta(struct gs_emit *e);
int gs_emit_symbols(struct gs_emit *e);
int gs_emit_relocs(struct gs_emit *e);

/** gs_emit_elf() - lay the blobs out as a file and write its check sum */
int gs_emit_elf(struct gs_emit *e, uint8_t **buf, size_t *size);

/** A tensor with a place in memory. */
struct gs_life {
	const struct gs_tensor *tensor;
	uint32_t place; /**< its index in the program's places */
	/** Last layer that writes it (others may write parts before), last one that reads it; or GS_ELF_NONE */
	uint32_t first, last;
};

struct gs_lives {
	struct gs_life *life; /**< by address of the tensor */
	size_t num;
};

/** gs_lives_init() - of all places; 0 or -ENOMEM, gs_lives_fini() in any case */
int gs_lives_init(struct gs_lives *lives, const struct gs_program *program);
void gs_lives_fini(struct gs_lives *lives);
/** gs_lives_find() - NULL: it has no place */
const struct gs_life *gs_lives_find(const struct gs_lives *lives,
				    const struct gs_tensor *tensor);

/** gs_emit_root() - the tensor that owns the memory */
const struct gs_tensor *gs_emit_root(const struct gs_tensor *tensor);

#endif /* GS_EMIT_INTERNAL_H */
