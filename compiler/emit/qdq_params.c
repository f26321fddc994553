/* SPDX-License-Identifier: MIT */
#include "compiler/emit/qdq_params.h"

#include <math.h>
#include <string.h>

#include "compiler/ir/op_rules.h"

static const struct {
	const char *op, *attr;
	unsigned input; /* 0: made below */
} lists[] = {
	{ "Split", "split", 1 },   { "Slice", "starts", 1 },
	{ "Slice", "steps", 4 },   { "Tile", "repeats", 1 },
	{ "Pad", "pads", 1 },	   { "Pad", "value", 0 },
	{ "Resize", "scales", 0 }, { "ReduceSum", "axes", 1 },
};

bool gs_qdq_is_op(const struct gs_node *node, const char *op)
{
	return !*node->domain && !strcmp(node->op, op);
}

bool gs_qdq_is_param(const struct gs_node *node, const char *attr)
{
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (gs_qdq_is_op(node, lists[i].op) &&
		    !strcmp(lists[i].attr, attr))
			return true;
	return false;
}

/* Behind the last element; counted from the end it would be another one. */
static void slice_ends(const struct gs_node *node, struct gs_qdq_param *ends,
		       struct gs_qdq_param *axes)
{
	const struct gs_attr *start = gs_node_attr(node, "starts");
	const struct gs_attr *step = gs_node_attr(node, "steps");
	const struct gs_shape *out = &node->output[0]->shape;
	unsigned i;

	*ends = (struct gs_qdq_param){ .name = "ends", .input = 2 };
	*axes = (struct gs_qdq_param){ .name = "axes", .input = 3 };
	ends->num = axes->num = out->rank;
	for (i = 0; i < out->rank; i++) {
		axes->ints[i] = i;
		ends->ints[i] = (start ? start->ints[i] : 0) +
				(step ? step->ints[i] : 1) * out->dim[i];
		if (ends->ints[i] < 0)
			ends->ints[i] = -INT32_MAX;
	}
}

/* Do the scales give the sizes of the result? */
static bool has_exact_scales(const struct gs_node *node)
{
	const struct gs_attr *attr = gs_node_attr(node, "scales");
	const struct gs_shape *in = &node->input[0]->shape;
	const struct gs_shape *out = &node->output[0]->shape;
	bool exact = attr && attr->num == in->rank;
	unsigned i;

	for (i = 0; exact && i < in->rank; i++)
		exact = floorf((float)in->dim[i] * attr->floats[i]) ==
				(float)out->dim[i] &&
			floor((double)in->dim[i] * (double)attr->floats[i]) ==
				(double)out->dim[i];
	return exact;
}

bool gs_qdq_can_resize(const struct gs_node *node)
{
	const struct gs_attr *attr = gs_node_attr(node, "scales");
	const struct gs_shape *in = &node->input[0]->shape;
	const struct gs_shape *out = &node->output[0]->shape;
	unsigned i;

	if (has_exact_scales(node))
		return true;
	for (i = 0; attr && attr->num == in->rank && i < in->rank; i++)
		if (attr->floats[i] != (float)out->dim[i] / (float)in->dim[i])
			return false;
	return true;
}

/* Scales, unless they round to another size than the one that was asked for. */
static void resize_sizes(const struct gs_node *node, struct gs_qdq_param *p)
{
	const struct gs_attr *attr = gs_node_attr(node, "scales");
	const struct gs_shape *in = &node->input[0]->shape;
	const struct gs_shape *out = &node->output[0]->shape;
	const bool exact = has_exact_scales(node);
	unsigned i;

	*p = (struct gs_qdq_param){ .name = exact ? "scales" : "sizes",
				    .input = exact ? 2 : 3,
				    .is_float = exact,
				    .num = in->rank };
	for (i = 0; i < in->rank; i++) {
		p->ints[i] = out->dim[i];
		p->floats[i] = exact ? attr->floats[i] : 0;
	}
}

unsigned gs_qdq_params(const struct gs_node *node,
		       struct gs_qdq_param param[GS_QDQ_MAX_PARAMS])
{
	unsigned num = 0, k;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const struct gs_attr *attr = gs_node_attr(node, lists[i].attr);

