/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>

#include "compiler/passes/eval.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/samples.h"
#include "compiler/passes/util.h"

#define LANES 16 /* values looked at together */
#define ROWS 4

struct calibrate {
	struct gs_graph *graph;
	struct gs_eval *eval;
	struct gs_samples samples;
	struct gs_diag *diag;
};

/* The range of @num values, with that of @range; false when one is not finite */
static bool widen(const float *data, int64_t num, float range[2])
{
	float min[LANES], max[LANES], check[LANES];
	bool finite = true;
	int64_t i;
	int l;

	for (l = 0; l < LANES; l++) {
		min[l] = range[0];
		max[l] = range[1];
		check[l] = 0.0f;
	}
	for (i = 0; i < num; i += LANES) {
		const int end = num - i < LANES ? (int)(num - i) : LANES;

		for (l = 0; l < end; l++) {
			const float x = data[i + l];

			min[l] = x < min[l] ? x : min[l];
			max[l] = x > max[l] ? x : max[l];
			/* 0 for what is finite, NaN else */
			check[l] += x * 0.0f;
		}
	}
	for (l = 0; l < LANES; l++) {
		range[0] = min[l] < range[0] ? min[l] : range[0];
		range[1] = max[l] > range[1] ? max[l] : range[1];
		finite &= check[l] == 0.0f;
	}
	return finite;
}

/*
 * Means of @rows rows of @num values, at most ROWS. Each sum is made in order;
 * several of them at once hide how long an addition takes.
 */
static void means(const float *data, int64_t num, int64_t rows,
		  float result[ROWS])
{
	const float *row[ROWS];
	double sum[ROWS] = { 0 };
	int64_t i;
	int r;

	for (r = 0; r < ROWS; r++)
		row[r] = data + (r < rows ? r : 0) * num;
	for (i = 0; i < num; i++)
		for (r = 0; r < ROWS; r++)
			sum[r] += (double)row[r][i];
	for (r = 0; r < ROWS; r++)
		result[r] = (float)(sum[r] / (double)num);
}

/* The same, and of each channel along axis 1 */
static bool widen_channels(const struct gs_tensor *t, const float *data,
			   size_t samples, float range[2])
{
	const int64_t channels = t->shape.dim[1];
	const int64_t rows = t->shape.dim[0] * channels;
	const int64_t each = gs_shape_elems(&t->shape) / rows;
	const float share = (float)channels / (float)rows / (float)samples;
	float mean[ROWS] = { 0 };
	bool finite = true;
	int64_t i;

	for (i = 0; i < rows; i++) {
		float *own = t->channel_range + 2 * (i % channels);

		finite &= widen(data + i * each, each, own);
		if (t->channel_mean && i % ROWS == 0)
			means(data + i * each, each, rows - i, mean);
		if (t->channel_mean)
			t->channel_mean[i % channels] += share * mean[i % ROWS];
		range[0] = own[0] < range[0] ? own[0] : range[0];
		range[1] = own[1] > range[1] ? own[1] : range[1];
	}
	return finite;
}

static int observe(struct calibrate *c, struct gs_tensor *t, size_t sample)
{
	const float *data = gs_eval_data(c->eval, t);
	float range[2] = { t->min, t->max };

	if (!(t->channel_range ?
		      widen_channels(t, data, c->samples.num, range) :
		      widen(data, gs_shape_elems(&t->shape), range)))
		return gs_error(
			c->diag, -EDOM,
			"tensor '%s' takes a value that is not finite (NaN or infinite) in calibration sample %zu",
			t->name, sample);
	t->min = range[0];
	t->max = range[1];
	t->has_range = true;
	return 0;
}

/* Each tensor is seen as soon as it is computed: its memory is used again. */
static int run_sample(struct calibrate *c, size_t sample)
{
	const struct gs_node *node;
	size_t step;
	unsigned i;

	gs_samples_load(&c->samples, sample, c->eval);
	if (c->samples.err)
		return c->samples.err;
	for (i = 0; i < c->graph->num_inputs; i++)
		if (observe(c, c->graph->input[i], sample) < 0)
			return -EDOM;
	for (step = 0; (node = gs_eval_node(c->eval, step)); step++) {
		gs_eval_step(c->eval, step);
		for (i = 0; i < node->num_outputs; i++)
			if (node->output[i] && !node->output[i]->view_of &&
			    observe(c, node->output[i], sample) < 0)
				return -EDOM;
	}
	return 0;
}

