/* SPDX-License-Identifier: MIT */
/*
 * Cycles in the statistics of the simulator, and of layers. That a device that
 * runs the program counts the same is test_device_model's.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "genesys/genesys.h"
#include "hw-model/isa/file.h"
#include "hw-model/timing/timing.h"
#include "runtime/sim/sim.h"
#include "tests/unit/split_model.h"
#include "tests/unit/tiny_model.h"

struct fixture {
	struct gs_device *dev;
	struct gs_model *model; /* of one job */
	struct gs_model *split; /* the same, a job each layer */
	int8_t in[2][TINY_ELEMS], out[2][TINY_ELEMS];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	size_t size, split_size;
	uint8_t *file = tiny_model_file(&size), *split;

	split_size = size;
	split = split_model(file, &split_size);
	if (!f || !split || gs_device_open("sim", &f->dev) ||
	    gs_load_model_mem(f->dev, file, size, NULL, &f->model) ||
	    gs_load_model_mem(f->dev, split, split_size, NULL, &f->split))
		return -1;
	free(file);
	free(split);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	gs_model_free(f->model);
	gs_model_free(f->split);
	gs_device_close(f->dev);
	free(f);
	return 0;
}

static int infer(struct fixture *f, struct gs_model *model,
		 const struct gs_infer_opts *opts, struct gs_stats *stats)
{
	struct gs_binding in[2], out[2];

	for (uint32_t i = 0; i < 2; i++) {
		in[i] = (struct gs_binding){ NULL, i, GS_INT8, f->in[i],
					     TINY_ELEMS };
		out[i] = (struct gs_binding){ NULL, i, GS_INT8, f->out[i],
					      TINY_ELEMS };
	}
	*stats = (struct gs_stats){ .size = sizeof(*stats) };
	return gs_infer(model, in, 2, out, 2, opts, stats);
}

/* Of both layers. */
static struct gs_layer_time layers(struct gs_model *model)
{
	struct gs_layer_time sum = { .size = sizeof(sum) };

	for (uint32_t i = 0; i < 2; i++) {
		struct gs_layer_time t = { .size = sizeof(t) };

		assert_int_equal(gs_model_layer_time(model, i, &t), 0);
		sum.cycles += t.cycles;
		sum.stalls += t.stalls;
		sum.tandem_busy += t.tandem_busy;
		for (int win = 0; win < GS_STATS_WINDOWS; win++)
			sum.bytes[win] += t.bytes[win];
	}
	return sum;
}

/* ---- tests ---------------------------------------------------------------------- */

static void test_layer(void **state)
{
	struct fixture *f = *state;
	struct gs_layer_time t = { .size = sizeof(t) };

	assert_int_equal(gs_model_layer_time(f->model, 0, &t), 0);
	assert_int_equal(t.array_busy, 0);
	/* a row of 16 pixels, some operations each, nothing but they */
	assert_true(t.tandem_busy >= TINY_H * TINY_H);
	assert_int_equal(t.stalls, t.cycles - t.tandem_busy);
	/* a with its border, and b; t */
	assert_true(t.bytes[GS_STATS_SIMD] >= 3 * TINY_ELEMS);
	assert_int_equal(t.bytes[GS_STATS_PARAM], 0);
	assert_true(t.bytes[GS_STATS_IMEM] > 0);
	/* little to do, but words must come first */
	assert_string_equal(t.limit, "Tandem");
	assert_string_equal(t.waits_for, "fetch");
	assert_true(t.limit_cycles > 0 && t.limit_cycles < t.cycles);
	/* those of the second layer come meanwhile; its data do not */
	assert_int_equal(gs_model_layer_time(f->model, 1, &t), 0);
	assert_string_equal(t.waits_for, "SIMD");
	assert_int_equal(gs_model_layer_time(f->model, 2, &t), -ENOENT);
	assert_non_null(strstr(gs_last_error(), "gs_model_layer_time"));
	assert_int_equal(gs_model_layer_time(NULL, 0, &t), -ENOENT);
	t.size = 4;
	assert_int_equal(gs_model_layer_time(f->model, 0, &t), -EINVAL);
	assert_int_equal(gs_model_layer_time(f->model, 0, NULL), -EINVAL);
}

