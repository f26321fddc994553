/* SPDX-License-Identifier: MIT */
#include "compiler/passes/eval_memory.h"

#include <math.h>
#include <string.h>

/* ---- where --------------------------------------------------------------- */

void gs_eval_picture(const struct gs_tensor *t, struct gs_eval_memory *m)
{
	const enum gs_dim_order order = gs_tensor_order(t);

	*m = (struct gs_eval_memory){
		.nchw = order == GS_ORDER_NCHW && t->shape.rank > 2,
		.line = t->no_border,
	};
	gs_canonical_dims(t, order, m->dim);
}

bool gs_eval_has_slot(const struct gs_tensor *t)
{
	return t->layout.valid && !t->part.of && !t->view_of && !t->data &&
	       gs_shape_elems(&t->shape) > 0;
}

/* Blocks of rows that stand together, borders counted */
static int64_t num_blocks(const struct gs_layout *l)
{
	const int64_t rows = l->top + l->h + l->bottom;

	return (rows + l->row_block - 1) / l->row_block;
}

void gs_eval_memory(const struct gs_tensor *t, struct gs_eval_memory *m)
{
	const struct gs_layout *l = &t->layout;

	gs_eval_picture(t, m);
	if (!gs_eval_has_slot(t))
		return;
	m->slot = l;
	m->row = (l->left + l->w + l->right) * l->c_phys;
	m->image = num_blocks(l) * m->row;
	m->end = l->n * m->image + l->slack;
}

int64_t gs_eval_slot_elems(const struct gs_tensor *t)
{
	const struct gs_layout *l = &t->layout;
	int64_t elems;

	return __builtin_mul_overflow(l->left + l->w + l->right, l->c_phys,
				      &elems) ||
			       __builtin_mul_overflow(elems, num_blocks(l),
						      &elems) ||
			       __builtin_mul_overflow(elems, l->n, &elems) ||
			       __builtin_add_overflow(elems, l->slack, &elems) ?
		       -1 :
		       elems;
}

static bool is_within(int64_t at, int64_t extent)
{
	return at >= 0 && at < extent;
}

/* As addresses are made: what is beyond a pixel's channels is the next pixel. */
static int64_t in_slot(const struct gs_eval_memory *m, const int64_t *at)
{
	const struct gs_layout *l = m->slot;
	int64_t row, w, c = at[GS_MEM_C], i;

	if (__builtin_add_overflow(at[GS_MEM_H], l->top, &row) ||
	    __builtin_add_overflow(at[GS_MEM_W], l->left, &w) ||
	    !is_within(at[GS_MEM_N], l->n) ||
	    !is_within(row, m->image / m->row * l->row_block) ||
	    !is_within(w, m->end / l->c_phys + 1) || !is_within(c, m->end))
		return -1;
	if (l->channel_map && c < l->c)
		c = l->channel_map[c];
	i = at[GS_MEM_N] * m->image + row / l->row_block * m->row +
	    w * l->c_phys + row % l->row_block * (l->c_phys / l->row_block) + c;
	return is_within(i, m->end) ? i : -1;
}

/* The same pixel, in the row it is in */
static void wrap(const struct gs_eval_memory *m, int64_t *at)
{
	const int64_t *d = m->dim;
	const int64_t pixel =
		(at[GS_MEM_N] * d[GS_MEM_H] + at[GS_MEM_H]) * d[GS_MEM_W] +
		at[GS_MEM_W];

	if (pixel < 0)
		return;
	at[GS_MEM_W] = pixel % d[GS_MEM_W];
	at[GS_MEM_H] = pixel / d[GS_MEM_W] % d[GS_MEM_H];
	at[GS_MEM_N] = pixel / d[GS_MEM_W] / d[GS_MEM_H];
}

