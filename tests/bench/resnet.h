/* SPDX-License-Identifier: MIT */
/* ResNet-50 for benchmarks: its convolutions one by one, and as a whole. */
#ifndef GS_TESTS_BENCH_RESNET_H
#define GS_TESTS_BENCH_RESNET_H

#include "runtime/loader/gsm.h"
#include "tests/timing/resnet50.h"

/** resnet_layer() - compiled for the built-in machine; ends the process on failure */
struct gs_gsm *resnet_layer(const struct resnet50_conv *c);

/** resnet_network() - all of it, into a model file; ends the process on failure */
void resnet_network(const char *path);

/** die() - a sentence, and the end of the process */
void die(const char *what) __attribute__((noreturn));

#endif /* GS_TESTS_BENCH_RESNET_H */
