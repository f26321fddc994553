/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>

#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"

struct fold {
	struct gs_graph *graph;
	struct gs_node *bn, *into;
	struct gs_diag *diag;
	int64_t channels;
	double *factor; /* of each channel */
};

static const float *param(const struct fold *f, unsigned index)
{
	return f->bn->input[index]->data;
}

static int set_factors(struct fold *f)
{
	double eps = (double)gs_node_attr_float(f->bn, "epsilon", 1e-5f);
	int64_t c;

	f->factor = gs_graph_alloc_array(f->graph, (size_t)f->channels,
					 sizeof(*f->factor));
	if (!f->factor)
		return gs_nomem(f->diag);
	for (c = 0; c < f->channels; c++) {
		double var = (double)param(f, 4)[c] + eps;

		if (!(var > 0.0))
			return gs_node_error(
				f->diag, -EINVAL, f->bn,
				"channel %lld: variance + epsilon is %g, it must be positive",
				(long long)c, var);
		f->factor[c] = (double)param(f, 1)[c] / sqrt(var);
	}
	return 0;
}

static struct gs_tensor *new_param(struct fold *f, const char *base,
				   const char *suffix,
				   const struct gs_shape *shape, void **data)
{
	const char *name = gs_graph_printf(f->graph, "%s_%s", base, suffix);

	return name ? gs_add_constant(f->graph, name, GS_DT_F32, shape, data) :
		      NULL;
}

static int scale_weights(struct fold *f)
{
	const struct gs_tensor *w = f->into->input[1];
	int64_t each = gs_shape_elems(&w->shape) / f->channels, c, i;
	const float *from = w->data;
	struct gs_tensor *t;
	void *data;

	t = new_param(f, w->name, "bn", &w->shape, &data);
	if (!t)
		return gs_nomem(f->diag);
	for (c = 0; c < f->channels; c++)
		for (i = c * each; i < (c + 1) * each; i++)
			((float *)data)[i] =
				(float)((double)from[i] * f->factor[c]);
	gs_node_set_input(f->into, 1, t);
	return 0;
}

static int shift_bias(struct fold *f)
{
	const struct gs_tensor *b = gs_input(f->into, 2);
	struct gs_shape shape = { 1, { f->channels } };
	const float *old = b ? b->data : NULL;
	struct gs_tensor *t;
	void *data;
	int64_t c;

	t = new_param(f, b ? b->name : f->into->name, b ? "bn" : "bias", &shape,
		      &data);
	if (!t)
		return gs_nomem(f->diag);
	for (c = 0; c < f->channels; c++) {
		double value = old ? (double)old[c] : 0.0;

		value = (value - (double)param(f, 3)[c]) * f->factor[c] +
			(double)param(f, 2)[c];
		((float *)data)[c] = (float)value;
	}
	gs_node_set_input(f->into, 2, t);
	return 0;
}

static int fold(struct fold *f)
{
	int ret;

	f->channels = f->bn->output[0]->shape.dim[1];
	ret = set_factors(f);
	if (!ret)
		ret = scale_weights(f);
	if (!ret)
		ret = shift_bias(f);
	if (ret < 0)
		return ret;
	if (gs_node_add_fused(f->graph, f->into, f->bn->name) < 0)
		return gs_nomem(f->diag);
	gs_graph_remove_node(f->graph, f->bn);
	gs_node_set_output(f->into, 0, f->bn->output[0]);
	return 0;
}

/* The node @bn folds into, or NULL */
static struct gs_node *target(const struct gs_node *bn, const unsigned *uses)
{
	const struct gs_tensor *x = bn->input[0];

	if (!gs_op_is(bn, "BatchNormalization") || !x->producer ||
	    uses[x->id] != 1 || x->quant.valid)
		return NULL;
	if (!gs_op_is(x->producer, "Conv") && !gs_op_is(x->producer, "Gemm"))
		return NULL;
	return x->producer;
}

int gs_pass_batchnorm(struct gs_graph *graph, struct gs_diag *diag)
{
	struct fold f = { .graph = graph, .diag = diag };
	unsigned *uses = gs_graph_root_uses(graph);
	struct gs_node *node, *next;
	int ret;

	if (!uses)
		return gs_nomem(diag);
	for (node = graph->node; node; node = next) {
		next = node->next;
		f.bn = node;
		f.into = target(node, uses);
		ret = f.into ? fold(&f) : 0;
		if (ret < 0)
			return ret;
	}
	return gs_graph_prune(graph) < 0 ? gs_nomem(diag) : 0;
}
