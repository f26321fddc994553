/* SPDX-License-Identifier: MIT */
/*
 * Codelets bound to nodes, on graphs made by hand: extents, subscripts, rows,
 * and why a node does not fit.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/codelet_util.h"

/* ---- what fits ----------------------------------------------------------- */

static void check_var(const struct gs_bound_node *b, const char *name,
		      int64_t extent, uint32_t units, bool channel, bool reduce)
{
	const struct gs_var *v = &b->var[find_var(b, name)];

	assert_int_equal(v->extent, extent);
	assert_int_equal(v->units, units);
	assert_int_equal(v->channel, channel);
	assert_int_equal(v->reduce, reduce);
}

static void test_extents(void **state)
{
	struct gs_bound_node *b;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	make_conv(f.g);
	b = fixture_bind(&f);
	assert_string_equal(b->cl->name, "conv");
	assert_null(b->next);
	assert_int_equal(b->num_vars, 7);
	check_var(b, "n", 2, 2, false, false);
	check_var(b, "oh", 5, 5, false, false);
	check_var(b, "ow", 9, 9, false, false);
	check_var(b, "oc", 20, 2, true, false);
	check_var(b, "ic", 3, 1, true, true);
	check_var(b, "kh", 3, 3, false, true);
	check_var(b, "kw", 2, 2, false, true);
	assert_int_equal(b->array_stmt, 0);
	assert_int_equal(find_operand(b, "x")->extent[1], 9);
	assert_int_equal(find_operand(b, "x")->extent[3], 3);
	assert_int_equal(find_operand(b, "acc")->extent[2], 9);
	assert_ptr_equal(find_operand(b, "x")->tensor,
			 gs_graph_find_tensor(f.g, "x"));
	fixture_fini(&f);
}

static void test_subscripts(void **state)
{
	const struct gs_bound_ref *x, *acc;
	struct gs_bound_node *b;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	make_conv(f.g);
	b = fixture_bind(&f);
	x = &b->stmt[0].arg[0];
	assert_int_equal(x->sub[1].c, -1);
	assert_int_equal(x->sub[1].coef[find_var(b, "oh")], 2);
	assert_int_equal(x->sub[1].coef[find_var(b, "kh")], 1);
	assert_int_equal(x->sub[1].coef[find_var(b, "ow")], 0);
	assert_int_equal(x->sub[2].coef[find_var(b, "ow")], 1);
	assert_int_equal(x->sub[2].coef[find_var(b, "kw")], 1);
	assert_int_equal(x->sub[3].c, 0);
	assert_int_equal(x->sub[3].coef[find_var(b, "ic")], 1);
	/* Without subscripts: the loops over the operand's extents. */
	acc = &b->stmt[0].dst;
	assert_int_equal(acc->sub[0].coef[find_var(b, "n")], 1);
	assert_int_equal(acc->sub[3].coef[find_var(b, "oc")], 1);
	assert_int_equal(acc->sub[3].coef[find_var(b, "ic")], 0);
	fixture_fini(&f);
}

/*
 * acc = mac(x, w, bias), y = mul(acc, m), y = cast8(y): acc and y stand at
 * [n, oh, ow, oc], bias and m at [oc] only; x and w are like no other.
 */
static void test_subscripts_shared(void **state)
{
	const struct gs_bound_stmt *s;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	make_conv(f.g);
	s = fixture_bind(&f)->stmt;
	assert_ptr_equal(s[1].dst.sub, s[0].dst.sub);
	assert_ptr_equal(s[1].arg[0].sub, s[0].dst.sub);
	assert_ptr_equal(s[2].dst.sub, s[0].dst.sub);
	assert_ptr_equal(s[2].arg[0].sub, s[0].dst.sub);
	assert_ptr_equal(s[1].arg[1].sub, s[0].arg[2].sub);
	assert_ptr_not_equal(s[0].arg[2].sub, s[0].dst.sub);
	assert_ptr_not_equal(s[0].arg[0].sub, s[0].dst.sub);
	assert_ptr_not_equal(s[0].arg[0].sub, s[0].arg[1].sub);
	fixture_fini(&f);
}

