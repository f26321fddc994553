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
