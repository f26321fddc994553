/* SPDX-License-Identifier: MIT */
/*
 * What codelets say of operators that the front end does not know: shape,
 * attributes, quantization and float meaning, judged by values made by hand.
 */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codelets/rules.h"
#include "compiler/passes/passes.h"
#include "tests/unit/codelet_util.h"

/* Line 1; rules stand in line 2, what else a codelet needs in line 3. */
#define HEAD HEAD_OF("c")
#define HEAD_OF(name)                                                     \
	"codelet " name " { operator Own of \"a.b\"; attr int k[2] = 2;"  \
	" attr float f = 0.5; attr string m[\"one\", \"two\"] = \"two\";" \
	" attr float v[] = 1; let K = k[0];\n"
#define TAIL                                                   \
	"\ninput x[N, H, W, C]; const b[D] optional;"          \
	" output y[N, OH, OW, OC]; transfer x: DRAM -> VMEM1;" \
	" transfer y: VMEM2 -> DRAM; loop n < N { y = move(0); } }"

/* What else a codelet needs that moves elements */
#define MOVED_TAIL "\ninput x; output y; }"

struct bed {
	struct gs_codelet_lib lib;
	struct gs_op_rules rules;
	struct gs_graph *g;
	struct gs_node *node;
	struct gs_tensor *x, *y;
	struct report r;
};

/* A node Own of domain a.b, with input x */
static void bed_init(struct bed *b, const char *rules, const char *shape)
{
	char text[2048];

	memset(b, 0, sizeof(*b));
	snprintf(text, sizeof(text), "%s%s%s", HEAD, rules,
		 strstr(rules, "move ") ? MOVED_TAIL : TAIL);
	library_of(text, &b->lib);
	b->rules = gs_codelet_rules(&b->lib);
	b->g = new_graph();
	b->g->rules = &b->rules;
	b->x = add_activation(b->g, "x", shape, 1, 0);
	b->x->quant.valid = false;
	b->x->is_input = true;
	b->g->input[b->g->num_inputs++] = b->x;
	b->y = add_activation(b->g, "y", "", 1, 0);
	b->y->quant.valid = false;
	b->y->shaped = false;
	b->y->is_output = true;
	b->g->output[b->g->num_outputs++] = b->y;
	b->node = add_node(b->g, "Own", "x", "y");
	b->node->domain = "a.b";
	report_init(&b->r);
}

static void bed_fini(struct bed *b)
{
	gs_graph_destroy(b->g);
	gs_codelet_lib_free(&b->lib);
}

static void shapes(struct bed *b)
{
	if (gs_pass_shapes(b->g, &b->r.diag))
		fail_msg("%s", b->r.text);
}

static void check_shape(const char *rules, const char *x, const char *want)
{
	struct bed b;
	char text[128];

	bed_init(&b, rules, x);
	shapes(&b);
	assert_string_equal(gs_shape_format(&b.y->shape, text, sizeof(text)),
			    want);
	bed_fini(&b);
}

/* One error, with these words */
static void check_no_shape(const char *rules, const char *x, const char *says)
{
	struct bed b;

	bed_init(&b, rules, x);
	assert_true(gs_pass_shapes(b.g, &b.r.diag) < 0);
	assert_int_equal(b.r.num, 1);
	assert_says(b.r.text, says);
	bed_fini(&b);
}

static void test_shape(void **state)
{
	(void)state;
	check_shape("shape like x;", "2x3x4x5", "2x3x4x5");
	check_shape("shape like x;", "7", "7");
	check_shape("shape broadcast;", "2x3", "2x3");
	check_shape(
		"shape x[A, B, C, D] -> [A, B * K, floor(C / 2), D - k[1] + 1];",
		"2x3x7x5", "2x6x3x4");
	check_shape("shape x[A, 1] -> [A];", "6x1", "6");
	check_shape(
		"shape x[A, A] -> [1, A, rank(x), dim(x, -1) + (m == \"two\")];",
		"6x6", "1x6x2x7");
}

