/* SPDX-License-Identifier: MIT */
/* The graph: shapes, types, edits, order, attributes, and what is printed of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/front_util.h"

static void test_shape(void **state)
{
	const struct gs_shape scalar = { 0 }, empty = { 2, { 3, 0 } };
	const struct gs_shape open = { 2, { -1, 4 } };
	const struct gs_shape image = { 4, { 1, 3, 224, 224 } };
	const struct gs_shape huge = { 3, { 1 << 20, 1 << 20, 2 } };
	char buf[64], tiny[4];

	(void)state;
	assert_int_equal(gs_shape_elems(&scalar), 1);
	assert_int_equal(gs_shape_elems(&empty), 0);
	assert_int_equal(gs_shape_elems(&open), -1);
	assert_int_equal(gs_shape_elems(&image), 3 * 224 * 224);
	assert_int_equal(gs_shape_elems(&huge), -1);
	assert_string_equal(gs_shape_format(&image, buf, sizeof(buf)),
			    "1x3x224x224");
	assert_string_equal(gs_shape_format(&open, buf, sizeof(buf)), "?x4");
	assert_string_equal(gs_shape_format(&image, tiny, sizeof(tiny)), "1x3");
	assert_true(gs_shape_equal(&image, &image));
	assert_false(gs_shape_equal(&image, &open));
}

static void test_dtype(void **state)
{
	(void)state;
	assert_int_equal(gs_dtype_size(GS_DT_F32), 4);
	assert_int_equal(gs_dtype_size(GS_DT_I8), 1);
	assert_int_equal(gs_dtype_size(GS_DT_I64), 8);
	assert_string_equal(gs_dtype_name(GS_DT_U8), "uint8");
}

static struct gs_node *chain(struct gs_graph *graph, const char *op,
			     struct gs_tensor *in)
{
	struct gs_node *node = gs_graph_add_node(graph, NULL, op);

	gs_node_set_input(node, 0, in);
	gs_node_set_output(node, 0,
			   gs_graph_add_tensor(graph, "t", GS_DT_F32, NULL));
	return node;
}

static void test_graph_edit(void **state)
{
	struct gs_graph *g = gs_graph_create();
	struct gs_tensor *x = gs_graph_add_tensor(g, "x", GS_DT_F32, NULL);
	struct gs_node *a = chain(g, "Relu", x), *b, *c;

	(void)state;
	b = chain(g, "Relu", a->output[0]);
	c = chain(g, "Add", b->output[0]);
	gs_node_set_input(c, 1, a->output[0]);
	g->output[g->num_outputs++] = c->output[0];
	assert_string_equal(a->name, "relu_0");
	assert_string_not_equal(a->output[0]->name, b->output[0]->name);
	assert_ptr_equal(gs_graph_find_tensor(g, "x"), x);
	assert_int_equal(gs_graph_num_uses(g, a->output[0]), 2);
	assert_int_equal(gs_graph_num_uses(g, c->output[0]), 1);
	gs_graph_replace_uses(g, b->output[0], x);
	assert_ptr_equal(c->input[0], x);
	gs_graph_remove_node(g, b);
	assert_null(b->output[0]->producer);
	assert_int_equal(gs_graph_prune(g), 0);
	assert_int_equal(g->num_tensors, 3);
	assert_int_equal(c->output[0]->id, 2);
	assert_ptr_equal(a->next, c);
	gs_graph_remove_node(g, c);
	b = chain(g, "Relu", x);
	assert_ptr_equal(a->next, b);
	gs_graph_destroy(g);
}

static void test_graph_sort(void **state)
{
	struct gs_graph *g = gs_graph_create();
	struct gs_tensor *x = gs_graph_add_tensor(g, "x", GS_DT_F32, NULL);
	struct gs_node *last = chain(g, "Relu", x), *first;
	struct log log;

	(void)state;
	first = chain(g, "Relu", x);
	gs_node_set_input(last, 0, first->output[0]);
	assert_int_equal(gs_graph_sort(g, log_init(&log)), 0);
	assert_ptr_equal(g->node, first);
	assert_ptr_equal(first->next, last);
	assert_null(last->next);
	gs_node_set_input(first, 0, last->output[0]);
	assert_int_equal(gs_graph_sort(g, log_init(&log)), -ELOOP);
	assert_non_null(strstr(log.text, "cycle"));
	gs_graph_destroy(g);
}

static void test_attributes(void **state)
{
	struct gs_graph *g = gs_graph_create();
	struct gs_node *node = gs_graph_add_node(g, "n", "Conv");
	const int64_t pads[] = { 1, 2 };

	(void)state;
	assert_int_equal(gs_node_attr_int(node, "group", 7), 7);
	assert_int_equal(gs_node_set_attr_int(g, node, "group", 3), 0);
	assert_int_equal(gs_node_set_attr_ints(g, node, "pads", pads, 2), 0);
	assert_int_equal(gs_node_set_attr_int(g, node, "group", 4), 0);
	assert_int_equal(gs_node_attr_int(node, "group", 7), 4);
	assert_int_equal(gs_node_attr(node, "pads")->ints[1], 2);
	gs_node_remove_attr(node, "group");
	gs_node_remove_attr(node, "none");
	assert_int_equal(node->num_attrs, 1);
	assert_string_equal(node->attr[0].name, "pads");
	assert_int_equal(gs_node_add_fused(g, node, "a"), 0);
	assert_int_equal(gs_node_add_fused(g, node, "b"), 0);
	assert_string_equal(node->fused, "a,b");
	gs_graph_destroy(g);
}

static void test_dump(void **state)
{
	struct gs_graph *g = load_op("shape_chain_gemm", FUSED);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	gs_graph_dump(g, out);
	fclose(out);
	assert_non_null(strstr(text, "Gemm("));
	assert_non_null(strstr(text, "view of %"));
	assert_non_null(strstr(text, "+relu fused(relu_1)"));
	assert_non_null(strstr(text, "pads=[0 0 0 0]"));
	free(text);
	gs_graph_destroy(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shape),
		cmocka_unit_test(test_dtype),
		cmocka_unit_test(test_graph_edit),
		cmocka_unit_test(test_graph_sort),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_dump),
	};

	return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
