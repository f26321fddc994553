/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "compiler/passes/eval_ops.h"
#include "compiler/passes/util.h"
#include "compiler/passes/walk.h"

/* ---- normalization ------------------------------------------------------- */

void gs_eval_batchnorm(const struct gs_eval_op *op)
{
	const struct gs_shape *x = &op->node->input[0]->shape;
	float eps = gs_node_attr_float(op->node, "epsilon", 1e-5f);
	size_t size = 1, i, n, c, channels = (size_t)x->dim[1];
	const float *in = op->in[0], *mean = op->in[3], *var = op->in[4];
	const float *scale = op->in[1], *bias = op->in[2];
	float *out = op->out[0];

	for (i = 2; i < x->rank; i++)
		size *= (size_t)x->dim[i];
	for (n = 0; n < (size_t)x->dim[0]; n++) {
		for (c = 0; c < channels; c++) {
			float f = scale[c] / sqrtf(var[c] + eps);

			for (i = 0; i < size; i++)
				out[i] = (in[i] - mean[c]) * f + bias[c];
			in += size;
			out += size;
		}
	}
}

static void softmax(const float *in, float *out, size_t num, size_t step)
{
	float max = in[0], sum = 0.0f;
	size_t i;

	for (i = 1; i < num; i++)
		max = in[i * step] > max ? in[i * step] : max;
	for (i = 0; i < num; i++) {
		out[i * step] = expf(in[i * step] - max);
		sum += out[i * step];
	}
	for (i = 0; i < num; i++)
		out[i * step] /= sum;
}

void gs_eval_softmax(const struct gs_eval_op *op)
{
	const struct gs_shape *x = &op->node->input[0]->shape;
	unsigned axis = (unsigned)gs_node_attr_int(op->node, "axis", 0), i;
	size_t num = (size_t)x->dim[axis], inner = 1, at, k;
	size_t elems = gs_eval_elems(op->node->output[0]);
	const float *in = op->in[0];
	float *out = op->out[0];

	for (i = axis + 1; i < x->rank; i++)
		inner *= (size_t)x->dim[i];
	for (at = 0; at < elems; at += num * inner)
		for (k = 0; k < inner; k++)
			softmax(in + at + k, out + at + k, num, inner);
}

/* ---- pools --------------------------------------------------------------- */

struct pool {
	struct gs_window win;
	int64_t extent[2], out[2];
	bool max, count_pad;
};

/*
 * First and last tap of window @index along @axis inside the input; the result
 * is how many count for a mean.
 */
static int64_t taps(const struct pool *p, int axis, int64_t index,
		    int64_t *first, int64_t *end)
{
	const struct gs_window *w = &p->win;
	int64_t dilation = w->dilation[axis], extent = p->extent[axis];
	int64_t start = index * w->stride[axis] - w->pad[axis];
	int64_t limit = extent + w->pad[axis + 2] - w->over[axis];
	int64_t padded = (limit - 1 - start) / dilation + 1;

	*first = start < 0 ? (-start + dilation - 1) / dilation : 0;
	*end = start < extent ? (extent - 1 - start) / dilation + 1 : 0;
	*end = *end < w->kernel[axis] ? *end : w->kernel[axis];
	if (!p->count_pad)
		return *end - *first;
	return padded < w->kernel[axis] ? padded : w->kernel[axis];
}

static float pool_window(const struct pool *p, const float *plane, int64_t oy,
			 int64_t ox)
{
	const struct gs_window *w = &p->win;
	int64_t y0, y1, x0, x1, ky, kx, count;
	float max = -INFINITY, sum = 0.0f;

	count = taps(p, 0, oy, &y0, &y1) * taps(p, 1, ox, &x0, &x1);
	for (ky = y0; ky < y1; ky++) {
		int64_t y = oy * w->stride[0] - w->pad[0] + ky * w->dilation[0];
		int64_t x = ox * w->stride[1] - w->pad[1];
		const float *row = plane + y * p->extent[1];

		for (kx = x0; kx < x1; kx++) {
			float v = row[x + kx * w->dilation[1]];

			max = v > max ? v : max;
			sum += v;
		}
	}
	return p->max ? max : sum / (float)count;
}