static void test_shape_errors(void **state)
{
	(void)state;
	check_no_shape("shape x[A, B] -> [A];", "2x3x4",
		       "t.cdlt:2:7: 'x' is 2x3x4, expected are 2 dimensions");
	check_no_shape("shape x[A, A] -> [A];", "2x3",
		       "t.cdlt:2:7: 'x' is 2x3, dimension 1 must be 2");
	check_no_shape("shape x[A, 1] -> [A];", "2x3", "dimension 1 must be 1");
	check_no_shape(
		"shape x[A, B] -> [A, B / 2];", "2x3",
		"t.cdlt:2:24: dimension 1 of the result is 1.5, not an integer from 1 to");
	check_no_shape("shape x[A, B] -> [A, B - 3];", "2x3",
		       "dimension 1 of the result is 0");
	check_no_shape("shape x[A, B] -> [A, 0 / 0];", "2x3",
		       "dimension 1 of the result is ");
	check_no_shape("shape x[A, B] -> [A, Q];", "2x3",
		       "t.cdlt:2:22: unknown name 'Q'");
	check_no_shape("shape b[A] -> [A];", "2x3", "input 'b' is missing");
	check_no_shape("shape like b;", "2x3",
		       "the input whose shape the result has is missing");
	check_no_shape("quantize observed;", "2x3",
		       "the shape of 'y' cannot be inferred");
}

static void set_attr(struct bed *b, const struct gs_attr *attr)
{
	assert_int_equal(gs_node_set_attr(b->g, b->node, attr), 0);
}

static void test_attributes(void **state)
{
	static const char rule[] =
		"shape x[A] -> [A, K, k[1], 10 * f, 1 + (m == \"one\"), 10 * v[0]];";
	static const int64_t two[] = { 3, 4 };
	static const float real[] = { 0.5f, 7, 8 };
	const struct gs_attr good[] = {
		{ .name = "k", .kind = GS_ATTR_INTS, .ints = two, .num = 2 },
		{ .name = "f", .kind = GS_ATTR_FLOAT, .f = 0.2f },
		{ .name = "m", .kind = GS_ATTR_STRING, .s = "one" },
		{ .name = "v",
		  .kind = GS_ATTR_FLOATS,
		  .floats = real,
		  .num = 3 },
	};
	const struct {
		struct gs_attr attr;
		const char *says;
	} bad[] = {
		{ { .name = "k", .kind = GS_ATTR_INTS, .ints = two, .num = 1 },
		  "attribute 'k' must have 2 values" },
		{ { .name = "k",
		    .kind = GS_ATTR_FLOATS,
		    .floats = real,
		    .num = 2 },
		  "attribute 'k' must have 2 values" },
		{ { .name = "f", .kind = GS_ATTR_INT, .i = 1 },
		  "attribute 'f' must be a real number" },
		{ { .name = "m", .kind = GS_ATTR_STRING, .s = "three" },
		  "attribute 'm' is 'three'" },
		{ { .name = "m", .kind = GS_ATTR_INT, .i = 1 },
		  "attribute 'm' must be a string" },
		{ { .name = "v", .kind = GS_ATTR_INTS, .ints = two, .num = 2 },
		  "attribute 'v' must be a list of real numbers" },
		{ { .name = "v", .kind = GS_ATTR_FLOATS, .num = 0 },
		  "attribute 'v' is an empty list" },
	};
	struct bed b;
	char text[128];
	size_t i;

	(void)state;
	check_shape(rule, "9", "9x2x2x5x1x10");
	bed_init(&b, rule, "9");
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		set_attr(&b, &good[i]);
	/* 10 * 0.2f is no integer. */
	assert_true(gs_pass_shapes(b.g, &b.r.diag) < 0);
	assert_says(b.r.text,
		    "dimension 3 of the result is 2.00000003, not an integer");
	bed_fini(&b);
	bed_init(&b, rule, "9");
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (i != 1)
			set_attr(&b, &good[i]);
	shapes(&b);
	assert_string_equal(gs_shape_format(&b.y->shape, text, sizeof(text)),
			    "9x3x4x5x2x5");
	bed_fini(&b);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		bed_init(&b, rule, "9");
		set_attr(&b, &bad[i].attr);
		assert_true(gs_pass_shapes(b.g, &b.r.diag) < 0);
		assert_says(b.r.text, bad[i].says);
		bed_fini(&b);
	}
}

/* ---- float meaning ------------------------------------------------------- */

/* x is 0, 1, 2 ... */
static void check_float(const char *rules, const char *shape,
			const double *want, size_t num)
{
	float x[64], y[64];
	const float *in = x;
	float *out = y;
	struct bed b;
	size_t i;

	for (i = 0; i < 64; i++)
		x[i] = (float)i;
	bed_init(&b, rules, shape);
	shapes(&b);
	assert_int_equal(gs_shape_elems(&b.y->shape), num);
	if (gs_float_eval(b.g, &in, &out, &b.r.diag))
		fail_msg("%s", b.r.text);
	for (i = 0; i < num; i++)
		if (fabs((double)y[i] - want[i]) > 1e-5)
			fail_msg("%s: value %zu is %g, expected %g", rules, i,
				 (double)y[i], want[i]);
	bed_fini(&b);
}

