/* SPDX-License-Identifier: MIT */
/*
 * The rule "move": each element of the result is one of the input, at indices
 * that are sums of functions of one index of the result each. Such a map is
 * evaluated with a table for each index, and lowered to a view.
 */
#ifndef GS_RULE_MOVE_H
#define GS_RULE_MOVE_H

#include "compiler/codelets/rules.h"

/** gs_move_open() - the map of a node whose tensors have shapes; NULL after an error, which is in the scope */
struct gs_move_map *gs_move_open(struct gs_rule_scope *rs);

/** gs_move_source() - the input of the node that is moved */
unsigned gs_move_source(const struct gs_codelet *cl);

/** gs_move_input() - that input; NULL after an error: there is none */
const struct gs_tensor *gs_move_input(struct gs_rule_scope *rs);

/* ---- rule_between.c ------------------------------------------------------ */

/** gs_between_open() - where the elements of the result are among those of the input; NULL after an error */
struct gs_move_taps *gs_between_open(struct gs_rule_scope *rs);

/** gs_between_run() - elements in float32 */
void gs_between_run(const struct gs_move_taps *taps, const float *in,
		    float *out);

/* ---- rule_move_run.c ----------------------------------------------------- */

struct gs_mover;

/** gs_mover_open() - what runs a map, in its memory; NULL: none is left */
struct gs_mover *gs_mover_open(struct gs_graph *memory,
			       const struct gs_move_map *map);

/** gs_mover_run() - elements of @type; where there is none the map's value */
void gs_mover_run(const struct gs_mover *mover, const void *in, void *out,
		  enum gs_dtype type);

#endif /* GS_RULE_MOVE_H */
