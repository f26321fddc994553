/* SPDX-License-Identifier: MIT */
/* Binding one codelet, the part of gs_bind_node() that stands in bind.c. */
#ifndef GS_BIND_CODELET_H
#define GS_BIND_CODELET_H

#include "compiler/codelets/eval.h"

/**
 * gs_bind_codelet() - resolve every symbol of ev->binding->cl for its node
 * Returns 0, -ENOTSUP when the codelet does not fit, with the reason in
 * ev->why, -ENOMEM, or -EINVAL for a fault in the codelet itself.
 */
int gs_bind_codelet(struct gs_scope *ev);

#endif /* GS_BIND_CODELET_H */
