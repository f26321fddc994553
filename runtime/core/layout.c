/* SPDX-License-Identifier: MIT */
#include "runtime/core/layout.h"

#include <math.h>
#include <string.h>

/* Extents in memory, a row of which is a block of rows; products fit as the loader checked them. */
struct extents {
	uint64_t rows, columns, row_elems;
	uint64_t block; /* rows */
	uint64_t each; /* elements of a pixel */
};

static bool is_packed(const struct gs_elf_tensor *rec)
{
	return rec->type == GS_ELF_I4;
}

/* @value, at element @at of a slot where two stand in a byte, the first in its low half */
static void put_half(uint8_t *slot, uint64_t at, int value)
{
	unsigned int shift = at % 2 ? 4 : 0;

	slot[at / 2] = (uint8_t)((slot[at / 2] & 0xf0 >> shift) |
				 (value & 15) << shift);
}

static int get_half(const uint8_t *slot, uint64_t at)
{
	int value = slot[at / 2] >> (at % 2 ? 4 : 0) & 15;

	return value < 8 ? value : value - 16;
}

static struct extents extents(const struct gs_elf_tensor *rec)
{
	struct extents e;

	e.block = gs_row_block(rec);
	e.rows = ((uint64_t)rec->top + rec->h + rec->bottom) / e.block;
	e.columns = (uint64_t)rec->left + rec->w + rec->right;
	e.row_elems = e.columns * rec->c_phys;
	e.each = rec->c_phys / e.block;
	return e;
}

/* Elements from the start of the slot to a pixel, row and column counted from the border's first. */
static uint64_t place(const struct gs_elf_tensor *rec, const struct extents *e,
		      uint64_t n, uint64_t row, uint64_t column)
{
	return (n * e->rows + row / e->block) * e->row_elems +
	       column * rec->c_phys + row % e->block * e->each;
}

/* The same of pixel (n, y, x) of the interior. */
static uint64_t pixel(const struct gs_elf_tensor *rec, uint64_t n, uint64_t y,
		      uint64_t x)
{
	struct extents e = extents(rec);

	return place(rec, &e, n, rec->top + y, rec->left + x);
}

/* ---- border ---------------------------------------------------------------- */

static void fill(const struct gs_elf_tensor *rec, uint8_t *slot, uint64_t at,
		 uint64_t num)
{
	int value = rec->border_value;

	if (!is_packed(rec)) {
		memset(slot + at, value, (size_t)num);
		return;
	}
	for (; num && at % 2; num--)
		put_half(slot, at++, value);
	memset(slot + at / 2, (value & 15) * 17, (size_t)(num / 2));
	if (num % 2)
		put_half(slot, at + num - 1, value);
}

/* So many pixels of a row. */
static void border_pixels(const struct gs_elf_tensor *rec,
			  const struct extents *e, uint8_t *slot, uint64_t at,
			  uint64_t num)
{
	if (e->block == 1) {
		fill(rec, slot, at, num * rec->c_phys);
		return;
	}
	for (; num; num--, at += rec->c_phys)
		fill(rec, slot, at, e->each);
}

static void border_row(const struct gs_elf_tensor *rec, const struct extents *e,
		       uint8_t *slot, uint64_t row, bool inside)
{
	uint64_t right = (uint64_t)rec->left + rec->w;

	if (!inside) {
		border_pixels(rec, e, slot, row, e->columns);
		return;
	}
	border_pixels(rec, e, slot, row, rec->left);
	border_pixels(rec, e, slot, row + right * rec->c_phys, rec->right);
}

void gs_slot_border(const struct gs_gsm_tensor *t, uint8_t *slot)
{
	const struct gs_elf_tensor *rec = t->rec;
	struct extents e = extents(rec);

	if (!(rec->top | rec->left | rec->bottom | rec->right))
		return;
	for (uint64_t n = 0; n < rec->n; n++)
		for (uint64_t y = 0; y < e.rows * e.block; y++)
			border_row(rec, &e, slot, place(rec, &e, n, y, 0),
				   y >= rec->top &&
					   y < (uint64_t)rec->top + rec->h);
}

/* ---- elements ----------------------------------------------------------------- */

/* A line is what is innermost in logical order: W of NCHW, C of NHWC. */
struct line {
	uint64_t start; /* element in the slot */
	uint64_t stride;
	const uint32_t *map; /* or offsets from start */
	uint64_t count;
	bool packed;
};

static struct line line_nchw(const struct gs_gsm_tensor *t, uint64_t n,
			     uint64_t c, uint64_t y)
{
	struct line l = { .stride = t->rec->c_phys,
			  .count = t->rec->w,
			  .packed = is_packed(t->rec) };

	l.start = pixel(t->rec, n, y, 0) +
		  (t->channel_map ? t->channel_map[c] : c);
	return l;
}

static struct line line_nhwc(const struct gs_gsm_tensor *t, uint64_t n,
			     uint64_t y, uint64_t x)
{
	return (struct line){ .start = pixel(t->rec, n, y, x),
			      .stride = 1,
			      .map = t->channel_map,
			      .count = t->rec->c,
			      .packed = is_packed(t->rec) };
}

static uint64_t element(const struct line *l, uint64_t i)
{
	return l->start + (l->map ? l->map[i] : i * l->stride);
}

static void put_packed(const struct line *l, const int8_t *dense, uint8_t *slot)
{
	for (uint64_t i = 0; i < l->count; i++)
		put_half(slot, element(l, i), dense[i]);
}

