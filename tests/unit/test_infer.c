/* SPDX-License-Identifier: MIT */
/*
 * Shape rules: the one form they give parameters, and what they refuse. Values
 * are tested against ONNX's node tests and onnxruntime (tests/front).
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/passes/util.h"
#include "tests/unit/front_util.h"

/*
 * One node on x [1,4,6,8], in few words. Inputs are separated by spaces:
 *
 *	x	the graph input, or another tensor
 *	-	left out
 *	{1,2}	a constant of int64
 *	w3x4	a constant of float32 of this shape, of small values
 *
 * Attributes are NAME=3, NAME=0.5, NAME=[1,2] or NAME=text.
 */
static size_t read_list(const char *at, int64_t *values)
{
	size_t num = 0;
	char *end;

	while (*at && *at != '}' && *at != ']') {
		values[num++] = strtoll(at, &end, 10);
		at = *end == ',' || *end == 'x' ? end + 1 : end;
	}
	return num;
}

static void add_constant(struct builder *b, const char *token, char *name)
{
	int64_t list[64];
	size_t num = read_list(token + 1, list);

	sprintf(name, "const%zu", b->graph.n_initializer);
	if (*token == '{')
		b_ints(b, name, num, list);
	else
		b_weights(b, name, num, list);
}

static void add_attrs(struct builder *b, Onnx__NodeProto *node,
		      const char *attrs)
{
	char copy[512], *save = NULL, *token;
	int64_t list[64];

	snprintf(copy, sizeof(copy), "%s", attrs);
	for (token = strtok_r(copy, " ", &save); token;
	     token = strtok_r(NULL, " ", &save)) {
		char *value = strchr(token, '=');
		size_t num;

		*value++ = 0;
		if (*value == '[') {
			num = read_list(value + 1, list);
			b_attr_ints(b, node, token, num, list);
		} else if (strchr(value, '.')) {
			b_attr_float(b, node, token, strtof(value, NULL));
		} else if (strspn(value, "-0123456789") == strlen(value)) {
			b_attr_int(b, node, token, atoi(value));
		} else {
			b_attr_string(b, node, token, value);
		}
	}
}

static Onnx__NodeProto *add(struct builder *b, const char *text,
			    const char *attrs, const char *output)
{
	char copy[512], inputs[512] = "", name[32], *save = NULL, *token, *op;
	Onnx__NodeProto *node;

	snprintf(copy, sizeof(copy), "%s", text);
	op = strtok_r(copy, " ", &save);
	while ((token = strtok_r(NULL, " ", &save))) {
		if (*token == '{' ||
		    (*token == 'w' && isdigit((unsigned char)token[1])))
			add_constant(b, token, name);
		else
			strcpy(name, token);
		strcat(inputs, name);
		strcat(inputs, " ");
	}
	node = b_node(b, op, inputs, output);
	add_attrs(b, node, attrs);
	return node;
}

static void start(struct builder *b, int64_t opset)
{
	static const int64_t dims[] = { 1, 4, 6, 8 };

	b_init(b, opset);
	b_input(b, "x", 4, dims);
	b_output(b, "y", 0, NULL);
}

/* ---- one form ------------------------------------------------------------ */

static void list_attr(const struct gs_attr *a, char *out)
{
	size_t i;

	out += sprintf(out, " %s=", a->name);
	if (a->kind == GS_ATTR_INT)
		sprintf(out, "%lld", (long long)a->i);
	else if (a->kind == GS_ATTR_FLOAT)
		sprintf(out, "%g", (double)a->f);
	else if (a->kind == GS_ATTR_STRING)
		sprintf(out, "%s", a->s);
	for (i = 0; i < a->num; i++)
		out += a->kind == GS_ATTR_INTS ?
			       sprintf(out, "%s%lld", i ? "," : "",
				       (long long)a->ints[i]) :
			       sprintf(out, "%s%g", i ? "," : "",
				       (double)a->floats[i]);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct gs_attr *)a)->name,
		      ((const struct gs_attr *)b)->name);
}