		if (!gs_qdq_is_op(node, lists[i].op) || !lists[i].input ||
		    !attr)
			continue;
		param[num] =
			(struct gs_qdq_param){ .name = attr->name,
					       .input = lists[i].input,
					       .num = (unsigned)attr->num };
		for (k = 0; k < attr->num; k++)
			param[num].ints[k] = attr->ints[k];
		num++;
	}
	if (gs_qdq_is_op(node, "Slice")) {
		slice_ends(node, &param[num], &param[num + 1]);
		num += 2;
	} else if (gs_qdq_is_op(node, "Pad")) {
		param[num++] = (struct gs_qdq_param){
			.name = "value",
			.input = 2,
			.is_float = true,
			.scalar = true,
			.num = 1,
			.floats = { gs_node_attr_float(node, "value", 0) }
		};
	} else if (gs_qdq_is_op(node, "Resize")) {
		resize_sizes(node, &param[num++]);
	} else if (gs_qdq_is_op(node, "Expand")) {
		const struct gs_shape *out = &node->output[0]->shape;

		param[num] = (struct gs_qdq_param){ .name = "shape",
						    .input = 1,
						    .num = out->rank };
		memcpy(param[num++].ints, out->dim, sizeof(out->dim));
	}
	return num;
}

void gs_qdq_transposed_weights(const struct gs_node *node, float *data)
{
	const struct gs_tensor *t = node->input[1];
	const struct gs_shape *s = &t->shape;
	const int64_t elems = gs_shape_elems(s), out = s->dim[1];
	const int64_t each = elems / s->dim[0] / out;
	const int64_t in = s->dim[0] / gs_node_attr_int(node, "group", 1);
	int64_t i;

	for (i = 0; i < elems; i++)
		data[i] = t->quant.scale[i / each / out / in * out +
					 i / each % out] *
			  (float)((const int8_t *)t->qdata)[i];
}

const void *gs_qdq_transposed(const struct gs_tensor *t, struct gs_shape *shape,
			      int8_t *out)
{
	const int64_t rows = t->shape.dim[0], cols = t->shape.dim[1];
	int64_t r, c;

	shape->dim[0] = cols;
	shape->dim[1] = rows;
	for (r = 0; r < rows; r++)
		for (c = 0; c < cols; c++)
			out[c * rows + r] =
				((const int8_t *)t->qdata)[r * cols + c];
	return out;
}

struct gs_attr gs_qdq_ceil_pads(const struct gs_node *node,
				int64_t ints[2 * GS_MAX_RANK])
{
	const struct gs_attr *over = gs_node_attr(node, "pads_over");
	struct gs_attr pads = *gs_node_attr(node, "pads");
	size_t i;

	for (i = 0; i < pads.num && i < 2 * GS_MAX_RANK; i++)
		ints[i] = pads.ints[i] -
			  (i < over->num ? 0 : over->ints[i - over->num]);
	pads.ints = ints;
	return pads;
}

/* The first operator set that has what only codelets know */
static int64_t own_opset(const struct gs_graph *graph,
			 const struct gs_node *node)
{
	return graph->rules && !*node->domain ?
		       graph->rules->opset(graph->rules->ctx, node) :
		       0;
}

int64_t gs_qdq_opset(const struct gs_graph *graph)
{
	const struct gs_node *node;
	int64_t most = 13;

	for (node = graph->node; node; node = node->next) {
		const int64_t need = gs_qdq_is_op(node, "HardSwish") ?
					     14 :
					     own_opset(graph, node);

		most = need > most ? need : most;
	}
	return most;
}

const struct gs_node *gs_qdq_outdated(const struct gs_graph *graph,
				      int64_t opset)
{
	static const char *const axes_inputs[] = { "ReduceMean", "ReduceMax",
						   "ReduceMin" };
	const struct gs_node *node;
	size_t i;

	for (node = opset < 18 ? NULL : graph->node; node; node = node->next)
		for (i = 0; i < sizeof(axes_inputs) / sizeof(axes_inputs[0]);
		     i++)
			if (gs_qdq_is_op(node, axes_inputs[i]))
				return node;
	return NULL;
}

bool gs_qdq_is_dilated_mean(const struct gs_node *node)
{
	const struct gs_attr *attr = gs_node_attr(node, "dilations");
	size_t i;

	for (i = 0; attr && gs_qdq_is_op(node, "AveragePool") && i < attr->num;
	     i++)
		if (attr->ints[i] != 1)
			return true;
	return false;
}

bool gs_qdq_drops(const struct gs_node *node, const struct gs_attr *attr)
{
	static const struct {
		const char *op, *attr;
	} dropped[] = {
		{ "MatMul", "transB" },
		{ "AveragePool", "dilations" },
		{ "AveragePool", "pads_over" },
		{ "BatchNormalization", "spatial" },
		{ "BatchNormalization", "training_mode" },
		{ "Clip", "min" },
		{ "HardSwish", "alpha" },
		{ "HardSwish", "beta" },
		{ "Clip", "max" },
		{ "SpaceToDepth", "mode" },
	};
	size_t i;

	for (i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		if (gs_qdq_is_op(node, dropped[i].op) &&
		    !strcmp(dropped[i].attr, attr->name))
			return true;
	return false;
}
