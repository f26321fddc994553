/* SPDX-License-Identifier: MIT */
#include "compiler/compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codegen/fit.h"
#include "compiler/compile_graph.h"
#include "compiler/compile_order.h"
#include "compiler/emit/model_file.h"
#include "compiler/emit/qdq_onnx.h"
#include "compiler/ir/arena.h"
#include "compiler/ir/fdfg_text.h"
#include "compiler/ir/verify.h"
#include "compiler/passes/first_layer.h"
#include "compiler/passes/fuse_chain.h"
#include "compiler/passes/fuse_pool.h"
#include "compiler/passes/layer_order.h"
#include "compiler/passes/layout.h"
#include "compiler/passes/semantics.h"
#include "compiler/passes/shift.h"
#include "compiler/schedule/choose.h"
#include "compiler/schedule/wish.h"

struct compilation {
	const struct gs_compile_opts *opts;
	struct gs_diag *diag;
	struct gs_codelet_lib lib;
	struct gs_acg acg;
	struct gs_compiled *out;
	struct gs_bound_node *first;
	const struct gs_calib *calib; /* the caller's; see get_samples() */
	size_t num_calib; /* 0: noise */
	bool sampled;
	struct gs_semantics
		*semantics; /* of the graph before; NULL: not asked for */
	const char *after; /* the pass the model has been through */
	enum gs_compile_goal goal;
};

static bool knows(void *ctx, const char *op)
{
	return gs_lower_knows(op) || gs_codelet_knows(ctx, op);
}

static const char *file_name(const struct compilation *c)
{
	return c->opts->file ? c->opts->file : "model";
}

static int run_support(struct compilation *c)
{
	return gs_pass_support(c->out->graph, knows, &c->lib, c->diag);
}

/*
 * Shapes and attributes are checked before time is spent on calibration. What is
 * bound here is for this pass only, and so is its memory.
 */
static int run_check(struct compilation *c)
{
	struct gs_arena *own = c->out->graph->arena;
	struct gs_arena *passing = gs_arena_create();
	struct gs_bound_node *unused;
	int ret;

	if (!passing)
		return gs_error(c->diag, -ENOMEM, "out of memory");
	c->out->graph->arena = passing;
	ret = gs_bind_graph(c->out->graph, &c->lib, &c->acg, false, &unused,
			    c->diag);
	c->out->graph->arena = own;
	gs_arena_destroy(passing);
	return ret;
}

/* Samples for the inputs, which several passes use; asked for once. */
static int get_samples(struct compilation *c)
{
	const struct gs_compile_opts *o = c->opts;

	if (c->sampled || !o->calibrate)
		return 0;
	c->sampled = true;
	return o->calibrate(o->calibrate_ctx, c->out->graph, &c->calib,
			    &c->num_calib, c->diag);
}

static int run_calibrate(struct compilation *c)
{
	unsigned i;
	int ret = get_samples(c);

	if (!ret)
		ret = gs_pass_calibrate(c->out->graph, c->calib, c->num_calib,
					c->diag);
	c->out->graph->calibrated = c->num_calib > 0;
	/* Who has no means corrects nothing. */
	for (i = 0; c->opts->plain && i < c->out->graph->num_tensors; i++)
		c->out->graph->tensor[i]->channel_mean = NULL;
	return ret;
}

static int run_equalize(struct compilation *c)
{
	/* Noise says too little of single channels. */
	return c->out->graph->calibrated && !c->opts->plain ?
		       gs_pass_equalize(c->out->graph, c->diag) :
		       0;
}

static int run_ranges(struct compilation *c)
{
	int ret = 0;

	if (c->opts->method.kind != GS_CALIB_MINMAX)
		ret = get_samples(c);
	return ret ? ret :
		     gs_pass_ranges(c->out->graph, c->calib, c->num_calib,
				    &c->opts->method, c->diag);
}

/* Biases are corrected by what the float model computes, if somebody has samples. */
static int quantize(struct compilation *c)
{
	struct gs_graph *g = c->out->graph;
	struct gs_shift *shift = NULL;
	const bool wanted = !c->opts->plain && gs_shift_wanted(g);
	int ret = wanted ? get_samples(c) : 0;

	if (!ret && wanted)
		ret = gs_shift_create(g, c->calib, c->num_calib, &shift,
				      c->diag);
	ret = ret ? ret : gs_pass_quantize(g, c->diag);
	ret = ret ? ret : gs_shift_correct(shift, g, c->diag);
	gs_shift_destroy(shift);
	return ret;
}

