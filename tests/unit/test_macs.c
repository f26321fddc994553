/* SPDX-License-Identifier: MIT */
/*
 * Multiply-accumulates of operators, by hand; of ResNet-50 the count that is
 * published. All models against ONNX: tests/conformance/macs.py.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "compiler/passes/macs.h"
#include "genesys/model_file.h"
#include "tests/timing/resnet50.h"

struct shapes {
	struct gs_shape x, w, y;
};

static void keep(void *ctx, enum gs_severity severity, const char *text)
{
	(void)severity;
	strncat(ctx, text, 255);
}

static int count(const char *op, const struct shapes *s, uint64_t *macs,
		 char text[512])
{
	struct gs_diag diag = { .report = keep, .ctx = text };
	struct gs_tensor x = { .shape = s->x }, w = { .shape = s->w },
			 y = { .shape = s->y };
	struct gs_node node = { .name = "n",
				.op = op,
				.domain = "",
				.num_inputs = 2,
				.num_outputs = 1,
				.input = { &x, &w },
				.output = { &y },
				.macs = 12345 };
	int ret;

	text[0] = 0;
	ret = gs_node_count_macs(&node, &diag);
	*macs = node.macs;
	return ret;
}

static void check(const char *op, const struct shapes *s, uint64_t want)
{
	char text[512];
	uint64_t macs;

	assert_int_equal(count(op, s, &macs, text), 0);
	if (macs != want)
		fail_msg("%s: %llu, expected %llu", op,
			 (unsigned long long)macs, (unsigned long long)want);
}

static void test_operators(void **state)
{
	/* 10 input and 20 output channels, 3x5, a result of 2x20x7x9 */
	static const struct shapes conv = { { 4, { 2, 10, 7, 9 } },
					    { 4, { 20, 10, 3, 5 } },
					    { 4, { 2, 20, 7, 9 } } };
	static const struct shapes depthwise = { { 4, { 1, 8, 6, 6 } },
						 { 4, { 8, 1, 3, 3 } },
						 { 4, { 1, 8, 3, 3 } } };
	static const struct shapes grouped = { { 4, { 1, 8, 5, 5 } },
					       { 4, { 12, 2, 1, 1 } },
					       { 4, { 1, 12, 5, 5 } } };
	static const struct shapes row = { { 3, { 1, 4, 11 } },
					   { 3, { 6, 4, 3 } },
					   { 3, { 1, 6, 9 } } };
	/* of 2 groups: 4 input channels to 3 each */
	static const struct shapes up = { { 4, { 1, 8, 5, 6 } },
					  { 4, { 8, 3, 2, 4 } },
					  { 4, { 1, 6, 10, 14 } } };
	static const struct shapes gemm = { { 2, { 3, 100 } },
					    { 2, { 7, 100 } },
					    { 2, { 3, 7 } } };
	static const struct shapes matmul = { { 3, { 4, 5, 6 } },
					      { 2, { 7, 6 } },
					      { 3, { 4, 5, 7 } } };

	(void)state;
	check("Conv", &conv, 2 * 7 * 9 * 20 * 10 * 15);
	check("Conv", &depthwise, 3 * 3 * 8 * 9);
	check("Conv", &grouped, 5 * 5 * 12 * 2);
	check("Conv", &row, 9 * 6 * 4 * 3);
	check("ConvTranspose", &up, 5 * 6 * 8 * 3 * 8);
	check("Gemm", &gemm, 3 * 7 * 100);
	check("MatMul", &matmul, 4 * 5 * 7 * 6);
	check("Add", &conv, 0);
	check("Mul", &matmul, 0);
	check("AveragePool", &conv, 0);
}

static void test_resnet50(void **state)
{
	const struct shapes fc = { { 2, { 1, 2048 } },
				   { 2, { 1000, 2048 } },
				   { 2, { 1, 1000 } } };
	uint64_t all = 0, macs;
	int convs = 0;
	char text[512];

	(void)state;
	for (unsigned i = 0; i < RESNET50_CONVS; i++) {
		const struct resnet50_conv *c = &resnet50_convs[i];
		const int64_t h = resnet50_height(c);
		const struct shapes s = {
			.w = { 4, { c->oc, c->ic, c->kernel, c->kernel } },
			.y = { 4, { 1, c->oc, h, h } },
		};

		assert_int_equal(count("Conv", &s, &macs, text), 0);
		all += macs * (uint64_t)c->times;
		convs += c->times;
	}
	assert_int_equal(convs, 53);
	assert_true(all == 4089184256 - 2048000);
	assert_int_equal(count("Gemm", &fc, &macs, text), 0);
	assert_true(all + macs == 4089184256);
}

static void test_overflow(void **state)
{
	/* tensors of 2^39 elements are the largest there are */
	static const struct shapes most = { .w = { 2, { 1, 1ll << 23 } },
					    .y = { 2, { 1, 1ll << 39 } } };
	static const struct shapes more = { .w = { 2, { 1, 1ll << 24 } },
					    .y = { 2, { 1, 1ll << 39 } } };
	static const struct shapes wraps = { .w = { 2, { 1, 1ll << 39 } },
					     .y = { 2, { 1, 1ll << 39 } } };
	static const struct shapes unknown = { .w = { 2, { 1, 8 } },
					       .y = { 2, { -1, 8 } } };
	char text[512];
	uint64_t macs;

	(void)state;
	check("Gemm", &most, GS_ELF_MAX_MACS);
	assert_int_equal(count("Gemm", &more, &macs, text), -EOVERFLOW);
	assert_non_null(strstr(text, "more than 2^62 multiply-accumulates"));
	assert_int_equal(count("Gemm", &wraps, &macs, text), -EOVERFLOW);
	assert_int_equal(count("Gemm", &unknown, &macs, text), -EOVERFLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operators),
		cmocka_unit_test(test_resnet50),
		cmocka_unit_test(test_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
