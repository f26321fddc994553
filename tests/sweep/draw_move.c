/* SPDX-License-Identifier: MIT */
/* Operators that move elements. */
#include <string.h>

#include "tests/sweep/sweep.h"

#define MAX_ELEMS 12000

static void draw_shape(struct sw_case *c, struct sw_shape *s, unsigned least,
		       unsigned most)
{
	unsigned i;

	c->num_in = c->num_out = 1;
	sw_range(c, 0);
	if (c->given) {
		*s = *c->given;
		return;
	}
	s->rank = sw_chance(c, 60) ? 4 : (unsigned)sw_between(c, least, most);
	s->dim[0] = sw_batch(c);
	for (i = 1; i < s->rank; i++)
		s->dim[i] = sw_extent(c, s->rank > 4 ? 7 : 23);
	if (s->rank <= 4)
		s->dim[sw_chance(c, 60) ? 1 : s->rank - 1] = sw_channels(c);
}

static bool is_cheap(const struct sw_case *c)
{
	return sw_elems(&c->in[0]) < MAX_ELEMS &&
	       sw_elems(&c->out[0]) < MAX_ELEMS;
}

bool sw_draw_transpose(struct sw_case *c)
{
	const struct sw_shape *x = &c->in[0];
	unsigned i, k;

	draw_shape(c, &c->in[0], 2, 5);
	c->num_list = x->rank;
	for (i = 0; i < x->rank; i++)
		c->list[i] = i;
	for (i = x->rank - 1; i > 0; i--) {
		const int64_t other = c->list[i];

		k = sw_below(c, i + 1);
		c->list[i] = c->list[k];
		c->list[k] = other;
	}
	c->out[0].rank = x->rank;
	for (i = 0; i < x->rank; i++)
		c->out[0].dim[i] = x->dim[c->list[i]];
	return is_cheap(c);
}

/* Neighbours joined, or one axis split */
bool sw_draw_reshape(struct sw_case *c)
{
	const struct sw_shape *x = &c->in[0];
	struct sw_shape *y = &c->out[0];
	unsigned at, i;

	draw_shape(c, &c->in[0], 3, 5);
	*y = *x;
	at = sw_below(c, x->rank - 1);
	if (sw_chance(c, 50)) {
		y->dim[at] *= y->dim[at + 1];
		for (i = at + 1; i + 1 < y->rank; i++)
			y->dim[i] = y->dim[i + 1];
		y->rank--;
	} else {
		const int64_t part = sw_between(c, 2, 5);

		if (x->dim[at + 1] % part || x->rank >= 5)
			return false;
		for (i = y->rank; i > at + 1; i--)
			y->dim[i] = y->dim[i - 1];
		y->dim[at + 1] = part;
		y->dim[at + 2] /= part;
		y->rank++;
	}
	return is_cheap(c);
}

/* Flatten, Squeeze, Unsqueeze */
bool sw_draw_view(struct sw_case *c)
{
	struct sw_shape *x = &c->in[0], *y = &c->out[0];
	unsigned i;

	draw_shape(c, x, 2, 4);
	c->axis = sw_between(c, 1, x->rank - 1);
	*y = (struct sw_shape){ 2, { 1, 1 } };
	if (!strcmp(c->op->onnx, "Flatten")) {
		for (i = 0; i < x->rank; i++)
			y->dim[(int)i >= c->axis] *= x->dim[i];
		return is_cheap(c);
	}
	/* One axis of 1 more than the other has */
	*y = *x;
	memmove(&y->dim[c->axis + 1], &y->dim[c->axis],
		(y->rank++ - (size_t)c->axis) * sizeof(*y->dim));
	y->dim[c->axis] = 1;
	c->list[0] = c->axis;
	c->num_list = 1;
	if (!strcmp(c->op->onnx, "Squeeze")) {
		const struct sw_shape more = *y;

		*y = *x;
		*x = more;
	}
	return is_cheap(c);
}

bool sw_draw_concat(struct sw_case *c)
{
	struct sw_shape *y = &c->out[0];
	const bool same = sw_chance(c, 50);
	unsigned i;

	draw_shape(c, y, 2, 5);
	c->num_in = 2 + sw_below(c, 3);
	c->axis = sw_below(c, y->rank);
	for (i = 0; i < c->num_in; i++) {
		c->in[i] = *y;
		if (i || !c->given)
			c->in[i].dim[c->axis] = sw_extent(c, 13);
		sw_range(c, i);
		if (same) {
			c->low[i] = c->low[0];
			c->high[i] = c->high[0];
		}
	}
	y->dim[c->axis] = 0;
	for (i = 0; i < c->num_in; i++)
		y->dim[c->axis] += c->in[i].dim[c->axis];
	return is_cheap(c);
}

bool sw_draw_split(struct sw_case *c)
{
	struct sw_shape *x = &c->in[0];
	unsigned i;

	draw_shape(c, x, 2, 5);
	c->num_out = c->num_list = 2 + sw_below(c, 3);
	c->axis = sw_below(c, x->rank);
	x->dim[c->axis] = 0;
	for (i = 0; i < c->num_out; i++) {
		c->list[i] = sw_extent(c, 13);
		x->dim[c->axis] += c->list[i];
	}
	for (i = 0; i < c->num_out; i++) {
		c->out[i] = *x;
		c->out[i].dim[c->axis] = c->list[i];
	}
	return sw_elems(x) < MAX_ELEMS;
}

