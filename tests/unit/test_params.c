/* SPDX-License-Identifier: MIT */
/*
 * Attributes of codelets that constant inputs may stand for, and the form in
 * which a codelet leaves them.
 */
#include <stdio.h>
#include <string.h>

#include "compiler/codelets/rules.h"
#include "compiler/passes/passes.h"
#include "tests/unit/codelet_util.h"

/* Moves @at further along @axes; what comes in is v. */
static const char text[] =
	"codelet c { operator Own of \"a.b\";\n"
	"attr int at[] or input 1;\n"
	"attr float v or input 2 = 0.5;\n"
	"attr int axes[] or input 3 = iota(count(at));\n"
	"attr int n or input 4 = 7;\n"
	"attr int pair[2] or input 5 = 3;\n"
	"let D = dims(x);\n"
	"require count(at) == count(axes) : \"% places (%), % axes\","
	" count(at), at, count(axes);\n"
	"require n < 10 : \"n is %\", n + pair[1] / 2 - 1.5;\n"
	"set at = put(0 * D, axis(axes, rank(x)), at);\n"
	"drop axes;\n"
	"shape -> [all D + at];\n"
	"quantize like x;\n"
	"move y[all i] = x[all i - at] else v;\n"
	"input x; output y; }";

struct bed {
	struct gs_codelet_lib lib;
	struct gs_op_rules rules;
	struct gs_graph *g;
	struct gs_node *node;
	struct gs_tensor *x, *y;
	struct report r;
};

/* Constants, of which a node names those it wants */
static const struct constant {
	const char *name;
	enum gs_dtype type;
	struct gs_shape shape;
	const void *data;
} constants[] = {
	{ "one", GS_DT_I64, { 1, { 1 } }, (const int64_t[]){ 1 } },
	{ "two", GS_DT_I32, { 1, { 2 } }, (const int32_t[]){ 1, -1 } },
	{ "last", GS_DT_I64, { 1, { 1 } }, (const int64_t[]){ -1 } },
	{ "none", GS_DT_I64, { 1, { 0 } }, (const int64_t[]){ 0 } },
	{ "scalar", GS_DT_I64, { 0, { 0 } }, (const int64_t[]){ 8 } },
	{ "real", GS_DT_F32, { 0, { 0 } }, (const float[]){ -2.5f } },
	{ "reals", GS_DT_F32, { 1, { 2 } }, (const float[]){ 1, 2 } },
	{ "square", GS_DT_I64, { 2, { 1, 1 } }, (const int64_t[]){ 1 } },
	{ "huge", GS_DT_I64, { 1, { 1 } }, (const int64_t[]){ INT64_MAX } },
};

static void add_constant(struct bed *b, const struct constant *c)
{
	struct gs_tensor *t =
		gs_graph_add_tensor(b->g, c->name, c->type, &c->shape);

	t->shaped = true;
	t->data = c->data;
}

/* A node Own on x of 2x3 with these inputs */
static void bed_init(struct bed *b, const char *inputs)
{
	size_t i;

	memset(b, 0, sizeof(*b));
	library_of(text, &b->lib);
	b->rules = gs_codelet_rules(&b->lib);
	b->g = new_graph();
	b->g->rules = &b->rules;
	b->x = add_activation(b->g, "x", "2x3", 1, 0);
	b->x->quant.valid = false;
	b->x->is_input = true;
	b->g->input[b->g->num_inputs++] = b->x;
	b->y = add_activation(b->g, "y", "", 1, 0);
	b->y->quant.valid = false;
	b->y->shaped = false;
	b->y->is_output = true;
	b->g->output[b->g->num_outputs++] = b->y;
	report_init(&b->r);
	for (i = 0; i < sizeof(constants) / sizeof(constants[0]); i++)
		add_constant(b, &constants[i]);
	b->node = add_node(b->g, "Own", inputs, "y");
	b->node->domain = "a.b";
}

static void bed_fini(struct bed *b)
{
	gs_graph_destroy(b->g);
	gs_codelet_lib_free(&b->lib);
}

static void list_attrs(const struct gs_node *node, char *out)
{
	unsigned i;
	size_t k;

	out += sprintf(out, "%u", node->num_inputs);
	for (i = 0; i < node->num_attrs; i++) {
		const struct gs_attr *a = &node->attr[i];

		out += sprintf(out, " %s=", a->name);
		if (a->kind == GS_ATTR_FLOAT)
			out += sprintf(out, "%g", (double)a->f);
		if (a->kind == GS_ATTR_INT)
			out += sprintf(out, "%lld", (long long)a->i);
		for (k = 0; k < a->num; k++)
			out += sprintf(out, "%s%lld", k ? "," : "",
				       (long long)a->ints[k]);
	}
}

