/* SPDX-License-Identifier: MIT */
/*
 * A loaded model: what the file says, what the backend keeps of it, and the
 * contexts its inferences run in.
 */
#ifndef GS_RT_MODEL_H
#define GS_RT_MODEL_H

#include <pthread.h>

#include "runtime/core/device.h"
#include "runtime/loader/gsm.h"

/** A root tensor whose slot lies in a buffer instead of activation memory. */
struct gs_place {
	uint32_t root; /**< index of the tensor */
	bool written; /**< by the program */
	struct gs_buffer *buf;
	uint64_t offset; /**< in the buffer */
	uint64_t window; /**< window offset, set by the backend */
};

/** Activation memory and a machine; belongs to one inference at a time. */
struct gs_context {
	struct gs_model *model;
	uint8_t *memory; /**< gsm->memory_bytes, of the backend */
	uint8_t *act; /**< .bss.act in it */
	struct gs_place *place; /**< room for every input and output */
	uint32_t num_places;
	void *priv; /**< of the backend */
	struct gs_context *next; /**< in the pool; model->lock */
};

struct gs_model {
	struct gs_device *dev; /**< a reference */
	struct gs_model *next; /**< in dev->models; its lock */
	struct gs_gsm *gsm; /**< read-only */
	uint32_t timeout_ms; /**< of a job, 0: the longest there is */
	void *priv; /**< of the backend; read-only once loaded */
	pthread_mutex_t lock; /**< taken after that of the device */
	struct gs_context *pool; /**< idle contexts; lock */
	struct gs_times *times; /**< NULL, or read-only; lock */
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

/** gs_context_drain() - destroy the idle contexts of a model */
void gs_context_drain(struct gs_model *model);

/** gs_context_make_room() - destroy the idle contexts of all models */
void gs_context_make_room(struct gs_device *dev);

/** gs_context_slot() - where a tensor stands just now */
uint8_t *gs_context_slot(const struct gs_context *ctx, uint32_t tensor);

#endif /* GS_RT_MODEL_H */
