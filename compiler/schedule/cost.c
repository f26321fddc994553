/* SPDX-License-Identifier: MIT */
/*
 * Closed-form estimate of a layer's cycles, to rank tilings: what the timing
 * model would say of its blocks, from the same parameters (docs/timing.md),
 * with tiles of a block taken as alike. tests/unit/test_estimate.c compares.
 */
#include "compiler/schedule/cost.h"

#include <string.h>

#include "compiler/codelets/span.h"

/* Words that name the next block and end this one, with those around groups. */
#define LINK_WORDS 8

/* Words of the array group: bases and transfers, and of a loop over tiles, inside one, and of a transfer. */
#define ARRAY_WORDS 9
#define OUTER_WORDS 4
#define INNER_WORDS 6
#define DIM_WORDS 2

/* ---- transfers ------------------------------------------------------------------ */

static void runs_of(const struct gs_cost_block *c, unsigned operand,
		    struct gs_runs *out)
{
	gs_split_runs(&c->box[operand], c->f->stride[operand],
		      c->b->operand[operand].decl->num_dims, out);
}

unsigned gs_cost_dims(const struct gs_cost_block *c, unsigned operand)
{
	struct gs_runs r;

	runs_of(c, operand, &r);
	return r.num_dims;
}

struct gs_occupancy gs_cost_occupancy(const struct gs_cost_block *c,
				      enum gs_window win, unsigned operand)
{
	const struct gs_bound_operand *o = &c->b->operand[operand];
	const struct gs_arch *arch = &c->f->acg->arch;
	struct gs_runs r;
	uint64_t runs = 1;
	unsigned d;

	if (o->decl->mem == GS_ACG_WBUF)
		return gs_channel_occupancy(
			c->costs, win, 1,
			gs_weight_rows_of(&c->box[operand], arch) *
				arch->array_n * arch->array_m *
				arch->wgt_width / 8);
	runs_of(c, operand, &r);
	for (d = 0; d < r.num_dims; d++)
		runs *= r.dim[d].count;
	return gs_channel_occupancy(c->costs, win, runs,
				    r.run_rows * arch->array_m *
					    c->f->bits[operand] / 8);
}

double gs_cost_transfer(const struct gs_cost_block *c, enum gs_window win,
			unsigned operand)
{
	const struct gs_occupancy o = gs_cost_occupancy(c, win, operand);
	const uint32_t most = c->costs->t.outstanding;
	const double cycles = (double)o.cycles;
	double wait;

	if (!most || o.requests <= most)
		return cycles;
	wait = (double)gs_channel_latency(c->costs) -
	       (most - 1) * cycles / (double)o.requests;
	return cycles + gs_max(wait, 0) * (double)((o.requests - 1) / most);
}

double gs_cost_sustained(const struct gs_cost_block *c, enum gs_window win,
			 unsigned operand)
{
	const struct gs_occupancy o = gs_cost_occupancy(c, win, operand);
	const uint32_t most = c->costs->t.outstanding;

	if (!most)
		return (double)o.cycles;
	return gs_max((double)o.cycles,
		      ((double)(o.requests * gs_channel_latency(c->costs)) +
		       (double)o.cycles) /
			      most);
}

/* ---- the array ------------------------------------------------------------------ */

/* How often a tile of the operand changes: the outer loops down to the innermost it depends on. */
static double loads_of(const struct gs_cost_block *c, unsigned operand)
{
	const struct gs_bound_stmt *s = &c->b->stmt[c->b->array_stmt];
	double loads = 1, sofar = 1;
	unsigned i;

	for (i = 0; i < c->tiling->num_order; i++) {
		const unsigned var = c->tiling->order[i];

		sofar *= c->count[var];
		if (c->count[var] > 1 && gs_stmt_reads_along(s, operand, var))
			loads = sofar;
	}
	return loads;
}

struct array {
	double words, tile; /* cycles of a tile */
	double first; /* until it may start */
	double all; /* of all tiles from there */
	double handed; /* of those of the first sum, which the SIMD unit gets then */
};

/* Biases, of which one tile is there at a time: the next wait for the array, and it for them. */
struct biases {
	double wait; /* of the array, for all but the first */
	double cycles; /* of the channel, for these */
};

/* Are requests of a load in flight when as many follow it at once? */
static bool is_crowded(const struct gs_cost_block *c, enum gs_window win,
		       unsigned operand)
{
	const struct gs_occupancy o = gs_cost_occupancy(c, win, operand);
	const uint64_t latency = gs_channel_latency(c->costs);
	const uint64_t last = o.cycles > latency ?
				      o.requests * latency / o.cycles :
				      o.requests;

	return c->costs->t.outstanding &&
	       o.requests + last > c->costs->t.outstanding;
}

