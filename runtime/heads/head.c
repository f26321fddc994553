/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/heads/head_internal.h"

static const char *const activations[] = { "none", "sigmoid", "softmax", NULL };

#define COMMON_KEYS "activation", "threshold", "limit"

static const char *const boxes_keys[] = {
	COMMON_KEYS,	"boxes",	 "scores",     "strides",
	"anchors",	"coding",	 "unit",       "variance",
	"order",	"points",	 "overlap",    "merge",
	"anchor_width", "anchor_height", "background", NULL
};
static const char *const mask_keys[] = { COMMON_KEYS,	"mask",
					 "regions",	"region_score",
					 "region_size", "grow",
					 NULL };
static const char *const lines_keys[] = { COMMON_KEYS,	"scores", "ends",
					  "min_length", "near",	  NULL };

struct kind {
	const char *name;
	const char *const *keys; /* behind "head." */
	float threshold; /* where the description has none */
	uint32_t limit;
	int (*open)(struct gs_head_reader *r);
	int (*decode)(const struct gs_head *head, const float *const *data,
		      struct gs_head_found *found);
};

static const struct kind kinds[] = {
	[GS_HEAD_BOXES] = { "boxes", boxes_keys, 0.5f, 100, gs_head_boxes_open,
			    gs_head_boxes_decode },
	[GS_HEAD_MASK] = { "mask", mask_keys, 0.5f, 1000, gs_head_mask_open,
			   gs_head_mask_decode },
	[GS_HEAD_LINES] = { "lines", lines_keys, 0.2f, 200, gs_head_lines_open,
			    gs_head_lines_decode },
};

#define NUM_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < NUM_KINDS; i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

bool gs_head_is(const struct gs_head_model *model)
{
	return model->meta(model->ctx, "head") != NULL;
}

bool gs_head_knows(const char *name, const char *key)
{
	const struct kind *kind = find_kind(name);

	if (!strcmp(key, "head"))
		return true;
	if (!kind || strncmp(key, "head.", 5))
		return false;
	for (const char *const *k = kind->keys; *k; k++)
		if (!strcmp(*k, key + 5))
			return true;
	return false;
}

static int open_kind(struct gs_head_reader *r, const struct kind *kind)
{
	struct gs_head *h = r->head;
	uint32_t activation = GS_HEAD_PLAIN;
	int ret;

	h->kind = (enum gs_head_kind)(kind - kinds);
	h->threshold = kind->threshold;
	h->limit = kind->limit;
	ret = gs_head_choice(r, "head.activation", activations, &activation);
	h->activation = (enum gs_head_activation)activation;
	if (!ret)
		ret = gs_head_number(r, "head.threshold", 0, 1, &h->threshold);
	if (!ret)
		ret = gs_head_count(r, "head.limit", 1, 100000, &h->limit);
	if (!ret && activation == GS_HEAD_SOFTMAX && h->kind != GS_HEAD_BOXES)
		ret = gs_head_fail(r, "head.activation 'softmax' is for boxes");
	return ret ? ret : kind->open(r);
}

int gs_head_open(const struct gs_head_model *model, struct gs_head **out,
		 char *err, size_t errsize)
{
	const char *name = model->meta(model->ctx, "head");
	const struct kind *kind = name ? find_kind(name) : NULL;
	struct gs_head_reader r = { .model = model,
				    .err = err,
				    .errsize = errsize };
	int ret;

	if (!name)
		return gs_head_fail(&r, "the model has no head: its metadata "
					"does not say what its outputs mean");
	if (!kind)
		return gs_head_fail(
			&r, "head '%s'; expected boxes, mask or lines", name);
	if (!model->width || !model->height ||
	    model->width > GS_HEAD_MAX_SIDE || model->height > GS_HEAD_MAX_SIDE)
		return gs_head_fail(
			&r,
			"head: an input of %u x %u pixels; expected 1 to %u",
			model->width, model->height, GS_HEAD_MAX_SIDE);
	r.head = calloc(1, sizeof(*r.head));
	if (!r.head) {
		gs_head_fail(&r, "out of memory");
		return -ENOMEM;
	}
	r.head->width = model->width;
	r.head->height = model->height;
	ret = open_kind(&r, kind);
	if (ret)
		free(r.head);
	else
		*out = r.head;
	return ret;
}

void gs_head_close(struct gs_head *head)
{
	free(head);
}

int gs_head_decode(const struct gs_head *head, const float *const *data,
		   struct gs_head_found *found)
{
	int ret;

	memset(found, 0, sizeof(*found));
	found->kind = head->kind;
	found->threshold = head->threshold;
	found->width = head->width;
	found->height = head->height;
	ret = kinds[head->kind].decode(head, data, found);
	if (ret)
		gs_head_found_free(found);
	return ret;
}

void gs_head_found_free(struct gs_head_found *found)
{
	free(found->item);
	free(found->point);
	free(found->map);
	memset(found, 0, sizeof(*found));
}
