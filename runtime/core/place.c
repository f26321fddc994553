/* SPDX-License-Identifier: MIT */
#include "runtime/core/place.h"

#include <string.h>

#include "runtime/core/layout.h"

static bool overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
	return a < b + b_bytes && b < a + a_bytes;
}

/*
 * Addresses in code say where they point, not at which tensor: only a slot that
 * no other tensor uses, at any time, can be elsewhere.
 */
static bool own_slot(const struct gs_gsm *gsm, uint32_t tensor)
{
	const struct gs_elf_tensor *rec = gsm->tensor[tensor].rec;
	const struct gs_elf_tensor *root = gsm->tensor[rec->root].rec;

	if (rec->offset != root->offset || rec->bytes != root->bytes)
		return false;
	for (uint32_t i = 0; i < gsm->num_tensors; i++) {
		const struct gs_elf_tensor *other = gsm->tensor[i].rec;

		if (other->root != rec->root &&
		    overlap(other->offset, other->bytes, root->offset,
			    root->bytes))
			return false;
	}
	return true;
}

uint64_t gs_place_bytes(const struct gs_context *ctx,
			const struct gs_place *place)
{
	return ctx->model->gsm->tensor[place->root].rec->bytes;
}

/* Neither the tensor nor the memory is taken. */
static bool is_free(const struct gs_context *ctx, const struct gs_place *want)
{
	for (uint32_t i = 0; i < ctx->num_places; i++) {
		const struct gs_place *p = &ctx->place[i];

		if (p->root == want->root)
			return false;
		if (p->buf == want->buf &&
		    overlap(p->offset, gs_place_bytes(ctx, p), want->offset,
			    gs_place_bytes(ctx, want)))
			return false;
	}
	return true;
}

static void place(struct gs_context *ctx, uint32_t tensor, bool written,
		  const struct gs_binding *b)
{
	const struct gs_gsm *gsm = ctx->model->gsm;
	const struct gs_gsm_tensor *t = &gsm->tensor[tensor];
	struct gs_place p = { .root = t->rec->root, .written = written };

	if (b->type != GS_NATIVE &&
	    (b->type != GS_INT8 || !gs_slot_is_dense(t)))
		return;
	p.buf = gs_buffer_find(ctx->model->dev, b->data, b->bytes);
	if (!p.buf)
		return;
	p.offset = (uint64_t)((const uint8_t *)b->data - p.buf->data);
	if (p.offset % GS_BUFFER_ALIGN || !own_slot(gsm, tensor) ||
	    !is_free(ctx, &p))
		return;
	if (gsm->tensor[p.root].rec->first_layer != GS_ELF_NONE)
		p.written = true;
	ctx->place[ctx->num_places++] = p;
}

int gs_place_bindings(struct gs_context *ctx,
		      const struct gs_binding *const *slot)
{
	const struct gs_gsm *gsm = ctx->model->gsm;

	ctx->num_places = 0;
	for (uint32_t i = 0; i < gsm->num_inputs; i++)
		place(ctx, gsm->input[i], false, slot[i]);
	for (uint32_t i = 0; i < gsm->num_outputs; i++)
		place(ctx, gsm->output[i], true, slot[gsm->num_inputs + i]);
	return ctx->model->dev->backend->bind(ctx);
}

void gs_place_borders(const struct gs_context *ctx)
{
	for (uint32_t i = 0; i < ctx->num_places; i++) {
		const struct gs_place *p = &ctx->place[i];

		gs_slot_border(&ctx->model->gsm->tensor[p->root],
			       p->buf->data + p->offset);
	}
}

bool gs_place_has(const struct gs_context *ctx, uint32_t tensor,
		  const struct gs_binding *binding)
{
	const uint32_t root = ctx->model->gsm->tensor[tensor].rec->root;

	for (uint32_t i = 0; i < ctx->num_places; i++)
		if (ctx->place[i].root == root)
			return gs_context_slot(ctx, tensor) == binding->data;
	return false;
}

/* ---- programs ---------------------------------------------------------------- */

static uint64_t window_offset(const struct gs_context *ctx, uint64_t act,
			      const struct gs_gsm_reloc *rel)
{
	const struct gs_gsm *gsm = ctx->model->gsm;

	if (rel->part == GS_GSM_SIMD)
		return act + rel->offset;
	if (rel->part != GS_GSM_ACT)
		return rel->offset;
	for (uint32_t i = 0; i < ctx->num_places; i++) {
		const struct gs_place *p = &ctx->place[i];
		uint64_t start = gsm->tensor[p->root].rec->offset;

		if (rel->offset >= start &&
		    rel->offset - start < gs_place_bytes(ctx, p))
			return p->window + (rel->offset - start);
	}
	return act + gsm->act_offset + rel->offset;
}

void gs_place_relocate(const struct gs_context *ctx, uint64_t act,
		       uint32_t *code)
{
	const struct gs_gsm *gsm = ctx->model->gsm;

	memcpy(code, gsm->code, (size_t)gsm->num_words * sizeof(*code));
	for (uint32_t i = 0; i < gsm->num_relocs; i++) {
		const struct gs_gsm_reloc *rel = &gsm->reloc[i];
		uint64_t at = window_offset(ctx, act, rel);

		code[rel->word] &= ~(uint32_t)0xffff;
		code[rel->word] |= (uint32_t)(rel->high ? at >> 16 : at) &
				   0xffff;
	}
}
