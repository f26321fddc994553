/* SPDX-License-Identifier: MIT */
/*
 * Codelets that put inputs side by side, divide one into parts or give it
 * another shape: shapes, values of any type, refusals, grammar.
 */
#include <stdio.h>
#include <string.h>

#include "compiler/codelets/rules.h"
#include "compiler/passes/passes.h"
#include "tests/unit/codelet_util.h"

#define HEAD "codelet c { operator Own of \"a.b\"; attr int axis = 0;\n"
#define JOIN HEAD "move y = x along axis;\ninput x[]; output y; }"
#define SPLIT                                  \
	HEAD "attr int sizes[] = 2 - iota(2);" \
	     " move y = x along axis into sizes;\ninput x; output y[]; }"
#define VIEW HEAD "shape -> [prod(dims(x))]; move y = x;\ninput x; output y; }"

struct bed {
	struct gs_codelet_lib lib;
	struct gs_op_rules rules;
	struct gs_graph *g;
	struct gs_node *node;
	struct report r;
};

static struct gs_tensor *add_tensor(struct bed *b, const char *name,
				    const char *shape)
{
	struct gs_tensor *t = add_activation(b->g, name, shape, 1, 0);

	t->quant.valid = false;
	return t;
}

/* Own on inputs a, b, c of these shapes, "" for none; outputs y, z, ... */
static void bed_init(struct bed *b, const char *text, const char *const *in,
		     unsigned num_outputs)
{
	static const char *const names[] = { "a", "b", "c" };
	static const char *const results[] = { "y", "z", "u" };
	struct gs_tensor *t;
	char list[32] = "";
	unsigned i;

	memset(b, 0, sizeof(*b));
	library_of(text, &b->lib);
	b->rules = gs_codelet_rules(&b->lib);
	b->g = new_graph();
	b->g->rules = &b->rules;
	for (i = 0; i < 3 && in[i]; i++) {
		t = add_tensor(b, names[i], in[i]);
		t->is_input = true;
		b->g->input[b->g->num_inputs++] = t;
		strcat(strcat(list, i ? " " : ""), names[i]);
	}
	for (i = 0; i < num_outputs; i++) {
		t = add_tensor(b, results[i], "");
		t->shaped = false;
		t->is_output = true;
		b->g->output[b->g->num_outputs++] = t;
	}
	b->node = add_node(b->g, "Own", list, "y");
	b->node->domain = "a.b";
	for (i = 1; i < num_outputs; i++)
		gs_node_set_output(b->node, i, b->g->output[i]);
	report_init(&b->r);
}

static void bed_fini(struct bed *b)
{
	gs_graph_destroy(b->g);
	gs_codelet_lib_free(&b->lib);
}

static void set_int(struct bed *b, const char *name, int64_t value)
{
	assert_int_equal(gs_node_set_attr_int(b->g, b->node, name, value), 0);
}

/* Inputs are 0, 1, 2 ... and 100, 101, ... and 200, ... */
static void check(struct bed *b, const char *const *shapes,
		  const float *const *want)
{
	float values[3][64], results[3][64];
	const float *in[3] = { values[0], values[1], values[2] };
	float *out[3] = { results[0], results[1], results[2] };
	char text[64];
	unsigned i, k;

	if (gs_pass_shapes(b->g, &b->r.diag))
		fail_msg("%s", b->r.text);
	for (i = 0; i < 3; i++)
		for (k = 0; k < 64; k++)
			values[i][k] = (float)(100 * i + k);
	assert_int_equal(gs_float_eval(b->g, in, out, &b->r.diag), 0);
	for (i = 0; i < b->g->num_outputs; i++) {
		const struct gs_shape *s = &b->g->output[i]->shape;

		assert_string_equal(gs_shape_format(s, text, sizeof(text)),
				    shapes[i]);
		assert_memory_equal(out[i], want[i],
				    (size_t)gs_shape_elems(s) * sizeof(float));
	}
}

#define LIST(...) ((const float[]){ __VA_ARGS__ })

static void test_join(void **state)
{
	static const char *const in[] = { "2x2", "2x1", "2x2" };
	struct bed b;

	(void)state;
	bed_init(&b, JOIN, in, 1);
	set_int(&b, "axis", -1);
	check(&b, (const char *const[]){ "2x5" },
	      (const float *const[]){
		      LIST(0, 1, 100, 200, 201, 2, 3, 101, 202, 203) });
	bed_fini(&b);
	/* The outermost axis, and one input alone */
	bed_init(&b, JOIN, (const char *const[]){ "1x2", "3x2", NULL }, 1);
	check(&b, (const char *const[]){ "4x2" },
	      (const float *const[]){
		      LIST(0, 1, 100, 101, 102, 103, 104, 105) });
	bed_fini(&b);
	bed_init(&b, JOIN, (const char *const[]){ "3", NULL }, 1);
	check(&b, (const char *const[]){ "3" },
	      (const float *const[]){ LIST(0, 1, 2) });
	bed_fini(&b);
}

/* What stands before the inputs that are joined is no part. */
static void test_join_behind(void **state)
{
	static const char text[] = HEAD
		"let n = count(x); require n == 2 : \"% inputs\", n;\n"
		"move y = x along axis;\ninput w; input x[]; output y; }";
	struct bed b;

	(void)state;
	bed_init(&b, text, (const char *const[]){ "7", "2", "1" }, 1);
	check(&b, (const char *const[]){ "3" },
	      (const float *const[]){ LIST(100, 101, 200) });
	bed_fini(&b);
}

