/* SPDX-License-Identifier: MIT */
/*
 * The whole compiler: equal bytes for equal input, one result on every machine
 * that a model fits, and a reason where it does not.
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hw-model/isa/sanitized.h"
#include "tests/unit/compile_util.h"
#include "tests/unit/onnx_builder.h"

/* Scratchpads so small that most layers need many tiles. */
static void tiny_arch(uint32_t lanes, uint32_t depth,
		      enum gs_weight_layout layout, struct gs_arch *arch)
{
	char err[GS_ARCH_ERR_SIZE];

	*arch = *gs_arch_default();
	snprintf(arch->name, sizeof(arch->name), "tiny");
	arch->array_n = arch->array_m = lanes;
	arch->ibuf_depth = arch->wbuf_depth = arch->vmem_depth = depth;
	arch->obuf_depth = depth / 2;
	arch->bbuf_depth = 8;
	arch->weight_layout = layout;
	if (gs_arch_check(arch, err))
		fail_msg("%s", err);
}

/* What tiles the compiler was made to use, over all models. */
struct tiles {
	uint32_t remainders, split_reductions;
	uint32_t split_layers; /* into blocks with a part of the steps each */
};

static void count_tiles(const struct gs_program *p, struct tiles *tiles)
{
	uint32_t i, part, whole;

	for (i = 0; i < p->num_layers; i++) {
		const char *ic = p->layer[i].note ?
					 strstr(p->layer[i].note, " ic=") :
					 NULL;

		tiles->remainders += p->layer[i].num_blocks > 1;
		tiles->split_layers += p->layer[i].note &&
				       strstr(p->layer[i].note, ", split");
		if (ic && sscanf(ic, " ic=%u/%u", &part, &whole) == 2)
			tiles->split_reductions += part < whole;
	}
}

/* Compile and run; the same bytes as @want. False where no tile fits. */
static bool check_machine(struct source *s, const char *model,
			  const struct gs_arch *arch, const struct result *want,
			  struct tiles *tiles)
{
	struct gs_compiled c;
	struct result got;
	struct report r;
	const int ret = compile(s, arch, &c, &r);

	if (ret) {
		assert_int_equal(ret, -ENOSPC);
		if (!strstr(r.text, "SIMD words, but the machine's"))
			assert_says(r.text, "no tile fits the scratchpads");
		gs_compile_free(&c);
		return false;
	}
	run_compiled(&c, &got);
	/* Depthwise convolution is rounded otherwise by each of its codelets. */
	check_near(want, &got, strstr(model, "depthwise") ? 1 : 0, model,
		   arch->name);
	count_tiles(&c.program, tiles);
	free(got.data);
	gs_compile_free(&c);
	return true;
}

/* Whether the name of the model at @path is in the list. */
static bool is_listed(const char *path, const char *list)
{
	const char *name = strrchr(path, '/');
	char word[64];
	int len;

	name = name ? name + 1 : path;
	for (; sscanf(list, " %63s%n", word, &len) == 1; list += len)
		if (!strncmp(name, word, strlen(word)) &&
		    strchr(".", name[strlen(word)]))
			return true;
	return false;
}

/*
 * Sanitizers take twelve times as long: a machine takes one of so many models
 * then, the next machine others.
 */
#define SHARE (GS_SANITIZED ? 3 : 1)

/* What the default machine computes of each model, by place in the list */
static struct result expected[MAX_MODELS];

static int forget_expected(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MAX_MODELS; i++)
		free(expected[i].data);
	return 0;
}

/* Every model on @arch fits and gives the same bytes, but for the @misfits. */
static void check_models(const struct gs_arch *arch, const char *misfits,
			 struct tiles *tiles)
{
	static char path[MAX_MODELS][128];
	static unsigned turn;
	const unsigned num = list_models(path, MAX_MODELS - 1);
	struct source s;
	unsigned i;

	strcpy(path[num], "batch");
	*tiles = (struct tiles){ 0 };
	for (i = turn++ % SHARE; i <= num; i += SHARE) {
		if (i < num)
			source_read(&s, path[i]);
		else
			source_batch(&s);
		if (!expected[i].data)
			reference(&s, &expected[i]);
		if (check_machine(&s, path[i], arch, &expected[i], tiles) ==
		    is_listed(path[i], misfits))
			fail_msg("%s %s on %s", path[i],
				 is_listed(path[i], misfits) ? "fits" :
							       "does not fit",
				 arch->name);
		source_fini(&s);
	}
}

