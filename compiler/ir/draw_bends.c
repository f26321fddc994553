/* SPDX-License-Identifier: MIT */
/*
 * Bends of long lines: a line over several layers passes each of them between
 * its boxes. What reads the same tensor shares a line down to where it leaves.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/draw.h"

/* Of all lines; the longest of a graph that needs more go straight. */
#define MOST_BENDS 32768

/* An edge, to be sorted by the line it is part of */
struct strand {
	const char *title;
	unsigned from, edge;
};

static int compare_lines(const struct strand *a, const struct strand *b)
{
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return strcmp(a->title, b->title);
}

static int compare(const void *x, const void *y)
{
	const struct strand *a = x, *b = y;
	const int order = compare_lines(a, b);

	return order ? order : a->edge < b->edge ? -1 : a->edge > b->edge;
}

static unsigned layer_of(const struct gs_drawing *d, const struct strand *s)
{
	return d->box[d->edge[s->edge].to].layer;
}

/* The edges of a line, which begins at @s; the bends of its longest in @bends */
static unsigned measure_line(const struct gs_drawing *d, const struct strand *s,
			     unsigned num, unsigned *bends)
{
	const unsigned top = d->box[s->from].layer + 1;
	unsigned i, end;

	*bends = 0;
	for (i = 0; i < num && !compare_lines(s, &s[i]); i++) {
		end = layer_of(d, &s[i]);
		if (end > top && end - top > *bends)
			*bends = end - top;
	}
	return i;
}

/* Most bends a line may have so that all are no more than MOST_BENDS; UINT32_MAX: any */
static int choose_longest(const struct gs_drawing *d, const struct strand *s,
			  unsigned num, unsigned *longest)
{
	unsigned *lines, i, len, layers = 0, bends;
	uint64_t sum = 0;

	for (i = 0; i < d->num_boxes; i++)
		if (d->box[i].layer >= layers)
			layers = d->box[i].layer + 1;
	lines = calloc(layers + 1u, sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	for (i = 0; i < num; i += len) {
		len = measure_line(d, &s[i], num - i, &bends);
		lines[bends]++;
	}
	*longest = UINT32_MAX;
	for (i = 0; i <= layers && *longest == UINT32_MAX; i++) {
		sum += (uint64_t)lines[i] * i;
		if (sum > MOST_BENDS)
			*longest = i - 1;
	}
	free(lines);
	return 0;
}

/* A line of @bends, which the edges of @s leave above what they lead to */
static int bend_line(struct gs_drawing *d, const struct strand *s, unsigned num,
		     unsigned bends)
{
	const unsigned top = d->box[s->from].layer + 1;
	const unsigned first = d->num_boxes;
	unsigned i, end;
	int bend, part;

	for (i = 0; i < bends; i++) {
		bend = gs_draw_add_box(d, GS_DRAW_BEND);
		if (bend < 0)
			return -ENOMEM;
		d->box[bend].layer = top + i;
		part = gs_draw_add_edge(d, i ? first + i - 1 : s->from,
					first + i, s->title);
		if (part < 0)
			return -ENOMEM;
		d->edge[part].part = true;
	}
	for (i = 0; i < num; i++) {
		end = layer_of(d, &s[i]);
		if (end > top)
			d->edge[s[i].edge].from = first + end - top - 1;
	}
	return 0;
}

int gs_draw_bend(struct gs_drawing *d)
{
	const unsigned num = d->num_edges;
	struct strand *s = calloc(num + 1u, sizeof(*s));
	unsigned i, len, bends, longest = 0;
	int ret = s ? 0 : -ENOMEM;

	for (i = 0; i < num && !ret; i++)
		s[i] = (struct strand){ d->edge[i].title, d->edge[i].from, i };
	if (!ret)
		qsort(s, num, sizeof(*s), compare);
	ret = ret ? ret : choose_longest(d, s, num, &longest);
	for (i = 0; i < num && !ret; i += len) {
		len = measure_line(d, &s[i], num - i, &bends);
		if (bends && bends <= longest)
			ret = bend_line(d, &s[i], len, bends);
	}
	free(s);
	return ret;
}
