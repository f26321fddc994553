/* SPDX-License-Identifier: MIT */
/* The Pareto picture: time of all points against hardware, and against energy. */

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/tools/svg_plot.h"
#include "hw-model/tools/sweep_report.h"

#define HEIGHT 560
#define TOP 90
#define BOTTOM 120 /* axis, then keys */
#define LEFT 85
#define PANEL 420 /* width of a diagram */
#define STRIDE (LEFT + PANEL + 35)
#define MAX_COLORS 9
#define MAX_NAMES 40 /* of the front; and points that names keep off */
#define MAX_OFF 500
#define NAME_SIZE 96
#define LOG_FROM 8 /* a larger ratio needs a logarithm */
#define BEST 6.0
#define OTHER 3.5

struct picture {
	const struct sweep_outcome *outcome;
	const struct sweep_choices *choices;
	struct svg svg;
};

struct panel {
	enum sweep_front front;
	double left;
	double cost_unit, time_unit; /* that costs and ms are divided by */
	const char *cost_name, *time_name;
	struct svg_axis x, y;
	struct sweep_choice **best; /* the front, fastest first */
	size_t num_best;
	double (*step)[2]; /* corners of the line through it */
	size_t num_steps;
};

/* ---- what stands where ---------------------------------------------------------- */

static double at_x(const struct panel *panel, const struct sweep_choice *c)
{
	return svg_axis_at(&panel->x, c->cost[panel->front] / panel->cost_unit);
}

static double at_y(const struct panel *panel, const struct sweep_choice *c)
{
	return svg_axis_at(&panel->y, c->time_ms / panel->time_unit);
}

static struct svg_axis make_axis(double lo, double hi, double from, double to)
{
	if (lo > 0 && hi / lo >= LOG_FROM)
		return svg_axis_log(lo, hi, from, to);
	return svg_axis_linear(0, hi, from, to);
}

static void name_axes(struct panel *panel, double cost, double time,
		      const char *hardware)
{
	panel->cost_unit = panel->time_unit = 1;
	panel->cost_name = hardware;
	if (panel->front == SWEEP_FRONT_ENERGY) {
		panel->cost_name = "energy of a run, uJ";
		if (cost >= 2000) {
			panel->cost_unit = 1000;
			panel->cost_name = "energy of a run, mJ";
		}
	}
	panel->time_name = "time, ms";
	if (time < 0.5) {
		panel->time_unit = 0.001;
		panel->time_name = "time, us";
	}
}

static void make_axes(struct panel *panel, const struct sweep_choices *choices)
{
	const struct sweep_choice *c = choices->choice;
	double lo[2] = { c->cost[panel->front], c->time_ms };
	double hi[2] = { lo[0], lo[1] };

	for (size_t i = 0; i < choices->num; i++, c++) {
		const double at[2] = { c->cost[panel->front], c->time_ms };

		for (unsigned k = 0; k < 2; k++) {
			lo[k] = at[k] < lo[k] ? at[k] : lo[k];
			hi[k] = at[k] > hi[k] ? at[k] : hi[k];
		}
	}
	name_axes(panel, hi[0], hi[1], sweep_hardware_name(choices->hardware));
	panel->x = make_axis(lo[0] / panel->cost_unit, hi[0] / panel->cost_unit,
			     panel->left, panel->left + PANEL);
	panel->y = make_axis(lo[1] / panel->time_unit, hi[1] / panel->time_unit,
			     HEIGHT - BOTTOM, TOP);
}

/* For a cost between two of the front one has the time of the lower: steps. */
static bool make_front(struct panel *panel, const struct sweep_choices *choices)
{
	double x = panel->x.to;

	panel->best = sweep_sort(choices, panel->front);
	panel->step = calloc(2 * choices->num + 1, sizeof(*panel->step));
	if (!panel->best || !panel->step)
		return false;
	for (size_t i = 0; i < choices->num; i++) {
		const struct sweep_choice *c = panel->best[i];
		const double y = at_y(panel, c);

		if (!c->best[panel->front])
			continue;
		panel->best[panel->num_best++] = panel->best[i];
		panel->step[panel->num_steps][0] = x;
		panel->step[panel->num_steps++][1] = y;
		x = at_x(panel, c);
		panel->step[panel->num_steps][0] = x;
		panel->step[panel->num_steps++][1] = y;
	}
	panel->step[panel->num_steps][0] = x;
	panel->step[panel->num_steps++][1] = panel->y.to;
	return true;
}

