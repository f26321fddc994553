/* SPDX-License-Identifier: MIT */
/* What AVX2 and AVX-512 share. */
#ifndef GS_FAST_X86_H
#define GS_FAST_X86_H

#include <immintrin.h>

#include "hw-model/core/fast_gemm.h"

/* Element i of vector j and element j of vector i change places. */
static inline void gs_transpose4(__m128i v[4])
{
	const __m128i low01 = _mm_unpacklo_epi32(v[0], v[1]);
	const __m128i low23 = _mm_unpacklo_epi32(v[2], v[3]);
	const __m128i high01 = _mm_unpackhi_epi32(v[0], v[1]);
	const __m128i high23 = _mm_unpackhi_epi32(v[2], v[3]);

	v[0] = _mm_unpacklo_epi64(low01, low23);
	v[1] = _mm_unpackhi_epi64(low01, low23);
	v[2] = _mm_unpacklo_epi64(high01, high23);
	v[3] = _mm_unpackhi_epi64(high01, high23);
}

/*
 * pack() of struct gs_fast_ops with steps of four bytes: read() makes four
 * steps of a column from its weights.
 */
GS_INLINE uint64_t gs_pack4(uint8_t *out, const int8_t *src, unsigned n,
			    unsigned m, unsigned depth,
			    __m128i (*read)(const int8_t *src))
{
	uint64_t filled = 0;

	for (unsigned r = 0; r < n; r += 4 * depth) {
		__m128i any[4] = { _mm_setzero_si128() };

		for (unsigned c = 0; c < m; c += 4) {
			__m128i v[4];

			for (unsigned i = 0; i < 4; i++)
				v[i] = read(src + (c + i) * n + r);
			gs_transpose4(v);
			for (unsigned i = 0; i < 4; i++) {
				any[i] = _mm_or_si128(any[i], v[i]);
				_mm_storeu_si128(
					(void *)(out + 4 * c + 4 * i * m),
					v[i]);
			}
		}
		out += 16 * m;
		for (unsigned i = 0; i < 4; i++)
			if (!_mm_testz_si128(any[i], any[i]))
				filled |= UINT64_C(1) << (r / depth + i);
	}
	return filled;
}

/* Four bytes of activations into all places. */
GS_INLINE int32_t gs_four(const uint8_t *x)
{
	int32_t value;

	memcpy(&value, x, sizeof(value));
	return value;
}

#endif /* GS_FAST_X86_H */