/* What it costs is measured between what is before and behind it. */
static int run_quantize(struct compilation *c)
{
	struct gs_quant_report *report = NULL;
	int ret = 0;

	if (c->opts->quant_report)
		ret = get_samples(c);
	if (!ret && c->opts->quant_report)
		ret = gs_quant_report_create(c->out->graph, c->calib,
					     c->num_calib, &report, c->diag);
	ret = ret ? ret : quantize(c);
	if (!ret && report)
		ret = gs_quant_report_measure(report, c->out->graph, c->diag);
	if (!ret && report)
		ret = c->opts->quant_report(c->opts->quant_report_ctx, report,
					    c->diag);
	gs_quant_report_destroy(report);
	return ret;
}

static int run_lower(struct compilation *c)
{
	return gs_pass_lower(c->out->graph, c->acg.arch.array_m, c->diag);
}

static int run_bind(struct compilation *c)
{
	struct gs_graph *g = c->out->graph;
	bool *hidden = gs_layouts_hide(g);
	int ret;

	if (!hidden)
		return gs_error(c->diag, -ENOMEM, "out of memory");
	ret = gs_bind_graph(g, &c->lib, &c->acg, true, &c->first, c->diag);
	if (!ret)
		gs_choose_codelets(&c->first, &c->acg, c->opts->schedule);
	gs_layouts_show(g, hidden);
	return ret;
}

static int run_first_layer(struct compilation *c)
{
	return gs_pass_first_layer(c->out->graph, &c->lib, &c->acg, &c->first,
				   c->diag);
}

static int run_fuse_pool(struct compilation *c)
{
	return gs_pass_fuse_pool(c->out->graph, &c->lib, &c->acg,
				 c->opts->schedule, &c->first, c->diag);
}

static int run_fuse_chain(struct compilation *c)
{
	struct gs_graph *g = c->out->graph;
	bool *hidden = gs_layouts_hide(g);
	int ret;

	if (!hidden)
		return gs_error(c->diag, -ENOMEM, "out of memory");
	ret = gs_pass_fuse_chain(g, &c->acg, c->opts->schedule, &c->first,
				 c->diag);
	gs_layouts_show(g, hidden);
	return ret;
}

static int run_layout(struct compilation *c)
{
	const int ret = gs_check_codelets(c->first, c->opts->schedule, c->diag);

	return ret ? ret :
		     gs_pass_layout(c->out->graph, &c->lib, &c->acg, &c->first,
				    c->diag);
}

static unsigned passes_until(const char *name);

/* The text of a graph may be one whose layers have their order. */
static int run_layer_order(struct compilation *c)
{
	const bool searched = passes_until(c->after) >=
			      passes_until("layer-order");

	return gs_pass_layer_order(c->out->graph, c->opts->schedule, searched,
				   &c->first, &c->out->layer_order, c->diag);
}

/* What was decided, as a schedule that says the same; names are the graph's from now on. */
static int keep_decisions(struct compilation *c)
{
	struct gs_graph *g = c->out->graph;
	struct gs_decision *d;
	unsigned i, l;

	d = calloc(c->out->num_layers ? c->out->num_layers : 1, sizeof(*d));
	c->out->decision = d;
	c->out->num_decisions = d ? c->out->num_layers : 0;
	for (i = 0; i < c->out->num_decisions; i++) {
		gs_decision_of(c->out->plan[i].binding, &c->out->plan[i].tiling,
			       &d[i]);
		d[i].codelet = gs_graph_printf(g, "%s", d[i].codelet);
		for (l = 0; l < d[i].num_loops && d[i].codelet; l++) {
			d[i].loop[l].name =
				gs_graph_printf(g, "%s", d[i].loop[l].name);
			if (!d[i].loop[l].name)
				d[i].codelet = NULL;
		}
		if (!d[i].codelet)
			return gs_error(c->diag, -ENOMEM, "out of memory");
	}
	return d ? 0 : gs_error(c->diag, -ENOMEM, "out of memory");
}

