/* SPDX-License-Identifier: MIT */
/*
 * A convolution whose result is taken apart by channels becomes one for each
 * part, which then has steps of its own. What works channel by channel between
 * them, as Resize, is done with each part.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

#define MAX_PARTS 16
#define MAX_BETWEEN 8
#define GAIN 2 /* times finer steps of a part that are worth it */

static const char *const by_channel[] = {
	"Resize",      "Transpose", "Relu", "Clip",    "LeakyRelu",   "Sigmoid",
	"HardSigmoid", "HardSwish", "Tanh", "MaxPool", "AveragePool", NULL
};

struct part {
	struct gs_tensor *out; /* of the Slice or Split */
	int64_t start, num;
};

/* Nodes that read a tensor or a view of it: from first[id] to first[id + 1] */
struct readers {
	size_t *first;
	struct gs_node **node;
};

struct split {
	struct gs_graph *graph;
	struct readers readers;
	struct gs_diag *diag;
	struct gs_node *conv;
	struct gs_node *between[MAX_BETWEEN]; /* from the convolution on */
	unsigned num_between;
	unsigned axis; /* of channels behind these */
	struct part part[MAX_PARTS];
	unsigned num_parts;
};

/* ---- what is taken ------------------------------------------------------- */

static bool add_part(struct split *s, struct gs_tensor *out, int64_t start,
		     int64_t num)
{
	if (!out)
		return true;
	if (s->num_parts == MAX_PARTS || out->quant.valid)
		return false;
	s->part[s->num_parts++] = (struct part){ out, start, num };
	return true;
}

/* Does Slice @node take channels, whole? */
static bool add_slice(struct split *s, const struct gs_node *node)
{
	const struct gs_attr *starts = gs_node_attr(node, "starts");
	const struct gs_attr *steps = gs_node_attr(node, "steps");
	const struct gs_shape *in = &node->input[0]->shape;
	const struct gs_shape *out = &node->output[0]->shape;
	unsigned i;

	if (!starts || !steps || starts->num != in->rank)
		return false;
	for (i = 0; i < in->rank; i++)
		if (steps->ints[i] != 1 ||
		    (i != s->axis && in->dim[i] != out->dim[i]))
			return false;
	return add_part(s, node->output[0], starts->ints[s->axis],
			out->dim[s->axis]);
}

static bool add_split(struct split *s, const struct gs_node *node)
{
	const struct gs_op_rules *rules = s->graph->rules;
	int64_t extent[GS_MAX_IO], start = 0;
	unsigned i;

	if (rules->along(rules->ctx, s->graph, node, extent, s->diag) !=
	    (int)s->axis)
		return false;
	for (i = 0; i < node->num_outputs; start += extent[i++])
		if (!add_part(s, node->output[i], start, extent[i]))
			return false;
	return true;
}

/* ---- readers ------------------------------------------------------------- */

static bool reads_before(const struct gs_node *node, unsigned index)
{
	const struct gs_tensor *root = gs_tensor_root(node->input[index]);
	unsigned i;

	for (i = 0; i < index; i++)
		if (node->input[i] && gs_tensor_root(node->input[i]) == root)
			return true;
	return false;
}

static void free_readers(struct readers *r)
{
	free(r->first);
	free(r->node);
	*r = (struct readers){ 0 };
}

/* Each reader once, in the order of the graph. */
static int list_readers(const struct gs_graph *graph, struct readers *r)
{
	size_t *end = calloc(graph->num_tensors + 2u, sizeof(*end));
	struct gs_node *n;
	size_t total = 0;
	unsigned i, k;

	free_readers(r);
	r->first = end;
	if (!end)
		return -ENOMEM;
	/* Two further on: the number of readers becomes where they begin, and then where they end. */
	for (n = graph->node; n; n = n->next)
		for (i = 0; i < n->num_inputs; i++)
			if (n->input[i] && !reads_before(n, i)) {
				end[gs_tensor_root(n->input[i])->id + 2]++;
				total++;
			}
	for (k = 2; k < graph->num_tensors + 2; k++)
		end[k] += end[k - 1];
	r->node = calloc(total + 1, sizeof(*r->node));
	if (!r->node)
		return -ENOMEM;
	for (n = graph->node; n; n = n->next)
		for (i = 0; i < n->num_inputs; i++)
			if (n->input[i] && !reads_before(n, i))
				r->node[end[gs_tensor_root(n->input[i])->id +
					    1]++] = n;
	return 0;
}

