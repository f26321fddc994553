/* SPDX-License-Identifier: MIT */
/*
 * What the array computes: sums of products of small integers, as the QDQ model
 * has them (docs/quantization.md), and requantized by the arithmetic the
 * same section documents, step by step.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sweep/sweep.h"

/* Weights of one matrix: [out][in][taps], a scale for each output. */
struct weights {
	int64_t out, in, taps;
	int8_t *q;
	float *scale;
	int32_t *bias;
};

static void *room(int64_t num, size_t size)
{
	void *p = calloc(num ? (size_t)num : 1, size);

	if (!p)
		abort();
	return p;
}

static int32_t clamp(double v, int32_t low, int32_t high)
{
	v = rint(v);
	return v < low ? low : v > high ? high : (int32_t)v;
}

/* Where element (o, i, tap) stands in the model's constant */
static int64_t source(const struct sw_case *c, const struct weights *w,
		      int64_t o, int64_t i, int64_t tap)
{
	if (c->w.shape.rank == 2)
		return !strcmp(c->op->onnx, "Gemm") && c->keep ? o * w->in + i :
								 i * w->out + o;
	if (!strcmp(c->op->onnx, "ConvTranspose")) {
		const int64_t og = w->out / c->group;

		return ((o / og * w->in + i) * og + o % og) * w->taps + tap;
	}
	return (o * w->in + i) * w->taps + tap;
}

static double weight(const struct sw_case *c, const struct weights *w,
		     int64_t o, int64_t k)
{
	return (double)c->w.v[source(c, w, o, k / w->taps, k % w->taps)];
}

/*
 * Of 4 bits the largest weight decides only where no smaller scale, down to 0.4
 * of its own in steps of 0.03, has a smaller squared error.
 */
static double clip(const struct sw_case *c, const struct weights *w, int64_t o,
		   double most)
{
	double least = INFINITY, best = most / sw_high();
	int i;

	for (i = 0; i <= 20 && sw_bits == 4 && most > 0; i++) {
		const double scale = most / 7 * (1 - 0.6 * i / 20);
		double sum = 0;
		int64_t k;

		for (k = 0; k < w->in * w->taps; k++) {
			const double v = weight(c, w, o, k);
			const double d = v - scale * clamp(v / scale, -7, 7);

			sum += d * d;
		}
		if (sum < least) {
			least = sum;
			best = scale;
		}
	}
	return best;
}

/*
 * 127 (of 4 bits 7) steps to the largest weight of a channel, or more where its bias would
 * not fit beside them; a channel without weights has the largest scale.
 */
static void choose_scales(const struct sw_case *c, struct weights *w, float sx)
{
	float largest = 0;
	int64_t o, k;

	for (o = 0; o < w->out; o++) {
		double most = 0;

		for (k = 0; k < w->in * w->taps; k++)
			most = fmax(most, fabs(weight(c, w, o, k)));
		w->scale[o] = (float)clip(c, w, o, most);
		largest = fmaxf(largest, w->scale[o]);
	}
	for (o = 0; o < w->out; o++) {
		const double bias = c->b.v ? fabs((double)c->b.v[o]) : 0;

		if (w->scale[o] == 0.0f)
			w->scale[o] = largest > 0.0f ? largest : 1.0f;
		w->scale[o] = fmaxf(w->scale[o],
				    (float)(bias / ((double)sx * (1 << 30))));
	}
}

static void weights_init(struct weights *w, const struct sw_case *c,
			 int64_t out, int64_t in, int64_t taps, float sx)
{
	const int64_t each = in * taps;
	int64_t o, k;

	*w = (struct weights){ .out = out, .in = in, .taps = taps };
	w->q = room(out * each, 1);
	w->scale = room(out, sizeof(*w->scale));
	w->bias = room(out, sizeof(*w->bias));
	choose_scales(c, w, sx);
	for (o = 0; o < out; o++) {
		const double scale = (double)w->scale[o];

		for (k = 0; k < each; k++)
			w->q[o * each + k] =
				(int8_t)clamp(weight(c, w, o, k) / scale,
					      -sw_high(), sw_high());
		if (c->b.v)
			w->bias[o] = clamp((double)c->b.v[o] /
						   (double)(sx * w->scale[o]),
					   -(1 << 30), 1 << 30);
	}
}