/*
 * Weights as floats take most of the memory. From the schedule on a model needs
 * none; its text does, and so do values that are compared.
 */
static void drop_floats(struct compilation *c)
{
	if (c->goal == GS_GOAL_MODEL && !c->semantics)
		gs_graph_drop_floats(c->out->graph);
}

/* Every layer, in order. */
static int fit_layers(struct compilation *c)
{
	const struct gs_schedule *schedule = c->opts->schedule;
	struct gs_fit fit = { .graph = c->out->graph,
			      .acg = &c->acg,
			      .schedule = schedule };
	struct gs_bound_node *b;
	unsigned i = 0;
	int ret = 0;

	for (b = c->first; b && !ret; b = b->next) {
		c->out->plan[i].binding = b;
		ret = gs_wish_place(c->out->graph, schedule, b, c->diag);
		if (!ret)
			ret = gs_fit_layer(&fit, &c->out->plan[i++], c->diag);
		if (!ret && schedule && schedule->progress)
			schedule->progress(schedule->progress_ctx, i,
					   c->out->num_layers);
	}
	if (!ret)
		gs_fit_report(&fit, c->diag);
	gs_fit_fini(&fit);
	return ret;
}

static int run_schedule(struct compilation *c)
{
	const struct gs_bound_node *b;
	int ret;

	drop_floats(c);
	for (b = c->first; b; b = b->next)
		c->out->num_layers++;
	c->out->plan = calloc(c->out->num_layers ? c->out->num_layers : 1,
			      sizeof(*c->out->plan));
	if (!c->out->plan)
		return gs_error(c->diag, -ENOMEM, "out of memory");
	ret = fit_layers(c);
	if (ret)
		return ret;
	ret = gs_wish_check(c->opts->schedule, c->first, c->diag);
	return ret ? ret : keep_decisions(c);
}

static int run_codegen(struct compilation *c)
{
	gs_graph_drop_floats(c->out->graph);
	return gs_codegen(c->out->graph, &c->acg, c->out->plan,
			  c->out->num_layers, &c->out->program, c->diag);
}

static int run_emit(struct compilation *c)
{
	return gs_emit_model(&c->out->program, &c->out->model,
			     &c->out->model_bytes, c->diag);
}

static int run_qdq(struct compilation *c)
{
	return gs_emit_qdq_onnx(c->out->graph, &c->out->qdq, &c->out->qdq_bytes,
				c->diag);
}

/* Where a pass is on the way to. */
enum way {
	ALWAYS,
	QDQ, /* only to the quantized ONNX model */
	MODEL, /* not there */
};

