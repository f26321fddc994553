/* SPDX-License-Identifier: MIT */
/*
 * A hand-assembled model of two layers for tests of file, loader and runtime:
 *
 *   t = a + b            a has a border of 1, value 3
 *   y = t + k            k: a constant per channel, channels of y are reversed
 *   flat = y as [1, N]   a view
 *
 * a, b, t, y are [1, 16, H, H] int8 of scale 0.1; zero points 2, -2, 0, 0.
 * Outputs are y and flat. Sums saturate to int8.
 */
#ifndef GS_TEST_TINY_MODEL_H
#define GS_TEST_TINY_MODEL_H

#include "compiler/emit/program.h"

#define TINY_C 16
#define TINY_H 4
#define TINY_ELEMS (TINY_C * TINY_H * TINY_H)
#define TINY_SCALE 0.1f
#define TINY_A_BORDER 3
#define TINY_MACS 5000000000 /* told of its first layer */
#define TINY_Y_BORDER (-7)

struct tiny_model {
	struct gs_program program;
	struct gs_graph graph;
	struct gs_node node[3];
	struct gs_tensor tensor[5]; /* a b t y flat */
	struct gs_meta meta[2];
	struct gs_place place[5];
	struct gs_layer layer[2];
	struct gs_reloc reloc[32];
	uint32_t code[128];
	uint32_t channel_map[TINY_C];
	int8_t k[TINY_C];
	float scale;
};

/** tiny_model_init() - fill; everything lives in @m, which must not move */
void tiny_model_init(struct tiny_model *m);

/** tiny_model_expect() - y (logical order) from quantized a and b */
void tiny_model_expect(const struct tiny_model *m, const int8_t *a,
		       const int8_t *b, int8_t *y);

/** tiny_model_file() - gs_emit_model() of a fresh one; malloc()ed, or NULL */
uint8_t *tiny_model_file(size_t *size);

#endif /* GS_TEST_TINY_MODEL_H */
