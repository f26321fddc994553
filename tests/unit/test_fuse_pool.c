/* SPDX-License-Identifier: MIT */
/*
 * A convolution, what is added to it and the pool behind it in one layer: the
 * same bytes as one after the other, wherever windows reach out of the picture.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/fdfg.h"
#include "hw-model/isa/sanitized.h"
#include "tests/unit/compile_util.h"
#include "tests/unit/onnx_builder.h"

struct shape {
	int64_t n, ic, h, w, oc, kernel, stride, pad;
	int64_t pool[2], pool_stride[2], pool_pad[4];
	bool ceil;
};

/* What stands behind the convolution, and the codelet of all of it */
struct chain {
	const char *codelet, *op;
	const char *activation; /* NULL: none */
	bool added; /* a tensor, before the activation */
};

static const struct chain relu_max = { "conv_maxpool", "MaxPool", "Relu",
				       false };

/* Of the convolution */
static int64_t conv_extent(const struct shape *s, int axis)
{
	return ((axis ? s->w : s->h) + 2 * s->pad - s->kernel) / s->stride + 1;
}

static int64_t extent(const struct shape *s, int axis)
{
	const int64_t rest = conv_extent(s, axis) + s->pool_pad[axis] +
			     s->pool_pad[axis + 2] - s->pool[axis];

	if (!s->pool[axis])
		return 1;
	return (rest + (s->ceil ? s->pool_stride[axis] - 1 : 0)) /
		       s->pool_stride[axis] +
	       1;
}

static void add_conv(struct builder *b, const struct shape *s, const char *y)
{
	const int64_t strides[2] = { s->stride, s->stride };
	const int64_t pads[4] = { s->pad, s->pad, s->pad, s->pad };
	Onnx__NodeProto *n;

	b_init(b, 13);
	b_input(b, "x", 4, (int64_t[]){ s->n, s->ic, s->h, s->w });
	b_noise(b, "w", 4, (int64_t[]){ s->oc, s->ic, s->kernel, s->kernel }, 5,
		1);
	b_noise(b, "b", 1, &s->oc, 5, 1);
	n = b_node(b, "Conv", "x w b", y);
	b_attr_ints(b, n, "strides", 2, strides);
	b_attr_ints(b, n, "pads", 4, pads);
}

/* @x and an input of the model are added, to "a". */
static void add_sum(struct builder *b, const struct shape *s, const char *x)
{
	char inputs[16];

	b_input(b, "r", 4,
		(int64_t[]){ s->n, s->oc, conv_extent(s, 0),
			     conv_extent(s, 1) });
	snprintf(inputs, sizeof(inputs), "%s r", x);
	b_node(b, "Add", inputs, "a");
}

static void add_pool(struct builder *b, const struct shape *s, const char *op,
		     const char *x)
{
	Onnx__NodeProto *n = b_node(b, op, x, "y");

	if (s->pool[0]) {
		b_attr_ints(b, n, "kernel_shape", 2, s->pool);
		b_attr_ints(b, n, "strides", 2, s->pool_stride);
		b_attr_ints(b, n, "pads", 4, s->pool_pad);
		b_attr_int(b, n, "ceil_mode", s->ceil);
	}
	b_output(b, "y", 4,
		 (int64_t[]){ s->n, s->oc, extent(s, 0), extent(s, 1) });
}

/* @n0: of the convolution; NULL: all is the compiler's choice */
static int try_decided(struct source *s, const struct gs_arch *arch,
		       const struct gs_decision *n0, struct gs_compiled *out,
		       struct report *r)
{
	const struct gs_schedule schedule = { .decision = n0,
					      .num_decisions = n0 ? 1 : 0 };
	const struct gs_compile_opts opts = {
		.arch = arch,
		.codelets = shared_library(),
		.calibrate = calibrate_noise,
		.calibrate_ctx = s,
		.schedule = &schedule,
	};

	return gs_compile(s->data, s->size, &opts, GS_GOAL_MODEL, out,
			  report_init(r));
}

static void compile_decided(struct source *s, const struct gs_arch *arch,
			    const struct gs_decision *n0,
			    struct gs_compiled *out)
{
	struct report r;

