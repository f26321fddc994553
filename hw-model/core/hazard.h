/* SPDX-License-Identifier: MIT */
/*
 * Sets of bytes by bus address: what a channel stored in the running block
 * (docs/isa.md section 10, hazards).
 *
 * A set is a hash of 4 KiB pages. A page holds one interval until a second,
 * separate one arrives, and a bit per byte from then on, so that a set never
 * takes more than an eighth of the memory it describes plus a word a page.
 */
#ifndef GS_HAZARD_H
#define GS_HAZARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gs_stored_page;

struct gs_stored {
	struct gs_stored_page *pages; /* open addressing */
	size_t cap; /* power of two, or 0 */
	size_t num;
	uint64_t first, last; /* bounds of all, when num is not 0 */
};

/* Add size bytes at addr; the range does not wrap. Returns 0 or -ENOMEM. */
int gs_stored_add(struct gs_stored *set, uint64_t addr, uint64_t size);
/* Does the set hold a byte of the range? */
bool gs_stored_overlaps(const struct gs_stored *set, uint64_t addr,
			uint64_t size);
void gs_stored_clear(struct gs_stored *set);
void gs_stored_free(struct gs_stored *set);

#endif /* GS_HAZARD_H */
