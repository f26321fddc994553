/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/bind_codelet.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "compiler/codelets/bind_span.h"
#include "compiler/codelets/broadcast.h"
#include "compiler/codelets/check.h"
#include "compiler/codelets/rows.h"
#include "compiler/codelets/node_names.h"

/* ---- operands and extents ---- */

static int bind_extent(struct gs_scope *ev, const struct gs_bound_operand *o,
		       unsigned dim, int64_t extent)
{
	const char *symbol = o->decl->dim[dim];
	const struct gs_value *known;

	if (!strcmp(symbol, "1"))
		return extent == 1 ? 0 :
				     gs_scope_misfit(
					     ev,
					     "dimension %u of '%s' is %" PRId64
					     ", not 1",
					     dim, o->decl->name, extent);
	if (extent < 1 || extent > GS_MAX_EXTENT)
		return gs_scope_misfit(
			ev, "extent %s of '%s' is %" PRId64 ", outside 1..%d",
			symbol, o->decl->name, extent, GS_MAX_EXTENT);
	known = gs_scope_find(ev, symbol);
	if (!known)
		return gs_scope_define_scalar(ev, symbol, (double)extent);
	if (known->num != 1 || known->v[0] != (double)extent)
		return gs_scope_misfit(
			ev, "extent %s is %g, but %" PRId64 " in '%s'", symbol,
			known->v[0], extent, o->decl->name);
	return 0;
}

/* A picture flattened for a matrix product is read as it stands: the weights follow. */
static bool reads_picture(const struct gs_node *node, struct gs_tensor *t)
{
	struct gs_tensor *root = gs_tensor_root(t);

	return !*node->domain && t != root && !t->part.of && !root->part.of &&
	       (!strcmp(node->op, "Gemm") || !strcmp(node->op, "MatMul")) &&
	       t->shape.rank == 2 && root->shape.rank == 4 &&
	       gs_tensor_order(root) == GS_ORDER_NCHW &&
	       t->shape.dim[0] == root->shape.dim[0];
}

static int bind_extents(struct gs_scope *ev, struct gs_bound_operand *o,
			const int64_t *dims, unsigned num_dims)
{
	unsigned i;
	int ret = 0;

	if (o->decl->num_dims != num_dims)
		return gs_scope_misfit(
			ev, "'%s' needs %u dimensions in the codelet",
			o->decl->name, num_dims);
	for (i = 0; i < num_dims && !ret; i++) {
		o->extent[i] = dims[i];
		ret = bind_extent(ev, o, i, dims[i]);
	}
	return ret;
}

/* Activations are n, h, w, c in the order the node takes them; of a Move whatever it says. */
static int bind_activation(struct gs_scope *ev, struct gs_bound_operand *o,
			   struct gs_tensor *t)
{
	const struct gs_node *node = ev->binding->node;
	enum gs_dim_order order = node->has_order ? node->order :
						    gs_tensor_order(t);
	int64_t dims[GS_MEM_DIMS];

	if (reads_picture(node, t)) {
		t = gs_tensor_root(t);
		order = GS_ORDER_NCHW;
	}
	if (t->data && ev->quantized && !t->qdata)
		return gs_scope_misfit(ev, "'%s' is not quantized", t->name);
	o->tensor = t;
	if (node->move) {
		o->access = o->decl->kind == GS_CL_OUTPUT ? &node->move->to :
							    &node->move->from;
		return bind_extents(ev, o, node->move->extent,
				    o->access->num_dims);
	}
	if (t->part.of)
		o->access = &t->part;
	gs_canonical_dims(t, order, dims);
	return bind_extents(ev, o, dims, GS_MEM_DIMS);
}

/* An extent of 1 broadcasts; others must be those of the result. */
static int bind_broadcast(struct gs_scope *ev, struct gs_bound_operand *o,
			  struct gs_tensor *t)
{
	int ret = gs_broadcast_input(ev, o, t);
	unsigned i;

