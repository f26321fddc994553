/* SPDX-License-Identifier: MIT */
#ifndef GS_TESTS_BENCH_PLAIN_H
#define GS_TESTS_BENCH_PLAIN_H

#include "hw-model/core/fast.h"

/**
 * plain_product() - the matrix product of a vector unit, operands in the first cache
 * Returns multiply-accumulates a second, the best of many rounds, or 0: out of memory.
 */
double plain_product(const struct gs_fast_ops *ops, const struct gs_arch *arch);

#endif /* GS_TESTS_BENCH_PLAIN_H */