/* "Op/inputs shape a=1 b=2,3", attributes by name */
static void describe(const struct gs_node *node, char *out)
{
	struct gs_attr sorted[16];
	char shape[128];
	unsigned i;

	memcpy(sorted, node->attr, node->num_attrs * sizeof(*sorted));
	qsort(sorted, node->num_attrs, sizeof(*sorted), by_name);
	out += sprintf(out, "%s/%u %s", node->op, node->num_inputs,
		       gs_shape_format(&node->output[0]->shape, shape,
				       sizeof(shape)));
	for (i = 0; i < node->num_attrs; i++) {
		list_attr(&sorted[i], out);
		out += strlen(out);
	}
}

static const struct form {
	int64_t opset;
	const char *node, *attrs, *want;
} forms[] = {
	{ 10, "Clip x", "min=0.0 max=6.0", "Clip/1 1x4x6x8 max=6 min=0" },
	{ 10, "Clip x", "max=6.0", "Clip/1 1x4x6x8 max=6 min=-3.40282e+38" },
	{ 13, "Clip x w1", "", "Clip/1 1x4x6x8 max=3.40282e+38 min=-0.08" },
	{ 13, "Clip x - w1", "", "Clip/1 1x4x6x8 max=-0.08 min=-3.40282e+38" },
	{ 9, "Slice x", "starts=[1,-3] ends=[3,9999] axes=[1,-1]",
	  "Slice/1 1x2x6x3 axes=0,1,2,3 ends=1,3,6,8 starts=0,1,0,5 steps=1,1,1,1" },
	{ 13, "Slice x {1,-3} {3,9999} {1,-1}", "",
	  "Slice/1 1x2x6x3 axes=0,1,2,3 ends=1,3,6,8 starts=0,1,0,5 steps=1,1,1,1" },
	{ 13, "Slice x {-1,0} {-9999,6} {3,2} {-3,4}", "",
	  "Slice/1 1x4x2x3 axes=0,1,2,3 ends=1,4,8,-2147483647 starts=0,0,0,7 steps=1,1,4,-3" },
	{ 9, "Pad x", "pads=[0,0,1,2,0,0,3,4] value=0.5",
	  "Pad/1 1x4x10x14 mode=constant pads=0,0,1,2,0,0,3,4 value=0.5" },
	{ 13, "Pad x {0,0,1,2,0,0,3,4} w1", "mode=reflect",
	  "Pad/1 1x4x10x14 mode=reflect pads=0,0,1,2,0,0,3,4 value=-0.08" },
	{ 18, "Pad x {1,2,3,4} - {2,-1}", "",
	  "Pad/1 1x4x10x14 mode=constant pads=0,0,1,2,0,0,3,4 value=0" },
	{ 13, "Transpose x", "", "Transpose/1 8x6x4x1 perm=3,2,1,0" },
	{ 13, "Concat x x w1x2x6x8", "axis=-3", "Concat/3 1x10x6x8 axis=1" },
	{ 11, "Split x", "axis=1 split=[1,3]",
	  "Split/1 1x1x6x8 axis=1 split=1,3" },
	{ 13, "Split x {1,3}", "axis=1", "Split/1 1x1x6x8 axis=1 split=1,3" },
	{ 13, "Split x", "axis=-1", "Split/1 1x4x6x4 axis=3 split=4,4" },
	{ 18, "Split x", "axis=2 num_outputs=2",
	  "Split/1 1x4x3x8 axis=2 split=3,3" },
	{ 13, "Tile x {1,2,1,3}", "", "Tile/1 1x8x6x24 repeats=1,2,1,3" },
	{ 13, "Expand x {3,1,1,1,1}", "",
	  "Expand/1 3x1x4x6x8 shape=3,1,4,6,8" },
	{ 13, "Gather x {0,-1,2}", "axis=-2", "Gather/2 1x4x3x8 axis=2" },
	{ 13, "DepthToSpace x", "blocksize=2",
	  "DepthToSpace/1 1x1x12x16 blocksize=2 mode=DCR" },
	{ 11, "ReduceMean x", "axes=[-1,2]",
	  "ReduceMean/1 1x4x1x1 axes=2,3 keepdims=1" },
	{ 13, "ReduceSum x {1}", "keepdims=0",
	  "ReduceSum/1 1x6x8 axes=1 keepdims=0" },
	{ 13, "ReduceMax x", "keepdims=0",
	  "ReduceMax/1 scalar axes=0,1,2,3 keepdims=0" },
	{ 18, "ReduceMean x", "noop_with_empty_axes=1",
	  "ReduceMean/1 1x4x6x8 axes= keepdims=1 noop_with_empty_axes=1" },
	{ 13, "Resize x - - {1,4,12,4}", "mode=linear",
	  "Resize/1 1x4x12x4 coordinate_transformation_mode=half_pixel mode=linear "
	  "nearest_mode=round_prefer_floor scales=1,1,2,0.5 sizes=1,4,12,4" },
	{ 18, "Resize x - - {4,4}",
	  "axes=[2,3] keep_aspect_ratio_policy=not_larger",
	  "Resize/1 1x4x3x4 coordinate_transformation_mode=half_pixel "
	  "mode=nearest nearest_mode=round_prefer_floor scales=1,1,0.5,0.5 "
	  "sizes=1,4,3,4" },
	{ 18, "Resize x - - {4,4}",
	  "axes=[2,3] keep_aspect_ratio_policy=not_smaller",
	  "Resize/1 1x4x4x5 coordinate_transformation_mode=half_pixel "
	  "mode=nearest nearest_mode=round_prefer_floor "
	  "scales=1,1,0.666667,0.666667 sizes=1,4,4,5" },
	{ 18, "Resize x - - {3,4}", "axes=[-2,3] nearest_mode=floor",
	  "Resize/1 1x4x3x4 coordinate_transformation_mode=half_pixel mode=nearest "
	  "nearest_mode=floor scales=1,1,0.5,0.5 sizes=1,4,3,4" },
	{ 13, "LeakyRelu x", "", "LeakyRelu/1 1x4x6x8 alpha=0.01" },
	{ 13, "HardSigmoid x", "beta=0.25",
	  "HardSigmoid/1 1x4x6x8 alpha=0.2 beta=0.25" },
	{ 13, "Elu x", "", "Elu/1 1x4x6x8 alpha=1" },
	{ 13, "AveragePool x", "kernel_shape=[2,3] ceil_mode=1 strides=[4,3]",
	  "AveragePool/1 1x4x2x3 count_include_pad=0 dilations=1,1 "
	  "kernel_shape=2,3 pads=0,0,0,1 strides=4,3" },
	{ 13, "AveragePool x",
	  "kernel_shape=[2,3] ceil_mode=1 strides=[4,3] count_include_pad=1",
	  "AveragePool/1 1x4x2x3 count_include_pad=1 dilations=1,1 "
	  "kernel_shape=2,3 pads=0,0,0,1 pads_over=0,1 strides=4,3" },
	{ 13, "ConvTranspose x w4x3x2x2", "strides=[2,2]",
	  "ConvTranspose/2 1x3x12x16 dilations=1,1 group=1 kernel_shape=2,2 "
	  "output_padding=0,0 pads=0,0,0,0 strides=2,2" },
	{ 13, "ConvTranspose x w4x3x3x3",
	  "strides=[2,2] group=2 output_shape=[12,20]",
	  "ConvTranspose/2 1x6x12x20 dilations=1,1 group=2 kernel_shape=3,3 "
	  "output_padding=0,3 pads=1,0,0,0 strides=2,2" },
};

