/* SPDX-License-Identifier: MIT */
/*
 * Requests, buffers and the native layout on the simulator, through the public
 * interface. It is strict: a program that leaves the slot of a tensor faults.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "genesys/genesys.h"
#include "genesys/model_file.h"
#include "runtime/loader/gsm.h"
#include "tests/unit/split_model.h"
#include "tests/unit/tiny_model.h"

struct fixture {
	struct gs_device *dev;
	struct gs_model *model;
	struct gs_tensor_info a, b, y;
	struct tiny_model tiny;
	int8_t a8[TINY_ELEMS], b8[TINY_ELEMS], want[TINY_ELEMS];
	int8_t y8[TINY_ELEMS], flat8[TINY_ELEMS];
	struct gs_binding in[2], out[2];
};

static void noise(int8_t *data, uint32_t seed)
{
	for (int i = 0; i < TINY_ELEMS; i++) {
		seed = seed * 1664525u + 1013904223u;
		data[i] = (int8_t)(seed >> 24);
	}
}

static struct gs_binding int8(uint32_t index, int8_t *data)
{
	return (struct gs_binding){ NULL, index, GS_INT8, data, TINY_ELEMS };
}

static struct gs_binding native(uint32_t index, void *data,
				const struct gs_tensor_info *info)
{
	return (struct gs_binding){ NULL, index, GS_NATIVE, data,
				    (size_t)info->layout.bytes };
}

static void bind_arrays(struct fixture *f)
{
	f->in[0] = int8(0, f->a8);
	f->in[1] = int8(1, f->b8);
	f->out[0] = int8(0, f->y8);
	f->out[1] = int8(1, f->flat8);
	memset(f->y8, 99, TINY_ELEMS);
	memset(f->flat8, 99, TINY_ELEMS);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	size_t size;
	uint8_t *file = tiny_model_file(&size), *cut;

	if (!f || !file || gs_device_open("sim", &f->dev))
		return -1;
	cut = split_model(file, &size);
	free(file);
	if (!cut || gs_load_model_mem(f->dev, cut, size, NULL, &f->model))
		return -1;
	free(cut);
	f->a.size = f->b.size = f->y.size = sizeof(f->a);
	if (gs_model_input(f->model, 0, &f->a) ||
	    gs_model_input(f->model, 1, &f->b) ||
	    gs_model_output(f->model, 0, &f->y))
		return -1;
	tiny_model_init(&f->tiny);
	noise(f->a8, 1);
	noise(f->b8, 2);
	tiny_model_expect(&f->tiny, f->a8, f->b8, f->want);
	bind_arrays(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	gs_model_free(f->model);
	gs_device_close(f->dev);
	free(f);
	return 0;
}

static int infer(struct fixture *f, struct gs_stats *stats)
{
	*stats = (struct gs_stats){ .size = sizeof(*stats) };
	return gs_infer(f->model, f->in, 2, f->out, 2, NULL, stats);
}

/* ---- segments --------------------------------------------------------------------- */

static void test_segments(void **state)
{
	struct fixture *f = *state;
	struct gs_stats stats;

	assert_int_equal(infer(f, &stats), 0);
	assert_int_equal(stats.segments, 2);
	assert_int_equal(stats.jobs, 2);
	assert_int_equal(stats.blocks, 2);
	assert_memory_equal(f->y8, f->want, TINY_ELEMS);
}

/* ---- layout ------------------------------------------------------------------------ */

