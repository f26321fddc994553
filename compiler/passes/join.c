/* SPDX-License-Identifier: MIT */
#include "compiler/passes/join.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "compiler/ir/arena.h"

#define NO_VAR UINT_MAX
#define DROPPED (UINT_MAX - 1) /* a loop of one step that nothing before has */

/* How the variables and operands of what is appended are called in the whole. */
struct mapping {
	unsigned var[GS_MAX_VARS];
	unsigned operand[GS_CL_MAX_OPERANDS];
};

static unsigned output_of(const struct gs_bound_node *b)
{
	unsigned o = 0;

	while (b->operand[o].decl->kind != GS_CL_OUTPUT)
		o++;
	return o;
}

/* ---- what is read ------------------------------------------------------------ */

/* The value of the chain an operand reads, or -1 */
static int value_of(const struct gs_join *j, const struct gs_bound_operand *o)
{
	unsigned i;

	for (i = 0; i < j->num_values && o->decl->kind == GS_CL_INPUT; i++)
		if (o->tensor == j->value[i].tensor && !o->access)
			return (int)i;
	return -1;
}

static const struct gs_bound_stmt *last_writer(const struct gs_join *j,
					       unsigned operand)
{
	unsigned i = j->b.num_stmts;

	while (i > 0 && j->stmt[i - 1].dst.operand != (int)operand)
		i--;
	return i ? &j->stmt[i - 1] : NULL;
}

/* Is what stands in the lanes what would be loaded? */
static bool is_cast(const struct gs_join *j, const struct gs_bound_stmt *s)
{
	const enum gs_insn_id cast = j->acg->arch.data_width == 4 ?
					     GS_INSN_CAST_32FXP_4FXP :
					     GS_INSN_CAST_32FXP_8FXP;

	return s && s->fn->insn == cast;
}

/* The variable a subscript is, NO_VAR for 0; false: it is anything else */
static bool subscript(const struct gs_affine *a, unsigned num_vars,
		      unsigned *var)
{
	unsigned v;

	*var = NO_VAR;
	for (v = 0; v < num_vars; v++) {
		if (!a->coef[v])
			continue;
		if (a->coef[v] != 1 || *var != NO_VAR)
			return false;
		*var = v;
	}
	return !a->c;
}

/* Elements are read in the loops that wrote them: @map gets which is which. */
static bool match_read(const struct gs_join *j,
		       const struct gs_bound_node *next,
		       const struct gs_bound_ref *ref,
		       const struct gs_bound_ref *written, struct mapping *map)
{
	const struct gs_bound_node *b = &j->b;
	unsigned d, u, v;

	for (d = 0; d < GS_CL_MAX_DIMS; d++) {
		if (!subscript(&written->sub[d], b->num_vars, &u) ||
		    !subscript(&ref->sub[d], next->num_vars, &v))
			return false;
		if (v == NO_VAR && u == NO_VAR)
			continue;
		if (v == NO_VAR || u == NO_VAR) {
			if ((v == NO_VAR ? b->var[u] : next->var[v]).extent !=
			    1)
				return false;
			continue;
		}
		if (map->var[v] != NO_VAR && map->var[v] != u)
			return false;
		map->var[v] = u;
	}
	return true;
}

static bool match_reads(const struct gs_join *j,
			const struct gs_bound_node *next, struct mapping *map)
{
	bool any = false;
	unsigned i, a;

	for (i = 0; i < next->num_stmts; i++) {
		const struct gs_bound_stmt *s = &next->stmt[i];

		for (a = 0; a < s->num_args; a++) {
			const struct gs_bound_ref *ref = &s->arg[a];
			const struct gs_bound_stmt *w;
			int value;

			if (ref->operand < 0)
				continue;
			value = value_of(j, &next->operand[ref->operand]);
			if (value < 0)
				continue;
			w = last_writer(j, j->value[value].operand);
			if (!is_cast(j, w) ||
			    !match_read(j, next, ref, &w->dst, map))
				return false;
			any = true;
		}
	}
	return any;
}

/* ---- variables --------------------------------------------------------------- */

static bool is_plain(const struct gs_var *v)
{
	return !v->reduce && !v->block && !v->span;
}

static bool is_taken(const struct mapping *map, unsigned num, unsigned u)
{
	unsigned v;

	for (v = 0; v < num; v++)
		if (map->var[v] == u)
			return true;
	return false;
}

