/* SPDX-License-Identifier: MIT */
/*
 * Passes that change what a graph computes are found. That none of the
 * compiler's does is seen by passes.py.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/codelets/rules.h"
#include "compiler/ir/fdfg_text.h"
#include "compiler/passes/semantics.h"
#include "tests/unit/codelet_util.h"

/* y = relu(w x + b), z = y - x; everything of one value */
static const char text[] =
	"fdfg 1 after fuse\n"
	"graph \"g\" opset 13 next 2\n"
	"tensor %0 \"x\" float32 1x2x2x2\n"
	"tensor %1 \"w\" float32 2x2x1x1 data {0.5, -1.0, 2.0, 0.25}\n"
	"tensor %2 \"b\" float32 2 data {-0.5, 0.125}\n"
	"tensor %3 \"y\" float32 1x2x2x2\n"
	"tensor %4 \"z\" float32 1x2x2x2\n"
	"inputs %0 outputs %4\n"
	"node \"conv\" %3 = Conv(%0, %1, %2) {kernel_shape=[1, 1], strides=[1, 1], pads=[0, 0, 0, 0],"
	" dilations=[1, 1], group=1} relu\n"
	"node \"sub\" %4 = Sub(%3, %0)\n"
	"end\n";

typedef void (*change_fn)(struct gs_graph *g);

static struct gs_node *node(const struct gs_graph *g, const char *name)
{
	struct gs_node *n = g->node;

	while (strcmp(n->name, name))
		n = n->next;
	return n;
}

static void nothing(struct gs_graph *g)
{
	(void)g;
}

static void lose_relu(struct gs_graph *g)
{
	node(g, "conv")->activation = GS_ACT_NONE;
}

static void turn_operands(struct gs_graph *g)
{
	struct gs_node *n = node(g, "sub");
	struct gs_tensor *t = n->input[0];

	n->input[0] = n->input[1];
	n->input[1] = t;
}

static void set_weight(struct gs_graph *g, float value)
{
	struct gs_tensor *w = gs_graph_find_tensor(g, "w");
	float *copy = gs_graph_alloc_array(g, 4, sizeof(*copy));

	memcpy(copy, w->data, 4 * sizeof(*copy));
	copy[2] = value;
	w->data = copy;
}

static void change_weight(struct gs_graph *g)
{
	set_weight(g, 2.01f);
}

static void round_weight(struct gs_graph *g)
{
	set_weight(g, 2.0000002f);
}

static void lose_bias(struct gs_graph *g)
{
	node(g, "conv")->num_inputs = 2;
}

static void make_nan(struct gs_graph *g)
{
	set_weight(g, (float)atof("nan"));
}

/* Steps of y that are as far apart as its values */
static void quantize(struct gs_graph *g, float scale)
{
	struct gs_tensor *y = gs_graph_find_tensor(g, "y");
	float *s = gs_graph_alloc(g, sizeof(*s));

	*s = scale;
	y->quant = (struct gs_quant){ .valid = true,
				      .type = GS_DT_I8,
				      .num_scales = 1,
				      .scale = s,
				      .zero_point = -128 };
}

static void quantize_well(struct gs_graph *g)
{
	quantize(g, 2.5f / 255);
}

/* What is rounded on the way is right; what reads it without a scale is not. */
static void forget_weights(struct gs_graph *g)
{
	quantize_well(g);
	set_weight(g, 0);
}

/* y = x / d: a divisor that is rounded to 0 is no fault of Div. */
static const char quotient[] = "fdfg 1 after fuse\n"
			       "graph \"g\" opset 13 next 1\n"
			       "tensor %0 \"x\" float32 1x2x2x2\n"
			       "tensor %1 \"d\" float32 1x2x2x2\n"
			       "tensor %2 \"y\" float32 1x2x2x2\n"
			       "inputs %0, %1 outputs %2\n"
			       "node \"div\" %2 = Div(%0, %1)\n"
			       "end\n";

static void quantize_divisor(struct gs_graph *g)
{
	struct gs_tensor *d = gs_graph_find_tensor(g, "d");
	float *s = gs_graph_alloc(g, sizeof(*s));

	*s = 0.9f;
	d->quant = (struct gs_quant){
		.valid = true, .type = GS_DT_I8, .num_scales = 1, .scale = s
	};
}

static void turn_quotient(struct gs_graph *g)
{
	struct gs_node *n = node(g, "div");
	struct gs_tensor *t = n->input[0];

	quantize_divisor(g);
	n->input[0] = n->input[1];
	n->input[1] = t;
}

/* What a graph computes, before it is changed and after */
struct compared {
	struct gs_op_rules rules;
	struct gs_semantics *s;
	struct gs_graph *g;
	struct report r;
};

static void compare_begin(struct compared *c, const char *graph)
{
	const char *after;

	c->s = gs_semantics_create();
	assert_non_null(c->s);
	assert_int_equal(gs_fdfg_read(graph, strlen(graph), "t", 0, &c->g,
				      &after, report_init(&c->r)),
			 0);
	c->rules = gs_codelet_rules(shared_library());
	c->g->rules = &c->rules;
	assert_int_equal(gs_semantics_check(c->s, c->g, NULL, 0,
					    &(struct gs_semantics_pass){
						    .where = "before" },
					    &c->r.diag),
			 0);
}

