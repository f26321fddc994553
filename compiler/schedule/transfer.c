/* SPDX-License-Identifier: MIT */
#include "compiler/schedule/transfer.h"

unsigned gs_elem_bits(const struct gs_bound_operand *o)
{
	const struct gs_tensor *owner;

	if (o->decl->kind == GS_CL_ROW)
		return 32;
	if (!o->tensor)
		return 8;
	owner = gs_tensor_owner(o->tensor);
	return owner->layout.valid ? owner->layout.bits :
				     gs_dtype_bits(owner->quant.type);
}

uint32_t gs_request(unsigned bits, uint64_t rows)
{
	return (uint32_t)(bits < 8 ? rows : rows * (bits / 8));
}

bool gs_is_loaded(const struct gs_bound_operand *o)
{
	return (gs_is_read(o) || o->decl->kind == GS_CL_ROW) &&
	       gs_acg_is_vmem(o->decl->mem);
}

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

/* Elements a step of each dimension in memory, and of the first interior element. */
static int64_t layout_strides(const struct gs_layout *l,
			      int64_t stride[GS_MEM_DIMS])
{
	stride[GS_MEM_C] = 1;
	stride[GS_MEM_W] = l->c_phys;
	/* Of blocks of rows only whole ones are walked. */
	stride[GS_MEM_H] =
		(l->w + l->left + l->right) * (l->c_phys / l->row_block);
	stride[GS_MEM_N] = (l->h + l->top + l->bottom) * stride[GS_MEM_H];
	return l->top * stride[GS_MEM_H] + l->left * stride[GS_MEM_W];
}

/* Before layouts are chosen: elements as if it was dense. */
static void dense_strides(const struct gs_bound_node *b,
			  const struct gs_bound_operand *o,
			  int64_t stride[GS_CL_MAX_DIMS])
{
	const int64_t lanes = b->lanes;
	unsigned d = o->decl->num_dims - 1;

	stride[d] = lanes;
	if (d > 0)
		stride[d - 1] = (o->extent[d] + lanes - 1) / lanes * lanes;
	for (; d > 1; d--)
		stride[d - 2] = stride[d - 1] * o->extent[d - 1];
}

/* In elements */
static int64_t elem_strides(const struct gs_bound_node *b, unsigned operand,
			    int64_t stride[GS_CL_MAX_DIMS])
{
	const struct gs_bound_operand *o = &b->operand[operand];
	const int64_t lanes = b->lanes;
	const struct gs_access *a = o->access;
	int64_t mem[GS_MEM_DIMS], at;
	unsigned d = o->decl->num_dims - 1;

	if (o->decl->kind == GS_CL_ROW) {
		stride[d] = lanes;
		if (d > 0)
			stride[d - 1] =
				(o->extent[d] + lanes - 1) / lanes * stride[d];
		for (; d > 1; d--)
			stride[d - 2] = stride[d - 1] * o->extent[d - 1];
		return 0;
	}
	if (!gs_tensor_owner(o->tensor)->layout.valid) {
		dense_strides(b, o, stride);
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

int64_t gs_memory_strides(const struct gs_bound_node *b, unsigned operand,
			  int64_t stride[GS_CL_MAX_DIMS])
{
	const struct gs_bound_operand *o = &b->operand[operand];
	const unsigned bits = gs_elem_bits(o);
	const int64_t at = elem_strides(b, operand, stride);
	unsigned d;

	/* Whole bytes: what is read or written between them has elements of 8 bits. */
	for (d = 0; d < o->decl->num_dims; d++)
		stride[d] = stride[d] * bits / 8;
	return at * bits / 8;
}

static void push_dim(struct gs_runs *runs, uint32_t count, int64_t stride)
{
	if (count > 1)
		runs->dim[runs->num_dims++] =
			(struct gs_dma_dim){ count, stride };
}

void gs_split_runs(const struct gs_tile *tile, const int64_t *stride,
		   unsigned num_dims, struct gs_runs *out)
{
	unsigned d = num_dims - 1;
	unsigned i;

	*out = (struct gs_runs){ .run_rows = tile->ext[d] };
	while (d > 0 && (tile->ext[d - 1] == 1 ||
			 stride[d - 1] == (int64_t)out->run_rows *
						  stride[num_dims - 1])) {
		d--;
		out->run_rows *= tile->ext[d];
	}
	for (i = 0; i < d; i++)
		push_dim(out, tile->ext[i], stride[i]);
}