static void get_packed(const struct line *l, const uint8_t *slot, int8_t *dense)
{
	for (uint64_t i = 0; i < l->count; i++)
		dense[i] = (int8_t)get_half(slot, element(l, i));
}

static void put_line(const struct line *l, const int8_t *dense, uint8_t *slot)
{
	uint8_t *to = slot + l->start;

	if (l->packed) {
		put_packed(l, dense, slot);
		return;
	}
	for (uint64_t i = 0; i < l->count; i++)
		to[l->map ? l->map[i] : i * l->stride] = (uint8_t)dense[i];
}

static void get_line(const struct line *l, const uint8_t *slot, int8_t *dense)
{
	const uint8_t *from = slot + l->start;

	if (l->packed) {
		get_packed(l, slot, dense);
		return;
	}
	for (uint64_t i = 0; i < l->count; i++)
		dense[i] = (int8_t)from[l->map ? l->map[i] : i * l->stride];
}

/* The lines of a tensor in logical order: the @i-th. */
static struct line line_at(const struct gs_gsm_tensor *t, uint64_t i)
{
	const struct gs_elf_tensor *rec = t->rec;
	uint64_t inner = rec->order == GS_ELF_NCHW ? rec->h : rec->w;
	uint64_t middle = rec->order == GS_ELF_NCHW ? rec->c : rec->h;
	uint64_t b = i % inner, a = i / inner % middle, n = i / inner / middle;

	return rec->order == GS_ELF_NCHW ? line_nchw(t, n, a, b) :
					   line_nhwc(t, n, a, b);
}

static uint64_t num_lines(const struct gs_gsm_tensor *t)
{
	return t->elems /
	       (t->rec->order == GS_ELF_NCHW ? t->rec->w : t->rec->c);
}

void gs_slot_scatter(const struct gs_gsm_tensor *t, const int8_t *dense,
		     uint8_t *slot)
{
	struct extents e = extents(t->rec);
	uint64_t lines = num_lines(t);

	if (t->rec->c_phys != t->rec->c || is_packed(t->rec) ||
	    t->rec->bytes != e.rows * e.row_elems * t->rec->n)
		memset(slot, 0, (size_t)t->rec->bytes);
	gs_slot_border(t, slot);
	for (uint64_t i = 0; i < lines; i++) {
		struct line l = line_at(t, i);

		put_line(&l, dense, slot);
		dense += l.count;
	}
}

void gs_slot_gather(const struct gs_gsm_tensor *t, const uint8_t *slot,
		    int8_t *dense)
{
	uint64_t lines = num_lines(t);

	for (uint64_t i = 0; i < lines; i++) {
		struct line l = line_at(t, i);

		get_line(&l, slot, dense);
		dense += l.count;
	}
}

bool gs_slot_is_dense(const struct gs_gsm_tensor *t)
{
	const struct gs_elf_tensor *rec = t->rec;

	return !is_packed(rec) && rec->c_phys == rec->c && !t->channel_map &&
	       !rec->top && !rec->left && !rec->bottom && !rec->right &&
	       rec->bytes == t->elems &&
	       (rec->order == GS_ELF_NHWC || rec->c == 1 ||
		(rec->h == 1 && rec->w == 1));
}

void gs_layout_border(const struct gs_gsm_tensor *t, uint8_t *act)
{
	gs_slot_border(t, act + t->rec->offset);
}

void gs_layout_scatter(const struct gs_gsm_tensor *t, const int8_t *dense,
		       uint8_t *act)
{
	gs_slot_scatter(t, dense, act + t->rec->offset);
}

void gs_layout_gather(const struct gs_gsm_tensor *t, const uint8_t *act,
		      int8_t *dense)
{
	gs_slot_gather(t, act + t->rec->offset, dense);
}

/* ---- values ------------------------------------------------------------------- */

/* rintf() rounds half to even, as nobody changed the rounding mode. */
static int8_t quantize(const struct gs_elf_tensor *rec, float value)
{
	int32_t low = gs_elf_low(rec->type), high = gs_elf_high(rec->type);
	float q = rintf(value / rec->scale);
	int32_t sum;

	if (q > 1000.0f)
		return (int8_t)high;
	if (q < -1000.0f)
		return (int8_t)low;
	sum = rec->zero_point + (int32_t)q;
	return (int8_t)(sum < low ? low : sum > high ? high : sum);
}

uint64_t gs_quantize(const struct gs_gsm_tensor *t, const void *in,
		     uint64_t num, int8_t *out)
{
	const char *from = in;

	for (uint64_t i = 0; i < num; i++, from += sizeof(float)) {
		float value;

		memcpy(&value, from, sizeof(value));
		if (isnan(value))
			return i;
		out[i] = quantize(t->rec, value);
	}
	return num;
}

uint64_t gs_find_beyond(const struct gs_gsm_tensor *t, const int8_t *in,
			uint64_t num)
{
	int32_t low = gs_elf_low(t->rec->type);
	int32_t high = gs_elf_high(t->rec->type);
	uint64_t i = 0;

	if (t->rec->type == GS_ELF_I8)
		return num;
	while (i < num && in[i] >= low && in[i] <= high)
		i++;
	return i;
}

void gs_dequantize(const struct gs_gsm_tensor *t, const int8_t *in,
		   uint64_t num, void *out)
{
	char *to = out;

	for (uint64_t i = 0; i < num; i++, to += sizeof(float)) {
		float value =
			t->rec->scale * (float)(in[i] - t->rec->zero_point);

		memcpy(to, &value, sizeof(value));
	}
}