	for (i = 0; i < 4 && !ret; i++)
		if (o->extent[i] != 1)
			ret = bind_extent(ev, o, i, o->extent[i]);
	return ret;
}

/* Zeros between groups make a weight of all input channels from one of a group's. */
static int bind_groups(struct gs_scope *ev, struct gs_bound_operand *o)
{
	double groups = 1;

	if (o->decl->groups)
		groups = gs_scope_scalar(ev, o->decl->groups);
	if (ev->err)
		return ev->err;
	if (!(groups >= 1 && groups <= GS_MAX_EXTENT) ||
	    groups != floor(groups))
		return gs_scope_misfit(ev, "'%s' has %g groups", o->decl->name,
				       groups);
	o->groups = (int64_t)groups;
	return 0;
}

/* A kernel over a row is one of height 1. */
static bool is_row_kernel(const struct gs_scope *ev,
			  const struct gs_bound_operand *o,
			  const struct gs_shape *shape)
{
	const struct gs_tensor *x = ev->binding->node->input[0];

	return shape->rank == 3 && o->decl->num_dims == 4 && x &&
	       x->shape.rank == 3;
}

static int bind_weight_dims(struct gs_scope *ev, struct gs_bound_operand *o,
			    const struct gs_shape *shape)
{
	unsigned i;
	int ret = 0;

	for (i = 0; i < shape->rank && !ret; i++) {
		const bool lane = !strcmp(o->decl->dim[i], GS_CL_LANE);

		o->extent[i] = shape->dim[i] * (i == 1 ? o->groups : 1);
		if (!lane)
			ret = bind_extent(ev, o, i, o->extent[i]);
	}
	return ret;
}

/* A weight of fewer dimensions than declared is read with its last one split (Gemm of a picture). */
static int bind_constant(struct gs_scope *ev, struct gs_bound_operand *o,
			 struct gs_tensor *t)
{
	const struct gs_cl_operand *d = o->decl;
	int64_t rest = 1;
	unsigned i;
	int ret = 0;

	if (d->broadcast)
		return gs_broadcast_const(ev, o, t);
	if (!t->data)
		return gs_scope_misfit(ev, "'%s' must be a constant", t->name);
	if (d->kind == GS_CL_WEIGHT && ev->quantized && !t->qdata)
		return gs_scope_misfit(ev, "'%s' is not quantized", t->name);
	o->tensor = t;
	if (bind_groups(ev, o))
		return ev->err;
	if (is_row_kernel(ev, o, &t->shape))
		return bind_weight_dims(
			ev, o,
			&(struct gs_shape){ 4,
					    { t->shape.dim[0], t->shape.dim[1],
					      1, t->shape.dim[2] } });
	if (t->shape.rank == d->num_dims)
		return bind_weight_dims(ev, o, &t->shape);
	if (t->shape.rank != 2 || d->num_dims < 2)
		return gs_scope_misfit(ev, "'%s' has rank %u, expected %u",
				       t->name, t->shape.rank, d->num_dims);
	o->extent[0] = t->shape.dim[0];
	ret = bind_extent(ev, o, 0, t->shape.dim[0]);
	for (i = 1; i < d->num_dims && !ret; i++) {
		const struct gs_value *known = gs_scope_find(ev, d->dim[i]);

		o->extent[i] = known ? (int64_t)known->v[0] : 1;
		rest *= o->extent[i];
	}
	if (!ret && rest != t->shape.dim[1])
		ret = gs_scope_misfit(ev,
				      "'%s' has %" PRId64
				      " columns, expected %" PRId64,
				      t->name, t->shape.dim[1], rest);
	return ret;
}

