/* SPDX-License-Identifier: MIT */
#include "runtime/core/run.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/core/bind.h"
#include "runtime/core/error.h"
#include "runtime/core/layout.h"
#include "runtime/core/place.h"
#include "runtime/core/sized.h"

static_assert((int)GS_STATS_WINDOWS == (int)GS_WIN_COUNT,
	      "windows are counted in the core's order");

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static const struct gs_backend *backend(const struct gs_run *run)
{
	return run->ctx->model->dev->backend;
}

int gs_run_check_opts(const struct gs_infer_opts *opts,
		      struct gs_infer_opts *out)
{
	int ret = gs_sized_in(out, sizeof(*out), opts, "gs_infer_opts");

	if (!ret && (out->reserved || out->reserved2))
		ret = gs_rt_fail(-EINVAL,
				 "gs_infer: gs_infer_opts.reserved%s is %u; "
				 "expected 0",
				 out->reserved ? "" : "2",
				 out->reserved ? out->reserved :
						 out->reserved2);
	if (!ret && out->threads > GS_CORE_MAX_THREADS)
		ret = gs_rt_fail(-EINVAL,
				 "gs_infer: gs_infer_opts.threads is %u; "
				 "expected at most %u",
				 out->threads, GS_CORE_MAX_THREADS);
	return ret;
}

void gs_run_init(struct gs_run *run, struct gs_context *ctx,
		 const struct gs_infer_opts *opts,
		 const struct gs_binding *const *slot)
{
	*run = (struct gs_run){
		.ctx = ctx,
		.gsm = ctx->model->gsm,
		.opts = *opts,
		.slot = slot,
		.stats.fault_layer = GS_NO_LAYER,
	};
}

/* ---- pieces ------------------------------------------------------------------- */

uint32_t gs_run_num_blocks(const struct gs_gsm *gsm, uint32_t first,
			   uint32_t num)
{
	uint32_t blocks = 0;

	for (uint32_t i = 0; i < num; i++)
		blocks += gsm->layer[first + i].rec->num_blocks;
	return blocks;
}

static uint32_t num_words(const struct gs_gsm *gsm, uint32_t first,
			  uint32_t num)
{
	uint32_t words = 0;

	for (uint32_t i = 0; i < num; i++)
		words += gsm->layer[first + i].rec->num_words;
	return words;
}

/* @num layers from @first on. */
static struct gs_piece piece(struct gs_run *run, uint32_t first, uint32_t num)
{
	const struct gs_elf_layer *rec = run->gsm->layer[first].rec;

	return (struct gs_piece){
		.first_word = rec->first_word,
		.entry_words = gs_gsm_block_words(run->gsm, rec->first_word),
		.num_blocks = gs_run_num_blocks(run->gsm, first, num),
		.num_words = num_words(run->gsm, first, num),
		.executor = run->opts.executor,
		.max_work = run->opts.max_work,
		.timed = run->timed,
		.threads = run->opts.threads,
		.counters = &run->counters,
	};
}

/* When it fails, nothing is in flight any more. */
static int submit(struct gs_run *run, const struct gs_piece *list, uint32_t num)
{
	int ret, waited;

	run->submitted_ns = now_ns();
	run->spoilt = true; /* until wait() says otherwise */
	run->stats.jobs += num;
	ret = backend(run)->submit(run->ctx, list, num);
	if (!ret)
		return 0;
	/* A job that failed is why those behind it were refused. */
	waited = gs_run_wait(run, -1);
	run->spoilt = true;
	return waited ? waited : ret;
}

int gs_run_submit(struct gs_run *run)
{
	const struct gs_gsm *gsm = run->gsm;
	struct gs_piece *list = calloc(gsm->num_segments, sizeof(*list));
	int ret;

	if (!list)
		return gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	for (uint32_t i = 0; i < gsm->num_segments; i++)
		list[i] = piece(run, gsm->segment[i].first_layer,
				gsm->segment[i].num_layers);
	run->stats.segments = gsm->num_segments;
	ret = submit(run, list, gsm->num_segments);
	free(list);
	return ret;
}

