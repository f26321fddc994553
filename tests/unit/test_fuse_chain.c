/* SPDX-License-Identifier: MIT */
/*
 * Convolutions and matrix products joined with what reads them element by
 * element: the same bytes as one layer after the other, in fewer cycles.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/compile_util.h"
#include "tests/unit/onnx_builder.h"

/* What stands behind "c", n00's result of 1x24x9x10; "r" is an input of that shape. */
struct step {
	const char *op, *inputs, *output;
};

struct subject {
	const char *name;
	int64_t group;
	struct step step[5];
	const char *
		codelet; /* what n00 has; its result and its codelets, in the end */
	unsigned layers; /* that are left */
};

static void add_model(struct builder *b, const struct subject *s)
{
	const int64_t pads[4] = { 1, 1, 1, 1 };
	Onnx__NodeProto *n;
	unsigned i;

	b_init(b, 14);
	b_input(b, "x", 4, (int64_t[]){ 1, 24, 9, 10 });
	b_input(b, "r", 4, (int64_t[]){ 1, 24, 9, 10 });
	b_weights(b, "w", 4, (int64_t[]){ 24, 24 / s->group, 3, 3 });
	b_weights(b, "slope", 3, (int64_t[]){ 24, 1, 1 });
	n = b_node(b, "Conv", "x w", "c");
	b_attr_ints(b, n, "pads", 4, pads);
	b_attr_int(b, n, "group", s->group);
	for (i = 0; i < 5 && s->step[i].op; i++) {
		n = b_node(b, s->step[i].op, s->step[i].inputs,
			   s->step[i].output);
		if (!strcmp(s->step[i].op, "MaxPool"))
			b_attr_ints(b, n, "kernel_shape", 2,
				    (int64_t[]){ 3, 3 });
	}
	if (strstr(s->name, "MaxPool"))
		b_output(b, "y", 4, (int64_t[]){ 1, 24, 7, 8 });
	else
		b_output(b, "y", 4, (int64_t[]){ 1, 24, 9, 10 });
	if (strstr(s->name, "output"))
		b_output(b, "c", 4, (int64_t[]){ 1, 24, 9, 10 });
}

static void pack(struct source *s, const struct subject *subject)
{
	struct builder b;

	add_model(&b, subject);
	source_pack(s, &b);
}

static int compile_decided(struct source *s, const struct gs_arch *arch,
			   const struct gs_schedule *schedule, bool apart,
			   struct gs_compiled *out, struct report *r)
{
	static const char *const chains[] = { "fuse-chain" };
	const struct gs_compile_opts opts = { .arch = arch,
					      .codelets = shared_library(),
					      .calibrate = calibrate_noise,
					      .calibrate_ctx = s,
					      .schedule = schedule,
					      .disabled = chains,
					      .num_disabled = apart };

	return gs_compile(s->data, s->size, &opts, GS_GOAL_MODEL, out,
			  report_init(r));
}

static void compile_as(struct source *s, const struct gs_arch *arch,
		       const struct gs_schedule *schedule, bool apart,
		       struct gs_compiled *out)
{
	struct report r;

	if (compile_decided(s, arch, schedule, apart, out, &r))
		fail_msg("%s", r.text);
}

/* Layers but those that fill borders */
static unsigned num_layers(const struct gs_compiled *c)
{
	unsigned num = 0;
	uint32_t i;

	for (i = 0; i < c->program.num_layers; i++)
		num += strcmp(c->program.layer[i].op, "Fill") != 0;
	return num;
}

/* What n00 is, whatever of its ways to compute a convolution is the cheapest */
static const char *codelet_of(const struct gs_compiled *c, const char *layer)
{
	unsigned i;

	for (i = 0; i < c->num_decisions; i++)
		if (!strcmp(c->decision[i].layer, layer))
			return c->decision[i].codelet;
	fail_msg("no layer %s", layer);
	return NULL;
}

static void check_subject(const struct subject *s, const char *machine,
			  bool names)
{
	struct gs_compiled apart, joined;
	struct source source;
	struct gs_arch arch;
	const char *got;

	load_arch(machine, &arch);
	pack(&source, s);
	compile_as(&source, &arch, NULL, true, &apart);
	compile_as(&source, &arch, NULL, false, &joined);
	check_alike(&apart, &joined, s->name, machine);
	if (estimated_cycles(&joined) > estimated_cycles(&apart))
		fail_msg("%s on %s: %g cycles, apart %g", s->name, machine,
			 estimated_cycles(&joined), estimated_cycles(&apart));
	got = codelet_of(&joined, "n00");
	if (names &&
	    (strcmp(got, s->codelet) || num_layers(&joined) != s->layers))
		fail_msg("%s: %s, %u layers, expected %s, %u", s->name, got,
			 num_layers(&joined), s->codelet, s->layers);
	gs_compile_free(&apart);
	gs_compile_free(&joined);
	source_fini(&source);
}