static void test_stats(void **state)
{
	struct fixture *f = *state;
	const struct gs_infer_opts reference = {
		.size = sizeof(reference), .executor = GS_EXECUTOR_REFERENCE
	};
	const struct gs_layer_time sum = layers(f->model);
	struct gs_stats stats, again;

	assert_int_equal(infer(f, f->model, NULL, &stats), 0);
	assert_int_equal(stats.cycles, sum.cycles);
	assert_int_equal(stats.stalls, sum.stalls);
	assert_int_equal(stats.simd_ops, 16 * sum.tandem_busy);
	assert_int_equal(infer(f, f->model, &reference, &again), 0);
	assert_int_equal(again.cycles, stats.cycles);
	assert_int_equal(again.stalls, stats.stalls);
	/* a caller who does not know stalls */
	again = (struct gs_stats){ .stalls = 1 };
	again.size = offsetof(struct gs_stats, stalls);
	assert_int_equal(gs_infer(f->model, NULL, 0, NULL, 0, NULL, &again),
			 -EINVAL);
	assert_int_equal(again.stalls, 1);
}

static int ignore(void *ctx, const struct gs_tensor_info *info, int8_t *data)
{
	(void)ctx, (void)info, (void)data;
	return 0;
}

/* A job fetches its first block, which else is there when the one before ends. */
static void test_jobs(void **state)
{
	struct fixture *f = *state;
	const struct gs_infer_opts dump = { .size = sizeof(dump),
					    .dump = ignore };
	struct gs_stats one, two, dumped;

	assert_int_equal(infer(f, f->model, NULL, &one), 0);
	assert_int_equal(infer(f, f->split, NULL, &two), 0);
	assert_int_equal(two.jobs, 2);
	assert_int_equal(two.cycles, layers(f->split).cycles);
	assert_true(two.cycles > one.cycles);
	assert_int_equal(infer(f, f->model, &dump, &dumped), 0);
	assert_int_equal(dumped.jobs, 2);
	assert_int_equal(dumped.cycles, two.cycles);
	assert_int_equal(dumped.stalls, two.stalls);
}

static void test_request(void **state)
{
	struct fixture *f = *state;
	struct gs_stats stats, want;
	struct gs_binding in[2], out[2];
	struct gs_request *req;

	assert_int_equal(infer(f, f->split, NULL, &want), 0);
	for (uint32_t i = 0; i < 2; i++) {
		in[i] = (struct gs_binding){ NULL, i, GS_INT8, f->in[i],
					     TINY_ELEMS };
		out[i] = (struct gs_binding){ NULL, i, GS_INT8, f->out[i],
					      TINY_ELEMS };
	}
	assert_int_equal(gs_request_create(f->split, NULL, &req), 0);
	assert_int_equal(gs_request_bind(req, in, 2, out, 2), 0);
	assert_int_equal(gs_request_submit(req), 0);
	stats = (struct gs_stats){ .size = sizeof(stats) };
	assert_int_equal(gs_request_wait(req, -1, &stats), 0);
	assert_int_equal(stats.cycles, want.cycles);
	assert_int_equal(stats.stalls, want.stalls);
	gs_request_free(req);
}

