// SPDX-License-Identifier: GPL-2.0-or-later
#include "inference_kit.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IMAGES (data_path("lenet_images.npy"))
#define SCORES (data_path("lenet_scores.npy"))
#define THREADS 2

/* ---- the model and its data ---------------------------------------------------- */

/* argv[0] has no directory where a shell found the program. */
static void program_dir(char *dir, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", dir, size - 1);
	char *base;

	dir[len < 0 ? 0 : len] = 0;
	base = strrchr(dir, '/');
	if (base)
		*base = 0;
}

const char *data_path(const char *name)
{
	static char path[512];
	const char *env = getenv("NPU_DATA");
	char dir[400];

	if (env && env[0])
		snprintf(dir, sizeof(dir), "%s", env);
	else
		program_dir(dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

const char *data_missing(void)
{
	static const char *const names[] = { "lenet.gsm", "lenet_images.npy",
					     "lenet_scores.npy", "ops" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *path = data_path(names[i]);

		if (access(path, F_OK))
			return path;
	}
	return NULL;
}

static int read_all(const char *path, uint8_t **data, size_t *size)
{
	FILE *f = fopen(path, "rb");
	long end;
	int ret = -EIO;

	if (!f)
		return -errno;
	if (!fseek(f, 0, SEEK_END) && (end = ftell(f)) > 0 &&
	    !fseek(f, 0, SEEK_SET)) {
		*size = (size_t)end;
		*data = malloc(*size);
		if (*data && fread(*data, 1, *size, f) == *size)
			ret = 0;
	}
	fclose(f);
	return ret;
}

int data_read(struct data *d)
{
	char err[512];

	if (gs_npy_read(IMAGES, &d->images, err, sizeof(err)) ||
	    gs_npy_read(SCORES, &d->scores, err, sizeof(err)) ||
	    read_all(MODEL, &d->file, &d->file_size))
		return -ENOENT;
	d->num = (uint32_t)(d->images.elems / PIXELS);
	if (d->num != 1000 || d->images.type != GS_NPY_U8 ||
	    d->scores.type != GS_NPY_I8 || d->scores.elems != d->num * CLASSES)
		return -EINVAL;
	d->values = malloc(d->images.elems * sizeof(float));
	return d->values ? 0 : -ENOMEM;
}

/* Pixels become what the model was trained with. */
void data_scale(struct data *d, const struct gs_model *model)
{
	const uint8_t *pixel = d->images.data;
	const char *scale = gs_model_meta(model, "input.scale");
	const char *mean = gs_model_meta(model, "input.mean");
	const float by = strtof(scale, NULL), from = strtof(mean, NULL);

	for (size_t i = 0; i < d->images.elems; i++)
		d->values[i] = ((float)pixel[i] - from) * by;
}

void data_free(struct data *d)
{
	gs_npy_free(&d->images);
	gs_npy_free(&d->scores);
	free(d->values);
	free(d->file);
}

const int8_t *expected(const struct data *d, uint32_t image)
{
	return (const int8_t *)d->scores.data + image * CLASSES;
}

struct gs_binding input(const struct data *d, uint32_t image)
{
	return (struct gs_binding){
		.type = GS_FLOAT32,
		.data = d->values + (size_t)image * PIXELS,
		.bytes = PIXELS * sizeof(float),
	};
}

struct gs_binding output(int8_t *scores)
{
	return (struct gs_binding){ .type = GS_INT8,
				    .data = scores,
				    .bytes = CLASSES };
}

int infer(struct gs_model *model, const struct data *d, uint32_t image,
		 int8_t *scores)
{
	const struct gs_binding in = input(d, image), out = output(scores);

	return gs_infer(model, &in, 1, &out, 1, NULL, NULL);
}

/* Image 0 is right, which is enough to see that all is well again. */
bool works(struct gs_model *model, const struct data *d)
{
	int8_t scores[CLASSES] = { 0 };

	return !infer(model, d, 0, scores) &&
	       !memcmp(scores, expected(d, 0), CLASSES);
}

/* ---- all images, on some threads ------------------------------------------------- */

struct crowd {
	struct gs_model *model;
	const struct data *d;
	int8_t *scores;
	atomic_uint next, failed;
};

static void *run_images(void *arg)
{
	struct crowd *c = arg;
	uint32_t i;

	while ((i = atomic_fetch_add(&c->next, 1)) < c->d->num)
		if (infer(c->model, c->d, i, c->scores + i * CLASSES))
			atomic_fetch_add(&c->failed, 1);
	return NULL;
}

/* Number of images that could not be run, or a negative errno. */
int run_crowd(struct gs_model *model, const struct data *d,
		     int8_t *scores)
{
	struct crowd c = { .model = model, .d = d, .scores = scores };
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, run_images, &c))
			return -EAGAIN;
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	return (int)c.failed;
}

/* ---- requests ---------------------------------------------------------------------- */

static int launch(struct flight *fl, int i, const struct data *d,
		  uint32_t image, int8_t *scores)
{
	const struct gs_binding in = input(d, image),
				out = output(scores + image * CLASSES);
	int ret = gs_request_bind(fl->req[i], &in, 1, &out, 1);

	fl->image[i] = image;
	if (!ret)
		ret = gs_request_submit(fl->req[i]);
	fl->poll[i].fd = gs_request_fd(fl->req[i]);
	fl->poll[i].events = POLLIN;
	return ret ? ret : fl->poll[i].fd < 0 ? fl->poll[i].fd : 0;
}

