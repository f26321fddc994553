/* SPDX-License-Identifier: MIT */
/*
 * gs_infer(): inputs in, the layer scheduler's walk over the segments, outputs
 * out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/core/bind.h"
#include "runtime/core/error.h"
#include "runtime/core/layout.h"
#include "runtime/core/model.h"
#include "runtime/core/sized.h"

static_assert((int)GS_STATS_WINDOWS == (int)GS_WIN_COUNT,
	      "windows are counted in the core's order");

/* One call of gs_infer(). */
struct run {
	struct gs_context *ctx;
	const struct gs_gsm *gsm;
	struct gs_infer_opts opts;
	struct gs_counters counters;
	struct gs_stats stats;
	uint32_t blocks; /* of the layers before the piece at work */
	bool spoilt; /* activation memory may hold anything */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* ---- faults ---------------------------------------------------------------------- */

/* The layer of the @block-th block of the model, and that block's first word. */
static uint32_t find_block(const struct gs_gsm *gsm, uint32_t block,
			   uint32_t *word)
{
	for (uint32_t i = 0; i < gsm->num_layers; i++) {
		const struct gs_elf_layer *rec = gsm->layer[i].rec;

		if (block >= rec->num_blocks) {
			block -= rec->num_blocks;
			continue;
		}
		*word = rec->first_word;
		while (block--)
			*word += gs_gsm_block_words(gsm, *word);
		return i;
	}
	return GS_ELF_NONE;
}

static void name_place(const struct run *run, const struct gs_fault *fault,
		       uint32_t layer, uint32_t word, char *buf, size_t size)
{
	if (layer == GS_ELF_NONE)
		snprintf(buf, size, "outside of every layer");
	else
		snprintf(buf, size,
			 "in layer %.200s (%.40s), word %u of the code",
			 run->gsm->layer[layer].name, run->gsm->layer[layer].op,
			 word + fault->word);
}

static void name_tensor(const struct run *run, const struct gs_fault *fault,
			uint32_t layer, char *buf, size_t size)
{
	const struct gs_backend *backend = run->ctx->model->dev->backend;
	const struct gs_gsm_tensor *t = NULL;
	uint64_t at = 0;

	buf[0] = 0;
	if (fault->code != GS_FAULT_MEMORY && fault->code != GS_FAULT_HAZARD)
		return;
	if (!backend->locate(run->ctx->model, fault->address, &at))
		return;
	if (at >= run->gsm->act_offset)
		t = gs_gsm_tensor_at(run->gsm, at - run->gsm->act_offset,
				     layer);
	if (t)
		snprintf(buf, size,
			 "; the address is in tensor %.200s, byte %llu",
			 t->name,
			 (unsigned long long)(at - run->gsm->act_offset -
					      t->rec->offset));
	else
		snprintf(buf, size,
			 "; the address is byte %llu of %llu of activation "
			 "memory, in no tensor",
			 (unsigned long long)at,
			 (unsigned long long)run->gsm->memory_bytes);
}

static int report_fault(struct run *run, const struct gs_fault *fault)
{
	char text[256], place[320], tensor[320];
	uint32_t block = run->blocks + fault->block, word = 0;
	uint32_t layer = find_block(run->gsm, block, &word);

	run->stats.faults = 1;
	run->stats.fault_code = (uint32_t)fault->code;
	run->stats.fault_block = block;
	run->stats.fault_word = fault->word;
	run->stats.fault_address = fault->address;
	run->stats.fault_layer = layer;
	gs_fault_format(fault, text, sizeof(text));
	name_place(run, fault, layer, word, place, sizeof(place));
	name_tensor(run, fault, layer, tensor, sizeof(tensor));
	return gs_rt_fail(-EIO, "gs_infer: the machine faulted %s: %s%s", place,
			  text, tensor);
}

/* ---- segments ---------------------------------------------------------------------- */

static int run_piece(struct run *run, uint32_t first_word, uint32_t entry_words,
		     uint32_t max_blocks)
{
	const struct gs_piece piece = {
		.first_word = first_word,
		.entry_words = entry_words,
		.max_blocks = max_blocks,
		.executor = run->opts.executor,
		.max_work = run->opts.max_work,
		.counters = &run->counters,
	};
	struct gs_fault fault = { .code = GS_FAULT_NONE };
	int ret = run->ctx->model->dev->backend->run(run->ctx, &piece, &fault);

	if (ret)
		run->spoilt = true;
	if (ret == -EIO && fault.code != GS_FAULT_NONE)
		ret = report_fault(run, &fault);
	return ret;
}

static uint32_t count_blocks(const struct gs_gsm *gsm, uint32_t first,
			     uint32_t num)
{
	uint32_t blocks = 0;

	for (uint32_t i = 0; i < num; i++)
		blocks += gsm->layer[first + i].rec->num_blocks;
	return blocks;
}

static int dump_tensor(struct run *run, uint32_t index)
{
	const struct gs_gsm_tensor *t = &run->gsm->tensor[index];
	struct gs_tensor_info info;
	int8_t *dense = malloc((size_t)t->elems);
	int ret;

	if (!dense)
		return gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	gs_tensor_describe(run->ctx->model, index, &info);
	gs_layout_gather(t, run->ctx->act, dense);
	ret = run->opts.dump(run->opts.dump_ctx, &info, dense);
	if (ret == GS_DUMP_REPLACE) {
		gs_layout_scatter(t, dense, run->ctx->act);
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
static int dump_layer(struct run *run, uint32_t layer)
{
	int ret = 0;

	for (uint32_t i = 0; i < run->gsm->num_tensors && !ret; i++)
		if (run->gsm->tensor[i].rec->first_layer == layer)
			ret = dump_tensor(run, i);
	return ret;
}

/* Layer by layer: memory is shared over time, later ones overwrite tensors. */
static int dump_segment(struct run *run, const struct gs_elf_segment *seg)
{
	int ret = 0;

	for (uint32_t i = 0; i < seg->num_layers && !ret; i++) {
		uint32_t layer = seg->first_layer + i;
		const struct gs_elf_layer *rec = run->gsm->layer[layer].rec;

		ret = run_piece(run, rec->first_word,
				gs_gsm_block_words(run->gsm, rec->first_word),
				rec->num_blocks);
		run->blocks += rec->num_blocks;
		if (!ret)
			ret = dump_layer(run, layer);
	}
	return ret;
}

static int run_segments(struct run *run)
{
	const struct gs_gsm *gsm = run->gsm;
	int ret = run->opts.dump ? dump_layer(run, GS_ELF_NONE) : 0;

	for (uint32_t i = 0; i < gsm->num_segments && !ret; i++) {
		const struct gs_elf_segment *seg = &gsm->segment[i];

		run->stats.segments++;
		if (run->opts.dump) {
			ret = dump_segment(run, seg);
			continue;
		}
		ret = run_piece(run, seg->first_word, seg->entry_words, 0);
		run->blocks +=
			count_blocks(gsm, seg->first_layer, seg->num_layers);
	}
	return ret;
}

/* ---- the whole ------------------------------------------------------------------------ */

static void count(struct run *run)
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

/* @slot: bindings of the inputs, then those of the outputs. */
static int work(struct run *run, const struct gs_binding *const *slot)
{
	uint64_t start = now_ns(), mid, end;
	int ret = 0;

	for (uint32_t i = 0; i < run->gsm->num_inputs && !ret; i++)
		ret = gs_bind_read(run->ctx, i, slot[i]);
	run->stats.input_ns = (mid = now_ns()) - start;
	if (ret)
		return ret;
	run->ctx->model->dev->backend->reset(run->ctx);
	ret = run_segments(run);
	run->stats.run_ns = (end = now_ns()) - mid;
	count(run);
	slot += run->gsm->num_inputs;
	for (uint32_t i = 0; i < run->gsm->num_outputs && !ret; i++)
		ret = gs_bind_write(run->ctx, i, slot[i]);
	run->stats.output_ns = now_ns() - end;
	return ret;
}

static int infer(struct gs_model *model, const struct gs_binding *const *slot,
		 const struct gs_infer_opts *opts, struct gs_stats *stats)
{
	struct run run = { .gsm = model->gsm, .opts = *opts };
	int ret = gs_context_get(model, &run.ctx);

	if (ret)
		return ret;
	run.stats.fault_layer = GS_NO_LAYER;
	ret = work(&run, slot);
	gs_context_put(run.ctx, run.spoilt);
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
	ret = gs_sized_in(out, sizeof(*out), opts, "gs_infer_opts");
	if (!ret && out->reserved)
		ret = gs_rt_fail(-EINVAL,
				 "gs_infer: gs_infer_opts.reserved is %u; "
				 "expected 0",
				 out->reserved);
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
