/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "hw-model/isa/nearest.h"

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/*
 * Levenshtein distance: letters to insert, delete or replace. Case does not
 * count. One row of the usual matrix is kept.
 */
static size_t edit_distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t row[GS_NEAREST_MAX_LEN + 1];

	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 0; i < na; i++) {
		size_t diag = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < nb; j++) {
			size_t cost = strncasecmp(a + i, b + j, 1) ? 1 : 0;
			size_t next =
				min3(row[j] + 1, row[j + 1] + 1, diag + cost);

			diag = row[j + 1];
			row[j + 1] = next;
		}
	}
	return row[nb];
}

void gs_nearest_init(struct gs_nearest *n, const char *word, size_t len)
{
	n->word = word;
	n->len = len;
	n->distance = len / 3 + 1;
	n->name = NULL;
}

void gs_nearest_offer(struct gs_nearest *n, const char *name)
{
	size_t len = strlen(name);
	size_t d;

	if (n->len > GS_NEAREST_MAX_LEN || len > GS_NEAREST_MAX_LEN)
		return;
	d = edit_distance(n->word, n->len, name, len);
	if (d > n->distance || (n->name && d == n->distance))
		return;
	n->distance = d;
	n->name = name;
}