static void test_one_form(void **state)
{
	char got[1024];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct form *f = &forms[i];
		Onnx__NodeProto *node;
		struct gs_graph *graph;
		struct builder b;

		start(&b, f->opset);
		node = add(&b, f->node, f->attrs, "y");
		if (!strncmp(f->node, "Split", 5)) {
			char *two[] = { node->output[0], (char[]){ "z" } };

			node->output = two;
			node->n_output = 2;
			graph = built(&b, SHAPED);
		} else {
			graph = built(&b, SHAPED);
		}
		describe(graph->node, got);
		if (strcmp(got, f->want))
			fail_msg("%s: expected '%s', got '%s'", f->node,
				 f->want, got);
		gs_graph_destroy(graph);
	}
}

/* A row: lists of one value, pads of two */
static void test_rows(void **state)
{
	static const int64_t dims[] = { 2, 4, 16 };
	struct gs_graph *graph;
	struct gs_window win;
	struct builder b;
	char got[1024];

	(void)state;
	b_init(&b, 13);
	b_input(&b, "x", 3, dims);
	b_output(&b, "y", 0, NULL);
	add(&b, "Conv x w6x4x3", "strides=[2] pads=[1,0] dilations=[2]", "y");
	graph = built(&b, SHAPED);
	describe(graph->node, got);
	assert_string_equal(got, "Conv/2 2x6x7 dilations=2 group=1 "
				 "kernel_shape=3 pads=1,0 strides=2");
	gs_window_get(graph->node, &win);
	assert_int_equal(win.rank, 1);
	assert_int_equal(win.kernel[0] * 100 + win.kernel[1], 103);
	assert_int_equal(win.pad[1] * 10 + win.pad[3], 10);
	assert_int_equal(win.pad[0] + win.pad[2], 0);
	gs_graph_destroy(graph);
}

