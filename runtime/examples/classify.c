/* SPDX-License-Identifier: MIT */
/*
 * An application of libgenesys: classifies a stack of grey pictures with a
 * compiled model and says how often it is right.
 *
 *   classify MODEL.gsm IMAGES.npy LABELS.npy [FLOAT.npy] [-p PICTURES] [-t THREADS]
 *
 * IMAGES is uint8, pictures x rows x columns; LABELS the true classes; FLOAT
 * the classes a float model chose, to count agreement with. Every thread makes
 * its own gs_infer() calls on the one model.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "genesys/genesys.h"
#include "runtime/support/npy.h"
#include "runtime/support/progress.h"

#define MAX_CLASSES 1024
#define MAX_THREADS 64

struct job {
	struct gs_model *model;
	const uint8_t *images;
	const uint8_t *truth,
		*reference; /* reference: NULL without FLOAT.npy */
	size_t num, pixels;
	uint64_t classes;
	float scale;
	uint16_t *answer;
	atomic_size_t next, done;
	atomic_int failed;
};

static int say(const char *what, const char *detail)
{
	fprintf(stderr, "classify: %s%s%s\n", what, detail ? ": " : "",
		detail ? detail : "");
	return 1;
}

/* ---- inference ---- */

static int classify_one(struct job *j, size_t i, float *input, float *scores)
{
	const struct gs_binding in = { .type = GS_FLOAT32,
				       .data = input,
				       .bytes = j->pixels * sizeof(float) };
	const struct gs_binding out = { .type = GS_FLOAT32,
					.data = scores,
					.bytes = (size_t)j->classes *
						 sizeof(float) };
	uint64_t c, best = 0;
	size_t p;

	for (p = 0; p < j->pixels; p++)
		input[p] = (float)j->images[i * j->pixels + p] * j->scale;
	if (gs_infer(j->model, &in, 1, &out, 1, NULL, NULL))
		return say("inference failed", gs_last_error());
	for (c = 1; c < j->classes; c++)
		if (scores[c] > scores[best])
			best = c;
	j->answer[i] = (uint16_t)best;
	return 0;
}

static void *work(void *arg)
{
	struct job *j = arg;
	float *input = malloc(j->pixels * sizeof(*input));
	float *scores = malloc((size_t)j->classes * sizeof(*scores));
	size_t i;

	if (!input || !scores)
		j->failed = say("out of memory", NULL);
	while (!j->failed && (i = j->next++) < j->num) {
		if (classify_one(j, i, input, scores))
			j->failed = 1;
		j->done++;
	}
	free(input);
	free(scores);
	return NULL;
}

static int classify_all(struct job *j, unsigned num_threads)
{
	const struct timespec tick = { .tv_nsec = 50000000 };
	pthread_t thread[MAX_THREADS];
	struct gs_progress bar;
	unsigned t, started = 0;

	gs_progress_start(&bar, "classifying", j->num, false);
	while (started < num_threads &&
	       !pthread_create(&thread[started], NULL, work, j))
		started++;
	if (!started)
		work(j);
	while (j->done < j->num && !j->failed) {
		gs_progress_update(&bar, j->done);
		nanosleep(&tick, NULL);
	}
	for (t = 0; t < started; t++)
		pthread_join(thread[t], NULL);
	gs_progress_stop(&bar);
	return j->failed;
}

/* ---- pictures ---- */

/* The n-th of comma separated labels; cuts nothing. */
static void print_label(const char *labels, unsigned n, int width)
{
	const char *end;

	while (labels && n-- && labels)
		labels = (labels = strchr(labels, ',')) ? labels + 1 : NULL;
	if (!labels) {
		printf("%-*s", width, "?");
		return;
	}
	end = strchr(labels, ',');
	printf("%-*.*s", width,
	       (int)(end ? end - labels : (long)strlen(labels)), labels);
}

/* Two rows of pixels make one line of text. */
static void print_line(const uint8_t *image, size_t rows, size_t cols,
		       size_t line)
{
	static const char shade[] = " .:-=+*#%@";
	size_t c;

	for (c = 0; c < cols; c++) {
		const uint8_t *p = image + 2 * line * cols + c;
		const unsigned v = 2 * line + 1 < rows ? (p[0] + p[cols]) / 2u :
							 p[0];

		putchar(shade[v * (sizeof(shade) - 2) / 255]);
	}
}

static void print_pictures(const struct job *j, const struct gs_npy *images,
			   size_t num)
{
	const size_t rows = (size_t)images->dim[1],
		     cols = (size_t)images->dim[2], across = 3;
	const char *labels = gs_model_meta(j->model, "labels");
	size_t first, i, line;

	for (first = 0; first < num; first += across) {
		for (line = 0; line < (rows + 1) / 2; line++) {
			for (i = first; i < num && i < first + across; i++) {
				print_line(j->images + i * j->pixels, rows,
					   cols, line);
				fputs("  ", stdout);
			}
			putchar('\n');
		}
		for (i = first; i < num && i < first + across; i++) {
			fputs(j->answer[i] == j->truth[i] ? "= " : "! ",
			      stdout);
			print_label(labels, j->answer[i], (int)cols);
		}
		fputs("\n\n", stdout);
	}
}

/* ---- main ---- */

