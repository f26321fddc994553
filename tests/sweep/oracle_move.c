/* SPDX-License-Identifier: MIT */
/* Operators that move elements: where each element of a result comes from. */
#include <math.h>
#include <string.h>

#include "tests/sweep/sweep.h"

static bool is(const struct sw_case *c, const char *op)
{
	return !strcmp(c->op->onnx, op);
}

/* ---- Resize ---------------------------------------------------------------- */

/* Where the middle of element @i lies in the input; float32, as runtimes compute it */
static float coordinate(const struct sw_case *c, unsigned axis, int64_t i)
{
	const float in = (float)c->in[0].dim[axis];
	const float out = (float)c->out[0].dim[axis], scale = out / in;

	if (c->in[0].dim[axis] == c->out[0].dim[axis])
		return (float)i;
	if (!strcmp(c->coordinates, "asymmetric"))
		return (float)i / scale;
	if (!strcmp(c->coordinates, "align_corners"))
		return out == 1 ? 0 : (float)i * (in - 1) / (out - 1);
	if (!strcmp(c->coordinates, "pytorch_half_pixel") && out <= 1)
		return 0;
	return ((float)i + 0.5f) / scale - 0.5f;
}

static int64_t inside(double x, int64_t num)
{
	return x < 0 ? 0 : x > (double)(num - 1) ? num - 1 : (int64_t)x;
}

static int64_t nearest(const struct sw_case *c, unsigned axis, int64_t i)
{
	const double x = (double)coordinate(c, axis, i);
	double at;

	if (!strcmp(c->rounding, "floor"))
		at = floor(x);
	else if (!strcmp(c->rounding, "ceil"))
		at = ceil(x);
	else if (!strcmp(c->rounding, "round_prefer_floor"))
		at = ceil(x - 0.5);
	else
		at = floor(x + 0.5);
	return inside(at, c->in[0].dim[axis]);
}

/* The two neighbours along an axis, and the weight of the second */
static double neighbours(const struct sw_case *c, unsigned axis, int64_t i,
			 int64_t pair[2])
{
	const int64_t num = c->in[0].dim[axis];
	double x = (double)coordinate(c, axis, i);

	x = x < 0 ? 0 : x > (double)(num - 1) ? (double)(num - 1) : x;
	pair[0] = (int64_t)floor(x);
	pair[1] = pair[0] + 1 < num ? pair[0] + 1 : pair[0];
	return x - floor(x);
}

/* All axes: every corner of a cell, with the product of its weights */
static double blend(const struct sw_case *c, const struct sw_tensor *in,
		    const int64_t *to)
{
	const unsigned rank = in->shape->rank;
	int64_t pair[SW_RANK][2], at[SW_RANK];
	double weight[SW_RANK], sum = 0;
	unsigned corner, k;

	for (k = 0; k < rank; k++)
		weight[k] = neighbours(c, k, to[k], pair[k]);
	for (corner = 0; corner < 1u << rank; corner++) {
		double product = 1;

		for (k = 0; k < rank; k++) {
			at[k] = pair[k][corner >> k & 1];
			product *= corner >> k & 1 ? weight[k] : 1 - weight[k];
		}
		sum += product * in->real[sw_offset(in->shape, at)];
	}
	return sum;
}

void sw_eval_resize(const struct sw_case *c, const struct sw_tensor *in,
		    struct sw_tensor *out)
{
	int64_t at[SW_RANK];
	unsigned k;
	size_t i;

	for (i = 0; i < out->num; i++) {
		sw_index(out->shape, (int64_t)i, at);
		if (!strcmp(c->mode, "linear")) {
			out->real[i] = blend(c, in, at);
			continue;
		}
		for (k = 0; k < out->shape->rank; k++)
			at[k] = nearest(c, k, at[k]);
		out->real[i] = in->real[sw_offset(in->shape, at)];
	}
}

/* ---- others ---------------------------------------------------------------- */

static void from_blocks(const struct sw_case *c, const int64_t *to,
			int64_t *from)
{
	const int64_t b = c->list[0], depth = c->in[0].dim[1] / (b * b);
	const int64_t y = to[2] % b, x = to[3] % b;

	from[1] = !strcmp(c->mode, "CRD") ? (to[1] * b + y) * b + x :
					    (y * b + x) * depth + to[1];
	from[2] = to[2] / b;
	from[3] = to[3] / b;
}

static void to_blocks(const struct sw_case *c, const int64_t *to, int64_t *from)
{
	const int64_t b = c->list[0], depth = c->in[0].dim[1];
	const int64_t block = to[1] / depth;

	from[1] = to[1] % depth;
	from[2] = to[2] * b + block / b;
	from[3] = to[3] * b + block % b;
}

/* False: beyond the edge, where the value of Pad stands */
static bool behind_pad(const struct sw_case *c, unsigned axis, int64_t *at)
{
	const int64_t last = c->in[0].dim[axis] - 1;

	*at -= c->list[axis];
	if (*at >= 0 && *at <= last)
		return true;
	if (!strcmp(c->mode, "edge"))
		*at = *at < 0 ? 0 : last;
	else if (!strcmp(c->mode, "reflect"))
		*at = *at < 0 ? -*at : 2 * last - *at;
	else
		return false;
	return true;
}

/* Which input and where in it; false: nowhere */
static bool source(const struct sw_case *c, unsigned which, const int64_t *to,
		   unsigned *input, int64_t *from)
{
	const unsigned rank = c->in[0].rank;
	bool found = true;
	unsigned i;

	*input = 0;
	memcpy(from, to, SW_RANK * sizeof(*from));
	for (i = 0; i < rank && i < c->out[which].rank; i++) {
		if (is(c, "Transpose"))
			from[c->list[i]] = to[i];
		else if (is(c, "Slice"))
			from[i] = c->list[i] + to[i] * c->step[i];
		else if (is(c, "Pad"))
			found = behind_pad(c, i, &from[i]) && found;
		else if (is(c, "Tile"))
			from[i] = to[i] % c->in[0].dim[i];
	}
	if (is(c, "Gather"))
		from[c->axis] = c->list[to[c->axis]];
	for (i = 0; is(c, "Split") && i < which; i++)
		from[c->axis] += c->list[i];
	if (is(c, "Concat"))
		for (; from[c->axis] >= c->in[*input].dim[c->axis]; ++*input)
			from[c->axis] -= c->in[*input].dim[c->axis];
	if (is(c, "DepthToSpace"))
		from_blocks(c, to, from);
	if (is(c, "SpaceToDepth"))
		to_blocks(c, to, from);
	return found;
}

static bool is_view(const struct sw_case *c)
{
	return is(c, "Reshape") || is(c, "Flatten") || is(c, "Squeeze") ||
	       is(c, "Unsqueeze");
}

void sw_eval_move(const struct sw_case *c, const struct sw_tensor *in,
		  struct sw_tensor *out)
{
	int64_t to[SW_RANK] = { 0 }, from[SW_RANK];
	unsigned k, input;
	size_t i;

	for (k = 0; k < c->num_out; k++)
		for (i = 0; i < out[k].num; i++) {
			sw_index(out[k].shape, (int64_t)i, to);
			if (is_view(c))
				out[k].real[i] = in->real[i];
			else if (is(c, "Expand"))
				out[k].real[i] = in->real[sw_spread(
					in->shape, out->shape, to)];
			else if (source(c, k, to, &input, from))
				out[k].real[i] = in[input].real[sw_offset(
					in[input].shape, from)];
			else
				out[k].real[i] = (double)c->alpha;
		}
}
