/* SPDX-License-Identifier: MIT */
/*
 * What diagrams are made of: axes, legends, labels that keep off each other.
 *
 *	struct svg_axis x = svg_axis_linear(0, 8139, 80, 600);
 *	struct svg_axis y = svg_axis_log(0.3, 512, 400, 60); // y grows downwards
 *
 *	svg_axis_bottom(&svg, &x, 400, 60, "cycles");
 *	svg_axis_left(&svg, &y, 80, 600, "operations per cycle");
 *	svg_circle(&svg, svg_axis_at(&x, 100), svg_axis_at(&y, 3), 4, svg_color(0));
 */
#ifndef GS_SVG_PLOT_H
#define GS_SVG_PLOT_H

#include "hw-model/tools/svg.h"

/** Values from @lo to @hi stand at pixels @from to @to. */
struct svg_axis {
	double lo, hi;
	double from, to;
	bool log;
	double step; /**< of ticks; linear axes only */
};

/** svg_axis_linear() - ends at a tick at or after @hi; @lo stays */
struct svg_axis svg_axis_linear(double lo, double hi, double from, double to);

/** svg_axis_log() - from and to 1, 2 or 5 times a power of ten; both are more than 0 */
struct svg_axis svg_axis_log(double lo, double hi, double from, double to);

/** svg_axis_at() - the pixel of a value, inside the axis */
double svg_axis_at(const struct svg_axis *axis, double value);

/**
 * svg_axis_bottom() - line, ticks, numbers and title below @bottom
 * @top: end of the grid's lines; @bottom for none. Needs 40 pixels below.
 */
void svg_axis_bottom(struct svg *svg, const struct svg_axis *axis,
		     double bottom, double top, const char *title);

/** svg_axis_left() - the same on the left of @left; needs 65 pixels there */
void svg_axis_left(struct svg *svg, const struct svg_axis *axis, double left,
		   double right, const char *title);

/**
 * svg_number() - a number for people: 0.25, 12.5, 8.1k, 3.2M
 * @buf: @cap bytes
 * Returns @buf.
 */
const char *svg_number(double value, char *buf, size_t cap);

struct svg_key {
	const char *color, *text;
};

/**
 * svg_legend() - squares of colour with text, in lines
 * @y: of the first line's middle; lines are 18 pixels high
 * Returns the number of lines.
 */
unsigned svg_legend(struct svg *svg, double x, double y, double width,
		    const struct svg_key *keys, size_t num);

/** A rectangle; nothing when its right or lower side is first. */
struct svg_box {
	double left, top, right, bottom;
};

/** A point that has a name. */
struct svg_label {
	double x, y, r; /**< the point's middle and radius */
	const char *text; /**< NULL: only kept off */
};

/**
 * svg_labels() - write names beside their points
 * @labels: most important first
 * @inside: where text may stand
 * @off: @num_off boxes where none may
 * No name covers a point, another name or a box of @off; thin lines lead to
 * names that stand apart. Those without room are left out.
 * Returns the number written.
 */
size_t svg_labels(struct svg *svg, const struct svg_label *labels, size_t num,
		  double size, const struct svg_box *inside,
		  const struct svg_box *off, size_t num_off);

#endif /* GS_SVG_PLOT_H */
