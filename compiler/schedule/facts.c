/* SPDX-License-Identifier: MIT */
#include "compiler/schedule/facts.h"

#include <string.h>

#include "compiler/codelets/span.h"

/* ---- boxes ---------------------------------------------------------------------- */

static bool same_line(const struct gs_line *a, const struct gs_line *b)
{
	unsigned i;

	if (a->c != b->c || a->dim != b->dim || a->num != b->num)
		return false;
	for (i = 0; i < a->num; i++)
		if (a->var[i] != b->var[i] || a->step[i] != b->step[i])
			return false;
	return true;
}

/* One subscript of a reference; false where there is no room for it. */
static bool line_of(const struct gs_bound_node *b,
		    const struct gs_bound_stmt *s,
		    const struct gs_bound_ref *ref, unsigned dim,
		    struct gs_line *out)
{
	unsigned l;

	*out = (struct gs_line){ .c = ref->sub[dim].c, .dim = (uint8_t)dim };
	for (l = 0; l < s->num_vars; l++) {
		const int64_t step = gs_sub_step(b, &ref->sub[dim], s->var[l]);

		if (!step)
			continue;
		if (out->num == GS_MAX_TERMS)
			return false;
		out->step[out->num] = step;
		out->var[out->num++] = (uint8_t)s->var[l];
	}
	return true;
}

/* Lines of operand @i stand from @first on; *num is behind the last of them. */
static bool add_lines(struct gs_facts *f, const struct gs_bound_stmt *s,
		      const struct gs_bound_ref *ref, unsigned operand,
		      unsigned *num)
{
	unsigned d, k;

	if (ref->operand != (int)operand || ref->again)
		return true;
	for (d = 0; d < f->b->operand[operand].decl->num_dims; d++) {
		if (*num == GS_MAX_LINES ||
		    !line_of(f->b, s, ref, d, &f->line[*num]))
			return false;
		k = f->first_line[operand];
		while (!same_line(&f->line[k], &f->line[*num]))
			k++;
		*num += k == *num;
	}
	return true;
}

static bool list_lines(struct gs_facts *f)
{
	const struct gs_bound_node *b = f->b;
	unsigned o, i, a, num = 0;
	bool all = true;

	for (o = 0; o < b->num_operands; o++) {
		f->first_line[o] = num;
		for (i = 0; i < b->num_stmts && all; i++) {
			const struct gs_bound_stmt *s = &b->stmt[i];

			all = add_lines(f, s, &s->dst, o, &num);
			for (a = 0; a < s->num_args && all; a++)
				all = add_lines(f, s, &s->arg[a], o, &num);
		}
	}
	f->first_line[o] = num;
	return all;
}

void gs_facts_box(const struct gs_facts *f, unsigned operand,
		  const uint32_t *tile, struct gs_tile *out)
{
	const unsigned num_dims = f->b->operand[operand].decl->num_dims;
	int64_t hi[GS_CL_MAX_DIMS];
	unsigned i, t, d;

	if (!f->all_lines) {
		gs_tile_of(f->b, operand, tile, out);
		return;
	}
	for (d = 0; d < num_dims; d++) {
		out->lo[d] = INT64_MAX;
		hi[d] = INT64_MIN;
	}
	for (i = f->first_line[operand]; i < f->first_line[operand + 1]; i++) {
		const struct gs_line *l = &f->line[i];
		int64_t last = l->c;

		for (t = 0; t < l->num; t++)
			last += l->step[t] * ((int64_t)tile[l->var[t]] - 1);
		out->lo[l->dim] = l->c < out->lo[l->dim] ? l->c :
							   out->lo[l->dim];
		hi[l->dim] = last > hi[l->dim] ? last : hi[l->dim];
	}
	gs_tile_close(out, hi, num_dims);
}

/* ---- strips --------------------------------------------------------------------- */

struct gs_strips gs_facts_strips(const struct gs_facts *f, const uint32_t *tile,
				 unsigned want)
{
	const struct gs_bound_stmt *s = &f->b->stmt[f->b->num_stmts - 1];
	unsigned l;

	for (l = 0; l < s->num_vars && want > 1; l++)
		if (tile[s->var[l]] > 1 && f->strip_var[s->var[l]])
			return gs_strips_along(s->var[l], tile, want);
	return (struct gs_strips){ .num = 1 };
}

static uint64_t rows_of(const struct gs_facts *f,
			const struct gs_strips *strips, const uint32_t *tile,
			const uint32_t *strip, unsigned operand)
{
	const enum gs_acg_mem mem = f->b->operand[operand].decl->mem;
	const bool simd = mem == GS_ACG_VMEM1 || mem == GS_ACG_VMEM2;
	struct gs_tile t;

	gs_facts_box(f, operand, simd ? strip : tile, &t);
	if (mem == GS_ACG_WBUF)
		return gs_weight_rows_of(&t, &f->acg->arch);
	return simd && strips->num > 1 && f->moves[strips->var][operand] ?
		       2 * t.rows :
		       t.rows;
}

