/* SPDX-License-Identifier: MIT */
#include "compiler/passes/map_walk.h"

#include <string.h>

#include "compiler/ir/arena.h"

/* ---- from indices to memory ---------------------------------------------- */

/* Where index @value of an axis of the view stands, beside that of index 0 */
static void locate(const struct gs_lview *v, unsigned axis, int64_t value,
		   int64_t *at)
{
	unsigned i;

	memset(at, 0, GS_MEM_DIMS * sizeof(*at));
	for (i = v->num; i-- > 0;) {
		const struct gs_lview_sub *s = &v->sub[i];

		if (s->axis != axis)
			continue;
		at[s->walk.dim] += value % s->extent * s->walk.step;
		value /= s->extent;
	}
}

static bool is_inside(const struct gs_map_index *x, int64_t i)
{
	return !x->inside || x->inside[i];
}

/* Least and largest of what an index adds along an axis, from the least on */
static int64_t find_low(const struct gs_map_walk *w, unsigned d, unsigned k)
{
	const int64_t *t = w->map->at[d][k];
	int64_t low = INT64_MAX, i;

	for (i = 0; i < w->index[d].num; i++)
		if (is_inside(&w->index[d], i) && t[i] < low)
			low = t[i];
	return low;
}

/* Do the parts of an axis' index that factors of @below are made of stay below it? */
static bool stays_below(const struct gs_map_walk *w, unsigned k, int64_t base,
			const int64_t *low, int64_t below)
{
	int64_t sum = base % below, i;
	unsigned d;

	for (d = 0; d < w->map->seen.rank; d++) {
		const int64_t *t = w->map->at[d][k];
		int64_t most = 0;

		for (i = 0; t && i < w->index[d].num; i++)
			if (is_inside(&w->index[d], i) &&
			    (t[i] - low[d]) % below > most)
				most = (t[i] - low[d]) % below;
		sum += most;
	}
	return sum < below;
}

static bool never_carries(const struct gs_map_walk *w,
			  const struct gs_lview *view, unsigned k, int64_t base,
			  const int64_t *low)
{
	int64_t below = 1;
	unsigned i;

	for (i = view->num; i-- > 0;) {
		if (view->sub[i].axis != k)
			continue;
		below *= view->sub[i].extent;
		if (below < view->shape.dim[k] &&
		    !stays_below(w, k, base, low, below))
			return false;
	}
	return true;
}

static void resolve_axis(struct gs_map_walk *w, const struct gs_lview *view,
			 unsigned k)
{
	int64_t base = w->map->base[k], low[GS_MAX_RANK] = { 0 };
	int64_t first[GS_MEM_DIMS], at[GS_MEM_DIMS], i;
	unsigned d, m, num = 0;

	for (d = 0; d < w->map->seen.rank; d++)
		if (w->map->at[d][k]) {
			low[d] = find_low(w, d, k);
			base += low[d];
			num++;
		}
	locate(view, k, base, first);
	for (m = 0; m < GS_MEM_DIMS; m++)
		w->base[m] += first[m];
	w->separable &= num < 2 || never_carries(w, view, k, base, low);
	for (d = 0; d < w->map->seen.rank; d++) {
		struct gs_map_index *x = &w->index[d];
		const int64_t *t = w->map->at[d][k];

		for (i = 0; t && i < x->num; i++) {
			if (!is_inside(x, i))
				continue;
			locate(view, k, base + t[i] - low[d], at);
			for (m = 0; m < GS_MEM_DIMS; m++)
				x->at[i][m] += at[m] - first[m];
		}
	}
}

/* ---- factors ------------------------------------------------------------- */

struct factor {
	int64_t extent;
	struct gs_walk_dim walk;
};

/* One step, which must be along one dimension of memory */
static bool step_between(const int64_t *from, const int64_t *to,
			 struct gs_walk_dim *out)
{
	unsigned m, num = 0;

	*out = (struct gs_walk_dim){ GS_MEM_N, 0 };
	for (m = 0; m < GS_MEM_DIMS; m++)
		if (to[m] != from[m]) {
			*out = (struct gs_walk_dim){ (enum gs_mem_dim)m,
						     to[m] - from[m] };
			num++;
		}
	return num <= 1;
}

static bool is_step(const int64_t *from, const int64_t *to,
		    const struct gs_walk_dim *step, int64_t times)
{
	unsigned m;

	for (m = 0; m < GS_MEM_DIMS; m++)
		if (to[m] - from[m] !=
		    (m == (unsigned)step->dim ? times * step->step : 0))
			return false;
	return true;
}

