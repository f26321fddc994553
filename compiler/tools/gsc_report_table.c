/* SPDX-License-Identifier: MIT */
/* A row for each layer. Cells have data-v where they are sorted by a number. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "compiler/tools/gsc_report.h"
#include "hw-model/tools/html.h"
#include "hw-model/tools/sim_facts.h"

/* Layers of a smaller part of the cycles can be hidden. */
#define SMALL 0.001

static const struct {
	const char *title, *tip;
	bool number;
} columns[] = {
	{ "#", "place in the program", true },
	{ "layer", "name of the node, and what is fused with it", false },
	{ "operator", "of the node, and the codelet that computes it", false },
	{ "tile",
	  "what is computed at once, of all there is along each loop; channels"
	  " (oc, ic, c) in rows of lanes",
	  false },
	{ "order", "loops around a tile, outermost first", false },
	{ "cycles", "by the timing model", true },
	{ "share", "of the cycles of the model", true },
	{ "estimate", "cycles the scheduler expected, against those it took",
	  true },
	{ "array", "part of the cycles in which the array computes", true },
	{ "useful",
	  "multiply-accumulates the operator needs, of those the array could do",
	  true },
	{ "Tandem", "part of the cycles in which the SIMD unit computes",
	  true },
	{ "cycles by cause",
	  "what the unit or channel that bounds the layer does in its cycles:"
	  " works, or waits for what; below, the most of it",
	  false },
	{ "DRAM KiB", "moved by all channels", true },
	{ "energy \xc2\xb5J", "with the built-in table of prices", true },
};

#define NUM_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void put_head(FILE *out)
{
	size_t i;

	fputs("<thead><tr>", out);
	for (i = 0; i < NUM_COLUMNS; i++)
		fprintf(out,
			"<th scope=\"col\"%s title=\"%s\"><button type=\"button\">%s"
			"</button></th>",
			columns[i].number ? " class=\"n\"" : "", columns[i].tip,
			columns[i].title);
	fputs("</tr></thead>\n", out);
}

static void put_about(FILE *out)
{
	size_t i;

	fputs("<details><summary>What the columns say</summary>\n<dl>\n", out);
	for (i = 0; i < NUM_COLUMNS; i++)
		fprintf(out, "<dt>%s</dt><dd>%s</dd>\n", columns[i].title,
			columns[i].tip);
	fputs("<dt>channels</dt><dd>between DRAM and chip: PARAM for weights and"
	      " biases, IBUF for inputs of the array, OBUF for its sums, SIMD for"
	      " the SIMD unit, IMEM for instructions</dd>\n</dl>\n</details>\n",
	      out);
}

static bool is_small(const struct gsc_report *r, uint32_t i)
{
	return sim_ratio(r->sim.layers[i].sum.cycles, r->sim.total.cycles) <
	       SMALL;
}

/* What stands above the table */
static void put_tools(const struct gsc_report *r)
{
	const uint32_t all = r->sim.gsm->num_layers;
	uint32_t i, large = 0;

	for (i = 0; i < all; i++)
		large += !is_small(r, i);
	fputs("<div class=\"tools\"><span>The title of a column sorts by it.</span>\n",
	      r->out);
	if (large < all)
		fprintf(r->out,
			"<label><input type=\"checkbox\" id=\"large\"> only layers of"
			" %.1f\xc2\xa0%% of the cycles or more: %u of %u</label>\n",
			100 * SMALL, large, all);
	put_about(r->out);
	fputs("</div>\n", r->out);
}

static void put_number(FILE *out, double value, const char *text)
{
	fprintf(out, "<td class=\"n\" data-v=\"%.9g\">%s</td>", value, text);
}

static void put_percent(FILE *out, double part)
{
	char text[32];

	snprintf(text, sizeof(text), "%.1f\xc2\xa0%%", 100 * part);
	put_number(out, part, text);
}

static void put_count(FILE *out, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	put_number(out, (double)value, text);
}

static void put_layer(FILE *out, const struct sim_layer *l,
		      const struct gs_planned *p)
{
	fputs("<th scope=\"row\">", out);
	html_name(out, l->name);
	if (p && p->binding->node->fused) {
		fputs("<small>+\xc2\xa0", out);
		html_name(out, p->binding->node->fused);
		fputs("</small>", out);
	}
	fputs("</th><td>", out);
	html_text(out, l->op);
	if (p) {
		fputs("<small>", out);
		html_name(out, p->binding->cl->name);
		fputs("</small>", out);
	}
	fputs("</td>", out);
}

static void put_tile(FILE *out, const struct gs_planned *p)
{
	const struct gs_tiling *t = &p->tiling;
	const char *comma = "";
	unsigned i;

	fputs("<td class=\"m\">", out);
	for (i = 0; i < t->num_order; i++) {
		const struct gs_var *v = &p->binding->var[t->order[i]];

		if (v->units == 1)
			continue;
		fprintf(out, "%s", comma);
		html_text(out, v->name);
		fprintf(out, "=%u/%u", t->tile[t->order[i]], v->units);
		comma = " ";
	}
	if (t->strips > 1 && !t->split_words)
		fprintf(out, "<small>%u strips</small>", t->strips);
	fputs(t->split_words ? "<small>split</small></td>" : "</td>", out);
	fputs("<td class=\"m\">", out);
	comma = "";
	for (i = 0; i < t->num_order; i++) {
		const struct gs_var *v = &p->binding->var[t->order[i]];

		if (t->tile[t->order[i]] == v->units)
			continue;
		fputs(comma, out);
		html_text(out, v->name);
		comma = " ";
	}
	fputs(*comma ? "</td>" : "one tile</td>", out);
}