static int64_t in_picture(const struct gs_eval_memory *m, const int64_t *where)
{
	const int64_t *d = m->dim;
	int64_t at[GS_MEM_DIMS];
	unsigned i;

	memcpy(at, where, sizeof(at));
	if (m->line)
		wrap(m, at);
	for (i = 0; i < GS_MEM_DIMS; i++)
		if (at[i] < 0 || at[i] >= d[i])
			return -1;
	if (m->nchw)
		return ((at[GS_MEM_N] * d[GS_MEM_C] + at[GS_MEM_C]) *
				d[GS_MEM_H] +
			at[GS_MEM_H]) *
			       d[GS_MEM_W] +
		       at[GS_MEM_W];
	return ((at[GS_MEM_N] * d[GS_MEM_H] + at[GS_MEM_H]) * d[GS_MEM_W] +
		at[GS_MEM_W]) *
		       d[GS_MEM_C] +
	       at[GS_MEM_C];
}

int64_t gs_eval_element(const struct gs_eval_memory *m,
			const int64_t at[GS_MEM_DIMS])
{
	return m->slot ? in_slot(m, at) : in_picture(m, at);
}

void gs_eval_position(const struct gs_access *a, const int64_t *index,
		      int64_t at[GS_MEM_DIMS])
{
	unsigned i;

	memcpy(at, a->at, sizeof(a->at));
	/* Those of a text may be any: they wrap, and are nowhere. */
	for (i = 0; i < a->num_dims; i++)
		at[a->dim[i].dim] = (int64_t)((uint64_t)at[a->dim[i].dim] +
					      (uint64_t)a->dim[i].step *
						      (uint64_t)index[i]);
}

/* ---- slots --------------------------------------------------------------- */

/* In padding channels: weights of 0 may meet it, nothing else may. */
static float extreme(const struct gs_tensor *t)
{
	const struct gs_quant *q = &t->quant;
	const float low = (float)(gs_dtype_low(q->type) - q->zero_point);
	const float high = (float)(gs_dtype_high(q->type) - q->zero_point);

	return (q->valid ? q->scale[0] : 1) * (high > -low ? high : low);
}

/* What is at coordinates of a slot nothing was written to */
static float initial(const struct gs_tensor *t, const int64_t *at)
{
	const struct gs_layout *l = &t->layout;
	const float scale = t->quant.valid ? t->quant.scale[0] : 1;

	if (is_within(at[GS_MEM_H], l->h) && is_within(at[GS_MEM_W], l->w))
		return at[GS_MEM_C] < l->c ? NAN : extreme(t);
	return l->filled ?
		       NAN :
		       scale * (float)(l->border_value - t->quant.zero_point);
}

void gs_eval_slot_clear(const struct gs_tensor *t, float *slot)
{
	const struct gs_layout *l = &t->layout;
	const int64_t extent[GS_MEM_DIMS] = { l->n, l->top + l->h + l->bottom,
					      l->left + l->w + l->right,
					      l->c_phys / l->row_block };
	int64_t index[GS_MEM_DIMS] = { 0 }, at[GS_MEM_DIMS], i;
	struct gs_eval_memory m;

	gs_eval_memory(t, &m);
	for (i = 0; i < m.end; i++)
		slot[i] = extreme(t);
	do {
		memcpy(at, index, sizeof(at));
		at[GS_MEM_H] -= l->top;
		at[GS_MEM_W] -= l->left;
		i = gs_eval_element(&m, at);
		if (i >= 0)
			slot[i] = initial(t, at);
	} while (gs_eval_advance(index, extent, GS_MEM_DIMS));
}

/* ---- transfers ----------------------------------------------------------- */

/* A tensor's elements as operators take them, and where they stand */
struct pair {
	struct gs_eval_memory picture, whole;
	const struct gs_access *part; /* NULL: all of it, as it is */
	float *own, *memory;
	bool store;
};

static int64_t place_of(const struct pair *p, const int64_t *index)
{
	int64_t at[GS_MEM_DIMS];

	if (!p->part)
		return gs_eval_element(&p->whole, index);
	gs_eval_position(p->part, index, at);
	return gs_eval_element(&p->whole, at);
}

