/* SPDX-License-Identifier: MIT */
/*
 * What codelets say of their operators to the front end: shape, quantization,
 * float meaning. Passes see it as struct gs_op_rules.
 */
#ifndef GS_RULES_H
#define GS_RULES_H

#include "compiler/codelets/eval.h"
#include "compiler/ir/op_rules.h"

/** gs_codelet_rules() - the rules of a library, which must outlive them */
struct gs_op_rules gs_codelet_rules(const struct gs_codelet_lib *lib);

/** gs_rules_of() - the codelet that has the rules of a node's operator, or NULL */
const struct gs_codelet *gs_rules_of(const struct gs_codelet_lib *lib,
				     const struct gs_node *node);

/** Names and values that expressions of a rule may use. */
struct gs_rule_scope {
	struct gs_graph memory; /**< an arena of its own */
	struct gs_bound_node binding;
	struct gs_scope ev;
	char why[256];
};

/**
 * gs_rule_scope_create() - attributes, what is defined before the first operand, dimensions
 * @quantized: scales of inputs are known
 * NULL after reporting.
 */
struct gs_rule_scope *gs_rule_scope_create(const struct gs_graph *graph,
					   const struct gs_node *node,
					   const struct gs_codelet *cl,
					   bool quantized,
					   struct gs_diag *diag);

/** gs_rule_scope_empty() - the same without any names */
struct gs_rule_scope *gs_rule_scope_empty(const struct gs_graph *graph,
					  const struct gs_node *node,
					  const struct gs_codelet *cl,
					  struct gs_diag *diag);
void gs_rule_scope_destroy(struct gs_rule_scope *rs);

/** gs_rule_input() - the input of a node that operand @index of the codelet is; -1: it is none */
int gs_rule_input(const struct gs_codelet *cl, unsigned index);

/* ---- rule_float.c -------------------------------------------------------- */

/** Most steps that one evaluation of a rule may take */
#define GS_RULE_MAX_STEPS 0x1p36

int gs_rule_prepare(const struct gs_codelet *cl, const struct gs_graph *graph,
		    const struct gs_node *node, double max_steps,
		    struct gs_float_rule **out, struct gs_diag *diag);
void gs_rule_run(struct gs_float_rule *rule, const void *const *in,
		 void *const *out, enum gs_dtype type);
const struct gs_move_map *gs_rule_map(const struct gs_float_rule *rule);
const struct gs_move_taps *gs_rule_taps(const struct gs_float_rule *rule);
void gs_rule_release(struct gs_float_rule *rule);

#endif /* GS_RULES_H */
