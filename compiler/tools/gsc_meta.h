/* SPDX-License-Identifier: MIT */
/*
 * Metadata from a file of lines KEY = VALUE: what the inputs and outputs of a
 * model mean, docs/runtime.md.
 */
#ifndef GSC_META_H
#define GSC_META_H

#include "compiler/compile.h"
#include "runtime/support/pixel.h"

struct gsc_meta {
	char *text; /**< holds keys and values */
	struct gs_meta *entry;
	size_t num;
};

/** gsc_meta_read() - 0, or -errno after printing what is wrong; gsc_meta_free() in both cases */
int gsc_meta_read(const char *path, struct gsc_meta *meta);
void gsc_meta_free(struct gsc_meta *meta);

/** gsc_meta_check() - whether the metadata of a graph whose shapes are known fits its inputs and outputs */
int gsc_meta_check(const struct gs_graph *graph, struct gs_diag *diag);

/** gsc_meta_pixels() - how the metadata says pictures and bytes become values of @input */
struct gs_pixel_text gsc_meta_pixels(const struct gs_graph *graph,
				     const struct gs_tensor *input);

#endif /* GSC_META_H */