static const struct pass {
	struct gs_pass_info info;
	int (*run)(struct compilation *c);
	/* instead, where the graph is all it takes */
	int (*pass)(struct gs_graph *graph, struct gs_diag *diag);
	enum way way;
	bool again; /* makes what is not in the text of a graph */
	enum gs_semantics_how how; /* what it may do to values */
} passes[] = {
	/* clang-format off */
	{ { "support", false, "operators that cannot be compiled are listed, and refused" },
	  run_support, NULL, ALWAYS, false, 0 },
	{ { "shapes", false, "infers shapes and types, evaluates what shapes are computed of, makes parameters explicit" },
	  NULL, gs_pass_shapes, ALWAYS, false, 0 },
	{ { "pins", false, "takes over the scales of models with QuantizeLinear and DequantizeLinear" },
	  NULL, gs_pass_qdq, ALWAYS, false, GS_SEMANTICS_QUANTIZES },
	{ { "fold", true, "constant folding: evaluates nodes whose inputs are constants" },
	  NULL, gs_pass_fold, ALWAYS, false, 0 },
	{ { "constants", false, "one form for weights: B of Gemm and MatMul as [OC, K], no alpha, beta, transA" },
	  NULL, gs_pass_constants, ALWAYS, false, 0 },
	{ { "decompose", false, "operators in terms of others that have codelets: reductions, Softmax, Pow, Sum ..." },
	  NULL, gs_pass_decompose, ALWAYS, false, 0 },
	{ { "simplify", false, "Flatten, Reshape, Squeeze become views; Identity and Dropout vanish" },
	  NULL, gs_pass_simplify, ALWAYS, false, 0 },
	{ { "pads", true, "padding: a Pad of zeros becomes the pads of the Convs that read it" },
	  NULL, gs_pass_pads, ALWAYS, false, 0 },
	{ { "dead", true, "dead code: drops nodes nobody uses" },
	  NULL, gs_pass_dead, ALWAYS, false, 0 },
	{ { "cse", true, "common subexpressions: equal nodes of equal inputs are computed once" },
	  NULL, gs_pass_cse, ALWAYS, false, 0 },
	{ { "hard", true, "recognises HardSigmoid and HardSwish spelled out" },
	  NULL, gs_pass_hard, ALWAYS, false, 0 },
	{ { "affine", true, "scale folding: BatchNormalization, Add, Mul of constants become part of the weights before them" },
	  NULL, gs_pass_affine, ALWAYS, false, 0 },
	{ { "fuse", true, "fusion: Relu, Clip, LeakyRelu and Add become part of the node before them" },
	  NULL, gs_pass_fuse, ALWAYS, false, 0 },
	{ { "order", false, "layout: NCHW or channels last for each activation" },
	  NULL, gs_pass_order, ALWAYS, false, 0 },
	{ { "check", true, "binds nodes without scales: wrong attributes show before calibration" },
	  run_check, NULL, ALWAYS, false, 0 },
	{ { "calibrate", false, "runs the float model on samples, observes ranges" },
	  run_calibrate, NULL, ALWAYS, false, 0 },
	{ { "equalize", true, "scales channels of small ranges up, and back in the weights that read them" },
	  run_equalize, NULL, ALWAYS, false, GS_SEMANTICS_SCALES },
	{ { "parts", true, "what is taken apart by channels gets a convolution for each part" },
	  NULL, gs_pass_parts, ALWAYS, false, 0 },
	{ { "ranges", true, "narrows ranges as --calibration says" },
	  run_ranges, NULL, ALWAYS, false, 0 },
	{ { "quantize", false, "quantization: scales and zero points, integers of weights and biases" },
	  run_quantize, NULL, ALWAYS, false, GS_SEMANTICS_QUANTIZES },
	{ { "qdq", false, "only to qdq-onnx: writes the quantized model as ONNX" },
	  run_qdq, NULL, QDQ, true, 0 },
	{ { "lower", false, "what moves elements becomes views, windows and nodes Move; Resize, ConvTranspose several nodes" },
	  run_lower, NULL, MODEL, false, GS_SEMANTICS_LOWERS },
	{ { "bind", false, "binds each node to the codelets that fit, keeps the cheapest" },
	  run_bind, NULL, MODEL, true, GS_SEMANTICS_MOVES },
	{ { "first-layer", true, "folds the columns and rows of a first layer into channels, by overlapping transfers" },
	  run_first_layer, NULL, MODEL, false, GS_SEMANTICS_SUMS },
	{ { "fuse-pool", true, "fusion: a Conv and the pool that alone reads it become one node where that is faster" },
	  run_fuse_pool, NULL, MODEL, false, GS_SEMANTICS_SUMS },
	{ { "fuse-chain", true, "fusion: a Conv, Gemm or MatMul and what reads it element by element become one layer where that is faster" },
	  run_fuse_chain, NULL, MODEL, true, GS_SEMANTICS_MOVES },
	{ { "layout", false, "borders, channels, room in memory of each activation; copies and fills" },
	  run_layout, NULL, MODEL, true, GS_SEMANTICS_MOVES },
	{ { "layer-order", true, "brings layers into an order in which activations need less memory" },
	  run_layer_order, NULL, MODEL, true, GS_SEMANTICS_MOVES },
	{ { "schedule", false, "chooses the tiles of every layer" },
	  run_schedule, NULL, MODEL, true, GS_SEMANTICS_MOVES },
	{ { "codegen", false, "instructions, weights, addresses" },
	  run_codegen, NULL, MODEL, true, GS_SEMANTICS_MOVES },
	{ { "emit", false, "writes the model file" },
	  run_emit, NULL, MODEL, true, GS_SEMANTICS_MOVES },
	/* clang-format on */
};

#define NUM_PASSES (sizeof(passes) / sizeof(passes[0]))