/* @input: of the node, for operands that are one */
static int bind_one(struct gs_scope *ev, struct gs_bound_operand *o,
		    unsigned input)
{
	const struct gs_node *node = ev->binding->node;
	struct gs_tensor *t;

	switch (o->decl->kind) {
	case GS_CL_OUTPUT:
		return bind_activation(ev, o, node->output[0]);
	case GS_CL_INPUT:
	case GS_CL_WEIGHT:
	case GS_CL_CONST:
		if (o->decl->value)
			return 0;
		t = input < node->num_inputs ? node->input[input] : NULL;
		if (!t)
			return o->decl->optional ?
				       0 :
				       gs_scope_misfit(ev,
						       "input '%s' is missing",
						       o->decl->name);
		if (o->decl->kind != GS_CL_INPUT)
			return bind_constant(ev, o, t);
		return o->decl->broadcast ? bind_broadcast(ev, o, t) :
					    bind_activation(ev, o, t);
	default:
		return 0;
	}
}

static bool is_node_input(const struct gs_cl_operand *o)
{
	return o->kind == GS_CL_INPUT || o->kind == GS_CL_CONST ||
	       (o->kind == GS_CL_WEIGHT && !o->value);
}

/* Those that broadcast come last: the others define the extents. */
static int bind_inputs_and_output(struct gs_scope *ev, unsigned *num_inputs)
{
	struct gs_bound_node *b = ev->binding;
	unsigned pass, i;
	int ret = 0;

	for (pass = 0; pass < 2; pass++) {
		*num_inputs = 0;
		for (i = 0; i < b->num_operands && !ret; i++) {
			struct gs_bound_operand *o = &b->operand[i];

			if (o->decl->broadcast == (pass == 1))
				ret = bind_one(ev, o, *num_inputs);
			*num_inputs += is_node_input(o->decl);
		}
	}
	return ret;
}

/* "like": the codelet moves values without looking at their scale. */
static int check_like(struct gs_scope *ev, const struct gs_bound_operand *out)
{
	const struct gs_bound_node *b = ev->binding;
	const struct gs_quant *from, *to = &out->tensor->quant;
	unsigned i;

	for (i = 0; i < b->num_operands; i++)
		if (b->operand[i].decl->kind == GS_CL_INPUT &&
		    !strcmp(b->operand[i].decl->name, out->decl->like))
			break;
	if (i == b->num_operands)
		return gs_scope_misfit_in(
			ev, out->decl->line, out->decl->column,
			"'%s' is like '%s', which is no input", out->decl->name,
			out->decl->like);
	from = &b->operand[i].tensor->quant;
	if (ev->quantized && (from->scale[0] != to->scale[0] ||
			      from->zero_point != to->zero_point))
		return gs_scope_misfit(
			ev, "'%s' and '%s' need the same scale and zero point",
			out->decl->name, out->decl->like);
	return 0;
}

static int bind_operands(struct gs_scope *ev)
{
	struct gs_bound_node *b = ev->binding;
	unsigned i, input = 0;
	int ret;

	b->num_operands = b->cl->num_operands;
	for (i = 0; i < b->num_operands; i++)
		b->operand[i].decl = &b->cl->operand[i];
	ret = bind_inputs_and_output(ev, &input);
	if (ret)
		return ret;
	for (i = 0; i < b->num_operands; i++) {
		ret = b->operand[i].decl->like ?
			      check_like(ev, &b->operand[i]) :
			      0;
		if (ret)
			return ret;
	}
	if (b->node->num_outputs != 1)
		return gs_scope_misfit(ev, "it has %u outputs",
				       b->node->num_outputs);
	while (input < b->node->num_inputs)
		if (b->node->input[input++])
			return gs_scope_misfit(ev, "it has %u inputs",
					       b->node->num_inputs);
	return 0;
}

static int bind_fill(struct gs_scope *ev, struct gs_bound_operand *o)
{
	const double fill = gs_scope_scalar(ev, o->decl->value);
	const enum gs_dtype type = ev->graph->weight_type;

	if (ev->err || bind_groups(ev, o))
		return ev->err;
	if (!(fill >= gs_dtype_low(type) && fill <= gs_dtype_high(type)) ||
	    fill != floor(fill))
		return gs_scope_misfit(ev,
				       "'%s' is %g, which is no %u-bit integer",
				       o->decl->name, fill,
				       gs_dtype_bits(type));
	o->fill = (int8_t)fill;
	return 0;
}

