/* SPDX-License-Identifier: MIT */
/*
 * What tests of the drm backend share: a device of the driver of fake_drm.h
 * and the model of tiny_model.h, its inputs and what it makes of them.
 */
#ifndef GS_TEST_DRM_BED_H
#define GS_TEST_DRM_BED_H

#include <stdbool.h>
#include <stdint.h>

#include "genesys/genesys.h"
#include "tests/unit/drm_tree.h"
#include "tests/unit/tiny_model.h"

struct drm_bed {
	char root[DRM_TREE_ROOT_BYTES];
	struct gs_device *dev;
	struct tiny_model tiny;
	int8_t a[TINY_ELEMS], b[TINY_ELEMS], y[TINY_ELEMS];
};

/** Setup and teardown of a test; that something was left behind fails it. */
int drm_bed_setup(void **state);
int drm_bed_teardown(void **state);

/** drm_load() - the model; @split: with a job for each layer */
struct gs_model *drm_load(struct gs_device *dev, bool split,
			  const struct gs_load_opts *opts);

/** Bindings of all inputs and outputs to arrays. */
struct drm_io {
	struct gs_binding in[2], out[2];
	int8_t y[TINY_ELEMS], flat[TINY_ELEMS];
};

void drm_io_set(struct drm_io *io, struct drm_bed *f);

/** drm_infer() - gs_infer() with fresh bindings */
int drm_infer(struct gs_model *model, struct drm_bed *f, struct drm_io *io,
	      const struct gs_infer_opts *opts, struct gs_stats *stats);

/** drm_bed_works() - assert that an inference gives the right bytes */
void drm_bed_works(struct gs_model *model, struct drm_bed *f);

/** drm_readable() - whether poll() says so at once */
bool drm_readable(int fd);

#endif /* GS_TEST_DRM_BED_H */
