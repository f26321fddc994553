/* SPDX-License-Identifier: MIT */
/*
 * What a codelet moves: a view of the input where its map walks evenly, else
 * pieces that do, each moved to its place.
 */
#include <errno.h>
#include <math.h>

#include "compiler/ir/arena.h"
#include "compiler/passes/lower.h"
#include "compiler/passes/map_walk.h"
#include "compiler/passes/util.h"

#define MAX_MOVES 65536

struct moving {
	struct gs_lower *l;
	struct gs_node *node;
	const struct gs_move_map *map;
	struct gs_tensor *out;
	struct gs_map_walk walk;
	struct gs_lview to; /* the result, as the indices see it */
	unsigned channels; /* bit d: index d goes through channels of the result */
	struct gs_map_piece part[GS_MAX_RANK]; /* what is moved, by index */
};

static int uneven(const struct moving *m)
{
	return gs_node_error(m->l->diag, -ENOTSUP, m->node,
			     "its elements do not walk evenly");
}

/* ---- where it comes from ------------------------------------------------- */

/* Is the input worth a dense copy, as it walks better there? */
static bool wants_dense(struct moving *m, const struct gs_lview *x,
			const int64_t *block)
{
	struct gs_tensor *t = m->node->input[m->map->source];
	struct gs_tensor dense = { .shape = t->shape,
				   .order = gs_tensor_order(t),
				   .has_order = true };
	struct gs_map_walk other;
	struct gs_lview whole;

	if (m->walk.failed || m->walk.nothing || x->of == t ||
	    (m->walk.separable && !gs_map_walk_moves(&m->walk)))
		return false;
	gs_lview_whole(&dense, &whole);
	gs_map_walk_init(&other, m->map, &whole, block, m->walk.memory);
	m->walk.failed |= other.failed;
	return !m->walk.separable ||
	       1 + gs_map_walk_moves(&other) <= gs_map_walk_moves(&m->walk);
}

/* The walk over the input as it stands, or over a copy of it */
static int find_walk(struct moving *m, const int64_t *block,
		     struct gs_arena *memory)
{
	struct gs_tensor *t = m->node->input[m->map->source], *copy;
	const struct gs_lview *x = gs_lower_view(m->l, t);

	if (!x)
		return -ENOTSUP;
	gs_map_walk_init(&m->walk, m->map, x, block, memory);
	if (wants_dense(m, x, block)) {
		copy = gs_lower_temp(m->l, t, "dense", &t->shape,
				     gs_tensor_order(t));
		if (!copy || gs_lower_move(m->l, x, copy->lview))
			return -ENOTSUP;
		gs_map_walk_init(&m->walk, m->map, copy->lview, block, memory);
	}
	return m->walk.failed ? gs_nomem(m->l->diag) : 0;
}

/* All of the result as one view of the input; false: it is none */
static bool is_view(const struct moving *m, struct gs_lview *out)
{
	struct gs_map_piece all[GS_MAX_RANK];
	struct gs_lview seen;
	unsigned d;

	if (m->walk.nothing || gs_map_walk_moves(&m->walk))
		return false;
	for (d = 0; d < m->map->seen.rank; d++)
		all[d] = m->walk.index[d].piece[0];
	return gs_map_walk_view(&m->walk, all, &seen) &&
	       gs_lview_reshape(&seen, &m->out->shape, out);
}

/* ---- where it goes ------------------------------------------------------- */

/* Extent of the innermost of several factors that an index has in the result; 0: it has one */
static void find_blocks(const struct gs_lview *to, int64_t *block)
{
	unsigned i;

	for (i = 0; i < GS_MAX_RANK; i++)
		block[i] = 0;
	for (i = 1; i < to->num; i++)
		if (to->sub[i].axis == to->sub[i - 1].axis)
			block[to->sub[i].axis] = to->sub[i].extent;
}

static unsigned find_channels(const struct gs_lview *to)
{
	unsigned i, mask = 0;

	for (i = 0; i < to->num; i++)
		if (to->sub[i].walk.dim == GS_MEM_C)
			mask |= 1u << to->sub[i].axis;
	return mask;
}

/*
 * Stores spoil what is behind their channels: these are written in the order they
 * stand. Of several indices that make them, all outside of an uneven one go step
 * by step.
 */
static void order_channels(struct moving *m)
{
	bool uneven_inside = false;
	unsigned d;

	for (d = m->map->seen.rank; d-- > 0;) {
		if (!(m->channels >> d & 1))
			continue;
		if (uneven_inside)
			gs_map_walk_single(&m->walk, d);
		uneven_inside |= m->walk.index[d].num_pieces > 1;
	}
}

