/* SPDX-License-Identifier: MIT */
/* Private to check_shapes.c: rules of shapes for what only gs_pass_lower() and passes behind it make. */
#ifndef GS_CHECK_LOWERED_H
#define GS_CHECK_LOWERED_H

#include "compiler/passes/infer.h"

/** The rule of an operator that has another one behind lower than before; NULL: it has not */
gs_infer_fn gs_check_lowered(const struct gs_node *node);

#endif /* GS_CHECK_LOWERED_H */