/* ---- constants ----------------------------------------------------------- */

/* Sizes as exporters compute them: floor(H x 1.5) and so on */
static void test_computed_sizes(void **state)
{
	struct gs_graph *graph;
	struct builder b;

	(void)state;
	start(&b, 13);
	add(&b, "Shape x", "", "shape");
	add(&b, "Slice shape {2} {4} {0}", "", "hw");
	add(&b, "Cast hw", "to=1", "hw_float");
	add(&b, "Mul hw_float w2", "", "scaled");
	add(&b, "Abs scaled", "", "positive");
	add(&b, "Ceil positive", "", "whole");
	add(&b, "Cast whole", "to=7", "sizes");
	add(&b, "Equal sizes {1,2}", "", "same");
	add(&b, "Where same {7,7} sizes", "", "chosen");
	add(&b, "Slice shape {0} {2}", "", "nc");
	add(&b, "Concat nc chosen", "axis=0", "full");
	add(&b, "Resize x - - full", "", "y");
	graph = built(&b, SHAPED);
	assert_string_equal(graph->node->op, "Resize");
	assert_null(graph->node->next);
	assert_int_equal(graph->node->output[0]->shape.dim[1], 4);
	/* 6 x 0.08 and 8 x 0.07, rounded up, are 1 and 1; where 1, 2 is expected, 7 */
	assert_int_equal(graph->node->output[0]->shape.dim[2], 7);
	assert_int_equal(graph->node->output[0]->shape.dim[3], 1);
	gs_graph_destroy(graph);
}

/* 10, 6, 2, -2 and the 192 elements of x */
static void test_range_and_size(void **state)
{
	struct gs_graph *graph = NULL;
	const struct gs_tensor *range;
	struct builder b;
	struct log log;

	(void)state;
	start(&b, 13);
	add(&b, "Size x", "", "size");
	add(&b, "Range {10} {-3} {-4}", "", "range");
	add(&b, "Max range size", "", "never");
	add(&b, "Gather x never", "axis=1", "y");
	assert_true(load_built(&b, SHAPED, &graph, &log) < 0);
	assert_non_null(strstr(log.text, "index 192 is outside"));
	range = gs_graph_find_tensor(graph, "range");
	assert_int_equal(range->shape.dim[0], 4);
	assert_int_equal(gs_const_int(range, 0), 10);
	assert_int_equal(gs_const_int(range, 3), -2);
	gs_graph_destroy(graph);
}

/* ---- refusals ------------------------------------------------------------ */

