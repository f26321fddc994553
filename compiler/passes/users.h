/* SPDX-License-Identifier: MIT */
/*
 * Who uses which memory: of each tensor, how many operands of all bindings stand
 * in memory of it. So a search for readers ends with the last one, and need not
 * see all layers for each.
 */
#ifndef GS_USERS_H
#define GS_USERS_H

#include "compiler/codelets/bind.h"

struct gs_users {
	unsigned *num; /**< by id of the tensor that owns the memory */
	unsigned num_tensors;
};

/** gs_users_init() - of the bindings of a graph; 0 or -ENOMEM, gs_users_fini() in any case */
int gs_users_init(struct gs_users *users, const struct gs_graph *graph,
		  const struct gs_bound_node *first);
void gs_users_fini(struct gs_users *users);

/** gs_users_add(), gs_users_remove() - a binding comes, or goes */
void gs_users_add(struct gs_users *users, const struct gs_bound_node *b);
void gs_users_remove(struct gs_users *users, const struct gs_bound_node *b);

/** gs_users_drop() - the tensor with this id goes, nobody uses it; those behind it count one less */
void gs_users_drop(struct gs_users *users, unsigned id);

/**
 * gs_users_find() - links to the bindings that read what @writer gives
 * @out: at most @most, in order
 * Returns how many; -1: they are more, or one uses a part of the tensor, or comes before.
 */
int gs_users_find(const struct gs_users *users, struct gs_bound_node **writer,
		  struct gs_bound_node ***out, unsigned most);

#endif /* GS_USERS_H */
