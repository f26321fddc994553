/* SPDX-License-Identifier: MIT */
/*
 * A tile of the array as matrix products (fast_plan.h).
 *
 * Programs run tile after tile of one block, often on the same weights. So what
 * depends on the block alone is prepared once (struct gs_fast_tile), weights
 * stay packed until they change, and so do the numbers sums start from. Where
 * weights are zero, nothing is multiplied.
 */

#include "hw-model/core/fast.h"

#include <errno.h>

/* Of a tile; more go the reference's way. */
#define MAX_PRODUCTS 4096u

/* Bytes of their lists of steps that are kept. */
#define MAX_KEPT (UINT64_C(1) << 18)

/* Multiplications between two looks at the stop flag, about; pixels of whole blocks. */
#define POLL_MACS (UINT64_C(1) << 24)
#define BLOCK_PIXELS 24u

/* Of a piece that one thread takes, about. */
#define PIECE_MACS (UINT64_C(1) << 18)
#define MIN_ROWS 64u

/* ---- what depends on the block ------------------------------------------------- */

static bool list_rows(const struct gs_fast_plan *plan,
		      struct gs_fast_buffer *rows)
{
	struct gs_gemm_step *row = gs_fast_room(
		rows, plan->num_steps * sizeof(struct gs_gemm_step));
	struct gs_walk walk;

	if (!row)
		return false;
	gs_walk_init(&walk, plan->reduction, plan->num_reduction);
	do {
		*row++ = (struct gs_gemm_step){
			(uint32_t)walk.addr[GS_BUF_IBUF],
			(uint32_t)walk.addr[GS_BUF_WBUF],
		};
	} while (gs_walk_next(&walk));
	return true;
}

static bool list_pixels(const struct gs_fast_plan *plan, uint32_t row_bytes,
			uint32_t m, struct gs_fast_buffer *pixels)
{
	struct gs_gemm_pixel *pixel = gs_fast_room(
		pixels, plan->num_pixels * sizeof(struct gs_gemm_pixel));
	struct gs_walk walk;

	if (!pixel)
		return false;
	gs_walk_init(&walk, plan->pixel, plan->num_pixel);
	do {
		*pixel++ = (struct gs_gemm_pixel){
			(uint32_t)walk.addr[GS_BUF_IBUF] * row_bytes,
			(uint32_t)walk.addr[GS_BUF_OBUF] * m,
		};
	} while (gs_walk_next(&walk));
	return true;
}

/* Bytes of a converted row of IBUF, of a packed row of WBUF. */
static uint32_t x_row(const struct gs_core *core)
{
	const struct gs_fast_ops *ops = core->fast->array;

	return core->arch.array_n * (ops->x_bytes ? ops->x_bytes : 1);
}

static uint32_t w_row(const struct gs_core *core)
{
	return core->arch.array_n * core->arch.array_m *
	       core->fast->array->w_bytes;
}

/* Groups of columns a product takes at once. */
static uint32_t groups_at_once(const struct gs_core *core)
{
	const unsigned m = core->arch.array_m;
	const unsigned width = core->fast->array->width;

	return m < width ? width / m : 1;
}

/*
 * The steps of a row for each bit of filled[i], or for all: @filled is NULL.
 * Returns their number.
 */
static uint32_t list_steps(const struct gs_core *core,
			   const struct gs_fast_tile *tile,
			   const uint64_t *filled, struct gs_gemm_step *steps)
{
	const uint32_t num = core->arch.array_n / core->fast->array->depth;
	const uint32_t x_bytes = x_row(core), w_bytes = w_row(core);
	const struct gs_gemm_step *row = tile->rows.data;
	struct gs_gemm_step *step = steps;

	for (uint32_t i = 0; i < tile->plan.num_steps; i++)
		for (uint32_t s = 0; s < num; s++)
			if (!filled || filled[i] >> s & 1)
				*step++ = (struct gs_gemm_step){
					row[i].x * x_bytes +
						s * (x_bytes / num),
					row[i].w * w_bytes +
						s * (w_bytes / num),
				};
	return (uint32_t)(step - steps);
}