/* The rows of a convolution, from the formulas of its codelet's comments. */
static void test_rows(void **state)
{
	const struct gs_bound_operand *bias, *m;
	struct gs_bound_node *b;
	struct fixture f;
	int oc, i;

	(void)state;
	fixture_init(&f);
	make_conv(f.g);
	b = fixture_bind(&f);
	bias = find_operand(b, "bias");
	m = find_operand(b, "m");
	assert_int_equal(bias->row_elems, 32);
	assert_int_equal(m->row_elems, 32);
	for (oc = 0; oc < 32; oc++) {
		const double scale = 0.5 * (double)0.01f / 0.25;
		double sum = 0;

		for (i = 0; i < 18; i++)
			sum += (oc * 18 + i) % 17 - 8;
		/* bias, input zero point, output zero point and rounding */
		assert_int_equal(bias->row[oc],
				 oc < 20 ? oc * 100 - 500 + 3 * (int)sum +
						   (int)round(7.5 / scale) :
					   0);
		assert_int_equal(
			m->row[oc],
			oc < 20 ?
				(int)round(
					scale * 65536 * 65536 / 65536 *
					exp2(b->stmt[b->num_stmts - 1].shift)) :
				0);
	}
	/* mac, mul, cast: zero point and rounding are in the bias */
	assert_int_equal(b->num_stmts, 3);
	assert_string_equal(b->stmt[2].fn->name, "cast8");
	fixture_fini(&f);
}

static void test_relu(void **state)
{
	struct gs_node *node;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	node = make_conv(f.g);
	node->activation = GS_ACT_RELU;
	assert_int_equal(fixture_bind(&f)->num_stmts, 4);
	assert_string_equal(f.first->stmt[2].fn->name, "max");
	/* The zero point is the lowest value: the cast saturates there. */
	node->output[0]->quant.zero_point = -128;
	assert_int_equal(fixture_bind(&f)->num_stmts, 3);
	fixture_fini(&f);
}

/* Clip bounds the steps of the result; LeakyRelu comes before its zero point. */
static void test_activations(void **state)
{
	const struct gs_bound_stmt *s;
	struct gs_node *node;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	node = make_conv(f.g); /* y has scale 0.25, zero point 7 */
	node->activation = GS_ACT_CLIP;
	node->act[0] = -1;
	node->act[1] = 6.1f;
	s = fixture_bind(&f)->stmt;
	assert_int_equal(f.first->num_stmts, 5);
	assert_string_equal(s[2].fn->name, "max");
	assert_int_equal(s[2].arg[1].imm, 3 * (1 << s[4].shift));
	assert_string_equal(s[3].fn->name, "min");
	assert_int_equal(s[3].arg[1].imm, 31 * (1 << s[4].shift));
	node->act[0] = -1000;
	node->act[1] = 1000;
	assert_int_equal(fixture_bind(&f)->num_stmts, 3);
	node->activation = GS_ACT_LEAKY;
	node->act[0] = 0.25f;
	s = fixture_bind(&f)->stmt;
	assert_int_equal(f.first->num_stmts, 5);
	assert_string_equal(s[2].fn->name, "leaky_relu");
	assert_int_equal(s[2].arg[1].imm, 1 << 14);
	assert_string_equal(s[3].fn->name, "add");
	fixture_fini(&f);
}

/* y = @op(a, b), of these shapes */
static struct gs_node *add_binary(struct gs_graph *g, const char *op,
				  const char *a, const char *b, const char *y)
{
	add_activation(g, "a", a, 0.5, 0);
	add_activation(g, "b", b, 0.5, 0);
	add_activation(g, "y", y, 0.5, 0);
	return add_node(g, op, "a b", "y");
}

/* Extents of 1 have no subscript; one channel is spread over all lanes first. */
static void test_broadcast(void **state)
{
	const struct gs_bound_operand *lanes;
	const struct gs_bound_stmt *s;
	struct gs_bound_node *b;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	add_binary(f.g, "Mul", "2x20x1x6", "1x1x5x6", "2x20x5x6");
	b = fixture_bind(&f);
	assert_string_equal(b->cl->name, "mul");
	assert_int_equal(find_operand(b, "a")->extent[1], 1);
	s = &b->stmt[0];
	assert_string_equal(s->fn->name, "sub");
	assert_int_equal(s->arg[0].sub[0].coef[find_var(b, "n")], 1);
	assert_int_equal(s->arg[0].sub[1].coef[find_var(b, "h")], 0);
	assert_int_equal(s->arg[0].sub[2].coef[find_var(b, "col")], 1);
	assert_int_equal(s->arg[0].sub[3].coef[find_var(b, "c")], 1);
	s = &b->stmt[2];
	assert_string_equal(s->fn->name, "spread");
	assert_int_equal(s->num_vars, 3);
	lanes = &b->operand[s->dst.operand];
	assert_string_equal(lanes->decl->name, "b/lanes");
	assert_int_equal(lanes->extent[0], 1);
	assert_int_equal(lanes->extent[2], 6 + 15);
	assert_int_equal(s->dst.sub[2].coef[find_var(b, "col")], 1);
	assert_int_equal(s->dst.sub[2].coef[find_var(b, "lane")], 1);
	check_var(b, "lane", 16, 16, false, true);
	s = &b->stmt[3];
	assert_string_equal(s->fn->name, "sub");
	assert_ptr_equal(&b->operand[s->arg[0].operand], lanes);
	assert_int_equal(s->arg[0].sub[3].coef[find_var(b, "c")], 0);
	fixture_fini(&f);
}