bool gs_facts_fits(const struct gs_facts *f, const struct gs_tiling *tiling)
{
	uint64_t used[GS_ACG_NUM_MEMORIES] = { 0 };
	uint32_t tile[GS_MAX_VARS], strip[GS_MAX_VARS];
	struct gs_strips strips;
	unsigned i;

	strips = gs_facts_strips(f, tiling->tile,
				 tiling->split_words ? 1 : tiling->strips);
	gs_strip_tile(f->b, &strips, tiling->tile, 0, strip);
	memcpy(tile, tiling->tile, sizeof(tile));
	if (f->has_spans) {
		gs_span_tiles(f->b, tile);
		gs_span_tiles(f->b, strip);
	}
	for (i = 0; i < f->b->num_operands; i++) {
		const enum gs_acg_mem mem = f->b->operand[i].decl->mem;

		if (mem == GS_ACG_DRAM)
			continue;
		used[mem] += rows_of(f, &strips, tile, strip, i);
		if (used[mem] > f->acg->mem[mem].rows)
			return false;
	}
	return true;
}

/* ---- all of a node -------------------------------------------------------------- */

static void list_strips(struct gs_facts *f)
{
	struct gs_strips one = { .num = 2 };
	unsigned v, o;

	for (v = 0; v < f->b->num_vars; v++) {
		one.var = v;
		f->strip_var[v] = gs_takes_strips(f->b, v);
		for (o = 0; o < f->b->num_operands; o++)
			f->moves[v][o] = gs_strip_moves(f->b, &one, o);
	}
}

static bool uses(const struct gs_bound_stmt *s, unsigned operand)
{
	unsigned a;

	for (a = 0; a < s->num_args; a++)
		if (s->arg[a].operand == (int)operand)
			return true;
	return s->dst.operand == (int)operand;
}

/* Does the SIMD unit compute with it, or move it? */
static bool is_simds(const struct gs_bound_node *b, unsigned operand)
{
	unsigned i;

	for (i = 0; i < b->num_stmts; i++)
		if ((int)i != b->array_stmt && uses(&b->stmt[i], operand))
			return true;
	return b->operand[operand].decl->kind == GS_CL_OUTPUT ||
	       gs_is_loaded(&b->operand[operand]);
}

/* Those of its statements, and those that tiles of its operands depend on. */
static void list_simd_vars(struct gs_facts *f)
{
	const struct gs_bound_node *b = f->b;
	unsigned i, l, o, t, v;

	for (v = 0; v < b->num_vars; v++)
		f->simd_var[v] = !f->all_lines;
	for (i = 0; i < b->num_stmts; i++)
		for (l = 0; (int)i != b->array_stmt && l < b->stmt[i].num_vars;
		     l++)
			f->simd_var[b->stmt[i].var[l]] = true;
	for (o = 0; o < b->num_operands; o++)
		for (i = f->first_line[o];
		     is_simds(b, o) && i < f->first_line[o + 1]; i++)
			for (t = 0; t < f->line[i].num; t++)
				f->simd_var[f->line[i].var[t]] = true;
	/* A span's tile follows from those of two others, which so count. */
	for (v = 0; v < b->num_vars; v++) {
		if (!b->var[v].span || !f->simd_var[v])
			continue;
		f->simd_var[b->var[v].span->base] = true;
		f->simd_var[b->var[v].span->kernel] = true;
	}
}

static bool is_moved(const struct gs_bound_operand *o)
{
	return o->decl->kind == GS_CL_OUTPUT || o->decl->kind == GS_CL_ROW ||
	       gs_is_read(o);
}

void gs_facts_init(struct gs_facts *f, const struct gs_bound_node *b,
		   const struct gs_acg *acg)
{
	unsigned v, o;

	memset(f, 0, sizeof(*f));
	f->b = b;
	f->acg = acg;
	gs_timing_costs_init(&f->costs, &acg->arch, GS_TIMING_HARDWARE);
	for (v = 0; v < b->num_vars; v++)
		f->has_spans |= b->var[v].span != NULL;
	f->all_lines = list_lines(f);
	list_strips(f);
	list_simd_vars(f);
	for (o = 0; o < b->num_operands; o++) {
		f->is_loaded[o] = gs_is_loaded(&b->operand[o]);
		f->bits[o] = gs_elem_bits(&b->operand[o]);
		if (is_moved(&b->operand[o]))
			gs_memory_strides(b, o, f->stride[o]);
	}
}
