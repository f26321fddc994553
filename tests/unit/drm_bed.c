/* SPDX-License-Identifier: MIT */
#include "tests/unit/drm_bed.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/fake_drm.h"
#include "tests/unit/split_model.h"

static void noise(int8_t *data, uint32_t seed)
{
	for (int i = 0; i < TINY_ELEMS; i++) {
		seed = seed * 1664525u + 1013904223u;
		data[i] = (int8_t)(seed >> 24);
	}
}

int drm_bed_setup(void **state)
{
	struct drm_bed *f = calloc(1, sizeof(*f));

	if (!f || drm_tree_make(f->root))
		return -1;
	fake_drm_start(f->root);
	tiny_model_init(&f->tiny);
	noise(f->a, 1);
	noise(f->b, 2);
	tiny_model_expect(&f->tiny, f->a, f->b, f->y);
	drm_tree_pci(f->root, PCI0, "genesys");
	drm_tree_node(f->root, PCI0, 0);
	*state = f;
	return gs_device_open("drm", &f->dev);
}

int drm_bed_teardown(void **state)
{
	struct drm_bed *f = *state;
	int leaks;

	gs_device_close(f->dev);
	/* A device that is gone takes all of it along. */
	leaks = !fake_drm.gone &&
		(fake_drm.bos || fake_drm.contexts || fake_drm.syncobjs);
	fake_drm_stop();
	drm_tree_remove(f->root);
	free(f);
	return leaks;
}

struct gs_model *drm_load(struct gs_device *dev, bool split,
			  const struct gs_load_opts *opts)
{
	struct gs_model *model;
	size_t size;
	uint8_t *file = tiny_model_file(&size), *cut;

	assert_non_null(file);
	if (split) {
		cut = split_model(file, &size);
		assert_non_null(cut);
		free(file);
		file = cut;
	}
	assert_int_equal(gs_load_model_mem(dev, file, size, opts, &model), 0);
	free(file);
	return model;
}

void drm_io_set(struct drm_io *io, struct drm_bed *f)
{
	io->in[0] = (struct gs_binding){ "a", 0, GS_INT8, f->a, TINY_ELEMS };
	io->in[1] = (struct gs_binding){ "b", 0, GS_INT8, f->b, TINY_ELEMS };
	io->out[0] = (struct gs_binding){ "y", 0, GS_INT8, io->y, TINY_ELEMS };
	io->out[1] =
		(struct gs_binding){ "flat", 0, GS_INT8, io->flat, TINY_ELEMS };
	memset(io->y, 99, sizeof(io->y));
	memset(io->flat, 99, sizeof(io->flat));
}

int drm_infer(struct gs_model *model, struct drm_bed *f, struct drm_io *io,
	      const struct gs_infer_opts *opts, struct gs_stats *stats)
{
	drm_io_set(io, f);
	return gs_infer(model, io->in, 2, io->out, 2, opts, stats);
}

void drm_bed_works(struct gs_model *model, struct drm_bed *f)
{
	struct gs_stats stats = { .size = sizeof(stats) };
	struct drm_io io;

	assert_int_equal(drm_infer(model, f, &io, NULL, &stats), 0);
	assert_memory_equal(io.y, f->y, TINY_ELEMS);
	assert_int_equal(stats.faults, 0);
}

bool drm_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}
