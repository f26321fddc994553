/* SPDX-License-Identifier: MIT */
/*
 * "Did you mean": the known name nearest to a misspelt one.
 */
#ifndef GS_NEAREST_H
#define GS_NEAREST_H

#include <stddef.h>

/** Longer words and names are too far from everything. */
#define GS_NEAREST_MAX_LEN 48

struct gs_nearest {
	const char *word; /**< borrowed */
	size_t len;
	size_t distance; /**< of the nearest so far; first a limit */
	const char *name; /**< the nearest so far, or NULL */
};

/** gs_nearest_init() - start a search for @word; only similar names are found */
void gs_nearest_init(struct gs_nearest *n, const char *word, size_t len);

/** gs_nearest_offer() - propose a known name */
void gs_nearest_offer(struct gs_nearest *n, const char *name);

#endif /* GS_NEAREST_H */