/* A spread, and every statement of the codelet */
static void test_all_statements(void **state)
{
	struct gs_bound_node *b;
	struct gs_node *node;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	node = add_binary(f.g, "Add", "1x20x5x6", "1x1x5x6", "1x20x5x6");
	node->activation = GS_ACT_CLIP;
	node->act[0] = -3;
	node->act[1] = 5;
	b = fixture_bind(&f);
	assert_int_equal(b->num_stmts, b->cl->num_stmts + 1);
	/* What is allocated next is zeroed, and stands elsewhere. */
	assert_non_null(gs_graph_alloc(f.g, sizeof(*b->stmt)));
	assert_string_equal(b->stmt[b->num_stmts - 1].fn->name, "cast8");
	fixture_fini(&f);
}

/* A flattened picture is summed over as its root stands in memory. */
static void test_view(void **state)
{
	struct gs_tensor *x, *flat;
	struct gs_bound_node *b;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	x = add_activation(f.g, "x", "2x6x3x4", 0.5, 0);
	flat = add_activation(f.g, "flat", "2x72", 0.5, 0);
	flat->view_of = x;
	add_activation(f.g, "y", "2x10", 0.5, 0);
	add_weight(f.g, "w", "10x72");
	add_node(f.g, "Gemm", "flat w", "y");
	b = fixture_bind(&f);
	assert_ptr_equal(find_operand(b, "x")->tensor, x);
	check_var(b, "ic", 6, 1, true, true);
	check_var(b, "kh", 3, 3, false, true);
	check_var(b, "kw", 4, 4, false, true);
	assert_int_equal(find_operand(b, "w")->extent[1], 6);
	assert_int_equal(find_operand(b, "w")->extent[2], 3);
	fixture_fini(&f);
}

/* ---- what does not fit --------------------------------------------------- */

/* Attributes are "name=1 2;"; a constant is "name shape". */
static const struct {
	const char *op, *x, *k, *y, *attrs, *says;
} misfits[] = {
	/* clang-format off */
	{ "Hardmax", "1x3", NULL, "1x3", "", "hardmax_0 (Hardmax): no codelet implements Hardmax" },
	{ "Conv", "1x3x8x8", "20x4x3x3", "1x20x6x6", "", "extent IC is 3, but 4 in 'w'" },
	{ "Conv", "1x3x8x8", "20x3x3x3", "1x21x6x6", "", "extent OC is 20, but 21 in 'y'" },
	{ "Conv", "1x3x8x8", "20x3x3x3", "2x20x6x6", "", "extent N is 1, but 2 in 'y'" },
	{ "Conv", "1x3x8x8", "20x3x3", "1x20x6x6", "", "'k' has rank 3, expected 4" },
	{ "Conv", "1x3x8x8", NULL, "1x20x6x6", "", "input 'w' is missing" },
	{ "Conv", "1x1x3x8x8", "20x3x3x3", "1x20x6x6", "", "extent IC is 8, but 3 in 'w'" },
	{ "Conv", "1x3x8x8", "20x3x3x3", "1x20x6x6", "pads=1 1", "attribute 'pads' must have 4 values" },
	{ "Conv", "1x3x8x8", "20x3x3x3", "1x20x6x6", "strides=1 99999999", "attribute 'strides' is out of range" },
	{ "Conv", "1x4x8x8", "20x2x3x3", "1x20x6x6", "group=3", "extent IC is 4, but 6 in 'w'" },
	{ "Gemm", "1x20", "5x21", "1x5", "", "'k' has 21 columns, expected 20" },
	{ "Gemm", "1x20", "5x20", "1x5x2x1", "", "dimension 1 of 'y' is 2, not 1" },
	{ "MaxPool", "1x3x8x8", NULL, "1x3x4x4", "", "attribute 'kernel_shape' is missing" },
	{ "MaxPool", "1x3x8x8", NULL, "1x3x4x4", "kernel_shape=2", "attribute 'kernel_shape' must have 2 values" },
	{ "Relu", "1x3", "1x3", "1x3", "", "it has 2 inputs" },
	{ "Relu", "1x3", NULL, "1x4", "", "extent C is 3, but 4 in 'y'" },
	{ "Relu", "1x99999999", NULL, "1x99999999", "", "outside 1..16777216" },
	{ "Add", "1x3x8x8", "1x3x8x7", "1x3x8x8", "", "extent W is 8, but 7 in 'b'" },
	{ "Add", "1x3x8x8", "1x1x3x8x8", "1x3x8x8", "", "'k' has rank 5, its result rank 4" },
	{ "Softmax", "1x3x4x5", NULL, "1x3x4x5", "axis=2", "the axis is not innermost in memory" },
	/* clang-format on */
};

