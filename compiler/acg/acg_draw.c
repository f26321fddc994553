/* SPDX-License-Identifier: MIT */
#include "compiler/acg/acg_draw.h"

#include <string.h>

/* What the compute nodes read and write. */
static const struct {
	enum gs_acg_mem mem;
	enum gs_acg_unit unit;
	bool reads, writes;
} ports[] = {
	{ GS_ACG_IBUF, GS_UNIT_ARRAY, true, false },
	{ GS_ACG_WBUF, GS_UNIT_ARRAY, true, false },
	{ GS_ACG_BBUF, GS_UNIT_ARRAY, true, false },
	{ GS_ACG_OBUF, GS_UNIT_ARRAY, false, true },
	{ GS_ACG_OBUF, GS_UNIT_TANDEM, true, false },
	{ GS_ACG_VMEM1, GS_UNIT_TANDEM, true, true },
	{ GS_ACG_VMEM2, GS_UNIT_TANDEM, true, true },
	{ GS_ACG_IMM, GS_UNIT_TANDEM, true, false },
};

#define NUM_PORTS (sizeof(ports) / sizeof(ports[0]))

static const char *const unit_names[GS_UNIT_COUNT] = {
	[GS_UNIT_ARRAY] = "ARRAY",
	[GS_UNIT_TANDEM] = "TANDEM",
};

/* Names come from files: what XML and dot would read as their own is replaced. */
static void put_name(FILE *out, const char *name)
{
	for (; *name; name++)
		fputc(strchr("<>&\"\\", *name) || (unsigned char)*name < 0x20 ?
			      '_' :
			      *name,
		      out);
}

static void put_title(const struct gs_acg *acg, FILE *out)
{
	put_name(out, acg->arch.name[0] ? acg->arch.name : "unnamed machine");
	fprintf(out, ": array %u x %u, %u MHz", acg->arch.array_n,
		acg->arch.array_m, acg->arch.clock_mhz);
}

static void put_size(const struct gs_acg_memory *m, FILE *out)
{
	const uint64_t bytes = gs_acg_memory_bytes(m);

	if (bytes >= 1024)
		fprintf(out, "%llu KiB", (unsigned long long)(bytes / 1024));
	else
		fprintf(out, "%llu bytes", (unsigned long long)bytes);
}

static void put_memory(const struct gs_acg_memory *m, FILE *out)
{
	fprintf(out, "%u bank%s x %u rows x %u bits%s", m->banks,
		m->banks == 1 ? "" : "s", m->rows, m->bits,
		m->double_buffered ? ", twice" : "");
}

/* ---- dot ----------------------------------------------------------------- */

static void dot_functions(const struct gs_acg *acg, FILE *out)
{
	const struct gs_acg_function *fn;
	unsigned i, num = 0;

	for (i = 0; (fn = gs_acg_function(i)); i++)
		if (fn->unit == GS_UNIT_TANDEM && !gs_acg_lacks(acg, fn))
			fprintf(out, "%s%s", num++ % 8 ? " " : "\\n", fn->name);
}

void gs_acg_dot(const struct gs_acg *acg, FILE *out)
{
	unsigned i;

	fputs("digraph acg {\n\trankdir=LR;\n\tlabel=\"", out);
	put_title(acg, out);
	fputs("\";\n\tnode [shape=box fontname=sans];\n\tDRAM;\n", out);
	for (i = GS_ACG_IBUF; i < GS_ACG_NUM_MEMORIES; i++) {
		fprintf(out, "\t%s [label=\"%s, ", acg->mem[i].name,
			acg->mem[i].name);
		put_size(&acg->mem[i], out);
		fputs("\\n", out);
		put_memory(&acg->mem[i], out);
		fputs("\"];\n", out);
	}
	fprintf(out, "\tARRAY [style=rounded label=\"ARRAY %u x %u\\nmac\"];\n",
		acg->arch.array_n, acg->arch.array_m);
	fprintf(out, "\tTANDEM [style=rounded label=\"TANDEM %u lanes",
		acg->arch.array_m);
	dot_functions(acg, out);
	fputs("\"];\n", out);
	for (i = 0; i < acg->num_channels; i++)
		fprintf(out, "\t%s -> %s [label=\"%s %u\"];\n",
			acg->mem[acg->channel[i].from].name,
			acg->mem[acg->channel[i].to].name, acg->channel[i].name,
			acg->channel[i].bits);
	for (i = 0; i < NUM_PORTS; i++) {
		if (ports[i].reads)
			fprintf(out, "\t%s -> %s;\n",
				acg->mem[ports[i].mem].name,
				unit_names[ports[i].unit]);
		if (ports[i].writes)
			fprintf(out, "\t%s -> %s;\n", unit_names[ports[i].unit],
				acg->mem[ports[i].mem].name);
	}
	fputs("}\n", out);
}

