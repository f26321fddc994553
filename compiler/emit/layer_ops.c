/* SPDX-License-Identifier: MIT */
#include "compiler/emit/layer_ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codelets/span.h"
#include "compiler/schedule/steps.h"

static struct gs_layer_op *push(struct gs_layer_ops *ops,
				enum gs_layer_op_kind kind)
{
	static struct gs_layer_op nowhere;
	struct gs_layer_op *op = &nowhere;

	if (ops->num == ops->cap && !ops->err) {
		const unsigned cap = ops->cap ? 2 * ops->cap : 32;
		void *grown = realloc(ops->op, cap * sizeof(*ops->op));

		if (grown) {
			ops->op = grown;
			ops->cap = cap;
		} else {
			ops->err = -ENOMEM;
		}
	}
	if (!ops->err)
		op = &ops->op[ops->num++];
	*op = (struct gs_layer_op){ .kind = kind, .depth = ops->depth };
	if (kind != GS_LAYER_LOOP_END)
		op->id = ops->count[kind]++;
	return op;
}

/* Elements of a unit of a variable */
static int64_t elems(const struct gs_bound_node *b, unsigned var)
{
	return b->var[var].channel && !b->var[var].block ? b->lanes : 1;
}

static unsigned open_loop(struct gs_layer_ops *ops,
			  const struct gs_bound_node *b, unsigned var,
			  int64_t stop, int64_t stride, bool outer)
{
	struct gs_layer_op *op = push(ops, GS_LAYER_LOOP);

	op->var = var;
	op->stop = stop < b->var[var].extent ? stop : b->var[var].extent;
	op->stride = stride;
	op->outer = outer;
	ops->depth++;
	return op->id;
}

static void close_loop(struct gs_layer_ops *ops, unsigned id, unsigned var)
{
	struct gs_layer_op *op;

	ops->depth--;
	op = push(ops, GS_LAYER_LOOP_END);
	op->id = id;
	op->var = var;
}

static void put_config(struct gs_layer_ops *ops, enum gs_acg_unit unit,
		       bool end)
{
	struct gs_layer_op *op = push(ops, GS_LAYER_CONFIG);

	op->unit = unit;
	op->end = end;
}

static void put_transfer(struct gs_layer_ops *ops, unsigned operand, bool store)
{
	struct gs_layer_op *op = push(ops, GS_LAYER_TRANSFER);

	op->operand = operand;
	op->store = store;
}

static bool is_outer(const struct gs_planned *l, unsigned var)
{
	return l->tiling.tile[var] < l->binding->var[var].units;
}

/* Is the operand the array's to load? */
static bool array_loads(const struct gs_bound_operand *o)
{
	return o->decl->mem == GS_ACG_IBUF || o->decl->mem == GS_ACG_WBUF ||
	       o->decl->mem == GS_ACG_BBUF;
}

/* What the array loads with @level loops of the order open: what the last of them moves and no inner one does. */
static void array_transfers(struct gs_layer_ops *ops,
			    const struct gs_planned *l, unsigned level)
{
	const struct gs_bound_node *b = l->binding;
	unsigned i, k, last;

	for (i = 0; i < b->num_operands && b->array_stmt >= 0; i++) {
		if (!array_loads(&b->operand[i]))
			continue;
		for (k = 0, last = 0; k < l->tiling.num_order; k++)
			if (is_outer(l, l->tiling.order[k]) &&
			    gs_stmt_reads_along(&b->stmt[b->array_stmt], i,
						l->tiling.order[k]))
				last = k + 1;
		if (last == level)
			put_transfer(ops, i, false);
	}
}

static void put_stmt(struct gs_layer_ops *ops, const struct gs_planned *l,
		     const uint32_t *part, unsigned stmt)
{
	const struct gs_bound_node *b = l->binding;
	const struct gs_bound_stmt *s = &b->stmt[stmt];
	unsigned id[GS_CL_MAX_LOOPS];
	uint32_t tile[GS_MAX_VARS];
	struct gs_layer_op *op;
	unsigned k;

	memcpy(tile, part, b->num_vars * sizeof(*tile));
	gs_span_tiles(b, tile);
	for (k = 0; k < s->num_vars; k++)
		id[k] = open_loop(ops, b, s->var[k],
				  tile[s->var[k]] * elems(b, s->var[k]),
				  elems(b, s->var[k]), false);
	op = push(ops, GS_LAYER_COMPUTE);
	op->stmt = stmt;
	op->unit = s->fn->unit;
	while (k-- > 0)
		close_loop(ops, id[k], s->var[k]);
}

/* A reduction of the SIMD unit whose parts are loaded one after the other */
static void put_parts(struct gs_layer_ops *ops, const struct gs_planned *l,
		      unsigned stmt)
{
	const struct gs_bound_node *b = l->binding;
	unsigned id[GS_MAX_VARS], v, i;

	for (v = 0; v < b->num_vars; v++)
		if (gs_var_has_parts(b, v))
			id[v] = open_loop(ops, b, v, b->var[v].extent,
					  l->tiling.tile[v] * elems(b, v),
					  true);
	for (i = 0; i < b->num_operands; i++)
		if (gs_is_loaded(&b->operand[i]) &&
		    gs_stmt_reads(&b->stmt[stmt], i))
			put_transfer(ops, i, false);
	put_stmt(ops, l, l->tiling.tile, stmt);
	while (v-- > 0)
		if (gs_var_has_parts(b, v))
			close_loop(ops, id[v], v);
}

/* The strips of a tile of the SIMD unit, and the tile of the first */
static struct gs_strips strips_of(const struct gs_planned *l, uint32_t *tile)
{
	const struct gs_tiling *t = &l->tiling;
	const struct gs_strips s = gs_strips_of(l->binding, t->tile,
						t->split_words ? 1 : t->strips);