static void weights_fini(struct weights *w)
{
	free(w->q);
	free(w->scale);
	free(w->bias);
}

/* ---- sums ------------------------------------------------------------------ */

/* A picture, or a row as a picture of one */
struct plane {
	int64_t n, c, h, w;
};

static struct plane plane_of(const struct sw_shape *s)
{
	return (struct plane){ s->dim[0], s->dim[1],
			       s->rank == 3 ? 1 : s->dim[2],
			       s->dim[s->rank - 1] };
}

/*
 * Products of one window. @zero of what is inside the picture and @beyond for
 * what is outside are subtracted, so that both sums of the docs can be had.
 */
static int64_t window(const struct sw_case *c, const struct weights *w,
		      const struct sw_tensor *in, const struct plane *x,
		      int64_t n, int64_t o, const int64_t at[2])
{
	const int64_t first = o / (w->out / c->group) * w->in;
	int64_t sum = 0, i, kh, kw;

	for (i = 0; i < w->in; i++)
		for (kh = 0; kh < c->kernel[0]; kh++)
			for (kw = 0; kw < c->kernel[1]; kw++) {
				const int64_t h = at[0] + kh * c->dilation[0];
				const int64_t v = at[1] + kw * c->dilation[1];

				if (h < 0 || h >= x->h || v < 0 || v >= x->w)
					continue;
				sum += (in->q[((n * x->c + first + i) * x->h +
					       h) * x->w +
					      v] -
					in->zero) *
				       w->q[((o * w->in + i) * c->kernel[0] +
					     kh) * c->kernel[1] +
					    kw];
			}
	return sum;
}

static void conv_sums(const struct sw_case *c, const struct weights *w,
		      const struct sw_tensor *in, const struct sw_tensor *out,
		      int64_t *sum)
{
	const struct plane x = plane_of(&c->in[0]), y = plane_of(out->shape);
	int64_t n, o, h, v;

	for (n = 0; n < y.n; n++)
		for (o = 0; o < y.c; o++)
			for (h = 0; h < y.h; h++)
				for (v = 0; v < y.w; v++) {
					const int64_t at[2] = {
						h * c->stride[0] - c->pad[0],
						v * c->stride[1] - c->pad[1]
					};

					*sum++ = window(c, w, in, &x, n, o, at);
				}
}

static void conv_weights(struct weights *w, const struct sw_case *c, float sx)
{
	weights_init(w, c, c->w.shape.dim[0], c->w.shape.dim[1],
		     c->kernel[0] * c->kernel[1], sx);
}

/* Channel of element @i of the result */
static int64_t channel(const struct sw_case *c, int64_t i)
{
	const struct sw_shape *y = &c->out[0];

	if (c->w.shape.rank == 2)
		return i % y->dim[y->rank - 1];
	for (unsigned k = y->rank; k-- > 2;)
		i /= y->dim[k];
	return i % y->dim[1];
}

static void dequantize(const struct sw_case *c, const struct weights *w,
		       const struct sw_tensor *in, const int64_t *sum,
		       struct sw_tensor *out)
{
	size_t i;

	for (i = 0; i < out->num; i++) {
		const int64_t o = channel(c, (int64_t)i);

		out->real[i] = (double)(sum[i] + w->bias[o]) *
			       (double)in->scale * (double)w->scale[o];
		if (c->residual)
			out->real[i] += in[1].real[i];
	}
}

void sw_eval_conv(const struct sw_case *c, const struct sw_tensor *in,
		  struct sw_tensor *out)
{
	int64_t *sum = room((int64_t)out->num, sizeof(*sum));
	struct weights w;

	conv_weights(&w, c, in->scale);
	conv_sums(c, &w, in, out, sum);
	dequantize(c, &w, in, sum, out);
	weights_fini(&w);
	free(sum);
}

