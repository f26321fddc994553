/* SPDX-License-Identifier: MIT */
/* Places of activations, as schedule/slots.h chooses them. */
#include <errno.h>
#include <stdlib.h>

#include "compiler/codegen/emit.h"
#include "compiler/schedule/slots.h"

static int place(struct gs_slots *s, const struct gs_planned *layer,
		 unsigned num_layers)
{
	const struct gs_bound_node **list =
		calloc(num_layers + 1u, sizeof(struct gs_bound_node *));
	unsigned i;
	int ret;

	if (!list)
		return -ENOMEM;
	for (i = 0; i < num_layers; i++)
		list[i] = layer[i].binding;
	gs_slots_live(s, list, num_layers);
	ret = gs_slots_place(s);
	free(list);
	return ret;
}

void gs_place_activations(struct gs_gen *g, const struct gs_planned *layer,
			  unsigned num_layers)
{
	struct gs_program *p = g->prog;
	struct gs_slots s;
	unsigned i;
	int ret = gs_slots_init(&s, g->graph);

	p->place = calloc(g->graph->num_tensors + 1u, sizeof(*p->place));
	ret = ret || !p->place ? -ENOMEM : place(&s, layer, num_layers);
	if (ret)
		gs_gen_fail(g, ret, NULL, "out of memory");
	for (i = 0; i < s.num && !ret; i++)
		p->place[p->num_places++] =
			(struct gs_place){ s.slot[i].tensor, s.slot[i].offset };
	p->act_bytes = s.bytes;
	p->own_bytes = s.own_bytes;
	if (p->act_bytes > UINT32_MAX)
		gs_gen_fail(g, -EFBIG, NULL,
			    "activations do not fit their 4 GiB window");
	gs_slots_fini(&s);
}
