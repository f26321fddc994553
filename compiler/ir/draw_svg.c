/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "compiler/ir/draw.h"
#include "hw-model/isa/utf8.h"

/* Text of an element: what is no ASCII is '?'. */
static void put_xml(const char *s, FILE *out)
{
	for (; *s; s++) {
		const char *entity = gs_utf8_entity((unsigned char)*s);

		if (entity)
			fputs(entity, out);
		else
			fputc(*s < ' ' || *s > '~' ? '?' : *s, out);
	}
}

static const char *fill_of(enum gs_draw_kind kind)
{
	switch (kind) {
	case GS_DRAW_INPUT:
	case GS_DRAW_OUTPUT:
		return "e";
	case GS_DRAW_WEIGHTED:
		return "w";
	case GS_DRAW_MOVE:
		return "m";
	case GS_DRAW_OTHER:
	case GS_DRAW_BEND:
		break;
	}
	return "o";
}

static void put_box(const struct gs_draw_box *b, FILE *out)
{
	unsigned i;

	if (b->kind == GS_DRAW_BEND) {
		fprintf(out, "<path d=\"M%.1f,%.1f v%.1f\"/>\n", b->x, b->y,
			b->height);
		return;
	}
	fputs("<g><title>", out);
	put_xml(b->title, out);
	fprintf(out,
		"</title><rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"%d\"/>\n",
		fill_of(b->kind), b->x - b->width / 2, b->y, b->width,
		b->height,
		b->kind == GS_DRAW_INPUT || b->kind == GS_DRAW_OUTPUT ? 10 : 2);
	for (i = 0; i < b->num_lines; i++) {
		fprintf(out, "<text%s x=\"%.1f\" y=\"%.1f\">",
			i ? "" : " class=\"b\"", b->x,
			b->y + GS_DRAW_LINE_HEIGHT * (i + 1));
		put_xml(b->line[i], out);
		fputs("</text>", out);
	}
	fputs("</g>\n", out);
}

/* One line from box to box, through its bends */
static void put_edge(const struct gs_drawing *d, unsigned at, FILE *out)
{
	const struct gs_draw_edge *e = &d->edge[at];
	const struct gs_draw_box *a = &d->box[e->from], *b = &d->box[e->to];
	const double top = a->y + a->height, middle = (top + b->y) / 2;

	fputs("<path", out);
	if (!e->part)
		fputs(" marker-end=\"url(#a)\"", out);
	fprintf(out, " d=\"M%.1f,%.1f C%.1f,%.1f %.1f,%.1f %.1f,%.1f\"><title>",
		a->x, top, a->x, middle, b->x, middle, b->x, b->y);
	put_xml(e->title, out);
	fputs("</title></path>\n", out);
}

static void put_svg(const struct gs_drawing *d, FILE *out)
{
	unsigned i;

	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" class=\"gs\">\n",
		d->width, d->height, d->width, d->height);
	fputs("<title>", out);
	put_xml(d->graph->name, out);
	/* Of this picture alone, if it stands in a page. */
	fputs("</title>\n<style>.gs text { font: 11px monospace; text-anchor: middle }"
	      " .gs .b { font-weight: bold } .gs rect { stroke: #444 }"
	      " .gs path { fill: none; stroke: #666 }"
	      " .gs .e { fill: #e4f4dc } .gs .w { fill: #d8e8f8 }"
	      " .gs .m { fill: #eee } .gs .o { fill: #fbeed2 }</style>\n"
	      "<defs><marker id=\"a\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" orient=\"auto\">"
	      "<polygon points=\"0,1 8,4 0,7\" fill=\"#666\"/></marker></defs>\n"
	      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\" stroke=\"none\" style=\"stroke: none\"/>\n",
	      out);
	for (i = 0; i < d->num_edges; i++)
		put_edge(d, i, out);
	for (i = 0; i < d->num_boxes; i++)
		put_box(&d->box[i], out);
	fputs("</svg>\n", out);
}

int gs_graph_draw_svg(struct gs_graph *graph, FILE *out, struct gs_diag *diag)
{
	struct gs_drawing d;
	int ret = gs_draw_collect(graph, &d);

	ret = ret ? ret : gs_draw_layout(&d);
	if (ret)
		gs_error(diag, ret, "out of memory");
	else
		put_svg(&d, out);
	gs_draw_free(&d);
	return ret;
}
