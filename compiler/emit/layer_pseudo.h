/* SPDX-License-Identifier: MIT */
/* The published pseudo-code of a layer: its operands, then its numbered operations. */
#ifndef GS_LAYER_PSEUDO_H
#define GS_LAYER_PSEUDO_H

#include <stdio.h>

#include "compiler/codegen/codegen.h"

/** gs_layer_pseudo() - print a layer's pseudo-code; 0 or -ENOMEM */
int gs_layer_pseudo(const struct gs_planned *layer, const char *name,
		    FILE *out);

#endif /* GS_LAYER_PSEUDO_H */
