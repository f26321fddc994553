/* SPDX-License-Identifier: MIT */
/* Values of a description, and what heads do with values and items. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/heads/head_internal.h"
#include "runtime/support/number.h"

int gs_head_fail(struct gs_head_reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->err, r->errsize, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* Value of a key, or NULL */
static const char *value_of(const struct gs_head_reader *r, const char *key)
{
	return r->model->meta(r->model->ctx, key);
}

/* ---- numbers ------------------------------------------------------------------ */

int gs_head_list(struct gs_head_reader *r, const char *key, float min,
		 float max, float *list, uint32_t *num)
{
	const char *text = value_of(r, key);
	double value[GS_HEAD_MAX_LIST];

	*num = 0;
	if (!text)
		return 0;
	*num = (uint32_t)gs_number_list(text, value, GS_HEAD_MAX_LIST);
	if (!*num)
		return gs_head_fail(
			r, "%s '%.60s': expected up to %d numbers with commas",
			key, text, GS_HEAD_MAX_LIST);
	for (uint32_t i = 0; i < *num; i++) {
		if (value[i] < (double)min || value[i] > (double)max)
			return gs_head_fail(r, "%s: %g; expected %g to %g", key,
					    value[i], (double)min, (double)max);
		list[i] = (float)value[i];
	}
	return 0;
}

int gs_head_number(struct gs_head_reader *r, const char *key, float min,
		   float max, float *out)
{
	float list[GS_HEAD_MAX_LIST];
	uint32_t num;
	int ret = gs_head_list(r, key, min, max, list, &num);

	if (!ret && num > 1)
		ret = gs_head_fail(r, "%s: %u numbers; expected one", key, num);
	if (!ret && num)
		*out = list[0];
	return ret;
}

int gs_head_count(struct gs_head_reader *r, const char *key, uint32_t min,
		  uint32_t max, uint32_t *out)
{
	float value = (float)*out;
	int ret = 0;

	if (!value_of(r, key))
		return 0;
	ret = gs_head_number(r, key, (float)min, (float)max, &value);
	if (!ret && value != floorf(value))
		ret = gs_head_fail(r, "%s: %g; expected a whole number", key,
				   (double)value);
	if (!ret)
		*out = (uint32_t)value;
	return ret;
}

int gs_head_choice(struct gs_head_reader *r, const char *key,
		   const char *const *names, uint32_t *out)
{
	const char *text = value_of(r, key);
	char list[128] = "";
	size_t len = 0;

	if (!text)
		return 0;
	for (uint32_t i = 0; names[i]; i++) {
		if (!strcmp(names[i], text)) {
			*out = i;
			return 0;
		}
		if (len < sizeof(list))
			len += (size_t)snprintf(list + len, sizeof(list) - len,
						"%s%s",
						!i	      ? "" :
						!names[i + 1] ? " or " :
								", ",
						names[i]);
	}
	return gs_head_fail(r, "%s '%.60s'; expected %s", key, text, list);
}

/* ---- outputs ------------------------------------------------------------------ */

size_t gs_head_elems(const struct gs_head_output *output)
{
	size_t elems = 1;

	for (uint32_t i = 0; i < output->rank; i++)
		elems *= (size_t)output->dim[i];
	return elems;
}

const char *gs_head_shape(const struct gs_head_output *output, char *buf,
			  size_t size)
{
	size_t len = (size_t)snprintf(buf, size, "[");

	for (uint32_t i = 0; i < output->rank && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%lld",
					i ? "," : "",
					(long long)output->dim[i]);
	if (len < size)
		snprintf(buf + len, size - len, "]");
	return buf;
}

static int find_output(struct gs_head_reader *r, const char *key,
		       const char *name, size_t len, uint32_t *out)
{
	const struct gs_head_model *m = r->model;
	char list[256] = "";
	size_t used = 0;

	for (uint32_t i = 0; i < m->num_outputs; i++) {
		const char *known = m->output[i].name;

		if (strlen(known) == len && !memcmp(known, name, len)) {
			*out = i;
			return 0;
		}
		if (used < sizeof(list))
			used += (size_t)snprintf(
				list + used, sizeof(list) - used, " %s", known);
	}
	return gs_head_fail(r, "%s: no output '%.*s'; the model has%s", key,
			    len < 60 ? (int)len : 60, name, list);
}

