/* SPDX-License-Identifier: MIT */
/*
 * Cost of the SIMD group: its steps, in order, against the clocks of the unit
 * and of its channel, as the timing model has them but for whole operands. A
 * few tiles show what every further one takes.
 */
#include <string.h>

#include "compiler/codelets/span.h"
#include "compiler/schedule/cost.h"

/* Tiles that are looked at; so many where a tile has few requests, which those in flight hold up later. */
#define TILES 3
#define MOST_TILES 6

/* Words of a transfer but for its loops: addresses, START. */
#define TRANSFER_WORDS 5

struct unit {
	double at, channel; /* clocks */
	double ready[GS_CL_MAX_OPERANDS]
		    [2]; /* written, for the unit itself; of every second strip */
	double stored[2]; /* the result was read for the last time */
	struct gs_flight flight;
};

/* Of a statement, or of the transfer of an operand. */
struct step_cost {
	double words;
	double cycles; /* of a statement */
	struct gs_occupancy use; /* of a transfer */
};

/* Of a strip. */
struct strip {
	struct step_cost operand[GS_CL_MAX_OPERANDS];
	struct step_cost stmt[GS_CL_MAX_STATEMENTS];
};

struct group {
	const struct gs_cost_block *c;
	struct gs_strips strips;
	struct gs_steps steps;
	struct strip strip[2]; /* all but the last, and that */
	bool moves[GS_CL_MAX_OPERANDS]; /* another one for each strip */
	unsigned out; /* the operand that is stored */
	double head; /* words before the first step */
	double latency, skew, depth;
};

/* ---- words ---------------------------------------------------------------------- */

static bool is_stored(const struct gs_bound_operand *o)
{
	return o->decl->kind == GS_CL_OUTPUT;
}

static double transfer_words(const struct gs_cost_block *c, unsigned operand)
{
	return TRANSFER_WORDS + 2 * c->num_base + 3 * gs_cost_dims(c, operand);
}

struct level {
	double count, stride[3];
};

/* Levels of a nest, as code generation makes them. */
static unsigned levels(const struct gs_cost_block *c,
		       const struct gs_bound_stmt *s,
		       const struct gs_bound_ref *const ref[3])
{
	struct level before = { 0 };
	unsigned l, p, num = 0;

	for (l = 0; l < s->num_vars; l++) {
		struct level lv = { .count = c->tile[s->var[l]] };
		bool merge = num > 0 && !s->fn->permutes;

		if (lv.count == 1)
			continue;
		for (p = 0; p < 3; p++) {
			if (ref[p]->operand >= 0)
				lv.stride[p] = (double)gs_row_stride(
					c->b, ref[p], &c->box[ref[p]->operand],
					s->var[l]);
			merge &= before.stride[p] == lv.stride[p] * lv.count;
		}
		if (merge)
			lv.count *= before.count;
		else
			num++;
		before = lv;
	}
	return num ? num : 1;
}

static double stmt_words(const struct gs_cost_block *c,
			 const struct gs_bound_stmt *s)
{
	const unsigned skip = s->fn->accumulates ? 1 : 0;
	const struct gs_bound_ref *ref[3] = { &s->dst, &s->arg[skip], NULL };
	unsigned num, p, iterators = 0;

	ref[2] = s->num_args > skip + 1 ? &s->arg[skip + 1] : ref[1];
	num = levels(c, s, ref);
	if (s->fn->permutes)
		return 2 * (1 + 2 * num) + 1;
	for (p = 0; p < 3; p++)
		iterators += ref[p]->operand >= 0 &&
			     (!p || ref[p] != ref[p - 1]);
	return iterators * (1 + num) + 2 * num + 1;
}

/* Immediates, and what names the base loops. */
static double head_words(const struct gs_cost_block *c)
{
	int32_t seen[GS_ISA_IMM_SLOTS];
	double words = c->num_base;
	unsigned i, a, k, num = 0;

	for (i = 0; i < c->b->num_stmts; i++) {
		const struct gs_bound_stmt *s = &c->b->stmt[i];

		for (a = 0; a < s->num_args; a++) {
			if (s->arg[a].operand >= 0)
				continue;
			for (k = 0; k < num && seen[k] != s->arg[a].imm;)
				k++;
			if (k < num || num == GS_ISA_IMM_SLOTS)
				continue;
			seen[num++] = s->arg[a].imm;
			words += s->arg[a].imm >= INT16_MIN &&
						 s->arg[a].imm <= INT16_MAX ?
					 2 :
					 3;
		}
	}
	return words;
}

/* ---- steps ---------------------------------------------------------------------- */

static double iterations(const struct gs_cost_block *c,
			 const struct gs_bound_stmt *s)
{
	double n = 1;
	unsigned l;

	for (l = 0; l < s->num_vars; l++)
		n *= c->tile[s->var[l]];
	return n;
}

