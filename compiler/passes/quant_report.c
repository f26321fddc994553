/* SPDX-License-Identifier: MIT */
#include "compiler/passes/quant_report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/passes/samples.h"
#include "compiler/passes/util.h"

#define MOST_BYTES ((size_t)1 << 30) /* of float activations */

/* What the float model computed of one activation, sample after sample */
struct kept {
	const struct gs_tensor *tensor;
	size_t elems;
	float *values;
};

struct gs_quant_report {
	struct gs_samples samples;
	bool noise;
	struct kept *kept; /* by address of the tensor */
	size_t num_kept;
	float *memory;
	struct gs_quant_error *error;
	struct sums {
		double signal, noise, own, mean, clipped, values;
	} * sums;
	size_t num;
};

/* ---- the float model ----------------------------------------------------- */

static bool is_kept(const struct gs_tensor *t)
{
	return !t->data && !t->view_of && gs_shape_elems(&t->shape) > 0;
}

static int by_address(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return x->tensor < y->tensor ? -1 : x->tensor > y->tensor;
}

static const struct kept *find(const struct gs_quant_report *r,
			       const struct gs_tensor *t)
{
	struct kept key = { .tensor = t };

	while (key.tensor->view_of)
		key.tensor = key.tensor->view_of;
	return bsearch(&key, r->kept, r->num_kept, sizeof(key), by_address);
}

static int make_room(struct gs_quant_report *r, const struct gs_graph *graph)
{
	size_t elems = 0, most, at = 0;
	unsigned i;

	r->kept = calloc(graph->num_tensors + 1, sizeof(*r->kept));
	if (!r->kept)
		return -ENOMEM;
	for (i = 0; i < graph->num_tensors; i++) {
		const struct gs_tensor *t = graph->tensor[i];

		if (!is_kept(t))
			continue;
		r->kept[r->num_kept++] = (struct kept){
			.tensor = t,
			.elems = (size_t)gs_shape_elems(&t->shape),
		};
		elems += r->kept[r->num_kept - 1].elems;
	}
	most = MOST_BYTES / sizeof(float) / (elems ? elems : 1);
	most = most < 1 ? 1 : most;
	most = most > GS_QUANT_REPORT_SAMPLES ? GS_QUANT_REPORT_SAMPLES : most;
	r->samples.num = r->samples.num > most ? most : r->samples.num;
	r->memory = calloc(elems * r->samples.num + 1, sizeof(float));
	if (!r->memory)
		return -ENOMEM;
	for (i = 0; i < r->num_kept; i++) {
		r->kept[i].values = r->memory + at;
		at += r->kept[i].elems * r->samples.num;
	}
	qsort(r->kept, r->num_kept, sizeof(*r->kept), by_address);
	return 0;
}

static int run_float(struct gs_quant_report *r, const struct gs_graph *graph,
		     struct gs_diag *diag)
{
	struct gs_eval *eval = gs_eval_create(graph, diag);
	size_t sample, i;

	if (!eval)
		return -ENOTSUP;
	for (sample = 0; sample < r->samples.num; sample++) {
		gs_samples_load(&r->samples, sample, eval);
		gs_eval_run(eval);
		for (i = 0; i < r->num_kept; i++) {
			const struct kept *k = &r->kept[i];

			memcpy(k->values + sample * k->elems,
			       gs_eval_data(eval, k->tensor),
			       k->elems * sizeof(float));
		}
	}
	gs_eval_destroy(eval);
	return r->samples.err;
}

int gs_quant_report_create(const struct gs_graph *graph,
			   const struct gs_calib *calib, size_t num,
			   struct gs_quant_report **out, struct gs_diag *diag)
{
	struct gs_quant_report *r = calloc(1, sizeof(*r));
	int ret;

	*out = NULL;
	if (!r)
		return gs_nomem(diag);
	r->noise = !num;
	ret = gs_samples_init(&r->samples, graph, calib, num, diag);
	if (!ret && make_room(r, graph) < 0)
		ret = gs_nomem(diag);
	ret = ret ? ret : run_float(r, graph, diag);
	if (ret < 0)
		gs_quant_report_destroy(r);
	else
		*out = r;
	return ret;
}

