/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "compiler/ir/arena.h"
#include "compiler/ir/names.h"

struct gs_name_slot {
	const char *name;
	void *value; /* NULL: dropped; the slot keeps its name for the search */
	unsigned num; /* numbers given to names that are made of this one */
};

/* FNV-1a */
static uint64_t hash(const char *name)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3u;
	return h ^ h >> 32;
}

/* The slot of @name, or the free one where it belongs; less than full. */
static struct gs_name_slot *find(const struct gs_names *names, const char *name)
{
	size_t i = (size_t)hash(name) & (names->cap - 1);

	while (names->slot[i].name && strcmp(names->slot[i].name, name))
		i = (i + 1) & (names->cap - 1);
	return &names->slot[i];
}

static int grow(struct gs_names *names)
{
	struct gs_names bigger = *names;
	size_t i;

	bigger.cap = names->cap ? names->cap * 2 : 64;
	bigger.slot =
		gs_arena_alloc(names->arena, bigger.cap * sizeof(*bigger.slot));
	if (!bigger.slot)
		return -ENOMEM;
	for (i = 0; i < names->cap; i++)
		if (names->slot[i].name)
			*find(&bigger, names->slot[i].name) = names->slot[i];
	*names = bigger;
	return 0;
}

int gs_names_put(struct gs_names *names, const char *name, void *value)
{
	struct gs_name_slot *slot;

	if (names->num >= names->cap / 2 && grow(names) < 0)
		return -ENOMEM;
	slot = find(names, name);
	if (slot->value)
		return -EEXIST;
	names->num += !slot->name;
	slot->name = name;
	slot->value = value;
	return 0;
}

void gs_names_drop(struct gs_names *names, const char *name)
{
	if (names->cap)
		find(names, name)->value = NULL;
}

void *gs_names_get(const struct gs_names *names, const char *name)
{
	return names->cap ? find(names, name)->value : NULL;
}

unsigned gs_names_number(struct gs_names *names, const char *name)
{
	return names->cap ? ++find(names, name)->num : 1;
}

void gs_names_clear(struct gs_names *names)
{
	if (names->cap)
		memset(names->slot, 0, names->cap * sizeof(*names->slot));
	names->num = 0;
}
