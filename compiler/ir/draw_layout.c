/* SPDX-License-Identifier: MIT */
/*
 * Layers from the longest ways down, an order within each that crosses few
 * lines (barycentres, up and down), then places near those of neighbours.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/draw.h"

#define CHAR_WIDTH 6.7 /* of the font draw_svg.c asks for */
#define GAP_X 24.0
#define GAP_Y 36.0
#define BEND_WIDTH 10.0
#define MARGIN 20.0
#define SWEEPS 12

struct layout {
	struct gs_drawing *d;
	unsigned num_layers;
	unsigned *first; /* of each layer in @member; num_layers + 1 */
	unsigned *member; /* boxes, layer by layer, in order of place */
	double *key; /* of each box */
	double *want, *left; /* places of one layer */
	unsigned *num; /* neighbours of each box */
	unsigned *edge[2]; /* sorted by the layer they come from; they lead to */
	unsigned *first_edge[2]; /* of each layer in @edge; num_layers + 1 */
};

/* ---- layers -------------------------------------------------------------- */

/* Edges lead to boxes behind those they come from, but for outputs: boxes are in order. */
static void choose_layers(struct gs_drawing *d)
{
	unsigned i, again;

	for (i = 0; i < d->num_edges; i++)
		d->box[d->edge[i].from].layer = 0;
	for (again = 1; again;) {
		again = 0;
		for (i = 0; i < d->num_edges; i++) {
			const unsigned below =
				d->box[d->edge[i].from].layer + 1;
			struct gs_draw_box *to = &d->box[d->edge[i].to];

			if (d->edge[i].from < d->edge[i].to &&
			    to->layer < below) {
				to->layer = below;
				again = 1;
			}
		}
	}
}

/* Inputs, and nodes that read nothing, stand right above who reads them first. */
static void lower_sources(struct gs_drawing *d)
{
	unsigned i, k;

	for (i = 0; i < d->num_boxes; i++) {
		unsigned reader = UINT32_MAX;

		/* What others lead to is lower than them. */
		for (k = 0; k < d->num_edges && !d->box[i].layer; k++)
			if (d->edge[k].from == i &&
			    d->box[d->edge[k].to].layer < reader)
				reader = d->box[d->edge[k].to].layer;
		if (reader == UINT32_MAX || !reader)
			continue;
		d->box[i].layer = reader - 1;
		d->box[i].aside = d->box[i].kind != GS_DRAW_INPUT;
	}
}

/* ---- order --------------------------------------------------------------- */

/* Layers know their edges: else each of them would look at all, in every sweep. */
static int sort_edges(struct layout *l, unsigned end)
{
	const struct gs_drawing *d = l->d;
	unsigned *first, i;

	l->edge[end] = calloc(d->num_edges + 1u, sizeof(*l->edge[end]));
	l->first_edge[end] = calloc(l->num_layers + 2u, sizeof(*first));
	if (!l->edge[end] || !l->first_edge[end])
		return -ENOMEM;
	/* One place too far, where each layer's edges are counted on */
	first = l->first_edge[end] + 1;
	for (i = 0; i < d->num_edges; i++)
		first[d->box[end ? d->edge[i].to : d->edge[i].from].layer + 1]++;
	for (i = 0; i < l->num_layers; i++)
		first[i + 1] += first[i];
	for (i = 0; i < d->num_edges; i++)
		l->edge[end][first[d->box[end ? d->edge[i].to : d->edge[i].from]
					   .layer]++] = i;
	return 0;
}

