/* SPDX-License-Identifier: MIT */
/*
 * Boxes of anchors, as single shot detectors give them: the picture is divided
 * into cells of a stride, for each anchor of a cell there is a row of numbers,
 * the box relative to the anchor and key points, and a row of scores, one for
 * each class. Anchors are ordered by stride, row, column, number in the cell.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/heads/head_internal.h"

/* More boxes than this above the threshold are noise. */
#define MAX_CANDIDATES 2048

/* ---- description ---------------------------------------------------------------- */

static int read_rows(struct gs_head_reader *r, const char *key, size_t width,
		     struct gs_head_rows *rows)
{
	char shape[128];
	int ret = gs_head_outputs(r, key, GS_HEAD_MAX_OUTPUTS, rows->output,
				  &rows->num);

	rows->width = width;
	for (uint32_t i = 0; i < rows->num && !ret; i++) {
		const struct gs_head_output *o =
			&r->model->output[rows->output[i]];
		size_t last = o->rank ? (size_t)o->dim[o->rank - 1] : 1;

		if (last != width)
			return gs_head_fail(
				r, "%s: output %s is %s; expected rows of %zu",
				key, o->name,
				gs_head_shape(o, shape, sizeof(shape)), width);
		rows->rows[i] = gs_head_elems(o) / width;
	}
	return ret;
}

static size_t count_rows(const struct gs_head_rows *rows)
{
	size_t sum = 0;

	for (uint32_t i = 0; i < rows->num; i++)
		sum += rows->rows[i];
	return sum;
}

static size_t cells(uint32_t side, float stride)
{
	return (size_t)ceilf((float)side / stride);
}

static uint64_t count_anchors(const struct gs_head *h)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < h->boxes.num_strides; i++)
		sum += (uint64_t)cells(h->height, h->boxes.stride[i]) *
		       cells(h->width, h->boxes.stride[i]) *
		       h->boxes.anchors[i];
	return sum;
}

/* Sizes of the anchors: all of one cell of each stride. */
static int read_sizes(struct gs_head_reader *r, const char *key, uint32_t all,
		      float *list)
{
	uint32_t num;
	int ret = gs_head_list(r, key, 0, GS_HEAD_MAX_SIDE, list, &num);

	if (!ret && num != all)
		ret = gs_head_fail(r,
				   "%s: %u numbers; expected %u, one for each "
				   "anchor of a cell of each stride",
				   key, num, all);
	return ret;
}

static int read_anchors(struct gs_head_reader *r)
{
	struct gs_head_boxes *b = &r->head->boxes;
	float each[GS_HEAD_MAX_LIST];
	uint32_t num, all = 0;
	int ret = gs_head_list(r, "head.strides", 1, GS_HEAD_MAX_SIDE,
			       b->stride, &b->num_strides);

	if (!ret)
		ret = gs_head_list(r, "head.anchors", 1, GS_HEAD_MAX_LIST, each,
				   &num);
	if (ret)
		return ret;
	if (!b->num_strides || num != b->num_strides)
		return gs_head_fail(
			r,
			"head.strides has %u numbers, head.anchors %u; "
			"expected as many, one at least",
			b->num_strides, num);
	for (uint32_t i = 0; i < num; i++) {
		if (each[i] != floorf(each[i]))
			return gs_head_fail(
				r, "head.anchors: %g; expected whole numbers",
				(double)each[i]);
		b->anchors[i] = (uint32_t)each[i];
		all += b->anchors[i];
	}
	if (b->coding == GS_CODING_OFFSET)
		return 0;
	ret = read_sizes(r, "head.anchor_width", all, b->anchor_width);
	return ret ? ret :
		     read_sizes(r, "head.anchor_height", all, b->anchor_height);
}

static int read_coding(struct gs_head_reader *r)
{
	static const char *const codings[] = { "offset", "ssd", NULL };
	static const char *const orders[] = { "xy", "yx", NULL };
	struct gs_head_boxes *b = &r->head->boxes;
	float list[GS_HEAD_MAX_LIST] = { 1, 1, 1, 1 };
	uint32_t coding = GS_CODING_OFFSET, yx = 0, num = 0;
	int ret = gs_head_choice(r, "head.coding", codings, &coding);

	b->coding = (enum gs_head_coding)coding;
	b->unit = 1;
	if (!ret)
		ret = gs_head_choice(r, "head.order", orders, &yx);
	b->yx = yx;
	if (!ret)
		ret = gs_head_number(r, "head.unit", 1e-6f, GS_HEAD_MAX_SIDE,
				     &b->unit);
	if (!ret)
		ret = gs_head_list(r, "head.variance", 0, 1000, list, &num);
	if (!ret && num && num != 4)
		ret = gs_head_fail(
			r,
			"head.variance: %u numbers; expected 4: x, y, width, height",
			num);
	for (int i = 0; i < 4; i++)
		b->variance[i] = list[i];
	return ret;
}

