/* SPDX-License-Identifier: MIT */
/*
 * The functions of docs/isa.md section 7 on many rows, for one vector unit:
 * included by a file that is compiled for it, defines rows().
 */
#ifndef GS_FAST_ROWS_H
#define GS_FAST_ROWS_H

#include "hw-model/core/fast.h"
#include "hw-model/core/simd_functions.h"

/* The most common width is known to the compiler. */
#define COMMON_LANES 16

#define ROWS(name, expr)                                                      \
	static inline __attribute__((always_inline)) void each_##name(        \
		int32_t *pd, const int32_t *pa, const int32_t *pb,            \
		uint32_t num, const ptrdiff_t *stride, unsigned m, int shift) \
	{                                                                     \
		for (uint32_t row = 0; row < num; row++) {                    \
			EACH_LANE                                             \
			for (unsigned i = 0; i < m; i++) {                    \
				const int32_t a = pa[i], b = pb[i];           \
				const int32_t d = pd[i];                      \
                                                                              \
				(void)a, (void)b, (void)d, (void)shift;       \
				pd[i] = (expr);                               \
			}                                                     \
			pd += stride[GS_DST];                                 \
			pa += stride[GS_SRC1];                                \
			pb += stride[GS_SRC2];                                \
		}                                                             \
	}                                                                     \
                                                                              \
	static void rows_##name(int32_t *pd, const int32_t *pa,               \
				const int32_t *pb, uint32_t num,              \
				const ptrdiff_t *stride, unsigned m,          \
				int shift)                                    \
	{                                                                     \
		if (m == COMMON_LANES)                                        \
			each_##name(pd, pa, pb, num, stride, COMMON_LANES,    \
				    shift);                                   \
		else                                                          \
			each_##name(pd, pa, pb, num, stride, m, shift);       \
	}

GS_SIMD_FUNCTIONS(ROWS)

static gs_rows_fn *rows(enum gs_insn_id id)
{
	switch (id) {
#define ROW(name, expr)      \
	case GS_INSN_##name: \
		return rows_##name;
		GS_SIMD_FUNCTIONS(ROW)
#undef ROW
	default:
		return NULL;
	}
}

#endif /* GS_FAST_ROWS_H */