/* Does every block of @extent elements, @every apart, walk as the first one does? */
static bool has_blocks(int64_t (*at)[GS_MEM_DIMS], int64_t num, int64_t every,
		       const struct factor *f)
{
	int64_t q, r;

	for (q = 0; q < num; q += f->extent)
		for (r = 1; r < f->extent; r++)
			if (!is_step(at[q * every], at[(q + r) * every],
				     &f->walk, r))
				return false;
	return true;
}

/* Factors of @num values, the innermost first; -1: they do not walk in factors */
static int find_factors(int64_t (*at)[GS_MEM_DIMS], int64_t num,
			struct factor *out)
{
	int64_t every = 1;
	int n = 0;

	while (num > 1) {
		struct factor f = { .extent = 1 };

		if (n == GS_LVIEW_MAX_SUBS ||
		    !step_between(at[0], at[every], &f.walk))
			return -1;
		while (f.extent < num &&
		       is_step(at[0], at[f.extent * every], &f.walk, f.extent))
			f.extent++;
		while (num % f.extent || !has_blocks(at, num, every, &f))
			f.extent--;
		if (f.extent == 1)
			return -1;
		out[n++] = f;
		every *= f.extent;
		num /= f.extent;
	}
	return n;
}

/* ---- pieces -------------------------------------------------------------- */

static void add_piece(struct gs_map_index *x, int64_t start, int64_t num,
		      bool inside)
{
	x->piece[x->num_pieces++] = (struct gs_map_piece){ start, num, inside };
}

/* How many values from @i on, at most to @end, are one step apart */
static int64_t even_run(const struct gs_map_index *x, int64_t i, int64_t end)
{
	struct gs_walk_dim step;
	int64_t n = 1;

	if (i + 1 >= end || !is_inside(x, i + 1) ||
	    !step_between(x->at[i], x->at[i + 1], &step))
		return 1;
	while (i + n < end && is_inside(x, i + n) &&
	       is_step(x->at[i], x->at[i + n], &step, n))
		n++;
	return n;
}

static void cut(struct gs_map_index *x, int64_t i, int64_t end)
{
	int64_t n;

	for (; i < end; i += n) {
		const int64_t edge = x->block ? i - i % x->block + x->block :
						end;

		if (is_inside(x, i)) {
			n = even_run(x, i, edge < end ? edge : end);
		} else {
			for (n = 1; i + n < end && !is_inside(x, i + n);)
				n++;
		}
		add_piece(x, i, n, is_inside(x, i));
	}
}

/* Which value of a piece that walks with @step leads to @at; -1: none */
static int64_t find_in(const struct gs_map_index *x,
		       const struct gs_map_piece *core,
		       const struct gs_walk_dim *step, const int64_t *at)
{
	const int64_t *first = x->at[core->start];
	const int64_t away = at[step->dim] - first[step->dim];

	if (!step->step || away % step->step ||
	    !is_step(first, at, step, away / step->step) ||
	    away / step->step < 0 || away / step->step >= core->num)
		return -1;
	return away / step->step;
}

/*
 * The longest piece, when it has half of the values, and all others are among its
 * own: edges and reflections.
 */
static bool find_core(const struct gs_map_index *x, struct gs_map_piece *core)
{
	struct gs_walk_dim step;
	int64_t i, n;

	*core = (struct gs_map_piece){ 0, 0, true };
	for (i = 0; i<x->num; i += n> 1 ? n - 1 : 1) {
		n = is_inside(x, i) ? even_run(x, i, x->num) : 1;
		if (n > core->num && n > 1 &&
		    step_between(x->at[i], x->at[i + 1], &step) && step.step)
			*core = (struct gs_map_piece){ i, n, true };
	}
	if (core->num < 2 || 2 * core->num < x->num || x->block ||
	    !step_between(x->at[core->start], x->at[core->start + 1], &step))
		return false;
	for (i = 0; i < x->num; i++)
		if (is_inside(x, i) && find_in(x, core, &step, x->at[i]) < 0)
			return false;
	return true;
}

static bool is_whole(const struct gs_map_index *x)
{
	struct factor f[GS_LVIEW_MAX_SUBS];
	int64_t i;

	for (i = 0; x->inside && i < x->num; i++)
		if (!x->inside[i])
			return false;
	return find_factors(x->at, x->num, f) >= 0;
}

