/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/check.h"

#include <string.h>

/* What each unit can read, in the order of the arguments for the array. */
static bool can_read(const struct gs_cl_statement *decl, unsigned arg,
		     const struct gs_cl_operand *o)
{
	static const struct {
		enum gs_acg_mem mem;
		enum gs_cl_operand_kind kind;
	} array[GS_CL_MAX_ARGS] = { { GS_ACG_IBUF, GS_CL_INPUT },
				    { GS_ACG_WBUF, GS_CL_WEIGHT },
				    { GS_ACG_BBUF, GS_CL_ROW } };

	if (decl->fn->unit == GS_UNIT_ARRAY)
		return o && o->mem == array[arg].mem &&
		       o->kind == array[arg].kind;
	if (!o)
		return !decl->fn->permutes;
	return gs_acg_is_vmem(o->mem) ||
	       (o->mem == GS_ACG_OBUF && o->kind == GS_CL_TEMP);
}

static int check_reads(struct gs_scope *ev, const struct gs_cl_statement *decl)
{
	unsigned i;

	for (i = 0; i < decl->num_args; i++) {
		const int index = decl->arg[i].operand;
		const struct gs_cl_operand *o =
			index < 0 ? NULL : ev->binding->operand[index].decl;

		if (can_read(decl, i, o))
			continue;
		return o ? gs_scope_misfit_at(ev, decl,
					      "%s cannot read '%s' in %s",
					      decl->fn->name, o->name,
					      ev->acg->mem[o->mem].name) :
			   gs_scope_misfit_at(ev, decl,
					      "%s cannot read an immediate",
					      decl->fn->name);
	}
	return 0;
}

int gs_check_places(struct gs_scope *ev, const struct gs_cl_statement *decl)
{
	const struct gs_cl_operand *dst =
		ev->binding->operand[decl->dst.operand].decl;
	const bool array = decl->fn->unit == GS_UNIT_ARRAY;

	if (array ? dst->mem != GS_ACG_OBUF || dst->kind != GS_CL_TEMP :
		    !gs_acg_is_vmem(dst->mem) || (dst->kind != GS_CL_OUTPUT &&
						  dst->kind != GS_CL_TEMP))
		return gs_scope_misfit_at(ev, decl,
					  "%s cannot write '%s' in %s",
					  decl->fn->name, dst->name,
					  ev->acg->mem[dst->mem].name);
	return check_reads(ev, decl);
}

/* Weights are packed by one loop for each dimension: output channels, input channels, kernel. */
static bool packs(const struct gs_bound_node *b,
		  const struct gs_bound_operand *o, unsigned dim,
		  const struct gs_affine *a)
{
	int64_t extent = 0, block = 0, blocks = 1;
	unsigned v, used = 0;

	if (!strcmp(o->decl->dim[dim], GS_CL_LANE))
		return dim == 1;
	for (v = 0; v < b->num_vars; v++) {
		if (!a->coef[v])
			continue;
		if (b->var[v].block && !dim && !block) {
			block = a->coef[v];
			blocks = b->var[v].extent;
			continue;
		}
		used++;
		extent = b->var[v].extent;
		if (a->coef[v] != 1 || b->var[v].reduce != (dim > 0) ||
		    b->var[v].channel != (dim < 2))
			return false;
	}
	return used == 1 && !a->c && extent * blocks == o->extent[dim] &&
	       (!block || block == extent);
}

/*
 * A weight whose input channels are the row of lanes of its output channels: that
 * row is what the array reads, and no group goes beyond it.
 */
