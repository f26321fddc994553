/* SPDX-License-Identifier: MIT */
/*
 * Lowering: operators that only say where elements stand become views, windows
 * and nodes Move; those a codelet cannot say in one go become several nodes
 * that write windows of the result.
 */
#ifndef GS_LOWER_H
#define GS_LOWER_H

#include "compiler/passes/lview.h"

struct gs_lower {
	struct gs_graph *graph; /**< its list holds what is lowered so far */
	struct gs_diag *diag;
	uint32_t lanes;
	const unsigned
		*uses; /**< of memory, by id of the root, before the pass */
	unsigned num_uses; /**< tensors there were */
};

/** gs_lower_view() - where the elements of an activation stand; NULL: reported */
const struct gs_lview *gs_lower_view(struct gs_lower *l, struct gs_tensor *t);

/** gs_lower_set_view() - the result of a node is a view: nothing is computed */
int gs_lower_set_view(struct gs_lower *l, struct gs_tensor *t,
		      const struct gs_lview *view);

/** gs_lower_same_scale() - whether values need no requantization between the two */
bool gs_lower_same_scale(const struct gs_tensor *a, const struct gs_tensor *b);

/** gs_lower_own() - the tensor gets memory of its own; its view, NULL: reported */
struct gs_lview *gs_lower_own(struct gs_lower *l, struct gs_tensor *t);

/** gs_lower_temp() - a tensor of the pass's own, with memory; NULL: reported */
struct gs_tensor *gs_lower_temp(struct gs_lower *l,
				const struct gs_tensor *like, const char *what,
				const struct gs_shape *shape,
				enum gs_dim_order order);

/**
 * gs_lower_window() - a tensor that stands in a part of another one's memory
 * NULL (reported) when the view cannot be taken as n, h, w, c.
 */
struct gs_tensor *gs_lower_window(struct gs_lower *l,
				  const struct gs_tensor *like,
				  const struct gs_lview *view,
				  enum gs_dim_order order);

/**
 * gs_lower_ready() - the activation as a node can read it
 * @order: of its dimensions
 * Its own memory, a window where possible, else a copy made now. NULL: reported.
 */
struct gs_tensor *gs_lower_ready(struct gs_lower *l, struct gs_tensor *t,
				 enum gs_dim_order order);

/** gs_lower_move() - nodes that copy one view to the other; with the scale of each */
int gs_lower_move(struct gs_lower *l, const struct gs_lview *from,
		  const struct gs_lview *to);

/** gs_lower_node() - append a node of the pass's own; NULL: reported */
struct gs_node *gs_lower_node(struct gs_lower *l, const char *op,
			      struct gs_tensor *result);

/** gs_lower_find() - how an operator is lowered; NULL: a codelet computes it */
int (*gs_lower_find(const struct gs_graph *graph,
		    const struct gs_node *node))(struct gs_lower *l,
						 struct gs_node *node);

/** gs_lower_map() - by the rule 'move' of a codelet */
int gs_lower_map(struct gs_lower *l, struct gs_node *node);
/** gs_lower_between() - by its rule 'move' whose elements are between those of the input */
int gs_lower_between(struct gs_lower *l, struct gs_node *node);

/* ---- lower_ops.c, lower_deconv.c ----------------------------------------- */

int gs_lower_split(struct gs_lower *l, struct gs_node *node);
int gs_lower_join(struct gs_lower *l, struct gs_node *node);
int gs_lower_conv_transpose(struct gs_lower *l, struct gs_node *node);

#endif /* GS_LOWER_H */
