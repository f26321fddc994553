/* SPDX-License-Identifier: MIT */
/* Rows of layers: the energy each takes, and which components take it. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/tools/sim_facts.h"
#include "hw-model/tools/sim_rows.h"

enum { ENERGY, SHARES, PANELS };

/* A unit in which the largest layer is a number people can read. */
struct unit {
	const char *name;
	double pj;
};

static const struct unit units[] = {
	{ "pJ", 1 },   { "nJ", 1e3 }, { "\xc2\xb5J", 1e6 },
	{ "mJ", 1e9 }, { "J", 1e12 },
};

static const struct unit *unit_of(double pj)
{
	const struct unit *unit = units;

	while (unit < &units[sizeof(units) / sizeof(units[0]) - 1] &&
	       pj >= 1000 * unit->pj)
		unit++;
	return unit;
}

static const char *color(unsigned part)
{
	static const unsigned char colors[GS_ENERGY_PARTS] = {
		[GS_ENERGY_ARRAY] = 0, [GS_ENERGY_TANDEM] = 2,
		[GS_ENERGY_WBUF] = 6,  [GS_ENERGY_IBUF] = 5,
		[GS_ENERGY_OBUF] = 4,  [GS_ENERGY_BBUF] = 8,
		[GS_ENERGY_VMEM] = 3,  [GS_ENERGY_DRAM] = 1,
	};

	if (part == GS_ENERGY_FETCH)
		return "#444444";
	return part == GS_ENERGY_LEAKAGE ? "#c0c0c0" : svg_color(colors[part]);
}

static void energy_of(const struct sim_rows *rows,
		      const struct sim_group *group, struct gs_energy *sum)
{
	*sum = rows->p->sim->energy;
	if (!group)
		return;
	memset(sum, 0, sizeof(*sum));
	for (size_t i = 0; i < group->num; i++)
		for (unsigned part = 0; part < GS_ENERGY_PARTS; part++)
			sum->pj[part] += rows->p->layer[group->first + i]
						 ->energy.pj[part];
}

static void put_data(struct svg *svg, const struct sim_rows *rows,
		     const struct sim_group *group)
{
	struct gs_energy e;
	char number[SIM_NUMBER_SIZE], name[64];

	energy_of(rows, group, &e);
	svg_data(svg, "cycles", "%" PRIu64,
		 group ? group->sum.cycles : rows->p->sim->total.cycles);
	svg_data(svg, "pj", "%s", sim_number(gs_energy_total(&e), number));
	for (unsigned part = 0; part < GS_ENERGY_PARTS; part++) {
		snprintf(name, sizeof(name), "pj-%s",
			 gs_energy_part_name((enum gs_energy_part)part));
		if (e.pj[part] > 0)
			svg_data(svg, name, "%s",
				 sim_number(e.pj[part], number));
	}
}

/* Parts one behind the other; returns where they end. */
static double draw_parts(struct svg *svg, const struct gs_energy *e,
			 const char *class, double x, double scale, double y)
{
	svg_open(svg, class);
	for (unsigned part = 0; part < GS_ENERGY_PARTS; part++) {
		sim_rows_bar(svg, x, y, e->pj[part] * scale, color(part));
		x += e->pj[part] * scale;
	}
	svg_close(svg);
	return x;
}

static void draw_bars(struct svg *svg, const struct sim_rows *rows,
		      const struct sim_group *group, double y)
{
	const struct svg_font font = { .size = SIM_ROW_TEXT, .bold = !group };
	const struct sim_panel *energy = &rows->panels[ENERGY],
			       *shares = &rows->panels[SHARES];
	const struct unit *unit = rows->ctx;
	const double all = gs_energy_total(&rows->p->sim->energy);
	double total, x = energy->left;
	struct gs_energy e;

	energy_of(rows, group, &e);
	total = gs_energy_total(&e);
	if (group)
		x = draw_parts(svg, &e, "energy", x,
			       (svg_axis_at(&energy->axis, energy->axis.hi) -
				energy->left) /
				       energy->axis.hi / unit->pj,
			       y) +
		    4;
	else
		unit = unit_of(total);
	svg_printf(svg, x, y, &font, "%.3g %s, %.1f%%", total / unit->pj,
		   unit->name, all > 0 ? 100 * total / all : 0);
	draw_parts(svg, &e, "shares", shares->left,
		   total > 0 ? (shares->right - shares->left) / total : 0, y);
}

static size_t make_keys(const struct gs_energy *e, struct svg_key *keys)
{
	size_t num = 0;

	for (unsigned part = 0; part < GS_ENERGY_PARTS; part++)
		if (e->pj[part] > 0)
			keys[num++] = (struct svg_key){
				color(part),
				gs_energy_part_name((enum gs_energy_part)part)
			};
	return num;
}

static double largest(const struct sim_rows *rows)
{
	double most = 0;

	for (size_t i = 0; i < rows->num; i++) {
		struct gs_energy e;

		energy_of(rows, &rows->groups[i], &e);
		if (gs_energy_total(&e) > most)
			most = gs_energy_total(&e);
	}
	return most;
}

static void draw(struct svg *svg, struct sim_rows *rows)
{
	const double most = largest(rows);
	struct unit unit = *unit_of(most);
	struct svg_key keys[GS_ENERGY_PARTS];
	char title[128], axis[64];

	snprintf(title, sizeof(title), "energy by layer and component (%s)",
		 rows->p->sim->table->name);
	rows->title = title;
	rows->ctx = &unit;
	rows->keys = keys;
	rows->num_keys = make_keys(&rows->p->sim->energy, keys);
	rows->panels[ENERGY].most = most / unit.pj;
	snprintf(axis, sizeof(axis), "energy of the layer, %s", unit.name);
	rows->panels[ENERGY].unit = axis;
	sim_rows_draw(svg, rows);
}

bool sim_draw_energy(struct svg *svg, const struct sim_picture *p)
{
	size_t num;
	struct sim_group *groups = sim_rows_groups(p, &num);
	struct sim_panel panels[PANELS] = {
		{ .left = SIM_ROWS_LEFT, .right = 720, .title = "energy" },
		{ .left = 848,
		  .right = 1248,
		  .most = 100,
		  .title = "components",
		  .unit = "% of the layer's energy" },
	};
	struct sim_rows rows = {
		.p = p,
		.panels = panels,
		.num_panels = PANELS,
		.groups = groups,
		.num = num,
		.data = put_data,
		.bars = draw_bars,
	};

	if (!groups) {
		fputs("gs-sim: energy.svg: out of memory\n", stderr);
		return false;
	}
	draw(svg, &rows);
	free(groups);
	return true;
}
