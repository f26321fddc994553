/* SPDX-License-Identifier: MIT */
/* Everything that is drawn from the seed of a case, and the shapes' arithmetic. */
#include <stdlib.h>
#include <string.h>

#include "tests/sweep/sweep.h"

/* splitmix64 */
static uint32_t draw(struct sw_case *c)
{
	uint64_t z = c->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) >> 32);
}

uint32_t sw_below(struct sw_case *c, uint32_t limit)
{
	return (uint32_t)((uint64_t)draw(c) * limit >> 32);
}

int64_t sw_between(struct sw_case *c, int64_t low, int64_t high)
{
	return low + (int64_t)sw_below(c, (uint32_t)(high - low + 1));
}

bool sw_chance(struct sw_case *c, unsigned percent)
{
	return sw_below(c, 100) < percent;
}

float sw_real(struct sw_case *c, float low, float high)
{
	return low + (high - low) * (float)(draw(c) >> 8) * 0x1p-24f;
}

const char *sw_pick(struct sw_case *c, const char *const *list, unsigned num)
{
	return list[sw_below(c, num)];
}

int64_t sw_extent(struct sw_case *c, int64_t most)
{
	static const int64_t some[] = { 1,  1,	2,  3,	3,  4,	5,  5,	6,  7,
					7,  8,	9,  10, 11, 12, 13, 14, 15, 16,
					17, 19, 23, 29, 31, 37, 53, 97 };
	int64_t e;

	do
		e = some[sw_below(c, sizeof(some) / sizeof(some[0]))];
	while (e > most);
	return e;
}

int64_t sw_channels(struct sw_case *c)
{
	const int64_t n = c->arch.array_n;

	switch (sw_below(c, 6)) {
	case 0:
		return n;
	case 1:
		return n + sw_between(c, -1, 1);
	case 2:
		return 2 * n + sw_between(c, -1, 1);
	case 3:
		return sw_between(c, 1, n);
	default:
		return sw_extent(c, 37);
	}
}

int64_t sw_batch(struct sw_case *c)
{
	return sw_chance(c, 70) ? 1 : sw_between(c, 2, 5);
}

void sw_range(struct sw_case *c, unsigned i)
{
	const float size = sw_real(c, 0.05f, 8.0f);

	c->high[i] = size * sw_real(c, 0.05f, 1.0f);
	c->low[i] = sw_chance(c, 25) ? 0.0f : -size * sw_real(c, 0.05f, 1.0f);
	if (sw_chance(c, 10))
		c->high[i] = 0.0f;
	if (c->low[i] == 0.0f && c->high[i] == 0.0f)
		c->high[i] = size;
}

void sw_fill(struct sw_case *c, struct sw_const *k, float low, float high)
{
	const int64_t num = sw_elems(&k->shape);
	int64_t i;

	free(k->v);
	k->v = calloc((size_t)num, sizeof(*k->v));
	if (!k->v)
		abort();
	for (i = 0; i < num; i++)
		k->v[i] = sw_real(c, low, high);
}

void sw_draw_act(struct sw_case *c, bool leaky)
{
	switch (sw_below(c, leaky ? 6 : 5)) {
	case 0:
		c->act = SW_ACT_RELU;
		break;
	case 1:
		c->act = SW_ACT_CLIP;
		c->act_low = sw_chance(c, 50) ? 0.0f : sw_real(c, -3.0f, 0.0f);
		c->act_high = sw_real(c, 0.5f, 6.0f);
		break;
	case 5:
		c->act = SW_ACT_LEAKY;
		c->act_low = sw_real(c, 0.01f, 0.9f);
		break;
	default:
		break;
	}
}

/* A power of two times @unit, at most @most */
static uint32_t rows(struct sw_case *c, uint32_t least, uint32_t most)
{
	uint32_t r = least;

	while (r < most && sw_chance(c, 75))
		r *= 2;
	return r;
}

