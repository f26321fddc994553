/* SPDX-License-Identifier: MIT */
/*
 * Graphs as text: what is written is read back as the same graph, on the way of
 * every test model; and what is wrong in a text, or in the graph it describes,
 * is said with its place or name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/fdfg_text.h"
#include "compiler/ir/verify.h"
#include "tests/unit/compile_util.h"

/* ---- round trips --------------------------------------------------------- */

/* Data and weights of 4 bits, or one of them */
static const struct gs_arch *machine(unsigned i)
{
	static struct gs_arch arch;

	arch = *gs_arch_default();
	arch.data_width = i & 1 ? 4 : 8;
	arch.wgt_width = i & 2 ? 4 : 8;
	return &arch;
}

/* gs_compile() with noise for calibration; fails when it does. */
static void compile_to(const void *data, size_t size,
		       const struct gs_arch *arch, enum gs_compile_goal goal,
		       const char *until, const char *what,
		       struct gs_compiled *out)
{
	static const struct gs_shape_override batch = {
		.input = "x", .shape = { .rank = 2, .dim = { 1, 20 } }
	};
	struct source noise = { 0 };
	struct report r;
	struct gs_compile_opts opts = {
		.arch = arch,
		.codelets = shared_library(),
		.calibrate = calibrate_noise,
		.calibrate_ctx = &noise,
		.until = until,
	};
	int ret = gs_compile(data, size, &opts, goal, out, report_init(&r));

	if (ret && strstr(r.text, "--shape x=1x20")) {
		gs_compile_free(out);
		opts.shape = &batch;
		opts.num_shapes = 1;
		ret = gs_compile(data, size, &opts, goal, out, report_init(&r));
	}
	if (ret)
		fail_msg("%s after %s: %s", what, until ? until : "all",
			 r.text);
	source_fini(&noise);
}

static void check_equal(const void *a, size_t a_bytes, const void *b,
			size_t b_bytes, const char *model, const char *after)
{
	if (a_bytes != b_bytes || memcmp(a, b, a_bytes))
		fail_msg("%s after %s: %zu bytes become %zu others", model,
			 after, a_bytes, b_bytes);
}

static void check_round_trip(const struct source *s, const char *model,
			     const struct gs_arch *arch,
			     const struct gs_compiled *direct,
			     const char *after)
{
	struct gs_compiled text, again, resumed;

	compile_to(s->data, s->size, arch, GS_GOAL_FDFG, after, model, &text);
	compile_to(text.text, text.text_bytes, arch, GS_GOAL_FDFG, after, model,
		   &again);
	check_equal(text.text, text.text_bytes, again.text, again.text_bytes,
		    model, after);
	compile_to(text.text, text.text_bytes, arch, GS_GOAL_MODEL, NULL, model,
		   &resumed);
	check_equal(direct->model, direct->model_bytes, resumed.model,
		    resumed.model_bytes, model, after);
	gs_compile_free(&text);
	gs_compile_free(&again);
	gs_compile_free(&resumed);
}

/*
 * Each model after two passes and for one of four machines, so that all have
 * their turn; the last graph there is always.
 */
static void test_models(void **state)
{
	static const char *const after[] = {
		"import", "shapes",    "constants", "simplify",	   "fuse",
		"order",  "calibrate", "equalize",  "parts",	   "quantize",
		"layout", "ranges",    "fuse-pool", "first-layer", "codegen"
	};
	const unsigned num = sizeof(after) / sizeof(after[0]);
	static char path[MAX_MODELS][128];
	const unsigned models = list_models(path, MAX_MODELS);
	unsigned i;

	(void)state;
	assert_true(models > 100);
	for (i = 0; i < models; i++) {
		const struct gs_arch *arch = machine(i % 4);
		struct gs_compiled direct;
		struct source s;

		source_read(&s, path[i]);
		compile_to(s.data, s.size, arch, GS_GOAL_MODEL, NULL, path[i],
			   &direct);
		check_round_trip(&s, path[i], arch, &direct, after[i % num]);
		check_round_trip(&s, path[i], arch, &direct, "lower");
		gs_compile_free(&direct);
		source_fini(&s);
	}
}

