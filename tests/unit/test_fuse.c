/* SPDX-License-Identifier: MIT */
/* Operators of single values in one form, and what is fused. */
#include <errno.h>
#include <string.h>

#include "tests/unit/front_util.h"

/* ---- one form ------------------------------------------------------------ */

/* Two operands each; the constant, of whatever rank, last and with the result's. */
static void test_chain(void **state)
{
	const struct gs_node *n;
	struct gs_graph *g;
	struct builder b;

	(void)state;
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	b_input(&b, "z", DIMS(1, 2, 1, 1));
	b_output(&b, "y", DIMS(1, 2, 4, 4));
	b_weights(&b, "k", DIMS(4));
	b_node(&b, "Sum", "x", "s");
	b_node(&b, "Max", "k s z", "y");
	g = built(&b, SIMPLE);
	n = g->node;
	assert_string_equal(n->op, "Max");
	assert_int_equal(n->num_inputs, 2);
	assert_string_equal(n->input[0]->name, "x");
	assert_string_equal(n->input[1]->name, "z");
	n = n->next;
	assert_ptr_equal(n->input[0], g->node->output[0]);
	assert_int_equal(n->input[1]->shape.rank, 4);
	assert_int_equal(n->input[1]->shape.dim[3], 4);
	assert_non_null(n->input[1]->data);
	assert_string_equal(n->output[0]->name, "y");
	assert_null(n->next);
	gs_graph_destroy(g);
}

static void test_rewritten(void **state)
{
	static const struct {
		int64_t power;
		const char *becomes;
		unsigned inputs;
	} cases[] = { { 2, "Mul", 2 }, { 1, NULL, 0 } };
	struct gs_graph *g;
	struct builder b;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		b_init(&b, 13);
		b_input(&b, "x", DIMS(1, 2, 4, 4));
		b_output(&b, "y", DIMS(1, 2, 4, 4));
		b_ints(&b, "e", 1, &cases[i].power);
		b_attr_int(&b, b_node(&b, "Cast", "x", "c"), "to", 1);
		b_node(&b, "Pow", "c e", "y");
		g = built(&b, SIMPLE);
		assert_int_equal(!g->node, !cases[i].becomes);
		if (g->node) {
			assert_string_equal(g->node->op, cases[i].becomes);
			assert_int_equal(g->node->num_inputs, cases[i].inputs);
			assert_ptr_equal(g->node->input[0], g->input[0]);
			assert_ptr_equal(g->node->input[1], g->input[0]);
		}
		gs_graph_destroy(g);
	}
}

static void test_powers_kept(void **state)
{
	struct gs_graph *g;
	struct builder b;
	struct log log;

	(void)state;
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	b_output(&b, "y", DIMS(1, 2, 4, 4));
	b_ints(&b, "e", 1, (const int64_t[]){ 3 });
	b_node(&b, "Pow", "x e", "y");
	/* which is for a codelet */
	g = built(&b, SIMPLE);
	assert_string_equal(g->node->op, "Pow");
	gs_graph_destroy(g);
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	b_output(&b, "y", DIMS(1, 2, 4, 4));
	b_node(&b, "Pow", "x x", "y");
	g = built(&b, SIMPLE);
	assert_string_equal(g->node->op, "Pow");
	gs_graph_destroy(g);
	/* integers as real values */
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	b_output(&b, "y", DIMS(1, 2, 4, 4));
	b_ints(&b, "e", 4, (const int64_t[]){ 3, 1, 2, 0 });
	b_node(&b, "Pow", "x e", "y");
	g = built(&b, SIMPLE);
	assert_int_equal(g->node->input[1]->type, GS_DT_F32);
	assert_true(((const float *)g->node->input[1]->data)[2] == 2);
	gs_graph_destroy(g);
	/* without an exponent */
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	b_output(&b, "y", DIMS(1, 2, 4, 4));
	b_node(&b, "Pow", "x", "y");
	assert_true(load_built(&b, SIMPLE, &g, &log) < 0);
	assert_non_null(strstr(log.text, "input 1 is missing"));
	gs_graph_destroy(g);
}

