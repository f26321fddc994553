/* SPDX-License-Identifier: MIT */
/*
 * What the outputs of a model mean: the key "head" of its metadata and those
 * that start with "head.", docs/runtime.md. A head turns outputs into things
 * found in the picture.
 *
 * Metadata is input from outside: a bad one is a sentence in @err.
 */
#ifndef GS_HEAD_H
#define GS_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GS_HEAD_MAX_RANK 8
#define GS_HEAD_MAX_POINTS 64

enum gs_head_kind { GS_HEAD_BOXES, GS_HEAD_MASK, GS_HEAD_LINES };

/** An output of the model: float values, last dimension innermost. */
struct gs_head_output {
	const char *name;
	uint32_t rank;
	int64_t dim[GS_HEAD_MAX_RANK]; /**< > 0, product is a size_t */
};

/** What a head is made for. All must outlive gs_head_open() only. */
struct gs_head_model {
	/** Value of a key of the metadata, or NULL. */
	const char *(*meta)(const void *ctx, const char *key);
	const void *ctx;
	const struct gs_head_output *output;
	uint32_t num_outputs;
	uint32_t width, height; /**< of the input that takes the picture */
};

/** One box, region or line. */
struct gs_head_item {
	float score;
	uint32_t label; /**< number of its class */
	/** Pixels of the input: left, top, right, bottom; of a line x, y of both ends. */
	float at[4];
};

/** What was found; gs_head_found_free(). */
struct gs_head_found {
	enum gs_head_kind kind;
	struct gs_head_item *item; /**< best first; regions from top to bottom */
	size_t num;
	float *point; /**< num_points x, y of each item */
	uint32_t num_points;
	float *map; /**< of a mask: scores over the whole input, rows of map_width */
	uint32_t map_width, map_height;
	float threshold; /**< the mask is where the map has more */
	uint32_t width, height; /**< of the input */
};

struct gs_head;

/** gs_head_is() - whether the metadata names a head */
bool gs_head_is(const struct gs_head_model *model);

/** gs_head_knows() - whether @key, which starts with "head", is one of head @kind's */
bool gs_head_knows(const char *kind, const char *key);

/**
 * gs_head_open() - read the description and check it against the outputs
 * Returns 0 (*head is for gs_head_close()), -EINVAL or -ENOMEM with a sentence
 * in @err.
 */
int gs_head_open(const struct gs_head_model *model, struct gs_head **head,
		 char *err, size_t errsize);
void gs_head_close(struct gs_head *head);

/**
 * gs_head_decode() - find things
 * @data: the outputs of the model in its order; any values, NaN included
 * Returns 0 or -ENOMEM. Equal values give equal results.
 */
int gs_head_decode(const struct gs_head *head, const float *const *data,
		   struct gs_head_found *found);
void gs_head_found_free(struct gs_head_found *found);

#endif /* GS_HEAD_H */
