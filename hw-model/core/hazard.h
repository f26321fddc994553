/* SPDX-License-Identifier: MIT */
/*
 * Sets of bytes by bus address: what a channel stored in the running block
 * (docs/isa.md section 10, hazards).
 *
 * A set is a hash of 4 KiB pages. A page holds one interval until a second,
 * separate one arrives, and a bit per byte from then on, so that a set never
 * takes more than an eighth of the memory it describes plus a word a page.
 *
 * Most sets are never asked for a byte within their bounds. So transfers of
 * many runs are kept as they are, GS_STORED_KEPT at most, and entered into pages
 * when somebody asks.
 */
#ifndef GS_HAZARD_H
#define GS_HAZARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GS_STORED_LOOPS 4
#define GS_STORED_KEPT 256

struct gs_stored_page;

/* Runs of size bytes, the first at addr. */
struct gs_stored_runs {
	uint64_t addr, size;
	unsigned num_loops;
	struct {
		uint32_t num;
		int64_t stride;
	} loops[GS_STORED_LOOPS];
};

struct gs_stored {
	struct gs_stored_page *pages; /* open addressing */
	size_t cap; /* power of two, or 0 */
	size_t num;
	bool any;
	uint64_t first, last; /* bounds of all, when there are any */
	struct gs_stored_runs *kept; /* NULL, or room for GS_STORED_KEPT */
	unsigned num_kept;
	const atomic_bool
		*stop; /* NULL, or ends what takes long with -ECANCELED */
};

/* Add size bytes at addr; the range does not wrap. Returns 0 or -ENOMEM. */
int gs_stored_add(struct gs_stored *set, uint64_t addr, uint64_t size);
/* Add runs, all between first and last. Returns 0, -ENOMEM or -ECANCELED. */
int gs_stored_add_runs(struct gs_stored *set, const struct gs_stored_runs *runs,
		       uint64_t first, uint64_t last);
/* Does the set hold a byte of the range? Returns 1, 0, -ENOMEM or -ECANCELED. */
int gs_stored_overlaps(struct gs_stored *set, uint64_t addr, uint64_t size);
void gs_stored_clear(struct gs_stored *set);
void gs_stored_free(struct gs_stored *set);

#endif /* GS_HAZARD_H */
