/* SPDX-License-Identifier: MIT */
/*
 * What the SIMD group does as a list (fast_group.c): the same as word by word,
 * whatever the work limit; and which products are cast at once.
 */
#include "hw-model/core/fast.h"
#include "tests/unit/core_fixture.h"

#define ROWS 32u
#define LANES 4u
#define TILES 3u

/* An operand's iterator: rows base, base + stride, ... */
struct rows {
	uint32_t base;
	int32_t outer, inner;
};

/* MUL VMEM1 to = NS from * VMEM2 by; then CAST VMEM1 of num rows. */
struct joined {
	const char *what;
	uint32_t ns;
	uint32_t outer, inner; /* iterations of the product */
	struct rows to, from, by;
	uint32_t num; /* of the cast */
	struct rows cast_to, cast_from;
	bool joins;
};

#define V1 GS_NS_VMEM1
#define V2 GS_NS_VMEM2

/* clang-format off */
static const struct joined cases[] = {
	{ "apart", V2, 1, 8, { 0, 0, 1 }, { 8, 0, 1 }, { 0, 0, 1 },
	  8, { 0, 0, 1 }, { 0, 0, 1 }, true },
	{ "of the same scratchpad", V1, 1, 8, { 0, 0, 1 }, { 8, 0, 1 },
	  { 0, 0, 1 }, 8, { 0, 0, 1 }, { 0, 0, 1 }, false },
	{ "in place", V1, 1, 8, { 3, 0, 1 }, { 3, 0, 1 }, { 0, 0, 0 },
	  8, { 3, 0, 1 }, { 3, 0, 1 }, true },
	{ "backwards", V2, 1, 8, { 0, 0, 1 }, { 8, 0, 1 }, { 0, 0, 1 },
	  8, { 7, 0, -1 }, { 7, 0, -1 }, true },
	{ "two loops", V2, 2, 4, { 0, 1, 2 }, { 8, 4, 1 }, { 0, 0, 1 },
	  8, { 0, 0, 1 }, { 0, 0, 1 }, true },
	{ "one row less", V2, 1, 8, { 0, 0, 1 }, { 8, 0, 1 }, { 0, 0, 1 },
	  7, { 0, 0, 1 }, { 0, 0, 1 }, false },
	{ "one row more", V2, 1, 8, { 0, 0, 1 }, { 8, 0, 1 }, { 0, 0, 1 },
	  9, { 0, 0, 1 }, { 0, 0, 1 }, false },
	{ "other rows", V2, 1, 8, { 0, 0, 1 }, { 8, 0, 1 }, { 0, 0, 1 },
	  8, { 1, 0, 1 }, { 1, 0, 1 }, false },
	{ "to another row", V2, 1, 8, { 0, 0, 1 }, { 8, 0, 1 }, { 0, 0, 1 },
	  8, { 0, 0, 1 }, { 1, 0, 1 }, false },
	{ "of the product before", V1, 1, 8, { 1, 0, 1 }, { 0, 0, 1 }, { 0, 0, 1 },
	  8, { 1, 0, 1 }, { 1, 0, 1 }, false },
	{ "by the product after", V1, 1, 8, { 1, 0, 1 }, { 2, 0, 1 }, { 0, 0, 1 },
	  8, { 1, 0, 1 }, { 1, 0, 1 }, false },
	{ "with gaps", V2, 1, 8, { 0, 0, 2 }, { 16, 0, 1 }, { 0, 0, 1 },
	  8, { 0, 0, 2 }, { 0, 0, 2 }, false },
	{ "a row twice", V2, 2, 4, { 0, 1, 1 }, { 8, 4, 1 }, { 0, 0, 1 },
	  5, { 0, 0, 1 }, { 0, 0, 1 }, false },
	{ "as many as rows, but not all", V2, 2, 2, { 0, 3, 0 }, { 8, 2, 1 },
	  { 0, 0, 1 }, 4, { 0, 0, 1 }, { 0, 0, 1 }, false },
};
/* clang-format on */

/* Iterators @it of the outer loop, @it + 1 of the inner one. */
static void emit_rows(struct program *p, uint32_t ns, uint32_t it,
		      const struct rows *rows)
{
	for (unsigned l = 0; l < 2; l++) {
		const int32_t stride = l ? rows->inner : rows->outer;

		EMIT(p, BASE_SIGN_EXT, ns, it + l, rows->base);
		EMIT(p, STRIDE_SIGN_EXT, ns, it + l, (uint32_t)stride & 0xffff);
	}
}

