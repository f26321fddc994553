/* SPDX-License-Identifier: MIT */
#include "compiler/tools/gsc_quant.h"

#include <math.h>
#include <string.h>

#include "compiler/passes/quant_report.h"
#include "runtime/support/column.h"

#define WORST 3 /* layers named below the table */

/* "exact" where nothing is lost */
static const char *decibels(double value, char text[16])
{
	if (isinf(value))
		return value > 0 ? "exact" : "-";
	snprintf(text, 16, "%.2f", value);
	return text;
}

static void print_name(const char *name, FILE *out)
{
	const char *p;

	if (!strpbrk(name, "\",\n\r")) {
		fputs(name, out);
		return;
	}
	fputc('"', out);
	for (p = name; *p; p++)
		fprintf(out, *p == '"' ? "\"\"" : "%c", *p);
	fputc('"', out);
}

static void print_csv(const struct gs_quant_error *e, size_t num, FILE *out)
{
	size_t i;

	fputs("layer,operator,tensor,output,snr_db,own_snr_db,mean_error_steps,max_error_steps,clipped,min,max,scale,zero_point\n",
	      out);
	for (i = 0; i < num; i++, e++) {
		print_name(e->layer, out);
		fputc(',', out);
		print_name(e->op, out);
		fputc(',', out);
		print_name(e->tensor, out);
		fprintf(out, ",%d,%.4f,%.4f,%.6f,%.4f,%.9f,%.9g,%.9g,%.9g,%d\n",
			e->is_output, e->snr, e->own, e->mean_error,
			e->max_error, e->clipped, (double)e->min,
			(double)e->max, (double)e->scale, e->zero_point);
	}
}

static void print_row(const struct gs_quant_error *e, int width, int ops,
		      FILE *out)
{
	char snr[16], own[16];

	gs_column_print(out, e->layer, width);
	putc(' ', out);
	gs_column_print(out, e->op, ops);
	fprintf(out,
		" %8s %8s %8.3f %8.1f %7.3f%% %10.4g %10.4g %10.4g %5d%s\n",
		decibels(e->snr, snr), decibels(e->own, own), e->mean_error,
		e->max_error, 100 * e->clipped, (double)e->min, (double)e->max,
		(double)e->scale, e->zero_point,
		e->is_output ? "  output" : "");
}

/* The layers that lose most by themselves, worst first */
static void print_worst(const struct gs_quant_error *e, size_t num, FILE *out)
{
	size_t worst[WORST], found = 0, i, k;
	char own[16];

	for (i = 0; i < num; i++) {
		if (!strcmp(e[i].op, "input") || isinf(e[i].own))
			continue;
		for (k = found; k && e[worst[k - 1]].own > e[i].own; k--)
			if (k < WORST)
				worst[k] = worst[k - 1];
		if (k < WORST)
			worst[k] = i;
		found += found < WORST;
	}
	for (k = 0; k < found; k++)
		fprintf(out, "%s%s (%s) %s dB",
			k ? ", " : "most lost by: ", e[worst[k]].layer,
			e[worst[k]].op, decibels(e[worst[k]].own, own));
	fputs(found ? "\n" : "", out);
}

void gsc_quant_print(const struct gs_quant_report *report, bool csv, FILE *out)
{
	int width = 16, ops = 8;
	size_t num, i, samples;
	const struct gs_quant_error *e = gs_quant_report_errors(report, &num);
	bool noise;

	if (csv) {
		print_csv(e, num, out);
		return;
	}
	samples = gs_quant_report_samples(report, &noise);
	fprintf(out, "Quantized against float, %zu sample%s%s\n", samples,
		samples == 1 ? "" : "s",
		noise ? " of noise, which says little of real data" : "");
	for (i = 0; i < num; i++) {
		width = gs_column_fit(width, e[i].layer, 64);
		ops = gs_column_fit(ops, e[i].op, 24);
	}
	fprintf(out, "%-*s %-*s %8s %8s %8s %8s %8s %10s %10s %10s %5s\n",
		width, "layer", ops, "operator", "SNR dB", "own dB", "mean",
		"max", "clipped", "min", "max", "scale", "zero");
	for (i = 0; i < num; i++)
		print_row(&e[i], width, ops, out);
	print_worst(e, num, out);
}
