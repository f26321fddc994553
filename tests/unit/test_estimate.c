/* SPDX-License-Identifier: MIT */
/*
 * The scheduler's estimate against the timing model: every layer of the test
 * models, and the convolutions of ResNet-50 with what follows them.
 */
#include "tests/timing/estimate.h"
#include "tests/timing/resnet50.h"

/* One of so many models and convolutions, with sanitizers. */
#ifdef __SANITIZE_ADDRESS__
#define SHARE 8
#else
#define SHARE 1
#endif

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

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_models),
					    cmocka_unit_test(resnet50) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
