/* SPDX-License-Identifier: MIT */
/* Axes, legends and labels, see svg_plot.h. */

#include "hw-model/tools/svg_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define TICK 5
#define NUMBER_SIZE 11
#define LEGEND_LINE 18
#define LEGEND_SQUARE 11

/* ---- axes ----------------------------------------------------------------------- */

/* 1, 2 or 5 times a power of ten, so that there are at most @most steps. */
static double round_step(double span, double most)
{
	static const double steps[] = { 1, 2, 5, 10 };
	const double least = span / most;
	const double power = pow(10, floor(log10(least)));
	unsigned i = 0;

	/* what rounding makes of 1 is no reason for 2 */
	while (i < 3 && steps[i] * power < least * (1 - 1e-9))
		i++;
	return steps[i] * power;
}

struct svg_axis svg_axis_linear(double lo, double hi, double from, double to)
{
	struct svg_axis axis = { .lo = lo, .hi = hi, .from = from, .to = to };

	if (!(hi > lo))
		axis.hi = hi = lo + 1;
	axis.step =
		round_step(hi - lo, fmin(fmax(fabs(to - from) / 55, 2), 10));
	axis.hi = lo + ceil((hi - lo) / axis.step - 1e-9) * axis.step;
	return axis;
}

/* 1, 2 or 5 times a power of ten, not above or not below a value. */
static double round_log(double value, bool up)
{
	static const double steps[] = { 1, 2, 5, 10 };
	const double power = pow(10, floor(log10(value) + 1e-9));
	unsigned i = 0;

	while (i < 3 && steps[i + 1] * power <= value * (1 + 1e-9))
		i++;
	if (up && steps[i] * power < value * (1 - 1e-9))
		i++;
	return steps[i] * power;
}

struct svg_axis svg_axis_log(double lo, double hi, double from, double to)
{
	struct svg_axis axis = { .from = from, .to = to, .log = true };

	axis.lo = round_log(lo, false);
	axis.hi = round_log(hi, true);
	if (!(axis.hi > axis.lo))
		axis.hi = axis.lo * 10;
	return axis;
}

double svg_axis_at(const struct svg_axis *axis, double value)
{
	double part;

	if (!(value > axis->lo))
		return axis->from;
	part = axis->log ?
		       log10(value / axis->lo) / log10(axis->hi / axis->lo) :
		       (value - axis->lo) / (axis->hi - axis->lo);
	return axis->from + (part < 1 ? part : 1) * (axis->to - axis->from);
}

const char *svg_number(double value, char *buf, size_t cap)
{
	static const char *const units[] = { "", "k", "M", "G", "T", "P" };
	unsigned unit = 0;
	double size = fabs(value);

	/* 999.6 has no three digits */
	while (size >= 999.5 && unit < 5) {
		size /= 1000;
		value /= 1000;
		unit++;
	}
	snprintf(buf, cap, "%.3g%s", value, units[unit]);
	return buf;
}

/* Of both kinds; a logarithmic axis has few ticks when it is long. */
static double tick_value(const struct svg_axis *axis, unsigned i)
{
	static const double steps[] = { 1, 2, 5 };
	double power;

	if (!axis->log)
		return axis->lo + i * axis->step;
	power = pow(10, floor(log10(axis->lo) + 1e-9));
	return axis->hi / axis->lo < 1.5e3 ?
		       power * pow(10, i / 3) * steps[i % 3] :
		       power * pow(10, i);
}

/* The next tick from number *i on; false behind the last. */
static bool tick(const struct svg_axis *axis, unsigned *i, double *value)
{
	do
		*value = tick_value(axis, (*i)++);
	while (*value < axis->lo * (1 - 1e-9));
	return *value <= axis->hi * (1 + 1e-9);
}

void svg_axis_bottom(struct svg *svg, const struct svg_axis *axis,
		     double bottom, double top, const char *title)
{
	const struct svg_font number = { .size = NUMBER_SIZE,
					 .anchor = SVG_MIDDLE,
					 .fill = SVG_INK };
	const struct svg_font font = { .anchor = SVG_MIDDLE, .fill = SVG_INK };
	unsigned i = 0;
	char text[32];
	double value;

	while (tick(axis, &i, &value)) {
		const double x = svg_axis_at(axis, value);

		if (top != bottom)
			svg_line(svg, x, bottom, x, top, SVG_GRID, 1, NULL);
		svg_line(svg, x, bottom, x, bottom + TICK, SVG_INK, 1, NULL);
		svg_text(svg, x, bottom + TICK + NUMBER_SIZE + 1, &number,
			 svg_number(value, text, sizeof(text)));
	}
	svg_line(svg, axis->from, bottom, axis->to, bottom, SVG_INK, 1, NULL);
	svg_text(svg, (axis->from + axis->to) / 2, bottom + 36, &font, title);
}

