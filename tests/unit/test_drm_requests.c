/* SPDX-License-Identifier: MIT */
/*
 * Buffers, requests and threads on the drm backend, on the driver of
 * fake_drm.h.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>

#include <xf86drm.h>

#include <drm/genesys_accel.h>

#include "tests/unit/drm_bed.h"
#include "tests/unit/fake_drm.h"

/* ---- buffers --------------------------------------------------------------------------- */

static void test_buffers(void **state)
{
	struct drm_bed *f = *state;
	struct gs_tensor_info a = { .size = sizeof(a) }, y = a;
	struct gs_stats stats = { .size = sizeof(stats) };
	struct gs_model *model = drm_load(f->dev, true, NULL);
	struct gs_buffer *in, *out;
	int8_t dense[TINY_ELEMS];
	unsigned made;
	struct drm_io io;

	assert_int_equal(gs_model_find_tensor(model, "a", &a), 0);
	assert_int_equal(gs_model_find_tensor(model, "y", &y), 0);
	assert_int_equal(gs_buffer_create(f->dev, 8192, &in), 0);
	assert_int_equal(gs_buffer_create(f->dev, y.layout.bytes, &out), 0);
	for (int i = 0; i < 3; i++) {
		drm_io_set(&io, f);
		/* Twice at the start, once elsewhere. */
		io.in[0].data = (char *)gs_buffer_map(in) + (i == 2 ? 4096 : 0);
		io.in[0].type = GS_NATIVE;
		io.in[0].bytes = a.layout.bytes;
		assert_int_equal(gs_model_pack(model, a.index, GS_INT8, f->a,
					       TINY_ELEMS, io.in[0].data),
				 0);
		io.out[0].data = gs_buffer_map(out);
		io.out[0].type = GS_NATIVE;
		io.out[0].bytes = y.layout.bytes;
		memset(io.out[0].data, 1, y.layout.bytes);
		made = fake_drm.bos_made;
		assert_int_equal(
			gs_infer(model, io.in, 2, io.out, 2, NULL, &stats), 0);
		/* b, and flat, which is a view of y. */
		assert_int_equal(stats.copied[0], TINY_ELEMS);
		assert_int_equal(stats.copied[1], TINY_ELEMS);
		assert_int_equal(gs_model_unpack(model, y.index, GS_INT8, dense,
						 TINY_ELEMS, io.out[0].data),
				 0);
		assert_memory_equal(dense, f->y, TINY_ELEMS);
		assert_memory_equal(io.flat, f->y, TINY_ELEMS);
		assert_int_equal(*(int8_t *)io.out[0].data, TINY_Y_BORDER);
		/* The first time: memory, records, code; then code when it
		 * must be another. */
		assert_int_equal(fake_drm.bos_made - made, i == 0 ? 3 :
							   i == 1 ? 0 :
								    1);
	}
	drm_bed_works(model, f);
	gs_buffer_free(in);
	gs_buffer_free(out);
	gs_model_free(model);
}

/* Input a and output y in place, in one buffer. */
static void bind_in_place(struct drm_io *io, struct drm_bed *f,
			  struct gs_model *model, struct gs_buffer *buf,
			  uint64_t *in_bytes, uint64_t *out_bytes)
{
	struct gs_tensor_info a = { .size = sizeof(a) }, y = a;
	char *data = gs_buffer_map(buf);

	drm_io_set(io, f);
	assert_int_equal(gs_model_input(model, 0, &a), 0);
	assert_int_equal(gs_model_output(model, 0, &y), 0);
	*in_bytes = a.layout.bytes;
	*out_bytes = y.layout.bytes;
	io->in[0].type = io->out[0].type = GS_NATIVE;
	io->in[0].data = data;
	io->in[0].bytes = *in_bytes;
	io->out[0].data = data + 4096;
	io->out[0].bytes = *out_bytes;
	assert_int_equal(gs_model_pack(model, a.index, GS_INT8, f->a,
				       TINY_ELEMS, data),
			 0);
}