static void move_one(const struct pair *p, int64_t here, int64_t there)
{
	if (here < 0)
		return;
	if (!p->store)
		p->own[here] = there < 0 ? NAN : p->memory[there];
	else if (there >= 0)
		p->memory[there] = p->own[here];
}

/* Do channels stand one behind the other? */
static bool runs(const struct pair *p)
{
	const struct gs_layout *l = p->whole.slot;

	return (!l || !l->channel_map) &&
	       (!p->part || (p->part->dim[GS_MEM_C].dim == GS_MEM_C &&
			     p->part->dim[GS_MEM_C].step == 1));
}

/* The channels of a pixel; false: some are nowhere */
static bool move_run(const struct pair *p, const int64_t *pixel)
{
	const int64_t num = p->picture.dim[GS_MEM_C];
	int64_t last[GS_MEM_DIMS], here, there, step, i;

	memcpy(last, pixel, sizeof(last));
	last[GS_MEM_C] = num - 1;
	here = gs_eval_element(&p->picture, pixel);
	there = place_of(p, pixel);
	step = num > 1 ?
		       (gs_eval_element(&p->picture, last) - here) / (num - 1) :
		       1;
	if (here < 0 || there < 0 || place_of(p, last) < 0)
		return false;
	/* In a picture they may be apart there too. */
	i = num > 1 ? (place_of(p, last) - there) / (num - 1) : 1;
	if (p->store)
		for (; last[GS_MEM_C] >= 0; last[GS_MEM_C]--)
			p->memory[there + last[GS_MEM_C] * i] =
				p->own[here + last[GS_MEM_C] * step];
	else
		for (; last[GS_MEM_C] >= 0; last[GS_MEM_C]--)
			p->own[here + last[GS_MEM_C] * step] =
				p->memory[there + last[GS_MEM_C] * i];
	return true;
}

void gs_eval_transfer(const struct gs_tensor *t, float *own, float *memory,
		      bool store)
{
	struct pair p = { .part = t->part.of ? &t->part : NULL,
			  .own = own,
			  .memory = memory,
			  .store = store };
	int64_t index[GS_MEM_DIMS] = { 0 }, *c = &index[GS_MEM_C];
	bool even;

	gs_eval_picture(t, &p.picture);
	gs_eval_memory(t->part.of ? t->part.of : t, &p.whole);
	even = runs(&p);
	do {
		if (even && move_run(&p, index))
			continue;
		for (; *c < p.picture.dim[GS_MEM_C]; ++*c)
			move_one(&p, gs_eval_element(&p.picture, index),
				 place_of(&p, index));
		*c = 0;
	} while (gs_eval_advance(index, p.picture.dim, GS_MEM_C));
}

void gs_eval_show(const struct gs_tensor *view, const float *root, float *out)
{
	static const enum gs_mem_dim sequence[2][GS_MEM_DIMS] = {
		[GS_ORDER_NCHW] = { GS_MEM_N, GS_MEM_C, GS_MEM_H, GS_MEM_W },
		[GS_ORDER_NHWC] = { GS_MEM_N, GS_MEM_H, GS_MEM_W, GS_MEM_C },
	};
	const enum gs_mem_dim *dim = sequence[gs_tensor_order(view)];
	const struct gs_tensor *t = view;
	int64_t extent[GS_MEM_DIMS], index[GS_MEM_DIMS] = { 0 };
	int64_t at[GS_MEM_DIMS], k;
	struct gs_eval_memory m;
	unsigned i;

	while (t->view_of)
		t = t->view_of;
	gs_eval_picture(t, &m);
	for (i = 0; i < GS_MEM_DIMS; i++)
		extent[i] = m.dim[dim[i]];
	do {
		for (i = 0; i < GS_MEM_DIMS; i++)
			at[dim[i]] = index[i];
		k = gs_eval_element(&m, at);
		if (k >= 0)
			*out++ = root[k];
	} while (gs_eval_advance(index, extent, GS_MEM_DIMS));
}