static void test_sizes(void **state)
{
	static const struct {
		const char *name, *misfits;
	} sizes[] = {
		{ "genesys_8x8", "" },	   { "genesys_16x16", "" },
		{ "genesys_32x32", "" },   { "fpga4x4", "" },
		{ "benchmark_16x16", "" }, { "design_03", "" },
	};
	struct gs_arch arch;
	struct tiles tiles;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		load_arch(sizes[i].name, &arch);
		check_models(&arch, sizes[i].misfits, &tiles);
	}
}

static void test_other_layout(void **state)
{
	struct gs_arch arch = *gs_arch_default();
	struct tiles tiles;

	(void)state;
	arch.weight_layout = GS_WEIGHTS_PUBLISHED;
	check_models(&arch, "", &tiles);
}

/* Everything fits, in many tiles. */
static void check_tiny(uint32_t lanes, uint32_t depth,
		       enum gs_weight_layout layout)
{
	struct gs_arch arch;
	struct tiles tiles;

	tiny_arch(lanes, depth, layout, &arch);
	check_models(&arch, "", &tiles);
	assert_true(tiles.remainders >= 1);
	assert_true(tiles.split_reductions >= 4 / SHARE);
}

static void test_tiny(void **state)
{
	(void)state;
	check_tiny(8, 64, GS_WEIGHTS_COLUMN);
	check_tiny(8, 64, GS_WEIGHTS_PUBLISHED);
	check_tiny(4, 128, GS_WEIGHTS_COLUMN);
	check_tiny(16, 128, GS_WEIGHTS_PUBLISHED);
}

/* A window that is no run of rows: two loops that no tile takes away. */
static void source_dilated(struct source *s)
{
	struct builder b;
	Onnx__NodeProto *node;

	b_init(&b, 13);
	b_input(&b, "x", 4, (int64_t[]){ 1, 5, 13, 7 });
	node = b_node(&b, "MaxPool", "x", "y");
	b_attr_ints(&b, node, "kernel_shape", 2, (int64_t[]){ 3, 3 });
	b_attr_ints(&b, node, "dilations", 2, (int64_t[]){ 3, 2 });
	b_output(&b, "y", 4, (int64_t[]){ 1, 5, 7, 3 });
	source_pack(s, &b);
}

/* Vector memories that no window fits: it is loaded in parts. */
static void test_small_windows(void **state)
{
	static const char *const model[] = { "maxpool2x2_s2",
					     "maxpool3x3_s2_pad1",
					     "concat_inputs" };
	struct gs_arch arch;
	struct tiles tiles = { 0 };
	struct result want;
	struct source s;
	size_t i;

	(void)state;
	load_arch("genesys_8x8", &arch);
	arch.vmem_depth = 2;
	for (i = 0; i < sizeof(model) / sizeof(model[0]); i++) {
		char path[128];

		snprintf(path, sizeof(path), "tests/models/ops/%s.onnx",
			 model[i]);
		source_read(&s, path);
		reference(&s, &want);
		assert_true(check_machine(&s, path, &arch, &want, &tiles));
		assert_true(tiles.split_layers == i + 1);
		free(want.data);
		source_fini(&s);
	}
	source_dilated(&s);
	reference(&s, &want);
	assert_true(check_machine(&s, "dilated", &arch, &want, &tiles));
	arch.instr_depth = 64;
	arch.simd_instr_depth = 16;
	assert_true(check_machine(&s, "dilated", &arch, &want, &tiles));
	free(want.data);
	source_fini(&s);
}

/* Instruction memories so small that layers are tiled for them, or split. */
static void test_few_words(void **state)
{
	static const struct {
		const char *machine;
		uint32_t array, simd, immediates;
		bool split;
	} words[] = {
		{ "genesys_8x8", 128, 128, 32, false },
		{ "fpga4x4", 96, 64, 4, true },
		{ "genesys_8x8", 64, 16, 1, true },
	};
	struct gs_arch arch;
	struct tiles tiles;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		load_arch(words[i].machine, &arch);
		arch.instr_depth = words[i].array;
		arch.simd_instr_depth = words[i].simd;
		arch.imm_depth = words[i].immediates;
		check_models(&arch, "", &tiles);
		assert_int_equal(tiles.split_layers > 40 / SHARE,
				 words[i].split);
	}
}

/* ---- machines of 4 bits ---------------------------------------------------- */

