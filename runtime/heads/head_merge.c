/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/heads/head_internal.h"

static float area(const float at[4])
{
	return (at[2] - at[0]) * (at[3] - at[1]);
}

/* Intersection over union. */
static float overlap_of(const float a[4], const float b[4])
{
	float width = fminf(a[2], b[2]) - fmaxf(a[0], b[0]);
	float height = fminf(a[3], b[3]) - fmaxf(a[1], b[1]);
	float both = width > 0 && height > 0 ? width * height : 0;

	return both / (area(a) + area(b) - both);
}

/* Sums of one group: boxes and points, weighted by score. */
struct sum {
	float weight;
	float at[4];
	float point[2 * GS_HEAD_MAX_POINTS];
};

static void add(struct sum *s, const struct gs_head_item *item,
		const float *point, size_t values)
{
	s->weight += item->score;
	for (int i = 0; i < 4; i++)
		s->at[i] += item->score * item->at[i];
	for (size_t i = 0; i < values; i++)
		s->point[i] += item->score * point[i];
}

/* Item @i takes those behind it that overlap, and is left in place @to. */
static void merge_one(struct gs_head_found *f, size_t i, size_t to,
		      float overlap, bool average, bool *gone)
{
	const size_t values = 2u * f->num_points;
	struct gs_head_item best = f->item[i];
	struct sum s = { 0 };

	add(&s, &best, f->point + i * values, values);
	for (size_t k = i + 1; k < f->num; k++) {
		const struct gs_head_item *other = &f->item[k];

		if (gone[k] || other->label != best.label ||
		    !(overlap_of(best.at, other->at) > overlap))
			continue;
		gone[k] = true;
		add(&s, other, f->point + k * values, values);
	}
	f->item[to] = best;
	if (values)
		memmove(f->point + to * values, f->point + i * values,
			values * sizeof(*f->point));
	if (!average || !(s.weight > 0) || !isfinite(s.weight))
		return;
	for (int k = 0; k < 4; k++)
		f->item[to].at[k] = s.at[k] / s.weight;
	for (size_t k = 0; k < values; k++)
		f->point[to * values + k] = s.point[k] / s.weight;
}

int gs_head_merge(struct gs_head_found *f, float overlap, bool average)
{
	bool *gone = calloc(f->num + 1, sizeof(*gone));
	size_t num = 0;

	if (!gone)
		return -ENOMEM;
	for (size_t i = 0; i < f->num; i++)
		if (!gone[i])
			merge_one(f, i, num++, overlap, average, gone);
	f->num = num;
	free(gone);
	return 0;
}