static const char *color(const struct picture *p, size_t point)
{
	const struct sweep_axes *axes = p->outcome->axes;
	const size_t num = axes->axis[0].num;

	return num > MAX_COLORS ?
		       svg_color(0) :
		       svg_color((unsigned)(point / (axes->points / num)));
}

/* "8, 512": the values of all fields. */
static void name_point(const struct picture *p, size_t point,
		       char name[NAME_SIZE])
{
	const struct sweep_axes *axes = p->outcome->axes;
	char buf[24];
	size_t len = 0;

	*name = '\0';
	for (unsigned i = 0; i < axes->num && len < NAME_SIZE; i++)
		len += (size_t)snprintf(name + len, NAME_SIZE - len, "%s%s",
					i ? ", " : "",
					sweep_axes_value(axes, i, point, buf));
}

/* ---- points --------------------------------------------------------------------- */

static void draw_point(struct picture *p, const struct panel *panel,
		       const struct sweep_choice *c)
{
	const struct sweep_axes *axes = p->outcome->axes;
	const bool best = c->best[panel->front];
	char tip[512], buf[24];
	size_t len = 0;

	*tip = '\0';
	for (unsigned i = 0; i < axes->num && len < sizeof(tip); i++)
		len += (size_t)snprintf(tip + len, sizeof(tip) - len, "%s=%s ",
					axes->axis[i].name,
					sweep_axes_value(axes, i, c->point,
							 buf));
	svg_open(&p->svg, "point");
	svg_data(&p->svg, "point", "%zu", c->point);
	svg_data(&p->svg, "front", "%d", best);
	svg_tip(&p->svg, "%s: %" PRIu64 " cycles, %.3f ms, %.1f uJ", tip,
		p->outcome->results[c->point].cycles, c->time_ms,
		c->cost[SWEEP_FRONT_ENERGY]);
	svg_circle(&p->svg, at_x(panel, c), at_y(panel, c), best ? BEST : OTHER,
		   color(p, c->point));
	svg_close(&p->svg);
}

/* Of points that are one dot only the first is drawn. */
static void draw_others(struct picture *p, const struct panel *panel)
{
	bool *drawn = calloc((PANEL + 1) * HEIGHT, sizeof(*drawn));

	for (size_t i = 0; drawn && i < p->choices->num; i++) {
		const struct sweep_choice *c = &p->choices->choice[i];
		bool *dot = &drawn[(size_t)at_y(panel, c) * (PANEL + 1) +
				   (size_t)(at_x(panel, c) - panel->left)];

		if (c->best[panel->front] || *dot)
			continue;
		*dot = true;
		draw_point(p, panel, c);
	}
	if (!drawn)
		p->svg.failed = true;
	free(drawn);
}

static struct svg_label label(const struct panel *panel,
			      const struct sweep_choice *c, double r,
			      const char *text)
{
	return (struct svg_label){ at_x(panel, c), at_y(panel, c), r, text };
}

/* Names beside the front keep off the line and the first of the other points. */
static void draw_names(struct picture *p, const struct panel *panel)
{
	const struct svg_box inside = { panel->left + 2, TOP,
					panel->left + PANEL, HEIGHT - BOTTOM };
	struct svg_label labels[MAX_NAMES + MAX_OFF];
	struct svg_box lines[2 * MAX_NAMES];
	char names[MAX_NAMES][NAME_SIZE];
	size_t num = 0, off = 0, others = 0;

	for (; num < panel->num_best && num < MAX_NAMES; num++) {
		name_point(p, panel->best[num]->point, names[num]);
		labels[num] = label(panel, panel->best[num], BEST, names[num]);
	}
	for (size_t i = 0; i < p->choices->num && others < MAX_OFF; i++)
		if (!p->choices->choice[i].best[panel->front])
			labels[num + others++] = label(
				panel, &p->choices->choice[i], OTHER, NULL);
	for (; off + 1 < panel->num_steps && off < 2 * MAX_NAMES; off++) {
		const double *a = panel->step[off], *b = panel->step[off + 1];

		lines[off] = (struct svg_box){ fmin(a[0], b[0]) - 1,
					       fmin(a[1], b[1]) - 1,
					       fmax(a[0], b[0]) + 1,
					       fmax(a[1], b[1]) + 1 };
	}
	svg_labels(&p->svg, labels, num + others, 11, &inside, lines, off);
}

