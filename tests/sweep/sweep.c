/* SPDX-License-Identifier: MIT */
/*
 * The sweep: cases from a seed, and what they must have covered. Prints TAP.
 *
 *	SWEEP_SEED=N SWEEP_CASES=N sweep	other cases, or more of them
 *	SWEEP_OP=NAME sweep			those operators only
 *	SWEEP_BITS=4 sweep			on machines of 4-bit data and weights
 *	SWEEP_CASE=N sweep			one case of the seed, described
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/sanitized.h"
#include "tests/sweep/sweep.h"

/*
 * Cases of each operator on each array. With sanitizers a third of them, the first
 * ones: what they happen to meet is judged where all are drawn.
 */
#define ROUNDS (GS_SANITIZED ? 2 : 6)
#define ALL (!GS_SANITIZED)
#define MAX_REFUSALS 16

/* What cases of one operator came to. */
struct tally {
	uint32_t drawn, compared, exact, refused;
	int worst;
	double off;
};

struct refusal {
	char reason[160];
	uint32_t num, first;
};

struct sweep {
	uint64_t seed;
	struct gs_codelet_lib codelets;
	struct tally *op; /* by position in sw_ops */
	struct sw_coverage *coverage;
	uint32_t array[8]; /* compared, by log2(N) */
	uint32_t compared, exact, refused, failed, kernels, mutants, joined;
	struct refusal refusal[MAX_REFUSALS];
	unsigned num_refusals;
};

static unsigned results;
static int status;

static void tap(bool ok, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void tap(bool ok, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("%sok %u - ", ok ? "" : "not ", ++results);
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	if (!ok)
		status = 1;
}

static uint64_t env(const char *name, uint64_t fallback)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : fallback;
}

/* ---- refusals ---------------------------------------------------------------- */

/* The reason without names and numbers, so that equal ones count together */
static void normalize(const char *text, char *reason, size_t size)
{
	size_t len = 0;
	bool digit = false;

	for (; *text && len + 1 < size; text++) {
		const bool d = *text >= '0' && *text <= '9';

		if (*text == '\n')
			reason[len++] = ' ';
		else if (!d || !digit)
			reason[len++] = d ? '#' : *text;
		digit = d;
	}
	reason[len] = 0;
}

static void count_refusal(struct sweep *s, uint32_t number, const char *text)
{
	char reason[sizeof(s->refusal[0].reason)];
	unsigned i;

	normalize(text, reason, sizeof(reason));
	for (i = 0; i < s->num_refusals; i++)
		if (!strcmp(s->refusal[i].reason, reason))
			break;
	if (i == MAX_REFUSALS)
		return;
	if (i == s->num_refusals) {
		s->num_refusals++;
		s->refusal[i].first = number;
		memcpy(s->refusal[i].reason, reason, sizeof(reason));
	}
	s->refusal[i].num++;
}

/* ---- cases -------------------------------------------------------------------- */

static unsigned log2_of(uint32_t n)
{
	unsigned l = 0;

	while (n >>= 1)
		l++;
	return l;
}

static void report(const struct sweep *s, const struct sw_case *c,
		   uint32_t number, const char *what)
{
	printf("# SWEEP_SEED=%" PRIu64 " SWEEP_CASE=%" PRIu32 ": %s\n#   ",
	       s->seed, number, what);
	sw_describe(c, stdout);
	printf("\n");
}

static void run_case(struct sweep *s, uint32_t number, bool verbose)
{
	struct sw_outcome out;
	struct sw_case c;
	struct tally *t;

	sw_draw(&c, s->seed, number);
	t = &s->op[c.op - sw_ops];
	t->drawn++;
	sw_run(&c, &s->codelets, false, &out);
	if (verbose || out.verdict == SW_FAILED)
		report(s, &c, number, *out.text ? out.text : "as expected");
	if (out.verdict == SW_FAILED) {
		s->failed++;
	} else if (out.verdict == SW_REFUSED) {
		t->refused++;
		s->refused++;
		count_refusal(s, number, out.text);
	} else {
		t->compared++;
		t->exact += out.exact;
		t->worst = out.worst > t->worst ? out.worst : t->worst;
		t->off = out.off > t->off ? out.off : t->off;
		s->compared++;
		s->exact += out.exact;
		s->array[log2_of(c.arch.array_n)]++;
		s->kernels += out.kernels;
		s->joined += out.joined;
		sw_coverage_count(s->coverage, &c, &out);
	}
	sw_case_fini(&c);
}

/* Results that are off in one place must be found. */
static void run_mutant(struct sweep *s, uint32_t number)
{
	struct sw_outcome out;
	struct sw_case c;

	sw_draw(&c, s->seed, number);
	sw_run(&c, &s->codelets, true, &out);
	if (out.verdict == SW_OK) {
		report(s, &c, number, "a wrong result was not found");
		s->mutants++;
	}
	sw_case_fini(&c);
}