/* ---- svg ----------------------------------------------------------------- */

#define DRAM_X 20
#define DRAM_W 90
#define MEM_X 290
#define MEM_W 270
#define UNIT_X 680
#define UNIT_W 420
#define TOP 60
#define ROW 62
#define BOX 46
#define WIDTH (UNIT_X + UNIT_W + 20)
#define HEIGHT (TOP + ROW * (GS_ACG_NUM_MEMORIES - 1) + 30)

static int row_y(enum gs_acg_mem mem)
{
	return TOP + ROW * ((int)mem - GS_ACG_IBUF);
}

static void svg_box(FILE *out, int x, int y, int w, int h, const char *fill)
{
	fprintf(out,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" fill=\"%s\" stroke=\"#445\"/>\n",
		x, y, w, h, fill);
}

static void svg_arrow(FILE *out, int x1, int x2, int y, bool back, bool forth)
{
	fprintf(out,
		"<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#445\"%s%s/>\n",
		x1, y, x2, y, back ? " marker-start=\"url(#back)\"" : "",
		forth ? " marker-end=\"url(#forth)\"" : "");
}

static void svg_head(const struct gs_acg *acg, FILE *out)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT);
	fputs("<title>", out);
	put_title(acg, out);
	fputs("</title>\n<defs>\n"
	      "<marker id=\"forth\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\"><path d=\"M0 0L8 4L0 8z\" fill=\"#445\"/></marker>\n"
	      "<marker id=\"back\" viewBox=\"0 0 8 8\" refX=\"0\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\"><path d=\"M8 0L0 4L8 8z\" fill=\"#445\"/></marker>\n"
	      "</defs>\n",
	      out);
	fprintf(out,
		"<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n<text x=\"%d\" y=\"32\" font-size=\"17\" fill=\"#223\">",
		WIDTH, HEIGHT, DRAM_X);
	put_title(acg, out);
	fputs("</text>\n", out);
}

static void svg_memories(const struct gs_acg *acg, FILE *out)
{
	unsigned i;

	svg_box(out, DRAM_X, TOP, DRAM_W, row_y(GS_ACG_VMEM2) + BOX - TOP,
		"#eee");
	fprintf(out,
		"<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">DRAM</text>\n",
		DRAM_X + DRAM_W / 2, (TOP + row_y(GS_ACG_VMEM2) + BOX) / 2);
	for (i = GS_ACG_IBUF; i < GS_ACG_NUM_MEMORIES; i++) {
		const int y = row_y((enum gs_acg_mem)i);

		svg_box(out, MEM_X, y, MEM_W, BOX, "#dfe9f5");
		fprintf(out,
			"<text x=\"%d\" y=\"%d\"><tspan font-weight=\"bold\">%s</tspan> ",
			MEM_X + 10, y + 19, acg->mem[i].name);
		put_size(&acg->mem[i], out);
		fprintf(out,
			"</text>\n<text x=\"%d\" y=\"%d\" font-size=\"12\" fill=\"#445\">",
			MEM_X + 10, y + 37);
		put_memory(&acg->mem[i], out);
		fputs("</text>\n", out);
	}
}

