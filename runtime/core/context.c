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

static int create(struct gs_model *model, struct gs_context **out)
{
	struct gs_context *ctx = calloc(1, sizeof(*ctx));
	int ret;

	if (!ctx)
		return gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	ctx->model = model;
	ret = model->dev->backend->context_create(ctx);
	if (ret) {
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
	struct gs_context *ctx;

	while ((ctx = model->pool)) {
		model->pool = ctx->next;
		destroy(ctx);
	}
}
