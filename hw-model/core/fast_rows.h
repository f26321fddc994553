/* SPDX-License-Identifier: MIT */
/*
 * The functions of docs/isa.md section 7 on many rows, and transfers of lanes,
 * for one vector unit: included by a file that is compiled for it, defines
 * rows(), narrow() and widen().
 */
#ifndef GS_FAST_ROWS_H
#define GS_FAST_ROWS_H

#include "hw-model/core/fast.h"
#include "hw-model/core/simd_functions.h"

/* Lanes that are computed at once; their number is a power of two from 4 on. */
#define MANY_LANES 16
#define FEW_LANES 4

#define LANES(name, expr) \
	static inline __attribute__((always_inline)) GS_LANES(name, expr)

GS_SIMD_FUNCTIONS(LANES)
LANES(MUL_CAST8, cast(q(a, b), shift, 8))

#define ROWS(name, expr)                                                       \
	static inline __attribute__((always_inline)) void each_##name(         \
		int32_t *d, const int32_t *a, const int32_t *b, uint32_t num,  \
		const ptrdiff_t *stride, unsigned m, unsigned lanes,           \
		int shift)                                                     \
	{                                                                      \
		for (uint32_t row = 0; row < num; row++) {                     \
			for (unsigned i = 0; i < m; i += lanes)                \
				lanes_##name(d + i, a + i, b + i, lanes,       \
					     shift);                           \
			d += stride[GS_DST];                                   \
			a += stride[GS_SRC1];                                  \
			b += stride[GS_SRC2];                                  \
		}                                                              \
	}                                                                      \
                                                                               \
	static void rows_##name(int32_t *d, const int32_t *a,                  \
				const int32_t *b, const struct gs_rows *r)     \
	{                                                                      \
		for (uint32_t i = 0; i < r->num[0]; i++) {                     \
			if (r->m == MANY_LANES)                                \
				each_##name(d, a, b, r->num[1], r->stride[1],  \
					    MANY_LANES, MANY_LANES, r->shift); \
			else if (r->m > MANY_LANES)                            \
				each_##name(d, a, b, r->num[1], r->stride[1],  \
					    r->m, MANY_LANES, r->shift);       \
			else                                                   \
				each_##name(d, a, b, r->num[1], r->stride[1],  \
					    r->m, FEW_LANES, r->shift);        \
			d += r->stride[0][GS_DST];                             \
			a += r->stride[0][GS_SRC1];                            \
			b += r->stride[0][GS_SRC2];                            \
		}                                                              \
	}

GS_SIMD_FUNCTIONS(ROWS)
ROWS(MUL_CAST8, cast(q(a, b), shift, 8))

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

#define LANES_LOOP(num, body)                                    \
	do {                                                     \
		uint64_t i = 0;                                  \
                                                                 \
		for (; i + MANY_LANES <= (num); i += MANY_LANES) \
			EACH_LANE                                \
		for (unsigned l = 0; l < MANY_LANES; l++)        \
			body(i + l);                             \
		for (; i < (num); i++)                           \
			body(i);                                 \
	} while (0)

/* The low bytes of some lanes. */
static inline __attribute__((always_inline)) void
narrow_many(uint8_t *dst, const int32_t *src)
{
#if defined(__AVX512BW__)
	_mm_storeu_si128((void *)dst,
			 _mm512_cvtepi32_epi8(_mm512_loadu_si512(src)));
#else
	EACH_LANE
	for (unsigned l = 0; l < MANY_LANES; l++)
		dst[l] = (uint8_t)src[l];
#endif
}

/* Elements of 8 bits in memory: the low ones of lanes, and back. */
static void narrow(const struct gs_runs *runs, uint8_t *dst, const int32_t *src)
{
	const uint64_t num = runs->elems;

	for (uint64_t run = 0; run < runs->num; run++) {
		uint64_t i = 0;

		for (; i + MANY_LANES <= num; i += MANY_LANES)
			narrow_many(dst + i, src + i);
		for (; i < num; i++)
			dst[i] = (uint8_t)src[i];
		dst += runs->stride;
		src += num;
	}
}

static void widen(const struct gs_runs *runs, int32_t *dst, const uint8_t *src)
{
	for (uint64_t run = 0; run < runs->num; run++) {
#define WIDEN(i) dst[i] = (int8_t)src[i]
		LANES_LOOP(runs->elems, WIDEN);
		dst += runs->elems;
		src += runs->stride;
	}
}

#endif /* GS_FAST_ROWS_H */
