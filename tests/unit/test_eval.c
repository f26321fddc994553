/* SPDX-License-Identifier: MIT */
/*
 * The float evaluation: products of matrices on all vector units, bit for bit
 * as plain loops make them; and in little memory the same values.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/passes/eval.h"
#include "compiler/passes/eval_unit.h"
#include "tests/unit/front_util.h"

#define COLS GS_TILE_COLS
#define MAX_K 300

static float uniform(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (float)(*state >> 40) * 0x1p-23f - 1;
}

static void check_unit(const struct gs_eval_unit *unit, int64_t k, int64_t num,
		       bool biased)
{
	static float w[GS_TILE_ROWS * MAX_K], cols[MAX_K * COLS];
	float out[GS_TILE_ROWS * COLS], one[COLS], bias[GS_TILE_ROWS];
	uint64_t state = (uint64_t)(k * COLS + num);
	int64_t i, c;
	unsigned r;

	for (i = 0; i < GS_TILE_ROWS * k; i++)
		w[i] = uniform(&state);
	for (i = 0; i < k * COLS; i++)
		cols[i] = uniform(&state);
	for (r = 0; r < GS_TILE_ROWS; r++)
		bias[r] = uniform(&state);
	unit->run(w, k, cols, num, biased ? bias : NULL, out);
	for (r = 0; r < unit->rows; r++) {
		unit->run_one(w + r * k, k, cols, num, biased ? bias + r : NULL,
			      one);
		for (c = 0; c < num; c++) {
			float want = biased ? bias[r] : 0.0f;

			for (i = 0; i < k; i++) {
				const float product =
					w[r * k + i] * cols[i * COLS + c];

				want += product;
			}
			assert_memory_equal(&out[r * COLS + c], &want,
					    sizeof(want));
			assert_memory_equal(&one[c], &want, sizeof(want));
		}
	}
}

static void test_units(void **state)
{
	static const int64_t k[] = { 1, 2, 9, 27, MAX_K };
	static const int64_t num[] = { 1, 15, 16, 17, 33, COLS };
	unsigned level, i, j, units = 0;

	(void)state;
	for (level = 0; level < 3; level++) {
		const struct gs_eval_unit *unit = gs_eval_unit_level(level);

		if (!unit)
			continue;
		units++;
		assert_in_range(unit->rows, 1, GS_TILE_ROWS);
		for (i = 0; i < sizeof(k) / sizeof(k[0]); i++)
			for (j = 0; j < sizeof(num) / sizeof(num[0]); j++)
				check_unit(unit, k[i], num[j], j % 2);
	}
	assert_true(units >= 1);
	assert_non_null(gs_eval_unit_level(0));
	assert_null(gs_eval_unit_level(3));
	assert_non_null(gs_eval_unit());
}

static void fill_inputs(const struct gs_graph *graph, struct gs_eval *eval)
{
	uint64_t state = 1;
	int64_t k;
	unsigned i;

	for (i = 0; i < graph->num_inputs; i++)
		for (k = 0; k < gs_shape_elems(&graph->input[i]->shape); k++)
			gs_eval_data(eval, graph->input[i])[k] =
				uniform(&state);
}

/* Results that were at a place which an earlier result had */
static unsigned compare_steps(struct gs_eval *all, struct gs_eval *sparing)
{
	const float *used[256];
	const struct gs_node *node;
	unsigned num = 0, again = 0, i, o;
	size_t step;

	for (step = 0; (node = gs_eval_node(sparing, step)); step++) {
		gs_eval_step(sparing, step);
		for (o = 0; o < node->num_outputs; o++) {
			const struct gs_tensor *t = node->output[o];
			const float *got = gs_eval_values(sparing, t);

			assert_memory_equal(got, gs_eval_values(all, t),
					    (size_t)gs_shape_elems(&t->shape) *
						    sizeof(float));
			for (i = 0; i < num && used[i] != got; i++)
				;
			again += i < num;
			assert_true(num < 256);
			used[num++] = got;
		}
	}
	assert_null(gs_eval_node(all, step));
	return again;
}

/* Each value is right when it is computed, though memory is used again. */
static void test_sparing(void **state)
{
	const char *const *name;
	unsigned again = 0, models = 0;
	struct log log;

	(void)state;
	for (name = ops_names(); *name; name++, models++) {
		struct gs_eval *all, *sparing;
		struct gs_graph *graph;

		if (!strcmp(*name, "unsupported_ops"))
			continue;
		graph = load_op(*name, FUSED);
		all = gs_eval_create(graph, log_init(&log));
		sparing = gs_eval_create_sparing(graph, &log.diag);
		assert_non_null(all);
		assert_non_null(sparing);
		fill_inputs(graph, all);
		fill_inputs(graph, sparing);
		gs_eval_run(all);
		again += compare_steps(all, sparing);
		gs_eval_destroy(all);
		gs_eval_destroy(sparing);
		gs_graph_destroy(graph);
	}
	assert_true(models > 20);
	assert_true(again > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_sparing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