static bool take(const struct moving *m, struct gs_lview *view)
{
	unsigned d;

	*view = m->to;
	for (d = 0; d < m->map->seen.rank; d++)
		if (m->part[d].num != m->map->seen.dim[d] &&
		    !gs_lview_slice(view, d, m->part[d].start, 1,
				    m->part[d].num))
			return false;
	return true;
}

/* The value of elements that are not of the input; NULL: everywhere */
static int fill(const struct moving *m, const struct gs_lview *view)
{
	struct gs_tensor *t = m->out;
	const struct gs_quant *quant = &m->out->quant;
	const double q =
		rint((double)(float)m->map->other / (double)quant->scale[0]) +
		quant->zero_point;
	struct gs_node *node;

	if (view)
		t = gs_lower_window(m->l, m->out, view,
				    gs_tensor_order(m->out));
	node = t ? gs_lower_node(m->l, "Fill", t) : NULL;
	if (!node)
		return -ENOMEM;
	return gs_node_set_attr_int(m->l->graph, node, "value",
				    gs_dtype_clamp(quant->type, q));
}

/* ---- pieces -------------------------------------------------------------- */

static bool has_core(const struct gs_map_index *x)
{
	return x->core < x->num_pieces;
}

/* Are pieces of the index beside its core taken from the result? */
static bool repeats(const struct moving *m, unsigned d)
{
	return has_core(&m->walk.index[d]) && !(m->channels >> d & 1);
}

/* The next combination of pieces of the indices in @mask, the last one first; false: that was the last */
static bool next_part(struct moving *m, unsigned mask, size_t *at)
{
	unsigned d;

	for (d = m->map->seen.rank; d-- > 0;) {
		const struct gs_map_index *x = &m->walk.index[d];

		if (!(mask >> d & 1))
			continue;
		at[d] = at[d] + 1 < x->num_pieces ? at[d] + 1 : 0;
		m->part[d] = x->piece[at[d]];
		if (at[d])
			return true;
	}
	return false;
}

static void first_part(struct moving *m, unsigned mask, size_t *at)
{
	unsigned d;

	for (d = 0; d < m->map->seen.rank; d++)
		if (mask >> d & 1) {
			at[d] = 0;
			m->part[d] = m->walk.index[d].piece[0];
		}
}

static bool is_inside(const struct moving *m, unsigned mask)
{
	unsigned d;

	for (d = 0; d < m->map->seen.rank; d++)
		if (mask >> d & 1 && !m->part[d].inside)
			return false;
	return true;
}

static int move_part(const struct moving *m)
{
	struct gs_lview from, to;

	if (!gs_map_walk_view(&m->walk, m->part, &from) || !take(m, &to))
		return uneven(m);
	return gs_lower_move(m->l, &from, &to);
}

/* All pieces of the indices in @rest, with those of channels that are chosen */
static int move_pieces(struct moving *m, unsigned rest)
{
	size_t at[GS_MAX_RANK];
	int ret = 0;

	first_part(m, rest, at);
	do {
		if (is_inside(m, rest))
			ret = move_part(m);
	} while (!ret && next_part(m, rest, at));
	return ret;
}

/* From the first value of an index that is of the input to the last */
static struct gs_map_piece hull(const struct gs_map_index *x)
{
	struct gs_map_piece all = { 0, 0, true };
	size_t i;

	if (has_core(x))
		return x->piece[x->core];
	for (i = 0; i < x->num_pieces; i++) {
		const struct gs_map_piece *p = &x->piece[i];

		if (p->inside && !all.num)
			all.start = p->start;
		if (p->inside)
			all.num = p->start + p->num - all.start;
	}
	return all;
}

/* The value again, where channels before it spoilt it */
static int refill(struct moving *m, unsigned rest)
{
	struct gs_lview to;
	unsigned d;

	for (d = 0; d < m->map->seen.rank; d++)
		if (rest >> d & 1)
			m->part[d] = hull(&m->walk.index[d]);
	return take(m, &to) ? fill(m, &to) : uneven(m);
}

