/* SPDX-License-Identifier: MIT */
/* gs-sim: run programs on the functional machine, and tell what they take. */

#include "hw-model/tools/sim_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int run_vectors(const struct sim_command *command)
{
	int status = 0;

	for (int i = 0; i < command->num_names; i++)
		if (!sim_run_vector(command->names[i], &command->run))
			status = 1;
	return status;
}

static int time_model(const struct sim_command *command)
{
	return !sim_time_model(command->names[0], &command->timing);
}

static int compare(const struct sim_command *command)
{
	return !sim_compare(command->names, &command->timing,
			    &command->compare);
}

static int sweep(const struct sim_command *command)
{
	struct sim_sweep_options options = command->sweep;

	options.arch = command->run.arch;
	options.preset = command->timing.preset;
	options.csv = command->timing.csv;
	options.table = command->timing.table;
	return sim_sweep(command->names[0], &options);
}

/* Once for all that is timed: the file may be a pipe. */
static bool read_prices(struct sim_command *command)
{
	const char *path = command->timing.energy;
	char err[GS_ARCH_ERR_SIZE];

	command->timing.table = &command->prices;
	if (path ? !gs_energy_load(path, &command->prices, err) :
		   !gs_energy_default(&command->prices, err))
		return true;
	fprintf(stderr, "gs-sim: --energy: %s\n", err);
	return false;
}

static int run(struct sim_command *command)
{
	static int (*const modes[SIM_MODES])(const struct sim_command *) = {
		[SIM_MODE_VECTORS] = run_vectors,
		[SIM_MODE_MODEL] = time_model,
		[SIM_MODE_COMPARE] = compare,
		[SIM_MODE_SWEEP] = sweep,
	};

	if (command->mode != SIM_MODE_VECTORS && !read_prices(command))
		return 1;
	return modes[command->mode](command);
}

/* What was printed is on its way: a full disk is told here. */
static int finish(int status)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	/* It may have been another write that failed. */
	fprintf(stderr, "gs-sim: standard output: %s\n",
		strerror(errno ? errno : EIO));
	return status ? status : 1;
}

int main(int argc, char **argv)
{
	struct sim_command command;
	int status = sim_command_parse(argc, argv, &command);

	if (status < 0)
		status = run(&command);
	sim_command_free(&command);
	return finish(status);
}