	if (try_decided(s, arch, n0, out, &r))
		fail_msg("%s", r.text);
}

static void compile_as(struct source *s, const struct gs_arch *arch,
		       const char *codelet, struct gs_compiled *out)
{
	const struct gs_decision n0 = { .layer = "n00", .codelet = codelet };

	compile_decided(s, arch, codelet ? &n0 : NULL, out);
}

static unsigned num_fused(const struct gs_compiled *c)
{
	const struct gs_node *n;
	unsigned num = 0;

	for (n = c->graph->node; n; n = n->next)
		num += !strcmp(n->op, "ConvMaxPool") ||
		       !strcmp(n->op, "ConvAveragePool");
	return num;
}

static uint64_t macs(const struct gs_compiled *c)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < c->program.num_layers; i++)
		sum += c->program.layer[i].macs;
	return sum;
}

/* One layer has the same bytes as two. Returns whether it is what the compiler takes, as the cheaper. */
static unsigned check_fused(struct source *s, const struct chain *chain,
			    const struct gs_arch *arch, const char *what)
{
	struct gs_compiled apart, fused, chosen;
	unsigned num;

	compile_as(s, arch, "conv", &apart);
	compile_as(s, arch, chain->codelet, &fused);
	compile_as(s, arch, NULL, &chosen);
	assert_int_equal(num_fused(&apart), 0);
	assert_int_equal(num_fused(&fused), 1);
	assert_string_equal(fused.graph->node->name, "n00");
	assert_string_equal(fused.decision[0].codelet, chain->codelet);
	assert_int_equal(macs(&fused), macs(&apart));
	num = num_fused(&chosen);
	assert_true(estimated_cycles(&chosen) <= estimated_cycles(&apart));
	check_alike(&apart, &fused, what, arch->name);
	gs_compile_free(&apart);
	gs_compile_free(&fused);
	gs_compile_free(&chosen);
	return num;
}

/* Tiles of so many rows and columns of windows, at most */
static void check_tiles(struct source *s, const char *codelet,
			const struct gs_arch *arch, const struct shape *sh,
			uint32_t rows, uint32_t columns)
{
	const int64_t h = extent(sh, 0), w = extent(sh, 1);
	const struct gs_decision n0 = {
		.layer = "n00",
		.codelet = codelet,
		.loop = { { "ph", h < rows ? (uint32_t)h : rows },
			  { "pw", w < columns ? (uint32_t)w : columns } },
		.num_loops = 2
	};
	struct gs_compiled apart, tiled;

	compile_as(s, arch, "conv", &apart);
	compile_decided(s, arch, &n0, &tiled);
	check_alike(&apart, &tiled, "tiles", arch->name);
	gs_compile_free(&apart);
	gs_compile_free(&tiled);
}

/* Every so many machines, with sanitizers */
#define SHARE (GS_SANITIZED ? 3 : 1)

static const char *const machine[] = { "genesys_8x8",	"genesys_16x16",
				       "genesys_32x32", "design_09",
				       "design_14",	"design_05" };

/* Returns how often one layer was the cheaper. */
static unsigned check_case(const char *name, const struct shape *s,
			   const struct chain *c)
{
	const char *last = c->added ? "a" : "c";
	struct source source;
	struct builder b;
	unsigned num = 0;
	size_t k;

	add_conv(&b, s, "c");
	if (c->added)
		add_sum(&b, s, "c");
	if (c->activation)
		b_node(&b, c->activation, last, "t");
	add_pool(&b, s, c->op, c->activation ? "t" : last);
	source_pack(&source, &b);
	for (k = 1 % SHARE; k < 6; k += SHARE) {
		struct gs_arch arch;
		unsigned n;

		load_arch(machine[k], &arch);
		n = check_fused(&source, c, &arch, name);
		print_message("%s, %s: %s\n", name, machine[k],
			      n ? "one" : "two");
		num += n;
		if (k % 4 != 1)
			continue;
		check_tiles(&source, c->codelet, &arch, s, 2, 3);
		check_tiles(&source, c->codelet, &arch, s, 1, 100);
		check_tiles(&source, c->codelet, &arch, s, 3, 1);
	}
	source_fini(&source);
	return num;
}

