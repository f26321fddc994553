/* SPDX-License-Identifier: MIT */
/*
 * Code for tilings the scheduler would not choose: whatever the tiles, the
 * same bytes come out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codegen/codegen.h"
#include "compiler/schedule/steps.h"
#include "compiler/emit/model_file.h"
#include "tests/unit/compile_util.h"

#define MAX_LAYERS 16
#define TILINGS 40 /* of each layer */

struct work {
	struct source source;
	const char *name;
	struct gs_arch arch;
	struct gs_acg acg;
	struct report report;
	struct gs_planned layer[MAX_LAYERS];
	unsigned num_layers, num_run;
	struct result want;
	uint32_t seed;
};

static uint32_t pick(struct work *w, uint32_t limit)
{
	w->seed = w->seed * 1664525u + 1013904223u;
	return (w->seed >> 8) % limit;
}

/* Code for all layers as they are tiled now, run. */
static void run_layers(struct work *w, struct gs_graph *graph,
		       struct result *out)
{
	struct gs_program prog;
	uint8_t *data = NULL;
	size_t size = 0;

	report_init(&w->report);
	if (gs_codegen(graph, &w->acg, w->layer, w->num_layers, &prog,
		       &w->report.diag) ||
	    gs_emit_model(&prog, &data, &size, &w->report.diag))
		fail_msg("%s: %s", w->name, w->report.text);
	run_model(data, size, &w->arch, w->name, out);
	w->num_run++;
	free(data);
	gs_program_free(&prog);
}

/* Loops in another order; reductions stay inside, those of the array and parts. */
static void shuffle(struct work *w, const struct gs_bound_node *b,
		    struct gs_tiling *t)
{
	unsigned num = 0, i;

	while (num < t->num_order && !b->var[t->order[num]].reduce)
		num++;
	for (i = num; i > 1 && !b->node->move; i--) {
		const unsigned k = pick(w, i), var = t->order[i - 1];

		t->order[i - 1] = t->order[k];
		t->order[k] = var;
	}
}

/* A random tile for every variable that may be cut; often the whole or one unit. */
static void random_tiling(struct work *w, const struct gs_bound_node *b,
			  struct gs_tiling *t)
{
	unsigned i;

	for (i = 0; i < t->num_order; i++) {
		const struct gs_var *v = &b->var[t->order[i]];
		uint32_t tile;

		do {
			tile = pick(w, 4) ? 1 + pick(w, v->units) :
			       pick(w, 2) ? 1 :
					    v->units;
		} while (!gs_tile_allowed(b, t->order[i], tile));
		t->tile[t->order[i]] = tile;
	}
	t->split_words = pick(w, 4) ? 0 : 30 + pick(w, 100);
	t->strips = pick(w, 3) ? pick(w, GS_MAX_STRIPS + 1) : 0;
	shuffle(w, b, t);
}

static void describe(const struct gs_planned *layer, char *buf, size_t size)
{
	size_t len =
		(size_t)snprintf(buf, size, "%s", layer->binding->node->name);
	unsigned i;

	for (i = 0; i < layer->tiling.num_order && len < size; i++) {
		const unsigned v = layer->tiling.order[i];

		len += (size_t)snprintf(buf + len, size - len, " %s=%u/%u",
					layer->binding->var[v].name,
					layer->tiling.tile[v],
					layer->binding->var[v].units);
	}
	if (len < size)
		snprintf(buf + len, size - len,
			 " split in blocks of %u words, %u strips",
			 layer->tiling.split_words, layer->tiling.strips);
}

static void try_tilings(struct work *w, struct gs_graph *graph,
			struct gs_planned *layer)
{
	const struct gs_tiling chosen = layer->tiling;
	struct result got;
	char text[256];
	unsigned i;

	for (i = 0; i < TILINGS; i++) {
		random_tiling(w, layer->binding, &layer->tiling);
		if (!gs_plan_fits(layer->binding, &w->acg, &layer->tiling))
			continue;
		run_layers(w, graph, &got);
		describe(layer, text, sizeof(text));
		check_same(&w->want, &got, w->name, text);
		free(got.data);
	}
	layer->tiling = chosen;
}

/* The codelets live until gs_compile() returns, so all is done in its hook. */
static void after_pass(void *ctx, const char *pass, struct gs_graph *graph,
		       struct gs_bound_node *first)
{
	struct work *w = ctx;
	struct gs_bound_node *b;
	unsigned i;

	if (strcmp(pass, "layout"))
		return;
	for (b = first; b; b = b->next) {
		struct gs_planned *l = &w->layer[w->num_layers++];

		assert_true(w->num_layers <= MAX_LAYERS);
		l->binding = b;
		assert_int_equal(gs_plan_layer(b, &w->acg, &l->tiling,
					       &w->report.diag),
				 0);
	}
	run_layers(w, graph, &w->want);
	for (i = 0; i < w->num_layers; i++)
		try_tilings(w, graph, &w->layer[i]);
}

/* The source is read already. */
static void check_tilings(struct work *w, const char *name,
			  const struct gs_arch *arch)
{
	const struct gs_compile_opts opts = {
		.arch = &w->arch,
		.codelets = shared_library(),
		.calibrate = calibrate_noise,
		.calibrate_ctx = &w->source,
		.after_pass = after_pass,
		.after_pass_ctx = w,
	};
	struct gs_compiled c;

	w->name = name;
	w->arch = *arch;
	w->arch.instr_depth = w->arch.simd_instr_depth = 65536;
	w->seed = 1;
	gs_acg_init(&w->acg, &w->arch);
	if (gs_compile(w->source.data, w->source.size, &opts, GS_GOAL_MODEL, &c,
		       report_init(&w->report)))
		fail_msg("%s: %s", name, w->report.text);
	assert_true(w->num_run > TILINGS / 2);
	gs_compile_free(&c);
	free(w->want.data);
	source_fini(&w->source);
}

static void check_models(const struct gs_arch *arch)
{
	static const char *const name[] = {
		"conv5x5_s2_pad2",
		"conv_asymmetric_pads",
		"conv_extent_13x17",
		"conv_large_ic",
		"residual_downsample",
		"maxpool3x3_s2_pad1",
		"matmul_const",
		"shape_chain_gemm",
		"softmax_axis1",
		"two_inputs_two_outputs",
		"conv_depthwise5x5_s2",
		"conv_group_of8_to16",
		"avgpool3x3_pad1",
		"global_avgpool",
		"conv_group3_uneven",
		"gemm_picture28",
		"mul_plane",
		"add_broadcast",
		"residual_relu6",
		"conv_leaky",
	};
	struct work w = { 0 };
	size_t i;

	source_batch(&w.source);
	check_tilings(&w, "batch", arch);
	for (i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		char path[128];

		w = (struct work){ 0 };
		snprintf(path, sizeof(path), "tests/models/ops/%s.onnx",
			 name[i]);
		source_read(&w.source, path);
		check_tilings(&w, name[i], arch);
	}
}

static void test_column(void **state)
{
	struct gs_arch arch;

	(void)state;
	load_arch("genesys_8x8", &arch);
	check_models(&arch);
}

static void test_published(void **state)
{
	struct gs_arch arch;

	(void)state;
	load_arch("fpga4x4", &arch);
	check_models(&arch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_column),
		cmocka_unit_test(test_published),
	};

	return cmocka_run_group_tests_name("tilings", tests, NULL, NULL);
}