const struct gs_pass_info *gs_compile_pass(unsigned i)
{
	return i < NUM_PASSES ? &passes[i].info : NULL;
}

const char *gs_compile_emitted(enum gs_compile_goal goal)
{
	switch (goal) {
	case GS_GOAL_FDFG:
		return "lower";
	case GS_GOAL_DOT:
	case GS_GOAL_SVG:
		return "quantize"; /* operators as one knows them, with scales */
	case GS_GOAL_MODEL:
	case GS_GOAL_QDQ:
		break;
	}
	return NULL;
}

/* Passes a graph has been through once @name is done; more than there are: no such pass */
static unsigned passes_until(const char *name)
{
	unsigned i = 0;

	if (!strcmp(name, "import"))
		return 0;
	while (i < NUM_PASSES && strcmp(passes[i].info.name, name))
		i++;
	return i + 1;
}

static bool is_width(uint32_t bits)
{
	return bits == 4 || bits == 8;
}

static int check_machine(const struct gs_arch *a, struct gs_diag *diag)
{
	if (is_width(a->data_width) && is_width(a->wgt_width) &&
	    a->acc_width == 32 && a->bias_width == 32)
		return 0;
	return gs_error(
		diag, -ENOTSUP,
		"the compiler needs data and weights of 4 or 8 bits and 32-bit sums and biases; this "
		"machine has DATA_WIDTH %u, WGT_WIDTH %u, ACC_WIDTH %u, BIAS_WIDTH %u",
		a->data_width, a->wgt_width, a->acc_width, a->bias_width);
}

/* ---- all passes ---------------------------------------------------------- */

/* What holds of the graph once pass @name is done. */
static unsigned stage_after(const char *name)
{
	const unsigned i = passes_until(name);

	if (i > NUM_PASSES)
		return 0;
	return (i >= passes_until("shapes") ? GS_VERIFY_SHAPED : 0u) |
	       (i >= passes_until("quantize") ? GS_VERIFY_QUANTIZED : 0u) |
	       (i >= passes_until("lower") ? GS_VERIFY_LOWERED : 0u);
}

/* @where: whose fault it is when something does not hold */
static int verify(const struct compilation *c, const char *name,
		  const char *where)
{
	const unsigned stage = stage_after(name);
	const int ret = gs_graph_verify(c->out->graph, stage, where, c->diag);

	if (ret || !(stage & GS_VERIFY_SHAPED))
		return ret;
	return gs_check_shapes(c->out->graph, stage & GS_VERIFY_LOWERED, where,
			       c->diag);
}

/* Integers as inputs are not what they stand for before pins. */
static bool has_values(const struct gs_graph *graph, const char *name)
{
	const unsigned done = passes_until(name);
	unsigned i;

	for (i = 0; i < graph->num_inputs; i++)
		if (graph->input[i]->type != GS_DT_F32)
			return false;
	return done >= passes_until("shapes") && done <= NUM_PASSES;
}

/* As the layers run, once there are some */
static int compare_values(struct compilation *c, const char *name,
			  const char *where)
{
	const unsigned done = passes_until(name);
	struct gs_semantics_pass pass = {
		.where = where,
		.how = done ? passes[done - 1].how : GS_SEMANTICS_KEEPS,
	};
	const struct gs_node **order = NULL;
	int ret = 0;

	if (c->first)
		ret = gs_layers_nodes(c->out->graph, c->first, where, &order,
				      c->diag);
	pass.order = order;
	if (!ret)
		ret = gs_semantics_check(c->semantics, c->out->graph, c->calib,
					 c->num_calib, &pass, c->diag);
	free(order);
	return ret;
}

static int verify_values(struct compilation *c, const char *name,
			 const char *where)
{
	int ret;

	if (!c->semantics || !has_values(c->out->graph, name))
		return 0;
	ret = get_samples(c);
	return ret ? ret : compare_values(c, name, where);
}

static int after_pass(struct compilation *c, const char *name)
{
	char where[64];
	int ret;

	if (c->opts->after_pass)
		c->opts->after_pass(c->opts->after_pass_ctx, name,
				    c->out->graph, c->first);
	snprintf(where, sizeof(where), "pass %s", name);
	ret = verify(c, name, where);
	return ret ? ret : verify_values(c, name, where);
}

