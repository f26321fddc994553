/* SPDX-License-Identifier: MIT */
/* Where tensors stand in the file's table, and between which layers they live. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/emit/emit_internal.h"

struct name {
	const char *text;
	uint32_t layer;
};

/* Equal names by number, so that the first is found. */
static int by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	const int order = strcmp(x->text, y->text);

	return order ? order : x->layer < y->layer ? -1 : 1;
}

static int name_is(const void *key, const void *name)
{
	return strcmp(key, ((const struct name *)name)->text);
}

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

static uint32_t find_layer(const struct name *names, uint32_t num,
			   const struct gs_node *node)
{
	const struct name *n =
		num ? bsearch(node->name, names, num, sizeof(*names), name_is) :
		      NULL;

	while (n && n > names && !strcmp(n[-1].text, n->text))
		n--;
	return n ? n->layer : GS_ELF_NONE;
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
	struct name *names = calloc(p->num_layers + 1u, sizeof(*names));
	const struct gs_node *n;
	uint32_t i;

	lives->num = p->num_places;
	lives->life = calloc(p->num_places + 1u, sizeof(*lives->life));
	if (!names || !lives->life) {
		free(names);
		return -ENOMEM;
	}
	for (i = 0; i < p->num_places; i++)
		lives->life[i] = (struct gs_life){ p->place[i].tensor, i,
						   GS_ELF_NONE, GS_ELF_NONE };
	qsort(lives->life, lives->num, sizeof(*lives->life), by_tensor);
	for (i = 0; i < p->num_layers; i++)
		names[i] = (struct name){ p->layer[i].name, i };
	qsort(names, p->num_layers, sizeof(*names), by_name);
	for (n = p->graph->node; n; n = n->next) {
		const uint32_t layer = find_layer(names, p->num_layers, n);

		if (layer == GS_ELF_NONE)
			continue;
		note(lives, n->output, n->num_outputs, layer, true);
		note(lives, n->input, n->num_inputs, layer, false);
	}
	free(names);
	return 0;
}

void gs_lives_fini(struct gs_lives *lives)
{
	free(lives->life);
}
