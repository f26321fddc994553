/* SPDX-License-Identifier: MIT */
/* Transfers: from the box of a tile and the layout of its tensor to addresses and loops. */
#include "compiler/codegen/emit.h"

/* Subscripts of an operand in memory: those of the first reference to it. */
static const struct gs_bound_ref *first_ref(const struct gs_bound_node *b,
					    unsigned operand)
{
	unsigned i, a;

	for (i = 0; i < b->num_stmts; i++) {
		for (a = 0; a < b->stmt[i].num_args; a++)
			if (b->stmt[i].arg[a].operand == (int)operand)
				return &b->stmt[i].arg[a];
		if (b->stmt[i].dst.operand == (int)operand)
			return &b->stmt[i].dst;
	}
	return NULL;
}

static struct gs_addr slot_of(const struct gs_gen *g,
			      const struct gs_bound_operand *o)
{
	const struct gs_tensor *owner;
	uint32_t i;

	if (o->decl->kind == GS_CL_ROW)
		return (struct gs_addr){ o->decl->mem == GS_ACG_BBUF ?
						 GS_PART_PARAM :
						 GS_PART_CONST,
					 (int64_t)o->offset };
	if (o->tensor->data)
		return (struct gs_addr){ GS_PART_CONST, (int64_t)o->offset };
	owner = gs_tensor_owner(o->tensor);
	for (i = 0; i < g->prog->num_places; i++)
		if (g->prog->place[i].tensor == owner)
			return (struct gs_addr){
				GS_PART_ACT, (int64_t)g->prog->place[i].offset
			};
	return (struct gs_addr){ GS_PART_ACT, -1 };
}

void gs_dma_plan(const struct gs_gen *g, const struct gs_block *blk,
		 unsigned operand, struct gs_dma *dma)
{
	const struct gs_bound_operand *o = &blk->b->operand[operand];
	const struct gs_bound_ref *ref = first_ref(blk->b, operand);
	const unsigned num_dims = o->decl->num_dims;
	int64_t stride[GS_CL_MAX_DIMS];
	struct gs_tile tile;
	unsigned d, v;

	*dma = (struct gs_dma){ .elem_bits = gs_elem_bits(o) };
	gs_tile_of(blk->b, operand, blk->tile, &tile);
	dma->addr = slot_of(g, o);
	dma->addr.offset += gs_memory_strides(blk->b, operand, stride);
	gs_split_runs(&tile, stride, num_dims, &dma->runs);
	for (d = 0; d < num_dims; d++) {
		dma->addr.offset += tile.lo[d] * stride[d];
		for (v = 0; ref && v < blk->b->num_vars; v++) {
			const int64_t bytes =
				gs_sub_step(blk->b, &ref->sub[d], v) *
				stride[d];

			dma->addr.offset += bytes * blk->piece[v].start;
			dma->step[v] += bytes * blk->piece[v].tile;
		}
	}
}