static bool prepare(struct gs_core *core, bool first, struct gs_fast_tile *tile)
{
	const uint32_t num = core->arch.array_n / core->fast->array->depth;
	const struct gs_fast_plan *plan = &tile->plan;
	const uint32_t at_once = groups_at_once(core);
	size_t steps_bytes;
	uint64_t products;

	tile->current = false;
	if (!gs_fast_plan_make(core, first, &tile->plan) || !plan->pays)
		return false;
	steps_bytes =
		(size_t)plan->num_steps * num * sizeof(struct gs_gemm_step);
	products = gs_sat_mul(gs_loops_product(plan->rest, plan->num_rest),
			      (plan->columns.num + at_once - 1) / at_once);
	tile->keeps_steps = gs_sat_mul(products, steps_bytes) <= MAX_KEPT;
	if (products > MAX_PRODUCTS || !list_rows(plan, &tile->rows) ||
	    !list_pixels(plan, x_row(core), core->arch.array_m,
			 &tile->pixels) ||
	    !gs_fast_room(&tile->all_steps, steps_bytes) ||
	    !gs_fast_room(&tile->some_steps,
			  (tile->keeps_steps ? products : 1) * steps_bytes) ||
	    !gs_fast_room(&tile->filled, plan->num_steps * sizeof(uint64_t)) ||
	    !gs_fast_room(&tile->needed, products * sizeof(uint32_t)) ||
	    !gs_fast_room(&tile->begin, products * at_once *
						core->arch.array_m *
						sizeof(int32_t)))
		return false;
	list_steps(core, tile, NULL, tile->all_steps.data);
	return true;
}

/* ---- operands ------------------------------------------------------------------ */

static bool convert(struct gs_core *core, const struct gs_fast_plan *plan)
{
	const uint32_t rows = (uint32_t)plan->x.high + 1;
	struct gs_fast *fast = core->fast;

	if (!fast->array->x_bytes || rows <= fast->x_rows)
		return true;
	if (!gs_fast_room(&fast->x, (size_t)rows * x_row(core)))
		return false;
	fast->array->convert(fast->x.data, core->ibuf,
			     (size_t)rows * core->arch.array_n);
	fast->x_rows = rows;
	return true;
}

/* Rows of WBUF. */
struct pack {
	struct gs_core *core;
	size_t low, num;
	uint32_t pieces;
};

static void pack_row(struct gs_core *core, size_t row)
{
	const unsigned n = core->arch.array_n, m = core->arch.array_m;
	struct gs_fast_weights *w = &core->fast->weights;

	w->filled[row] = core->fast->array->pack(
		w->data + row * w_row(core), core->wbuf + row * ((size_t)n * m),
		n, m, w->sums ? w->sums + row * m : NULL);
	w->valid[row] = true;
}

static void pack_piece(void *ctx, uint32_t i)
{
	const struct pack *pack = ctx;
	struct gs_core *core = pack->core;
	const size_t first = pack->low + pack->num * i / pack->pieces;
	const size_t end = pack->low + pack->num * (i + 1) / pack->pieces;

	for (size_t row = first; row < end; row++)
		if (!core->fast->weights.valid[row])
			pack_row(core, row);
}

static bool pack(struct gs_core *core, const struct gs_fast_plan *plan)
{
	struct pack pack = { .core = core,
			     .low = (size_t)plan->w.low,
			     .num = (size_t)(plan->w.high - plan->w.low) + 1 };

	if (!core->fast->weights.data && !gs_fast_weights_init(core))
		return false;
	pack.pieces = gs_fast_pieces(core, pack.num, MIN_ROWS);
	gs_fast_each(core, pack.pieces, pack_piece, &pack);
	return true;
}

void gs_fast_weights_loaded(struct gs_core *core, uint64_t row)
{
	const struct gs_fast *fast = core->fast;

	if (!fast->weights.data)
		return;
	fast->weights.valid[row] = false;
	/* while they are in the first cache; products of this block use them */
	if (fast->tile[0].usable || fast->tile[1].usable)
		pack_row(core, (size_t)row);
}

/* ---- products ------------------------------------------------------------------ */

/* Which steps a product needs, into tile->filled; are these all? */
static bool find_filled(const struct gs_core *core,
			const struct gs_fast_tile *tile, int64_t first_row,
			uint32_t groups)
{
	const uint32_t num = core->arch.array_n / core->fast->array->depth;
	const int64_t next = tile->plan.columns.stride[GS_BUF_WBUF];
	const struct gs_gemm_step *row = tile->rows.data;
	uint64_t *filled = tile->filled.data, all = UINT64_MAX;

	for (uint32_t i = 0; i < tile->plan.num_steps; i++) {
		const uint64_t *at =
			core->fast->weights.filled + first_row + row[i].w;

		filled[i] = 0;
		for (uint32_t g = 0; g < groups; g++)
			filled[i] |= at[g * next];
		all &= filled[i];
	}
	return all == UINT64_MAX >> (64 - num);
}

