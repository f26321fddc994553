/* SPDX-License-Identifier: MIT */
/*
 * Rounded weights differ from the model's, and activations are not zero on
 * average: what that adds to each channel on average is taken from its bias.
 */
#include <errno.h>

#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

/* How many of the results have tap @k of axis @axis within the picture, as a part of all */
static double coverage(const struct gs_window *w, const struct gs_tensor *x,
		       unsigned axis, int64_t k)
{
	const unsigned spatial = x->shape.rank - 2;
	const int64_t size = spatial == 2 ? x->shape.dim[2 + axis] :
			     axis	  ? x->shape.dim[2] :
					    1;
	int64_t o, at, within = 0;

	for (o = 0; o < w->out[axis]; o++) {
		at = o * w->stride[axis] + k * w->dilation[axis] - w->pad[axis];
		within += at >= 0 && at < size;
	}
	return w->out[axis] ? (double)within / (double)w->out[axis] : 0;
}

static int tap_parts(struct gs_graph *graph, const struct gs_node *node,
		     double **parts)
{
	const struct gs_shape *s = &node->output[0]->shape;
	struct gs_window w;
	int64_t y, x;

	gs_window_get(node, &w);
	w.out[0] = s->rank == 4 ? s->dim[2] : 1;
	w.out[1] = s->dim[s->rank - 1];
	*parts = gs_graph_alloc_array(
		graph, (size_t)(w.kernel[0] * w.kernel[1]), sizeof(**parts));
	if (!*parts)
		return -ENOMEM;
	for (y = 0; y < w.kernel[0]; y++)
		for (x = 0; x < w.kernel[1]; x++)
			(*parts)[y * w.kernel[1] + x] =
				coverage(&w, node->input[0], 0, y) *
				coverage(&w, node->input[0], 1, x);
	return 0;
}

/* The mean of each of @num columns of a matrix that is a view of @x: of the channels its rows have there */
static int column_means(struct gs_graph *graph, const struct gs_tensor *x,
			int64_t num, float **means)
{
	const int64_t elems = gs_shape_elems(&x->shape);
	const int64_t channels = x->shape.dim[1], rows = elems / num;
	const int64_t plane = elems / x->shape.dim[0] / channels;
	int64_t i, row;

	*means = gs_graph_alloc_array(graph, (size_t)num, sizeof(**means));
	if (!*means)
		return -ENOMEM;
	for (i = 0; i < num; i++) {
		double sum = 0;

		for (row = 0; row < rows; row++)
			sum += (double)x->channel_mean[(row * num + i) / plane %
						       channels];
		(*means)[i] = (float)(sum / (double)rows);
	}
	return 0;
}

/* What weights @w, of which @each belong to a channel of the result, lose of a mean input */
static double loss(const struct gs_tensor *w, int64_t channel, int64_t each,
		   int64_t first, int64_t taps, const double *parts,
		   const float *mean)
{
	const float *real = (const float *)w->data + channel * each;
	const int8_t *q = (const int8_t *)w->qdata + channel * each;
	const float scale =
		w->quant.scale[w->quant.num_scales > 1 ? channel : 0];
	double sum = 0;
	int64_t in, tap;

	for (in = 0; in < each / taps; in++)
		for (tap = 0; tap < taps; tap++, real++, q++)
			sum += ((double)*real - (double)scale * *q) *
			       (double)mean[first + in] *
			       (parts ? parts[tap] : 1);
	return sum;
}

int gs_correct_bias(struct gs_graph *graph, struct gs_node *node)
{
	const struct gs_tensor *w = node->input[1], *b = gs_input(node, 2);
	const struct gs_tensor *x = gs_tensor_root(node->input[0]);
	const bool conv = gs_op_is(node, "Conv");
	const int64_t num = w->shape.dim[0];
	const int64_t each = gs_shape_elems(&w->shape) / num;
	const struct gs_shape shape = { 1, { num } };
	const int64_t taps = conv ? each / w->shape.dim[1] : 1;
	const int64_t group = conv ? gs_node_attr_int(node, "group", 1) : 1;
	float *mean = x->channel_mean;
	double *parts = NULL;
	struct gs_tensor *t;
	const char *name;
	void *data;
	int64_t c;

	if (!mean || (!conv && !gs_op_is(node, "Gemm")) ||
	    (conv && node->input[0]->view_of))
		return 0;
	if (conv ? tap_parts(graph, node, &parts) < 0 :
		   column_means(graph, x, each, &mean) < 0)
		return -ENOMEM;
	name = gs_graph_printf(graph, "%s_corrected", b ? b->name : node->name);
	t = name ? gs_add_constant(graph, name, GS_DT_F32, &shape, &data) :
		   NULL;
	if (!t)
		return -ENOMEM;
	for (c = 0; c < num; c++)
		((float *)data)[c] =
			(b ? ((const float *)b->data)[c] : 0) +
			(float)loss(w, c, each,
				    conv ? c / (num / group) * w->shape.dim[1] :
					   0,
				    taps, parts, mean);
	gs_node_set_input(node, 2, t);
	return 0;
}
