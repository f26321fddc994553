/* SPDX-License-Identifier: MIT */
/* A lane for each engine: what it does over time. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "hw-model/tools/sim_picture.h"
#include "hw-model/tools/sim_replay.h"

#define WIDTH 1320
#define LEFT 130
#define RIGHT 110
#define COLUMNS (WIDTH - LEFT - RIGHT) /* of a pixel */
#define LANE 44
#define LANE_GAP 12
#define BAND 14 /* of layers, above the lanes */
#define LABEL_SIZE 11
#define LABEL_WIDTH 165
#define MAX_GROUPS 48
#define MIN_GROUP 15.0 /* pixels a name that stands askew needs */

/* Cycles of a column by kind. */
struct column {
	double cycles[SIM_KINDS];
};

struct timeline {
	const struct sim_picture *p;
	double total;
	struct column *columns[GS_ENGINE_COUNT];
	bool used[SIM_KINDS];
	double top; /* of the first lane */
};

static const enum gs_engine lanes[] = {
	GS_ENGINE_ARRAY, GS_ENGINE_TANDEM, GS_ENGINE_PARAM, GS_ENGINE_IBUF,
	GS_ENGINE_OBUF,	 GS_ENGINE_SIMD,   GS_ENGINE_IMEM,
};

#define NUM_LANES (sizeof(lanes) / sizeof(lanes[0]))

/* ---- columns -------------------------------------------------------------------- */

/* The cycles of a span, to the columns it covers. */
static void add_span(void *ctx, const struct gs_timing_span *span)
{
	struct timeline *t = ctx;
	struct column *columns = t->columns[span->engine];
	const double width = t->total / COLUMNS;
	const double start = (double)span->start, end = (double)span->end;
	int i = (int)(start / width);

	t->used[span->stall] = true;
	for (; i < COLUMNS && i * width < end; i++) {
		const double from = i * width > start ? i * width : start;
		const double to = (i + 1) * width < end ? (i + 1) * width : end;

		if (to > from)
			columns[i].cycles[span->stall] += to - from;
	}
}

static void ignore_block(void *ctx, const struct sim_layer *layer,
			 uint64_t start, const struct gs_timing_block *block)
{
	(void)ctx, (void)layer, (void)start, (void)block;
}

/* Tenths of a pixel, so that equal neighbours become one box. */
static double height(const struct timeline *t, double cycles)
{
	const double part = cycles * COLUMNS / t->total;

	return (double)(int)(part * LANE * 10 + 0.5) / 10;
}

/* A kind stands on those before it: work first, idle last and not drawn. */
static void lay(const struct timeline *t, const struct column *column,
		unsigned kind, double *from, double *to)
{
	double below = 0;

	if (kind != SIM_BUSY) {
		below = column->cycles[SIM_BUSY];
		for (unsigned k = 0; k < kind; k++)
			below += column->cycles[k];
	}
	*from = height(t, below);
	*to = height(t, below + column->cycles[kind]);
}

static void draw_kind(struct svg *svg, const struct timeline *t,
		      const struct column *columns, unsigned kind,
		      double bottom)
{
	double from = 0, to = 0;
	int begin = 0;

	svg_boxes_begin(svg);
	for (int i = 0; i <= COLUMNS; i++) {
		double next_from = 0, next_to = 0;

		if (i < COLUMNS)
			lay(t, &columns[i], kind, &next_from, &next_to);
		/* in whole tenths, these are exact */
		if (next_from == from && next_to == to)
			continue;
		if (to > from)
			svg_boxes_add(svg, LEFT + begin, bottom - to, i - begin,
				      to - from);
		begin = i;
		from = next_from;
		to = next_to;
	}
	svg_boxes_end(svg, sim_kind_color(kind));
}

/* ---- lanes ---------------------------------------------------------------------- */

static void draw_lane(struct svg *svg, const struct timeline *t,
		      enum gs_engine engine, double top)
{
	const struct svg_font name = { .size = 13,
				       .anchor = SVG_END,
				       .bold = true };
	const struct svg_font small = { .size = 11,
					.anchor = SVG_END,
					.fill = SVG_QUIET };
	const struct gs_timing_engine *sum = &t->p->sim->total.engine[engine];
	const char *text = gs_engine_name(engine);
	const double percent = 100 * (double)sum->busy / t->total;

