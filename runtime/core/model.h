/* SPDX-License-Identifier: MIT */
/*
 * A loaded model: what the file says, what the backend keeps of it, and the
 * contexts its inferences run in.
 */
#ifndef GS_RT_MODEL_H
#define GS_RT_MODEL_H

#include <pthread.h>

#include "genesys/genesys.h"
#include "runtime/core/device.h"
#include "runtime/loader/gsm.h"

/** Activation memory and a machine; belongs to one gs_infer() at a time. */
struct gs_context {
	struct gs_model *model;
	uint8_t *memory; /**< gsm->memory_bytes, of the backend */
	uint8_t *act; /**< .bss.act in it */
	void *priv; /**< of the backend */
	struct gs_context *next; /**< in the pool; model->lock */
};

struct gs_model {
	struct gs_device *dev; /**< a reference */
	struct gs_gsm *gsm; /**< read-only */
	void *priv; /**< of the backend; read-only once loaded */
	pthread_mutex_t lock;
	struct gs_context *pool; /**< idle contexts; lock */
};

/** gs_tensor_describe() - fill all of @info */
void gs_tensor_describe(const struct gs_model *model, uint32_t index,
			struct gs_tensor_info *info);

/** gs_context_get() - an idle context, or a new one whose borders are filled */
int gs_context_get(struct gs_model *model, struct gs_context **ctx);

/**
 * gs_context_put() - give it back
 * @spoilt: a fault may have left anything in its memory: it is destroyed
 */
void gs_context_put(struct gs_context *ctx, bool spoilt);

/** gs_context_drain() - destroy the idle contexts */
void gs_context_drain(struct gs_model *model);

#endif /* GS_RT_MODEL_H */