int gs_head_outputs(struct gs_head_reader *r, const char *key, uint32_t max,
		    uint32_t *list, uint32_t *num)
{
	const char *at = value_of(r, key);

	*num = 0;
	if (!at && r->model->num_outputs == 1) {
		list[(*num)++] = 0;
		return 0;
	}
	if (!at)
		return gs_head_fail(r,
				    "%s is missing: which of the %u outputs?",
				    key, r->model->num_outputs);
	for (;;) {
		size_t len;
		int ret;

		at += strspn(at, " ");
		len = strcspn(at, ",");
		if (*num == max)
			return gs_head_fail(
				r, "%s: too many outputs; expected %u at most",
				key, max);
		while (len && at[len - 1] == ' ')
			len--;
		ret = find_output(r, key, at, len, &list[(*num)++]);
		if (ret)
			return ret;
		at = strchr(at, ',');
		if (!at)
			return 0;
		at++;
	}
}

/* All dimensions but rows and columns are 1. */
int gs_head_map(struct gs_head_reader *r, uint32_t output, uint32_t *width,
		uint32_t *height)
{
	const struct gs_head_output *o = &r->model->output[output];
	size_t elems = gs_head_elems(o);
	uint32_t row;
	char shape[128];

	row = o->rank < 2			      ? UINT32_MAX :
	      o->rank > 2 && o->dim[o->rank - 1] == 1 ? o->rank - 3 :
							o->rank - 2;
	if (row == UINT32_MAX || o->dim[row] > GS_HEAD_MAX_SIDE ||
	    o->dim[row + 1] > GS_HEAD_MAX_SIDE ||
	    elems != (size_t)(o->dim[row] * o->dim[row + 1]))
		return gs_head_fail(
			r,
			"head: output %s is %s; expected one map, [1,1,H,W] or [1,H,W,1]",
			o->name, gs_head_shape(o, shape, sizeof(shape)));
	*height = (uint32_t)o->dim[row];
	*width = (uint32_t)o->dim[row + 1];
	return 0;
}

/* ---- values and items ----------------------------------------------------------- */

float gs_head_activate(enum gs_head_activation how, float value)
{
	return how == GS_HEAD_SIGMOID ? 1.0f / (1.0f + expf(-value)) : value;
}

struct gs_head_item *gs_head_add(struct gs_head_found *f, size_t *cap)
{
	if (f->num == *cap) {
		size_t more = *cap ? *cap * 2 : 64;
		size_t pair = 2 * sizeof(float) * f->num_points;
		struct gs_head_item *item =
			realloc(f->item, more * sizeof(*item));
		float *point;

		if (!item)
			return NULL;
		f->item = item;
		point = pair ? realloc(f->point, more * pair) : NULL;
		if (pair && !point)
			return NULL;
		f->point = pair ? point : f->point;
		*cap = more;
	}
	return &f->item[f->num++];
}

struct ranked {
	float score;
	size_t index;
};

static int by_score(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static void take_ranked(struct gs_head_found *f, const struct ranked *rank,
			size_t num, struct gs_head_item *item, float *point)
{
	const size_t pair = 2u * f->num_points;

	for (size_t i = 0; i < num; i++) {
		item[i] = f->item[rank[i].index];
		if (pair)
			memcpy(point + i * pair,
			       f->point + rank[i].index * pair,
			       pair * sizeof(*point));
	}
	free(f->item);
	free(f->point);
	f->item = item;
	f->point = point;
	f->num = num;
}

int gs_head_sort(struct gs_head_found *f, size_t limit)
{
	size_t num = f->num < limit ? f->num : limit;
	struct ranked *rank = calloc(f->num + 1, sizeof(*rank));
	struct gs_head_item *item = calloc(num + 1, sizeof(*item));
	float *point = calloc(2 * num * f->num_points + 1, sizeof(*point));
	bool ok = rank && item && point;

	if (ok) {
		for (size_t i = 0; i < f->num; i++)
			rank[i] = (struct ranked){ f->item[i].score, i };
		qsort(rank, f->num, sizeof(*rank), by_score);
		take_ranked(f, rank, num, item, point);
	} else {
		free(item);
		free(point);
	}
	free(rank);
	return ok ? 0 : -ENOMEM;
}