static void set_attrs(struct gs_graph *g, struct gs_node *node,
		      const char *text)
{
	char name[32], values[64];
	int len;

	while (sscanf(text, "%31[^=]=%63[^;]%n", name, values, &len) == 2) {
		if (!strcmp(name, "group") || !strcmp(name, "axis"))
			gs_node_set_attr_int(g, node, name, atoi(values));
		else
			set_ints(g, node, name, values);
		text += len;
	}
}

static void test_misfits(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(misfits) / sizeof(misfits[0]); i++) {
		struct gs_node *node;
		struct fixture f;

		fixture_init(&f);
		add_activation(f.g, "x", misfits[i].x, 0.5, 0);
		add_activation(f.g, "y", misfits[i].y, 0.5, 0);
		if (misfits[i].k && strlen(misfits[i].k) > 3 &&
		    strcmp(misfits[i].op, "Add") &&
		    strcmp(misfits[i].op, "Mul"))
			add_weight(f.g, "k", misfits[i].k);
		else if (misfits[i].k)
			add_activation(f.g, "k", misfits[i].k, 0.5, 0);
		node = add_node(f.g, misfits[i].op, misfits[i].k ? "x k" : "x",
				"y");
		set_attrs(f.g, node, misfits[i].attrs);
		assert_int_equal(gs_bind_graph(f.g, &f.lib, &f.acg, false,
					       &f.first, &f.r.diag),
				 -ENOTSUP);
		assert_int_equal(f.r.num, 1);
		assert_says(f.r.text, "these nodes cannot be compiled:\n  ");
		assert_says(f.r.text, misfits[i].says);
		fixture_fini(&f);
	}
}

/* Over a row: half of each list, and a kernel of height 1. */
static void test_rows_of_pixels(void **state)
{
	const struct gs_bound_operand *w;
	const struct gs_bound_node *b;
	const struct gs_bound_ref *x;
	struct gs_node *node;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	add_activation(f.g, "x", "1x9x9", 0.5, 0);
	add_weight(f.g, "k", "5x9x3");
	add_activation(f.g, "y", "1x4x5", 0.5, 0);
	node = add_node(f.g, "Conv", "x k", "y");
	set_ints(f.g, node, "strides", "2");
	set_ints(f.g, node, "pads", "1 0");
	b = fixture_bind(&f);
	w = find_operand(b, "w");
	assert_int_equal(w->extent[1], 9);
	assert_int_equal(w->extent[2], 1);
	assert_int_equal(w->extent[3], 3);
	x = &b->stmt[b->array_stmt].arg[0];
	assert_int_equal(x->sub[1].coef[find_var(b, "oh")], 1);
	assert_int_equal(x->sub[1].c, 0);
	assert_int_equal(x->sub[2].coef[find_var(b, "ow")], 2);
	assert_int_equal(x->sub[2].coef[find_var(b, "kw")], 1);
	assert_int_equal(x->sub[2].c, -1);
	fixture_fini(&f);
}

static void check_misfit(struct fixture *f, bool quantized, const char *says)
{
	assert_int_equal(gs_bind_graph(f->g, &f->lib, &f->acg, quantized,
				       &f->first, &f->r.diag),
			 -ENOTSUP);
	assert_int_equal(f->r.num, 1);
	assert_says(f->r.text, says);
}

/* Requirements on scales hold before quantization, and are told after it. */
static void test_require(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	add_activation(f.g, "x", "1x3", 1000, 0);
	add_activation(f.g, "y", "1x3", 0.001, 0);
	add_node(f.g, "Abs", "x", "y");
	add_activation(f.g, "z", "1x3", 0.001, 0);
	add_node(f.g, "Add", "x x", "z");
	assert_int_equal(gs_bind_graph(f.g, &f.lib, &f.acg, false, &f.first,
				       &f.r.diag),
			 0);
	check_misfit(
		&f, true,
		"compiled:\n  add_1 (Add): the ratio of input to output scale is too large to requantize");
	fixture_fini(&f);
}

