/* SPDX-License-Identifier: MIT */
#ifndef GS_ROWS_H
#define GS_ROWS_H

#include "compiler/codelets/eval.h"

/** gs_bind_row() - compute a row's values, padded to whole rows of lanes, and make its name known */
int gs_bind_row(struct gs_scope *ev, const struct gs_cl_def *def);

#endif /* GS_ROWS_H */
