/* SPDX-License-Identifier: MIT */
/* Noise in the scratchpads before a run, as tests/vectors/README.md defines. */

#include "hw-model/tools/sim.h"

#define MAX_BANKS (128 * 128)

static uint32_t xorshift32(uint32_t x)
{
	x ^= x << 13;
	x ^= x >> 17;
	return x ^ x << 5;
}

static void fill_row(struct gs_core *core, enum gs_scratchpad buf,
		     unsigned half, uint32_t row, uint32_t *x)
{
	static int32_t values[MAX_BANKS];
	int banks = gs_core_peek(core, buf, half, row, NULL, 0);

	for (int i = 0; i < banks; i++) {
		*x = xorshift32(*x);
		values[i] = (int32_t)*x;
	}
	gs_core_poke(core, buf, half, row, values, MAX_BANKS);
}

void sim_fill_noise(struct gs_core *core, uint32_t seed)
{
	uint32_t x = seed;

	for (unsigned b = 0; b < GS_SPAD_COUNT; b++) {
		enum gs_scratchpad buf = (enum gs_scratchpad)b;
		unsigned halves = buf == GS_SPAD_OBUF ? 2 : 1;

		for (unsigned half = 0; half < halves; half++)
			for (uint32_t r = 0; r < gs_core_rows(core, buf); r++)
				fill_row(core, buf, half, r, &x);
	}
}
