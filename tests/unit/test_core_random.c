/* SPDX-License-Identifier: MIT */
/* The functional machine and programs nobody would write: random words, and random programs. */
#include "hw-model/isa/sanitized.h"
#include "tests/unit/core_fixture.h"

#define GARBAGE_RUNS (GS_SANITIZED ? 5000 : 100000)

/* Any end will do, as long as it is one of the documented ones. */
static void run_to_any_end(struct fixture *f)
{
	int ret = core_run(f);

	if (ret != 0 && ret != -EFAULT)
		fail_msg("gs_core_run() returned %d", ret);
	assert_int_equal(ret == -EFAULT, f->fault.code != GS_FAULT_NONE);
	assert_true(f->fault.code < GS_FAULT_COUNT);
}

static void test_random_words(void **state)
{
	struct fixture *f = *state;
	uint32_t seed = 17;

	f->job.max_work = 10000;
	for (unsigned i = 0; i < GARBAGE_RUNS; i++) {
		f->program.num = 50;
		for (unsigned w = 0; w < 50; w++)
			f->program.words[w] = xorshift32(&seed);
		run_to_any_end(f);
	}
}

static uint32_t below(uint32_t *seed, uint32_t bound)
{
	return xorshift32(seed) % bound;
}

/* Mostly rows that exist, sometimes any. */
static uint32_t random_row(uint32_t *seed)
{
	return below(seed, 50) ? below(seed, 12) : xorshift32(seed) & 0xffff;
}

static void emit_random_strides(struct program *p, uint32_t loop,
				uint32_t *seed)
{
	const bool inner = loop >= 7 && loop < 14;

	for (uint32_t buf = 0; buf < GS_BUF_COUNT; buf++) {
		int32_t stride = (int32_t)below(seed, inner ? 3 : 200);

		if (below(seed, 100) == 0)
			stride = (int32_t)xorshift32(seed);
		if (below(seed, 4) == 0)
			continue;
		emit_stride(p, inner ? GS_ACC_RD : GS_ACC_LD, buf, loop,
			    stride);
		if (buf == GS_BUF_OBUF)
			emit_stride(p, inner ? GS_ACC_WR : GS_ACC_ST, buf, loop,
				    stride);
	}
}

/* An array group of valid words; outer loop l has l + 1 iterations. */
static void emit_random_array(struct program *p, unsigned outer, uint32_t *seed)
{
	const unsigned inner = below(seed, 4), dma = below(seed, 3);

	SA_START(p);
	for (uint32_t l = 0; l < outer; l++)
		EMIT(p, SA_LOOP_CFG, 0, l, l);
	for (uint32_t l = 7; l < 7 + inner; l++)
		EMIT(p, SA_LOOP_CFG, 0, l, below(seed, 4));
	for (uint32_t l = 14; l < 14 + dma; l++)
		EMIT(p, SA_LOOP_CFG, 0, l, below(seed, 3));
	for (uint32_t l = 0; l < 64; l++)
		if (l < outer || (l >= 7 && l < 7 + inner) ||
		    (l >= 14 && l < 14 + dma))
			emit_random_strides(p, l, seed);
	if (inner && below(seed, 2))
		EMIT(p, SA_REDUCTION_LOOP, 32, 7 - outer, GS_RED_INNER, 0);
	for (uint32_t buf = 0; buf < GS_BUF_COUNT; buf++)
		if (below(seed, 2))
			EMIT(p, LD_ST, GS_ACC_LD, GS_MEM_BUFFER, buf, 0,
			     4 * (1 + below(seed, 3)));
	if (below(seed, 2))
		EMIT(p, LD_ST, GS_ACC_ST, GS_MEM_BUFFER, GS_BUF_OBUF, 0,
		     4 * (1 + below(seed, 3)));
	SA_END(p);
}

static void emit_random_body(struct program *p, const uint32_t *ns,
			     uint32_t *seed)
{
	const enum gs_insn_id last = GS_INSN_CAST_16BFP_32FP;
	struct gs_insn insn = {
		.id = (enum gs_insn_id)below(seed, (uint32_t)last + 1),
	};

	for (unsigned i = 0; i < 3 && insn.id != GS_INSN_NOP; i++) {
		insn.val[2 * i] = ns[i];
		insn.val[2 * i + 1] = below(seed, 4);
	}
	program_emit(p, insn);
}

static void emit_random_nest(struct program *p, uint32_t *seed)
{
	static const uint32_t dst[] = { GS_NS_VMEM1, GS_NS_VMEM2, GS_NS_IBUF };
	static const uint32_t src[] = { GS_NS_OBUF, GS_NS_VMEM1, GS_NS_VMEM2,
					GS_NS_IMM };
	const uint32_t ns[3] = { dst[below(seed, 3)], src[below(seed, 4)],
				 src[below(seed, 4)] };
	const uint32_t levels = below(seed, 4), num = 1 + below(seed, 3);

	for (uint32_t l = 0; l < levels; l++) {
		EMIT(p, SET_ITER, l, 0, 1 + below(seed, 4));
		EMIT(p, SET_INDEX, ns[0], below(seed, 4), ns[1], below(seed, 4),
		     ns[2], below(seed, 4));
	}
	if (levels)
		EMIT(p, SET_INST, 1, 0, num);
	for (uint32_t i = 0; i < num; i++)
		emit_random_body(p, ns, seed);
}