static const struct refusal {
	int64_t opset;
	const char *node, *attrs, *want;
} refusals[] = {
	{ 13, "Conv x w4x4x3", "", "(3 dimensions), expected are 4" },
	{ 13, "Conv x w4x2x3x3", "group=3", "take 3 groups of 2 channels" },
	{ 13, "Conv x w4x4x3x3", "pads=[1,1]", "'pads' has 2 values" },
	{ 13, "Conv x w4x4x9x9", "", "the window covers 9 rows" },
	{ 13, "ConvTranspose x w3x4x2x2", "", "of 3 channels to 4" },
	{ 13, "ConvTranspose x w4x4x2x2 w3", "", "expected are 4 values" },
	{ 13, "ConvTranspose x w4x4x2x2", "pads=[9,9,9,9]", "is not possible" },
	{ 13, "ConvTranspose x w4x4x2x2", "output_shape=[0,1]",
	  "'output_shape' has value 0" },
	{ 13, "MaxPool x", "kernel_shape=[2]", "'kernel_shape' has 1 values" },
	{ 13, "Add x w3", "", "do not fit" },
	{ 13, "Sum x w8 w5", "", "do not fit" },
	{ 13, "Max", "", "input 0 is missing" },
	{ 13, "Add x {1}", "", "is of type int64, supported is float32" },
	{ 13, "Max x {1}", "", "is of type int64, supported is float32" },
	{ 13, "PRelu x w2x1x4x6x8", "", "does not spread to the input" },
	{ 14, "HardSwish x w4 w4", "", "has 3 inputs, expected is 1" },
	{ 14, "HardSwish w4 w4", "", "has 2 inputs, expected is 1" },
	{ 13, "Where x x x", "", "expected are bool and two equal ones" },
	{ 13, "Clip x w2", "", "is not one value" },
	{ 13, "Clip x x", "", "is not one value" },
	{ 13, "Cast x", "to=10", "element type 10 is not supported" },
	{ 13, "ReduceMean x", "axes=[4]",
	  "axis 4 is not one of a tensor of rank 4" },
	{ 13, "ReduceMean x", "axes=4", "'axes' is not a list" },
	{ 13, "Transpose x", "perm=[0,1,2]",
	  "perm has not as many axes as the input" },
	{ 13, "Transpose x", "perm=[0,1,2,2]",
	  "transpose.cdlt:8:13: expected 0 to 3, each once" },
	{ 13, "Concat x w1x4x6x9", "axis=1", "input 1 does not fit input 0" },
	{ 13, "Concat x", "axis=4", "axis 4 is not one" },
	{ 13, "Split x {1,2}", "axis=1", "2 parts do not divide 4 elements" },
	{ 13, "Split x {4,0}", "axis=1", "2 parts do not divide" },
	{ 13, "Slice x {1} {2} {4}", "", "axis 4 is not one" },
	{ 13, "Slice x {1,1} {2,2} {1,1}", "", "axis 1 is given twice" },
	{ 13, "Slice x {1} {2,3}", "", "1 starts, 2 ends" },
	{ 13, "Slice x {1} {2} {1} {0}", "", "step 0 is not possible" },
	{ 13, "Slice x {5} {6} {1}", "", "(1x0x6x8) is not possible" },
	{ 13, "Slice x x x", "",
	  "expected is a constant: a list of an integer" },
	{ 13, "Pad x {1,1}", "", "2 pads do not fit 4 axes" },
	{ 18, "Pad x {1,1} - {7}", "", "axis 7 is not one" },
	{ 13, "Pad x {0,0,0,0,0,0,0,0}", "mode=wrap",
	  "'mode' is 'wrap', expected is constant, edge or reflect" },
	{ 13, "Pad x {0,0,0,8,0,0,0,0}", "mode=reflect",
	  "the input is 1, 4, 6, 8, pads of 0, 0, 0, 8 and 0, 0, 0, 0 do not fit" },
	{ 13, "Pad x {0,-4,0,0,0,0,0,0}", "", "(1x0x6x8) is not possible" },
	{ 13, "Pad x {0,0,0,0,0,0,0,9999999999}", "", "is too large" },
	{ 13, "Pad x {0,0,0,0,0,0,0,0} w2", "",
	  "(value) is constant float32 of shape 2, expected is a constant: one" },
	{ 13, "Expand x {3,5}", "", "does not spread to 3x5" },
	{ 13, "Expand x {-2}", "", "a dimension of the shape is -2" },
	{ 13, "Tile x {1,2}", "", "2 repeats, the input has 4 axes" },
	{ 13, "Tile x {1,1,1,-1}", "", "-1 repeats are not possible" },
	{ 13, "Gather x {4}", "axis=1", "index 4 is outside an axis of 4" },
	{ 13, "Gather x x", "",
	  "is float32 of shape 1x4x6x8, expected are constant integers" },
	{ 13, "DepthToSpace x", "blocksize=3", "blocks of 3 do not divide" },
	{ 13, "DepthToSpace x", "blocksize=2 mode=X",
	  "'mode' is 'X', expected is DCR or CRD" },
	{ 13, "SpaceToDepth x", "blocksize=4", "blocks of 4 do not divide" },
	{ 13, "Resize x - w4", "",
	  "scales are -0.0799999982, -0.0700000003, " },
	{ 13, "Resize x - w3", "", "3 scales do not fit 4 axes" },
	{ 13, "Resize x - x", "",
	  "'x' (scales) is float32 of shape 1x4x6x8, expected is a constant" },
	{ 13, "Resize x - - {1,4,0,8}", "",
	  "sizes are 1, 4, 0, 8, possible are those from 1" },
	{ 13, "Resize x", "", "0 sizes do not fit 4 axes" },
	{ 13, "Resize x - - {1,4,6,8}", "mode=cubic",
	  "'mode' is 'cubic', expected is nearest or linear" },
	{ 13, "Resize x - - {1,4,6,8}",
	  "coordinate_transformation_mode=tf_crop_and_resize",
	  "'tf_crop_and_resize', expected is half_pixel, " },
	{ 13, "Resize x - - {1,4,6,8}", "nearest_mode=odd",
	  "'odd', expected is round_prefer_floor, " },
	{ 18, "Resize x - - {1,4,6,8}", "antialias=1", "antialias is not" },
	{ 18, "Resize x - - {1,4,6,8}", "keep_aspect_ratio_policy=odd",
	  "'odd', expected is stretch, not_larger or not_smaller" },
	{ 18, "Resize x - - {6}", "axes=[4]", "axis 4 is not one" },
	{ 13, "QuantizeLinear x", "", "the scale, is missing" },
	{ 13, "QuantizeLinear x w3", "", "expected are 4 values" },
	{ 13, "QuantizeLinear x w1 {1}", "", "to int64; supported is" },
	{ 13, "QuantizeLinear x w4 w3", "", "differ in shape" },
	{ 13, "DequantizeLinear x w1", "", "are of type float32" },
	{ 21, "QuantizeLinear x w1", "block_size=2",
	  "blocks are not supported" },
	{ 21, "QuantizeLinear x w1", "output_dtype=9", "to none; supported" },
	{ 13, "QuantizeLinear x {1}", "", "is of type int64" },
	{ 13, "Gemm w3x4 w5x2", "", "has 4 columns, weights 'const1' take 5" },
	{ 13, "Gemm w3x4 w4x2 w5", "", "is 5, which does not spread to 3x2" },
	{ 13, "MatMul x w8", "", "4 and 1 dimensions, at least 2 are needed" },
	{ 13, "MatMul x w7x3", "", "has 8 columns, 'const0' has 7 rows" },
	{ 13, "MatMul x w3x8x2", "", "batch dimensions of 'x' and 'const0'" },
	{ 13, "BatchNormalization w4 w1 w1 w1 w1", "", "has no channel axis" },
	{ 15, "BatchNormalization x w4 w4 w4 w4", "training_mode=1",
	  "only inference with one value per channel" },
	{ 11, "Softmax x", "axis=1", "Softmax over several axes" },
	{ 13, "Reshape x", "", "attribute 'shape', or input 1, is missing" },
	{ 13, "Reshape x {-1,-1}", "", "shape is (-1, -1); one -1 is allowed" },
	{ 13, "Reshape x {5,5}", "", "is 1x4x6x8, which cannot become 5x5" },
	{ 13, "Flatten", "", "input 0 is missing" },
	{ 13, "Squeeze x {1}", "", "axis 1 has 4 elements, only an axis of 1" },
	{ 13, "Squeeze x {0,1,2,3,0,1,2}", "", "axis 0 is given twice" },
	{ 13, "Unsqueeze x {0,0}", "", "axis 0 is given twice" },
	{ 13, "Unsqueeze x {0,1,2}", "",
	  "the result has 7 dimensions, at most are 6" },
	{ 13, "Conv x w4x4x3x3", "kernel_shape=[2,2]",
	  "kernel_shape is 2x2, the weights are 3x3" },
	{ 13, "Conv x w4x4x0x3", "", "the weights are empty" },
	{ 13, "Conv x w4x4x3x3", "auto_pad=AROUND", "auto_pad is 'AROUND'" },
	{ 13, "MaxPool x", "kernel_shape=[2,2] pads=[2,0,0,0]",
	  "padding of 2 is as large as the window of 2" },
};