/* The caller may write what is next to the slots while jobs run. */
static void test_buffer_ranges(void **state)
{
	struct drm_bed *f = *state;
	struct gs_model *model;
	struct gs_device *dev;
	struct gs_buffer *buf;
	uint64_t in_bytes, out_bytes, before[2];
	struct drm_io io;

	fake_drm.incoherent = true;
	assert_int_equal(gs_device_open("drm", &dev), 0);
	model = drm_load(dev, false, NULL);
	assert_int_equal(gs_buffer_create(dev, 8192, &buf), 0);
	assert_int_equal(drm_infer(model, f, &io, NULL, NULL), 0);
	memcpy(before, fake_drm.synced, sizeof(before));
	memset(fake_drm.synced, 0, sizeof(fake_drm.synced));
	bind_in_place(&io, f, model, buf, &in_bytes, &out_bytes);
	assert_int_equal(gs_infer(model, io.in, 2, io.out, 2, NULL, NULL), 0);
	assert_memory_equal(io.flat, f->y, TINY_ELEMS);
	/* Each time a copy of the code, of the same size. */
	assert_int_equal(fake_drm.synced[0], before[0] + in_bytes + out_bytes);
	assert_int_equal(fake_drm.synced[1], before[1] + out_bytes);
	gs_buffer_free(buf);
	gs_model_free(model);
	gs_device_close(dev);
}

/* A job that could not list all buffers copies. */
static void test_few_buffers(void **state)
{
	struct drm_bed *f = *state;
	struct gs_stats stats = { .size = sizeof(stats) };
	struct gs_model *model;
	struct gs_device *dev;
	struct gs_buffer *buf;
	uint64_t in_bytes, out_bytes;
	struct drm_io io;

	for (uint32_t max = 5; max < 7; max++) {
		fake_drm.max_bos = max;
		assert_int_equal(gs_device_open("drm", &dev), 0);
		model = drm_load(dev, false, NULL);
		assert_int_equal(gs_buffer_create(dev, 8192, &buf), 0);
		bind_in_place(&io, f, model, buf, &in_bytes, &out_bytes);
		assert_int_equal(
			gs_infer(model, io.in, 2, io.out, 2, NULL, &stats), 0);
		assert_memory_equal(io.flat, f->y, TINY_ELEMS);
		assert_int_equal(stats.copied[0],
				 TINY_ELEMS + (max == 5 ? in_bytes : 0));
		assert_int_equal(stats.copied[1],
				 TINY_ELEMS + (max == 5 ? out_bytes : 0));
		gs_buffer_free(buf);
		gs_model_free(model);
		gs_device_close(dev);
	}
}

/* ---- requests --------------------------------------------------------------------------- */

static void test_requests(void **state)
{
	struct drm_bed *f = *state;
	struct gs_stats stats = { .size = sizeof(stats) };
	struct gs_model *model = drm_load(f->dev, true, NULL);
	struct gs_request *req[2];
	struct drm_io io[2];
	int fd[2];

	fake_drm.hold = true;
	for (int i = 0; i < 2; i++) {
		drm_io_set(&io[i], f);
		assert_int_equal(gs_request_create(model, NULL, &req[i]), 0);
		assert_int_equal(
			gs_request_bind(req[i], io[i].in, 2, io[i].out, 2), 0);
		fd[i] = i ? -1 : gs_request_fd(req[i]);
		assert_int_equal(gs_request_submit(req[i]), 0);
		/* The second one asks when it is in flight. */
		fd[i] = gs_request_fd(req[i]);
		assert_true(fd[i] >= 0);
	}
	assert_int_equal(fake_drm.most_queued, 4);
	assert_int_equal(gs_request_submit(req[0]), -EBUSY);
	assert_non_null(strstr(gs_last_error(), "gs_request_submit: "));
	assert_int_equal(gs_request_wait(req[0], 0, NULL), -ETIMEDOUT);
	assert_int_equal(gs_request_wait(req[1], 1000, NULL), -ETIMEDOUT);
	assert_false(drm_readable(fd[0]));
	fake_drm_run();
	assert_true(drm_readable(fd[0]));
	assert_true(drm_readable(fd[1]));
	for (int i = 1; i >= 0; i--) {
		assert_int_equal(gs_request_wait(req[i], 0, &stats), 0);
		assert_false(drm_readable(fd[i]));
		assert_memory_equal(io[i].y, f->y, TINY_ELEMS);
		assert_int_equal(stats.jobs, 2);
	}
	assert_int_equal(gs_request_wait(req[0], 0, NULL), -EINVAL);
	/* Again, with a failure in one of them. */
	fake_drm.hold = false;
	assert_int_equal(gs_request_submit(req[0]), 0);
	fake_drm.next = FAKE_HANGS;
	assert_int_equal(gs_request_wait(req[0], -1, NULL), -ETIME);
	assert_non_null(strstr(gs_last_error(), "gs_request_wait: "));
	assert_false(drm_readable(fd[0]));
	assert_int_equal(gs_request_submit(req[0]), 0);
	assert_int_equal(gs_request_wait(req[0], -1, NULL), 0);
	assert_memory_equal(io[0].y, f->y, TINY_ELEMS);
	/* Freed in flight. */
	fake_drm.hold = true;
	assert_int_equal(gs_request_submit(req[1]), 0);
	gs_request_free(req[0]);
	gs_request_free(req[1]);
	gs_request_free(NULL);
	gs_model_free(model);
}