/* Every loop of what is appended is one of the whole, or none. */
static bool map_vars(const struct gs_join *j, const struct gs_bound_node *next,
		     struct mapping *map)
{
	unsigned v;

	for (v = 0; v < next->num_vars; v++) {
		const struct gs_var *own = &next->var[v], *var;

		if (!is_plain(own) ||
		    (map->var[v] == NO_VAR && own->extent != 1))
			return false;
		if (map->var[v] == NO_VAR) {
			map->var[v] = DROPPED;
			continue;
		}
		var = &j->b.var[map->var[v]];
		if (!is_plain(var) || var->extent != own->extent ||
		    var->channel != own->channel ||
		    is_taken(map, v, map->var[v]))
			return false;
	}
	return true;
}

/* ---- operands and statements ------------------------------------------------- */

static bool has_name(const struct gs_join *j, const char *name)
{
	unsigned i;

	for (i = 0; i < j->b.num_operands; i++)
		if (!strcmp(j->decl[i].name, name))
			return true;
	return false;
}

/* Operands that are appended have the name of their codelet in front. */
static const char *name_operand(const struct gs_join *j,
				const struct gs_codelet *cl, const char *own)
{
	const char *name = gs_graph_printf(j->graph, "%s.%s", cl->name, own);
	unsigned i;

	for (i = 2; name && has_name(j, name); i++)
		name = gs_graph_printf(j->graph, "%s%u.%s", cl->name, i, own);
	return name;
}

static int add_operands(struct gs_join *j, const struct gs_bound_node *next,
			struct mapping *map)
{
	struct gs_bound_node *b = &j->b;
	unsigned i;

	for (i = 0; i < next->num_operands; i++) {
		const struct gs_bound_operand *o = &next->operand[i];
		const int value = value_of(j, o);
		struct gs_cl_operand *decl = &j->decl[b->num_operands];

		if (o->spread)
			return 1;
		if (value >= 0) {
			map->operand[i] = j->value[value].operand;
			continue;
		}
		if (b->num_operands == GS_CL_MAX_OPERANDS)
			return 1;
		*decl = *o->decl;
		decl->name = name_operand(j, next->cl, o->decl->name);
		if (!decl->name)
			return -ENOMEM;
		map->operand[i] = b->num_operands;
		b->operand[b->num_operands] = *o;
		b->operand[b->num_operands++].decl = decl;
	}
	return 0;
}

static int map_ref(const struct gs_join *j, const struct gs_bound_node *next,
		   const struct mapping *map, struct gs_bound_ref *ref)
{
	const struct gs_affine *from = ref->sub;
	struct gs_affine *sub;
	unsigned d, v;

	if (ref->operand < 0)
		return 0;
	sub = gs_arena_alloc(j->arena, GS_CL_MAX_DIMS * sizeof(*sub));
	if (!sub)
		return -ENOMEM;
	ref->operand = (int)map->operand[ref->operand];
	ref->sub = sub;
	for (d = 0; d < GS_CL_MAX_DIMS; d++) {
		sub[d].c = from[d].c;
		for (v = 0; v < next->num_vars; v++)
			if (from[d].coef[v] && map->var[v] != DROPPED)
				sub[d].coef[map->var[v]] = from[d].coef[v];
	}
	return 0;
}

/* 1: it has no loop in common with the others. */
static int map_loops(const struct gs_join *j, const struct mapping *map,
		     struct gs_bound_stmt *s)
{
	struct gs_cl_statement *decl = gs_arena_alloc(j->arena, sizeof(*decl));
	struct gs_cl_loop *loop =
		gs_arena_alloc(j->arena, s->num_vars * sizeof(*loop));
	unsigned l, num = 0;

	if (!decl || !loop)
		return -ENOMEM;
	*decl = *s->decl;
	for (l = 0; l < s->num_vars; l++) {
		if (map->var[s->var[l]] == DROPPED)
			continue;
		loop[num] = decl->loop[l];
		s->var[num++] = map->var[s->var[l]];
	}
	decl->loop = loop;
	decl->num_loops = s->num_vars = num;
	s->decl = decl;
	return num ? 0 : 1;
}