	svg_open(svg, "lane");
	svg_data(svg, "engine", "%s", text);
	sim_kind_data(svg, sum);
	svg_tip(svg, "%s: works in %" PRIu64 " cycles, %.1f %%", text,
		sum->busy, percent);
	svg_printf(svg, LEFT - 10, top + 19, &name, "%s%s", text,
		   engine < GS_ENGINE_ARRAY ? " channel" : "");
	svg_printf(svg, LEFT - 10, top + 34, &small, "works %.1f %%", percent);
	svg_rect(svg, LEFT, top, COLUMNS, LANE, sim_kind_color(GS_STALL_IDLE));
	for (unsigned kind = 0; kind < SIM_KINDS; kind++)
		if (kind != GS_STALL_IDLE && sim_kind_cycles(sum, kind))
			draw_kind(svg, t, t->columns[engine], kind, top + LANE);
	svg_close(svg);
}

/* ---- layers --------------------------------------------------------------------- */

struct band {
	struct sim_group *groups;
	size_t num;
	bool askew; /* names */
	double height;
};

static double pixels(const struct timeline *t, uint64_t cycles)
{
	return (double)cycles * COLUMNS / t->total;
}

/* What is too narrow to be seen has none. */
static bool has_name(const struct timeline *t, const struct sim_group *group)
{
	return pixels(t, group->sum.cycles) >= 5;
}

/* Names lie when each fits its layer, else all stand askew. */
static bool make_band(const struct timeline *t, struct band *band)
{
	const double sine = 0.766; /* of 50 degrees */
	double widest = 0;
	char text[128];

	band->groups = sim_groups(t->p, MAX_GROUPS, &band->num);
	if (!band->groups)
		return false;
	band->askew = false;
	for (size_t i = 0; i < band->num; i++) {
		const struct sim_group *g = &band->groups[i];
		const double w = svg_text_width(
			sim_group_name(t->p, g, LABEL_SIZE, LABEL_WIDTH, text,
				       sizeof(text)),
			LABEL_SIZE);

		if (!has_name(t, g))
			continue;
		widest = w > widest ? w : widest;
		if (w + 6 > pixels(t, g->sum.cycles))
			band->askew = true;
	}
	band->height = BAND + (band->askew ? widest * sine + 16 : 18);
	return true;
}

static void draw_group(struct svg *svg, const struct timeline *t,
		       const struct band *band, size_t index, double x,
		       double label)
{
	const struct sim_group *g = &band->groups[index];
	const double w = pixels(t, g->sum.cycles);
	const double top = t->top - BAND - 4, middle = x + w / 2;
	const struct svg_font askew = { .size = LABEL_SIZE, .rotate = -50 };
	const struct svg_font flat = { .size = LABEL_SIZE,
				       .anchor = SVG_MIDDLE };
	char text[128];

	sim_group_name(t->p, g, LABEL_SIZE, LABEL_WIDTH, text, sizeof(text));
	svg_open(svg, "layer");
	svg_data(svg, "name", "%s", g->main->name);
	svg_data(svg, "layers", "%zu", g->num);
	svg_data(svg, "cycles", "%" PRIu64, g->sum.cycles);
	svg_tip(svg, "%s, %s, %" PRIu64 " cycles", text, g->main->op,
		g->sum.cycles);
	svg_rect(svg, x, top, w, BAND, index % 2 ? "#b8b8b8" : "#d8d8d8");
	if (!has_name(t, g)) {
		/* the pointer shows it */
	} else if (band->askew) {
		svg_line(svg, middle, top, label, top - 8, SVG_QUIET, 0.6,
			 NULL);
		svg_text(svg, label + 3, top - 9, &askew, text);
	} else {
		svg_text(svg, middle, top - 6, &flat, text);
	}
	svg_close(svg);
	if (index)
		svg_line(svg, x, top, x,
			 t->top + NUM_LANES * (LANE + LANE_GAP) - LANE_GAP,
			 "#000000", band->num > 40 ? 0.15 : 0.3, NULL);
}

/* Names that stand together: their middle would be at, were they alone. */
struct cluster {
	double middle;
	size_t num;
};

static double cluster_left(const struct cluster *c)
{
	return c->middle - (double)(c->num - 1) * MIN_GROUP / 2;
}

static double cluster_right(const struct cluster *c)
{
	return c->middle + (double)(c->num - 1) * MIN_GROUP / 2;
}