/* ---- the quantized model ------------------------------------------------- */

static void list(struct gs_quant_report *r, const struct gs_tensor *t,
		 const struct gs_node *node)
{
	const struct kept *k = find(r, t);
	struct gs_quant_error *e = &r->error[r->num];
	size_t i;

	if (!k || t->data || !t->quant.valid ||
	    !gs_dtype_is_step(t->quant.type))
		return;
	*e = (struct gs_quant_error){
		.layer = node ? node->name : "-",
		.op = node ? node->op : "input",
		.tensor = t->name,
		.scale = t->quant.scale[0],
		.zero_point = t->quant.zero_point,
		.min = k->values[0],
		.max = k->values[0],
		.is_output = t->is_output,
	};
	for (i = 0; i < k->elems * r->samples.num; i++) {
		e->min = fminf(e->min, k->values[i]);
		e->max = fmaxf(e->max, k->values[i]);
	}
	r->num++;
}

static int list_all(struct gs_quant_report *r, const struct gs_graph *graph)
{
	const struct gs_node *node;
	unsigned i;

	r->error = calloc(r->num_kept + 1, sizeof(*r->error));
	r->sums = calloc(r->num_kept + 1, sizeof(*r->sums));
	if (!r->error || !r->sums)
		return -ENOMEM;
	for (i = 0; i < graph->num_inputs; i++)
		list(r, graph->input[i], NULL);
	for (node = graph->node; node; node = node->next)
		for (i = 0; i < node->num_outputs; i++)
			if (node->output[i])
				list(r, node->output[i], node);
	return 0;
}

static void compare(struct gs_quant_report *r, size_t at,
		    const struct gs_tensor *t, const float *real,
		    const float *got)
{
	const double scale = (double)t->quant.scale[0];
	const enum gs_dtype type = t->quant.type;
	const double low =
		scale * (gs_dtype_low(type) - 0.5 - t->quant.zero_point);
	const double high =
		scale * (gs_dtype_high(type) + 0.5 - t->quant.zero_point);
	const int64_t num = gs_shape_elems(&t->shape);
	struct gs_quant_error *e = &r->error[at];
	struct sums *s = &r->sums[at];
	int64_t i;

	for (i = 0; i < num; i++) {
		const double x = (double)real[i], d = (double)got[i] - x;

		s->signal += x * x;
		s->noise += d * d;
		s->mean += d / scale;
		s->clipped += x < low || x > high;
		e->max_error = fmax(e->max_error, fabs(d) / scale);
	}
	s->values += (double)num;
}

/* The sum of squares of what @t lost, against @real */
static double lost(const struct gs_tensor *t, const float *real,
		   const float *got)
{
	const int64_t num = gs_shape_elems(&t->shape);
	double sum = 0;
	int64_t i;

	for (i = 0; i < num; i++)
		sum += ((double)got[i] - (double)real[i]) *
		       ((double)got[i] - (double)real[i]);
	return sum;
}

/* Index of the error of the activation @t, or num */
static size_t index_of(const struct gs_quant_report *r,
		       const struct gs_tensor *t, size_t from)
{
	size_t i;

	for (i = from; i < r->num; i++)
		if (!strcmp(r->error[i].tensor, t->name))
			return i;
	return r->num;
}

static const float *real_of(const struct gs_quant_report *r,
			    const struct gs_tensor *t, size_t sample)
{
	const struct kept *k = find(r, t);

	return k ? k->values + sample * k->elems : NULL;
}

static void load_real(const struct gs_quant_report *r, struct gs_eval *eval,
		      const struct gs_node *node, size_t sample)
{
	unsigned i;

	for (i = 0; i < node->num_inputs; i++) {
		const struct gs_tensor *t = node->input[i];
		const float *real = t && !t->data ? real_of(r, t, sample) :
						    NULL;

		if (real)
			memcpy(gs_eval_data(eval, t), real,
			       (size_t)gs_shape_elems(&t->shape) *
				       sizeof(float));
	}
}

