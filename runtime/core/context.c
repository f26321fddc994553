/* SPDX-License-Identifier: MIT */
/*
 * The contexts of a model: made when a call finds none idle, kept until the
 * model is freed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/core/error.h"
#include "runtime/core/layout.h"
#include "runtime/core/model.h"

static void fill(struct gs_context *ctx)
{
	const struct gs_gsm *gsm = ctx->model->gsm;

	ctx->act = ctx->memory + gsm->act_offset;
	if (gsm->simd_bytes)
		memcpy(ctx->memory, gsm->simd, (size_t)gsm->simd_bytes);
	for (uint32_t i = 0; i < gsm->num_tensors; i++)
		if (gsm->tensor[i].rec->root == i)
			gs_layout_border(&gsm->tensor[i], ctx->act);
}

void gs_context_make_room(struct gs_device *dev)
{
	pthread_mutex_lock(&dev->lock);
	for (struct gs_model *m = dev->models; m; m = m->next)
		gs_context_drain(m);
	pthread_mutex_unlock(&dev->lock);
}

/*
 * A device has so many contexts and no more: idle ones make room. One thread
 * at a time, or another could take the room that was made.
 */
static int create_on_device(struct gs_context *ctx)
{
	struct gs_device *dev = ctx->model->dev;
	struct gs_rt_error before;
	int ret;

	gs_rt_error_save(&before);
	pthread_mutex_lock(&dev->making);
	ret = dev->backend->context_create(ctx);
	if (ret == -ENOSPC) {
		gs_context_make_room(dev);
		ret = dev->backend->context_create(ctx);
		if (!ret)
			gs_rt_error_restore(&before);
	}
	pthread_mutex_unlock(&dev->making);
	return ret;
}

static int create(struct gs_model *model, struct gs_context **out)
{
	const struct gs_gsm *gsm = model->gsm;
	struct gs_context *ctx = calloc(1, sizeof(*ctx));
	struct gs_place *place = calloc(
		(size_t)gsm->num_inputs + gsm->num_outputs, sizeof(*place));
	int ret;

	if (ctx && place) {
		ctx->model = model;
		ctx->place = place;
		ret = create_on_device(ctx);
	} else {
		ret = gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	}
	if (ret) {
		free(place);
		free(ctx);
		return ret;
	}
	fill(ctx);
	*out = ctx;
	return 0;
}

static void destroy(struct gs_context *ctx)
{
	ctx->model->dev->backend->context_destroy(ctx);
	free(ctx->place);
	free(ctx);
}

int gs_context_get(struct gs_model *model, struct gs_context **out)
{
	struct gs_context *ctx;
	int ret = 0;

	pthread_mutex_lock(&model->lock);
	ctx = model->pool;
	if (ctx)
		model->pool = ctx->next;
	pthread_mutex_unlock(&model->lock);
	if (!ctx)
		ret = create(model, &ctx);
	if (!ret)
		*out = ctx;
	return ret;
}

void gs_context_put(struct gs_context *ctx, bool spoilt)
{
	struct gs_model *model = ctx->model;

	if (spoilt) {
		destroy(ctx);
		return;
	}
	pthread_mutex_lock(&model->lock);
	ctx->next = model->pool;
	model->pool = ctx;
	pthread_mutex_unlock(&model->lock);
}

void gs_context_drain(struct gs_model *model)
{
	struct gs_context *ctx, *next;

	pthread_mutex_lock(&model->lock);
	ctx = model->pool;
	model->pool = NULL;
	pthread_mutex_unlock(&model->lock);
	for (; ctx; ctx = next) {
		next = ctx->next;
		destroy(ctx);
	}
}

uint8_t *gs_context_slot(const struct gs_context *ctx, uint32_t tensor)
{
	const struct gs_gsm *gsm = ctx->model->gsm;
	const struct gs_elf_tensor *rec = gsm->tensor[tensor].rec;

	for (uint32_t i = 0; i < ctx->num_places; i++) {
		const struct gs_place *p = &ctx->place[i];

		if (p->root == rec->root)
			return p->buf->data + p->offset +
			       (rec->offset - gsm->tensor[p->root].rec->offset);
	}
	return ctx->act + rec->offset;
}
