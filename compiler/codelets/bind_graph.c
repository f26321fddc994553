/* SPDX-License-Identifier: MIT */
/* The codelets of a node, and of all nodes of a graph. */
#include <errno.h>
#include <string.h>

#include "compiler/codelets/bind_codelet.h"
#include "compiler/codelets/rules.h"
#include "compiler/passes/passes.h"

struct binder {
	struct gs_graph *graph;
	const struct gs_codelet_lib *lib;
	const struct gs_acg *acg;
	bool quantized;
	char *why;
};

/* ---- copies ------------------------------------------------------------------ */

/* Subscripts of a reference that were copied */
struct copied {
	struct copied *next;
	struct gs_affine sub[GS_CL_MAX_DIMS];
};

/* Most references of a codelet have the subscripts of one of a few others. */
static bool copy_subscripts(struct gs_arena *arena, struct copied **first,
			    struct gs_bound_ref *ref)
{
	struct copied *c = *first;

	while (c && memcmp(c->sub, ref->sub, sizeof(c->sub)) != 0)
		c = c->next;
	if (!c) {
		c = gs_arena_alloc(arena, sizeof(*c));
		if (!c)
			return false;
		memcpy(c->sub, ref->sub, sizeof(c->sub));
		c->next = *first;
		*first = c;
	}
	ref->sub = c->sub;
	return true;
}

struct gs_bound_stmt *gs_copy_statements(struct gs_arena *arena,
					 const struct gs_bound_stmt *stmt,
					 unsigned num)
{
	struct gs_bound_stmt *copy = gs_arena_alloc(arena, num * sizeof(*copy));
	struct copied *first = NULL;
	unsigned i, a;

	for (i = 0; i < num && copy; i++) {
		copy[i] = stmt[i];
		if (!copy_subscripts(arena, &first, &copy[i].dst))
			return NULL;
		for (a = 0; a < copy[i].num_args; a++)
			if (!copy_subscripts(arena, &first, &copy[i].arg[a]))
				return NULL;
	}
	return copy;
}

/* A copy of what fits, with as many statements as it has. */
static struct gs_bound_node *keep(struct gs_graph *graph,
				  const struct gs_bound_node *b)
{
	struct gs_bound_node *kept = gs_graph_alloc(graph, sizeof(*kept));

	if (!kept)
		return NULL;
	*kept = *b;
	kept->stmt = gs_copy_statements(graph->arena, b->stmt, b->num_stmts);
	return kept->stmt ? kept : NULL;
}

/* ---- codelets that fit ------------------------------------------------------- */

/* Most codelets that are tried do not fit, and have more statements than a node needs: they are bound in memory of their own. */
static int bind_one(const struct binder *w, struct gs_node *node,
		    const struct gs_codelet *cl, struct gs_bound_node **out)
{
	struct gs_arena *scratch = gs_arena_create();
	struct gs_bound_node *b =
		scratch ? gs_arena_alloc(scratch, sizeof(*b)) : NULL;
	struct gs_scope *ev = b ? gs_arena_alloc(scratch, sizeof(*ev)) : NULL;
	struct gs_bound_node *kept;
	int ret;

	if (!ev) {
		gs_arena_destroy(scratch);
		return -ENOMEM;
	}
	*b = (struct gs_bound_node){ .node = node,
				     .cl = cl,
				     .lanes = w->acg->arch.array_m };
	*ev = (struct gs_scope){ .graph = w->graph,
				 .scratch = scratch,
				 .binding = b,
				 .acg = w->acg,
				 .quantized = w->quantized,
				 .why = w->why };
	ret = gs_bind_codelet(ev);
	kept = ret ? NULL : keep(w->graph, b);
	gs_arena_destroy(scratch);
	if (kept)
		*out = kept;
	return !ret && !kept ? -ENOMEM : ret;
}

/* All codelets that fit, or @first_only; linked by ->other. */
static int bind_node(const struct binder *w, struct gs_node *node,
		     bool first_only, struct gs_bound_node **out)
{
	struct gs_bound_node **tail = out;
	const struct gs_codelet *c;
	char first[256] = "";
	int ret;

	*out = NULL;
	snprintf(w->why, 256, "no codelet implements %s", node->op);
	for (c = w->lib->first; c; c = c->next) {
		if (c->rules.move.source || !gs_codelet_computes(c, node))
			continue;
		ret = bind_one(w, node, c, tail);
		if (ret && ret != -ENOTSUP)
			return ret;
		if (!ret && first_only)
			return 0;
		if (!ret)
			tail = &(*tail)->other;
		else if (!first[0])
			memcpy(first, w->why, sizeof(first));
	}
	if (*out)
		return 0;
	if (first[0])
		memcpy(w->why, first, sizeof(first));
	return -ENOTSUP;
}

static int report(struct gs_diag *diag, const struct gs_node *node, int err,
		  const char *why)
{
	return gs_error(diag, err, "node %s: %s", node->name,
			err == -ENOMEM ? "out of memory" : why);
}

int gs_bind_node(struct gs_graph *graph, struct gs_node *node,
		 const struct gs_codelet_lib *lib, const struct gs_acg *acg,
		 bool quantized, struct gs_bound_node **out, char *why,
		 struct gs_diag *diag)
{
	const struct binder w = { graph, lib, acg, quantized, why };
	const int ret = bind_node(&w, node, true, out);

	return ret && ret != -ENOTSUP ? report(diag, node, ret, why) : ret;
}

/* Will there be views or other nodes instead? */
static bool is_lowered(const struct gs_codelet_lib *lib,
		       const struct gs_node *node)
{
	const struct gs_codelet *cl = gs_rules_of(lib, node);

	return (!*node->domain && gs_lower_knows(node->op)) ||
	       (cl && cl->rules.move.source);
}

int gs_bind_graph(struct gs_graph *graph, const struct gs_codelet_lib *lib,
		  const struct gs_acg *acg, bool quantized,
		  struct gs_bound_node **first, struct gs_diag *diag)
{
	char why[256];
	const struct binder w = { graph, lib, acg, quantized, why };
	struct gs_bound_node **tail = first;
	const char *list = "";
	struct gs_node *node;

	*first = NULL;
	for (node = graph->node; node; node = node->next) {
		int ret;

		if (!quantized && is_lowered(lib, node))
			continue;
		ret = bind_node(&w, node, !quantized, tail);
		if (!ret) {
			tail = &(*tail)->next;
			continue;
		}
		if (ret != -ENOTSUP)
			return report(diag, node, ret, why);
		list = gs_graph_printf(graph, "%s\n  %s (%s): %s", list,
				       node->name, node->op, why);
		if (!list)
			return gs_error(diag, -ENOMEM, "out of memory");
	}
	if (list[0])
		return gs_error(diag, -ENOTSUP,
				"these nodes cannot be compiled:%s", list);
	return 0;
}
