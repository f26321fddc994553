/* SPDX-License-Identifier: MIT */
/*
 * Rounding and saturation do not cancel: with 15 steps each layer shifts the
 * means of its channels, and what reads them adds its own. Biases take that away.
 */
#include "compiler/passes/shift.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "compiler/passes/eval_ops.h"
#include "compiler/passes/samples.h"
#include "compiler/passes/util.h"

struct gs_shift {
	struct gs_samples samples;
	const struct gs_node **node; /* in the order of their steps */
	double **mean; /* of a step: samples x channels; NULL: not of interest */
	size_t num_steps;
};

/* ---- means of channels --------------------------------------------------- */

static int64_t channels_of(const struct gs_node *node)
{
	return node->output[0]->shape.dim[1];
}

static bool counts(const struct gs_node *node)
{
	const struct gs_tensor *w = gs_input(node, 1);

	return (gs_op_is(node, "Conv") || gs_op_is(node, "Gemm")) && w &&
	       w->data && w->shape.dim[0] == channels_of(node);
}

/* Of each channel of @values, a result of @node before its activation */
static void take_means(const struct gs_node *node, const float *values,
		       double *mean)
{
	const struct gs_shape *s = &node->output[0]->shape;
	const int64_t num = channels_of(node), batch = s->dim[0];
	const int64_t inner = gs_shape_elems(s) / num / batch;
	int64_t n, c, i;

	for (c = 0; c < num; c++)
		mean[c] = 0;
	for (n = 0; n < batch; n++)
		for (c = 0; c < num; c++)
			for (i = 0; i < inner; i++)
				mean[c] += (double)*values++;
	for (c = 0; c < num; c++)
		mean[c] /= (double)(batch * inner);
}

static int make_room(struct gs_shift *s, const struct gs_graph *graph)
{
	const struct gs_node *node;

	for (node = graph->node; node; node = node->next)
		s->num_steps++;
	s->node = calloc(s->num_steps + 1, sizeof(*s->node));
	s->mean = calloc(s->num_steps + 1, sizeof(*s->mean));
	if (!s->node || !s->mean)
		return -ENOMEM;
	s->num_steps = 0;
	for (node = graph->node; node; node = node->next) {
		double **mean = &s->mean[s->num_steps];

		s->node[s->num_steps++] = node;
		if (!counts(node))
			continue;
		*mean = calloc(s->samples.num * (size_t)channels_of(node),
			       sizeof(**mean));
		if (!*mean)
			return -ENOMEM;
	}
	return 0;
}

static int run_float(struct gs_shift *s, const struct gs_graph *graph,
		     struct gs_diag *diag)
{
	struct gs_eval *eval = gs_eval_create_sparing(graph, diag);
	size_t sample, i;

	if (!eval)
		return -ENOTSUP;
	for (sample = 0; sample < s->samples.num; sample++) {
		gs_samples_load(&s->samples, sample, eval);
		for (i = 0; i < s->num_steps; i++) {
			const struct gs_node *node = s->node[i];

			gs_eval_sum(eval, i);
			if (s->mean[i])
				take_means(node,
					   gs_eval_data(eval, node->output[0]),
					   s->mean[i] +
						   sample * (size_t)channels_of(
								    node));
			gs_eval_finish(eval, i);
		}
	}
	gs_eval_destroy(eval);
	return 0;
}

bool gs_shift_wanted(const struct gs_graph *graph)
{
	return graph->data_type == GS_DT_I4 || graph->weight_type == GS_DT_I4;
}

int gs_shift_create(const struct gs_graph *graph, const struct gs_calib *calib,
		    size_t num, struct gs_shift **out, struct gs_diag *diag)
{
	struct gs_shift *s;
	int ret;

	*out = NULL;
	if (!num)
		return 0;
	s = calloc(1, sizeof(*s));
	if (!s)
		return gs_nomem(diag);
	ret = gs_samples_init(&s->samples, graph, calib, num, diag);
	if (!ret && s->samples.num < 2) {
		gs_shift_destroy(s);
		return 0;
	}
	if (s->samples.num > GS_SHIFT_SAMPLES)
		s->samples.num = GS_SHIFT_SAMPLES;
	if (!ret && make_room(s, graph) < 0)
		ret = gs_nomem(diag);
	ret = ret ? ret : run_float(s, graph, diag);
	if (ret < 0)
		gs_shift_destroy(s);
	else
		*out = s;
	return ret;
}

void gs_shift_destroy(struct gs_shift *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; s->mean && i < s->num_steps; i++)
		free(s->mean[i]);
	free(s->mean);
	free(s->node);
	free(s);
}

