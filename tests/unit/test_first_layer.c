/* SPDX-License-Identifier: MIT */
/*
 * Convolutions of few channels, folded over a dense input: the same bytes as
 * those of the convolution as it is, on machines of all sizes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/sanitized.h"
#include "tests/unit/compile_util.h"
#include "tests/unit/onnx_builder.h"

struct shape {
	int64_t n, ic, h, w, oc, kernel[2], stride[2], dilation[2], pad[4];
};

static void set_attrs(struct builder *b, Onnx__NodeProto *node,
		      const struct shape *s)
{
	b_attr_ints(b, node, "strides", 2, s->stride);
	b_attr_ints(b, node, "dilations", 2, s->dilation);
	b_attr_ints(b, node, "pads", 4, s->pad);
}

static int64_t extent(const struct shape *s, int axis)
{
	return ((axis ? s->w : s->h) + s->pad[axis] + s->pad[axis + 2] -
		s->dilation[axis] * (s->kernel[axis] - 1) - 1) /
		       s->stride[axis] +
	       1;
}

static void add_output(struct builder *b, const struct shape *s,
		       const char *name)
{
	b_output(b, name, 4,
		 (int64_t[]){ s->n, s->oc, extent(s, 0), extent(s, 1) });
}

static void source_conv(struct source *out, const struct shape *s)
{
	struct builder b;

	b_init(&b, 13);
	b_input(&b, "x", 4, (int64_t[]){ s->n, s->ic, s->h, s->w });
	b_noise(&b, "w", 4,
		(int64_t[]){ s->oc, s->ic, s->kernel[0], s->kernel[1] }, 5, 1);
	set_attrs(&b, b_node(&b, "Conv", "x w", "c"), s);
	b_node(&b, "Relu", "c", "y");
	add_output(&b, s, "y");
	source_pack(out, &b);
}

static void compile_as(struct source *s, const struct gs_arch *arch, bool plain,
		       struct gs_compiled *out)
{
	const char *const without = "first-layer";
	struct report r;
	const struct gs_compile_opts opts = {
		.arch = arch,
		.codelets = shared_library(),
		.calibrate = calibrate_noise,
		.calibrate_ctx = s,
		.disabled = &without,
		.num_disabled = plain,
	};

	if (gs_compile(s->data, s->size, &opts, GS_GOAL_MODEL, out,
		       report_init(&r)))
		fail_msg("%s", r.text);
}

/* Rows that stand together where the input is dense; 0: its channels are padded. */
static uint32_t rows_of(const struct gs_compiled *c)
{
	const struct gs_tensor *x = gs_graph_find_tensor(c->graph, "x");
	const struct gs_layout *l = &x->layout;

	if (l->c_phys % c->program.arch.array_n == 0)
		return 0;
	/* of 4 bits perhaps with a channel more */
	assert_in_range(l->c_phys, l->c * l->row_block,
			(l->c + (c->program.arch.data_width == 4)) *
				l->row_block);
	return l->row_block;
}

/* The same bytes, and no more cycles by the estimate. Returns what rows_of() does. */
static uint32_t check_folded(struct source *s, const struct gs_arch *arch,
			     const char *what)
{
	struct gs_compiled plain, folded;
	uint32_t rows;

	compile_as(s, arch, true, &plain);
	compile_as(s, arch, false, &folded);
	assert_int_equal(rows_of(&plain), 0);
	rows = rows_of(&folded);
	if (rows)
		assert_true(folded.program.layer[0].cycles <
			    plain.program.layer[0].cycles);
	assert_int_equal(plain.program.layer[0].macs,
			 folded.program.layer[0].macs);
	check_alike(&plain, &folded, what, arch->name);
	gs_compile_free(&plain);
	gs_compile_free(&folded);
	return rows;
}

/* Every so many machines, with sanitizers */
#define SHARE (GS_SANITIZED ? 3 : 1)

static void other_weights(struct gs_arch *arch)
{
	if (arch->weight_layout == GS_WEIGHTS_PUBLISHED) {
		arch->weight_layout = GS_WEIGHTS_COLUMN;
		return;
	}
	arch->weight_layout = GS_WEIGHTS_PUBLISHED;
	if (arch->param_channel_bw < 8 * arch->array_n)
		arch->param_channel_bw = 8 * arch->array_n;
}

