/* SPDX-License-Identifier: MIT */
/*
 * The drm backend: a device of the genesys driver.
 *
 * An open device is one file, so one address space. A model has its code and
 * weights there, both in windows of their own; an inference context has
 * activation memory and a queue of jobs, which is a context of the driver and a
 * timeline: the n-th job since the queue was made signals point n.
 *
 * The IBUF, OBUF and SIMD windows start at activation memory and the model's
 * code is used as it is. When tensors are bound to buffers, the windows start
 * at address 0 instead, and a copy of the code is relocated to the addresses of
 * memory and buffers. Copies are kept with the context and never changed.
 */
#ifndef GS_RT_DRM_H
#define GS_RT_DRM_H

#include <stdbool.h>
#include <stdint.h>

#include <xf86drm.h>

#include <drm/genesys_accel.h>

#include "runtime/core/model.h"
#include "runtime/drm/node.h"

struct gs_drm {
	int fd;
	bool coherent;
	uint64_t ticks_hz;
	struct drm_genesys_limits limits;
	char node[64];
};

/** handle is 0 when there is none. */
struct gs_drm_bo {
	uint32_t handle;
	uint64_t size, address;
	void *map; /**< or NULL */
};

/** Where code was relocated to find a tensor. */
struct gs_drm_place {
	uint32_t root;
	uint64_t window;
};

/** A copy of the code. */
struct gs_drm_program {
	struct gs_drm_bo bo;
	bool stepped; /**< each layer ends its job */
	uint64_t used; /**< when: gs_drm_context.clock */
	uint32_t num_places;
	struct gs_drm_place *place;
};

struct gs_drm_model {
	struct gs_drm_bo code, weights;
};

#define GS_DRM_PROGRAMS 4

/** BOs of a job besides buffers: code, weights, activations, records. */
#define GS_DRM_OWN_BOS 4

struct gs_drm_context {
	uint32_t id; /**< of the driver */
	uint32_t timeout_ms; /**< of a job, as the driver took it */
	uint32_t syncobj;
	struct gs_drm_bo act, records;
	struct gs_drm_program program[GS_DRM_PROGRAMS];
	uint64_t clock;
	uint64_t submitted, ended; /**< points of the timeline */
	/* The pieces in flight. */
	struct gs_piece *piece; /**< a copy, room for max_pieces */
	uint32_t max_pieces; /**< of piece and records */
	uint32_t num_pieces; /**< that were queued */
	uint64_t first_seqno;
};

static inline struct gs_drm *gs_drm_of(const struct gs_device *dev)
{
	return dev->priv;
}

/** gs_drm_ioctl() - 0, or -errno with the sentence "gs_infer: NODE: WHAT: why" */
int gs_drm_ioctl(const struct gs_drm *drm, unsigned long request, void *arg,
		 const char *what);

/* ---- bo.c ---- */

/** gs_drm_bo_create() - @flags: DRM_GENESYS_BO_*; mapped for the CPU */
int gs_drm_bo_create(const struct gs_drm *drm, uint64_t size, uint32_t flags,
		     const char *what, struct gs_drm_bo *bo);
void gs_drm_bo_destroy(const struct gs_drm *drm, struct gs_drm_bo *bo);
/**
 * gs_drm_bo_sync() - make one side see what the other wrote
 * @size: of the range at @offset, not 0: what is next to it may be in use
 * @flags: DRM_GENESYS_BO_SYNC_*; nothing is done on a coherent device
 */
int gs_drm_bo_sync(const struct gs_drm *drm, const struct gs_drm_bo *bo,
		   uint64_t offset, uint64_t size, uint32_t flags);
/** gs_drm_bo_upload() - a BO with a copy of @data, not mapped any more */
int gs_drm_bo_upload(const struct gs_drm *drm, const void *data, uint64_t size,
		     uint32_t flags, const char *what, struct gs_drm_bo *bo);

int gs_drm_buffer_create(struct gs_buffer *buf);
void gs_drm_buffer_destroy(struct gs_buffer *buf);

/* ---- program.c ---- */

int gs_drm_load(struct gs_model *model);
void gs_drm_unload(struct gs_model *model);
int gs_drm_bind(struct gs_context *ctx);
/** gs_drm_program() - the code for the places of a context */
int gs_drm_program(struct gs_context *ctx, bool stepped,
		   const struct gs_drm_bo **code);
void gs_drm_programs_free(const struct gs_drm *drm, struct gs_drm_context *dc);

/* ---- queue.c ---- */

int gs_drm_context_create(struct gs_context *ctx);
void gs_drm_context_destroy(struct gs_context *ctx);
bool gs_drm_locate(const struct gs_context *ctx, uint64_t address,
		   uint64_t *offset);
/** gs_drm_wait_point() - @timeout_ns: negative: for ever. -ETIMEDOUT: not yet */
int gs_drm_wait_point(const struct gs_drm *drm, const struct gs_drm_context *dc,
		      uint64_t point, int64_t timeout_ns);

/* ---- job.c ---- */

int gs_drm_submit(struct gs_context *ctx, const struct gs_piece *piece,
		  uint32_t num);
int gs_drm_wait(struct gs_context *ctx, int64_t timeout_ns,
		struct gs_outcome *out);
int gs_drm_notify(struct gs_context *ctx, int event_fd);

/* ---- outcome.c ---- */

/** gs_drm_outcome() - how the jobs ended, all of which have */
int gs_drm_outcome(struct gs_context *ctx, struct gs_outcome *out);

#endif /* GS_RT_DRM_H */
