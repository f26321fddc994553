/* SPDX-License-Identifier: MIT */
#include "compiler/passes/semantics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "compiler/ir/arena.h"
#include "compiler/ir/names.h"
#include "compiler/passes/eval.h"
#include "compiler/passes/eval_border.h"
#include "compiler/passes/eval_bound.h"
#include "compiler/passes/eval_memory.h"
#include "compiler/passes/eval_ops.h"
#include "compiler/passes/samples.h"
#include "compiler/passes/util.h"

/* Of the largest value of a tensor: what other orders of sums may change */
#define ROUNDING 2e-4f
/* Of the root mean square of a layer's results: what weights of 8 or 4 bits may change */
#define COARSENESS 0.25
/* Of a step: what two values that are multiples of it in float32 may be off by more */
#define STEP_ROUNDING 0x1p-14

/* Bytes of the reason why a graph cannot be evaluated */
#define REASON 512

/* What a tensor was */
struct value {
	const float *values;
	size_t elems;
};

struct gs_semantics {
	struct gs_arena *arena; /* NULL: nothing was seen yet */
	struct gs_names names; /* struct value by name of the tensor */
	bool differs; /* the last comparison met a value that is another one, if allowed */
	bool warned; /* of a graph that cannot be evaluated */
};

/** One comparison */
struct check {
	struct gs_semantics *s;
	const struct gs_graph *graph;
	struct gs_eval *eval;
	enum gs_semantics_how how;
	const char *where;
	const struct gs_node *const *order;
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

/* Is the graph one that gs_pass_lower() has made? */
static bool is_lowered(const struct check *c)
{
	return c->how >= GS_SEMANTICS_LOWERS;
}

/* Lowered, results that are views say how their elements stand in memory, no more that these are in their order. */
static bool is_shown(const struct check *c, const struct gs_tensor *t)
{
	return is_lowered(c) && t->is_output && t->view_of;
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
	const struct gs_tensor *root = t;
	unsigned k;
	bool made = true;

	while (root->view_of)
		root = root->view_of;
	for (k = 0; node && k < node->num_inputs; k++)
		made &= node->input[k] != t || !root->part.of;
	return gs_error(
		c->diag, -EINVAL,
		"%s changes what the graph computes: '%s', %s node '%s' (%s)%s, %s",
		c->where, t->name, made ? "the result of" : "as",
		node ? node->name : "-", node ? node->op : "input",
		made ? "" : " reads it", how);
}

/* How far values of @t may be apart */
static double limit_of(const struct check *c, const struct gs_tensor *t,
		       const struct gs_node *node, const float *want,
		       size_t num)
{
	const double scale = t->quant.valid ? (double)t->quant.scale[0] : 0;
	double most = 0;
	size_t i;

	if (c->how == GS_SEMANTICS_MOVES)
		return 0;
	if (c->how == GS_SEMANTICS_SUMS) {
		/* Values on both sides of a tie become neighbouring steps. */
		const double apart = node ? gs_eval_bound(c->eval, node) : 0;

		return apart > 0 ? apart + scale * (1 + STEP_ROUNDING) : 0;
	}
	for (i = 0; i < num; i++)
		if (fabs((double)want[i]) > most)
			most = fabs((double)want[i]);
	return ROUNDING * most + 1e-6 +
	       (c->how == GS_SEMANTICS_LOWERS ? 2.01 : 1.01) * scale;
}

/* Each value is what it was, but for what other orders of sums and ties of steps may change. */
static int compare_values(const struct check *c, const struct gs_tensor *t,
			  const struct gs_node *node, const float *got,
			  const float *want, size_t num)
{
	const double limit = limit_of(c, t, node, want, num);
	char text[128];
	size_t i;

	for (i = 0; i < num; i++) {
		if (got[i] == want[i] || (isnan(got[i]) && isnan(want[i])))
			continue;
		c->s->differs = true;
		if (fabs((double)got[i] - (double)want[i]) <= limit)
			continue;
		snprintf(
			text, sizeof(text),
			"was %g in element %zu and is %g; it may be off by %.3g",
			(double)want[i], i, (double)got[i], limit);
		return report(c, t, node, text);
	}
	return 0;
}

/* Root of the mean square of what values are off by, and may be */
struct distance {
	double error, limit;
};

/* Rounded weights make some values of a layer worse than others: together they are near. */
static struct distance distance(const struct gs_tensor *t, const float *got,
				const float *want, size_t num)
{
	const double count = (double)(num + !num);
	double error = 0, energy = 0;
	size_t i;

	for (i = 0; i < num; i++) {
		const double d = (double)got[i] - (double)want[i];

		error += d * d;
		energy += (double)want[i] * (double)want[i];
	}
	return (struct distance){
		.error = sqrt(error / count),
		.limit = COARSENESS * sqrt(energy / count) + 1e-6 +
			 (t->quant.valid ? 1.5 * (double)t->quant.scale[0] : 0),
	};
}

static int compare_energy(const struct check *c, const struct gs_tensor *t,
			  const struct gs_node *node, const float *got,
			  const float *want, size_t num)
{
	const struct distance d = distance(t, got, want, num);
	char text[128];

	if (d.error <= d.limit)
		return 0;
	snprintf(text, sizeof(text),
		 "is off by %.3g (root of the mean square), may be by %.3g",
		 d.error, d.limit);
	return report(c, t, node, text);
}

/* The values of @t, and what they were; who reads it gets that. */
static int compare(const struct check *c, struct gs_tensor *t,
		   const struct gs_node *node, bool replace)
{
	const struct value *v = before(c, t);
	float *got = gs_eval_data(c->eval, t), *want;
	int ret;

	if (!v)
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

/* Are results near what they were? What cannot be told is. */
static bool is_near(const struct check *c, const struct gs_node *node)
{
	bool near = true;
	unsigned k;

	for (k = 0; k < node->num_outputs && near; k++) {
		const struct gs_tensor *t = node->output[k];
		const struct value *v = t ? before(c, t) : NULL;
		float *want = v ? wanted(t, v) : NULL;
		struct distance d;

		if (!want)
			continue;
		d = distance(t, gs_eval_values(c->eval, t), want, v->elems);
		near = d.error <= d.limit;
		free(want);
	}
	return near;
}

/* What a node reads becomes what it was, in steps or not. */
static void feed(const struct check *c, const struct gs_node *node, bool steps)
{
	unsigned k;

	for (k = 0; k < node->num_inputs; k++) {
		struct gs_tensor *t =
			node->input[k] ? gs_tensor_root(node->input[k]) : NULL;
		const struct value *v = t && !t->data ? before(c, t) : NULL;
		float *data = v ? gs_eval_data(c->eval, t) : NULL;

		if (!v)
			continue;
		memcpy(data, v->values, v->elems * sizeof(*data));
		if (steps)
			gs_eval_round(t, data);
	}
}

/*
 * Steps of what a node reads may change its result by any amount: that of a sum
 * of many, or a quotient. They are not its fault, if it is right without them.
 */
static void step_again(const struct check *c, size_t index)
{
	const struct gs_node *node = gs_eval_node(c->eval, index);

	feed(c, node, false);
	gs_eval_step(c->eval, index);
	feed(c, node, true);
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
		if (c->how == GS_SEMANTICS_QUANTIZES && !is_near(c, node))
			step_again(c, i);
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

/* Does no step behind @index write it? */
static bool is_complete(const struct check *c, size_t index,
			const struct gs_tensor *memory)
{
	const struct gs_node *node;

	while ((node = gs_eval_node(c->eval, ++index)))
		if (writes(node, memory))
			return false;
	return true;
}

/* What stands elsewhere: @t as it is there, compared, and put right for its readers */
static int compare_placed(const struct check *c, struct gs_tensor *t,
			  const struct gs_node *node)
{
	int ret;

	gs_eval_fetch(c->eval, t);
	ret = compare(c, t, node, true);
	gs_eval_put(c->eval, t);
	return ret;
}

/* A tensor is compared when the last node has written it, a window when it is written. */
static int compare_results(const struct check *c, size_t index)
{
	const struct gs_node *node = gs_eval_node(c->eval, index);
	unsigned k;
	int ret = 0;

	for (k = 0; k < node->num_outputs && !ret; k++) {
		struct gs_tensor *t = node->output[k], *owner;

		if (!t)
			continue;
		owner = gs_tensor_owner(t);
		if (t->part.of)
			ret = compare_placed(c, t, node);
		if (!ret && is_complete(c, index, owner))
			ret = compare_placed(c, owner, node);
	}
	return ret;
}

/* What a node reads beyond the picture, which is in no tensor's elements */
static int compare_border(const struct check *c, const struct gs_node *node)
{
	struct gs_eval_border b;

	if (gs_eval_border_check(c->eval, node, &b))
		return 0;
	return gs_error(
		c->diag, -EINVAL,
		"%s changes what the graph computes: node '%s' (%s) finds %g in the border of '%s', in row %lld and column %lld, channel %lld of image %lld, and takes it for %g",
		c->where, node->name, node->op, (double)b.is, b.tensor->name,
		(long long)b.at[GS_MEM_H], (long long)b.at[GS_MEM_W],
		(long long)b.at[GS_MEM_C], (long long)b.at[GS_MEM_N],
		(double)b.expected);
}

/* The same, a window also when it is read */
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
		ret = ret ? ret : compare_border(c, node);
		if (ret)
			return ret;
		gs_eval_step(c->eval, i);
		ret = compare_results(c, i);
	}
	return ret;
}

/* A view is compared as who takes the result sees it: lowering may change how that stands in memory. */
static int compare_view(const struct check *c, struct gs_tensor *t)
{
	struct gs_tensor *root = gs_tensor_root(t);
	const struct value *v = before(c, t);
	float *got, *want;
	int ret;

	if (!v)
		return 0;
	got = calloc(v->elems + 1, sizeof(*got));
	want = wanted(t, v);
	if (got && want) {
		gs_eval_fetch(c->eval, root);
		gs_eval_show(t, gs_eval_data(c->eval, root), got);
		ret = compare_values(c, t, root->producer, got, want, v->elems);
	} else {
		ret = gs_nomem(c->diag);
	}
	free(got);
	free(want);
	return ret;
}

static int compare_outputs(const struct check *c)
{
	unsigned k;
	int ret = 0;

	for (k = 0; k < c->graph->num_outputs && !ret; k++) {
		struct gs_tensor *t = c->graph->output[k];

		ret = is_shown(c, t) ?
			      compare_view(c, t) :
			      compare(c, t, gs_tensor_root(t)->producer, false);
	}
	return ret;
}

/* ---- remembering --------------------------------------------------------- */

static int keep(struct gs_names *names, const struct check *c,
		struct gs_tensor *t)
{
	const size_t elems = gs_eval_elems(t), len = strlen(t->name) + 1;
	struct value *v = gs_arena_alloc(names->arena, sizeof(*v));
	float *values = gs_arena_alloc(names->arena, elems * sizeof(*values));
	char *name = gs_arena_alloc(names->arena, len);