/* The default machine but for its widths */
static void four_bits(struct gs_arch *arch)
{
	*arch = *gs_arch_default();
	snprintf(arch->name, sizeof(arch->name), "four");
	arch->data_width = arch->wgt_width = 4;
	arch->weight_layout = GS_WEIGHTS_COLUMN;
}

static void result_on(struct source *s, const struct gs_arch *arch,
		      struct result *out)
{
	struct gs_compiled c;
	struct report r;

	if (compile(s, arch, &c, &r))
		fail_msg("%s: %s", arch->name, r.text);
	run_compiled(&c, out);
	gs_compile_free(&c);
}

/* Every fourth model, the next time others: the same bytes in many tiles, and of other arrays. */
static void check_four(const struct gs_arch *arch, unsigned turn)
{
	static char path[MAX_MODELS][128];
	const unsigned num = list_models(path, MAX_MODELS);
	struct gs_arch four;
	struct tiles tiles = { 0 };
	unsigned i;

	four_bits(&four);
	for (i = turn; i < num; i += 4 * SHARE) {
		struct result want;
		struct source s;

		/* The two ways of its depthwise convolutions differ by 1, and what follows by more. */
		if (is_listed(path[i], "hard_swish_stage"))
			continue;
		source_read(&s, path[i]);
		result_on(&s, &four, &want);
		if (!check_machine(&s, path[i], arch, &want, &tiles))
			fail_msg("%s does not fit on %s", path[i], arch->name);
		free(want.data);
		source_fini(&s);
	}
}

static void test_four_bits(void **state)
{
	static const char *const name[] = { "design_01", "design_05" };
	struct gs_arch arch;
	unsigned i;

	(void)state;
	for (i = 0; i < 2; i++) {
		load_arch(name[i], &arch);
		check_four(&arch, i);
	}
	tiny_arch(8, 64, GS_WEIGHTS_COLUMN, &arch);
	arch.data_width = arch.wgt_width = 4;
	check_four(&arch, 2);
	tiny_arch(4, 128, GS_WEIGHTS_COLUMN, &arch);
	arch.data_width = arch.wgt_width = 4;
	check_four(&arch, 3);
}

/* Data of 8 bits and weights of 4, and the other way round. */
static void test_mixed_widths(void **state)
{
	struct gs_arch arch;
	struct result want, got;
	struct source s;
	unsigned i;

	(void)state;
	source_read(&s, "tests/models/fashion_lenet.onnx");
	for (i = 0; i < 2; i++) {
		four_bits(&arch);
		if (i)
			arch.data_width = 8;
		else
			arch.wgt_width = 8;
		result_on(&s, &arch, &want);
		arch.wbuf_depth = 128;
		arch.vmem_depth = arch.ibuf_depth = 512;
		result_on(&s, &arch, &got);
		check_same(&want, &got, "fashion_lenet", arch.name);
		free(want.data);
		free(got.data);
	}
	source_fini(&s);
}

/* ---- the configurations -------------------------------------------------- */

#define WIDTHS "needs data and weights of 4 or 8 bits and 32-bit sums"

static const struct {
	const char *name, *says; /* NULL: compiles */
} configs[] = {
	/* clang-format off */
	{ "benchmark_128x128", NULL },
	{ "benchmark_16x16",   NULL },
	{ "benchmark_32x32",   NULL },
	{ "benchmark_64x64",   NULL },
	{ "benchmark_8x8",     NULL },
	{ "benchmark_baseline", NULL },
	{ "custom32x32",       NULL },
	{ "custom32x32_dtype", WIDTHS },
	{ "design_01",         NULL },
	{ "design_02",         NULL },
	{ "design_03",         NULL },
	{ "design_04",         NULL },
	{ "design_05",         NULL },
	{ "design_06",         NULL },
	{ "design_07",         NULL },
	{ "design_08",         NULL },
	{ "design_09",         NULL },
	{ "design_11",         NULL },
	{ "design_12",         NULL },
	{ "design_13",         NULL },
	{ "design_14",         NULL },
	{ "fpga16x16",         NULL },
	{ "fpga4x4",           NULL },
	{ "genesys_16x16",     NULL },
	{ "genesys_32x32",     NULL },
	{ "genesys_8x8",       NULL },
	{ "paper_fpga16x16",   NULL },
	/* clang-format on */
};

#define NUM_CONFIGS (sizeof(configs) / sizeof(configs[0]))

