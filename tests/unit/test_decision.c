/* SPDX-License-Identifier: MIT */
/*
 * Decided schedules: what the compiler chose, given back, is the same model
 * file; other orders and tiles compute the same; what cannot be is refused.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/compile_util.h"

#define CONV \
	"tests/models/ops/conv_large_ic.onnx" /* 192 to 64 channels, 9 x 9 */

static int compile_decided(struct source *s, const struct gs_arch *arch,
			   const struct gs_schedule *schedule,
			   struct gs_compiled *out, struct report *r)
{
	const struct gs_compile_opts opts = {
		.arch = arch,
		.codelets = shared_library(),
		.calibrate = calibrate_noise,
		.calibrate_ctx = s,
		.schedule = schedule,
	};

	return gs_compile(s->data, s->size, &opts, GS_GOAL_MODEL, out,
			  report_init(r));
}

static void check_round_trip(const char *path, const struct gs_arch *arch)
{
	struct gs_compiled a, b;
	struct gs_schedule s;
	struct source src;
	struct report r;

	source_read(&src, path);
	if (!compile_decided(&src, arch, NULL, &a, &r)) {
		s = (struct gs_schedule){ .decision = a.decision,
					  .num_decisions = a.num_decisions,
					  .num_in_order = a.num_decisions };
		/* A model of views alone has a layer, "nothing". */
		assert_int_equal(a.num_decisions ? a.num_decisions : 1,
				 a.program.num_layers);
		if (compile_decided(&src, arch, &s, &b, &r))
			fail_msg("%s: %s", path, r.text);
		check_same_model(&a, &b);
		gs_compile_free(&b);
	}
	gs_compile_free(&a);
	source_fini(&src);
}

/* Every model, on a machine that splits some of them. */
static void test_round_trip(void **state)
{
	static char path[MAX_MODELS][128];
	const unsigned num = list_models(path, MAX_MODELS);
	struct gs_arch arch;

	(void)state;
	for (unsigned i = 0; i < num; i++) {
		load_arch(i % 2 ? "design_03" : "genesys_16x16", &arch);
		arch.simd_instr_depth = i % 4 == 3 ? 96 : 256;
		check_round_trip(path[i], &arch);
	}
}

static const struct gs_decision good[] = {
	{ .layer = "conv_0",
	  .codelet = "conv",
	  .loop = { { "oh", 4 }, { "oc", 1 }, { "ow", 9 }, { "ic", 3 } },
	  .num_loops = 4 },
	{ .layer = "conv_0",
	  .loop = { { "ow", 2 }, { "oc", 2 } },
	  .num_loops = 2 },
	{ .layer = "conv_0",
	  .loop = { { "oc", 3 }, { "ic", 2 }, { "kh", 1 } },
	  .num_loops = 3 },
	{ .layer = "conv_0",
	  .loop = { { "oh", 3 } },
	  .num_loops = 1,
	  .split = true },
	{ .layer = "conv_0",
	  .loop = { { "oc", 2 } },
	  .num_loops = 1,
	  .strips = 4 },
};

/* The decided loops, in their order; others, which are whole, may stand between them. */
static void check_kept(const struct gs_decision *want,
		       const struct gs_decision *got)
{
	unsigned l, found = 0;

	for (l = 0; l < got->num_loops && found < want->num_loops; l++)
		if (!strcmp(got->loop[l].name, want->loop[found].name))
			assert_int_equal(got->loop[l].tile,
					 want->loop[found++].tile);
	assert_int_equal(found, want->num_loops);
}

static void test_other(void **state)
{
	struct result want;
	struct gs_compiled c;
	struct source s;
	struct report r;

	(void)state;
	source_read(&s, CONV);
	reference(&s, &want);
	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct gs_schedule one = { .decision = &good[i],
						 .num_decisions = 1 };

		if (compile_decided(&s, NULL, &one, &c, &r))
			fail_msg("decision %u: %s", i, r.text);
		check_kept(&good[i], &c.decision[0]);
		check_runs(&c, &want, CONV, "decided");
		gs_compile_free(&c);
	}
	free(want.data);
	source_fini(&s);
}

static const struct {
	struct gs_decision d;
	int ret;
	const char *says;
} bad[] = {
	{ { .layer = "conv_0", .loop = { { "ox", 1 } }, .num_loops = 1 },
	  -EINVAL,
	  "schedule of conv_0: codelet conv has no loop ox" },
	{ { .layer = "conv_0", .loop = { { "oh", 0 } }, .num_loops = 1 },
	  -EINVAL,
	  "the tile of oh is 0, expected 1 to 9" },
	{ { .layer = "conv_0", .loop = { { "oh", 10 } }, .num_loops = 1 },
	  -EINVAL,
	  "the tile of oh is 10, expected 1 to 9" },
	{ { .layer = "conv_0",
	    .loop = { { "oh", 3 }, { "oh", 3 } },
	    .num_loops = 2 },
	  -EINVAL,
	  "loop oh comes twice" },
	{ { .layer = "conv_0", .loop = { { "ic", 5 } }, .num_loops = 1 },
	  -EINVAL,
	  "the tile of the reduction ic, 5, does not divide its 12" },
	{ { .layer = "conv_0",
	    .loop = { { "ic", 3 }, { "oh", 3 } },
	    .num_loops = 2 },
	  -EINVAL,
	  "loop oh stands inside the reduction ic" },
	{ { .layer = "conv_0",
	    .loop = { { "oh", 9 } },
	    .num_loops = 1,
	    .strips = 9 },
	  -EINVAL,
	  "schedule of conv_0: 9 strips, expected at most 8" },
	{ { .layer = "conv_0", .codelet = "gemm" },
	  -EINVAL,
	  "schedule of conv_0: no codelet gemm fits this node (Conv)" },
};