	if (!v || !values || !name)
		return -ENOMEM;
	gs_eval_fetch(c->eval, t);
	if (is_shown(c, t))
		gs_eval_show(t, gs_eval_data(c->eval, t), values);
	else
		memcpy(values, gs_eval_values(c->eval, t),
		       elems * sizeof(*values));
	memcpy(name, t->name, len);
	*v = (struct value){ values, elems };
	return gs_names_put(names, name, v);
}

static void forget(struct gs_semantics *s)
{
	if (s->arena)
		gs_arena_destroy(s->arena);
	s->arena = NULL;
}

static int remember(const struct check *c)
{
	struct gs_names names = { .arena = gs_arena_create() };
	unsigned i;
	int ret = names.arena ? 0 : -ENOMEM;

	for (i = 0; i < c->graph->num_tensors && !ret; i++)
		if (!c->graph->tensor[i]->data)
			ret = keep(&names, c, c->graph->tensor[i]);
	if (ret) {
		if (names.arena)
			gs_arena_destroy(names.arena);
		return gs_nomem(c->diag);
	}
	forget(c->s);
	c->s->arena = names.arena;
	c->s->names = names;
	return 0;
}

/* ---- a pass -------------------------------------------------------------- */

static void take_reason(void *ctx, enum gs_severity severity, const char *text)
{
	(void)severity;
	snprintf(ctx, REASON, "%s", text);
}

/* They round where tensors have steps, and only there. NULL: it cannot be evaluated. */
static struct gs_eval *prepare(const struct check *c)
{
	char why[REASON] = "";
	struct gs_diag reason = { .report = take_reason, .ctx = why };
	struct gs_eval *eval =
		is_lowered(c) ?
			gs_eval_create_lowered(c->graph, c->order, &reason) :
			gs_eval_create_quantized(c->graph, &reason);

