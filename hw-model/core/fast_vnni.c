/* SPDX-License-Identifier: MIT */
/*
 * The fast executor with AVX-512 VNNI. VPDPBUSD multiplies unsigned by signed
 * bytes, so activations are offset by 128 on their way, and sums start from what
 * the columns of the weights make of that.
 */

#include <immintrin.h>

#include "hw-model/core/fast_gemm.h"
#include "hw-model/core/fast_rows.h"

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

/* Into all places, with the offset: no instruction more than without. */
GS_INLINE vec vec_x(const uint8_t *x)
{
	return _mm512_xor_si512(_mm512_set1_epi32(gs_four(x)),
				_mm512_set1_epi8((char)OFFSET));
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

/*
 * 16 rows of the array and 16 columns: src has 16 bytes a column, n apart.
 * Element i of column j becomes element j of vector i, elements of four bytes.
 */
GS_INLINE void transpose16(const int8_t *src, size_t n, __m512i v[4])
{
	/* elements 0 and 1 of a pair of vectors, 2 and 3 of it */
	const __m512i low = _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 1, 5,
					      9, 13, 17, 21, 25, 29);
	const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(2));
	__m512i in[4];

	GS_UNROLL
	for (unsigned q = 0; q < 4; q++) {
		const int8_t *at = src + 4 * q * n;
		__m512i x;

		if (n == 16) {
			in[q] = _mm512_loadu_si512(at);
			continue;
		}
		x = _mm512_castsi128_si512(_mm_loadu_si128((const void *)at));

		x = _mm512_inserti32x4(
			x, _mm_loadu_si128((const void *)(at + n)), 1);
		x = _mm512_inserti32x4(
			x, _mm_loadu_si128((const void *)(at + 2 * n)), 2);
		in[q] = _mm512_inserti32x4(
			x, _mm_loadu_si128((const void *)(at + 3 * n)), 3);
	}
	for (unsigned h = 0; h < 2; h++) {
		const __m512i which = h ? high : low;
		const __m512i a =
			_mm512_permutex2var_epi32(in[0], which, in[1]);
		const __m512i b =
			_mm512_permutex2var_epi32(in[2], which, in[3]);

		v[2 * h] = _mm512_shuffle_i64x2(a, b, 0x44);
		v[2 * h + 1] = _mm512_shuffle_i64x2(a, b, 0xee);
	}
}

/* [n / 4][m][4]; n is m */
GS_INLINE uint64_t pack_row(uint8_t *dst, const int8_t *src, unsigned n,
			    unsigned m, int32_t *sums)
{
	const __m512i ones = _mm512_set1_epi8(1);
	uint64_t filled = 0;

	for (unsigned c = 0; c < m; c += COLUMNS) {
		__m512i sum = _mm512_setzero_si512();
		uint8_t *out = dst;

		for (unsigned r = 0; r < n; r += 16, out += 16 * m) {
			__m512i v[4];

			transpose16(src + (size_t)c * n + r, n, v);
			GS_UNROLL
			for (unsigned i = 0; i < 4; i++) {
				const uint64_t any =
					_mm512_test_epi32_mask(v[i], v[i]) != 0;

				_mm512_storeu_si512(out + 4 * (c + i * m),
						    v[i]);
				sum = _mm512_dpbusd_epi32(sum, ones, v[i]);
				filled |= any << (r / DEPTH + i);
			}
		}
		_mm512_storeu_si512(sums + c, sum);
	}
	return filled;
}

static uint64_t pack(void *dst, const int8_t *src, unsigned n, unsigned m,
		     int32_t *sums)
{
	/* with numbers the compiler knows */
	if (n == 16 && m == 16)
		return pack_row(dst, src, 16, 16, sums);
	if (n == 32 && m == 32)
		return pack_row(dst, src, 32, 32, sums);
	return pack_row(dst, src, n, m, sums);
}

/* -128 times the sum of the weights of each column. */
static void correct(int32_t *begin, const int32_t *sums,
		    const struct gs_gemm_step *rows, uint32_t num, unsigned m)
{
	for (unsigned c = 0; c < m; c += COLUMNS) {
		const __m512i was = _mm512_loadu_si512(begin + c);
		__m512i sum = _mm512_setzero_si512();

		for (uint32_t i = 0; i < num; i++)
			sum = _mm512_add_epi32(
				sum, _mm512_loadu_si512(
					     sums + (size_t)rows[i].w * m + c));
		_mm512_storeu_si512(
			begin + c,
			_mm512_sub_epi32(was, _mm512_slli_epi32(sum, 7)));
	}
}

_Static_assert(OFFSET == 1 << 7, "the shift of correct()");

const struct gs_fast_ops gs_fast_vnni = {
	.name = "AVX-512 VNNI",
	.columns = COLUMNS,
	.width = 2 * COLUMNS,
	.depth = DEPTH,
	.w_bytes = W_BYTES,
	.pack = pack,
	.correct = correct,
	.gemm = gemm,
	.rows = rows,
	.mul_cast8 = rows_MUL_CAST8,
	.narrow = narrow,
	.widen = widen,
};