void svg_axis_left(struct svg *svg, const struct svg_axis *axis, double left,
		   double right, const char *title)
{
	const struct svg_font number = { .size = NUMBER_SIZE,
					 .anchor = SVG_END,
					 .fill = SVG_INK };
	const struct svg_font font = { .anchor = SVG_MIDDLE,
				       .fill = SVG_INK,
				       .rotate = -90 };
	unsigned i = 0;
	char text[32];
	double value;

	while (tick(axis, &i, &value)) {
		const double y = svg_axis_at(axis, value);

		if (left != right)
			svg_line(svg, left, y, right, y, SVG_GRID, 1, NULL);
		svg_line(svg, left - TICK, y, left, y, SVG_INK, 1, NULL);
		svg_text(svg, left - TICK - 3, y + 4, &number,
			 svg_number(value, text, sizeof(text)));
	}
	svg_line(svg, left, axis->from, left, axis->to, SVG_INK, 1, NULL);
	svg_text(svg, left - 50, (axis->from + axis->to) / 2, &font, title);
}

/* ---- legends -------------------------------------------------------------------- */

unsigned svg_legend(struct svg *svg, double x, double y, double width,
		    const struct svg_key *keys, size_t num)
{
	const struct svg_font font = { .fill = SVG_INK };
	unsigned lines = 1;
	double at = x;

	for (size_t i = 0; i < num; i++) {
		const double need = LEGEND_SQUARE + 6 + 18 +
				    svg_text_width(keys[i].text, 0);

		if (at > x && at + need > x + width) {
			at = x;
			y += LEGEND_LINE;
			lines++;
		}
		svg_rect(svg, at, y - LEGEND_SQUARE / 2.0, LEGEND_SQUARE,
			 LEGEND_SQUARE, keys[i].color);
		svg_text(svg, at + LEGEND_SQUARE + 6, y + 4, &font,
			 keys[i].text);
		at += need;
	}
	return lines;
}

/* ---- labels --------------------------------------------------------------------- */

static bool overlap(const struct svg_box *a, const struct svg_box *b)
{
	return a->left < b->right && b->left < a->right && a->top < b->bottom &&
	       b->top < a->bottom;
}

static bool within(const struct svg_box *a, const struct svg_box *in)
{
	return a->left >= in->left && a->right <= in->right &&
	       a->top >= in->top && a->bottom <= in->bottom;
}

/* What names keep off: points first, then boxes given, then names. */
struct places {
	const struct svg_label *labels;
	struct svg_box *taken;
	size_t num;
	const struct svg_box *inside;
	double size;
};

static bool is_free(const struct places *p, const struct svg_box *box)
{
	if (!within(box, p->inside))
		return false;
	for (size_t i = 0; i < p->num; i++)
		if (overlap(&p->taken[i], box))
			return false;
	return true;
}

/* Right, left, above and below; then farther away. Returns false when all is taken. */
static bool find_place(const struct places *p, const struct svg_label *label,
		       struct svg_box *box, bool *apart)
{
	static const double ways[][2] = {
		{ 1, 0 },    { -1, 0 },	 { 0, -1 },    { 0, 1 },
		{ 1, -1 },   { 1, 1 },	 { -1, -1 },   { -1, 1 },
		{ 1, -0.5 }, { 1, 0.5 }, { -1, -0.5 }, { -1, 0.5 }
	};
	const double w = svg_text_width(label->text, p->size), h = p->size + 2;

	for (unsigned ring = 0; ring < 5; ring++)
		for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
			const double gap = label->r + 3 + ring * 14.0;
			const double x = label->x + ways[i][0] * (gap + w / 2);
			const double y = label->y + ways[i][1] * (gap + h / 2);

			*box = (struct svg_box){ x - w / 2, y - h / 2,
						 x + w / 2, y + h / 2 };
			*apart = ring > 0;
			if (is_free(p, box))
				return true;
		}
	return false;
}

static void write_label(struct svg *svg, const struct svg_label *label,
			const struct svg_box *box, double size, bool apart)
{
	const struct svg_font font = { .size = size, .fill = SVG_INK };
	const double x = label->x < box->left  ? box->left :
			 label->x > box->right ? box->right :
						 label->x;
	const double y = label->y < box->top	? box->top :
			 label->y > box->bottom ? box->bottom :
						  label->y;

	if (apart)
		svg_line(svg, label->x, label->y, x, y, SVG_QUIET, 0.6, NULL);
	svg_text(svg, box->left, box->bottom - 4, &font, label->text);
}

size_t svg_labels(struct svg *svg, const struct svg_label *labels, size_t num,
		  double size, const struct svg_box *inside,
		  const struct svg_box *off, size_t num_off)
{
	struct places p = { .labels = labels, .inside = inside, .size = size };
	size_t written = 0;

	p.taken = calloc(2 * num + num_off + 1, sizeof(*p.taken));
	if (!p.taken) {
		svg->failed = true;
		return 0;
	}
	for (size_t i = 0; i < num; i++)
		p.taken[p.num++] = (struct svg_box){
			labels[i].x - labels[i].r, labels[i].y - labels[i].r,
			labels[i].x + labels[i].r, labels[i].y + labels[i].r
		};
	for (size_t i = 0; i < num_off; i++)
		p.taken[p.num++] = off[i];
	for (size_t i = 0; i < num; i++) {
		struct svg_box box;
		bool apart;

		if (!labels[i].text ||
		    !find_place(&p, &labels[i], &box, &apart))
			continue;
		write_label(svg, &labels[i], &box, size, apart);
		p.taken[p.num++] = box;
		written++;
	}
	free(p.taken);
	return written;
}