	if (!eval && !c->s->warned)
		gs_warn(c->diag, "%s: its values are not compared: %s",
			c->where, why);
	c->s->warned |= !eval;
	return eval;
}

static int load(const struct check *c, const struct gs_calib *calib, size_t num)
{
	struct gs_samples samples;
	const int ret =
		gs_samples_init(&samples, c->graph, calib, num, c->diag);

	if (ret)
		return ret;
	gs_samples_load(&samples, 0, c->eval);
	return samples.err;
}

/* What it computes with its own weights, or rounds itself, is what later passes have to keep. */
static bool runs_again(const struct check *c)
{
	return c->how == GS_SEMANTICS_QUANTIZES ||
	       (is_lowered(c) && c->s->differs);
}

static int check(const struct check *c, const struct gs_calib *calib,
		 size_t num)
{
	int ret = load(c, calib, num);

	if (ret)
		return ret;
	gs_eval_begin(c->eval);
	if (c->how == GS_SEMANTICS_SCALES || !c->s->arena)
		gs_eval_run(c->eval);
	else
		ret = is_lowered(c) ? compare_lowered(c) : compare_layers(c);
	ret = ret ? ret : compare_outputs(c);
	if (!ret && runs_again(c)) {
		ret = load(c, calib, num);
		if (!ret)
			gs_eval_run(c->eval);
	}
	return ret ? ret : remember(c);
}

int gs_semantics_check(struct gs_semantics *s, const struct gs_graph *graph,
		       const struct gs_calib *calib, size_t num,
		       const struct gs_semantics_pass *pass,
		       struct gs_diag *diag)
{
	struct check c = { .s = s,
			   .graph = graph,
			   .how = pass->how,
			   .where = pass->where,
			   .order = pass->order,
			   .diag = diag };
	int ret;

	s->differs = false;
	c.eval = prepare(&c);
	if (!c.eval) {
		forget(s);
		return 0;
	}
	ret = check(&c, calib, num);
	gs_eval_destroy(c.eval);
	return ret;
}