static void test_not_constant(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	add_activation(f.g, "x", "1x3", 1, 0);
	add_activation(f.g, "w", "5x3", 1, 0);
	add_activation(f.g, "y", "1x5", 1, 0);
	add_node(f.g, "Gemm", "x w", "y");
	check_misfit(&f, true, "gemm_0 (Gemm): 'w' must be a constant");
	fixture_fini(&f);
}

static const float six[] = { 1, 2, 3, 4, 5, 6 };

/* A float constant is one value or one a channel, and what is fused must be applied. */
static void test_constants(void **state)
{
	struct gs_tensor *k;
	struct gs_node *node;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	add_activation(f.g, "x", "1x3x1x6", 1, 0);
	add_activation(f.g, "y", "1x3x1x6", 1, 0);
	k = add_activation(f.g, "k", "6", 1, 0);
	k->data = six;
	k->quant.valid = false;
	node = add_node(f.g, "PRelu", "x k", "y");
	check_misfit(&f, true, "'k' is not one value or one for each channel");
	report_init(&f.r);
	node->op = "Add";
	check_misfit(&f, true, "(Add): 'k' is not quantized");
	report_init(&f.r);
	k->shape.dim[0] = 1;
	assert_string_equal(fixture_bind(&f)->cl->name, "scale_shift");
	assert_int_equal(find_operand(f.first, "k")->extent[0], 1);
	node->op = "PRelu";
	node->activation = GS_ACT_RELU;
	check_misfit(
		&f, true,
		"codelet leaky_relu does not apply the activation fused into the node");
	fixture_fini(&f);
}

/* The first codelet's reason is given, and a message names all nodes. */
static void test_all_listed(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	add_activation(f.g, "x", "1x3", 1, 0);
	add_activation(f.g, "y", "1x3", 1, 0);
	add_activation(f.g, "z", "1x4", 1, 0);
	add_weight(f.g, "w", "4x7");
	add_node(f.g, "Hardmax", "x", "y");
	add_node(f.g, "Relu", "x", "y");
	add_node(f.g, "MatMul", "y w", "z");
	add_node(f.g, "Add", "y z", "y");
	check_misfit(&f, false,
		     "these nodes cannot be compiled:\n"
		     "  hardmax_0 (Hardmax): no codelet implements Hardmax\n"
		     "  matmul_2 (MatMul): 'w' has 7 columns, expected 3\n"
		     "  add_3 (Add): extent C is 3, but 4 in 'b'\n");
	fixture_fini(&f);
}

/* A reshape of what is not channels first cannot be read in place. */
/* A window is read where it stands, with the shape it has. */
static void test_window(void **state)
{
	struct gs_tensor *x, *part;
	const struct gs_bound_operand *o;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	x = add_activation(f.g, "x", "1x40x6x6", 1, 0);
	part = add_activation(f.g, "part", "1x24x3x6", 1, 0);
	part->part = (struct gs_access){
		.of = x,
		.at = { 0, 1, 0, 16 },
		.dim = { { GS_MEM_N, 1 },
			 { GS_MEM_H, 2 },
			 { GS_MEM_W, 1 },
			 { GS_MEM_C, 1 } },
		.num_dims = GS_MEM_DIMS,
	};
	add_activation(f.g, "y", "1x24x3x6", 1, 0);
	add_node(f.g, "Relu", "part", "y");
	o = find_operand(fixture_bind(&f), "x");
	assert_ptr_equal(o->tensor, part);
	assert_ptr_equal(o->access, &part->part);
	assert_ptr_equal(gs_tensor_owner(o->tensor), x);
	assert_int_equal(o->extent[GS_MEM_H], 3);
	assert_int_equal(o->extent[GS_MEM_C], 24);
	fixture_fini(&f);
}

/* ---- faults of codelets -------------------------------------------------- */

#define IN_OUT                                                               \
	"codelet c { operator Relu; input x[N, H, W, C]; output y[N, H, W, " \
	"C]; "
#define MOVES "transfer x: DRAM -> VMEM1; transfer y: VMEM2 -> DRAM;\n"
#define LOOPS "loop n < N, h < H, col < W, c < C { "
#define SUM                                                        \
	"codelet c { operator Gemm; input x[N, H, W, K]; weight "  \
	"w[C, K]; output y[N, H, W, C]; row b[C] = 0; "            \
	"temp acc[N, H, W, C] in OBUF; transfer x: DRAM -> IBUF; " \
	"transfer w: DRAM -> WBUF; transfer b: DRAM -> BBUF; "     \
	"transfer y: VMEM1 -> DRAM; row v[C] = 0; "                \
	"transfer v: DRAM -> VMEM2;\n"