/* What depends on weights and biases and stays while they do. */
static void begin(const struct gs_core *core, const struct gs_fast_tile *tile,
		  const struct gs_fast_product *product)
{
	const struct gs_fast *fast = core->fast;
	const struct gs_fast_plan *plan = &tile->plan;
	const unsigned m = core->arch.array_m;
	int64_t weights = product->weights, bias = product->bias;
	int32_t *at = product->begin;

	for (uint32_t g = 0; g < product->gemm.groups; g++, at += m) {
		if (plan->bias)
			memcpy(at, core->bbuf + bias * m, m * sizeof(*at));
		else
			memset(at, 0, m * sizeof(*at));
		if (fast->array->correct)
			fast->array->correct(at,
					     fast->weights.sums + weights * m,
					     tile->rows.data, plan->num_steps,
					     m);
		weights += plan->columns.stride[GS_BUF_WBUF];
		bias += plan->columns.stride[GS_BUF_BBUF];
	}
}

/*
 * Products of as many pixels and steps each, cut into pieces: @num of each
 * product, as equal as can be.
 */
struct pieces {
	struct gs_core *core;
	const struct gs_fast_tile *tile;
	uint32_t num;
	struct gs_ahead *ahead; /* of one thread */
};

static void begin_piece(void *ctx, uint32_t i)
{
	const struct pieces *pieces = ctx;
	const struct gs_core *core = pieces->core;

	begin(core, pieces->tile, &core->fast->batch[i]);
}

static void piece(void *ctx, uint32_t i)
{
	const struct pieces *pieces = ctx;
	struct gs_fast *fast = pieces->core->fast;
	struct gs_gemm gemm = fast->batch[i / pieces->num].gemm;
	const uint64_t pixels = gemm.num_pixels, at = i % pieces->num;
	const uint32_t first = (uint32_t)(pixels * at / pieces->num);

	if (gs_stopped(pieces->core)) {
		atomic_store(&fast->stopped, true);
		return;
	}
	gemm.ahead = pieces->ahead;
	gemm.pixels += first;
	gemm.num_pixels = (uint32_t)(pixels * (at + 1) / pieces->num) - first;
	fast->array->gemm(&gemm);
}

/* Pieces of a product, of about @macs multiplications each, and of whole blocks. */
static uint32_t pieces_of(const struct gs_core *core,
			  const struct gs_gemm *gemm, uint64_t macs)
{
	const uint64_t pixel = (uint64_t)gemm->num_steps *
			       core->fast->array->depth * gemm->m *
			       gemm->groups;
	const uint64_t pixels =
		(macs / (pixel + 1) / BLOCK_PIXELS + 1) * BLOCK_PIXELS;

	return (uint32_t)((gemm->num_pixels + pixels - 1) / pixels);
}

/*
 * The products of the batch, by all threads: in small pieces, or in large ones
 * where there is one thread or where pieces may not change places.
 */
static int multiply(struct gs_core *core, const struct gs_fast_tile *tile)
{
	struct gs_fast *fast = core->fast;
	const struct gs_gemm *gemm = &fast->batch[0].gemm;
	const bool share = fast->pool && tile->plan.distinct;
	struct pieces pieces = { .core = core,
				 .tile = tile,
				 .ahead = share ? NULL : &fast->ahead };
	uint32_t num = fast->num_batch;

	if (!num)
		return 0;
	if (!tile->current)
		gs_fast_each(core, num, begin_piece, &pieces);
	pieces.num = pieces_of(core, gemm, share ? PIECE_MACS : POLL_MACS);
	fast->num_batch = 0;
	num *= pieces.num;
	if (share)
		gs_fast_each(core, num, piece, &pieces);
	else
		for (uint32_t i = 0; i < num; i++)
			piece(&pieces, i);
	fast->shared += share;
	return atomic_load(&fast->stopped) ? -ECANCELED : 0;
}

