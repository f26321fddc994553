/* SPDX-License-Identifier: MIT */
#include "compiler/emit/qdq_params.h"

#include <math.h>
#include <string.h>

#include "compiler/ir/op_rules.h"

static const struct {
	const char *op, *attr;
	unsigned input; /* 0: made below */
} lists[] = {
	{ "Split", "split", 1 },
	{ "Resize", "scales", 0 },
	{ "Resize", "sizes", 0 },
	{ "ReduceSum", "axes", 1 },
};

bool gs_qdq_is_op(const struct gs_node *node, const char *op)
{
	return !*node->domain && !strcmp(node->op, op);
}

/* The input that a codelet says an attribute stands for; 0: none, or one that is taken, or too many values */
static unsigned input_of(const struct gs_graph *graph,
			 const struct gs_node *node, const struct gs_attr *attr)
{
	const struct gs_op_rules *rules = graph->rules;
	const bool real = attr->kind == GS_ATTR_FLOAT ||
			  attr->kind == GS_ATTR_FLOATS;
	/* Scales and sizes exclude each other. */
	const bool made = gs_qdq_is_op(node, "Resize");
	const unsigned input =
		rules && !made ? rules->input_of(rules->ctx, node, attr->name) :
				 0;

	return input >= node->num_inputs &&
			       attr->num <= (real ? GS_MAX_RANK : GS_MAX_IO) ?
		       input :
		       0;
}

bool gs_qdq_is_param(const struct gs_graph *graph, const struct gs_node *node,
		     const struct gs_attr *attr)
{
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (gs_qdq_is_op(node, lists[i].op) &&
		    !strcmp(lists[i].attr, attr->name))
			return true;
	return input_of(graph, node, attr) > 0;
}

static void set_values(struct gs_qdq_param *p, const struct gs_attr *attr)
{
	const bool one = attr->kind == GS_ATTR_INT ||
			 attr->kind == GS_ATTR_FLOAT;
	unsigned k;

	p->is_float = attr->kind == GS_ATTR_FLOAT ||
		      attr->kind == GS_ATTR_FLOATS;
	p->scalar = one;
	p->num = one ? 1 : (unsigned)attr->num;
	for (k = 0; k < p->num && !p->is_float; k++)
		p->ints[k] = one ? attr->i : attr->ints[k];
	for (k = 0; k < p->num && p->is_float; k++)
		p->floats[k] = one ? attr->f : attr->floats[k];
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

unsigned gs_qdq_params(const struct gs_graph *graph, const struct gs_node *node,
		       struct gs_qdq_param param[GS_QDQ_MAX_PARAMS])
{
	unsigned num = 0, k;
	size_t i;

	for (k = 0; k < node->num_attrs && num < GS_QDQ_MAX_PARAMS; k++) {
		const struct gs_attr *attr = &node->attr[k];
		const unsigned input = input_of(graph, node, attr);

		if (!input)
			continue;
		param[num] = (struct gs_qdq_param){ .name = attr->name,
						    .input = input };
		set_values(&param[num++], attr);
	}
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
	if (gs_qdq_is_op(node, "Resize"))
		resize_sizes(node, &param[num++]);
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