/* From one load to the next, of so many that follow each other: requests in flight stop them as if they were one. */
static double pace(const struct gs_cost_block *c, enum gs_window win,
		   unsigned operand, double loads)
{
	const struct gs_occupancy o = gs_cost_occupancy(c, win, operand);
	const uint64_t most = c->costs->t.outstanding;
	const double cycles = (double)o.cycles;
	uint64_t all, stops;
	double wait;

	if (loads < 2 || !most)
		return cycles;
	all = (uint64_t)loads * o.requests;
	stops = (all - 1) / most - (o.requests - 1) / most;
	wait = (double)gs_channel_latency(c->costs) -
	       (double)(most - 1) * cycles / (double)o.requests;
	return cycles + gs_max(wait, 0) * (double)stops / (loads - 1);
}

/*
 * The first of @parts of all tiles, when some of them bring an operand: two are
 * there at a time. Loads that follow each other have requests of the one before
 * in flight.
 */
static double with_loads(const struct gs_cost_block *c, double tile,
			 double parts, enum gs_window win, unsigned operand,
			 const struct biases *biases)
{
	const double loads = gs_max(loads_of(c, operand) / parts, 1);
	const double phase = tile * c->tiles / parts / loads;
	const double latency = (double)gs_channel_latency(c->costs);
	const double drain = c->costs->t.array_drain;
	const uint64_t pairs = (uint64_t)(loads - 1) / 2;
	double biased, each, pair;

	if (loads == 1)
		return phase + biases->wait;
	biased = win == GS_WIN_PARAM ? biases->cycles / (loads - 1) : 0;
	each = gs_max(phase + biases->wait / (loads - 1),
		      pace(c, win, operand, loads) + biased);
	pair = 2 * each;
	/*
	 * What a tile read is free when its last row is in, before it drains;
	 * but requests of the load before may still be in flight.
	 */
	if (pairs)
		pair = gs_max(
			pair,
			phase - (is_crowded(c, win, operand) ? 0 : drain) +
				gs_cost_transfer(c, win, operand) + biased +
				latency);
	return phase + (double)pairs * pair +
	       (loads - 1 - 2 * (double)pairs) * each;
}

/* The first of @parts of all tiles, from where the array may start */
static double array_part(const struct gs_cost_block *c, double tile,
			 double parts, const struct biases *biases)
{
	const struct gs_bound_stmt *s = &c->b->stmt[c->b->array_stmt];

	return gs_max(with_loads(c, tile, parts, GS_WIN_IBUF,
				 (unsigned)s->arg[0].operand, biases),
		      with_loads(c, tile, parts, GS_WIN_PARAM,
				 (unsigned)s->arg[1].operand, biases));
}

static void cost_array(const struct gs_cost_block *c, struct array *out)
{
	static const struct biases none;
	const struct gs_bound_stmt *s = &c->b->stmt[c->b->array_stmt];
	const struct gs_arch_timing *t = &c->costs->t;
	const unsigned x = (unsigned)s->arg[0].operand;
	const unsigned w = (unsigned)s->arg[1].operand;
	const unsigned bias = (unsigned)s->arg[2].operand;
	const double latency = (double)gs_channel_latency(c->costs);
	const double in = gs_cost_transfer(c, GS_WIN_IBUF, x);
	const double weights = gs_cost_transfer(c, GS_WIN_PARAM, w);
	const double biases = gs_cost_transfer(c, GS_WIN_PARAM, bias);
	const double more = loads_of(c, bias) - 1;
	const struct biases waits = {
		.wait = more * gs_max(biases + latency - t->array_drain, 0),
		.cycles = more * biases,
	};
	double steps = 1;
	unsigned l, inner = 0;

	for (l = 0; l < s->num_vars; l++) {
		steps *= c->tile[s->var[l]];
		inner += c->tile[s->var[l]] > 1;
	}
	out->words = ARRAY_WORDS + OUTER_WORDS * c->num_loops +
		     INNER_WORDS * inner + DIM_WORDS * gs_cost_dims(c, x);
	out->tile = steps + t->array_tile + t->array_fill + t->array_drain;
	out->first = gs_max(weights + biases, in) + latency;
	out->all = array_part(c, out->tile, 1, &waits);
	out->handed = c->tiles > c->handed ?
			      array_part(c, out->tile, c->handed, &none) :
			      out->tile;
}

/* ---- blocks --------------------------------------------------------------------- */

/* A block's instructions are fetched while the one before runs, if that is long enough. */
static double least_block(const struct gs_cost_block *c, double words)
{
	const struct gs_occupancy o = gs_channel_occupancy(
		c->costs, GS_WIN_IMEM, 1, (uint64_t)words * 4);

	return words * c->costs->t.decode + (double)o.cycles +
	       (double)gs_channel_latency(c->costs);
}

static double cost_block(const struct gs_cost_block *c)
{
	const bool array = c->b->array_stmt >= 0;
	struct array a = { 0 };
	struct gs_cost_simd s;
	double begin, words, last;

	if (array)
		cost_array(c, &a);
	if (a.first + a.all >= c->limit)
		return a.first + a.all;
	gs_cost_simd(c, &s);
	words = a.words + s.words;
	begin = words * c->costs->t.decode + s.first;
	if (array)
		begin = gs_max(begin, a.words * c->costs->t.decode + a.first +
					      a.handed + s.after);
	last = begin + (c->handed - 1) * s.each;
	if (array)
		last = gs_max(last, a.words * c->costs->t.decode + a.first +
					    a.all + s.after);
	return gs_max(last, least_block(c, words + LINK_WORDS));
}

