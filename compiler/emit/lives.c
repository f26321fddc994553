/* SPDX-License-Identifier: MIT */
/* Where tensors stand in the file's table, and between which layers they live. */
#include <errno.h>
#include <stdlib.h>

#include "compiler/emit/emit_internal.h"

static int by_tensor(const void *a, const void *b)
{
	const uintptr_t x = (uintptr_t)((const struct gs_life *)a)->tensor;
	const uintptr_t y = (uintptr_t)((const struct gs_life *)b)->tensor;

	return x < y ? -1 : x > y;
}

const struct gs_life *gs_lives_find(const struct gs_lives *lives,
				    const struct gs_tensor *tensor)
{
	const struct gs_life key = { .tensor = tensor };

	return lives->num ? bsearch(&key, lives->life, lives->num, sizeof(key),
				    by_tensor) :
			    NULL;
}

/* The last of several layers counts. */
static void note(const struct gs_lives *lives, struct gs_tensor *const *list,
		 unsigned num, uint32_t layer, bool writes)
{
	unsigned i;

	for (i = 0; i < num; i++) {
		const struct gs_life *found =
			list[i] ?
				gs_lives_find(lives, gs_tensor_owner(list[i])) :
				NULL;
		struct gs_life *l = found ? &lives->life[found - lives->life] :
					    NULL;
		uint32_t *at = !l ? NULL : writes ? &l->first : &l->last;

		if (at && (*at == GS_ELF_NONE || layer > *at))
			*at = layer;
	}
}

int gs_lives_init(struct gs_lives *lives, const struct gs_program *p)
{
	uint32_t i;

	lives->num = p->num_places;
	lives->life = calloc(p->num_places + 1u, sizeof(*lives->life));
	if (!lives->life)
		return -ENOMEM;
	for (i = 0; i < p->num_places; i++)
		lives->life[i] = (struct gs_life){ p->place[i].tensor, i,
						   GS_ELF_NONE, GS_ELF_NONE };
	qsort(lives->life, lives->num, sizeof(*lives->life), by_tensor);
	for (i = 0; i < p->num_layers; i++) {
		const struct gs_node *n = p->layer[i].node;

		if (!n)
			continue;
		note(lives, n->output, n->num_outputs, i, true);
		note(lives, n->input, n->num_inputs, i, false);
	}
	return 0;
}

void gs_lives_fini(struct gs_lives *lives)
{
	free(lives->life);
}