static void check_refusals(const struct refusal *list, size_t num,
			   enum stage stage)
{
	const struct refusal *r;

	for (r = list; r < list + num; r++) {
		struct builder b;

		start(&b, r->opset);
		add(&b, r->node, r->attrs, "y");
		refuse_built(&b, stage, r->want);
	}
}

static void test_refusals(void **state)
{
	(void)state;
	check_refusals(refusals, sizeof(refusals) / sizeof(refusals[0]),
		       SHAPED);
}

/* Of constants alone */
static const struct refusal constants[] = {
	{ 13, "Expand w1 {3000,3000}", "", "the constant result is too large" },
	{ 13, "Range {0} {99999999} {1}", "", "elements are not possible" },
	{ 13, "Range {0} {9} {0}", "", "elements are not possible" },
	{ 13, "Range {0} {9} w1", "", "are not values of one type" },
	{ 13, "Max {1} w1", "", "that of input 0 is int64" },
	{ 13, "Div {1} {0}", "", "element 0 has no int64 result" },
	{ 13, "Add {1} w1", "", "do not fit in type or shape" },
	{ 13, "ConstantOfShape {9999,9999}", "", "is too large" },
	{ 13, "Cast {300}", "to=2", "value 300 does not fit uint8" },
	{ 13, "Max {99999999,1} {2}", "", "does not fit int64" },
	{ 13, "GlobalMaxPool w3x4", "", "at least 3 are needed" },
	{ 13, "Cast - {1}", "to=1", "input 0 is missing" },
	{ 13, "Cast {1}", "to=10", "element type 10 is not supported" },
	{ 13, "Range {9007199254740993} {9007199254740995} {1}", "",
	  "does not fit int64" },
	{ 13, "MaxPool w1x1x4x4", "kernel_shape=[2,2]",
	  "all inputs are constants" },
	{ 13, "Transpose w3x4", "", "output 'y' of the model is a constant" },
};

