/* SPDX-License-Identifier: MIT */
/* What is folded, recognised or taken apart before quantization: the graph and its float results. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/passes/util.h"
#include "tests/unit/front_util.h"

#define SAMPLES 2
#define CHANNELS 4
#define PLANE 30

static const int64_t picture[] = { 1, CHANNELS, 5, 6 };

/* ---- models as text ------------------------------------------------------ */

/* "3": that value; "c0.5": 0.5, 1.5, 2.5 ..., one for each channel */
static void constant(struct builder *b, const char *name)
{
	static const int64_t channels[] = { CHANNELS, 1, 1 };
	const bool each = *name == 'c';
	float *value;
	size_t i;

	for (i = 0; i < b->graph.n_initializer; i++)
		if (!strcmp(b->tensor[i].name, name))
			return;
	value = (float *)b_weights(b, name, each ? 3 : 0, channels)
			->raw_data.data;
	for (i = 0; i < (each ? CHANNELS : 1); i++)
		value[i] = (float)(atof(name + each) + (double)i);
}

/* A model of "op inputs result; ..."; attributes, of integers, are "name=1,2". */
static void build(struct builder *b, const char *text)
{
	static char y[] = "y", y2[] = "y2", *two[] = { y, y2 };
	char copy[512], *save = NULL, *node;

	snprintf(copy, sizeof(copy), "%s", text);
	for (node = strtok_r(copy, ";", &save); node;
	     node = strtok_r(NULL, ";", &save)) {
		char *word[16], *rest = NULL, inputs[128] = "";
		Onnx__NodeProto *proto;
		size_t num = 0, i, k;

		for (word[0] = strtok_r(node, " ", &rest); word[num];
		     word[num] = strtok_r(NULL, " ", &rest))
			num++;
		for (i = 1; i < num && !strchr(word[i], '='); i++)
			;
		for (k = 1; k + 1 < i; k++) {
			if (strpbrk(word[k], "0123456789") &&
			    strspn(word[k], "c-.0123456789") == strlen(word[k]))
				constant(b, word[k]);
			strcat(strcat(inputs, word[k]), " ");
		}
		proto = b_node(b, word[0], inputs, word[i - 1]);
		if (!strcmp(word[i - 1], "y,y2")) {
			proto->output = two;
			proto->n_output = 2;
		}
		for (; i < num; i++) {
			int64_t values[8];
			char *at = strchr(word[i], '=');

			*at++ = 0;
			for (k = 0; at; at = strchr(at, ','), k++)
				values[k] = strtol(at += *at == ',', &at, 10);
			if (k == 1)
				b_attr_int(b, proto, word[i], *values);
			else
				b_attr_ints(b, proto, word[i], k, values);
		}
	}
}

/* x -> y1 (y2 ...), after the passes up to simplify */
static struct gs_graph *load(const char *text)
{
	static const int64_t w1[] = { CHANNELS, CHANNELS, 1, 1 };
	static const int64_t w3[] = { CHANNELS, CHANNELS, 3, 3 };
	static const int64_t dw[] = { CHANNELS, 1, 3, 3 }, c[] = { CHANNELS };
	static const int64_t ones[] = { 1, 1, 1, 1, 1 };
	static const int64_t half[] = { 3, CHANNELS * PLANE / 2 };
	static const int64_t whole[] = { 3, CHANNELS * PLANE };
	static const char *const outputs[] = { "y", "y2", "y3" };
	struct gs_graph *graph;
	struct builder b;
	struct log log;
	size_t i, k;

