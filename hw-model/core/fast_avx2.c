/* SPDX-License-Identifier: MIT */
/*
 * The fast executor with AVX2. Products of 8-bit values are made from pairs of
 * 16-bit ones (VPMADDWD), which is exact: VPMADDUBSW would saturate.
 */

#include "hw-model/core/fast_rows.h"
#include "hw-model/core/fast_x86.h"

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

GS_INLINE vec vec_all(int32_t value)
{
	return _mm256_set1_epi32(value);
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

static __m128i read(const int8_t *src)
{
	return _mm_cvtepi8_epi16(_mm_loadl_epi64((const void *)src));
}

/* [n / 2][m][2] */
static uint64_t pack(void *dst, const int8_t *src, unsigned n, unsigned m)
{
	return gs_pack4(dst, src, n, m, DEPTH, read);
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
	.narrow = narrow,
	.widen = widen,
};
