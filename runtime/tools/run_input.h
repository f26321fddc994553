/* SPDX-License-Identifier: MIT */
/*
 * Input files of gs-run: arrays and images become dense tensors, run by run.
 */
#ifndef GS_RUN_INPUT_H
#define GS_RUN_INPUT_H

#include "genesys/genesys.h"
#include "runtime/support/pixel.h"
#include "runtime/tools/run_opts.h"

/** File and number in it of a sample (row of the first dimension). */
struct run_sample {
	const char *path;
	size_t index;
	bool only; /**< the file holds no other */
	bool picture; /**< @at is where it stands in the input */
	struct gs_placement at;
};

/** Data of one input for all runs. */
struct run_input {
	struct gs_tensor_info info;
	struct gs_pixel pixel; /**< what bytes and pictures become */
	bool warned; /**< that nothing says so */
	uint32_t type; /**< enum gs_type */
	char *data; /**< runs * bytes */
	size_t bytes; /**< of one run */
	size_t elems, cap; /**< of all runs */
	struct run_sample *sample;
	size_t num_samples, cap_samples;
};

struct run_inputs {
	struct run_input *input; /**< of the model, in its order */
	uint32_t num;
	size_t runs;
};

/**
 * run_file_add() - NAME=FILE, unless the whole is the name of a file
 * @list: RUN_MAX_FILES, of which *num are used
 * Returns 0, or -E2BIG or -ENOMEM without a word.
 */
int run_file_add(struct run_file *list, size_t *num, const char *text);
/** run_files_free() - the list, too */
void run_files_free(struct run_file *list, size_t num);

/** run_batch() - first dimension of a tensor; 1 for one without */
size_t run_batch(const struct gs_tensor_info *info);

/**
 * run_inputs_load() - read all files
 * Returns 0, or -errno after printing what is wrong. run_inputs_free() in both
 * cases.
 */
int run_inputs_load(struct run_inputs *in, const struct gs_model *model,
		    const struct run_opts *opts);
void run_inputs_free(struct run_inputs *in);

#endif /* GS_RUN_INPUT_H */
