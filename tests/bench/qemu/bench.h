/* SPDX-License-Identifier: MIT */
/*
 * Clock, figures and the end of the benchmark programs of the guest.
 */
#ifndef GS_BENCH_H
#define GS_BENCH_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline _Noreturn void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static inline int bench_compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Sorts; microseconds below which @share of the @num values are. */
static inline double quantile_us(int64_t *ns, size_t num, double share)
{
	size_t at = (size_t)(share * (double)num);

	qsort(ns, num, sizeof(*ns), bench_compare);
	return (double)ns[at < num ? at : num - 1] / 1000;
}

#endif /* GS_BENCH_H */
