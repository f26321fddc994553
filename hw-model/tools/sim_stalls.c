/* SPDX-License-Identifier: MIT */
/* Rows of layers: how long each takes, and what array and Tandem do in it. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "hw-model/tools/sim_rows.h"

enum { CYCLES, ARRAY, TANDEM, PANELS };

static const struct gs_timing_block *sum_of(const struct sim_rows *rows,
					    const struct sim_group *group)
{
	return group ? &group->sum : &rows->p->sim->total;
}

static void put_data(struct svg *svg, const struct sim_rows *rows,
		     const struct sim_group *group)
{
	svg_data(svg, "cycles", "%" PRIu64, sum_of(rows, group)->cycles);
}

static void draw_engine(struct svg *svg, const struct sim_panel *panel,
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

		sim_rows_bar(svg, x, y, w, sim_kind_color(kind));
		x += w;
	}
	svg_close(svg);
}

static void draw_bars(struct svg *svg, const struct sim_rows *rows,
		      const struct sim_group *group, double y)
{
	const struct gs_timing_block *sum = sum_of(rows, group);
	const struct svg_font font = { .size = SIM_ROW_TEXT, .bold = !group };
	const struct sim_panel *cycles = &rows->panels[CYCLES];
	const double end = svg_axis_at(&cycles->axis, (double)sum->cycles);
	char number[32];

	if (!group) {
		svg_printf(svg, cycles->left, y, &font, "%" PRIu64,
			   sum->cycles);
	} else {
		sim_rows_bar(svg, cycles->left, y, end - cycles->left,
			     "#777777");
		svg_printf(svg, end + 4, y, &font, "%s, %.1f%%",
			   svg_number((double)sum->cycles, number,
				      sizeof(number)),
			   100 * (double)sum->cycles /
				   (double)rows->p->sim->total.cycles);
	}
	draw_engine(svg, &rows->panels[ARRAY], sum, GS_ENGINE_ARRAY, y);
	draw_engine(svg, &rows->panels[TANDEM], sum, GS_ENGINE_TANDEM, y);
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

static double longest(const struct sim_group *groups, size_t num)
{
	uint64_t most = 1;

	for (size_t i = 0; i < num; i++)
		if (groups[i].sum.cycles > most)
			most = groups[i].sum.cycles;
	return (double)most;
}

bool sim_draw_stalls(struct svg *svg, const struct sim_picture *p)
{
	size_t num;
	struct sim_group *groups = sim_rows_groups(p, &num);
	struct sim_panel panels[PANELS] = {
		{ .left = SIM_ROWS_LEFT,
		  .right = 540,
		  .title = "cycles",
		  .unit = "cycles of the layer" },
		{ .left = 622,
		  .right = 922,
		  .most = 100,
		  .title = "array",
		  .unit = "% of the layer's cycles" },
		{ .left = 948,
		  .right = 1248,
		  .most = 100,
		  .title = "Tandem",
		  .unit = "% of the layer's cycles" },
	};
	bool used[SIM_KINDS] = { false };
	struct svg_key keys[SIM_KINDS];
	struct sim_rows rows = {
		.p = p,
		.title = "what array and Tandem do and wait for, by layer",
		.panels = panels,
		.num_panels = PANELS,
		.keys = keys,
		.groups = groups,
		.num = num,
		.data = put_data,
		.bars = draw_bars,
	};

	if (!groups) {
		fputs("gs-sim: stalls.svg: out of memory\n", stderr);
		return false;
	}
	panels[CYCLES].most = longest(groups, num);
	note_used(used, &p->sim->total);
	rows.num_keys = sim_kind_keys(used, keys);
	sim_rows_draw(svg, &rows);
	free(groups);
	return true;
}
