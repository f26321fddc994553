/* SPDX-License-Identifier: MIT */
/* What gs-sim tells and writes of a model file that was timed. */

#include <string.h>

#include "hw-model/tools/sim_fail.h"
#include "hw-model/tools/sim_files.h"
#include "hw-model/tools/sim_svg.h"
#include "hw-model/tools/sim_timing.h"
#include "hw-model/tools/sim_trace.h"

static bool told(const char *path, int ret)
{
	return !ret || sim_fail("%s: %s", sim_file_name(path), strerror(-ret));
}

static bool write_files(struct sim_timing *sim, const char *model,
			const struct sim_timing_options *options)
{
	bool ok = true;

	if (options->csv)
		ok = told(options->csv, sim_report_csv(sim, options->csv));
	if (ok && options->json)
		ok = told(options->json,
			  sim_report_json(sim, model, options->json));
	if (ok && options->trace)
		ok = sim_trace_write(sim, model, options->trace);
	if (ok && options->svg)
		ok = sim_svg_write(sim, model, options->svg);
	if (ok && options->blocks)
		ok = told(options->blocks,
			  sim_blocks_write(sim->blocks, options->blocks));
	return ok;
}

bool sim_time_model(const char *path, const struct sim_timing_options *options)
{
	struct sim_timing sim;
	bool ok = sim_timing_open(&sim, path, options);

	if (ok && !sim_is_stdout(options->csv) &&
	    !sim_is_stdout(options->json) && !sim_is_stdout(options->trace) &&
	    !sim_is_stdout(options->blocks))
		sim_report_summary(&sim, path);
	if (ok)
		ok = write_files(&sim, path, options);
	sim_timing_close(&sim);
	return ok;
}
