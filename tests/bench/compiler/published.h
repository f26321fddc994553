/* SPDX-License-Identifier: MIT */
/* What is published about the design points of hw-model/configs, and what is asked of the compiler there. */
#ifndef GS_BENCH_PUBLISHED_H
#define GS_BENCH_PUBLISHED_H

#include <stdbool.h>
#include <stddef.h>

struct published {
	const char *design, *network;
	unsigned array; /**< rows and columns */
	double fused; /**< cycles of the published model, with fusion */
	double groups,
		rewritten; /**< bounds of groups of layers; with the first layer rewritten */
};

/** published_find() - of "03" and "resnet18", or NULL */
const struct published *published_find(const char *design, const char *network);

/** published_target() - most cycles, as a ratio to the bound */
double published_target(const struct published *p, bool rewritten);

#endif /* GS_BENCH_PUBLISHED_H */