/* ---- fusion -------------------------------------------------------------- */

static struct gs_node *set_float(struct gs_graph *g, struct gs_node *node,
				 const char *name, float value)
{
	const struct gs_attr attr = { .name = name,
				      .kind = GS_ATTR_FLOAT,
				      .f = value };

	assert_int_equal(gs_node_set_attr(g, node, &attr), 0);
	return node;
}

/* Clip and LeakyRelu fuse, the latter where a slope is cheap. */
static void test_fused_activations(void **state)
{
	static const struct {
		const char *first, *second;
		float min, max, alpha;
		enum gs_activation want;
	} cases[] = {
		{ "Conv", "Clip", 0, 6, 0, GS_ACT_CLIP },
		{ "Conv", "Clip", 6, 0, 0, GS_ACT_NONE },
		{ "Mul", "Clip", -1, 1, 0, GS_ACT_CLIP },
		{ "Sigmoid", "Clip", -1, 1, 0, GS_ACT_NONE },
		{ "Conv", "LeakyRelu", 0, 0, 0.125f, GS_ACT_LEAKY },
		{ "Conv", "LeakyRelu", 0, 0, 1.5f, GS_ACT_NONE },
		{ "Mul", "LeakyRelu", 0, 0, 0.125f, GS_ACT_NONE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const bool clip = !strcmp(cases[i].second, "Clip");
		struct gs_graph *g;
		struct builder b;
		struct log log;

		b_init(&b, 13);
		b_input(&b, "x", DIMS(1, 2, 4, 4));
		b_output(&b, "y", DIMS(1, 2, 4, 4));
		b_weights(&b, "w", DIMS(2, 2, 1, 1));
		b_weights(&b, "k", DIMS(1, 1));
		b_node(&b, cases[i].first,
		       !strcmp(cases[i].first, "Conv") ? "x w" :
		       !strcmp(cases[i].first, "Mul")  ? "k x" :
							 "x",
		       "t");
		b_node(&b, cases[i].second, "t", "y");
		g = built(&b, SIMPLE);
		set_float(g, g->node->next, clip ? "min" : "alpha",
			  clip ? cases[i].min : cases[i].alpha);
		if (clip)
			set_float(g, g->node->next, "max", cases[i].max);
		assert_int_equal(gs_pass_fuse(g, log_init(&log)), 0);
		assert_int_equal(g->node->activation, cases[i].want);
		assert_true(!g->node->next == (cases[i].want != GS_ACT_NONE));
		if (cases[i].want == GS_ACT_CLIP)
			assert_true(g->node->act[0] == cases[i].min &&
				    g->node->act[1] == cases[i].max);
		if (cases[i].want == GS_ACT_LEAKY)
			assert_true(g->node->act[0] == cases[i].alpha);
		gs_graph_destroy(g);
	}
}

/*
 * An Add becomes the last input of a Conv before it, which then has to wait for
 * what it adds; not where the sum is not all that uses the Conv's result.
 */
static void test_fused_residual(void **state)
{
	struct gs_graph *g;
	struct builder b;
	const struct gs_node *n;

	(void)state;
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	b_output(&b, "y", DIMS(1, 2, 4, 4));
	b_output(&b, "u", DIMS(1, 2, 4, 4));
	b_weights(&b, "w", DIMS(2, 2, 1, 1));
	b_node(&b, "Conv", "x w", "c");
	b_node(&b, "Conv", "x w", "d");
	b_node(&b, "Relu", "d", "e");
	b_node(&b, "Add", "e c", "s");
	b_node(&b, "Relu", "s", "y");
	b_node(&b, "Conv", "y w", "t");
	b_node(&b, "Add", "t x", "u2");
	b_node(&b, "Mul", "t u2", "u");
	g = built(&b, FUSED);
	n = g->node; /* d, with Relu, comes first now */
	assert_string_equal(n->output[0]->name, "e");
	assert_false(n->residual);
	n = n->next;
	assert_string_equal(n->output[0]->name, "y");
	assert_true(n->residual);
	assert_int_equal(n->activation, GS_ACT_RELU);
	assert_int_equal(n->num_inputs, 4);
	assert_null(n->input[2]);
	assert_string_equal(n->input[3]->name, "e");
	n = n->next;
	assert_string_equal(n->op, "Conv");
	assert_false(n->residual);
	assert_string_equal(n->next->op, "Add");
	gs_graph_destroy(g);
}

/* ---- common subexpressions ----------------------------------------------------- */

static struct gs_node *giving(const struct gs_graph *g, const char *tensor)
{
	struct gs_node *n = g->node;

	while (n && strcmp(n->output[0]->name, tensor))
		n = n->next;
	return n;
}

/* a is b, for k and l are equal, so that c is d; m differs from k behind byte 64. */
static void test_common(void **state)
{
	struct gs_graph *g;
	struct builder b;
	struct log log;

	(void)state;
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 4, 4, 4));
	b_output(&b, "y", DIMS(1, 4, 4, 4));
	b_weights(&b, "k", DIMS(8, 4, 1, 1));
	b_weights(&b, "l", DIMS(8, 4, 1, 1));
	((float *)(void *)b_weights(&b, "m", DIMS(8, 4, 1, 1))
		 ->raw_data.data)[31] = 1;
	b_weights(&b, "n", DIMS(4, 8, 1, 1));
	b_node(&b, "Conv", "x k", "a");
	b_node(&b, "Conv", "x l", "b");
	b_node(&b, "Conv", "x m", "e");
	b_node(&b, "Conv", "b n", "c");
	b_node(&b, "Conv", "a n", "d");
	b_node(&b, "Conv", "e n", "f");
	b_node(&b, "Sum", "c d f", "y");
	assert_int_equal(load_built(&b, SIMPLE, &g, &log), 0);
	assert_int_equal(gs_pass_cse(g, log_init(&log)), 0);
	assert_non_null(giving(g, "a"));
	assert_null(giving(g, "b"));
	assert_null(giving(g, "d"));
	assert_ptr_equal(giving(g, "c")->input[0], giving(g, "a")->output[0]);
	assert_ptr_equal(giving(g, "f")->input[0], giving(g, "e")->output[0]);
	assert_string_equal(giving(g, "a")->fused, "n01");
	assert_string_equal(giving(g, "c")->fused, "n04");
	assert_null(giving(g, "e")->fused);
	assert_null(giving(g, "f")->fused);
	gs_graph_destroy(g);
}