static void prepare_strip(const struct gs_cost_block *c, struct strip *out)
{
	const struct gs_bound_node *b = c->b;
	unsigned i;

	for (i = 0; i < b->num_operands; i++) {
		out->operand[i] = (struct step_cost){ .words = 0 };
		if (is_stored(&b->operand[i]) || c->f->is_loaded[i])
			out->operand[i] = (struct step_cost){
				.words = transfer_words(c, i),
				.use = gs_cost_occupancy(c, GS_WIN_SIMD, i),
			};
	}
	for (i = 0; i < b->num_stmts; i++) {
		const struct gs_bound_stmt *s = &b->stmt[i];
		const double n = iterations(c, s);

		if ((int)i == b->array_stmt)
			continue;
		out->stmt[i] = (struct step_cost){
			.words = stmt_words(c, s) + (s->decl->shift ? 1 : 0),
			.cycles = s->fn->permutes ?
					  n * c->costs->t.perm_shuffle_row :
					  n,
		};
	}
}

/* A strip as if it was a tile; what stands in OBUF keeps its box. */
static void take_strip(const struct group *g, unsigned strip,
		       struct gs_cost_block *out)
{
	const struct gs_facts *f = g->c->f;
	uint32_t tile[GS_MAX_VARS];
	unsigned i;

	*out = *g->c;
	gs_strip_tile(f->b, &g->strips, g->c->tile, strip, out->tile);
	memcpy(tile, out->tile, sizeof(tile));
	if (f->has_spans)
		gs_span_tiles(f->b, tile);
	for (i = 0; i < f->b->num_operands; i++)
		if (f->b->operand[i].decl->mem != GS_ACG_OBUF)
			gs_facts_box(f, i, tile, &out->box[i]);
}

static void prepare(const struct gs_cost_block *c, struct group *g)
{
	const struct gs_arch_timing *t = &c->costs->t;
	struct gs_cost_block part;
	unsigned i;

	g->c = c;
	g->head = head_words(c);
	g->latency = (double)gs_channel_latency(c->costs);
	g->skew = t->tandem_skew;
	g->depth = t->tandem_depth ? t->tandem_depth - 1 : 0;
	g->strips = gs_facts_strips(
		c->f, c->tile, c->tiling->split_words ? 1 : c->tiling->strips);
	gs_list_steps(c->b, &g->strips, -1, &g->steps);
	g->out = g->steps.step[g->steps.num - 1].index;
	for (i = 0; i < c->b->num_operands; i++)
		g->moves[i] = g->strips.num > 1 &&
			      c->f->moves[g->strips.var][i];
	if (g->strips.num == 1) {
		prepare_strip(c, &g->strip[1]);
		return;
	}
	take_strip(g, 0, &part);
	prepare_strip(&part, &g->strip[0]);
	g->strip[1] = g->strip[0];
	if (c->tile[g->strips.var] % g->strips.size) {
		take_strip(g, g->strips.num - 1, &part);
		prepare_strip(&part, &g->strip[1]);
	}
}

/* What a step costs. */
static const struct step_cost *cost_of(const struct group *g,
				       const struct gs_step *step)
{
	const struct strip *s = &g->strip[step->strip + 1 == g->strips.num];

	return step->kind == GS_STEP_STATEMENT ? &s->stmt[step->index] :
						 &s->operand[step->index];
}

/* ---- a tile ---------------------------------------------------------------------- */

static void words(const struct group *g, struct unit *u, double num)
{
	u->at += num * g->c->costs->t.tandem_word;
}

static void move(const struct group *g, struct unit *u,
		 const struct step_cost *step, double from)
{
	u->channel = (double)gs_flight_add(&u->flight, &step->use,
					   (uint64_t)gs_max(u->channel, from),
					   (uint64_t)g->latency);
}

/* Which of the two places of an operand a strip has. */
static unsigned side(const struct group *g, unsigned operand,
		     const struct gs_step *step)
{
	return g->moves[operand] ? step->strip % 2 : 0;
}

static void load(const struct group *g, struct unit *u,
		 const struct gs_step *step)
{
	const struct step_cost *cost = cost_of(g, step);

	words(g, u, cost->words);
	move(g, u, cost, u->at);
	u->ready[step->index][side(g, step->index, step)] =
		u->channel + g->latency;
}

