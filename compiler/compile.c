/* SPDX-License-Identifier: MIT */
#include "compiler/compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codegen/fit.h"
#include "compiler/emit/model_file.h"
#include "compiler/emit/qdq_onnx.h"
#include "compiler/ir/arena.h"
#include "compiler/passes/first_layer.h"
#include "compiler/passes/fuse_pool.h"
#include "compiler/passes/layout.h"
#include "compiler/schedule/choose.h"

struct compilation {
	const struct gs_compile_opts *opts;
	struct gs_diag *diag;
	struct gs_codelet_lib lib;
	struct gs_acg acg;
	struct gs_compiled *out;
	struct gs_bound_node *first;
	const struct gs_calib *calib; /* the caller's */
	size_t num_calib; /* 0: noise */
};

static bool knows(void *ctx, const char *op)
{
	return gs_lower_knows(op) || gs_codelet_knows(ctx, op);
}

static int run_support(struct compilation *c)
{
	return gs_pass_support(c->out->graph, knows, &c->lib, c->diag);
}

static int run_shapes(struct compilation *c)
{
	return gs_pass_shapes(c->out->graph, c->diag);
}

static int run_pins(struct compilation *c)
{
	return gs_pass_qdq(c->out->graph, c->diag);
}

static int run_constants(struct compilation *c)
{
	return gs_pass_constants(c->out->graph, c->diag);
}

static int run_simplify(struct compilation *c)
{
	return gs_pass_simplify(c->out->graph, c->diag);
}

static int run_hard(struct compilation *c)
{
	return gs_pass_hard(c->out->graph, c->diag);
}

static int run_affine(struct compilation *c)
{
	return gs_pass_affine(c->out->graph, c->diag);
}

static int run_fuse(struct compilation *c)
{
	return gs_pass_fuse(c->out->graph, c->diag);
}

static int run_order(struct compilation *c)
{
	return gs_pass_order(c->out->graph, c->diag);
}

/* Shapes and attributes are checked before time is spent on calibration. */
/* What is bound here is for this pass only, and so is its memory. */
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

static int run_calibrate(struct compilation *c)
{
	unsigned i;
	int ret = 0;

	if (c->opts->calibrate)
		ret = c->opts->calibrate(c->opts->calibrate_ctx, c->out->graph,
					 &c->calib, &c->num_calib, c->diag);
	if (!ret)
		ret = gs_pass_calibrate(c->out->graph, c->calib, c->num_calib,
					c->diag);
	/* Who has no means corrects nothing. */
	for (i = 0; c->opts->plain && i < c->out->graph->num_tensors; i++)
		c->out->graph->tensor[i]->channel_mean = NULL;
	return ret;
}

static int run_equalize(struct compilation *c)
{
	/* Noise says too little of single channels. */
	return c->num_calib && !c->opts->plain ?
		       gs_pass_equalize(c->out->graph, c->diag) :
		       0;
}

static int run_parts(struct compilation *c)
{
	return gs_pass_parts(c->out->graph, c->diag);
}

static int run_ranges(struct compilation *c)
{
	return gs_pass_ranges(c->out->graph, c->calib, c->num_calib,
			      &c->opts->method, c->diag);
}

/* What it costs is measured between what is before and behind it. */
static int run_quantize(struct compilation *c)
{
	struct gs_quant_report *report = NULL;
	int ret = 0;

	if (c->opts->quant_report)
		ret = gs_quant_report_create(c->out->graph, c->calib,
					     c->num_calib, &report, c->diag);
	ret = ret ? ret : gs_pass_quantize(c->out->graph, c->diag);
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
	const int ret = gs_bind_graph(c->out->graph, &c->lib, &c->acg, true,
				      &c->first, c->diag);

	if (!ret)
		gs_choose_codelets(&c->first, &c->acg, c->opts->schedule);
	return ret;
}

static int run_first_layer(struct compilation *c)
{
	return c->opts->no_first_layer ?
		       0 :
		       gs_pass_first_layer(c->out->graph, &c->lib, &c->acg,
					   &c->first, c->diag);
}

static int run_fuse_pool(struct compilation *c)
{
	return gs_pass_fuse_pool(c->out->graph, &c->lib, &c->acg,
				 c->opts->schedule, &c->first, c->diag);
}