static bool is_local(const struct gs_cl_operand *decl)
{
	return decl->kind == GS_CL_ROW || decl->kind == GS_CL_TEMP ||
	       (decl->kind == GS_CL_WEIGHT && decl->value);
}

/* Extents of what the node does not have are known once every definition is. */
static int bind_local_extents(struct gs_scope *ev)
{
	struct gs_bound_node *b = ev->binding;
	unsigned i, d;

	for (i = 0; i < b->num_operands; i++) {
		struct gs_bound_operand *o = &b->operand[i];

		if (!is_local(o->decl))
			continue;
		if (o->decl->kind == GS_CL_WEIGHT && bind_fill(ev, o))
			return ev->err;
		for (d = 0; d < o->decl->num_dims; d++) {
			const bool one = !strcmp(o->decl->dim[d], "1") ||
					 !strcmp(o->decl->dim[d], GS_CL_LANE);

			o->extent[d] =
				one ? 1 : gs_scope_extent(ev, o->decl->dim[d]);
			if (!o->extent[d])
				return gs_scope_misfit_in(
					ev, o->decl->line, o->decl->column,
					"extent %s of '%s' is not defined",
					o->decl->dim[d], o->decl->name);
		}
	}
	return 0;
}

/* ---- definitions ---- */

/* Definitions before the first operand see attributes only; they are asked before shapes are. */
static unsigned num_early(const struct gs_codelet *cl)
{
	unsigned i = 0;

	while (i < cl->num_defs && cl->num_operands &&
	       cl->def[i].line < cl->operand[0].line)
		i++;
	return i;
}

static int run_definitions(struct gs_scope *ev, unsigned first, unsigned end)
{
	const struct gs_codelet *cl = ev->binding->cl;
	unsigned i;
	int ret = 0;

	for (i = first; i < end && !ret; i++) {
		const struct gs_cl_def *d = &cl->def[i];
		struct gs_value val;

		ev->undefined = false;
		if (d->kind == GS_CL_ROW_VALUE) {
			ret = gs_bind_row(ev, d);
			continue;
		}
		if (d->kind == GS_CL_DROP)
			continue;
		val = gs_scope_eval(ev, d->expr);
		if (ev->err)
			return ev->err;
		if (d->kind == GS_CL_LET || d->kind == GS_CL_SET)
			ret = gs_scope_define(ev, d->name, val);
		else if (!ev->undefined && (val.num != 1 || val.v[0] == 0))
			ret = gs_scope_unmet(ev, d);
	}
	return ret;
}

/* ---- loops and statements ---- */

static int add_var(struct gs_scope *ev, const struct gs_cl_statement *decl,
		   const struct gs_cl_loop *loop)
{
	struct gs_bound_node *b = ev->binding;
	const struct gs_value *extent = gs_scope_find(ev, loop->extent);
	const int found = gs_find_var(b, loop->var);
	struct gs_var *var = found < 0 ? NULL : &b->var[found];

	if (var && var->span)
		return found;
	if (!extent || extent->num != 1 || extent->v[0] < 1 ||
	    extent->v[0] > GS_MAX_EXTENT)
		return gs_scope_misfit_at(
			ev, decl, "extent %s of loop '%s' is not defined",
			loop->extent, loop->var);
	if (var && var->extent != (int64_t)extent->v[0])
		return gs_scope_misfit_at(ev, decl, "loop '%s' has two extents",
					  loop->var);
	if (var) {
		var->reduce |= loop->reduce;
		return found;
	}
	if (b->num_vars == GS_MAX_VARS)
		return gs_scope_misfit(ev, "more than %d loop variables",
				       GS_MAX_VARS);
	b->var[b->num_vars] = (struct gs_var){ .name = loop->var,
					       .extent = (int64_t)extent->v[0],
					       .reduce = loop->reduce };
	return (int)b->num_vars++;
}