/* ---- judgement ------------------------------------------------------------------ */

static void judge_operators(const struct sweep *s, uint32_t least)
{
	bool ok = true;
	size_t i;

	printf("# operator            compared  exact  refused  differ by  from the real number\n");
	for (i = 0; i < sw_num_ops; i++) {
		const struct tally *t = &s->op[i];

		printf("# %-18s %9" PRIu32 " %6" PRIu32 " %8" PRIu32
		       " %10d %12.3f\n",
		       sw_ops[i].name, t->compared, t->exact, t->refused,
		       t->worst, t->off);
		ok &= t->compared >= least;
	}
	tap(ok, "every operator was compared at least %" PRIu32 " times",
	    least);
}

static void judge_arrays(const struct sweep *s, uint32_t least)
{
	bool ok = true;
	unsigned l;

	for (l = 2; l <= 6; l++)
		ok &= s->array[l] >= least;
	tap(ok,
	    "4x4, 8x8, 16x16, 32x32, 64x64: %" PRIu32 ", %" PRIu32 ", %" PRIu32
	    ", %" PRIu32 ", %" PRIu32 " cases, at least %" PRIu32 " each",
	    s->array[2], s->array[3], s->array[4], s->array[5], s->array[6],
	    least);
}

static void judge_refusals(const struct sweep *s, uint32_t most)
{
	unsigned i;

	for (i = 0; i < s->num_refusals; i++)
		printf("# refused %" PRIu32 " (first SWEEP_CASE=%" PRIu32
		       "): %s\n",
		       s->refusal[i].num, s->refusal[i].first,
		       s->refusal[i].reason);
	tap(s->refused <= most,
	    "%" PRIu32 " cases were refused, at most %" PRIu32 " may be",
	    s->refused, most);
}

/* What the cases have met */
static void judge_coverage(const struct sweep *s, uint32_t each)
{
	tap(sw_coverage_extents(s->coverage, each),
	    "prime extents, and channels that do not fill the array");
	/* Calibration of 4 bits chooses ranges, so fewer of what is joined have one. */
	tap(sw_coverage_paths(s->coverage,
			      sw_bits == 4 ? each - each / 5 : each,
			      &s->codelets),
	    "every way of each operator through the compiler");
}

int main(int argc, char **argv)
{
	static struct sweep s;
	const uint32_t cases =
		(uint32_t)env("SWEEP_CASES", ROUNDS * 5 * sw_num_ops);
	const uint32_t each = cases / (uint32_t)sw_num_ops;
	const char *op = getenv("SWEEP_OP");
	bool all;
	uint32_t i;

	if (argc != 2) {
		fprintf(stderr, "usage: %s CODELETS\n", argv[0]);
		return 2;
	}
	s.op = calloc(sw_num_ops, sizeof(*s.op));
	s.coverage = sw_coverage_create();
	if (!s.op || !s.coverage)
		return 2;
	if (gs_codelet_load_dir(argv[1], &s.codelets, NULL)) {
		fprintf(stderr, "%s: no codelets\n", argv[1]);
		return 2;
	}
	s.seed = env("SWEEP_SEED", 1);
	sw_bits = env("SWEEP_BITS", 8) == 4 ? 4 : 8;
	/* What rare cases must have met is asserted of the seed that tests have. */
	all = ALL && !op && s.seed == 1;
	if (getenv("SWEEP_CASE")) {
		run_case(&s, (uint32_t)env("SWEEP_CASE", 0), true);
		gs_codelet_lib_free(&s.codelets);
		sw_coverage_free(s.coverage);
		free(s.op);
		return s.failed || s.refused;
	}
	for (i = 0; i < cases; i++)
		if (!op ||
		    !strncmp(sw_ops[i / 5 % sw_num_ops].name, op, strlen(op)))
			run_case(&s, i, false);
	for (i = 0; i < sw_num_ops; i++)
		run_mutant(&s, 5 * i + i % 5);
	tap(!s.failed,
	    "%" PRIu32 " cases of seed %" PRIu64 ": %" PRIu32
	    " as the oracle has them, %" PRIu32 " of them to the bit",
	    cases, s.seed, s.compared, s.exact);
	tap(!s.mutants, "wrong results are found");
	judge_operators(&s, op ? 0 : each - each / 5);
	judge_arrays(&s, op ? 0 : cases / 6);
	if (all)
		judge_coverage(&s, each);
	/* A machine that is drawn may be too small for a case. */
	judge_refusals(&s, all ? 0 : cases / 500);
	tap(!all || s.joined >= cases / 200,
	    "chains have the same results where their nodes are joined, %" PRIu32
	    " times",
	    s.joined);
	sw_coverage_free(s.coverage);
	printf("1..%u\n", results);
	gs_codelet_lib_free(&s.codelets);
	free(s.op);
	return status;
}
