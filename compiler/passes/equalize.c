/* SPDX-License-Identifier: MIT */
/*
 * Channels of an activation have one scale, so a channel of a small range has
 * few steps. What computes a channel can multiply it by a constant for nothing,
 * and what reads it divide by that: convolutions by their weights, HardSwish by
 * a factor for each channel. In between stand operators that keep such a factor,
 * as Relu, Add or Resize: all channels they join have the same one.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

#define MOST 64 /* the largest factor */
/* Of the bits a channel lacks, where dense weights read it */
#define SHARE (2.0 / 3)
#define FIXED 0 /* the class of channels that keep their values */

struct equalize {
	struct gs_graph *graph;
	unsigned *first; /* element of channel 0, by tensor id; 0: has none */
	unsigned *parent; /* of each element; the root of a class is its own */
	float *part; /* of each class: the largest its channels have of a tensor's range */
	bool *dense; /* classes of channels that share a row of weights with others */
	unsigned num;
};

/* ---- classes of channels ------------------------------------------------- */

static unsigned find(struct equalize *e, unsigned i)
{
	while (e->parent[i] != i) {
		e->parent[i] = e->parent[e->parent[i]];
		i = e->parent[i];
	}
	return i;
}

/* The smaller element is the root, so that FIXED stays. */
static void join(struct equalize *e, unsigned a, unsigned b)
{
	a = find(e, a);
	b = find(e, b);
	if (a < b)
		e->parent[b] = a;
	else
		e->parent[a] = b;
}

static int64_t channels(const struct gs_tensor *t)
{
	return t->shape.rank > 1 ? t->shape.dim[1] : 0;
}

static void fix(struct equalize *e, struct gs_tensor *t)
{
	int64_t c;

	t = t ? gs_tensor_root(t) : NULL;
	if (!t || t->data || !e->first[t->id])
		return;
	for (c = 0; c < channels(t); c++)
		join(e, FIXED, e->first[t->id] + (unsigned)c);
}

static void fix_all(struct equalize *e, const struct gs_node *node)
{
	unsigned i;

	for (i = 0; i < node->num_inputs; i++)
		fix(e, node->input[i]);
	for (i = 0; i < node->num_outputs; i++)
		fix(e, node->output[i]);
}

/* @num channels of @a from @at on and those of @b from @from on */
static bool join_channels(struct equalize *e, const struct gs_tensor *a,
			  int64_t at, const struct gs_tensor *b, int64_t from,
			  int64_t num)
{
	int64_t c;

	if (!e->first[a->id] || !e->first[b->id] || at < 0 || from < 0 ||
	    at + num > channels(a) || from + num > channels(b))
		return false;
	for (c = 0; c < num; c++)
		join(e, e->first[a->id] + (unsigned)(at + c),
		     e->first[b->id] + (unsigned)(from + c));
	return true;
}

/* ---- what nodes do to channels ------------------------------------------- */

static const char *const by_channel[] = {
	"Relu",		 "LeakyRelu",	      "MaxPool", "AveragePool",
	"GlobalMaxPool", "GlobalAveragePool", NULL
};
static const char *const weighted[] = { "Conv", "ConvTranspose", "Gemm", NULL };
static const char *const sums[] = { "Add", "Sub", "Max", "Min", NULL };

static bool is_free(const struct gs_tensor *t)
{
	return t->data && t->type == GS_DT_F32 && !t->quant.valid;
}

/* Its weights take any factor of its input and of its result. */
static bool visit_weighted(struct equalize *e, const struct gs_node *node)
{
	const unsigned num = node->num_inputs - (node->residual ? 1 : 0);
	unsigned i;

	for (i = 1; i < num; i++)
		if (node->input[i] && !is_free(node->input[i]))
			return false;
	return !node->residual ||
	       join_channels(e, node->output[0], 0, node->input[num], 0,
			     channels(node->output[0]));
}

static bool visit_sum(struct equalize *e, const struct gs_node *node)
{
	const struct gs_tensor *y = node->output[0];
	unsigned i;

	for (i = 0; i < 2; i++)
		if (node->input[i]->data ||
		    !gs_shape_equal(&node->input[i]->shape, &y->shape) ||
		    !join_channels(e, y, 0, node->input[i], 0, channels(y)))
			return false;
	return true;
}

/* A factor between bounds, or of another shape, as a gate is */
static bool is_gate(const struct gs_tensor *t, const struct gs_tensor *y)
{
	static const char *const bounded[] = { "Sigmoid", "HardSigmoid", "Tanh",
					       "Softmax", NULL };

	return !gs_shape_equal(&t->shape, &y->shape) ||
	       (t->producer && (t->producer->activation == GS_ACT_CLIP ||
				gs_op_in(t->producer, bounded)));
}

