/* SPDX-License-Identifier: MIT */
/*
 * Machine parameters: the architecture file (docs/isa.md, section 1).
 */
#ifndef GENESYS_ARCH_H
#define GENESYS_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "genesys/isa.h"

/**
 * What a machine may lack: functions of the SIMD unit, each by its enum
 * gs_insn_id, and what follows. Words that need it are ILLEGAL_WORD there.
 */
enum gs_arch_cap {
	GS_CAP_PERM = GS_INSN_CAST_16BFP_32FP + 1, /**< PERM_START at all */
	GS_CAP_SHUFFLE, /**< PERM_START with shuffle */
	GS_CAP_LD_VMEM1, /**< LD_START to VMEM1 */
	GS_CAP_LD_VMEM2,
	GS_CAP_ST_VMEM1, /**< ST_START from VMEM1 */
	GS_CAP_ST_VMEM2,
	GS_CAP_LD_OBUF, /**< LD_ST of the array: LD to OBUF */
	GS_CAP_ST_OBUF,
	GS_CAP_COUNT
};

/** Order of weights in memory, docs/isa.md section 9. */
enum gs_weight_layout {
	GS_WEIGHTS_PUBLISHED = 0,
	GS_WEIGHTS_COLUMN = 1,
};

/** A cost that follows from the size of the array, see struct gs_arch_timing. */
#define GS_ARCH_AUTO UINT32_MAX

/** Most requests of a channel that can be counted in flight. */
#define GS_ARCH_MAX_OUTSTANDING 256

/**
 * What things cost, in cycles unless said otherwise (docs/timing.md). No result
 * depends on it, and the hash does not cover it; the compiler chooses tiles by
 * it. All zero is a machine whose only costs are its widths.
 */
struct gs_arch_timing {
	uint32_t channel_latency; /**< of a request, to its first beat; of a store, to its end */
	uint32_t request_cycles; /**< between two requests of a channel */
	uint32_t request_granule; /**< bytes a run is rounded up to; 0: none */
	uint32_t burst_bytes; /**< a request asks for at most; 0: for any number */
	uint32_t burst_beats; /**< and beats; 0: any number */
	uint32_t outstanding; /**< requests of a channel in flight; 0: any number */
	uint32_t dram_bw; /**< bits a cycle behind all channels; 0: no bound */
	uint32_t dram_latency; /**< more latency of each request */
	uint32_t decode; /**< of a word of a block */
	uint32_t array_fill; /**< before the first row of a tile comes out; auto: N - 1 */
	uint32_t array_drain; /**< after the last one went in; auto: M - 1 */
	uint32_t array_tile; /**< of the control of a tile */
	uint32_t tandem_depth; /**< stages of the pipeline */
	uint32_t tandem_skew; /**< from the first lane to the last; auto: M - 1 */
	uint32_t tandem_word; /**< of a word that configures */
	uint32_t tandem_nest; /**< set-up of loops and iterators of a nest */
	uint32_t perm_row; /**< of a row that is moved, and */
	uint32_t perm_shuffle_row; /**< with shuffle */
	/* results come so much later than those of ADD */
	uint32_t latency_macc;
	uint32_t latency_div; /**< auto: 51 + M */
	uint32_t latency_sigmoid;
	uint32_t latency_tanh;
	uint32_t latency_exp;
	uint32_t latency_ln;
	uint32_t latency_log2;
	uint32_t latency_sqrt;
	uint32_t latency_inv_sqrt;
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
	uint64_t lacks; /**< a bit for each enum gs_arch_cap that is not there */
	struct gs_arch_timing timing;
};

/** Size of a buffer that always holds gs_arch_format(). */
#define GS_ARCH_JSON_SIZE 4096

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
 * Independent of name, clock and timing; equal on every host. Never 0.
 */
uint64_t gs_arch_hash(const struct gs_arch *arch);

/**
 * gs_arch_format() - canonical JSON, one line, all fields but timing at its defaults
 * Returns the length as snprintf(); GS_ARCH_JSON_SIZE bytes always hold it.
 */
int gs_arch_format(const struct gs_arch *arch, char *buf, size_t size);

/** gs_arch_cap_name() - as field LACKS has it: "EXP", "PERM_START SHUFFLE" */
const char *gs_arch_cap_name(unsigned cap);

/** gs_arch_cap_find() - by that name; GS_CAP_COUNT when there is none */
unsigned gs_arch_cap_find(const char *name);

/** gs_arch_has() - whether the machine has a capability */
static inline bool gs_arch_has(const struct gs_arch *arch, unsigned cap)
{
	return !(arch->lacks >> cap & 1);
}

/** gs_arch_runs() - whether the machine has what an instruction needs */
bool gs_arch_runs(const struct gs_arch *arch, const struct gs_insn *insn);

/** Interleave factor K of the published weight layout. */
static inline uint32_t gs_arch_interleave(const struct gs_arch *arch)
{
	return arch->param_channel_bw / 8 / arch->array_n;
}

#endif /* GENESYS_ARCH_H */
