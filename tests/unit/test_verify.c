/* SPDX-License-Identifier: MIT */
/*
 * gsc --verify on the way to code: what is spoiled behind a pass is found, with the
 * pass, the node and the element. That nothing is found where nothing is wrong,
 * passes.py sees of all test models.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/fdfg_text.h"
#include "compiler/passes/eval.h"
#include "tests/unit/compile_util.h"

/* What is done to the graph behind a pass */
struct fault {
	const char *pass;
	void (*spoil)(struct gs_graph *g, struct gs_bound_node *first);
	bool done;
};

static void spoil(void *ctx, const char *pass, struct gs_graph *graph,
		  struct gs_bound_node *first)
{
	struct fault *f = ctx;

	if (strcmp(pass, f->pass))
		return;
	f->spoil(graph, first);
	f->done = true;
}

static int compile_spoilt(const char *model, struct fault *f, struct report *r)
{
	struct source s;
	struct gs_compiled out;
	struct gs_compile_opts opts = {
		.codelets = shared_library(),
		.calibrate = calibrate_noise,
		.calibrate_ctx = &s,
		.after_pass = spoil,
		.after_pass_ctx = f,
		.verify = true,
	};
	char path[128];
	int ret;

	snprintf(path, sizeof(path), "tests/models/ops/%s.onnx", model);
	source_read(&s, path);
	ret = gs_compile(s.data, s.size, &opts, GS_GOAL_MODEL, &out,
			 report_init(r));
	gs_compile_free(&out);
	source_fini(&s);
	assert_true(f->done);
	return ret;
}

/* @want, @also: in the message */
static void check(const char *model, const char *pass,
		  void (*spoil)(struct gs_graph *, struct gs_bound_node *),
		  const char *want, const char *also)
{
	struct fault f = { .pass = pass, .spoil = spoil };
	struct report r;
	char begin[64];

	assert_int_not_equal(compile_spoilt(model, &f, &r), 0);
	snprintf(begin, sizeof(begin), "pass %s", pass);
	assert_int_equal(r.num, 1);
	assert_says(r.text, begin);
	assert_says(r.text, want);
	assert_says(r.text, also);
}

static struct gs_node *node_of(const struct gs_graph *g, const char *op)
{
	struct gs_node *n = g->node;

	while (n && strcmp(n->op, op))
		n = n->next;
	assert_non_null(n);
	return n;
}

static struct gs_tensor *tensor_of(const struct gs_graph *g, const char *name)
{
	struct gs_tensor *t = gs_graph_find_tensor(g, name);

	assert_non_null(t);
	return t;
}

/* ---- lower --------------------------------------------------------------- */

/* Of the Moves that fill y one takes what the other one does. */
static void read_other(struct gs_graph *g, struct gs_bound_node *first)
{
	struct gs_node *n = g->node;
	struct gs_move *m = gs_graph_alloc(g, sizeof(*m));

	(void)first;
	while (strcmp(n->name, "y/Move_10"))
		n = n->next;
	*m = *n->move;
	m->from.of = n->input[0] = tensor_of(g, "concat_4");
	n->move = m;
}

static void test_lower(void **state)
{
	(void)state;
	check("concat_nested", "lower", read_other,
	      "changes what the graph computes: 'y', the result of node 'y/Move_10' (Move), was",
	      "in element");
}

/* ---- fusing -------------------------------------------------------------- */

static void lose_bias(struct gs_graph *g, struct gs_bound_node *first)
{
	(void)first;
	node_of(g, "ConvMaxPool")->num_inputs = 2;
}

static void shift_windows(struct gs_graph *g, struct gs_bound_node *first)
{
	static const int64_t one[2] = { 0, 1 };
	struct gs_node *n = node_of(g, "ConvMaxPool");

	(void)first;
	assert_int_equal(gs_node_set_attr_ints(g, n, "pool_pads", one, 2), 0);
}

static struct gs_bound_node *chain_of(struct gs_bound_node *b)
{
	while (b && !b->num_parts)
		b = b->next;
	assert_non_null(b);
	return b;
}

static void lose_part(struct gs_graph *g, struct gs_bound_node *first)
{
	(void)g;
	chain_of(first)->num_parts--;
}

static void turn_parts(struct gs_graph *g, struct gs_bound_node *first)
{
	struct gs_node **part = chain_of(first)->part, *n = part[1];

	(void)g;
	part[1] = part[2];
	part[2] = n;
}