static void cut_index(struct gs_map_index *x)
{
	struct gs_map_piece core;

	x->num_pieces = 0;
	if (is_whole(x)) {
		add_piece(x, 0, x->num, true);
	} else if (find_core(x, &core)) {
		cut(x, 0, core.start);
		x->core = x->num_pieces;
		add_piece(x, core.start, core.num, true);
		cut(x, core.start + core.num, x->num);
		return;
	} else {
		cut(x, 0, x->num);
	}
	x->core = x->num_pieces;
}

int64_t gs_map_walk_repeat(const struct gs_map_index *x,
			   const struct gs_map_piece *piece, int64_t *step)
{
	const struct gs_map_piece *core = &x->piece[x->core];
	struct gs_walk_dim walk;
	int64_t first;

	step_between(x->at[core->start], x->at[core->start + 1], &walk);
	first = find_in(x, core, &walk, x->at[piece->start]);
	*step = piece->num < 2 ?
			1 :
			find_in(x, core, &walk, x->at[piece->start + 1]) -
				first;
	return core->start + first;
}

void gs_map_walk_single(struct gs_map_walk *w, unsigned index)
{
	struct gs_map_index *x = &w->index[index];
	int64_t i;

	x->num_pieces = 0;
	for (i = 0; i < x->num; i++)
		add_piece(x, i, 1, is_inside(x, i));
	x->core = x->num_pieces;
}

/* ---- the whole ----------------------------------------------------------- */

static void *alloc(struct gs_map_walk *w, int64_t num, size_t size)
{
	size_t bytes;
	void *data = NULL;

	if (!__builtin_mul_overflow((size_t)num, size, &bytes))
		data = gs_arena_alloc(w->memory, bytes);
	w->failed |= !data;
	return data;
}

void gs_map_walk_init(struct gs_map_walk *w, const struct gs_move_map *map,
		      const struct gs_lview *view, const int64_t *block,
		      struct gs_arena *memory)
{
	unsigned d, k, m;
	int64_t i;

	*w = (struct gs_map_walk){ .map = map,
				   .of = view->of,
				   .separable = true,
				   .nothing = map->nothing,
				   .memory = memory };
	for (d = 0; d < map->seen.rank; d++) {
		struct gs_map_index *x = &w->index[d];

		x->num = map->seen.dim[d];
		x->inside = map->outside ? map->inside[d] : NULL;
		x->block = block ? block[d] : 0;
		x->at = alloc(w, x->num, sizeof(*x->at));
		x->piece = alloc(w, x->num, sizeof(*x->piece));
		for (i = 0; i < x->num && !is_inside(x, i);)
			i++;
		w->nothing |= i == x->num;
	}
	for (m = 0; m < GS_MEM_DIMS; m++)
		w->base[m] = view->at[m];
	if (w->failed || w->nothing)
		return;
	for (k = 0; k < map->in.rank; k++)
		resolve_axis(w, view, k);
	for (d = 0; d < map->seen.rank; d++)
		cut_index(&w->index[d]);
}

int64_t gs_map_walk_moves(const struct gs_map_walk *w)
{
	int64_t all = 1;
	unsigned d;

	for (d = 0; d < w->map->seen.rank; d++)
		if (__builtin_mul_overflow(all, (int64_t)w->index[d].num_pieces,
					   &all) ||
		    all > INT32_MAX)
			return INT32_MAX;
	return all > 1 || w->map->outside ? all : 0;
}

bool gs_map_walk_view(const struct gs_map_walk *w,
		      const struct gs_map_piece *part, struct gs_lview *out)
{
	struct factor f[GS_LVIEW_MAX_SUBS];
	unsigned d, m;
	int n;

	*out = (struct gs_lview){ .of = w->of, .shape = w->map->seen };
	memcpy(out->at, w->base, sizeof(out->at));
	for (d = 0; d < w->map->seen.rank; d++) {
		int64_t(*at)[GS_MEM_DIMS] = &w->index[d].at[part[d].start];

		for (m = 0; m < GS_MEM_DIMS; m++)
			out->at[m] += at[0][m];
		out->shape.dim[d] = part[d].num;
		n = find_factors(at, part[d].num, f);
		if (n < 0 || out->num + (unsigned)n > GS_LVIEW_MAX_SUBS)
			return false;
		while (n-- > 0)
			out->sub[out->num++] =
				(struct gs_lview_sub){ d, f[n].extent,
						       f[n].walk };
	}
	return true;
}
