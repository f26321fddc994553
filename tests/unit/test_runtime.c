/* SPDX-License-Identifier: MIT */
/*
 * libgenesys through its public interface, on the model of tiny_model.h.
 */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "genesys/genesys.h"
#include "genesys/isa.h"
#include "runtime/loader/gsm.h"
#include "tests/unit/tiny_model.h"

struct fixture {
	struct gs_device *dev;
	struct gs_model *model;
	struct tiny_model tiny;
	int8_t a[TINY_ELEMS], b[TINY_ELEMS], y[TINY_ELEMS];
};

/* Values of all sizes, so that sums saturate on both sides. */
static void noise(int8_t *data, uint32_t seed)
{
	for (int i = 0; i < TINY_ELEMS; i++) {
		seed = seed * 1664525u + 1013904223u;
		data[i] = (int8_t)(seed >> 24);
	}
}

static void load(struct gs_device *dev, struct gs_model **model)
{
	size_t size;
	uint8_t *file = tiny_model_file(&size);

	assert_non_null(file);
	assert_int_equal(gs_load_model_mem(dev, file, size, NULL, model), 0);
	free(file);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || gs_device_open("sim", &f->dev))
		return -1;
	load(f->dev, &f->model);
	tiny_model_init(&f->tiny);
	noise(f->a, 1);
	noise(f->b, 2);
	tiny_model_expect(&f->tiny, f->a, f->b, f->y);
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

static struct gs_binding bind(const char *name, uint32_t type, void *data,
			      size_t bytes)
{
	return (struct gs_binding){
		.name = name, .type = type, .data = data, .bytes = bytes
	};
}

static int infer8(struct gs_model *model, int8_t *a, int8_t *b, int8_t *y,
		  const struct gs_infer_opts *opts, struct gs_stats *stats)
{
	int8_t flat[TINY_ELEMS];
	const struct gs_binding in[] = {
		bind("b", GS_INT8, b, TINY_ELEMS),
		bind("a", GS_INT8, a, TINY_ELEMS),
	};
	const struct gs_binding out[] = {
		bind("y", GS_INT8, y, TINY_ELEMS),
		bind("flat", GS_INT8, flat, TINY_ELEMS),
	};
	int ret = gs_infer(model, in, 2, out, 2, opts, stats);

	if (!ret)
		assert_memory_equal(y, flat, TINY_ELEMS);
	return ret;
}

/* ---- device and model --------------------------------------------------------- */

static void test_device(void **state)
{
	struct fixture *f = *state;
	struct gs_device_info info = { .size = sizeof(info) };
	struct {
		struct gs_device_info info;
		char later[16];
	} newer = { .info = { .size = sizeof(newer) } };
	struct gs_device_info older = { .size = offsetof(struct gs_device_info,
							 arch_name) };
	struct gs_device *dev;

	assert_int_equal(gs_device_info(f->dev, &info), 0);
	assert_string_equal(info.backend, "sim");
	assert_string_equal(info.arch_name, "genesys_16x16");
	assert_int_equal(info.array_n, 16);
	assert_int_equal(info.isa_version, 1);
	assert_int_equal(info.arch_hash, gs_arch_hash(gs_arch_default()));
	memset(newer.later, 1, sizeof(newer.later));
	assert_int_equal(gs_device_info(f->dev, &newer.info), 0);
	assert_int_equal(newer.later[0], 0);
	assert_int_equal(gs_device_info(f->dev, &older), 0);
	assert_string_equal(older.backend, "sim");
	assert_null(older.arch_name);
	older.size = 0;
	assert_int_equal(gs_device_info(f->dev, &older), -EINVAL);

	assert_int_equal(gs_device_open("gpu", &dev), -EINVAL);
	assert_non_null(strstr(gs_last_error(), "'gpu'"));
	assert_int_equal(gs_device_open("simx", &dev), -EINVAL);
	assert_int_equal(gs_device_open("sim:/nonexistent.json", &dev),
			 -ENOENT);
	assert_non_null(strstr(gs_last_error(), "/nonexistent.json"));
	assert_string_equal(gs_strerror(-ENOTSUP),
			    "not supported by this device");
	assert_string_equal(gs_version(), GS_VERSION);
}

