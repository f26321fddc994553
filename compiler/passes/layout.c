/* SPDX-License-Identifier: MIT */
#include "compiler/passes/layout.h"

#include <errno.h>
#include <string.h>

#include "compiler/schedule/plan.h"

/* What one reader reaches outside the picture, and what it wants to find there. */
struct reach {
	uint32_t top, left, bottom, right;
	int32_t value;
};

static uint32_t beyond(int64_t by)
{
	return by > 0 ? (uint32_t)by : 0;
}

static struct reach reach_of(const struct gs_bound_node *b, unsigned operand)
{
	const struct gs_bound_operand *o = &b->operand[operand];
	uint32_t whole[GS_MAX_VARS];
	struct gs_tile t;
	unsigned v;

	for (v = 0; v < b->num_vars; v++)
		whole[v] = b->var[v].units;
	gs_tile_of(b, operand, whole, &t);
	return (struct reach){
		.top = beyond(-t.lo[1]),
		.left = beyond(-t.lo[2]),
		.bottom = beyond(t.lo[1] + t.ext[1] - o->extent[1]),
		.right = beyond(t.lo[2] + t.ext[2] - o->extent[2]),
		.value = o->decl->border == GS_CL_BORDER_MIN ?
				 INT8_MIN :
				 o->tensor->quant.zero_point,
	};
}

static bool has_border(const struct gs_layout *l)
{
	return l->top || l->left || l->bottom || l->right;
}

static bool reaches_out(const struct reach *r)
{
	return r->top || r->left || r->bottom || r->right;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static bool conflicts(const struct gs_layout *l, const struct reach *r)
{
	return l->valid && has_border(l) && reaches_out(r) &&
	       l->border_value != r->value;
}

static int start_layout(struct gs_tensor *t, const struct gs_acg *acg,
			struct gs_diag *diag)
{
	const int64_t rows = acg->arch.array_n;
	struct gs_layout *l = &t->layout;
	int64_t dims[4];

	if (l->valid)
		return 0;
	if (gs_canonical_dims(t, dims, &l->order))
		return gs_error(diag, -ENOTSUP,
				"tensor %s has more than 4 dimensions",
				t->name);
	*l = (struct gs_layout){ .valid = true,
				 .order = l->order,
				 .n = dims[0],
				 .h = dims[1],
				 .w = dims[2],
				 .c = dims[3],
				 .c_phys = (dims[3] + rows - 1) / rows * rows,
				 .border_value = t->quant.zero_point };
	return 0;
}

static void widen_border(struct gs_layout *l, const struct reach *r)
{
	if (!reaches_out(r))
		return;
	l->top = larger(l->top, r->top);
	l->left = larger(l->left, r->left);
	l->bottom = larger(l->bottom, r->bottom);
	l->right = larger(l->right, r->right);
	l->border_value = r->value;
}

/* Give one reader a copy of its input, so that each copy has the border its readers want. */
static int insert_copy(struct gs_graph *graph, const struct gs_codelet_lib *lib,
		       const struct gs_acg *acg, struct gs_bound_node **reader,
		       unsigned operand, struct gs_diag *diag)
{
	struct gs_bound_node *b = *reader, *copy;
	struct gs_tensor *from = b->operand[operand].tensor, *to;
	struct gs_node *node;
	char why[256];
	int ret;

	to = gs_graph_add_tensor(graph,
				 gs_graph_printf(graph, "%s/for/%s", from->name,
						 b->node->name),
				 from->type, &from->shape);
	node = gs_graph_alloc(graph, sizeof(*node));
	if (!to || !node)
		return gs_error(diag, -ENOMEM, "out of memory");
	to->quant = from->quant;
	*node = (struct gs_node){ .id = graph->next_node_id++,
				  .name = to->name,
				  .op = "Copy",
				  .domain = "",
				  .num_inputs = 1,
				  .num_outputs = 1,
				  .input = { from },
				  .output = { to } };
	to->producer = node;
	ret = gs_bind_node(graph, node, lib, acg, true, &copy, why, diag);
	if (ret)
		return gs_error(diag, ret, "node %s: %s", node->name, why);
	b->operand[operand].tensor = to;
	copy->next = b;
	*reader = copy;
	return 0;
}

static int lay_out_input(struct gs_graph *graph,
			 const struct gs_codelet_lib *lib,
			 const struct gs_acg *acg, struct gs_bound_node **at,
			 unsigned operand, struct gs_diag *diag)
{
	struct gs_bound_node *b = *at;
	const struct reach r = reach_of(b, operand);
	int ret = start_layout(b->operand[operand].tensor, acg, diag);

	if (ret)
		return ret;
	if (conflicts(&b->operand[operand].tensor->layout, &r)) {
		ret = insert_copy(graph, lib, acg, at, operand, diag);
		ret = ret ? ret :
			    start_layout(b->operand[operand].tensor, acg, diag);
		if (ret)
			return ret;
	}
	widen_border(&b->operand[operand].tensor->layout, &r);
	return 0;
}

static int finish_layouts(struct gs_graph *graph, struct gs_diag *diag)
{
	unsigned i;

	for (i = 0; i < graph->num_tensors; i++) {
		struct gs_layout *l = &graph->tensor[i]->layout;

		if (!l->valid)
			continue;
		l->bytes = (uint64_t)(l->n * (l->h + l->top + l->bottom) *
				      (l->w + l->left + l->right)) *
			   (uint64_t)l->c_phys;
		if (l->bytes > UINT32_MAX)
			return gs_error(diag, -EFBIG,
					"tensor %s needs more than 4 GiB",
					graph->tensor[i]->name);
	}
	return 0;
}

int gs_pass_layout(struct gs_graph *graph, const struct gs_codelet_lib *lib,
		   const struct gs_acg *acg, struct gs_bound_node **first,
		   struct gs_diag *diag)
{
	struct gs_bound_node **at, *b;
	unsigned i;
	int ret = 0;

	for (at = first; (b = *at) && !ret; at = &b->next) {
		for (i = 0; i < b->num_operands && !ret; i++) {
			if (b->operand[i].decl->kind == GS_CL_OUTPUT)
				ret = start_layout(b->operand[i].tensor, acg,
						   diag);
			else if (gs_is_read(&b->operand[i]))
				ret = lay_out_input(graph, lib, acg, at, i,
						    diag);
			while (*at != b) /* behind a copy for this input */
				at = &(*at)->next;
		}
	}
	for (i = 0; i < graph->num_inputs && !ret; i++)
		ret = start_layout(gs_tensor_root(graph->input[i]), acg, diag);
	return ret ? ret : finish_layouts(graph, diag);
}