/* Every element of the input adds its products where they belong. */
static void scatter(const struct sw_case *c, const struct weights *w,
		    const struct sw_tensor *in, const struct plane *y,
		    const int64_t at[4], int64_t *sum)
{
	const int64_t og = w->out / c->group, g = at[1] / w->in;
	const struct plane x = plane_of(&c->in[0]);
	const int64_t value =
		in->q[((at[0] * x.c + at[1]) * x.h + at[2]) * x.w + at[3]] -
		in->zero;
	int64_t o, kh, kw;

	for (o = g * og; o < (g + 1) * og; o++)
		for (kh = 0; kh < c->kernel[0]; kh++)
			for (kw = 0; kw < c->kernel[1]; kw++) {
				const int64_t h = at[2] * c->stride[0] -
						  c->pad[0] +
						  kh * c->dilation[0];
				const int64_t v = at[3] * c->stride[1] -
						  c->pad[1] +
						  kw * c->dilation[1];

				if (h < 0 || h >= y->h || v < 0 || v >= y->w)
					continue;
				sum[((at[0] * y->c + o) * y->h + h) * y->w + v] +=
					value *
					w->q[((o * w->in + at[1] % w->in) *
						      c->kernel[0] +
					      kh) * c->kernel[1] +
					     kw];
			}
}

void sw_eval_deconv(const struct sw_case *c, const struct sw_tensor *in,
		    struct sw_tensor *out)
{
	const struct plane x = plane_of(&c->in[0]), y = plane_of(out->shape);
	const struct sw_shape all = { 4, { x.n, x.c, x.h, x.w } };
	int64_t *sum = room((int64_t)out->num, sizeof(*sum)), at[SW_RANK], i;
	struct weights w;

	weights_init(&w, c, y.c, x.c / c->group, c->kernel[0] * c->kernel[1],
		     in->scale);
	for (i = 0; i < sw_elems(&all); i++) {
		sw_index(&all, i, at);
		scatter(c, &w, in, &y, at, sum);
	}
	dequantize(c, &w, in, sum, out);
	weights_fini(&w);
	free(sum);
}

static void gemm_weights(struct weights *w, const struct sw_case *c, float sx)
{
	const struct sw_shape *x = &c->in[0], *y = &c->out[0];

	const int64_t out = y->dim[y->rank - 1];

	weights_init(w, c, out, sw_elems(x) * out / sw_elems(y), 1, sx);
}

static void gemm_sums(const struct weights *w, const struct sw_tensor *in,
		      const struct sw_tensor *out, int64_t *sum)
{
	const int64_t rows = (int64_t)out->num / w->out;
	int64_t r, o, i;

	for (r = 0; r < rows; r++)
		for (o = 0; o < w->out; o++, sum++)
			for (i = 0; i < w->in; i++)
				*sum += (in->q[r * w->in + i] - in->zero) *
					w->q[o * w->in + i];
}

void sw_eval_gemm(const struct sw_case *c, const struct sw_tensor *in,
		  struct sw_tensor *out)
{
	int64_t *sum = room((int64_t)out->num, sizeof(*sum));
	struct weights w;

	gemm_weights(&w, c, in->scale);
	gemm_sums(&w, in, out, sum);
	dequantize(c, &w, in, sum, out);
	weights_fini(&w);
	free(sum);
}

/* ---- requantization ---------------------------------------------------------- */

/* Constants of a layer; vectors have a value for each channel. */
struct requant {
	double *M, *c,
		*absolute; /* steps of a unit; bias without zero; sum|w| */
	double Mr, half, slope, low, high;
	bool fold;
	int s;
};

static double largest(const double *v, int64_t num)
{
	double most = v[0];

	for (int64_t i = 1; i < num; i++)
		most = fmax(most, v[i]);
	return most;
}

static double bound(double real, const struct sw_tensor *out)
{
	const double q = rint(real / (double)out->scale) + out->zero;

	return q < sw_low() ? sw_low() : q > sw_high() ? sw_high() : q;
}

static void set_bounds(struct requant *r, const struct sw_case *c,
		       const struct sw_tensor *out)
{
	r->low = sw_low();
	r->high = sw_high();
	r->slope = c->act == SW_ACT_LEAKY ? (double)c->act_low : 1;
	if (c->act == SW_ACT_RELU)
		r->low = bound(0, out);
	if (c->act == SW_ACT_CLIP) {
		r->low = bound((double)c->act_low, out);
		r->high = bound((double)c->act_high, out);
	}
}