#define SUM_LOOPS "loop n < N, h < H, col < W, c < C reduce k < K { "
#define MAC SUM_LOOPS "acc = mac(x[n, h, col, k], w[c, k], b[c]); }\n"

static const struct {
	int ret;
	const char *text, *says;
} wrong[] = {
	/* clang-format off */
	{ -EINVAL, IN_OUT MOVES "let a = zz; " LOOPS "y = move(x); } }",
	  "node relu_0: t.cdlt:2:9: unknown name 'zz'" },
	{ -EINVAL, IN_OUT MOVES LOOPS "y = move(zz); } }", "t.cdlt:2:46: unknown name 'zz'" },
	{ -EINVAL, IN_OUT MOVES LOOPS "y = move(x[n * h, h, col, c]); } }", "product of two loop variables" },
	{ -EINVAL, IN_OUT MOVES LOOPS "y = move(x[n, h / 2, col, c]); } }", "unknown name 'h'" },
	{ -ENOTSUP, IN_OUT MOVES LOOPS "y = move(2 ^ 31); } }", "2.14748e+09 does not fit 32 bits" },
	{ -ENOTSUP, IN_OUT MOVES LOOPS "y = move(0 / 0); } }", "nan does not fit 32 bits" },
	{ -EINVAL, IN_OUT MOVES "let a = is(Add); " LOOPS "y = move(x); } }",
	  "'is' takes an operator of the codelet" },
	{ -ENOTSUP, "codelet c { operator Relu; input x[N, H, W, C] broadcast; output y[N, H, W, C]; "
	  MOVES LOOPS "y = move(x[n, h, col, c]); } }", ": 'x' broadcasts and takes no subscripts" },
	{ -ENOTSUP, IN_OUT MOVES LOOPS "y = cast8(x, 32); } }", ": cast by 32 bits" },
	{ -ENOTSUP, IN_OUT MOVES LOOPS "y = cast8(x, -1); } }", ": cast by -1 bits" },
	{ -ENOTSUP, IN_OUT MOVES LOOPS "y = cast8(x, 0 / 0); } }", ": cast by" },
	{ -ENOTSUP, IN_OUT MOVES "loop z < Z { y = move(x); } }", "t.cdlt:2:14: extent Z of loop 'z' is not defined" },
	{ -ENOTSUP, IN_OUT MOVES "loop n < N { y = move(x); } }", ": no loop over extent H of 'y'" },
	{ -ENOTSUP, IN_OUT MOVES LOOPS "y = move(x); } loop n < C { y = move(0); } }",
	  ": loop 'n' has two extents" },
	{ -ENOTSUP, IN_OUT MOVES LOOPS "y = move(x[n, 7 - h, col, c]); } }",
	  ": a subscript of 'x' runs backwards" },
	{ -ENOTSUP, IN_OUT MOVES LOOPS "y = move(x[n, h, col, 2 * c]); } }",
	  ": the last subscript of 'x' must be a loop variable" },
	{ -ENOTSUP, IN_OUT MOVES LOOPS "y = move(x[n, h, col, c + 1]); } }",
	  ": the last subscript of 'x' must be a loop variable" },
	{ -ENOTSUP, IN_OUT MOVES LOOPS "y = move(x); }\n"
	  "loop a < N, b < N, d < N, e < N, f < N, g < N, i < N, j < N, k < N { y = max(y, y[0, 0, 0, 0]); } }",
	  "more than 12 loop variables" },
	{ -ENOTSUP, IN_OUT "transfer x: DRAM -> VMEM1; transfer y: IBUF -> DRAM;\n" LOOPS "y = move(x); } }",
	  "the machine has no channel from IBUF to DRAM for 'y'" },
	{ -ENOTSUP, IN_OUT MOVES "row r[Q] = 1; transfer r: DRAM -> VMEM2;\n" LOOPS "y = move(x); } }",
	  "t.cdlt:2:5: extent Q of 'r' is not defined" },
	{ -ENOTSUP, IN_OUT MOVES "let Q = 2 ^ 40; row r[Q] = 1; transfer r: DRAM -> VMEM2;\n" LOOPS "y = move(x); } }",
	  "extent Q of 'r'" },
	{ -ENOTSUP, IN_OUT MOVES "let Q = 0 - 1; row r[Q] = 1; transfer r: DRAM -> VMEM2;\n" LOOPS "y = move(x); } }",
	  "extent Q of 'r'" },
	{ -ENOTSUP, IN_OUT MOVES "temp t[Q] in VMEM1;\n" LOOPS "y = move(x); } }",
	  "t.cdlt:2:6: extent Q of 't' is not defined" },
	{ -ENOTSUP, IN_OUT MOVES "let Q = 0 / 0; temp t[Q] in VMEM1;\n" LOOPS "y = move(x); } }",
	  "extent Q of 't'" },
	{ -ENOTSUP, IN_OUT MOVES "row r[C] = 2 ^ 31; transfer r: DRAM -> VMEM2;\n" LOOPS "y = move(x); } }",
	  "does not fit 32 bits" },
	/* where operands must stand */
	{ -ENOTSUP, IN_OUT "transfer x: DRAM -> IBUF; transfer y: VMEM2 -> DRAM;\n" LOOPS "y = move(x); } }",
	  ": move cannot read 'x' in IBUF" },
	{ -ENOTSUP, IN_OUT MOVES LOOPS "x = mac(x, x, x); } }", ": mac cannot write 'x' in VMEM1" },
	{ -ENOTSUP, IN_OUT MOVES LOOPS "x = move(x); y = move(x); } }", ": move cannot write 'x' in VMEM1" },
	{ -ENOTSUP, IN_OUT MOVES "temp t[N, H, W, C] in OBUF;\n" LOOPS "t = move(x); } }",
	  ": move cannot write 't' in OBUF" },
	{ -ENOTSUP, IN_OUT MOVES "temp t[N, H, W, LANES, @] in VMEM1; loop n < N, h < H, col < W, l < LANES "
	  "{ t = spread(3); } }", ": spread cannot read" },
	{ -ENOTSUP, SUM LOOPS "y = move(0); }\n" MAC "}", ": one array statement, and first" },
	{ -ENOTSUP, SUM MAC MAC "}", ": one array statement, and first" },
	{ -ENOTSUP, SUM SUM_LOOPS "acc = mac(3, w[c, k], b[c]); } }", ": mac cannot read" },
	{ -ENOTSUP, SUM SUM_LOOPS "acc = mac(x[n, h, col, k], x[n, h, col, k], b[c]); } }",
	  ": mac cannot read 'x' in IBUF" },
	{ -ENOTSUP, SUM SUM_LOOPS "acc = mac(x[n, h, col, k], w[c, k], v[c]); } }",
	  ": mac cannot read 'v' in VMEM2" },
	{ -ENOTSUP, SUM SUM_LOOPS "acc = mac(x[n, h, col, k], w[c, k], 0); } }", ": mac cannot read" },
	{ -ENOTSUP, SUM LOOPS "y = move(0); } }", ": the array does not read weight 'w'" },
	{ -ENOTSUP, SUM MAC "}", ": nothing writes 'y'" },
	{ -ENOTSUP, "codelet c { operator Relu; input x[N, H, W, C]; output y[N, H, W, C]; weight w[C, @] = 200; "
	  "transfer w: DRAM -> WBUF; " MOVES LOOPS "y = move(x); } }", "'w' is 200, which is no 8-bit integer" },
	{ -ENOTSUP, "codelet c { operator Relu; input x[N, H, W, C]; output y[N, H, W, C]; weight w[C, @] = 1 groups 0; "
	  "transfer w: DRAM -> WBUF; " MOVES LOOPS "y = move(x); } }", "'w' has 0 groups" },
	/* spans */
	{ -ENOTSUP, IN_OUT MOVES "span a = p + k over p < Z, k < H; " LOOPS "y = move(x); } }",
	  "extent Z of span 'a' is not defined" },
	{ -ENOTSUP, IN_OUT MOVES "let K = 2; span a = 8 + p - k over p < H, k < K; " LOOPS "y = move(x); } }",
	  "span 'a' must grow with 'p' and 'k'" },
	{ -ENOTSUP, IN_OUT MOVES "let K = 2; span a = p over p < H, k < K; " LOOPS "y = move(x); } }",
	  "span 'a' must grow with 'p' and 'k'" },
	{ -ENOTSUP, IN_OUT MOVES "let K = 2; span a = p + k - 1 over p < H, k < K; " LOOPS "y = move(x); } }",
	  "span 'a' must grow with 'p' and 'k'" },
	{ -ENOTSUP, IN_OUT MOVES "let K = 3; span a = p + k over p < H, k < K within 3, 10; " LOOPS "y = move(x); } }",
	  "windows of span 'a' reach too far out" },
	{ -ENOTSUP, IN_OUT MOVES "let K = 3; span a = p + k over p < H, k < K within 2, 10; " LOOPS "y = move(x); } }",
	  "windows of span 'a' reach too far out" },
	{ -ENOTSUP, IN_OUT MOVES "let K = 3; span a = p + k over p < H, k < K within 0, 8; " LOOPS "y = move(x); } }",
	  "windows of span 'a' reach too far out" },
	{ -ENOTSUP, IN_OUT MOVES "let K = 3; span a = p + k over p < H, k < K within 0 - 1, 8; " LOOPS "y = move(x); } }",
	  "span 'a' counts within -1" },
	{ -ENOTSUP, IN_OUT MOVES "let K = 2; span a = p + k over p < H, k < K; span b = p + k over p < H, k < K; "
	  LOOPS "y = move(x); } }", "loop variable 'p' is of two spans" },
	{ -ENOTSUP, IN_OUT MOVES "let K = 2; span a = p + k over p < H, k < K; " LOOPS "y = move(x); } }",
	  "of span 'a', 'k' must be summed over and 'p' not" },
	{ -ENOTSUP, IN_OUT MOVES "let K = 2; span a = 2 ^ 23 * p + k over p < H, k < K; " LOOPS "y = move(x); } }",
	  "span 'a' is too long" },
	/* subscripts against extents */
	{ -ENOTSUP, IN_OUT MOVES LOOPS "y = move(x); }\nloop n < N, h < H, c < C { y[n, h, col, c] = move(0); } }",
	  "t.cdlt:3:28: 'col' is no loop here" },
	{ -ENOTSUP, IN_OUT MOVES LOOPS "y[n, h + 1, col, c] = move(x); } }",
	  ": subscript 1 of 'y' does not fit extent H" },
	{ -ENOTSUP, IN_OUT MOVES LOOPS "y = move(x[n + 1, h, col, c]); } }",
	  ": subscript 0 of 'x' does not fit extent N" },
	{ -ENOTSUP, IN_OUT MOVES "loop n < N, h < H, col < W, c < H { y[n, h, col, c] = move(0); } }",
	  ": subscript 3 of 'y' does not fit extent C" },
	{ -ENOTSUP, SUM SUM_LOOPS "acc = mac(x[n, h, col, k], w[k, c], b[c]); } }",
	  ": subscript 0 of 'w' does not fit extent C" },
	{ -ENOTSUP, SUM "loop n < N, h < H, col < W, c < C, k < K {"
	  "acc = mac(x[n, h, col, k], w[c, k], b[c]); } }", ": loop 'k' must reduce" },
	{ -ENOTSUP, SUM SUM_LOOPS "acc = mac(x[n, h, col, k], w[c, 0], b[c]); } }",
	  ": subscript 1 of 'w' does not fit extent K" },
	{ -ENOTSUP, SUM "loop n < N reduce h < H, col < W, c < C, k < K {"
	  "acc = mac(x[n, h, col, k], w[c, k], b[c]); } }", ": loop 'h' must not reduce" },
	/* clang-format on */
};