static void test_environment(void **state)
{
	struct gs_device *dev;

	(void)state;
	setenv("GENESYS_DEVICE", "tpu", 1);
	assert_int_equal(gs_device_open(NULL, &dev), -EINVAL);
	setenv("GENESYS_DEVICE", "sim:hw-model/configs/genesys_8x8.json", 1);
	assert_int_equal(gs_device_open("sim", &dev), 0);
	gs_device_close(dev);
	unsetenv("GENESYS_DEVICE");
	assert_int_equal(gs_device_open(NULL, &dev), 0);
	gs_device_close(dev);
}

static void test_describe(void **state)
{
	struct fixture *f = *state;
	struct gs_tensor_info info = { .size = sizeof(info) };
	struct gs_layer_info layer = { .size = sizeof(layer) };

	assert_int_equal(gs_model_num_inputs(f->model), 2);
	assert_int_equal(gs_model_num_outputs(f->model), 2);
	assert_int_equal(gs_model_num_tensors(f->model), 5);
	assert_int_equal(gs_model_input(f->model, 1, &info), 0);
	assert_string_equal(info.name, "b");
	assert_int_equal(info.flags, GS_TENSOR_INPUT);
	assert_int_equal(info.zero_point, -2);
	assert_int_equal(info.float_bytes, 4 * TINY_ELEMS);
	assert_int_equal(info.layer, GS_NO_LAYER);
	assert_int_equal(gs_model_output(f->model, 1, &info), 0);
	assert_string_equal(info.name, "flat");
	assert_int_equal(info.flags, GS_TENSOR_OUTPUT | GS_TENSOR_VIEW);
	assert_int_equal(info.rank, 2);
	assert_int_equal(info.dim[1], TINY_ELEMS);
	assert_int_equal(gs_model_find_tensor(f->model, "block/t:0", &info), 0);
	assert_int_equal(info.layer, 0);
	assert_int_equal(gs_model_find_tensor(f->model, "y", &info), 0);
	assert_int_equal(info.layout.left, 2);
	assert_int_equal(info.layout.channel_map[0], 15);
	assert_int_equal(gs_model_find_tensor(f->model, "z", &info), -ENOENT);
	assert_int_equal(gs_model_input(f->model, 2, &info), -ENOENT);
	assert_int_equal(gs_model_layer(f->model, 0, &layer), 0);
	assert_string_equal(layer.name, "block/add");
	assert_string_equal(layer.note, "tile 4x4x16");
	assert_true(layer.macs == TINY_MACS);
	assert_string_equal(gs_model_meta(f->model, "labels"), "zero,one,two");
	assert_null(gs_model_meta(f->model, "nothing"));
}

/* ---- inference ------------------------------------------------------------------- */

static void test_quantized(void **state)
{
	struct fixture *f = *state;
	struct gs_stats stats = { .size = sizeof(stats) };
	int8_t y[TINY_ELEMS];

	assert_int_equal(infer8(f->model, f->a, f->b, y, NULL, &stats), 0);
	assert_memory_equal(y, f->y, TINY_ELEMS);
	assert_int_equal(stats.blocks, 2);
	assert_int_equal(stats.segments, 1);
	assert_int_equal(stats.simd_tiles, 2);
	assert_int_equal(stats.simd_ops, 2 * 2 * TINY_ELEMS);
	assert_int_equal(stats.bytes[GS_STATS_SIMD][1], 2 * TINY_ELEMS);
	assert_int_equal(stats.macs, 0);
	assert_int_equal(stats.faults, 0);
	assert_int_equal(stats.fault_layer, GS_NO_LAYER);
}

