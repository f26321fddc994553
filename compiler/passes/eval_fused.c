/* SPDX-License-Identifier: MIT */
/* What is fused into a node: added, bounded, and pooled (fuse_pool.h). */
#include "compiler/passes/eval_ops.h"
#include "compiler/passes/util.h"

void gs_eval_add_residual(const struct gs_eval_op *op, float *out, size_t num)
{
	const float *in = op->in[op->node->num_inputs - 1];
	size_t i;

	for (i = 0; i < num; i++)
		out[i] += in[i];
}

void gs_eval_activate(const struct gs_node *node, float *out, size_t num)
{
	const float low = node->act[0], high = node->act[1];
	size_t i;

	switch (node->activation) {
	case GS_ACT_RELU:
		for (i = 0; i < num; i++)
			out[i] = out[i] < 0.0f ? 0.0f : out[i];
		break;
	case GS_ACT_CLIP:
		for (i = 0; i < num; i++)
			out[i] = out[i] < low  ? low :
				 out[i] > high ? high :
						 out[i];
		break;
	case GS_ACT_LEAKY:
		for (i = 0; i < num; i++)
			out[i] *= out[i] < 0.0f ? low : 1.0f;
		break;
	case GS_ACT_NONE:
		break;
	}
}

/* ---- a convolution and the pool behind it -------------------------------- */

/* The two nodes that one was made of */
struct pair {
	struct gs_node conv, pool;
	struct gs_tensor between;
	struct gs_quant quant; /* of what is between */
	float scale;
	struct gs_attr attr[3]; /* of the pool */
	int64_t pads[4];
};

bool gs_eval_is_conv_pool(const struct gs_node *node)
{
	return gs_op_is(node, "ConvMaxPool") ||
	       gs_op_is(node, "ConvAveragePool");
}

static struct gs_attr ints(const char *name, const int64_t *values, size_t num)
{
	return (struct gs_attr){
		.name = name, .kind = GS_ATTR_INTS, .ints = values, .num = num
	};
}

/* Of a maximum the steps stay what they are. */
static void split_quant(const struct gs_node *node, struct pair *p)
{
	p->quant = node->output[0]->quant;
	p->scale = gs_node_attr_float(node, "inner_scale", 0);
	if (gs_op_is(node, "ConvMaxPool") || !p->quant.valid)
		return;
	p->quant.scale = &p->scale;
	p->quant.zero_point = (int32_t)gs_node_attr_int(node, "inner_zero", 0);
}

static void split(const struct gs_node *node, struct pair *p)
{
	const int64_t *picture = gs_node_attr(node, "picture")->ints;
	const int64_t *pads = gs_node_attr(node, "pool_pads")->ints;

	*p = (struct pair){ .conv = *node, .pads = { pads[0], pads[1] } };
	p->between.shape = node->output[0]->shape;
	p->between.shape.dim[2] = picture[0];
	p->between.shape.dim[3] = picture[1];
	p->conv.output[0] = &p->between;
	p->attr[0] =
		ints("kernel_shape", gs_node_attr(node, "pool_shape")->ints, 2);
	p->attr[1] =
		ints("strides", gs_node_attr(node, "pool_strides")->ints, 2);
	p->attr[2] = ints("pads", p->pads, 4);
	p->pool = (struct gs_node){ .name = node->name,
				    .op = node->op + strlen("Conv"),
				    .domain = "",
				    .num_inputs = 1,
				    .num_outputs = 1,
				    .input = { &p->between },
				    .output = { node->output[0] },
				    .attr = p->attr,
				    .num_attrs = 3 };
	split_quant(node, p);
}

size_t gs_eval_conv_pool_scratch(const struct gs_node *node)
{
	struct pair p;

	split(node, &p);
	return gs_eval_elems(&p.between) + gs_eval_conv_scratch(&p.conv);
}

void gs_eval_conv_pool(const struct gs_eval_op *op)
{
	struct gs_eval_op conv = *op, pool = *op;
	float *between = op->scratch;
	struct pair p;
	size_t num;

	split(op->node, &p);
	num = gs_eval_elems(&p.between);
	conv.node = &p.conv;
	conv.out[0] = between;
	conv.scratch = between + num;
	gs_eval_conv(&conv);
	if (p.conv.residual)
		gs_eval_add_residual(&conv, between, num);
	gs_eval_activate(&p.conv, between, num);
	gs_eval_round_all(&p.quant, between, num);
	pool.node = &p.pool;
	pool.in[0] = between;
	gs_eval_pool(&pool);
}