/* Layouts say more to the estimate that decides codelets than it knew: it decides the same. */
static void test_decided_again(void **state)
{
	static const char model[] = "tests/models/ops/hard_swish_stage.onnx";
	const struct gs_arch *arch = machine(2);
	struct gs_compiled direct;
	struct source s;

	(void)state;
	source_read(&s, model);
	compile_to(s.data, s.size, arch, GS_GOAL_MODEL, NULL, model, &direct);
	check_round_trip(&s, model, arch, &direct, "layout");
	gs_compile_free(&direct);
	source_fini(&s);
}

/* ---- texts --------------------------------------------------------------- */

/* Read and written again; the caller frees the text. NULL: refused, see @r */
static char *rewrite(const char *text, struct report *r)
{
	struct gs_graph *graph;
	const char *after;
	char *out = NULL;
	size_t size;
	FILE *f;

	if (gs_fdfg_read(text, strlen(text), "t", 1 << 24, &graph, &after,
			 report_init(r))) {
		assert_null(graph);
		assert_int_equal(r->num, 1);
		return NULL;
	}
	assert_int_equal(r->num, 0);
	f = open_memstream(&out, &size);
	assert_non_null(f);
	gs_fdfg_write(graph, after, NULL, NULL, f);
	assert_int_equal(fclose(f), 0);
	gs_graph_destroy(graph);
	return out;
}

#define HEAD "fdfg 1 after import\ngraph \"g\" opset 13 next 3\n"
#define TAIL "inputs %0\noutputs %1\nnode \"n\" %1 = Relu(%0)\nend\n"
#define X "tensor %0 \"x\" float32 1x2\n"
#define Y "tensor %1 \"y\" float32 1x2\n"

/* All that a text can say, as it is written. */
static void test_everything(void **state)
{
	static const char text[] =
		"fdfg 1 after lower\n"
		"graph \"a \\\"b\\\" \\\\ \\x0a\" opset 13 next 9 types int4 int8 calibrated\n"
		"meta \"key\" = \"=\\x01\"\n"
		"tensor %0 \"x\" float32 1x2x3x4 order nhwc borderless quant int8 {0.1} zero -7"
		" layout nhwc [1, 2, 3, 4] lanes 16 rows 1 border [1, 0, 2, 0] value -7 slack 16 bytes 256"
		" filled map {3, 2, 1, 0} range [-1.0, 3.4028235e+38]\n"
		"\tranges {-inf, nan:7fc00001, 1e-45, -0.0}\n"
		"\tmeans {0.1, 16777216.0}\n"
		"tensor %1 \"p\" float32 1x2x3x4 part %3 at [0, -1, 0, 4] walk [n 1, h -2, w 0, c 1]\n"
		"tensor %2 \"v\" float32 24 view %0\n"
		"tensor %3 \"y\" float32 1x2x3x4\n"
		"tensor %4 \"w\" float32 2x2 quant int8 {0.5, 0.25} axis 1\n"
		"\tdata {1.0, -2.5, 0.33333334, 1e+10}\n"
		"\tqdata {1, -128, 127, 0}\n"
		"tensor %5 \"i\" int64 2\n"
		"\tdata {-9223372036854775808, 9223372036854775807}\n"
		"tensor %6 \"s\" uint8 scalar\n"
		"\tdata {255}\n"
		"tensor %7 \"e\" int32 0x?\n"
		"tensor %8 \"u\" bool unshaped\n"
		"tensor %9 \"q\" float32 3 wide quant int4 {0.5} zero 7"
		" layout nhwc [1, 1, 1, 3] lanes 16 rows 1 border [0, 0, 0, 0] value -8 slack 0 bytes 8 bits 4\n"
		"\tqdata {-8, 7, 0}\n"
		"inputs %0\n"
		"outputs %3\n"
		"node \"n 1\" %3, - = \"odd op\"(%0, -, %2, %2) {a=1, b=-0.5, \"c d\"=\"s\", "
		"e=[1, -2], f=[], g=[1.0, inf], h=floats[], i=tensor \"t\" int8 3\n"
		"\tdata {1, 2, 3}, j=other} domain \"d\" residual clip [-1.0, 6.0] fused \"a,b\" order nchw fixed nchw inner \"an axis\" macs 12345678901\n"
		"node \"m\" &%3 = Move(%1) leaky 0.1 move [1, 1, 1, 2, 3, 4]\n"
		"\tfrom %1 at [0, 0, 0, 0] walk [n 0, n 0, n 1, h 1, w 1, c 1]\n"
		"\tto %3 at [0, 0, 0, 0] walk [n 0, n 0, n 1, h 1, w 1, c 1]\n"
		"node \"r\" &%3 = Fill() relu\n"
		"end\n";
	struct report r;
	char *out;

	(void)state;
	out = rewrite(text, &r);
	if (!out)
		fail_msg("%s", r.text);
	assert_string_equal(out, text);
	free(out);
}

