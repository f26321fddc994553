/* SPDX-License-Identifier: MIT */
/*
 * A tile of the array as matrix products.
 *
 * The inner loops are sorted by what they move. Reduction steps leave the row
 * of OBUF where it is; of the others the longest that leaves the weights where
 * they are makes the pixels of a product, the rest is walked. Sums wrap, so
 * their order is free; what must be sure is that every row of OBUF is started
 * once and added to afterwards, and that no address leaves its buffer.
 */

#include "hw-model/core/fast.h"

#include <errno.h>

#define MAX_STEPS 65536u
/* Products for each row of weights below which packing does not pay. */
#define MIN_REUSE 4

/* Rows a buffer's address covers. */
struct span {
	int64_t low, high;
};

/* The inner loops of a group, sorted. */
struct plan {
	struct gs_loop reduction[GS_ISA_SA_INNER_LOOPS];
	unsigned num_reduction;
	struct gs_loop pixel; /* one iteration when there is none */
	struct gs_loop rest[GS_ISA_SA_INNER_LOOPS];
	unsigned num_rest;
	uint32_t num_steps;
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

/* Take the longest loop over pixels out of the rest. */
static void choose_pixels(struct plan *plan)
{
	unsigned best = plan->num_rest;

	plan->pixel = (struct gs_loop){ .num = 1 };
	for (unsigned l = 0; l < plan->num_rest; l++) {
		const struct gs_loop *loop = &plan->rest[l];

		if (loop->stride[GS_BUF_WBUF] || !loop->stride[GS_BUF_OBUF] ||
		    (plan->bias && loop->stride[GS_BUF_BBUF]))
			continue;
		if (best == plan->num_rest || loop->num > plan->rest[best].num)
			best = l;
	}
	if (best == plan->num_rest)
		return;
	plan->pixel = plan->rest[best];
	plan->num_rest--;
	memmove(&plan->rest[best], &plan->rest[best + 1],
		(plan->num_rest - best) * sizeof(plan->rest[0]));
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
	return true;
}

/* ---- operands ------------------------------------------------------------------ */

static bool make_steps(struct gs_fast *fast, const struct plan *plan)
{
	struct gs_walk walk;
	uint32_t i = 0;

	if (!gs_fast_room((void **)&fast->steps, &fast->steps_size,
			  plan->num_steps * sizeof(*fast->steps)))
		return false;
	gs_walk_init(&walk, plan->reduction, plan->num_reduction);
	do {
		fast->steps[i++] = (struct gs_gemm_step){
			(uint32_t)walk.addr[GS_BUF_IBUF],
			(uint32_t)walk.addr[GS_BUF_WBUF],
		};
	} while (gs_walk_next(&walk));
	return true;
}

/* The rows in use, as the vector unit wants them. */
static bool convert(struct gs_core *core, const struct plan *plan)
{
	const unsigned n = core->arch.array_n, m = core->arch.array_m;
	struct gs_fast *fast = core->fast;
	const struct gs_fast_ops *ops = fast->array;
	const size_t pes = (size_t)n * m;

	if (!ops->x_bytes)
		return true;
	if (!gs_fast_room(&fast->x, &fast->x_size,
			  (size_t)(plan->x.high + 1) * n * ops->x_bytes) ||
	    !gs_fast_room(&fast->w, &fast->w_size,
			  (size_t)(plan->w.high + 1) * pes * ops->w_bytes) ||
	    !gs_fast_room((void **)&fast->sums, &fast->sums_size,
			  (size_t)(plan->w.high + 1) * m * sizeof(int32_t)))
		return false;
	ops->convert((uint8_t *)fast->x +
			     (size_t)plan->x.low * n * ops->x_bytes,
		     core->ibuf + plan->x.low * n,
		     (size_t)(plan->x.high - plan->x.low + 1) * n);
	for (int64_t row = plan->w.low; row <= plan->w.high; row++)
		ops->pack((uint8_t *)fast->w + (size_t)row * pes * ops->w_bytes,
			  fast->sums + row * m, core->wbuf + (size_t)row * pes,
			  n, m);
	return true;
}

/* ---- products ------------------------------------------------------------------ */

static void correct(const struct gs_core *core, const struct plan *plan,
		    int64_t w_row, int32_t *sum)
{
	const unsigned m = core->arch.array_m;
	const struct gs_fast *fast = core->fast;

	memset(sum, 0, m * sizeof(*sum));
	for (uint32_t i = 0; i < plan->num_steps; i++) {
		const int32_t *row =
			fast->sums +
			(size_t)(uint32_t)(w_row + fast->steps[i].w) * m;

		for (unsigned c = 0; c < m; c++)
			sum[c] = (int32_t)((uint32_t)sum[c] + (uint32_t)row[c]);
	}
}

static void product(struct gs_core *core, const struct plan *plan,
		    const int64_t *row)
{
	static const int32_t zero[GS_MAX_LANES];
	const unsigned n = core->arch.array_n, m = core->arch.array_m;
	struct gs_fast *fast = core->fast;
	const struct gs_fast_ops *ops = fast->array;
	int32_t correction[GS_MAX_LANES];
	struct gs_gemm gemm = {
		.x = ops->x_bytes ? fast->x : (const void *)core->ibuf,
		.w = ops->x_bytes ? fast->w : (const void *)core->wbuf,
		.w_row = row[GS_BUF_WBUF],
		.steps = fast->steps,
		.num_steps = plan->num_steps,
		.pixels = plan->pixel.num,
		.first = row[GS_BUF_IBUF],
		.stride = plan->pixel.stride[GS_BUF_IBUF],
		.out = core->obuf[core->run.obuf_half] + row[GS_BUF_OBUF] * m,
		.out_stride = plan->pixel.stride[GS_BUF_OBUF],
		.n = n,
		.m = m,
		.wide = core->arch.acc_width == 32,
	};

	if (plan->first)
		gemm.start = plan->bias ? core->bbuf + row[GS_BUF_BBUF] * m :
					  zero;
	if (ops->offset) {
		correct(core, plan, row[GS_BUF_WBUF], correction);
		gemm.correction = correction;
	}
	ops->gemm(&gemm);
}

static int products(struct gs_core *core, const struct plan *plan)
{
	struct gs_walk walk;

	gs_walk_init(&walk, plan->rest, plan->num_rest);
	do {
		if (gs_stopped(core))
			return -ECANCELED;
		product(core, plan, walk.addr);
	} while (gs_walk_next(&walk));
	return 0;
}

int gs_fast_compute(struct gs_core *core, bool first)
{
	const struct gs_sa_config *sa = &core->block->sa_config;
	uint64_t num = gs_loops_product(sa->inner, sa->num_inner);
	struct plan plan = { .first = first };

	if (!make_plan(core, &plan) ||
	    num / MIN_REUSE < (uint64_t)(plan.w.high - plan.w.low) + 1 ||
	    !make_steps(core->fast, &plan) || !convert(core, &plan))
		return gs_mvm_compute(core, first);
	core->fast->tiles++;
	return products(core, &plan);
}
