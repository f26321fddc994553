/* SPDX-License-Identifier: MIT */
/* See plain.h. */
#include "tests/bench/plain.h"

#include <stdlib.h>
#include <time.h>

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

#define PLAIN_ROWS 36u
#define PLAIN_PIXELS 192u

/* As many columns as it takes at once, sums over 36 rows of the array. */
double plain_product(const struct gs_fast_ops *ops, const struct gs_arch *arch)
{
	const unsigned n = arch->array_n, m = arch->array_m;
	const unsigned groups = m < ops->width ? ops->width / m : 1;
	const uint32_t steps_a_row = n / ops->depth;
	const uint32_t num_steps = PLAIN_ROWS * steps_a_row;
	const uint32_t x_bytes = ops->x_bytes ? ops->x_bytes : 1;
	static int32_t out[PLAIN_PIXELS * 2 * GS_MAX_LANES];
	static const int32_t zero[2 * GS_MAX_LANES];
	struct gs_gemm_pixel pixels[PLAIN_PIXELS];
	struct gs_gemm_step *steps = calloc(num_steps, sizeof(*steps));
	uint8_t *x = calloc(PLAIN_PIXELS + PLAIN_ROWS, n * x_bytes);
	uint8_t *w = aligned_alloc(64, PLAIN_ROWS * groups * n * m * 2u);
	const struct gs_gemm gemm = {
		.x = x,
		.w = w,
		.steps = steps,
		.num_steps = num_steps,
		.pixels = pixels,
		.num_pixels = PLAIN_PIXELS,
		.m = m,
		.groups = groups,
		.w_group = (size_t)PLAIN_ROWS * n * m * ops->w_bytes,
		.begin = zero,
		.out = out,
		.out_group = m,
		.wide = true,
	};
	double best = 0;

	if (!x || !w || !steps) {
		free(steps);
		free(x);
		free(w);
		return 0;
	}
	memset(w, 1, PLAIN_ROWS * groups * n * m * 2u);
	for (uint32_t i = 0; i < num_steps; i++)
		steps[i] = (struct gs_gemm_step){
			i * ops->depth * x_bytes,
			i * ops->depth * m * ops->w_bytes,
		};
	for (uint32_t i = 0; i < PLAIN_PIXELS; i++)
		pixels[i] = (struct gs_gemm_pixel){ i * n * x_bytes,
						    i * groups * m };
	for (int i = 0; i < 400; i++) {
		double start = now(), rate;

		for (int k = 0; k < 50; k++)
			ops->gemm(&gemm);
		rate = 50.0 * n * m * groups * PLAIN_ROWS * PLAIN_PIXELS /
		       (now() - start);
		best = rate > best ? rate : best;
	}
	free(steps);
	free(x);
	free(w);
	return best;
}