/* A bar of the kinds, and the largest in words */
static void put_causes(FILE *out, const struct gs_timing_block *b)
{
	const struct gs_timing_limit limit = gs_timing_limit_of(b);
	const struct gs_timing_engine *e = &b->engine[limit.engine];
	unsigned i, kind;

	fprintf(out, "<td class=\"c\"><div class=\"bar\" title=\"%s:",
		gs_engine_name(limit.engine));
	for (i = 0; i < SIM_KINDS; i++) {
		kind = i ? i - 1 : SIM_BUSY;
		if (sim_kind_cycles(e, kind))
			fprintf(out, " %s %" PRIu64 ";", sim_kind_text(kind),
				sim_kind_cycles(e, kind));
	}
	fputs("\">", out);
	for (i = 0; i < SIM_KINDS; i++) {
		kind = i ? i - 1 : SIM_BUSY;
		if (sim_kind_cycles(e, kind))
			fprintf(out,
				"<i style=\"width:%.2f%%;background:%s\"></i>",
				100 * sim_ratio(sim_kind_cycles(e, kind),
						b->cycles),
				sim_kind_color(kind));
	}
	fprintf(out, "</div><small>%s%s%s %.0f\xc2\xa0%%</small></td>",
		gs_engine_name(limit.engine),
		limit.stall < GS_STALL_COUNT ? " " : " works",
		limit.stall < GS_STALL_COUNT ? sim_kind_text(limit.stall) : "",
		100 * sim_ratio(limit.cycles, b->cycles));
}

static void put_use(const struct gsc_report *r, const struct sim_layer *l)
{
	const struct gs_timing_block *b = &l->sum;
	char text[32];

	put_percent(r->out, sim_ratio(b->steps, b->cycles));
	put_percent(r->out,
		    sim_useful(&r->sim.arch, sim_array_macs(&r->sim.arch, l),
			       b->cycles));
	put_percent(r->out,
		    sim_ratio(b->engine[GS_ENGINE_TANDEM].busy, b->cycles));
	put_causes(r->out, b);
	snprintf(text, sizeof(text), "%.1f", (double)sim_moved_all(b) / 1024);
	put_number(r->out, (double)sim_moved_all(b), text);
	snprintf(text, sizeof(text), "%.3f", gs_energy_total(&l->energy) / 1e6);
	put_number(r->out, gs_energy_total(&l->energy), text);
}

static void put_row(const struct gsc_report *r, uint32_t i)
{
	const struct sim_layer *l = &r->sim.layers[i];
	const struct gs_planned *p = i < r->c->num_layers ? &r->c->plan[i] :
							    NULL;
	const double estimate = r->c->program.layer[i].cycles;
	const double cycles = (double)l->sum.cycles;
	char text[32];
	double off;

	fputs(is_small(r, i) ? "<tr class=\"s\">" : "<tr>", r->out);
	put_count(r->out, i);
	put_layer(r->out, l, p);
	if (p)
		put_tile(r->out, p);
	else
		fputs("<td></td><td></td>", r->out);
	put_count(r->out, l->sum.cycles);
	put_percent(r->out, sim_ratio(l->sum.cycles, r->sim.total.cycles));
	/* A tenth of a percent, and no -0.0 */
	off = cycles > 0 ? round(1000 * (estimate / cycles - 1)) / 10 + 0.0 : 0;
	snprintf(text, sizeof(text), "%+.1f\xc2\xa0%%", off);
	put_number(r->out, off, text);
	put_use(r, l);
	fputs("</tr>\n", r->out);
}

static void put_total(const struct gsc_report *r)
{
	const struct sim_layer all = { .sum = r->sim.total,
				       .energy = r->sim.energy,
				       .macs = sim_array_macs_all(&r->sim) };

	fputs("<tfoot><tr><td></td><th scope=\"row\">all layers</th>"
	      "<td></td><td></td><td></td>",
	      r->out);
	put_count(r->out, all.sum.cycles);
	put_percent(r->out, 1);
	fputs("<td></td>", r->out);
	put_use(r, &all);
	fputs("</tr></tfoot>\n", r->out);
}

void gsc_report_table(const struct gsc_report *r)
{
	uint32_t i;

	put_tools(r);
	gsc_report_scroll(r->out, "table");
	fputs("<table id=\"layers\" aria-labelledby=\"table\">\n", r->out);
	put_head(r->out);
	fputs("<tbody>\n", r->out);
	for (i = 0; i < r->sim.gsm->num_layers; i++)
		put_row(r, i);
	fputs("</tbody>\n", r->out);
	put_total(r);
	fputs("</table></div>\n", r->out);
}
