/* SPDX-License-Identifier: MIT */
/*
 * The float32 model: what calibration observes and quantization is measured
 * against.
 */
#ifndef GS_EVAL_H
#define GS_EVAL_H

#include "compiler/ir/ir.h"

struct gs_eval;

/**
 * gs_eval_create() - memory for one inference of @graph
 *
 * Works at any stage after gs_pass_shapes(). NULL after reporting: out of
 * memory, or an operator that is not implemented.
 */
struct gs_eval *gs_eval_create(const struct gs_graph *graph,
			       struct gs_diag *diag);
/**
 * gs_eval_create_quantized() - the same of what quantization left
 *
 * After gs_pass_quantize(), before gs_pass_lower(). Constants have the values of
 * their integers, and every result and input is rounded to its steps: what the
 * device computes, but for float32's own rounding, which may turn a tie.
 */
struct gs_eval *gs_eval_create_quantized(const struct gs_graph *graph,
					 struct gs_diag *diag);
/**
 * gs_eval_create_lowered() - the same of what gs_pass_lower() and passes behind it left
 * @order: all nodes, in the order of steps; NULL: as in the graph's list
 *
 * Windows have the elements of their owner. Tensors with a layout stand in memory
 * as it says (eval_memory.h): operators get what is there, and it is written there.
 */
struct gs_eval *gs_eval_create_lowered(const struct gs_graph *graph,
				       const struct gs_node *const *order,
				       struct gs_diag *diag);
/**
 * gs_eval_create_sparing() - the same of gs_eval_create() in less memory
 *
 * What a node computes is there until the last node that reads it has run, then
 * something else is there: run it by gs_eval_step().
 */
struct gs_eval *gs_eval_create_sparing(const struct gs_graph *graph,
				       struct gs_diag *diag);
void gs_eval_destroy(struct gs_eval *eval);

/** Elements of any activation of the graph; inputs are written here before a run. */
float *gs_eval_data(const struct gs_eval *eval, const struct gs_tensor *tensor);
/** The same of any tensor: those of constants that are not float32 are converted. */
const float *gs_eval_values(const struct gs_eval *eval,
			    const struct gs_tensor *tensor);

/** gs_eval_begin() - before the first step, when inputs are there: they are rounded, all memory else is empty */
void gs_eval_begin(struct gs_eval *eval);

/** Compute every tensor from the inputs. */
void gs_eval_run(struct gs_eval *eval);

/** gs_eval_memory_of() - where the elements of the owner of @tensor stand, as eval_memory.h has it */
float *gs_eval_memory_of(const struct gs_eval *eval, struct gs_tensor *tensor);

/** gs_eval_fetch() - gs_eval_data() of a window, or of what has a layout, becomes what is in memory */
void gs_eval_fetch(struct gs_eval *eval, struct gs_tensor *tensor);
/** gs_eval_put() - the other way round */
void gs_eval_put(struct gs_eval *eval, struct gs_tensor *tensor);

/** gs_eval_node() - the node computed at step @index, NULL after the last; steps follow the graph's list, or the order given */
const struct gs_node *gs_eval_node(const struct gs_eval *eval, size_t index);

/** gs_eval_load() - windows that step @index reads get their elements; a part of gs_eval_step() */
void gs_eval_load(struct gs_eval *eval, size_t index);

/** gs_eval_step() - compute only that node, from what its inputs hold now */
void gs_eval_step(struct gs_eval *eval, size_t index);

/**
 * gs_eval_sum(), gs_eval_finish() - gs_eval_step() in two: without what is fused
 * as activation and not rounded, and that of the results as they are then
 */
void gs_eval_sum(struct gs_eval *eval, size_t index);
void gs_eval_finish(struct gs_eval *eval, size_t index);

#endif /* GS_EVAL_H */