/* Number @index of the tile: some groups of columns, the first at @row. */
static struct gs_fast_product product_of(const struct gs_core *core,
					 const struct gs_fast_tile *tile,
					 const int64_t *row, uint32_t groups,
					 uint64_t index)
{
	const struct gs_fast_plan *plan = &tile->plan;
	const struct gs_loop *columns = &plan->columns;
	const unsigned m = core->arch.array_m;
	const struct gs_fast *fast = core->fast;
	const uint8_t *x = fast->array->x_bytes ? fast->x.data :
						  (const void *)core->ibuf;
	int32_t *begin =
		(int32_t *)tile->begin.data + index * groups_at_once(core) * m;

	return (struct gs_fast_product){
		.gemm = {
			.x = x + (size_t)row[GS_BUF_IBUF] * x_row(core),
			.w = fast->weights.data +
			     (size_t)row[GS_BUF_WBUF] * w_row(core),
			.steps = tile->all_steps.data,
			.num_steps = plan->num_steps *
				     (core->arch.array_n / fast->array->depth),
			.pixels = tile->pixels.data,
			.num_pixels = plan->num_pixels,
			.m = m,
			.groups = groups,
			.w_group = (size_t)columns->stride[GS_BUF_WBUF] *
				   w_row(core),
			.begin = begin,
			.out = core->obuf[core->run.obuf_half] +
			       row[GS_BUF_OBUF] * m,
			.out_group = columns->stride[GS_BUF_OBUF] * m,
			.add = !plan->first,
			.wide = core->arch.acc_width == 32,
		},
		.begin = begin,
		.weights = row[GS_BUF_WBUF],
		.bias = row[GS_BUF_BBUF],
	};
}

/*
 * Products wait until there are enough; not those whose list of steps is in the
 * place of others.
 */
static int product(struct gs_core *core, const struct gs_fast_tile *tile,
		   const int64_t *row, uint32_t groups, uint64_t index)
{
	uint32_t *needed = (uint32_t *)tile->needed.data + index;
	struct gs_gemm_step *some = tile->some_steps.data;
	struct gs_fast *fast = core->fast;
	struct gs_fast_product now = product_of(core, tile, row, groups, index);
	const uint32_t all = now.gemm.num_steps;
	int ret = 0;

	if (tile->keeps_steps)
		some += index * all;
	if (fast->num_batch == GS_FAST_BATCH)
		ret = multiply(core, tile);
	if (!tile->current || (*needed != all && !tile->keeps_steps)) {
		const bool dense =
			find_filled(core, tile, row[GS_BUF_WBUF], groups);

		if (!dense && !tile->keeps_steps && !ret)
			ret = multiply(core, tile);
		*needed =
			dense ? all :
				list_steps(core, tile, tile->filled.data, some);
	}
	if (*needed != all) {
		fast->sparse++;
		now.gemm.steps = some;
		now.gemm.num_steps = *needed;
	}
	fast->batch[fast->num_batch++] = now;
	if (!ret && *needed != all && !tile->keeps_steps)
		ret = multiply(core, tile);
	return ret;
}

/* All groups of columns; @index counts products. */
static int columns(struct gs_core *core, const struct gs_fast_tile *tile,
		   const int64_t *start, uint64_t *index)
{
	const struct gs_loop *loop = &tile->plan.columns;
	const uint32_t most = groups_at_once(core);
	int64_t row[GS_WALK_ADDRS];
	int ret = 0;

	memcpy(row, start, sizeof(row));
	for (uint32_t done = 0; done < loop->num && !ret; done += most) {
		const uint32_t left = loop->num - done;

		ret = product(core, tile, row, left < most ? left : most,
			      (*index)++);
		for (unsigned p = 0; p < GS_WALK_ADDRS; p++)
			row[p] += loop->stride[p] * most;
	}
	return ret;
}

static int products(struct gs_core *core, struct gs_fast_tile *tile)
{
	struct gs_walk walk;
	uint64_t index = 0;
	int ret;

	core->fast->num_batch = 0;
	gs_walk_init(&walk, tile->plan.rest, tile->plan.num_rest);
	do {
		ret = columns(core, tile, walk.addr, &index);
		if (ret)
			return ret;
	} while (gs_walk_next(&walk));
	ret = multiply(core, tile);
	if (ret)
		return ret;
	tile->current = true;
	tile->changes = core->fast->changes;
	return 0;
}

int gs_fast_compute(struct gs_core *core, bool first)
{
	struct gs_fast_tile *tile = &core->fast->tile[first];

	if (!tile->known) {
		tile->usable = prepare(core, first, tile);
		tile->known = true;
	}
	tile->current = tile->current && tile->changes == core->fast->changes;
	if (!tile->usable || !convert(core, &tile->plan) ||
	    (!tile->current && !pack(core, &tile->plan)))
		return gs_mvm_compute(core, first);
	core->fast->tiles++;
	return products(core, tile);
}
