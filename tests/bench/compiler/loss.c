/* SPDX-License-Identifier: MIT */
#include "tests/bench/compiler/loss.h"

#include <math.h>
#include <stdio.h>

struct loss {
	struct network *network;
	struct gs_calib calib;
	double snr; /* of the worst result; NAN: none was seen */
	char why[256];
};

static void keep_first(void *ctx, enum gs_severity severity, const char *text)
{
	struct loss *l = ctx;

	if (severity == GS_DIAG_ERROR && !l->why[0])
		snprintf(l->why, sizeof(l->why), "%s", text);
}

static int calibrate(void *ctx, const struct gs_graph *graph,
		     const struct gs_calib **calib, size_t *num,
		     struct gs_diag *diag)
{
	struct loss *l = ctx;

	(void)diag;
	l->calib = (struct gs_calib){
		.name = graph->input[0]->name,
		.data = l->network->calib.data,
		.samples = l->network->samples,
		.num_values =
			l->network->samples * l->network->calib.num_values,
	};
	*calib = &l->calib;
	*num = 1;
	return 0;
}

static int take_report(void *ctx, const struct gs_quant_report *report,
		       struct gs_diag *diag)
{
	struct loss *l = ctx;
	const struct gs_quant_error *e;
	size_t i, num;

	(void)diag;
	e = gs_quant_report_errors(report, &num);
	for (i = 0; i < num; i++)
		if (e[i].is_output && !(e[i].snr >= l->snr))
			l->snr = e[i].snr;
	return 0;
}

int loss_measure(struct network *n, const struct gs_arch *arch,
		 enum gs_calib_kind method, double *snr)
{
	struct loss l = { .network = n, .snr = NAN };
	struct gs_diag diag = { .report = keep_first, .ctx = &l };
	const struct gs_compile_opts opts = {
		.arch = arch,
		.codelets = &n->lib,
		.calibrate = calibrate,
		.calibrate_ctx = &l,
		.method = { .kind = method },
		.quant_report = take_report,
		.quant_report_ctx = &l,
	};
	struct gs_compiled c;
	const int ret = gs_compile(n->onnx, n->onnx_bytes, &opts, GS_GOAL_QDQ,
				   &c, &diag);

	gs_compile_free(&c);
	*snr = l.snr;
	if (!ret && !isnan(l.snr))
		return 0;
	fprintf(stderr, "bench-compiler: %s with data of %u bits: %s\n",
		n->name, arch->data_width,
		l.why[0] ? l.why : "no result was measured");
	return -1;
}

int loss_of(struct network *n, const struct gs_arch *arch, double *snr)
{
	const unsigned most = sizeof(n->loss) / sizeof(n->loss[0]);
	unsigned i;
	int ret;

	for (i = 0; i < n->num_losses; i++)
		if (n->loss[i].data_width == arch->data_width &&
		    n->loss[i].wgt_width == arch->wgt_width) {
			*snr = n->loss[i].snr;
			return 0;
		}
	ret = loss_measure(n, arch, GS_CALIB_DEFAULT, snr);
	if (!ret && n->num_losses < most)
		n->loss[n->num_losses++] = (struct network_loss){
			.data_width = arch->data_width,
			.wgt_width = arch->wgt_width,
			.snr = *snr,
		};
	return ret;
}
