/* SPDX-License-Identifier: MIT */
/*
 * Devices, and what a backend does for them.
 */
#ifndef GS_RT_DEVICE_H
#define GS_RT_DEVICE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "genesys/arch.h"
#include "genesys/genesys.h"
#include "hw-model/core/core.h"

struct gs_context;

/** A piece of a model's code to run as one job. */
struct gs_piece {
	uint32_t first_word, entry_words; /**< of the first block */
	uint32_t num_blocks, num_words; /**< of the whole piece */
	bool stop; /**< end after num_blocks: the code goes on */
	uint32_t executor; /**< enum gs_executor_choice */
	uint64_t max_work; /**< 0: default */
	bool timed; /**< cycles and stalls are asked for; a device that has them tells anyway */
	uint32_t threads; /**< 0: default */
	struct gs_counters *counters; /**< added to */
};

/** How the pieces that were submitted ended. */
struct gs_outcome {
	uint32_t piece; /**< that failed, counted from 0 */
	struct gs_fault fault; /**< of it; GS_FAULT_NONE when it was no fault */
	uint64_t cycles,
		stalls; /**< of the pieces that ended well, docs/device.md section 6 */
	uint64_t device_ns; /**< of these, where known */
};

/**
 * A way to reach a machine. Functions return 0 or -errno with a sentence
 * stored by gs_rt_fail(), unless they say otherwise.
 */
struct gs_backend {
	const char *name; /**< first part of a device's spec */

	/** Fills dev->arch, has_costs and dev->executor. @arg: spec after ':', or NULL. */
	int (*open)(struct gs_device *dev, const char *arg);
	void (*close)(struct gs_device *dev);

	/** Sets buf->data (zeroed, page aligned) and buf->priv. */
	int (*buffer_create)(struct gs_buffer *buf);
	void (*buffer_destroy)(struct gs_buffer *buf);

	/** Makes code and weights resident; sets model->priv. */
	int (*load)(struct gs_model *model);
	void (*unload)(struct gs_model *model);

	/** Sets ctx->memory (zeroed, aligned by 64 bytes) and ctx->priv. */
	int (*context_create)(struct gs_context *ctx);
	/** Ends what is in flight. */
	void (*context_destroy)(struct gs_context *ctx);

	/** ctx->place changed: sets the window offset of each, relocates. */
	int (*bind)(struct gs_context *ctx);

	/**
	 * Gives pieces to the machine, which runs them in order. Whatever it
	 * returns, wait() follows.
	 */
	int (*submit)(struct gs_context *ctx, const struct gs_piece *piece,
		      uint32_t num);
	/**
	 * Waits for all of them. @timeout_ns: negative: for ever.
	 * -ETIMEDOUT without a sentence; -EIO with out->fault, whose sentence
	 * the caller makes; or -errno.
	 */
	int (*wait)(struct gs_context *ctx, int64_t timeout_ns,
		    struct gs_outcome *out);
	/** Adds 1 to an eventfd when all that was submitted has ended. */
	int (*notify)(struct gs_context *ctx, int event_fd);

	/** Whether a fault's address lies in activation memory, and where. */
	bool (*locate)(const struct gs_context *ctx, uint64_t address,
		       uint64_t *offset);
};

struct gs_device {
	const struct gs_backend *backend;
	struct gs_arch arch;
	bool has_costs; /**< arch.timing is of this device; else nobody knows its own */
	const char *executor;
	const char *node; /**< never NULL */
	uint32_t fw_version;
	void *priv; /**< of the backend */
	atomic_uint refs; /**< the owner's, one for each model and buffer */
	pthread_mutex_t making; /**< a context or buffer; taken first */
	pthread_mutex_t lock; /**< taken before that of a model */
	struct gs_buffer *buffers; /**< lock */
	struct gs_model *models; /**< lock */
};

/** Memory of device and caller. */
struct gs_buffer {
	struct gs_device *dev; /**< a reference */
	struct gs_buffer *next; /**< in dev->buffers; its lock */
	size_t size;
	uint8_t *data;
	void *priv; /**< of the backend */
	uint64_t address; /**< of the device, of the backend */
};

void gs_device_get(struct gs_device *dev);
void gs_device_put(struct gs_device *dev);

/** gs_buffer_find() - the buffer that holds [data, data + bytes), or NULL */
struct gs_buffer *gs_buffer_find(struct gs_device *dev, const void *data,
				 size_t bytes);

extern const struct gs_backend gs_backend_sim;
extern const struct gs_backend gs_backend_drm;

#endif /* GS_RT_DEVICE_H */