static int fill_layers(struct layout *l)
{
	const struct gs_drawing *d = l->d;
	unsigned *next, i;

	for (i = 0; i < d->num_boxes; i++)
		if (l->num_layers <= d->box[i].layer)
			l->num_layers = d->box[i].layer + 1;
	l->first = calloc(l->num_layers + 1u, sizeof(*l->first));
	l->member = calloc(d->num_boxes + 1u, sizeof(*l->member));
	l->key = calloc(d->num_boxes + 1u, sizeof(*l->key));
	l->want = calloc(d->num_boxes + 1u, sizeof(*l->want));
	l->left = calloc(d->num_boxes + 1u, sizeof(*l->left));
	l->num = calloc(d->num_boxes + 1u, sizeof(*l->num));
	next = calloc(l->num_layers + 1u, sizeof(*next));
	if (!l->first || !l->member || !l->key || !l->want || !l->left ||
	    !l->num || !next || sort_edges(l, 0) || sort_edges(l, 1)) {
		free(next);
		return -ENOMEM;
	}
	for (i = 0; i < d->num_boxes; i++)
		l->first[d->box[i].layer + 1]++;
	for (i = 0; i < l->num_layers; i++)
		l->first[i + 1] += l->first[i];
	for (i = 0; i < d->num_boxes; i++) {
		const unsigned layer = d->box[i].layer;

		d->box[i].place = next[layer]++;
		l->member[l->first[layer] + d->box[i].place] = i;
	}
	free(next);
	return 0;
}

/*
 * The mean place, or x, of the neighbours of every box of a layer, above or
 * below, but for those aside; its own where it has none.
 */
static void mean_of_neighbours(struct layout *l, unsigned layer, bool above,
			       bool place)
{
	const struct gs_drawing *d = l->d;
	const unsigned *first = l->first_edge[above] + layer;
	unsigned *num = l->num, i;

	for (i = l->first[layer]; i < l->first[layer + 1]; i++) {
		num[l->member[i]] = 0;
		l->key[l->member[i]] = 0;
	}
	for (i = first[0]; i < first[1]; i++) {
		const struct gs_draw_edge *e = &d->edge[l->edge[above][i]];
		const unsigned box = above ? e->to : e->from;
		const unsigned other = above ? e->from : e->to;

		if (d->box[other].aside)
			continue;
		l->key[box] += place ? (double)d->box[other].place :
				       d->box[other].x;
		num[box]++;
	}
	for (i = l->first[layer]; i < l->first[layer + 1]; i++) {
		const unsigned box = l->member[i];

		l->key[box] = place && d->box[box].aside ? 1e9 :
			      num[box] ? l->key[box] / num[box] :
			      place    ? (double)d->box[box].place :
					 d->box[box].x;
	}
}

/* Insertion sort: stable, and layers are narrow or nearly in order. */
static void sort_layer(struct layout *l, unsigned layer)
{
	unsigned *m = l->member + l->first[layer];
	const unsigned num = l->first[layer + 1] - l->first[layer];
	unsigned i, k;

	for (i = 1; i < num; i++) {
		const unsigned box = m[i];

		for (k = i; k && l->key[m[k - 1]] > l->key[box]; k--)
			m[k] = m[k - 1];
		m[k] = box;
	}
	for (i = 0; i < num; i++)
		l->d->box[m[i]].place = i;
}

static void order_layers(struct layout *l)
{
	unsigned sweep, i;

	for (sweep = 0; sweep < SWEEPS; sweep++) {
		const bool down = sweep % 2 == 0;

		for (i = 0; i < l->num_layers; i++) {
			const unsigned layer = down ? i : l->num_layers - 1 - i;

			mean_of_neighbours(l, layer, down, true);
			sort_layer(l, layer);
		}
	}
}

/* ---- places -------------------------------------------------------------- */

static double apart(const struct gs_draw_box *a, const struct gs_draw_box *b)
{
	const bool bends = a->kind == GS_DRAW_BEND && b->kind == GS_DRAW_BEND;

	return (a->width + b->width) / 2 + (bends ? 0 : GAP_X);
}

/*
 * As near as possible to where each box wants to be: the mean of pushing to the
 * right and pushing to the left, both of which keep the distances. Those aside
 * push nobody, or a chain would lean.
 */