/* What may be written in another way. */
static void test_freedoms(void **state)
{
	struct report r;
	char *a, *b;

	(void)state;
	a = rewrite(HEAD X Y TAIL, &r);
	assert_non_null(a);
	b = rewrite(
		"fdfg 1 # remark\n after import graph\t\"g\" opset 13 next 3 "
		"tensor %7 \"x\" float32 1x2 tensor %09 \"y\" float32 1x2"
		" inputs %7 outputs %9 node \"n\" %9=\"Relu\"( %7 )end",
		&r);
	if (!b)
		fail_msg("%s", r.text);
	assert_string_equal(a, b);
	free(b);
	b = rewrite(
		HEAD X
		"tensor %1 \"y\" float32 1x2 data base64\"AAA\nAQAAA AEA\"" TAIL,
		&r);
	assert_null(b);
	assert_says(r.text, "t:4:38: the string is not base64");
	b = rewrite(
		HEAD X
		"tensor %1 \"y\" int32 1x2 data base64 \"AQAA\nAAIA AAA=\"\n" TAIL,
		&r);
	assert_non_null(b);
	assert_says(b, "data {1, 2}");
	free(a);
	free(b);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "",
		  "t:1:1: expected is 'fdfg', found is the end of the text" },
		{ "fdfg 2", "t:1:6: 2 is not from 1 to 1" },
		{ HEAD X, "t:4:1: expected is 'inputs', found is the end" },
		{ HEAD "tensor %0 x",
		  "t:3:11: expected is a string, found is 'x'" },
		{ HEAD "tensor %0 \"x", "t:3:11: the string does not end" },
		{ HEAD "tensor %0 \"\\y\"",
		  "t:3:11: the string has a backslash" },
		{ HEAD "tensor 0 \"x\"", "t:3:8: expected is a tensor" },
		{ HEAD X X, "t:4:8: tensor %0 stands behind %0" },
		{ HEAD X "tensor %1 \"x\" bool 1",
		  "t:4:11: there are two tensors 'x'" },
		{ HEAD "tensor %0 \"x\" float16 1",
		  "t:3:15: expected is a type (float32, int8, uint8, int32, "
		  "int64, bool, int4 or none), found is 'float16'" },
		{ HEAD "tensor %0 \"x\" bool 1x2x3x4x5x6x7",
		  "t:3:20: expected is a shape of up to 6 dimensions" },
		{ HEAD "tensor %0 \"x\" bool 1x-2", "expected is a shape" },
		{ HEAD "tensor %0 \"x\" bool 1x", "expected is a shape" },
		{ HEAD "tensor %0 \"x\" bool 1048576x1048577",
		  "a tensor of 1048576x1048577 has more than 2^40 elements" },
		{ HEAD "tensor %0 \"x\" bool 3 data {1, 0}",
		  "t:3:27: 2 values, expected are 3" },
		{ HEAD "tensor %0 \"x\" bool 2 data {1, 2}",
		  "t:3:31: 2 is not from 0 to 1" },
		{ HEAD "tensor %0 \"x\" int8 1 data {1.5}",
		  "t:3:28: expected is an integer, found is '1.5'" },
		{ HEAD "tensor %0 \"x\" float32 1 data {nan}",
		  "expected is a number, found is 'nan'" },
		{ HEAD "tensor %0 \"x\" float32 ? data {1.0}",
		  "tensor 'x' has values and no shape" },
		{ HEAD "tensor %0 \"x\" int32 1 data base64 \"AQA=\"",
		  "2 bytes are no whole values of type int32" },
		{ HEAD "tensor %0 \"x\" int32 1 qdata {1}",
		  "tensor 'x' has quantized values and no scale before them" },
		{ HEAD "tensor %0 \"x\" float32 1 quant int8 {}", "0 scales" },
		{ HEAD
		  "tensor %0 \"x\" float32 2 quant int4 {1.0} qdata {7, 8}",
		  "8 is not from -8 to 7" },
		{ HEAD
		  "tensor %0 \"x\" float32 3 quant int4 {1.0} qdata base64 \"+PcH\"",
		  "a value of type int4 is not within -8 to 7" },
		{ "fdfg 1 after import\ngraph \"g\" opset 13 next 3 types int4 uint8",
		  "t:2:38: expected is int8 or int4" },
		{ HEAD "tensor %0 \"x\" float32 1 ranges {1.0, 2.0}",
		  "tensor 'x' has no channels" },
		{ HEAD "tensor %0 \"x\" float32 1x? ranges {1.0, 2.0}",
		  "tensor 'x' has no number of channels" },
		{ HEAD "tensor %0 \"x\" float32 1x? means {1.0}",
		  "tensor 'x' has no number of channels" },
		{ HEAD "tensor %0 \"x\" float32 4 quant int8 {1.0} "
		       "qdata {1, 2, 3, 4} quant int32 {1.0}",
		  "t:3:61: tensor 'x' has 'quant' twice" },
		{ HEAD "tensor %0 \"x\" float32 1 view %7\ninputs\n",
		  "t:3:30: there is no tensor %7" },
		{ HEAD X "inputs %0, %0",
		  "t:4:12: tensor 'x' is listed twice" },
		{ HEAD X Y "inputs %0 outputs %1 node \"\" %1 = Relu(%0)",
		  "the node has no name" },
		{ HEAD X Y "inputs %0 outputs %1 node \"n\" %1 = Relu(%0) "
			   "node \"n\" - = Relu(%0)",
		  "t:5:50: there are two nodes 'n'" },
		{ HEAD X Y "inputs %0 outputs %1 node \"n\" %1 = Relu(%0)\n"
			   "node \"m\" %1 = Relu(%0)",
		  "t:6:10: tensor 'y' is the result of 'n' already" },
		{ HEAD X Y "inputs %0 outputs %1 node \"n\" %1 = Relu(%2)",
		  "t:5:41: there is no tensor %2" },
		{ HEAD X Y
		  "inputs %0 outputs %1 node \"n\" %1 = Relu(%0) {a=1, a=2}",
		  "t:5:51: there are two attributes 'a'" },
		{ HEAD X Y
		  "inputs %0 outputs %1 node \"n\" %1 = Relu(%0) {a=x}",
		  "t:5:48: expected is an integer, found is 'x'" },
		{ HEAD X Y
		  "inputs %0 outputs %1 node \"n\" %1 = Relu(%0) relux",
		  "t:5:45: expected is 'end', found is 'relux'" },
		{ HEAD X Y TAIL "more", "t:9:1: there is text behind the end" },
	};
	struct report r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *out = rewrite(cases[i].text, &r);

		if (out)
			fail_msg("accepted: %s", cases[i].text);
		assert_says(r.text, cases[i].want);
	}
}