static void emit_random_dma(struct program *p, uint32_t *seed)
{
	static const uint32_t widths[] = { 3, 7, 15, 31 };
	const uint32_t ns = GS_NS_VMEM1 + below(seed, 2);
	const uint32_t width = widths[below(seed, 4)];
	const uint32_t req = 1 + below(seed, 12), addr = below(seed, 600);

	if (below(seed, 2)) {
		EMIT(p, LD_BASE_ADDR, 0, ns, 0, addr);
		EMIT(p, LD_TILE_ADDR, 0, ns, 0, random_row(seed));
		EMIT(p, LD_TILE_ITER, 0, ns, below(seed, 32), below(seed, 3));
		EMIT(p, LD_START, 0, ns, width, req);
	} else {
		EMIT(p, ST_BASE_ADDR, 0, ns, 0, addr);
		EMIT(p, ST_TILE_ADDR, 0, ns, 0, random_row(seed));
		EMIT(p, ST_TILE_ITER, 0, ns, 3, below(seed, 3));
		EMIT(p, ST_TILE_STRIDE, 0, ns, 3, below(seed, 100));
		EMIT(p, ST_START, 0, ns, width, req);
	}
}

static void emit_random_perm(struct program *p, uint32_t *seed)
{
	for (uint32_t rw = 0; rw < 2; rw++) {
		EMIT(p, PERM_SET_BASE_ADDR, rw, 0, random_row(seed));
		EMIT(p, PERM_SET_LOOP_ITER, rw, 1, below(seed, 20) ? 3 : 4);
		EMIT(p, PERM_SET_LOOP_STRIDE, rw, 1, below(seed, 3));
	}
	EMIT(p, PERM_START, GS_NS_VMEM2, 0, GS_NS_VMEM1, 0, below(seed, 2));
}

static void emit_random_simd(struct program *p, unsigned outer, uint32_t *seed)
{
	const uint32_t ns = below(seed, GS_NS_COUNT);

	SIMD_START(p);
	for (uint32_t l = 0; l < outer; l++)
		EMIT(p, LD_BASE_ITER, 0, GS_NS_VMEM1, l, l);
	for (uint32_t num = below(seed, 16); num; num--) {
		switch (below(seed, 8)) {
		case 0:
			emit_random_perm(p, seed);
			break;
		case 1:
			EMIT(p, IMM_SIGN_EXT, GS_NS_IMM, below(seed, 32),
			     xorshift32(seed) & 0xffff);
			break;
		case 2:
			EMIT(p, DTYPE_CFG, 0, below(seed, 256),
			     below(seed, 256), 0);
			break;
		case 3:
			EMIT(p, BASE_SIGN_EXT, ns, below(seed, 4),
			     random_row(seed));
			EMIT(p, STRIDE_SIGN_EXT, ns, below(seed, 4),
			     below(seed, 3));
			break;
		case 4:
		case 5:
			emit_random_dma(p, seed);
			break;
		default:
			emit_random_nest(p, seed);
		}
	}
	SIMD_END(p);
}

static void random_program(struct program *p, uint32_t *seed)
{
	const unsigned outer = below(seed, 3), kind = below(seed, 3);

	p->num = 0;
	if (kind != 0)
		emit_random_array(p, outer, seed);
	if (kind != 1)
		emit_random_simd(p, outer, seed);
	EMIT(p, BLOCK_END, 1);
	if (below(seed, 3) == 0) /* one damaged bit */
		p->words[below(seed, p->num)] ^= UINT32_C(1) << below(seed, 32);
}

/* Programs that get past the checks, and nearly so. */
static void test_random_programs(void **state)
{
	struct fixture *f = *state;
	unsigned ends[GS_FAULT_COUNT] = { 0 };
	uint32_t seed = 23;

	f->job.max_work = 5000;
	for (unsigned i = 0; i < GARBAGE_RUNS; i++) {
		random_program(&f->program, &seed);
		/* a block of their own, or all data in one window */
		for (unsigned w = 1; w < GS_WIN_COUNT; w++)
			f->job.window_base[w] = i % 2 ? MEMORY_SIZE / 2 :
							w * (MEMORY_SIZE / 8);
		f->port = memory_port(&f->memory, i % 3);
		f->memory.accesses = 0;
		f->memory.refuse_after = i % 16 ? 0 : 1 + i % 7;
		run_to_any_end(f);
		ends[f->fault.code]++;
	}
	/* the generator reaches what it is for */
	assert_true(ends[GS_FAULT_NONE] > GARBAGE_RUNS / 4);
	for (unsigned code = 0; code < GS_FAULT_COUNT; code++)
		if (code != GS_FAULT_CAPACITY && !ends[code])
			fail_msg("no program ended with %s",
				 gs_fault_name((enum gs_fault_code)code));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_random_words),
		TEST(test_random_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