#define VALUES(...)                        \
	((const double[]){ __VA_ARGS__ }), \
		sizeof((const double[]){ __VA_ARGS__ }) / sizeof(double)

static void test_float(void **state)
{
	(void)state;
	check_float("shape like x; float y = 2 * x - f;", "2x2",
		    VALUES(-0.5, 1.5, 3.5, 5.5));
	check_float("shape like x; float y = x < 2 ? -x : x^2 + v[0];", "4",
		    VALUES(0, -1, 5, 10));
	check_float("shape like x; float y = max(x, 1, f) + min(x, 2);", "4",
		    VALUES(1, 2, 4, 5));
	check_float("shape like x; float y = sqrt(abs(1 - x)) + sign(x - 1);",
		    "3", VALUES(0, 0, 2));
	check_float("shape like x; float y = !x || x == 2 && 1;", "4",
		    VALUES(1, 0, 1, 0));
	/* along an axis: of both kinds of counting */
	check_float("shape like x; float y = sum(along -1 : x);", "2x3",
		    VALUES(3, 3, 3, 12, 12, 12));
	check_float("shape like x; float y = x - max(along 0 : x);", "2x3",
		    VALUES(-3, -3, -3, 0, 0, 0));
	check_float(
		"shape like x; float m = max(along 1 : x); float y = m - x;",
		"2x3", VALUES(2, 1, 0, 2, 1, 0));
	/* a matrix transposed, and its rows' products */
	check_float("shape x[A, B] -> [B, A]; float y[i, j] = x[j, i];", "2x3",
		    VALUES(0, 3, 1, 4, 2, 5));
	check_float(
		"shape x[A, B] -> [A]; float y[i] = prod(j < B : x[i, j] + 1);",
		"2x3", VALUES(6, 120));
	/* statements that read what others made */
	check_float("shape x[A, B] -> [A, B];"
		    " float s[i < A] = min(j < B : x[i, j]);"
		    " float t[i < A] = s[i] + max(j < B : x[i, j]);"
		    " float y[i, j] = t[i] * x[i, j];",
		    "2x2", VALUES(0, 1, 10, 15));
}

/* What stands outside does not count. */
static void test_windows(void **state)
{
	(void)state;
	check_float("shape x[A] -> [A];"
		    " float y[i] = max(k < 3 : 0 - x[i + k - 1]);",
		    "4", VALUES(0, 0, -1, -2));
	check_float(
		"shape x[A] -> [A]; float y[i] = sum(k < 3 : x[i + k - 1]);",
		"4", VALUES(1, 3, 6, 5));
	check_float("shape x[A] -> [A];"
		    " float y[i] = sum(k < 3 : 0 * x[i + k - 1] + 1);",
		    "4", VALUES(2, 3, 3, 2));
	check_float("shape x[A] -> [A]; float y[i] = x[i + 2] + 1;", "4",
		    VALUES(3, 4, 1, 1));
	check_float("shape x[A] -> [A]; float y[i] = i > 0 ? x[i - 1] : 9;",
		    "3", VALUES(9, 0, 1));
	check_float("shape x[A] -> [A]; float y[i] = min(k < 2 : x[i + 9]);",
		    "2", VALUES(0, 0));
	check_float("shape x[A, B] -> [A - 1, B - 1]; float y[i, j] ="
		    " sum(a < 2, b < 2 : x[i + a, j + b]);",
		    "3x3", VALUES(8, 12, 20, 24));
	/* a number that no index can be */
	check_float(
		"shape x[A] -> [A]; float y[i] = x[1 / (i - 1)] + x[0 / i];",
		"3", VALUES(0, 0, 1));
}

/* ---- movements ----------------------------------------------------------- */

