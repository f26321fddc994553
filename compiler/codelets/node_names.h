/* SPDX-License-Identifier: MIT */
/* What codelets may know of their node by name: attributes and the activation fused into it. */
#ifndef GS_NODE_NAMES_H
#define GS_NODE_NAMES_H

#include "compiler/codelets/eval.h"

/** gs_define_attrs() - the codelet's attributes */
int gs_define_attrs(struct gs_scope *ev);

/** gs_define_node_names() - the codelet's attributes, LANES, and act_low and others */
int gs_define_node_names(struct gs_scope *ev);

/**
 * gs_check_activation() - the codelet used the names of what was fused
 * One that never asks would lose it.
 */
int gs_check_activation(struct gs_scope *ev);

#endif /* GS_NODE_NAMES_H */