static void test_pack(void **state)
{
	struct fixture *f = *state;
	float values[TINY_ELEMS], back[TINY_ELEMS];
	int8_t dense[TINY_ELEMS];
	uint8_t *native = malloc(f->a.layout.bytes);

	assert_int_equal(gs_model_pack(f->model, f->a.index, GS_INT8, f->a8,
				       TINY_ELEMS, native),
			 0);
	assert_int_equal((int8_t)native[0], TINY_A_BORDER);
	/* Row 1, column 1: the first pixel; its channel 1 is the plane after. */
	assert_int_equal((int8_t)native[(TINY_H + 2 + 1) * TINY_C], f->a8[0]);
	assert_int_equal((int8_t)native[(TINY_H + 2 + 1) * TINY_C + 1],
			 f->a8[TINY_H * TINY_H]);
	assert_int_equal(gs_model_unpack(f->model, f->a.index, GS_INT8, dense,
					 TINY_ELEMS, native),
			 0);
	assert_memory_equal(dense, f->a8, TINY_ELEMS);
	assert_int_equal(gs_model_unpack(f->model, f->a.index, GS_FLOAT32,
					 values, sizeof(values), native),
			 0);
	assert_float_equal(values[5], TINY_SCALE * (float)(f->a8[5] - 2), 1e-5);
	assert_int_equal(gs_model_pack(f->model, f->a.index, GS_FLOAT32, values,
				       sizeof(values), native),
			 0);
	assert_int_equal(gs_model_unpack(f->model, f->a.index, GS_FLOAT32, back,
					 sizeof(back), native),
			 0);
	assert_memory_equal(values, back, sizeof(values));
	free(native);
}

static void test_pack_errors(void **state)
{
	struct fixture *f = *state;
	float nan[TINY_ELEMS] = { 0, (float)(0.0 / 0.0) };
	uint8_t *native = malloc(f->a.layout.bytes);

	assert_int_equal(gs_model_pack(f->model, 99, GS_INT8, f->a8, TINY_ELEMS,
				       native),
			 -ENOENT);
	assert_int_equal(gs_model_pack(f->model, 0, GS_NATIVE, f->a8,
				       TINY_ELEMS, native),
			 -EINVAL);
	assert_int_equal(gs_model_pack(f->model, 0, GS_INT8, f->a8,
				       TINY_ELEMS - 1, native),
			 -EINVAL);
	assert_non_null(strstr(gs_last_error(), "gs_model_pack: tensor a"));
	assert_int_equal(gs_model_pack(f->model, 0, GS_FLOAT32, nan,
				       sizeof(nan), native),
			 -EINVAL);
	assert_non_null(strstr(gs_last_error(), "element 1 is NaN"));
	assert_int_equal(gs_model_unpack(f->model, 0, GS_INT8, NULL, TINY_ELEMS,
					 native),
			 -EINVAL);
	free(native);
}

/* A file of the tiny model after a change of its tensors. */
static struct gs_model *load_changed(struct fixture *f,
				     void (*change)(struct gs_elf_tensor *t))
{
	struct gs_model *model;
	size_t size;
	uint8_t *file = tiny_model_file(&size);

	assert_non_null(file);
	change(split_model_section(file, GS_ELF_TENSORS));
	assert_int_equal(gs_gsm_seal(file, size), 0);
	assert_int_equal(gs_load_model_mem(f->dev, file, size, NULL, &model),
			 0);
	free(file);
	return model;
}

static void widen(struct gs_elf_tensor *t)
{
	t[0].bytes += 64;
}

/* Bytes of a slot that are neither element nor border are 0. */
static void test_pack_gap(void **state)
{
	struct fixture *f = *state;
	struct gs_model *model = load_changed(f, widen);
	const size_t bytes = (size_t)f->a.layout.bytes + 64;
	uint8_t *native = malloc(bytes);

	memset(native, 0x55, bytes);
	assert_int_equal(
		gs_model_pack(model, 0, GS_INT8, f->a8, TINY_ELEMS, native), 0);
	for (size_t i = f->a.layout.bytes; i < bytes; i++)
		assert_int_equal(native[i], 0);
	free(native);
	gs_model_free(model);
}

/* Native data that is in no buffer is copied. */
static void test_native_copied(void **state)
{
	struct fixture *f = *state;
	struct gs_stats stats;
	uint8_t *a = malloc(f->a.layout.bytes);
	uint8_t *y = malloc(f->y.layout.bytes);
	int8_t dense[TINY_ELEMS];

	assert_int_equal(gs_model_pack(f->model, f->a.index, GS_INT8, f->a8,
				       TINY_ELEMS, a),
			 0);
	f->in[0] = native(0, a, &f->a);
	f->out[0] = native(0, y, &f->y);
	assert_int_equal(infer(f, &stats), 0);
	assert_int_equal(stats.copied[0], f->a.layout.bytes + TINY_ELEMS);
	assert_int_equal(stats.copied[1], f->y.layout.bytes + TINY_ELEMS);
	assert_int_equal(gs_model_unpack(f->model, f->y.index, GS_INT8, dense,
					 TINY_ELEMS, y),
			 0);
	assert_memory_equal(dense, f->want, TINY_ELEMS);
	f->in[0].bytes--;
	assert_int_equal(infer(f, &stats), -EINVAL);
	assert_non_null(strstr(gs_last_error(), "native layout"));
	free(a);
	free(y);
}