/* @want: of 8 and of 4 bits */
static void check_config(struct source *s, size_t i, const struct result *want)
{
	struct gs_arch arch;
	struct gs_compiled c;
	struct report r;
	int ret;

	load_arch(configs[i].name, &arch);
	ret = compile(s, &arch, &c, &r);
	if (configs[i].says) {
		assert_int_not_equal(ret, 0);
		assert_int_equal(r.num, 1);
		assert_says(r.text, configs[i].says);
		assert_null(c.model);
	} else {
		if (ret)
			fail_msg("%s: %s", configs[i].name, r.text);
		check_runs(&c, &want[arch.data_width == 4], "fashion_lenet",
			   arch.name);
	}
	gs_compile_free(&c);
}

static void test_configs(void **state)
{
	struct gs_arch four;
	struct result want[2];
	struct source s;
	glob_t files;
	size_t i;

	(void)state;
	assert_int_equal(glob(source_path("hw-model/configs/*.json"), 0, NULL,
			      &files),
			 0);
	assert_int_equal(files.gl_pathc,
			 NUM_CONFIGS); /* the table is complete */
	globfree(&files);
	source_read(&s, "tests/models/fashion_lenet.onnx");
	reference(&s, &want[0]);
	four_bits(&four);
	result_on(&s, &four, &want[1]);
	for (i = 0; i < NUM_CONFIGS; i++)
		check_config(&s, i, want);
	free(want[0].data);
	free(want[1].data);
	source_fini(&s);
}

/* ---- equal bytes, of codelets from files and of those loaded before --------- */

static void check_twice(struct source *s, enum gs_compile_goal goal)
{
	struct gs_compile_opts opts = {
		.codelet_dir = source_path("compiler/codelets"),
		.calibrate = calibrate_noise,
		.calibrate_ctx = s,
	};
	struct gs_compiled a, b;
	struct report r;

	assert_int_equal(gs_compile(s->data, s->size, &opts, goal, &a,
				    report_init(&r)),
			 0);
	opts.codelets = shared_library();
	assert_int_equal(gs_compile(s->data, s->size, &opts, goal, &b,
				    report_init(&r)),
			 0);
	assert_int_equal(a.model_bytes, b.model_bytes);
	assert_int_equal(a.qdq_bytes, b.qdq_bytes);
	assert_true((goal == GS_GOAL_MODEL ? a.model_bytes : a.qdq_bytes) > 0);
	if (a.model)
		assert_memory_equal(a.model, b.model, a.model_bytes);
	if (a.qdq)
		assert_memory_equal(a.qdq, b.qdq, a.qdq_bytes);
	gs_compile_free(&a);
	gs_compile_free(&b);
}

static void test_equal_bytes(void **state)
{
	static char path[MAX_MODELS][128];
	const unsigned num = list_models(path, MAX_MODELS);
	struct source s;
	unsigned i;

	(void)state;
	for (i = 0; i < num; i++) {
		if (strstr(path[i], "symbolic"))
			continue;
		source_read(&s, path[i]);
		check_twice(&s, GS_GOAL_MODEL);
		check_twice(&s, GS_GOAL_QDQ);
		source_fini(&s);
	}
}

/* ---- no calibration data -------------------------------------------------- */

static int calibrate_nothing(void *ctx, const struct gs_graph *graph,
			     const struct gs_calib **calib, size_t *num,
			     struct gs_diag *diag)
{
	(void)ctx;
	(void)graph;
	(void)diag;
	*calib = NULL;
	*num = 0;
	return 0;
}

/* Noise says nothing of single channels: no pass draws conclusions from it. */
static void test_no_data(void **state)
{
	struct gs_compiled without, plain, nothing;
	struct gs_compile_opts opts = { 0 };
	struct source s;
	struct report r;
	char dir[4096];

	(void)state;
	snprintf(dir, sizeof(dir), "%s", source_path("compiler/codelets"));
	opts.codelet_dir = dir;
	source_read(&s, "tests/models/ops/hard_swish_stage.onnx");
	assert_int_equal(gs_compile(s.data, s.size, &opts, GS_GOAL_MODEL,
				    &without, report_init(&r)),
			 0);
	opts.plain = true;
	assert_int_equal(gs_compile(s.data, s.size, &opts, GS_GOAL_MODEL,
				    &plain, report_init(&r)),
			 0);
	opts.plain = false;
	opts.calibrate = calibrate_nothing;
	assert_int_equal(gs_compile(s.data, s.size, &opts, GS_GOAL_MODEL,
				    &nothing, report_init(&r)),
			 0);
	check_same_model(&without, &nothing);
	check_same_model(&plain, &nothing);
	gs_compile_free(&without);
	gs_compile_free(&plain);
	gs_compile_free(&nothing);
	source_fini(&s);
}

