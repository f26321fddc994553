/* SPDX-License-Identifier: MIT */
/*
 * Products of matrices. A convolution gathers its windows into the columns of a
 * matrix, a few at a time, and multiplies the weights by it.
 */
#include "compiler/passes/eval_ops.h"
#include "compiler/passes/eval_unit.h"
#include "compiler/passes/util.h"

#define COLS GS_TILE_COLS /* windows gathered at a time */
#define LANES 8 /* partial sums of a dot product */

typedef float vec __attribute__((vector_size(16)));

/* ---- convolution --------------------------------------------------------- */

struct conv {
	struct gs_window win;
	int64_t channels, height, width; /* of one group of the input */
	int64_t oc, k; /* rows and columns of a group's weights */
	int64_t out_width, out_size;
	const struct gs_eval_unit *unit;
};

/* Elements of one image row, @num of them a stride apart, zeros outside */
static void gather_run(const struct conv *c, const float *row, int64_t x,
		       int64_t num, float *out)
{
	int64_t stride = c->win.stride[1], i = 0;

	for (; i < num && x < 0; i++, x += stride)
		out[i] = 0.0f;
	if (stride == 1 && x < c->width && i < num) {
		int64_t rest = c->width - x < num - i ? c->width - x : num - i;

		memcpy(out + i, row + x, (size_t)rest * sizeof(*out));
		i += rest;
		x += rest;
	}
	for (; i < num && x < c->width; i++, x += stride)
		out[i] = row[x];
	for (; i < num; i++)
		out[i] = 0.0f;
}

/* One element of @num windows from @first on, into a row of the matrix */
static void gather_row(const struct conv *c, const float *plane, int64_t ky,
		       int64_t kx, int64_t first, int64_t num, float *out)
{
	int64_t oy = first / c->out_width, ox = first % c->out_width;
	int64_t dy = ky * c->win.dilation[0] - c->win.pad[0];
	int64_t dx = kx * c->win.dilation[1] - c->win.pad[1];

	while (num > 0) {
		int64_t run = c->out_width - ox < num ? c->out_width - ox : num;
		int64_t y = oy * c->win.stride[0] + dy;

		if (y >= 0 && y < c->height)
			gather_run(c, plane + y * c->width,
				   ox * c->win.stride[1] + dx, run, out);
		else
			memset(out, 0, (size_t)run * sizeof(*out));
		out += run;
		num -= run;
		ox = 0;
		oy++;
	}
}

static void gather(const struct conv *c, const float *image, int64_t first,
		   int64_t num, float *cols)
{
	int64_t ch, ky, kx, i;

	for (ch = 0; ch < c->channels; ch++) {
		const float *plane = image + ch * c->height * c->width;

		for (ky = 0; ky < c->win.kernel[0]; ky++) {
			for (kx = 0; kx < c->win.kernel[1]; kx++) {
				gather_row(c, plane, ky, kx, first, num, cols);
				for (i = num; i < COLS; i++)
					cols[i] = 0.0f;
				cols += COLS;
			}
		}
	}
}

static void multiply(const struct conv *c, const float *w, const float *bias,
		     const float *cols, int64_t num, float *out)
{
	const struct gs_eval_unit *unit = c->unit;
	float result[GS_TILE_ROWS * COLS];
	int64_t oc, r, rows;

	for (oc = 0; oc < c->oc; oc += rows) {
		const bool whole = c->oc - oc >= unit->rows;

		rows = whole ? unit->rows : 1;
		(whole ? unit->run :
			 unit->run_one)(w + oc * c->k, c->k, cols, num,
					bias ? bias + oc : NULL, result);
		for (r = 0; r < rows; r++)
			memcpy(out + (oc + r) * c->out_size, result + r * COLS,
			       (size_t)num * sizeof(float));
	}
}

static void conv_init(struct conv *c, const struct gs_node *node)
{
	const struct gs_shape *x = &node->input[0]->shape;
	const struct gs_shape *w = &node->input[1]->shape;
	const struct gs_shape *y = &node->output[0]->shape;

	gs_window_get(node, &c->win);
	c->channels = w->dim[1];
	c->height = x->rank == 4 ? x->dim[2] : 1;
	c->width = x->dim[x->rank - 1];
	c->oc = w->dim[0] / gs_node_attr_int(node, "group", 1);
	c->k = w->dim[1] * c->win.kernel[0] * c->win.kernel[1];
	c->out_width = y->dim[y->rank - 1];
	c->out_size = (y->rank == 4 ? y->dim[2] : 1) * c->out_width;
	c->unit = gs_eval_unit();
}

size_t gs_eval_conv_scratch(const struct gs_node *node)
{
	struct conv c;

	conv_init(&c, node);
	return (size_t)c.k * COLS;
}