static void print_result(const struct job *j, unsigned threads, double seconds)
{
	size_t i, right = 0, float_right = 0, agree = 0;

	for (i = 0; i < j->num; i++) {
		right += j->answer[i] == j->truth[i];
		if (!j->reference)
			continue;
		float_right += j->reference[i] == j->truth[i];
		agree += j->answer[i] == j->reference[i];
	}
	printf("%zu images: accuracy %.2f %%", j->num,
	       100.0 * (double)right / (double)j->num);
	if (j->reference)
		printf(" (float model %.2f %%), agreement with the float model %.2f %%",
		       100.0 * (double)float_right / (double)j->num,
		       100.0 * (double)agree / (double)j->num);
	printf("; %.1f s on %u thread%s\n", seconds, threads,
	       threads == 1 ? "" : "s");
}

static int read_bytes(const char *path, struct gs_npy *npy, unsigned rank)
{
	char err[512];

	if (gs_npy_read(path, npy, err, sizeof(err)))
		return say(err, NULL);
	if (npy->type != GS_NPY_U8 || npy->rank != rank || npy->dim[0] < 1)
		return say(path,
			   rank == 3 ?
				   "expected uint8, pictures x rows x columns" :
				   "expected uint8, one class a picture");
	return 0;
}

static int check_shapes(struct job *j, const struct gs_npy npy[3])
{
	struct gs_tensor_info in = { .size = sizeof(in) },
			      out = { .size = sizeof(out) };
	const char *scale = gs_model_meta(j->model, "input.scale");

	if (gs_model_num_inputs(j->model) != 1 ||
	    gs_model_num_outputs(j->model) != 1)
		return say("the model must have one input and one output",
			   NULL);
	if (gs_model_input(j->model, 0, &in) ||
	    gs_model_output(j->model, 0, &out))
		return say("model", gs_last_error());
	if (in.elems != j->pixels || out.elems > MAX_CLASSES)
		return say(
			"the pictures do not have the size of the model's input",
			NULL);
	if (npy[1].elems != j->num || (j->reference && npy[2].elems != j->num))
		return say("there must be one class for each picture", NULL);
	j->classes = out.elems;
	j->scale = scale ? strtof(scale, NULL) : 1;
	return 0;
}

static int run(struct job *j, const struct gs_npy npy[3], size_t pictures,
	       unsigned threads)
{
	struct timespec a, b;

	if (check_shapes(j, npy))
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &a);
	if (classify_all(j, threads))
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &b);
	print_pictures(j, &npy[0], pictures < j->num ? pictures : j->num);
	print_result(j, threads,
		     (double)(b.tv_sec - a.tv_sec) +
			     1e-9 * (double)(b.tv_nsec - a.tv_nsec));
	return 0;
}

/* What does the work: the simulator, or a device of the driver. */
static int print_device(struct gs_device *dev)
{
	struct gs_device_info info = { .size = sizeof(info) };

	if (gs_device_info(dev, &info))
		return say("device", gs_last_error());
	printf("device: %s, %s%s%s\n", info.backend, info.arch_name,
	       *info.node ? ", " : "", info.node);
	return 0;
}

static int load_and_run(char **path, int num, size_t pictures, unsigned threads)
{
	struct gs_npy npy[3] = { 0 };
	struct gs_device *dev = NULL;
	struct job j = { 0 };
	int i, ret = 0;

	for (i = 1; i < num && !ret; i++)
		ret = read_bytes(path[i], &npy[i - 1], i == 1 ? 3 : 1);
	if (!ret && gs_device_open(NULL, &dev))
		ret = say("device", gs_last_error());
	if (!ret)
		ret = print_device(dev);
	if (!ret && gs_load_model(dev, path[0], NULL, &j.model))
		ret = say("model", gs_last_error());
	if (!ret) {
		j.images = npy[0].data;
		j.truth = npy[1].data;
		j.reference = num > 3 ? npy[2].data : NULL;
		j.num = (size_t)npy[0].dim[0];
		j.pixels = npy[0].elems / j.num;
		j.answer = calloc(j.num, sizeof(*j.answer));
		ret = j.answer ? run(&j, npy, pictures, threads) :
				 say("out of memory", NULL);
	}
	free(j.answer);
	gs_model_free(j.model);
	gs_device_close(dev);
	for (i = 0; i < 3; i++)
		gs_npy_free(&npy[i]);
	return ret;
}

int main(int argc, char **argv)
{
	const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned long pictures = 3,
		      threads = cpus > 0 ? (unsigned long)cpus : 1;
	int opt;

	while ((opt = getopt(argc, argv, "p:t:")) != -1) {
		if (opt == 'p')
			pictures = strtoul(optarg, NULL, 10);
		else if (opt == 't')
			threads = strtoul(optarg, NULL, 10);
		else
			goto usage;
	}
	if (argc - optind < 3 || argc - optind > 4 || !threads ||
	    threads > MAX_THREADS)
		goto usage;
	return load_and_run(argv + optind, argc - optind, pictures,
			    (unsigned)threads);
usage:
	fputs("usage: classify MODEL.gsm IMAGES.npy LABELS.npy [FLOAT.npy] [-p PICTURES] "
	      "[-t THREADS]\n",
	      stderr);
	return 2;
}
