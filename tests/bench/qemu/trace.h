/* SPDX-License-Identifier: MIT */
/*
 * Where the time of a round goes, from the kernel's tracepoints.
 */
#ifndef GS_BENCH_TRACE_H
#define GS_BENCH_TRACE_H

#include <stdint.h>

#define TRACE_MAX_POINTS 8

/** A tracepoint that a round passes. */
struct trace_point {
	const char *enable; /* below /sys/kernel/tracing/events */
	const char *event; /* as a line of the trace has it */
	const char *text; /* that its line holds, or NULL */
};

/** A round as the program saw it, CLOCK_MONOTONIC; at[] is filled in. */
struct trace_round {
	int64_t begin, end;
	int64_t at[TRACE_MAX_POINTS]; /* 0: not passed */
};

/** trace_start() - NULL ends @points, at most TRACE_MAX_POINTS of them */
void trace_start(const struct trace_point *points);

/**
 * trace_stop() - end tracing, fill in the first time of each point in a round
 * Rounds are in order and do not overlap.
 */
void trace_stop(const struct trace_point *points, struct trace_round *rounds,
		unsigned num);

#endif /* GS_BENCH_TRACE_H */
