/* SPDX-License-Identifier: MIT */
/* Transfers: from the box of a tile and the layout of its tensor to loops around contiguous runs. */
#include "compiler/codegen/emit.h"

int64_t gs_row_stride(const struct gs_bound_node *b,
		      const struct gs_bound_ref *ref,
		      const struct gs_tile *tile, unsigned var)
{
	const unsigned num_dims = b->operand[ref->operand].decl->num_dims;
	int64_t rows = 0;
	unsigned d;

	for (d = 0; d < num_dims; d++)
		rows += gs_sub_step(b, &ref->sub[d], var) *
			(int64_t)tile->stride[d];
	return rows;
}

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

/* Bytes a step of each dimension in memory, and of the first interior element. */
static int64_t layout_strides(const struct gs_layout *l,
			      int64_t stride[GS_MEM_DIMS])
{
	stride[GS_MEM_C] = 1;
	stride[GS_MEM_W] = l->c_phys;
	stride[GS_MEM_H] = (l->w + l->left + l->right) * l->c_phys;
	stride[GS_MEM_N] = (l->h + l->top + l->bottom) * stride[GS_MEM_H];
	return l->top * stride[GS_MEM_H] + l->left * stride[GS_MEM_W];
}

/* The same for the dimensions of an operand, the last one in rows of lanes. */
static int64_t memory_strides(const struct gs_gen *g,
			      const struct gs_bound_operand *o,
			      int64_t stride[GS_CL_MAX_DIMS])
{
	const int64_t lanes = g->acg->arch.array_m;
	const struct gs_access *a = o->access;
	int64_t mem[GS_MEM_DIMS], at;
	unsigned d = o->decl->num_dims - 1;

	if (o->decl->kind == GS_CL_ROW) {
		stride[d] = lanes * 4;
		if (d > 0)
			stride[d - 1] =
				(o->extent[d] + lanes - 1) / lanes * stride[d];
		for (; d > 1; d--)
			stride[d - 2] = stride[d - 1] * o->extent[d - 1];
		return 0;
	}
	at = layout_strides(&gs_tensor_owner(o->tensor)->layout, mem);
	for (d = 0; a && d < GS_MEM_DIMS; d++)
		at += a->at[d] * mem[d];
	for (d = 0; d + 1 < o->decl->num_dims; d++)
		stride[d] = a ? a->dim[d].step * mem[a->dim[d].dim] : mem[d];
	stride[d] = lanes;
	return at;
}

static void push_dim(struct gs_dma *dma, uint32_t count, int64_t stride)
{
	if (count > 1)
		dma->dim[dma->num_dims++] =
			(struct gs_dma_dim){ count, stride };
}

/* Dimensions that follow each other without a gap become one run. */
static void split_runs(const struct gs_tile *tile, const int64_t *stride,
		       unsigned num_dims, struct gs_dma *dma)
{
	unsigned d = num_dims - 1;
	unsigned i;

	dma->run_rows = tile->ext[d];
	while (d > 0 && (tile->ext[d - 1] == 1 ||
			 stride[d - 1] == (int64_t)dma->run_rows *
						  stride[num_dims - 1])) {
		d--;
		dma->run_rows *= tile->ext[d];
	}
	for (i = 0; i < d; i++)
		push_dim(dma, tile->ext[i], stride[i]);
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

	*dma = (struct gs_dma){ .elem_bytes = o->decl->kind == GS_CL_ROW ? 4 :
									   1 };
	gs_tile_of(blk->b, operand, blk->tile, &tile);
	dma->addr = slot_of(g, o);
	dma->addr.offset += memory_strides(g, o, stride);
	split_runs(&tile, stride, num_dims, dma);
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
