/* SPDX-License-Identifier: MIT */
/* Means that steps of 4 bits shift, taken from biases. Steps are whole numbers, and expected biases derived by hand. */
#include <errno.h>
#include <string.h>

#include "compiler/passes/shift.h"
#include "tests/unit/front_util.h"

/* Steps of 1, from 0 to 15 */
static void set_steps(struct gs_tensor *t)
{
	t->min = 0;
	t->max = 15;
}

/* x [1,1,1,1] -> Conv of weights 0.7 and 1.4 -> y; or x -> Conv of 1 -> Conv of 0.7 -> y */
static struct gs_graph *build(bool chain, struct log *log)
{
	static const int64_t dims[] = { 1, 1, 1, 1 }, two[] = { 2, 1, 1, 1 };
	static const float pair[] = { 0.7f, 1.4f }, first = 1, second = 0.7f;
	struct gs_graph *g;
	struct builder b;

	b_init(&b, 13);
	b_input(&b, "x", 4, dims);
	b_output(&b, "y", 0, NULL);
	if (chain) {
		memcpy(b_weights(&b, "v", 4, dims)->raw_data.data, &first,
		       sizeof(first));
		memcpy(b_weights(&b, "w", 4, dims)->raw_data.data, &second,
		       sizeof(second));
		b_node(&b, "Conv", "x v", "t");
		b_node(&b, "Conv", "t w", "y");
	} else {
		memcpy(b_weights(&b, "w", 4, two)->raw_data.data, pair,
		       sizeof(pair));
		b_node(&b, "Conv", "x w", "y");
	}
	assert_int_equal(load_built(&b, FUSED, &g, log), 0);
	g->data_type = g->weight_type = GS_DT_I4;
	return g;
}

/* The graph, quantized with these samples and corrected */
static struct gs_graph *correct(bool chain, const float *data, size_t num)
{
	const struct gs_calib calib = {
		.name = "x", .data = data, .samples = num, .num_values = num
	};
	struct gs_shift *shift;
	struct gs_graph *g;
	struct log log;

	g = build(chain, &log);
	assert_int_equal(gs_pass_calibrate(g, &calib, 1, &log.diag), 0);
	set_steps(g->input[0]);
	set_steps(g->node->output[0]);
	assert_true(gs_shift_wanted(g));
	assert_int_equal(gs_shift_create(g, &calib, 1, &shift, &log.diag), 0);
	assert_int_equal(shift != NULL, num > 1);
	assert_int_equal(gs_pass_quantize(g, &log.diag), 0);
	assert_int_equal(gs_shift_correct(shift, g, &log.diag), 0);
	gs_shift_destroy(shift);
	return g;
}

static void expect_bias(const struct gs_node *node, unsigned num, int32_t want)
{
	const struct gs_tensor *b = node->input[2];
	unsigned c;

	assert_non_null(b->qdata);
	for (c = 0; c < num; c++) {
		const double real = (double)b->quant.scale[c] * want;

		assert_int_equal(((const int32_t *)b->qdata)[c], want);
		assert_true(((const float *)b->data)[c] > real - 1e-5);
		assert_true(((const float *)b->data)[c] < real + 1e-5);
	}
}

/*
 * Steps of the bias are a seventh of the weight. Of 1.4 and 3.4, 0.4 are lost:
 * 2.8 steps. Of 1.4 and 2.2 it is 0.4 and 0.2: 0.3 with an error of 0.1, of
 * which 0.3 - 0.01 / 0.3 are left, 1.87 steps. 1.4 and 2.6 disagree.
 */
static void test_agreement(void **state)
{
	static const struct {
		float data[2];
		size_t num;
		int32_t want;
	} cases[] = {
		{ { 1.4f, 3.4f }, 2, 3 },
		{ { 1.4f, 2.2f }, 2, 2 },
		{ { 1.4f, 2.6f }, 2, 0 },
		{ { 1.4f, 0 }, 1, 0 },
	};
	struct gs_graph *g;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		g = correct(false, cases[i].data, cases[i].num);
		expect_bias(g->node, 2, cases[i].want);
		gs_graph_destroy(g);
	}
}

/* The first layer gives 1.43 and 3.43 then, of which the second reads 1 and 3 again. */
static void test_chain(void **state)
{
	static const float data[] = { 1.4f, 3.4f };
	struct gs_graph *g = correct(true, data, 2);

	(void)state;
	expect_bias(g->node, 1, 3);
	expect_bias(g->node->next, 1, 3);
	gs_graph_destroy(g);
}

static void test_not_wanted(void **state)
{
	struct gs_calib calib = { .name = "z",
				  .data = (const float[]){ 1, 2 },
				  .samples = 2,
				  .num_values = 2 };
	struct gs_shift *shift;
	struct gs_graph *g;
	struct log log;

	(void)state;
	g = build(false, &log);
	g->data_type = g->weight_type = GS_DT_I8;
	assert_false(gs_shift_wanted(g));
	g->weight_type = GS_DT_I4;
	assert_true(gs_shift_wanted(g));
	assert_int_equal(gs_shift_create(g, NULL, 0, &shift, &log.diag), 0);
	assert_null(shift);
	assert_int_equal(gs_shift_correct(NULL, g, &log.diag), 0);
	assert_int_equal(gs_shift_create(g, &calib, 1, &shift, &log.diag),
			 -EINVAL);
	assert_null(shift);
	assert_int_equal(log.diag.errors, 1);
	gs_graph_destroy(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agreement),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_not_wanted),
	};

	return cmocka_run_group_tests_name("shift", tests, NULL, NULL);
}