/* Of rows of @ns, and of VMEM2 or of the same rows again. */
static void emit_loops(struct program *p, uint32_t outer, uint32_t inner,
		       uint32_t ns, bool by)
{
	for (uint32_t l = 0; l < 2; l++) {
		EMIT(p, SET_ITER, l, 0, l ? inner : outer);
		EMIT(p, SET_INDEX, V1, l, ns, 2 + l, by ? V2 : ns,
		     by ? l : 2 + l);
	}
	EMIT(p, SET_INST, 1, 0, 1);
}

static void emit_case(struct program *p, const struct joined *c)
{
	p->num = 0;
	SIMD_START(p);
	EMIT(p, LD_BASE_ITER, 0, V1, 0, TILES - 1);
	EMIT(p, DTYPE_CFG, 2, 8, 16, 16);
	emit_rows(p, V1, 0, &c->to);
	emit_rows(p, c->ns, 2, &c->from);
	emit_rows(p, V2, 0, &c->by);
	emit_loops(p, c->outer, c->inner, c->ns, true);
	EMIT(p, MUL, V1, 0, c->ns, 2, V2, 0);
	emit_rows(p, V1, 0, &c->cast_to);
	emit_rows(p, V1, 2, &c->cast_from);
	emit_loops(p, 1, c->num, V1, false);
	EMIT(p, CAST_32FXP_8FXP, V1, 0, V1, 2, V1, 2);
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
}

/* ---- runs ----------------------------------------------------------------------- */

/* What a run leaves and tells. */
struct result {
	int ret;
	struct gs_fault fault;
	struct gs_counters counters;
	int32_t vmem[ROWS][LANES];
	uint64_t events;
};

static void observe(void *ctx, const struct gs_work *event)
{
	uint64_t *hash = ctx;

	*hash = (*hash ^ event->kind) * UINT64_C(0x100000001b3);
	if (event->kind == GS_WORK_NEST)
		*hash += event->nest.iterations + event->nest.body->id +
			 (uint64_t)event->nest.dst.first;
}

static void run(struct fixture *f, enum gs_executor executor,
		struct result *result)
{
	uint32_t state = 7;

	memset(result, 0, sizeof(*result));
	gs_core_reset(f->core);
	for (uint32_t row = 0; row < ROWS; row++)
		for (uint32_t lane = 0; lane < LANES; lane++)
			for (unsigned v = 0; v < 2; v++) {
				state = state * 1664525u + 1013904223u;
				f->core->vmem[v][row * LANES + lane] =
					(int32_t)state >> (v ? 12 : 8);
			}
	f->job.executor = executor;
	f->job.counters = &result->counters;
	f->job.observe = observe;
	f->job.observe_ctx = &result->events;
	result->ret = core_run(f);
	result->fault = f->fault;
	memcpy(result->vmem, f->core->vmem[0], sizeof(result->vmem));
}

/* Both executors; returns whether the program came to its end. */
static bool same(struct fixture *f, const char *what)
{
	struct result want, got;

	run(f, GS_EXEC_REFERENCE, &want);
	run(f, GS_EXEC_FAST, &got);
	if (memcmp(&want, &got, sizeof(want)))
		fail_msg("%s: differs with a limit of %llu", what,
			 (unsigned long long)f->job.max_work);
	return !want.ret;
}

static void test_joined(void **state)
{
	struct fixture *f = *state;
	struct gs_fast *fast = f->core->fast;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint64_t before = fast->joined, groups = fast->groups;

		emit_case(&f->program, &cases[i]);
		f->job.max_work = 0;
		assert_true(same(f, cases[i].what));
		assert_int_equal(fast->groups - groups, TILES - 1);
		if (fast->joined - before != (cases[i].joins ? TILES - 1 : 0))
			fail_msg("%s: %llu joined", cases[i].what,
				 (unsigned long long)(fast->joined - before));
		/* ends at each of its actions */
		f->job.max_work = 1;
		while (!same(f, cases[i].what))
			f->job.max_work++;
	}
}

/*
 * A word outside nests: no list. Before it, registers are read that are set again
 * behind it, so the words before it must find them as the tile before left them.
 */
static void test_unlisted(void **state)
{
	static const struct rows first = { 0, 0, 1 }, last = { 16, 0, 1 };
	struct fixture *f = *state;
	struct program *p = &f->program;

	SIMD_START(p);
	EMIT(p, LD_BASE_ITER, 0, V1, 0, 1); /* two: nothing mends the second */
	emit_rows(p, V1, 0, &first);
	emit_loops(p, 1, 4, V1, false);
	EMIT(p, ADD, V1, 0, V1, 2, V1, 2);
	EMIT(p, BASE_SIGN_EXT, V1, 3, 9);
	EMIT(p, ADD, V1, 0, V1, 3, V1, 3);
	emit_rows(p, V1, 2, &last);
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
	assert_true(same(f, "a word outside nests"));
	assert_int_equal(f->core->fast->groups, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_joined),
		TEST(test_unlisted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