static int run(struct calibrate *c)
{
	size_t sample;
	int ret = 0;

	for (sample = 0; sample < c->samples.num && !ret; sample++)
		ret = run_sample(c, sample);
	return ret;
}

/* Views show the range of what they are views of. */
static void copy_ranges(struct gs_graph *graph)
{
	unsigned i;

	for (i = 0; i < graph->num_tensors; i++) {
		struct gs_tensor *t = graph->tensor[i];
		const struct gs_tensor *root = gs_tensor_root(t);

		t->min = root->min;
		t->max = root->max;
		t->has_range = root->has_range;
	}
}

/* Activations without a scale of their own */
static unsigned num_open(const struct gs_graph *graph)
{
	unsigned i, num = 0;

	for (i = 0; i < graph->num_tensors; i++) {
		const struct gs_tensor *t = graph->tensor[i];

		num += !t->data && !t->view_of && !t->quant.valid;
	}
	return num;
}

/* Where the model gives a scale, the range is what it can represent. */
static void set_pinned(struct gs_graph *graph)
{
	unsigned i;

	for (i = 0; i < graph->num_tensors; i++) {
		struct gs_tensor *t = graph->tensor[i];
		const struct gs_quant *q = &t->quant;

		if (t->data || t->view_of || !q->valid)
			continue;
		t->min = q->scale[0] *
			 (float)(gs_dtype_low(q->type) - q->zero_point);
		t->max = q->scale[0] *
			 (float)(gs_dtype_high(q->type) - q->zero_point);
		t->has_range = true;
	}
}

static void warn_noise(const struct gs_graph *graph, unsigned open,
		       struct gs_diag *diag)
{
	unsigned i, all = 0;

	for (i = 0; i < graph->num_tensors; i++)
		all += !graph->tensor[i]->data && !graph->tensor[i]->view_of;
	if (open == all)
		gs_warn(diag,
			"no calibration data: ranges of activations come from %d samples of noise in [0, 1); real data may leave them and lose accuracy",
			GS_NOISE_SAMPLES);
	else
		gs_warn(diag,
			"no calibration data, and %u of %u activations have no scale in the model: their ranges come from %d samples of noise in [0, 1)",
			open, all, GS_NOISE_SAMPLES);
}

/* Ranges that hold nothing but zero; of pictures also one for each channel */
static int start(struct gs_graph *graph, bool given)
{
	unsigned i;

	for (i = 0; i < graph->num_tensors; i++) {
		struct gs_tensor *t = graph->tensor[i];

		t->min = t->max = 0.0f;
		t->channel_range = t->channel_mean = NULL;
		if (t->data || t->view_of || t->shape.rank < 2 ||
		    gs_shape_elems(&t->shape) < 1)
			continue;
		t->channel_range = gs_graph_alloc_array(
			graph, (size_t)t->shape.dim[1], 2 * sizeof(float));
		if (given)
			t->channel_mean = gs_graph_alloc_array(
				graph, (size_t)t->shape.dim[1], sizeof(float));
		if (!t->channel_range || (given && !t->channel_mean))
			return -ENOMEM;
	}
	return 0;
}

int gs_pass_calibrate(struct gs_graph *graph, const struct gs_calib *calib,
		      size_t num, struct gs_diag *diag)
{
	struct calibrate c = { .graph = graph, .diag = diag };
	const unsigned open = num_open(graph);
	int ret = gs_samples_init(&c.samples, graph, calib, num, diag);

	if (ret < 0)
		return ret;
	if (!num && open)
		warn_noise(graph, open, diag);
	if (!num && !open)
		c.samples.num = 0;
	if (start(graph, num > 0) < 0)
		return gs_nomem(diag);
	if (c.samples.num) {
		c.eval = gs_eval_create_sparing(graph, diag);
		if (!c.eval)
			return -ENOTSUP;
		ret = run(&c);
		gs_eval_destroy(c.eval);
	}
	set_pinned(graph);
	copy_ranges(graph);
	return ret;
}
