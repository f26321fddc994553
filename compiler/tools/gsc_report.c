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

/* Nothing is fetched from anywhere, whatever names hold. */
static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
	" style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n";

static const char style[] =
	"<style>\n"
	"body{font:14px/1.45 system-ui,sans-serif;color:#222;background:#fff;"
	"margin:0 auto;max-width:1500px;padding:12px 20px 60px}\n"
	"h1{font-size:22px;margin:.3em 0;overflow-wrap:anywhere}\n"
	"h2{font-size:17px;margin:1.6em 0 .5em}\n"
	"p{margin:.4em 0}nav a{margin-right:1em}\n"
	".facts{display:flex;flex-wrap:wrap;gap:8px 12px;margin:12px 0;padding:0}\n"
	".facts div{background:#eef2f6;border-radius:6px;padding:8px 14px}\n"
	".facts b{display:block;font-size:18px}\n"
	".scroll{overflow:auto;max-height:85vh;border:1px solid #ddd}\n"
	".scroll svg{display:block}\n"
	"table{border-collapse:collapse;font-size:13px}\n"
	"th,td{padding:4px 8px;border-bottom:1px solid #e4e4e4;text-align:left;"
	"vertical-align:top}\n"
	"th{font-weight:600}tbody th{font-weight:400;overflow-wrap:anywhere;"
	"min-width:210px;max-width:320px}\n"
	".n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"
	".m{font-family:ui-monospace,monospace;font-size:12px;min-width:110px}\n"
	"small{display:block;color:#666;overflow-wrap:anywhere}\n"
	"#layers thead th{position:sticky;top:0;background:#fff;z-index:1;"
	"box-shadow:0 1px 0 #999}\n"
	"#layers thead button{font:inherit;font-weight:600;border:0;background:none;"
	"padding:0;cursor:pointer;text-align:inherit;color:#114a7a}\n"
	"th[aria-sort=ascending] button::after{content:\" \\25B2\"}\n"
	"th[aria-sort=descending] button::after{content:\" \\25BC\"}\n"
	"tbody tr:hover{background:#f5f8fb}tfoot{font-weight:600}\n"
	".bar{display:flex;height:12px;width:150px;background:#fff}\n"
	".bar i{display:block;height:100%}\n"
	".keys{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;padding:0}\n"
	".keys i{display:inline-block;width:12px;height:12px;margin-right:6px}\n"
	".pair{display:flex;flex-wrap:wrap;gap:0 40px;align-items:flex-start}\n"
	"@media(max-width:600px){body{padding:8px 10px 40px}"
	".facts div{padding:6px 10px}.facts b{font-size:16px}}\n"
	"@media print{.scroll{overflow:visible;max-height:none}}\n"
	"</style>\n";

/* Rows in the order of a column; again: the other way round. */
static const char script[] =
	"<script>\n"
	"\"use strict\";\n"
	"(function () {\n"
	"var table = document.getElementById(\"layers\");\n"
	"var body = table.tBodies[0], heads = table.tHead.rows[0].cells;\n"
	"function value(row, i) {\n"
	"\tvar cell = row.cells[i], v = cell.getAttribute(\"data-v\");\n"
	"\treturn v === null ? cell.textContent : +v;\n"
	"}\n"
	"function sort(i) {\n"
	"\tvar head = heads[i], number = head.className === \"n\";\n"
	"\tvar first = number && i ? \"descending\" : \"ascending\";\n"
	"\tvar second = number && i ? \"ascending\" : \"descending\";\n"
	"\tvar way = head.getAttribute(\"aria-sort\") === first ? second : first;\n"
	"\tvar sign = way === \"ascending\" ? 1 : -1, k;\n"
	"\tvar rows = Array.prototype.slice.call(body.rows);\n"
	"\trows.sort(function (a, b) {\n"
	"\t\tvar x = value(a, i), y = value(b, i);\n"
	"\t\tif (x === y)\n"
	"\t\t\treturn value(a, 0) - value(b, 0);\n"
	"\t\treturn (x < y ? -1 : 1) * sign;\n"
	"\t});\n"
	"\tfor (k = 0; k < heads.length; k++)\n"
	"\t\theads[k].removeAttribute(\"aria-sort\");\n"
	"\thead.setAttribute(\"aria-sort\", way);\n"
	"\tfor (k = 0; k < rows.length; k++)\n"
	"\t\tbody.appendChild(rows[k]);\n"
	"}\n"
	"Array.prototype.forEach.call(heads, function (head, i) {\n"
	"\thead.firstChild.addEventListener(\"click\", function () { sort(i); });\n"
	"});\n"
	"}());\n"
	"</script>\n";

