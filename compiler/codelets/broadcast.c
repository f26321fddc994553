/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/broadcast.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static enum gs_dim_order order_of(const struct gs_scope *ev)
{
	const struct gs_node *node = ev->binding->node;

	return node->has_order ? node->order : gs_tensor_order(node->output[0]);
}

/* Extents n, h, w, c of @t with 1s in front until it has the result's rank. */
static int aligned_dims(struct gs_scope *ev, const struct gs_tensor *t,
			int64_t dims[4])
{
	const struct gs_tensor *out = ev->binding->node->output[0];
	struct gs_tensor aligned = { .shape.rank = out->shape.rank };
	unsigned i, lead;

	if (t->shape.rank > out->shape.rank)
		return gs_scope_misfit(ev,
				       "'%s' has rank %u, its result rank %u",
				       t->name, t->shape.rank, out->shape.rank);
	lead = out->shape.rank - t->shape.rank;
	for (i = 0; i < out->shape.rank; i++)
		aligned.shape.dim[i] = i < lead ? 1 : t->shape.dim[i - lead];
	gs_canonical_dims(&aligned, order_of(ev), dims);
	return 0;
}

int gs_broadcast_input(struct gs_scope *ev, struct gs_bound_operand *o,
		       struct gs_tensor *t)
{
	int64_t own[4], dims[4];

	if (t->data && ev->quantized && !t->qdata)
		return gs_scope_misfit(ev, "'%s' is not quantized", t->name);
	if (aligned_dims(ev, t, dims))
		return ev->err;
	/* The pass that lowers gives operands the rank of the result. */
	gs_canonical_dims(t, order_of(ev), own);
	if (ev->quantized && memcmp(own, dims, sizeof(dims)))
		return gs_scope_misfit(ev, "to broadcast '%s' would move data",
				       t->name);
	o->tensor = t;
	if (t->part.of)
		o->access = &t->part;
	memcpy(o->extent, dims, sizeof(dims));
	return 0;
}

int gs_broadcast_const(struct gs_scope *ev, struct gs_bound_operand *o,
		       struct gs_tensor *t)
{
	const struct gs_tensor *out = ev->binding->node->output[0];
	int64_t dims[4], to[4];

	if (!t->data)
		return gs_scope_misfit(ev, "'%s' must be a constant", t->name);
	if (aligned_dims(ev, t, dims))
		return ev->err;
	gs_canonical_dims(out, order_of(ev), to);
	if (dims[0] * dims[1] * dims[2] != 1 ||
	    (dims[3] != 1 && dims[3] != to[3]))
		return gs_scope_misfit(
			ev, "'%s' is not one value or one for each channel",
			t->name);
	o->tensor = t;
	o->extent[0] = dims[3];
	return 0;
}

bool gs_needs_spread(const struct gs_scope *ev,
		     const struct gs_bound_operand *o)
{
	const struct gs_value *channels;

	if (o->decl->kind != GS_CL_INPUT || !o->decl->broadcast || o->spread ||
	    o->extent[3] != 1)
		return false;
	channels = gs_scope_find(ev, o->decl->dim[3]);
	return channels && channels->num == 1 && channels->v[0] > 1;
}

static const struct gs_expr *new_expr(struct gs_scope *ev,
				      enum gs_expr_kind kind, const char *name,
				      const struct gs_expr *left,
				      const struct gs_expr *right)
{
	struct gs_expr *e = gs_graph_alloc(ev->graph, sizeof(*e));
	const struct gs_expr **arg =
		gs_graph_alloc_array(ev->graph, 2, sizeof(*arg));

	if (!e || !arg) {
		gs_scope_misfit(ev, "out of memory");
		ev->err = -ENOMEM;
		return NULL;
	}
	arg[0] = left;
	arg[1] = right;
	*e = (struct gs_expr){ .kind = kind, .name = name, .arg = arg };
	return e;
}

/* The temporary: where the operand has several indices, so has it. */
static int add_temp(struct gs_scope *ev, struct gs_bound_operand *from)
{
	struct gs_bound_node *b = ev->binding;
	struct gs_cl_operand *decl = gs_graph_alloc(ev->graph, sizeof(*decl));
	struct gs_bound_operand *to = &b->operand[b->num_operands];
	unsigned d;

	if (!decl)
		return ev->err = -ENOMEM;
	if (b->num_operands == GS_CL_MAX_OPERANDS)
		return gs_scope_misfit(ev, "more than %d operands",
				       GS_CL_MAX_OPERANDS);
	*decl = (struct gs_cl_operand){ .kind = GS_CL_TEMP,
					.name = gs_graph_printf(
						ev->graph, "%s/lanes",
						from->decl->name),
					.num_dims = 4,
					.mem = from->decl->mem,
					.line = from->decl->line };
	*to = (struct gs_bound_operand){ .decl = decl };
	for (d = 0; d < 3; d++) {
		decl->dim[d] = from->extent[d] == 1 ? "1" : from->decl->dim[d];
		to->extent[d] = from->extent[d];
	}
	decl->dim[3] = GS_CL_LANE;
	to->extent[2] += ev->acg->arch.array_m - 1;
	to->extent[3] = 1;
	from->spread = b->num_operands++;
	return decl->name ? 0 : (ev->err = -ENOMEM);
}

/*
 * lanes[n, h, col + lane, @] = spread(x): the permutation engine writes LANES
 * rows for each pixel, of which the first is the channel in every lane; each
 * but that one is overwritten by the next pixels' or lies behind the last.
 */
const struct gs_cl_statement *
gs_spread_statement(struct gs_scope *ev, const struct gs_cl_statement *reader,
		    unsigned operand)
{
	static const struct gs_expr none = { .kind = GS_EX_NUMBER };
	struct gs_bound_operand *from = &ev->binding->operand[operand];
	struct gs_cl_statement *s = gs_graph_alloc(ev->graph, sizeof(*s));
	struct gs_cl_loop *loops =
		gs_graph_alloc_array(ev->graph, 4, sizeof(*loops));
	const struct gs_expr **at =
		gs_graph_alloc_array(ev->graph, 4, sizeof(*at));
	unsigned l, d;

	if (!s || !loops || !at || add_temp(ev, from)) {
		ev->err = ev->err ? ev->err : -ENOMEM;
		return NULL;
	}
	at[0] = at[1] = at[2] = &none;
	s->loop = loops;
	for (l = 0; l < reader->num_loops; l++)
		for (d = 0; d < 3; d++) {
			const struct gs_cl_loop *loop = &reader->loop[l];

			if (from->extent[d] == 1 || at[d] != &none ||
			    strcmp(loop->extent, from->decl->dim[d]))
				continue;
			at[d] = new_expr(ev, GS_EX_NAME, loop->var, NULL, NULL);
			loops[s->num_loops++] = *loop;
		}
	loops[s->num_loops++] =
		(struct gs_cl_loop){ .var = "lane", .extent = "LANES" };
	at[2] = new_expr(ev, GS_EX_ADD, NULL, at[2],
			 new_expr(ev, GS_EX_NAME, "lane", NULL, NULL));
	s->fn = gs_acg_find_function("spread");
	s->line = reader->line;
	s->dst = (struct gs_cl_ref){ .operand = (int)from->spread,
				     .sub = at,
				     .num_subs = 4 };
	s->arg[0] = (struct gs_cl_ref){ .operand = (int)operand };
	s->num_args = 1;
	return ev->err ? NULL : s;
}