static void test_taken(void **state)
{
	static const struct {
		const char *inputs, *want, *shape;
	} cases[] = {
		{ "x two", "1 at=1,-1 v=0.5 n=7 pair=3,3", "3x2" },
		{ "x one", "1 at=1,0 v=0.5 n=7 pair=3,3", "3x3" },
		{ "x one real last scalar", "1 at=0,1 v=-2.5 n=8 pair=3,3",
		  "2x4" },
		{ "x one one - - two", "1 at=1,0 v=1 n=7 pair=1,-1", "3x3" },
		{ "x none", "1 at=0,0 v=0.5 n=7 pair=3,3", "2x3" },
	};
	char got[256], shape[64];
	struct bed b;
	unsigned i, again;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bed_init(&b, cases[i].inputs);
		/* What is left is a node of the same operator, with the same meaning. */
		for (again = 0; again < 2; again++) {
			if (gs_pass_shapes(b.g, &b.r.diag))
				fail_msg("%s: %s", cases[i].inputs, b.r.text);
			list_attrs(b.node, got);
			assert_string_equal(got, cases[i].want);
			assert_string_equal(gs_shape_format(&b.y->shape, shape,
							    sizeof(shape)),
					    cases[i].shape);
		}
		bed_fini(&b);
	}
}

/* An attribute of the node goes before the input. */
static void test_attribute_first(void **state)
{
	char got[256];
	struct bed b;

	(void)state;
	bed_init(&b, "x one");
	set_ints(b.g, b.node, "at", "0 2");
	set_ints(b.g, b.node, "axes", "1 -2");
	assert_int_equal(gs_pass_shapes(b.g, &b.r.diag), 0);
	list_attrs(b.node, got);
	assert_string_equal(got, "1 at=2,0 v=0.5 n=7 pair=3,3");
	bed_fini(&b);
}

static void test_values(void **state)
{
	static const float want[] = { -2.5f, 0, 1, 2, -2.5f, 3, 4, 5 };
	float x[6] = { 0, 1, 2, 3, 4, 5 }, y[8];
	const float *in = x;
	float *out = y;
	struct bed b;

	(void)state;
	bed_init(&b, "x one real last");
	assert_int_equal(gs_pass_shapes(b.g, &b.r.diag), 0);
	assert_int_equal(gs_float_eval(b.g, &in, &out, &b.r.diag), 0);
	assert_memory_equal(y, want, sizeof(want));
	bed_fini(&b);
}

static void test_refused(void **state)
{
	static const struct {
		const char *inputs, *says;
	} cases[] = {
		{ "x", "attribute 'at', or input 1, is missing" },
		{ "x x",
		  "input 'x' (at) is float32 of shape 2x3, expected is a constant: a list of an integer type" },
		{ "x real",
		  "input 'real' (at) is constant float32 of shape scalar, expected is a constant: a list of an integer type" },
		{ "x square",
		  "input 'square' (at) is constant int64 of shape 1x1, expected is a constant: a list" },
		{ "x one reals",
		  "input 'reals' (v) is constant float32 of shape 2, expected is a constant: one value of numbers" },
		{ "x one - - two",
		  "input 'two' (n) is constant int32 of shape 2, expected is a constant: one value of an integer type" },
		{ "x one - - - one",
		  "input 'one' (pair) is constant int64 of shape 1, expected is a constant: as many values as the attribute" },
		{ "x one - two", "1 places (1), 2 axes" },
		{ "x two - last", "2 places (1, -1), 1 axes" },
		{ "x one - huge",
		  "axis 9.2233720368547758e+18 is not one of a tensor of rank 2" },
		{ "x huge", "dimension 0 of the result is 9.22337204e+18" },
		{ "x one - - huge", "n is 9.2233720368547" },
	};
	struct bed b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bed_init(&b, cases[i].inputs);
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
		const char *item, *says;
	} cases[] = {
		{ "attr int a or input 0;",
		  "an input that is an attribute is" },
		{ "attr int a or input 64;",
		  "t.cdlt:2:23: an input that is an attribute is 1..63, found ';'" },
		{ "attr int a or input 1.5;", "an input that is an attribute" },
		{ "attr int a or 1;", "expected 'input', found '1'" },
		{ "attr int a or input x;", "expected a number, found 'x'" },
		{ "attr a[] or input 1;",
		  "an input stands for an int or a float only" },
		{ "attr string a[\"x\"] or input 1;",
		  "an input stands for an int or a float only" },
		{ "set a = 1;", "'a' is no attribute, found '='" },
		{ "drop a;", "'a' is no attribute" },
		{ "attr int a; set a 1;", "expected '=', found '1'" },
		{ "attr int a; input z; set a = 1;",
		  "attributes are set and dropped before the operands" },
		{ "require 1 : \"% of %\", 2;",
		  "the reason has 2 %, and 1 values, found ';'" },
		{ "require 1 : \"% %\" 2;",
		  "the reason has 2 %, and 0 values" },
		{ "require 1 : \"no\", 2;", "expected ';', found ','" },
	};
	struct gs_codelet *cl;
	struct report r;
	char all[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(all, sizeof(all),
			 "codelet c { operator Own;\n%s\nshape like x;"
			 " move y[all i] = x[all i]; input x; output y; }",
			 cases[i].item);
		assert_true(gs_codelet_parse("t.cdlt", all, strlen(all), &cl,
					     report_init(&r)) < 0);
		assert_says(r.text, cases[i].says);
		assert_null(cl);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_attribute_first),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_grammar),
	};

	return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
