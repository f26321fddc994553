/* SPDX-License-Identifier: MIT */
/* Cases as ONNX models. */
#include <string.h>

#include "tests/sweep/sweep.h"

#define OPSET 14

static const char *const inputs[] = { "x0", "x1", "x2", "x3" };
static const char *const outputs[] = { "y0", "y1", "y2", "y3" };

static bool is(const struct sw_case *c, const char *op)
{
	return !strcmp(c->op->onnx, op);
}

/* The numbers themselves are the case's. */
static void add_const(struct builder *b, const char *name,
		      const struct sw_const *k)
{
	if (k->v)
		b_weights(b, name, k->shape.rank, k->shape.dim)->raw_data.data =
			(uint8_t *)k->v;
}

static void add_scalar(struct builder *b, const char *name, const float *value)
{
	const struct sw_const k = { { 0 }, (float *)(uintptr_t)value };

	add_const(b, name, &k);
}

/* ---- windows --------------------------------------------------------------- */

void sw_build_window(struct builder *b, const struct sw_case *c,
		     const char *out)
{
	const bool row = c->in[0].rank == 3, pool = !c->w.v;
	const size_t num = row ? 1 : 2, first = row ? 1 : 0;
	const int64_t pads[2] = { c->pad[1], c->pad[3] };
	Onnx__NodeProto *node = b_node(b, c->op->onnx,
				       pool   ? "x0" :
				       c->b.v ? "x0 w b" :
						"x0 w",
				       out);

	b_attr_ints(b, node, "kernel_shape", num, c->kernel + first);
	b_attr_ints(b, node, "strides", num, c->stride + first);
	b_attr_ints(b, node, "pads", 2 * num, row ? pads : c->pad);
	if (!is(c, "AveragePool"))
		b_attr_ints(b, node, "dilations", num, c->dilation + first);
	else
		b_attr_int(b, node, "count_include_pad", c->count_pads);
	if (pool)
		b_attr_int(b, node, "ceil_mode", c->ceil);
	else
		b_attr_int(b, node, "group", c->group);
	if (is(c, "ConvTranspose"))
		b_attr_ints(b, node, "output_padding", num, c->out_pad + first);
}

/* ---- values ---------------------------------------------------------------- */

void sw_build_unary(struct builder *b, const struct sw_case *c, const char *out)
{
	Onnx__NodeProto *node;
	const char *in = "x0";

	if (is(c, "Clip")) {
		in = "x0 low high";
		add_scalar(b, "low", &c->alpha);
		add_scalar(b, "high", &c->beta);
	} else if (is(c, "Pow")) {
		in = "x0 exponent";
		add_scalar(b, "exponent", &c->alpha);
	} else if (is(c, "PRelu")) {
		in = "x0 w";
	} else if (is(c, "Gemm")) {
		in = c->b.v ? "x0 w b" : "x0 w";
	} else if (is(c, "MatMul")) {
		in = "x0 w";
	}
	if (is(c, "Gemm") && c->in[0].rank > 2) {
		b_node(b, "Flatten", "x0", "flat");
		in = c->b.v ? "flat w b" : "flat w";
	}
	node = b_node(b, c->op->onnx, in, out);
	if (is(c, "LeakyRelu") || is(c, "HardSigmoid"))
		b_attr_float(b, node, "alpha", c->alpha);
	if (is(c, "HardSigmoid"))
		b_attr_float(b, node, "beta", c->beta);
	if (is(c, "Softmax"))
		b_attr_int(b, node, "axis", c->axis);
	if (is(c, "Gemm"))
		b_attr_int(b, node, "transB", c->keep);
}

static void build_batchnorm(struct builder *b, const struct sw_case *c,
			    const char *out)
{
	static const char *const name[] = { "gamma", "beta", "mean", "var" };
	const int64_t num = c->w.shape.dim[1];
	unsigned i;

	for (i = 0; i < 4; i++) {
		const struct sw_const row = { { 1, { num } },
					      c->w.v + i * num };

		add_const(b, name[i], &row);
	}
	b_node(b, "BatchNormalization", "x0 gamma beta mean var", out);
}

