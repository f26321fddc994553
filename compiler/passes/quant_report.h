/* SPDX-License-Identifier: MIT */
/* What quantization costs each layer, measured against the float model. */
#ifndef GS_QUANT_REPORT_H
#define GS_QUANT_REPORT_H

#include "compiler/passes/passes.h"

struct gs_quant_report;

/** One activation of the quantized model. */
struct gs_quant_error {
	const char *layer,
		*op; /**< node that computes it; of an input of the model "-" and "input" */
	const char *tensor;
	float scale;
	int32_t zero_point;
	float min, max; /**< float values that were seen */
	double snr; /**< signal to noise, dB: with all that was lost before it */
	double own; /**< the same when the layer reads float values: what it loses by itself */
	double mean_error,
		max_error; /**< of all values, in steps; max: the largest magnitude */
	double clipped; /**< part of the float values that lie beyond the steps */
	bool is_output; /**< of the model */
};

/**
 * gs_quant_report_create() - keep what the float model computes
 * @calib, @num: as for gs_pass_calibrate()
 *
 * Before gs_pass_quantize(). Of the first samples only, GS_QUANT_REPORT_SAMPLES
 * at most, and no more than fit 1 GiB, but one at least. *out is NULL after an
 * error, which was reported; 0 or -errno.
 */
int gs_quant_report_create(const struct gs_graph *graph,
			   const struct gs_calib *calib, size_t num,
			   struct gs_quant_report **out, struct gs_diag *diag);

#define GS_QUANT_REPORT_SAMPLES 8

/** gs_quant_report_measure() - run the same samples on the quantized graph; after gs_pass_quantize() */
int gs_quant_report_measure(struct gs_quant_report *report,
			    const struct gs_graph *graph, struct gs_diag *diag);

/** gs_quant_report_errors() - those of all activations, in the order they are computed; the report's */
const struct gs_quant_error *
gs_quant_report_errors(const struct gs_quant_report *report, size_t *num);

/** gs_quant_report_samples() - how many were run; *noise: they are not data */
size_t gs_quant_report_samples(const struct gs_quant_report *report,
			       bool *noise);

void gs_quant_report_destroy(struct gs_quant_report *report);

#endif /* GS_QUANT_REPORT_H */