static void draw_panel(struct picture *p, enum sweep_front front, double left)
{
	struct panel panel = { .front = front, .left = left };

	make_axes(&panel, p->choices);
	if (make_front(&panel, p->choices)) {
		svg_axis_bottom(&p->svg, &panel.x, HEIGHT - BOTTOM, TOP,
				panel.cost_name);
		svg_axis_left(&p->svg, &panel.y, left, left + PANEL,
			      panel.time_name);
		svg_open(&p->svg, "front");
		svg_polyline(&p->svg, panel.step, panel.num_steps, SVG_QUIET,
			     1.2, NULL);
		svg_close(&p->svg);
		draw_others(p, &panel);
		for (size_t i = 0; i < panel.num_best; i++)
			draw_point(p, &panel, panel.best[i]);
		draw_names(p, &panel);
	} else {
		p->svg.failed = true;
	}
	free(panel.best);
	free(panel.step);
}

/* ---- around them ---------------------------------------------------------------- */

static void draw_title(struct picture *p, double width)
{
	const struct sweep_outcome *o = p->outcome;
	const struct svg_font bold = { .size = 16,
				       .fill = SVG_INK,
				       .bold = true };
	const struct svg_font quiet = { .fill = SVG_QUIET };
	const char *slash = strrchr(o->model, '/');
	char title[256], fit[256];

	snprintf(title, sizeof(title), "%s on %zu machines",
		 slash ? slash + 1 : o->model, p->choices->num);
	svg_text(&p->svg, 20, 30, &bold,
		 svg_fit(title, 16, width - 40, fit, sizeof(fit)));
	snprintf(title, sizeof(title),
		 "fields of %s changed, preset %s, energy by %s", o->base->name,
		 gs_timing_preset_name(o->preset), o->energy_table);
	svg_text(&p->svg, 20, 50, &quiet,
		 svg_fit(title, 12, width - 40, fit, sizeof(fit)));
	svg_text(
		&p->svg, 20, 68, &quiet,
		"line and large dots: Pareto front, no other machine is as fast and costs less");
}

static void draw_keys(struct picture *p, double width)
{
	const struct sweep_axes *axes = p->outcome->axes;
	const struct svg_font quiet = { .fill = SVG_QUIET };
	const size_t num = axes->axis[0].num;
	struct svg_key keys[MAX_COLORS];
	char text[MAX_COLORS][64], names[512] = "names: ", fit[512], buf[24];
	size_t len = strlen(names);

	for (size_t i = 0; i < num && num <= MAX_COLORS; i++) {
		const size_t point = i * (axes->points / num);

		snprintf(text[i], sizeof(text[i]), "%s %s", axes->axis[0].name,
			 sweep_axes_value(axes, 0, point, buf));
		keys[i] = (struct svg_key){ svg_color((unsigned)i), text[i] };
	}
	if (num <= MAX_COLORS)
		svg_legend(&p->svg, 20, HEIGHT - 52, width - 40, keys, num);
	for (unsigned i = 0; i < axes->num && len < sizeof(names); i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len,
					"%s%s", i ? ", " : "",
					axes->axis[i].name);
	svg_text(&p->svg, 20, HEIGHT - 12, &quiet,
		 svg_fit(names, 12, width - 40, fit, sizeof(fit)));
}

bool sweep_picture(const struct sweep_outcome *outcome, const char *path)
{
	struct sweep_choices choices;
	struct picture p = { .outcome = outcome, .choices = &choices };
	bool ok = sweep_choose(outcome, &choices);
	const bool both = choices.hardware != SWEEP_SAME;
	const double width = both ? 2 * STRIDE : STRIDE;
	int ret = 0;

	if (ok && choices.num) {
		svg_begin(&p.svg, width, HEIGHT,
			  "Time of machines against what they cost");
		draw_title(&p, width);
		if (both)
			draw_panel(&p, SWEEP_FRONT_HARDWARE, LEFT);
		draw_panel(&p, SWEEP_FRONT_ENERGY, both ? LEFT + STRIDE : LEFT);
		draw_keys(&p, width);
		ret = svg_write(&p.svg, path);
		svg_fini(&p.svg);
	}
	free(choices.choice);
	if (!ok)
		ret = -ENOMEM;
	if (ret)
		fprintf(stderr, "gs-sim: %s: %s\n", path, strerror(-ret));
	return !ret;
}
