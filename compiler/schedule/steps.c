/* SPDX-License-Identifier: MIT */
#include "compiler/schedule/steps.h"

#include <string.h>

/* ---- strips --------------------------------------------------------------------- */

/* Do both walk evenly along the variable, at the same place? */
static bool alike(const struct gs_bound_ref *a, const struct gs_bound_ref *b,
		  unsigned var)
{
	unsigned d;

	for (d = 0; d < GS_CL_MAX_DIMS; d++)
		if ((a->sub[d].coef[var] || b->sub[d].coef[var]) &&
		    memcmp(&a->sub[d], &b->sub[d], sizeof(a->sub[d])) != 0)
			return false;
	return true;
}

/* What a strip reads of an operand that is written, it has written itself. References that come again need no second look. */
static bool keeps_apart(const struct gs_bound_node *b,
			const struct gs_bound_ref *written, unsigned var)
{
	unsigned i, a;

	for (i = 0; i < b->num_stmts; i++) {
		const struct gs_bound_stmt *s = &b->stmt[i];

		if ((int)i == b->array_stmt)
			continue;
		if (s->dst.operand == written->operand && !s->dst.again &&
		    !alike(&s->dst, written, var))
			return false;
		for (a = 0; a < s->num_args; a++)
			if (s->arg[a].operand == written->operand &&
			    !s->arg[a].again &&
			    !alike(&s->arg[a], written, var))
				return false;
	}
	return true;
}

bool gs_takes_strips(const struct gs_bound_node *b, unsigned var)
{
	unsigned i;

	if (b->var[var].reduce || b->var[var].block)
		return false;
	for (i = 0; i < b->num_stmts; i++) {
		const struct gs_bound_stmt *s = &b->stmt[i];

		if ((int)i != b->array_stmt &&
		    (!gs_stmt_has_loop(s, var) ||
		     !gs_ref_follows(&s->dst, var) ||
		     (!s->dst.again && !keeps_apart(b, &s->dst, var))))
			return false;
	}
	return true;
}

struct gs_strips gs_strips_along(unsigned var, const uint32_t *tile,
				 unsigned want)
{
	const uint32_t size = (tile[var] + want - 1) / want;

	return (struct gs_strips){
		.num = (tile[var] + size - 1) / size,
		.var = var,
		.size = size,
	};
}

struct gs_strips gs_strips_of(const struct gs_bound_node *b,
			      const uint32_t *tile, unsigned want)
{
	const struct gs_bound_stmt *s = &b->stmt[b->num_stmts - 1];
	struct gs_strips one = { .num = 1 };
	unsigned l;

	for (l = 0; l < s->num_vars && want > 1; l++) {
		const unsigned var = s->var[l];

		if (tile[var] > 1 && gs_takes_strips(b, var))
			return gs_strips_along(var, tile, want);
	}
	return one;
}

uint32_t gs_strip_tile(const struct gs_bound_node *b,
		       const struct gs_strips *strips, const uint32_t *tile,
		       unsigned strip, uint32_t *out)
{
	uint32_t start = 0, rest;

	memcpy(out, tile, b->num_vars * sizeof(*out));
	if (strips->num == 1)
		return 0;
	start = strip * strips->size;
	rest = tile[strips->var] - start;
	out[strips->var] = rest < strips->size ? rest : strips->size;
	return start;
}

bool gs_strip_moves(const struct gs_bound_node *b,
		    const struct gs_strips *strips, unsigned operand)
{
	unsigned i;

	for (i = 0; i < b->num_stmts && strips->num > 1; i++) {
		const struct gs_bound_stmt *s = &b->stmt[i];

		if ((s->dst.operand == (int)operand &&
		     gs_ref_follows(&s->dst, strips->var)) ||
		    gs_stmt_reads_along(s, operand, strips->var))
			return true;
	}
	return false;
}

/* ---- steps ---------------------------------------------------------------------- */

static void add(struct gs_steps *s, enum gs_step_kind kind, unsigned index,
		unsigned strip)
{
	s->step[s->num++] = (struct gs_step){ kind, index, strip };
}

/* What is loaded, by its first use; what nothing reads comes last. */
static unsigned list_loaded(const struct gs_bound_node *b, unsigned *loaded)
{
	bool seen[GS_CL_MAX_OPERANDS];
	unsigned i, o, num = 0;

	for (o = 0; o < b->num_operands; o++)
		seen[o] = !gs_is_loaded(&b->operand[o]);
	for (i = 0; i <= b->num_stmts; i++) {
		for (o = 0; o < b->num_operands && (int)i != b->array_stmt;
		     o++) {
			if (seen[o] || (i < b->num_stmts &&
					!gs_stmt_reads(&b->stmt[i], o)))
				continue;
			seen[o] = true;
			loaded[num++] = o;
		}
	}
	return num;
}

/* Loads of a tile for statement @part (@of) or all others. */
static void add_loads(const struct gs_bound_node *b, unsigned part, bool of,
		      struct gs_steps *s)
{
	unsigned loaded[GS_CL_MAX_OPERANDS], i;
	const unsigned num = list_loaded(b, loaded);

	for (i = 0; i < num; i++)
		if (gs_stmt_reads(&b->stmt[part], loaded[i]) == of)
			add(s, GS_STEP_LOAD, loaded[i], 0);
}

static unsigned stored(const struct gs_bound_node *b)
{
	unsigned o = 0;

	while (b->operand[o].decl->kind != GS_CL_OUTPUT)
		o++;
	return o;
}

/* Strip by strip; the loads of one go ahead of the statements of the one before. */
static void list_strips(const struct gs_bound_node *b,
			const struct gs_strips *strips, struct gs_steps *s)
{
	unsigned loaded[GS_CL_MAX_OPERANDS], moving[GS_CL_MAX_OPERANDS];
	const unsigned num = list_loaded(b, loaded);
	unsigned num_moving = 0, k, i;

	for (i = 0; i < num; i++) {
		add(s, GS_STEP_LOAD, loaded[i], 0);
		if (gs_strip_moves(b, strips, loaded[i]))
			moving[num_moving++] = loaded[i];
	}
	for (i = 0; i < num_moving; i++)
		add(s, GS_STEP_LOAD, moving[i], 1);
	for (k = 0; k < strips->num; k++) {
		for (i = 0; i < b->num_stmts; i++)
			if ((int)i != b->array_stmt)
				add(s, GS_STEP_STATEMENT, i, k);
		add(s, GS_STEP_STORE, stored(b), k);
		for (i = 0; i < num_moving && k + 2 < strips->num; i++)
			add(s, GS_STEP_LOAD, moving[i], k + 2);
	}
}

void gs_list_steps(const struct gs_bound_node *b,
		   const struct gs_strips *strips, int part,
		   struct gs_steps *out)
{
	int i;

	out->num = out->part = out->part_end = 0;
	if (part < 0) {
		list_strips(b, strips, out);
		return;
	}
	add_loads(b, (unsigned)part, false, out);
	for (i = 0; i < (int)b->num_stmts; i++) {
		if (i == b->array_stmt)
			continue;
		if (i == part) {
			out->part = out->num;
			add_loads(b, (unsigned)part, true, out);
			out->part_end = out->num + 1;
		}
		add(out, GS_STEP_STATEMENT, (unsigned)i, 0);
	}
	add(out, GS_STEP_STORE, stored(b), 0);
}
