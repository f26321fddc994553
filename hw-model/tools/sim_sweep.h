/* SPDX-License-Identifier: MIT */
/*
 * gs-sim --sweep: a model on many machines.
 *
 * The points are the cross product of all values of all fields; each is a
 * machine, for which gsc compiles the model, in a process of its own, and whose
 * cycles another process tells. What a point took is kept in a journal as soon
 * as it is known, so that a sweep that was interrupted goes on.
 */
#ifndef GS_SIM_SWEEP_H
#define GS_SIM_SWEEP_H

#include "hw-model/timing/timing.h"

#define SWEEP_MAX_AXES 32
#define SWEEP_MAX_GSC_ARGS 64

struct sim_sweep_options {
	const char *axis[SWEEP_MAX_AXES]; /**< FIELD=VALUE,VALUE... */
	unsigned num_axes;
	const char *
		arch_file; /**< the machine that is changed; NULL: the default */
	const char *const *arch; /**< FIELD=VALUE of it, ended by NULL */
	enum gs_timing_preset preset;
	const struct gs_energy_table *table; /**< prices */
	unsigned jobs; /**< 0: as many as there are processors */
	const char *out; /**< a folder; NULL: named like the model */
	const char *csv; /**< NULL, or one more place for the table */
	const char *gsc_args[SWEEP_MAX_GSC_ARGS]; /**< option, value, ... */
	unsigned num_gsc_args;
};

/**
 * sim_sweep() - sweep over machines for an ONNX model
 * Prints the best points; all are in the table in the folder. Returns an exit
 * status; a sentence stands on standard error when it is not 0.
 */
int sim_sweep(const char *model, const struct sim_sweep_options *options);

#endif /* GS_SIM_SWEEP_H */
