/* SPDX-License-Identifier: MIT */
/*
 * The fast executor with AVX-512 VNNI. VPDPBUSD multiplies unsigned by signed
 * bytes, so activations are offset by 128, and sums start from what the
 * columns of the weights make of that.
 */

#include "hw-model/core/fast_rows.h"
#include "hw-model/core/fast_x86.h"

#define COLUMNS 16
#define PIXELS 8
#define DEPTH 4
#define W_BYTES 1
#define OFFSET 128

typedef __m512i vec;

GS_INLINE vec vec_load(const void *from)
{
	return _mm512_loadu_si512(from);
}

GS_INLINE void vec_store(void *to, vec v)
{
	_mm512_storeu_si512(to, v);
}

GS_INLINE vec vec_all(int32_t value)
{
	return _mm512_set1_epi32(value);
}

GS_INLINE vec vec_add(vec a, vec b)
{
	return _mm512_add_epi32(a, b);
}

GS_INLINE vec vec_mac(vec sum, vec x, vec w)
{
	return _mm512_dpbusd_epi32(sum, x, w);
}

GS_INLINE vec vec_low16(vec v)
{
	return _mm512_srai_epi32(_mm512_slli_epi32(v, 16), 16);
}

#include "hw-model/core/fast_block.h"

static void convert(void *dst, const int8_t *src, size_t num)
{
	uint8_t *out = dst;

	for (size_t i = 0; i < num; i++)
		out[i] = (uint8_t)src[i] ^ OFFSET;
}

static __m128i read(const int8_t *src)
{
	return _mm_loadu_si128((const void *)src);
}

/* [n / 4][m][4] */
static uint64_t pack(void *dst, const int8_t *src, unsigned n, unsigned m)
{
	return gs_pack4(dst, src, n, m, DEPTH, read);
}

/* -128 times the sum of the weights of each column. */
static void correct(const struct gs_gemm *g, int32_t *begin)
{
	const __m512i offset = _mm512_set1_epi8((char)OFFSET);
	struct gs_strips at;

	for (unsigned i = 0; i < g->groups * (g->m / COLUMNS); i++) {
		int32_t *out = begin + i * COLUMNS;
		__m512i sum = _mm512_setzero_si512();

		gs_strip_find(g, &blocks, i, 0, &at);
		for (uint32_t s = 0; s < g->num_steps; s++)
			sum = _mm512_dpbusd_epi32(
				sum, offset,
				_mm512_loadu_si512(at.w[0] + g->steps[s].w));
		_mm512_storeu_si512(
			out, _mm512_sub_epi32(_mm512_loadu_si512(out), sum));
	}
}

const struct gs_fast_ops gs_fast_vnni = {
	.name = "AVX-512 VNNI",
	.columns = COLUMNS,
	.width = 2 * COLUMNS,
	.depth = DEPTH,
	.x_bytes = 1,
	.w_bytes = W_BYTES,
	.convert = convert,
	.pack = pack,
	.correct = correct,
	.gemm = gemm,
	.rows = rows,
	.narrow = narrow,
	.widen = widen,
};