static void svg_channels(const struct gs_acg *acg, FILE *out)
{
	unsigned i;

	for (i = GS_ACG_IBUF; i < GS_ACG_NUM_MEMORIES; i++) {
		const enum gs_acg_mem mem = (enum gs_acg_mem)i;
		const struct gs_acg_channel *to = gs_acg_find_channel(
						    acg, GS_ACG_DRAM, mem),
					    *from = gs_acg_find_channel(
						    acg, mem, GS_ACG_DRAM);
		const int y = row_y(mem) + BOX / 2;

		if (!to && !from)
			continue;
		svg_arrow(out, DRAM_X + DRAM_W, MEM_X, y, from, to);
		fprintf(out,
			"<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" font-size=\"12\">%s %u bits a cycle</text>\n",
			(DRAM_X + DRAM_W + MEM_X) / 2, y - 6,
			(to ? to : from)->name, (to ? to : from)->bits);
	}
}

/* Names from @x on, in lines that end before the box does */
static void svg_functions(const struct gs_acg *acg, FILE *out, bool lacking,
			  int y)
{
	const struct gs_acg_function *fn;
	const char *head = lacking ? "lacks: " : "";
	size_t used = 0;
	unsigned i;

	for (i = 0; (fn = gs_acg_function(i)); i++) {
		if (fn->unit != GS_UNIT_TANDEM ||
		    lacking != !!gs_acg_lacks(acg, fn))
			continue;
		if (!used || used + strlen(fn->name) > 66) {
			fprintf(out,
				"%s<text x=\"%d\" y=\"%d\" font-size=\"12\" fill=\"%s\">%s",
				used ? "</text>\n" : "", UNIT_X + 10, y,
				lacking ? "#b22" : "#334", head);
			used = strlen(head);
			head = "";
			y += 18;
		}
		fprintf(out, "%s ", fn->name);
		used += strlen(fn->name) + 1;
	}
	if (used)
		fputs("</text>\n", out);
}

static void svg_units(const struct gs_acg *acg, FILE *out)
{
	const int array_h = row_y(GS_ACG_BBUF) + BOX - TOP;
	const int y = row_y(GS_ACG_OBUF) + 20;
	const int h = row_y(GS_ACG_IMM) + BOX - y;
	unsigned i;

	svg_box(out, UNIT_X, TOP, UNIT_W, array_h + ROW / 2 - 4, "#f7e7d3");
	fprintf(out,
		"<text x=\"%d\" y=\"%d\"><tspan font-weight=\"bold\">ARRAY</tspan> %u x %u</text>\n<text x=\"%d\" y=\"%d\" font-size=\"12\" fill=\"#334\">mac</text>\n",
		UNIT_X + 10, TOP + 20, acg->arch.array_n, acg->arch.array_m,
		UNIT_X + 10, TOP + 40);
	svg_box(out, UNIT_X, y, UNIT_W, h, "#e2f0dc");
	fprintf(out,
		"<text x=\"%d\" y=\"%d\"><tspan font-weight=\"bold\">TANDEM</tspan> %u lanes</text>\n",
		UNIT_X + 10, y + 20, acg->arch.array_m);
	svg_functions(acg, out, false, y + 42);
	svg_functions(acg, out, true, y + h - 46);
	for (i = 0; i < NUM_PORTS; i++) {
		int at = row_y(ports[i].mem) + BOX / 2;

		if (ports[i].mem == GS_ACG_OBUF)
			at += ports[i].unit == GS_UNIT_ARRAY ? -14 : 14;
		svg_arrow(out, MEM_X + MEM_W, UNIT_X, at, ports[i].writes,
			  ports[i].reads);
	}
}

void gs_acg_svg(const struct gs_acg *acg, FILE *out)
{
	svg_head(acg, out);
	svg_memories(acg, out);
	svg_channels(acg, out);
	svg_units(acg, out);
	fputs("</svg>\n", out);
}
