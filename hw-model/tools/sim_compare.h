/* SPDX-License-Identifier: MIT */
/* gs-sim compare: two runs side by side, layer by layer. */
#ifndef GS_SIM_COMPARE_H
#define GS_SIM_COMPARE_H

#include "hw-model/tools/sim.h"
#include "hw-model/tools/sim_timing.h"

/** What one side has on its own. */
struct sim_compare_side {
	const char *arch[SIM_MAX_ARCH]; /**< FIELD=VALUE, after those of both */
	unsigned num_arch;
	bool has_preset;
	enum gs_timing_preset preset;
};

struct sim_compare_options {
	struct sim_compare_side side[2]; /**< A, B */
	bool has_preset; /**< one for both was given */
};

/**
 * sim_compare() - print what changes from @path[0] to @path[1]
 * @both: how models are timed; csv: a file for all layers, or NULL
 * Returns false with a sentence on standard error.
 */
bool sim_compare(const char *const path[2],
		 const struct sim_timing_options *both,
		 const struct sim_compare_options *options);

#endif /* GS_SIM_COMPARE_H */
