/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of inference.c run: a classifier with 1,000 images and their
 * scores, and models of which only shapes are known. Functions return 0 or a
 * negative errno unless they say otherwise.
 */
#ifndef GS_SELFTESTS_INFERENCE_KIT_H
#define GS_SELFTESTS_INFERENCE_KIT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "genesys/genesys.h"
#include "runtime/support/npy.h"

#define MODEL (data_path("lenet.gsm"))
#define PIXELS 784
#define CLASSES 10
#define IN_FLIGHT 4

struct data {
	struct gs_npy images, scores;
	float *values; /* of the images, as the model takes them */
	uint32_t num;
	uint8_t *file; /* the model */
	size_t file_size;
};

/**
 * data_path() - a file of the tests; its name is valid until the next call
 * In the directory that NPU_DATA in the environment names, else in the program's.
 */
const char *data_path(const char *name);

/** data_missing() - the first file that is not there, or NULL */
const char *data_missing(void);

/** data_read() - all files; data_scale() - pixels to what the model takes */
int data_read(struct data *d);
void data_scale(struct data *d, const struct gs_model *model);
void data_free(struct data *d);

/** expected() - the scores of an image; input(), output() - bindings */
const int8_t *expected(const struct data *d, uint32_t image);
struct gs_binding input(const struct data *d, uint32_t image);
struct gs_binding output(int8_t *scores);

int infer(struct gs_model *model, const struct data *d, uint32_t image,
	  int8_t *scores);

/** works() - whether the scores of an image are right: all is well again */
bool works(struct gs_model *model, const struct data *d);

/** run_crowd() - all images on some threads; the number that failed, or -errno */
int run_crowd(struct gs_model *model, const struct data *d, int8_t *scores);

struct flight {
	struct gs_request *req[IN_FLIGHT];
	uint32_t image[IN_FLIGHT];
	struct pollfd poll[IN_FLIGHT];
	uint32_t most; /* in flight at once, as poll() saw it */
};

/** fly_with() - the first @num images, IN_FLIGHT at once */
int fly_with(struct gs_model *model, struct flight *fl, const struct data *d,
	     uint32_t num, int8_t *scores);

/** digest_of() - go on with a digest */
uint64_t digest_of(uint64_t hash, const void *data, uint64_t bytes);

/**
 * run_tensors() - run a model on noise, with copies and in place
 * Returns a digest of the outputs; 0 when something failed or both differ.
 */
uint64_t run_tensors(struct gs_device *dev, const char *path);

#endif /* GS_SELFTESTS_INFERENCE_KIT_H */