static int add_statements(struct gs_join *j, const struct gs_bound_node *next,
			  const struct mapping *map)
{
	unsigned i, a;
	int ret = 0;

	for (i = 0; i < next->num_stmts && !ret; i++) {
		struct gs_bound_stmt *s = &j->stmt[j->b.num_stmts++];

		*s = next->stmt[i];
		ret = map_loops(j, map, s);
		ret = ret ? ret : map_ref(j, next, map, &s->dst);
		for (a = 0; a < s->num_args && !ret; a++)
			ret = map_ref(j, next, map, &s->arg[a]);
	}
	return ret;
}

/* Immediates that differ; there are slots for so many. */
static unsigned num_immediates(const struct gs_join *j)
{
	int32_t imm[GS_CL_MAX_STATEMENTS * GS_CL_MAX_ARGS];
	unsigned i, a, k, num = 0;

	for (i = 0; i < j->b.num_stmts; i++)
		for (a = 0; a < j->stmt[i].num_args; a++) {
			const struct gs_bound_ref *r = &j->stmt[i].arg[a];

			for (k = 0; r->operand < 0 && k < num; k++)
				if (imm[k] == r->imm)
					break;
			if (r->operand < 0 && k == num)
				imm[num++] = r->imm;
		}
	return num;
}

/* ---- node and codelet -------------------------------------------------------- */

static int add_input(struct gs_join *j, struct gs_tensor *t)
{
	struct gs_node *n = &j->node;

	if (n->num_inputs == GS_MAX_IO)
		return 1;
	/* What is added stays the last one. */
	n->input[n->num_inputs] = t;
	if (n->residual) {
		n->input[n->num_inputs] = n->input[n->num_inputs - 1];
		n->input[n->num_inputs - 1] = t;
	}
	n->num_inputs++;
	return 0;
}

static int add_node(struct gs_join *j, const struct gs_bound_node *next)
{
	const struct gs_node *node = next->node;
	unsigned i;

	for (i = 0; i < next->num_operands; i++) {
		const struct gs_bound_operand *o = &next->operand[i];

		if (o->tensor && o->decl->kind != GS_CL_OUTPUT &&
		    value_of(j, o) < 0 && add_input(j, o->tensor))
			return 1;
	}
	j->node.output[0] = node->output[0];
	j->node.macs += node->macs;
	j->part[j->num_parts++] = next->node;
	if (gs_node_add_fused(j->graph, &j->node, node->name) ||
	    (node->fused && gs_node_add_fused(j->graph, &j->node, node->fused)))
		return -ENOMEM;
	return 0;
}

static int name_codelet(struct gs_join *j, const struct gs_codelet *next)
{
	const char *name =
		gs_graph_printf(j->graph, "%s+%s", j->b.cl->name, next->name);
	struct gs_join_names *n;

	for (n = *j->names; n && name; n = n->next)
		if (!strcmp(n->cl->name, name)) {
			j->b.cl = n->cl;
			return 0;
		}
	n = name ? gs_graph_alloc(j->graph, sizeof(*n)) : NULL;
	if (n)
		n->cl = gs_graph_alloc(j->graph, sizeof(*n->cl));
	if (!n || !n->cl)
		return -ENOMEM;
	n->cl->name = name;
	n->cl->file = j->b.cl->file;
	n->cl->domain = "";
	n->next = *j->names;
	*j->names = n;
	j->b.cl = n->cl;
	return 0;
}

/* ---- all together ------------------------------------------------------------ */

int gs_join_begin(struct gs_join *j, struct gs_graph *graph,
		  const struct gs_acg *acg, struct gs_join_names **names,
		  const struct gs_bound_node *head)
{
	unsigned i;

	*j = (struct gs_join){ .graph = graph,
			       .acg = acg,
			       .names = names,
			       .b = *head,
			       .node = *head->node,
			       .part = { head->node },
			       .num_parts = 1 };
	j->arena = gs_arena_create();
	if (j->arena)
		j->stmt = gs_arena_alloc(j->arena, GS_CL_MAX_STATEMENTS *
							   sizeof(*j->stmt));
	if (!j->stmt)
		return -ENOMEM;
	memcpy(j->stmt, head->stmt, head->num_stmts * sizeof(*j->stmt));
	j->num_own = head->num_stmts;
	j->b.stmt = j->stmt;
	j->b.node = &j->node;
	j->node.open = NULL;
	for (i = 0; i < head->num_operands; i++) {
		j->decl[i] = *head->operand[i].decl;
		j->b.operand[i].decl = &j->decl[i];
	}
	j->value[0].operand = output_of(head);
	j->value[0].tensor = head->operand[j->value[0].operand].tensor;
	j->num_values = 1;
	return 0;
}