/* clang-format off */
static const struct subject subjects[] = {
	{ "x Sigmoid(x)", 1, { { "Sigmoid", "c", "s" }, { "Mul", "c s", "y" } },
	  "conv+sigmoid+mul", 1 },
	{ "Sigmoid(x) x", 24, { { "Sigmoid", "c", "s" }, { "Mul", "s c", "y" } },
	  "conv_diagonal+sigmoid+mul", 1 },
	{ "HardSwish", 1, { { "HardSwish", "c", "y" } },
	  "conv+hard_swish", 1 },
	{ "LeakyRelu, Add", 1, { { "LeakyRelu", "c", "l" }, { "Add", "l r", "y" } },
	  "conv+add", 1 },
	{ "Add, Sigmoid, Tanh", 1,
	  { { "Add", "c r", "a" }, { "Sigmoid", "a", "s" }, { "Tanh", "s", "y" } },
	  "conv+sigmoid+tanh", 1 },
	{ "PRelu, Sub, Relu", 1,
	  { { "PRelu", "c slope", "p" }, { "Sub", "r p", "d" }, { "Relu", "d", "y" } },
	  "conv+leaky_relu+add", 1 },
	{ "x x", 1, { { "Mul", "c c", "y" } }, "conv+mul", 1 },
	{ "MaxPool, Sigmoid", 1, { { "MaxPool", "c", "m" }, { "Sigmoid", "m", "y" } },
	  "conv_maxpool+sigmoid", 1 },
	/* What another layer reads, too, or is a result, is stored. */
	{ "Sigmoid and an output", 1, { { "Sigmoid", "c", "y" } }, "conv", 2 },
	{ "three readers", 1,
	  { { "Sigmoid", "c", "s" }, { "Tanh", "c", "t" }, { "Mul", "s t", "m" }, { "Add", "m c", "y" } },
	  "conv", 5 },
	{ "two that are not one behind the other", 1,
	  { { "Sigmoid", "c", "s" }, { "Tanh", "c", "t" }, { "Add", "s t", "y" } },
	  "conv", 4 },
	/* Across elements */
	{ "Softmax, columns brought innermost", 1, { { "Softmax", "c", "y" } }, "conv", 3 },
};
/* clang-format on */

#define NUM (sizeof(subjects) / sizeof(subjects[0]))

static void test_subjects(void **state)
{
	static const char *const machine[] = { "genesys_8x8", "genesys_32x32",
					       "design_09", "design_05" };
	size_t i;

	(void)state;
	for (i = 0; i < NUM; i++) {
		check_subject(&subjects[i], "genesys_16x16", true);
		check_subject(&subjects[i], machine[i % 4], false);
	}
}

/* What was decided gives the same program again, and less of it a part of the chain. */
static void test_schedule(void **state)
{
	const struct subject *s = &subjects[4];
	const struct gs_decision part = { .layer = "n00",
					  .codelet = "conv+sigmoid" },
				 none = { .layer = "n00", .codelet = "conv" },
				 fused = { .layer = "n00", .fused = "n01" };
	const struct gs_decision *const less[] = { &part, &none, &fused };
	const char *const want[] = { "conv+sigmoid", "conv", "conv" };
	struct gs_compiled first, again;
	struct gs_schedule schedule;
	struct source source;
	struct report r;
	unsigned i;

	(void)state;
	pack(&source, s);
	compile_as(&source, gs_arch_default(), NULL, false, &first);
	schedule = (struct gs_schedule){ .decision = first.decision,
					 .num_decisions = first.num_decisions };
	compile_as(&source, gs_arch_default(), &schedule, false, &again);
	check_same_model(&first, &again);
	gs_compile_free(&again);
	for (i = 0; i < 3; i++) {
		schedule = (struct gs_schedule){ .decision = less[i],
						 .num_decisions = 1 };
		compile_as(&source, gs_arch_default(), &schedule, false,
			   &again);
		assert_string_equal(codelet_of(&again, "n00"), want[i]);
		check_alike(&first, &again, want[i], "genesys_16x16");
		gs_compile_free(&again);
	}
	schedule.decision =
		&(const struct gs_decision){ .layer = "n00",
					     .codelet = "conv+tanh" };
	assert_int_equal(compile_decided(&source, gs_arch_default(), &schedule,
					 false, &again, &r),
			 -EINVAL);
	assert_non_null(strstr(r.text, "no codelet conv+tanh fits this node"));
	gs_compile_free(&again);
	gs_compile_free(&first);
	source_fini(&source);
}

/* Nodes that are said to stand apart do. */
static void test_apart(void **state)
{
	static const char *const apart[] = { "n02" };
	const struct gs_schedule schedule = { .apart = apart, .num_apart = 1 };
	struct gs_compiled c;
	struct source source;

	(void)state;
	pack(&source, &subjects[4]);
	compile_as(&source, gs_arch_default(), &schedule, false, &c);
	assert_string_equal(codelet_of(&c, "n00"), "conv");
	assert_int_equal(num_layers(&c), 3);
	gs_compile_free(&c);
	source_fini(&source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_subjects),
		cmocka_unit_test(test_schedule),
		cmocka_unit_test(test_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