/* Every text that is cut off is refused, in one sentence. */
static void test_cut(void **state)
{
	static const char text[] = HEAD X Y TAIL;
	char cut[sizeof(text)];
	struct report r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(text) - 2; i++) {
		snprintf(cut, sizeof(cut), "%.*s", (int)i, text);
		assert_null(rewrite(cut, &r));
	}
}

/* ---- graphs that are wrong ----------------------------------------------- */

/* With values checked behind each pass, too */
static void refuse_graph(const char *text, const char *want)
{
	struct gs_compile_opts opts = { .codelets = shared_library(),
					.file = "t" };
	struct gs_compiled c;
	struct report r;
	unsigned i;

	for (i = 0; i < 2; i++) {
		opts.verify = i;
		if (!gs_compile(text, strlen(text), &opts, GS_GOAL_MODEL, &c,
				report_init(&r)))
			fail_msg("accepted: %s", text);
		assert_says(r.text, want);
		assert_int_equal(r.num, 1);
		gs_compile_free(&c);
	}
}

#define SHAPED "fdfg 1 after shapes\ngraph \"g\" opset 13 next 3\n"
#define LOWER "fdfg 1 after lower\ngraph \"g\" opset 13 next 3\n"
#define Q " quant int8 {0.1}\n"

#define NO_PASS "which this compiler does not have"