/* ---- buffers ------------------------------------------------------------------------ */

static void test_buffer(void **state)
{
	struct fixture *f = *state;
	struct gs_buffer *buf;
	uint8_t *data;

	assert_int_equal(gs_buffer_create(f->dev, 0, &buf), -EINVAL);
	assert_int_equal(gs_buffer_create(NULL, 1, &buf), -EINVAL);
	assert_int_equal(gs_buffer_create(f->dev, SIZE_MAX, &buf), -ENOMEM);
	assert_int_equal(gs_buffer_create(f->dev, 5000, &buf), 0);
	data = gs_buffer_map(buf);
	assert_int_equal((uintptr_t)data % 4096, 0);
	assert_int_equal(gs_buffer_size(buf), 5000);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(data[i], 0);
	gs_buffer_free(buf);
	gs_buffer_free(NULL);
	assert_null(gs_buffer_map(NULL));
}

/* All inputs and outputs where they can be without a copy. */
static void test_in_place(void **state)
{
	struct fixture *f = *state;
	struct gs_buffer *buf;
	struct gs_stats stats;
	int8_t dense[TINY_ELEMS];
	uint8_t *data, *y;

	assert_int_equal(gs_buffer_create(f->dev, 16384, &buf), 0);
	data = gs_buffer_map(buf);
	y = data + 8192;
	assert_int_equal(gs_model_pack(f->model, f->a.index, GS_INT8, f->a8,
				       TINY_ELEMS, data),
			 0);
	assert_int_equal(gs_model_pack(f->model, f->b.index, GS_INT8, f->b8,
				       TINY_ELEMS, data + 4096),
			 0);
	f->in[0] = native(0, data, &f->a);
	f->in[1] = native(1, data + 4096, &f->b);
	f->out[0] = native(0, y, &f->y);
	f->out[1] = native(1, y, &f->y); /* flat is a view of y */
	data[0] = 100; /* the border is the library's */
	assert_int_equal(infer(f, &stats), 0);
	assert_int_equal(stats.copied[0], 0);
	assert_int_equal(stats.copied[1], 0);
	assert_int_equal((int8_t)data[0], TINY_A_BORDER);
	assert_int_equal((int8_t)y[0], TINY_Y_BORDER);
	assert_int_equal(gs_model_unpack(f->model, f->y.index, GS_INT8, dense,
					 TINY_ELEMS, y),
			 0);
	assert_memory_equal(dense, f->want, TINY_ELEMS);
	/* Back to activation memory, whose borders are as they were. */
	bind_arrays(f);
	assert_int_equal(infer(f, &stats), 0);
	assert_memory_equal(f->y8, f->want, TINY_ELEMS);
	assert_int_equal(stats.copied[0], 2 * TINY_ELEMS);
	gs_buffer_free(buf);
}

