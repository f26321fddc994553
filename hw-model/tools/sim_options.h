/* SPDX-License-Identifier: MIT */
/* gs-sim: its command line. Every option belongs to one or more modes. */
#ifndef GS_SIM_OPTIONS_H
#define GS_SIM_OPTIONS_H

#include "hw-model/tools/sim.h"
#include "hw-model/tools/sim_compare.h"
#include "hw-model/tools/sim_data.h"
#include "hw-model/tools/sim_sweep.h"
#include "hw-model/tools/sim_timing.h"

/** What gs-sim is to do. */
enum sim_mode {
	SIM_MODE_VECTORS, /**< --vector: run programs and judge them */
	SIM_MODE_MODEL, /**< cycles of a model file, with data or --timing-only */
	SIM_MODE_COMPARE, /**< compare A B */
	SIM_MODE_SWEEP, /**< --sweep: a model on many machines */
	SIM_MODES
};

/** A command line, read. Texts are those of argv. */
struct sim_command {
	enum sim_mode mode;
	const char **names; /**< of vectors, of a model file, or two results */
	int num_names;
	struct sim_options run; /**< of vectors; its arch is that of all modes */
	bool timing_only;
	struct sim_timing_options timing; /**< of models, of both sides */
	struct gs_energy_table prices; /**< of timing, once they are read */
	struct sim_data_options data; /**< of a model without --timing-only */
	struct sim_compare_options compare;
	struct sim_sweep_options sweep;
};

/**
 * sim_command_parse() - read the command line
 * Returns -1 to go on, or the status to exit with: help or a sentence was
 * printed. In either case sim_command_free() is due.
 */
int sim_command_parse(int argc, char **argv, struct sim_command *command);
void sim_command_free(struct sim_command *command);

/** sim_help.c: the text of --help */
extern const char sim_help[];

#endif /* GS_SIM_OPTIONS_H */