int gs_run_wait(struct gs_run *run, int64_t timeout_ns)
{
	struct gs_outcome out = { .fault.code = GS_FAULT_NONE };
	int ret = backend(run)->wait(run->ctx, timeout_ns, &out);

	if (ret == -ETIMEDOUT)
		return ret;
	run->stats.run_ns += now_ns() - run->submitted_ns;
	run->stats.cycles += out.cycles;
	run->stats.stalls += out.stalls;
	run->stats.device_ns += out.device_ns;
	run->spoilt = ret != 0;
	if (ret == -EIO && out.fault.code != GS_FAULT_NONE)
		ret = gs_run_fault(run, &out);
	return ret;
}

/* ---- dump ---------------------------------------------------------------------- */

static int dump_tensor(struct gs_run *run, uint32_t index)
{
	const struct gs_gsm_tensor *t = &run->gsm->tensor[index];
	uint8_t *slot = gs_context_slot(run->ctx, index);
	struct gs_tensor_info info;
	int8_t *dense = malloc((size_t)t->elems);
	int ret;

	if (!dense)
		return gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	gs_tensor_describe(run->ctx->model, index, &info);
	gs_slot_gather(t, slot, dense);
	ret = run->opts.dump(run->opts.dump_ctx, &info, dense);
	if (ret == GS_DUMP_REPLACE) {
		gs_slot_scatter(t, dense, slot);
		ret = 0;
	}
	free(dense);
	if (ret)
		gs_rt_fail(ret,
			   "gs_infer: stopped by the dump function at %.200s",
			   info.name);
	return ret;
}

/* The tensors that are complete once @layer ran; GS_ELF_NONE: before the first. */
static int dump_layer(struct gs_run *run, uint32_t layer)
{
	int ret = 0;

	for (uint32_t i = 0; i < run->gsm->num_tensors && !ret; i++)
		if (run->gsm->tensor[i].rec->first_layer == layer)
			ret = dump_tensor(run, i);
	return ret;
}

/* Memory may be shared over time: later layers overwrite tensors. */
int gs_run_layers(struct gs_run *run)
{
	int ret = dump_layer(run, GS_ELF_NONE);

	for (uint32_t i = 0; i < run->gsm->num_layers && !ret; i++) {
		struct gs_piece p = piece(run, i, 1);

		p.stop = true;
		ret = submit(run, &p, 1);
		if (!ret)
			ret = gs_run_wait(run, -1);
		run->blocks += p.num_blocks;
		if (!ret)
			ret = dump_layer(run, i);
	}
	run->stats.segments = run->gsm->num_segments;
	return ret;
}

/* ---- inputs and outputs ---------------------------------------------------------- */

int gs_run_inputs(struct gs_run *run)
{
	uint64_t start = now_ns();
	int ret = gs_place_bindings(run->ctx, run->slot);

	for (uint32_t i = 0; i < run->gsm->num_inputs && !ret; i++) {
		if (gs_place_has(run->ctx, run->gsm->input[i], run->slot[i]))
			continue;
		run->stats.copied[0] += run->slot[i]->bytes;
		ret = gs_bind_read(run->ctx, i, run->slot[i]);
	}
	if (!ret)
		gs_place_borders(run->ctx);
	run->stats.input_ns = now_ns() - start;
	return ret;
}

int gs_run_outputs(struct gs_run *run)
{
	const struct gs_binding *const *slot = run->slot + run->gsm->num_inputs;
	uint64_t start = now_ns();
	int ret = 0;

	for (uint32_t i = 0; i < run->gsm->num_outputs && !ret; i++) {
		if (gs_place_has(run->ctx, run->gsm->output[i], slot[i]))
			continue;
		run->stats.copied[1] += slot[i]->bytes;
		ret = gs_bind_write(run->ctx, i, slot[i]);
	}
	run->stats.output_ns = now_ns() - start;
	return ret;
}

void gs_run_count(struct gs_run *run)
{
	const struct gs_arch *arch = &run->ctx->model->dev->arch;
	const struct gs_counters *c = &run->counters;
	struct gs_stats *s = &run->stats;

	s->blocks = c->blocks;
	s->words = c->words;
	s->macs = c->mvms * arch->array_n * arch->array_m;
	s->sa_tiles = c->sa_tiles;
	s->simd_tiles = c->simd_tiles;
	s->simd_ops = c->simd_ops * arch->array_m;
	s->perm_rows = c->perm_rows;
	for (int i = 0; i < GS_WIN_COUNT; i++) {
		s->bytes[i][0] = c->bytes[i][0];
		s->bytes[i][1] = c->bytes[i][1];
	}
}
