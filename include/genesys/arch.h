/* SPDX-License-Identifier: MIT */
/*
 * Machine parameters: the architecture file (docs/isa.md, section 1).
 */
#ifndef GENESYS_ARCH_H
#define GENESYS_ARCH_H

#include <stddef.h>
#include <stdint.h>

/** Order of weights in memory, docs/isa.md section 9. */
enum gs_weight_layout {
	GS_WEIGHTS_PUBLISHED = 0,
	GS_WEIGHTS_COLUMN = 1,
};

/** Parameters of one machine. Field names follow the JSON names, in lower case. */
struct gs_arch {
	char name[64]; /**< informative, not part of the hash */
	uint32_t isa_version;
	uint32_t extensions; /**< bit mask, none defined yet */
	uint32_t clock_mhz;
	uint32_t array_n; /**< rows = input channels */
	uint32_t array_m; /**< columns = output channels = SIMD lanes */
	uint32_t data_width; /**< bits, 8 or 4 */
	uint32_t wgt_width; /**< bits, 8 or 4 */
	uint32_t acc_width; /**< bits, 32 or 16 */
	uint32_t bias_width; /**< bits, 32 or 16 */
	uint32_t ibuf_depth; /**< rows, both buffers together */
	uint32_t wbuf_depth; /**< rows, both buffers together */
	uint32_t obuf_depth; /**< rows of one half */
	uint32_t bbuf_depth;
	uint32_t vmem_depth; /**< rows of VMEM1 and of VMEM2 */
	uint32_t imm_depth;
	uint32_t instr_depth; /**< words */
	uint32_t simd_instr_depth; /**< words */
	uint32_t param_channel_bw; /**< bits, as the other channels */
	uint32_t ibuf_channel_bw;
	uint32_t obuf_channel_bw;
	uint32_t simd_channel_bw;
	uint32_t instr_channel_bw;
	enum gs_weight_layout weight_layout;
};

/** Size of the sentence that the parsers write on failure. */
#define GS_ARCH_ERR_SIZE 256

/**
 * gs_arch_parse() - parse and check a JSON architecture description
 * @json: text, need not be terminated
 * @err: GS_ARCH_ERR_SIZE bytes; on failure one sentence naming field, value and rule
 * Returns 0, -EINVAL, or -ENOMEM. *arch is written on success only.
 */
int gs_arch_parse(const char *json, size_t len, struct gs_arch *arch,
		  char *err);

/**
 * gs_arch_load() - read an architecture file
 * @path: a file; errors name it
 * Returns as gs_arch_parse(), or -errno of the file.
 */
int gs_arch_load(const char *path, struct gs_arch *arch, char *err);

/**
 * gs_arch_check() - check parameters against the rules of docs/isa.md section 1
 * Returns 0 or -EINVAL with a sentence in @err.
 */
int gs_arch_check(const struct gs_arch *arch, char *err);

/** gs_arch_default() - the built-in 16x16 machine, hw-model/configs/genesys_16x16.json */
const struct gs_arch *gs_arch_default(void);

/**
 * gs_arch_hash() - hash of every parameter that a program can depend on
 * Independent of name and clock; equal on every host. Never 0.
 */
uint64_t gs_arch_hash(const struct gs_arch *arch);

/**
 * gs_arch_format() - canonical JSON, one line, all fields
 * Returns the length as snprintf(); 2048 bytes always hold it.
 */
int gs_arch_format(const struct gs_arch *arch, char *buf, size_t size);

/** Interleave factor K of the published weight layout. */
static inline uint32_t gs_arch_interleave(const struct gs_arch *arch)
{
	return arch->param_channel_bw / 8 / arch->array_n;
}

#endif /* GENESYS_ARCH_H */