void gs_eval_conv(const struct gs_eval_op *op)
{
	const struct gs_node *node = op->node;
	int64_t group = gs_node_attr_int(node, "group", 1), n, g, at;
	const float *image = op->in[0], *w = op->in[1], *bias = op->in[2];
	float *out = op->out[0];
	struct conv c;

	conv_init(&c, node);
	for (n = 0; n < node->input[0]->shape.dim[0]; n++) {
		for (g = 0; g < group; g++) {
			for (at = 0; at < c.out_size; at += COLS) {
				int64_t num = c.out_size - at;

				num = num < COLS ? num : COLS;
				gather(&c, image, at, num, op->scratch);
				multiply(&c, w + g * c.oc * c.k,
					 bias ? bias + g * c.oc : NULL,
					 op->scratch, num, out + at);
			}
			image += c.channels * c.height * c.width;
			out += c.oc * c.out_size;
		}
	}
}

/* ---- matrices ------------------------------------------------------------ */

static float dot(const float *a, const float *b, int64_t k)
{
	vec acc[LANES / 4] = { { 0 } }, x[LANES / 4], y[LANES / 4];
	float sum[LANES];
	int64_t i, l;

	for (i = 0; i + LANES <= k; i += LANES) {
		memcpy(x, a + i, sizeof(x));
		memcpy(y, b + i, sizeof(y));
		acc[0] += x[0] * y[0];
		acc[1] += x[1] * y[1];
	}
	memcpy(sum, acc, sizeof(sum));
	for (l = 0; i < k; i++, l++)
		sum[l] += a[i] * b[i];
	return ((sum[0] + sum[4]) + (sum[1] + sum[5])) +
	       ((sum[2] + sum[6]) + (sum[3] + sum[7]));
}

/* out[m][p] = sum of a[m][i] x b[p][i], or x b[i][p]; element (m, i) of a is
 * a[m * step_m + i * step_k] */
static void product(const float *a, int64_t step_m, int64_t step_k,
		    const float *b, bool trans_b, int64_t m, int64_t k,
		    int64_t p, float *out)
{
	int64_t row, col, i;

	for (row = 0; row < m; row++, a += step_m, out += p) {
		if (trans_b && step_k == 1) {
			for (col = 0; col < p; col++)
				out[col] = dot(a, b + col * k, k);
			continue;
		}
		memset(out, 0, (size_t)p * sizeof(*out));
		for (i = 0; i < k; i++) {
			float value = a[i * step_k];

			for (col = 0; col < p; col++)
				out[col] += value * (trans_b ? b[col * k + i] :
							       b[i * p + col]);
		}
	}
}

void gs_eval_gemm(const struct gs_eval_op *op)
{
	const struct gs_node *node = op->node;
	bool trans_a = gs_node_attr_int(node, "transA", 0) != 0;
	bool trans_b = gs_node_attr_int(node, "transB", 0) != 0;
	float alpha = gs_node_attr_float(node, "alpha", 1.0f);
	float beta = gs_node_attr_float(node, "beta", 1.0f);
	const struct gs_shape *y = &node->output[0]->shape;
	int64_t m = y->dim[0], p = y->dim[1], r, c;
	int64_t k = node->input[0]->shape.dim[!trans_a];
	int64_t step[GS_MAX_RANK] = { 0 };
	const float *bias = op->in[2];
	float *out = op->out[0];

	product(op->in[0], trans_a ? 1 : k, trans_a ? m : 1, op->in[1], trans_b,
		m, k, p, out);
	if (bias)
		gs_broadcast_steps(&node->input[2]->shape, y, step);
	for (r = 0; r < m; r++) {
		for (c = 0; c < p; c++, out++) {
			*out *= alpha;
			if (bias)
				*out += beta * bias[r * step[0] + c * step[1]];
		}
	}
}

void gs_eval_matmul(const struct gs_eval_op *op)
{
	const struct gs_node *node = op->node;
	bool trans_b = gs_node_attr_int(node, "transB", 0) != 0;
	struct gs_shape a = node->input[0]->shape, b = node->input[1]->shape;
	struct gs_shape y = node->output[0]->shape;
	int64_t m = y.dim[y.rank - 2], p = y.dim[y.rank - 1];
	int64_t k = a.dim[a.rank - 1], i, rest, num;
	int64_t step_a[GS_MAX_RANK], step_b[GS_MAX_RANK];
	const float *in_a = op->in[0], *in_b = op->in[1];
	float *out = op->out[0];

	a.rank -= 2;
	b.rank -= 2;
	y.rank -= 2;
	gs_broadcast_steps(&a, &y, step_a);
	gs_broadcast_steps(&b, &y, step_b);
	num = gs_shape_elems(&y);
	for (i = 0; i < num; i++) {
		int64_t at_a = 0, at_b = 0;
		unsigned axis;

		rest = i;
		for (axis = y.rank; axis-- > 0; rest /= y.dim[axis]) {
			at_a += rest % y.dim[axis] * step_a[axis];
			at_b += rest % y.dim[axis] * step_b[axis];
		}
		product(in_a + at_a * m * k, k, 1, in_b + at_b * k * p, trans_b,
			m, k, p, out + i * m * p);
	}
}
