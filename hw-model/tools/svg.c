/* SPDX-License-Identifier: MIT */
/* Shapes and text in SVG, see svg.h. */

#include "hw-model/tools/svg.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/file.h"
#include "hw-model/isa/utf8.h"

#define MAX_TEXT 1024
#define DEFAULT_SIZE 12.0

/* ---- the text ------------------------------------------------------------------- */

static bool room(struct svg *svg, size_t more)
{
	size_t cap = svg->cap ? svg->cap : 4096;
	char *bigger;

	if (svg->failed)
		return false;
	if (svg->cap - svg->len > more)
		return true;
	while (cap - svg->len <= more && cap < SIZE_MAX / 2)
		cap *= 2;
	bigger = cap - svg->len > more ? realloc(svg->text, cap) : NULL;
	svg->failed = !bigger;
	if (!bigger)
		return false;
	svg->text = bigger;
	svg->cap = cap;
	return true;
}

static void put_bytes(struct svg *svg, const char *bytes, size_t len)
{
	if (!room(svg, len))
		return;
	memcpy(svg->text + svg->len, bytes, len);
	svg->len += len;
}

static void put(struct svg *svg, const char *text)
{
	put_bytes(svg, text, strlen(text));
}

/* Two decimals, without zeros at the end; -0 is 0. */
static void put_number(struct svg *svg, double value)
{
	char buf[64];
	int len = snprintf(buf, sizeof(buf), "%.2f", value);

	if (len < 0 || (size_t)len >= sizeof(buf))
		return put(svg, "0");
	while (buf[len - 1] == '0')
		buf[--len] = 0;
	if (buf[len - 1] == '.')
		buf[--len] = 0;
	put(svg, strcmp(buf, "-0") ? buf : "0");
}

static void put_attribute(struct svg *svg, const char *name, double value)
{
	put(svg, " ");
	put(svg, name);
	put(svg, "=\"");
	put_number(svg, value);
	put(svg, "\"");
}

static void put_word(struct svg *svg, const char *name, const char *value)
{
	put(svg, " ");
	put(svg, name);
	put(svg, "=\"");
	put(svg, value);
	put(svg, "\"");
}

/* Characters XML 1.0 cannot name. */
static bool is_forbidden(uint32_t code)
{
	return code < 0x20 || code == 0xfffe || code == 0xffff;
}

static void put_escaped(struct svg *svg, const char *text)
{
	uint32_t code;
	char bytes[4];

	while ((code = gs_utf8_next(&text))) {
		const char *entity = gs_utf8_entity(code);

		if (is_forbidden(code))
			code = GS_UTF8_REPLACEMENT;
		if (entity)
			put(svg, entity);
		else
			put_bytes(svg, bytes, gs_utf8_put(code, bytes));
	}
}

static void end_tag(struct svg *svg)
{
	if (svg->in_tag)
		put(svg, ">\n");
	svg->in_tag = false;
}

static void element(struct svg *svg, const char *name)
{
	end_tag(svg);
	put(svg, "<");
	put(svg, name);
}

/* ---- a picture ------------------------------------------------------------------ */

void svg_begin(struct svg *svg, double width, double height, const char *title)
{
	*svg = (struct svg){ 0 };
	put(svg, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		 "<svg xmlns=\"http://www.w3.org/2000/svg\"");
	put_attribute(svg, "width", width);
	put_attribute(svg, "height", height);
	put(svg, " viewBox=\"0 0 ");
	put_number(svg, width);
	put(svg, " ");
	put_number(svg, height);
	put(svg, "\" font-family=\"'DejaVu Sans', Verdana, Helvetica, Arial, "
		 "sans-serif\" font-size=\"12\" role=\"img\">\n<title>");
	put_escaped(svg, title);
	put(svg, "</title>\n");
	svg_rect(svg, 0, 0, width, height, "#ffffff");
}

void svg_fini(struct svg *svg)
{
	free(svg->text);
	*svg = (struct svg){ 0 };
}

static void end_picture(struct svg *svg)
{
	while (svg->depth)
		svg_close(svg);
	put(svg, "</svg>\n");
}

const char *svg_element(struct svg *svg, size_t *len)
{
	const char *begin;

	end_picture(svg);
	if (svg->failed || !room(svg, 1))
		return NULL;
	svg->text[svg->len] = '\0';
	begin = strstr(svg->text, "<svg");
	*len = svg->len - (size_t)(begin - svg->text);
	return begin;
}

int svg_write(struct svg *svg, const char *path)
{
	end_picture(svg);
	return svg->failed ? -ENOMEM : gs_file_write(path, svg->text, svg->len);
}

void svg_open(struct svg *svg, const char *class)
{
	element(svg, "g");
	put_word(svg, "class", class);
	svg->in_tag = true;
	svg->depth++;
}