/* @want: in the message; NULL: nothing is found */
static void compare_end(struct compared *c, enum gs_semantics_how how,
			const char *pass, const char *want)
{
	const struct gs_semantics_pass done = { .where = pass, .how = how };
	const int ret =
		gs_semantics_check(c->s, c->g, NULL, 0, &done, &c->r.diag);

	if (want) {
		assert_int_not_equal(ret, 0);
		assert_says(c->r.text, want);
	} else if (ret) {
		fail_msg("%s", c->r.text);
	}
	gs_semantics_destroy(c->s);
	gs_graph_destroy(c->g);
}

static void check_text(const char *graph, change_fn change,
		       enum gs_semantics_how how, const char *want)
{
	struct compared c;

	compare_begin(&c, graph);
	change(c.g);
	compare_end(&c, how, "pass broken", want);
}

static void check(change_fn change, enum gs_semantics_how how, const char *want)
{
	check_text(text, change, how, want);
}

static void test_broken(void **state)
{
	(void)state;
	check(nothing, GS_SEMANTICS_KEEPS, NULL);
	check(round_weight, GS_SEMANTICS_KEEPS, NULL);
	check(lose_relu, GS_SEMANTICS_KEEPS,
	      "pass broken changes what the graph computes: 'y', the result of node 'conv' (Conv), was 0 in element");
	check(change_weight, GS_SEMANTICS_KEEPS,
	      "'y', the result of node 'conv' (Conv), was");
	check(lose_bias, GS_SEMANTICS_KEEPS, "node 'conv' (Conv)");
	check(make_nan, GS_SEMANTICS_KEEPS, "and is nan");
	/* Only the layer that is wrong is named. */
	check(turn_operands, GS_SEMANTICS_KEEPS,
	      "'z', the result of node 'sub' (Sub)");
}

static void test_quantized(void **state)
{
	(void)state;
	check(quantize_well, GS_SEMANTICS_QUANTIZES, NULL);
	check(quantize_well, GS_SEMANTICS_KEEPS, "'z'");
	check(forget_weights, GS_SEMANTICS_QUANTIZES,
	      "'y', the result of node 'conv' (Conv), is off by");
	check(lose_relu, GS_SEMANTICS_QUANTIZES, "'y'");
	check_text(quotient, quantize_divisor, GS_SEMANTICS_QUANTIZES, NULL);
	check_text(quotient, turn_quotient, GS_SEMANTICS_QUANTIZES,
		   "'y', the result of node 'div' (Div), is off by");
}

static void test_scaled(void **state)
{
	(void)state;
	check(nothing, GS_SEMANTICS_SCALES, NULL);
	check(lose_relu, GS_SEMANTICS_SCALES,
	      "'z', the result of node 'sub' (Sub), was");
}

/* ---- lowering ------------------------------------------------------------ */

/* Two parts that are moved to their places, and a result that is written there */
static const char lowered[] =
	"fdfg 1 after quantize\n"
	"graph \"g\" opset 13 next 2\n"
	"tensor %0 \"x\" float32 1x16x2x2 order nchw quant int8 {0.01}\n"
	"tensor %1 \"r\" float32 1x16x2x2 order nchw quant int8 {0.01}\n"
	"tensor %2 \"y\" float32 1x32x2x2 order nchw quant int8 {0.01}\n"
	"inputs %0 outputs %2\n"
	"node \"sigmoid\" %1 = Sigmoid(%0) order nchw\n"
	"node \"concat\" %2 = Concat(%0, %1) {axis=1} order nchw\n"
	"end\n";

static void shift_move(struct gs_graph *g)
{
	struct gs_node *n = g->node;
	struct gs_move *m;

	while (!n->move)
		n = n->next;
	m = gs_graph_alloc(g, sizeof(*m));
	*m = *n->move;
	m->from.dim[GS_MAX_RANK - 1].step = -1;
	m->from.at[GS_MEM_C] = 15;
	n->move = m;
}

static void shift_window(struct gs_graph *g)
{
	unsigned i = 0;

	while (!g->tensor[i]->part.of)
		i++;
	g->tensor[i]->part.at[GS_MEM_C] = 0;
}

static void lose_move(struct gs_graph *g)
{
	struct gs_node *n = g->node;

	while (!n->move)
		n = n->next;
	gs_graph_remove_node(g, n);
}

static void check_lowered(change_fn change, const char *want)
{
	struct compared c;

	compare_begin(&c, lowered);
	assert_int_equal(gs_pass_lower(c.g, 16, &c.r.diag), 0);
	change(c.g);
	compare_end(&c, GS_SEMANTICS_LOWERS, "pass lower", want);
}

static void test_lowered(void **state)
{
	(void)state;
	check_lowered(nothing, NULL);
	check_lowered(shift_move,
		      "pass lower changes what the graph computes: 'y'");
	check_lowered(shift_window, "'y'");
	check_lowered(lose_move, "'y'");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_quantized),
		cmocka_unit_test(test_scaled),
		cmocka_unit_test(test_lowered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
