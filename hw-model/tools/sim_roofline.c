/* SPDX-License-Identifier: MIT */
/*
 * Operations per cycle against operations per byte, a point for each layer,
 * below what the machine can do at most.
 */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "hw-model/tools/sim_facts.h"
#include "hw-model/tools/sim_picture.h"

#define WIDTH 1080
#define HEIGHT 700
#define LEFT 90
#define RIGHT 30
#define BOTTOM 100
#define LABEL_SIZE 11
#define MAX_NAMES 16
#define MAX_OFF 256

/* What a layer is in the picture. */
struct point {
	const struct sim_layer *layer;
	double x, y; /* operations per byte, and per cycle */
	uint64_t ops, bytes;
};

struct roofline {
	const struct sim_picture *p;
	struct point *points; /* those that take longest first */
	size_t num;
	double lanes, peak; /* operations a cycle of Tandem, and of both */
	double bytes; /* a cycle of all channels */
	double dram; /* and of the memory behind them; 0: no bound */
	struct svg_axis x, y;
};

/*
 * Two for each multiply-accumulate of the array that is needed, or, when the
 * file does not tell, for each cell and step; and one for each lane of Tandem.
 */
static uint64_t operations(const struct sim_timing *sim,
			   const struct sim_layer *layer)
{
	const struct gs_arch *arch = &sim->arch;
	const uint64_t macs =
		sim->gsm->has_macs ?
			sim_array_macs(&sim->arch, layer) :
			layer->sum.steps * arch->array_n * arch->array_m;

	return 2 * macs + layer->sum.ops * arch->array_m;
}

static int longer(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	if (x->layer->sum.cycles != y->layer->sum.cycles)
		return x->layer->sum.cycles < y->layer->sum.cycles ? 1 : -1;
	return x->layer < y->layer ? -1 : x->layer > y->layer;
}

static bool make_points(struct roofline *r)
{
	const struct sim_picture *p = r->p;

	r->points = calloc(p->num_layers + 1, sizeof(*r->points));
	if (!r->points)
		return false;
	for (size_t i = 0; i < p->num_layers; i++) {
		const struct gs_timing_block *b = &p->layer[i]->sum;
		const uint64_t ops = operations(p->sim, p->layer[i]);
		const uint64_t bytes = sim_data_bytes(b);

		if (!ops || !bytes)
			continue;
		r->points[r->num++] =
			(struct point){ .layer = p->layer[i],
					.x = (double)ops / (double)bytes,
					.y = (double)ops / (double)b->cycles,
					.ops = ops,
					.bytes = bytes };
	}
	qsort(r->points, r->num, sizeof(*r->points), longer);
	return true;
}

static void make_machine(struct roofline *r)
{
	const struct gs_arch *arch = &r->p->sim->arch;

	r->lanes = arch->array_m;
	r->peak = 2.0 * arch->array_n * arch->array_m + r->lanes;
	r->bytes = ((double)arch->param_channel_bw + arch->ibuf_channel_bw +
		    arch->obuf_channel_bw + arch->simd_channel_bw) /
		   8;
	if (r->p->sim->preset != GS_TIMING_IDEAL_CHANNELS)
		r->dram = arch->timing.dram_bw / 8.0;
}

/* All points, and where the roofs meet. */
static void make_axes(struct roofline *r)
{
	const double slope = r->dram > 0 && r->dram < r->bytes ? r->dram :
								 r->bytes;
	double left = r->lanes / r->bytes / 2, right = 20 * r->peak / slope;
	double low = r->lanes / 4;

	for (size_t i = 0; i < r->num; i++) {
		left = fmin(left, r->points[i].x);
		right = fmax(right, r->points[i].x * 1.5);
		low = fmin(low, r->points[i].y / 1.5);
	}
	r->x = svg_axis_log(left / 2, right, LEFT, WIDTH - RIGHT);
	r->y = svg_axis_log(low, r->peak * 1.3, HEIGHT - BOTTOM,
			    SIM_TITLE + 10);
}

/* ---- roofs ---------------------------------------------------------------------- */

/* Where names may not stand. */
struct off {
	struct svg_box box[MAX_OFF];
	size_t num;
};

static void keep_off(struct off *off, double left, double top, double right,
		     double bottom)
{
	if (off->num < MAX_OFF)
		off->box[off->num++] =
			(struct svg_box){ left, top, right, bottom };
}

