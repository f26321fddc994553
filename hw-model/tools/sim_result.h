/* SPDX-License-Identifier: MIT */
/* What a model took, layer by layer: timed on the spot, or written before. */
#ifndef GS_SIM_RESULT_H
#define GS_SIM_RESULT_H

#include "hw-model/tools/sim_timing.h"

struct sim_result_layer {
	const char *name, *op;
	const char *limit, *waits; /**< "array"; what it waits for, or "" */
	uint64_t cycles;
	double energy_pj; /**< 0 without has_energy */
	unsigned number; /**< line of a table, else place among the layers, from 1 */
};

struct sim_result {
	const char *path;
	char *text; /**< of the file; names are in it, or of the document or the model: */
	struct json_object *document;
	struct sim_timing sim;
	const char *unit; /**< what number counts: "line", "layer" */
	struct sim_result_layer *layers;
	size_t num, cap;
	uint64_t cycles; /**< of all layers */
	double energy_pj;
	const char *energy_table; /**< NULL: no energy is known */
	bool is_model; /**< was timed with the options */
};

/**
 * sim_result_open() - time a model file, or read what --csv or --json wrote
 * @path: stays with the result. Which of them it is, its first bytes tell.
 * Names of layers are unique. Returns false with a sentence on standard error;
 * in either case sim_result_close() is due.
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

/* For the readers; false: a sentence stands on standard error. */

/** sim_result_fail() - "PATH: ..." on standard error; returns false */
__attribute__((format(printf, 2, 3))) bool
sim_result_fail(const struct sim_result *result, const char *format, ...);

/** sim_result_add() - one more layer, and its part of the sums */
bool sim_result_add(struct sim_result *result,
		    const struct sim_result_layer *layer);

/** sim_result_csv(), sim_result_json() - read @size bytes of result->text, which end with 0 */
bool sim_result_csv(struct sim_result *result, size_t size);
bool sim_result_json(struct sim_result *result, size_t size);

#endif /* GS_SIM_RESULT_H */