/* Bindings that could go wrong without a copy are copied. */
static void test_not_in_place(void **state)
{
	struct fixture *f = *state;
	struct gs_device *other;
	struct gs_buffer *buf, *foreign;
	struct gs_stats stats;
	uint8_t *data;

	assert_int_equal(gs_device_open("sim", &other), 0);
	assert_int_equal(gs_buffer_create(f->dev, 8192, &buf), 0);
	assert_int_equal(gs_buffer_create(other, 8192, &foreign), 0);
	data = gs_buffer_map(buf);
	for (int i = 0; i < 4; i++) {
		uint8_t *at = i == 0 ? data + 1 : /* alignment */
			      i == 1 ? gs_buffer_map(foreign) :
			      i == 2 ? data + 64 : /* under the output */
				       data;
		bind_arrays(f);
		f->in[0] = native(0, at, &f->a);
		if (i == 2)
			f->out[0] = native(0, data, &f->y);
		assert_int_equal(gs_model_pack(f->model, f->a.index, GS_INT8,
					       f->a8, TINY_ELEMS, at),
				 0);
		assert_int_equal(infer(f, &stats), 0);
		assert_memory_equal(f->flat8, f->want, TINY_ELEMS);
		assert_int_equal(stats.copied[0],
				 TINY_ELEMS + (i < 2 ? f->a.layout.bytes : 0));
		assert_int_equal(stats.copied[1],
				 TINY_ELEMS + (i == 2 ? f->y.layout.bytes :
							TINY_ELEMS));
	}
	gs_buffer_free(foreign);
	gs_device_close(other);
	gs_buffer_free(buf);
}

/*
 * An input that is copied lies where an output goes, border and all: it is read
 * before anything is written there.
 */
static void test_input_under_output(void **state)
{
	struct fixture *f = *state;
	struct gs_buffer *buf;
	struct gs_stats stats;
	int8_t *data;

	assert_int_equal(gs_buffer_create(f->dev, 8192, &buf), 0);
	data = gs_buffer_map(buf);
	memcpy(data, f->a8, TINY_ELEMS);
	f->in[0] = int8(0, data);
	f->out[0] = native(0, data, &f->y);
	assert_int_equal(infer(f, &stats), 0);
	assert_int_equal(stats.copied[0], 2 * TINY_ELEMS);
	assert_int_equal(stats.copied[1], TINY_ELEMS);
	assert_memory_equal(f->flat8, f->want, TINY_ELEMS);
	assert_int_equal(data[0], TINY_Y_BORDER);
	gs_buffer_free(buf);
}

/* A buffer outlives its device and does not keep it from closing. */
static void test_buffer_lifetime(void **state)
{
	struct gs_buffer *buf;
	struct gs_device *dev;

	(void)state;
	assert_int_equal(gs_device_open("sim", &dev), 0);
	assert_int_equal(gs_buffer_create(dev, 10, &buf), 0);
	gs_device_close(dev);
	memset(gs_buffer_map(buf), 1, 10);
	gs_buffer_free(buf);
}

/* ---- requests ------------------------------------------------------------------------ */

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void test_request(void **state)
{
	struct fixture *f = *state;
	struct gs_stats stats = { .size = sizeof(stats) };
	struct gs_request *req;
	int fd;

	assert_int_equal(gs_request_create(f->model, NULL, &req), 0);
	assert_int_equal(gs_request_submit(req), -EINVAL);
	assert_non_null(strstr(gs_last_error(), "nothing is bound"));
	assert_int_equal(gs_request_bind(req, f->in, 2, f->out, 2), 0);
	assert_int_equal(gs_request_wait(req, -1, NULL), -EINVAL);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(gs_request_submit(req), 0);
		fd = gs_request_fd(req);
		assert_true(fd >= 0);
		assert_true(readable(fd));
		assert_int_equal(gs_request_submit(req), -EBUSY);
		assert_int_equal(gs_request_bind(req, f->in, 2, f->out, 2),
				 -EBUSY);
		memset(f->y8, 0, TINY_ELEMS);
		assert_int_equal(gs_request_wait(req, 0, &stats), 0);
		assert_memory_equal(f->y8, f->want, TINY_ELEMS);
		assert_false(readable(fd));
		assert_int_equal(stats.jobs, 2);
		assert_int_equal(stats.segments, 2);
		assert_true(stats.words > 0);
	}
	gs_request_free(req);
}