/* Contexts of the driver are few. */
static void test_many_requests(void **state)
{
	struct drm_bed *f = *state;
	struct gs_model *model = drm_load(f->dev, false, NULL), *other;
	struct gs_request *req[9];
	struct drm_io io[9];

	fake_drm.hold = true;
	for (int i = 0; i < 9; i++) {
		drm_io_set(&io[i], f);
		assert_int_equal(gs_request_create(model, NULL, &req[i]), 0);
		assert_int_equal(
			gs_request_bind(req[i], io[i].in, 2, io[i].out, 2), 0);
		assert_int_equal(gs_request_submit(req[i]),
				 i < 8 ? 0 : -ENOSPC);
	}
	assert_non_null(strstr(gs_last_error(), "gs_request_submit: "));
	assert_non_null(strstr(gs_last_error(), "8 inferences"));
	fake_drm.hold = false;
	for (int i = 0; i < 8; i++) {
		assert_int_equal(gs_request_wait(req[i], -1, NULL), 0);
		assert_memory_equal(io[i].y, f->y, TINY_ELEMS);
	}
	/* A context that is idle makes room, for another model too. */
	gs_request_free(req[0]);
	other = drm_load(f->dev, true, NULL);
	assert_int_equal(drm_infer(other, f, &io[0], NULL, NULL), 0);
	assert_memory_equal(io[0].y, f->y, TINY_ELEMS);
	assert_int_equal(fake_drm.contexts, 8);
	assert_int_equal(gs_request_submit(req[8]), 0);
	assert_int_equal(gs_request_wait(req[8], -1, NULL), 0);
	for (int i = 1; i < 9; i++)
		gs_request_free(req[i]);
	gs_model_free(model);
	gs_model_free(other);
}

/* ---- what goes wrong ----------------------------------------------------------------- */

static struct gs_request *request(struct gs_model *model, struct drm_bed *f,
				  struct drm_io *io)
{
	struct gs_request *req;

	drm_io_set(io, f);
	assert_int_equal(gs_request_create(model, NULL, &req), 0);
	assert_int_equal(gs_request_bind(req, io->in, 2, io->out, 2), 0);
	return req;
}

/* Another submission, whose event is its own. */
static void expect_own_event(struct gs_request *req, struct drm_bed *f,
			     struct drm_io *io)
{
	const int fd = gs_request_fd(req);

	assert_false(drm_readable(fd));
	fake_drm.hold = true;
	assert_int_equal(gs_request_submit(req), 0);
	assert_false(drm_readable(fd));
	fake_drm_run();
	assert_true(drm_readable(fd));
	assert_int_equal(gs_request_wait(req, 0, NULL), 0);
	assert_false(drm_readable(fd));
	assert_memory_equal(io->y, f->y, TINY_ELEMS);
	fake_drm.hold = false;
}