static int run_layout(struct compilation *c)
{
	const int ret = gs_check_codelets(c->first, c->opts->schedule, c->diag);

	return ret ? ret :
		     gs_pass_layout(c->out->graph, &c->lib, &c->acg, &c->first,
				    c->diag);
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

/* A decision about nothing is a mistake in a name. */
static void warn_unused(struct compilation *c)
{
	const struct gs_schedule *s = c->opts->schedule;
	unsigned i, l;

	for (i = 0; s && i < s->num_decisions; i++) {
		for (l = 0; l < c->out->num_layers; l++)
			if (!strcmp(c->out->plan[l].binding->node->name,
				    s->decision[i].layer))
				break;
		if (l == c->out->num_layers)
			gs_warn(c->diag,
				"schedule of %s: there is no such layer",
				s->decision[i].layer);
	}
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

	for (b = c->first; b; b = b->next)
		c->out->num_layers++;
	c->out->plan = calloc(c->out->num_layers ? c->out->num_layers : 1,
			      sizeof(*c->out->plan));
	if (!c->out->plan)
		return gs_error(c->diag, -ENOMEM, "out of memory");
	ret = fit_layers(c);
	if (ret)
		return ret;
	warn_unused(c);
	return keep_decisions(c);
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

struct pass {
	const char *name;
	int (*run)(struct compilation *c);
	bool qdq; /**< also on the way to the quantized ONNX model */
	bool model; /**< on the way to a model file */
};

static const struct pass passes[] = {
	/* clang-format off */
	{ "support",   run_support,   true,  true },
	{ "shapes",    run_shapes,    true,  true },
	{ "pins",      run_pins,      true,  true },
	{ "constants", run_constants, true,  true },
	{ "simplify",  run_simplify,  true,  true },
	{ "hard",      run_hard,      true,  true },
	{ "affine",    run_affine,    true,  true },
	{ "fuse",      run_fuse,      true,  true },
	{ "order",     run_order,     true,  true },
	{ "check",     run_check,     true,  true },
	{ "calibrate", run_calibrate, true,  true },
	{ "equalize",  run_equalize,  true,  true },
	{ "parts",     run_parts,     true,  true },
	{ "ranges",    run_ranges,    true,  true },
	{ "quantize",  run_quantize,  true,  true },
	{ "qdq",       run_qdq,       true,  false },
	{ "lower",     run_lower,     false, true },
	{ "bind",      run_bind,      false, true },
	{ "first-layer", run_first_layer, false, true },
	{ "fuse-pool", run_fuse_pool, false, true },
	{ "layout",    run_layout,    false, true },
	{ "schedule",  run_schedule,  false, true },
	{ "codegen",   run_codegen,   false, true },
	{ "emit",      run_emit,      false, true },
	/* clang-format on */
};

#define NUM_PASSES (sizeof(passes) / sizeof(passes[0]))

const char *gs_compile_pass(unsigned i)
{
	return i < NUM_PASSES ? passes[i].name : NULL;
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

/* What a quantized value is on the machine */
static void set_types(struct gs_graph *graph, const struct gs_arch *a)
{
	graph->data_type = a->data_width == 4 ? GS_DT_I4 : GS_DT_I8;
	graph->weight_type = a->wgt_width == 4 ? GS_DT_I4 : GS_DT_I8;
}

static int run_passes(struct compilation *c, enum gs_compile_goal goal)
{
	unsigned i;
	int ret = 0;

	for (i = 0; i < NUM_PASSES && !ret; i++) {
		if (!(goal == GS_GOAL_QDQ ? passes[i].qdq : passes[i].model))
			continue;
		ret = passes[i].run(c);
		if (!ret && c->opts->after_pass)
			c->opts->after_pass(c->opts->after_pass_ctx,
					    passes[i].name, c->out->graph,
					    c->first);
	}
	return ret;
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

int gs_compile(const void *onnx, size_t size,
	       const struct gs_compile_opts *opts, enum gs_compile_goal goal,
	       struct gs_compiled *out, struct gs_diag *diag)
{
	const struct gs_import_opts import = { .shape = opts->shape,
					       .num_shapes = opts->num_shapes };
	struct compilation c = { .opts = opts, .diag = diag, .out = out };
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
	ret = ret ? ret :
		    gs_import_onnx(onnx, size, &import, &out->graph, diag);
	if (!ret) {
		out->graph->rules = &out->rules;
		set_types(out->graph, arch);
	}
	ret = ret ? ret : add_meta(out->graph, opts, diag);
	if (!ret && opts->after_pass)
		opts->after_pass(opts->after_pass_ctx, "import", out->graph,
				 NULL);
	ret = ret ? ret : run_passes(&c, goal);
	return ret;
}

void gs_compile_free(struct gs_compiled *out)
{
	gs_program_free(&out->program);
	free(out->plan);
	free(out->model);
	free(out->qdq);
	free(out->decision);
	gs_graph_destroy(out->graph);
	gs_codelet_lib_free(&out->loaded);
	*out = (struct gs_compiled){ 0 };
}
