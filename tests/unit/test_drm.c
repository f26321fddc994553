/* SPDX-License-Identifier: MIT */
/*
 * The drm backend without a kernel, on the driver of fake_drm.h. What only a
 * kernel can tell is in tests/selftests/inference.c.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <xf86drm.h>

#include <drm/genesys_accel.h>

#include "genesys/genesys.h"
#include "genesys/isa.h"
#include "hw-model/core/core.h"
#include "runtime/loader/gsm.h"
#include "tests/unit/drm_bed.h"
#include "tests/unit/fake_drm.h"
#include "tests/unit/split_model.h"

/* ---- inference --------------------------------------------------------------------- */

static void test_infer(void **state)
{
	struct drm_bed *f = *state;
	struct gs_stats stats = { .size = sizeof(stats) };
	struct gs_model *model = drm_load(f->dev, false, NULL);
	struct drm_io io;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(drm_infer(model, f, &io, NULL, &stats), 0);
		assert_memory_equal(io.y, f->y, TINY_ELEMS);
		assert_memory_equal(io.flat, f->y, TINY_ELEMS);
	}
	assert_int_equal(stats.jobs, 1);
	assert_int_equal(stats.blocks, 2);
	assert_true(stats.words > 20);
	assert_int_equal(stats.macs, 0);
	assert_int_equal(stats.cycles, 77);
	assert_int_equal(stats.stalls, 5);
	assert_int_equal(stats.device_ns, 500);
	assert_int_equal(stats.copied[0], 2 * TINY_ELEMS);
	assert_int_equal(stats.copied[1], 2 * TINY_ELEMS);
	/* Code, activations, records; the model has no weights. */
	assert_int_equal(fake_drm.bos_made, 3);
	assert_int_equal(fake_drm.contexts, 1);
	assert_int_equal(fake_drm.last_timeout_ms, 60000);
	assert_int_equal(fake_drm.syncs, 0);
	gs_model_free(model);
}

static void test_segments(void **state)
{
	struct drm_bed *f = *state;
	struct gs_stats stats = { .size = sizeof(stats) };
	struct gs_model *model = drm_load(f->dev, true, NULL);
	struct drm_io io;

	assert_int_equal(drm_infer(model, f, &io, NULL, &stats), 0);
	assert_memory_equal(io.y, f->y, TINY_ELEMS);
	assert_int_equal(stats.segments, 2);
	assert_int_equal(stats.jobs, 2);
	assert_int_equal(stats.cycles, 2 * 77);
	assert_int_equal(stats.stalls, 2 * 5);
	assert_int_equal(fake_drm.most_queued, 2);
	/* A queue that is full is waited for. */
	fake_drm.max_jobs = 1;
	fake_drm.most_queued = 0;
	assert_int_equal(drm_infer(model, f, &io, NULL, &stats), 0);
	assert_memory_equal(io.y, f->y, TINY_ELEMS);
	assert_int_equal(fake_drm.most_queued, 1);
	assert_int_equal(fake_drm.busy, 1);
	gs_model_free(model);
}

static void test_incoherent(void **state)
{
	struct drm_bed *f = *state;
	struct gs_model *model;
	struct gs_device *dev;
	struct drm_io io;

	fake_drm.incoherent = true;
	assert_int_equal(gs_device_open("drm", &dev), 0);
	model = drm_load(dev, false, NULL);
	assert_int_equal(drm_infer(model, f, &io, NULL, NULL), 0);
	assert_memory_equal(io.y, f->y, TINY_ELEMS);
	/* Code once, memory and records before and after. */
	assert_int_equal(fake_drm.syncs, 1 + 2 + 2);
	fake_drm.fail = DRM_IOCTL_GENESYS_BO_SYNC;
	fake_drm.fail_errno = ENOMEM;
	for (unsigned i = 0; i < 4; i++) {
		fake_drm.fail_after = i;
		assert_int_equal(drm_infer(model, f, &io, NULL, NULL), -ENOMEM);
		assert_int_equal(fake_drm.contexts, 0);
	}
	fake_drm.fail = 0;
	drm_bed_works(model, f);
	gs_model_free(model);
	gs_device_close(dev);
}

/* ---- dump ---------------------------------------------------------------------------- */

struct seen {
	char names[256];
	int8_t t[TINY_ELEMS];
	bool replace;
};

static int see(void *ctx, const struct gs_tensor_info *info, int8_t *data)
{
	struct seen *seen = ctx;

	strcat(strcat(seen->names, info->name), " ");
	if (strcmp(info->name, "block/t:0") != 0)
		return 0;
	memcpy(seen->t, data, TINY_ELEMS);
	if (!seen->replace)
		return 0;
	memset(data, 0, TINY_ELEMS);
	return GS_DUMP_REPLACE;
}