/* The jobs still run when waiting fails; their event must not be seen later. */
static void test_wait_fails(void **state)
{
	struct drm_bed *f = *state;
	struct gs_model *model = drm_load(f->dev, true, NULL);
	struct drm_io io;
	struct gs_request *req = request(model, f, &io);

	assert_true(gs_request_fd(req) >= 0);
	fake_drm.hold = true;
	assert_int_equal(gs_request_submit(req), 0);
	fake_drm.fail = DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT;
	fake_drm.fail_errno = ENOMEM;
	assert_int_equal(gs_request_wait(req, -1, NULL), -ENOMEM);
	assert_non_null(strstr(gs_last_error(), "gs_request_wait: "));
	assert_int_equal(fake_drm.contexts, 0);
	fake_drm.fail = 0;
	expect_own_event(req, f, &io);
	gs_request_free(req);
	gs_model_free(model);
}

static void test_no_event(void **state)
{
	struct drm_bed *f = *state;
	struct gs_model *model = drm_load(f->dev, true, NULL);
	struct drm_io io;
	struct gs_request *req = request(model, f, &io);

	fake_drm.fail = FAKE_SYNCOBJ_EVENTFD;
	fake_drm.fail_errno = ENOMEM;
	fake_drm.hold = true;
	assert_int_equal(gs_request_submit(req), 0);
	assert_int_equal(gs_request_fd(req), -ENOMEM);
	assert_non_null(strstr(gs_last_error(), "gs_request_fd: "));
	fake_drm.hold = false;
	assert_int_equal(gs_request_wait(req, -1, NULL), 0);
	assert_memory_equal(io.y, f->y, TINY_ELEMS);
	assert_true(gs_request_fd(req) >= 0);
	assert_int_equal(gs_request_submit(req), -ENOMEM);
	assert_int_equal(gs_request_wait(req, -1, NULL), -EINVAL);
	fake_drm.fail = 0;
	expect_own_event(req, f, &io);
	gs_request_free(req);
	gs_model_free(model);
}

static volatile sig_atomic_t alarms;

/* The event comes with the second signal. */
static void on_alarm(int signal)
{
	(void)signal;
	if (++alarms == 2)
		fake_drm_signal();
}