/* The product passes on what one of its factors has; the other keeps its values. */
static bool visit_product(struct equalize *e, const struct gs_node *node)
{
	const struct gs_tensor *y = node->output[0];
	const unsigned x = gs_op_is(node, "Mul") && !node->input[1]->data &&
			   is_gate(node->input[0], y);

	if (node->input[x]->data || node->input[0] == node->input[1] ||
	    !gs_shape_equal(&node->input[x]->shape, &y->shape))
		return false;
	fix(e, node->input[!x]);
	return join_channels(e, y, 0, node->input[x], 0, channels(y));
}

/* Zeros around the picture and behind its channels */
static bool visit_pad(struct equalize *e, const struct gs_node *node)
{
	const struct gs_attr *pads = gs_node_attr(node, "pads");
	const char *mode = gs_node_attr_string(node, "mode", "constant");
	const struct gs_tensor *x = node->input[0], *y = node->output[0];

	if (!pads || pads->num < 4 ||
	    gs_node_attr_float(node, "value", 0) != 0.0f ||
	    (channels(x) != channels(y) && strcmp(mode, "constant") != 0))
		return false;
	return join_channels(e, y, pads->ints[1], x, 0, channels(x));
}

static bool visit_join(struct equalize *e, const struct gs_node *node)
{
	const struct gs_op_rules *rules = e->graph->rules;
	struct gs_diag silent = { 0 };
	int64_t extent[GS_MAX_IO], at = 0;
	const int axis =
		rules->along(rules->ctx, e->graph, node, extent, &silent);
	unsigned i = rules->source(rules->ctx, node);

	for (; axis >= 0 && i < node->num_inputs; i++) {
		const struct gs_tensor *x = node->input[i];

		if (x->data ||
		    !join_channels(e, node->output[0], at, x, 0, channels(x)))
			return false;
		at += axis == 1 ? channels(x) : 0;
	}
	return axis >= 0;
}

static bool visit_slice(struct equalize *e, const struct gs_node *node)
{
	const struct gs_attr *starts = gs_node_attr(node, "starts");
	const struct gs_attr *steps = gs_node_attr(node, "steps");
	const struct gs_tensor *y = node->output[0];

	return starts && steps && starts->num > 1 && steps->num > 1 &&
	       steps->ints[1] == 1 &&
	       join_channels(e, y, 0, node->input[0], starts->ints[1],
			     channels(y));
}

/* Factors of each channel: of pictures with channels innermost in memory */
static bool takes_factors(const struct gs_node *node)
{
	return node->num_inputs == 1 && node->input[0]->shape.rank == 4 &&
	       gs_tensor_order(node->input[0]) == GS_ORDER_NCHW &&
	       (!node->has_order || node->order == GS_ORDER_NCHW);
}

/* Joins channels that have one factor; false: none of them may have any */
/* What is stretched along other axes only */
static bool visit_between(struct equalize *e, const struct gs_node *node)
{
	const struct gs_tensor *x = node->input[0], *y = node->output[0];

	return gs_node_keeps_axis(e->graph, node, 1) &&
	       join_channels(e, y, 0, x, 0, channels(x));
}

static bool visit(struct equalize *e, const struct gs_node *node)
{
	const struct gs_tensor *x = gs_input(node, 0), *y = node->output[0];

	if (!x || !y || node->activation == GS_ACT_CLIP)
		return false;
	if (gs_op_in(node, weighted))
		return visit_weighted(e, node);
	if (gs_op_is(node, "HardSwish"))
		return takes_factors(node);
	if (gs_op_in(node, by_channel))
		return channels(x) == channels(y) &&
		       join_channels(e, y, 0, x, 0, channels(x));
	if (gs_op_in(node, sums))
		return visit_sum(e, node);
	if (gs_op_is(node, "Mul") || gs_op_is(node, "Div"))
		return visit_product(e, node);
	if (gs_op_is(node, "Pad"))
		return visit_pad(e, node);
	if (gs_node_moves(e->graph, node) == GS_MOVE_JOIN)
		return visit_join(e, node);
	if (gs_node_moves(e->graph, node) == GS_MOVE_BETWEEN)
		return visit_between(e, node);
	return gs_op_is(node, "Slice") && visit_slice(e, node);
}

static bool has_views(const struct gs_node *node)
{
	unsigned i;

	for (i = 0; i < node->num_inputs; i++)
		if (node->input[i] && node->input[i]->view_of)
			return true;
	return false;
}

