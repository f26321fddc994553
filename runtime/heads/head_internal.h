/* SPDX-License-Identifier: MIT */
/*
 * What the heads share. Each is a file with a function that reads its keys and
 * one that decodes.
 */
#ifndef GS_HEAD_INTERNAL_H
#define GS_HEAD_INTERNAL_H

#include "runtime/heads/head.h"

#define GS_HEAD_MAX_OUTPUTS 16
#define GS_HEAD_MAX_LIST 64
#define GS_HEAD_MAX_SIDE 32768u

enum gs_head_activation {
	GS_HEAD_PLAIN,
	GS_HEAD_SIGMOID,
	GS_HEAD_SOFTMAX, /**< over classes */
};

/** Outputs with rows of @width values, one behind the other. */
struct gs_head_rows {
	uint32_t output[GS_HEAD_MAX_OUTPUTS]; /**< number in the model */
	size_t rows[GS_HEAD_MAX_OUTPUTS];
	uint32_t num;
	size_t width;
};

enum gs_head_coding { GS_CODING_OFFSET, GS_CODING_SSD };

struct gs_head_boxes {
	struct gs_head_rows boxes, scores;
	uint32_t num_strides;
	float stride[GS_HEAD_MAX_LIST];
	uint32_t anchors[GS_HEAD_MAX_LIST]; /**< of a cell, by stride */
	float anchor_width
		[GS_HEAD_MAX_LIST]; /**< of all anchors of a cell of each stride */
	float anchor_height[GS_HEAD_MAX_LIST];
	enum gs_head_coding coding;
	float unit; /**< GS_CODING_OFFSET: pixels */
	float variance[4]; /**< GS_CODING_SSD */
	bool yx; /**< y stands before x, height before width */
	uint32_t num_points;
	uint32_t background; /**< class that is nothing; UINT32_MAX: none */
	float overlap; /**< of boxes that are one */
	bool average; /**< of them, else the best */
};

struct gs_head_mask {
	uint32_t output;
	uint32_t width, height; /**< of the map */
	bool regions;
	float region_score, region_size, grow;
};

struct gs_head_lines {
	uint32_t scores, ends; /**< outputs */
	uint32_t width, height; /**< of the maps */
	bool planes; /**< ends: four maps, else four values at each place */
	float min_length, near; /**< in pixels of the input */
};

struct gs_head {
	enum gs_head_kind kind;
	uint32_t width, height; /**< of the input */
	enum gs_head_activation activation;
	float threshold;
	uint32_t limit; /**< most items */
	union {
		struct gs_head_boxes boxes;
		struct gs_head_mask mask;
		struct gs_head_lines lines;
	};
};

/** Reading a description. Functions return 0 or -errno after writing a sentence. */
struct gs_head_reader {
	const struct gs_head_model *model;
	struct gs_head *head;
	char *err;
	size_t errsize;
};

#define GS_HEAD_PRINTF __attribute__((format(printf, 2, 3)))

/** gs_head_fail() - write the sentence; -EINVAL */
int gs_head_fail(struct gs_head_reader *r, const char *fmt, ...) GS_HEAD_PRINTF;

/** gs_head_number() - a number from @min to @max; without the key *out stays */
int gs_head_number(struct gs_head_reader *r, const char *key, float min,
		   float max, float *out);

/** gs_head_count() - the same, a whole number */
int gs_head_count(struct gs_head_reader *r, const char *key, uint32_t min,
		  uint32_t max, uint32_t *out);

/** gs_head_list() - numbers from @min to @max; none (*num 0) without the key */
int gs_head_list(struct gs_head_reader *r, const char *key, float min,
		 float max, float *list, uint32_t *num);

/** gs_head_choice() - number of the value in @names, which end with NULL; without the key *out stays */
int gs_head_choice(struct gs_head_reader *r, const char *key,
		   const char *const *names, uint32_t *out);

/**
 * gs_head_outputs() - outputs named by a key
 * Without the key: the model's only output, else a sentence.
 */
int gs_head_outputs(struct gs_head_reader *r, const char *key, uint32_t max,
		    uint32_t *list, uint32_t *num);

/** gs_head_map() - rows and columns of an output that is one map */
int gs_head_map(struct gs_head_reader *r, uint32_t output, uint32_t *width,
		uint32_t *height);

/** gs_head_shape() - "[1,2,3]" */
const char *gs_head_shape(const struct gs_head_output *output, char *buf,
			  size_t size);

/** gs_head_elems() - of an output */
size_t gs_head_elems(const struct gs_head_output *output);

/** gs_head_activate() - one value; softmax is none here */
float gs_head_activate(enum gs_head_activation how, float value);

/** gs_head_add() - room for one more item and its points; NULL: out of memory */
struct gs_head_item *gs_head_add(struct gs_head_found *found, size_t *cap);

/**
 * gs_head_sort() - best score first, equal ones in their order; keep @limit
 * Points go with their items. 0 or -ENOMEM.
 */
int gs_head_sort(struct gs_head_found *found, size_t limit);

/**
 * gs_head_merge() - of boxes of a class that overlap more than @overlap leave one
 * @found: sorted
 * @average: all of them, weighted by score, else the best. 0 or -ENOMEM.
 */
int gs_head_merge(struct gs_head_found *found, float overlap, bool average);

/** gs_head_regions() - items from the connected parts of the mask; 0 or -ENOMEM */
int gs_head_regions(const struct gs_head *head, struct gs_head_found *found);

int gs_head_boxes_open(struct gs_head_reader *r);
int gs_head_boxes_decode(const struct gs_head *head, const float *const *data,
			 struct gs_head_found *found);
int gs_head_mask_open(struct gs_head_reader *r);
int gs_head_mask_decode(const struct gs_head *head, const float *const *data,
			struct gs_head_found *found);
int gs_head_lines_open(struct gs_head_reader *r);
int gs_head_lines_decode(const struct gs_head *head, const float *const *data,
			 struct gs_head_found *found);

#endif /* GS_HEAD_INTERNAL_H */