static void test_float(void **state)
{
	struct fixture *f = *state;
	/* One byte off, as the interface allows. */
	static char memory[4][4 * TINY_ELEMS + 1];
	int8_t want[TINY_ELEMS];
	const struct gs_binding in[] = {
		{ NULL, 0, GS_FLOAT32, memory[0] + 1, 4 * TINY_ELEMS },
		{ NULL, 1, GS_FLOAT32, memory[1] + 1, 4 * TINY_ELEMS },
	};
	const struct gs_binding out[] = {
		{ NULL, 1, GS_FLOAT32, memory[2] + 1, 4 * TINY_ELEMS },
		{ NULL, 0, GS_INT8, memory[3] + 1, TINY_ELEMS },
	};

	/* Ties to even, saturation, infinities. */
	const float special[] = { 0.25f,  0.35f,    -0.25f,    1e30f,
				  -1e30f, INFINITY, -INFINITY, 0.0f };
	const int q[] = { 2 + 2, 2 + 4, 2 - 2, 127, -128, 127, -128, 2 };

	for (int i = 0; i < TINY_ELEMS; i++) {
		float a = i < 8 ? special[i] :
				  TINY_SCALE * (float)(f->a[i] - 2);
		float b = TINY_SCALE * (float)(f->b[i] + 2);

		if (i < 8)
			f->a[i] = (int8_t)q[i];
		memcpy(memory[0] + 1 + 4 * i, &a, 4);
		memcpy(memory[1] + 1 + 4 * i, &b, 4);
	}
	tiny_model_expect(&f->tiny, f->a, f->b, want);
	assert_int_equal(gs_infer(f->model, in, 2, out, 2, NULL, NULL), 0);
	assert_memory_equal(memory[3] + 1, want, TINY_ELEMS);
	for (int i = 0; i < TINY_ELEMS; i++) {
		float y;

		memcpy(&y, memory[2] + 1 + 4 * i, 4);
		assert_true(y == TINY_SCALE * (float)want[i]);
	}
}

struct dumped {
	char names[64];
	int8_t t[TINY_ELEMS];
	int stop_at;
};

static int dump(void *ctx, const struct gs_tensor_info *info, int8_t *data)
{
	struct dumped *d = ctx;

	strcat(d->names, info->name);
	strcat(d->names, " ");
	if (!strcmp(info->name, "block/t:0"))
		memcpy(d->t, data, TINY_ELEMS);
	return d->stop_at-- ? 0 : -ECANCELED;
}

static void test_dump(void **state)
{
	struct fixture *f = *state;
	struct dumped d = { .stop_at = 100 };
	struct gs_infer_opts opts = { .size = sizeof(opts),
				      .dump = dump,
				      .dump_ctx = &d };
	int8_t y[TINY_ELEMS];

	assert_int_equal(infer8(f->model, f->a, f->b, y, &opts, NULL), 0);
	assert_memory_equal(y, f->y, TINY_ELEMS);
	assert_string_equal(d.names, "a b block/t:0 y flat ");
	for (int i = 0; i < TINY_ELEMS; i++) {
		int sum = f->a[i] + f->b[i];

		assert_int_equal(d.t[i], sum > 127  ? 127 :
					 sum < -128 ? -128 :
						      sum);
	}
	d = (struct dumped){ .stop_at = 2 };
	assert_int_equal(infer8(f->model, f->a, f->b, y, &opts, NULL),
			 -ECANCELED);
	assert_non_null(strstr(gs_last_error(), "block/t:0"));
	assert_int_equal(infer8(f->model, f->a, f->b, y, NULL, NULL), 0);
	assert_memory_equal(y, f->y, TINY_ELEMS);
}

/* Whatever b was, the first layer reads ones. */
static int replace_b(void *ctx, const struct gs_tensor_info *info, int8_t *data)
{
	(void)ctx;
	if (strcmp(info->name, "b"))
		return 0;
	memset(data, 1, TINY_ELEMS);
	return GS_DUMP_REPLACE;
}

static void test_dump_replaces(void **state)
{
	struct fixture *f = *state;
	struct gs_infer_opts opts = { .size = sizeof(opts), .dump = replace_b };
	int8_t y[TINY_ELEMS], want[TINY_ELEMS], ones[TINY_ELEMS];

	memset(ones, 1, sizeof(ones));
	tiny_model_expect(&f->tiny, f->a, ones, want);
	assert_int_equal(infer8(f->model, f->a, f->b, y, &opts, NULL), 0);
	assert_memory_equal(y, want, TINY_ELEMS);
	assert_memory_not_equal(want, f->y, TINY_ELEMS);
}

/* ---- errors ------------------------------------------------------------------------ */

static void refuse(struct fixture *f, const struct gs_binding *in, uint32_t nin,
		   const struct gs_binding *out, uint32_t nout,
		   const char *sentence)
{
	assert_int_equal(gs_infer(f->model, in, nin, out, nout, NULL, NULL),
			 -EINVAL);
	if (!strstr(gs_last_error(), sentence))
		fail_msg("'%s' lacks '%s'", gs_last_error(), sentence);
}

