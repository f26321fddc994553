/* SPDX-License-Identifier: MIT */
#include "compiler/tools/gsc_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/file.h"
#include "hw-model/tools/html.h"
#include "hw-model/tools/sim_facts.h"
#include "hw-model/tools/sim_fail.h"

/* ---- what stands above the pictures ---- */

static void put_fact(FILE *out, const char *what, const char *value)
{
	fprintf(out, "<div>%s<b>%s</b></div>\n", what, value);
}

/* With commas between thousands */
static const char *grouped(uint64_t value, char *text, size_t size)
{
	char digits[24];
	size_t i, at = 0, len;

	len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, value);
	for (i = 0; i < len && at + 2 < size; i++) {
		if (i && (len - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = '\0';
	return text;
}

static void put_facts(const struct gsc_report *r)
{
	const struct gs_timing_block *t = &r->sim.total;
	const uint32_t mhz = r->sim.arch.clock_mhz;
	const double pj = gs_energy_total(&r->sim.energy);
	char text[64];

	fputs("<div class=\"facts\">\n", r->out);
	put_fact(r->out, "cycles", grouped(t->cycles, text, sizeof(text)));
	snprintf(text, sizeof(text), "%.3f ms",
		 (double)t->cycles / 1000 / (double)mhz);
	put_fact(r->out, "time", text);
	snprintf(text, sizeof(text), "%.1f %%",
		 100 * sim_useful(&r->sim.arch, sim_array_macs_all(&r->sim),
				  t->cycles));
	put_fact(r->out, "array, useful", text);
	snprintf(text, sizeof(text), "%.1f %%",
		 100 * sim_ratio(t->steps, t->cycles));
	put_fact(r->out, "array, busy", text);
	snprintf(text, sizeof(text), "%.1f %%",
		 100 * sim_ratio(t->engine[GS_ENGINE_TANDEM].busy, t->cycles));
	put_fact(r->out, "Tandem, busy", text);
	snprintf(text, sizeof(text), "%.2f MB", (double)sim_moved_all(t) / 1e6);
	put_fact(r->out, "DRAM", text);
	snprintf(text, sizeof(text), "%.3f %s", pj / (pj < 1e9 ? 1e6 : 1e9),
		 pj < 1e9 ? "\xc2\xb5J" : "mJ");
	put_fact(r->out, "energy", text);
	put_fact(r->out, "program, words",
		 grouped(r->c->program.num_words, text, sizeof(text)));
	snprintf(text, sizeof(text), "%.1f KiB",
		 (double)r->c->program.act_bytes / 1024);
	put_fact(r->out, "activations", text);
	fputs("</div>\n", r->out);
}

static void put_order(const struct gsc_report *r)
{
	const struct gs_layer_order *o = &r->c->layer_order;

	if (!o->taken)
		return;
	fprintf(r->out,
		"<p>Layers run in %s order. Activations take %" PRIu64 " bytes",
		o->changed ? "another than the model's" : "the model's",
		o->taken);
	if (o->changed)
		fprintf(r->out, ", %" PRIu64 " in the model's", o->given);
	fprintf(r->out,
		", %" PRIu64 " without sharing memory; %" PRIu64
		" are alive at once.</p>\n",
		r->c->program.own_bytes, o->least);
}

static void put_machine(const struct gsc_report *r)
{
	const struct gs_arch *a = &r->sim.arch;

	fputs("<p>Machine ", r->out);
	html_text(r->out, a->name);
	fprintf(r->out,
		", array %u\xc3\x97%u at %u MHz, timing %s. Rows of its memories: IBUF"
		" %u, WBUF %u, OBUF %u, BBUF %u, VMEM %u; words a block may have: %u,"
		" and %u for the SIMD unit.</p>\n",
		a->array_n, a->array_m, a->clock_mhz,
		gs_timing_preset_name(r->sim.preset), a->ibuf_depth,
		a->wbuf_depth, a->obuf_depth, a->bbuf_depth, a->vmem_depth,
		a->instr_depth, a->simd_instr_depth);
}

static void put_bytes(const struct gsc_report *r)
{
	unsigned w;

	fputs("<table><caption>Bytes moved</caption><tbody>\n", r->out);
	for (w = 0; w < GS_WIN_COUNT; w++)
		fprintf(r->out,
			"<tr><th scope=\"row\">%s</th><td class=\"n\">%" PRIu64
			"</td></tr>\n",
			gs_window_name((enum gs_window)w),
			gs_timing_moved(&r->sim.total, (enum gs_window)w));
	fputs("</tbody></table>\n", r->out);
}

static void put_energy(const struct gsc_report *r)
{
	const double total = gs_energy_total(&r->sim.energy);
	unsigned p;

	fputs("<table><caption>Energy, \xc2\xb5J</caption><tbody>\n", r->out);
	for (p = 0; p < GS_ENERGY_PARTS; p++)
		fprintf(r->out,
			"<tr><th scope=\"row\">%s</th><td class=\"n\">%.3f</td>"
			"<td class=\"n\">%.1f %%</td></tr>\n",
			gs_energy_part_name((enum gs_energy_part)p),
			r->sim.energy.pj[p] / 1e6,
			total > 0 ? 100 * r->sim.energy.pj[p] / total : 0);
	fputs("</tbody></table>\n", r->out);
}

static void put_keys(FILE *out)
{
	unsigned i, kind;

	fputs("<ul class=\"keys\">\n", out);
	for (i = 0; i < SIM_KINDS; i++) {
		kind = i ? i - 1 : SIM_BUSY;
		fprintf(out, "<li><i style=\"background:%s\"></i>%s</li>\n",
			sim_kind_color(kind), sim_kind_text(kind));
	}
	fputs("</ul>\n", out);
}

/* ---- the page ---- */

static bool draw_graph(struct svg *svg, const struct sim_picture *p)
{
	const struct gsc_report *r =
		(const struct gsc_report *)((const char *)p -
					    offsetof(struct gsc_report,
						     picture));

	return gsc_report_graph(r, svg);
}

struct section {
	const char *id, *title, *about;
	bool (*draw)(struct svg *svg, const struct sim_picture *p);
};

static const struct section sections[] = {
	{ "timeline", "Timeline",
	  "What array, SIMD unit (Tandem) and the channels between DRAM and chip"
	  " do from the first cycle to the last. Where one pixel stands for many"
	  " cycles, heights are shares of them.",
	  sim_draw_timeline },
	{ "graph", "Graph",
	  "Layers in the order they run. A line leads from a layer to one that"
	  " reads its result; bars are cycles, with the causes of the table.",
	  draw_graph },
	{ "roofline", "Roofline",
	  "Operations of each layer for a byte that it moves, and for a cycle. It"
	  " cannot be above the lines: channels deliver no more bytes, units do no"
	  " more operations.",
	  sim_draw_roofline },
	{ "energy", "Energy",
	  "What is counted in each layer, at the built-in prices; leakage only"
	  " where the machine gives one.",
	  sim_draw_energy },
};

#define NUM_SECTIONS (sizeof(sections) / sizeof(sections[0]))

static int put_picture(const struct gsc_report *r, const struct section *s)
{
	struct svg svg = { 0 };
	int ret = s->draw(&svg, &r->picture) ? 0 : -ENOMEM;

	fprintf(r->out, "<h2 id=\"%s\">%s</h2>\n<p>%s</p>\n", s->id, s->title,
		s->about);
	gsc_report_scroll(r->out, s->id);
	if (!ret)
		ret = html_picture(r->out, &svg);
	svg_fini(&svg);
	fputs("</div>\n", r->out);
	return ret;
}

static void put_nav(FILE *out)
{
	size_t i;

	fputs("<nav aria-label=\"Parts of this page\"><a href=\"#table\">Layers"
	      "</a>",
	      out);
	for (i = 0; i < NUM_SECTIONS; i++)
		fprintf(out, "<a href=\"#%s\">%s</a>", sections[i].id,
			sections[i].title);
	fputs("</nav>\n", out);
}

static int put_page(const struct gsc_report *r)
{
	size_t i;
	int ret = 0;

	gsc_report_head(r->out, r->picture.model);
	fputs("<body>\n<main>\n<h1>", r->out);
	html_name(r->out, r->picture.model);
	fputs("</h1>\n", r->out);
	put_machine(r);
	put_nav(r->out);
	put_facts(r);
	put_order(r);
	fputs("<h2 id=\"table\">Layers</h2>\n", r->out);
	put_keys(r->out);
	gsc_report_table(r);
	for (i = 0; i < NUM_SECTIONS && !ret; i++)
		ret = put_picture(r, &sections[i]);
	fputs("<div class=\"pair\">\n", r->out);
	put_energy(r);
	put_bytes(r);
	fputs("</div>\n</main>\n", r->out);
	gsc_report_script(r->out);
	fputs("</body>\n</html>\n", r->out);
	return ret;
}

static int print_page(struct gsc_report *r, const char *model, char **text,
		      size_t *len)
{
	int ret;

	r->out = open_memstream(text, len);
	if (!r->out)
		return -ENOMEM;
	ret = sim_picture_begin(&r->picture, &r->sim, model) ? put_page(r) :
							       -ENOMEM;
	sim_picture_end(&r->picture);
	if (fclose(r->out) && !ret)
		ret = -ENOMEM;
	return ret;
}

int gsc_report_write(const struct gs_compiled *c, const char *model,
		     const char *path)
{
	static const char *const none[] = { NULL };
	char err[GS_ARCH_ERR_SIZE], *text = NULL;
	struct gs_energy_table prices;
	const struct sim_timing_options options = {
		.preset = GS_TIMING_HARDWARE, .table = &prices, .arch = none
	};
	struct gsc_report r = { .c = c };
	size_t len = 0;
	int ret;

	sim_program = "gsc: error";
	if (gs_energy_default(&prices, err)) {
		sim_fail("%s", err);
		return -EINVAL;
	}
	ret = sim_timing_open_image(&r.sim, model, c->model, c->model_bytes,
				    &options) ?
		      0 :
		      -EINVAL;
	if (!ret) {
		ret = print_page(&r, model, &text, &len);
		ret = ret ? ret : gs_file_write(path, text, len);
		if (ret)
			sim_fail("%s: %s", path, strerror(-ret));
	}
	sim_timing_close(&r.sim);
	free(text);
	return ret;
}
