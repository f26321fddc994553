/* SPDX-License-Identifier: MIT */
#ifndef GS_BIND_SPAN_H
#define GS_BIND_SPAN_H

#include "compiler/codelets/eval.h"

/**
 * gs_bind_spans() - the variables a codelet declares with "span", before its loops
 *
 * Of the steps of the base all but the first and the last must have a window
 * that counts whole, and those a part of it. 0, -ENOTSUP (in ev->why) or another
 * error of gs_scope_*().
 */
int gs_bind_spans(struct gs_scope *ev);

/** gs_check_spans() - once statements are bound: only the base is cut, and counts elements */
int gs_check_spans(struct gs_scope *ev);

#endif /* GS_BIND_SPAN_H */