static void test_dump(void **state)
{
	struct drm_bed *f = *state;
	struct seen seen = { .names = "" };
	struct gs_infer_opts opts = { .size = sizeof(opts),
				      .dump = see,
				      .dump_ctx = &seen };
	struct gs_model *model = drm_load(f->dev, false, NULL);
	struct gs_stats stats = { .size = sizeof(stats) };
	int8_t before[TINY_ELEMS];
	struct drm_io io;

	assert_int_equal(drm_infer(model, f, &io, &opts, &stats), 0);
	assert_string_equal(seen.names, "a b block/t:0 y flat ");
	assert_memory_equal(io.y, f->y, TINY_ELEMS);
	assert_int_equal(stats.jobs, 2);
	assert_int_equal(stats.segments, 1);
	memcpy(before, io.y, TINY_ELEMS);
	for (int i = 0; i < TINY_ELEMS; i++) {
		int sum = f->a[i] + f->b[i];

		sum = sum > 127 ? 127 : sum < -128 ? -128 : sum;
		assert_int_equal(seen.t[i], sum);
	}
	seen.replace = true;
	assert_int_equal(drm_infer(model, f, &io, &opts, NULL), 0);
	assert_memory_not_equal(io.y, before, TINY_ELEMS);
	/* The copy that steps through the layers was made once. */
	assert_int_equal(fake_drm.bos_made, 4);
	gs_model_free(model);
}

/* ---- what goes wrong ------------------------------------------------------------------ */

static void test_hang(void **state)
{
	struct drm_bed *f = *state;
	struct gs_load_opts opts = { .size = sizeof(opts), .timeout_ms = 123 };
	struct gs_model *model = drm_load(f->dev, true, &opts);
	struct drm_io io;

	fake_drm.next = FAKE_HANGS;
	assert_int_equal(drm_infer(model, f, &io, NULL, NULL), -ETIME);
	assert_int_equal(fake_drm.last_timeout_ms, 123);
	assert_non_null(strstr(gs_last_error(), "job 1 of 2"));
	assert_non_null(strstr(gs_last_error(), "123 ms"));
	assert_int_equal(fake_drm.contexts, 0);
	drm_bed_works(model, f);
	gs_model_free(model);
	/* The sentence has the time the driver took. */
	opts.timeout_ms = 100000;
	model = drm_load(f->dev, true, &opts);
	fake_drm.next = FAKE_HANGS;
	assert_int_equal(drm_infer(model, f, &io, NULL, NULL), -ETIME);
	assert_int_equal(fake_drm.last_timeout_ms, 60000);
	assert_non_null(strstr(gs_last_error(), "60000 ms"));
	gs_model_free(model);
}

static void test_reset(void **state)
{
	struct drm_bed *f = *state;
	struct gs_model *model = drm_load(f->dev, true, NULL);
	struct drm_io io;

	fake_drm.next = FAKE_IS_RESET;
	assert_int_equal(drm_infer(model, f, &io, NULL, NULL), -EIO);
	assert_non_null(strstr(gs_last_error(), "was reset"));
	drm_bed_works(model, f);
	gs_model_free(model);
}

/* The last store of the second layer leaves activation memory. */
static void test_fault(void **state)
{
	struct drm_bed *f = *state;
	struct gs_stats stats = { .size = sizeof(stats) };
	size_t size;
	uint8_t *file = tiny_model_file(&size), *cut;
	uint32_t *code = (uint32_t *)(void *)(file + 64), at = 0;
	struct gs_model *model;
	struct gs_insn insn;
	struct drm_io io;

	for (uint32_t i = 0; i < f->tiny.program.num_words; i++)
		if (!gs_isa_decode(code[i], GS_ENC_SYNC_INST, &insn) &&
		    insn.id == GS_INSN_ST_TILE_STRIDE)
			at = i;
	code[at] += 0x4000;
	cut = split_model(file, &size);
	assert_int_equal(gs_load_model_mem(f->dev, cut, size, NULL, &model), 0);
	free(file);
	free(cut);
	assert_int_equal(drm_infer(model, f, &io, NULL, &stats), -EIO);
	assert_int_equal(stats.faults, 1);
	assert_int_equal(stats.fault_code, GS_FAULT_MEMORY);
	assert_int_equal(stats.fault_block, 1);
	assert_int_equal(stats.fault_layer, 1);
	assert_int_equal(stats.blocks, 1);
	assert_non_null(strstr(gs_last_error(), "layer add_k (Add)"));
	assert_non_null(strstr(gs_last_error(), "activation memory"));
	assert_int_equal(fake_drm.contexts, 0);
	gs_model_free(model);
}

static void test_core_fault(void **state)
{
	struct drm_bed *f = *state;
	struct gs_stats stats = { .size = sizeof(stats) };
	size_t size;
	uint8_t *file = tiny_model_file(&size);
	struct gs_model *model;
	uint32_t word = 0xffffffff;
	struct drm_io io;

	/* Word 12 of the code is no instruction any more. */
	memcpy(file + 64 + 4 * 12, &word, 4);
	assert_int_equal(gs_gsm_seal(file, size), 0);
	assert_int_equal(gs_load_model_mem(f->dev, file, size, NULL, &model),
			 0);
	free(file);
	assert_int_equal(drm_infer(model, f, &io, NULL, &stats), -EIO);
	assert_int_equal(stats.fault_code, GS_FAULT_ILLEGAL_WORD);
	assert_int_equal(stats.fault_word, 12);
	assert_non_null(strstr(gs_last_error(), "ILLEGAL_WORD"));
	gs_model_free(model);
}

