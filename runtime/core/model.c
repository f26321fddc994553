/* SPDX-License-Identifier: MIT */
#include "runtime/core/model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/file.h"
#include "runtime/core/error.h"
#include "runtime/core/sized.h"
#include "runtime/core/times.h"

static_assert(GS_ELF_MAX_RANK <= GS_MAX_DIMS, "ranks fit the public structure");
static_assert(GS_ELF_NONE == GS_NO_LAYER, "layers are handed through");

/* ---- loading ------------------------------------------------------------------ */

static int read_model(struct gs_model *model, const char *name,
		      const void *data, size_t bytes,
		      const struct gs_load_opts *opts)
{
	const uint64_t limit = opts->max_memory ? opts->max_memory :
						  GS_ELF_WINDOW_BYTES;
	char err[GS_GSM_ERR_SIZE];
	int ret;

	ret = gs_gsm_read(data, bytes, &model->gsm, err);
	if (!ret)
		ret = gs_gsm_check_arch(model->gsm, &model->dev->arch, err);
	if (ret)
		return gs_rt_fail(ret, "gs_load_model: %.200s: %s", name, err);
	if (model->gsm->memory_bytes > limit)
		return gs_rt_fail(-E2BIG,
				  "gs_load_model: %.200s: needs %llu bytes of "
				  "activation memory, the limit is %llu",
				  name,
				  (unsigned long long)model->gsm->memory_bytes,
				  (unsigned long long)limit);
	return 0;
}

static int read_opts(struct gs_load_opts *out, const struct gs_load_opts *opts)
{
	int ret = gs_sized_in(out, sizeof(*out), opts, "gs_load_opts");

	if (!ret && out->reserved)
		ret = gs_rt_fail(-EINVAL,
				 "gs_load_model: gs_load_opts.reserved is %u; "
				 "expected 0",
				 out->reserved);
	return ret;
}

static int load(struct gs_device *dev, const char *name, const void *data,
		size_t bytes, const struct gs_load_opts *opts,
		struct gs_model **out)
{
	struct gs_model *model = calloc(1, sizeof(*model));
	int ret;

	if (!model)
		return gs_rt_fail(-ENOMEM, "gs_load_model: out of memory");
	model->dev = dev;
	model->timeout_ms = opts->timeout_ms;
	pthread_mutex_init(&model->lock, NULL);
	ret = read_model(model, name, data, bytes, opts);
	if (!ret)
		ret = dev->backend->load(model);
	if (ret) {
		gs_gsm_free(model->gsm);
		pthread_mutex_destroy(&model->lock);
		free(model);
		return ret;
	}
	gs_device_get(dev);
	pthread_mutex_lock(&dev->lock);
	model->next = dev->models;
	dev->models = model;
	pthread_mutex_unlock(&dev->lock);
	*out = model;
	return 0;
}

int gs_load_model_mem(struct gs_device *dev, const void *data, size_t bytes,
		      const struct gs_load_opts *opts, struct gs_model **model)
{
	struct gs_load_opts o;
	int ret = read_opts(&o, opts);

	if (ret)
		return ret;
	if (!dev || !model || (!data && bytes))
		return gs_rt_fail(-EINVAL,
				  "gs_load_model_mem: a pointer is NULL");
	return load(dev, "model in memory", data, bytes, &o, model);
}

int gs_load_model(struct gs_device *dev, const char *path,
		  const struct gs_load_opts *opts, struct gs_model **model)
{
	struct gs_load_opts o;
	size_t bytes;
	char *data;
	int ret = read_opts(&o, opts);

	if (ret)
		return ret;
	if (!dev || !model || !path)
		return gs_rt_fail(-EINVAL, "gs_load_model: a pointer is NULL");
	ret = gs_file_read(path, SIZE_MAX / 4, &data, &bytes);
	if (ret) {
		char why[64];

		return gs_rt_fail(ret,
				  "gs_load_model: %.200s: cannot be read: %s",
				  path, strerror_r(-ret, why, sizeof(why)));
	}
	ret = load(dev, path, data, bytes, &o, model);
	free(data);
	return ret;
}

void gs_model_free(struct gs_model *model)
{
	struct gs_model **at;

	if (!model)
		return;
	pthread_mutex_lock(&model->dev->lock);
	for (at = &model->dev->models; *at != model; at = &(*at)->next)
		;
	*at = model->next;
	pthread_mutex_unlock(&model->dev->lock);
	gs_context_drain(model);
	model->dev->backend->unload(model);
	gs_times_free(model->times);
	gs_gsm_free(model->gsm);
	gs_device_put(model->dev);
	pthread_mutex_destroy(&model->lock);
	free(model);
}

/* ---- tensors --------------------------------------------------------------------- */

uint32_t gs_model_num_inputs(const struct gs_model *model)
{
	return model ? model->gsm->num_inputs : 0;
}

uint32_t gs_model_num_outputs(const struct gs_model *model)
{
	return model ? model->gsm->num_outputs : 0;
}

uint32_t gs_model_num_tensors(const struct gs_model *model)
{
	return model ? model->gsm->num_tensors : 0;
}

uint32_t gs_model_num_layers(const struct gs_model *model)
{
	return model ? model->gsm->num_layers : 0;
}

static void describe_layout(const struct gs_gsm_tensor *t,
			    struct gs_tensor_layout *l)
{
	const struct gs_elf_tensor *rec = t->rec;

	l->order = rec->order;
	l->n = rec->n;
	l->h = rec->h;
	l->w = rec->w;
	l->c = rec->c;
	l->c_phys = rec->c_phys;
	l->top = rec->top;
	l->left = rec->left;
	l->bottom = rec->bottom;
	l->right = rec->right;
	l->border_value = rec->border_value;
	l->channel_map = t->channel_map;
	l->offset = rec->offset;
	l->bytes = rec->bytes;
	l->row_block = gs_row_block(rec);
	l->elem_bits = rec->type == GS_ELF_I4 ? 4 : 8;
}

