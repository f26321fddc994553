/* SPDX-License-Identifier: MIT */
/*
 * The scheduler's estimate against the timing model: every layer of the test
 * models, and the convolutions of ResNet-50 with what follows them.
 */
#include "hw-model/isa/sanitized.h"
#include "tests/timing/estimate.h"
#include "tests/timing/resnet50.h"
#include "tests/unit/onnx_builder.h"

/* One of so many models and convolutions, with sanitizers. */
#define SHARE (GS_SANITIZED ? 8 : 1)

/* ---- models --------------------------------------------------------------------- */

static const char *const machines[] = { "genesys_16x16", "design_03",
					"design_07" };

static void test_models(void **state)
{
	static char path[MAX_MODELS][128];
	const unsigned num = list_models(path, MAX_MODELS);
	struct estimates r = { 0 };

	(void)state;
	for (unsigned i = 0; i < num; i += SHARE) {
		struct gs_compiled c;
		struct gs_arch arch;
		struct source s;
		struct report text;

		load_arch(machines[i % 3], &arch);
		source_read(&s, path[i]);
		if (!compile(&s, &arch, &c, &text))
			estimates_add(&c, path[i], &r);
		gs_compile_free(&c);
		source_fini(&s);
	}
	estimates_judge("test models", &r, SHARE == 1 ? 0.005 : 1);
}

static void resnet50(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 3; k++) {
		struct estimates r = { 0 };
		struct gs_arch arch;

		load_arch(machines[k], &arch);
		for (unsigned i = 0; i < RESNET50_CONVS; i += SHARE) {
			const struct resnet50_conv *conv = &resnet50_convs[i];
			struct source s = { .data = NULL };
			struct gs_compiled c;
			struct report text;

			s.data = resnet50_build(conv, true, &s.size);
			assert_non_null(s.data);
			assert_int_equal(compile(&s, &arch, &c, &text), 0);
			for (int n = 0; n < conv->times; n++)
				estimates_add(&c, conv->name, &r);
			gs_compile_free(&c);
			source_fini(&s);
		}
		estimates_judge(machines[k], &r, SHARE == 1 ? 0.005 : 1);
	}
}

/*
 * One pixel, whose weights take the channel longer than the array: the sum of a
 * tile is cut in three, and the SIMD unit waits for the weights of all parts.
 */
static void cut_sum(void **state)
{
	const int64_t in[] = { 1, 48, 1, 1 }, w[] = { 1152, 48, 1, 1 },
		      out[] = { 1, 1152, 1, 1 };
	static struct builder b;
	struct source s = { .data = NULL };
	struct estimates r = { 0 };
	struct gs_compiled c;
	struct report text;
	struct gs_arch arch;

	(void)state;
	load_arch("genesys_16x16", &arch);
	b_init(&b, 13);
	b_input(&b, "x", 4, in);
	b_weights(&b, "w", 4, w);
	b_node(&b, "Conv", "x w", "c");
	b_node(&b, "Sigmoid", "c", "y");
	b_output(&b, "y", 4, out);
	s.data = b_pack(&b, &s.size);
	b_fini(&b);
	assert_non_null(s.data);
	assert_int_equal(compile(&s, &arch, &c, &text), 0);
	assert_non_null(strstr(c.program.layer[0].note, "oc=36/72"));
	assert_non_null(strstr(c.program.layer[0].note, "ic=1/3"));
	estimates_add(&c, "cut sum", &r);
	estimates_judge("cut sum", &r, 0.02);
	gs_compile_free(&c);
	source_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_models),
					    cmocka_unit_test(resnet50),
					    cmocka_unit_test(cut_sum) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