static int check_diagonal(struct gs_scope *ev, const struct gs_bound_stmt *s)
{
	const struct gs_bound_node *b = ev->binding;
	const struct gs_bound_operand *x = &b->operand[s->arg[0].operand],
				      *w = &b->operand[s->arg[1].operand];
	const int64_t out = w->extent[0];

	if (w->decl->num_dims < 2 || strcmp(w->decl->dim[1], GS_CL_LANE))
		return 0;
	if (memcmp(&s->arg[0].sub[3], &s->arg[1].sub[0],
		   sizeof(struct gs_affine)))
		return gs_scope_misfit_at(
			ev, s->decl,
			"'%s' and '%s' do not walk the same channels",
			x->decl->name, w->decl->name);
	if (x->extent[3] != out || out % w->groups ||
	    b->lanes % (out / w->groups) ||
	    (w->tensor && w->tensor->shape.dim[1] * w->groups != out))
		return gs_scope_misfit_at(
			ev, s->decl,
			"the groups of '%s' do not stay within a row of %u lanes",
			w->decl->name, b->lanes);
	return 0;
}

/* Rows or columns that a border may have. */
#define MAX_BORDER 4096

/* Only the rows and columns of an input have a border. */
static bool stays_inside(const struct gs_bound_node *b,
			 const struct gs_bound_operand *o, unsigned dim,
			 const struct gs_affine *a)
{
	const bool bordered = o->decl->kind == GS_CL_INPUT &&
			      (dim == 1 || dim == 2);
	const int64_t border = bordered ? MAX_BORDER : 0;
	int64_t last = a->c;
	unsigned v;

	if (!strcmp(o->decl->dim[dim], GS_CL_LANE))
		return true;
	for (v = 0; v < b->num_vars; v++)
		if (!b->var[v].span) /* those it is made of are counted */
			last += a->coef[v] * (b->var[v].extent - 1);
	return a->c >= -border && last < o->extent[dim] + border;
}

/* Steps over rows of lanes are in a lane dimension, with no other meaning elsewhere. */
static bool blocks_misplaced(const struct gs_bound_node *b,
			     const struct gs_bound_operand *o,
			     const struct gs_bound_ref *ref)
{
	const unsigned lane =
		o->decl->kind == GS_CL_WEIGHT ? 0 : o->decl->num_dims - 1;
	unsigned d, v;

	for (d = 0; d < o->decl->num_dims; d++)
		for (v = 0; v < b->num_vars; v++)
			if (b->var[v].block && ref->sub[d].coef[v] &&
			    (d != lane || b->var[v].channel))
				return true;
	return false;
}

/* A subscript moves with loops of its statement, or with what a span of these is made of. */
static bool walks(const struct gs_bound_node *b, const struct gs_bound_stmt *s,
		  unsigned var)
{
	unsigned l;

	for (l = 0; l < s->num_vars; l++) {
		const struct gs_bound_span *span = b->var[s->var[l]].span;

		if (s->var[l] == var ||
		    (span && (span->base == var || span->kernel == var)))
			return true;
	}
	return false;
}

static int check_walks(struct gs_scope *ev, const struct gs_bound_stmt *s,
		       const struct gs_bound_ref *ref)
{
	const struct gs_bound_node *b = ev->binding;
	unsigned d, v;

	for (d = 0; d < GS_CL_MAX_DIMS; d++)
		for (v = 0; v < b->num_vars; v++)
			if (ref->sub[d].coef[v] && !walks(b, s, v))
				return gs_scope_misfit_at(
					ev, s->decl, "'%s' is no loop here",
					b->var[v].name);
	return 0;
}

static int check_subscripts(struct gs_scope *ev, const struct gs_bound_stmt *s,
			    const struct gs_bound_ref *ref)
{
	const struct gs_bound_node *b = ev->binding;
	const struct gs_bound_operand *o;
	unsigned d;

	if (ref->operand < 0)
		return 0;
	o = &b->operand[ref->operand];
	if (check_walks(ev, s, ref))
		return ev->err;
	if (blocks_misplaced(b, o, ref))
		return gs_scope_misfit_at(
			ev, s->decl,
			"a step over lanes of '%s' is not its last subscript's",
			o->decl->name);
	for (d = 0; d < o->decl->num_dims; d++)
		if (!(o->decl->kind == GS_CL_WEIGHT ? packs : stays_inside)(
			    b, o, d, &ref->sub[d]))
			return gs_scope_misfit_at(
				ev, s->decl,
				"subscript %u of '%s' does not fit extent %s",
				d, o->decl->name, o->decl->dim[d]);
	return 0;
}