void svg_data(struct svg *svg, const char *name, const char *format, ...)
{
	char text[MAX_TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	put(svg, " data-");
	put(svg, name);
	put(svg, "=\"");
	put_escaped(svg, text);
	put(svg, "\"");
}

void svg_tip(struct svg *svg, const char *format, ...)
{
	char text[MAX_TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	element(svg, "title>");
	put_escaped(svg, text);
	put(svg, "</title>\n");
}

void svg_close(struct svg *svg)
{
	end_tag(svg);
	put(svg, "</g>\n");
	if (svg->depth)
		svg->depth--;
}

/* ---- shapes --------------------------------------------------------------------- */

static void put_box(struct svg *svg, double x, double y, double w, double h)
{
	element(svg, "rect");
	put_attribute(svg, "x", x);
	put_attribute(svg, "y", y);
	put_attribute(svg, "width", w);
	put_attribute(svg, "height", h);
}

void svg_rect(struct svg *svg, double x, double y, double w, double h,
	      const char *fill)
{
	if (!(w > 0) || !(h > 0))
		return;
	put_box(svg, x, y, w, h);
	put_word(svg, "fill", fill);
	put(svg, "/>\n");
}

void svg_boxes_begin(struct svg *svg)
{
	element(svg, "path d=\"");
}

void svg_boxes_add(struct svg *svg, double x, double y, double w, double h)
{
	put(svg, "M");
	put_number(svg, x);
	put(svg, " ");
	put_number(svg, y);
	put(svg, "h");
	put_number(svg, w);
	put(svg, "v");
	put_number(svg, h);
	put(svg, "h");
	put_number(svg, -w);
	put(svg, "z");
}

void svg_boxes_end(struct svg *svg, const char *fill)
{
	put(svg, "\"");
	put_word(svg, "fill", fill);
	put(svg, " shape-rendering=\"crispEdges\"/>\n");
}

void svg_frame(struct svg *svg, double x, double y, double w, double h,
	       const char *stroke)
{
	put_box(svg, x, y, w, h);
	put_word(svg, "fill", "none");
	put_word(svg, "stroke", stroke);
	put(svg, "/>\n");
}

static void put_stroke(struct svg *svg, const char *stroke, double width,
		       const char *dash)
{
	put_word(svg, "stroke", stroke);
	put_attribute(svg, "stroke-width", width);
	if (dash)
		put_word(svg, "stroke-dasharray", dash);
	put(svg, "/>\n");
}

void svg_line(struct svg *svg, double x1, double y1, double x2, double y2,
	      const char *stroke, double width, const char *dash)
{
	element(svg, "line");
	put_attribute(svg, "x1", x1);
	put_attribute(svg, "y1", y1);
	put_attribute(svg, "x2", x2);
	put_attribute(svg, "y2", y2);
	put_stroke(svg, stroke, width, dash);
}

void svg_polyline(struct svg *svg, const double (*points)[2], size_t num,
		  const char *stroke, double width, const char *dash)
{
	element(svg, "polyline points=\"");
	for (size_t i = 0; i < num; i++) {
		put(svg, i ? " " : "");
		put_number(svg, points[i][0]);
		put(svg, ",");
		put_number(svg, points[i][1]);
	}
	put(svg, "\"");
	put_word(svg, "fill", "none");
	put_stroke(svg, stroke, width, dash);
}

void svg_circle(struct svg *svg, double x, double y, double r, const char *fill)
{
	element(svg, "circle");
	put_attribute(svg, "cx", x);
	put_attribute(svg, "cy", y);
	put_attribute(svg, "r", r);
	put_word(svg, "fill", fill);
	put_stroke(svg, "#ffffff", 0.8, NULL);
}

/* ---- text ----------------------------------------------------------------------- */

void svg_text(struct svg *svg, double x, double y, const struct svg_font *font,
	      const char *text)
{
	static const char *const anchors[] = { "start", "middle", "end" };

	element(svg, "text");
	put_attribute(svg, "x", x);
	put_attribute(svg, "y", y);
	if (font->size > 0)
		put_attribute(svg, "font-size", font->size);
	if (font->fill)
		put_word(svg, "fill", font->fill);
	if (font->anchor != SVG_START)
		put_word(svg, "text-anchor", anchors[font->anchor]);
	if (font->bold)
		put_word(svg, "font-weight", "bold");
	if (font->rotate != 0) {
		put(svg, " transform=\"rotate(");
		put_number(svg, font->rotate);
		put(svg, " ");
		put_number(svg, x);
		put(svg, " ");
		put_number(svg, y);
		put(svg, ")\"");
	}
	put(svg, ">");
	put_escaped(svg, text);
	put(svg, "</text>\n");
}

void svg_printf(struct svg *svg, double x, double y,
		const struct svg_font *font, const char *format, ...)
{
	char text[MAX_TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	svg_text(svg, x, y, font, text);
}

/* Of an em; of characters beyond ASCII a guess that is not too small. */
static double char_width(uint32_t code)
{
	if (code >= 0x1100)
		return code >= 0x2000 && code < 0x2e80 ? 0.84 : 1.0;
	if (code >= 0x80)
		return 0.8;
	if (strchr("ijl|!.,:;'() []I/\\fJ-", (int)code))
		return 0.4;
	if (strchr("mMwW@%+=<>", (int)code))
		return 0.98;
	return code >= 'A' && code <= 'Z' ? 0.77 : 0.64;
}

double svg_text_width(const char *text, double size)
{
	double width = 0;
	uint32_t code;

	while ((code = gs_utf8_next(&text)))
		width += char_width(code);
	return width * (size > 0 ? size : DEFAULT_SIZE);
}

const char *svg_fit(const char *text, double size, double width, char *buf,
		    size_t cap)
{
	static const char ellipsis[] = "\xe2\x80\xa6";
	const size_t most = cap - sizeof(ellipsis), all = strlen(text);
	const char *rest = all > most ? text + all - most : text;
	size_t len = 0;

	/* not in the middle of a character */
	while (rest != text && (*rest & 0xc0) == 0x80)
		rest++;
	while (*rest &&
	       svg_text_width(rest, size) + (rest == text ? 0 : size) > width)
		gs_utf8_next(&rest);
	if (rest != text)
		len = sizeof(ellipsis) - 1;
	memcpy(buf, ellipsis, len);
	memcpy(buf + len, rest, strlen(rest) + 1);
	return buf;
}

const char *svg_color(unsigned index)
{
	static const char *const muted[] = { "#332288", "#88ccee", "#44aa99",
					     "#117733", "#999933", "#ddcc77",
					     "#cc6677", "#882255", "#aa4499" };

	return muted[index % (sizeof(muted) / sizeof(muted[0]))];
}
