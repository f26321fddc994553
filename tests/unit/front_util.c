/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codelets/rules.h"
#include "hw-model/isa/file.h"
#include "runtime/support/npy.h"
#include "tests/unit/front_util.h"

static void report(void *ctx, enum gs_severity severity, const char *text)
{
	struct log *log = ctx;
	size_t used = strlen(log->text);

	log->warnings += severity == GS_DIAG_WARNING;
	snprintf(log->text + used, sizeof(log->text) - used, "%s\n", text);
}

struct gs_diag *log_init(struct log *log)
{
	memset(log, 0, sizeof(*log));
	log->diag.report = report;
	log->diag.ctx = log;
	return &log->diag;
}

static const char *source_path(const char *path, const char *suffix)
{
	static char buf[4096];
	const char *src = getenv("GS_SRC");

	snprintf(buf, sizeof(buf), "%s/tests/models/%s%s", src ? src : ".",
		 path, suffix);
	return buf;
}

const char *ops_path(const char *name, const char *suffix)
{
	char path[256];

	if (strchr(name, '/'))
		return source_path(name + 1, suffix);
	snprintf(path, sizeof(path), "ops/%s", name);
	return source_path(path, suffix);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *const *ops_names(void)
{
	static char names[512][64];
	static const char *list[512];
	struct dirent *entry;
	size_t num = 0;
	DIR *dir;

	if (list[0])
		return list;
	dir = opendir(ops_path("", ""));
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);

		if (len < 5 || strcmp(entry->d_name + len - 5, ".onnx"))
			continue;
		assert_true(num < 511 && len < sizeof(names[0]));
		memcpy(names[num], entry->d_name, len - 5);
		list[num] = names[num];
		num++;
	}
	closedir(dir);
	qsort(list, num, sizeof(*list), compare);
	assert_true(num > 0);
	return list;
}

uint8_t *read_file(const char *path, size_t *size)
{
	char *data;

	if (gs_file_read(path, SIZE_MAX, &data, size))
		fail_msg("cannot read %s", path);
	return (uint8_t *)data;
}

/* Rules that stand in codelets; they are kept until the end. */
static const struct gs_op_rules *front_rules(void)
{
	static struct gs_codelet_lib lib;
	static struct gs_op_rules rules;
	const char *src = getenv("GS_SRC");
	char path[4096];
	struct log log;

	snprintf(path, sizeof(path), "%s/compiler/codelets", src ? src : ".");
	if (!lib.first && gs_codelet_load_dir(path, &lib, log_init(&log)))
		fail_msg("%s", log.text);
	rules = gs_codelet_rules(&lib);
	return &rules;
}

int run_passes(struct gs_graph *graph, enum stage stage, struct gs_diag *diag)
{
	int ret = 0;

	graph->rules = front_rules();
	if (stage >= SHAPED)
		ret = gs_pass_support(graph, NULL, NULL, diag);
	if (stage >= SHAPED && !ret)
		ret = gs_pass_shapes(graph, diag);
	if (stage >= SIMPLE && !ret)
		ret = gs_pass_qdq(graph, diag);
	if (stage >= SIMPLE && !ret)
		ret = gs_pass_constants(graph, diag);
	if (stage >= SIMPLE && !ret)
		ret = gs_pass_decompose(graph, diag);
	if (stage >= SIMPLE && !ret)
		ret = gs_pass_simplify(graph, diag);
	if (stage >= SIMPLE && !ret)
		ret = gs_pass_pads(graph, diag);
	if (stage >= SIMPLE && !ret)
		ret = gs_pass_dead(graph, diag);
	if (stage >= FUSED && !ret)
		ret = gs_pass_hard(graph, diag);
	if (stage >= FUSED && !ret)
		ret = gs_pass_affine(graph, diag);
	if (stage >= FUSED && !ret)
		ret = gs_pass_fuse(graph, diag);
	return ret;
}