int sw_bits = 8;

/* Between the least and the most of the architecture files of hw-model/configs. */
void sw_draw_machine(struct sw_case *c, uint32_t n)
{
	struct gs_arch *a = &c->arch;
	const uint32_t column = 8 * n;

	*a = *gs_arch_default();
	snprintf(a->name, sizeof(a->name), "sweep");
	a->array_n = a->array_m = n;
	a->ibuf_depth = rows(c, 64, 16384);
	a->wbuf_depth = rows(c, 64, 16384);
	a->obuf_depth = rows(c, 16, 4096);
	a->bbuf_depth = rows(c, 2, 2048);
	a->vmem_depth = rows(c, 128, 4096);
	/* What a published file means when it says OBUF_DEPTH / 2 - 1 */
	if (sw_chance(c, 30) && a->obuf_depth >= 128)
		a->vmem_depth = a->obuf_depth;
	a->imm_depth = sw_chance(c, 50) ? 32 : 64;
	a->instr_depth = rows(c, 128, 4096);
	a->simd_instr_depth = rows(c, 256, 4096);
	a->param_channel_bw = rows(c, 64, 1024);
	a->ibuf_channel_bw = rows(c, 64, 1024);
	a->obuf_channel_bw = rows(c, 64, 1024);
	a->simd_channel_bw = rows(c, 64, 1024);
	a->instr_channel_bw = rows(c, 64, 512);
	a->weight_layout = GS_WEIGHTS_COLUMN;
	if (sw_chance(c, 50)) {
		a->weight_layout = GS_WEIGHTS_PUBLISHED;
		if (a->param_channel_bw < column)
			a->param_channel_bw = column;
	}
	if (sw_bits == 8)
		return;
	a->data_width = a->wgt_width = (uint32_t)sw_bits;
	a->weight_layout = GS_WEIGHTS_COLUMN;
}

/* ---- shapes ---------------------------------------------------------------- */

int64_t sw_elems(const struct sw_shape *s)
{
	int64_t num = 1;
	unsigned i;

	for (i = 0; i < s->rank; i++)
		num *= s->dim[i];
	return num;
}

void sw_index(const struct sw_shape *s, int64_t i, int64_t *index)
{
	unsigned k;

	for (k = s->rank; k-- > 0; i /= s->dim[k])
		index[k] = i % s->dim[k];
}

int64_t sw_offset(const struct sw_shape *s, const int64_t *index)
{
	int64_t at = 0;
	unsigned k;

	for (k = 0; k < s->rank; k++)
		at = at * s->dim[k] + index[k];
	return at;
}

int64_t sw_spread(const struct sw_shape *s, const struct sw_shape *to,
		  const int64_t *index)
{
	const unsigned skip = to->rank - s->rank;
	int64_t at = 0;
	unsigned k;

	for (k = 0; k < s->rank; k++)
		at = at * s->dim[k] + (s->dim[k] > 1 ? index[skip + k] : 0);
	return at;
}

bool sw_broadcast(const struct sw_shape *a, const struct sw_shape *b,
		  struct sw_shape *to)
{
	const struct sw_shape *longer = a->rank >= b->rank ? a : b;
	const struct sw_shape *other = longer == a ? b : a;
	const unsigned skip = longer->rank - other->rank;
	unsigned k;

	*to = *longer;
	for (k = 0; k < other->rank; k++) {
		int64_t *dim = &to->dim[skip + k];

		if (*dim != other->dim[k] && *dim != 1 && other->dim[k] != 1)
			return false;
		*dim = *dim == 1 ? other->dim[k] : *dim;
	}
	return true;
}

char *sw_format(const struct sw_shape *s, char *buf, size_t size)
{
	size_t len = 0;
	unsigned i;

	*buf = 0;
	for (i = 0; i < s->rank && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%lld",
					i ? "x" : "", (long long)s->dim[i]);
	return buf;
}
