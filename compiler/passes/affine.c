/* SPDX-License-Identifier: MIT */
/*
 * What scales and shifts the channels of a convolution's result becomes a part
 * of its weights and bias.
 */
#include <errno.h>
#include <math.h>

#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

static const char *const takes[] = { "Conv", "ConvTranspose", "Gemm", NULL };

struct fold {
	struct gs_graph *graph;
	struct gs_node *node, *into;
	struct gs_diag *diag;
	int64_t channels;
	double *factor, *addend; /* of each channel */
};

/* ---- factors and addends ------------------------------------------------- */

static int of_batchnorm(struct fold *f)
{
	const double eps =
		(double)gs_node_attr_float(f->node, "epsilon", 1e-5f);
	const float *param[4]; /* gamma, beta, mean, variance */
	int64_t c;
	unsigned i;

	for (i = 0; i < 4; i++)
		param[i] = f->node->input[i + 1]->data;
	for (c = 0; c < f->channels; c++) {
		double var = (double)param[3][c] + eps;

		if (!(var > 0.0))
			return gs_node_error(
				f->diag, -EINVAL, f->node,
				"channel %lld: variance + epsilon is %g, it must be positive",
				(long long)c, var);
		f->factor[c] = (double)param[0][c] / sqrt(var);
		f->addend[c] = (double)param[1][c] -
			       (double)param[2][c] * f->factor[c];
	}
	return 0;
}

static void of_line(struct fold *f)
{
	int64_t c;

	for (c = 0; c < f->channels; c++) {
		f->factor[c] =
			(double)gs_node_attr_float(f->node, "alpha", 0.2f);
		f->addend[c] =
			(double)gs_node_attr_float(f->node, "beta", 0.5f);
	}
}

/* Of an operator with a constant, one value or one for each channel */
static void of_constant(struct fold *f)
{
	const bool first = f->node->input[0]->data;
	const struct gs_tensor *k = f->node->input[!first];
	const int64_t step = gs_shape_elems(&k->shape) != 1;
	int64_t c;

	for (c = 0; c < f->channels; c++) {
		const double v = (double)((const float *)k->data)[c * step];

		f->factor[c] = 1;
		if (gs_op_is(f->node, "Mul"))
			f->factor[c] = v;
		else if (gs_op_is(f->node, "Div"))
			f->factor[c] = 1 / v;
		else if (gs_op_is(f->node, "Add"))
			f->addend[c] = v;
		else /* Sub */
			f->addend[c] = first ? v : -v;
		if (gs_op_is(f->node, "Sub") && first)
			f->factor[c] = -1;
	}
}

static int set_factors(struct fold *f)
{
	f->factor = gs_graph_alloc_array(f->graph, (size_t)f->channels,
					 2 * sizeof(*f->factor));
	if (!f->factor)
		return gs_nomem(f->diag);
	f->addend = f->factor + f->channels;
	if (gs_op_is(f->node, "BatchNormalization"))
		return of_batchnorm(f);
	if (gs_op_is(f->node, "HardSigmoid"))
		of_line(f);
	else
		of_constant(f);
	return 0;
}

/* ---- weights and bias ---------------------------------------------------- */

static struct gs_tensor *new_param(struct fold *f, const char *base,
				   const char *suffix,
				   const struct gs_shape *shape, void **data)
{
	const char *name = gs_graph_printf(f->graph, "%s_%s", base, suffix);

	return name ? gs_add_constant(f->graph, name, GS_DT_F32, shape, data) :
		      NULL;
}

/* The output channel of row @row of weights; those of ConvTranspose are [IC, OC / group, ...] */
static int64_t channel_of(const struct fold *f, int64_t row)
{
	const struct gs_shape *s = &f->into->input[1]->shape;

	if (!gs_op_is(f->into, "ConvTranspose"))
		return row;
	return row / s->dim[1] / (s->dim[0] / (f->channels / s->dim[1])) *
		       s->dim[1] +
	       row % s->dim[1];
}

static int scale_weights(struct fold *f)
{
	struct gs_tensor *w = f->into->input[1], *t;
	const int64_t elems = gs_shape_elems(&w->shape);
	const bool turned = gs_op_is(f->into, "ConvTranspose");
	const int64_t rows = w->shape.dim[0] * (turned ? w->shape.dim[1] : 1);
	const float *from = w->data;
	int64_t row, i;
	float *data;

	t = gs_change_constant(f->graph, w, "scaled", &data);
	if (!t)
		return gs_nomem(f->diag);
	for (row = 0; row < rows; row++) {
		const double by = f->factor[channel_of(f, row)];

		for (i = 0; i < elems / rows; i++)
			*data++ = (float)((double)*from++ * by);
	}
	gs_node_set_input(f->into, 1, t);
	return 0;
}