static void requant_init(struct requant *r, const struct sw_case *c,
			 const struct weights *w, const struct sw_tensor *in,
			 const struct sw_tensor *out)
{
	const int64_t each = w->in * w->taps;
	int64_t o, k;

	*r = (struct requant){ .M = room(w->out, sizeof(double)),
			       .c = room(w->out, sizeof(double)),
			       .absolute = room(w->out, sizeof(double)) };
	set_bounds(r, c, out);
	if (c->residual)
		r->Mr = (double)in[1].scale / (double)out->scale;
	r->half = out->zero + 0.5 - (c->residual ? in[1].zero * r->Mr : 0);
	for (o = 0; o < w->out; o++) {
		int64_t sum = 0, all = 0;

		for (k = 0; k < each; k++) {
			sum += w->q[o * each + k];
			all += abs(w->q[o * each + k]);
		}
		r->M[o] = (double)in->scale * (double)w->scale[o] /
			  (double)out->scale;
		r->c[o] = (double)(w->bias[o] - in->zero * sum);
		r->absolute[o] = (double)all;
	}
}

static void requant_fini(struct requant *r)
{
	free(r->M);
	free(r->c);
	free(r->absolute);
}

/* Zero point and rounding join the bias, and s, of what the array accumulates. */
static void set_shift(struct requant *r, int64_t num)
{
	const double most = largest(r->M, num);
	double bits = 0;
	int64_t o;

	r->fold = r->slope == 1 && most <= 1.0 / 16;
	for (o = 0; o < num; o++)
		r->fold &= fabs(r->c[o] + round(r->half / r->M[o])) < 1 << 30;
	for (o = 0; o < num; o++) {
		double A;

		r->c[o] += r->fold ? round(r->half / r->M[o]) : 0;
		A = -sw_low() * r->absolute[o] + fabs(r->c[o]);
		bits = fmax(bits, A * r->M[o] + 256 * r->Mr + 256);
	}
	r->s = (int)floor(fmin(fmin(16, 30 - log2(bits)),
			       14.9 - log2(fmax(most, r->Mr))));
}

static int64_t shifted(int64_t a, double b)
{
	return (a * (int64_t)b) >> 16;
}

static int8_t cast(const struct requant *r, int64_t y)
{
	const double unit = ldexp(1, r->s);

	if (r->low > sw_low() && (double)y < r->low * unit)
		y = (int64_t)(r->low * unit);
	if (r->high < sw_high() && (double)y > r->high * unit)
		y = (int64_t)(r->high * unit);
	y >>= r->s;
	return (int8_t)(y < sw_low()  ? sw_low() :
			y > sw_high() ? sw_high() :
					y);
}

/* @sum has the zero point subtracted, as the bias on the machine does. */
static void requantize(const struct sw_case *c, const struct weights *w,
		       const struct sw_tensor *in, const int64_t *sum,
		       struct sw_tensor *out)
{
	struct requant r;
	double *zeros = room(w->out, sizeof(*zeros));
	double unit;
	size_t i;
	int64_t o;

	requant_init(&r, c, w, in, out);
	for (o = 0; o < w->out; o++)
		zeros[o] = r.c[o] - w->bias[o];
	set_shift(&r, w->out);
	unit = ldexp(1, r.s);
	for (i = 0; i < out->num; i++) {
		int64_t y;

		o = channel(c, (int64_t)i);
		y = shifted(sum[i] + (int64_t)(r.c[o] - zeros[o]),
			    round(r.M[o] * unit * 65536));
		if (c->residual)
			y += shifted(in[1].q[i], round(r.Mr * unit * 65536));
		if (r.slope != 1 && y <= 0)
			y = shifted(y, round(r.slope * 65536));
		if (!r.fold)
			y += (int64_t)floor(r.half * unit);
		out->q[i] = cast(&r, y);
	}
	free(zeros);
	requant_fini(&r);
}

/* ---- depthwise on the SIMD unit ---------------------------------------------- */