/* A result is fetched when poll() says so, and the next image takes its place. */
static int fly(struct flight *fl, const struct data *d, uint32_t num,
	       int8_t *scores)
{
	uint32_t next = 0, done = 0;
	int ret = 0;

	for (int i = 0; i < IN_FLIGHT && !ret; i++, next++)
		ret = launch(fl, i, d, next, scores);
	while (done < num && !ret) {
		int ready = poll(fl->poll, IN_FLIGHT, 60000);
		uint32_t flying = next - done;

		if (ready <= 0)
			return ready ? -errno : -ETIMEDOUT;
		if (flying - (uint32_t)ready > fl->most)
			fl->most = flying - (uint32_t)ready;
		for (int i = 0; i < IN_FLIGHT && !ret; i++) {
			if (!(fl->poll[i].revents & POLLIN))
				continue;
			/* What is readable is complete. */
			ret = gs_request_wait(fl->req[i], 0, NULL);
			fl->poll[i].fd = -1;
			done++;
			if (!ret && next < num)
				ret = launch(fl, i, d, next++, scores);
		}
	}
	return ret;
}

int fly_with(struct gs_model *model, struct flight *fl,
		    const struct data *d, uint32_t num, int8_t *scores)
{
	int ret = 0;

	memset(fl, 0, sizeof(*fl));
	for (int i = 0; i < IN_FLIGHT && !ret; i++)
		ret = gs_request_create(model, NULL, &fl->req[i]);
	if (!ret)
		ret = fly(fl, d, num, scores);
	for (int i = 0; i < IN_FLIGHT; i++)
		gs_request_free(fl->req[i]);
	return ret;
}

/* ---- any model ---------------------------------------------------------------------- */

#define MAX_TENSORS 8

/* All inputs, then all outputs of a model: dense, and in the native layout. */
struct tensors {
	uint32_t inputs, outputs;
	struct gs_tensor_info info[MAX_TENSORS];
	struct gs_binding dense[MAX_TENSORS], native[MAX_TENSORS];
	struct gs_buffer *buffer[MAX_TENSORS];
};

static int tensors_make(struct tensors *t, struct gs_device *dev,
			const struct gs_model *model)
{
	uint32_t seed = 1;

	memset(t, 0, sizeof(*t));
	t->inputs = gs_model_num_inputs(model);
	t->outputs = gs_model_num_outputs(model);
	if (t->inputs + t->outputs > MAX_TENSORS)
		return -E2BIG;
	for (uint32_t i = 0; i < t->inputs + t->outputs; i++) {
		struct gs_tensor_info *info = &t->info[i];
		uint32_t at = i < t->inputs ? i : i - t->inputs;
		int8_t *data;

		info->size = sizeof(*info);
		if (i < t->inputs ? gs_model_input(model, at, info) :
				    gs_model_output(model, at, info))
			return -EINVAL;
		data = calloc(1, info->int8_bytes);
		if (!data || gs_buffer_create(dev, info->layout.bytes,
					      &t->buffer[i]))
			return -ENOMEM;
		t->dense[i] = (struct gs_binding){ NULL, at, GS_INT8, data,
						   info->int8_bytes };
		t->native[i] = (struct gs_binding){ NULL, at, GS_NATIVE,
						    gs_buffer_map(t->buffer[i]),
						    info->layout.bytes };
		for (uint64_t k = 0; i < t->inputs && k < info->elems; k++) {
			seed = seed * 1664525u + 1013904223u;
			data[k] = (int8_t)(seed >> 24);
		}
		if (i < t->inputs &&
		    gs_model_pack(model, info->index, GS_INT8, data,
				  info->int8_bytes, t->native[i].data))
			return -EINVAL;
	}
	return 0;
}

static void tensors_free(struct tensors *t)
{
	for (uint32_t i = 0; i < t->inputs + t->outputs; i++) {
		gs_buffer_free(t->buffer[i]);
		free(t->dense[i].data);
	}
}

uint64_t digest_of(uint64_t hash, const void *data, uint64_t bytes)
{
	const uint8_t *p = data;

	for (uint64_t i = 0; i < bytes; i++)
		hash = (hash ^ p[i]) * 0x100000001b3u;
	return hash;
}

/* Digest of the outputs, 0 when something failed; those in place are equal. */
uint64_t run_tensors(struct gs_device *dev, const char *path)
{
	uint64_t hash = 0xcbf29ce484222325u;
	struct gs_model *model;
	struct tensors t;

	if (gs_load_model(dev, path, NULL, &model))
		return 0;
	if (tensors_make(&t, dev, model) ||
	    gs_infer(model, t.dense, t.inputs, t.dense + t.inputs, t.outputs,
		     NULL, NULL) ||
	    gs_infer(model, t.native, t.inputs, t.native + t.inputs, t.outputs,
		     NULL, NULL))
		hash = 0;
	for (uint32_t i = t.inputs; hash && i < t.inputs + t.outputs; i++) {
		int8_t *in_place = malloc(t.dense[i].bytes);

		if (!in_place ||
		    gs_model_unpack(model, t.info[i].index, GS_INT8, in_place,
				    t.dense[i].bytes, t.native[i].data) ||
		    memcmp(in_place, t.dense[i].data, t.dense[i].bytes) != 0)
			hash = 0;
		else
			hash = digest_of(hash, in_place, t.dense[i].bytes);
		free(in_place);
	}
	tensors_free(&t);
	gs_model_free(model);
	return hash;
}