/* Without subscripts an operand is indexed by the loops over its own extents. */
static int default_subscripts(struct gs_scope *ev,
			      const struct gs_cl_statement *decl,
			      const struct gs_bound_stmt *s, int operand,
			      struct gs_affine *sub)
{
	const struct gs_bound_operand *bound = &ev->binding->operand[operand];
	const struct gs_cl_operand *o = bound->decl;
	unsigned d, l;

	for (d = 0; d < o->num_dims; d++) {
		if (!strcmp(o->dim[d], "1") || !strcmp(o->dim[d], GS_CL_LANE) ||
		    (o->broadcast && bound->extent[d] == 1))
			continue;
		for (l = 0; l < s->num_vars; l++)
			if (!strcmp(decl->loop[l].extent, o->dim[d]))
				break;
		if (l == s->num_vars)
			return gs_scope_misfit_at(
				ev, decl, "no loop over extent %s of '%s'",
				o->dim[d], o->name);
		sub[d].coef[s->var[l]] = 1;
	}
	return 0;
}

static int bind_ref(struct gs_scope *ev, const struct gs_cl_statement *decl,
		    const struct gs_bound_stmt *s, const struct gs_cl_ref *from,
		    struct gs_bound_ref *to)
{
	struct gs_affine *sub =
		gs_arena_alloc(ev->scratch, GS_CL_MAX_DIMS * sizeof(*sub));
	unsigned d;

	*to = (struct gs_bound_ref){ .operand = from->operand, .sub = sub };
	if (!sub)
		return ev->err = -ENOMEM;
	if (from->operand < 0) {
		ev->undefined = false;
		to->imm = gs_scope_int32(ev, from->imm,
					 round(gs_scope_scalar(ev, from->imm)));
		return ev->err;
	}
	if (!decl->fn->permutes && ev->binding->operand[from->operand].spread)
		to->operand = (int)ev->binding->operand[from->operand].spread;
	if (!from->num_subs)
		return default_subscripts(ev, decl, s, to->operand, sub);
	if (ev->binding->operand[from->operand].decl->broadcast)
		return gs_scope_misfit_at(
			ev, decl, "'%s' broadcasts and takes no subscripts",
			ev->binding->operand[from->operand].decl->name);
	for (d = 0; d < from->num_subs; d++)
		if (from->sub[d] && gs_scope_affine(ev, from->sub[d], &sub[d]))
			return ev->err;
	return 0;
}

static bool is_lane_dim(const struct gs_cl_operand *o, unsigned d)
{
	return d + 1 == o->num_dims && o->kind != GS_CL_WEIGHT &&
	       o->kind != GS_CL_CONST && strcmp(o->dim[d], GS_CL_LANE);
}

/*
 * A variable that walks a lane dimension counts rows of lanes there. Others may
 * only step over blocks of whole rows.
 */
static int mark_channels(struct gs_scope *ev,
			 const struct gs_cl_statement *decl,
			 const struct gs_bound_ref *ref)
{
	struct gs_bound_node *b = ev->binding;
	const struct gs_cl_operand *o;
	unsigned d, v, used;

	if (ref->operand < 0)
		return 0;
	o = b->operand[ref->operand].decl;
	for (d = 0; d < o->num_dims; d++) {
		for (v = 0, used = 0; v < b->num_vars; v++) {
			if (ref->sub[d].coef[v] < 0)
				return gs_scope_misfit_at(
					ev, decl,
					"a subscript of '%s' runs backwards",
					o->name);
			if (!ref->sub[d].coef[v] || !is_lane_dim(o, d))
				continue;
			if (ref->sub[d].coef[v] % b->lanes == 0) {
				b->var[v].block = true;
				continue;
			}
			b->var[v].channel = true;
			used += ref->sub[d].coef[v] == 1 ? 1 : 2;
		}
		if (is_lane_dim(o, d) && (used > 1 || ref->sub[d].c))
			return gs_scope_misfit_at(
				ev, decl,
				"the last subscript of '%s' must be a loop variable, or one and whole rows of lanes",
				o->name);
	}
	return 0;
}