static int read_merge(struct gs_head_reader *r)
{
	static const char *const merges[] = { "best", "average", NULL };
	struct gs_head_boxes *b = &r->head->boxes;
	uint32_t average = 0;
	int ret = gs_head_choice(r, "head.merge", merges, &average);

	b->average = average;
	b->overlap = 0.5f;
	if (!ret)
		ret = gs_head_number(r, "head.overlap", 0, 1, &b->overlap);
	b->background = UINT32_MAX;
	if (!ret)
		ret = gs_head_count(r, "head.background", 0, 100000,
				    &b->background);
	if (!ret)
		ret = gs_head_count(r, "head.points", 0, GS_HEAD_MAX_POINTS,
				    &b->num_points);
	return ret;
}

/* Rows of as many scores as there are classes; of one class any shape. */
static int read_scores(struct gs_head_reader *r, uint64_t anchors)
{
	struct gs_head_rows *s = &r->head->boxes.scores;
	size_t all = 0;
	int ret = gs_head_outputs(r, "head.scores", GS_HEAD_MAX_OUTPUTS,
				  s->output, &s->num);

	if (ret)
		return ret;
	for (uint32_t i = 0; i < s->num; i++) {
		s->rows[i] = gs_head_elems(&r->model->output[s->output[i]]);
		all += s->rows[i];
	}
	s->width = 1;
	if (all == anchors)
		return 0;
	if (all % anchors)
		return gs_head_fail(
			r,
			"head.scores: %zu values; expected a multiple of %llu, one for each box and class",
			all, (unsigned long long)anchors);
	return read_rows(r, "head.scores", all / anchors, s);
}

int gs_head_boxes_open(struct gs_head_reader *r)
{
	struct gs_head_boxes *b = &r->head->boxes;
	uint64_t anchors;
	int ret = read_coding(r);

	if (!ret)
		ret = read_anchors(r);
	if (!ret)
		ret = read_merge(r);
	if (!ret)
		ret = read_rows(r, "head.boxes", 4 + 2 * b->num_points,
				&b->boxes);
	if (ret)
		return ret;
	anchors = count_anchors(r->head);
	if (count_rows(&b->boxes) != anchors)
		return gs_head_fail(
			r,
			"head.boxes: %zu rows; expected %llu, as many as anchors "
			"in %u x %u pixels",
			count_rows(&b->boxes), (unsigned long long)anchors,
			r->head->width, r->head->height);
	return read_scores(r, anchors);
}

/* ---- decoding ------------------------------------------------------------------- */

/* Walks over rows, output by output. */
struct cursor {
	const struct gs_head_rows *rows;
	const float *const *data;
	uint32_t output;
	size_t row;
};

static const float *next_row(struct cursor *c)
{
	while (c->row == c->rows->rows[c->output]) {
		c->output++;
		c->row = 0;
	}
	return c->data[c->rows->output[c->output]] + c->row++ * c->rows->width;
}

/* Best class and its score; false when there is none above the threshold. */
static bool best_class(const struct gs_head *h, const float *row,
		       struct gs_head_item *item)
{
	const size_t num = h->boxes.scores.width;
	float best = -INFINITY, sum = 0;
	bool found = false;

	for (size_t i = 0; i < num; i++) {
		if (i == h->boxes.background || !(row[i] > best))
			continue;
		best = row[i];
		item->label = (uint32_t)i;
		found = true;
	}
	if (!found)
		return false;
	if (h->activation == GS_HEAD_SOFTMAX) {
		for (size_t i = 0; i < num; i++)
			sum += expf(row[i] - best);
		item->score = 1 / sum;
	} else {
		item->score = gs_head_activate(h->activation, best);
	}
	return item->score > h->threshold;
}

/* Where an anchor is: center and size, in pixels of the input. */
struct anchor {
	float x, y, width, height;
};

