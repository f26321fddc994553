/* SPDX-License-Identifier: MIT */
/* Matrix products, means and what is computed value by value. */
#include <string.h>

#include "tests/sweep/sweep.h"

#define MAX_WORK 6000000
#define MAX_ELEMS 20000

static int64_t round_up(int64_t value, int64_t to)
{
	return (value + to - 1) / to * to;
}

static void one_in_one_out(struct sw_case *c)
{
	c->num_in = c->num_out = 1;
	sw_range(c, 0);
}

/* A tensor of any rank from @least to 5, where that is not 4 */
static void draw_shape(struct sw_case *c, struct sw_shape *s, unsigned least)
{
	unsigned i;

	if (c->given) {
		*s = *c->given;
		return;
	}
	s->rank = sw_chance(c, 60) ? 4 : (unsigned)sw_between(c, least, 5);
	s->dim[0] = sw_batch(c);
	for (i = 1; i < s->rank; i++)
		s->dim[i] = sw_extent(c, s->rank == 4 ? 37 :
					 s->rank == 5 ? 11 :
							97);
	if (s->rank == 4)
		s->dim[1] = sw_channels(c);
	else
		s->dim[s->rank - 1] = sw_channels(c);
}

/* Divisors stay away from zero. */
static void keep_apart(struct sw_case *c, unsigned i)
{
	c->within = true;
	c->high[i] = sw_real(c, 0.5f, 4.0f);
	c->low[i] = c->high[i] / 4;
}

static bool is_cheap(const struct sw_case *c, int64_t vectors, int64_t in,
		     int64_t out)
{
	const int64_t n = c->arch.array_n;

	return vectors * round_up(in, n) * round_up(out, n) < MAX_WORK;
}

bool sw_draw_gemm(struct sw_case *c)
{
	const int64_t batch = sw_batch(c), out = sw_channels(c);
	int64_t in = sw_channels(c) * sw_between(c, 1, 5);

	one_in_one_out(c);
	c->in[0] = (struct sw_shape){ 2, { batch, in } };
	if (sw_chance(c, 30)) {
		c->in[0] = (struct sw_shape){ 4,
					      { batch, sw_extent(c, 37),
						sw_extent(c, 11),
						sw_extent(c, 11) } };
		in = sw_elems(&c->in[0]) / batch;
	}
	c->out[0] = (struct sw_shape){ 2, { batch, out } };
	c->keep = sw_chance(c, 50); /* B is [out, in] */
	c->w.shape =
		(struct sw_shape){ 2,
				   { c->keep ? out : in, c->keep ? in : out } };
	sw_fill(c, &c->w, -0.5f, 1.0f);
	if (sw_chance(c, 70)) {
		c->b.shape = (struct sw_shape){ 1, { out } };
		sw_fill(c, &c->b, -1.0f, 1.0f);
	}
	sw_draw_act(c, true);
	return is_cheap(c, batch, in, out);
}

bool sw_draw_matmul(struct sw_case *c)
{
	struct sw_shape *x = &c->in[0];
	const int64_t out = sw_channels(c);
	int64_t in;

	one_in_one_out(c);
	draw_shape(c, x, 2);
	in = x->dim[x->rank - 1];
	c->out[0] = *x;
	c->out[0].dim[x->rank - 1] = out;
	c->w.shape = (struct sw_shape){ 2, { in, out } };
	sw_fill(c, &c->w, -1.0f, 0.5f);
	sw_draw_act(c, true);
	return is_cheap(c, sw_elems(x) / in, in, out) &&
	       sw_elems(&c->out[0]) < MAX_ELEMS && sw_elems(x) < MAX_ELEMS;
}

/* Over any axes, mostly channels, rows, columns, or rows and columns */
bool sw_draw_mean(struct sw_case *c)
{
	struct sw_shape *x = &c->in[0], *y = &c->out[0];
	const bool any = sw_chance(c, 30);
	unsigned i, k;

	one_in_one_out(c);
	draw_shape(c, x, 2);
	if (any) {
		for (i = 0; i < x->rank; i++)
			if (sw_chance(c, 50))
				c->list[c->num_list++] = i;
	} else if (x->rank == 4 && sw_chance(c, 40)) {
		c->num_list = 2;
		c->list[0] = 2;
		c->list[1] = 3;
	} else {
		c->num_list = 1;
		c->list[0] = sw_between(c, 1, x->rank - 1);
	}
	if (!c->num_list)
		return false;
	c->keep = sw_chance(c, 50);
	*y = (struct sw_shape){ 0 };
	for (i = 0; i < x->rank; i++) {
		for (k = 0; k < c->num_list && c->list[k] != (int)i; k++)
			;
		if (k == c->num_list)
			y->dim[y->rank++] = x->dim[i];
		else if (c->keep)
			y->dim[y->rank++] = 1;
	}
	return sw_elems(x) < MAX_ELEMS;
}

bool sw_draw_softmax(struct sw_case *c)
{
	one_in_one_out(c);
	draw_shape(c, &c->in[0], 2);
	c->axis = sw_chance(c, 60) ? c->in[0].rank - 1 :
				     sw_between(c, 1, c->in[0].rank - 1);
	c->out[0] = c->in[0];
	return sw_elems(&c->in[0]) < 3000;
}

/* Four rows of parameters: scale, bias, mean, variance */
bool sw_draw_batchnorm(struct sw_case *c)
{
	int64_t i, num;

	one_in_one_out(c);
	draw_shape(c, &c->in[0], 4);
	c->in[0].rank = 4;
	c->out[0] = c->in[0];
	num = c->in[0].dim[1];
	c->w.shape = (struct sw_shape){ 2, { 4, num } };
	sw_fill(c, &c->w, -1.0f, 1.0f);
	for (i = 3 * num; i < 4 * num; i++)
		c->w.v[i] = c->w.v[i] * 0.4f + 0.6f;
	sw_draw_act(c, false);
	return sw_elems(&c->in[0]) < MAX_ELEMS;
}

