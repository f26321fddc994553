/* SPDX-License-Identifier: MIT */
/*
 * gs_infer(): one inference from call to return.
 */
#include <errno.h>
#include <stdlib.h>

#include "runtime/core/bind.h"
#include "runtime/core/error.h"
#include "runtime/core/run.h"
#include "runtime/core/sized.h"

static int work(struct gs_run *run)
{
	int ret = gs_run_inputs(run);

	if (ret)
		return ret;
	if (run->opts.dump) {
		ret = gs_run_layers(run);
	} else {
		ret = gs_run_submit(run);
		if (!ret)
			ret = gs_run_wait(run, -1);
	}
	gs_run_count(run);
	return ret ? ret : gs_run_outputs(run);
}

static int infer(struct gs_model *model, const struct gs_binding *const *slot,
		 const struct gs_infer_opts *opts, struct gs_stats *stats)
{
	struct gs_context *ctx;
	struct gs_run run;
	int ret = gs_context_get(model, &ctx);

	if (ret)
		return ret;
	gs_run_init(&run, ctx, opts, slot);
	run.timed = stats;
	ret = work(&run);
	gs_context_put(ctx, run.spoilt);
	if (stats)
		gs_sized_out(stats, &run.stats, sizeof(run.stats), "gs_stats");
	return ret;
}

static int check_args(const struct gs_model *model, const void *stats,
		      const struct gs_infer_opts *opts,
		      struct gs_infer_opts *out)
{
	int ret;

	if (!model)
		return gs_rt_fail(-EINVAL, "gs_infer: model is NULL");
	ret = gs_run_check_opts(opts, out);
	if (!ret && stats)
		ret = gs_sized_check(stats, "gs_stats");
	return ret;
}

int gs_infer(struct gs_model *model, const struct gs_binding *inputs,
	     uint32_t num_inputs, const struct gs_binding *outputs,
	     uint32_t num_outputs, const struct gs_infer_opts *opts,
	     struct gs_stats *stats)
{
	const struct gs_binding **slot;
	struct gs_infer_opts o;
	int ret = check_args(model, stats, opts, &o);

	if (ret)
		return ret;
	slot = calloc((size_t)model->gsm->num_inputs + model->gsm->num_outputs,
		      sizeof(*slot));
	if (!slot)
		return gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	ret = gs_bind(model, false, inputs, num_inputs, slot);
	if (!ret)
		ret = gs_bind(model, true, outputs, num_outputs,
			      slot + model->gsm->num_inputs);
	if (!ret)
		ret = infer(model, slot, &o, stats);
	free(slot);
	return ret;
}
