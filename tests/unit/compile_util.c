/* SPDX-License-Identifier: MIT */
#include "tests/unit/compile_util.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hw-model/isa/file.h"
#include "tests/unit/onnx_builder.h"

#define CALIB_SAMPLES 2

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

void source_fini(struct source *s)
{
	unsigned i;

	free(s->data);
	for (i = 0; i < GS_MAX_IO; i++)
		free(s->noise[i]);
	*s = (struct source){ 0 };
}

void source_read(struct source *s, const char *path)
{
	char *data;

	*s = (struct source){ 0 };
	if (gs_file_read(source_path(path), SIZE_MAX, &data, &s->size))
		fail_msg("cannot read %s", source_path(path));
	s->data = (uint8_t *)data;
}

void source_pack(struct source *s, struct builder *b)
{
	*s = (struct source){ 0 };
	s->data = b_pack(b, &s->size);
	b_fini(b);
	assert_non_null(s->data);
}

void source_batch(struct source *s)
{
	struct builder b;

	b_init(&b, 13);
	b_input(&b, "x", 4, (int64_t[]){ 3, 20, 13, 7 });
	b_weights(&b, "w1", 4, (int64_t[]){ 37, 20, 3, 3 });
	b_weights(&b, "w2", 4, (int64_t[]){ 18, 37, 1, 2 });
	b_node(&b, "Conv", "x w1", "c1");
	b_node(&b, "Relu", "c1", "r1");
	b_node(&b, "Conv", "r1 w2", "y");
	b_output(&b, "y", 4, (int64_t[]){ 3, 18, 11, 4 });
	source_pack(s, &b);
}

int calibrate_noise(void *ctx, const struct gs_graph *graph,
		    const struct gs_calib **calib, size_t *num,
		    struct gs_diag *diag)
{
	struct source *s = ctx;
	uint32_t seed = 1;
	unsigned i;

	(void)diag;
	for (i = 0; i < graph->num_inputs; i++) {
		const struct gs_tensor *t = graph->input[i];
		const size_t elems =
			(size_t)gs_shape_elems(&t->shape) * CALIB_SAMPLES;
		size_t k;

		free(s->noise[i]);
		s->noise[i] = calloc(elems, sizeof(float));
		assert_non_null(s->noise[i]);
		for (k = 0; k < elems; k++)
			s->noise[i][k] =
				(float)next_random(&seed) / (1 << 22) - 2;
		s->calib[i] = (struct gs_calib){ .name = t->name,
						 .data = s->noise[i],
						 .samples = CALIB_SAMPLES,
						 .num_values = elems };
	}
	*calib = s->calib;
	*num = graph->num_inputs;
	return 0;
}

int compile_with(struct source *s, const struct gs_arch *arch,
		 const char *codelets, struct gs_compiled *out,
		 struct report *r)
{
	const struct gs_shape_override batch = {
		.input = "x", .shape = { .rank = 2, .dim = { 1, 20 } }
	};
	const struct gs_compile_opts opts = {
		.arch = arch,
		.codelet_dir = codelets,
		.codelets = codelets ? NULL : shared_library(),
		.calibrate = calibrate_noise,
		.calibrate_ctx = s,
	};
	struct gs_compile_opts shaped = opts;
	int ret = gs_compile(s->data, s->size, &opts, GS_GOAL_MODEL, out,
			     report_init(r));

	/* symbolic_batch */
	if (!ret || !strstr(r->text, "--shape x=1x20"))
		return ret;
	gs_compile_free(out);
	shaped.shape = &batch;
	shaped.num_shapes = 1;
	return gs_compile(s->data, s->size, &shaped, GS_GOAL_MODEL, out,
			  report_init(r));
}

int compile(struct source *s, const struct gs_arch *arch,
	    struct gs_compiled *out, struct report *r)
{
	return compile_with(s, arch, NULL, out, r);
}

void load_arch(const char *name, struct gs_arch *arch)
{
	char path[128], err[GS_ARCH_ERR_SIZE];

	snprintf(path, sizeof(path), "hw-model/configs/%s.json", name);
	if (gs_arch_load(source_path(path), arch, err))
		fail_msg("%s", err);
}

struct gs_device *open_device(const struct gs_arch *arch)
{
	char path[] = "/tmp/test_compile.XXXXXX", spec[64],
	     json[GS_ARCH_JSON_SIZE];
	const int fd = mkstemp(path);
	const int len = gs_arch_format(arch, json, sizeof(json));
	struct gs_device *dev = NULL;

	assert_true(fd >= 0 && len > 0);
	assert_int_equal(write(fd, json, (size_t)len), len);
	close(fd);
	snprintf(spec, sizeof(spec), "sim:%s", path);
	if (gs_device_open(spec, &dev))
		fail_msg("%s", gs_last_error());
	unlink(path);
	return dev;
}

