/* SPDX-License-Identifier: MIT */
#ifndef GS_TESTS_BENCH_EXCHANGE_H
#define GS_TESTS_BENCH_EXCHANGE_H

/**
 * exchange_ns() - how far two processors are apart
 * Nanoseconds from a thread to another one and back, the least of many rounds; 0: no thread.
 */
double exchange_ns(void);

#endif /* GS_TESTS_BENCH_EXCHANGE_H */