/* ---- the quantized model, all samples layer by layer --------------------- */

/* What samples have computed and somebody will read yet, by id of the tensor */
struct store {
	struct gs_eval *eval;
	size_t samples;
	unsigned num;
	float **at;
	unsigned *left; /* uses, in memory of the graph */
};

static size_t bytes_of(const struct gs_tensor *t)
{
	return (size_t)gs_shape_elems(&t->shape) * sizeof(float);
}

static int store_open(struct store *st, struct gs_graph *graph, size_t samples,
		      struct gs_diag *diag)
{
	*st = (struct store){ .samples = samples, .num = graph->num_tensors };
	st->at = calloc(st->num + 1u, sizeof(*st->at));
	st->left = gs_graph_root_uses(graph);
	if (!st->at || !st->left)
		return gs_nomem(diag);
	st->eval = gs_eval_create_quantized(graph, diag);
	return st->eval ? 0 : -ENOTSUP;
}

static void store_close(struct store *st)
{
	unsigned i;

	for (i = 0; st->at && i < st->num; i++)
		free(st->at[i]);
	free(st->at);
	gs_eval_destroy(st->eval);
}

static float *place_of(const struct store *st, struct gs_tensor *t,
		       size_t sample)
{
	t = gs_tensor_root(t);
	return st->at[t->id] + sample * (size_t)gs_shape_elems(&t->shape);
}

static int make_place(struct store *st, struct gs_tensor *t)
{
	t = gs_tensor_root(t);
	free(st->at[t->id]);
	st->at[t->id] = calloc(st->samples + 1, bytes_of(t) + 1);
	return st->at[t->id] ? 0 : -ENOMEM;
}

static void keep(struct store *st, struct gs_tensor *t, size_t sample)
{
	memcpy(place_of(st, t, sample), gs_eval_data(st->eval, t), bytes_of(t));
}

static void load(struct store *st, struct gs_tensor *t, size_t sample)
{
	if (t && st->at[gs_tensor_root(t)->id])
		memcpy(gs_eval_data(st->eval, t), place_of(st, t, sample),
		       bytes_of(t));
}

/* One use less; what nobody reads any more is freed. */
static void release(struct store *st, struct gs_tensor *t)
{
	const unsigned id = t ? gs_tensor_root(t)->id : 0;

	if (!t || !st->at[id] || (st->left[id] && --st->left[id]))
		return;
	free(st->at[id]);
	st->at[id] = NULL;
}

static int load_inputs(struct store *st, struct gs_shift *s,
		       const struct gs_graph *graph)
{
	size_t sample;
	unsigned i;

	for (i = 0; i < graph->num_inputs; i++)
		if (make_place(st, graph->input[i]) < 0)
			return -ENOMEM;
	/* The same samples again. */
	s->samples.graph = graph;
	for (sample = 0; sample < st->samples; sample++) {
		gs_samples_load(&s->samples, sample, st->eval);
		for (i = 0; i < graph->num_inputs; i++) {
			gs_eval_round(graph->input[i],
				      gs_eval_data(st->eval, graph->input[i]));
			keep(st, graph->input[i], sample);
		}
	}
	return 0;
}

/* ---- correction ---------------------------------------------------------- */

/*
 * Of what @num samples lack in a channel, the part to add: their mean, times what
 * James and Stein leave of one that is known with the error of its samples.
 */
static double agreed(const double *lack, size_t num, size_t step)
{
	double sum = 0, squares = 0, mean, error;
	size_t i;

	for (i = 0; i < num; i++)
		sum += lack[i * step];
	mean = sum / (double)num;
	for (i = 0; i < num; i++)
		squares += (lack[i * step] - mean) * (lack[i * step] - mean);
	error = squares / (double)(num * (num - 1));
	return mean * mean > error ? mean - error / mean : 0;
}

/* The integers of a bias with @add, and what that really adds. */
static int set_bias(struct gs_graph *graph, struct gs_tensor *b, double *add)
{
	const int64_t num = gs_shape_elems(&b->shape);
	const int32_t *old = b->qdata;
	float *values =
		gs_graph_alloc_array(graph, (size_t)num, sizeof(*values));
	int32_t *now = gs_graph_alloc_array(graph, (size_t)num, sizeof(*now));
	int64_t c;

	if (!values || !now)
		return -ENOMEM;
	for (c = 0; c < num; c++) {
		const double scale =
			(double)b->quant.scale[b->quant.num_scales > 1 ? c : 0];
		const double want = rint(old[c] + add[c] / scale);

		now[c] = want < -GS_BIAS_LIMIT ? -GS_BIAS_LIMIT :
			 want > GS_BIAS_LIMIT  ? GS_BIAS_LIMIT :
						 (int32_t)want;
		add[c] = scale * ((double)now[c] - (double)old[c]);
		values[c] =
			(float)((double)((const float *)b->data)[c] + add[c]);
	}
	b->data = values;
	b->qdata = now;
	return 0;
}