/* Each tile in blocks of its own, whose words are divided. */
static double cost_split(struct gs_cost_block *c)
{
	const double handed = c->handed;
	const double latency = (double)gs_channel_latency(c->costs);
	struct gs_cost_simd s;
	double blocks, each;

	c->tiles /= handed;
	c->handed = 1;
	gs_cost_simd(c, &s);
	blocks = (double)(uint64_t)(s.words / c->tiling->split_words) + 1;
	each = cost_block(c) +
	       (blocks - 1) * (latency + LINK_WORDS * c->costs->t.decode);
	return handed * gs_max(each, blocks * least_block(c, s.words / blocks));
}

/* Every combination of pieces is a block. */
static double cost_pieces(struct gs_cost_block *c, unsigned level);

/* One piece of the variable of a level: the block is as it was afterwards. */
static double cost_piece(struct gs_cost_block *c, unsigned level, unsigned var,
			 const struct gs_piece *piece)
{
	const bool reduce = c->b->var[var].reduce && c->b->array_stmt >= 0;
	const unsigned num_loops = c->num_loops, num_base = c->num_base;
	const double tiles = c->tiles, handed = c->handed;
	uint32_t tile[GS_MAX_VARS];
	struct gs_positions k;
	double cycles;

	memcpy(tile, c->tile, sizeof(tile));
	c->tile[var] = piece->tile;
	if (gs_span_kernel(c->b, var, piece->start, &k))
		c->tile[k.var] = k.num;
	c->count[var] = piece->count;
	c->num_loops += piece->count > 1;
	c->num_base += piece->count > 1 && !reduce;
	c->tiles *= piece->count;
	c->handed *= reduce ? 1 : piece->count;
	cycles = cost_pieces(c, level + 1);
	memcpy(c->tile, tile, sizeof(tile));
	c->num_loops = num_loops;
	c->num_base = num_base;
	c->tiles = tiles;
	c->handed = handed;
	return cycles;
}

static double cost_pieces(struct gs_cost_block *c, unsigned level)
{
	const struct gs_tiling *t = c->tiling;
	struct gs_piece piece[GS_MAX_PIECES];
	const double limit = c->limit;
	double sum = 0;
	unsigned var, num, i;

	if (level == t->num_order) {
		if (c->f->has_spans)
			gs_span_tiles(c->b, c->tile);
		for (i = 0; i < c->b->num_operands; i++)
			gs_facts_box(c->f, i, c->tile, &c->box[i]);
		return t->split_words ? cost_split(c) : cost_block(c);
	}
	var = t->order[level];
	num = gs_pieces(c->b, var, t->tile[var], piece);
	for (i = 0; i < num && sum < limit; i++) {
		c->limit = limit - sum;
		sum += cost_piece(c, level, var, &piece[i]);
	}
	c->limit = limit;
	return sum;
}

double gs_cost_within(const struct gs_facts *f, const struct gs_tiling *tiling,
		      double limit, struct gs_cost_memo *memo)
{
	struct gs_cost_block c; /* boxes are made for each block */
	unsigned v;

	c.f = f;
	c.b = f->b;
	c.costs = &f->costs;
	c.memo = memo;
	c.tiling = tiling;
	c.num_loops = c.num_base = 0;
	c.limit = tiling->split_words ? GS_NO_LIMIT : limit;
	c.tiles = c.handed = 1;
	for (v = 0; v < GS_MAX_VARS; v++) {
		c.tile[v] = v < f->b->num_vars ? tiling->tile[v] : 0;
		c.count[v] = 1;
	}
	return cost_pieces(&c, 0);
}

double gs_plan_cost(const struct gs_bound_node *b, const struct gs_acg *acg,
		    const struct gs_tiling *tiling)
{
	struct gs_facts f;

	gs_facts_init(&f, b, acg);
	return gs_cost_within(&f, tiling, GS_NO_LIMIT, NULL);
}

double gs_cost_least(const struct gs_facts *f, const struct gs_tiling *tiling)
{
	const struct gs_bound_node *b = f->b;
	const struct gs_arch_timing *t = &f->costs.t;
	double array = 0, simd = 0, tiles = 1;
	unsigned i, l;

	for (i = 0; i < tiling->num_order; i++) {
		const uint32_t units = b->var[tiling->order[i]].units;
		const uint32_t tile = tiling->tile[tiling->order[i]];

		tiles *= units / tile + !!(units % tile);
	}
	for (i = 0; i < b->num_stmts; i++) {
		double n = 1;

		for (l = 0; l < b->stmt[i].num_vars; l++)
			n *= b->var[b->stmt[i].var[l]].units;
		*((int)i == b->array_stmt ? &array : &simd) += n;
	}
	if (b->array_stmt >= 0)
		array += tiles *
			 (t->array_tile + t->array_fill + t->array_drain);
	return gs_max(array, simd);
}