static int8_t any_value(uint32_t *seed, uint32_t bits)
{
	const int8_t value = (int8_t)next_random(seed);

	return bits == 8 ? value : (int8_t)((value & 15) - 8);
}

static void bind_all(const struct gs_model *model, bool outputs,
		     struct gs_binding *bind, uint32_t num, struct result *r)
{
	uint32_t seed = 7, i;
	uint64_t k;

	for (i = 0; i < num; i++) {
		struct gs_tensor_info t = { .size = sizeof(t) };

		assert_int_equal(outputs ? gs_model_output(model, i, &t) :
					   gs_model_input(model, i, &t),
				 0);
		r->data = realloc(r->data, r->bytes + t.int8_bytes);
		assert_non_null(r->data);
		for (k = 0; k < t.int8_bytes; k++)
			r->data[r->bytes + k] = any_value(&seed, t.bits);
		bind[i] = (struct gs_binding){ .index = i,
					       .type = GS_INT8,
					       .bytes = t.int8_bytes };
		r->bytes += t.int8_bytes;
	}
	for (i = 0, k = 0; i < num; k += bind[i++].bytes)
		bind[i].data = r->data + k;
}

void run_model(const uint8_t *data, size_t size, const struct gs_arch *arch,
	       const char *what, struct result *out)
{
	struct gs_device *dev = open_device(arch);
	struct gs_binding in[GS_MAX_IO], res[GS_MAX_IO];
	struct result given = { 0 };
	struct gs_model *model;
	uint32_t num_in, num_out;

	if (gs_load_model_mem(dev, data, size, NULL, &model))
		fail_msg("%s", gs_last_error());
	num_in = gs_model_num_inputs(model);
	num_out = gs_model_num_outputs(model);
	*out = (struct result){ 0 };
	bind_all(model, false, in, num_in, &given);
	bind_all(model, true, res, num_out, out);
	if (gs_infer(model, in, num_in, res, num_out, NULL, NULL))
		fail_msg("%s on %s: %s", what, arch->name, gs_last_error());
	free(given.data);
	gs_model_free(model);
	gs_device_close(dev);
}

void run_compiled(const struct gs_compiled *c, struct result *out)
{
	run_model(c->model, c->model_bytes, &c->program.arch, c->graph->name,
		  out);
}

void check_same(const struct result *a, const struct result *b,
		const char *model, const char *arch)
{
	check_near(a, b, 0, model, arch);
}

void check_near(const struct result *a, const struct result *b, int limit,
		const char *model, const char *arch)
{
	size_t i;

	assert_int_equal(a->bytes, b->bytes);
	for (i = 0; i < a->bytes; i++)
		if (abs(a->data[i] - b->data[i]) > limit)
			fail_msg("%s on %s: output byte %zu is %d, not %d",
				 model, arch, i, b->data[i], a->data[i]);
}

void check_runs(const struct gs_compiled *c, const struct result *want,
		const char *model, const char *arch)
{
	struct result got;

	run_compiled(c, &got);
	check_same(want, &got, model, arch);
	free(got.data);
}

void check_alike(const struct gs_compiled *a, const struct gs_compiled *b,
		 const char *model, const char *arch)
{
	struct result want;

	run_compiled(a, &want);
	check_runs(b, &want, model, arch);
	free(want.data);
}

void check_same_model(const struct gs_compiled *a, const struct gs_compiled *b)
{
	assert_int_equal(a->model_bytes, b->model_bytes);
	assert_memory_equal(a->model, b->model, a->model_bytes);
}

void reference(struct source *s, struct result *out)
{
	struct gs_compiled c;
	struct report r;

	if (compile(s, gs_arch_default(), &c, &r))
		fail_msg("%s", r.text);
	run_compiled(&c, out);
	gs_compile_free(&c);
}

unsigned list_models(char (*path)[128], unsigned max)
{
	const size_t root = strlen(source_path(""));
	unsigned num = 1;
	glob_t files;
	size_t i;

	strcpy(path[0], "tests/models/fashion_lenet.onnx");
	assert_int_equal(glob(source_path("tests/models/ops/*.onnx"), 0, NULL,
			      &files),
			 0);
	for (i = 0; i < files.gl_pathc; i++) {
		if (strstr(files.gl_pathv[i], "unsupported_ops"))
			continue;
		assert_true(num < max);
		snprintf(path[num++], 128, "%s", files.gl_pathv[i] + root);
	}
	globfree(&files);
	assert_true(num > 30);
	return num;
}

double estimated_cycles(const struct gs_compiled *c)
{
	double sum = 0;
	uint32_t i;

	for (i = 0; i < c->program.num_layers; i++)
		sum += c->program.layer[i].cycles;
	return sum;
}
