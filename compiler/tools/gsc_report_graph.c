/* SPDX-License-Identifier: MIT */
/* Layers below each other in their order, as long as they take; lines go to those that read their results. */
#include <inttypes.h>
#include <stdlib.h>

#include "compiler/tools/gsc_report.h"

#define ROW 24
#define BOX 18
#define TOP 8
#define LANE 7
#define MAX_LANES 40
#define NAMES 450
#define BARS 300
#define SMALL 11

/* A layer reads what another made. */
struct edge {
	unsigned from, to;
	unsigned lane; /* 0: they are neighbours */
};

struct edges {
	struct edge *edge;
	size_t num, cap;
	unsigned lanes;
	bool failed;
};

static void add_edge(struct edges *e, unsigned from, unsigned to)
{
	if (e->num && e->edge[e->num - 1].from == from &&
	    e->edge[e->num - 1].to == to)
		return;
	if (e->num == e->cap) {
		const size_t cap = e->cap ? 2 * e->cap : 64;
		void *grown = realloc(e->edge, cap * sizeof(*e->edge));

		e->failed |= !grown;
		if (!grown)
			return;
		e->edge = grown;
		e->cap = cap;
	}
	e->edge[e->num++] = (struct edge){ .from = from, .to = to };
}

static const struct gs_tensor *owner_of(const struct gs_bound_operand *o,
					enum gs_cl_operand_kind kind)
{
	return o->decl->kind == kind && o->tensor && !o->tensor->data ?
		       gs_tensor_owner(o->tensor) :
		       NULL;
}

static bool writes(const struct gs_bound_node *b, const struct gs_tensor *t)
{
	unsigned i;

	for (i = 0; i < b->num_operands; i++)
		if (owner_of(&b->operand[i], GS_CL_OUTPUT) == t)
			return true;
	return false;
}

static void list_edges(const struct gs_compiled *c, struct edges *e)
{
	unsigned to, from, i;

	for (to = 0; to < c->num_layers; to++) {
		const struct gs_bound_node *b = c->plan[to].binding;

		for (i = 0; i < b->num_operands; i++) {
			const struct gs_tensor *t =
				owner_of(&b->operand[i], GS_CL_INPUT);

			for (from = 0; t && from < to; from++)
				if (writes(c->plan[from].binding, t))
					add_edge(e, from, to);
		}
	}
}

/* The first lane in which nothing stands beside it; short edges stay near. */
static void choose_lanes(struct edges *e)
{
	size_t i, k;
	unsigned lane;

	for (i = 0; i < e->num; i++) {
		if (e->edge[i].to == e->edge[i].from + 1)
			continue;
		for (lane = 1; lane < MAX_LANES; lane++) {
			for (k = 0; k < i; k++)
				if (e->edge[k].lane == lane &&
				    e->edge[k].from < e->edge[i].to &&
				    e->edge[i].from < e->edge[k].to)
					break;
			if (k == i)
				break;
		}
		e->edge[i].lane = lane;
		e->lanes = lane > e->lanes ? lane : e->lanes;
	}
}

static double middle_of(unsigned layer)
{
	return TOP + layer * ROW + BOX / 2.0;
}

static void draw_edge(struct svg *svg, const struct edge *e, double left)
{
	const double x = left - 6 - e->lane * LANE;
	const double down = middle_of(e->from) + 4, up = middle_of(e->to) - 4;
	const double around[4][2] = {
		{ left, down }, { x, down }, { x, up }, { left, up }
	};

	if (e->lane)
		svg_polyline(svg, around, 4, svg_color(e->lane), 1.5, NULL);
	else
		svg_line(svg, left + 9, middle_of(e->from) + BOX / 2.0,
			 left + 9, middle_of(e->to) - BOX / 2.0, SVG_INK, 1.5,
			 NULL);
}

static void draw_layer(const struct gsc_report *r, struct svg *svg,
		       unsigned index, double left, uint64_t most)
{
	const struct sim_layer *l = &r->sim.layers[index];
	const double top = TOP + index * ROW, bars = left + NAMES + 12;
	const struct gs_timing_limit limit = gs_timing_limit_of(&l->sum);
	const struct gs_timing_engine *unit = &l->sum.engine[limit.engine];
	const struct svg_font font = { .size = SMALL };
	const struct svg_font quiet = { .size = SMALL, .fill = SVG_QUIET };
	double x = bars;
	unsigned i, kind;
	char name[128];

	svg_open(svg, "node");
	svg_tip(svg, "%.200s, %.60s: %" PRIu64 " cycles", l->name, l->op,
		l->sum.cycles);
	svg_rect(svg, left, top, NAMES, BOX, "#eef2f6");
	svg_frame(svg, left, top, NAMES, BOX, "#9fb0c0");
	svg_text(svg, left + 18, top + 13, &font,
		 svg_fit(sim_picture_name(&r->picture, l), SMALL, NAMES - 120,
			 name, sizeof(name)));
	svg_text(svg, left + NAMES - 96, top + 13, &quiet,
		 svg_fit(l->op, SMALL, 92, name, sizeof(name)));
	for (i = 0; i < SIM_KINDS; i++) {
		double width;

		kind = i ? i - 1 : SIM_BUSY;
		width = (double)sim_kind_cycles(unit, kind) * BARS /
			(double)(most ? most : 1);
		svg_rect(svg, x, top + 2, width, BOX - 4, sim_kind_color(kind));
		x += width;
	}
	svg_printf(svg, x + 6, top + 13, &quiet, "%" PRIu64, l->sum.cycles);
	svg_close(svg);
}

bool gsc_report_graph(const struct gsc_report *r, struct svg *svg)
{
	const unsigned num = r->sim.gsm->num_layers;
	struct edges e = { 0 };
	uint64_t most = 0;
	double left;
	unsigned i;
	size_t k;

	list_edges(r->c, &e);
	choose_lanes(&e);
	for (i = 0; i < num; i++)
		if (r->sim.layers[i].sum.cycles > most)
			most = r->sim.layers[i].sum.cycles;
	left = 16 + e.lanes * LANE;
	svg_begin(svg, left + NAMES + BARS + 110, 2 * TOP + num * ROW,
		  "Layers and what they read of each other");
	for (k = 0; k < e.num; k++)
		draw_edge(svg, &e.edge[k], left);
	for (i = 0; i < num; i++)
		draw_layer(r, svg, i, left, most);
	free(e.edge);
	return !e.failed;
}
