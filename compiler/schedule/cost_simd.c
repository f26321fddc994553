/* SPDX-License-Identifier: MIT */
/*
 * Cost of the SIMD group: its steps, in order, against the clocks of the unit
 * and of its channel, as the timing model has them but for whole operands. A
 * few tiles show what every further one takes.
 */
#include "compiler/schedule/cost.h"

#define TILES 3

/* Transfers whose requests may still be in flight. */
#define PAST 8

/* Words of a transfer but for its loops: addresses, START. */
#define TRANSFER_WORDS 5

/* A transfer that was made: its requests follow each other in @each cycles. */
struct past {
	double end, requests, each;
};

struct unit {
	double at, channel; /* clocks */
	double ready[GS_CL_MAX_OPERANDS]; /* written, for the unit itself */
	double stored; /* the result was read for the last time */
	struct past past[PAST]; /* transfers, the newest at num - 1 */
	unsigned num;
};

/* Of a statement, or of the transfer of an operand. */
struct step_cost {
	double words, cycles, requests;
};

struct group {
	const struct gs_cost_block *c;
	struct step_cost operand[GS_CL_MAX_OPERANDS];
	struct step_cost stmt[GS_CL_MAX_STATEMENTS];
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

static void prepare(const struct gs_cost_block *c, struct group *g)
{
	const struct gs_bound_node *b = c->b;
	const struct gs_arch_timing *t = &c->costs->t;
	unsigned i;

	*g = (struct group){ .c = c,
			     .head = head_words(c),
			     .latency = (double)gs_channel_latency(c->costs),
			     .skew = t->tandem_skew,
			     .depth = t->tandem_depth ? t->tandem_depth - 1 :
							0 };
	for (i = 0; i < b->num_operands; i++) {
		if (is_stored(&b->operand[i]))
			g->out = i;
		if (is_stored(&b->operand[i]) || gs_is_loaded(&b->operand[i]))
			g->operand[i] = (struct step_cost){
				transfer_words(c, i),
				gs_cost_transfer(c, GS_WIN_SIMD, i),
				gs_cost_requests(c, GS_WIN_SIMD, i)
			};
	}
	for (i = 0; i < b->num_stmts; i++) {
		const struct gs_bound_stmt *s = &b->stmt[i];
		const double n = iterations(c, s);

		if ((int)i == b->array_stmt)
			continue;
		g->stmt[i] = (struct step_cost){
			stmt_words(c, s) + (s->decl->shift ? 1 : 0),
			s->fn->permutes ? n * t->perm_shuffle_row : n, 0
		};
	}
}

/* ---- a tile ---------------------------------------------------------------------- */

static void words(const struct group *g, struct unit *u, double num)
{
	u->at += num * g->c->costs->t.tandem_word;
}

/*
 * When a transfer may start: request i of it is made when the one K before it
 * is done, K being how many may be in flight. Of each transfer of the past the
 * first and the last such i are looked at.
 */
static double in_flight(const struct group *g, const struct unit *u,
			const struct step_cost *step, double from)
{
	const double most = g->c->costs->t.outstanding;
	const double end = (step->requests < most ? step->requests : most) - 1;
	const double each = step->cycles / step->requests;
	double newer = 0;
	unsigned i, k;

	for (i = 0; i < PAST && i < u->num && newer < most; i++) {
		const struct past *p = &u->past[(u->num - 1 - i) % PAST];
		const double at[2] = { gs_max(0, most - newer - p->requests),
				       most - newer - 1 < end ?
					       most - newer - 1 :
					       end };

		for (k = 0; k < 2 && at[0] <= at[1]; k++)
			from = gs_max(from, p->end + g->latency -
						    (most - at[k] - newer - 1) *
							    p->each -
						    at[k] * each);
		newer += p->requests;
	}
	return from;
}

static void move(const struct group *g, struct unit *u,
		 const struct step_cost *step, double from)
{
	u->channel =
		in_flight(g, u, step, gs_max(u->channel, from)) + step->cycles;
	u->past[u->num++ % PAST] =
		(struct past){ u->channel, step->requests,
			       step->cycles / step->requests };
}

static void load(const struct group *g, struct unit *u, unsigned operand)
{
	words(g, u, g->operand[operand].words);
	move(g, u, &g->operand[operand], u->at);
	u->ready[operand] = u->channel + g->latency;
}

static void statement(const struct group *g, struct unit *u, unsigned index,
		      double obuf)
{
	const struct gs_bound_stmt *s = &g->c->b->stmt[index];
	double from = u->ready[s->dst.operand];
	unsigned a;

	for (a = 0; a < s->num_args; a++) {
		const int operand = s->arg[a].operand;

		if (operand < 0)
			continue;
		from = gs_max(from, u->ready[operand]);
		if (g->c->b->operand[operand].decl->mem == GS_ACG_OBUF)
			from = gs_max(from, obuf);
	}
	if ((unsigned)s->dst.operand == g->out)
		from = gs_max(from, u->stored);
	words(g, u, g->stmt[index].words);
	if (!s->fn->permutes)
		u->at += g->c->costs->t.tandem_nest;
	u->at = gs_max(u->at, from) + g->stmt[index].cycles;
	u->ready[s->dst.operand] =
		u->at + g->depth + gs_timing_latency(g->c->costs, s->fn->insn);
}

/* Returns when the result is in memory. */
static double tile(const struct group *g, struct unit *u, double obuf)
{
	const struct gs_bound_node *b = g->c->b;
	unsigned i;

	words(g, u, g->head);
	for (i = 0; i < b->num_operands; i++)
		if (gs_is_loaded(&b->operand[i]))
			load(g, u, i);
	for (i = 0; i < b->num_stmts; i++)
		if ((int)i != b->array_stmt)
			statement(g, u, i, obuf);
	words(g, u, g->operand[g->out].words);
	move(g, u, &g->operand[g->out],
	     gs_max(u->at, u->ready[g->out] + g->skew));
	u->stored = u->channel;
	return u->channel + g->latency;
}

/* What requests in flight allow when tiles follow each other. */
static double sustained(const struct group *g)
{
	double sum = 0;
	unsigned i;

	for (i = 0; i < g->c->b->num_operands; i++)
		if (g->operand[i].cycles > 0)
			sum += gs_cost_sustained(g->c, GS_WIN_SIMD, i);
	return sum;
}

void gs_cost_simd(const struct gs_cost_block *c, struct gs_cost_simd *out)
{
	const double late =
		1e6; /* than anything of a tile that waits for the array */
	struct group g;
	struct unit u = { 0 }, waiting = { 0 };
	double end[TILES];
	unsigned i;

	prepare(c, &g);
	out->words = g.head + 3;
	for (i = 0; i < c->b->num_operands; i++)
		out->words += g.operand[i].words;
	for (i = 0; i < c->b->num_stmts; i++)
		out->words += g.stmt[i].words + 1;
	for (i = 0; i < TILES; i++)
		end[i] = tile(&g, &u, 0);
	out->first = end[0];
	out->each = gs_max(end[TILES - 1] - end[TILES - 2], sustained(&g));
	out->after = tile(&g, &waiting, late) - late;
}
