/* SPDX-License-Identifier: MIT */
/*
 * The tensor table.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "runtime/loader/gsm_internal.h"

/* A sentence that starts with section and tensor. */
#define bad(r, t, fmt, ...)                                                \
	gs_gsm_fail(r, -EINVAL, "%s: tensor %.100s: " fmt, GS_ELF_TENSORS, \
		    (t)->name, __VA_ARGS__)

/* Elements of a shape, 0 when it is not one or too large. */
static uint64_t count_elems(const struct gs_elf_tensor *rec)
{
	uint64_t elems = 1;

	for (unsigned i = 0; i < GS_ELF_MAX_RANK; i++) {
		if (i >= rec->rank ? rec->dim[i] != 0 : rec->dim[i] < 1)
			return 0;
		if (i < rec->rank &&
		    __builtin_mul_overflow(elems, (uint64_t)rec->dim[i],
					   &elems))
			return 0;
	}
	return elems;
}

static bool mul(uint64_t *product, uint64_t a, uint64_t b)
{
	return !__builtin_mul_overflow(a, b, product);
}

static int check_shape(struct gs_gsm_reader *r, struct gs_gsm_tensor *t)
{
	const struct gs_elf_tensor *rec = t->rec;
	uint64_t elems;

	if (rec->type < GS_ELF_I8 || rec->type > GS_ELF_I4_WIDE ||
	    rec->rank > GS_ELF_MAX_RANK || rec->order > GS_ELF_NHWC ||
	    rec->reserved2)
		return bad(r, t,
			   "type %u, rank %u, order %u; expected type 1 to 3, "
			   "rank to %d, order 0 or 1",
			   rec->type, rec->rank, rec->order, GS_ELF_MAX_RANK);
	t->elems = count_elems(rec);
	if (!t->elems || !rec->n || !rec->h || !rec->w || !rec->c ||
	    !mul(&elems, (uint64_t)rec->n * rec->h, rec->w) ||
	    !mul(&elems, elems, rec->c) || elems != t->elems)
		return bad(r, t,
			   "layout %u x %u x %u x %u does not have the %llu "
			   "elements of its shape",
			   rec->n, rec->h, rec->w, rec->c,
			   (unsigned long long)t->elems);
	if (rec->border_value < gs_elf_low(rec->type) ||
	    rec->border_value > gs_elf_high(rec->type) ||
	    rec->zero_point < gs_elf_low(rec->type) ||
	    rec->zero_point > gs_elf_high(rec->type) || !isfinite(rec->scale) ||
	    rec->scale <= 0)
		return bad(r, t, "border value %d, zero point %d, scale %g",
			   rec->border_value, rec->zero_point,
			   (double)rec->scale);
	return 0;
}

static int check_slot(struct gs_gsm_reader *r, struct gs_gsm_tensor *t)
{
	const struct gs_elf_tensor *rec = t->rec;
	uint64_t rows = (uint64_t)rec->top + rec->h + rec->bottom;
	uint64_t columns = (uint64_t)rec->left + rec->w + rec->right;
	uint64_t act = r->gsm->act_bytes, need;
	uint32_t block = gs_row_block(rec);

	if (!mul(&need, rows / block, columns) || !mul(&need, need, rec->n) ||
	    !mul(&need, need, rec->c_phys) ||
	    (rec->type == GS_ELF_I4 ? need / 2 + need % 2 : need) >
		    rec->bytes ||
	    rec->bytes > act || rec->offset > act - rec->bytes)
		return bad(r, t,
			   "%llu bytes at offset %llu of %llu in %s do not "
			   "hold %u x %llu x %llu x %u elements",
			   (unsigned long long)rec->bytes,
			   (unsigned long long)rec->offset,
			   (unsigned long long)act, GS_ELF_ACT, rec->n,
			   (unsigned long long)rows,
			   (unsigned long long)columns, rec->c_phys);
	return 0;
}