/* A bias of integers that no other node reads, of a layer whose input was observed */
static struct gs_tensor *bias_of(struct gs_graph *graph,
				 const struct gs_node *node)
{
	struct gs_tensor *b = gs_input(node, 2);

	return b && b->data && b->qdata && b->quant.type == GS_DT_I32 &&
			       !b->quant.zero_point &&
			       gs_tensor_root(node->input[0])->channel_mean &&
			       gs_graph_num_uses(graph, b) == 1 ?
		       b :
		       NULL;
}

static void add_to_channels(const struct gs_node *node, const double *add,
			    float *values)
{
	const struct gs_shape *s = &node->output[0]->shape;
	const int64_t num = channels_of(node);
	const int64_t inner = gs_shape_elems(s) / num / s->dim[0];
	int64_t n, c, i;

	for (n = 0; n < s->dim[0]; n++)
		for (c = 0; c < num; c++)
			for (i = 0; i < inner; i++)
				*values++ += (float)add[c];
}

/* What samples have in step @step is not finished yet. */
static int correct(struct gs_shift *s, struct store *st, struct gs_graph *graph,
		   size_t step)
{
	const struct gs_node *node = s->node[step];
	const size_t num = (size_t)channels_of(node);
	struct gs_tensor *b = bias_of(graph, node);
	double *got = calloc(num + 1, sizeof(*got));
	double *lack = s->mean[step];
	size_t sample, c;
	int ret = 0;

	for (sample = 0; got && b && sample < st->samples; sample++) {
		take_means(node, place_of(st, node->output[0], sample), got);
		for (c = 0; c < num; c++)
			lack[sample * num + c] -= got[c];
	}
	for (c = 0; got && c < num; c++)
		got[c] = b ? agreed(lack + c, st->samples, num) : 0;
	if (got && b)
		ret = set_bias(graph, b, got);
	for (sample = 0; got && b && !ret && sample < st->samples; sample++)
		add_to_channels(node, got,
				place_of(st, node->output[0], sample));
	free(got);
	return got ? ret : -ENOMEM;
}

static int make_results(struct store *st, const struct gs_node *node)
{
	unsigned i;

	for (i = 0; i < node->num_outputs; i++)
		if (node->output[i] && make_place(st, node->output[i]) < 0)
			return -ENOMEM;
	return 0;
}

static void run_part(struct store *st, const struct gs_node *node, size_t step,
		     void (*part)(struct gs_eval *eval, size_t index),
		     bool results)
{
	const unsigned num = results ? node->num_outputs : node->num_inputs;
	size_t sample;
	unsigned i;

	for (sample = 0; sample < st->samples; sample++) {
		for (i = 0; i < num; i++)
			load(st, results ? node->output[i] : node->input[i],
			     sample);
		part(st->eval, step);
		for (i = 0; i < node->num_outputs; i++)
			if (node->output[i])
				keep(st, node->output[i], sample);
	}
}

static int run_step(struct gs_shift *s, struct store *st,
		    struct gs_graph *graph, size_t step)
{
	const struct gs_node *node = s->node[step];
	unsigned i;
	int ret = make_results(st, node);

	if (!ret && s->mean[step]) {
		run_part(st, node, step, gs_eval_sum, false);
		ret = correct(s, st, graph, step);
		if (!ret)
			run_part(st, node, step, gs_eval_finish, true);
	} else if (!ret) {
		run_part(st, node, step, gs_eval_step, false);
	}
	for (i = 0; i < node->num_inputs; i++)
		release(st, node->input[i]);
	for (i = 0; i < node->num_outputs; i++)
		if (node->output[i] &&
		    !st->left[gs_tensor_root(node->output[i])->id])
			release(st, node->output[i]);
	return ret;
}

int gs_shift_correct(struct gs_shift *s, struct gs_graph *graph,
		     struct gs_diag *diag)
{
	struct store st;
	size_t i;
	int ret;

	if (!s)
		return 0;
	ret = store_open(&st, graph, s->samples.num, diag);
	if (!ret && load_inputs(&st, s, graph) < 0)
		ret = gs_nomem(diag);
	for (i = 0; !ret && i < s->num_steps; i++)
		if (gs_eval_node(st.eval, i) != s->node[i] ||
		    run_step(s, &st, graph, i) < 0)
			ret = gs_nomem(diag);
	store_close(&st);
	return ret;
}