static void test_shapes(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		enum { ALWAYS, MAYBE, NEVER } folds;
		struct shape s;
	} cases[] = {
		{ "7x7/2", ALWAYS, { 1, 3, 20, 18, 20, { 7, 7 }, { 2, 2 }, { 1, 1 }, { 3, 3, 3, 3 } } },
		{ "3x3", ALWAYS, { 1, 3, 17, 13, 24, { 3, 3 }, { 1, 1 }, { 1, 1 }, { 1, 1, 1, 1 } } },
		{ "3x3/2 of one channel, a batch", ALWAYS,
		  { 2, 1, 15, 22, 10, { 3, 3 }, { 2, 2 }, { 1, 1 }, { 0, 1, 1, 0 } } },
		{ "3x2/2x1 dilated", MAYBE, { 1, 2, 19, 21, 9, { 3, 2 }, { 2, 1 }, { 2, 3 }, { 2, 0, 1, 4 } } },
		{ "3x3/2 dilated", MAYBE, { 1, 1, 29, 41, 9, { 3, 3 }, { 2, 2 }, { 3, 2 }, { 3, 2, 3, 2 } } },
		{ "11x11/4", ALWAYS, { 1, 3, 47, 35, 16, { 11, 11 }, { 4, 4 }, { 1, 1 }, { 2, 2, 2, 2 } } },
		{ "5x5 of five channels", MAYBE, { 1, 5, 12, 12, 17, { 5, 5 }, { 1, 1 }, { 1, 1 }, { 2, 2, 2, 2 } } },
		/* the stride leaves rows and columns that nothing reads */
		{ "2x2/4 with a rest", ALWAYS, { 3, 2, 15, 19, 8, { 2, 2 }, { 4, 4 }, { 1, 1 }, { 0, 0, 0, 0 } } },
		{ "2x2/4x2 dilated, rows are left", MAYBE,
		  { 3, 3, 17, 29, 21, { 2, 2 }, { 4, 2 }, { 3, 1 }, { 0, 0, 0, 0 } } },
		{ "1x1", NEVER, { 1, 3, 9, 9, 8, { 1, 1 }, { 1, 1 }, { 1, 1 }, { 0, 0, 0, 0 } } },
	};
	/* clang-format on */
	static const char *const machine[] = { "genesys_8x8",	"genesys_16x16",
					       "genesys_32x32", "design_09",
					       "design_14",	"design_05" };
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct source s;

		source_conv(&s, &cases[i].s);
		for (k = 1 % SHARE; k < 6; k += SHARE) {
			struct gs_arch arch;
			uint32_t rows;

			load_arch(machine[k], &arch);
			rows = check_folded(&s, &arch, cases[i].name);
			if (cases[i].folds != MAYBE)
				assert_int_equal(rows > 0,
						 cases[i].folds == ALWAYS);
			if (arch.wgt_width == 4) /* one way to store weights */
				continue;
			other_weights(&arch);
			check_folded(&s, &arch, cases[i].name);
		}
		source_fini(&s);
	}
}

/* Byte @at of a slot whose rows stand together: an element, the border, or nothing. */
static int8_t expected(const struct gs_tensor_layout *l, const int8_t *dense,
		       uint64_t at)
{
	const uint64_t each = l->c_phys / l->row_block;
	const uint64_t width = l->left + l->w + l->right;
	const uint64_t pixel = at / l->c_phys, part = at % l->c_phys;
	const int64_t x = (int64_t)(pixel % width) - l->left;
	const int64_t y =
		(int64_t)(pixel / width * l->row_block + part / each) - l->top;

	if (pixel / width * l->row_block >= l->top + l->h + l->bottom)
		return 0;
	if (x < 0 || y < 0 || x >= l->w || y >= l->h)
		return (int8_t)l->border_value;
	return dense[((uint64_t)l->h * (part % each) + (uint64_t)y) * l->w +
		     (uint64_t)x];
}

/* What the runtime makes of an input of one picture, byte by byte, and back */
static void check_slot(const struct gs_compiled *c)
{
	struct gs_device *dev = open_device(&c->program.arch);
	struct gs_tensor_info t = { .size = sizeof(t) };
	int8_t *dense, *slot, *back;
	struct gs_model *model;
	uint64_t i;

	assert_int_equal(gs_load_model_mem(dev, c->model, c->model_bytes, NULL,
					   &model),
			 0);
	assert_int_equal(gs_model_input(model, 0, &t), 0);
	dense = malloc(t.elems);
	back = malloc(t.elems);
	slot = malloc(t.layout.bytes);
	assert_true(dense && back && slot);
	for (i = 0; i < t.elems; i++)
		dense[i] = (int8_t)(i * i + i / 7);
	assert_int_equal(gs_model_pack(model, t.index, GS_INT8, dense, t.elems,
				       slot),
			 0);
	for (i = 0; i < t.layout.bytes; i++)
		if (slot[i] != expected(&t.layout, dense, i))
			fail_msg("byte %llu is %d, not %d",
				 (unsigned long long)i, slot[i],
				 expected(&t.layout, dense, i));
	assert_int_equal(gs_model_unpack(model, t.index, GS_INT8, back, t.elems,
					 slot),
			 0);
	assert_memory_equal(dense, back, t.elems);
	free(dense);
	free(back);
	free(slot);
	gs_model_free(model);
	gs_device_close(dev);
}