static void make_classes(struct equalize *e)
{
	const struct gs_graph *g = e->graph;
	const struct gs_node *node;
	unsigned i;

	for (i = 0; i < e->num; i++)
		e->parent[i] = i;
	for (i = 0; i < g->num_inputs; i++)
		fix(e, g->input[i]);
	for (i = 0; i < g->num_outputs; i++)
		fix(e, g->output[i]);
	for (i = 0; i < g->num_tensors; i++)
		if (g->tensor[i]->quant.valid || !g->tensor[i]->channel_range)
			fix(e, g->tensor[i]);
	for (node = g->node; node; node = node->next)
		if (has_views(node) || !visit(e, node))
			fix_all(e, node);
}

/* ---- factors ------------------------------------------------------------- */

/* The range of a channel, without what its readers do not tell apart */
static void range_of(const struct gs_tensor *t, int64_t c, float range[2])
{
	range[0] = fmaxf(t->channel_range[2 * c], t->min);
	range[1] = fminf(t->channel_range[2 * c + 1], t->max);
}

static void measure(struct equalize *e, const struct gs_tensor *t)
{
	float range[2], widest = 0;
	int64_t c;

	for (c = 0; c < channels(t); c++) {
		range_of(t, c, range);
		widest = fmaxf(widest, range[1] - range[0]);
	}
	for (c = 0; c < channels(t) && widest > 0; c++) {
		float *part = &e->part[find(e, e->first[t->id] + (unsigned)c)];

		range_of(t, c, range);
		*part = fmaxf(*part, (range[1] - range[0]) / widest);
	}
}

/* Weights of one scale for several channels of the input */
static void mark_dense(struct equalize *e, const struct gs_node *node)
{
	const struct gs_tensor *x = node->input[0];
	const int64_t group = gs_node_attr_int(node, "group", 1);
	int64_t c;

	if (!gs_op_in(node, weighted) || x->view_of || !e->first[x->id] ||
	    group == channels(x))
		return;
	for (c = 0; c < channels(x); c++)
		e->dense[find(e, e->first[x->id] + (unsigned)c)] = true;
}

/*
 * What channel @c of @t is multiplied by: a power of two, which rounds nothing.
 * Weights that several channels share a scale of would lose what the channel
 * wins: they leave a third of its bits.
 */
static double factor(struct equalize *e, struct gs_tensor *t, int64_t c)
{
	unsigned class;
	double bits;

	if (t->data || t->view_of || !e->first[t->id])
		return 1;
	class = find(e, e->first[t->id] + (unsigned)c);
	if (class == FIXED || !(e->part[class] > 0))
		return 1;
	bits = -log2((double)e->part[class]);
	return fmin(exp2(floor(bits * (e->dense[class] ? SHARE : 1))), MOST);
}

static bool is_scaled(struct equalize *e, struct gs_tensor *t)
{
	int64_t c;

	for (c = 0; c < channels(t); c++)
		if (factor(e, t, c) != 1)
			return true;
	return false;
}

/* ---- nodes and ranges ---------------------------------------------------- */

static struct gs_tensor *new_constant(struct equalize *e, const char *base,
				      const char *suffix,
				      const struct gs_shape *shape,
				      float **data)
{
	const char *name = gs_graph_printf(e->graph, "%s_%s", base, suffix);
	struct gs_tensor *t;
	void *room;

	t = name ? gs_add_constant(e->graph, name, GS_DT_F32, shape, &room) :
		   NULL;
	*data = t ? room : NULL;
	return t;
}

/* The factors of @num channels of @t, or one over them; NULL: out of memory */
static double *factors_of(struct equalize *e, struct gs_tensor *t, int64_t num,
			  bool inverse)
{
	double *by = malloc(((size_t)num + 1) * sizeof(*by));
	int64_t c;

	for (c = 0; by && c < num; c++)
		by[c] = inverse ? 1 / factor(e, t, c) : factor(e, t, c);
	return by;
}

/* Rows of weights: each joins one channel of the input and one of the result. */
static void scale_rows(const struct gs_node *node, const double *out_by,
		       const double *in_by, const float *w, float *data)
{
	const struct gs_shape *s = &node->input[1]->shape;
	const int64_t group = gs_node_attr_int(node, "group", 1);
	const int64_t each = gs_shape_elems(s) / s->dim[0] / s->dim[1];
	const bool transposed = gs_op_is(node, "ConvTranspose");
	int64_t row, col, i;

	for (row = 0; row < s->dim[0]; row++) {
		const int64_t first = row / (s->dim[0] / group) * s->dim[1];

		for (col = 0; col < s->dim[1]; col++) {
			const double by =
				transposed ? out_by[first + col] * in_by[row] :
					     out_by[row] * in_by[first + col];

			for (i = 0; i < each; i++)
				*data++ = (float)((double)*w++ * by);
		}
	}
}