/* Several jobs watched while they run, one behind the other, take the same. */
static void test_observer(void **state)
{
	struct fixture *f = *state;
	struct gs_timing *timing =
		gs_timing_create(gs_arch_default(), GS_TIMING_HARDWARE);
	struct gs_sim_observer observer = { gs_timing_observe, timing };
	size_t size, blocks;
	uint8_t *file = tiny_model_file(&size),
		*split = split_model(file, &size);
	struct gs_stats stats;
	struct gs_device *dev;
	struct gs_model *model;

	free(file);
	assert_int_equal(gs_sim_open(gs_arch_default(), &observer, &dev), 0);
	assert_int_equal(gs_load_model_mem(dev, split, size, NULL, &model), 0);
	free(split);
	assert_int_equal(infer(f, model, NULL, &stats), 0);
	assert_int_equal(stats.jobs, 2);
	assert_int_equal(gs_timing_total(timing)->cycles, stats.cycles);
	assert_int_equal(gs_timing_total(timing)->stalls, stats.stalls);
	gs_timing_blocks(timing, &blocks);
	assert_int_equal(blocks, 2);
	observer.observe = NULL;
	assert_int_equal(infer(f, model, NULL, &stats), 0);
	assert_int_equal(gs_timing_total(timing)->cycles, stats.cycles);
	gs_model_free(model);
	gs_device_close(dev);
	gs_timing_destroy(timing);
}

/* A job that does not end well has none, as on a device. */
static void test_fault(void **state)
{
	struct fixture *f = *state;
	struct gs_infer_opts opts = { .size = sizeof(opts), .max_work = 150 };
	struct gs_stats stats;

	assert_int_equal(infer(f, f->model, &opts, &stats), -EIO);
	assert_int_equal(stats.faults, 1);
	assert_int_equal(stats.cycles, 0);
	assert_int_equal(stats.stalls, 0);
}

/* ---- costs ---------------------------------------------------------------------- */

/* The built-in machine with other costs, in a file. */
static void write_arch(const char *path, const char *costs)
{
	char *text, whole[8192];
	size_t size;
	int len;

	assert_int_equal(gs_file_read("hw-model/configs/genesys_16x16.json",
				      sizeof(whole) - 100, &text, &size),
			 0);
	len = snprintf(whole, sizeof(whole), "{ %s,%.*s", costs, (int)size - 1,
		       strchr(text, '{') + 1);
	assert_int_equal(gs_file_write(path, whole, (size_t)len), 0);
	free(text);
}

/* Each layer starts a load and a store, and the program is fetched once. */
static void test_costs(void **state)
{
	struct fixture *f = *state;
	const uint64_t base = layers(f->model).cycles;
	const char *build = getenv("GS_BUILD") ? getenv("GS_BUILD") : "build";
	char path[4096], spec[4200];
	struct gs_layer_time slow;
	struct gs_device *dev;
	struct gs_stats stats;
	struct gs_model *model;
	size_t size;
	uint8_t *file = tiny_model_file(&size);

	snprintf(path, sizeof(path), "%s/test_runtime_times.json", build);
	snprintf(spec, sizeof(spec), "sim:%s", path);
	write_arch(path, "\"CHANNEL_LATENCY\": 300");
	assert_int_equal(gs_device_open(spec, &dev), 0);
	assert_int_equal(gs_load_model_mem(dev, file, size, NULL, &model), 0);
	slow = layers(model);
	assert_int_equal(slow.cycles, base + 200 * (1 + 2 + 2));
	assert_int_equal(infer(f, model, NULL, &stats), 0);
	assert_int_equal(stats.cycles, slow.cycles);
	gs_model_free(model);
	gs_device_close(dev);
	free(file);
	remove(path);
}

/* ---- threads -------------------------------------------------------------------- */

static void *ask(void *arg)
{
	struct gs_layer_time t = { .size = sizeof(t) };

	if (gs_model_layer_time(arg, 1, &t))
		return NULL;
	return (void *)(uintptr_t)t.cycles;
}

static void test_threads(void **state)
{
	struct fixture *f = *state;
	pthread_t thread[4];
	void *cycles[4];

	for (int i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, ask, f->model), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], &cycles[i]);
	assert_non_null(cycles[0]);
	for (int i = 1; i < 4; i++)
		assert_ptr_equal(cycles[i], cycles[0]);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_layer), T(test_stats),	 T(test_jobs),	T(test_request),
		T(test_fault), T(test_observer), T(test_costs), T(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
