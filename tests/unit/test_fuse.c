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
	struct log log;

	(void)state;
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	b_input(&b, "z", DIMS(1, 2, 1, 1));
	b_output(&b, "y", DIMS(1, 2, 4, 4));
	b_weights(&b, "k", DIMS(4));
	b_node(&b, "Sum", "x", "s");
	b_node(&b, "Max", "k s z", "y");
	assert_int_equal(load_built(&b, SIMPLE, &g, &log), 0);
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
	struct log log;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		b_init(&b, 13);
		b_input(&b, "x", DIMS(1, 2, 4, 4));
		b_output(&b, "y", DIMS(1, 2, 4, 4));
		b_ints(&b, "e", 1, &cases[i].power);
		b_attr_int(&b, b_node(&b, "Cast", "x", "c"), "to", 1);
		b_node(&b, "Pow", "c e", "y");
		assert_int_equal(load_built(&b, SIMPLE, &g, &log), 0);
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
	assert_int_equal(load_built(&b, SIMPLE, &g, &log), 0);
	assert_string_equal(g->node->op, "Pow");
	gs_graph_destroy(g);
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	b_output(&b, "y", DIMS(1, 2, 4, 4));
	b_node(&b, "Pow", "x x", "y");
	assert_int_equal(load_built(&b, SIMPLE, &g, &log), 0);
	assert_string_equal(g->node->op, "Pow");
	gs_graph_destroy(g);
	/* integers as real values */
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	b_output(&b, "y", DIMS(1, 2, 4, 4));
	b_ints(&b, "e", 4, (const int64_t[]){ 3, 1, 2, 0 });
	b_node(&b, "Pow", "x e", "y");
	assert_int_equal(load_built(&b, SIMPLE, &g, &log), 0);
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
		assert_int_equal(load_built(&b, SIMPLE, &g, &log), 0);
		set_float(g, g->node->next, clip ? "min" : "alpha",
			  clip ? cases[i].min : cases[i].alpha);
		if (clip)
			set_float(g, g->node->next, "max", cases[i].max);
		assert_int_equal(gs_pass_fuse(g, &log.diag), 0);
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
	struct log log;
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
	assert_int_equal(load_built(&b, FUSED, &g, &log), 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_rewritten),
		cmocka_unit_test(test_powers_kept),
		cmocka_unit_test(test_fused_activations),
		cmocka_unit_test(test_fused_residual),
	};

	return cmocka_run_group_tests_name("fuse", tests, NULL, NULL);
}