/* What a chain keeps is read behind it. */
static void read_within(struct gs_graph *g, struct gs_bound_node *first)
{
	const struct gs_bound_node *b = chain_of(first);
	struct gs_node *n = g->node;

	while (strcmp(n->name, "conv_4"))
		n = n->next;
	n->input[0] = b->part[0]->output[0];
}

static void test_fused(void **state)
{
	(void)state;
	check("conv_relu_pool", "fuse-pool", lose_bias,
	      "'y', the result of node 'conv_0' (ConvMaxPool), was",
	      "in element");
	check("conv_relu_pool", "fuse-pool", shift_windows,
	      "'y', the result of node 'conv_0' (ConvMaxPool), was",
	      "in element 1 and is");
	check("mbconv_silu", "fuse-chain", lose_part,
	      "node 'mul_3' (Mul) is computed by no layer", "");
	check("mbconv_silu", "fuse-chain", turn_parts,
	      "'mul_3', the result of node 'mul_3' (Mul), was", "in element 0");
	check("mbconv_silu", "fuse-chain", read_within,
	      "node 'conv_4' (Conv) reads what a layer keeps to itself: 'batchnormalization_1'",
	      "");
}

/* ---- first-layer --------------------------------------------------------- */

static void change_weight(struct gs_graph *g, struct gs_bound_node *first)
{
	struct gs_tensor *w = node_of(g, "Conv")->input[1];
	int8_t *all = gs_graph_alloc(g, (size_t)gs_shape_elems(&w->shape));
	int64_t i;

	(void)first;
	memcpy(all, w->qdata, (size_t)gs_shape_elems(&w->shape));
	for (i = 0; all[i] < 64; i++)
		;
	all[i] = 0;
	w->data = w->qdata = all;
}

static void shift_window(struct gs_graph *g, struct gs_bound_node *first)
{
	(void)first;
	tensor_of(g, "x/via/conv_0")->part.at[GS_MEM_W]++;
}

static void test_first_layer(void **state)
{
	(void)state;
	check("conv7x7_s2_pad3", "first-layer", change_weight,
	      "'y', the result of node 'conv_0' (Conv), was", "in element");
	check("conv7x7_s2_pad3", "first-layer", shift_window,
	      "'y', the result of node 'conv_0' (Conv), was", "in element 0");
}

/* ---- layout -------------------------------------------------------------- */

/* A border that is not what the reader takes it for */
static void change_border(struct gs_graph *g, struct gs_bound_node *first)
{
	(void)first;
	tensor_of(g, "mul_3")->layout.border_value++;
}

/* A border that is too narrow: its last column is in the next row, or beyond the last one. */
static void cut_border(struct gs_graph *g, struct gs_bound_node *first)
{
	struct gs_layout *l = &tensor_of(g, "mul_3")->layout;

	(void)first;
	l->bytes -= (uint64_t)(l->top + l->h + l->bottom) * (uint64_t)l->c_phys;
	l->right--;
}

/* Channels that are written one beside their place */
static void shift_move(struct gs_graph *g, struct gs_bound_node *first)
{
	struct gs_node *n = g->node;

	(void)first;
	while (strcmp(n->name, "y/Move"))
		n = n->next;
	((struct gs_move *)(uintptr_t)n->move)->to.at[GS_MEM_C]++;
}

/* One of the nodes that make a border has another value. */
static void change_fill(struct gs_graph *g, struct gs_bound_node *first)
{
	struct gs_node *n = node_of(g, "Fill");

	(void)first;
	assert_int_equal(
		gs_node_set_attr_int(g, n, "value",
				     gs_node_attr_int(n, "value", 0) + 1),
		0);
}

static void test_layout(void **state)
{
	(void)state;
	check("mbconv_silu", "layout", change_border,
	      "node 'conv_4' (Conv) finds 0.0",
	      "in the border of 'mul_3', in row -2 and column -2, channel 0 of image 0, and takes it for 0");
	check("mbconv_silu", "layout", cut_border,
	      "node 'conv_4' (Conv) finds nan",
	      "in the border of 'mul_3', in row 10 and column 8");
	check("concat_nested", "layout", shift_move,
	      "'y', the result of node 'y/Move_10' (Move), was", "in element");
	check("memory_chain", "layout", change_fill, "in the border of", "");
}

/* ---- layer-order --------------------------------------------------------- */

