/* SPDX-License-Identifier: MIT */
/*
 * Calibration that leaves out what is rare: the float model runs over the
 * samples again, now with the range of every activation known, and counts its
 * values; then each range shrinks to what a method says.
 */
#include <errno.h>
#include <stdlib.h>

#include "compiler/passes/histogram.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/samples.h"
#include "compiler/passes/util.h"

/*
 * Results of the model keep their range: the largest score decides, and is rare.
 * So does what has a scale already, and what never is anything but 0.
 */
static bool counts(const struct gs_tensor *t)
{
	return !t->data && !t->view_of && !t->quant.valid && t->has_range &&
	       !t->is_output && t->min < t->max;
}

static void start(struct gs_histogram *h, const struct gs_graph *graph)
{
	unsigned i;

	for (i = 0; i < graph->num_tensors; i++) {
		h[i].min = graph->tensor[i]->min;
		h[i].max = graph->tensor[i]->max;
	}
}

/* Outputs that are views of a tensor are that tensor's values. */
static void leave_outputs(struct gs_histogram *h, const struct gs_graph *graph)
{
	unsigned i;

	for (i = 0; i < graph->num_outputs; i++)
		h[gs_tensor_root(graph->output[i])->id].total = 0;
}

static void count(struct gs_histogram *h, const struct gs_graph *graph,
		  struct gs_samples *samples, struct gs_eval *eval)
{
	size_t sample;
	unsigned i;

	for (sample = 0; sample < samples->num; sample++) {
		gs_samples_load(samples, sample, eval);
		gs_eval_run(eval);
		for (i = 0; i < graph->num_tensors; i++) {
			const struct gs_tensor *t = graph->tensor[i];

			if (counts(t))
				gs_histogram_add(
					&h[i], gs_eval_data(eval, t),
					(size_t)gs_shape_elems(&t->shape));
		}
	}
}

static void shrink(struct gs_graph *graph, const struct gs_histogram *h,
		   const struct gs_calib_method *method)
{
	const unsigned steps = 1u << gs_dtype_bits(graph->data_type);
	unsigned i;

	for (i = 0; i < graph->num_tensors; i++) {
		struct gs_tensor *t = graph->tensor[i];
		float range[2];

		if (!h[i].total)
			continue;
		if (method->kind == GS_CALIB_PERCENTILE)
			gs_histogram_percentile(&h[i],
						method->percent > 0 ?
							method->percent :
							GS_CALIB_PERCENT,
						range);
		else
			gs_histogram_mse(
				&h[i], method->levels ? method->levels : steps,
				range);
		/* All values but a few are 0: these few are what there is. */
		if (!(range[0] < range[1]))
			continue;
		t->min = range[0];
		t->max = range[1];
	}
	for (i = 0; i < graph->num_tensors; i++) {
		const struct gs_tensor *root = gs_tensor_root(graph->tensor[i]);

		graph->tensor[i]->min = root->min;
		graph->tensor[i]->max = root->max;
	}
}

int gs_pass_ranges(struct gs_graph *graph, const struct gs_calib *calib,
		   size_t num, const struct gs_calib_method *method,
		   struct gs_diag *diag)
{
	struct gs_samples samples;
	struct gs_histogram *h;
	struct gs_eval *eval;
	int ret;

	if (method->kind == GS_CALIB_MINMAX ||
	    (method->kind == GS_CALIB_DEFAULT &&
	     (graph->data_type != GS_DT_I4 || !num)))
		return 0;
	ret = gs_samples_init(&samples, graph, calib, num, diag);
	if (ret < 0)
		return ret;
	h = calloc(graph->num_tensors ? graph->num_tensors : 1, sizeof(*h));
	if (!h)
		return gs_nomem(diag);
	eval = gs_eval_create(graph, diag);
	if (eval) {
		start(h, graph);
		count(h, graph, &samples, eval);
		leave_outputs(h, graph);
		shrink(graph, h, method);
	}
	gs_eval_destroy(eval);
	free(h);
	return eval ? samples.err : -ENOTSUP;
}