/* Results of the model keep their names, so each has a node that gives it; three are one else. */
static void test_common_results(void **state)
{
	struct gs_graph *g;
	struct builder b;
	struct log log;

	(void)state;
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	b_output(&b, "y", DIMS(1, 2, 4, 4));
	b_output(&b, "z", DIMS(1, 2, 4, 4));
	b_output(&b, "s", DIMS(1, 2, 4, 4));
	b_node(&b, "Sigmoid", "x", "y");
	b_node(&b, "Sigmoid", "x", "z");
	b_node(&b, "Sigmoid", "x", "a");
	b_node(&b, "Tanh", "x", "b");
	b_node(&b, "Add", "a b", "s");
	assert_int_equal(load_built(&b, SIMPLE, &g, &log), 0);
	assert_int_equal(gs_pass_cse(g, log_init(&log)), 0);
	assert_non_null(giving(g, "y"));
	assert_non_null(giving(g, "z"));
	assert_null(giving(g, "a"));
	assert_non_null(giving(g, "b"));
	assert_ptr_equal(giving(g, "s")->input[0], giving(g, "y")->output[0]);
	gs_graph_destroy(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_rewritten),
		cmocka_unit_test(test_powers_kept),
		cmocka_unit_test(test_fused_activations),
		cmocka_unit_test(test_fused_residual),
		cmocka_unit_test(test_common),
		cmocka_unit_test(test_common_results),
	};

	return cmocka_run_group_tests_name("fuse", tests, NULL, NULL);
}