/* ---- reasons ------------------------------------------------------------- */

/* @model: NULL: the one with a batch */
static void check_reason(const char *model, const struct gs_arch *arch,
			 const char *codelets, int err, const char *says)
{
	struct gs_compiled c;
	struct source s;
	struct report r;

	if (model)
		source_read(&s, model);
	else
		source_batch(&s);
	assert_int_equal(compile_with(&s, arch, codelets, &c, &r), err);
	assert_int_equal(r.num, 1);
	assert_says(r.text, says);
	assert_null(c.model);
	gs_compile_free(&c);
	source_fini(&s);
}

static void test_too_few_rows(void **state)
{
	struct gs_arch arch = *gs_arch_default();
	char dir[4096];

	(void)state;
	snprintf(dir, sizeof(dir), "%s", source_path("compiler/codelets"));
	arch.vmem_depth = 4; /* 16 lanes in rows of their own */
	check_reason("tests/models/ops/softmax10.onnx", &arch, dir, -ENOSPC,
		     "no tile fits the scratchpads of the machine");
}

static void test_widths(void **state)
{
	struct gs_arch arch = *gs_arch_default();
	char dir[4096];

	(void)state;
	snprintf(dir, sizeof(dir), "%s", source_path("compiler/codelets"));
	arch.acc_width = 16;
	check_reason(NULL, &arch, dir, -ENOTSUP, "ACC_WIDTH 16");
}

static void test_codelet_directory(void **state)
{
	char empty[] = "/tmp/test_compile.XXXXXX";

	(void)state;
	check_reason(NULL, gs_arch_default(), "/nonexistent", -ENOENT,
		     "codelet directory /nonexistent: No such file");
	assert_non_null(mkdtemp(empty));
	check_reason(NULL, gs_arch_default(), empty, -ENOENT, "no *.cdlt file");
	rmdir(empty);
}

static void test_pass_names(void **state)
{
	unsigned num = 0;

	(void)state;
	while (gs_compile_pass(num))
		num++;
	assert_true(num >= 14);
	assert_string_equal(gs_compile_pass(0)->name, "support");
	assert_string_equal(gs_compile_pass(num - 1)->name, "emit");
	assert_null(gs_compile_pass(UINT32_MAX));
}

static const struct gs_place *find_place(const struct gs_program *p,
					 const char *name)
{
	uint32_t i;

	for (i = 0; i < p->num_places; i++)
		if (!strcmp(p->place[i].tensor->name, name))
			return &p->place[i];
	fail_msg("%s has no place", name);
	return NULL;
}

static bool overlap(const struct gs_place *a, const struct gs_place *b)
{
	return a->offset < b->offset + b->tensor->layout.bytes &&
	       b->offset < a->offset + a->tensor->layout.bytes;
}

/* What lives at the same time is apart; what does not shares memory. */
static void test_memory(void **state)
{
	const struct gs_place *first, *long_lived, *later;
	struct gs_compiled c;
	struct report r;
	struct source s;

	(void)state;
	source_read(&s, "tests/models/ops/memory_chain.onnx");
	assert_int_equal(compile(&s, NULL, &c, &r), 0);
	assert_true(c.program.act_bytes < c.program.own_bytes * 3 / 4);
	long_lived = find_place(&c.program, "relu_1");
	first = find_place(&c.program, "relu_3");
	later = find_place(&c.program, "relu_8");
	assert_true(first->tensor->layout.filled);
	assert_true(overlap(first, later));
	assert_false(overlap(long_lived, first));
	assert_false(overlap(long_lived, later));
	assert_false(overlap(later, find_place(&c.program, "x")));
	assert_false(overlap(later, find_place(&c.program, "y")));
	gs_compile_free(&c);
	source_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_other_layout),
		cmocka_unit_test(test_tiny),
		cmocka_unit_test(test_small_windows),
		cmocka_unit_test(test_few_words),
		cmocka_unit_test(test_four_bits),
		cmocka_unit_test(test_mixed_widths),
		cmocka_unit_test(test_configs),
		cmocka_unit_test(test_equal_bytes),
		cmocka_unit_test(test_no_data),
		cmocka_unit_test(test_too_few_rows),
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_codelet_directory),
		cmocka_unit_test(test_pass_names),
	};

	return cmocka_run_group_tests_name("compile", tests, NULL,
					   forget_expected);
}
