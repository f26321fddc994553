/* SPDX-License-Identifier: MIT */
/* Pools, means and functions of single values, in double, as the QDQ model has them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sweep/sweep.h"

static bool is(const struct sw_case *c, const char *op)
{
	return !strcmp(c->op->onnx, op);
}

int8_t sw_quantize(double real, float scale, int32_t zero)
{
	const double q = rint(real / (double)scale) + zero;

	return (int8_t)(q < sw_low()  ? sw_low() :
			q > sw_high() ? sw_high() :
					q);
}

double sw_apply_act(const struct sw_case *c, double real)
{
	switch (c->act) {
	case SW_ACT_RELU:
		return fmax(real, 0);
	case SW_ACT_CLIP:
		return fmin(fmax(real, (double)c->act_low),
			    (double)c->act_high);
	case SW_ACT_LEAKY:
		return real < 0 ? real * (double)c->act_low : real;
	default:
		return real;
	}
}

double sw_act_error(const struct sw_case *c, double steps)
{
	if (c->act != SW_ACT_LEAKY || steps >= 0)
		return 0;
	return -steps / (double)c->act_low * 0x1p-17;
}

/* ---- pools and means --------------------------------------------------------- */

/* What one window has: largest, sum, and how many count */
struct pooled {
	double most, sum;
	int64_t num;
};

static struct pooled pool(const struct sw_case *c, const double *x, int64_t h,
			  int64_t w, const int64_t at[2])
{
	struct pooled p = { .most = -HUGE_VAL };
	int64_t i, k;

	for (i = 0; i < c->kernel[0]; i++)
		for (k = 0; k < c->kernel[1]; k++) {
			const int64_t y = at[0] + i * c->dilation[0];
			const int64_t v = at[1] + k * c->dilation[1];

			if (y >= 0 && y < h && v >= 0 && v < w) {
				p.most = fmax(p.most, x[y * w + v]);
				p.sum += x[y * w + v];
				p.num++;
			} else if (c->count_pads && y < h + c->pad[2] &&
				   v < w + c->pad[3]) {
				p.num++;
			}
		}
	return p;
}

void sw_eval_pool(const struct sw_case *c, const struct sw_tensor *in,
		  struct sw_tensor *out)
{
	const struct sw_shape *x = in->shape, *y = out->shape;
	const int64_t h = x->rank == 3 ? 1 : x->dim[2], w = x->dim[x->rank - 1];
	const int64_t oh = y->rank == 3 ? 1 : y->dim[2];
	const int64_t ow = y->dim[y->rank - 1];
	size_t i;

	for (i = 0; i < out->num; i++) {
		const int64_t k = (int64_t)i;
		const int64_t at[2] = { k / ow % oh * c->stride[0] - c->pad[0],
					k % ow * c->stride[1] - c->pad[1] };
		const struct pooled p =
			pool(c, in->real + k / (oh * ow) * h * w, h, w, at);

		out->real[i] = is(c, "MaxPool") ? p.most :
						  p.sum / (double)p.num;
	}
}

/* Global pools and reductions, over axes that the result has as 1, or not at all */
void sw_eval_mean(const struct sw_case *c, const struct sw_tensor *in,
		  struct sw_tensor *out)
{
	const bool most = strstr(c->op->onnx, "Max");
	const bool least = is(c, "ReduceMin");
	const double scale =
		is(c, "ReduceSum") ? 1 : (double)out->num / (double)in->num;
	struct sw_shape kept = *in->shape;
	int64_t at[SW_RANK], to;
	size_t i;
	unsigned k;

	for (k = 2; k < kept.rank && !c->num_list; k++)
		kept.dim[k] = 1;
	for (k = 0; k < c->num_list; k++)
		kept.dim[c->list[k]] = 1;
	for (i = 0; i < out->num; i++)
		out->real[i] = most ? -HUGE_VAL : least ? HUGE_VAL : 0;
	for (i = 0; i < in->num; i++) {
		sw_index(in->shape, (int64_t)i, at);
		to = sw_spread(&kept, in->shape, at);
		if (most)
			out->real[to] = fmax(out->real[to], in->real[i]);
		else if (least)
			out->real[to] = fmin(out->real[to], in->real[i]);
		else
			out->real[to] += in->real[i] * scale;
	}
}

void sw_eval_softmax(const struct sw_case *c, const struct sw_tensor *in,
		     struct sw_tensor *out)
{
	struct sw_shape kept = *in->shape;
	double *sum, *most;
	int64_t at[SW_RANK], num, to;
	size_t i;

	kept.dim[c->axis] = 1;
	num = sw_elems(&kept);
	sum = calloc((size_t)num, sizeof(*sum));
	most = calloc((size_t)num, sizeof(*most));
	if (!sum || !most)
		abort();
	for (to = 0; to < num; to++)
		most[to] = -HUGE_VAL;
	for (i = 0; i < in->num; i++) {
		sw_index(in->shape, (int64_t)i, at);
		to = sw_spread(&kept, in->shape, at);
		most[to] = fmax(most[to], in->real[i]);
	}
	for (i = 0; i < in->num; i++) {
		sw_index(in->shape, (int64_t)i, at);
		to = sw_spread(&kept, in->shape, at);
		out->real[i] = exp(in->real[i] - most[to]);
		sum[to] += out->real[i];
	}
	for (i = 0; i < in->num; i++) {
		sw_index(in->shape, (int64_t)i, at);
		out->real[i] /= sum[sw_spread(&kept, in->shape, at)];
	}
	free(sum);
	free(most);
}