/* All that reads @t takes channels of it. */
static bool find_parts(struct split *s, const struct gs_tensor *t)
{
	const size_t *at = &s->readers.first[t->id];
	int64_t all = 0;
	unsigned i;
	size_t k;

	s->num_parts = 0;
	for (k = at[0]; k < at[1]; k++) {
		const struct gs_node *n = s->readers.node[k];

		if (n->input[0] != t ||
		    !((gs_op_is(n, "Slice") && add_slice(s, n)) ||
		      (gs_node_moves(s->graph, n) == GS_MOVE_SPLIT &&
		       add_split(s, n))))
			return false;
	}
	for (i = 0; i < s->num_parts; i++)
		all += s->part[i].num;
	return s->num_parts && all <= t->shape.dim[s->axis];
}

static bool keeps_channels(struct split *s, const struct gs_node *node)
{
	const struct gs_attr *attr;
	unsigned i;

	if (!gs_op_in(node, by_channel) || node->num_inputs != 1 ||
	    node->activation != GS_ACT_NONE)
		return false;
	if (gs_op_is(node, "Transpose")) {
		attr = gs_node_attr(node, "perm");
		for (i = 0; attr && i < attr->num; i++)
			if (attr->ints[i] == s->axis) {
				s->axis = i;
				return true;
			}
		return false;
	}
	return s->axis == 1 &&
	       node->input[0]->shape.dim[1] == node->output[0]->shape.dim[1];
}

/* The only reader of @t, or NULL */
static struct gs_node *only_reader(const struct split *s,
				   const struct gs_tensor *t)
{
	const size_t *at = &s->readers.first[t->id];
	struct gs_node *n = at[1] - at[0] == 1 ? s->readers.node[at[0]] : NULL;

	return n && n->input[0] == t ? n : NULL;
}

/* Is @t as a whole a result of the model, or has steps already? */
static bool is_fixed(const struct split *s, const struct gs_tensor *t)
{
	unsigned i;

	for (i = 0; i < s->graph->num_outputs; i++)
		if (gs_tensor_root(s->graph->output[i]) == t)
			return true;
	return t->quant.valid;
}

/* From the result of the convolution to what is taken of it */
static bool find(struct split *s)
{
	struct gs_tensor *t = s->conv->output[0];

	s->axis = 1;
	s->num_between = 0;
	while (!is_fixed(s, t) && !find_parts(s, t)) {
		struct gs_node *next = only_reader(s, t);

		if (!next || s->num_between == MAX_BETWEEN ||
		    !keeps_channels(s, next))
			return false;
		s->between[s->num_between++] = next;
		t = next->output[0];
	}
	return !is_fixed(s, t);
}

/* ---- whether it is worth it ---------------------------------------------- */

static void part_range(const struct gs_tensor *t, const struct part *part,
		       float *min, float *max)
{
	int64_t c;

	*min = *max = 0;
	for (c = part->start; c < part->start + part->num; c++) {
		*min = fminf(*min, t->channel_range[2 * c]);
		*max = fmaxf(*max, t->channel_range[2 * c + 1]);
	}
}

static bool is_worth(const struct split *s)
{
	const struct gs_tensor *t = s->conv->output[0];
	float min, max;
	unsigned i;

	if (!t->channel_range || !t->has_range)
		return false;
	for (i = 0; i < s->num_parts; i++) {
		part_range(t, &s->part[i], &min, &max);
		if (s->part[i].num < t->shape.dim[1] &&
		    (max - min) * GAIN <= t->max - t->min)
			return true;
	}
	return false;
}

/* ---- the parts ----------------------------------------------------------- */

/* Rows of @t from the part's first channel on; they are not copied. */
static struct gs_tensor *rows(struct split *s, const struct gs_tensor *t,
			      const struct part *part, unsigned index)
{
	const int64_t each = gs_shape_elems(&t->shape) / t->shape.dim[0];
	const char *name =
		gs_graph_printf(s->graph, "%s_part%u", t->name, index);
	struct gs_shape shape = t->shape;
	struct gs_tensor *out;

	shape.dim[0] = part->num;
	out = name ? gs_graph_add_tensor(s->graph, name, t->type, &shape) :
		     NULL;
	if (out)
		out->data = (const float *)t->data + part->start * each;
	return out;
}

static struct gs_node *copy_node(struct split *s, const struct gs_node *node,
				 unsigned index)
{
	const char *name =
		gs_graph_printf(s->graph, "%s_part%u", node->name, index);
	struct gs_node *copy =
		name ? gs_graph_add_node(s->graph, name, node->op) : NULL;
	struct gs_attr *attr = gs_graph_alloc_array(
		s->graph, node->num_attrs + 1, sizeof(*attr));

	if (!copy || !attr)
		return NULL;
	if (node->num_attrs)
		memcpy(attr, node->attr, node->num_attrs * sizeof(*attr));
	copy->attr = attr;
	copy->num_attrs = node->num_attrs;
	copy->activation = node->activation;
	memcpy(copy->act, node->act, sizeof(copy->act));
	copy->order = node->order;
	copy->has_order = node->has_order;
	copy->fused = node->fused;
	return copy;
}

