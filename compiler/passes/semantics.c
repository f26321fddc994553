/* SPDX-License-Identifier: MIT */
#include "compiler/passes/semantics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "compiler/ir/arena.h"
#include "compiler/ir/names.h"
#include "compiler/passes/eval.h"
#include "compiler/passes/eval_ops.h"
#include "compiler/passes/samples.h"
#include "compiler/passes/util.h"

/* Of the largest value of a tensor: what other orders of sums may change */
#define ROUNDING 2e-4f
/* Of the root mean square of a layer's results: what weights of 8 bits may change */
#define COARSENESS 0.25

/* What a tensor was */
struct value {
	const float *values;
	size_t elems;
};

struct gs_semantics {
	struct gs_arena *arena; /* NULL: nothing was seen yet */
	struct gs_names names; /* struct value by name of the tensor */
};

/** One comparison */
struct check {
	struct gs_semantics *s;
	const struct gs_graph *graph;
	struct gs_eval *eval;
	enum gs_semantics_how how;
	const char *where;
	struct gs_diag *diag;
};

struct gs_semantics *gs_semantics_create(void)
{
	return calloc(1, sizeof(struct gs_semantics));
}

void gs_semantics_destroy(struct gs_semantics *s)
{
	if (s && s->arena)
		gs_arena_destroy(s->arena);
	free(s);
}

static const struct value *before(const struct check *c,
				  const struct gs_tensor *t)
{
	const struct value *v =
		c->s->arena ? gs_names_get(&c->s->names, t->name) : NULL;

	return v && v->elems == gs_eval_elems(t) ? v : NULL;
}

/* ---- comparing ----------------------------------------------------------- */

/* What @t would hold of the values it had: steps, where it has got some */
static float *wanted(const struct gs_tensor *t, const struct value *v)
{
	float *want = calloc(v->elems + 1, sizeof(*want));

	if (!want)
		return NULL;
	memcpy(want, v->values, v->elems * sizeof(*want));
	gs_eval_round(t, want);
	return want;
}

static int report(const struct check *c, const struct gs_tensor *t,
		  const struct gs_node *node, const char *how)
{
	return gs_error(
		c->diag, -EINVAL,
		"%s changes what the graph computes: '%s', the result of node '%s' (%s), %s",
		c->where, t->name, node ? node->name : "-",
		node ? node->op : "input", how);
}

/* Each value is what it was, but for what other orders of sums and ties of steps may change. */
static int compare_values(const struct check *c, const struct gs_tensor *t,
			  const struct gs_node *node, const float *got,
			  const float *want, size_t num)
{
	double limit = 0;
	char text[128];
	size_t i;

	for (i = 0; i < num; i++)
		if (fabs((double)want[i]) > limit)
			limit = fabs((double)want[i]);
	limit = ROUNDING * limit + 1e-6;
	if (t->quant.valid)
		limit += (c->how == GS_SEMANTICS_LOWERS ? 2.01 : 1.01) *
			 (double)t->quant.scale[0];
	for (i = 0; i < num; i++) {
		if (got[i] == want[i] || (isnan(got[i]) && isnan(want[i])) ||
		    fabs((double)got[i] - (double)want[i]) <= limit)
			continue;
		snprintf(
			text, sizeof(text),
			"was %g in element %zu and is %g; it may be off by %.3g",
			(double)want[i], i, (double)got[i], limit);
		return report(c, t, node, text);
	}
	return 0;
}

/* Weights of 8 bits make some values of a layer worse than others: together they are near. */
static int compare_energy(const struct check *c, const struct gs_tensor *t,
			  const struct gs_node *node, const float *got,
			  const float *want, size_t num)
{
	double error = 0, energy = 0, limit;
	char text[128];
	size_t i;

	for (i = 0; i < num; i++) {
		const double d = (double)got[i] - (double)want[i];

		error += d * d;
		energy += (double)want[i] * (double)want[i];
	}
	error = sqrt(error / (double)(num + !num));
	limit = COARSENESS * sqrt(energy / (double)(num + !num)) + 1e-6;
	if (t->quant.valid)
		limit += 1.5 * (double)t->quant.scale[0];
	if (error <= limit)
		return 0;
	snprintf(text, sizeof(text),
		 "is off by %.3g (root of the mean square), may be by %.3g",
		 error, limit);
	return report(c, t, node, text);
}

/* A step of a divisor near 0 changes a quotient by any amount. */
static bool is_quotient(const struct gs_node *node)
{
	return node && gs_op_is(node, "Div") && node->num_inputs > 1 &&
	       node->input[1] && !node->input[1]->data;
}

/* The values of @t, and what they were; who reads it gets that. */
static int compare(const struct check *c, struct gs_tensor *t,
		   const struct gs_node *node, bool replace)
{
	const struct value *v = before(c, t);
	float *got = gs_eval_data(c->eval, t), *want;
	int ret;

	if (!v || (c->how == GS_SEMANTICS_QUANTIZES && is_quotient(node)))
		return 0;
	want = wanted(t, v);
	if (!want)
		return gs_nomem(c->diag);
	ret = c->how == GS_SEMANTICS_QUANTIZES ?
		      compare_energy(c, t, node, got, want, v->elems) :
		      compare_values(c, t, node, got, want, v->elems);
	if (replace)
		memcpy(got, want, v->elems * sizeof(*got));
	free(want);
	return ret;
}

