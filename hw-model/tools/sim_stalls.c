/* SPDX-License-Identifier: MIT */
/* Rows of layers: how long each takes, and what array and Tandem do in it. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "hw-model/tools/sim_picture.h"

#define WIDTH 1280
#define NAMES 250 /* pixels of names, from MARGIN */
#define OPERATORS 90
#define MARGIN 24
#define ROW 20
#define BAR 13
#define MAX_ROWS 40
#define TEXT 11

/* Columns of bars. */
struct panel {
	double left, right;
	struct svg_axis axis;
	const char *title, *unit;
};

enum { CYCLES, ARRAY, TANDEM, PANELS };

struct stalls {
	const struct sim_picture *p;
	struct panel panel[PANELS];
	double top; /* of the first row */
};

static void make_panels(struct stalls *s, uint64_t most)
{
	static const double left[] = { 378, 622, 948 },
			    right[] = { 540, 922, 1248 };
	static const char *const titles[] = { "cycles", "array", "Tandem" };

	for (unsigned i = 0; i < PANELS; i++) {
		struct panel *panel = &s->panel[i];

		panel->left = left[i];
		panel->right = right[i];
		panel->title = titles[i];
		panel->unit = i == CYCLES ? "cycles of the layer" :
					    "% of the layer's cycles";
		panel->axis = svg_axis_linear(
			0, i == CYCLES ? (double)most : 100, left[i], right[i]);
	}
}

static void draw_engine(struct svg *svg, const struct panel *panel,
			const struct gs_timing_block *sum,
			enum gs_engine engine, double y)
{
	const struct gs_timing_engine *e = &sum->engine[engine];
	const double scale = (panel->right - panel->left) /
			     (sum->cycles ? (double)sum->cycles : 1);
	double x = panel->left;

	svg_open(svg, "engine");
	svg_data(svg, "engine", "%s", gs_engine_name(engine));
	sim_kind_data(svg, e);
	for (unsigned i = 0; i < SIM_KINDS; i++) {
		const unsigned kind = i ? i - 1 : SIM_BUSY;
		const double w = (double)sim_kind_cycles(e, kind) * scale;

		svg_rect(svg, x, y - BAR + 2, w, BAR, sim_kind_color(kind));
		x += w;
	}
	svg_close(svg);
}

/* Without an operator: of all layers. */
static void draw_row(struct svg *svg, const struct stalls *s,
		     const struct gs_timing_block *sum, const char *name,
		     const char *op, double y)
{
	const bool is_total = !*op;
	const struct svg_font font = { .size = TEXT, .bold = is_total };
	const struct svg_font quiet = { .size = TEXT, .fill = SVG_QUIET };
	const struct svg_font number = { .size = TEXT };
	const struct panel *cycles = &s->panel[CYCLES];
	const double end = svg_axis_at(&cycles->axis, (double)sum->cycles);
	char buf[32];

	svg_text(svg, MARGIN, y, &font, name);
	svg_text(svg, MARGIN + NAMES, y, &quiet, op);
	if (is_total) {
		svg_printf(svg, cycles->left, y, &font, "%" PRIu64,
			   sum->cycles);
	} else {
		svg_rect(svg, cycles->left, y - BAR + 2, end - cycles->left,
			 BAR, "#777777");
		svg_printf(svg, end + 4, y, &number, "%s, %.1f%%",
			   svg_number((double)sum->cycles, buf, sizeof(buf)),
			   100 * (double)sum->cycles /
				   (double)s->p->sim->total.cycles);
	}
	draw_engine(svg, &s->panel[ARRAY], sum, GS_ENGINE_ARRAY, y);
	draw_engine(svg, &s->panel[TANDEM], sum, GS_ENGINE_TANDEM, y);
}

static void draw_group(struct svg *svg, const struct stalls *s,
		       const struct sim_group *g, double y)
{
	char name[128], op[64];

	sim_group_name(s->p, g, TEXT, NAMES - 10, name, sizeof(name));
	svg_open(svg, "layer");
	svg_data(svg, "name", "%s", g->main->name);
	svg_data(svg, "layers", "%zu", g->num);
	svg_data(svg, "cycles", "%" PRIu64, g->sum.cycles);
	svg_tip(svg, "%s, %s, %" PRIu64 " cycles",
		sim_picture_name(s->p, g->main), g->main->op, g->sum.cycles);
	draw_row(svg, s, &g->sum, name,
		 svg_fit(g->main->op, TEXT, OPERATORS, op, sizeof(op)), y);
	svg_close(svg);
}

static void draw_frame(struct svg *svg, const struct stalls *s, double bottom)
{
	const struct svg_font bold = { .size = 13, .bold = true };

	for (unsigned i = 0; i < PANELS; i++) {
		const struct panel *panel = &s->panel[i];

		svg_text(svg, panel->left, s->top - 30, &bold, panel->title);
		svg_axis_bottom(svg, &panel->axis, bottom, bottom, panel->unit);
	}
	svg_text(svg, MARGIN, s->top - 30, &bold, "layer");
	svg_text(svg, MARGIN + NAMES, s->top - 30, &bold, "operator");
}

static void note_used(bool *used, const struct gs_timing_block *sum)
{
	static const enum gs_engine shown[] = { GS_ENGINE_ARRAY,
						GS_ENGINE_TANDEM };

	for (unsigned i = 0; i < 2; i++)
		for (unsigned kind = 0; kind < SIM_KINDS; kind++)
			if (sim_kind_cycles(&sum->engine[shown[i]], kind))
				used[kind] = true;
}

static void draw(struct svg *svg, struct stalls *s,
		 const struct sim_group *groups, size_t num)
{
	const struct gs_timing_block *total = &s->p->sim->total;
	const struct svg_font small = { .size = 11, .fill = SVG_QUIET };
	const double rows = (double)num + 1;
	struct svg_key keys[SIM_KINDS];
	bool used[SIM_KINDS] = { false };
	double bottom, y;
	size_t num_keys;

	note_used(used, total);
	num_keys = sim_kind_keys(used, keys);
	s->top = SIM_TITLE + 92;
	bottom = s->top + rows * ROW + 4;
	svg_begin(svg, WIDTH, bottom + 70, "What array and Tandem wait for");
	sim_picture_title(svg, s->p,
			  "what array and Tandem do and wait for, by layer");
	svg_legend(svg, MARGIN, SIM_TITLE + 12, WIDTH - 2 * MARGIN, keys,
		   num_keys);
	draw_frame(svg, s, bottom);
	y = s->top - 6;
	svg_open(svg, "total");
	svg_data(svg, "cycles", "%" PRIu64, total->cycles);
	draw_row(svg, s, total, "all layers", "", y);
	svg_close(svg);
	for (size_t i = 0; i < num; i++)
		draw_group(svg, s, &groups[i], y + 8 + (double)(i + 1) * ROW);
	if (num < s->p->num_layers)
		svg_printf(svg, MARGIN, bottom + 36, &small,
			   "(+3): with 3 small layers before or after it");
}

bool sim_draw_stalls(struct svg *svg, const struct sim_picture *p)
{
	struct stalls s = { .p = p };
	size_t num;
	struct sim_group *groups = sim_groups(p, MAX_ROWS, &num);
	uint64_t most = 1;

	if (!groups) {
		fputs("gs-sim: stalls.svg: out of memory\n", stderr);
		return false;
	}
	for (size_t i = 0; i < num; i++)
		if (groups[i].sum.cycles > most)
			most = groups[i].sum.cycles;
	make_panels(&s, most);
	draw(svg, &s, groups, num);
	free(groups);
	return true;
}