/* The part of @t, which comes behind channels on @axis */
static struct gs_tensor *part_of(struct split *s, const struct gs_tensor *t,
				 const struct part *part, unsigned axis,
				 unsigned index)
{
	const char *name =
		gs_graph_printf(s->graph, "%s_part%u", t->name, index);
	struct gs_shape shape = t->shape;
	struct gs_tensor *out;

	shape.dim[axis] = part->num;
	out = name ? gs_graph_add_tensor(s->graph, name, t->type, &shape) :
		     NULL;
	if (!out)
		return NULL;
	out->order = t->order;
	out->has_order = t->has_order;
	out->min = part->out->min;
	out->max = part->out->max;
	out->has_range = part->out->has_range;
	if (axis == 1 && t->channel_range)
		part_range(t, part, &out->min, &out->max);
	return out;
}

static unsigned axis_behind(const struct gs_node *node, unsigned axis)
{
	const struct gs_attr *perm = gs_node_attr(node, "perm");
	unsigned i;

	if (!gs_op_is(node, "Transpose"))
		return axis;
	for (i = 0; perm->ints[i] != axis; i++)
		;
	return i;
}

/* A node whose sizes are an attribute has those of its part. */
static int fit_sizes(struct split *s, struct gs_node *node, unsigned axis,
		     const struct part *part)
{
	const struct gs_attr *attr = gs_node_attr(node, "sizes");
	int64_t sizes[GS_MAX_RANK];

	if (!attr)
		return 0;
	memcpy(sizes, attr->ints, attr->num * sizeof(*sizes));
	sizes[axis] = part->num;
	return gs_node_set_attr_ints(s->graph, node, "sizes", sizes, attr->num);
}

static int make_part(struct split *s, const struct part *part, unsigned index)
{
	struct gs_node *node = copy_node(s, s->conv, index);
	struct gs_tensor *t = s->conv->output[0], *x = s->conv->input[0], *w;
	unsigned i, k, axis = 1;

	for (i = 1; node && i < s->conv->num_inputs; i++) {
		w = s->conv->input[i];
		if (w)
			w = rows(s, w, part, index);
		if (!w)
			return -1;
		gs_node_set_input(node, i, w);
	}
	for (k = 0; node; k++) {
		gs_node_set_input(node, 0, x);
		x = k == s->num_between ? part->out :
					  part_of(s, t, part, axis, index);
		if (!x)
			return -1;
		gs_node_set_output(node, 0, x);
		if (k == s->num_between)
			return 0;
		axis = axis_behind(s->between[k], axis);
		t = s->between[k]->output[0];
		node = copy_node(s, s->between[k], index);
		if (node && fit_sizes(s, node, axis, part) < 0)
			return -1;
	}
	return -1;
}

/* Convolutions over all channels of the input, with constant weights */
static bool can_split(const struct gs_node *node)
{
	unsigned i;

	if (node->residual || !(gs_op_is(node, "Gemm") ||
				(gs_op_is(node, "Conv") &&
				 gs_node_attr_int(node, "group", 1) == 1)))
		return false;
	for (i = 1; i < node->num_inputs; i++)
		if (!node->input[i] || !node->input[i]->data ||
		    node->input[i]->quant.valid ||
		    node->input[i]->type != GS_DT_F32)
			return false;
	return true;
}

static int split_all(struct split *s)
{
	struct gs_node *node, *next;
	int ret = list_readers(s->graph, &s->readers);
	unsigned i;

	for (node = s->graph->node; node && !ret; node = next) {
		next = node->next;
		s->conv = node;
		if (!can_split(node) || !find(s) || !is_worth(s))
			continue;
		for (i = 0; i < s->num_parts && !ret; i++) {
			s->part[i].out->producer->num_outputs = 0;
			ret = make_part(s, &s->part[i], i);
		}
		ret = ret ? ret : list_readers(s->graph, &s->readers);
	}
	free_readers(&s->readers);
	return ret;
}

int gs_pass_parts(struct gs_graph *graph, struct gs_diag *diag)
{
	struct split s = { .graph = graph, .diag = diag };
	int ret;

	if (split_all(&s))
		return gs_nomem(diag);
	ret = gs_graph_sort(graph, diag);
	if (ret < 0)
		return ret;
	return gs_remove_dead(graph) < 0 ? gs_nomem(diag) : 0;
}
