/* SPDX-License-Identifier: MIT */
/*
 * A program as a user of the installed library writes it: two models, each run
 * alone and then both at once by two threads. Every answer must be the one of
 * the first time, byte for byte.
 *
 *   two_models A.gsm B.gsm
 *
 * Prints one line for each model: its name, the bytes of its outputs and their
 * checksum.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <genesys/genesys.h>

#define MAX_BINDINGS 8
#define ROUNDS 20

struct work {
	const char *path;
	struct gs_model *model;
	struct gs_binding in[MAX_BINDINGS], out[MAX_BINDINGS];
	uint32_t num_in, num_out;
	unsigned char *first[MAX_BINDINGS]; /* answers of the run alone */
	char wrong[256];
};

static int fail(const char *what)
{
	fprintf(stderr, "two_models: %s: %s\n", what, gs_last_error());
	return 1;
}

/* Inputs are a ramp of all bytes; what they mean does not matter. */
static int bind_one(struct work *w, int output, uint32_t i)
{
	struct gs_tensor_info info = { .size = sizeof(info) };
	struct gs_binding *b = output ? &w->out[i] : &w->in[i];
	unsigned char *data;
	uint64_t k;
	int ret = output ? gs_model_output(w->model, i, &info) :
			   gs_model_input(w->model, i, &info);

	if (ret)
		return fail(w->path);
	data = malloc(info.int8_bytes);
	if (!data)
		return 1;
	for (k = 0; k < info.int8_bytes; k++)
		data[k] = (unsigned char)(7 * k + i);
	*b = (struct gs_binding){ .index = i,
				  .type = GS_INT8,
				  .data = data,
				  .bytes = info.int8_bytes };
	return 0;
}

static int prepare(struct work *w, struct gs_device *dev)
{
	uint32_t i;

	if (gs_load_model(dev, w->path, NULL, &w->model))
		return fail(w->path);
	w->num_in = gs_model_num_inputs(w->model);
	w->num_out = gs_model_num_outputs(w->model);
	if (w->num_in > MAX_BINDINGS || w->num_out > MAX_BINDINGS)
		return 1;
	for (i = 0; i < w->num_in; i++)
		if (bind_one(w, 0, i))
			return 1;
	for (i = 0; i < w->num_out; i++) {
		if (bind_one(w, 1, i))
			return 1;
		w->first[i] = malloc(w->out[i].bytes);
		if (!w->first[i])
			return 1;
	}
	return 0;
}

static int run(struct work *w)
{
	uint32_t i;

	for (i = 0; i < w->num_out; i++)
		memset(w->out[i].data, 0x5a, w->out[i].bytes);
	if (!gs_infer(w->model, w->in, w->num_in, w->out, w->num_out, NULL,
		      NULL))
		return 0;
	snprintf(w->wrong, sizeof(w->wrong), "%s", gs_last_error());
	return -1;
}

static void *run_often(void *arg)
{
	struct work *w = arg;
	uint32_t i;
	int round;

	for (round = 0; round < ROUNDS && !w->wrong[0]; round++) {
		if (run(w))
			break;
		for (i = 0; i < w->num_out; i++)
			if (memcmp(w->out[i].data, w->first[i],
				   w->out[i].bytes))
				snprintf(w->wrong, sizeof(w->wrong),
					 "output %u differs in round %d", i,
					 round);
	}
	return NULL;
}

static int run_alone(struct work *w)
{
	unsigned long sum = 0;
	size_t bytes = 0, k;
	uint32_t i;

	if (run(w))
		return fail(w->path);
	for (i = 0; i < w->num_out; i++) {
		memcpy(w->first[i], w->out[i].data, w->out[i].bytes);
		for (k = 0; k < w->out[i].bytes; k++)
			sum = (sum * 31 + w->first[i][k]) & 0xffffffff;
		bytes += w->out[i].bytes;
	}
	printf("%s: %zu bytes, checksum %08lx\n", w->path, bytes, sum);
	return 0;
}

static void clean(struct work *w)
{
	uint32_t i;

	for (i = 0; i < w->num_in; i++)
		free(w->in[i].data);
	for (i = 0; i < w->num_out; i++) {
		free(w->out[i].data);
		free(w->first[i]);
	}
	gs_model_free(w->model);
}

int main(int argc, char **argv)
{
	struct work w[2] = { 0 };
	struct gs_device *dev;
	pthread_t thread[2];
	int i, bad = 0;

	if (argc != 3)
		return 2;
	if (gs_device_open("sim", &dev))
		return fail("device");
	for (i = 0; i < 2 && !bad; i++) {
		w[i].path = argv[1 + i];
		bad = prepare(&w[i], dev) || run_alone(&w[i]);
	}
	for (i = 0; i < 2 && !bad; i++)
		if (pthread_create(&thread[i], NULL, run_often, &w[i]))
			return 1;
	for (i = 0; i < 2 && !bad; i++)
		pthread_join(thread[i], NULL);
	for (i = 0; i < 2; i++) {
		if (w[i].wrong[0]) {
			fprintf(stderr, "two_models: %s: %s\n", w[i].path,
				w[i].wrong);
			bad = 1;
		}
		clean(&w[i]);
	}
	gs_device_close(dev);
	return bad;
}