/* list: starts and, behind them, ends; negative steps walk backwards */
bool sw_draw_slice(struct sw_case *c)
{
	const struct sw_shape *x = &c->in[0];
	unsigned i;

	draw_shape(c, &c->in[0], 2, 5);
	c->num_list = x->rank;
	c->out[0] = *x;
	for (i = 0; i < x->rank; i++) {
		int64_t *dim = &c->out[0].dim[i], first, num;

		c->list[i] = 0;
		c->list[SW_RANK + i] = *dim;
		c->step[i] = 1;
		if (sw_chance(c, 50))
			continue;
		c->step[i] = sw_chance(c, 60) ? 1 : sw_between(c, 2, 3);
		first = sw_between(c, 0, *dim - 1);
		num = sw_between(c, 1, (*dim - 1 - first) / c->step[i] + 1);
		c->list[i] = first;
		c->list[SW_RANK + i] = first + (num - 1) * c->step[i] + 1;
		if (sw_chance(c, 20)) {
			c->list[i] = first + (num - 1) * c->step[i];
			c->list[SW_RANK + i] = first ? first - 1 : -*dim - 1;
			c->step[i] = -c->step[i];
		}
		*dim = num;
	}
	return is_cheap(c);
}

bool sw_draw_pad(struct sw_case *c)
{
	static const char *const modes[] = { "constant", "constant", "edge",
					     "reflect" };
	const struct sw_shape *x = &c->in[0];
	unsigned i;

	draw_shape(c, &c->in[0], 2, 4);
	c->mode = sw_pick(c, modes, 4);
	c->num_list = x->rank;
	c->out[0] = *x;
	for (i = 0; i < x->rank; i++) {
		const int64_t most =
			!strcmp(c->mode, "reflect") ? x->dim[i] - 1 : 5;

		c->list[i] = c->list[SW_RANK + i] = 0;
		if (sw_chance(c, 50) || (!i && sw_chance(c, 80)))
			continue;
		c->list[i] = sw_between(c, 0, most < 5 ? most : 5);
		c->list[SW_RANK + i] = sw_between(c, 0, most < 5 ? most : 5);
		c->out[0].dim[i] += c->list[i] + c->list[SW_RANK + i];
	}
	c->alpha = sw_chance(c, 50) ? 0.0f : sw_real(c, c->low[0], c->high[0]);
	return is_cheap(c);
}

bool sw_draw_expand(struct sw_case *c)
{
	struct sw_shape *x = &c->in[0];
	unsigned i;

	draw_shape(c, x, 2, 4);
	c->out[0] = *x;
	for (i = 0; i < x->rank; i++)
		if (sw_chance(c, 40))
			x->dim[i] = 1;
	if (sw_chance(c, 20) && x->rank > 2)
		memmove(x->dim, x->dim + 1, --x->rank * sizeof(*x->dim));
	return is_cheap(c);
}

bool sw_draw_tile(struct sw_case *c)
{
	struct sw_shape *x = &c->in[0];
	unsigned i;

	draw_shape(c, x, 2, 4);
	c->out[0] = *x;
	c->num_list = x->rank;
	for (i = 0; i < x->rank; i++) {
		c->list[i] = sw_chance(c, 60) ? 1 : sw_between(c, 2, 4);
		c->out[0].dim[i] *= c->list[i];
	}
	return is_cheap(c);
}

bool sw_draw_gather(struct sw_case *c)
{
	struct sw_shape *x = &c->in[0];
	unsigned i;

	draw_shape(c, x, 2, 4);
	c->axis = sw_below(c, x->rank);
	c->num_list = 1 + sw_below(c, 7);
	for (i = 0; i < c->num_list; i++)
		c->list[i] = sw_between(c, 0, x->dim[c->axis] - 1);
	c->out[0] = *x;
	c->out[0].dim[c->axis] = c->num_list;
	return is_cheap(c);
}

/* DepthToSpace and SpaceToDepth */
bool sw_draw_blocks(struct sw_case *c)
{
	static const char *const modes[] = { "DCR", "CRD" };
	const bool deep = !strcmp(c->op->onnx, "SpaceToDepth");
	const int64_t b = sw_between(c, 2, 3);
	struct sw_shape *x = &c->in[0], *y = &c->out[0];

	draw_shape(c, x, 4, 4);
	c->mode = deep ? "DCR" : sw_pick(c, modes, 2);
	c->list[0] = b;
	if (deep) {
		x->dim[2] *= b;
		x->dim[3] *= b;
	} else {
		x->dim[1] = (x->dim[1] + 3) / 4 * b * b;
	}
	*y = *x;
	y->dim[1] = deep ? x->dim[1] * b * b : x->dim[1] / (b * b);
	y->dim[2] = deep ? x->dim[2] / b : x->dim[2] * b;
	y->dim[3] = deep ? x->dim[3] / b : x->dim[3] * b;
	return is_cheap(c);
}

bool sw_draw_resize(struct sw_case *c)
{
	static const char *const coordinates[] = { "half_pixel", "asymmetric",
						   "align_corners",
						   "pytorch_half_pixel" };
	static const char *const roundings[] = { "round_prefer_floor", "floor",
						 "ceil", "round_prefer_ceil" };
	struct sw_shape *x = &c->in[0], *y = &c->out[0];
	unsigned i;

	draw_shape(c, x, 2, 4);
	c->mode = strchr(c->op->name, '-') + 1;
	c->coordinates = sw_pick(c, coordinates, 4);
	c->rounding = sw_pick(c, roundings, 4);
	*y = *x;
	for (i = sw_chance(c, 15) || x->rank == 2 ? 1 : 2; i < x->rank; i++)
		y->dim[i] = sw_chance(c, 60) ? x->dim[i] * sw_between(c, 1, 4) :
					       sw_extent(c, 23);
	return is_cheap(c);
}