/* Inside the lanes, as far as they are long enough. */
static void keep_inside(struct cluster *c)
{
	const double half = (double)(c->num - 1) * MIN_GROUP / 2;

	if (c->middle + half > LEFT + COLUMNS)
		c->middle = LEFT + COLUMNS - half;
	if (c->middle - half < LEFT)
		c->middle = LEFT + half;
}

/* Names keep their distance; those that are too near share what they move. */
static size_t place_names(const struct timeline *t, const struct band *band,
			  struct cluster *clusters)
{
	double x = LEFT;
	size_t num = 0;

	for (size_t i = 0; i < band->num; i++) {
		const double w = pixels(t, band->groups[i].sum.cycles);
		struct cluster *last = &clusters[num];

		*last = (struct cluster){ x + w / 2, 1 };
		x += w;
		if (!has_name(t, &band->groups[i]))
			continue;
		keep_inside(last);
		for (num++; num > 1; num--, last--) {
			struct cluster *c = last - 1;
			const double all = (double)(c->num + last->num);

			if (cluster_right(c) + MIN_GROUP <=
			    cluster_left(last) + 1e-6)
				break;
			c->middle = (c->middle * (double)c->num +
				     last->middle * (double)last->num) /
				    all;
			c->num += last->num;
			keep_inside(c);
		}
	}
	return num;
}

static bool draw_band(struct svg *svg, const struct timeline *t,
		      const struct band *band)
{
	struct cluster *clusters = calloc(band->num + 1, sizeof(*clusters));
	const struct cluster *c = clusters;
	double x = LEFT;
	size_t member = 0;

	if (!clusters)
		return false;
	place_names(t, band, clusters);
	for (size_t i = 0; i < band->num; i++) {
		const struct sim_group *g = &band->groups[i];

		draw_group(svg, t, band, i, x,
			   cluster_left(c) + (double)member * MIN_GROUP);
		x += pixels(t, g->sum.cycles);
		if (has_name(t, g) && ++member == c->num) {
			member = 0;
			c++;
		}
	}
	free(clusters);
	return true;
}

/* ---- the picture ---------------------------------------------------------------- */

static bool draw(struct svg *svg, struct timeline *t, const struct band *band)
{
	const double top = SIM_TITLE + band->height;
	const double bottom = top + NUM_LANES * (LANE + LANE_GAP) - LANE_GAP;
	struct svg_axis axis =
		svg_axis_linear(0, t->total, LEFT, LEFT + COLUMNS);
	struct svg_key keys[SIM_KINDS];
	const size_t num = sim_kind_keys(t->used, keys);

	const struct svg_font small = { .size = 11,
					.fill = SVG_QUIET,
					.anchor = SVG_END };

	axis.hi = t->total;
	t->top = top;
	svg_begin(svg, WIDTH, bottom + 106, "What every engine does over time");
	sim_picture_title(svg, t->p, "what every engine does over time");
	for (size_t i = 0; i < NUM_LANES; i++)
		draw_lane(svg, t, lanes[i],
			  top + (double)i * (LANE + LANE_GAP));
	svg_axis_bottom(svg, &axis, bottom + 4, bottom + 4, "cycles");
	if (band->num < t->p->num_layers)
		svg_printf(svg, LEFT + COLUMNS, bottom + 40, &small,
			   "(+3): with 3 small layers before or after it");
	svg_legend(svg, LEFT, bottom + 64, COLUMNS, keys, num);
	return draw_band(svg, t, band);
}

static bool out_of_memory(void)
{
	fputs("gs-sim: timeline.svg: out of memory\n", stderr);
	return false;
}

bool sim_draw_timeline(struct svg *svg, const struct sim_picture *p)
{
	struct timeline t = { .p = p, .total = (double)p->sim->total.cycles };
	const struct sim_replay replay = { .span = add_span,
					   .block = ignore_block,
					   .ctx = &t };
	struct band band = { 0 };
	bool memory = true, ok;

	if (!(t.total > 0))
		t.total = 1;
	for (unsigned e = 0; e < GS_ENGINE_COUNT; e++) {
		t.columns[e] = calloc(COLUMNS, sizeof(*t.columns[e]));
		memory = memory && t.columns[e];
	}
	memory = memory && make_band(&t, &band);
	ok = memory ? sim_replay(p->sim, &replay) : out_of_memory();
	if (ok && !draw(svg, &t, &band))
		ok = out_of_memory();
	free(band.groups);
	for (unsigned e = 0; e < GS_ENGINE_COUNT; e++)
		free(t.columns[e]);
	return ok;
}
