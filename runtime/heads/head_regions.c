/* SPDX-License-Identifier: MIT */
/* Connected parts of a mask: pixels that touch at a side or corner. */
#include <errno.h>
#include <stdlib.h>

#include "runtime/heads/head_internal.h"

struct part {
	uint32_t left, top, right, bottom; /* last pixels */
	size_t pixels;
	double sum; /* of scores */
};

struct search {
	const struct gs_head_found *f;
	bool *seen;
	uint32_t *stack; /* places still to look around, each once */
	size_t depth;
};

static void visit(struct search *s, uint32_t x, uint32_t y)
{
	const size_t at = (size_t)y * s->f->map_width + x;

	if (s->seen[at] || !(s->f->map[at] > s->f->threshold))
		return;
	s->seen[at] = true;
	s->stack[s->depth++] = (uint32_t)at;
}

static void add(struct part *p, uint32_t x, uint32_t y, float score)
{
	if (!p->pixels || x < p->left)
		p->left = x;
	if (!p->pixels || x > p->right)
		p->right = x;
	if (!p->pixels || y < p->top)
		p->top = y;
	if (!p->pixels || y > p->bottom)
		p->bottom = y;
	p->pixels++;
	p->sum += (double)score;
}

/* The part around a pixel, unless it was seen or is not of the mask. */
static struct part follow(struct search *s, uint32_t x, uint32_t y)
{
	const uint32_t width = s->f->map_width, height = s->f->map_height;
	struct part p = { 0 };

	visit(s, x, y);
	while (s->depth) {
		const uint32_t at = s->stack[--s->depth];
		const uint32_t cx = at % width, cy = at / width;

		add(&p, cx, cy, s->f->map[at]);
		for (uint32_t ny = cy ? cy - 1 : 0; ny <= cy + 1 && ny < height;
		     ny++)
			for (uint32_t nx = cx ? cx - 1 : 0;
			     nx <= cx + 1 && nx < width; nx++)
				visit(s, nx, ny);
	}
	return p;
}

/*
 * The box in pixels of the input. Where maps are trained to be smaller than
 * what they mark, it grows by @grow times area over circumference, those of a
 * rectangle as long as the box with the area of the part, which may be slanted.
 */
static void to_box(const struct gs_head *h, const struct gs_head_found *f,
		   const struct part *p, float at[4])
{
	const float sx = (float)h->width / (float)f->map_width;
	const float sy = (float)h->height / (float)f->map_height;
	const float width = (float)(p->right - p->left + 1) * sx;
	const float height = (float)(p->bottom - p->top + 1) * sy;
	const float area = (float)p->pixels * sx * sy;
	const float along = width > height ? width : height;
	const float by = h->mask.grow * area / (2 * (along + area / along));

	at[0] = (float)p->left * sx - by;
	at[1] = (float)p->top * sy - by;
	at[2] = (float)(p->right + 1) * sx + by;
	at[3] = (float)(p->bottom + 1) * sy + by;
	at[0] = at[0] > 0 ? at[0] : 0;
	at[1] = at[1] > 0 ? at[1] : 0;
	at[2] = at[2] < (float)h->width ? at[2] : (float)h->width;
	at[3] = at[3] < (float)h->height ? at[3] : (float)h->height;
}

static int keep(const struct gs_head *h, const struct part *p,
		struct gs_head_found *f, size_t *cap)
{
	const float score = (float)(p->sum / (double)p->pixels);
	const float width = (float)(p->right - p->left + 1) * (float)h->width /
			    (float)f->map_width;
	const float height = (float)(p->bottom - p->top + 1) *
			     (float)h->height / (float)f->map_height;
	struct gs_head_item *item;

	if (score < h->mask.region_score ||
	    (width < height ? width : height) < h->mask.region_size ||
	    f->num == h->limit)
		return 0;
	item = gs_head_add(f, cap);
	if (!item)
		return -ENOMEM;
	*item = (struct gs_head_item){ .score = score };
	to_box(h, f, p, item->at);
	return 0;
}

int gs_head_regions(const struct gs_head *h, struct gs_head_found *f)
{
	const size_t pixels = (size_t)f->map_width * f->map_height;
	struct search s = { .f = f };
	size_t cap = 0;
	int ret = 0;

	s.seen = calloc(pixels, sizeof(*s.seen));
	s.stack = malloc(pixels * sizeof(*s.stack));
	if (!s.seen || !s.stack)
		ret = -ENOMEM;
	for (size_t i = 0; i < pixels && !ret; i++) {
		struct part p = follow(&s, (uint32_t)(i % f->map_width),
				       (uint32_t)(i / f->map_width));

		if (p.pixels)
			ret = keep(h, &p, f, &cap);
	}
	free(s.seen);
	free(s.stack);
	return ret;
}