static int scale_weights(struct equalize *e, struct gs_node *node)
{
	struct gs_tensor *w = node->input[1];
	const struct gs_tensor *b = gs_input(node, 2);
	const float *values = w->data;
	const bool bias = b && !(node->residual && node->num_inputs == 3);
	const int64_t group = gs_node_attr_int(node, "group", 1);
	const int64_t rows = w->shape.dim[0], cols = w->shape.dim[1] * group;
	const bool transposed = gs_op_is(node, "ConvTranspose");
	double *out_by =
		factors_of(e, node->output[0], transposed ? cols : rows, false);
	double *in_by =
		factors_of(e, node->input[0], transposed ? rows : cols, true);
	struct gs_tensor *t = NULL, *shift = NULL;
	float *data, *shifts;
	int64_t i;

	if (out_by && in_by)
		t = gs_change_constant(e->graph, w, "equalized", &data);
	if (t && bias)
		shift = new_constant(e, b->name, "equalized", &b->shape,
				     &shifts);
	if (t && (shift || !bias)) {
		scale_rows(node, out_by, in_by, values, data);
		gs_node_set_input(node, 1, t);
	}
	for (i = 0; shift && i < gs_shape_elems(&b->shape); i++)
		shifts[i] = (float)((double)((const float *)b->data)[i] *
				    out_by[i]);
	if (shift)
		gs_node_set_input(node, 2, shift);
	free(out_by);
	free(in_by);
	return t && (shift || !bias) ? 0 : -1;
}

static int set_factors(struct equalize *e, struct gs_node *node)
{
	const struct gs_shape shape = { 1, { channels(node->output[0]) } };
	struct gs_tensor *g, *a;
	float *of_input, *of_output;
	int64_t c;

	g = new_constant(e, node->name, "g", &shape, &of_input);
	a = new_constant(e, node->name, "a", &shape, &of_output);
	if (!g || !a)
		return -1;
	for (c = 0; c < shape.dim[0]; c++) {
		of_input[c] = (float)(1 / factor(e, node->input[0], c));
		of_output[c] = (float)factor(e, node->output[0], c);
	}
	gs_node_set_input(node, 1, g);
	gs_node_set_input(node, 2, a);
	return 0;
}

static int rewrite(struct equalize *e, struct gs_node *node)
{
	const bool swish = gs_op_is(node, "HardSwish");

	if ((!swish && !gs_op_in(node, weighted)) ||
	    (!is_scaled(e, node->input[0]) && !is_scaled(e, node->output[0])))
		return 0;
	return swish ? set_factors(e, node) : scale_weights(e, node);
}

static void scale_ranges(struct equalize *e, struct gs_tensor *t)
{
	float low = 0, high = 0, range[2];
	int64_t c;

	for (c = 0; c < channels(t); c++) {
		const float by = (float)factor(e, t, c);

		range_of(t, c, range);
		low = fminf(low, range[0] * by);
		high = fmaxf(high, range[1] * by);
		t->channel_range[2 * c] *= by;
		t->channel_range[2 * c + 1] *= by;
		if (t->channel_mean)
			t->channel_mean[c] *= by;
	}
	t->min = low;
	t->max = high;
}

static int prepare(struct equalize *e)
{
	const struct gs_graph *g = e->graph;
	unsigned i;

	e->first = gs_graph_alloc_array(e->graph, g->num_tensors + 1,
					sizeof(*e->first));
	if (!e->first)
		return -1;
	e->num = 1; /* FIXED */
	for (i = 0; i < g->num_tensors; i++) {
		if (!g->tensor[i]->channel_range)
			continue;
		e->first[i] = e->num;
		e->num += (unsigned)channels(g->tensor[i]);
	}
	e->parent = gs_graph_alloc_array(e->graph, e->num, sizeof(*e->parent));
	e->part = gs_graph_alloc_array(e->graph, e->num, sizeof(*e->part));
	e->dense = gs_graph_alloc_array(e->graph, e->num, sizeof(*e->dense));
	return e->parent && e->part && e->dense ? 0 : -1;
}

int gs_pass_equalize(struct gs_graph *graph, struct gs_diag *diag)
{
	struct equalize e = { .graph = graph };
	const unsigned num = graph->num_tensors;
	struct gs_node *node;
	unsigned i;

	if (gs_limit_ranges(graph) < 0 || prepare(&e) < 0)
		return gs_nomem(diag);
	make_classes(&e);
	for (i = 0; i < num; i++)
		if (e.first[i])
			measure(&e, graph->tensor[i]);
	for (node = graph->node; node; node = node->next)
		mark_dense(&e, node);
	for (node = graph->node; node; node = node->next)
		if (rewrite(&e, node) < 0)
			return gs_nomem(diag);
	for (i = 0; i < num; i++)
		if (e.first[i] && is_scaled(&e, graph->tensor[i]))
			scale_ranges(&e, graph->tensor[i]);
	return gs_graph_prune(graph) < 0 ? gs_nomem(diag) : 0;
}
