/* SPDX-License-Identifier: MIT */
/* Convolutions and pools: windows that walk over rows and columns. */
#include <string.h>

#include "tests/sweep/sweep.h"

/* Work of the reference executor for one case, multiplications of the array and lanes alike. */
#define MAX_WORK 6000000

static int64_t round_up(int64_t value, int64_t to)
{
	return (value + to - 1) / to * to;
}

static int64_t span(const struct sw_case *c, int i)
{
	return (c->kernel[i] - 1) * c->dilation[i] + 1;
}

static bool is_row(const struct sw_case *c)
{
	return c->in[0].rank == 3;
}

static int64_t rows_of(const struct sw_shape *s)
{
	return s->rank == 3 ? 1 : s->dim[2];
}

/* Extents of the result, or false when no window fits */
static bool count(struct sw_case *c, int i, int64_t in, int64_t *out)
{
	const int64_t slack = in + c->pad[i] + c->pad[i + 2] - span(c, i);

	if (slack < 0)
		return false;
	*out = slack / c->stride[i] + 1;
	if (c->ceil) {
		*out = (slack + c->stride[i] - 1) / c->stride[i] + 1;
		/* What would start behind the input and the padding before it */
		if ((*out - 1) * c->stride[i] >= in + c->pad[i])
			--*out;
	}
	return true;
}

/* Every window of a pool has an element of the picture. */
static bool all_touch(const struct sw_case *c, int i, int64_t in, int64_t out)
{
	int64_t o, k;

	for (o = 0; o < out; o++) {
		const int64_t at = o * c->stride[i] - c->pad[i];

		for (k = 0; k < c->kernel[i]; k++)
			if (at + k * c->dilation[i] >= 0 &&
			    at + k * c->dilation[i] < in)
				break;
		if (k == c->kernel[i])
			return false;
	}
	return true;
}

static void draw_picture(struct sw_case *c, unsigned rank)
{
	struct sw_shape *x = &c->in[0];

	c->num_in = c->num_out = 1;
	sw_range(c, 0);
	if (c->given) {
		*x = *c->given;
		return;
	}
	x->rank = rank;
	x->dim[0] = sw_batch(c);
	x->dim[1] = sw_channels(c);
	x->dim[2] = sw_extent(c, 97);
	x->dim[3] = sw_extent(c, 97);
}

static void draw_window(struct sw_case *c, bool dilated)
{
	static const int64_t sizes[] = { 1, 1, 2, 3, 3, 3, 4, 5, 7 };
	int i;

	for (i = 0; i < 2; i++) {
		c->kernel[i] = c->stride[i] = c->dilation[i] = 1;
		c->pad[i] = c->pad[i + 2] = 0;
		if (!i && is_row(c))
			continue;
		c->kernel[i] = sizes[sw_below(c, 9)];
		if (sw_chance(c, 40))
			c->stride[i] = sw_between(c, 1, 4);
		if (dilated && sw_chance(c, 25))
			c->dilation[i] = sw_between(c, 2, 3);
		if (sw_chance(c, 60))
			c->pad[i] = sw_between(c, 0, span(c, i) - 1);
		if (sw_chance(c, 60))
			c->pad[i + 2] = sw_between(c, 0, span(c, i) - 1);
	}
}

static bool set_out(struct sw_case *c, int64_t channels)
{
	const struct sw_shape *x = &c->in[0];
	struct sw_shape *y = &c->out[0];
	int64_t h, w;

	if (!count(c, 0, rows_of(x), &h) ||
	    !count(c, 1, x->dim[x->rank - 1], &w))
		return false;
	*y = *x;
	y->dim[1] = channels;
	y->dim[2] = h;
	y->dim[y->rank - 1] = w;
	return true;
}

static void draw_weights(struct sw_case *c, int64_t out, int64_t in)
{
	struct sw_shape *w = &c->w.shape;

	*w = (struct sw_shape){ c->in[0].rank, { out, in } };
	w->dim[2] = c->kernel[0];
	w->dim[w->rank - 1] = c->kernel[1];
	sw_fill(c, &c->w, -sw_real(c, 0.02f, 1.0f), sw_real(c, 0.02f, 1.0f));
}

static void draw_bias(struct sw_case *c, int64_t channels)
{
	if (sw_chance(c, 30))
		return;
	c->b.shape = (struct sw_shape){ 1, { channels } };
	sw_fill(c, &c->b, -1.0f, 1.0f);
}

static bool is_cheap(const struct sw_case *c, int64_t in, int64_t out)
{
	const int64_t n = c->arch.array_n;
	const int64_t pixels = sw_elems(&c->out[0]) / c->out[0].dim[1];

	return pixels * round_up(in, n) * round_up(out, n) * c->kernel[0] *
			       c->kernel[1] <
		       MAX_WORK &&
	       sw_elems(&c->in[0]) < 40000;
}