/* Layer by layer, each with inputs as they were */
static int compare_layers(const struct check *c)
{
	const struct gs_node *node;
	size_t i;
	unsigned k;
	int ret = 0;

	for (i = 0; (node = gs_eval_node(c->eval, i)) && !ret; i++) {
		gs_eval_step(c->eval, i);
		for (k = 0; k < node->num_outputs && !ret; k++)
			if (node->output[k])
				ret = compare(c, node->output[k], node, true);
	}
	return ret;
}

static bool writes(const struct gs_node *node, const struct gs_tensor *memory)
{
	unsigned k;

	for (k = 0; k < node->num_outputs; k++)
		if (node->output[k] &&
		    gs_tensor_owner(node->output[k]) == memory)
			return true;
	return false;
}

static bool is_complete(const struct gs_node *node,
			const struct gs_tensor *memory)
{
	for (node = node->next; node; node = node->next)
		if (writes(node, memory))
			return false;
	return true;
}

/* A tensor is compared when the last node has written it, a window when it is read. */
static int compare_lowered(const struct check *c)
{
	const struct gs_node *node;
	size_t i;
	unsigned k;
	int ret = 0;

	for (i = 0; (node = gs_eval_node(c->eval, i)) && !ret; i++) {
		gs_eval_load(c->eval, i);
		for (k = 0; k < node->num_inputs && !ret; k++)
			if (node->input[k] && node->input[k]->part.of)
				ret = compare(c, node->input[k], node, false);
		if (!ret)
			gs_eval_step(c->eval, i);
		for (k = 0; k < node->num_outputs && !ret; k++) {
			struct gs_tensor *t = node->output[k];

			if (t && is_complete(node, gs_tensor_owner(t)))
				ret = compare(c, gs_tensor_owner(t), node,
					      true);
		}
	}
	return ret;
}

/* Inputs have steps too. */
static void round_inputs(const struct check *c)
{
	unsigned k;

	for (k = 0; k < c->graph->num_inputs; k++)
		gs_eval_round(c->graph->input[k],
			      gs_eval_data(c->eval, c->graph->input[k]));
}

static int compare_outputs(const struct check *c)
{
	unsigned k;
	int ret = 0;

	for (k = 0; k < c->graph->num_outputs && !ret; k++) {
		struct gs_tensor *t = c->graph->output[k];

		/* A view may say the same elements in another order by now. */
		if (c->how == GS_SEMANTICS_LOWERS && t->view_of)
			continue;
		ret = compare(c, t, gs_tensor_root(t)->producer, false);
	}
	return ret;
}

/* ---- remembering --------------------------------------------------------- */

static int keep(struct gs_names *names, const struct gs_eval *eval,
		const struct gs_tensor *t)
{
	const size_t elems = gs_eval_elems(t), len = strlen(t->name) + 1;
	struct value *v = gs_arena_alloc(names->arena, sizeof(*v));
	float *values = gs_arena_alloc(names->arena, elems * sizeof(*values));
	char *name = gs_arena_alloc(names->arena, len);

	if (!v || !values || !name)
		return -ENOMEM;
	memcpy(values, gs_eval_values(eval, t), elems * sizeof(*values));
	memcpy(name, t->name, len);
	*v = (struct value){ values, elems };
	return gs_names_put(names, name, v);
}

static int remember(const struct check *c)
{
	struct gs_names names = { .arena = gs_arena_create() };
	unsigned i;
	int ret = names.arena ? 0 : -ENOMEM;

	for (i = 0; i < c->graph->num_tensors && !ret; i++)
		if (!c->graph->tensor[i]->data)
			ret = keep(&names, c->eval, c->graph->tensor[i]);
	if (ret) {
		if (names.arena)
			gs_arena_destroy(names.arena);
		return gs_nomem(c->diag);
	}
	if (c->s->arena)
		gs_arena_destroy(c->s->arena);
	c->s->arena = names.arena;
	c->s->names = names;
	return 0;
}

int gs_semantics_check(struct gs_semantics *s, const struct gs_graph *graph,
		       const struct gs_calib *calib, size_t num,
		       enum gs_semantics_how how, const char *where,
		       struct gs_diag *diag)
{
	struct check c = {
		.s = s, .graph = graph, .how = how, .where = where, .diag = diag
	};
	struct gs_samples samples;
	int ret = gs_samples_init(&samples, graph, calib, num, diag);

	if (ret)
		return ret;
	/* They round where tensors have steps, and only there. */
	c.eval = how == GS_SEMANTICS_LOWERS ?
			 gs_eval_create_lowered(graph, diag) :
			 gs_eval_create_quantized(graph, diag);
	if (!c.eval)
		return -ENOTSUP;
	gs_samples_load(&samples, 0, c.eval);
	if (samples.err) {
		gs_eval_destroy(c.eval);
		return samples.err;
	}
	round_inputs(&c);
	if (how == GS_SEMANTICS_SCALES || !s->arena)
		gs_eval_run(c.eval);
	else
		ret = how == GS_SEMANTICS_LOWERS ? compare_lowered(&c) :
						   compare_layers(&c);
	ret = ret ? ret : compare_outputs(&c);
	/* What it computes with its own weights is what later passes have to keep. */
	if (!ret && how == GS_SEMANTICS_QUANTIZES) {
		ret = gs_samples_init(&samples, graph, calib, num, diag);
		gs_samples_load(&samples, 0, c.eval);
		ret = ret ? ret : samples.err;
		gs_eval_run(c.eval);
	}
	ret = ret ? ret : remember(&c);
	gs_eval_destroy(c.eval);
	return ret;
}