static bool can_join(const struct gs_join *j, const struct gs_bound_node *next)
{
	return next->array_stmt < 0 && !next->node->move && !next->num_parts &&
	       !next->wish && j->num_values <= GS_JOIN_MOST &&
	       j->b.num_stmts + next->num_stmts <= GS_CL_MAX_STATEMENTS;
}

int gs_join_add(struct gs_join *j, const struct gs_bound_node *next)
{
	const unsigned out = output_of(&j->b), own = output_of(next);
	struct mapping map;
	unsigned v;
	int ret;

	for (v = 0; v < GS_MAX_VARS; v++)
		map.var[v] = NO_VAR;
	if (!can_join(j, next) || !match_reads(j, next, &map) ||
	    !map_vars(j, next, &map))
		return 1;
	ret = add_operands(j, next, &map);
	ret = ret ? ret : add_node(j, next);
	ret = ret ? ret : name_codelet(j, next->cl);
	ret = ret ? ret : add_statements(j, next, &map);
	if (ret)
		return ret;
	gs_mark_again(&j->b);
	j->decl[out].kind = GS_CL_TEMP;
	j->decl[out].like = NULL;
	j->b.operand[out].tensor = NULL;
	j->b.operand[out].access = NULL;
	j->value[j->num_values].tensor = next->operand[own].tensor;
	j->value[j->num_values++].operand = map.operand[own];
	return num_immediates(j) > j->acg->mem[GS_ACG_IMM].rows;
}

/* Nodes of the graph: those of the head, when it is several, and those appended */
static int copy_parts(const struct gs_join *j, struct gs_bound_node *b)
{
	const unsigned before = j->b.num_parts ? j->b.num_parts : 1;
	const unsigned num = before + j->num_parts - 1;
	unsigned i;

	b->part = gs_graph_alloc_array(j->graph, num, sizeof(*b->part));
	if (!b->part)
		return -ENOMEM;
	for (i = 0; i < num; i++)
		b->part[i] = i >= before    ? j->part[i - before + 1] :
			     j->b.num_parts ? j->b.part[i] :
					      j->part[0];
	b->num_parts = num;
	return 0;
}

/* Those that were appended have declarations of their own. */
static const struct gs_cl_statement *
copy_decl(struct gs_graph *graph, const struct gs_cl_statement *decl)
{
	struct gs_cl_statement *copy = gs_graph_alloc(graph, sizeof(*copy));
	struct gs_cl_loop *loop =
		gs_graph_alloc_array(graph, decl->num_loops, sizeof(*loop));

	if (!copy || !loop)
		return NULL;
	*copy = *decl;
	copy->loop = memcpy(loop, decl->loop, decl->num_loops * sizeof(*loop));
	return copy;
}

static int copy_statements(const struct gs_join *j, struct gs_bound_node *b)
{
	unsigned i;

	b->stmt = gs_copy_statements(j->graph->arena, j->stmt, b->num_stmts);
	for (i = j->num_own; b->stmt && i < b->num_stmts; i++) {
		b->stmt[i].decl = copy_decl(j->graph, b->stmt[i].decl);
		if (!b->stmt[i].decl)
			return -ENOMEM;
	}
	return b->stmt ? 0 : -ENOMEM;
}

struct gs_bound_node *gs_join_finish(const struct gs_join *j)
{
	struct gs_bound_node *b = gs_graph_alloc(j->graph, sizeof(*b));
	struct gs_cl_operand *decl = gs_graph_alloc_array(
		j->graph, j->b.num_operands, sizeof(*decl));
	struct gs_node *node = gs_graph_alloc(j->graph, sizeof(*node));
	unsigned i;

	if (!b || !decl || !node)
		return NULL;
	*b = j->b;
	*node = j->node;
	b->node = node;
	if (copy_statements(j, b) || copy_parts(j, b))
		return NULL;
	for (i = 0; i < b->num_operands; i++) {
		decl[i] = j->decl[i];
		b->operand[i].decl = &decl[i];
	}
	return b;
}

void gs_join_fini(struct gs_join *j)
{
	gs_arena_destroy(j->arena);
	j->arena = NULL;
}