static void test_wrong_codelets(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct fixture f = { 0 };

		library_of(wrong[i].text, &f.lib);
		gs_acg_init(&f.acg, gs_arch_default());
		f.g = new_graph();
		report_init(&f.r);
		add_activation(f.g, "x", "1x3x8x8", 0.5, 0);
		add_activation(f.g, "y", "1x3x8x8", 0.5, 0);
		add_weight(f.g, "w", "3x3");
		add_node(f.g, f.lib.first->op[0],
			 strcmp(f.lib.first->op[0], "Gemm") ? "x" : "x w", "y");
		if (gs_bind_graph(f.g, &f.lib, &f.acg, true, &f.first,
				  &f.r.diag) != wrong[i].ret)
			fail_msg("expected: %s\nfound: %s", wrong[i].says,
				 f.r.text);
		assert_int_equal(f.r.num, 1);
		assert_says(f.r.text, wrong[i].says);
		fixture_fini(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_extents),
		cmocka_unit_test(test_subscripts),
		cmocka_unit_test(test_subscripts_shared),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_relu),
		cmocka_unit_test(test_activations),
		cmocka_unit_test(test_broadcast),
		cmocka_unit_test(test_all_statements),
		cmocka_unit_test(test_view),
		cmocka_unit_test(test_misfits),
		cmocka_unit_test(test_rows_of_pixels),
		cmocka_unit_test(test_require),
		cmocka_unit_test(test_not_constant),
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_all_listed),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_wrong_codelets),
	};

	return cmocka_run_group_tests_name("bind", tests, NULL, NULL);
}
