/* SPDX-License-Identifier: MIT */
/* See resnet.h. Weights and inputs are noise. */
#include "tests/bench/resnet.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compile.h"
#include "tests/unit/onnx_builder.h"

void die(const char *what)
{
	fprintf(stderr, "bench_resnet: %s\n", what);
	exit(1);
}

/* ---- ONNX ----------------------------------------------------------------------- */

/* A model that is being built, and the name of its last value. */
struct net {
	struct builder b;
	uint32_t noise;
	unsigned num;
	char last[16];
};

static float noise(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (float)(*state >> 8) * 0x1p-23f - 1;
}

static Onnx__NodeProto *node(struct net *net, const char *op,
			     const char *inputs)
{
	char in[40];

	snprintf(in, sizeof(in), "%s", inputs);
	snprintf(net->last, sizeof(net->last), "t%u", net->num++);
	return b_node(&net->b, op, in, net->last);
}

static void ints(struct net *net, Onnx__NodeProto *n, const char *name,
		 size_t num, int64_t value)
{
	const int64_t values[4] = { value, value, value, value };

	b_attr_ints(&net->b, n, name, num, values);
}

/* Sums of weights this large keep the size of what they are made of. */
static void weights(struct net *net, const char *name, size_t rank,
		    const int64_t *dims)
{
	Onnx__TensorProto *t = b_weights(&net->b, name, rank, dims);
	float *v = (float *)(void *)t->raw_data.data;
	int64_t terms = 1;

	for (size_t i = 1; i < rank; i++)
		terms *= dims[i];
	for (size_t i = 0; i < t->raw_data.len / sizeof(*v); i++)
		v[i] = noise(&net->noise) * sqrtf(3 / (float)terms);
}

static void conv(struct net *net, const char *from,
		 const struct resnet50_conv *s)
{
	char w[16], in[40];
	Onnx__NodeProto *n;

	snprintf(w, sizeof(w), "w%u", net->num);
	weights(net, w, 4,
		(const int64_t[]){ s->oc, s->ic, s->kernel, s->kernel });
	snprintf(in, sizeof(in), "%s %s", from, w);
	n = node(net, "Conv", in);
	ints(net, n, "strides", 2, s->stride);
	ints(net, n, "pads", 4, s->kernel / 2);
}

static const struct resnet50_conv *find(unsigned stage, const char *what)
{
	char name[32];

	snprintf(name, sizeof(name), "conv%u %s", stage, what);
	for (size_t i = 0; i < RESNET50_CONVS; i++)
		if (!strcmp(resnet50_convs[i].name, name))
			return &resnet50_convs[i];
	die(name);
}

/* The first block of a stage changes the number of channels. */
static void block(struct net *net, unsigned stage, bool first)
{
	const bool halves = first && stage > 2;
	char from[sizeof(net->last)], way[sizeof(net->last)], in[40];

	memcpy(from, net->last, sizeof(from));
	memcpy(way, from, sizeof(way));
	if (first) {
		conv(net, from, find(stage, "shortcut"));
		memcpy(way, net->last, sizeof(way));
	}
	conv(net, from, find(stage, first ? "1x1" : "1x1 down"));
	node(net, "Relu", net->last);
	conv(net, net->last, find(stage, halves ? "3x3/2" : "3x3"));
	node(net, "Relu", net->last);
	conv(net, net->last, find(stage, "1x1 up"));
	snprintf(in, sizeof(in), "%s %s", net->last, way);
	node(net, "Add", in);
	node(net, "Relu", net->last);
}

static void head(struct net *net)
{
	static const int64_t dims[] = { 1000, 2048 }, out[] = { 1, 1000 };
	char in[40];

	node(net, "GlobalAveragePool", net->last);
	node(net, "Flatten", net->last);
	weights(net, "fc", 2, dims);
	snprintf(in, sizeof(in), "%s fc", net->last);
	b_attr_int(&net->b, node(net, "Gemm", in), "transB", 1);
	b_output(&net->b, net->last, 2, out);
}

