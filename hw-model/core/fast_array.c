/* SPDX-License-Identifier: MIT */
/*
 * A tile of the array as matrix products.
 *
 * The inner loops are sorted by what they move. Reduction steps leave the row
 * of OBUF where it is; loops that leave the weights where they are make the
 * pixels of a product, one that moves weights and not activations its columns,
 * the rest is walked. Sums wrap, so their order is free; what must be sure is
 * that every row of OBUF is started once and added to afterwards, and that no
 * address leaves its buffer.
 *
 * Weights stay packed until they change, as programs read the same rows tile
 * after tile. Where they are zero, nothing is multiplied.
 */

#include "hw-model/core/fast.h"

#include <errno.h>

/* So that 32-bit sums of one product cannot overflow in any unit. */
#define MAX_STEPS 32767u
#define MAX_PIXELS 4096u

/* Rows a buffer's address covers. */
struct span {
	int64_t low, high;
};

/* The inner loops of a group, sorted. */
struct plan {
	struct gs_loop reduction[GS_ISA_SA_INNER_LOOPS];
	unsigned num_reduction;
	struct gs_loop pixel[GS_ISA_SA_INNER_LOOPS];
	unsigned num_pixel;
	struct gs_loop columns; /* one iteration when there is none */
	struct gs_loop rest[GS_ISA_SA_INNER_LOOPS];
	unsigned num_rest;
	uint32_t num_steps, num_pixels;
	struct span x, w; /* rows of IBUF and WBUF in use */
	bool first, bias;
};

static void extend(struct span *span, const struct gs_loop *loop, unsigned p)
{
	int64_t way = loop->stride[p] * (int64_t)(loop->num - 1);

	if (way < 0)
		span->low += way;
	else
		span->high += way;
}

static struct span span_of(const struct gs_loop *loops, unsigned num,
			   unsigned p)
{
	struct span span = { 0, 0 };

	for (unsigned l = 0; l < num; l++)
		extend(&span, &loops[l], p);
	return span;
}

static bool inside(const struct gs_core *core, const struct span *span,
		   enum gs_scratchpad buf)
{
	return span->low >= 0 && span->high < (int64_t)core->rows[buf];
}

static int64_t magnitude(int64_t value)
{
	return value < 0 ? -value : value;
}

/* Is every row of OBUF met by one iteration of these loops at most? */
static bool distinct(const struct gs_loop *loops, unsigned num)
{
	int64_t reach = 0;
	bool used[GS_ISA_SA_INNER_LOOPS] = { false };

	for (unsigned done = 0; done < num; done++) {
		unsigned best = num;
		int64_t stride;

		for (unsigned l = 0; l < num; l++)
			if (!used[l] &&
			    (best == num ||
			     magnitude(loops[l].stride[GS_BUF_OBUF]) <
				     magnitude(loops[best].stride[GS_BUF_OBUF])))
				best = l;
		used[best] = true;
		stride = magnitude(loops[best].stride[GS_BUF_OBUF]);
		if (loops[best].num > 1 && stride <= reach)
			return false;
		reach += stride * (int64_t)(loops[best].num - 1);
	}
	return true;
}

/* Loops that repeat a row of OBUF, and those that go on to others. */
static bool sort(const struct gs_sa_config *sa, struct plan *plan)
{
	uint64_t steps = 1;

	for (unsigned l = 0; l < sa->num_inner; l++) {
		const struct gs_loop *loop = &sa->inner[l];
		bool stays = !loop->stride[GS_BUF_OBUF];
		bool sums = sa->inner_reduction[l] || !plan->first;

		if (loop->num == 1)
			continue;
		if (sa->inner_reduction[l] && plan->first && !stays)
			return false;
		if (stays && sums) {
			plan->reduction[plan->num_reduction++] = *loop;
			steps *= loop->num;
			if (steps > MAX_STEPS)
				return false;
		} else {
			plan->rest[plan->num_rest++] = *loop;
		}
	}
	plan->num_steps = (uint32_t)steps;
	return true;
}

static void take_rest(struct plan *plan, unsigned l)
{
	plan->num_rest--;
	memmove(&plan->rest[l], &plan->rest[l + 1],
		(plan->num_rest - l) * sizeof(plan->rest[0]));
}

/* Take loops over pixels out of the rest, as many as there is room for. */
static void choose_pixels(struct plan *plan)
{
	plan->num_pixels = 1;
	for (unsigned l = plan->num_rest; l-- > 0;) {
		const struct gs_loop loop = plan->rest[l];

		if (loop.stride[GS_BUF_WBUF] ||
		    (plan->bias && loop.stride[GS_BUF_BBUF]) ||
		    loop.num > MAX_PIXELS / plan->num_pixels)
			continue;
		plan->pixel[plan->num_pixel++] = loop;
		plan->num_pixels *= loop.num;
		take_rest(plan, l);
	}
}