/* SIMD loops that the destination does not follow accumulate. */
static void mark_reductions(struct gs_bound_node *b,
			    const struct gs_bound_stmt *s)
{
	unsigned l;

	if (s->dst.operand < 0)
		return;
	for (l = 0; l < s->num_vars; l++)
		if (!gs_ref_follows(&s->dst, s->var[l]))
			b->var[s->var[l]].reduce = true;
}

/* The permutation engine walks all lanes at a time: that loop is never cut. */
static void mark_lane_loop(struct gs_bound_node *b,
			   const struct gs_bound_stmt *s)
{
	if (s->fn->permutes && s->num_vars)
		b->var[s->var[s->num_vars - 1]].reduce = true;
}

static int bind_statement(struct gs_scope *ev,
			  const struct gs_cl_statement *decl)
{
	struct gs_bound_node *b = ev->binding;
	struct gs_bound_stmt *s = &b->stmt[b->num_stmts];
	unsigned i;
	const char *lacks = gs_acg_lacks(ev->acg, decl->fn);
	int ret = lacks ? gs_scope_misfit_at(
				  ev, decl,
				  "the machine lacks %s, which '%s' needs",
				  lacks, decl->fn->name) :
			  gs_check_places(ev, decl);

	if (ret)
		return ret;
	if (b->num_stmts == GS_CL_MAX_STATEMENTS)
		return gs_scope_misfit(ev, "more than %d statements",
				       GS_CL_MAX_STATEMENTS);
	*s = (struct gs_bound_stmt){ .decl = decl,
				     .fn = gs_acg_resolve(ev->acg, decl->fn),
				     .num_args = decl->num_args };
	for (i = 0; i < decl->num_loops && !ret; i++) {
		const int var = add_var(ev, decl, &decl->loop[i]);

		if (var < 0)
			return var;
		s->var[s->num_vars++] = (unsigned)var;
	}
	if (ret || bind_ref(ev, decl, s, &decl->dst, &s->dst))
		return ev->err;
	for (i = 0; i < decl->num_args && !ret; i++)
		ret = bind_ref(ev, decl, s, &decl->arg[i], &s->arg[i]);
	if (!ret && decl->shift) {
		const double shift = gs_scope_scalar(ev, decl->shift);

		if (!(shift >= 0 && shift <= 31))
			return gs_scope_misfit_at(ev, decl, "cast by %g bits",
						  shift);
		s->shift = (uint32_t)shift;
	}
	mark_reductions(b, s);
	mark_lane_loop(b, s);
	ret = ret ? ret : mark_channels(ev, decl, &s->dst);
	for (i = 0; i < decl->num_args && !ret; i++)
		ret = mark_channels(ev, decl, &s->arg[i]);
	if (!ret && decl->fn->unit == GS_UNIT_ARRAY) {
		if (b->array_stmt >= 0 || b->num_stmts)
			return gs_scope_misfit_at(
				ev, decl, "one array statement, and first");
		b->array_stmt = (int)b->num_stmts;
	}
	b->num_stmts += !ret;
	return ret;
}

/* What the statement reads of one channel must stand in every lane first. */
static int bind_spreads(struct gs_scope *ev, const struct gs_cl_statement *decl)
{
	unsigned i;
	int ret = 0;

	for (i = 0; i < decl->num_args && !ret; i++) {
		const struct gs_cl_statement *spread;
		const int operand = decl->arg[i].operand;

		if (operand < 0 || decl->fn->permutes ||
		    !gs_needs_spread(ev, &ev->binding->operand[operand]))
			continue;
		spread = gs_spread_statement(ev, decl, (unsigned)operand);
		ret = spread ? bind_statement(ev, spread) : ev->err;
	}
	return ret;
}