static void draw_binary_act(struct sw_case *c)
{
	sw_draw_act(c, false);
	sw_range(c, 0);
	sw_range(c, 1);
}

bool sw_draw_binary(struct sw_case *c)
{
	unsigned i, k;

	c->num_in = 2;
	c->num_out = 1;
	draw_shape(c, &c->in[0], 2);
	c->in[1] = c->in[0];
	for (k = c->given ? 1 : 0; k < 2 && sw_chance(c, 60); k++) {
		struct sw_shape *s = &c->in[k];

		for (i = 0; i < s->rank; i++)
			if (sw_chance(c, 35))
				s->dim[i] = 1;
	}
	if (sw_chance(c, 15) && c->in[1].rank > 2) {
		struct sw_shape *s = &c->in[1];

		memmove(s->dim, s->dim + 1, --s->rank * sizeof(*s->dim));
	}
	draw_binary_act(c);
	if (!strcmp(c->op->onnx, "Div"))
		keep_apart(c, 1);
	return sw_broadcast(&c->in[0], &c->in[1], &c->out[0]) &&
	       sw_elems(&c->out[0]) < MAX_ELEMS;
}

/* The same range for both, so that equal values have equal integers */
bool sw_draw_equal(struct sw_case *c)
{
	const bool drawn = sw_draw_binary(c);

	c->act = SW_ACT_NONE;
	c->low[1] = c->low[0];
	c->high[1] = c->high[0];
	return drawn && sw_elems(&c->in[0]) > 1 && sw_elems(&c->in[1]) > 1;
}

/* Slopes that are computed spread to the values, not the other way. */
bool sw_draw_slopes(struct sw_case *c)
{
	const bool drawn = sw_draw_binary(c);

	c->act = SW_ACT_NONE;
	return drawn && sw_elems(&c->out[0]) == sw_elems(&c->in[0]) &&
	       c->in[1].rank == c->in[0].rank;
}

/* One value, one for each channel, a plane, all */
static void const_shape(struct sw_case *c, struct sw_shape *k)
{
	const struct sw_shape *x = &c->in[0];
	unsigned i;

	*k = *x;
	switch (sw_below(c, 4)) {
	case 0:
		k->rank = sw_chance(c, 50) ? 1 : x->rank;
		for (i = 0; i < k->rank; i++)
			k->dim[i] = 1;
		break;
	case 1:
		for (i = 0; i < k->rank; i++)
			if (i != (k->rank == 4 ? 1 : k->rank - 1))
				k->dim[i] = 1;
		break;
	case 2:
		k->dim[0] = 1;
		k->dim[1] = 1;
		break;
	default:
		break;
	}
}

bool sw_draw_binary_const(struct sw_case *c)
{
	const bool div = !strcmp(c->op->onnx, "Div");

	c->num_in = c->num_out = 1;
	draw_shape(c, &c->in[0], 2);
	c->out[0] = c->in[0];
	const_shape(c, &c->w.shape);
	c->const_first = sw_chance(c, 40);
	draw_binary_act(c);
	if (div && c->const_first)
		keep_apart(c, 0);
	if (div)
		sw_fill(c, &c->w, 0.5f, 2.0f);
	else
		sw_fill(c, &c->w, -sw_real(c, 0.1f, 2.0f),
			sw_real(c, 0.1f, 2.0f));
	return sw_elems(&c->in[0]) < MAX_ELEMS;
}

bool sw_draw_unary(struct sw_case *c)
{
	const char *op = c->op->onnx;

	one_in_one_out(c);
	draw_shape(c, &c->in[0], 2);
	c->out[0] = c->in[0];
	if (!strcmp(op, "Clip")) {
		c->alpha = sw_real(c, -3.0f, 0.0f);
		c->beta = sw_real(c, 0.2f, 4.0f);
	} else if (!strcmp(op, "LeakyRelu")) {
		c->alpha = sw_real(c, 0.01f, 1.5f);
	} else if (!strcmp(op, "HardSigmoid")) {
		c->alpha = sw_real(c, 0.05f, 0.5f);
		c->beta = sw_real(c, 0.2f, 0.8f);
	} else if (!strcmp(op, "Log") || !strcmp(op, "Reciprocal")) {
		keep_apart(c, 0);
	} else if (!strcmp(op, "Sqrt")) {
		c->low[0] = 0.0f;
		c->high[0] = sw_real(c, 0.1f, 8.0f);
	} else if (!strcmp(op, "Exp")) {
		c->low[0] = sw_real(c, -4.0f, 0.0f);
		c->high[0] = sw_real(c, 0.1f, 2.0f);
	} else if (!strcmp(op, "Pow")) {
		c->alpha = sw_chance(c, 50) ? 2.0f : 0.5f;
		if (c->alpha == 0.5f)
			c->low[0] = 0.0f, c->high[0] = 3.0f;
	} else if (!strcmp(op, "PRelu")) {
		c->w.shape = (struct sw_shape){ c->in[0].rank, { 1, 1, 1, 1 } };
		if (c->in[0].rank == 4)
			c->w.shape.dim[1] = c->in[0].dim[1];
		else
			c->w.shape.dim[c->in[0].rank - 1] =
				c->in[0].dim[c->in[0].rank - 1];
		sw_fill(c, &c->w, -0.5f, 1.0f);
	}
	return sw_elems(&c->in[0]) < MAX_ELEMS;
}
