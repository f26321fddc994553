/* SPDX-License-Identifier: MIT */
/*
 * Resize, nearest and linear. Coordinates are computed in float32, as
 * onnxruntime does: which element is nearest may hang on the last bit.
 */
#include <math.h>

#include "compiler/passes/eval_ops.h"
#include "compiler/passes/util.h"

/* The coordinate in the input of element @i of the result, along one axis */
static float coordinate(const char *mode, float i, float scale, float in,
			float out)
{
	if (!strcmp(mode, "asymmetric"))
		return i / scale;
	if (!strcmp(mode, "align_corners"))
		return out == 1.0f ? 0.0f : i * (in - 1.0f) / (out - 1.0f);
	if (!strcmp(mode, "tf_half_pixel_for_nn"))
		return (i + 0.5f) / scale;
	if (!strcmp(mode, "pytorch_half_pixel") && out <= 1.0f)
		return 0.0f;
	if (!strcmp(mode, "half_pixel_symmetric"))
		return in / 2.0f * (1.0f - out / (scale * in)) +
		       (i + 0.5f) / scale - 0.5f;
	return (i + 0.5f) / scale - 0.5f;
}

static float nearest(const char *mode, float x)
{
	if (!strcmp(mode, "floor"))
		return floorf(x);
	if (!strcmp(mode, "ceil"))
		return ceilf(x);
	if (!strcmp(mode, "round_prefer_floor"))
		return x == floorf(x) + 0.5f ? floorf(x) : roundf(x);
	return floorf(x + 0.5f);
}

static float clamp(float x, float high)
{
	return x < 0.0f ? 0.0f : x > high ? high : x;
}

void gs_eval_taps(const struct gs_node *node, unsigned axis,
		  struct gs_eval_tap *tap)
{
	const char *mode =
		gs_node_attr_string(node, "coordinate_transformation_mode", "");
	const char *rounding = gs_node_attr_string(node, "nearest_mode", "");
	bool linear = !strcmp(gs_node_attr_string(node, "mode", ""), "linear");
	float scale = gs_node_attr(node, "scales")->floats[axis];
	int64_t in = node->input[0]->shape.dim[axis];
	int64_t out = node->output[0]->shape.dim[axis], i;

	for (i = 0; i < out; i++) {
		float x = (float)i;

		if (scale != 1.0f || in != out)
			x = coordinate(mode, x, scale, (float)in, (float)out);
		if (!linear)
			x = nearest(rounding, x);
		x = clamp(x, (float)(in - 1));
		tap[i].first = floorf(x);
		tap[i].second = clamp(tap[i].first + 1.0f, (float)(in - 1));
		tap[i].weight = x - tap[i].first;
	}
}

/* Taps of all axes, in the order of the axes */
size_t gs_eval_resize_scratch(const struct gs_node *node)
{
	const struct gs_shape *y = &node->output[0]->shape;
	size_t num = 0;
	unsigned i;

	for (i = 0; i < y->rank; i++)
		num += (size_t)y->dim[i];
	return num * sizeof(struct gs_eval_tap) / sizeof(float);
}

/* Value at @tap[axis] of @axis and the axes behind it */
static float blend(const float *x, const struct gs_shape *in,
		   struct gs_eval_tap *const *tap, unsigned axis)
{
	const struct gs_eval_tap *t = tap[axis];
	int64_t inner = 1;
	float a, b;
	unsigned i;

	if (axis == in->rank)
		return *x;
	for (i = axis + 1; i < in->rank; i++)
		inner *= in->dim[i];
	a = blend(x + (int64_t)t->first * inner, in, tap, axis + 1);
	if (t->weight == 0.0f)
		return a;
	b = blend(x + (int64_t)t->second * inner, in, tap, axis + 1);
	return a * (1.0f - t->weight) + b * t->weight;
}

void gs_eval_resize(const struct gs_eval_op *op)
{
	const struct gs_node *node = op->node;
	const struct gs_shape *y = &node->output[0]->shape;
	int64_t num = gs_shape_elems(y), i, rest;
	struct gs_eval_tap *taps = (struct gs_eval_tap *)(void *)op->scratch;
	struct gs_eval_tap *start[GS_MAX_RANK], *at[GS_MAX_RANK + 1] = { NULL };
	float *out = op->out[0];
	unsigned axis;

	for (axis = 0; axis < y->rank; axis++) {
		start[axis] = taps;
		gs_eval_taps(node, axis, taps);
		taps += y->dim[axis];
	}
	for (i = 0; i < num; i++) {
		rest = i;
		for (axis = y->rank; axis-- > 0; rest /= y->dim[axis])
			at[axis] = start[axis] + rest % y->dim[axis];
		*out++ = blend(op->in[0], &node->input[0]->shape, at, 0);
	}
}
