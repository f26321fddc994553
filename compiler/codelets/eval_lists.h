/* SPDX-License-Identifier: MIT */
/* Functions of codelet expressions that make lists, or ask for all of one. */
#ifndef GS_CODELET_EVAL_LISTS_H
#define GS_CODELET_EVAL_LISTS_H

#include "compiler/codelets/eval.h"

/** gs_eval_list() - the value of such a call; false: @e is another function */
bool gs_eval_list(struct gs_scope *ev, const struct gs_expr *e,
		  struct gs_value *out);

/** gs_eval_dims() - all dimensions in the model's order, of a scalar none */
struct gs_value gs_eval_dims(struct gs_scope *ev, const struct gs_expr *e,
			     const struct gs_tensor *t);

#endif /* GS_CODELET_EVAL_LISTS_H */
