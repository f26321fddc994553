/* SPDX-License-Identifier: MIT */
/*
 * A map from names to objects.
 */
#ifndef GS_NAMES_H
#define GS_NAMES_H

#include <stddef.h>

struct gs_arena;

struct gs_names {
	struct gs_arena *arena;
	struct gs_name_slot
		*slot; /**< cap slots, a power of two; name NULL: free */
	size_t num, cap;
};

/** @name must outlive the map, @value is not NULL. 0, -EEXIST or -ENOMEM. */
int gs_names_put(struct gs_names *names, const char *name, void *value);
/** NULL when there is none */
void *gs_names_get(const struct gs_names *names, const char *name);
/** @name, which may be given anew */
void gs_names_drop(struct gs_names *names, const char *name);
/** The next number, from 1 on, that tells names made of @name, which is in the map, apart */
unsigned gs_names_number(struct gs_names *names, const char *name);
void gs_names_clear(struct gs_names *names);

#endif /* GS_NAMES_H */
