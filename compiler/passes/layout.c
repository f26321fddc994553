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

/* Where an operand is read, the first time */
static const struct gs_bound_ref *first_read(const struct gs_bound_node *b,
					     unsigned operand)
{
	unsigned i, a;

	for (i = 0; i < b->num_stmts; i++)
		for (a = 0; a < b->stmt[i].num_args; a++)
			if (b->stmt[i].arg[a].operand == (int)operand)
				return &b->stmt[i].arg[a];
	return NULL;
}

/* What a span has at its ends and does not count is never read. */
static void leave_out(const struct gs_bound_node *b, unsigned operand,
		      struct gs_tile *t)
{
	const struct gs_bound_ref *ref = first_read(b, operand);
	unsigned v, d;

	for (v = 0; v < b->num_vars && ref; v++) {
		const struct gs_bound_span *span = b->var[v].span;
		int64_t before, behind;

		if (!span)
			continue;
		before = span->low - span->value.c;
		behind = span->value.c + b->var[v].extent - span->high;
		before = before > 0 ? before : 0;
		behind = behind > 0 ? behind : 0;
		for (d = 0; d < b->operand[operand].decl->num_dims; d++) {
			const int64_t step = ref->sub[d].coef[v];

			t->lo[d] += step * before;
			t->ext[d] -= (uint32_t)(step * (before + behind));
		}
	}
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
	leave_out(b, operand, &t);
	return (struct reach){
		.top = beyond(-t.lo[1]),
		.left = beyond(-t.lo[2]),
		.bottom = beyond(t.lo[1] + t.ext[1] - o->extent[1]),
		.right = beyond(t.lo[2] + t.ext[2] - o->extent[2]),
		.value = o->decl->border == GS_CL_BORDER_MIN ?
				 gs_dtype_low(o->tensor->quant.type) :
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

/* Every row and column of the owner, where they stand: its border is that of the window. */
static bool shares_border(const struct gs_bound_operand *o)
{
	const struct gs_layout *l = &gs_tensor_owner(o->tensor)->layout;
	const struct gs_access *a = o->access;

	if (!a)
		return true;
	return a->num_dims == GS_MEM_DIMS && !a->at[GS_MEM_H] &&
	       !a->at[GS_MEM_W] && o->extent[GS_MEM_H] == l->h &&
	       o->extent[GS_MEM_W] == l->w &&
	       (l->h == 1 || (a->dim[GS_MEM_H].dim == GS_MEM_H &&
			      a->dim[GS_MEM_H].step == 1)) &&
	       (l->w == 1 || (a->dim[GS_MEM_W].dim == GS_MEM_W &&
			      a->dim[GS_MEM_W].step == 1));
}

static bool conflicts(const struct gs_bound_operand *o, const struct reach *r)
{
	const struct gs_tensor *owner = gs_tensor_owner(o->tensor);

	if (!reaches_out(r))
		return false;
	return owner->no_border || !shares_border(o) ||
	       (has_border(&owner->layout) &&
		owner->layout.border_value != r->value);
}

/* The array reads elements of its own width. */
static bool reads_other_width(const struct gs_bound_operand *o,
			      const struct gs_acg *acg)
{
	return o->decl->mem == GS_ACG_IBUF &&
	       gs_tensor_owner(o->tensor)->layout.bits != acg->arch.data_width;
}

static int64_t round_up(int64_t n, int64_t to)
{
	return (n + to - 1) / to * to;
}

static void start_layout(struct gs_tensor *t, const struct gs_acg *acg)
{
	const int64_t lanes = acg->arch.array_n;
	struct gs_layout *l = &t->layout;
	int64_t dims[GS_MEM_DIMS];

	if (l->valid)
		return;
	gs_canonical_dims(t, gs_tensor_order(t), dims);
	*l = (struct gs_layout){ .valid = true,
				 .order = gs_tensor_order(t),
				 .n = dims[0],
				 .h = dims[1],
				 .w = dims[2],
				 .c = dims[3],
				 .c_phys = round_up(dims[3], lanes),
				 .row_block = 1,
				 .bits = t->wide ? 8 :
						   gs_dtype_bits(t->quant.type),
				 .border_value = t->quant.zero_point };
	if (t->part.of)
		start_layout(t->part.of, acg);
}

static unsigned lane_dim(const struct gs_bound_operand *o)
{
	return o->decl->num_dims - 1;
}

/* Does an access begin or step between the two elements of 4 bits in a byte? */
static bool splits_bytes(const struct gs_bound_operand *o)
{
	const struct gs_access *a = o->access;
	unsigned d;

	if (!a)
		return false;
	for (d = 0; d < lane_dim(o); d++)
		if (a->dim[d].dim == GS_MEM_C && a->dim[d].step % 2 &&
		    o->extent[d] > 1)
			return true;
	return a->at[GS_MEM_C] % 2;
}

/* Addresses are bytes: what has others has elements of 8 bits. */
static void mark_wide(struct gs_bound_node *b)
{
	unsigned i;

	for (; b; b = b->next)
		for (i = 0; i < b->num_operands; i++) {
			struct gs_bound_operand *o = &b->operand[i];

			if ((gs_is_read(o) || o->decl->kind == GS_CL_OUTPUT) &&
			    splits_bytes(o))
				gs_tensor_owner(o->tensor)->wide = true;
		}
}

/*
 * A store writes whole rows of lanes: what it writes behind its channels must
 * be of the same pixel, where a later store of this tensor puts things right.
 */
static void make_room(struct gs_bound_operand *o, int64_t lanes)
{
	struct gs_layout *l = &gs_tensor_owner(o->tensor)->layout;
	const struct gs_access *a = o->access;
	int64_t last = 0;
	unsigned d;

	if (a) {
		last = a->at[GS_MEM_C];
		for (d = 0; d < lane_dim(o); d++)
			if (a->dim[d].dim == GS_MEM_C && a->dim[d].step > 0)
				last += a->dim[d].step * (o->extent[d] - 1);
	}
	last = round_up(last + round_up(o->extent[lane_dim(o)], lanes), lanes);
	l->c_phys = last > l->c_phys ? last : l->c_phys;
}

/* A load reads whole rows of lanes: behind the last pixel there must be something. */
static void make_slack(const struct gs_bound_operand *o, int64_t lanes)
{
	struct gs_tensor *owner = gs_tensor_owner(o->tensor);
	const struct gs_access *a = o->access;
	bool aligned = (!a || !a->at[GS_MEM_C]) &&
		       owner->layout.c_phys % lanes == 0;
	unsigned d;

	for (d = 0; a && d < lane_dim(o); d++)
		aligned &= a->dim[d].dim != GS_MEM_C;
	if (!aligned)
		owner->layout.slack = (uint32_t)lanes;
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

/* A node reads the copy instead. Returns whether it read what is copied. */
static bool take_copy(struct gs_node *node, const struct gs_node *copy)
{
	bool took = false;
	unsigned i;

	/* A Fill has no input, and leaves those the reader does not have alone. */
	for (i = 0; copy->num_inputs && i < node->num_inputs; i++)
		if (node->input[i] == copy->input[0]) {
			node->input[i] = copy->output[0];
			took = true;
		}
	return took;
}

/* A Copy before its reader, or a Fill before who writes there: in the graph as in the list of bindings. */
static void link_copy(struct gs_graph *graph, struct gs_node *copy,
		      const struct gs_bound_node *reader)
{
	struct gs_node **link = &graph->node, *before = reader->node;
	unsigned i = reader->num_parts;

	take_copy(reader->node, copy);
	/* Of several nodes that are one layer the first that reads it, or the last. */
	if (i)
		before = reader->part[i - 1];
	while (i-- > 0)
		if (take_copy(reader->part[i], copy))
			before = reader->part[i];
	while (*link && *link != before)
		link = &(*link)->next;
	copy->next = *link;
	*link = copy;
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
	to->order = gs_tensor_order(from);
	to->has_order = true;
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
	b->operand[operand].access = NULL;
	link_copy(graph, node, b);
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
	struct gs_bound_operand *o = &b->operand[operand];
	const struct reach r = reach_of(b, operand);
	int ret = 0;

	start_layout(o->tensor, acg);
	if (conflicts(o, &r) || reads_other_width(o, acg)) {
		ret = insert_copy(graph, lib, acg, at, operand, diag);
		if (ret)
			return ret;
		start_layout((*at)->operand[0].tensor, acg);
		make_slack(&(*at)->operand[0], acg->arch.array_n);
		start_layout(o->tensor, acg);
	}
	make_slack(o, acg->arch.array_n);
	widen_border(&gs_tensor_owner(o->tensor)->layout, &r);
	return 0;
}

static void lay_out_output(struct gs_bound_operand *o, const struct gs_acg *acg)
{
	start_layout(o->tensor, acg);
	make_room(o, acg->arch.array_n);
}

/* ---- borders the program makes ------------------------------------------- */

/*
 * The loader makes borders once. A tensor of more bytes than this shares its
 * memory with others, so its border is written anew, by nodes Fill before the
 * first one that writes the tensor.
 */
#define FILL_BYTES (16 << 10)

struct strip {
	const char *side;
	int64_t h, w, rows, columns; /**< in coordinates of the picture */
};

static int add_fill(struct gs_graph *graph, const struct gs_codelet_lib *lib,
		    const struct gs_acg *acg, struct gs_tensor *t,
		    const struct strip *s, struct gs_bound_node **at,
		    struct gs_diag *diag)
{
	const struct gs_layout *l = &t->layout;
	const struct gs_shape shape = {
		4, { l->n, s->rows, s->columns, l->c_phys }
	};
	const char *name =
		gs_graph_printf(graph, "%s/via/border_%s", t->name, s->side);
	struct gs_tensor *to =
		name ? gs_graph_add_tensor(graph, name, t->type, &shape) : NULL;
	struct gs_node *node = gs_graph_alloc(graph, sizeof(*node));
	struct gs_bound_node *fill;
	char why[256];
	int ret;

	if (!to || !node)
		return gs_error(diag, -ENOMEM, "out of memory");
	to->quant = t->quant;
	to->part = (struct gs_access){ .of = t,
				       .at = { 0, s->h, s->w, 0 },
				       .dim = { { GS_MEM_N, 1 },
						{ GS_MEM_H, 1 },
						{ GS_MEM_W, 1 },
						{ GS_MEM_C, 1 } },
				       .num_dims = GS_MEM_DIMS };
	to->order = GS_ORDER_NHWC;
	to->has_order = true;
	*node = (struct gs_node){ .id = graph->next_node_id++,
				  .name = to->name,
				  .op = "Fill",
				  .domain = "",
				  .num_outputs = 1,
				  .output = { to } };
	ret = gs_node_set_attr_int(graph, node, "value", l->border_value);
	ret = ret ? ret :
		    gs_bind_node(graph, node, lib, acg, true, &fill, why, diag);
	if (ret)
		return gs_error(diag, ret, "node %s: %s", node->name, why);
	start_layout(to, acg);
	link_copy(graph, node, *at);
	fill->next = *at;
	*at = fill;
	return 0;
}

static bool writes(const struct gs_bound_node *b, const struct gs_tensor *t)
{
	unsigned i;

	for (i = 0; i < b->num_operands; i++)
		if (b->operand[i].decl->kind == GS_CL_OUTPUT &&
		    gs_tensor_owner(b->operand[i].tensor) == t)
			return true;
	return false;
}

static int fill_border(struct gs_graph *graph, const struct gs_codelet_lib *lib,
		       const struct gs_acg *acg, struct gs_tensor *t,
		       struct gs_bound_node **first, struct gs_diag *diag)
{
	const struct gs_layout *l = &t->layout;
	const int64_t width = l->left + l->w + l->right;
	const struct strip strip[4] = {
		{ "top", -(int64_t)l->top, -(int64_t)l->left, l->top, width },
		{ "bottom", l->h, -(int64_t)l->left, l->bottom, width },
		{ "left", 0, -(int64_t)l->left, l->h, l->left },
		{ "right", 0, l->w, l->h, l->right },
	};
	struct gs_bound_node **at = first;
	unsigned i;
	int ret = 0;

	while (*at && !writes(*at, t))
		at = &(*at)->next;
	for (i = 0; *at && i < 4 && !ret; i++)
		if (strip[i].rows && strip[i].columns)
			ret = add_fill(graph, lib, acg, t, &strip[i], at, diag);
	t->layout.filled = *at != NULL;
	return ret;
}

static int fill_borders(struct gs_graph *graph,
			const struct gs_codelet_lib *lib,
			const struct gs_acg *acg, struct gs_bound_node **first,
			struct gs_diag *diag)
{
	const unsigned num = graph->num_tensors;
	unsigned i;
	int ret = 0;

	for (i = 0; i < num && !ret; i++) {
		struct gs_tensor *t = graph->tensor[i];

		/* Filled: the graph, read from text, has been here before. */
		if (t->layout.valid && !t->layout.filled &&
		    has_border(&t->layout) && !t->part.of && !t->data &&
		    !t->is_input && !t->is_output &&
		    t->layout.bytes > FILL_BYTES)
			ret = fill_border(graph, lib, acg, t, first, diag);
	}
	return ret;
}

static int finish_layouts(struct gs_graph *graph, struct gs_diag *diag)
{
	unsigned i;

	for (i = 0; i < graph->num_tensors; i++) {
		struct gs_layout *l = &graph->tensor[i]->layout;

		if (!l->valid || graph->tensor[i]->part.of)
			continue;
		l->bytes = (uint64_t)(l->n * (l->h + l->top + l->bottom) *
				      (l->w + l->left + l->right)) *
				   (uint64_t)(l->c_phys / l->row_block) *
				   l->bits / 8 +
			   l->slack;
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

	mark_wide(*first);
	for (at = first; (b = *at) && !ret; at = &b->next) {
		for (i = 0; i < b->num_operands && !ret; i++) {
			if (b->operand[i].decl->kind == GS_CL_OUTPUT)
				lay_out_output(&b->operand[i], acg);
			else if (gs_is_read(&b->operand[i]))
				ret = lay_out_input(graph, lib, acg, at, i,
						    diag);
			while (*at != b) /* behind a copy for this input */
				at = &(*at)->next;
		}
	}
	for (i = 0; i < graph->num_inputs; i++)
		start_layout(gs_tensor_owner(graph->input[i]), acg);
	ret = ret ? ret : finish_layouts(graph, diag);
	return ret ? ret : fill_borders(graph, lib, acg, first, diag);
}