static void statement(const struct group *g, struct unit *u,
		      const struct gs_step *step, double obuf)
{
	const struct gs_bound_stmt *s = &g->c->b->stmt[step->index];
	const struct step_cost *cost = cost_of(g, step);
	const unsigned dst = (unsigned)s->dst.operand, at = side(g, dst, step);
	double from = u->ready[dst][at];
	unsigned a;

	for (a = 0; a < s->num_args; a++) {
		const int operand = s->arg[a].operand;

		if (operand < 0)
			continue;
		from = gs_max(
			from,
			u->ready[operand][side(g, (unsigned)operand, step)]);
		if (g->c->b->operand[operand].decl->mem == GS_ACG_OBUF)
			from = gs_max(from, obuf);
	}
	if (dst == g->out)
		from = gs_max(from, u->stored[at]);
	words(g, u, cost->words);
	if (!s->fn->permutes)
		u->at += g->c->costs->t.tandem_nest;
	u->at = gs_max(u->at, from) + cost->cycles;
	u->ready[dst][at] =
		u->at + g->depth + gs_timing_latency(g->c->costs, s->fn->insn);
}

static void store(const struct group *g, struct unit *u,
		  const struct gs_step *step)
{
	const struct step_cost *cost = cost_of(g, step);
	const unsigned at = side(g, g->out, step);

	words(g, u, cost->words);
	move(g, u, cost, gs_max(u->at, u->ready[g->out][at] + g->skew));
	u->stored[at] = u->channel;
}

/* Returns when the result is in memory. */
static double tile(const struct group *g, struct unit *u, double obuf)
{
	unsigned i;

	words(g, u, g->head);
	for (i = 0; i < g->steps.num; i++) {
		const struct gs_step *step = &g->steps.step[i];

		if (step->kind == GS_STEP_LOAD)
			load(g, u, step);
		else if (step->kind == GS_STEP_STORE)
			store(g, u, step);
		else
			statement(g, u, step, obuf);
	}
	return u->channel + g->latency;
}

/* What requests in flight allow when tiles follow each other. */
static double sustained(const struct group *g)
{
	double sum = 0;
	unsigned i;

	for (i = 0; i < g->c->b->num_operands; i++)
		if (g->strip[1].operand[i].use.cycles)
			sum += gs_cost_sustained(g->c, GS_WIN_SIMD, i);
	return sum;
}

/* Tiles until all that holds up a tile was met. */
static unsigned enough_tiles(const struct group *g)
{
	const uint32_t most = g->c->costs->t.outstanding;
	uint64_t requests = 0;
	unsigned i;

	for (i = 0; i < g->steps.num; i++)
		requests += cost_of(g, &g->steps.step[i])->use.requests;
	return requests < 2 * (uint64_t)most ? MOST_TILES : TILES;
}

static void cost_group(const struct gs_cost_block *c, struct gs_cost_simd *out)
{
	const double late =
		1e6; /* than anything of a tile that waits for the array */
	struct unit u = { .flight.most = c->costs->t.outstanding };
	double end[MOST_TILES];
	struct group g;
	unsigned i, num;

	prepare(c, &g);
	num = enough_tiles(&g);
	out->words = g.head + 3;
	for (i = 0; i < g.steps.num; i++)
		out->words += cost_of(&g, &g.steps.step[i])->words +
			      (g.steps.step[i].kind == GS_STEP_STATEMENT);
	for (i = 0; i < num; i++)
		end[i] = tile(&g, &u, 0);
	out->first = end[0];
	out->each = num == TILES ? end[2] - end[1] : (end[5] - end[2]) / 3;
	out->each = gs_max(out->each, sustained(&g));
	out->after = 0;
	if (c->b->array_stmt < 0)
		return;
	u = (struct unit){ .flight.most = c->costs->t.outstanding };
	out->after = tile(&g, &u, late) - late;
}

/* All that cost_group() looks at, but for what is the same for all of a search; 0 where it does not matter. */
static void key_of(const struct gs_cost_block *c, uint32_t *key)
{
	unsigned v;

	for (v = 0; v < GS_MAX_VARS; v++)
		key[v] = c->f->simd_var[v] ? c->tile[v] : 0;
	key[v++] = c->num_base;
	key[v] = (c->tiling->split_words ? 1 : c->tiling->strips) + 1;
}

static unsigned place_of(const uint32_t *key)
{
	uint32_t hash = 0;
	unsigned i;

	for (i = 0; i < GS_MAX_VARS + 2; i++)
		hash = (hash ^ key[i]) * UINT32_C(0x9e3779b1);
	return (hash >> 16) % GS_COST_KEPT;
}

void gs_cost_simd(const struct gs_cost_block *c, struct gs_cost_simd *out)
{
	uint32_t key[GS_MAX_VARS + 2];
	struct gs_cost_kept *kept;

	if (!c->memo) {
		cost_group(c, out);
		return;
	}
	key_of(c, key);
	kept = &c->memo->kept[place_of(key)];
	if (memcmp(kept->key, key, sizeof(key)) != 0) {
		cost_group(c, &kept->cost);
		memcpy(kept->key, key, sizeof(key));
	}
	*out = kept->cost;
}