static void test_refused_constants(void **state)
{
	(void)state;
	check_refusals(constants, sizeof(constants) / sizeof(constants[0]),
		       SIMPLE);
}

static bool only_resize(void *ctx, const char *op)
{
	(void)ctx;
	return !strcmp(op, "Resize");
}

/* Upsample becomes Resize, which is what codelets are asked for. */
static void test_upsample(void **state)
{
	const float scales[] = { 1.0f, 1.0f, 2.0f, 3.0f };
	Onnx__TensorProto *values;
	struct gs_graph *graph;
	struct builder b;
	char got[1024];

	(void)state;
	start(&b, 9);
	values = b_weights(&b, "scales", 1, (const int64_t[]){ 4 });
	memcpy(values->raw_data.data, scales, sizeof(scales));
	add(&b, "Upsample x scales", "mode=linear", "y");
	graph = built(&b, SHAPED);
	describe(graph->node, got);
	assert_string_equal(got,
			    "Resize/1 1x4x12x24 "
			    "coordinate_transformation_mode=asymmetric "
			    "mode=linear nearest_mode=floor scales=1,1,2,3 "
			    "sizes=1,4,12,24");
	graph->node->op = "Upsample";
	assert_int_equal(gs_pass_support(graph, only_resize, NULL, NULL), 0);
	gs_graph_destroy(graph);
}

static void test_input_types(void **state)
{
	struct gs_graph *graph = NULL;
	struct builder b;
	struct log log;

	(void)state;
	start(&b, 13);
	add(&b, "MaxPool x", "kernel_shape=[2,2]", "y");
	b.in[0].type->tensor_type->elem_type = 6;
	assert_true(load_built(&b, SHAPED, &graph, &log) < 0);
	assert_non_null(strstr(log.text, "input 'x' is of type int32"));
	gs_graph_destroy(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_form),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_computed_sizes),
		cmocka_unit_test(test_range_and_size),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_refused_constants),
		cmocka_unit_test(test_upsample),
		cmocka_unit_test(test_input_types),
	};

	return cmocka_run_group_tests_name("infer", tests, NULL, NULL);
}
