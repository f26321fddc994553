/* SPDX-License-Identifier: MIT */
/* ResNet-50 for benchmarks: its convolutions one by one, and as a whole. */
#ifndef GS_TESTS_BENCH_RESNET_H
#define GS_TESTS_BENCH_RESNET_H

#include <stdint.h>

#include "runtime/loader/gsm.h"

/** Shapes of convolutions. */
#define RESNET_SHAPES 23

struct resnet_shape {
	const char *name;
	int64_t ic, oc, kernel, stride, height;
	int times; /**< the network has it */
};

extern const struct resnet_shape resnet_shapes[RESNET_SHAPES];

/** resnet_macs() - multiply-accumulates of one, without what padding adds */
double resnet_macs(const struct resnet_shape *s);

/** resnet_layer() - compiled for the built-in machine; ends the process on failure */
struct gs_gsm *resnet_layer(const struct resnet_shape *s);

/** resnet_network() - all of it, into a model file; ends the process on failure */
void resnet_network(const char *path);

/** die() - a sentence, and the end of the process */
void die(const char *what) __attribute__((noreturn));

#endif /* GS_TESTS_BENCH_RESNET_H */