static void test_bindings(void **state)
{
	struct fixture *f = *state;
	static float x[TINY_ELEMS];
	static int8_t q[TINY_ELEMS];
	struct gs_binding a = bind("a", GS_INT8, q, TINY_ELEMS);
	struct gs_binding b = bind("b", GS_FLOAT32, x, sizeof(x));
	struct gs_binding y = bind("y", GS_INT8, q, TINY_ELEMS);
	struct gs_binding flat = bind("flat", GS_INT8, q, TINY_ELEMS);
	struct gs_binding in[3] = { a, b, a }, out[2] = { y, flat };

	refuse(f, in, 1, out, 2, "input b is not bound");
	refuse(f, in, 2, out, 1, "output flat is not bound");
	refuse(f, in, 3, out, 2, "input a is bound twice");
	refuse(f, NULL, 2, out, 2, "inputs is NULL");
	refuse(f, out, 2, out, 2, "no input 'y'");
	refuse(f, in, 2, in, 2, "no output 'a'");
	in[1].bytes--;
	refuse(f, in, 2, out, 2, "input b: 1023 bytes");
	in[1] = b;
	in[1].type = 7;
	refuse(f, in, 2, out, 2, "input b: type 7");
	in[1] = b;
	in[1].data = NULL;
	refuse(f, in, 2, out, 2, "input b");
	in[1] = (struct gs_binding){ NULL, 2, GS_INT8, q, TINY_ELEMS };
	refuse(f, in, 2, out, 2, "input 2: the model has 2");
	in[1] = b;
	x[77] = NAN;
	refuse(f, in, 2, out, 2, "input b: element 77 is NaN");
	x[77] = 0;
	assert_int_equal(gs_infer(f->model, in, 2, out, 2, NULL, NULL), 0);
}

static void test_options(void **state)
{
	struct fixture *f = *state;
	struct {
		struct gs_infer_opts opts;
		uint64_t later;
	} newer = { .opts = { .size = sizeof(newer) } };
	int8_t y[TINY_ELEMS];

	assert_int_equal(infer8(f->model, f->a, f->b, y, &newer.opts, NULL), 0);
	newer.later = 1;
	assert_int_equal(infer8(f->model, f->a, f->b, y, &newer.opts, NULL),
			 -E2BIG);
	newer.later = 0;
	newer.opts.reserved = 1;
	assert_int_equal(infer8(f->model, f->a, f->b, y, &newer.opts, NULL),
			 -EINVAL);
	newer.opts.reserved = 0;
	newer.opts.reserved2 = 7;
	assert_int_equal(infer8(f->model, f->a, f->b, y, &newer.opts, NULL),
			 -EINVAL);
	assert_non_null(strstr(gs_last_error(), "reserved2 is 7; expected 0"));
	newer.opts.reserved2 = 0;
	newer.opts.executor = 99;
	assert_int_equal(infer8(f->model, f->a, f->b, y, &newer.opts, NULL),
			 -ENOTSUP);
	newer.opts.executor = GS_EXECUTOR_REFERENCE;
	assert_int_equal(infer8(f->model, f->a, f->b, y, &newer.opts, NULL), 0);
	newer.opts.executor = GS_EXECUTOR_FAST;
	memset(y, 0, sizeof(y));
	assert_int_equal(infer8(f->model, f->a, f->b, y, &newer.opts, NULL), 0);
	assert_memory_equal(y, f->y, TINY_ELEMS);
}

static void test_several_threads(void **state)
{
	struct fixture *f = *state;
	struct gs_infer_opts opts = { .size = sizeof(opts), .threads = 65 };
	static const uint32_t threads[] = { 2, 3, 3, 1, 0 };
	int8_t y[TINY_ELEMS];

	assert_int_equal(infer8(f->model, f->a, f->b, y, &opts, NULL), -EINVAL);
	assert_non_null(
		strstr(gs_last_error(), "threads is 65; expected at most 64"));
	for (unsigned i = 0; i < 5; i++) {
		opts.threads = threads[i];
		memset(y, 0, sizeof(y));
		assert_int_equal(infer8(f->model, f->a, f->b, y, &opts, NULL),
				 0);
		assert_memory_equal(y, f->y, TINY_ELEMS);
	}
}

