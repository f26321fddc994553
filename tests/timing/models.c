/* SPDX-License-Identifier: MIT */
/*
 * timing-models: compile the test models, and count what the reference executor does.
 *
 *	timing-models MACHINE DIR
 *	timing-models --resnet50 MACHINE DIR
 *
 * For each model that compiles for hw-model/configs/MACHINE.json: DIR/NAME.gsm,
 * and DIR/NAME.csv with a line for each block, in the columns of gs-sim --blocks
 * that the executor knows. With --resnet50 only DIR/TIMES-NAME.gsm for each
 * convolution of that network with what is fused to it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/core/core.h"
#include "hw-model/isa/file.h"
#include "hw-model/tools/sim_mem.h"
#include "runtime/loader/gsm.h"
#include "tests/timing/resnet50.h"
#include "tests/unit/compile_util.h"

#define BUS_CODE (UINT64_C(1) << 40)
#define BUS_PARAM (UINT64_C(2) << 40)
#define BUS_ACT (UINT64_C(3) << 40)

static const char *machine, *folder;

/* ---- one program ---------------------------------------------------------------- */

/* Counters up to the block before, and where differences go. */
struct counting {
	FILE *out;
	struct gs_counters now, before;
	uint32_t segment, addr;
	uint64_t num;
};

static void block_end(struct counting *c)
{
	const struct gs_counters *now = &c->now, *before = &c->before;

	fprintf(c->out,
		"%" PRIu64 ",%" PRIu32 ",%" PRIu32 ",%" PRIu64 ",%" PRIu64
		",%" PRIu64,
		c->num++, c->segment, c->addr, now->mvms - before->mvms,
		now->simd_ops - before->simd_ops,
		now->perm_rows - before->perm_rows);
	for (unsigned w = 0; w < GS_WIN_COUNT; w++)
		fprintf(c->out, ",%" PRIu64 ",%" PRIu64,
			now->bytes[w][0] - before->bytes[w][0],
			now->bytes[w][1] - before->bytes[w][1]);
	putc('\n', c->out);
	c->before = *now;
}

static void observe(void *ctx, const struct gs_work *event)
{
	struct counting *c = ctx;

	if (event->kind == GS_WORK_BLOCK)
		c->addr = event->block.addr;
	if (event->kind == GS_WORK_BLOCK_END)
		block_end(c);
}

static void put(struct sim_mem *mem, uint64_t addr, const void *data,
		size_t size)
{
	assert_int_equal(size ? sim_mem_put(mem, addr, data, size) : 0, 0);
}

static void count_segments(const struct gs_gsm *m, struct counting *c)
{
	struct sim_mem *mem = sim_mem_create();
	struct gs_core *core = gs_core_create(&m->arch);
	const struct gs_mem port = sim_mem_port(mem);

	assert_true(core && mem);
	put(mem, BUS_CODE, m->code, (size_t)m->num_words * 4);
	put(mem, BUS_PARAM, m->param, m->param_bytes);
	put(mem, BUS_ACT, m->simd, m->simd_bytes);
	for (c->segment = 0; c->segment < m->num_segments; c->segment++) {
		const struct gs_job job = {
			.window_base = { BUS_CODE, BUS_PARAM, BUS_ACT, BUS_ACT,
					 BUS_ACT },
			.entry = m->segment[c->segment].first_word * 4,
			.entry_words = m->segment[c->segment].entry_words,
			.encoding = GS_ENC_SYNC_INST,
			.executor = GS_EXEC_REFERENCE,
			.counters = &c->now,
			.observe = observe,
			.observe_ctx = c,
		};
		struct gs_fault fault;

		gs_core_reset(core);
		assert_int_equal(gs_core_run(core, &port, &job, &fault), 0);
	}
	gs_core_destroy(core);
	sim_mem_destroy(mem);
}

static void count(const struct gs_compiled *compiled, FILE *out)
{
	char err[GS_GSM_ERR_SIZE];
	struct counting c = { .out = out };
	struct gs_gsm *m;

	assert_int_equal(gs_gsm_read(compiled->model, compiled->model_bytes, &m,
				     err),
			 0);
	fprintf(out, "block,segment,address,array_steps,tandem_ops,"
		     "rows_permuted");
	for (unsigned w = 0; w < GS_WIN_COUNT; w++)
		fprintf(out, ",%s_read,%s_written",
			gs_window_name((enum gs_window)w),
			gs_window_name((enum gs_window)w));
	putc('\n', out);
	count_segments(m, &c);
	gs_gsm_free(m);
}

/* ---- all models ------------------------------------------------------------------- */

static void write_model(const struct gs_compiled *c, const char *name)
{
	char path[512];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s.gsm", folder, name);
	assert_int_equal(
		gs_file_write(path, (const char *)c->model, c->model_bytes), 0);
	snprintf(path, sizeof(path), "%s/%s.csv", folder, name);
	out = fopen(path, "w");
	assert_non_null(out);
	count(c, out);
	assert_int_equal(fclose(out), 0);
}

static void models(void **state)
{
	static char path[MAX_MODELS][128];
	const unsigned num = list_models(path, MAX_MODELS);
	struct gs_arch arch;

	(void)state;
	load_arch(machine, &arch);
	for (unsigned i = 0; i < num; i++) {
		char *name = strrchr(path[i], '/');
		struct gs_compiled c;
		struct source s;
		struct report r;

		source_read(&s, path[i]);
		name[strlen(name) - strlen(".onnx")] = 0;
		if (!compile(&s, &arch, &c, &r))
			write_model(&c, name + 1);
		gs_compile_free(&c);
		source_fini(&s);
	}
}

static void resnet50_conv(const struct resnet50_conv *conv,
			  const struct gs_arch *arch)
{
	struct source s = { 0 };
	struct gs_compiled c;
	struct report r;
	char path[512];

	s.data = resnet50_build(conv, true, &s.size);
	assert_non_null(s.data);
	if (compile(&s, arch, &c, &r))
		fail_msg("%s: %s", conv->name, r.text);
	snprintf(path, sizeof(path), "%s/%d-%s.gsm", folder, conv->times,
		 conv->name);
	for (char *name = path + strlen(folder) + 1; *name; name++)
		if (*name == ' ' || *name == '/')
			*name = '_';
	assert_int_equal(
		gs_file_write(path, (const char *)c.model, c.model_bytes), 0);
	gs_compile_free(&c);
	source_fini(&s);
}

static void resnet50(void **state)
{
	struct gs_arch arch;

	(void)state;
	load_arch(machine, &arch);
	for (unsigned i = 0; i < RESNET50_CONVS; i++)
		resnet50_conv(&resnet50_convs[i], &arch);
}

int main(int argc, char **argv)
{
	const bool network = argc == 4 && !strcmp(argv[1], "--resnet50");
	const struct CMUnitTest all[] = { cmocka_unit_test(models) };
	const struct CMUnitTest convs[] = { cmocka_unit_test(resnet50) };

	if (argc != 3 && !network) {
		fprintf(stderr, "usage: %s [--resnet50] MACHINE DIR\n",
			argv[0]);
		return 2;
	}
	machine = argv[argc - 2];
	folder = argv[argc - 1];
	return network ? cmocka_run_group_tests(convs, NULL, NULL) :
			 cmocka_run_group_tests(all, NULL, NULL);
}
