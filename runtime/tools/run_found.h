/* SPDX-License-Identifier: MIT */
/*
 * What the model's head finds in pictures: listed, and drawn onto the picture.
 */
#ifndef GS_RUN_FOUND_H
#define GS_RUN_FOUND_H

#include "runtime/heads/head.h"
#include "runtime/tools/run_input.h"
#include "runtime/tools/run_labels.h"
#include "runtime/tools/run_output.h"

struct run_found {
	struct gs_head *head; /**< NULL: none is wanted */
	struct run_labels labels;
	uint32_t input; /**< the one that takes the picture */
};

/**
 * run_found_init() - read the head of the model, if one is wanted
 * It is with --draw, and where nothing else would be done with the outputs.
 * All return 0, or -errno after printing what is wrong.
 */
int run_found_init(struct run_found *f, const struct gs_model *model,
		   const struct run_opts *opts, const struct run_inputs *in);
int run_found_print(const struct run_found *f, const struct run_inputs *in,
		    const struct run_outputs *out, const struct run_opts *opts);
void run_found_free(struct run_found *f);

#endif /* GS_RUN_FOUND_H */