static void place_layer(struct layout *l, unsigned layer)
{
	const unsigned *m = l->member + l->first[layer];
	const unsigned all = l->first[layer + 1] - l->first[layer];
	struct gs_draw_box *box = l->d->box;
	unsigned num = 0, i;

	while (num < all && !box[m[num]].aside)
		num++;
	for (i = 0; i < num; i++) {
		l->left[i] = l->want[i] = l->key[m[i]];
		if (i && l->want[i] < l->want[i - 1] +
					      apart(&box[m[i - 1]], &box[m[i]]))
			l->want[i] = l->want[i - 1] +
				     apart(&box[m[i - 1]], &box[m[i]]);
	}
	for (i = num; i-- > 0;)
		if (i + 1 < num &&
		    l->left[i] >
			    l->left[i + 1] - apart(&box[m[i]], &box[m[i + 1]]))
			l->left[i] = l->left[i + 1] -
				     apart(&box[m[i]], &box[m[i + 1]]);
	for (i = 0; i < num; i++)
		box[m[i]].x = (l->left[i] + l->want[i]) / 2;
	for (; i < all; i++)
		box[m[i]].x = i ? box[m[i - 1]].x + apart(&box[m[i - 1]],
							  &box[m[i]]) :
				  l->key[m[i]];
}

static void measure(struct gs_drawing *d)
{
	unsigned i, k;

	for (i = 0; i < d->num_boxes; i++) {
		struct gs_draw_box *b = &d->box[i];

		b->width = BEND_WIDTH;
		b->height = b->num_lines ?
				    b->num_lines * GS_DRAW_LINE_HEIGHT + 8 :
				    0;
		for (k = 0; k < b->num_lines; k++) {
			const double w =
				(double)strlen(b->line[k]) * CHAR_WIDTH + 16;

			b->width = w > b->width ? w : b->width;
		}
	}
}

static void place_boxes(struct layout *l)
{
	struct gs_drawing *d = l->d;
	unsigned sweep, i;

	for (i = 0; i < d->num_boxes; i++)
		d->box[i].x = 0;
	for (sweep = 0; sweep < SWEEPS; sweep++) {
		const bool down = sweep % 2 == 0;

		for (i = 0; i < l->num_layers; i++) {
			const unsigned layer = down ? i : l->num_layers - 1 - i;

			mean_of_neighbours(l, layer, down, false);
			place_layer(l, layer);
		}
	}
}

/* Rows below each other, and everything right of the margin */
static void settle(struct layout *l)
{
	struct gs_drawing *d = l->d;
	double y = MARGIN, low = 0, high = 0;
	unsigned layer, i;

	for (layer = 0; layer < l->num_layers; layer++) {
		double height = 0;

		for (i = l->first[layer]; i < l->first[layer + 1]; i++)
			if (d->box[l->member[i]].height > height)
				height = d->box[l->member[i]].height;
		for (i = l->first[layer]; i < l->first[layer + 1]; i++) {
			struct gs_draw_box *b = &d->box[l->member[i]];

			/* Lines pass a layer straight down, between its boxes. */
			if (b->kind == GS_DRAW_BEND)
				b->height = height;
			b->y = y + (height - b->height) / 2;
		}
		y += height + GAP_Y;
	}
	for (i = 0; i < d->num_boxes; i++) {
		const struct gs_draw_box *b = &d->box[i];

		low = b->x - b->width / 2 < low ? b->x - b->width / 2 : low;
		high = b->x + b->width / 2 > high ? b->x + b->width / 2 : high;
	}
	for (i = 0; i < d->num_boxes; i++)
		d->box[i].x += MARGIN - low;
	d->width = high - low + 2 * MARGIN;
	d->height = y - GAP_Y + MARGIN;
}

int gs_draw_layout(struct gs_drawing *d)
{
	struct layout l = { .d = d };
	unsigned end;
	int ret;

	choose_layers(d);
	lower_sources(d);
	ret = gs_draw_bend(d);
	measure(d);
	ret = ret ? ret : fill_layers(&l);
	if (!ret) {
		order_layers(&l);
		place_boxes(&l);
		settle(&l);
	}
	free(l.first);
	free(l.member);
	free(l.key);
	free(l.want);
	free(l.left);
	free(l.num);
	for (end = 0; end < 2; end++) {
		free(l.edge[end]);
		free(l.first_edge[end]);
	}
	return ret;
}
