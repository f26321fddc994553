/* SPDX-License-Identifier: MIT */
/*
 * The rule "move y = x along axis": several inputs become one result, side by
 * side, or one input several results.
 */
#ifndef GS_RULE_ALONG_H
#define GS_RULE_ALONG_H

#include "compiler/codelets/rules.h"

/** gs_along_shapes() - shapes of all results; errors are in the scope */
void gs_along_shapes(struct gs_rule_scope *rs, struct gs_shape *out);

/** gs_along_parts() - the axis, and how many elements of it each part has; -1 after an error */
int gs_along_parts(struct gs_rule_scope *rs, int64_t extent[GS_MAX_IO]);

/** gs_along_open() - a node whose tensors have shapes; NULL after an error, which is in the scope */
struct gs_along *gs_along_open(struct gs_rule_scope *rs);

/** gs_along_run() - elements of @type; a result that is NULL is left out */
void gs_along_run(const struct gs_along *along, const void *const *in,
		  void *const *out, enum gs_dtype type);

#endif /* GS_RULE_ALONG_H */