/* Its name stands before the begin, where nothing can be, or above the end. */
static void draw_level(struct svg *svg, const struct roofline *r,
		       struct off *off, double level, bool name_before,
		       const char *what)
{
	const struct svg_font font = { .size = 12,
				       .anchor = SVG_END,
				       .fill = SVG_INK };
	const double y = svg_axis_at(&r->y, level), end = r->x.to;
	const double begin = svg_axis_at(&r->x, level / r->bytes);
	const double x = name_before ? begin - 12 : end - 6;
	const double base = name_before ? y + 4 : y - 6;
	char text[160], number[32];

	snprintf(text, sizeof(text), "%s: %s operations per cycle", what,
		 svg_number(level, number, sizeof(number)));
	svg_open(svg, "roof");
	svg_data(svg, "operations-per-cycle", "%.2f", level);
	svg_line(svg, begin, y, end, y, SVG_INK, 1.5, NULL);
	svg_text(svg, x, base, &font, text);
	svg_close(svg);
	keep_off(off, begin, y - 2, end, y + 2);
	keep_off(off, x - 6 - svg_text_width(text, 12), base - 14, x + 6,
		 base + 4);
}

/* From the left or the bottom of the diagram up to the highest roof. */
static void draw_slope(struct svg *svg, const struct roofline *r,
		       struct off *off, double bytes, const char *what)
{
	const double x = fmax(r->x.lo, r->y.lo / bytes);
	const double x1 = svg_axis_at(&r->x, x);
	const double y1 = svg_axis_at(&r->y, x * bytes);
	const double x2 = svg_axis_at(&r->x, r->peak / bytes);
	const double y2 = svg_axis_at(&r->y, r->peak);
	const double angle = atan2(y2 - y1, x2 - x1);
	const struct svg_font font = { .size = 12,
				       .fill = SVG_INK,
				       .rotate = angle * 57.29577951308232 };
	char text[160], number[32];
	double along;

	snprintf(text, sizeof(text), "%s: %s bytes per cycle", what,
		 svg_number(bytes, number, sizeof(number)));
	along = (hypot(x2 - x1, y2 - y1) - svg_text_width(text, 12)) * 0.75;
	svg_open(svg, "roof");
	svg_data(svg, "bytes-per-cycle", "%.6g", bytes);
	svg_line(svg, x1, y1, x2, y2, SVG_INK, 1.5, NULL);
	svg_text(svg, x1 + along * cos(angle) + 7 * sin(angle),
		 y1 + along * sin(angle) - 7 * cos(angle), &font, text);
	svg_close(svg);
	for (unsigned i = 0; i < 80; i++) {
		const double px = x1 + (x2 - x1) * i / 79;
		const double py = y1 + (y2 - y1) * i / 79;

		keep_off(off, px - 10, py - 18, px + 4, py + 4);
	}
}

static void draw_roofs(struct svg *svg, const struct roofline *r,
		       struct off *off)
{
	draw_level(svg, r, off, r->peak, true, "array and Tandem");
	draw_level(svg, r, off, r->lanes, false, "Tandem alone");
	draw_slope(svg, r, off, r->bytes, "all channels");
	if (r->dram > 0)
		draw_slope(svg, r, off, r->dram, "DRAM");
}

/* ---- points --------------------------------------------------------------------- */

static const char *color(const struct point *point)
{
	return point->layer->sum.steps ? svg_color(0) : svg_color(6);
}

/* Areas are shares of the cycles. */
static double radius(const struct roofline *r, const struct point *point)
{
	return 3 + 16 * sqrt((double)point->layer->sum.cycles /
			     (double)r->p->sim->total.cycles);
}

static void draw_point(struct svg *svg, const struct roofline *r,
		       const struct point *point)
{
	const uint64_t cycles = point->layer->sum.cycles;

	svg_open(svg, "layer");
	svg_data(svg, "name", "%s", point->layer->name);
	svg_data(svg, "cycles", "%" PRIu64, cycles);
	svg_data(svg, "operations", "%" PRIu64, point->ops);
	svg_data(svg, "bytes", "%" PRIu64, point->bytes);
	svg_tip(svg,
		"%s, %s: %.3g operations per byte, %.3g per cycle, %" PRIu64
		" cycles",
		sim_picture_name(r->p, point->layer), point->layer->op,
		point->x, point->y, cycles);
	svg_circle(svg, svg_axis_at(&r->x, point->x),
		   svg_axis_at(&r->y, point->y), radius(r, point),
		   color(point));
	svg_close(svg);
}

/* Points that stand at one place, which has the name of that which takes longest. */
struct place {
	const struct point *point;
	double x, y;
	size_t num; /* points */
};