/* What moves the Relu's result runs before the Relu. */
static void turn_layers(struct gs_graph *g, struct gs_bound_node *first)
{
	struct gs_bound_node *b = first, *relu, *others;

	(void)g;
	while (strcmp(b->next->node->name, "relu_5"))
		b = b->next;
	relu = b->next;
	others = relu->next;
	b->next = others->next; /* y/Move_10 */
	relu->next = others->next->next;
	b->next->next = others;
	others->next = relu;
}

static void lose_layer(struct gs_graph *g, struct gs_bound_node *first)
{
	(void)g;
	first->next = first->next->next;
}

static void test_layer_order(void **state)
{
	(void)state;
	check("concat_nested", "layer-order", turn_layers,
	      "'y', the result of node 'y/Move' (Move), was", "and is nan");
	check("concat_nested", "layer-order", lose_layer,
	      "node 'conv_1' (Conv) is computed by no layer", "");
}

/* ---- what is read back --------------------------------------------------- */

/* Noise through a lowered graph; the values are there until the evaluation ends. */
static struct gs_eval *evaluate(const struct gs_graph *g, struct report *r)
{
	struct gs_eval *eval = gs_eval_create_lowered(g, NULL, &r->diag);
	uint32_t seed = 1;
	unsigned i;
	int64_t k;

	if (!eval)
		fail_msg("%s", r->text);
	for (i = 0; i < g->num_inputs; i++)
		for (k = 0; k < gs_shape_elems(&g->input[i]->shape); k++) {
			seed = seed * 1664525u + 1013904223u;
			gs_eval_data(eval, g->input[i])[k] =
				(float)(seed >> 8) / (1 << 22) - 2;
		}
	gs_eval_run(eval);
	return eval;
}

static void check_values(const struct gs_graph *a, const struct gs_graph *b,
			 const char *what)
{
	struct report r;
	struct gs_eval *x = evaluate(a, (report_init(&r), &r));
	struct gs_eval *y = evaluate(b, &r);
	unsigned i;

	assert_int_equal(a->num_tensors, b->num_tensors);
	for (i = 0; i < a->num_tensors; i++) {
		struct gs_tensor *t = a->tensor[i], *u = b->tensor[i];

		assert_string_equal(t->name, u->name);
		if (t->data)
			continue;
		gs_eval_fetch(x, t);
		gs_eval_fetch(y, u);
		if (memcmp(gs_eval_data(x, t), gs_eval_data(y, u),
			   (size_t)gs_shape_elems(&t->shape) * sizeof(float)))
			fail_msg("%s: '%s' has other values", what, t->name);
	}
	gs_eval_destroy(x);
	gs_eval_destroy(y);
}

/* The graph after a pass, and what is read of its text */
static void check_text(const char *model, const char *pass)
{
	struct source s;
	struct gs_compiled out;
	struct gs_compile_opts opts = {
		.codelets = shared_library(),
		.calibrate = calibrate_noise,
		.calibrate_ctx = &s,
		.until = pass,
	};
	struct gs_graph *again = NULL;
	const char *after = NULL;
	char path[128], what[192];
	struct report r;

	snprintf(path, sizeof(path), "tests/models/ops/%s.onnx", model);
	snprintf(what, sizeof(what), "%s after %s", model, pass);
	source_read(&s, path);
	if (gs_compile(s.data, s.size, &opts, GS_GOAL_FDFG, &out,
		       report_init(&r)) ||
	    gs_fdfg_read(out.text, out.text_bytes, what, 0, &again, &after,
			 &r.diag))
		fail_msg("%s: %s", what, r.text);
	assert_string_equal(after, pass);
	again->rules = &out.rules;
	check_values(out.graph, again, what);
	gs_graph_destroy(again);
	gs_compile_free(&out);
	source_fini(&s);
}

static void test_text(void **state)
{
	static const char *const models[] = {
		"concat_nested",  "conv7x7_s2_pad3",   "conv_relu_pool",
		"detector_heads", "mbconv_silu",       "memory_chain",
		"residual_pools", "turned_and_resized"
	};
	static const char *const passes[] = { "lower",	     "bind",
					      "first-layer", "fuse-pool",
					      "fuse-chain",  "layout",
					      "layer-order" };
	unsigned i, k;

	(void)state;
	for (i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		for (k = 0; k < sizeof(passes) / sizeof(passes[0]); k++)
			check_text(models[i], passes[k]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lower),
		cmocka_unit_test(test_fused),
		cmocka_unit_test(test_first_layer),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_layer_order),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