/* How many passes the result that is asked for has been through */
static int choose_end(const struct compilation *c, enum gs_compile_goal goal,
		      unsigned done, unsigned *end)
{
	const char *until = gs_compile_emitted(goal);

	*end = NUM_PASSES;
	if (done > NUM_PASSES)
		return gs_error(
			c->diag, -EINVAL,
			"%s: the graph is one after pass '%s', which this compiler does not have",
			file_name(c), c->after);
	if (goal == GS_GOAL_QDQ)
		until = "qdq";
	else if (until && c->opts->until)
		until = c->opts->until;
	else if (goal == GS_GOAL_FDFG && c->opts->open)
		until = "bind";
	if (!until)
		return 0;
	*end = passes_until(until);
	if (*end > NUM_PASSES ||
	    (goal != GS_GOAL_QDQ && *end && passes[*end - 1].way == QDQ))
		return gs_error(c->diag, -EINVAL,
				"there is no graph after pass '%s'", until);
	if (*end < done)
		return gs_error(
			c->diag, -EINVAL,
			"%s: the graph is one after pass '%s', which is behind '%s'",
			file_name(c), c->after, until);
	return 0;
}

static bool is_disabled(const struct compilation *c, const char *name)
{
	unsigned i;

	for (i = 0; i < c->opts->num_disabled; i++)
		if (!strcmp(c->opts->disabled[i], name))
			return true;
	return false;
}

/* Is pass @i between the graph that was read and @goal? */
static bool is_on_way(unsigned i, unsigned done, unsigned end,
		      enum gs_compile_goal goal)
{
	const enum way other = goal == GS_GOAL_QDQ ? MODEL : QDQ;

	return i < end && passes[i].way != other &&
	       (i >= done || passes[i].again);
}

/* Only what may be left out is, and what would run else. */
static int check_disabled(struct compilation *c, unsigned done, unsigned end,
			  enum gs_compile_goal goal)
{
	unsigned i, at;

	for (i = 0; i < c->opts->num_disabled; i++) {
		at = passes_until(c->opts->disabled[i]);
		if (!at || at > NUM_PASSES)
			return gs_error(c->diag, -EINVAL,
					"there is no pass '%s' to leave out",
					c->opts->disabled[i]);
		if (!passes[at - 1].info.optional)
			return gs_error(c->diag, -EINVAL,
					"pass '%s' cannot be left out",
					c->opts->disabled[i]);
		if (!is_on_way(at - 1, done, end, goal))
			return gs_error(
				c->diag, -EINVAL,
				"pass '%s' is to be left out, but it is not on the way to this output",
				c->opts->disabled[i]);
	}
	return 0;
}

static int run_passes(struct compilation *c)
{
	const unsigned done = passes_until(c->after);
	unsigned i, end;
	const enum gs_compile_goal goal = c->goal;
	int ret = choose_end(c, goal, done, &end);

	ret = ret ? ret : check_disabled(c, done, end, goal);
	/* What was asked for may be what was given; but bindings never are. */
	i = end == done && gs_compile_emitted(goal) && !c->opts->open ? end : 0;
	for (; i < end && !ret; i++) {
		const struct pass *p = &passes[i];

		if (!is_on_way(i, done, end, goal) ||
		    is_disabled(c, p->info.name))
			continue;
		ret = p->run ? p->run(c) : p->pass(c->out->graph, c->diag);
		if (!ret)
			ret = after_pass(c, p->info.name);
	}
	if (!ret && end >= passes_until("fuse") &&
	    end < passes_until("schedule"))
		ret = gs_wish_check_graph(c->opts->schedule, c->out->graph,
					  c->diag);
	if (ret || !gs_compile_emitted(goal))
		return ret;
	return gs_emit_graph(c->out, c->first, c->opts, goal,
			     end ? passes[end - 1].info.name : "import",
			     c->diag);
}

static int add_meta(struct gs_graph *graph, const struct gs_compile_opts *opts,
		    struct gs_diag *diag)
{
	size_t i;

	for (i = 0; i < opts->num_meta; i++)
		if (gs_graph_set_meta(graph, opts->meta[i].key,
				      opts->meta[i].value))
			return gs_error(diag, -ENOMEM, "out of memory");
	return 0;
}

