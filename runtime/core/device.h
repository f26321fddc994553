/* SPDX-License-Identifier: MIT */
/*
 * Devices, and what a backend does for them.
 */
#ifndef GS_RT_DEVICE_H
#define GS_RT_DEVICE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "genesys/arch.h"
#include "hw-model/core/core.h"

struct gs_device;
struct gs_model;
struct gs_context;

/** A piece of a model's code to run as one job. */
struct gs_piece {
	uint32_t first_word, entry_words; /**< of the first block */
	uint32_t max_blocks; /**< stop after so many, 0: run to the end */
	uint32_t executor; /**< enum gs_executor_choice */
	uint64_t max_work; /**< 0: default */
	struct gs_counters *counters; /**< added to */
};

/**
 * A way to reach a machine. Functions return 0 or -errno with a sentence
 * stored by gs_rt_fail(), unless they say otherwise.
 */
struct gs_backend {
	const char *name; /**< first part of a device's spec */

	/** Fills dev->arch and dev->executor. @arg: spec after ':', or NULL. */
	int (*open)(struct gs_device *dev, const char *arg);
	void (*close)(struct gs_device *dev);

	/** Makes code and weights resident; sets model->priv. */
	int (*load)(struct gs_model *model);
	void (*unload)(struct gs_model *model);

	/** Sets ctx->memory (zeroed) and ctx->priv. */
	int (*context_create)(struct gs_context *ctx);
	void (*context_destroy)(struct gs_context *ctx);

	/** Registers and scratchpads as at power on; cannot fail. */
	void (*reset)(struct gs_context *ctx);

	/** -EIO with *fault filled, whose sentence the caller makes; or -errno. */
	int (*run)(struct gs_context *ctx, const struct gs_piece *piece,
		   struct gs_fault *fault);

	/** Whether a fault's address lies in activation memory, and where. */
	bool (*locate)(const struct gs_model *model, uint64_t address,
		       uint64_t *offset);
};

struct gs_device {
	const struct gs_backend *backend;
	struct gs_arch arch;
	const char *executor;
	void *priv; /**< of the backend */
	atomic_uint refs; /**< the owner's and one for each model */
};

void gs_device_get(struct gs_device *dev);
void gs_device_put(struct gs_device *dev);

extern const struct gs_backend gs_backend_sim;

#endif /* GS_RT_DEVICE_H */