static void test_move(void **state)
{
	(void)state;
	/* a matrix transposed, by name and as vectors */
	check_float("shape x[A, B] -> [B, A]; move y[i, j] = x[j, i];", "2x3",
		    VALUES(0, 3, 1, 4, 2, 5));
	check_float("shape -> [all dims(x)]; move y[all i] = x[all i];", "2x3",
		    VALUES(0, 1, 2, 3, 4, 5));
	/* backwards, every other one, the same one */
	check_float("shape x[A] -> [A]; move y[i] = x[A - 1 - i];", "4",
		    VALUES(3, 2, 1, 0));
	check_float("shape x[A, B] -> [A, B / 2];"
		    " move y[i, j] = x[i, K * j + 1];",
		    "2x4", VALUES(1, 3, 5, 7));
	check_float("shape x[A, B] -> [A, B]; move y[i, j] = x[0, j];", "2x3",
		    VALUES(0, 1, 2, 0, 1, 2));
	check_float("shape x[A] -> [1, 1]; move y[i, j] = x[A - 1];", "3",
		    VALUES(2));
	/* blocks: functions of one index each, added */
	check_float("shape x[C, W] -> [C / 2, 2 * W];"
		    " move y[c, w] = x[2 * c + mod(w, 2), floor(w / 2)];",
		    "2x3", VALUES(0, 3, 1, 4, 2, 5));
	check_float("shape x[A] -> [A]; move y[i] = x[abs(i - 2)];", "4",
		    VALUES(2, 1, 0, 1));
	check_float("shape x[A] -> [A]; move y[i] = x[m == \"two\" ?"
		    " min(max(i - 1, 0), 2) : i * i];",
		    "5", VALUES(0, 0, 1, 2, 2));
	/* indices of other extents than the result */
	check_float("shape x[A] -> [2, A / 2]; move y[i < A] = x[A - 1 - i];",
		    "4", VALUES(3, 2, 1, 0));
	check_float("shape x[A] -> [A];"
		    " move y[i < 2, j < A / 2] = x[i + 2 * j];",
		    "4", VALUES(0, 2, 1, 3));
	check_float("shape x[A, B] -> [A * B];"
		    " move y[all i < dims(x)] = x[all i];",
		    "2x2", VALUES(0, 1, 2, 3));
	/* vectors of indices, none of them for a scalar */
	check_float("shape x[A, B] -> [B, A];"
		    " move y[all i] = x[all join(i[1], i[0])];",
		    "2x3", VALUES(0, 3, 1, 4, 2, 5));
	check_float("shape -> [all iota(0)]; move y[all i] = x[all 2];", "3",
		    VALUES(2));
	/* halves that add up to integers: a border in which edges count twice */
	check_float("shape x[A] -> [A + 2];"
		    " move y[i] = x[A - 0.5 - abs(A - abs(i - 0.5))];",
		    "3", VALUES(0, 0, 1, 2, 2));
	/* an element of a list */
	check_float("shape x[A, B] -> [2, B]; move y[i, j] = x[k[i] - 2, j];",
		    "3x2", VALUES(0, 1, 0, 1));
	/* what is not there */
	check_float("shape x[A] -> [A + 2]; move y[i] = x[i - 1] else 7;", "3",
		    VALUES(7, 0, 1, 2, 7));
	check_float("shape -> [all dims(x) + 1]; move y[all i] ="
		    " x[all i - 1] else 2 * f;",
		    "1x2", VALUES(1, 1, 1, 1, 0, 1));
	check_float("shape x[A] -> [2]; move y[i] = x[A] else -1;", "3",
		    VALUES(-1, -1));
}

static void check_no_move(const char *rules, const char *shape,
			  const char *says)
{
	const float x[64] = { 0 }, *in = x;
	float y[64], *out = y;
	struct bed b;

	bed_init(&b, rules, shape);
	assert_true(gs_pass_shapes(b.g, &b.r.diag) < 0 ||
		    gs_float_eval(b.g, &in, &out, &b.r.diag) < 0);
	assert_int_equal(b.r.num, 1);
	assert_says(b.r.text, says);
	bed_fini(&b);
}

