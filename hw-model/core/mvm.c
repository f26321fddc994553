/* SPDX-License-Identifier: MIT */
/*
 * Array compute, reference executor (docs/isa.md section 5, compute).
 */

#include "hw-model/core/core_internal.h"

#include <errno.h>

/*
 * sum[c] = sum over r of x[r] * w[c][r]. A product has at most 15 bits and a
 * sign, a sum of 128 of them at most 22: nothing overflows, and 16-bit
 * products are what vector units multiply well.
 */
static inline void mvm(int32_t *sum, const int8_t *x, const int8_t *w,
		       unsigned n, unsigned m)
{
	for (unsigned c = 0; c < m; c++, w += n) {
		sum[c] = 0;
		for (unsigned r = 0; r < n; r++)
			sum[c] += (int16_t)(x[r] * w[r]);
	}
}

/* out = wrap(acc + sum); acc is NULL for 0, and may be out. */
static void accumulate(int32_t *out, const int32_t *acc, const int32_t *sum,
		       unsigned m, bool wide)
{
	for (unsigned c = 0; c < m; c++) {
		uint32_t value =
			(uint32_t)sum[c] + (acc ? (uint32_t)acc[c] : 0);

		out[c] = wide ? (int32_t)value : (int16_t)value;
	}
}

static int fault(struct gs_core *core, enum gs_scratchpad buf, int64_t row)
{
	return gs_fault_row(core, core->block->sa.start, GS_FAULT_SCRATCHPAD,
			    buf, (uint64_t)row);
}

static inline bool outside(const struct gs_core *core, enum gs_scratchpad buf,
			   int64_t row)
{
	return (uint64_t)row >= core->rows[buf];
}

/* One inner iteration; fresh: the accumulator starts from bias or 0. */
static inline int iteration(struct gs_core *core, const int64_t *row,
			    bool fresh)
{
	const unsigned n = core->arch.array_n, m = core->arch.array_m;
	const int64_t ia = row[GS_BUF_IBUF], wa = row[GS_BUF_WBUF];
	const int64_t ba = row[GS_BUF_BBUF], oa = row[GS_BUF_OBUF];
	const bool biased = fresh && core->block->sa_config.bias;
	int32_t *out, *acc, sum[GS_MAX_LANES];

	if (outside(core, GS_SPAD_IBUF, ia))
		return fault(core, GS_SPAD_IBUF, ia);
	if (outside(core, GS_SPAD_WBUF, wa))
		return fault(core, GS_SPAD_WBUF, wa);
	if (biased && outside(core, GS_SPAD_BBUF, ba))
		return fault(core, GS_SPAD_BBUF, ba);
	if (outside(core, GS_SPAD_OBUF, oa))
		return fault(core, GS_SPAD_OBUF, oa);
	mvm(sum, core->ibuf + ia * n, core->wbuf + wa * n * m, n, m);
	out = core->obuf[core->run.obuf_half] + oa * m;
	acc = !fresh ? out : biased ? core->bbuf + ba * m : NULL;
	accumulate(out, acc, sum, m, core->arch.acc_width == 32);
	return 0;
}

/* Are all indices of INNER reduction loops outside the innermost loop 0? */
static bool outer_indices_zero(const struct gs_sa_config *sa,
			       const struct gs_walk *walk)
{
	for (unsigned l = 0; l < walk->num_loops; l++)
		if (sa->inner_reduction[l] && walk->index[l])
			return false;
	return true;
}

/* All iterations of the innermost loop. */
static int sweep(struct gs_core *core, const int64_t *start, bool first)
{
	const struct gs_sa_config *sa = &core->block->sa_config;
	const struct gs_loop *loop = &sa->inner[sa->num_inner - 1];
	const bool reduction = sa->inner_reduction[sa->num_inner - 1];
	int64_t row[GS_WALK_ADDRS];

	memcpy(row, start, sizeof(row));
	for (uint32_t i = 0; i < loop->num; i++) {
		int ret = iteration(core, row, first && !(reduction && i));

		if (ret)
			return ret;
		for (unsigned p = 0; p < GS_WALK_ADDRS; p++)
			row[p] += loop->stride[p];
	}
	return 0;
}

int gs_mvm_compute(struct gs_core *core, bool first)
{
	const struct gs_sa_config *sa = &core->block->sa_config;
	struct gs_walk walk;
	int ret;

	gs_walk_init(&walk, sa->inner, sa->num_inner - 1);
	do {
		if (gs_stopped(core))
			return -ECANCELED;
		ret = sweep(core, walk.addr,
			    first && outer_indices_zero(sa, &walk));
	} while (!ret && gs_walk_next(&walk));
	return ret;
}
