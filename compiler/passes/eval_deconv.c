/* SPDX-License-Identifier: MIT */
/*
 * ConvTranspose: each weight times the input picture is added to the output
 * picture, a stride apart.
 */
#include "compiler/passes/eval_ops.h"
#include "compiler/passes/util.h"

struct deconv {
	struct gs_window win;
	int64_t in_channels, out_channels; /* of one group */
	int64_t height, width, out_height, out_width;
};

static void deconv_init(struct deconv *d, const struct gs_node *node)
{
	const struct gs_shape *x = &node->input[0]->shape;
	const struct gs_shape *y = &node->output[0]->shape;

	gs_window_get(node, &d->win);
	d->in_channels = x->dim[1] / gs_node_attr_int(node, "group", 1);
	d->out_channels = node->input[1]->shape.dim[1];
	d->height = x->rank == 4 ? x->dim[2] : 1;
	d->width = x->dim[x->rank - 1];
	d->out_height = y->rank == 4 ? y->dim[2] : 1;
	d->out_width = y->dim[y->rank - 1];
}

/* sum over input channels of weight x picture; weights are @step apart */
static void product(const struct deconv *d, const float *x, const float *w,
		    int64_t step, float *sum)
{
	int64_t size = d->height * d->width, ic, i;

	memset(sum, 0, (size_t)size * sizeof(*sum));
	for (ic = 0; ic < d->in_channels; ic++, x += size) {
		float value = w[ic * step];

		for (i = 0; i < size; i++)
			sum[i] += value * x[i];
	}
}

static void scatter(const struct deconv *d, const float *sum, int64_t ky,
		    int64_t kx, float *out)
{
	const struct gs_window *w = &d->win;
	int64_t y, x;

	for (y = 0; y < d->height; y++, sum += d->width) {
		int64_t oy = y * w->stride[0] + ky * w->dilation[0] - w->pad[0];

		if (oy < 0 || oy >= d->out_height)
			continue;
		for (x = 0; x < d->width; x++) {
			int64_t ox = x * w->stride[1] + kx * w->dilation[1] -
				     w->pad[1];

			if (ox >= 0 && ox < d->out_width)
				out[oy * d->out_width + ox] += sum[x];
		}
	}
}

size_t gs_eval_conv_transpose_scratch(const struct gs_node *node)
{
	struct deconv d;

	deconv_init(&d, node);
	return (size_t)(d.height * d.width);
}

/* One group of one picture: @x, @w and @out are its own. */
static void deconv(const struct deconv *d, const float *x, const float *w,
		   float *sum, float *out)
{
	int64_t taps = d->win.kernel[0] * d->win.kernel[1];
	int64_t oc, k;

	for (oc = 0; oc < d->out_channels; oc++) {
		for (k = 0; k < taps; k++) {
			product(d, x, w + oc * taps + k, d->out_channels * taps,
				sum);
			scatter(d, sum, k / d->win.kernel[1],
				k % d->win.kernel[1], out);
		}
		out += d->out_height * d->out_width;
	}
}

void gs_eval_conv_transpose(const struct gs_eval_op *op)
{
	const struct gs_node *node = op->node;
	int64_t group = gs_node_attr_int(node, "group", 1), n, g, i, size;
	const float *x = op->in[0], *w = op->in[1], *bias = op->in[2];
	float *out = op->out[0];
	struct deconv d;

	deconv_init(&d, node);
	size = d.out_height * d.out_width;
	for (n = 0; n < node->input[0]->shape.dim[0]; n++) {
		for (g = 0; g < group; g++) {
			int64_t first = g * d.out_channels;

			for (i = 0; i < d.out_channels * size; i++)
				out[i] = bias ? bias[first + i / size] : 0.0f;
			deconv(&d, x,
			       w + first * d.in_channels * d.win.kernel[0] *
					       d.win.kernel[1],
			       op->scratch, out);
			x += d.in_channels * d.height * d.width;
			out += d.out_channels * size;
		}
	}
}