static void test_move_errors(void **state)
{
	(void)state;
	check_no_move(
		"shape like x; move y[i, j] = x[i * j, j];", "2x2",
		"t.cdlt:2:34: in a movement, what several indices of the result make can only be added");
	check_no_move(
		"shape like x; move y[i] = x[i + 1];", "3",
		"t.cdlt:2:31: indices of axis 0 go from 1 to 3, the input has 0 to 2");
	check_no_move("shape like x; move y[i] = x[i / 2];", "3",
		      "t.cdlt:2:31: an index of axis 0 is no integer");
	check_no_move("shape like x; move y[i] = x[i + 0.5];", "3",
		      "t.cdlt:2:31: an index of axis 0 is no integer");
	check_no_move(
		"shape like x; move y[i < 2] = x[i];", "3",
		"t.cdlt:2:26: the indices have 2 values together, the result has 3 elements");
	check_no_move("shape like x; move y[i < 1 / 2] = x[i];", "3",
		      "t.cdlt:2:28: an index has 0.5 values");
	check_no_move("shape like x; move y[all i < iota(7)] = x[all 0];", "3",
		      "7 indices, at most are 6");
	check_no_move(
		"shape -> [2^24 + 1]; move y[i] = x[0];", "3",
		"an index of the result has 16777217 values, at most are 16777216");
	check_no_move("shape like x; move y[i] = x[k[i]];", "3",
		      "an index of axis 0 is no integer");
	check_no_move("shape like x; move y[i] = x[i, i];", "3",
		      "t.cdlt:2:29: 'x' has 1 dimensions, not 2");
	check_no_move("shape like x; move y[i] = x[i];", "3x3",
		      "t.cdlt:2:29: the output has 2 dimensions, not 1");
	check_no_move("shape like x; move y[i] = x[q];", "3",
		      "t.cdlt:2:29: unknown name 'q'");
	check_no_move("shape like x; move y[i] = x[sum(a < 2 : i)];", "3",
		      "t.cdlt:2:29: a movement has no reductions");
	check_no_move("shape like x; move y[i] = x[i > 1 ? 0 : 1];", "3",
		      "a condition cannot depend on indices");
	check_no_move("shape like x; move y[i] = x[iota(i)];", "3",
		      "t.cdlt:2:29: 'iota' is no function of indices");
	check_no_move("shape like x; move y[i] = x[f[i]];", "3", "no integer");
	check_no_move("shape like x; move y[i] = x[q[i]];", "3",
		      "t.cdlt:2:29: 'q' is no list");
	check_no_move("shape like x; move y[all i] = x[all i[v]];", "3",
		      "t.cdlt:2:37: 'i' has 1 elements, there is no 1");
	check_no_move("shape like x; move y[all i] = x[all i + k];", "1x1x1",
		      "vectors of 3 and 2 elements");
	check_no_move("shape like x; move y[i, j] = x[i + j, j] else 0;", "2x2",
		      "several indices of the result lead out of axis 0");
	check_no_move("shape -> [all dims(b)]; move y[all i] = x[all i];", "2",
		      "t.cdlt:2:15: 'dims' takes an operand");
	check_no_move(
		"shape -> [all iota(9) + 1]; move y[all i] = x[all 0];", "2",
		"t.cdlt:2:23: the result has 9 dimensions, at most are 6");
}

static void check_no_float(const char *rules, const char *shape,
			   const char *says)
{
	const float x[64] = { 0 }, *in = x;
	float y[64], *out = y;
	struct bed b;

	bed_init(&b, rules, shape);
	shapes(&b);
	assert_true(gs_float_eval(b.g, &in, &out, &b.r.diag) < 0);
	assert_int_equal(b.r.num, 1);
	assert_says(b.r.text, says);
	bed_fini(&b);
}

/* ---- between elements ---------------------------------------------------- */

static void test_between(void **state)
{
	(void)state;
	/* of each row two, and what is between them; beyond the last the last */
	check_float("shape x[A] -> [2 * A];"
		    " move y[i] between x[min(i / 2, A - 1)];",
		    "3", VALUES(0, 0.5, 1, 1.5, 2, 2));
	check_float(
		"shape x[A, B] -> [A + 1, B + 1];"
		" move y[all i] between x[all i * (dims(x) - 1) / dims(x)];",
		"2x2", VALUES(0, 0.5, 1, 1, 1.5, 2, 2, 2.5, 3));
	/* whole numbers are elements, here all of them the second */
	check_float("shape like x; move y[i] between x[1];", "3",
		    VALUES(1, 1, 1));
	/* a third is rounded to float32 */
	check_float(
		"shape x[A] -> [2]; move y[i] between x[i + float32(f / 6)];",
		"3", VALUES(1.0f / 12, 13.0f / 12));
	/* values of indices, which use those in front of them */
	check_float("shape like x;"
		    " move y[all i] between x[all c] with b = i + 0.5,"
		    " c = min(b, dims(x) - 1);",
		    "3", VALUES(0.5, 1.5, 2));
	check_float("shape x[A, B] -> [B, A]; move y[all i] = x[all r[1 - k]]"
		    " with k = iota(2), r = i;",
		    "2x3", VALUES(0, 3, 1, 4, 2, 5));
}

static void test_between_errors(void **state)
{
	(void)state;
	check_no_move(
		"shape like x; move y[i] between x[i + 0.5];", "3",
		"t.cdlt:2:37: an index of axis 0 is 2.5, the input has 0 to 2");
	check_no_move("shape like x; move y[i] between x[i / 0];", "3",
		      "an index of axis 0 is ");
	check_no_move(
		"shape like x; move y[i, j] between x[j, j];", "2x2",
		"t.cdlt:2:38: between elements of axis 0 is what its own index says alone");
	check_no_move("shape x[A, B] -> [A]; move y[i] between x[i, 0];", "2x2",
		      "the result has 1 dimensions, the input 2");
	check_no_move("shape like x; move y[i] between x[c] with c = c;", "3",
		      "unknown name 'c'");
	check_no_move("shape like x; move y[i] between x[d[1]] with d = f;",
		      "3", "'d' has 1 elements, there is no 1");
}