static int check_block(struct gs_gsm_reader *r, const struct gs_gsm_tensor *t)
{
	const struct gs_elf_tensor *rec = t->rec;
	uint64_t rows = (uint64_t)rec->top + rec->h + rec->bottom;
	uint32_t block = gs_row_block(rec);

	if (!(rows % block) && !(rec->c_phys % block))
		return 0;
	return bad(r, t, "%llu rows of %u channels are no blocks of %u rows",
		   (unsigned long long)rows, rec->c_phys, block);
}

static int check_channels(struct gs_gsm_reader *r, struct gs_gsm_tensor *t)
{
	const struct gs_elf_tensor *rec = t->rec;
	uint64_t have = r->sec[GS_SEC_CHANNELS].size / sizeof(uint32_t);
	const uint32_t *map = (const void *)(r->sec[GS_SEC_CHANNELS].data);

	uint32_t each = rec->c_phys / gs_row_block(rec);

	if (rec->c > each)
		return bad(r, t, "%u channels in memory hold no %u", each,
			   rec->c);
	if (!rec->channel_count)
		return 0;
	if (rec->channel_count != rec->c || rec->channel_first > have ||
	    rec->c > have - rec->channel_first)
		return bad(r, t,
			   "channel map of %u at %u of %llu, for %u channels",
			   rec->channel_count, rec->channel_first,
			   (unsigned long long)have, rec->c);
	t->channel_map = map + rec->channel_first;
	for (uint32_t i = 0; i < rec->c; i++)
		if (t->channel_map[i] >= each)
			return bad(r, t,
				   "channel %u stands at %u of %u in memory", i,
				   t->channel_map[i], each);
	return 0;
}

/* check_slot() found both slots in .bss.act, so nothing wraps. */
static bool lies_in(const struct gs_elf_tensor *view,
		    const struct gs_elf_tensor *root)
{
	return view->offset >= root->offset &&
	       view->offset + view->bytes <= root->offset + root->bytes;
}

/* The runtime moves a root, and its views with it, into other memory. */
static int check_links(struct gs_gsm_reader *r, const struct gs_gsm_tensor *t)
{
	const struct gs_elf_tensor *rec = t->rec;
	const struct gs_gsm *m = r->gsm;
	const struct gs_elf_tensor *root;

	if (rec->root >= m->num_tensors ||
	    m->tensor[rec->root].rec->root != rec->root)
		return bad(r, t, "is a view of tensor %u of %u, not a root",
			   rec->root, m->num_tensors);
	root = m->tensor[rec->root].rec;
	if (!lies_in(rec, root))
		return bad(r, t,
			   "%llu bytes at offset %llu are not in the slot of "
			   "its root, %llu bytes at %llu",
			   (unsigned long long)rec->bytes,
			   (unsigned long long)rec->offset,
			   (unsigned long long)root->bytes,
			   (unsigned long long)root->offset);
	if ((rec->first_layer >= m->num_layers &&
	     rec->first_layer != GS_ELF_NONE) ||
	    (rec->last_layer >= m->num_layers &&
	     rec->last_layer != GS_ELF_NONE))
		return bad(r, t, "lives from layer %u to %u of %u",
			   rec->first_layer, rec->last_layer, m->num_layers);
	return 0;
}

/* ---- inputs and outputs ------------------------------------------------------------ */

/* Positions must be 0 to count - 1, each once. */
static int collect(struct gs_gsm_reader *r, bool output, uint32_t **list,
		   uint32_t *count)
{
	const struct gs_gsm *m = r->gsm;
	uint32_t *found = malloc((m->num_tensors + 1u) * sizeof(*found));

	*list = found;
	if (!found)
		return gs_gsm_fail(r, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < m->num_tensors; i++)
		found[i] = GS_ELF_NONE;
	for (uint32_t i = 0; i < m->num_tensors; i++) {
		const struct gs_gsm_tensor *t = &m->tensor[i];
		uint32_t at = output ? t->rec->output : t->rec->input;

		if (at == GS_ELF_NONE)
			continue;
		if (at >= m->num_tensors || found[at] != GS_ELF_NONE)
			return bad(r, t, "%s %u is out of range or taken",
				   output ? "output" : "input", at);
		found[at] = i;
		++*count;
	}
	for (uint32_t i = 0; i < *count; i++)
		if (found[i] == GS_ELF_NONE)
			return gs_gsm_fail(r, -EINVAL, "%s: no %s %u of %u",
					   GS_ELF_TENSORS,
					   output ? "output" : "input", i,
					   *count);
	return 0;
}

