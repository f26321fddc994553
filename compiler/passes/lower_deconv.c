/* SPDX-License-Identifier: MIT */
/*
 * ConvTranspose as convolutions: one for each phase of the result, that is for
 * each remainder of rows and columns by the stride. Element o of the result sums
 * x[i] w[k] over i * stride + k * dilation = o + pad; the k of one phase are
 * evenly apart, and so are their i. Each convolution writes its phase as a
 * window of the result.
 */
#include <errno.h>

#include "compiler/passes/lower.h"
#include "compiler/passes/util.h"

/* One axis of one phase: taps in the order the convolution walks the input. */
struct phase {
	int64_t start, num; /* of the result: start, start + stride, ... */
	int64_t taps; /* 0: nothing but the bias */
	int64_t last_k,
		step_k; /* kernel index of tap 0, and how far the next is below */
	int64_t dilation, pad; /* of the convolution; the pad may be negative */
};

struct deconv {
	struct gs_lower *l;
	struct gs_node *node;
	struct gs_window win;
	const struct gs_tensor *weights; /* [IC, OC / group, kernel] */
	int64_t group, in, out; /* channels of a group */
	struct gs_tensor *x;
	struct gs_lview whole; /* the result as a picture */
	uint64_t each; /* multiply-accumulates with one place of the kernel */
	uint64_t rest; /* those of phases that are not there yet */
	struct gs_node *last; /* phase */
};

/* Taps that meet no element of the input, at whatever element of the phase, are left out. */
static void trim(struct phase *p, int64_t extent)
{
	while (p->taps && p->num - 1 < p->pad) {
		p->last_k -= p->step_k;
		p->pad -= p->dilation;
		p->taps--;
	}
	while (p->taps && (p->taps - 1) * p->dilation - p->pad >= extent)
		p->taps--;
	if (!p->taps)
		p->pad = 0;
}

static void find_phase(const struct deconv *d, unsigned axis, int64_t remainder,
		       struct phase *p)
{
	const int64_t stride = d->win.stride[axis];
	const int64_t dilation = d->win.dilation[axis];
	const int64_t at = remainder + d->win.pad[axis];
	const int64_t extent = d->whole.shape.dim[2 + axis];
	int64_t k, first = -1;

	*p = (struct phase){ .start = remainder,
			     .num = (extent - remainder + stride - 1) / stride,
			     .dilation = 1 };
	for (k = 0; k < d->win.kernel[axis]; k++) {
		if ((at - k * dilation) % stride)
			continue;
		if (p->taps == 1)
			p->step_k = k - first;
		first = first < 0 ? k : first;
		p->last_k = k;
		p->taps++;
	}
	if (!p->taps)
		return;
	p->pad = -((at - p->last_k * dilation) / stride);
	if (p->taps > 1)
		p->dilation = p->step_k * dilation / stride;
	trim(p, d->x->shape.dim[2 + axis]);
}

/* Where in the weights element (o, i, y, x) of a phase stands */
static int64_t weight_at(const struct deconv *d, const struct phase *p,
			 int64_t o, int64_t i, int64_t y, int64_t x)
{
	const int64_t plane = d->win.kernel[0] * d->win.kernel[1];
	const int64_t map = (o / d->out * d->in + i) * d->out + o % d->out;

	return map * plane +
	       (p[0].last_k - y * p[0].step_k) * d->win.kernel[1] +
	       p[1].last_k - x * p[1].step_k;
}

/* Elements of a phase, and what they stand for */
static void fill_weights(const struct deconv *d, const struct phase *p,
			 const struct gs_shape *shape, int8_t *to, float *real)
{
	const struct gs_quant *q = &d->weights->quant;
	const int8_t *from = d->weights->qdata;
	int64_t o, i, y, x, at = 0;

	for (o = 0; o < shape->dim[0]; o++)
		for (i = 0; i < shape->dim[1]; i++)
			for (y = 0; y < shape->dim[2]; y++)
				for (x = 0; x < shape->dim[3]; x++, at++) {
					to[at] = from[weight_at(d, p, o, i, y,
								x)];
					real[at] = (float)to[at] *
						   q->scale[q->num_scales == 1 ?
								    0 :
								    o];
				}
}

/* Quantized weights of a phase, as a convolution takes them. */
static struct gs_tensor *phase_weights(const struct deconv *d,
				       const struct phase *p)
{
	const bool empty = !p[0].taps || !p[1].taps;
	const struct gs_shape shape = { 4,
					{ d->group * d->out, d->in,
					  p[0].taps ? p[0].taps : 1,
					  p[1].taps ? p[1].taps : 1 } };
	const size_t elems = (size_t)gs_shape_elems(&shape);
	struct gs_graph *graph = d->l->graph;
	struct gs_tensor *w;
	float *real;
	int8_t *to;

	w = gs_graph_add_tensor(
		graph, gs_graph_printf(graph, "%s/phase", d->weights->name),
		GS_DT_F32, &shape);
	to = gs_graph_alloc(graph, elems);
	real = gs_graph_alloc_array(graph, elems, sizeof(*real));
	if (!w || !to || !real) {
		gs_nomem(d->l->diag);
		return NULL;
	}
	w->data = real;
	w->qdata = to;
	w->quant = d->weights->quant;
	w->quant.axis = 0;
	if (!empty)
		fill_weights(d, p, &shape, to, real);
	return w;
}