struct gs_graph *load_file(const char *path, enum stage stage)
{
	const struct gs_shape_override shape = { "x", { 2, { 1, 20 } } };
	const struct gs_import_opts opts = {
		.shape = &shape,
		.num_shapes = strstr(path, "symbolic_batch") != NULL,
	};
	struct gs_graph *graph;
	struct log log;
	uint8_t *data;
	size_t size;

	log_init(&log);
	data = read_file(path, &size);
	gs_import_onnx(data, size, &opts, &graph, &log.diag);
	free(data);
	if (graph)
		run_passes(graph, stage, &log.diag);
	if (log.text[0])
		fail_msg("%s: %s", path, log.text);
	assert_int_equal(log.diag.errors, 0);
	return graph;
}

struct gs_graph *load_op(const char *name, enum stage stage)
{
	return load_file(ops_path(name, ".onnx"), stage);
}

int load_built(struct builder *b, enum stage stage, struct gs_graph **graph,
	       struct log *log)
{
	uint8_t *data;
	size_t size;
	int ret;

	log_init(log);
	data = b_pack(b, &size);
	b_fini(b);
	ret = gs_import_onnx(data, size, NULL, graph, &log->diag);
	free(data);
	return ret ? ret : run_passes(*graph, stage, &log->diag);
}

struct gs_graph *built(struct builder *b, enum stage stage)
{
	struct gs_graph *graph;
	struct log log;

	if (load_built(b, stage, &graph, &log))
		fail_msg("%s", log.text);
	return graph;
}

float *load_values(const struct gs_graph *graph, const char *model,
		   const struct gs_tensor *tensor, const char *kind,
		   size_t *num)
{
	bool named = !strcmp(kind, "expect") || graph->num_inputs > 1;
	char suffix[256], err[512];
	struct gs_npy npy;
	float *values;
	size_t i;

	snprintf(suffix, sizeof(suffix), "%s%s.%s.npy", named ? "." : "",
		 named ? tensor->name : "", kind);
	if (gs_npy_read(ops_path(model, suffix), &npy, err, sizeof(err)))
		fail_msg("%s", err);
	values = malloc((npy.elems + 1) * sizeof(*values));
	assert_non_null(values);
	for (i = 0; i < npy.elems; i++)
		values[i] = (float)gs_npy_get(&npy, i);
	*num = npy.elems;
	gs_npy_free(&npy);
	return values;
}

void quantize_op(struct gs_graph *graph, const char *model)
{
	struct gs_calib calib[GS_MAX_IO];
	struct log log;
	unsigned i;
	int ret;

	for (i = 0; i < graph->num_inputs; i++) {
		const struct gs_tensor *t = graph->input[i];
		size_t num;

		calib[i].name = t->name;
		calib[i].data = load_values(graph, model, t, "calib", &num);
		calib[i].num_values = num;
		calib[i].samples = num / (size_t)gs_shape_elems(&t->shape);
	}
	ret = gs_pass_calibrate(graph, calib, graph->num_inputs,
				log_init(&log));
	for (i = 0; i < graph->num_inputs; i++)
		free((void *)(uintptr_t)calib[i].data);
	if (!ret)
		ret = gs_pass_quantize(graph, &log.diag);
	if (ret || log.text[0])
		fail_msg("%s: %s", model, log.text);
}

void expect_error(int ret, const struct log *log, const char *want)
{
	if (ret >= 0 || log->diag.errors != 1 || !strstr(log->text, want))
		fail_msg("expected '%s' in: %s", want, log->text);
}

void refuse_built(struct builder *b, enum stage stage, const char *want)
{
	struct gs_graph *g = NULL;
	struct log log;
	const int ret = load_built(b, stage, &g, &log);

	gs_graph_destroy(g);
	expect_error(ret, &log, want);
}

void small_conv(struct builder *b)
{
	b_init(b, 13);
	b_input(b, "x", DIMS(1, 2, 4, 4));
	b_output(b, "y", DIMS(1, 3, 4, 4));
	b_weights(b, "w", DIMS(3, 2, 1, 1));
	b_node(b, "Conv", "x w", "y");
}