/* Channels in their order; of indices that repeat their core, that only */
static int move_from_input(struct moving *m)
{
	const unsigned all = (1u << m->map->seen.rank) - 1;
	unsigned d, rest = all & ~m->channels;
	size_t at[GS_MAX_RANK];
	bool written = false;
	int ret = 0;

	for (d = 0; d < m->map->seen.rank; d++)
		if (repeats(m, d)) {
			m->part[d] = hull(&m->walk.index[d]);
			rest &= ~(1u << d);
		}
	first_part(m, m->channels, at);
	do {
		if (is_inside(m, m->channels)) {
			ret = move_pieces(m, rest);
			written = true;
		} else if (written) {
			ret = refill(m, rest);
		}
	} while (!ret && next_part(m, m->channels, at));
	return ret;
}

static int repeat_piece(struct moving *m, unsigned d,
			const struct gs_map_piece *piece)
{
	const struct gs_map_index *x = &m->walk.index[d];
	struct gs_lview from, to;
	int64_t start, step;
	bool ok;

	start = gs_map_walk_repeat(x, piece, &step);
	m->part[d] = (struct gs_map_piece){ start, 1, true };
	ok = take(m, &from);
	if (ok && step) {
		m->part[d].start = 0;
		m->part[d].num = x->num;
		ok = take(m, &from) &&
		     gs_lview_slice(&from, d, start, step, piece->num);
	} else if (ok) {
		ok = gs_lview_repeat(&from, d, piece->num, false);
	}
	m->part[d] = *piece;
	if (!ok || !take(m, &to))
		return uneven(m);
	return gs_lower_move(m->l, &from, &to);
}

/* Index by index what is there already: of those behind their core, before them all. */
static int move_from_result(struct moving *m)
{
	unsigned d;
	size_t i;
	int ret = 0;

	for (d = 0; d < m->map->seen.rank; d++)
		if (!repeats(m, d))
			m->part[d] = (struct gs_map_piece){ 0,
							    m->map->seen.dim[d],
							    true };
	for (d = 0; d < m->map->seen.rank; d++) {
		const struct gs_map_index *x = &m->walk.index[d];

		if (!repeats(m, d))
			continue;
		for (i = 0; i < x->num_pieces && !ret; i++)
			if (i != x->core && x->piece[i].inside)
				ret = repeat_piece(m, d, &x->piece[i]);
		m->part[d] = (struct gs_map_piece){ 0, x->num, true };
	}
	return ret;
}

static int move_all(struct moving *m)
{
	int64_t moves;
	int ret;

	if (m->walk.nothing)
		return fill(m, NULL);
	m->channels = find_channels(&m->to);
	order_channels(m);
	moves = gs_map_walk_moves(&m->walk);
	if (moves > MAX_MOVES)
		return gs_node_error(
			m->l->diag, -ENOTSUP, m->node,
			"its elements walk evenly in %lld pieces, at most %d are moved",
			(long long)moves, MAX_MOVES);
	ret = m->map->outside ? fill(m, NULL) : 0;
	ret = ret ? ret : move_from_input(m);
	return ret ? ret : move_from_result(m);
}

/* The result as the indices see it, whatever becomes of it */
static bool see_result(const struct moving *m, struct gs_lview *seen)
{
	struct gs_lview whole;

	gs_lview_whole(m->out, &whole);
	return gs_lview_reshape(&whole, &m->map->seen, seen);
}

static int lower(struct moving *m, struct gs_arena *memory)
{
	int64_t block[GS_MAX_RANK];
	struct gs_lview view;
	int ret;

	if (!see_result(m, &m->to))
		return uneven(m);
	find_blocks(&m->to, block);
	ret = find_walk(m, block, memory);
	if (ret)
		return ret;
	if (is_view(m, &view))
		return gs_lower_set_view(m->l, m->out, &view);
	return gs_lower_own(m->l, m->out) ? move_all(m) : -ENOMEM;
}

int gs_lower_map(struct gs_lower *l, struct gs_node *node)
{
	const struct gs_op_rules *rules = l->graph->rules;
	struct gs_arena *memory = gs_arena_create();
	struct moving m = { .l = l, .node = node, .out = node->output[0] };
	struct gs_float_rule *rule = NULL;
	int ret = memory ? rules->prepare(rules->ctx, l->graph, node, &rule,
					  l->diag) :
			   gs_nomem(l->diag);

	m.map = rule ? rules->map(rule) : NULL;
	if (m.map)
		ret = lower(&m, memory);
	else if (!ret)
		ret = gs_node_error(l->diag, -ENOTSUP, node,
				    "no codelet says where its elements go");
	if (rule)
		rules->release(rule);
	if (memory)
		gs_arena_destroy(memory);
	return ret;
}
