/* SPDX-License-Identifier: MIT */
/* gsc --report: one page about a compiled model, its decisions and what they cost. */
#ifndef GSC_REPORT_H
#define GSC_REPORT_H

#include "compiler/compile.h"
#include "hw-model/tools/sim_picture.h"

/** What the parts of the page have in common. */
struct gsc_report {
	FILE *out;
	const struct gs_compiled *c;
	struct sim_timing sim;
	struct sim_picture picture;
};

/**
 * gsc_report_write() - time a model and write the page
 * @model: name of the ONNX file
 * Returns 0 or -errno after saying what failed.
 */
int gsc_report_write(const struct gs_compiled *c, const char *model,
		     const char *path);

/** gsc_report_graph(): gsc_report_graph.c: draw the layers and what they read of each other; false: memory ran out */
bool gsc_report_graph(const struct gsc_report *r, struct svg *svg);

/** gsc_report_table(): gsc_report_table.c: the layers, a row each */
void gsc_report_table(const struct gsc_report *r);

/** gsc_report_head(): gsc_report_page.c: all before the body of a page about @title */
void gsc_report_head(FILE *out, const char *title);

/** gsc_report_script(): gsc_report_page.c: what sorts the table and hides its small layers */
void gsc_report_script(FILE *out);

/** gsc_report_scroll(): gsc_report_page.c: open a part that scrolls, named by the title @id */
void gsc_report_scroll(FILE *out, const char *id);

#endif /* GSC_REPORT_H */
