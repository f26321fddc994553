/* SPDX-License-Identifier: MIT */
/*
 * What the products of all vector units share: columns are taken in strips of
 * as many as a vector holds, one or two of them at once, and pixels in blocks
 * whose sums stay in registers.
 */
#ifndef GS_FAST_GEMM_H
#define GS_FAST_GEMM_H

#include "hw-model/core/fast.h"

#define GS_INLINE static inline __attribute__((always_inline))

/* Of loops over pixels or strips, so that sums are registers. */
#define GS_UNROLL _Pragma("GCC unroll 8")

/* Most pixels of a block, strips at once. */
#define GS_BLOCK_PIXELS 8
#define GS_BLOCK_STRIPS 2

/* Four bytes of activations. */
GS_INLINE int32_t gs_four(const uint8_t *x)
{
	int32_t value;

	memcpy(&value, x, sizeof(value));
	return value;
}

/* Strips that are computed at once. */
struct gs_strips {
	const uint8_t *w[GS_BLOCK_STRIPS];
	const int32_t *begin[GS_BLOCK_STRIPS];
	int32_t *out[GS_BLOCK_STRIPS];
};

/* The sums of some pixels and strips, from the first to the last step. */
typedef void gs_block_fn(const struct gs_gemm *g, const struct gs_strips *at,
			 const struct gs_gemm_pixel *pixel);

/* What a vector unit has for them. */
struct gs_blocks {
	unsigned columns; /* of a strip */
	unsigned bytes; /* of packed weights in a step, from column to column */
	unsigned strips, pixels; /* most of a block */
	/* by number of strips and pixels, each less one */
	gs_block_fn *block[GS_BLOCK_STRIPS][GS_BLOCK_PIXELS];
};

/*
 * A function block_PIXELS_STRIPS of block(), which is inlined with constant
 * numbers of both.
 */
#define GS_BLOCK(pixels, strips)                                     \
	static void block_##pixels##_##strips(                       \
		const struct gs_gemm *g, const struct gs_strips *at, \
		const struct gs_gemm_pixel *pixel)                   \
	{                                                            \
		block(g, at, pixel, pixels, strips);                 \
	}

/* Strip number @index as the @v th at once. */
static inline void gs_strip_find(const struct gs_gemm *g,
				 const struct gs_blocks *blocks, unsigned index,
				 unsigned v, struct gs_strips *at)
{
	const unsigned in_group = g->m / blocks->columns;
	const unsigned group = index / in_group;
	const unsigned column = index % in_group * blocks->columns;

	at->w[v] = (const uint8_t *)g->w + group * g->w_group +
		   (size_t)column * blocks->bytes;
	at->begin[v] = g->begin + index * blocks->columns;
	at->out[v] = g->out + group * g->out_group + column;
}

/* Lines of the cache a block asks for, while it computes. */
#define GS_AHEAD_LINES 64u

static inline void gs_look_ahead(struct gs_ahead *ahead)
{
	for (unsigned i = 0; i < GS_AHEAD_LINES && ahead->at < ahead->end;
	     i++) {
		__builtin_prefetch((const void *)ahead->at, 0, 2);
		ahead->at += 64;
	}
}

/* All pixels; the blocks are as equal as can be. */
static inline void gs_strips_run(const struct gs_gemm *g,
				 const struct gs_blocks *blocks,
				 unsigned strips, const struct gs_strips *at)
{
	const uint64_t num =
		(g->num_pixels + blocks->pixels - 1) / blocks->pixels;
	uint64_t done = 0;

	for (uint64_t i = 1; i <= num; i++) {
		const uint64_t end = g->num_pixels * i / num;

		if (g->ahead)
			gs_look_ahead(g->ahead);
		blocks->block[strips - 1][end - done - 1](g, at,
							  g->pixels + done);
		done = end;
	}
}

static inline void gs_gemm_run(const struct gs_gemm *g,
			       const struct gs_blocks *blocks)
{
	const unsigned num = g->groups * (g->m / blocks->columns);
	struct gs_strips at;

	for (unsigned i = 0; i < num; i += blocks->strips) {
		const unsigned strips =
			num - i < blocks->strips ? num - i : blocks->strips;

		for (unsigned v = 0; v < strips; v++)
			gs_strip_find(g, blocks, i + v, v, &at);
		gs_strips_run(g, blocks, strips, &at);
	}
}

#endif /* GS_FAST_GEMM_H */