/* ---- what stands above the pictures ---- */

static void put_fact(FILE *out, const char *what, const char *value)
{
	fprintf(out, "<div>%s<b>%s</b></div>\n", what, value);
}

static void put_facts(const struct gsc_report *r)
{
	const struct gs_timing_block *t = &r->sim.total;
	const uint32_t mhz = r->sim.arch.clock_mhz;
	char text[64];

	fputs("<div class=\"facts\">\n", r->out);
	snprintf(text, sizeof(text), "%" PRIu64, t->cycles);
	put_fact(r->out, "cycles", text);
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
	snprintf(text, sizeof(text), "%.3f uJ",
		 gs_energy_total(&r->sim.energy) / 1e6);
	put_fact(r->out, "energy", text);
	snprintf(text, sizeof(text), "%u words", r->c->program.num_words);
	put_fact(r->out, "program", text);
	fputs("</div>\n", r->out);
}

static void put_machine(const struct gsc_report *r)
{
	const struct gs_arch *a = &r->sim.arch;

	fputs("<p>Machine ", r->out);
	html_text(r->out, a->name);
	fprintf(r->out,
		", array %u\xc3\x97%u at %u MHz, timing %s. Rows: IBUF %u, WBUF %u,"
		" OBUF %u, BBUF %u, VMEM %u; instructions %u and %u.</p>\n",
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

	fputs("<table><caption>Energy, uJ</caption><tbody>\n", r->out);
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

static int
put_picture(const struct gsc_report *r, const char *id, const char *title,
	    bool (*draw)(struct svg *svg, const struct sim_picture *p))
{
	struct svg svg = { 0 };
	int ret = draw(&svg, &r->picture) ? 0 : -ENOMEM;

	fprintf(r->out, "<h2 id=\"%s\">%s</h2>\n<div class=\"scroll\">\n", id,
		title);
	if (!ret)
		ret = html_picture(r->out, &svg);
	svg_fini(&svg);
	fputs("</div>\n", r->out);
	return ret;
}

static int put_page(const struct gsc_report *r)
{
	int ret;

	fputs(head, r->out);
	fputs("<title>", r->out);
	html_text(r->out, r->picture.model);
	fprintf(r->out, "</title>\n%s</head>\n<body>\n<h1>", style);
	html_text(r->out, r->picture.model);
	fputs("</h1>\n", r->out);
	put_machine(r);
	fputs("<nav><a href=\"#table\">Layers</a><a href=\"#timeline\">Timeline</a>"
	      "<a href=\"#graph\">Graph</a><a href=\"#roofline\">Roofline</a>"
	      "<a href=\"#energy\">Energy</a></nav>\n",
	      r->out);
	put_facts(r);
	fputs("<h2 id=\"table\">Layers</h2>\n<p>A title sorts, again the other way"
	      " round.</p>\n",
	      r->out);
	put_keys(r->out);
	gsc_report_table(r);
	ret = put_picture(r, "timeline", "Timeline", sim_draw_timeline);
	ret = ret ? ret : put_picture(r, "graph", "Graph", draw_graph);
	ret = ret ? ret :
		    put_picture(r, "roofline", "Roofline", sim_draw_roofline);
	ret = ret ? ret : put_picture(r, "energy", "Energy", sim_draw_energy);
	fputs("<div class=\"pair\">\n", r->out);
	put_energy(r);
	put_bytes(r);
	fprintf(r->out, "</div>\n%s</body>\n</html>\n", script);
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