/* Two rows stand together where that halves the steps: 42 of 64 rows of the array. */
static void test_rows(void **state)
{
	static const struct shape first = {
		1, 3, 64, 64, 64, { 7, 7 }, { 2, 2 }, { 1, 1 }, { 3, 3, 3, 3 }
	};
	struct gs_compiled c;
	struct gs_arch arch;
	struct source s;

	(void)state;
	load_arch("design_09", &arch);
	source_conv(&s, &first);
	compile_as(&s, &arch, false, &c);
	assert_int_equal(rows_of(&c), 2);
	assert_string_equal(c.graph->node->op, "Conv");
	assert_int_equal(c.graph->node->input[0]->shape.dim[1], 42);
	assert_int_equal(c.graph->node->input[1]->shape.dim[2], 4);
	check_slot(&c);
	gs_compile_free(&c);
	source_fini(&s);
}

/* ---- inputs ------------------------------------------------------------------ */

static const struct shape small = { 1,	      3,	16,
				    14,	      20,	{ 5, 5 },
				    { 2, 2 }, { 1, 1 }, { 2, 2, 2, 2 } };

static void input_and_conv(struct builder *b, const char *y)
{
	b_init(b, 13);
	b_input(b, "x", 4, (int64_t[]){ 1, 3, 16, 14 });
	b_noise(b, "w", 4, (int64_t[]){ 20, 3, 5, 5 }, 5, 1);
	set_attrs(b, b_node(b, "Conv", "x w", y), &small);
}

/* Another reader of the input finds its channels padded. */
static void source_two_readers(struct source *s)
{
	struct builder b;

	input_and_conv(&b, "y");
	add_output(&b, &small, "y");
	b_node(&b, "Relu", "x", "r");
	b_output(&b, "r", 4, (int64_t[]){ 1, 3, 16, 14 });
	source_pack(s, &b);
}

static void source_residual(struct source *s)
{
	struct builder b;

	input_and_conv(&b, "c");
	b_input(&b, "r", 4, (int64_t[]){ 1, 20, 8, 7 });
	b_node(&b, "Add", "c r", "a");
	b_node(&b, "Relu", "a", "y");
	add_output(&b, &small, "y");
	source_pack(s, &b);
}

/* A picture with its channels last stands as it is, its Transpose moves nothing. */
static void source_channels_last(struct source *s)
{
	const int64_t perm[] = { 0, 3, 1, 2 };
	struct builder b;

	b_init(&b, 13);
	b_input(&b, "x", 4, (int64_t[]){ 1, 16, 14, 3 });
	b_noise(&b, "w", 4, (int64_t[]){ 20, 3, 5, 5 }, 5, 1);
	b_attr_ints(&b, b_node(&b, "Transpose", "x", "t"), "perm", 4, perm);
	set_attrs(&b, b_node(&b, "Conv", "t w", "y"), &small);
	add_output(&b, &small, "y");
	source_pack(s, &b);
}

static void source_row(struct source *s)
{
	struct builder b;
	Onnx__NodeProto *n;

	b_init(&b, 13);
	b_input(&b, "x", 3, (int64_t[]){ 1, 2, 90 });
	b_noise(&b, "w", 3, (int64_t[]){ 12, 2, 9 }, 5, 1);
	n = b_node(&b, "Conv", "x w", "y");
	b_attr_ints(&b, n, "strides", 1, (int64_t[]){ 2 });
	b_attr_ints(&b, n, "pads", 2, (int64_t[]){ 4, 3 });
	b_output(&b, "y", 3, (int64_t[]){ 1, 12, 45 });
	source_pack(s, &b);
}

static void test_inputs(void **state)
{
	static const struct {
		const char *name;
		void (*make)(struct source *s);
		bool folds;
	} cases[] = {
		{ "two readers", source_two_readers, false },
		{ "an Add behind", source_residual, true },
		{ "channels last", source_channels_last, true },
		{ "a row", source_row, true },
	};
	static const char *const machine[] = { "genesys_16x16", "design_09" };
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct source s;

		cases[i].make(&s);
		for (k = 0; k < 2; k++) {
			struct gs_arch arch;

			load_arch(machine[k], &arch);
			print_message("%s, %s\n", cases[i].name, machine[k]);
			assert_int_equal(check_folded(&s, &arch,
						      cases[i].name) > 0,
					 cases[i].folds);
		}
		source_fini(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_inputs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