/* The array sums over the loops its result does not follow, and is told so. */
static int check_reductions(struct gs_scope *ev, const struct gs_bound_stmt *s)
{
	unsigned l;

	for (l = 0; l < s->num_vars; l++) {
		const bool follows = gs_ref_follows(&s->dst, s->var[l]);

		if (follows == s->decl->loop[l].reduce)
			return gs_scope_misfit_at(ev, s->decl,
						  "loop '%s' must%s reduce",
						  s->decl->loop[l].var,
						  follows ? " not" : "");
	}
	return 0;
}

static int check_weights_used(struct gs_scope *ev)
{
	const struct gs_bound_node *b = ev->binding;
	const struct gs_bound_stmt *s =
		b->array_stmt < 0 ? NULL : &b->stmt[b->array_stmt];
	unsigned i;

	for (i = 0; i < b->num_operands; i++)
		if (b->operand[i].decl->kind == GS_CL_WEIGHT &&
		    (!s || s->arg[1].operand != (int)i))
			return gs_scope_misfit_in(
				ev, b->operand[i].decl->line,
				b->operand[i].decl->column,
				"the array does not read weight '%s'",
				b->operand[i].decl->name);
	return 0;
}

static int check_output_written(struct gs_scope *ev)
{
	const struct gs_bound_node *b = ev->binding;
	unsigned i, k;

	for (i = 0; i < b->num_operands; i++) {
		if (b->operand[i].decl->kind != GS_CL_OUTPUT)
			continue;
		for (k = 0; k < b->num_stmts; k++)
			if (b->stmt[k].dst.operand == (int)i)
				break;
		if (k == b->num_stmts)
			return gs_scope_misfit_in(ev, b->operand[i].decl->line,
						  b->operand[i].decl->column,
						  "nothing writes '%s'",
						  b->operand[i].decl->name);
	}
	return 0;
}

/* What a cast bounds to other than the machine's data would be cut off, or wasted, where it is stored. */
static int check_cast(struct gs_scope *ev, const struct gs_bound_stmt *s)
{
	const struct gs_cl_operand *dst =
		ev->binding->operand[s->dst.operand].decl;
	const unsigned bits = s->fn->insn == GS_INSN_CAST_32FXP_4FXP  ? 4 :
			      s->fn->insn == GS_INSN_CAST_32FXP_8FXP  ? 8 :
			      s->fn->insn == GS_INSN_CAST_32FXP_16FXP ? 16 :
									0;

	if (!bits || dst->kind != GS_CL_OUTPUT ||
	    bits == ev->acg->arch.data_width)
		return 0;
	return gs_scope_misfit_at(
		ev, s->decl,
		"%s makes %u bits of '%s', the machine's data has %u; cast takes its width",
		s->fn->name, bits, dst->name, ev->acg->arch.data_width);
}

int gs_check_statements(struct gs_scope *ev)
{
	const struct gs_bound_node *b = ev->binding;
	int ret = check_weights_used(ev);
	unsigned i, a;

	for (i = 0; i < b->num_stmts && !ret; i++) {
		ret = (int)i == b->array_stmt ?
			      check_reductions(ev, &b->stmt[i]) :
			      0;
		if (!ret && (int)i == b->array_stmt)
			ret = check_diagonal(ev, &b->stmt[i]);
		ret = ret ? ret : check_cast(ev, &b->stmt[i]);
		ret = ret ? ret :
			    check_subscripts(ev, &b->stmt[i], &b->stmt[i].dst);
		for (a = 0; a < b->stmt[i].num_args && !ret; a++)
			ret = check_subscripts(ev, &b->stmt[i],
					       &b->stmt[i].arg[a]);
	}
	return ret ? ret : check_output_written(ev);
}
