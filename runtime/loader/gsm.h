/* SPDX-License-Identifier: MIT */
/*
 * The reader of model files. It trusts nothing: a struct gs_gsm exists only
 * when every offset, count, name, relocation and record of the file was found
 * to be in range, so its users need no checks of their own.
 */
#ifndef GS_GSM_H
#define GS_GSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "genesys/arch.h"
#include "genesys/model_file.h"

#define GS_GSM_ERR_SIZE 512

struct gs_gsm_tensor {
	const char *name;
	const struct gs_elf_tensor *rec;
	const uint32_t *channel_map; /**< rec->c entries, or NULL */
	uint64_t elems; /**< product of the shape */
};

/** Rows of a tensor that stand together in memory. */
static inline uint32_t gs_row_block(const struct gs_elf_tensor *rec)
{
	return rec->row_block > 1 ? rec->row_block : 1;
}

struct gs_gsm_layer {
	const char *name, *op, *note; /**< never NULL */
	const struct gs_elf_layer *rec;
	uint64_t macs; /**< multiply-accumulates it needs, if has_macs */
};

/** Where a relocated address points. */
enum gs_gsm_part {
	GS_GSM_TEXT,
	GS_GSM_PARAM,
	GS_GSM_SIMD,
	GS_GSM_ACT,
	GS_GSM_PART_COUNT
};

struct gs_gsm_reloc {
	uint32_t word;
	bool high;
	uint8_t part; /**< enum gs_gsm_part */
	uint64_t offset; /**< in the part's section */
};

struct gs_gsm_meta {
	const char *key, *value;
};

/** A model as read; read-only once gs_gsm_read() returned it. */
struct gs_gsm {
	uint8_t *image; /**< private copy of the file; all pointers below lead into it */
	size_t image_bytes;

	struct gs_arch arch;
	uint64_t arch_hash;

	uint32_t *code; /**< relocated, memory of its own */
	uint32_t num_words;
	const uint8_t *param;
	uint64_t param_bytes;
	const uint8_t *simd;
	uint64_t simd_bytes;
	uint64_t act_offset; /**< of .bss.act in activation memory */
	uint64_t act_bytes; /**< of .bss.act */
	uint64_t memory_bytes; /**< activation memory: act_offset + act_bytes */

	struct gs_gsm_tensor *tensor;
	uint32_t num_tensors;
	uint32_t *input,
		*output; /**< indices of tensors, in the model's order */
	uint32_t num_inputs, num_outputs;
	struct gs_gsm_layer *layer;
	uint32_t num_layers;
	bool has_macs; /**< the file tells the work of layers */
	uint64_t macs; /**< of all, at most GS_ELF_MAX_MACS; 0 if it does not */
	const struct gs_elf_segment *segment;
	uint32_t num_segments;
	struct gs_gsm_reloc *reloc; /**< ascending words */
	uint32_t num_relocs;
	struct gs_gsm_meta *meta;
	uint32_t num_meta;
};

/**
 * gs_gsm_read() - read and check a model
 * @image: the file; copied
 * @err: GS_GSM_ERR_SIZE bytes; on failure one sentence: section, found, expected
 * Returns 0, -ENOEXEC (not a model file, or of another version), -EBADMSG (cut
 * or changed), -EINVAL (a record out of range), -ENOTSUP (host segments) or
 * -ENOMEM.
 */
int gs_gsm_read(const void *image, size_t size, struct gs_gsm **out, char *err);

/** gs_gsm_free() - NULL is allowed */
void gs_gsm_free(struct gs_gsm *gsm);

/**
 * gs_gsm_check_arch() - whether the model was made for a machine
 * Returns 0, or -ENOTSUP with the first differing field and both values.
 */
int gs_gsm_check_arch(const struct gs_gsm *gsm, const struct gs_arch *device,
		      char *err);

/** gs_gsm_meta() - value of a key, or NULL */
const char *gs_gsm_meta(const struct gs_gsm *gsm, const char *key);

/**
 * gs_gsm_tensor_at() - the tensor whose slot holds an offset in .bss.act
 * @layer: memory is shared over time: prefer a tensor alive in this layer;
 *         GS_ELF_NONE when unknown
 * Returns NULL when no slot holds it. Views are never returned.
 */
const struct gs_gsm_tensor *gs_gsm_tensor_at(const struct gs_gsm *gsm,
					     uint64_t offset, uint32_t layer);

/** gs_gsm_layer_at() - index of the layer a word of code belongs to, or GS_ELF_NONE */
uint32_t gs_gsm_layer_at(const struct gs_gsm *gsm, uint32_t word);

/** gs_gsm_block_words() - words up to and with the first BLOCK_END at or after @word */
uint32_t gs_gsm_block_words(const struct gs_gsm *gsm, uint32_t word);

/**
 * gs_gsm_seal() - write the right check sum into a file image
 * For writers and tests. Returns 0, or -EINVAL when there is no check section.
 */
int gs_gsm_seal(uint8_t *image, size_t size);

#endif /* GS_GSM_H */