static void test_gone(void **state)
{
	struct drm_bed *f = *state;
	struct gs_model *model = drm_load(f->dev, false, NULL);
	struct drm_io io;

	drm_bed_works(model, f);
	fake_drm.gone = true;
	assert_int_equal(drm_infer(model, f, &io, NULL, NULL), -ENODEV);
	assert_non_null(strstr(gs_last_error(), "gone"));
	gs_model_free(model);
}

/* Each call of the driver fails: errors come through, nothing leaks. */
static void test_failing_calls(void **state)
{
	static const unsigned long call[] = {
		DRM_IOCTL_GENESYS_BO_CREATE, DRM_IOCTL_GENESYS_CTX_CREATE,
		DRM_IOCTL_SYNCOBJ_CREATE,    DRM_IOCTL_GENESYS_SUBMIT,
		DRM_IOCTL_GENESYS_CTX_QUERY, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT,
	};
	static const unsigned times[] = { 2, 1, 1, 2, 1, 1 };
	struct drm_bed *f = *state;
	struct gs_model *model = drm_load(f->dev, true, NULL);
	struct drm_io io;

	for (size_t i = 0; i < sizeof(call) / sizeof(call[0]); i++) {
		unsigned good = 0;

		for (int ret = -1; ret; good += ret != 0) {
			fake_drm.fail = call[i];
			fake_drm.fail_errno = ENOMEM;
			fake_drm.fail_after = good;
			ret = drm_infer(model, f, &io, NULL, NULL);
			fake_drm.fail = 0;
			assert_true(!ret || ret == -ENOMEM);
			if (ret)
				assert_int_equal(fake_drm.contexts, 0);
			else
				assert_memory_equal(io.y, f->y, TINY_ELEMS);
		}
		assert_int_equal(good, times[i]);
		/* The next failure meets a context that is new. */
		fake_drm.next = FAKE_IS_RESET;
		assert_int_equal(drm_infer(model, f, &io, NULL, NULL), -EIO);
	}
	drm_bed_works(model, f);
	gs_model_free(model);
}

/* Opening and loading fail: nothing is left, and somebody says why. */
static void test_failing_load(void **state)
{
	struct drm_bed *f = *state;
	struct gs_device *dev;
	struct gs_model *model;
	struct gs_buffer *buf;
	size_t size;
	uint8_t *file = tiny_model_file(&size);

	fake_drm.fail = DRM_IOCTL_GENESYS_BO_CREATE;
	fake_drm.fail_errno = ENOMEM;
	assert_int_equal(gs_load_model_mem(f->dev, file, size, NULL, &model),
			 -ENOMEM);
	assert_non_null(strstr(gs_last_error(), "gs_load_model: "));
	assert_int_equal(gs_buffer_create(f->dev, 1, &buf), -ENOMEM);
	assert_non_null(strstr(gs_last_error(), "gs_buffer_create: "));
	fake_drm.fail = DRM_IOCTL_GENESYS_DEV_QUERY;
	for (unsigned i = 0; i < 3; i++) {
		fake_drm.fail_after = i;
		assert_int_equal(gs_device_open("drm", &dev), -ENOMEM);
		assert_non_null(strstr(gs_last_error(), "gs_device_open: "));
	}
	free(file);
}

static void test_unsupported(void **state)
{
	struct drm_bed *f = *state;
	struct gs_infer_opts opts = { .size = sizeof(opts),
				      .executor = GS_EXECUTOR_REFERENCE };
	struct gs_model *model = drm_load(f->dev, false, NULL);
	struct drm_io io;

	assert_int_equal(drm_infer(model, f, &io, &opts, NULL), -ENOTSUP);
	opts.executor = GS_EXECUTOR_DEFAULT;
	opts.max_work = 5;
	assert_int_equal(drm_infer(model, f, &io, &opts, NULL), -ENOTSUP);
	assert_non_null(strstr(gs_last_error(), "timeout_ms"));
	opts.max_work = 0;
	opts.threads = 2;
	assert_int_equal(drm_infer(model, f, &io, &opts, NULL), -ENOTSUP);
	assert_non_null(strstr(gs_last_error(), "threads is 2"));
	drm_bed_works(model, f);
	gs_model_free(model);
}

int main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, drm_bed_setup, drm_bed_teardown)
	const struct CMUnitTest tests[] = {
		T(test_infer),	      T(test_segments),
		T(test_incoherent),   T(test_dump),
		T(test_hang),	      T(test_reset),
		T(test_fault),	      T(test_core_fault),
		T(test_gone),	      T(test_failing_calls),
		T(test_failing_load), T(test_unsupported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