static void test_shapes(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		struct shape s;
	} cases[] = {
		{ "ResNet's", { 1, 3, 42, 38, 24, 7, 2, 3, { 3, 3 }, { 2, 2 }, { 1, 1, 1, 1 }, 0 } },
		{ "2x2/2", { 1, 5, 24, 20, 20, 3, 1, 1, { 2, 2 }, { 2, 2 }, { 0, 0, 0, 0 }, 0 } },
		{ "2x2/2 of odd extents", { 2, 3, 17, 13, 9, 3, 1, 0, { 2, 2 }, { 2, 2 }, { 0, 0, 0, 0 }, 0 } },
		{ "3x3/2 at every edge", { 1, 20, 15, 17, 40, 3, 1, 1, { 3, 3 }, { 2, 2 }, { 1, 1, 1, 1 }, 0 } },
		{ "with an end that hangs over", { 1, 4, 19, 15, 17, 3, 1, 1, { 3, 3 }, { 2, 2 }, { 0, 0, 0, 0 }, 1 } },
		{ "3x2/1x2", { 1, 17, 9, 14, 17, 1, 1, 0, { 3, 2 }, { 1, 2 }, { 1, 0, 1, 0 }, 0 } },
		{ "wider than its stride", { 1, 8, 21, 21, 16, 3, 2, 1, { 2, 2 }, { 3, 3 }, { 0, 1, 0, 0 }, 0 } },
		{ "one window", { 1, 8, 4, 3, 16, 1, 1, 0, { 4, 3 }, { 1, 1 }, { 0, 0, 0, 0 }, 0 } },
		{ "two windows, both cut", { 1, 8, 3, 3, 16, 1, 1, 0, { 3, 3 }, { 2, 2 }, { 1, 1, 1, 1 }, 0 } },
	};
	/* clang-format on */
	unsigned num = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		num += check_case(cases[i].name, &cases[i].s, &relu_max);
	assert_true(num > 20 / SHARE);
}

/* Sums are compared, bounded and requantized as if they were stored; so are means made of them. */
static void test_chains(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		struct shape s;
		struct chain chain;
	} cases[] = {
		{ "sum, 2x2/2", { 1, 5, 12, 10, 20, 3, 1, 1, { 2, 2 }, { 2, 2 }, { 0, 0, 0, 0 }, 0 },
		  { "conv_add_maxpool", "MaxPool", "Relu", true } },
		{ "sum, 3x3/2 at every edge", { 2, 20, 15, 17, 40, 3, 1, 1, { 3, 3 }, { 2, 2 }, { 1, 1, 1, 1 }, 0 },
		  { "conv_add_maxpool", "MaxPool", NULL, true } },
		{ "sum, with an end that hangs over", { 1, 4, 19, 15, 17, 3, 2, 1, { 3, 3 }, { 2, 2 }, { 0, 1, 0, 0 }, 1 },
		  { "conv_add_maxpool", "MaxPool", "Relu", true } },
		{ "mean of a picture", { 1, 40, 7, 7, 72, 1, 1, 0, { 0 }, { 0 }, { 0 }, 0 },
		  { "conv_avgpool", "GlobalAveragePool", "Relu", false } },
		{ "mean of pictures of sums", { 2, 20, 6, 5, 37, 3, 1, 1, { 0 }, { 0 }, { 0 }, 0 },
		  { "conv_avgpool", "GlobalAveragePool", "Relu", true } },
		{ "2x2/2 means", { 1, 40, 11, 9, 20, 1, 1, 0, { 2, 2 }, { 2, 2 }, { 0 }, 0 },
		  { "conv_avgpool", "AveragePool", "LeakyRelu", false } },
		{ "3x2/1x3 means of sums", { 2, 9, 9, 14, 17, 3, 2, 1, { 3, 2 }, { 1, 3 }, { 0 }, 0 },
		  { "conv_avgpool", "AveragePool", NULL, true } },
	};
	/* clang-format on */
	unsigned num = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		num += check_case(cases[i].name, &cases[i].s, &cases[i].chain);
	assert_true(num > 10 / SHARE);
}

/*
 * A tile holds all rows and columns of a mean. Up to which size one layer is
 * taken depends on the machine; from some on two are, and asking for one is
 * refused.
 */