/* What a quantized value is on the machine; a graph that has some fits the machine. */
static int set_types(struct compilation *c)
{
	const struct gs_arch *a = &c->acg.arch;
	struct gs_graph *g = c->out->graph;
	const enum gs_dtype data = a->data_width == 4 ? GS_DT_I4 : GS_DT_I8;
	const enum gs_dtype weight = a->wgt_width == 4 ? GS_DT_I4 : GS_DT_I8;

	if (passes_until(c->after) >= passes_until("quantize") &&
	    (g->data_type != data || g->weight_type != weight))
		return gs_error(
			c->diag, -EINVAL,
			"%s: the graph has data of %s and weights of %s, the machine %s and %s: take the model, or its graph before 'quantize'",
			file_name(c), gs_dtype_name(g->data_type),
			gs_dtype_name(g->weight_type), gs_dtype_name(data),
			gs_dtype_name(weight));
	g->data_type = data;
	g->weight_type = weight;
	return 0;
}

/* An ONNX file, or a graph as text. */
static int read_model(struct compilation *c, const void *model, size_t size)
{
	const struct gs_compile_opts *opts = c->opts;
	const struct gs_import_opts import = { .shape = opts->shape,
					       .num_shapes = opts->num_shapes,
					       .own = opts->own_model };

	c->after = "import";
	if (!gs_fdfg_is_text(model, size))
		return gs_import_onnx(model, size, &import, &c->out->graph,
				      c->diag);
	if (opts->num_shapes)
		return gs_error(
			c->diag, -EINVAL,
			"--shape %s: shapes are given with the ONNX model, not with the text of a graph",
			opts->shape[0].input);
	return gs_fdfg_read(model, size, file_name(c), 0, &c->out->graph,
			    &c->after, c->diag);
}

/* What comes from outside is checked before anybody looks at it. */
static int begin(struct compilation *c)
{
	int ret = verify(c, c->after, file_name(c));

	if (!ret && c->opts->verify) {
		c->semantics = gs_semantics_create();
		ret = c->semantics ?
			      verify_values(c, c->after, file_name(c)) :
			      gs_error(c->diag, -ENOMEM, "out of memory");
	}
	if (!ret && c->opts->after_pass)
		c->opts->after_pass(c->opts->after_pass_ctx, c->after,
				    c->out->graph, NULL);
	return ret;
}

int gs_compile(const void *model, size_t size,
	       const struct gs_compile_opts *opts, enum gs_compile_goal goal,
	       struct gs_compiled *out, struct gs_diag *diag)
{
	struct compilation c = {
		.opts = opts, .diag = diag, .out = out, .goal = goal
	};
	const struct gs_arch *arch = opts->arch ? opts->arch :
						  gs_arch_default();
	int ret = check_machine(arch, diag);

	*out = (struct gs_compiled){ 0 };
	gs_acg_init(&c.acg, arch);
	ret = ret ? ret : gs_schedule_limit(opts->schedule, &c.acg, diag);
	if (!ret && !opts->codelets)
		ret = gs_codelet_load_dir(opts->codelet_dir, &out->loaded,
					  diag);
	c.lib = opts->codelets ? *opts->codelets : out->loaded;
	out->rules = gs_codelet_rules(opts->codelets ? opts->codelets :
						       &out->loaded);
	ret = ret ? ret : read_model(&c, model, size);
	if (!ret)
		out->graph->rules = &out->rules;
	ret = ret ? ret : set_types(&c);
	ret = ret ? ret : add_meta(out->graph, opts, diag);
	if (!ret && opts->schedule) {
		out->graph->may_fuse = gs_wish_may_fuse;
		out->graph->may_fuse_ctx = opts->schedule;
	}
	ret = ret ? ret : begin(&c);
	ret = ret ? ret : run_passes(&c);
	gs_semantics_destroy(c.semantics);
	return ret;
}

void gs_compile_free(struct gs_compiled *out)
{
	gs_program_free(&out->program);
	free(out->plan);
	free(out->model);
	free(out->qdq);
	free(out->decision);
	free(out->text);
	gs_graph_destroy(out->graph);
	gs_codelet_lib_free(&out->loaded);
	*out = (struct gs_compiled){ 0 };
}
