/* SPDX-License-Identifier: MIT */
/* What code generation relies on in the statements of a codelet. */
#ifndef GS_CHECK_H
#define GS_CHECK_H

#include "compiler/codelets/eval.h"

/** gs_check_places() - the unit of a statement can read its arguments and write its result where they stand */
int gs_check_places(struct gs_scope *ev, const struct gs_cl_statement *decl);

/**
 * gs_check_statements() - subscripts stay in the extents of their operands
 * Only rows and columns of inputs have a border; weights are walked whole, by
 * one loop for each dimension. All loops are known, with their marks.
 */
int gs_check_statements(struct gs_scope *ev);

#endif /* GS_CHECK_H */
