/* SPDX-License-Identifier: MIT */
/*
 * One map of scores over the picture: the mask is where they are above the
 * threshold. Its connected parts may be wanted as regions.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "runtime/heads/head_internal.h"

int gs_head_mask_open(struct gs_head_reader *r)
{
	static const char *const yes_no[] = { "no", "yes", NULL };
	struct gs_head_mask *m = &r->head->mask;
	uint32_t num, regions = 0;
	int ret = gs_head_outputs(r, "head.mask", 1, &m->output, &num);

	if (!ret)
		ret = gs_head_map(r, m->output, &m->width, &m->height);
	if (!ret)
		ret = gs_head_choice(r, "head.regions", yes_no, &regions);
	m->regions = regions;
	if (!ret)
		ret = gs_head_number(r, "head.region_score", 0, 1,
				     &m->region_score);
	if (!ret)
		ret = gs_head_number(r, "head.region_size", 0, GS_HEAD_MAX_SIDE,
				     &m->region_size);
	if (!ret)
		ret = gs_head_number(r, "head.grow", 0, 100, &m->grow);
	return ret;
}

int gs_head_mask_decode(const struct gs_head *h, const float *const *data,
			struct gs_head_found *f)
{
	const struct gs_head_mask *m = &h->mask;
	const size_t pixels = (size_t)m->width * m->height;

	f->map = malloc(pixels * sizeof(*f->map));
	if (!f->map)
		return -ENOMEM;
	f->map_width = m->width;
	f->map_height = m->height;
	for (size_t i = 0; i < pixels; i++) {
		float v = gs_head_activate(h->activation, data[m->output][i]);

		f->map[i] = isfinite(v) ? v : 0;
	}
	return m->regions ? gs_head_regions(h, f) : 0;
}
