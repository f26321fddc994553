/* SPDX-License-Identifier: MIT */
/* What a head found, drawn onto the picture. */
#ifndef GS_HEAD_DRAW_H
#define GS_HEAD_DRAW_H

#include "runtime/heads/head.h"
#include "runtime/support/image.h"
#include "runtime/support/pixel.h"

/** gs_head_place() - items, points and map size stay; coordinates become those of the picture */
void gs_head_place(struct gs_head_found *found, const struct gs_placement *at);

/**
 * gs_head_draw() - draw onto a picture of three channels
 * @found: after gs_head_place() with @at
 * @label: names of classes; NULL: boxes have their scores only
 */
void gs_head_draw(struct gs_image *im, const struct gs_head_found *found,
		  const struct gs_placement *at, const char *const *label,
		  size_t num_labels);

#endif /* GS_HEAD_DRAW_H */
