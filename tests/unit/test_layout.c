/* SPDX-License-Identifier: MIT */
/*
 * Borders of layouts, the copies two readers may need, and nodes opened into
 * scalar operations; on graphs made by hand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/fdfg.h"
#include "compiler/passes/layout.h"
#include "tests/unit/codelet_util.h"

/* ---- layout -------------------------------------------------------------- */

static void lay_out(struct fixture *f)
{
	fixture_bind(f);
	if (gs_pass_layout(f->g, &f->lib, &f->acg, &f->first, &f->r.diag))
		fail_msg("%s", f->r.text);
}

static void check_border(const struct gs_tensor *t, uint32_t top, uint32_t left,
			 uint32_t bottom, uint32_t right, int value)
{
	const struct gs_layout *l = &t->layout;

	assert_true(l->valid);
	assert_int_equal(l->top, top);
	assert_int_equal(l->left, left);
	assert_int_equal(l->bottom, bottom);
	assert_int_equal(l->right, right);
	assert_int_equal(l->border_value, value);
	assert_int_equal(l->bytes, (uint64_t)l->n *
					   ((uint64_t)l->h + top + bottom) *
					   ((uint64_t)l->w + left + right) *
					   (uint64_t)l->c_phys);
}

static void add_conv(struct fixture *f, const char *y_shape, const char *pads,
		     const char *strides)
{
	struct gs_node *node;

	add_weight(f->g, "w", "20x3x3x3");
	add_activation(f->g, "y", y_shape, 0.25, 7);
	node = add_node(f->g, "Conv", "x w", "y");
	set_ints(f->g, node, "pads", pads);
	set_ints(f->g, node, "strides", strides);
}

static void add_pool(struct fixture *f, const char *pads, int zero)
{
	struct gs_node *node;

	add_activation(f->g, "p", "1x3x8x8", 0.5, zero);
	node = add_node(f->g, "MaxPool", "x", "p");
	set_ints(f->g, node, "kernel_shape", "3 3");
	set_ints(f->g, node, "pads", pads);
}

