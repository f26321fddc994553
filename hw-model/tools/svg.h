/* SPDX-License-Identifier: MIT */
/*
 * Pictures in SVG: shapes and text. Axes, legends and labels: svg_plot.h.
 *
 * A picture is text in memory. Coordinates are pixels, y grows downwards, and
 * numbers are written with two decimals: equal calls make equal bytes.
 * Everything that is a string may hold any bytes; it is escaped, and what is
 * no character becomes U+FFFD. When memory runs out the calls do nothing, and
 * svg_write() says so.
 *
 *	struct svg svg;
 *
 *	svg_begin(&svg, 400, 300, "A title for those who cannot see it");
 *	svg_open(&svg, "layer");                // <g class="layer"
 *	svg_data(&svg, "cycles", "%d", 7);      //    data-cycles="7">
 *	svg_tip(&svg, "seen under the pointer");
 *	svg_rect(&svg, 10, 10, 7, 20, svg_color(0));
 *	svg_close(&svg);                        // </g>
 *	ret = svg_write(&svg, "picture.svg");
 *	svg_fini(&svg);
 */
#ifndef GS_SVG_H
#define GS_SVG_H

#include <stdbool.h>
#include <stddef.h>

struct svg {
	char *text;
	size_t len, cap;
	bool failed; /**< memory ran out */
	bool in_tag; /**< the last group's tag takes attributes yet */
	unsigned depth; /**< groups that are open */
};

enum svg_anchor {
	SVG_START, /**< text begins at x */
	SVG_MIDDLE,
	SVG_END, /**< text ends at x */
};

/** How text looks; zero is 12 pixels, black, begins at x. */
struct svg_font {
	double size; /**< pixels, 0: 12 */
	const char *fill; /**< colour, NULL: black */
	enum svg_anchor anchor;
	double rotate; /**< degrees, clockwise about its anchor */
	bool bold;
};

/** Colours of lines and text. */
#define SVG_INK "#222222"
#define SVG_QUIET "#666666"
#define SVG_GRID "#dddddd"

/** svg_begin() - an empty white picture; @title: for readers of screens and tabs */
void svg_begin(struct svg *svg, double width, double height, const char *title);

/** svg_fini() - free it; also after svg_begin() failed */
void svg_fini(struct svg *svg);

/**
 * svg_write() - close what is open and replace a file, as gs_file_write()
 * Returns 0, -ENOMEM when memory ran out in any call before, or -errno.
 */
int svg_write(struct svg *svg, const char *path);

/**
 * svg_element() - close what is open; the element, to stand in a page
 * Returns @len bytes of the picture, without what comes before it in a file, or
 * NULL when memory ran out.
 */
const char *svg_element(struct svg *svg, size_t *len);

/** svg_open() - begin a group; @class: a word of ours, for programs that read the picture */
void svg_open(struct svg *svg, const char *class);

/** svg_data() - an attribute data-@name of the group that was just opened */
void svg_data(struct svg *svg, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** svg_tip() - what a browser shows over the group that was just opened */
void svg_tip(struct svg *svg, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** svg_close() - end the group opened last */
void svg_close(struct svg *svg);

/** svg_rect() - filled, without a border; a width or height of 0 or less draws nothing */
void svg_rect(struct svg *svg, double x, double y, double w, double h,
	      const char *fill);

/**
 * svg_boxes_begin() - many rectangles of one colour, as one short element
 * Between it and svg_boxes_end() there may be svg_boxes_add() only. Edges are
 * not smoothed: neighbours leave no seams.
 */
void svg_boxes_begin(struct svg *svg);
void svg_boxes_add(struct svg *svg, double x, double y, double w, double h);
void svg_boxes_end(struct svg *svg, const char *fill);

/** svg_frame() - a border of one pixel and nothing in it */
void svg_frame(struct svg *svg, double x, double y, double w, double h,
	       const char *stroke);

/** svg_line() - @width in pixels; @dash: "4 3", or NULL */
void svg_line(struct svg *svg, double x1, double y1, double x2, double y2,
	      const char *stroke, double width, const char *dash);

/** svg_polyline() - through @num points x, y; not filled */
void svg_polyline(struct svg *svg, const double (*points)[2], size_t num,
		  const char *stroke, double width, const char *dash);

/** svg_circle() - filled, with a thin white border so that neighbours are told apart */
void svg_circle(struct svg *svg, double x, double y, double r,
		const char *fill);

/** svg_text() - @y is the base line */
void svg_text(struct svg *svg, double x, double y, const struct svg_font *font,
	      const char *text);

/** svg_printf() - as svg_text(); cut after 1 KiB */
void svg_printf(struct svg *svg, double x, double y,
		const struct svg_font *font, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/**
 * svg_text_width() - pixels that text takes at most, about
 * Of DejaVu Sans, which is wider than what stands behind it in the list of fonts.
 */
double svg_text_width(const char *text, double size);

/**
 * svg_fit() - text that is no wider than @width
 * @buf: @cap bytes, at least 8; of text that is too wide the end, behind an ellipsis
 * Returns @buf.
 */
const char *svg_fit(const char *text, double size, double width, char *buf,
		    size_t cap);

/**
 * svg_color() - a colour that people with any colour vision tell from the others
 * @index: 0 to 8, taken modulo 9. Paul Tol's muted scheme.
 */
const char *svg_color(unsigned index);

#endif /* GS_SVG_H */