static void test_float_errors(void **state)
{
	(void)state;
	check_no_float(
		"shape like x;", "2",
		"the float evaluator does not know the operator, and no codelet has a rule 'float'");
	check_no_float("shape like x; float y = z;", "2",
		       "t.cdlt:2:25: unknown name 'z'");
	check_no_float("shape like x; float y = b;", "2",
		       "t.cdlt:2:25: 'b' is missing in this node");
	check_no_float("shape like x; float y = scale(x);", "2",
		       "t.cdlt:2:25: scales are not known in a rule 'float'");
	check_no_float("shape like x; float y = sum(along 1 : x);", "2",
		       "the result has no axis 1");
	check_no_float("shape like x; float y[i] = sum(along 0 : x[i]);", "2",
		       "'along' is for statements without indices");
	check_no_float("shape like x; float y[i] = x;", "2",
		       "'x' needs subscripts (1)");
	check_no_float("shape like x; float y[i] = x[i, i];", "2",
		       "'x' has 1 dimensions");
	check_no_float(
		"shape like x; float y[i, j] = 1;", "2",
		"t.cdlt:2:21: the output has another number of dimensions");
	check_no_float("shape x[A] -> [A + 1]; float y = x;", "2",
		       "'x' does not broadcast to the result");
	check_no_float("shape like x; float y = sum(i < 0 : x);", "2",
		       "an extent cannot be 0");
	check_no_float("shape like x; float y ="
		       " sum(i < 16777216, j < 16777216 : x);",
		       "2", "the rule takes too many steps");
	check_no_float("shape like x; float t[i < 2^40] = 1; float y = x;", "2",
		       "the statement makes too many elements, or none");
}

/* ---- quantization -------------------------------------------------------- */

static void check_quant(const char *rules, double scale, int zero)
{
	float data[8] = { -1, 0, 1, 2, 3, 3.5f, 3.75f, 4 };
	const struct gs_calib calib = {
		.name = "x", .data = data, .samples = 1, .num_values = 8
	};
	struct bed b;

	bed_init(&b, rules, "8");
	shapes(&b);
	if (gs_pass_order(b.g, &b.r.diag) ||
	    gs_pass_calibrate(b.g, &calib, 1, &b.r.diag) ||
	    gs_pass_quantize(b.g, &b.r.diag))
		fail_msg("%s", b.r.text);
	assert_true(b.y->quant.valid);
	assert_true(fabs((double)b.y->quant.scale[0] / scale - 1) < 1e-6);
	assert_int_equal(b.y->quant.zero_point, zero);
	bed_fini(&b);
}

static void check_no_quant(const char *rules, const char *says)
{
	float data[2] = { -1, 4 };
	const struct gs_calib calib = {
		.name = "x", .data = data, .samples = 1, .num_values = 2
	};
	struct bed b;

	bed_init(&b, rules, "2");
	shapes(&b);
	assert_int_equal(gs_pass_calibrate(b.g, &calib, 1, &b.r.diag), 0);
	assert_true(gs_pass_quantize(b.g, &b.r.diag) < 0);
	assert_says(b.r.text, says);
	bed_fini(&b);
}

#define TWICE "shape like x; float y = 2 * x; "

static void test_quantize(void **state)
{
	(void)state;
	/* Observed are -1 to 4 of x, -2 to 8 of y. */
	check_quant(TWICE, 10.0 / 255, -77);
	check_quant(TWICE "quantize observed;", 10.0 / 255, -77);
	check_quant(TWICE "quantize like x;", 5.0 / 255, -77);
	check_quant(TWICE "quantize scale 1 / 64 zero -f * 2;", 1.0 / 64, -1);
	check_quant(TWICE "quantize range -1, 1;", 2.0 / 255, -1);
	check_quant(TWICE "quantize range 2, 255;", 1, -128);
	check_quant(TWICE "quantize within -1, 100;", 9.0 / 255, -100);
	check_quant(TWICE "quantize within -9, f;", 2.5 / 255, 76);
	check_quant(TWICE "quantize scale 2 * scale(x) zero zero(x);",
		    10.0 / 255, -77);
	check_quant(TWICE "quantize range low(x), high(x);", 5.0 / 255, -77);
	check_no_quant(TWICE "quantize scale 0 zero 0;",
		       "t.cdlt:2:47: a scale cannot be 0");
	check_no_quant(TWICE "quantize scale 1 / 0 zero 0;",
		       "a scale cannot be inf");
	check_no_quant(TWICE "quantize scale 1 zero 128;",
		       "t.cdlt:2:54: a zero point cannot be 128");
	check_no_quant(TWICE "quantize range 1, 1;",
		       "the range from 1 to 1 is empty");
	check_no_quant(TWICE "quantize range 0 / 0, 1;", "is empty");
	check_no_quant(TWICE "quantize like b;",
		       "the input whose scale the result has is missing");
}

