/* SPDX-License-Identifier: MIT */
/* Softmax and LogSoftmax on the device, over a range of scales, against double precision. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/compile_util.h"
#include "tests/unit/graph_run.h"

/* The device rounds right but where the exact result is this near to a tie. */
#define TIE 0.06
#define ROWS 3
#define COLUMNS 37 /* not all lanes of the last row */

/* Rows of noise, exact: x - max - log(sum(exp(x - max))), or its exponential */
static void log_softmax(const int8_t *q, double sx, bool is_log, double *y)
{
	double most = -1000, sum = 0;
	int i;

	for (i = 0; i < COLUMNS; i++)
		most = fmax(most, q[i]);
	for (i = 0; i < COLUMNS; i++)
		sum += exp(sx * (q[i] - most));
	for (i = 0; i < COLUMNS; i++)
		y[i] = is_log ? sx * (q[i] - most) - log(sum) :
				exp(sx * (q[i] - most)) / sum;
}

static void check_softmax(const struct gs_codelet_lib *lib, const char *op,
			  double sx)
{
	const bool is_log = !strcmp(op, "LogSoftmax");
	int8_t in[ROWS * COLUMNS], out[ROWS * COLUMNS];
	const int8_t *given = in;
	double y[ROWS * COLUMNS], low = 0, sy = 1.0 / 256;
	struct gs_graph *g = new_graph();
	int i, zy = -128;
	uint32_t seed = 5;

	sx = (double)(float)sx;
	for (i = 0; i < ROWS * COLUMNS; i++) {
		seed = seed * 1664525u + 1013904223u;
		in[i] = (int8_t)(seed >> 24);
	}
	for (i = 0; i < ROWS; i++)
		log_softmax(in + i * COLUMNS, sx, is_log, y + i * COLUMNS);
	for (i = 0; i < ROWS * COLUMNS; i++)
		low = fmin(low, y[i]);
	if (is_log) {
		sy = (double)(float)(-low / 255);
		zy = 127;
	}
	graph_input(g, add_activation(g, "x", "3x37", sx, 9));
	graph_output(g, add_activation(g, "y", "3x37", sy, zy));
	gs_node_set_attr_int(g, add_node(g, op, "x", "y"), "axis", 1);
	run_graph(g, lib, gs_arch_default(), &given, out);
	for (i = 0; i < ROWS * COLUMNS; i++) {
		const double want = fmin(y[i] / sy + zy, 127);

		if (fabs(out[i] - want) > 0.5 + TIE)
			fail_msg("%s %d, steps of %g: %d, expected %.4f", op, i,
				 sx, out[i], want);
	}
	gs_graph_destroy(g);
}

/* Of inputs that are all alike, and of those of which all but one vanish, too */
static void test_softmax(void **state)
{
	static const double scale[] = { 1e-9, 1e-6, 1.5e-5, 1.6e-5, 0.0005,
					0.02, 0.4,  63,	    100,    3e5 };
	size_t s;

	(void)state;
	for (s = 0; s < sizeof(scale) / sizeof(scale[0]); s++) {
		check_softmax(shared_library(), "Softmax", scale[s]);
		check_softmax(shared_library(), "LogSoftmax", scale[s]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_softmax),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