/* The longest loop that moves weights alone. */
static void choose_columns(struct plan *plan)
{
	unsigned best = plan->num_rest;

	plan->columns = (struct gs_loop){ .num = 1 };
	for (unsigned l = 0; l < plan->num_rest; l++)
		if (!plan->rest[l].stride[GS_BUF_IBUF] &&
		    (best == plan->num_rest ||
		     plan->rest[l].num > plan->rest[best].num))
			best = l;
	if (best == plan->num_rest)
		return;
	plan->columns = plan->rest[best];
	take_rest(plan, best);
}

/* Can it be done, and without a fault? */
static bool make_plan(const struct gs_core *core, struct plan *plan)
{
	const struct gs_sa_config *sa = &core->block->sa_config;
	const struct span out = span_of(sa->inner, sa->num_inner, GS_BUF_OBUF);
	struct span bias;

	plan->x = span_of(sa->inner, sa->num_inner, GS_BUF_IBUF);
	plan->w = span_of(sa->inner, sa->num_inner, GS_BUF_WBUF);
	if (!inside(core, &plan->x, GS_SPAD_IBUF) ||
	    !inside(core, &plan->w, GS_SPAD_WBUF) ||
	    !inside(core, &out, GS_SPAD_OBUF))
		return false;
	plan->bias = plan->first && sa->bias;
	if (!sort(sa, plan) ||
	    (plan->first && !distinct(plan->rest, plan->num_rest)))
		return false;
	bias = span_of(plan->rest, plan->num_rest, GS_BUF_BBUF);
	if (plan->bias && !inside(core, &bias, GS_SPAD_BBUF))
		return false;
	choose_pixels(plan);
	choose_columns(plan);
	return true;
}

/* ---- operands ------------------------------------------------------------------ */

static bool list_steps(struct gs_fast *fast, const struct plan *plan,
		       unsigned steps_a_row)
{
	struct gs_gemm_step *step;
	struct gs_walk walk;

	if (!gs_fast_room(&fast->rows, &fast->rows_size,
			  plan->num_steps * sizeof(*step)) ||
	    !gs_fast_room((void **)&fast->steps, &fast->steps_size,
			  (size_t)plan->num_steps * steps_a_row *
				  sizeof(*fast->steps)))
		return false;
	step = fast->rows;
	gs_walk_init(&walk, plan->reduction, plan->num_reduction);
	do {
		*step++ = (struct gs_gemm_step){
			(uint32_t)walk.addr[GS_BUF_IBUF],
			(uint32_t)walk.addr[GS_BUF_WBUF],
		};
	} while (gs_walk_next(&walk));
	return true;
}

static bool list_pixels(struct gs_fast *fast, const struct plan *plan,
			uint32_t row_bytes, uint32_t m)
{
	struct gs_gemm_pixel *pixel;
	struct gs_walk walk;

	if (!gs_fast_room((void **)&fast->pixels, &fast->pixels_size,
			  plan->num_pixels * sizeof(*pixel)))
		return false;
	pixel = fast->pixels;
	gs_walk_init(&walk, plan->pixel, plan->num_pixel);
	do {
		*pixel++ = (struct gs_gemm_pixel){
			(uint32_t)walk.addr[GS_BUF_IBUF] * row_bytes,
			(uint32_t)walk.addr[GS_BUF_OBUF] * m,
		};
	} while (gs_walk_next(&walk));
	return true;
}

static bool convert(struct gs_core *core, const struct plan *plan)
{
	const unsigned n = core->arch.array_n;
	struct gs_fast *fast = core->fast;
	const struct gs_fast_ops *ops = fast->array;

	if (!ops->x_bytes)
		return true;
	if (!gs_fast_room(&fast->x, &fast->x_size,
			  (size_t)(plan->x.high + 1) * n * ops->x_bytes))
		return false;
	ops->convert(fast->x, core->ibuf, (size_t)(plan->x.high + 1) * n);
	return true;
}

static bool pack(struct gs_core *core, const struct plan *plan)
{
	const unsigned n = core->arch.array_n, m = core->arch.array_m;
	struct gs_fast_weights *w = &core->fast->weights;
	const struct gs_fast_ops *ops = core->fast->array;
	const size_t pes = (size_t)n * m;

	if (!w->data && !gs_fast_weights_init(core))
		return false;
	for (size_t row = (size_t)plan->w.low; row <= (size_t)plan->w.high;
	     row++) {
		if (w->valid[row])
			continue;
		w->filled[row] = ops->pack(w->data + row * pes * ops->w_bytes,
					   core->wbuf + row * pes, n, m);
		w->valid[row] = true;
	}
	return true;
}

static bool prepare(struct gs_core *core, const struct plan *plan)
{
	const unsigned n = core->arch.array_n, m = core->arch.array_m;
	const struct gs_fast_ops *ops = core->fast->array;
	const unsigned x_bytes = ops->x_bytes ? ops->x_bytes : 1;

	return plan->num_steps <= MAX_STEPS / (n / ops->depth) &&
	       list_steps(core->fast, plan, n / ops->depth) &&
	       list_pixels(core->fast, plan, n * x_bytes, m) &&
	       convert(core, plan) && pack(core, plan);
}