typedef void (*visit_fn)(struct gs_quant_report *r, size_t at,
			 const struct gs_tensor *t, const float *real,
			 const float *got);

static void add_own(struct gs_quant_report *r, size_t at,
		    const struct gs_tensor *t, const float *real,
		    const float *got)
{
	r->sums[at].own += lost(t, real, got);
}

/* Calls @visit for every listed result of @node, the next of which is error *at */
static void visit_results(struct gs_quant_report *r, struct gs_eval *eval,
			  const struct gs_node *node, size_t sample, size_t *at,
			  visit_fn visit)
{
	unsigned i;

	for (i = 0; i < node->num_outputs; i++) {
		const struct gs_tensor *t = node->output[i];
		const size_t found = t ? index_of(r, t, *at) : r->num;

		if (found == r->num)
			continue;
		visit(r, found, t, real_of(r, t, sample),
		      gs_eval_data(eval, t));
		*at = found + 1;
	}
}

static void visit_inputs(struct gs_quant_report *r, struct gs_eval *eval,
			 const struct gs_graph *graph, size_t sample,
			 size_t *at)
{
	unsigned i;

	for (i = 0; i < graph->num_inputs; i++) {
		const struct gs_tensor *t = graph->input[i];
		const size_t found = index_of(r, t, 0);

		if (found == r->num)
			continue;
		compare(r, found, t, real_of(r, t, sample),
			gs_eval_data(eval, t));
		add_own(r, found, t, real_of(r, t, sample),
			gs_eval_data(eval, t));
		*at = found + 1;
	}
}

static void run_sample(struct gs_quant_report *r, struct gs_eval *eval,
		       const struct gs_graph *graph, size_t sample)
{
	const struct gs_node *node;
	size_t at = 0, first, i;

	gs_samples_load(&r->samples, sample, eval);
	gs_eval_run(eval);
	visit_inputs(r, eval, graph, sample, &at);
	first = at;
	for (i = 0; (node = gs_eval_node(eval, i)); i++)
		visit_results(r, eval, node, sample, &at, compare);
	for (i = 0, at = first; (node = gs_eval_node(eval, i)); i++) {
		load_real(r, eval, node, sample);
		gs_eval_step(eval, i);
		visit_results(r, eval, node, sample, &at, add_own);
	}
}

static double decibels(double signal, double noise)
{
	if (noise <= 0)
		return INFINITY;
	return signal > 0 ? 10 * log10(signal / noise) : -INFINITY;
}

int gs_quant_report_measure(struct gs_quant_report *r,
			    const struct gs_graph *graph, struct gs_diag *diag)
{
	struct gs_eval *eval;
	size_t sample, i;

	if (list_all(r, graph) < 0)
		return gs_nomem(diag);
	eval = gs_eval_create_quantized(graph, diag);
	if (!eval)
		return -ENOTSUP;
	/* The same noise again. */
	r->samples.random = GS_NOISE_SEED;
	for (sample = 0; sample < r->samples.num; sample++)
		run_sample(r, eval, graph, sample);
	gs_eval_destroy(eval);
	for (i = 0; i < r->num; i++) {
		const struct sums *s = &r->sums[i];
		struct gs_quant_error *e = &r->error[i];

		e->snr = decibels(s->signal, s->noise);
		e->own = decibels(s->signal, s->own);
		e->mean_error = s->mean / s->values;
		e->clipped = s->clipped / s->values;
	}
	return r->samples.err;
}

const struct gs_quant_error *
gs_quant_report_errors(const struct gs_quant_report *report, size_t *num)
{
	*num = report->num;
	return report->error;
}

size_t gs_quant_report_samples(const struct gs_quant_report *report,
			       bool *noise)
{
	*noise = report->noise;
	return report->samples.num;
}

void gs_quant_report_destroy(struct gs_quant_report *report)
{
	if (!report)
		return;
	free(report->kept);
	free(report->memory);
	free(report->error);
	free(report->sums);
	free(report);
}
