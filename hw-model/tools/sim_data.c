/* SPDX-License-Identifier: MIT */
/*
 * Models on data: libgenesys runs them on its simulator, so inputs, answers and
 * faults are those of gs-run; all that is added is an observer.
 */

#include "hw-model/tools/sim_data.h"

#include <stdio.h>
#include <stdlib.h>

#include "runtime/sim/sim.h"
#include "runtime/tools/run_output.h"

const char run_program[] = "gs-sim";

struct data {
	struct gs_sim_observer observer;
	struct gs_device *dev;
	struct gs_model *model;
	struct gs_infer_opts opts;
	struct run_inputs in;
	struct run_outputs out;
	struct gs_binding *binding; /* inputs, then outputs */
};

static bool fail_runtime(void)
{
	fprintf(stderr, "gs-sim: %s\n", gs_last_error());
	return false;
}

/* The machine of the model file: the one that is timed may have other channels. */
static bool load(struct data *d, const struct gs_gsm *gsm)
{
	return (!gs_sim_open(&gsm->arch, &d->observer, &d->dev) &&
		!gs_load_model_mem(d->dev, gsm->image, gsm->image_bytes, NULL,
				   &d->model)) ||
	       fail_runtime();
}

static bool prepare(struct data *d, const struct run_opts *opts)
{
	if (run_inputs_load(&d->in, d->model, opts) ||
	    run_outputs_init(&d->out, d->model, opts, d->in.runs))
		return false;
	d->binding =
		calloc((size_t)d->in.num + d->out.num, sizeof(*d->binding));
	if (d->binding)
		return true;
	fputs("gs-sim: out of memory\n", stderr);
	return false;
}

static bool run_all(struct data *d, struct gs_timing *timing)
{
	struct gs_binding *in = d->binding, *out = in + d->in.num;

	d->observer.observe = gs_timing_observe;
	d->observer.ctx = timing;
	gs_timing_reset(timing);
	for (size_t run = 0; run < d->in.runs; run++) {
		run_bind(&d->in, &d->out, run, in, out);
		if (gs_infer(d->model, in, d->in.num, out, d->out.num, &d->opts,
			     NULL))
			return fail_runtime();
		d->observer.observe = NULL;
	}
	return true;
}

/* Beside what may be a table on standard output. */
static void tell(const struct data *d)
{
	if (d->in.runs > 1)
		fprintf(stderr,
			"gs-sim: %zu runs; the first is timed, the others take the same\n",
			d->in.runs);
	for (uint32_t i = 0; i < d->in.num; i++)
		if (!d->in.input[i].num_samples)
			fprintf(stderr, "gs-sim: input %s: zeros\n",
				d->in.input[i].info.name);
}

bool sim_data_run(struct sim_timing *sim, const struct sim_data_options *data)
{
	const struct run_opts opts = { .input = data->input,
				       .output = data->output,
				       .num_inputs = data->num_inputs,
				       .num_outputs = data->num_outputs,
				       .quantized = data->quantized,
				       .zeros = true };
	struct data d = {
		.opts = { .size = sizeof(d.opts),
			  .executor = data->executor == GS_EXEC_REFERENCE ?
					      GS_EXECUTOR_REFERENCE :
					      GS_EXECUTOR_FAST },
	};
	bool ok = load(&d, sim->gsm) && prepare(&d, &opts) &&
		  run_all(&d, sim->timing) && !run_outputs_write(&d.out, &opts);

	if (ok)
		tell(&d);
	free(d.binding);
	run_outputs_free(&d.out);
	run_inputs_free(&d.in);
	gs_model_free(d.model);
	gs_device_close(d.dev);
	return ok;
}
