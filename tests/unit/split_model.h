/* SPDX-License-Identifier: MIT */
/*
 * A model file cut into as many jobs as it has layers, which the compiler never
 * does: for tests of what keeps several jobs in flight.
 */
#ifndef GS_TEST_SPLIT_MODEL_H
#define GS_TEST_SPLIT_MODEL_H

#include <stddef.h>
#include <stdint.h>

/**
 * split_model() - a copy of a model file with a segment for each layer
 * @size: of @file; receives that of the copy
 * Returns memory to be freed, or NULL.
 */
uint8_t *split_model(const uint8_t *file, size_t *size);

/** split_model_section() - content of a section of a model file, or NULL */
void *split_model_section(uint8_t *file, const char *name);

#endif /* GS_TEST_SPLIT_MODEL_H */
