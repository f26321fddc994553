/* SPDX-License-Identifier: MIT */
/*
 * Any text as a schedule file of a small model, with a fused chain and a layer
 * of the SIMD unit. What can be read is compiled, what is compiled can be written
 * and gives the same model again; each failure is reported once.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compile.h"
#include "compiler/schedule/schedule_read.h"
#include "compiler/schedule/schedule_write.h"
#include "hw-model/isa/file.h"

#define MODEL "tests/models/ops/conv_relu_pool.onnx"
#define CODELETS "compiler/codelets"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct gs_codelet_lib codelets;
static char *model;
static size_t model_bytes;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct gs_diag diag = { 0 };

	(void)argc;
	(void)argv;
	if (gs_file_read(MODEL, 1 << 20, &model, &model_bytes) ||
	    gs_codelet_load_dir(CODELETS, &codelets, &diag))
		abort();
	return 0;
}

static int compile(const struct gs_schedule *s, struct gs_compiled *out)
{
	const struct gs_compile_opts opts = { .codelets = &codelets,
					      .schedule = s };
	struct gs_diag diag = { 0 };
	const int ret = gs_compile(model, model_bytes, &opts, GS_GOAL_MODEL,
				   out, &diag);

	if (diag.errors != (ret ? 1 : 0))
		abort();
	return ret;
}

/* What was decided is a schedule that gives the same. */
static void check(const struct gs_schedule *limits, const struct gs_compiled *a)
{
	struct gs_diag diag = { 0 };
	struct gs_schedule_file file;
	struct gs_compiled b;
	char *text;
	size_t len;

	if (gs_schedule_write(gs_arch_default(), limits, a->plan, a->num_layers,
			      &text, &len, &diag) ||
	    gs_schedule_read(text, len, "again", &file, &diag) ||
	    compile(&file.schedule, &b))
		abort();
	if (a->model_bytes != b.model_bytes ||
	    memcmp(a->model, b.model, a->model_bytes))
		abort();
	gs_compile_free(&b);
	gs_schedule_free(&file);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gs_diag diag = { 0 };
	struct gs_schedule_file file;
	struct gs_compiled c;
	const int ret = gs_schedule_read((const char *)data, size, "fuzz",
					 &file, &diag);

	if (diag.errors != (ret ? 1 : 0))
		abort();
	if (!ret) {
		if (!compile(&file.schedule, &c))
			check(&file.schedule, &c);
		gs_compile_free(&c);
	}
	gs_schedule_free(&file);
	return 0;
}