static void test_work_limit(void **state)
{
	struct fixture *f = *state;
	struct gs_infer_opts opts = { .size = sizeof(opts), .max_work = 150 };
	struct gs_stats stats = { .size = sizeof(stats) };
	int8_t y[TINY_ELEMS];

	assert_int_equal(infer8(f->model, f->a, f->b, y, &opts, &stats), -EIO);
	assert_int_equal(stats.faults, 1);
	assert_int_equal(stats.fault_code, 11);
	assert_non_null(strstr(gs_last_error(), "LIMIT"));
	assert_non_null(strstr(gs_last_error(), "layer block/add (Add)"));
	assert_int_equal(infer8(f->model, f->a, f->b, y, NULL, &stats), 0);
	assert_memory_equal(y, f->y, TINY_ELEMS);
	assert_int_equal(stats.faults, 0);
}

/* A program whose last store leaves activation memory by its last row. */
static void test_memory_fault(void **state)
{
	struct fixture *f = *state;
	struct gs_stats stats = { .size = sizeof(stats) };
	size_t size;
	uint8_t *file = tiny_model_file(&size);
	uint32_t word, stride = 0;
	struct gs_model *model;
	int8_t y[TINY_ELEMS];
	char err[GS_GSM_ERR_SIZE];
	struct gs_gsm *gsm;

	assert_int_equal(gs_gsm_read(file, size, &gsm, err), 0);
	for (uint32_t i = 0; i < gsm->num_words; i++) {
		struct gs_insn insn;

		assert_int_equal(gs_isa_decode(gsm->code[i], GS_ENC_SYNC_INST,
					       &insn),
				 0);
		if (insn.id == GS_INSN_ST_TILE_STRIDE)
			stride = i;
	}
	gs_gsm_free(gsm);
	/* .text stands at offset 64 */
	memcpy(&word, file + 64 + 4 * stride, 4);
	word += 1000;
	memcpy(file + 64 + 4 * stride, &word, 4);
	assert_int_equal(gs_gsm_seal(file, size), 0);
	assert_int_equal(gs_load_model_mem(f->dev, file, size, NULL, &model),
			 0);
	free(file);
	assert_int_equal(infer8(model, f->a, f->b, y, NULL, &stats), -EIO);
	assert_int_equal(stats.fault_code, 8);
	assert_int_equal(stats.fault_block, 1);
	assert_int_equal(stats.fault_layer, 1);
	assert_non_null(strstr(gs_last_error(), "layer add_k (Add)"));
	assert_non_null(strstr(gs_last_error(), "activation memory"));
	gs_model_free(model);
}

static void test_other_machine(void **state)
{
	struct gs_device *dev;
	struct gs_model *model;
	size_t size;
	uint8_t *file = tiny_model_file(&size);

	(void)state;
	assert_int_equal(gs_device_open("sim:hw-model/configs/genesys_8x8.json",
					&dev),
			 0);
	assert_int_equal(gs_load_model_mem(dev, file, size, NULL, &model),
			 -ENOTSUP);
	assert_non_null(strstr(gs_last_error(), "ARRAY_N is 16 in the model"));
	assert_non_null(strstr(gs_last_error(), "8 on the device"));
	gs_device_close(dev);
	free(file);
}

static void test_load(void **state)
{
	struct fixture *f = *state;
	struct gs_load_opts opts = { .size = sizeof(opts), .max_memory = 1000 };
	char path[] = "/tmp/test_runtime_XXXXXX";
	struct gs_model *model;
	struct gs_device *dev;
	size_t size;
	uint8_t *file = tiny_model_file(&size);
	int8_t y[TINY_ELEMS];
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, file, size), size);
	close(fd);
	assert_int_equal(gs_load_model(f->dev, path, &opts, &model), -E2BIG);
	opts.max_memory = 0;
	assert_int_equal(gs_device_open(NULL, &dev), 0);
	assert_int_equal(gs_load_model(dev, path, &opts, &model), 0);
	unlink(path);
	gs_device_close(dev); /* the model keeps it */
	assert_int_equal(infer8(model, f->a, f->b, y, NULL, NULL), 0);
	assert_memory_equal(y, f->y, TINY_ELEMS);
	gs_model_free(model);
	assert_int_equal(gs_load_model(f->dev, path, NULL, &model), -ENOENT);
	assert_non_null(strstr(gs_last_error(), path));
	assert_int_equal(gs_load_model_mem(f->dev, file, 10, NULL, &model),
			 -ENOEXEC);
	free(file);
}