void sw_eval_batchnorm(const struct sw_case *c, const struct sw_tensor *in,
		       struct sw_tensor *out)
{
	const int64_t num = c->w.shape.dim[1];
	const int64_t each = sw_elems(in->shape) / in->shape->dim[0] / num;
	size_t i;

	for (i = 0; i < out->num; i++) {
		const float *k = c->w.v + (int64_t)i / each % num;
		const double mean = (double)k[2 * num],
			     var = (double)k[3 * num];

		out->real[i] =
			(in->real[i] - mean) / sqrt(var + 1e-5) * (double)k[0] +
			(double)k[num];
	}
}

/* ---- two operands ------------------------------------------------------------ */

/*
 * Operands of one value, or one for each channel of a result that has the other
 * operand's shape, stay as they are; others have 256 steps. Which axis has the
 * channels is the compiler's choice where other operators have a say.
 */
static bool is_row(const struct sw_case *c)
{
	const struct sw_shape *k = &c->w.shape, *y = &c->out[0];
	const unsigned at = y->rank == 4 ? 1 : y->rank - 1;
	unsigned i;

	for (i = 0; i < k->rank; i++)
		if (k->dim[i] != 1 && y->rank - k->rank + i != at)
			return false;
	return true;
}

static void round_const(const struct sw_case *c, double *k, int64_t num)
{
	double low = 0, high = 0;
	float scale;
	int32_t zero;
	int64_t i;

	for (i = 0; i < num; i++) {
		k[i] = (double)c->w.v[i];
		low = fmin(low, k[i]);
		high = fmax(high, k[i]);
	}
	if (is_row(c) && !c->rounded_const)
		return;
	scale = (float)((high - low) / (sw_high() - sw_low()));
	zero = (int32_t)rint(sw_low() - low / (double)scale);
	for (i = 0; i < num; i++)
		k[i] = (double)scale * (sw_quantize(k[i], scale, zero) - zero);
}

static double combine(const struct sw_case *c, double a, double b)
{
	switch (c->op->onnx[0]) {
	case 'A':
		return a + b;
	case 'S':
		return a - b;
	case 'D':
		return a / b;
	case 'E':
		return a == b;
	case 'P':
		return a < 0 ? a * b : a;
	default:
		return is(c, "Mul") ? a * b :
		       is(c, "Max") ? fmax(a, b) :
				      fmin(a, b);
	}
}

void sw_eval_binary(const struct sw_case *c, const struct sw_tensor *in,
		    struct sw_tensor *out)
{
	const struct sw_shape *b = c->w.v ? &c->w.shape : in[1].shape;
	double *k = calloc((size_t)sw_elems(b), sizeof(*k));
	int64_t at[SW_RANK];
	size_t i;

	if (!k)
		abort();
	if (c->w.v)
		round_const(c, k, sw_elems(b));
	for (i = 0; i < out->num; i++) {
		double x, y;

		sw_index(out->shape, (int64_t)i, at);
		x = in[0].real[sw_spread(in[0].shape, out->shape, at)];
		y = (c->w.v ? k : in[1].real)[sw_spread(b, out->shape, at)];
		out->real[i] = c->const_first ? combine(c, y, x) :
						combine(c, x, y);
	}
	free(k);
}

/* ---- one operand ------------------------------------------------------------- */

static double function(const struct sw_case *c, double x)
{
	const double a = (double)c->alpha, b = (double)c->beta;

	if (is(c, "Relu"))
		return fmax(x, 0);
	if (is(c, "Clip"))
		return fmin(fmax(x, a), b);
	if (is(c, "LeakyRelu"))
		return x < 0 ? a * x : x;
	if (is(c, "Sigmoid"))
		return 1 / (1 + exp(-x));
	if (is(c, "HardSigmoid"))
		return fmin(fmax(a * x + b, 0), 1);
	if (is(c, "HardSwish"))
		return x * fmin(fmax(x / 6 + 0.5, 0), 1);
	if (is(c, "Tanh"))
		return tanh(x);
	if (is(c, "Exp"))
		return exp(x);
	if (is(c, "Log"))
		return log(x);
	if (is(c, "Softplus"))
		return log1p(exp(x));
	if (is(c, "Reciprocal"))
		return 1 / x;
	if (is(c, "Sqrt"))
		return sqrt(x);
	if (is(c, "Pow"))
		return pow(x, a);
	if (is(c, "Abs"))
		return fabs(x);
	return -x; /* Neg */
}

void sw_eval_unary(const struct sw_case *c, const struct sw_tensor *in,
		   struct sw_tensor *out)
{
	const bool slopes = is(c, "PRelu");
	const int64_t num = slopes ? sw_elems(&c->w.shape) : 1;
	double *k = calloc((size_t)num, sizeof(*k));
	int64_t at[SW_RANK];
	size_t i;

	if (!k)
		abort();
	if (slopes)
		round_const(c, k, num);
	for (i = 0; i < out->num; i++) {
		const double x = in->real[i];

		if (slopes) {
			sw_index(out->shape, (int64_t)i, at);
			out->real[i] = x;
			if (x < 0)
				out->real[i] *= k[sw_spread(&c->w.shape,
							    out->shape, at)];
		} else {
			out->real[i] = function(c, x);
		}
	}
	free(k);
}