/* Behind the input, for as many windows as there are; below zero: some of it is not read */
static int64_t end_pad(const struct deconv *d, const struct phase *p, int axis,
		       int64_t taps)
{
	return p->num + (taps - 1) * p->dilation - p->pad -
	       d->x->shape.dim[2 + axis];
}

static int set_attrs(const struct deconv *d, struct gs_node *conv,
		     const struct phase *p, const struct gs_shape *w)
{
	const int64_t one[2] = { 1, 1 };
	const int64_t pads[4] = { p[0].pad, p[1].pad,
				  end_pad(d, &p[0], 0, w->dim[2]),
				  end_pad(d, &p[1], 1, w->dim[3]) };
	const int64_t dilations[2] = { p[0].dilation, p[1].dilation };
	struct gs_graph *g = d->l->graph;

	if (gs_node_set_attr_ints(g, conv, "kernel_shape", &w->dim[2], 2) ||
	    gs_node_set_attr_ints(g, conv, "strides", one, 2) ||
	    gs_node_set_attr_ints(g, conv, "pads", pads, 4) ||
	    gs_node_set_attr_ints(g, conv, "dilations", dilations, 2) ||
	    gs_node_set_attr_int(g, conv, "group", d->group))
		return gs_nomem(d->l->diag);
	return 0;
}

static int add_phase(struct deconv *d, const struct phase *p)
{
	struct gs_lview to = d->whole;
	struct gs_tensor *y, *w;
	struct gs_node *conv;
	unsigned axis;

	if (p[0].num < 1 || p[1].num < 1)
		return 0;
	for (axis = 0; axis < 2; axis++)
		if (d->win.stride[axis] > 1 &&
		    !gs_lview_slice(&to, 2 + axis, p[axis].start,
				    d->win.stride[axis], p[axis].num))
			return -ENOTSUP;
	y = gs_lower_window(d->l, d->node->output[0], &to, GS_ORDER_NCHW);
	w = y ? phase_weights(d, p) : NULL;
	conv = w ? gs_lower_node(d->l, "Conv", y) : NULL;
	if (!conv)
		return -ENOMEM;
	conv->macs = d->each * (uint64_t)(p[0].taps * p[1].taps);
	d->rest -= conv->macs;
	d->last = conv;
	conv->activation = d->node->activation;
	memcpy(conv->act, d->node->act, sizeof(conv->act));
	gs_node_set_input(conv, 0, d->x);
	gs_node_set_input(conv, 1, w);
	if (gs_input(d->node, 2))
		gs_node_set_input(conv, 2, d->node->input[2]);
	return set_attrs(d, conv, p, &w->shape);
}

/* A row is a picture of one row. */
static void as_picture(const struct gs_shape *s, struct gs_shape *out)
{
	*out = *s;
	if (s->rank == 4)
		return;
	out->rank = 4;
	out->dim[2] = 1;
	out->dim[3] = s->dim[2];
}

static int prepare(struct deconv *d)
{
	struct gs_tensor *x = d->node->input[0], *out = d->node->output[0];
	struct gs_shape picture;
	struct gs_lview view;

	d->x = gs_lower_ready(d->l, x, GS_ORDER_NCHW);
	if (!d->x)
		return -ENOTSUP;
	as_picture(&x->shape, &picture);
	if (x->shape.rank != 4) {
		if (!gs_lview_reshape(gs_lower_view(d->l, d->x), &picture,
				      &view))
			return -ENOTSUP;
		d->x = gs_lower_window(d->l, d->x, &view, GS_ORDER_NCHW);
	}
	as_picture(&out->shape, &picture);
	if (!d->x || !gs_lower_own(d->l, out) ||
	    !gs_lview_reshape(out->lview, &picture, &d->whole))
		return -ENOTSUP;
	return 0;
}

int gs_lower_conv_transpose(struct gs_lower *l, struct gs_node *node)
{
	struct deconv d = { .l = l,
			    .node = node,
			    .weights = node->input[1],
			    .group = gs_node_attr_int(node, "group", 1) };
	struct phase p[2];
	int64_t r, c;
	int ret = prepare(&d);

	if (ret)
		return ret;
	gs_window_get(node, &d.win);
	d.in = node->input[0]->shape.dim[1] / d.group;
	d.out = node->input[1]->shape.dim[1];
	d.rest = node->macs;
	d.each = d.rest / (uint64_t)(d.win.kernel[0] * d.win.kernel[1]);
	for (r = 0; r < d.win.stride[0] && !ret; r++) {
		find_phase(&d, 0, r, &p[0]);
		for (c = 0; c < d.win.stride[1] && !ret; c++) {
			find_phase(&d, 1, c, &p[1]);
			ret = add_phase(&d, p);
		}
	}
	/* Of phases that pads cut off whole */
	if (d.last)
		d.last->macs += d.rest;
	return ret;
}