static void test_sizes(void **state)
{
	static const struct chain mean = { "conv_avgpool", "GlobalAveragePool",
					   "Relu", false };
	static const int64_t side[] = { 1, 13, 23, 31, 40, 70 };
	const struct gs_decision n0 = { .layer = "n00",
					.codelet = mean.codelet };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(side) / sizeof(side[0]); i++) {
		const struct shape s = { .n = 1,
					 .ic = 16,
					 .h = side[i],
					 .w = side[i],
					 .oc = 16,
					 .kernel = 1,
					 .stride = 1 };
		struct gs_compiled c;
		struct source source;
		struct builder b;
		struct report r;
		int ret;

		add_conv(&b, &s, "c");
		b_node(&b, "Relu", "c", "t");
		add_pool(&b, &s, mean.op, "t");
		source_pack(&source, &b);
		ret = try_decided(&source, gs_arch_default(), &n0, &c, &r);
		gs_compile_free(&c);
		if (ret) {
			assert_non_null(strstr(r.text, "n00"));
			compile_as(&source, gs_arch_default(), NULL, &c);
			assert_int_equal(num_fused(&c), 0);
			gs_compile_free(&c);
		}
		/* 1024 rows of VMEM2, one of which has multipliers */
		assert_int_equal(!ret, side[i] * side[i] < 1024);
		source_fini(&source);
	}
}

/* The codelet's loops, spans by their names */
static void test_text(void **state)
{
	static const struct shape s = {
		1, 8, 12, 12, 16, 3, 1, 1, { 3, 3 }, { 2, 2 }, { 1, 1, 1, 1 }, 0
	};
	const struct gs_fdfg *open;
	struct gs_compiled c;
	struct source source;
	struct builder b;
	char *text = NULL;
	size_t size;
	FILE *out;

	(void)state;
	add_conv(&b, &s, "c");
	add_pool(&b, &s, "MaxPool", "c");
	source_pack(&source, &b);
	compile_as(&source, gs_arch_default(), "conv_maxpool", &c);
	open = gs_fdfg_open(c.graph, c.plan[0].binding);
	out = open_memstream(&text, &size);
	assert_true(open && out);
	gs_fdfg_dump(open, out);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(text, "ch<ch=13, cw<cw=13"));
	assert_non_null(strstr(text, ": acc[n,ch,cw,oc] = mac("
				     "x[n,ch+kh-2,cw+kw-2,ic]"));
	assert_non_null(strstr(text, "max(y[n,ph,pw,oc], "
				     "acc[n,2*ph+wh,2*pw+ww,oc])"));
	free(text);
	gs_compile_free(&c);
	source_fini(&source);
}

/* What was decided gives the same program again. */
static void test_schedule(void **state)
{
	static const struct shape s = {
		1, 3, 56, 56, 32, 7, 2, 3, { 3, 3 }, { 2, 2 }, { 1, 1, 1, 1 }, 0
	};
	struct gs_compiled first, again;
	struct gs_schedule schedule;
	struct gs_compile_opts opts;
	struct source source;
	struct gs_arch arch;
	struct builder b;
	struct report r;

	(void)state;
	load_arch("design_07", &arch);
	add_conv(&b, &s, "c");
	add_pool(&b, &s, "MaxPool", "c");
	source_pack(&source, &b);
	compile_as(&source, &arch, "conv_maxpool", &first);
	assert_string_equal(first.decision[0].codelet, "conv_maxpool");
	schedule = (struct gs_schedule){ .decision = first.decision,
					 .num_decisions = first.num_decisions };
	opts = (struct gs_compile_opts){ .arch = &arch,
					 .codelets = shared_library(),
					 .calibrate = calibrate_noise,
					 .calibrate_ctx = &source,
					 .schedule = &schedule };
	if (gs_compile(source.data, source.size, &opts, GS_GOAL_MODEL, &again,
		       report_init(&r)))
		fail_msg("%s", r.text);
	check_same_model(&first, &again);
	gs_compile_free(&first);
	gs_compile_free(&again);
	source_fini(&source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),	 cmocka_unit_test(test_chains),
		cmocka_unit_test(test_sizes),	 cmocka_unit_test(test_text),
		cmocka_unit_test(test_schedule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
