/* SPDX-License-Identifier: MIT */
/*
 * The fields of an architecture file, shared by checker and reader.
 */
#ifndef GS_ARCH_FIELD_H
#define GS_ARCH_FIELD_H

#include <stddef.h>
#include <stdint.h>

#include "genesys/arch.h"

#define GS_ARCH_NUM_LAYOUTS 2

/** Offset of a field that is checked, but has no member in struct gs_arch. */
#define GS_ARCH_NOT_STORED SIZE_MAX

#define GS_ARCH_OPTIONAL (1u << 0) /**< has a default */
#define GS_ARCH_POW2 (1u << 1)
#define GS_ARCH_EVEN (1u << 2)
#define GS_ARCH_EITHER (1u << 3) /**< min or max, nothing between */
#define GS_ARCH_LIKE_M (1u << 4) /**< equal to ARRAY_M */
#define GS_ARCH_NO_HASH (1u << 5) /**< no program depends on it */

#define GS_ARCH_COST \
	(1u          \
	 << 6) /**< of struct gs_arch_timing: its default is always legal and not written */

/**
 * The parameters of the timing model: TIMING(json, member, max, default). Where
 * the defaults come from stands in docs/timing.md; tests/unit/test_timing.c
 * freezes them.
 */
#define GS_ARCH_TIMING(TIMING)                                              \
	TIMING("CHANNEL_LATENCY", channel_latency, 65536, 100)              \
	TIMING("CHANNEL_REQUEST_CYCLES", request_cycles, 65536, 1)          \
	TIMING("CHANNEL_GRANULE_BYTES", request_granule, 4096, 64)          \
	TIMING("CHANNEL_BURST_BYTES", burst_bytes, 1u << 20, 4096)          \
	TIMING("CHANNEL_BURST_BEATS", burst_beats, 65536, 256)              \
	TIMING("CHANNEL_OUTSTANDING", outstanding, GS_ARCH_MAX_OUTSTANDING, \
	       16)                                                          \
	TIMING("DRAM_BW", dram_bw, 1u << 20, 0)                             \
	TIMING("DRAM_LATENCY", dram_latency, 65536, 0)                      \
	TIMING("DECODE_CYCLES", decode, 65536, 1)                           \
	TIMING("ARRAY_FILL_CYCLES", array_fill, 65536, GS_ARCH_AUTO)        \
	TIMING("ARRAY_DRAIN_CYCLES", array_drain, 65536, GS_ARCH_AUTO)      \
	TIMING("ARRAY_TILE_CYCLES", array_tile, 65536, 4)                   \
	TIMING("TANDEM_PIPELINE_DEPTH", tandem_depth, 65536, 6)             \
	TIMING("TANDEM_SKEW_CYCLES", tandem_skew, 65536, GS_ARCH_AUTO)      \
	TIMING("TANDEM_WORD_CYCLES", tandem_word, 65536, 1)                 \
	TIMING("TANDEM_NEST_CYCLES", tandem_nest, 65536, 2)                 \
	TIMING("TANDEM_PERM_CYCLES", perm_row, 65536, 1)                    \
	TIMING("TANDEM_SHUFFLE_CYCLES", perm_shuffle_row, 65536, 2)         \
	TIMING("TANDEM_LATENCY_MACC", latency_macc, 65536, 2)               \
	TIMING("TANDEM_LATENCY_DIV", latency_div, 65536, GS_ARCH_AUTO)      \
	TIMING("TANDEM_LATENCY_SIGMOID", latency_sigmoid, 65536, 4)         \
	TIMING("TANDEM_LATENCY_TANH", latency_tanh, 65536, 4)               \
	TIMING("TANDEM_LATENCY_EXP", latency_exp, 65536, 3)                 \
	TIMING("TANDEM_LATENCY_LN", latency_ln, 65536, 13)                  \
	TIMING("TANDEM_LATENCY_LOG2", latency_log2, 65536, 13)              \
	TIMING("TANDEM_LATENCY_SQRT", latency_sqrt, 65536, 8)               \
	TIMING("TANDEM_LATENCY_INV_SQRT", latency_inv_sqrt, 65536, 13)

/** One integer field and its rule. */
struct gs_arch_field {
	const char *json;
	size_t offset; /**< of the uint32_t in struct gs_arch */
	uint32_t min;
	uint32_t max;
	uint32_t flags;
	uint32_t def; /**< value of a stored optional field */
};

extern const struct gs_arch_field gs_arch_fields[];
extern const size_t gs_arch_num_fields;
extern const char *const gs_arch_layout_names[GS_ARCH_NUM_LAYOUTS];

uint32_t gs_arch_get(const struct gs_arch *arch, const struct gs_arch_field *f);
void gs_arch_set(struct gs_arch *arch, const struct gs_arch_field *f,
		 uint32_t val);

/** gs_arch_fail() - write the sentence, return -EINVAL */
__attribute__((format(printf, 2, 3))) int gs_arch_fail(char *err,
						       const char *fmt, ...);

/** gs_arch_check_field() - one value against the rule of its field */
int gs_arch_check_field(const struct gs_arch_field *f, int64_t val, char *err);

#endif /* GS_ARCH_FIELD_H */