static int shift_bias(struct fold *f)
{
	const struct gs_tensor *b = gs_input(f->into, 2);
	const struct gs_shape shape = { 1, { f->channels } };
	const float *old = b ? b->data : NULL;
	struct gs_tensor *t;
	void *data;
	int64_t c;

	t = new_param(f, b ? b->name : f->into->name, b ? "scaled" : "bias",
		      &shape, &data);
	if (!t)
		return gs_nomem(f->diag);
	for (c = 0; c < f->channels; c++)
		((float *)data)[c] =
			(float)((old ? (double)old[c] : 0.0) * f->factor[c] +
				f->addend[c]);
	gs_node_set_input(f->into, 2, t);
	return 0;
}

/* The line of HardSigmoid is folded: its bounds are left. What they bound is a new value. */
static int keep_bounds(struct fold *f)
{
	struct gs_tensor *was = f->into->output[0];
	struct gs_tensor *t =
		gs_add_derived(f->graph, was, "line", &was->shape);

	if (!t)
		return gs_nomem(f->diag);
	was->producer = NULL;
	gs_node_set_output(f->into, 0, t);
	gs_node_set_input(f->node, 0, t);
	f->node->op = "Clip";
	f->node->num_attrs = 0;
	if (gs_node_set_attr_float(f->graph, f->node, "min", 0) < 0 ||
	    gs_node_set_attr_float(f->graph, f->node, "max", 1) < 0)
		return gs_nomem(f->diag);
	return 0;
}

static int fold(struct fold *f)
{
	int ret;

	f->channels = f->node->output[0]->shape.dim[1];
	ret = set_factors(f);
	if (!ret)
		ret = scale_weights(f);
	if (!ret)
		ret = shift_bias(f);
	if (ret < 0)
		return ret;
	if (gs_op_is(f->node, "HardSigmoid"))
		return keep_bounds(f);
	if (gs_node_add_fused(f->graph, f->into, f->node->name) < 0)
		return gs_nomem(f->diag);
	gs_graph_remove_node(f->graph, f->node);
	gs_node_set_output(f->into, 0, f->node->output[0]);
	return 0;
}

/* ---- what folds ---------------------------------------------------------- */

/* One value, or one for each channel, that are not 0 where divided by */
static bool is_channel_constant(const struct gs_node *node, unsigned index)
{
	const struct gs_tensor *k = node->input[index], *out = node->output[0];
	const int64_t num = gs_shape_elems(&k->shape);
	int64_t i;

	if (!k->data || k->type != GS_DT_F32 || num < 1 ||
	    (num != 1 && (k->shape.rank != out->shape.rank ||
			  k->shape.dim[1] != num || num != out->shape.dim[1])))
		return false;
	for (i = 0; i < num; i++)
		if (!isfinite(((const float *)k->data)[i]) ||
		    (gs_op_is(node, "Div") &&
		     ((const float *)k->data)[i] == 0.0f))
			return false;
	return true;
}

/* The input that @node scales and shifts, or NULL */
static struct gs_tensor *operand(const struct gs_node *node)
{
	static const char *const with_constant[] = { "Add", "Sub", "Mul", "Div",
						     NULL };
	unsigned x;

	if (gs_op_is(node, "BatchNormalization") ||
	    gs_op_is(node, "HardSigmoid"))
		return node->input[0];
	if (!gs_op_in(node, with_constant) || node->num_inputs != 2)
		return NULL;
	x = node->input[0]->data != NULL;
	if (node->input[x]->data || !is_channel_constant(node, !x) ||
	    (x && gs_op_is(node, "Div")))
		return NULL;
	return node->input[x];
}

/* A constant that may become another: no quantized model says what its integers are. */
static bool is_free(const struct gs_tensor *t)
{
	return t->data && t->type == GS_DT_F32 && !t->quant.valid;
}

/* The node @node folds into, or NULL */
static struct gs_node *target(const struct gs_node *node, const unsigned *uses)
{
	const struct gs_tensor *x = operand(node);
	const struct gs_node *into = x ? x->producer : NULL;
	const struct gs_tensor *bias;

	if (!into || uses[x->id] != 1 || x->quant.valid ||
	    !gs_op_in(into, takes) ||
	    !gs_shape_equal(&x->shape, &node->output[0]->shape))
		return NULL;
	bias = gs_input(into, 2);
	if (!is_free(into->input[1]) || (bias && !is_free(bias)))
		return NULL;
	return x->producer;
}

int gs_pass_affine(struct gs_graph *graph, struct gs_diag *diag)
{
	struct fold f = { .graph = graph, .diag = diag };
	unsigned *uses = gs_graph_root_uses(graph);
	struct gs_node *node, *next;
	int ret;

	if (!uses)
		return gs_nomem(diag);
	for (node = graph->node; node; node = next) {
		next = node->next;
		f.node = node;
		f.into = target(node, uses);
		ret = f.into ? fold(&f) : 0;
		if (ret < 0)
			return ret;
	}
	return gs_graph_prune(graph) < 0 ? gs_nomem(diag) : 0;
}