	gs_strip_tile(l->binding, &s, t->tile, 0, tile);
	return s;
}

/* Loads of the SIMD unit but those of the statement that comes in parts: once, or for each strip */
static void simd_loads(struct gs_layer_ops *ops, const struct gs_planned *l,
		       const struct gs_strips *strips, bool moving, int part)
{
	const struct gs_bound_node *b = l->binding;
	unsigned i;

	for (i = 0; i < b->num_operands; i++)
		if (gs_is_loaded(&b->operand[i]) &&
		    gs_strip_moves(b, strips, i) == moving &&
		    (part < 0 || !gs_stmt_reads(&b->stmt[part], i)))
			put_transfer(ops, i, false);
}

/* The steps of the SIMD unit on one tile */
static void put_simd(struct gs_layer_ops *ops, const struct gs_planned *l)
{
	const struct gs_bound_node *b = l->binding;
	uint32_t tile[GS_MAX_VARS];
	const struct gs_strips strips = strips_of(l, tile);
	int part = gs_part_stmt(b);
	unsigned i, v, loop = 0;
	bool parts = false;

	for (v = 0; v < b->num_vars; v++)
		parts |= gs_var_has_parts(b, v) && is_outer(l, v);
	part = parts ? part : -1;
	put_config(ops, GS_UNIT_TANDEM, false);
	simd_loads(ops, l, &strips, false, part);
	if (strips.num > 1) {
		loop = open_loop(ops, b, strips.var,
				 l->tiling.tile[strips.var] *
					 elems(b, strips.var),
				 strips.size * elems(b, strips.var), true);
		simd_loads(ops, l, &strips, true, part);
	}
	for (i = 0; i < b->num_stmts; i++) {
		if ((int)i == part)
			put_parts(ops, l, i);
		else if ((int)i != b->array_stmt)
			put_stmt(ops, l, tile, i);
	}
	for (i = 0; i < b->num_operands; i++)
		if (b->operand[i].decl->kind == GS_CL_OUTPUT)
			put_transfer(ops, i, true);
	if (strips.num > 1)
		close_loop(ops, loop, strips.var);
	put_config(ops, GS_UNIT_TANDEM, true);
}

/* Is a loop of the tiling around the array alone? Then partial sums wait for its end. */
static bool of_array(const struct gs_bound_node *b, unsigned var)
{
	return b->array_stmt >= 0 && b->var[var].reduce;
}

static void put_array(struct gs_layer_ops *ops, const struct gs_planned *l,
		      unsigned level)
{
	const struct gs_tiling *t = &l->tiling;
	unsigned id[GS_MAX_VARS], k;

	for (k = level; k < t->num_order; k++) {
		const unsigned var = t->order[k];

		if (!is_outer(l, var))
			continue;
		id[k] = open_loop(ops, l->binding, var,
				  l->binding->var[var].extent,
				  t->tile[var] * elems(l->binding, var), true);
		array_transfers(ops, l, k + 1);
	}
	put_stmt(ops, l, l->tiling.tile, (unsigned)l->binding->array_stmt);
	while (k-- > level)
		if (is_outer(l, t->order[k]))
			close_loop(ops, id[k], t->order[k]);
}

int gs_layer_ops_list(const struct gs_planned *layer, struct gs_layer_ops *ops)
{
	const struct gs_bound_node *b = layer->binding;
	const struct gs_tiling *t = &layer->tiling;
	unsigned id[GS_MAX_VARS], k, level;

	*ops = (struct gs_layer_ops){ 0 };
	if (b->array_stmt >= 0)
		put_config(ops, GS_UNIT_ARRAY, false);
	array_transfers(ops, layer, 0);
	for (k = 0; k < t->num_order; k++) {
		const unsigned var = t->order[k];

		if (of_array(b, var))
			break;
		if (!is_outer(layer, var) || gs_var_has_parts(b, var))
			continue;
		id[k] = open_loop(ops, b, var, b->var[var].extent,
				  t->tile[var] * elems(b, var), true);
		array_transfers(ops, layer, k + 1);
	}
	level = k;
	if (b->array_stmt >= 0)
		put_array(ops, layer, level);
	put_simd(ops, layer);
	while (k-- > 0)
		if (is_outer(layer, t->order[k]) &&
		    !gs_var_has_parts(b, t->order[k]))
			close_loop(ops, id[k], t->order[k]);
	if (b->array_stmt >= 0)
		put_config(ops, GS_UNIT_ARRAY, true);
	return ops->err;
}

void gs_layer_ops_fini(struct gs_layer_ops *ops)
{
	free(ops->op);
	*ops = (struct gs_layer_ops){ 0 };
}

void gs_layer_extents(const struct gs_planned *layer, unsigned operand,
		      int64_t full[GS_CL_MAX_DIMS],
		      int64_t tile[GS_CL_MAX_DIMS])
{
	const struct gs_bound_node *b = layer->binding;
	const struct gs_bound_operand *o = &b->operand[operand];
	const bool simd = gs_acg_is_vmem(o->decl->mem);
	unsigned d, last = o->decl->num_dims - 1;
	uint32_t strip[GS_MAX_VARS];
	struct gs_tile t;

	strips_of(layer, strip);
	gs_tile_of(b, operand, simd ? strip : layer->tiling.tile, &t);
	for (d = 0; d <= last; d++) {
		full[d] = o->extent[d];
		tile[d] = t.ext[d];
	}
	if (o->decl->kind != GS_CL_WEIGHT) {
		tile[last] *= b->lanes;
		return;
	}
	/* Of a weight, output and input channels are in rows of lanes. */
	tile[0] *= b->lanes;
	if (last > 0)
		tile[1] *= b->lanes;
}