static uint8_t *build_network(size_t *size)
{
	static const unsigned blocks[] = { 3, 4, 6, 3 };
	static const int64_t in[] = { 1, 3, 224, 224 };
	struct net *net = calloc(1, sizeof(*net));
	Onnx__NodeProto *pool;
	uint8_t *data;

	if (!net)
		die("out of memory");
	b_init(&net->b, 13);
	b_input(&net->b, "x", 4, in);
	conv(net, "x", &resnet50_convs[0]);
	node(net, "Relu", net->last);
	pool = node(net, "MaxPool", net->last);
	ints(net, pool, "kernel_shape", 2, 3);
	ints(net, pool, "strides", 2, 2);
	ints(net, pool, "pads", 4, 1);
	for (unsigned stage = 2; stage < 6; stage++)
		for (unsigned i = 0; i < blocks[stage - 2]; i++)
			block(net, stage, !i);
	head(net);
	data = b_pack(&net->b, size);
	b_fini(&net->b);
	free(net);
	return data;
}

static uint8_t *build_layer(const struct resnet50_conv *s, size_t *size)
{
	const int64_t in[] = { 1, s->ic, s->height, s->height };
	const int64_t out[] = { 1, s->oc, resnet50_height(s),
				resnet50_height(s) };
	struct net *net = calloc(1, sizeof(*net));
	uint8_t *data;

	if (!net)
		die("out of memory");
	b_init(&net->b, 13);
	b_input(&net->b, "x", 4, in);
	conv(net, "x", s);
	b_output(&net->b, net->last, 4, out);
	data = b_pack(&net->b, size);
	b_fini(&net->b);
	free(net);
	return data;
}

/* ---- compiling ------------------------------------------------------------------ */

/* One sample of noise. */
static int calibrate(void *ctx, const struct gs_graph *graph,
		     const struct gs_calib **calib, size_t *num,
		     struct gs_diag *diag)
{
	const uint64_t elems =
		(uint64_t)gs_shape_elems(&graph->input[0]->shape);
	struct gs_calib *c = ctx;
	float *data = malloc(elems * sizeof(*data));
	uint32_t state = 1;

	(void)diag;
	if (!data)
		return -1;
	for (uint64_t i = 0; i < elems; i++)
		data[i] = 2 * noise(&state);
	*c = (struct gs_calib){ .name = graph->input[0]->name,
				.data = data,
				.num_values = elems,
				.samples = 1 };
	*calib = c;
	*num = 1;
	return 0;
}

static void report(void *ctx, enum gs_severity severity, const char *text)
{
	(void)ctx;
	if (severity == GS_DIAG_ERROR)
		fprintf(stderr, "bench_resnet: %s\n", text);
}

static void compile(uint8_t *onnx, size_t size, const char *what,
		    struct gs_compiled *c)
{
	struct gs_calib calib = { .data = NULL };
	const struct gs_compile_opts opts = {
		.codelet_dir = "compiler/codelets",
		.calibrate = calibrate,
		.calibrate_ctx = &calib,
	};
	struct gs_diag diag = { .report = report };

	if (!onnx || gs_compile(onnx, size, &opts, GS_GOAL_MODEL, c, &diag))
		die(what);
	free((void *)(uintptr_t)calib.data);
	free(onnx);
}

struct gs_gsm *resnet_layer(const struct resnet50_conv *s)
{
	char err[GS_GSM_ERR_SIZE];
	struct gs_compiled c;
	struct gs_gsm *gsm;
	size_t size;
	uint8_t *onnx = build_layer(s, &size);

	compile(onnx, size, s->name, &c);
	if (gs_gsm_read(c.model, c.model_bytes, &gsm, err))
		die(err);
	gs_compile_free(&c);
	return gsm;
}

void resnet_network(const char *path)
{
	struct gs_compiled c;
	size_t size;
	uint8_t *onnx = build_network(&size);
	FILE *file = fopen(path, "wb");
	bool ok;

	compile(onnx, size, "the network does not compile", &c);
	ok = file && fwrite(c.model, 1, c.model_bytes, file) == c.model_bytes;
	if ((file && fclose(file)) || !ok)
		die("the network cannot be written");
	gs_compile_free(&c);
}