/* The bindings are copied: arrays of them, and names, may go. */
static void test_request_bind(void **state)
{
	struct fixture *f = *state;
	struct gs_request *req;
	char a[] = "a", b[] = "b";

	assert_int_equal(gs_request_create(f->model, NULL, &req), 0);
	assert_int_equal(gs_request_bind(req, f->in, 1, f->out, 2), -EINVAL);
	assert_non_null(strstr(gs_last_error(), "gs_request_bind: 1 inputs"));
	assert_int_equal(gs_request_bind(req, NULL, 2, f->out, 2), -EINVAL);
	f->in[0].index = 1;
	assert_int_equal(gs_request_bind(req, f->in, 2, f->out, 2), -EINVAL);
	assert_non_null(strstr(gs_last_error(), "gs_request_bind: input b is"));
	f->in[0] = int8(0, f->b8);
	f->in[1] = int8(0, f->a8);
	f->in[0].name = b;
	f->in[1].name = a;
	assert_int_equal(gs_request_bind(req, f->in, 2, f->out, 2), 0);
	memset(a, 'x', sizeof(a) - 1);
	memset(b, 'x', sizeof(b) - 1);
	memset(f->in, 0, sizeof(f->in));
	assert_int_equal(gs_request_submit(req), 0);
	assert_int_equal(gs_request_wait(req, -1, NULL), 0);
	assert_memory_equal(f->y8, f->want, TINY_ELEMS);
	gs_request_free(req);
}

static int no_dump(void *ctx, const struct gs_tensor_info *info, int8_t *data)
{
	(void)ctx;
	(void)info;
	(void)data;
	return 0;
}

static void take_inputs(struct gs_elf_tensor *t)
{
	t[0].input = t[1].input = GS_ELF_NONE;
}

/* A model of constants is one, too. */
static void test_no_inputs(void **state)
{
	struct fixture *f = *state;
	struct gs_model *model = load_changed(f, take_inputs);
	struct gs_request *req;

	assert_int_equal(gs_model_num_inputs(model), 0);
	assert_int_equal(gs_request_create(model, NULL, &req), 0);
	assert_int_equal(gs_request_bind(req, NULL, 0, f->out, 2), 0);
	assert_int_equal(gs_request_submit(req), 0);
	assert_int_equal(gs_request_wait(req, -1, NULL), 0);
	assert_memory_equal(f->y8, f->flat8, TINY_ELEMS);
	gs_request_free(req);
	gs_model_free(model);
}

static void test_request_errors(void **state)
{
	struct fixture *f = *state;
	struct gs_infer_opts opts = { .size = sizeof(opts), .dump = no_dump };
	struct gs_stats stats = { .size = sizeof(stats) };
	struct gs_request *req;
	float nan[TINY_ELEMS] = { (float)(0.0 / 0.0) };

	assert_int_equal(gs_request_create(f->model, &opts, &req), -EINVAL);
	assert_non_null(strstr(gs_last_error(), "gs_request_create: "));
	opts.dump = NULL;
	opts.max_work = 150;
	assert_int_equal(gs_request_create(f->model, &opts, &req), 0);
	assert_int_equal(gs_request_bind(req, f->in, 2, f->out, 2), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(gs_request_submit(req), 0);
		assert_int_equal(gs_request_wait(req, -1, &stats), -EIO);
		assert_int_equal(stats.faults, 1);
		assert_non_null(strstr(gs_last_error(), "gs_request_wait: the "
							"machine faulted"));
	}
	f->in[0] = (struct gs_binding){ NULL, 0, GS_FLOAT32, nan, sizeof(nan) };
	assert_int_equal(gs_request_bind(req, f->in, 2, f->out, 2), 0);
	assert_int_equal(gs_request_submit(req), -EINVAL);
	assert_non_null(strstr(gs_last_error(), "gs_request_submit: input a"));
	assert_int_equal(gs_request_wait(req, -1, NULL), -EINVAL);
	gs_request_free(req);
	assert_int_equal(gs_request_fd(NULL), -EINVAL);
	assert_int_equal(gs_request_submit(NULL), -EINVAL);
	assert_int_equal(gs_request_wait(NULL, 0, NULL), -EINVAL);
	gs_request_free(NULL);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_segments),
		T(test_pack),
		T(test_pack_errors),
		T(test_pack_gap),
		T(test_no_inputs),
		T(test_input_under_output),
		T(test_native_copied),
		T(test_buffer),
		T(test_in_place),
		T(test_not_in_place),
		cmocka_unit_test(test_buffer_lifetime),
		T(test_request),
		T(test_request_bind),
		T(test_request_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