/* ---- constants, domains, order ------------------------------------------- */

static void test_folded(void **state)
{
	static const float four[] = { 1, 2, 3, 4 };
	struct bed b;

	(void)state;
	bed_init(&b, TWICE, "4");
	b.x->data = four;
	b.x->is_input = false;
	b.g->num_inputs = 0;
	shapes(&b);
	assert_non_null(b.y->data);
	assert_true(((const float *)b.y->data)[3] == 8);
	bed_fini(&b);
}

static void test_domain(void **state)
{
	struct bed b;

	(void)state;
	bed_init(&b, TWICE, "4");
	assert_int_equal(gs_pass_support(b.g, NULL, NULL, &b.r.diag), 0);
	b.node->domain = "c";
	assert_int_equal(gs_pass_support(b.g, NULL, NULL, &b.r.diag), -ENOTSUP);
	assert_says(b.r.text,
		    "c.Own is of another operator domain, and has no codelet");
	assert_null(gs_rules_of(&b.lib, b.node));
	b.node->domain = "";
	assert_null(gs_rules_of(&b.lib, b.node));
	assert_false(gs_codelet_knows(&b.lib, "Own"));
	bed_fini(&b);
}

static void check_order(const char *order, const char *shape, bool fixed,
			enum gs_dim_order want)
{
	char rules[256];
	struct bed b;

	snprintf(rules, sizeof(rules), "%s %s", order, TWICE);
	bed_init(&b, rules, shape);
	shapes(&b);
	assert_int_equal(b.node->fixed_order, fixed);
	assert_int_equal(gs_pass_order(b.g, &b.r.diag), 0);
	assert_int_equal(b.node->order, want);
	bed_fini(&b);
}

static void test_order(void **state)
{
	(void)state;
	check_order("", "1x2x3x4", false, GS_ORDER_NCHW);
	check_order("order nchw;", "1x2x3x4", true, GS_ORDER_NCHW);
	check_order("order nhwc;", "1x2x3x4", true, GS_ORDER_NHWC);
	check_order("order channel 1;", "1x2x3x4", true, GS_ORDER_NCHW);
	check_order("order channel -1;", "1x2x3x4", true, GS_ORDER_NHWC);
	check_order("order channel -3;", "1x2x3x4", true, GS_ORDER_NCHW);
	check_order("order channel 1;", "3x4", true, GS_ORDER_NHWC);
}

/* ---- texts that are refused ---------------------------------------------- */