static int check_tensor_names(struct gs_gsm_reader *r)
{
	const struct gs_gsm *m = r->gsm;
	const char **name = calloc(m->num_tensors + 1u, sizeof(*name));
	int ret;

	if (!name)
		return gs_gsm_fail(r, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < m->num_tensors; i++)
		name[i] = m->tensor[i].name;
	ret = gs_gsm_unique(r, GS_SEC_TENSORS, name, m->num_tensors);
	free(name);
	return ret;
}

static int read_records(struct gs_gsm_reader *r)
{
	const struct gs_elf_tensor *rec =
		(const void *)r->sec[GS_SEC_TENSORS].data;
	struct gs_gsm *m = r->gsm;

	for (uint32_t i = 0; i < m->num_tensors; i++) {
		struct gs_gsm_tensor *t = &m->tensor[i];
		int ret;

		t->rec = &rec[i];
		t->name = gs_gsm_name(r, rec[i].name, "tensor", i);
		if (!t->name)
			return -EINVAL;
		ret = check_shape(r, t);
		if (!ret)
			ret = check_block(r, t);
		if (!ret)
			ret = check_channels(r, t);
		if (!ret)
			ret = check_slot(r, t);
		if (ret)
			return ret;
	}
	return 0;
}

int gs_gsm_read_tensors(struct gs_gsm_reader *r)
{
	struct gs_gsm *m = r->gsm;
	uint32_t channels;
	int ret = gs_gsm_count(r, GS_SEC_TENSORS, sizeof(struct gs_elf_tensor),
			       &m->num_tensors);

	if (!ret)
		ret = gs_gsm_count(r, GS_SEC_CHANNELS, sizeof(uint32_t),
				   &channels);
	if (ret)
		return ret;
	m->tensor = calloc(m->num_tensors + 1u, sizeof(*m->tensor));
	if (!m->tensor)
		return gs_gsm_fail(r, -ENOMEM, "out of memory");
	ret = read_records(r);
	for (uint32_t i = 0; i < m->num_tensors && !ret; i++)
		ret = check_links(r, &m->tensor[i]);
	if (!ret)
		ret = check_tensor_names(r);
	if (!ret)
		ret = collect(r, false, &m->input, &m->num_inputs);
	if (!ret)
		ret = collect(r, true, &m->output, &m->num_outputs);
	if (!ret && !m->num_outputs)
		ret = gs_gsm_fail(r, -EINVAL, "%s: the model has no output",
				  GS_ELF_TENSORS);
	return ret;
}

/* ---- look-up ------------------------------------------------------------------------ */

static bool alive(const struct gs_elf_tensor *rec, uint32_t layer)
{
	bool written = rec->first_layer == GS_ELF_NONE ||
		       rec->first_layer <= layer;

	return written && rec->last_layer != GS_ELF_NONE &&
	       layer <= rec->last_layer;
}

const struct gs_gsm_tensor *gs_gsm_tensor_at(const struct gs_gsm *gsm,
					     uint64_t offset, uint32_t layer)
{
	const struct gs_gsm_tensor *best = NULL;

	for (uint32_t i = 0; i < gsm->num_tensors; i++) {
		const struct gs_gsm_tensor *t = &gsm->tensor[i];

		if (t->rec->root != i || offset < t->rec->offset ||
		    offset - t->rec->offset >= t->rec->bytes)
			continue;
		if (layer != GS_ELF_NONE &&
		    (t->rec->first_layer == layer || alive(t->rec, layer)))
			return t;
		if (!best)
			best = t;
	}
	return best;
}
