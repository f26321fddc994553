/* SPDX-License-Identifier: MIT */
/* Rows of layers, see sim_rows.h. */

#include "hw-model/tools/sim_rows.h"

#include <inttypes.h>
#include <stdlib.h>

#define NAMES 250 /* pixels of names, from MARGIN */
#define OPERATORS 90
#define MARGIN 24
#define ROW 20
#define MAX_ROWS 40

struct sim_group *sim_rows_groups(const struct sim_picture *p, size_t *num)
{
	return sim_groups(p, MAX_ROWS, num);
}

void sim_rows_bar(struct svg *svg, double x, double y, double width,
		  const char *color)
{
	svg_rect(svg, x, y - SIM_BAR + 2, width, SIM_BAR, color);
}

static void draw_total(struct svg *svg, const struct sim_rows *rows, double y)
{
	const struct svg_font font = { .size = SIM_ROW_TEXT, .bold = true };

	svg_open(svg, "total");
	rows->data(svg, rows, NULL);
	svg_text(svg, MARGIN, y, &font, "all layers");
	rows->bars(svg, rows, NULL, y);
	svg_close(svg);
}

static void draw_group(struct svg *svg, const struct sim_rows *rows,
		       const struct sim_group *g, double y)
{
	const struct svg_font font = { .size = SIM_ROW_TEXT };
	const struct svg_font quiet = { .size = SIM_ROW_TEXT,
					.fill = SVG_QUIET };
	char name[128], op[64];

	sim_group_name(rows->p, g, SIM_ROW_TEXT, NAMES - 10, name,
		       sizeof(name));
	svg_open(svg, "layer");
	svg_data(svg, "name", "%s", g->main->name);
	svg_data(svg, "layers", "%zu", g->num);
	rows->data(svg, rows, g);
	svg_tip(svg, "%s, %s, %" PRIu64 " cycles",
		sim_picture_name(rows->p, g->main), g->main->op, g->sum.cycles);
	svg_text(svg, MARGIN, y, &font, name);
	svg_text(svg, MARGIN + NAMES, y, &quiet,
		 svg_fit(g->main->op, SIM_ROW_TEXT, OPERATORS, op, sizeof(op)));
	rows->bars(svg, rows, g, y);
	svg_close(svg);
}

static void draw_heads(struct svg *svg, struct sim_rows *rows, double top,
		       double bottom)
{
	const struct svg_font bold = { .size = 13, .bold = true };

	for (unsigned i = 0; i < rows->num_panels; i++) {
		struct sim_panel *panel = &rows->panels[i];

		panel->axis = svg_axis_linear(0, panel->most, panel->left,
					      panel->right);
		svg_text(svg, panel->left, top, &bold, panel->title);
		svg_axis_bottom(svg, &panel->axis, bottom, bottom, panel->unit);
	}
	svg_text(svg, MARGIN, top, &bold, "layer");
	svg_text(svg, MARGIN + NAMES, top, &bold, "operator");
}

void sim_rows_draw(struct svg *svg, struct sim_rows *rows)
{
	const struct svg_font small = { .size = 11, .fill = SVG_QUIET };
	const double top = SIM_TITLE + 92;
	const double bottom = top + ((double)rows->num + 1) * ROW + 4;

	svg_begin(svg, SIM_ROWS_WIDTH, bottom + 70, rows->title);
	sim_picture_title(svg, rows->p, rows->title);
	svg_legend(svg, MARGIN, SIM_TITLE + 12, SIM_ROWS_WIDTH - 2 * MARGIN,
		   rows->keys, rows->num_keys);
	draw_heads(svg, rows, top - 30, bottom);
	draw_total(svg, rows, top - 6);
	for (size_t i = 0; i < rows->num; i++)
		draw_group(svg, rows, &rows->groups[i],
			   top + 2 + (double)(i + 1) * ROW);
	if (rows->num < rows->p->num_layers)
		svg_text(svg, MARGIN, bottom + 36, &small,
			 "(+3): with 3 small layers before or after it");
}