/* One result: k, and the products of all taps, each without its last 16 bits */
static int64_t lane_sum(const struct sw_case *c, const struct sw_tensor *in,
			const int64_t *W, const int64_t at[4])
{
	const struct plane x = plane_of(&c->in[0]);
	int64_t sum = 0, kh, kw;

	for (kh = 0; kh < c->kernel[0]; kh++)
		for (kw = 0; kw < c->kernel[1]; kw++) {
			const int64_t h = at[2] * c->stride[0] - c->pad[0] +
					  kh * c->dilation[0];
			const int64_t v = at[3] * c->stride[1] - c->pad[1] +
					  kw * c->dilation[1];
			const bool inside = h >= 0 && h < x.h && v >= 0 &&
					    v < x.w;
			const int64_t q =
				inside ? in->q[((at[0] * x.c + at[1]) * x.h +
						h) * x.w +
					       v] :
					 in->zero;

			sum += (q * W[kh * c->kernel[1] + kw]) >> 16;
		}
	return sum;
}

static void depthwise(const struct sw_case *c, const struct weights *w,
		      const struct sw_tensor *in, struct sw_tensor *out)
{
	const struct plane p = plane_of(&c->out[0]);
	const struct sw_shape all = { 4, { p.n, p.c, p.h, p.w } };
	int64_t *W = room(w->out * w->taps, sizeof(*W)), at[SW_RANK], k, y;
	double bits = 0, unit;
	struct requant r;
	size_t i;

	requant_init(&r, c, w, in, out);
	for (k = 0; k < w->out; k++)
		bits = fmax(bits, (-sw_low() * r.absolute[k] + fabs(r.c[k])) *
						  r.M[k] +
					  256 * r.Mr + 256);
	r.s = (int)floor(
		fmin(fmin(16, 30 - log2(bits)),
		     7.9 - log2(fmax(largest(r.M, w->out), r.Mr / 128))));
	unit = ldexp(1, r.s);
	for (k = 0; k < w->out * w->taps; k++)
		W[k] = (int64_t)round(w->q[k] * r.M[k / w->taps] * unit *
				      65536);
	for (i = 0; i < out->num; i++) {
		sw_index(&all, (int64_t)i, at);
		y = (int64_t)round((r.c[at[1]] * r.M[at[1]] +
				    (r.slope == 1 ? r.half : 0)) *
					   unit +
				   (double)w->taps / 2);
		y += lane_sum(c, in, W + at[1] * w->taps, at);
		if (c->residual)
			y += shifted(in[1].q[i], round(r.Mr * unit * 65536));
		if (r.slope != 1) {
			y = y > 0 ? y : shifted(y, round(r.slope * 65536));
			y += (int64_t)floor(r.half * unit);
		}
		out->q[i] = cast(&r, y);
	}
	free(W);
	requant_fini(&r);
}

bool sw_exact_conv(const struct sw_case *c, const char *codelet,
		   const struct sw_tensor *in, struct sw_tensor *out)
{
	const bool lanes = !strcmp(codelet, "conv_depthwise");
	const bool array = !strcmp(codelet, "conv") ||
			   !strcmp(codelet, "conv_grouped") ||
			   !strcmp(codelet, "conv_diagonal");
	int64_t *sum;
	struct weights w;

	if (!lanes && !array)
		return false;
	sum = room((int64_t)out->num, sizeof(*sum));
	conv_weights(&w, c, in->scale);
	if (lanes) {
		depthwise(c, &w, in, out);
	} else {
		conv_sums(c, &w, in, out, sum);
		requantize(c, &w, in, sum, out);
	}
	weights_fini(&w);
	free(sum);
	return true;
}

bool sw_exact_gemm(const struct sw_case *c, const char *codelet,
		   const struct sw_tensor *in, struct sw_tensor *out)
{
	int64_t *sum;
	struct weights w;

	if (strcmp(codelet, "gemm") && strcmp(codelet, "matmul"))
		return false;
	sum = room((int64_t)out->num, sizeof(*sum));
	gemm_weights(&w, c, in->scale);
	gemm_sums(&w, in, out, sum);
	requantize(c, &w, in, sum, out);
	weights_fini(&w);
	free(sum);
	return true;
}
