/* SPDX-License-Identifier: MIT */
/*
 * The fast executor with AVX2. Products of 8-bit values are made from pairs of
 * 16-bit ones (VPMADDWD), which is exact: VPMADDUBSW would saturate.
 */

#include <immintrin.h>

#include "hw-model/core/fast_gemm.h"
#include "hw-model/core/fast_rows.h"

#define COLUMNS 8
#define PIXELS 6
#define DEPTH 2
#define W_BYTES 2

typedef __m256i vec;

GS_INLINE vec vec_load(const void *from)
{
	return _mm256_loadu_si256(from);
}

GS_INLINE void vec_store(void *to, vec v)
{
	_mm256_storeu_si256(to, v);
}

GS_INLINE vec vec_x(const uint8_t *x)
{
	return _mm256_set1_epi32(gs_four(x));
}

GS_INLINE vec vec_add(vec a, vec b)
{
	return _mm256_add_epi32(a, b);
}

GS_INLINE vec vec_mac(vec sum, vec x, vec w)
{
	return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w));
}

GS_INLINE vec vec_low16(vec v)
{
	return _mm256_srai_epi32(_mm256_slli_epi32(v, 16), 16);
}

#include "hw-model/core/fast_block.h"

static void convert(void *dst, const int8_t *src, size_t num)
{
	int16_t *out = dst;

	for (size_t i = 0; i < num; i++)
		out[i] = src[i];
}

/* Element i of vector j and element j of vector i change places. */
static inline void transpose4(__m128i v[4])
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

/* [n / 2][m][2] */
static uint64_t pack(void *dst, const int8_t *src, unsigned n, unsigned m,
		     int32_t *sums)
{
	uint64_t filled = 0;
	uint8_t *out = dst;

	(void)sums;
	for (unsigned r = 0; r < n; r += 4 * DEPTH, out += 16 * m) {
		__m128i any[4] = { _mm_setzero_si128() };

		for (unsigned c = 0; c < m; c += 4) {
			__m128i v[4];

			for (unsigned i = 0; i < 4; i++)
				v[i] = _mm_cvtepi8_epi16(_mm_loadl_epi64(
					(const void *)(src + (c + i) * n + r)));
			transpose4(v);
			for (unsigned i = 0; i < 4; i++) {
				any[i] = _mm_or_si128(any[i], v[i]);
				_mm_storeu_si128(
					(void *)(out + 4 * c + 4 * i * m),
					v[i]);
			}
		}
		for (unsigned i = 0; i < 4; i++)
			if (!_mm_testz_si128(any[i], any[i]))
				filled |= UINT64_C(1) << (r / DEPTH + i);
	}
	return filled;
}

const struct gs_fast_ops gs_fast_avx2 = {
	.name = "AVX2",
	.columns = COLUMNS,
	.width = 2 * COLUMNS,
	.depth = DEPTH,
	.x_bytes = 2,
	.w_bytes = W_BYTES,
	.convert = convert,
	.pack = pack,
	.gemm = gemm,
	.rows = rows,
	.mul_cast8 = rows_MUL_CAST8,
	.narrow = narrow,
	.widen = widen,
};