/* A signal while the event is on its way. */
static void test_signal(void **state)
{
	const struct itimerval every = { { 0, 20000 }, { 0, 20000 } },
			       never = { { 0, 0 }, { 0, 0 } };
	const struct sigaction act = { .sa_handler = on_alarm };
	struct sigaction before;
	struct drm_bed *f = *state;
	struct gs_model *model = drm_load(f->dev, true, NULL);
	struct drm_io io;
	struct gs_request *req = request(model, f, &io);

	assert_true(gs_request_fd(req) >= 0);
	fake_drm.late_events = true;
	assert_int_equal(gs_request_submit(req), 0);
	fake_drm_run();
	alarms = 0;
	assert_int_equal(sigaction(SIGALRM, &act, &before), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
	assert_int_equal(gs_request_wait(req, -1, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
	assert_true(alarms >= 2);
	fake_drm.late_events = false;
	expect_own_event(req, f, &io);
	gs_request_free(req);
	gs_model_free(model);
}

/* The device is pulled while jobs are in flight, and everything else is open. */
static void test_gone_in_flight(void **state)
{
	struct drm_bed *f = *state;
	struct gs_model *model = drm_load(f->dev, true, NULL);
	struct drm_io io[2];
	struct gs_request *req[2] = { request(model, f, &io[0]),
				      request(model, f, &io[1]) };
	struct gs_buffer *buf, *other;

	assert_int_equal(gs_buffer_create(f->dev, 100, &buf), 0);
	fake_drm.hold = true;
	for (int i = 0; i < 2; i++)
		assert_int_equal(gs_request_submit(req[i]), 0);
	fake_drm.gone = true;
	assert_int_equal(gs_request_wait(req[0], -1, NULL), -ENODEV);
	assert_non_null(strstr(gs_last_error(), "gone"));
	assert_int_equal(gs_request_submit(req[0]), -ENODEV);
	assert_int_equal(gs_buffer_create(f->dev, 1, &other), -ENODEV);
	memset(gs_buffer_map(buf), 1, 100);
	gs_request_free(req[0]);
	gs_request_free(req[1]);
	gs_buffer_free(buf);
	gs_model_free(model);
	/* Freeing leaves the last sentence alone. */
	assert_non_null(strstr(gs_last_error(), "gs_buffer_create: "));
}

/* ---- room ------------------------------------------------------------------------------ */

/* As many contexts as there can be, idle. */
static void fill_pool(struct gs_model *model, struct drm_bed *f)
{
	struct gs_request *req[FAKE_MAX_CTXS];
	struct drm_io io[FAKE_MAX_CTXS];

	for (int i = 0; i < FAKE_MAX_CTXS; i++) {
		req[i] = request(model, f, &io[i]);
		assert_int_equal(gs_request_submit(req[i]), 0);
	}
	for (int i = 0; i < FAKE_MAX_CTXS; i++) {
		assert_int_equal(gs_request_wait(req[i], -1, NULL), 0);
		gs_request_free(req[i]);
	}
	assert_int_equal(fake_drm.contexts, FAKE_MAX_CTXS);
}

/* Idle contexts go when something else needs their room; nobody sees it. */
static void test_room(void **state)
{
	struct drm_bed *f = *state;
	struct gs_model *model = drm_load(f->dev, false, NULL),
			*other = drm_load(f->dev, false, NULL);
	struct gs_device *dev;
	struct gs_buffer *buf;

	assert_int_equal(gs_device_open("no device", &dev), -EINVAL);
	fill_pool(model, f);
	drm_bed_works(other, f);
	assert_int_equal(fake_drm.contexts, 1);
	fill_pool(model, f);
	fake_drm.low_bytes = 1 << 16;
	assert_int_equal(gs_buffer_create(f->dev, 1 << 16, &buf), 0);
	assert_int_equal(fake_drm.contexts, 0);
	assert_non_null(strstr(gs_last_error(), "'no device'"));
	fake_drm.low_bytes = 0;
	gs_buffer_free(buf);
	assert_int_equal(gs_buffer_create(f->dev, 1, &buf), -ENOSPC);
	assert_non_null(strstr(gs_last_error(), "address space is full"));
	gs_model_free(model);
	gs_model_free(other);
}

#define CROWD FAKE_MAX_CTXS

struct visitor {
	pthread_t thread;
	struct drm_bed *bed;
	struct gs_model *model[3];
	unsigned number;
	int bad;
};

static void *visit(void *arg)
{
	struct visitor *v = arg;
	struct drm_io io;

	for (unsigned i = 0; i < 60; i++) {
		struct gs_model *model = v->model[(i + v->number) % 3];

		if (drm_infer(model, v->bed, &io, NULL, NULL) ||
		    memcmp(io.y, v->bed->y, TINY_ELEMS) != 0)
			v->bad++;
	}
	return NULL;
}

/*
 * As many threads as the driver has contexts, on more models: each finds room,
 * as no more than that are ever at work.
 */
static void test_crowd(void **state)
{
	struct drm_bed *f = *state;
	struct visitor v[CROWD];
	struct gs_model *model[3];

	for (int i = 0; i < 3; i++)
		model[i] = drm_load(f->dev, i == 1, NULL);
	for (unsigned i = 0; i < CROWD; i++) {
		v[i] = (struct visitor){ .bed = f, .number = i };
		memcpy(v[i].model, model, sizeof(model));
		assert_int_equal(
			pthread_create(&v[i].thread, NULL, visit, &v[i]), 0);
	}
	for (int i = 0; i < CROWD; i++) {
		assert_int_equal(pthread_join(v[i].thread, NULL), 0);
		assert_int_equal(v[i].bad, 0);
	}
	for (int i = 0; i < 3; i++)
		gs_model_free(model[i]);
}

int main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, drm_bed_setup, drm_bed_teardown)
	const struct CMUnitTest tests[] = {
		T(test_buffers),	T(test_buffer_ranges),
		T(test_few_buffers),	T(test_wait_fails),
		T(test_no_event),	T(test_signal),
		T(test_gone_in_flight), T(test_room),
		T(test_crowd),		T(test_requests),
		T(test_many_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
