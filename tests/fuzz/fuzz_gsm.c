/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a model file: load it, and when it is one, run it for a while,
 * with copies and in place; and what its head finds in any outputs is drawn.
 * The check sum is repaired first, or nothing would get past it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "genesys/genesys.h"
#include "runtime/heads/draw.h"
#include "runtime/loader/gsm.h"

#define MAX_MEMORY (1u << 20)
#define MAX_ELEMS (4u << 20)
#define MAX_WORK 20000
#define MAX_VALUES (1u << 16) /* of an output */
#define SIDE 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t count_elems(const struct gs_model *model)
{
	struct gs_tensor_info info = { .size = sizeof(info) };
	uint64_t elems = 0;

	for (uint32_t i = 0; i < gs_model_num_tensors(model); i++)
		if (!gs_model_tensor(model, i, &info))
			elems += info.elems;
	return elems;
}

/* All bindings share one block of memory: only outputs are written. */
static void bind_all(const struct gs_model *model, struct gs_binding *b,
		     int8_t *memory)
{
	struct gs_tensor_info info = { .size = sizeof(info) };
	uint32_t inputs = gs_model_num_inputs(model);

	for (uint32_t i = 0; i < inputs + gs_model_num_outputs(model); i++) {
		int ret = i < inputs ?
				  gs_model_input(model, i, &info) :
				  gs_model_output(model, i - inputs, &info);

		if (ret)
			abort();
		b[i] = (struct gs_binding){ .name = info.name,
					    .type = GS_INT8,
					    .data = memory,
					    .bytes = info.elems };
	}
}

static int check_dump(void *ctx, const struct gs_tensor_info *info,
		      int8_t *data)
{
	unsigned *sum = ctx;

	for (uint64_t i = 0; i < info->int8_bytes; i++)
		*sum += (uint8_t)data[i];
	return 0;
}

static void run(struct gs_model *model)
{
	uint32_t in = gs_model_num_inputs(model);
	uint32_t out = gs_model_num_outputs(model);
	unsigned sum = 0;
	struct gs_infer_opts opts = { .size = sizeof(opts),
				      .max_work = MAX_WORK };
	struct gs_stats stats = { .size = sizeof(stats) };
	uint64_t elems = count_elems(model);
	struct gs_binding *b;
	int8_t *memory;

	if (elems > MAX_ELEMS)
		return;
	b = calloc((size_t)in + out, sizeof(*b));
	memory = calloc((size_t)elems + 1, 1);
	if (b && memory) {
		bind_all(model, b, memory);
		gs_infer(model, b, in, b + in, out, &opts, &stats);
		opts.dump = check_dump;
		opts.dump_ctx = &sum;
		gs_infer(model, b, in, b + in, out, &opts, &stats);
	}
	free(b);
	free(memory);
}

/* Native tensors one behind the other: where their slots are used in place. */
static uint64_t bind_native(const struct gs_model *model, struct gs_binding *b,
			    uint8_t *data)
{
	struct gs_tensor_info info = { .size = sizeof(info) };
	uint32_t inputs = gs_model_num_inputs(model);
	uint64_t at = 0;

	for (uint32_t i = 0; i < inputs + gs_model_num_outputs(model); i++) {
		if (i < inputs ? gs_model_input(model, i, &info) :
				 gs_model_output(model, i - inputs, &info))
			abort();
		b[i] = (struct gs_binding){ .name = info.name,
					    .type = GS_NATIVE,
					    .data = data ? data + at : NULL,
					    .bytes = info.layout.bytes };
		at += (info.layout.bytes + GS_BUFFER_ALIGN - 1) /
		      GS_BUFFER_ALIGN * GS_BUFFER_ALIGN;
	}
	return at;
}

static void run_in_place(struct gs_device *dev, struct gs_model *model)
{
	uint32_t in = gs_model_num_inputs(model);
	uint32_t out = gs_model_num_outputs(model);
	struct gs_binding *b = calloc((size_t)in + out, sizeof(*b));
	struct gs_infer_opts opts = { .size = sizeof(opts),
				      .max_work = MAX_WORK };
	unsigned sum = 0;
	uint64_t bytes = b ? bind_native(model, b, NULL) : 0;
	struct gs_buffer *buf;

	if (bytes && bytes <= MAX_ELEMS &&
	    !gs_buffer_create(dev, (size_t)bytes, &buf)) {
		bind_native(model, b, gs_buffer_map(buf));
		gs_infer(model, b, in, b + in, out, &opts, NULL);
		opts.dump = check_dump;
		opts.dump_ctx = &sum;
		gs_infer(model, b, in, b + in, out, &opts, NULL);
		gs_buffer_free(buf);
	}
	free(b);
}

static const char *find_meta(const void *model, const char *key)
{
	return gs_model_meta(model, key);
}

/* Where the picture would be, for the size of the first input. */
static void draw(const struct gs_head *head, const float *const *data,
		 uint32_t width, uint32_t height)
{
	static uint8_t pixels[3 * SIDE * SIDE];
	const struct gs_placement at = { SIDE, SIDE, 0, 0, width, height };
	struct gs_image im = { SIDE, SIDE, 3, pixels };
	struct gs_head_found found;

	if (gs_head_decode(head, data, &found))
		return;
	gs_head_place(&found, &at);
	gs_head_draw(&im, &found, &at, NULL, 0);
	gs_head_found_free(&found);
}

/* The outputs are the bytes of the file, again and again. */
static void find(const struct gs_model *model, const uint8_t *bytes,
		 size_t size)
{
	static float values[MAX_VALUES];
	const float *data[GS_MAX_DIMS];
	struct gs_head_output out[GS_MAX_DIMS];
	struct gs_tensor_info info = { .size = sizeof(info) };
	struct gs_head_model m = { .meta = find_meta,
				   .ctx = model,
				   .output = out,
				   .num_outputs = gs_model_num_outputs(model) };
	struct gs_head *head;
	char err[256];

	if (m.num_outputs > GS_MAX_DIMS || gs_model_input(model, 0, &info))
		return;
	m.width = info.layout.w;
	m.height = info.layout.h;
	for (uint32_t i = 0; i < m.num_outputs; i++) {
		if (gs_model_output(model, i, &info) || info.elems > MAX_VALUES)
			return;
		out[i] = (struct gs_head_output){ .name = info.name,
						  .rank = info.rank };
		memcpy(out[i].dim, info.dim, sizeof(info.dim));
		data[i] = values;
	}
	if (gs_head_open(&m, &head, err, sizeof(err)))
		return;
	for (size_t i = 0; i < MAX_VALUES; i++)
		values[i] = (float)(int8_t)bytes[i % size] / 32;
	draw(head, data, m.width, m.height);
	gs_head_close(head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gs_device *dev;
	struct gs_load_opts opts = { .size = sizeof(opts),
				     .max_memory = MAX_MEMORY };
	struct gs_model *model;
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy || (!dev && gs_device_open("sim", &dev)))
		abort();
	if (size)
		memcpy(copy, data, size);
	gs_gsm_seal(copy, size);
	if (!gs_load_model_mem(dev, copy, size, &opts, &model)) {
		run(model);
		run_in_place(dev, model);
		find(model, copy, size);
		gs_model_free(model);
	}
	free(copy);
	return 0;
}