static void test_refused(void **state)
{
	struct gs_schedule one = { .num_decisions = 1 };
	struct gs_compiled c;
	struct gs_arch arch;
	struct source s;
	struct report r;

	(void)state;
	source_read(&s, CONV);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		one.decision = &bad[i].d;
		assert_int_equal(compile_decided(&s, NULL, &one, &c, &r),
				 bad[i].ret);
		assert_says(r.text, bad[i].says);
		assert_int_equal(r.num, 1);
		gs_compile_free(&c);
	}
	/* 108 rows of weights for each of 4 rows of output channels. */
	load_arch("genesys_16x16", &arch);
	arch.wbuf_depth = 200;
	one.decision = &(struct gs_decision){ .layer = "conv_0",
					      .loop = { { "oc", 1 } },
					      .num_loops = 1 };
	assert_int_equal(compile_decided(&s, &arch, &one, &c, &r), -ENOSPC);
	assert_says(
		r.text,
		"schedule of conv_0: its tile needs 108 rows of WBUF, which has 100 for one: 8 too many");
	gs_compile_free(&c);
	one.decision = &(struct gs_decision){ .layer = "conv_9" };
	assert_int_equal(compile_decided(&s, NULL, &one, &c, &r), 0);
	assert_says(r.text, "schedule of conv_9: there is no such layer");
	gs_compile_free(&c);
	source_fini(&s);
}

/* Less of a memory: the search keeps within it. */
static void test_rows(void **state)
{
	struct gs_schedule few = { .rows = { [GS_ACG_WBUF] = 50 } };
	struct gs_compiled c;
	struct source s;
	struct report r;

	(void)state;
	source_read(&s, CONV);
	assert_int_equal(compile_decided(&s, NULL, &few, &c, &r), 0);
	for (unsigned l = 0; l < c.decision[0].num_loops; l++)
		if (!strcmp(c.decision[0].loop[l].name, "ic"))
			assert_true(c.decision[0].loop[l].tile <= 5);
	gs_compile_free(&c);
	few.rows[GS_ACG_WBUF] = 1 << 20;
	assert_int_equal(compile_decided(&s, NULL, &few, &c, &r), -EINVAL);
	assert_says(r.text,
		    "buffers.WBUF: a tile may have 1048576 rows, but machine");
	gs_compile_free(&c);
	source_fini(&s);
}

/* Every effort computes the same, the same bytes again, and none is slower than one that looks at less. */
static void check_efforts(const char *path, const struct gs_arch *arch)
{
	struct gs_compiled c, again;
	struct result want;
	double estimate[GS_MAX_EFFORT + 1] = { 0 };
	struct source s;
	struct report r;

	source_read(&s, path);
	for (int e = 0; e <= GS_MAX_EFFORT; e++) {
		const struct gs_schedule effort = {
			.more_effort = e - GS_DEFAULT_EFFORT
		};

		if (compile_decided(&s, arch, &effort, &c, &r))
			fail_msg("%s: %s", path, r.text);
		assert_int_equal(compile_decided(&s, arch, &effort, &again, &r),
				 0);
		check_same_model(&c, &again);
		estimate[e] = estimated_cycles(&c);
		if (e)
			check_runs(&c, &want, path, "more effort");
		else
			run_compiled(&c, &want);
		gs_compile_free(&c);
		gs_compile_free(&again);
	}
	/* Of the estimates a slower one may be chosen, by 2 %: the event model knows better. */
	assert_true(estimate[1] <= 1.02 * estimate[0]);
	assert_true(estimate[3] <= 1.02 * estimate[1]);
	free(want.data);
	source_fini(&s);
}

static void test_efforts(void **state)
{
	static const char *const path[] = {
		CONV,
		"tests/models/fashion_lenet.onnx",
		"tests/models/ops/conv_extent_97x17.onnx",
		"tests/models/ops/conv_depthwise5x5_s2.onnx",
		"tests/models/ops/maxpool3x3_s2_pad1.onnx",
		"tests/models/ops/memory_chain.onnx",
	};
	struct gs_arch arch;

	(void)state;
	for (unsigned i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
		load_arch(i % 2 ? "design_03" : "genesys_8x8", &arch);
		check_efforts(path[i], &arch);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_other),
		cmocka_unit_test(test_refused),	   cmocka_unit_test(test_rows),
		cmocka_unit_test(test_efforts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