static void test_split(void **state)
{
	struct bed b;

	(void)state;
	bed_init(&b, SPLIT, (const char *const[]){ "2x3", NULL }, 2);
	set_int(&b, "axis", 1);
	check(&b, (const char *const[]){ "2x2", "2x1" },
	      (const float *const[]){ LIST(0, 1, 3, 4), LIST(2, 5) });
	bed_fini(&b);
	/* One that nothing wants is passed over. */
	bed_init(&b, SPLIT, (const char *const[]){ "3x2", NULL }, 3);
	set_ints(b.g, b.node, "sizes", "1 1 1");
	b.node->output[1] = NULL;
	b.g->output[1] = b.g->output[2];
	b.g->num_outputs = 2;
	check(&b, (const char *const[]){ "1x2", "1x2" },
	      (const float *const[]){ LIST(0, 1), LIST(4, 5) });
	bed_fini(&b);
}

static void test_view(void **state)
{
	struct bed b;

	(void)state;
	bed_init(&b, VIEW, (const char *const[]){ "2x3", NULL }, 1);
	check(&b, (const char *const[]){ "6" },
	      (const float *const[]){ LIST(0, 1, 2, 3, 4, 5) });
	/* It is one in the compiler, too. */
	assert_int_equal(gs_pass_simplify(b.g, &b.r.diag), 0);
	assert_null(b.g->node);
	assert_ptr_equal(b.g->output[0]->view_of, b.g->input[0]);
	bed_fini(&b);
}

/* Constants are moved while compiling, whatever their type is. */
static void test_constants(void **state)
{
	static const int64_t first[] = { 1, INT64_MAX }, second[] = { -5 };
	struct gs_tensor *a, *c;
	struct bed b;

	(void)state;
	bed_init(&b, JOIN, (const char *const[]){ "2", "1", NULL }, 1);
	a = b.g->input[0];
	c = b.g->input[1];
	b.g->num_inputs = 0;
	a->type = c->type = GS_DT_I64;
	a->is_input = c->is_input = false;
	a->data = first;
	c->data = second;
	if (gs_pass_shapes(b.g, &b.r.diag))
		fail_msg("%s", b.r.text);
	assert_null(b.g->node);
	assert_int_equal(b.g->output[0]->type, GS_DT_I64);
	assert_memory_equal(b.g->output[0]->data,
			    ((const int64_t[]){ 1, INT64_MAX, -5 }), 24);
	bed_fini(&b);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *in[3];
		unsigned outputs;
		int64_t axis;
		const char *says;
	} cases[] = {
		{ JOIN, { "2x3", "2" }, 1, 0, "input 1 does not fit input 0" },
		{ JOIN, { "2x3", "2x2" }, 1, 0, "input 1 does not fit input 0" },
		{ JOIN,
		  { "2x3" },
		  1,
		  2,
		  "t.cdlt:2:18: the input has no axis 2" },
		{ JOIN, { "2x3" }, 1, -3, "the input has no axis -3" },
		{ SPLIT,
		  { "4" },
		  2,
		  0,
		  "2 parts do not divide 4 elements between 2 outputs" },
		{ SPLIT,
		  { "3" },
		  3,
		  0,
		  "2 parts do not divide 3 elements between 3 outputs" },
		{ SPLIT, { "3" }, 2, 1, "the input has no axis 1" },
		{ HEAD "shape -> [all dims(x) + 1]; move y = x;\n"
		       "input x; output y; }",
		  { "2x3" },
		  1,
		  0,
		  "input 'a' is 2x3, which cannot become 3x4" },
	};
	struct bed b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const in[] = { cases[i].in[0], cases[i].in[1],
					   cases[i].in[2] };

		bed_init(&b, cases[i].text, in, cases[i].outputs);
		set_int(&b, "axis", cases[i].axis);
		assert_true(gs_pass_shapes(b.g, &b.r.diag) < 0);
		assert_int_equal(b.r.num, 1);
		assert_says(b.r.text, "node 'own_0' (Own): ");
		assert_says(b.r.text, cases[i].says);
		bed_fini(&b);
	}
}

/* ---- texts --------------------------------------------------------------- */

static void test_grammar(void **state)
{
	static const struct {
		const char *rules, *says;
	} cases[] = {
		{ "move y = x along axis; input x; output y;",
		  "what is moved along an axis is 'x[]', or goes into parts" },
		{ "shape like x; move y = x; input x[]; output y;",
		  "'x' is several inputs, which are moved along an axis" },
		{ "shape like x; move y[i] = x[i]; input x[]; output y;",
		  "'x' is several inputs" },
		{ "move y = x along axis into 1; input x; output y;",
		  "what is moved into parts becomes 'y[]'" },
		{ "move y = x along axis; input x[]; output y[];",
		  "'y' is several outputs, into which something is moved" },
		{ "move y = x along axis; input x[]; input w; output y;",
		  "t.cdlt:2:41: 'w' stands behind 'x[]', which takes all inputs" },
		{ "shape like x; move y = x along axis; input x[]; output y;",
		  "a rule 'move' along an axis gives the shapes, without one 'shape'" },
		{ "move y = x; input x; output y;",
		  "t.cdlt:2:6: a rule 'move' needs one 'shape'" },
		{ "shape like x; input x[]; output y;",
		  "operand 'x' has no dimensions" },
		{ "move y = along axis; input x[]; output y;",
		  "expected ';', found 'axis'" },
	};
	struct gs_codelet *cl;
	struct report r;
	char all[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(all, sizeof(all), "%s%s }", HEAD, cases[i].rules);
		assert_true(gs_codelet_parse("t.cdlt", all, strlen(all), &cl,
					     report_init(&r)) < 0);
		assert_says(r.text, cases[i].says);
		assert_null(cl);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_join_behind),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_view),
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_grammar),
	};

	return cmocka_run_group_tests_name("along", tests, NULL, NULL);
}
