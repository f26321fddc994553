/* SPDX-License-Identifier: MIT */
/* The convolutions of ResNet-50 as ONNX models. */
#ifndef GS_TESTS_RESNET50_H
#define GS_TESTS_RESNET50_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A shape, and how often the network has it */
struct resnet50_conv {
	const char *name;
	int64_t ic, oc, kernel, stride, height;
	int times;
	bool add, relu; /**< what follows it */
};

#define RESNET50_CONVS 24

extern const struct resnet50_conv resnet50_convs[RESNET50_CONVS];

/** resnet50_height() - of the output, which is square */
int64_t resnet50_height(const struct resnet50_conv *c);

/** resnet50_macs() - multiply-accumulates, without those padding adds */
double resnet50_macs(const struct resnet50_conv *c);

/**
 * resnet50_build() - an ONNX model of it, to be freed; NULL when out of memory
 * @tail: with what follows it; the tensor to add is the input "r"
 */
uint8_t *resnet50_build(const struct resnet50_conv *c, bool tail, size_t *size);

#endif /* GS_TESTS_RESNET50_H */
