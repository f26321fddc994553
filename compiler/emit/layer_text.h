/* SPDX-License-Identifier: MIT */
/*
 * The words of a program with the addresses a loader gives them, and the
 * published text forms of the words of one layer.
 */
#ifndef GS_LAYER_TEXT_H
#define GS_LAYER_TEXT_H

#include <stdio.h>

#include "compiler/emit/program.h"

/**
 * gs_program_link() - a copy of the code with all addresses in place
 * Returns p->num_words words, to be freed by the caller, or NULL when out of memory.
 */
uint32_t *gs_program_link(const struct gs_program *p);

/**
 * gs_layer_assembly() - words as assembly text, indented by the loops they stand in
 * @word: decodable, as code generation makes them
 */
void gs_layer_assembly(const uint32_t *word, uint32_t num, FILE *out);

#endif /* GS_LAYER_TEXT_H */