static struct place *place_of(struct place *places, size_t num, double x,
			      double y)
{
	for (size_t i = 0; i < num; i++)
		if (hypot(places[i].x - x, places[i].y - y) < 3)
			return &places[i];
	return NULL;
}

static size_t make_places(const struct roofline *r, struct place *places)
{
	size_t num = 0;

	for (size_t i = 0; i < r->num; i++) {
		const double x = svg_axis_at(&r->x, r->points[i].x);
		const double y = svg_axis_at(&r->y, r->points[i].y);
		struct place *place = place_of(places, num, x, y);

		if (place)
			place->num++;
		else if (num < MAX_NAMES)
			places[num++] =
				(struct place){ &r->points[i], x, y, 1 };
	}
	return num;
}

static void name_place(const struct roofline *r, const struct place *place,
		       char *name, size_t cap)
{
	const struct sim_group group = { .main = place->point->layer,
					 .num = place->num };

	sim_group_name(r->p, &group, LABEL_SIZE, 230, name, cap);
}

static bool draw_names(struct svg *svg, const struct roofline *r,
		       const struct off *off, size_t *written)
{
	const struct svg_box inside = { r->x.from, r->y.to, r->x.to,
					r->y.from };
	struct svg_label *labels = calloc(r->num + 1, sizeof(*labels));
	struct place places[MAX_NAMES];
	const size_t num = make_places(r, places);
	char names[MAX_NAMES][128];
	size_t named = 0;

	if (!labels)
		return false;
	for (size_t i = 0; i < r->num; i++) {
		const struct point *point = &r->points[i];

		labels[i] = (struct svg_label){
			.x = svg_axis_at(&r->x, point->x),
			.y = svg_axis_at(&r->y, point->y),
			.r = radius(r, point),
		};
		if (named == num || places[named].point != point)
			continue;
		name_place(r, &places[named], names[named], sizeof(names[0]));
		labels[i].text = names[named++];
	}
	*written = svg_labels(svg, labels, r->num, LABEL_SIZE, &inside,
			      off->box, off->num);
	free(labels);
	return true;
}

/* ---- the picture ---------------------------------------------------------------- */

static void draw_notes(struct svg *svg, const struct roofline *r, size_t named)
{
	const struct svg_key keys[] = { { svg_color(0), "uses the array" },
					{ svg_color(6), "Tandem only" } };
	const struct svg_font font = { .size = 11, .fill = SVG_QUIET };
	const size_t left_out = r->p->num_layers - r->num;
	char text[64] = "";

	svg_legend(svg, LEFT, HEIGHT - 40, 400, keys, 2);
	if (left_out)
		snprintf(text, sizeof(text),
			 "; %zu compute nothing and are left out", left_out);
	svg_printf(
		svg, LEFT + 300, HEIGHT - 36, &font,
		"Area: share of the cycles. A multiply-accumulate of the array "
		"is 2 operations%s.",
		r->p->sim->gsm->has_macs ? "; padding does not count" :
					   ", also where it is padding");
	svg_printf(svg, LEFT + 300, HEIGHT - 20, &font,
		   "%zu layers are points%s. Names: the %zu that take longest; "
		   "(+3): and 3 at the same place.",
		   r->num, text, named);
}

static bool draw(struct svg *svg, const struct roofline *r)
{
	struct off off = { .num = 0 };
	size_t named;

	svg_begin(svg, WIDTH, HEIGHT, "Roofline of layers");
	sim_picture_title(svg, r->p, "roofline, a point for each layer");
	svg_axis_bottom(svg, &r->x, HEIGHT - BOTTOM, r->y.to,
			"operations per byte of data to and from DRAM");
	svg_axis_left(svg, &r->y, LEFT, r->x.to, "operations per cycle");
	draw_roofs(svg, r, &off);
	for (size_t i = 0; i < r->num; i++)
		draw_point(svg, r, &r->points[i]);
	if (!draw_names(svg, r, &off, &named))
		return false;
	draw_notes(svg, r, named);
	return true;
}

bool sim_draw_roofline(struct svg *svg, const struct sim_picture *p)
{
	struct roofline r = { .p = p };
	bool ok = make_points(&r);

	make_machine(&r);
	if (ok) {
		make_axes(&r);
		ok = draw(svg, &r);
	}
	if (!ok)
		fputs("gs-sim: roofline.svg: out of memory\n", stderr);
	free(r.points);
	return ok;
}