void sw_build_binary(struct builder *b, const struct sw_case *c,
		     const char *out)
{
	if (is(c, "BatchNormalization")) {
		build_batchnorm(b, c, out);
	} else if (is(c, "Equal")) {
		b_node(b, "Equal", "x0 x1", "same");
		b_attr_int(b, b_node(b, "Cast", "same", out), "to",
			   ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
	} else {
		b_node(b, c->op->onnx,
		       !c->w.v	      ? "x0 x1" :
		       c->const_first ? "w x0" :
					"x0 w",
		       out);
	}
}

/* ---- moves ----------------------------------------------------------------- */

static void build_lists(struct builder *b, const struct sw_case *c,
			Onnx__NodeProto *node)
{
	if (is(c, "Transpose"))
		b_attr_ints(b, node, "perm", c->num_list, c->list);
	if (is(c, "Concat") || is(c, "Split") || is(c, "Gather") ||
	    is(c, "Flatten"))
		b_attr_int(b, node, "axis", c->axis);
	if (is(c, "DepthToSpace") || is(c, "SpaceToDepth"))
		b_attr_int(b, node, "blocksize", c->list[0]);
	if (is(c, "DepthToSpace") || is(c, "Pad"))
		b_attr_string(b, node, "mode", c->mode);
	if (!strncmp(c->op->onnx, "Reduce", 6)) {
		if (!is(c, "ReduceSum"))
			b_attr_ints(b, node, "axes", c->num_list, c->list);
		b_attr_int(b, node, "keepdims", c->keep);
	}
	if (is(c, "Resize")) {
		b_attr_string(b, node, "mode", c->mode);
		b_attr_string(b, node, "coordinate_transformation_mode",
			      c->coordinates);
		b_attr_string(b, node, "nearest_mode", c->rounding);
	}
}

/* Inputs that are parameters; returns the names of all */
static const char *build_params(struct builder *b, const struct sw_case *c)
{
	const size_t rank = c->in[0].rank;
	int64_t pads[2 * SW_RANK];

	if (is(c, "Split") || is(c, "Tile") || is(c, "Gather") ||
	    is(c, "Squeeze") || is(c, "Unsqueeze") || is(c, "ReduceSum")) {
		b_ints(b, "list", c->num_list, c->list);
		return "x0 list";
	}
	if (is(c, "Reshape") || is(c, "Expand")) {
		b_ints(b, "shape", c->out[0].rank, c->out[0].dim);
		return "x0 shape";
	}
	if (is(c, "Resize")) {
		b_ints(b, "sizes", rank, c->out[0].dim);
		return "x0 - - sizes";
	}
	if (is(c, "Pad")) {
		memcpy(pads, c->list, rank * sizeof(*pads));
		memcpy(pads + rank, c->list + SW_RANK, rank * sizeof(*pads));
		b_ints(b, "pads", 2 * rank, pads);
		add_scalar(b, "value", &c->alpha);
		return "x0 pads value";
	}
	if (is(c, "Slice")) {
		static const int64_t axes[SW_RANK] = { 0, 1, 2, 3, 4, 5 };

		b_ints(b, "starts", rank, c->list);
		b_ints(b, "ends", rank, c->list + SW_RANK);
		b_ints(b, "axes", rank, axes);
		b_ints(b, "steps", rank, c->step);
		return "x0 starts ends axes steps";
	}
	return NULL;
}

void sw_build_move(struct builder *b, const struct sw_case *c, const char *out)
{
	static const char *const all[] = { "x0", "x0 x1", "x0 x1 x2",
					   "x0 x1 x2 x3" };
	const char *in = build_params(b, c);
	Onnx__NodeProto *node =
		b_node(b, c->op->onnx, in ? in : all[c->num_in - 1], out);

	build_lists(b, c, node);
	if (c->num_out > 1) {
		node->output = (char **)(uintptr_t)outputs;
		node->n_output = c->num_out;
	}
}

/* ---- the model ------------------------------------------------------------- */

/* What follows the operator, from @name to y0 */
static void build_act(struct builder *b, const struct sw_case *c,
		      const char *name)
{
	char in[32];

	switch (c->act) {
	case SW_ACT_NONE:
		break;
	case SW_ACT_RELU:
		b_node(b, "Relu", name, "y0");
		break;
	case SW_ACT_CLIP:
		add_scalar(b, "act_low", &c->act_low);
		add_scalar(b, "act_high", &c->act_high);
		snprintf(in, sizeof(in), "%s act_low act_high", name);
		b_node(b, "Clip", in, "y0");
		break;
	case SW_ACT_LEAKY:
		b_attr_float(b, b_node(b, "LeakyRelu", name, "y0"), "alpha",
			     c->act_low);
		break;
	}
}

void sw_build_node(struct builder *b, const struct sw_case *c)
{
	const bool act = c->act != SW_ACT_NONE;

	if (!is(c, "BatchNormalization"))
		add_const(b, "w", &c->w);
	add_const(b, "b", &c->b);
	c->op->build(b, c, c->residual ? "pre" : act ? "sum" : "y0");
	if (c->residual)
		b_node(b, "Add", "pre x1", act ? "sum" : "y0");
	build_act(b, c, "sum");
}

uint8_t *sw_build(const struct sw_case *c, size_t *size)
{
	struct builder b;
	uint8_t *data;
	unsigned i;

	b_init(&b, OPSET);
	for (i = 0; i < c->num_in; i++)
		b_input(&b, inputs[i], c->in[i].rank, c->in[i].dim);
	for (i = 0; i < c->num_out; i++)
		b_output(&b, outputs[i], c->out[i].rank, c->out[i].dim);
	sw_build_node(&b, c);
	data = b_pack(&b, size);
	b_fini(&b);
	return data;
}