/* A call that is given no object says so. */
static void test_null(void **state)
{
	struct fixture *f = *state;
	struct gs_load_opts opts = { .size = sizeof(opts), .reserved = 1 };
	struct gs_device_info device = { .size = sizeof(device) };
	struct gs_tensor_info tensor = { .size = sizeof(tensor) };
	struct gs_model *model;

	assert_int_equal(gs_device_open("sim", NULL), -EINVAL);
	assert_non_null(strstr(gs_last_error(), "dev is NULL"));
	assert_int_equal(gs_device_info(NULL, &device), -EINVAL);
	assert_int_equal(gs_device_info(f->dev, NULL), -EINVAL);
	assert_int_equal(gs_load_model(NULL, "x", NULL, &model), -EINVAL);
	assert_int_equal(gs_load_model(f->dev, NULL, NULL, &model), -EINVAL);
	assert_int_equal(gs_load_model_mem(f->dev, NULL, 1, NULL, &model),
			 -EINVAL);
	assert_non_null(strstr(gs_last_error(), "a pointer is NULL"));
	assert_int_equal(gs_load_model(f->dev, "x", &opts, &model), -EINVAL);
	assert_non_null(strstr(gs_last_error(), "reserved is 1; expected 0"));
	assert_int_equal(gs_model_find_tensor(f->model, NULL, &tensor),
			 -EINVAL);
	assert_non_null(strstr(gs_last_error(), "name is NULL"));
	assert_int_equal(gs_infer(NULL, NULL, 0, NULL, 0, NULL, NULL), -EINVAL);
	assert_non_null(strstr(gs_last_error(), "model is NULL"));
	assert_int_equal(gs_request_create(NULL, NULL, NULL), -EINVAL);
	assert_non_null(strstr(gs_last_error(), "a pointer is NULL"));
}

/* ---- threads --------------------------------------------------------------------------- */

#define ROUNDS 200

struct worker {
	struct gs_model *model;
	uint32_t seed;
	const char *wrong;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	static const struct gs_infer_opts bad = { .size = sizeof(bad),
						  .max_work = 10 };
	struct tiny_model *tiny = malloc(sizeof(*tiny));
	int8_t a[TINY_ELEMS], b[TINY_ELEMS], y[TINY_ELEMS], want[TINY_ELEMS];

	tiny_model_init(tiny);
	for (uint32_t i = 0; i < ROUNDS && !w->wrong; i++) {
		noise(a, w->seed + 2 * i);
		noise(b, w->seed + 2 * i + 1);
		tiny_model_expect(tiny, a, b, want);
		if (i % 50 == 7 &&
		    infer8(w->model, a, b, y, &bad, NULL) != -EIO)
			w->wrong = "no fault";
		if (infer8(w->model, a, b, y, NULL, NULL))
			w->wrong = "failed";
		else if (memcmp(y, want, TINY_ELEMS) != 0)
			w->wrong = "other bytes";
	}
	free(tiny);
	return NULL;
}

static void test_threads(void **state)
{
	struct fixture *f = *state;
	struct worker w[4];
	pthread_t thread[4];
	struct gs_model *second;

	load(f->dev, &second);
	for (unsigned i = 0; i < 4; i++) {
		w[i] = (struct worker){ .model = i == 3 ? second : f->model,
					.seed = 1000 * i };
		assert_int_equal(pthread_create(&thread[i], NULL, work, &w[i]),
				 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		if (w[i].wrong)
			fail_msg("thread %u: %s", i, w[i].wrong);
	}
	gs_model_free(second);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_device),	       cmocka_unit_test(test_environment),
		T(test_describe),      T(test_quantized),
		T(test_float),	       T(test_dump),
		T(test_dump_replaces), T(test_bindings),
		T(test_options),       T(test_several_threads),
		T(test_work_limit),    T(test_memory_fault),
		T(test_load),	       T(test_null),
		T(test_threads),       cmocka_unit_test(test_other_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