/* Height and width; a row is a picture of height 1. */
static void picture(const struct gs_shape *shape, int64_t extent[2])
{
	extent[0] = shape->rank == 4 ? shape->dim[2] : 1;
	extent[1] = shape->dim[shape->rank - 1];
}

void gs_eval_pool(const struct gs_eval_op *op)
{
	const struct gs_node *node = op->node;
	const struct gs_shape *x = &node->input[0]->shape;
	int64_t planes = x->dim[0] * x->dim[1], i, oy, ox;
	const float *plane = op->in[0];
	float *out = op->out[0];
	struct pool p = {
		.max = gs_op_is(node, "MaxPool"),
		.count_pad = gs_node_attr_int(node, "count_include_pad", 0),
	};

	gs_window_get(node, &p.win);
	picture(x, p.extent);
	picture(&node->output[0]->shape, p.out);
	for (i = 0; i < planes; i++, plane += p.extent[0] * p.extent[1])
		for (oy = 0; oy < p.out[0]; oy++)
			for (ox = 0; ox < p.out[1]; ox++)
				*out++ = pool_window(&p, plane, oy, ox);
}

/* ---- reductions ---------------------------------------------------------- */

/* The axes of @x that are reduced, as a set of bits */
static unsigned reduced(const struct gs_node *node, const struct gs_shape *x)
{
	const struct gs_attr *axes = gs_node_attr(node, "axes");
	unsigned set = 0;
	size_t i;

	if (!strncmp(node->op, "Global", 6))
		return (1u << x->rank) - 4;
	for (i = 0; i < axes->num; i++)
		set |= 1u << axes->ints[i];
	return set;
}

/* The axes of @x in @set, and the steps along them */
static void pick_axes(const struct gs_shape *x, unsigned set,
		      struct gs_shape *shape, int64_t *steps)
{
	int64_t step = 1;
	unsigned i, at;

	*shape = (struct gs_shape){ 0 };
	for (i = 0; i < x->rank; i++)
		shape->rank += set >> i & 1;
	at = shape->rank;
	for (i = x->rank; i-- > 0; step *= x->dim[i]) {
		if (!(set >> i & 1))
			continue;
		shape->dim[--at] = x->dim[i];
		steps[at] = step;
	}
}

/* @kind: '+' sum, '>' largest, '<' smallest */
static double reduce(const float *x, const struct gs_shape *shape,
		     const int64_t *steps, char kind)
{
	double sum = 0.0;
	float best = *x;
	struct gs_walk w;
	int64_t i;
	bool more;

	gs_walk_init(&w, shape);
	gs_walk_add(&w, 0, steps);
	for (more = gs_walk_start(&w); more; more = gs_walk_next(&w)) {
		for (i = 0; i < w.num; i++) {
			float v = x[w.at[0] + i * w.step[0]];

			if (kind == '+')
				sum += (double)v;
			else if (kind == '>' ? v > best : v < best)
				best = v;
		}
	}
	return kind == '+' ? sum : (double)best;
}

void gs_eval_reduce(const struct gs_eval_op *op)
{
	const struct gs_node *node = op->node;
	const struct gs_shape *x = &node->input[0]->shape;
	bool mean = strstr(node->op, "Mean") || strstr(node->op, "Average");
	char kind = strstr(node->op, "Max") ? '>' :
		    strstr(node->op, "Min") ? '<' :
					      '+';
	int64_t kept_step[GS_MAX_RANK], step[GS_MAX_RANK], i;
	unsigned set = reduced(node, x);
	struct gs_shape kept, shape;
	const float *in = op->in[0];
	float *out = op->out[0];
	struct gs_walk w;
	double num;
	bool more;

	pick_axes(x, ~set, &kept, kept_step);
	pick_axes(x, set, &shape, step);
	num = mean ? (double)gs_shape_elems(&shape) : 1.0;
	gs_walk_init(&w, &kept);
	gs_walk_add(&w, 0, kept_step);
	for (more = gs_walk_start(&w); more; more = gs_walk_next(&w))
		for (i = 0; i < w.num; i++)
			*out++ = (float)(reduce(in + w.at[0] + i * w.step[0],
						&shape, step, kind) /
					 num);
}