	b_init(&b, 13);
	b_input(&b, "x", 4, picture);
	b_weights(&b, "W1", 4, w1);
	b_weights(&b, "W3", 4, w3);
	b_weights(&b, "D3", 4, dw);
	b_weights(&b, "B", 1, c);
	b_weights(&b, "V", 1, c);
	b_weights(&b, "R", 5, ones);
	for (i = 0; i < CHANNELS; i++)
		((float *)b.tensor[4].raw_data.data)[i] = 0.5f + (float)i;
	b_ints(&b, "I0", 1, (const int64_t[]){ 0 });
	b_ints(&b, "I1", 1, (const int64_t[]){ 1 });
	b_ints(&b, "I2", 1, (const int64_t[]){ 2 });
	b_ints(&b, "I3", 1, (const int64_t[]){ 3 });
	b_ints(&b, "I4", 1, (const int64_t[]){ 4 });
	b_ints(&b, "I5", 1, (const int64_t[]){ 5 });
	b_ints(&b, "S", 2, (const int64_t[]){ 1, 3 });
	b_ints(&b, "T", 2, (const int64_t[]){ 2, CHANNELS * PLANE / 2 });
	b_weights(&b, "WT", 2, half);
	b_weights(&b, "WF", 2, whole);
	build(&b, text);
	for (i = 0; i < 3; i++)
		for (k = 0; k < b.graph.n_node; k++)
			if (strcmp(b.node[k].output[0], outputs[i]) == 0 ||
			    (b.node[k].n_output > i &&
			     !strcmp(b.node[k].output[i], outputs[i])))
				b_output(&b, outputs[i], 0, NULL);
	if (load_built(&b, SIMPLE, &graph, &log) < 0)
		fail_msg("%s: %s", text, log.text);
	return graph;
}

/* Values from -8 to 8 */
static void fill(float *x)
{
	uint32_t seed = 1;
	size_t i;

	for (i = 0; i < SAMPLES * CHANNELS * PLANE; i++) {
		seed = seed * 1664525u + 1013904223u;
		x[i] = (float)(seed >> 8) * 0x1p-20f - 8.0f;
	}
}

static void eval(struct gs_graph *graph, float *out[3])
{
	float x[SAMPLES * CHANNELS * PLANE];
	const float *in = x;
	struct log log;
	unsigned i;

	fill(x);
	for (i = 0; i < graph->num_outputs; i++)
		out[i] =
			calloc((size_t)gs_shape_elems(&graph->output[i]->shape),
			       sizeof(float));
	assert_int_equal(gs_float_eval(graph, &in, out, log_init(&log)), 0);
}

static void calibrate(struct gs_graph *graph)
{
	float x[SAMPLES * CHANNELS * PLANE];
	const struct gs_calib calib = { .name = "x",
					.data = x,
					.samples = SAMPLES,
					.num_values =
						SAMPLES * CHANNELS * PLANE };
	struct log log;

	fill(x);
	assert_int_equal(gs_pass_calibrate(graph, &calib, 1, log_init(&log)),
			 0);
}

/* @pass makes @ops of the model @text, and its results stay. */
static struct gs_graph *check(const char *text,
			      int (*pass)(struct gs_graph *, struct gs_diag *),
			      const char *ops)
{
	struct gs_graph *graph = load(text);
	float *before[3], *after[3];
	const struct gs_node *n;
	char found[256] = "";
	struct log log;
	unsigned i;
	int64_t k;

	eval(graph, before);
	assert_int_equal(pass(graph, log_init(&log)), 0);
	for (n = graph->node; n; n = n->next)
		strcat(strcat(found, *found ? " " : ""), n->op);
	if (strcmp(found, ops) != 0)
		fail_msg("%s: it became '%s', expected '%s'", text, found, ops);
	eval(graph, after);
	for (i = 0; i < graph->num_outputs; i++) {
		for (k = 0; k < gs_shape_elems(&graph->output[i]->shape); k++)
			if (!(fabsf(before[i][k] - after[i][k]) <=
			      1e-5f * fmaxf(1, fabsf(before[i][k]))))
				fail_msg("%s: result %lld is %g, was %g", text,
					 (long long)k, (double)after[i][k],
					 (double)before[i][k]);
		free(before[i]);
		free(after[i]);
	}
	return graph;
}