static int bind_statements(struct gs_scope *ev)
{
	struct gs_bound_node *b = ev->binding;
	const struct gs_codelet *cl = b->cl;
	unsigned i;
	int ret = 0;

	b->array_stmt = -1;
	/* Each operand may be spread once. */
	b->stmt =
		gs_arena_alloc(ev->scratch, (cl->num_stmts + cl->num_operands) *
						    sizeof(*b->stmt));
	if (!b->stmt)
		return -ENOMEM;
	ret = gs_bind_spans(ev);
	for (i = 0; i < cl->num_stmts && !ret; i++) {
		ev->undefined = false;
		if (cl->stmt[i].cond &&
		    gs_scope_scalar(ev, cl->stmt[i].cond) == 0 && !ev->err)
			continue;
		ret = ev->err ? ev->err : bind_spreads(ev, &cl->stmt[i]);
		ret = ret ? ret : bind_statement(ev, &cl->stmt[i]);
	}
	for (i = 0; i < b->num_vars; i++) {
		struct gs_var *v = &b->var[i];
		const int64_t lanes = ev->acg->arch.array_m;

		v->units = (uint32_t)(v->channel ?
					      (v->extent + lanes - 1) / lanes :
					      v->extent);
	}
	return ret;
}

static int check_transfers(struct gs_scope *ev)
{
	const struct gs_codelet *cl = ev->binding->cl;
	unsigned i;

	for (i = 0; i < cl->num_operands; i++) {
		const struct gs_cl_operand *o = &cl->operand[i];
		const bool out = o->kind == GS_CL_OUTPUT;

		if (o->kind == GS_CL_TEMP || o->kind == GS_CL_CONST)
			continue;
		if (!gs_acg_find_channel(ev->acg, out ? o->mem : GS_ACG_DRAM,
					 out ? GS_ACG_DRAM : o->mem))
			return gs_scope_misfit(
				ev,
				"%s:%u:%u: the machine has no channel from %s to %s for '%s'",
				cl->file, o->line, o->column,
				ev->acg->mem[out ? o->mem : GS_ACG_DRAM].name,
				ev->acg->mem[out ? GS_ACG_DRAM : o->mem].name,
				o->name);
	}
	return 0;
}

/* Does a reference before the @num-th of statement @stmt touch the same? */
static bool is_again(const struct gs_bound_node *b, unsigned stmt, unsigned num,
		     const struct gs_bound_ref *ref)
{
	unsigned i, a;

	for (i = 0; i <= stmt; i++)
		for (a = 0; a <= b->stmt[i].num_args; a++) {
			const struct gs_bound_ref *r =
				a ? &b->stmt[i].arg[a - 1] : &b->stmt[i].dst;

			if (i == stmt && a == num)
				return false;
			if (r->operand == ref->operand && !r->again &&
			    (r->sub == ref->sub ||
			     !memcmp(r->sub, ref->sub,
				     GS_CL_MAX_DIMS * sizeof(*ref->sub))))
				return true;
		}
	return false;
}

/* What tiles touch is asked often: once for each way is enough. */
void gs_mark_again(struct gs_bound_node *b)
{
	unsigned i, a;

	for (i = 0; i < b->num_stmts; i++)
		for (a = 0; a <= b->stmt[i].num_args; a++) {
			struct gs_bound_ref *r = a ? &b->stmt[i].arg[a - 1] :
						     &b->stmt[i].dst;

			r->again = r->operand >= 0 && is_again(b, i, a, r);
		}
}

int gs_bind_codelet(struct gs_scope *ev)
{
	const unsigned early = num_early(ev->binding->cl);
	int ret = gs_define_node_names(ev);

	ret = ret ? ret : check_transfers(ev);
	ret = ret ? ret : run_definitions(ev, 0, early);
	ev->undefined = false;
	ret = ret ? ret : bind_operands(ev);
	ret = ret ? ret : run_definitions(ev, early, ev->binding->cl->num_defs);
	ret = ret ? ret : bind_local_extents(ev);
	ret = ret ? ret : bind_statements(ev);
	ret = ret ? ret : gs_check_spans(ev);
	ret = ret ? ret : gs_check_activation(ev);
	if (!ret)
		gs_mark_again(ev->binding);
	return ret ? ret : gs_check_statements(ev);
}