static void test_refused(void **state)
{
	static const struct {
		const char *rules, *says;
	} cases[] = {
		{ "shape like z;",
		  "t.cdlt:2:1: a rule names 'z', which is no input" },
		{ "shape like y;", "a rule names 'y', which is no input" },
		{ "quantize like y;", "a rule names 'y', which is no input" },
		{ "shape z[A] -> [A];", "t.cdlt:2:7: a rule names 'z'" },
		{ "shape x[A] - [A];",
		  "t.cdlt:2:12: expected '->', found '-'" },
		{ "shape like x; shape like x;",
		  "t.cdlt:2:15: a second rule 'shape'" },
		{ "order nchw; order nhwc;", "a second rule 'order'" },
		{ "order chw;", "t.cdlt:2:7: expected 'channel'" },
		{ "quantize;",
		  "expected observed, like, scale, range or within" },
		{ "quantize scale 1, 2;", "expected 'zero'" },
		{ "float z = 1;",
		  "t.cdlt:2:7: the last statement for floats makes 'z', not the output" },
		{ "float y = 1; float y = 2;",
		  "t.cdlt:2:7: 'y' is made by the last statement" },
		{ "float x[i < 2] = 1; float y = 2;",
		  "t.cdlt:2:7: 'x' is an operand" },
		{ "float z[i] = 1; float y = z;", "index 'i' needs an extent" },
		{ "float y[i < 2] = 1;",
		  "index 'i' of the output has the extent of its shape" },
		{ "float y = sqrt(i < 2 : x);",
		  "t.cdlt:2:11: 'sqrt' does not reduce" },
		{ "float y = sum(2 : x);",
		  "t.cdlt:2:15: expected an index, '<' and its extent" },
		{ "float y = sum(i <= 2 : x);",
		  "expected an index, '<' and its extent" },
		{ "float y = m == \"six\";",
		  "t.cdlt:2:16: expected a value of attribute 'm', found 'six'" },
		{ "float y = f == \"one\";",
		  "a string can only be compared with an attribute of kind string" },
		{ "attr string q[];", "expected a value in quotes" },
		{ "attr string q[\"a\"] = \"b\";",
		  "t.cdlt:2:22: expected one of the values of attribute 'q'" },
		{ "attr int q[9];", "attribute length must be 1..8" },
		{ "attr int q[1.5];", "attribute length must be 1..8" },
		{ "operator B of \"c\";",
		  "t.cdlt:2:12: expected ';', found 'of'" },
		{ "shape like x; move z[i] = x[i];",
		  "t.cdlt:2:20: 'z' is moved, not the output" },
		{ "shape like x; move y[i] = y[i];",
		  "t.cdlt:2:20: a rule names 'y', which is no input" },
		{ "move y[i] = x[i];",
		  "t.cdlt:2:6: a rule 'move' needs one 'shape'" },
		{ "shape like x; float y = x; move y[i] = x[i];",
		  "t.cdlt:2:21: a rule 'float' beside one 'move', which is it" },
		{ "shape like x; move y[i] = x[i]; move y[i] = x[i];",
		  "t.cdlt:2:33: a second rule 'move'" },
		{ "shape like x; move y[all i, j] = x[i];",
		  "t.cdlt:2:27: expected ']', found ','" },
		{ "shape like x; move y[all i] = x[i];",
		  "t.cdlt:2:33: expected 'all', found 'i'" },
		{ "shape like x; move y[1] = x[i];",
		  "t.cdlt:2:22: expected an index, found '1'" },
		{ "shape like x; move y[i < 2, j] = x[i];",
		  "t.cdlt:2:30: all indices have an extent, or none, found ']'" },
		{ "shape like x; const k; move y[i] = k[i];",
		  "t.cdlt:2:29: 'k' is moved, which is no 'input'" },
		{ "shape like x; move y[i] = x[i] or 1;",
		  "t.cdlt:2:32: expected ';', found 'or'" },
		{ "shape -> [all k, 2]; move y[i] = x[i];",
		  "t.cdlt:2:16: expected ']', found ','" },
		{ "shape like x; move y[i] = x[i]; input z[N];",
		  "t.cdlt:2:39: beside a rule 'move' there are inputs, constants and an output without dimensions" },
		{ "shape like x; move y[i] = x[i]; input a; loop n < N { a = move(0); }",
		  "t.cdlt:2:55: beside a rule 'move' there are no loops" },
		{ "input z;", "t.cdlt:2:7: operand 'z' has no dimensions" },
		{ "attr int q[] = ;",
		  "t.cdlt:2:16: expected a number, a name or '('" },
	};
	char text[2048];
	struct gs_codelet *cl;
	struct report r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "%s%s%s", HEAD, cases[i].rules,
			 strstr(cases[i].rules, "move ") ? MOVED_TAIL : TAIL);
		assert_int_equal(gs_codelet_parse("t.cdlt", text, strlen(text),
						  &cl, report_init(&r)),
				 -EINVAL);
		assert_int_equal(r.num, 1);
		assert_says(r.text, cases[i].says);
	}
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* An operator has its rules in one file. */
static void test_rules_twice(void **state)
{
	char dir[] = "/tmp/test_rules.XXXXXX", path[64];
	struct gs_codelet_lib lib;
	struct report r;
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(dir));
	write_file(dir, "a.cdlt", HEAD "shape like x;" TAIL);
	write_file(dir, "b.cdlt", HEAD TAIL);
	assert_int_equal(gs_codelet_load_dir(dir, &lib, report_init(&r)),
			 -EINVAL);
	assert_says(r.text, "/b.cdlt: codelet c is in /tmp/");
	assert_says(r.text, "/a.cdlt already");
	write_file(dir, "b.cdlt", HEAD_OF("d") TAIL);
	assert_int_equal(gs_codelet_load_dir(dir, &lib, report_init(&r)), 0);
	gs_codelet_lib_free(&lib);
	write_file(dir, "b.cdlt", HEAD_OF("d") "\n quantize observed;" TAIL);
	assert_int_equal(gs_codelet_load_dir(dir, &lib, report_init(&r)),
			 -EINVAL);
	assert_says(r.text, "/b.cdlt:3:2: operator Own has its rules in /tmp/");
	assert_says(r.text, "/a.cdlt:2 already");
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%c.cdlt", dir,
			 (char)('a' + (int)i));
		remove(path);
	}
	remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shape),
		cmocka_unit_test(test_shape_errors),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_float),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_move_errors),
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_between_errors),
		cmocka_unit_test(test_float_errors),
		cmocka_unit_test(test_quantize),
		cmocka_unit_test(test_folded),
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_rules_twice),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
