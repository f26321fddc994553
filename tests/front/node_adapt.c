/* SPDX-License-Identifier: MIT */
#include "tests/front/node_adapt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FLOAT 1 /* TensorProto.DataType */

static bool is_one_of(const char *op, const char *const *ops)
{
	for (; *ops; ops++)
		if (!strcmp(op, *ops))
			return true;
	return false;
}

/* ---- element types ------------------------------------------------------- */

/* All inputs are data */
static const char *const all_data[] = { "Add", "Sub",  "Mul",	"Max", "Min",
					"Sum", "Mean", "Equal", "And", "Or",
					"Xor", "Pow",  NULL };

/* Integers are divided or wrap in another way, or types are what it is about. */
static const char *const typed[] = {
	"Div",	   "Cast",	     "CastLike",	 "Constant",
	"Dropout", "QuantizeLinear", "DequantizeLinear", "Range",
	NULL
};

static Onnx__TypeProto__Tensor *tensor_type(const Onnx__ValueInfoProto *info)
{
	return info->type && info->type->value_case ==
				       ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE ?
		       info->type->tensor_type :
		       NULL;
}

static bool use_float(const Onnx__ValueInfoProto *info)
{
	Onnx__TypeProto__Tensor *type = tensor_type(info);

	if (!type || type->elem_type == FLOAT)
		return false;
	type->elem_type = FLOAT;
	return true;
}

/* Cast(x, to = float32) behind the only node, with the name of its result */
static bool add_cast(Onnx__GraphProto *graph)
{
	Onnx__NodeProto *node = malloc(sizeof(*node)), **list;
	Onnx__AttributeProto *to = malloc(sizeof(*to));

	list = realloc(graph->node, 2 * sizeof(*list));
	if (!node || !to || !list)
		return false;
	graph->node = list;
	onnx__node_proto__init(node);
	onnx__attribute_proto__init(to);
	to->name = strdup("to");
	to->has_type = true;
	to->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
	to->has_i = true;
	to->i = FLOAT;
	node->op_type = strdup("Cast");
	node->input = malloc(sizeof(*node->input));
	node->output = malloc(sizeof(*node->output));
	node->attribute = malloc(sizeof(to));
	if (!node->input || !node->output || !node->attribute)
		return false;
	node->input[node->n_input++] = strdup("compared");
	node->output[node->n_output++] = graph->node[0]->output[0];
	node->attribute[node->n_attribute++] = to;
	graph->node[0]->output[0] = strdup("compared");
	graph->node[graph->n_node++] = node;
	return true;
}

bool node_use_float(Onnx__ModelProto *model)
{
	Onnx__GraphProto *graph = model->graph;
	const char *op = graph->node[0]->op_type;
	bool changed = false;
	size_t i;

	if (graph->n_node != 1 || is_one_of(op, typed))
		return false;
	for (i = 0; i < graph->n_input; i++)
		if (!i || is_one_of(op, all_data))
			changed |= use_float(graph->input[i]);
	if (!changed)
		return false;
	for (i = 0; i < graph->n_output; i++)
		use_float(graph->output[i]);
	return strcmp(op, "Equal") != 0 || add_cast(graph);
}

/* ---- weights ------------------------------------------------------------- */

/* Of one value: others are data. */
static bool is_scalar(const Onnx__ValueInfoProto *info)
{
	const Onnx__TypeProto__Tensor *type = tensor_type(info);

	return type && type->shape && !type->shape->n_dim;
}

int node_is_weight(const Onnx__GraphProto *graph, size_t index)
{
	static const char *const ops[] = { "Conv",
					   "ConvTranspose",
					   "Gemm",
					   "Pow",
					   "MatMul",
					   "BatchNormalization",
					   "QuantizeLinear",
					   "DequantizeLinear",
					   NULL };

	if (index == 1 && !strcmp(graph->node[0]->op_type, "Pow") &&
	    !is_scalar(graph->input[1]))
		return -1;
	if (!index)
		return strcmp(graph->node[0]->op_type, "DequantizeLinear") ?
			       -1 :
			       0;
	return is_one_of(graph->node[0]->op_type, ops) ? 1 : -1;
}

static int64_t attribute(const Onnx__NodeProto *node, const char *name,
			 int64_t fallback)
{
	size_t i;

	for (i = 0; i < node->n_attribute; i++)
		if (!strcmp(node->attribute[i]->name, name))
			return node->attribute[i]->i;
	return fallback;
}

/* How weights stand: @channels output channels, each of @each values @step apart. */
struct weights {
	int64_t outer; /* groups, or whatever stands before the channels */
	int64_t channels;
	int64_t inner; /* values of a channel that are neighbours */
	int64_t rows; /* how often that repeats within one of @outer */
};

static bool weights_of(const Onnx__NodeProto *node, const Onnx__TensorProto *w,
		       struct weights *out)
{
	const int64_t *d = w->dims, group = attribute(node, "group", 1);
	const bool gemm = !strcmp(node->op_type, "Gemm");
	int64_t all = 1;
	size_t i;

	for (i = 0; i < w->n_dims; i++)
		all *= d[i];
	if (w->n_dims < 2 || !all)
		return false;
	*out = (struct weights){ 1, d[0], all / d[0], 1 };
	if (!strcmp(node->op_type, "ConvTranspose"))
		*out = (struct weights){ group, d[1], all / d[0] / d[1],
					 d[0] / group };
	else if (!strcmp(node->op_type, "MatMul") ||
		 (gemm && !attribute(node, "transB", 0)))
		*out = (struct weights){ 1, d[w->n_dims - 1], 1,
					 all / d[w->n_dims - 1] };
	return gemm || !strcmp(node->op_type, "MatMul") ||
	       !strncmp(node->op_type, "Conv", 4);
}

static float *weight_at(float *values, const struct weights *w, int64_t outer,
			int64_t channel, int64_t i)
{
	const int64_t row = outer * w->rows + i / w->inner;

	return values + (row * w->channels + channel) * w->inner + i % w->inner;
}

static void round_channel(float *values, const struct weights *w, int64_t outer,
			  int64_t channel)
{
	const int64_t each = w->rows * w->inner;
	float max = 0.0f, scale;
	int64_t i;

	for (i = 0; i < each; i++)
		max = fmaxf(max,
			    fabsf(*weight_at(values, w, outer, channel, i)));
	scale = max / 127.0f;
	for (i = 0; i < each && scale > 0.0f; i++) {
		float *at = weight_at(values, w, outer, channel, i);

		*at = scale * rintf(*at / scale);
	}
}

void node_round_weights(Onnx__GraphProto *graph)
{
	const Onnx__NodeProto *node = graph->node[0];
	Onnx__TensorProto *t = NULL;
	struct weights w;
	float *values;
	int64_t outer, c;
	size_t i;

	for (i = 0; i < graph->n_initializer; i++)
		if (node->n_input > 1 &&
		    !strcmp(graph->initializer[i]->name, node->input[1]))
			t = graph->initializer[i];
	if (!t || t->data_type != FLOAT || !weights_of(node, t, &w))
		return;
	/* protobuf-c allocates fields on their own: aligned */
	values = t->has_raw_data ? (float *)(void *)t->raw_data.data :
				   t->float_data;
	for (outer = 0; outer < w.outer; outer++)
		for (c = 0; c < w.channels; c++)
			round_channel(values, &w, outer, c);
}