/* ---- products ------------------------------------------------------------------ */

/* The steps of @groups groups, the first in row @w_row, without zeros. */
static uint32_t make_steps(const struct gs_core *core, const struct plan *plan,
			   int64_t w_row, uint32_t groups)
{
	const unsigned n = core->arch.array_n, m = core->arch.array_m;
	const struct gs_fast *fast = core->fast;
	const struct gs_fast_ops *ops = fast->array;
	const uint32_t x_bytes = ops->depth * (ops->x_bytes ? ops->x_bytes : 1);
	const uint32_t w_bytes = ops->depth * ops->w_bytes * m;
	const int64_t next = plan->columns.stride[GS_BUF_WBUF];
	const struct gs_gemm_step *row = fast->rows;
	struct gs_gemm_step *step = fast->steps;

	for (uint32_t i = 0; i < plan->num_steps; i++) {
		const uint32_t x = row[i].x * (n / ops->depth) * x_bytes;
		const uint32_t w = row[i].w * (n / ops->depth) * w_bytes;
		uint64_t filled = 0;

		for (uint32_t g = 0; g < groups; g++)
			filled |= fast->weights
					  .filled[w_row + row[i].w + g * next];
		for (; filled; filled &= filled - 1) {
			const uint32_t at = (uint32_t)__builtin_ctzll(filled);

			*step++ = (struct gs_gemm_step){ x + at * x_bytes,
							 w + at * w_bytes };
		}
	}
	return (uint32_t)(step - fast->steps);
}

/* Some groups of columns, the first at the given rows. */
static void product(struct gs_core *core, const struct plan *plan,
		    const int64_t *row, uint32_t groups)
{
	static const int32_t zero[2 * GS_MAX_LANES];
	const unsigned n = core->arch.array_n, m = core->arch.array_m;
	const struct gs_loop *columns = &plan->columns;
	const struct gs_fast *fast = core->fast;
	const struct gs_fast_ops *ops = fast->array;
	const size_t w_bytes = (size_t)n * m * ops->w_bytes;
	struct gs_gemm gemm = {
		.x = ops->x_bytes ?
			     (uint8_t *)fast->x + (size_t)row[GS_BUF_IBUF] * n *
							  ops->x_bytes :
			     (void *)(core->ibuf + row[GS_BUF_IBUF] * n),
		.w = fast->weights.data + (size_t)row[GS_BUF_WBUF] * w_bytes,
		.steps = fast->steps,
		.num_steps = make_steps(core, plan, row[GS_BUF_WBUF], groups),
		.pixels = fast->pixels,
		.num_pixels = plan->num_pixels,
		.m = m,
		.groups = groups,
		.w_group = (size_t)columns->stride[GS_BUF_WBUF] * w_bytes,
		.out = core->obuf[core->run.obuf_half] + row[GS_BUF_OBUF] * m,
		.out_group = columns->stride[GS_BUF_OBUF] * m,
		.wide = core->arch.acc_width == 32,
	};

	if (plan->first)
		gemm.start = zero;
	if (plan->first && plan->bias) {
		gemm.start = core->bbuf + row[GS_BUF_BBUF] * m;
		gemm.start_group = columns->stride[GS_BUF_BBUF] * m;
	}
	ops->gemm(&gemm);
}

/* All groups of columns, as many at once as the unit takes. */
static void columns(struct gs_core *core, const struct plan *plan,
		    const int64_t *start)
{
	const unsigned m = core->arch.array_m;
	const unsigned width = core->fast->array->width;
	const uint32_t most = m < width ? width / m : 1;
	int64_t row[GS_WALK_ADDRS];

	memcpy(row, start, sizeof(row));
	for (uint32_t done = 0; done < plan->columns.num; done += most) {
		const uint32_t left = plan->columns.num - done;

		product(core, plan, row, left < most ? left : most);
		for (unsigned p = 0; p < GS_WALK_ADDRS; p++)
			row[p] += plan->columns.stride[p] * most;
	}
}

static int products(struct gs_core *core, const struct plan *plan)
{
	struct gs_walk walk;

	gs_walk_init(&walk, plan->rest, plan->num_rest);
	do {
		if (gs_stopped(core))
			return -ECANCELED;
		columns(core, plan, walk.addr);
	} while (gs_walk_next(&walk));
	return 0;
}

int gs_fast_compute(struct gs_core *core, bool first)
{
	const struct gs_sa_config *sa = &core->block->sa_config;
	uint64_t num = gs_loops_product(sa->inner, sa->num_inner);
	struct plan plan = { .first = first };

	if (!make_plan(core, &plan) ||
	    num < (uint64_t)(plan.w.high - plan.w.low) + 1 ||
	    !prepare(core, &plan))
		return gs_mvm_compute(core, first);
	core->fast->tiles++;
	return products(core, &plan);
}
