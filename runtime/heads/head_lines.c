/* SPDX-License-Identifier: MIT */
/*
 * Lines of two ends, as M-LSD gives them: a map of scores for a line with its
 * middle there, and the way from there to both ends, x, y, x, y, in pixels of
 * the map.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "runtime/heads/head_internal.h"

#define MAX_CANDIDATES 4096

static int read_ends(struct gs_head_reader *r)
{
	struct gs_head_lines *l = &r->head->lines;
	const struct gs_head_output *o = &r->model->output[l->ends];
	const int64_t *d = o->rank < 3 ? o->dim : o->dim + o->rank - 3;
	const size_t plane = (size_t)l->width * l->height;
	char shape[128];

	if (o->rank >= 3 && gs_head_elems(o) == 4 * plane) {
		l->planes = d[0] == 4 && d[1] == l->height && d[2] == l->width;
		if (l->planes ||
		    (d[0] == l->height && d[1] == l->width && d[2] == 4))
			return 0;
	}
	return gs_head_fail(
		r,
		"head.ends: output %s is %s; expected [1,%u,%u,4] or [1,4,%u,%u]",
		o->name, gs_head_shape(o, shape, sizeof(shape)), l->height,
		l->width, l->height, l->width);
}

int gs_head_lines_open(struct gs_head_reader *r)
{
	struct gs_head_lines *l = &r->head->lines;
	uint32_t num;
	int ret = gs_head_outputs(r, "head.scores", 1, &l->scores, &num);

	if (!ret)
		ret = gs_head_outputs(r, "head.ends", 1, &l->ends, &num);
	if (!ret)
		ret = gs_head_map(r, l->scores, &l->width, &l->height);
	if (!ret)
		ret = read_ends(r);
	if (!ret)
		ret = gs_head_number(r, "head.min_length", 0, GS_HEAD_MAX_SIDE,
				     &l->min_length);
	if (!ret)
		ret = gs_head_number(r, "head.near", 0, GS_HEAD_MAX_SIDE,
				     &l->near);
	return ret;
}

/* ---- decoding ------------------------------------------------------------------- */

static int decode_place(const struct gs_head *h, const float *const *data,
			size_t i, struct gs_head_found *f, size_t *cap)
{
	const struct gs_head_lines *l = &h->lines;
	const float *ends = data[l->ends];
	const size_t plane = (size_t)l->width * l->height;
	const float at[2] = { (float)(i % l->width), (float)(i / l->width) };
	const float to[2] = { (float)h->width / (float)l->width,
			      (float)h->height / (float)l->height };
	struct gs_head_item item = { 0 }, *kept;

	item.score = gs_head_activate(h->activation, data[l->scores][i]);
	if (!(item.score > h->threshold))
		return 0;
	for (size_t k = 0; k < 4; k++) {
		float way = l->planes ? ends[k * plane + i] : ends[4 * i + k];

		item.at[k] = (at[k % 2] + way) * to[k % 2];
		if (!isfinite(item.at[k]))
			return 0;
	}
	if (!(hypotf(item.at[2] - item.at[0], item.at[3] - item.at[1]) >
	      l->min_length))
		return 0;
	kept = gs_head_add(f, cap);
	if (!kept)
		return -ENOMEM;
	*kept = item;
	return 0;
}

static float apart(const float *a, const float *b)
{
	return hypotf(a[0] - b[0], a[1] - b[1]);
}

/* Both ends are near, in one order or the other. */
static bool is_near(const float a[4], const float b[4], float near)
{
	return (apart(a, b) < near && apart(a + 2, b + 2) < near) ||
	       (apart(a, b + 2) < near && apart(a + 2, b) < near);
}

/* Of lines that are near each other the best stays, and @limit of all. */
static void drop_near(struct gs_head_found *f, float near, size_t limit)
{
	size_t num = 0;

	for (size_t i = 0; i < f->num && num < limit; i++) {
		bool keep = true;

		for (size_t k = 0; k < num && keep; k++)
			keep = !is_near(f->item[i].at, f->item[k].at, near);
		if (keep)
			f->item[num++] = f->item[i];
	}
	f->num = num;
}

int gs_head_lines_decode(const struct gs_head *h, const float *const *data,
			 struct gs_head_found *f)
{
	const size_t plane = (size_t)h->lines.width * h->lines.height;
	size_t cap = 0;
	int ret = 0;

	for (size_t i = 0; i < plane && !ret; i++)
		ret = decode_place(h, data, i, f, &cap);
	if (!ret)
		ret = gs_head_sort(f, MAX_CANDIDATES);
	if (ret)
		return ret;
	drop_near(f, h->lines.near, h->limit);
	return 0;
}