/* ---- HardSigmoid and HardSwish ------------------------------------------- */

static void test_hard(void **state)
{
	static const struct {
		const char *text, *ops;
		double alpha, beta; /* of the last node */
	} cases[] = {
		{ "Add x 3 a;Clip a 0 6 c;Mul x c m;Div m 6 y", "HardSwish", 1,
		  0 },
		{ "Add 3 x a;Clip a 0 6 c;Mul c x m;Mul 0.16666667 m y",
		  "HardSwish", 1, 0 },
		{ "Add x 3 a;Clip a 0 6 c;Div c 6 d;Mul x d y", "HardSwish", 1,
		  0 },
		{ "Add x 3 a;Relu a r;Min r 6 c;Mul c 0.16666667 d;Mul d x y",
		  "HardSwish", 1, 0 },
		{ "Div x 6 d;Add x 3 a;Clip a 0 6 c;Mul d c y", "HardSwish", 1,
		  0 },
		{ "Mul x 0.16666667 a;Add a 0.5 b;Clip b 0 1 c;Mul c x y",
		  "HardSwish", 1, 0 },
		{ "Sub x -3 a;Max a 0 b;Min 6 b c;Mul x c m;Div m 6 y",
		  "HardSwish", 1, 0 },
		/* what scales and shifts it */
		{ "Add x 3 a;Clip a 0 6 c;Mul x c y", "HardSwish", 6, 0 },
		{ "HardSwish x h;Mul h 0.4 m;Add m -0.25 y", "HardSwish", 0.4,
		  -0.25 },
		{ "HardSwish x h;Sub 2 h m;Div m 4 y", "HardSwish", -0.25,
		  0.5 },
		/* factors for each channel */
		{ "QuantizeLinear x 0.0625 q;DequantizeLinear q 0.0625 d;"
		  "Mul d c0.5 m;HardSwish m h;Mul h c1 n;Mul n c-2 y",
		  "HardSwish", 1, 0 },
		/* a part of it is needed elsewhere */
		{ "Add x 3 a;Clip a 0 6 c;Mul x c m;Div m 6 y;Abs c y2",
		  "Add Clip HardSwish Abs", 0, 0 },
		{ "HardSwish x h;Mul h 2 y;Abs h y2", "HardSwish Mul Abs", 0,
		  0 },
		/* no such thing */
		{ "Add x 3 a;Clip a 0 5 c;Mul x c m;Div m 6 y",
		  "Add Clip Mul Div", 0, 0 },
		{ "Add x 3 a;Clip a 1 6 c;Mul x c m;Div m 6 y",
		  "Add Clip Mul Div", 0, 0 },
		{ "Add x 2 a;Clip a 0 6 c;Mul x c m;Div m 6 y",
		  "Add Clip Mul Div", 0, 0 },
		{ "HardSigmoid x s;Mul x s y", "HardSigmoid Mul", 0, 0 },
		{ "Add x c3 a;Clip a 0 6 c;Mul x c m;Div m 6 y",
		  "Add Clip Mul Div", 0, 0 },
		{ "Abs x z;Add x 3 a;Clip a 0 6 c;Mul z c m;Div m 6 y",
		  "Abs Add Clip Mul Div", 0, 0 },
		{ "HardSigmoid x s;Mul x R u;Mul u s y", "HardSigmoid Mul Mul",
		  0, 0 },
		{ "Clip x 0 1 y", "Clip", 0, 0 },
		{ "Mul x x y", "Mul", 0, 0 },
		/* HardSigmoid */
		{ "Add x 3 a;Clip a 0 6 c;Div c 6 y", "HardSigmoid", 1.0 / 6,
		  0.5 },
		{ "Mul x 0.2 m;Add m 0.5 a;Max a 0 b;Min b 1 y", "HardSigmoid",
		  0.2, 0.5 },
		{ "Sub 0.5 x a;Clip a 0 1 y", "HardSigmoid", -1, 0.5 },
		{ "Add x 3 a;Clip a 0 6 c;Div c 6 y;Abs a y2",
		  "Add HardSigmoid Abs", 0, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gs_graph *g =
			check(cases[i].text, gs_pass_hard, cases[i].ops);

		if (cases[i].alpha != 0) {
			const double alpha =
				(double)gs_node_attr_float(g->node, "alpha", 0);
			const double beta =
				(double)gs_node_attr_float(g->node, "beta", 9);

			if (fabs(alpha - cases[i].alpha) > 1e-6 ||
			    fabs(beta - cases[i].beta) > 1e-6)
				fail_msg("%s: alpha %g, beta %g", cases[i].text,
					 alpha, beta);
		}
		gs_graph_destroy(g);
	}
}

/* ---- scale and shift ----------------------------------------------------- */

static void test_affine(void **state)
{
	static const struct {
		const char *text, *ops;
	} cases[] = {
		{ "Conv x W1 t;Mul t 0.5 u;Add u c1 y", "Conv" },
		{ "Conv x W3 B t;Sub 3 t u;Div u c-2.5 v;Sub v c1 y", "Conv" },
		{ "Conv x D3 B t group=4;Mul t c-2 y", "Conv" },
		{ "Conv x W1 t;BatchNormalization t V B B V y", "Conv" },
		{ "ConvTranspose x W3 B t strides=2,2;Mul t c1 u;"
		  "BatchNormalization u V B B V y",
		  "ConvTranspose" },
		{ "ConvTranspose x D3 B t group=4;Mul t c1 u;Add u c-1 y",
		  "ConvTranspose" },
		{ "Conv x W1 t;HardSigmoid t s;Abs s y", "Conv Clip Abs" },
		{ "Conv x W1 t;Mul t 2 u;HardSwish u y", "Conv HardSwish" },
		/* not there */
		{ "Conv x W1 t;Mul t 0.5 y;Abs t y2", "Conv Mul Abs" },
		{ "Conv x W1 t;Div 2 t y", "Conv Div" },
		{ "Conv x W1 t;Mul t x y", "Conv Mul" },
		{ "Relu x t;Mul t 2 y", "Relu Mul" },
		{ "Relu x t;BatchNormalization t V B B V y",
		  "Relu BatchNormalization" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		gs_graph_destroy(
			check(cases[i].text, gs_pass_affine, cases[i].ops));
}

/* ---- parts --------------------------------------------------------------- */

/* Channel 0 has a tenth of the range of the others, once the product is folded. */
#define FAR "Conv x W1 B u;Mul u c0.1 t;"

static int fold_and_part(struct gs_graph *graph, struct gs_diag *diag)
{
	const int ret = gs_pass_affine(graph, diag);

	calibrate(graph);
	return ret ? ret : gs_pass_parts(graph, diag);
}

static void test_parts(void **state)
{
	static const struct {
		const char *text, *ops;
	} cases[] = {
		{ FAR "Slice t I0 I1 I1 y;Slice t I1 I4 I1 y2", "Conv Conv" },
		{ FAR "Split t S y,y2 axis=1", "Conv Conv" },
		{ FAR "Slice t I0 I1 I1 y", "Conv" },
		{ FAR "MaxPool t r kernel_shape=3,3 pads=1,1,1,1;"
		      "Slice r I0 I1 I1 y;Slice r I1 I4 I1 y2",
		  "Conv MaxPool Conv MaxPool" },
		{ FAR "Relu t r;Transpose r s perm=0,2,3,1;"
		      "Slice s I0 I1 I3 y;Slice s I1 I4 I3 y2",
		  "Conv Relu Transpose Conv Relu Transpose" },
		/* the whole is needed, or rows are taken, or channels are mixed */
		{ FAR "Slice t I0 I1 I1 y;Slice t I1 I4 I1 y2;Abs t y3",
		  "Conv Slice Slice Abs" },
		{ FAR "Slice t I0 I1 I1 y;Slice t I1 I4 I2 y2",
		  "Conv Slice Slice" },
		{ FAR "Softmax t r axis=1;Slice r I0 I1 I1 y",
		  "Conv Softmax Slice" },
		/* weights that are not those of all channels */
		{ "Conv x D3 B u group=4;Mul u c0.1 t;Slice t I0 I1 I1 y",
		  "Conv Slice" },
		/* all of it, and so no finer steps */
		{ FAR "Slice t I0 I4 I1 y", "Conv Slice" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		gs_graph_destroy(
			check(cases[i].text, fold_and_part, cases[i].ops));
}

/* Each part has the range that was observed of it. */
static void test_part_ranges(void **state)
{
	struct gs_graph *g = check(FAR "Slice t I0 I1 I1 y;Slice t I1 I4 I1 y2",
				   fold_and_part, "Conv Conv");
	const struct gs_tensor *y = g->output[0], *y2 = g->output[1];

	(void)state;
	assert_true(y->has_range && y2->has_range);
	assert_true(y->max > 0 && y->max * 4 < y2->max);
	gs_graph_destroy(g);
}

/* ---- equalization -------------------------------------------------------- */

/* Behind the last affine pass, with its ranges */
static int fold_and_equalize(struct gs_graph *graph, struct gs_diag *diag)
{
	const int ret = gs_pass_affine(graph, diag);

	calibrate(graph);
	return ret ? ret : gs_pass_equalize(graph, diag);
}

/* The largest factor a channel of @tensor gets */
static double gain(const char *text, const char *tensor)
{
	struct gs_graph *g = load(text);
	double before[CHANNELS], most = 0;
	const struct gs_tensor *t;
	struct log log;
	unsigned c;

	assert_int_equal(gs_pass_affine(g, log_init(&log)), 0);
	calibrate(g);
	t = gs_graph_find_tensor(g, tensor);
	assert_non_null(t);
	for (c = 0; c < CHANNELS; c++)
		before[c] = (double)t->channel_range[2 * c + 1];
	assert_int_equal(gs_pass_equalize(g, &log.diag), 0);
	for (c = 0; c < CHANNELS; c++)
		most = fmax(most,
			    (double)t->channel_range[2 * c + 1] / before[c]);
	gs_graph_destroy(g);
	return most;
}

static void test_equalize(void **state)
{
	static const struct {
		const char *text, *ops;
		bool gains;
	} cases[] = {
		{ FAR "Relu t r;Conv r W1 B y", "Conv Relu Conv", true },
		{ FAR "Conv t D3 B r group=4 pads=1,1,1,1;Conv r W1 y",
		  "Conv Conv Conv", true },
		{ FAR "ConvTranspose t W3 B r strides=2,2;Conv r W1 y",
		  "Conv ConvTranspose Conv", true },
		{ FAR "ConvTranspose t D3 B r group=4;Conv r W1 y",
		  "Conv ConvTranspose Conv", true },
		{ FAR "HardSwish t r;Conv r D3 B y group=4",
		  "Conv HardSwish Conv", true },
		{ FAR
		  "Conv x W1 B w;Mul w c0.1 v;Add t v s;MaxPool s r kernel_shape=3,3;"
		  "Conv r W1 B y",
		  "Conv Conv Add MaxPool Conv", true },
		{ FAR "Concat t t s axis=1;Slice s I1 I5 I1 r;Conv r W1 y",
		  "Conv Concat Slice Conv", true },
		{ FAR "GlobalAveragePool t a;Sigmoid a b;Mul b t s;"
		      "Conv s W1 y",
		  "Conv GlobalAveragePool Sigmoid Mul Conv", false },
		{ FAR "Conv t W1 B a;Sigmoid a b;Mul b t s;Conv s W1 y",
		  "Conv Conv Sigmoid Mul Conv", true },
		/* values that others see, or that not all can undo */
		{ FAR "Relu t y;Conv t W1 y2", "Conv Relu Conv", false },
		{ FAR "Sigmoid t r;Conv r W1 y", "Conv Sigmoid Conv", false },
		{ FAR "Add t x r;Conv r W1 y", "Conv Add Conv", false },
		{ FAR "Clip t -1 1 r;Conv r W1 y", "Conv Clip Conv", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const double found = gain(cases[i].text, "t");

		gs_graph_destroy(
			check(cases[i].text, fold_and_equalize, cases[i].ops));
		if ((found >= 2) != cases[i].gains ||
		    found != exp2(rint(log2(found))))
			fail_msg("%s: a channel gets the factor %g",
				 cases[i].text, found);
	}
}

/* ---- ranges -------------------------------------------------------------- */

static void test_limited(void **state)
{
	static const struct {
		const char *text;
		double min, max;
	} cases[] = {
		{ "Neg x n;Abs n y", -8, 8 },
		{ "HardSwish x n;Abs n y", -0.375, 8 },
		{ "Neg x n;HardSwish n y", -3, 8 },
		{ "Neg x n;HardSigmoid n y", -2.5, 2.5 },
		{ "Neg x n;Relu n y", 0, 8 },
		{ "Neg x n;Clip n 1 4 y", 0, 4 },
		{ "Neg x n;Sigmoid n y", -6.2364, 5.1338 },
		{ "Neg x n;Tanh n y", -3.1182, 2.5669 },
		{ "Neg x n;MaxPool n r kernel_shape=3,3;HardSwish r y", -3, 8 },
		{ "Neg x n;Slice n I0 I1 I1 r;Sigmoid r y;HardSwish r y2",
		  -6.2364, 8 },
		{ "Neg x n;HardSwish n y;Abs n y2", -8, 8 },
		{ "Neg x n;Transpose n y perm=0,2,3,1;HardSwish n y2", -8, 8 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gs_graph *g = load(cases[i].text);
		const struct gs_tensor *x = g->node->output[0];

		calibrate(g);
		assert_int_equal(gs_limit_ranges(g), 0);
		if (fabs((double)x->min - cases[i].min) > 0.05 ||
		    fabs((double)x->max - cases[i].max) > 0.05)
			fail_msg("%s: the range is [%g, %g]", cases[i].text,
				 (double)x->min, (double)x->max);
		gs_graph_destroy(g);
	}
}

/* ---- rounded weights ----------------------------------------------------- */

/* What a convolution gives on average stays, though its weights are rounded. */
static void test_bias(void **state)
{
	static const char *const texts[] = {
		"Conv x W3 B y pads=1,1,1,1",
		"Conv x W3 y strides=2,2 pads=2,0,1,2",
		"Conv x D3 B y group=4 dilations=2,1 pads=1,1,1,1",
		"Conv x W1 y",
	};
	float x[SAMPLES * CHANNELS * PLANE], *before[3], *after[3];
	const struct gs_calib calib = { .name = "x",
					.data = x,
					.samples = 1,
					.num_values = CHANNELS * PLANE };
	struct log log;
	size_t i;

	(void)state;
	fill(x);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct gs_graph *g = load(texts[i]);
		struct gs_tensor *w = g->node->input[1];
		const int64_t elems = gs_shape_elems(&w->shape);
		const int64_t num = gs_shape_elems(&g->output[0]->shape);
		float *rounded = calloc((size_t)elems, sizeof(float));
		double shift = 0, off = 0;
		int64_t k;

		assert_int_equal(
			gs_pass_calibrate(g, &calib, 1, log_init(&log)), 0);
		eval(g, before);
		assert_int_equal(gs_pass_quantize(g, &log.diag), 0);
		for (k = 0; k < elems; k++)
			rounded[k] =
				(float)((const int8_t *)w->qdata)[k] *
				w->quant.scale[k / (elems / w->shape.dim[0])];
		w->data = rounded;
		eval(g, after);
		for (k = 0; k < num; k++) {
			const double by = (double)(after[0][k] - before[0][k]);

			off = fmax(off, fabs(by));
			shift += by / (double)num;
		}
		if (fabs(shift) * 10 > off || off > 0.1)
			fail_msg("%s: shifted by %g of %g", texts[i], shift,
				 off);
		free(before[0]);
		free(after[0]);
		free(rounded);
		gs_graph_destroy(g);
	}
}

/* Columns of a matrix have the means of the channels that its rows have there. */
static void test_bias_of_rows(void **state)
{
	static const char *const texts[] = {
		"Flatten x v;Gemm v WF y transB=1",
		"Reshape x T v;Gemm v WT y transB=1",
	};
	float x[CHANNELS * PLANE];
	const struct gs_calib calib = { .name = "x",
					.data = x,
					.samples = 1,
					.num_values = CHANNELS * PLANE };
	struct log log;
	size_t i;
	int64_t k;

	(void)state;
	for (k = 0; k < CHANNELS * PLANE; k++)
		x[k] = (float)(k / PLANE * 3 - 2);
	for (i = 0; i < 2; i++) {
		struct gs_graph *g = load(texts[i]);
		const int64_t each = CHANNELS * PLANE / (1 + (int64_t)i);
		const struct gs_tensor *w = g->node->input[1], *b;
		const float *real = w->data;
		double lost = 0;

		assert_int_equal(
			gs_pass_calibrate(g, &calib, 1, log_init(&log)), 0);
		assert_int_equal(gs_pass_quantize(g, &log.diag), 0);
		for (k = 0; k < CHANNELS * PLANE; k++)
			lost += ((double)real[k % each] -
				 (double)w->quant.scale[0] *
					 ((const int8_t *)w->qdata)[k % each]) *
				(double)x[k] * (double)each /
				(CHANNELS * PLANE);
		b = gs_input(g->node, 2);
		assert_non_null(b);
		if (fabs((double)*(const float *)b->data - lost) >
			    1e-3 * fabs(lost) ||
		    fabs(lost) < 1e-5)
			fail_msg("%s: %g, expected %g", texts[i],
				 (double)*(const float *)b->data, lost);
		gs_graph_destroy(g);
	}
}

/* Metadata tells which outputs are seen through a sigmoid. */
static void test_scores(void **state)
{
	static const struct {
		const char *activation, *scores;
		double min;
	} cases[] = {
		{ NULL, "y", -8 * 1.5 },       { "none", "y", -8 * 1.5 },
		{ "sigmoid", "y", -8 },	       { "sigmoid", "y2,y", -8 },
		{ "sigmoid", " y , y2", -8 },  { "sigmoid", "y2", -8 * 1.5 },
		{ "sigmoid", "yy", -8 * 1.5 }, { "sigmoid", "", -8 * 1.5 },
		{ "sigmoid", NULL, -8 * 1.5 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gs_graph *g = load("Mul x 1.5 t;"
					  "Transpose t y perm=0,2,3,1;"
					  "Abs x y2");
		const struct gs_tensor *t = gs_graph_find_tensor(g, "t");

		if (cases[i].activation)
			assert_int_equal(gs_graph_set_meta(g, "head.activation",
							   cases[i].activation),
					 0);
		if (cases[i].scores)
			assert_int_equal(gs_graph_set_meta(g, "head.scores",
							   cases[i].scores),
					 0);
		calibrate(g);
		assert_int_equal(gs_limit_ranges(g), 0);
		if (fabs((double)t->min - cases[i].min) > 0.1)
			fail_msg("case %zu: the range begins at %g", i,
				 (double)t->min);
		gs_graph_destroy(g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hard),
		cmocka_unit_test(test_affine),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_part_ranges),
		cmocka_unit_test(test_equalize),
		cmocka_unit_test(test_limited),
		cmocka_unit_test(test_scores),
		cmocka_unit_test(test_bias),
		cmocka_unit_test(test_bias_of_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