static void test_graphs(void **state)
{
	(void)state;
	refuse_graph(
		"fdfg 1 after lunch\ngraph \"g\" opset 13 next 3\n" X Y TAIL,
		"t: the graph is one after pass 'lunch', " NO_PASS);
	refuse_graph(
		HEAD X Y "inputs %0 outputs %1 node \"n\" %1 = Relu(%1) end",
		"t: node 'n' (Relu) reads 'y', which is computed behind it: the graph has a cycle");
	refuse_graph(HEAD X Y
		     "tensor %2 \"z\" float32 1x2\n"
		     "inputs %0 outputs %1 node \"n\" %1 = Add(%0, %2) end",
		     "t: node 'n' (Add) reads 'z', which nothing computes");
	refuse_graph(HEAD X Y "inputs %0 outputs %1 end",
		     "t: tensor 'y' is an output that nothing computes");
	refuse_graph(HEAD X Y "inputs %0 outputs node \"n\" %1 = Relu(%0) end",
		     "t: the graph has 1 inputs and 0 outputs");
	refuse_graph(HEAD X Y
		     "inputs %0 outputs %1 node \"n\" %0 = Relu(%0) end",
		     "t: node 'n' (Relu) writes 'x', which is an input");
	refuse_graph(HEAD X Y
		     "inputs %0 outputs %1 node \"n\" &%1 = Relu(%0) end",
		     "t: node 'n' (Relu) writes 'y', the result of 'no node'");
	refuse_graph(
		HEAD X Y
		"inputs %0 outputs %1 node \"n\" %1 = Relu(%0) clip [2.0, 1.0] end",
		"t: node 'n' (Relu) is bounded to [2, 1]");
	refuse_graph(
		SHAPED X "tensor %1 \"y\" float32 1x3\n" TAIL,
		"t: node 'n' (Relu): its result 'y' is 1x3, the inputs give 1x2");
	refuse_graph(
		SHAPED X "tensor %1 \"y\" int64 1x2\n" TAIL,
		"t: node 'n' (Relu): its result 'y' is of type int64, the inputs give float32");
	refuse_graph(SHAPED "tensor %0 \"x\" float32 ?x2\n" Y TAIL,
		     "t: tensor 'x' has the shape ?x2");
	refuse_graph(
		HEAD X
		"tensor %1 \"y\" float32 1x3 view %0\ninputs %0 outputs %1 end",
		"t: tensor 'y' of 1x3 is a view of 'x' of 1x2");
	refuse_graph(
		HEAD X
		"tensor %1 \"y\" float32 1x2 view %1\ninputs %0 outputs %1 end",
		"t: tensor 'y' is a view of itself");
	refuse_graph(
		HEAD X "tensor %1 \"y\" float32 1x2 view %0\n" TAIL,
		"t: tensor 'y' is a view of 'x' and the result of node 'n'");
	refuse_graph(HEAD X
		     "tensor %1 \"y\" float32 1x2 data {1.0, 2.0}\n" TAIL,
		     "t: tensor 'y' is a constant and the result of node 'n'");
	refuse_graph(HEAD X
		     "tensor %1 \"y\" float32 1x2 quant int8 {0.0}\n" TAIL,
		     "t: tensor 'y' has the scale 0");
	refuse_graph(
		HEAD X
		"tensor %1 \"y\" float32 1x2 quant int8 {1.0} zero 128\n" TAIL,
		"t: tensor 'y' is int8 with the zero point 128");
	refuse_graph(
		HEAD X "tensor %1 \"y\" float32 1x2 quant uint8 {1.0}\n" TAIL,
		"t: tensor 'y' is quantized to uint8, expected is int8, int4 or int32");
	refuse_graph(
		HEAD X "tensor %1 \"y\" float32 1x2 quant int4 {1.0}\n" TAIL,
		"t: tensor 'y' is an activation of int4 with 1 scales, expected is int8 with one");
	refuse_graph(HEAD X "tensor %1 \"y\" int4 1x2\n" TAIL,
		     "t: tensor 'y' is int4 and not quantized to it");
	refuse_graph(
		HEAD X Y
		"tensor %2 \"w\" float32 1x2 quant int4 {1.0} zero -9 data {1.0, 2.0}\n" TAIL,
		"t: tensor 'w' is int4 with the zero point -9");
	refuse_graph(
		SHAPED X Y
		"tensor %2 \"w\" float32 1x2 quant int8 {1.0} qdata {1, 2}\n" TAIL,
		"t: tensor 'w' has quantized values only");
	refuse_graph(
		"fdfg 1 after lower\ngraph \"g\" opset 13 next 3 types int4 int8\n" X
			Y TAIL,
		"t: the graph has data of int4 and weights of int8, the machine int8 and int8");
	refuse_graph(
		SHAPED X Y
		"inputs %0 outputs %1 node \"n\" %1 = Odd(%0) {a=2} inner a end",
		"t: node 'n' (Odd) works along axis 2 of 2");
	refuse_graph(HEAD X
		     "tensor %1 \"y\" float32 1x2 quant int8 {1.0, 2.0}\n" TAIL,
		     "t: tensor 'y' is an activation of int8 with 2 scales");
	refuse_graph(
		HEAD X
		"tensor %1 \"y\" float32 1x2 quant int8 {1.0, 2.0, 3.0} axis 1 data {1.0, 2.0}\n" TAIL,
		"t: tensor 'y' is a constant and");
	refuse_graph(
		HEAD X Y
		"tensor %2 \"w\" float32 1x2 quant int8 {1.0, 2.0, 3.0} axis 1 data {1.0, 2.0}\n" TAIL,
		"t: tensor 'w' has 3 scales on axis 1");
	refuse_graph(
		HEAD X Y
		"tensor %2 \"w\" float32 4x1x1 quant int8 {1.0, 2.0} axis 1 data {1.0, 2.0, 3.0, 4.0}\n"
		"inputs %0 outputs %1 node \"n\" %1 = ConvTranspose(%0, %2) {group=4} end",
		"t: node 'n' (ConvTranspose) has weights 'w' with 2 scales");
	refuse_graph(HEAD X
		     "tensor %1 \"y\" float32 1x2 range [1.0, 2.0]\n" TAIL,
		     "t: tensor 'y' has the range [1, 2]");
	refuse_graph(
		LOWER
		"tensor %0 \"x\" float32 1x2\ntensor %1 \"y\" float32 1x2" Q
			TAIL,
		"t: node 'n' (Relu) reads 'x', which has no scale");
	refuse_graph(
		LOWER
		"tensor %0 \"x\" float32 1x2x3x4" Q
		"tensor %1 \"y\" float32 1x2x3x4" Q
		"tensor %2 \"p\" float32 1x2x3x4 part %0 at [0, 1, 0, 0] walk [n 1, h 1, w 1, c 1]" Q
		"inputs %0 outputs %1 node \"n\" %1 = Relu(%2) end",
		"t: tensor 'p' takes h from 1 to 3 of 'x', which has 0 to 2");
	refuse_graph(
		LOWER
		"tensor %0 \"x\" float32 1x2x3x4" Q
		"tensor %1 \"y\" float32 1x2x3x4" Q
		"inputs %0 outputs %1 node \"n\" %1 = Move(%0) move [1, 1, 1, 1, 1, 5]\n"
		"from %0 at [0, 0, 0, 0] walk [n 0, n 0, n 0, n 0, n 0, c 1]\n"
		"to %1 at [0, 0, 0, 0] walk [n 0, n 0, n 0, n 0, n 0, c 1] end",
		"t: tensor 'x' takes c from 0 to 4 of 'x', which has 0 to 1");
}

/* Asked for what is behind. */
static void test_until(void **state)
{
	static const char text[] = SHAPED X Y TAIL;
	struct gs_compile_opts opts = { .codelets = shared_library() };
	struct gs_compiled c;
	struct report r;

	(void)state;
	opts.until = "import";
	assert_int_not_equal(gs_compile(text, strlen(text), &opts, GS_GOAL_FDFG,
					&c, report_init(&r)),
			     0);
	assert_says(
		r.text,
		"model: the graph is one after pass 'shapes', which is behind 'import'");
	gs_compile_free(&c);
	opts.until = "qdq";
	assert_int_not_equal(gs_compile(text, strlen(text), &opts, GS_GOAL_FDFG,
					&c, report_init(&r)),
			     0);
	assert_says(r.text, "there is no graph after pass 'qdq'");
	gs_compile_free(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_freedoms),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_graphs),
		cmocka_unit_test(test_until),
		cmocka_unit_test(test_models),
		cmocka_unit_test(test_decided_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
