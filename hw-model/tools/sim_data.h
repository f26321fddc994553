/* SPDX-License-Identifier: MIT */
/* gs-sim MODEL.gsm: the model runs on data while the timing model watches. */
#ifndef GS_SIM_DATA_H
#define GS_SIM_DATA_H

#include "hw-model/tools/sim_timing.h"
#include "runtime/tools/run_input.h"

/** What to run on. Lists have room for RUN_MAX_FILES. */
struct sim_data_options {
	struct run_file *input, *output;
	size_t num_inputs, num_outputs;
	enum gs_executor executor;
	bool quantized; /**< outputs are int8 */
};

/**
 * sim_data_run() - run the model of @sim on all samples
 * The first run is timed, into sim->timing; the others would take the same.
 * Outputs are written when all are done. False: a sentence stands on standard
 * error.
 */
bool sim_data_run(struct sim_timing *sim, const struct sim_data_options *data);

#endif /* GS_SIM_DATA_H */
