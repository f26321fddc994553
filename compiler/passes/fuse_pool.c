/* SPDX-License-Identifier: MIT */
#include "compiler/passes/fuse_pool.h"

#include <errno.h>
#include <string.h>

#include "compiler/passes/users.h"
#include "compiler/passes/util.h"
#include "compiler/schedule/plan.h"

/* A convolution and the pool that reads it. */
struct pair {
	struct gs_graph *graph;
	struct gs_users *users;
	const struct gs_codelet_lib *lib;
	const struct gs_acg *acg;
	struct gs_bound_node **conv, **pool; /* links to them */
	struct gs_tensor *between;
	bool mean; /* of windows; else their maximum */
	struct gs_window win; /* of the pool */
	int64_t picture[2]; /* of the convolution's result */
	struct gs_node node; /* both in one */
	struct gs_bound_node *b;
};

/* ---- which ------------------------------------------------------------------- */

static bool is_conv(const struct gs_bound_node *b)
{
	return gs_op_is(b->node, "Conv") && b->array_stmt >= 0;
}

static bool same_quant(const struct gs_tensor *a, const struct gs_tensor *b)
{
	return a->quant.valid && b->quant.valid &&
	       a->quant.scale[0] == b->quant.scale[0] &&
	       a->quant.zero_point == b->quant.zero_point;
}

static bool find_pair(struct pair *p)
{
	struct gs_tensor *t = (*p->conv)->node->output[0];

	p->between = t;
	if (!is_conv(*p->conv) || t->part.of || t->view_of || t->no_border ||
	    t->shape.rank != 4 || gs_graph_gives(p->graph, t))
		return false;
	return gs_users_find(p->users, p->conv, &p->pool, 1) == 1 &&
	       gs_graph_may_fuse(p->graph, (*p->conv)->node, (*p->pool)->node);
}

static bool has_pads(const struct gs_window *w)
{
	return w->pad[0] || w->pad[1] || w->pad[2] || w->pad[3];
}

/* Which windows, and of what. Means are of as many values everywhere. */
static bool take_window(struct pair *p)
{
	const struct gs_node *pool = (*p->pool)->node;
	int64_t dims[GS_MEM_DIMS];

	gs_canonical_dims(p->between, gs_tensor_order(p->between), dims);
	p->picture[0] = dims[GS_MEM_H];
	p->picture[1] = dims[GS_MEM_W];
	p->mean = !gs_op_is(pool, "MaxPool");
	if (gs_op_is(pool, "GlobalAveragePool")) {
		p->win = (struct gs_window){ .kernel = { dims[GS_MEM_H],
							 dims[GS_MEM_W] },
					     .stride = { 1, 1 } };
		return true;
	}
	if (p->mean && !gs_op_is(pool, "AveragePool"))
		return false;
	gs_window_get(pool, &p->win);
	return p->win.dilation[0] == 1 && p->win.dilation[1] == 1 &&
	       (p->mean ? !has_pads(&p->win) :
			  same_quant(p->between, pool->output[0]));
}

/* ---- both in one ------------------------------------------------------------- */

static int set_attrs(struct pair *p)
{
	struct gs_node *n = &p->node;
	const struct gs_window *w = &p->win;
	const struct gs_quant *inner = &p->between->quant;
	struct gs_attr *own = gs_graph_alloc_array(
		p->graph, n->num_attrs ? n->num_attrs : 1, sizeof(*own));

	if (!own)
		return -ENOMEM;
	if (n->num_attrs)
		memcpy(own, n->attr, n->num_attrs * sizeof(*own));
	n->attr = own;
	if (gs_node_set_attr_ints(p->graph, n, "pool_shape", w->kernel, 2) ||
	    gs_node_set_attr_ints(p->graph, n, "pool_strides", w->stride, 2) ||
	    gs_node_set_attr_ints(p->graph, n, "pool_pads", w->pad, 2) ||
	    gs_node_set_attr_ints(p->graph, n, "picture", p->picture, 2))
		return -ENOMEM;
	if (!p->mean)
		return 0;
	return gs_node_set_attr_float(p->graph, n, "inner_scale",
				      inner->scale[0]) ||
			       gs_node_set_attr_int(p->graph, n, "inner_zero",
						    inner->zero_point) ?
		       -ENOMEM :
		       0;
}

/* 1: no codelet fits. */
static int bind_both(struct pair *p, struct gs_diag *diag)
{
	const struct gs_node *pool = (*p->pool)->node;
	char why[256];
	int ret;

	p->node = *(*p->conv)->node;
	p->node.op = p->mean ? "ConvAveragePool" : "ConvMaxPool";
	p->node.open = NULL;
	p->node.next = pool->next;
	p->node.output[0] = pool->output[0];
	if (set_attrs(p))
		return gs_nomem(diag);
	ret = gs_bind_node(p->graph, &p->node, p->lib, p->acg, true, &p->b, why,
			   diag);
	return ret == -ENOTSUP ? 1 : ret;
}

/* Decided, or cheaper */
static bool is_wanted(const struct pair *p, const struct gs_schedule *schedule)
{
	const struct gs_decision *d = gs_decision_find(schedule, p->node.name);
	struct gs_tiling both, conv, pool;

	if (d && d->codelet)
		return gs_decision_begins(d, p->b->cl->name);
	/* It is one of these, else it may not be fused. */
	if (d && d->fused)
		return true;
	return !gs_plan_find(p->b, p->acg, &both) &&
	       !gs_plan_find(*p->conv, p->acg, &conv) &&
	       !gs_plan_find(*p->pool, p->acg, &pool) &&
	       both.cycles < conv.cycles + pool.cycles;
}

/* The pool becomes both, and the convolution and its result are gone. */
static int replace(struct pair *p, struct gs_diag *diag)
{
	struct gs_node *conv = (*p->conv)->node, *node = (*p->pool)->node;
	const char *pool_name = node->name;
	const unsigned id = p->between->id;

	gs_users_remove(p->users, *p->conv);
	gs_users_remove(p->users, *p->pool);
	gs_users_add(p->users, p->b);
	gs_users_drop(p->users, id);
	p->b->node = node;
	p->b->next = (*p->pool)->next;
	*p->pool = p->b;
	*p->conv = (*p->conv)->next;
	gs_graph_remove_node(p->graph, conv);
	p->node.next = node->next;
	*node = p->node;
	if (gs_node_add_fused(p->graph, node, pool_name) ||
	    gs_graph_drop(p->graph, id, 1))
		return gs_nomem(diag);
	return 0;
}

int gs_pass_fuse_pool(struct gs_graph *graph, const struct gs_codelet_lib *lib,
		      const struct gs_acg *acg,
		      const struct gs_schedule *schedule,
		      struct gs_bound_node **first, struct gs_diag *diag)
{
	struct gs_bound_node **at = first;
	struct gs_users users;
	int ret = gs_users_init(&users, graph, *first);

	if (ret)
		ret = gs_nomem(diag);
	while (*at && ret >= 0) {
		struct pair p = { .graph = graph,
				  .users = &users,
				  .lib = lib,
				  .acg = acg,
				  .conv = at };
		struct gs_bound_node *conv = *at;

		if (find_pair(&p) && take_window(&p)) {
			ret = bind_both(&p, diag);
			if (!ret && is_wanted(&p, schedule))
				ret = replace(&p, diag);
		}
		if (*at == conv)
			at = &conv->next;
	}
	gs_users_fini(&users);
	return ret < 0 ? ret : 0;
}
