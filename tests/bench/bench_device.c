/* SPDX-License-Identifier: MIT */
/*
 * What isolation costs: jobs that do nothing, of one address space and of two
 * in turn, where scratchpads are cleared and decoded blocks dropped each time.
 * Without firmware and threads, so that nothing else is measured.
 */
#include <time.h>

#include "genesys/arch.h"
#include "hw-model/core/core_internal.h"
#include "tests/unit/device_job.h"

#define ROUNDS 7
#define ROUND_NS 100000000ull

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Microseconds a job, the best of some rounds. */
static double measure(struct shell *s, uint32_t other_asid)
{
	double best = 0;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t start = now(), end = start + ROUND_NS;
		uint32_t jobs = 0;
		double us;

		for (; now() < end; jobs++) {
			describe(s, jobs % 2 ? other_asid : 1, 1);
			if (run(s) != GS_CORE_DONE)
				shell_die("a job failed");
		}
		us = (double)(now() - start) / jobs / 1000;
		best = !i || us < best ? us : best;
	}
	return best;
}

static size_t scratchpad_bytes(struct gs_core *core)
{
	const size_t n = core->arch.array_n, m = core->arch.array_m;
	const uint32_t *rows = core->rows;

	return rows[GS_SPAD_IBUF] * n + rows[GS_SPAD_WBUF] * n * m +
	       4 * m *
		       (rows[GS_SPAD_BBUF] + 2 * rows[GS_SPAD_OBUF] +
			2 * rows[GS_SPAD_VMEM1]);
}

static int bench(const char *path)
{
	struct program p = { .num = 0 };
	char err[GS_ARCH_ERR_SIZE];
	struct gs_arch arch;
	double same, other;
	struct shell *s;

	if (gs_arch_load(path, &arch, err)) {
		printf("%s\n", err);
		return 1;
	}
	s = start_arch(&arch, &shell_ops_map);
	EMIT(&p, BLOCK_END, 1);
	put_program(s, CODE, &p);
	same = measure(s, 1);
	other = measure(s, 2);
	printf("%3ux%-3u  %5zu KiB of scratchpads: %7.2f us a job, of two address spaces in turn %7.2f us\n",
	       arch.array_n, arch.array_m,
	       scratchpad_bytes(s->dev->core) / 1024, same, other);
	shell_free(s);
	return 0;
}

int main(void)
{
	return bench("hw-model/configs/genesys_16x16.json") ||
	       bench("hw-model/configs/benchmark_128x128.json");
}