void gs_tensor_describe(const struct gs_model *model, uint32_t index,
			struct gs_tensor_info *info)
{
	const struct gs_gsm_tensor *t = &model->gsm->tensor[index];
	const struct gs_elf_tensor *rec = t->rec;

	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->name = t->name;
	info->index = index;
	info->flags = (rec->input != GS_ELF_NONE ? GS_TENSOR_INPUT : 0) |
		      (rec->output != GS_ELF_NONE ? GS_TENSOR_OUTPUT : 0) |
		      (rec->root != index ? GS_TENSOR_VIEW : 0);
	info->type = GS_INT8;
	info->rank = rec->rank;
	memcpy(info->dim, rec->dim, sizeof(rec->dim));
	info->elems = t->elems;
	info->float_bytes = t->elems * sizeof(float);
	info->int8_bytes = t->elems;
	info->scale = rec->scale;
	info->zero_point = rec->zero_point;
	info->layer = rec->first_layer;
	info->bits = rec->type == GS_ELF_I8 ? 8 : 4;
	describe_layout(t, &info->layout);
}

static int describe(const struct gs_model *model, uint32_t index,
		    struct gs_tensor_info *info)
{
	struct gs_tensor_info out;

	gs_tensor_describe(model, index, &out);
	return gs_sized_out(info, &out, sizeof(out), "gs_tensor_info");
}

static int no_such(const char *call, uint32_t i, uint32_t count)
{
	return gs_rt_fail(-ENOENT, "%s: there is no number %u of %u", call, i,
			  count);
}

int gs_model_input(const struct gs_model *model, uint32_t i,
		   struct gs_tensor_info *info)
{
	if (i >= gs_model_num_inputs(model))
		return no_such("gs_model_input", i, gs_model_num_inputs(model));
	return describe(model, model->gsm->input[i], info);
}

int gs_model_output(const struct gs_model *model, uint32_t i,
		    struct gs_tensor_info *info)
{
	if (i >= gs_model_num_outputs(model))
		return no_such("gs_model_output", i,
			       gs_model_num_outputs(model));
	return describe(model, model->gsm->output[i], info);
}

int gs_model_tensor(const struct gs_model *model, uint32_t i,
		    struct gs_tensor_info *info)
{
	if (i >= gs_model_num_tensors(model))
		return no_such("gs_model_tensor", i,
			       gs_model_num_tensors(model));
	return describe(model, i, info);
}

int gs_model_find_tensor(const struct gs_model *model, const char *name,
			 struct gs_tensor_info *info)
{
	if (!name)
		return gs_rt_fail(-EINVAL,
				  "gs_model_find_tensor: name is NULL");
	for (uint32_t i = 0; i < gs_model_num_tensors(model); i++)
		if (!strcmp(model->gsm->tensor[i].name, name))
			return describe(model, i, info);
	return gs_rt_fail(-ENOENT,
			  "gs_model_find_tensor: the model has no tensor "
			  "'%.200s'",
			  name);
}

/* ---- layers, metadata ------------------------------------------------------------- */

int gs_model_layer(const struct gs_model *model, uint32_t i,
		   struct gs_layer_info *info)
{
	struct gs_layer_info out = { .size = sizeof(out) };
	const struct gs_gsm_layer *l;

	if (i >= gs_model_num_layers(model))
		return no_such("gs_model_layer", i, gs_model_num_layers(model));
	l = &model->gsm->layer[i];
	out.name = l->name;
	out.op = l->op;
	out.note = l->note;
	out.first_word = l->rec->first_word;
	out.num_words = l->rec->num_words;
	out.num_blocks = l->rec->num_blocks;
	out.macs = model->gsm->has_macs ? l->macs : GS_NO_MACS;
	return gs_sized_out(info, &out, sizeof(out), "gs_layer_info");
}

static void describe_limit(const struct gs_timing_block *b,
			   struct gs_layer_time *out)
{
	const struct gs_timing_limit limit = gs_timing_limit_of(b);

	out->limit = gs_engine_name(limit.engine);
	out->waits_for =
		limit.stall < GS_STALL_COUNT ? gs_stall_name(limit.stall) : "";
	out->limit_cycles = limit.cycles;
}

int gs_model_layer_time(struct gs_model *model, uint32_t i,
			struct gs_layer_time *time)
{
	struct gs_layer_time out = { .size = sizeof(out) };
	const struct gs_times *times;
	const struct gs_timing_block *b;
	int ret;

	if (i >= gs_model_num_layers(model))
		return no_such("gs_model_layer_time", i,
			       gs_model_num_layers(model));
	ret = gs_times_get(model, &times);
	if (ret)
		return gs_rt_rename(ret, "gs_infer:", "gs_model_layer_time:");
	b = &times->layer[i];
	out.cycles = b->cycles;
	out.stalls = b->stalls;
	out.array_busy = b->engine[GS_ENGINE_ARRAY].busy;
	out.tandem_busy = b->engine[GS_ENGINE_TANDEM].busy;
	for (int win = 0; win < GS_STATS_WINDOWS; win++)
		out.bytes[win] = gs_timing_moved(b, (enum gs_window)win);
	describe_limit(b, &out);
	return gs_sized_out(time, &out, sizeof(out), "gs_layer_time");
}

const char *gs_model_meta(const struct gs_model *model, const char *key)
{
	return model && key ? gs_gsm_meta(model->gsm, key) : NULL;
}
