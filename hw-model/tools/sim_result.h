/* SPDX-License-Identifier: MIT */
/* What a model took, layer by layer: timed on the spot, or written before. */
#ifndef GS_SIM_RESULT_H
#define GS_SIM_RESULT_H

#include "hw-model/tools/sim_timing.h"

struct sim_result_layer {
	const char *name, *op;
	const char *limit, *waits; /**< "array"; what it waits for, or "" */
	uint64_t cycles;
	unsigned line; /**< of the file */
};

struct sim_result {
	char *text; /**< of the file; names are here, or of the model: */
	struct sim_timing sim;
	struct sim_result_layer *layers;
	size_t num;
	uint64_t cycles; /**< of all layers */
	bool is_model; /**< was timed with the options */
};

/**
 * sim_result_open() - time a model file, or read the table of --csv
 * Which of them it is, its first bytes tell. Names are unique. Returns false
 * with a sentence on standard error; in either case sim_result_close() is due.
 */
bool sim_result_open(struct sim_result *result, const char *path,
		     const struct sim_timing_options *options);
void sim_result_close(struct sim_result *result);

/**
 * sim_result_sort() - all layers, by name
 * Returns an array to be freed, or NULL when out of memory.
 */
const struct sim_result_layer **
sim_result_sort(const struct sim_result *result);

/** sim_result_find() - the layer of this name among @num sorted ones, or NULL */
const struct sim_result_layer *
sim_result_find(const struct sim_result_layer *const *sorted, size_t num,
		const char *name);

#endif /* GS_SIM_RESULT_H */
