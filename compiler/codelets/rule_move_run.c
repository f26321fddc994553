/* SPDX-License-Identifier: MIT */
/*
 * Elements of any type, moved as a map says. The last indices along which
 * elements follow each other in the input as in the result are one run.
 */
#include <math.h>
#include <string.h>

#include "compiler/codelets/rule_move.h"
#include "compiler/passes/util.h"

struct gs_mover {
	const struct gs_move_map *map;
	int64_t base; /* element of the input without any index */
	int64_t *offset[GS_MAX_RANK]; /* by index of the result, in elements */
	unsigned rank; /* indices before the run */
	int64_t run; /* elements; 0: the result is empty */
};

static int64_t *add_offsets(struct gs_graph *memory,
			    const struct gs_move_map *m, unsigned d)
{
	const int64_t num = m->seen.dim[d];
	int64_t *offset =
		gs_graph_alloc_array(memory, (size_t)num, sizeof(*offset));
	int64_t stride = 1, i;
	unsigned k;

	for (k = m->in.rank; offset && k-- > 0; stride *= m->in.dim[k])
		for (i = 0; m->at[d][k] && i < num; i++)
			offset[i] += m->at[d][k][i] * stride;
	return offset;
}

static bool is_inside(const struct gs_move_map *m, unsigned d, int64_t i)
{
	return !m->outside || m->inside[d][i];
}

/* Does index @d go through @run elements at a time, that follow each other? */
static bool follows(const struct gs_mover *r, unsigned d)
{
	int64_t i;

	for (i = 0; i < r->map->seen.dim[d]; i++)
		if (r->offset[d][i] != r->offset[d][0] + i * r->run ||
		    !is_inside(r->map, d, i))
			return false;
	return true;
}

struct gs_mover *gs_mover_open(struct gs_graph *memory,
			       const struct gs_move_map *m)
{
	struct gs_mover *r = gs_graph_alloc(memory, sizeof(*r));
	int64_t stride = 1;
	unsigned d, k;

	if (!r)
		return NULL;
	r->map = m;
	r->run = gs_shape_elems(&m->seen) != 0;
	for (k = m->in.rank; k-- > 0; stride *= m->in.dim[k])
		r->base += m->base[k] * stride;
	for (d = 0; d < m->seen.rank; d++) {
		r->offset[d] = add_offsets(memory, m, d);
		if (!r->offset[d])
			return NULL;
	}
	for (d = m->seen.rank; r->run && d && follows(r, d - 1); d--) {
		r->run *= m->seen.dim[d - 1];
		r->base += r->offset[d - 1][0];
	}
	r->rank = d;
	return r;
}

/* One pass of gs_mover_run() */
struct pass {
	const struct gs_mover *mover;
	const char *in;
	char *out;
	size_t size; /* of an element */
	int64_t other[1]; /* an element */
};

static void fill(const struct pass *p, char *to, int64_t num)
{
	int64_t i;

	for (i = 0; i < num; i++, to += p->size)
		memcpy(to, p->other, p->size);
}

static void move_run(const struct pass *p, char *to, int64_t from, bool inside)
{
	const int64_t num = p->mover->run;

	if (inside)
		memcpy(to, p->in + from * (int64_t)p->size,
		       (size_t)num * p->size);
	else
		fill(p, to, num);
}

/* Along the last index before runs: those of one element are not worth a call each. */
static void move_last(const struct pass *p, char *to, int64_t from, bool inside)
{
	const struct gs_mover *r = p->mover;
	const unsigned d = r->rank - 1;
	const int64_t num = r->map->seen.dim[d], *offset = r->offset[d];
	const size_t bytes = (size_t)r->run * p->size;
	const int32_t *const words = (const int32_t *)(const void *)p->in;
	int64_t i;

	if (bytes != sizeof(*words) || r->run != 1 || r->map->outside) {
		for (i = 0; i < num; i++, to += bytes)
			move_run(p, to, from + offset[i],
				 inside && is_inside(r->map, d, i));
		return;
	}
	for (i = 0; i < num; i++)
		memcpy(to + i * (int64_t)sizeof(*words),
		       &words[from + offset[i]], sizeof(*words));
}

static void move_all(const struct pass *p)
{
	const struct gs_mover *r = p->mover;
	const struct gs_shape *s = &r->map->seen;
	const unsigned last = r->rank - 1;
	int64_t index[GS_MAX_RANK] = { 0 }, rows = 1, row;
	size_t bytes = (size_t)(r->run * s->dim[last]) * p->size;
	unsigned d;

	for (d = 0; d < last; d++)
		rows *= s->dim[d];
	for (row = 0; row < rows; row++) {
		bool inside = !r->map->nothing;
		int64_t from = r->base;

		for (d = 0; d < last; d++) {
			from += r->offset[d][index[d]];
			inside &= is_inside(r->map, d, index[d]);
		}
		move_last(p, p->out + (size_t)row * bytes, from, inside);
		for (d = last; d-- > 0;) {
			if (++index[d] < s->dim[d])
				break;
			index[d] = 0;
		}
	}
}

void gs_mover_run(const struct gs_mover *mover, const void *in, void *out,
		  enum gs_dtype type)
{
	struct pass p = { .mover = mover,
			  .in = in,
			  .out = out,
			  .size = gs_dtype_size(type) };
	const float other = (float)mover->map->other;

	if (type == GS_DT_F32)
		memcpy(p.other, &other, sizeof(other));
	else if (fabs(mover->map->other) < 0x1p31)
		gs_put_int(p.other, type, 0, (int64_t)mover->map->other);
	if (!mover->run)
		return;
	if (mover->rank)
		move_all(&p);
	else
		move_run(&p, out, mover->base, !mover->map->nothing);
}