static void test_border(void **state)
{
	static const struct {
		const char *y, *pads, *strides;
		uint32_t border[4]; /* top, left, bottom, right */
	} cases[] = {
		{ "1x20x6x6", "0 0 0 0", "1 1", { 0, 0, 0, 0 } },
		{ "1x20x8x8", "1 1 1 1", "1 1", { 1, 1, 1, 1 } },
		{ "1x20x9x7", "2 0 1 1", "1 1", { 2, 0, 1, 1 } },
		/* the last window of stride 2 does not reach the end */
		{ "1x20x4x4", "1 1 1 1", "2 2", { 1, 1, 0, 0 } },
		{ "1x20x3x3", "0 0 0 0", "2 2", { 0, 0, 0, 0 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint32_t *b = cases[i].border;
		const struct gs_tensor *x;
		struct fixture f;

		fixture_init(&f);
		x = add_activation(f.g, "x", "1x3x8x8", 0.5, -3);
		add_conv(&f, cases[i].y, cases[i].pads, cases[i].strides);
		lay_out(&f);
		check_border(x, b[0], b[1], b[2], b[3], -3);
		assert_int_equal(x->layout.c_phys, 16);
		assert_int_equal(x->layout.order, GS_ORDER_NCHW);
		check_border(gs_graph_find_tensor(f.g, "y"), 0, 0, 0, 0, 7);
		assert_int_equal(gs_graph_find_tensor(f.g, "y")->layout.c_phys,
				 32);
		assert_null(f.first->next);
		fixture_fini(&f);
	}
}

static unsigned count(const struct gs_bound_node *b)
{
	return b ? 1 + count(b->next) : 0;
}

/* Convolution wants the zero point around x, max-pool the smallest value. */
static void test_conflict(void **state)
{
	const struct gs_tensor *x, *copy;
	const struct gs_bound_node *c;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	x = add_activation(f.g, "x", "1x3x8x8", 0.5, -3);
	add_conv(&f, "1x20x8x8", "1 1 1 1", "1 1");
	add_pool(&f, "1 1 1 1", -3);
	lay_out(&f);
	assert_int_equal(count(f.first), 3);
	c = f.first->next;
	assert_string_equal(c->cl->name, "copy");
	assert_string_equal(c->next->cl->name, "maxpool");
	assert_string_equal(c->node->op, "Copy");
	assert_ptr_equal(c->node->input[0], x);
	copy = c->node->output[0];
	assert_string_equal(copy->name, "x/for/maxpool_1");
	assert_ptr_equal(find_operand(c->next, "x")->tensor, copy);
	assert_ptr_equal(find_operand(c, "y")->tensor, copy);
	check_border(x, 1, 1, 1, 1, -3);
	check_border(copy, 1, 1, 1, 1, -128);
	assert_int_equal(copy->quant.zero_point, -3);
	fixture_fini(&f);
}

/* The other way around the convolution reads the copy. */
static void test_conflict_reversed(void **state)
{
	const struct gs_tensor *x;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	x = add_activation(f.g, "x", "1x3x8x8", 0.5, -3);
	add_pool(&f, "1 1 1 1", -3);
	add_conv(&f, "1x20x8x8", "1 1 1 1", "1 1");
	lay_out(&f);
	assert_int_equal(count(f.first), 3);
	assert_string_equal(f.first->cl->name, "maxpool");
	assert_string_equal(f.first->next->cl->name, "copy");
	check_border(x, 1, 1, 1, 1, -128);
	check_border(find_operand(f.first->next->next, "x")->tensor, 1, 1, 1, 1,
		     -3);
	fixture_fini(&f);
}

static void test_no_conflict(void **state)
{
	static const struct {
		const char *conv_pads, *conv_y, *pool_pads;
		int zero;
	} cases[] = {
		/* the pool reaches nothing outside */
		{ "1 1 1 1", "1x20x8x8", "0 0 2 2", -128 },
		{ "0 0 0 0", "1x20x6x6", "1 1 1 1", -3 },
		/* the values are the same */
		{ "1 1 1 1", "1x20x8x8", "1 1 1 1", -128 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;

		fixture_init(&f);
		add_activation(f.g, "x", "1x3x8x8", 0.5, cases[i].zero);
		add_conv(&f, cases[i].conv_y, cases[i].conv_pads, "1 1");
		add_pool(&f, cases[i].pool_pads, cases[i].zero);
		lay_out(&f);
		assert_int_equal(count(f.first), 2);
		fixture_fini(&f);
	}
}

/* A node whose two inputs both need copies gets two. */
static void test_two_copies(void **state)
{
	static const char text[] =
		"codelet c { operator Add; input a[N, H, W, C] border min;\n"
		"input b[N, H, W, C] border min; output y[N, H, W, C];\n"
		"transfer a: DRAM -> VMEM1; transfer b: DRAM -> VMEM2;\n"
		"transfer y: VMEM1 -> DRAM; loop n < N, h < H, col < W, c < C {\n"
		"y = add(a[n, h + col - 7, col, c], b[n, h + col - 7, col, c]); } }";
	const struct gs_bound_node *b;
	struct gs_codelet_lib extra;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	library_of(text, &extra);
	extra.first->next = f.lib.first;
	f.lib.first = extra.first;
	add_activation(f.g, "x", "1x3x8x8", 0.5, -3);
	add_conv(&f, "1x20x8x8", "1 1 1 1", "1 1");
	add_activation(f.g, "x2", "1x3x8x8", 0.5, -3);
	add_weight(f.g, "w2", "20x3x3x3");
	add_activation(f.g, "y2", "1x20x8x8", 0.25, 7);
	set_ints(f.g, add_node(f.g, "Conv", "x2 w2", "y2"), "pads", "1 1 1 1");
	add_activation(f.g, "sum", "1x3x8x8", 0.5, -3);
	add_node(f.g, "Add", "x x2", "sum");
	lay_out(&f);
	assert_int_equal(count(f.first), 5);
	for (b = f.first->next->next; b->next; b = b->next)
		assert_string_equal(b->cl->name, "copy");
	assert_string_equal(b->cl->name, "c");
	assert_string_equal(b->operand[0].tensor->name, "x/for/add_2");
	assert_string_equal(b->operand[1].tensor->name, "x2/for/add_2");
	check_border(b->operand[0].tensor, 7, 0, 0, 0, -128);
	check_border(b->operand[1].tensor, 7, 0, 0, 0, -128);
	fixture_fini(&f);
}

/* ---- opened nodes -------------------------------------------------------- */

static void test_open(void **state)
{
	const struct gs_fdfg *open;
	struct gs_fdfg_scalar s;
	struct gs_node *node;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	node = make_conv(f.g);
	fixture_bind(&f);
	assert_null(node->open); /* not before it is asked for */
	open = gs_fdfg_open(f.g, f.first);
	assert_non_null(open);
	assert_ptr_equal(open, node->open);
	assert_ptr_equal(open, gs_fdfg_open(f.g, f.first));
	assert_int_equal(open->num_ops, 3);
	assert_int_equal(open->op[0].points, 2 * 5 * 9 * 20 * 3 * 3 * 2);
	assert_int_equal(open->op[1].points, 2 * 5 * 9 * 20);
	assert_false(gs_fdfg_scalar(open, 0, open->op[0].points, &s));
	assert_false(gs_fdfg_scalar(open, 0, UINT64_MAX, &s));
	assert_false(gs_fdfg_scalar(open, 3, 0, &s));
	fixture_fini(&f);
}

static void check_sub(const int64_t *sub, unsigned num, const int64_t *want)
{
	unsigned d;

	for (d = 0; d < num; d++)
		assert_int_equal(sub[d], want[d]);
}

static void test_scalars(void **state)
{
	const struct gs_fdfg *open;
	struct gs_fdfg_scalar s;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	make_conv(f.g);
	open = gs_fdfg_open(f.g, fixture_bind(&f));
	/* first: n, oh, ow, oc, ic, kh, kw all 0 */
	assert_true(gs_fdfg_scalar(open, 0, 0, &s));
	assert_string_equal(s.fn->name, "mac");
	assert_int_equal(s.num_args, 3);
	check_sub(s.dst.sub, 4, (int64_t[]){ 0, 0, 0, 0 });
	check_sub(s.arg[0].sub, 4, (int64_t[]){ 0, -1, -1, 0 });
	check_sub(s.arg[1].sub, 4, (int64_t[]){ 0, 0, 0, 0 });
	/* kw is fastest */
	assert_true(gs_fdfg_scalar(open, 0, 1, &s));
	check_sub(s.arg[0].sub, 4, (int64_t[]){ 0, -1, 0, 0 });
	check_sub(s.arg[1].sub, 4, (int64_t[]){ 0, 0, 0, 1 });
	assert_true(gs_fdfg_scalar(open, 0, 2, &s));
	check_sub(s.arg[0].sub, 4, (int64_t[]){ 0, 0, -1, 0 });
	/* then ic, then oc */
	assert_true(gs_fdfg_scalar(open, 0, 6, &s));
	check_sub(s.arg[0].sub, 4, (int64_t[]){ 0, -1, -1, 1 });
	assert_true(gs_fdfg_scalar(open, 0, 18, &s));
	check_sub(s.dst.sub, 4, (int64_t[]){ 0, 0, 0, 1 });
	/* last */
	assert_true(gs_fdfg_scalar(open, 0, open->op[0].points - 1, &s));
	check_sub(s.dst.sub, 4, (int64_t[]){ 1, 4, 8, 19 });
	check_sub(s.arg[0].sub, 4, (int64_t[]){ 1, 9, 8, 2 });
	check_sub(s.arg[1].sub, 4, (int64_t[]){ 19, 2, 2, 1 });
	check_sub(s.arg[2].sub, 1, (int64_t[]){ 19 });
	/* an immediate */
	add_activation(f.g, "z", "2x20x5x9", 0.25, 7);
	add_node(f.g, "Relu", "y", "z");
	open = gs_fdfg_open(f.g, fixture_bind(&f)->next);
	assert_true(gs_fdfg_scalar(open, 0, 0, &s));
	assert_int_equal(s.arg[1].operand, -1);
	assert_int_equal(s.arg[1].imm, 7);
	fixture_fini(&f);
}

static void test_open_dump(void **state)
{
	char *text = NULL;
	size_t size = 0;
	struct fixture f;
	FILE *out;

	(void)state;
	fixture_init(&f);
	make_conv(f.g);
	out = open_memstream(&text, &size);
	assert_non_null(out);
	gs_fdfg_dump(gs_fdfg_open(f.g, fixture_bind(&f)), out);
	fclose(out);
	assert_says(text, "y = Conv (codelet conv)");
	assert_says(text, "n<N=2, oh<OH=5, ow<OW=9, oc<OC=20, ic<IC=3");
	assert_says(text, "x[n,2*oh+kh-1,ow+kw-1,ic]");
	assert_says(text, "mac(x[0,-1,-1,0], w[0,0,0,0], bias[0])");
	free(text);
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_border),
		cmocka_unit_test(test_conflict),
		cmocka_unit_test(test_conflict_reversed),
		cmocka_unit_test(test_no_conflict),
		cmocka_unit_test(test_two_copies),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_scalars),
		cmocka_unit_test(test_open_dump),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