static void decode_box(const struct gs_head_boxes *b, const struct anchor *a,
		       const float *row, float at[4])
{
	const int y = b->yx ? 0 : 1, x = 1 - y;
	float cx, cy, w, h;

	if (b->coding == GS_CODING_OFFSET) {
		cx = a->x + row[x] * b->unit;
		cy = a->y + row[y] * b->unit;
		w = row[2 + x] * b->unit;
		h = row[2 + y] * b->unit;
	} else {
		cx = a->x + row[x] * b->variance[0] * a->width;
		cy = a->y + row[y] * b->variance[1] * a->height;
		w = expf(row[2 + x] * b->variance[2]) * a->width;
		h = expf(row[2 + y] * b->variance[3]) * a->height;
	}
	at[0] = cx - w / 2;
	at[1] = cy - h / 2;
	at[2] = cx + w / 2;
	at[3] = cy + h / 2;
}

static void decode_points(const struct gs_head_boxes *b, const struct anchor *a,
			  const float *row, float *point)
{
	const bool ssd = b->coding == GS_CODING_SSD;
	const float sx = ssd ? b->variance[0] * a->width : b->unit;
	const float sy = ssd ? b->variance[1] * a->height : b->unit;
	const int y = b->yx ? 0 : 1, x = 1 - y;

	for (uint32_t i = 0; i < b->num_points; i++) {
		point[2 * i] = a->x + row[4 + 2 * i + (uint32_t)x] * sx;
		point[2 * i + 1] = a->y + row[4 + 2 * i + (uint32_t)y] * sy;
	}
}

static bool all_finite(const float *list, size_t num)
{
	for (size_t i = 0; i < num; i++)
		if (!isfinite(list[i]))
			return false;
	return true;
}

/* A box without extent or with a coordinate that is no number is none. */
static int decode_anchor(const struct gs_head *h, const struct anchor *a,
			 const float *score, const float *row,
			 struct gs_head_found *f, size_t *cap)
{
	struct gs_head_item item = { 0 }, *to;
	float point[2 * GS_HEAD_MAX_POINTS];
	const size_t values = 2u * h->boxes.num_points;

	if (!best_class(h, score, &item))
		return 0;
	decode_box(&h->boxes, a, row, item.at);
	decode_points(&h->boxes, a, row, point);
	if (!all_finite(item.at, 4) || !all_finite(point, values) ||
	    item.at[2] <= item.at[0] || item.at[3] <= item.at[1])
		return 0;
	to = gs_head_add(f, cap);
	if (!to)
		return -ENOMEM;
	*to = item;
	for (size_t i = 0; i < values; i++)
		f->point[(f->num - 1) * values + i] = point[i];
	return 0;
}

static int decode_stride(const struct gs_head *h, uint32_t s, uint32_t sizes,
			 struct cursor *scores, struct cursor *boxes,
			 struct gs_head_found *f, size_t *cap)
{
	const struct gs_head_boxes *b = &h->boxes;
	const size_t rows = cells(h->height, b->stride[s]);
	const size_t columns = cells(h->width, b->stride[s]);
	int ret = 0;

	for (size_t i = 0; i < rows * columns; i++)
		for (uint32_t k = 0; k < b->anchors[s] && !ret; k++) {
			const struct anchor a = {
				((float)(i % columns) + 0.5f) * b->stride[s],
				((float)(i / columns) + 0.5f) * b->stride[s],
				b->coding == GS_CODING_SSD ?
					b->anchor_width[sizes + k] :
					0,
				b->coding == GS_CODING_SSD ?
					b->anchor_height[sizes + k] :
					0,
			};
			const float *score = next_row(scores);

			ret = decode_anchor(h, &a, score, next_row(boxes), f,
					    cap);
		}
	return ret;
}

int gs_head_boxes_decode(const struct gs_head *h, const float *const *data,
			 struct gs_head_found *f)
{
	struct cursor scores = { .rows = &h->boxes.scores, .data = data };
	struct cursor boxes = { .rows = &h->boxes.boxes, .data = data };
	uint32_t sizes = 0;
	size_t cap = 0;
	int ret = 0;

	f->num_points = h->boxes.num_points;
	for (uint32_t s = 0; s < h->boxes.num_strides && !ret; s++) {
		ret = decode_stride(h, s, sizes, &scores, &boxes, f, &cap);
		sizes += h->boxes.anchors[s];
	}
	if (!ret)
		ret = gs_head_sort(f, MAX_CANDIDATES);
	if (!ret)
		ret = gs_head_merge(f, h->boxes.overlap, h->boxes.average);
	if (!ret && f->num > h->limit)
		f->num = h->limit;
	return ret;
}
