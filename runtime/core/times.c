/* SPDX-License-Identifier: MIT */
#include "runtime/core/times.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/core/error.h"

/* ---- one job ------------------------------------------------------------------- */

struct timer {
	const struct gs_gsm *gsm;
	struct gs_core *core;
	struct gs_timing *timing;
	struct gs_timing_block *layer; /* NULL, or where blocks go */
};

static void add_to_layer(void *ctx, const struct gs_timing_block *block)
{
	const struct timer *timer = ctx;
	const uint32_t layer = gs_gsm_layer_at(timer->gsm, block->addr / 4);

	if (timer->layer && layer < timer->gsm->num_layers)
		gs_timing_add(&timer->layer[layer], block);
}

/* The device's costs, where it has some of its own; of the rest nothing may differ. */
static struct gs_arch costs_of(const struct gs_model *model)
{
	struct gs_arch arch = model->dev->arch;

	if (!model->dev->has_costs)
		arch.timing = model->gsm->arch.timing;
	return arch;
}

static int timer_init(struct timer *timer, const struct gs_model *model)
{
	const struct gs_arch arch = costs_of(model);

	*timer = (struct timer){
		.gsm = model->gsm,
		.core = gs_core_create(&arch),
		.timing = gs_timing_create(&arch, GS_TIMING_HARDWARE),
	};
	if (!timer->core || !timer->timing)
		return gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	gs_timing_keep_totals(timer->timing, add_to_layer, timer);
	return 0;
}

static void timer_fini(struct timer *timer)
{
	gs_core_destroy(timer->core);
	gs_timing_destroy(timer->timing);
}

static int run(struct timer *timer, uint32_t first_word, uint32_t entry_words,
	       uint32_t max_blocks)
{
	const struct gs_job job = { .entry = first_word * 4,
				    .entry_words = entry_words,
				    .encoding = GS_ENC_SYNC_INST,
				    .max_blocks = max_blocks };
	struct gs_fault fault;
	char text[256];
	int ret = gs_timing_run_words(timer->timing, timer->core,
				      timer->gsm->code, timer->gsm->num_words,
				      &job, &fault);

	if (ret == -EFAULT) {
		gs_fault_format(&fault, text, sizeof(text));
		return gs_rt_fail(-EIO, "gs_infer: timing the program: %s",
				  text);
	}
	if (gs_timing_refusal(ret))
		return gs_rt_fail(-EIO, "gs_infer: timing the program: %s",
				  gs_timing_refusal(ret));
	return ret ? gs_rt_fail(ret, "gs_infer: timing the program: %s",
				gs_strerror(ret)) :
		     0;
}

/* ---- a model --------------------------------------------------------------------- */

static int time_segments(struct gs_times *times, struct timer *timer)
{
	const struct gs_gsm *gsm = timer->gsm;
	int ret = 0;

	timer->layer = times->layer;
	for (uint32_t i = 0; i < gsm->num_segments && !ret; i++) {
		const struct gs_elf_segment *segment = &gsm->segment[i];

		ret = run(timer, segment->first_word, segment->entry_words, 0);
		times->segment[i] = *gs_timing_total(timer->timing);
	}
	return ret;
}

static int create(const struct gs_model *model, struct gs_times **out)
{
	const struct gs_gsm *gsm = model->gsm;
	struct gs_times *times = calloc(1, sizeof(*times));
	struct timer timer;
	int ret;

	if (!times)
		return gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	times->layer = calloc(gsm->num_layers + 1u, sizeof(*times->layer));
	times->segment =
		calloc(gsm->num_segments + 1u, sizeof(*times->segment));
	ret = timer_init(&timer, model);
	if (!ret && (!times->layer || !times->segment))
		ret = gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	if (!ret)
		ret = time_segments(times, &timer);
	timer_fini(&timer);
	if (ret)
		gs_times_free(times);
	else
		*out = times;
	return ret;
}

int gs_times_get(struct gs_model *model, const struct gs_times **times)
{
	int ret = 0;

	pthread_mutex_lock(&model->lock);
	if (!model->times)
		ret = create(model, &model->times);
	*times = model->times;
	pthread_mutex_unlock(&model->lock);
	return ret;
}

void gs_times_free(struct gs_times *times)
{
	if (!times)
		return;
	free(times->layer);
	free(times->segment);
	free(times);
}

/* ---- pieces ---------------------------------------------------------------------- */

static void add(struct gs_outcome *out, const struct gs_timing_block *total)
{
	out->cycles += total->cycles;
	out->stalls += total->stalls;
}

/* Layer by layer, for a dump: a job each, which fetches its first block itself. */
static int time_layer(struct gs_model *model, const struct gs_piece *piece,
		      struct gs_outcome *out)
{
	struct timer timer;
	int ret = timer_init(&timer, model);

	if (!ret)
		ret = run(&timer, piece->first_word, piece->entry_words,
			  piece->num_blocks);
	if (!ret)
		add(out, gs_timing_total(timer.timing));
	timer_fini(&timer);
	return ret;
}

int gs_times_piece(struct gs_model *model, const struct gs_piece *piece,
		   struct gs_outcome *out)
{
	const struct gs_gsm *gsm = model->gsm;
	const struct gs_times *times;
	int ret;

	if (piece->stop)
		return time_layer(model, piece, out);
	ret = gs_times_get(model, &times);
	for (uint32_t i = 0; i < gsm->num_segments && !ret; i++)
		if (gsm->segment[i].first_word == piece->first_word) {
			add(out, &times->segment[i]);
			break;
		}
	return ret;
}