/* @out: channels of the result */
static bool draw_conv_to(struct sw_case *c, int64_t out)
{
	const int64_t in = c->in[0].dim[1], group = c->group;

	draw_window(c, true);
	if (!set_out(c, out) || !is_cheap(c, in, out))
		return false;
	draw_weights(c, out, in / group);
	draw_bias(c, out);
	sw_draw_act(c, true);
	return true;
}

static bool draw_conv(struct sw_case *c)
{
	return draw_conv_to(c, round_up(sw_channels(c), c->group));
}

bool sw_draw_conv(struct sw_case *c)
{
	draw_picture(c, 4);
	c->group = 1;
	return draw_conv(c);
}

bool sw_draw_row_conv(struct sw_case *c)
{
	draw_picture(c, 3);
	c->group = 1;
	if (sw_chance(c, 25))
		c->group = c->in[0].dim[1];
	return draw_conv(c);
}

bool sw_draw_grouped(struct sw_case *c)
{
	draw_picture(c, 4);
	c->group = sw_between(c, 2, 6);
	/* Groups that are whole rows of the array, or any */
	if (sw_chance(c, 40)) {
		const int64_t rows = c->group * c->arch.array_n;

		c->in[0].dim[1] = rows * sw_between(c, 1, 2);
		return draw_conv_to(c, rows * sw_between(c, 1, 2));
	}
	c->in[0].dim[1] = round_up(c->in[0].dim[1], c->group);
	return draw_conv(c);
}

/* One group for each channel, sometimes more than one result of each */
bool sw_draw_depthwise(struct sw_case *c)
{
	const int64_t times = sw_chance(c, 80) ? 1 : sw_between(c, 2, 3);
	int64_t in;

	draw_picture(c, 4);
	in = c->group = c->in[0].dim[1];
	draw_window(c, true);
	if (!set_out(c, in * times) || !is_cheap(c, in, 1))
		return false;
	draw_weights(c, in * times, 1);
	draw_bias(c, in * times);
	sw_draw_act(c, true);
	return true;
}

bool sw_draw_residual(struct sw_case *c)
{
	draw_picture(c, 4);
	c->group = 1;
	if (!draw_conv(c))
		return false;
	c->residual = true;
	c->in[1] = c->out[0];
	c->num_in = 2;
	sw_range(c, 1);
	/* Behind a residual it is not fused. */
	if (c->act == SW_ACT_LEAKY)
		c->act = SW_ACT_NONE;
	return true;
}

bool sw_draw_deconv(struct sw_case *c)
{
	const int64_t n = c->arch.array_n;
	struct sw_shape *x = &c->in[0], *y = &c->out[0];
	int64_t out;
	int i;

	draw_picture(c, sw_chance(c, 80) ? 4 : 3);
	c->group = sw_chance(c, 80) ? 1 : sw_between(c, 2, 4);
	x->dim[1] = round_up(x->dim[1], c->group);
	out = round_up(sw_channels(c), c->group);
	draw_window(c, true);
	*y = *x;
	y->dim[1] = out;
	for (i = 0; i < 2; i++) {
		const unsigned axis = i ? x->rank - 1 : 2;

		c->out_pad[i] = 0;
		if (!i && is_row(c))
			continue;
		if (c->stride[i] > 1 && sw_chance(c, 30))
			c->out_pad[i] = sw_between(c, 0, c->stride[i] - 1);
		y->dim[axis] = c->stride[i] * (x->dim[axis] - 1) +
			       c->out_pad[i] + span(c, i) - c->pad[i] -
			       c->pad[i + 2];
		if (y->dim[axis] < 1)
			return false;
	}
	if (sw_elems(y) > 30000 ||
	    sw_elems(x) / x->dim[1] * round_up(x->dim[1], n) *
			    round_up(out, n) * c->kernel[0] * c->kernel[1] >
		    MAX_WORK)
		return false;
	draw_weights(c, x->dim[1], out / c->group);
	draw_bias(c, out);
	return true;
}

bool sw_draw_pool(struct sw_case *c)
{
	const bool mean = !strcmp(c->op->onnx, "AveragePool");
	const struct sw_shape *x = &c->in[0], *y = &c->out[0];

	draw_picture(c, sw_chance(c, 85) ? 4 : 3);
	draw_window(c, !mean);
	c->ceil = sw_chance(c, 25);
	c->count_pads = mean && sw_chance(c, 50);
	c->group = 1;
	return set_out(c, x->dim[1]) && is_cheap(c, x->dim[1], 1) &&
	       all_touch(c, 0, rows_of(x), rows_of(y)) &&
	       all_touch(c, 1, x->dim[x->rank - 1], y->dim[y->rank - 1]);
}

bool sw_draw_global(struct sw_case *c)
{
	unsigned i;

	draw_picture(c, sw_chance(c, 80) ? 4 : 3);
	c->out[0] = c->in[0];
	for (i = 2; i < c->out[0].rank; i++)
		c->out[0].dim[i] = 1;
	return sw_elems(&c->in[0]) < 40000;
}
