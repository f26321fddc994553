/* SPDX-License-Identifier: MIT */
#include "compiler/passes/first_layer.h"

#include <errno.h>
#include <string.h>

#include "compiler/passes/util.h"
#include "compiler/schedule/plan.h"

/* Rows of the picture that stand together, channels of a window, and weights for one, at most. */
#define MAX_ROWS 8
#define MAX_CHANNELS 4096
#define MAX_GROWTH 32

/* A convolution that may be folded. */
struct site {
	struct gs_graph *graph;
	const struct gs_codelet_lib *lib;
	const struct gs_acg *acg;
	struct gs_bound_node *b;
	struct gs_tensor *x, *w; /* x: owner of the memory */
	struct gs_window win;
	const int64_t *in, *out; /* extents, enum gs_mem_dim */
};

/* One way to fold it. */
struct folded {
	uint32_t rows; /* of the picture that stand together */
	int64_t columns; /* that a row of lanes covers */
	int64_t taps; /* kernel positions that are left, below each other */
	int64_t each; /* channels of a pixel in memory */
	int64_t channels;
	int64_t height; /* of the window */
	int64_t used; /* rows of it that the kernel reaches */
	struct gs_layout layout; /* of the input */
	struct gs_node node;
	struct gs_bound_node *b;
	double cycles;
};

/* ---- which ------------------------------------------------------------------- */

static unsigned num_readers(const struct gs_bound_node *first,
			    const struct gs_tensor *owner)
{
	const struct gs_bound_node *b;
	unsigned i, n = 0;

	for (b = first; b; b = b->next)
		for (i = 0; i < b->num_operands; i++)
			n += b->operand[i].tensor &&
			     gs_tensor_owner(b->operand[i].tensor) == owner;
	return n;
}

/* Does an operand show all of the tensor that owns its memory, where it stands? */
static bool shows_all(const struct gs_bound_operand *o)
{
	const struct gs_tensor *owner = gs_tensor_owner(o->tensor);
	const struct gs_access *a = o->access;
	int64_t dims[GS_MEM_DIMS];
	unsigned d;

	if ((!a && o->tensor != owner) || (a && a->num_dims != GS_MEM_DIMS))
		return false;
	gs_canonical_dims(owner, gs_tensor_order(owner), dims);
	for (d = 0; d < GS_MEM_DIMS; d++)
		if (o->extent[d] != dims[d] || (a && a->at[d]) ||
		    (a && dims[d] > 1 &&
		     (a->dim[d].dim != d || a->dim[d].step != 1)))
			return false;
	return true;
}

static const struct gs_bound_operand *find_output(const struct gs_bound_node *b)
{
	unsigned i;

	for (i = 0; i < b->num_operands; i++)
		if (b->operand[i].decl->kind == GS_CL_OUTPUT)
			return &b->operand[i];
	return NULL;
}

/* A plain convolution of few channels, whose input's layout is ours to choose: nothing else reads it. */
static bool is_site(const struct site *s, const struct gs_bound_node *first)
{
	const struct gs_node *node = s->b->node;
	const struct gs_bound_operand *x = &s->b->operand[0];

	return gs_op_is(node, "Conv") &&
	       gs_node_attr_int(node, "group", 1) == 1 &&
	       x->decl->kind == GS_CL_INPUT && s->x->is_input && !s->x->data &&
	       !s->x->no_border && !gs_graph_gives(s->graph, s->x) &&
	       num_readers(first, s->x) == 1 && shows_all(x) &&
	       x->extent[GS_MEM_C] * 2 < (int64_t)s->acg->arch.array_n;
}

static bool find_site(struct site *s, const struct gs_bound_node *first)
{
	const struct gs_bound_operand *x = &s->b->operand[0];
	const struct gs_bound_operand *y = find_output(s->b);

	if (!x->tensor || !y)
		return false;
	s->x = gs_tensor_owner(x->tensor);
	if (!is_site(s, first))
		return false;
	s->w = s->b->node->input[1];
	s->in = x->extent;
	s->out = y->extent;
	gs_window_get(s->b->node, &s->win);
	return s->win.pad[0] >= 0 && s->win.pad[1] >= 0;
}

/* ---- how --------------------------------------------------------------------- */

static int64_t span(const struct site *s, int axis)
{
	return (s->win.kernel[axis] - 1) * s->win.dilation[axis] + 1;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Of single rows the kernel keeps its dilation; of blocks it has every one. */
static int64_t dilation(const struct site *s, const struct folded *f)
{
	return f->rows == 1 ? s->win.dilation[0] : 1;
}

/* The input's layout: its border is what the kernel reaches, in whole blocks of rows. */
static void choose_layout(const struct site *s, struct folded *f)
{
	const int64_t *in = s->in;
	const int64_t right = (s->out[GS_MEM_W] - 1) * s->win.stride[1] +
			      span(s, 1) - s->win.pad[1] - in[GS_MEM_W];

	f->layout = (struct gs_layout){
		.valid = true,
		.order = gs_tensor_order(s->x),
		.n = in[GS_MEM_N],
		.h = in[GS_MEM_H],
		.w = in[GS_MEM_W],
		.c = in[GS_MEM_C],
		.c_phys = f->each * f->rows,
		.bits = gs_dtype_bits(s->x->quant.type),
		.row_block = f->rows,
		.top = (uint32_t)s->win.pad[0],
		.left = (uint32_t)s->win.pad[1],
		.bottom = (uint32_t)(f->height * f->rows - s->win.pad[0] -
				     in[GS_MEM_H]),
		.right = (uint32_t)larger(right, 0),
		.border_value = s->x->quant.zero_point,
	};
	/* A block of rows is whole bytes. */
	if (f->layout.bits == 4 && f->layout.c_phys % 2 &&
	    (f->layout.left + in[GS_MEM_W] + f->layout.right) % 2)
		f->layout.right++;
}

/* Elements of 4 bits: a step to the next window is whole bytes, with a channel more if need be. */
static int64_t pixel_channels(const struct site *s, uint32_t rows)
{
	const int64_t c = s->in[GS_MEM_C];

	return c + (gs_dtype_bits(s->x->quant.type) == 4 &&
		    s->win.stride[1] * rows * c % 2);
}

/* A block of rows counts as a row: the stride is in whole blocks, so that each kernel starts at one. */
static bool choose_extents(const struct site *s, uint32_t rows,
			   struct folded *f)
{
	*f = (struct folded){ .rows = rows };
	f->taps = rows == 1 ? s->win.kernel[0] : (span(s, 0) + rows - 1) / rows;
	f->each = pixel_channels(s, rows);
	f->channels = span(s, 1) * rows * f->each;
	f->used = (s->out[GS_MEM_H] - 1) * (s->win.stride[0] / rows) +
		  (f->taps - 1) * dilation(s, f) + 1;
	f->height = larger(f->used,
			   (s->win.pad[0] + s->in[GS_MEM_H] + rows - 1) / rows);
	choose_layout(s, f);
	return f->channels <= MAX_CHANNELS &&
	       s->out[GS_MEM_C] * f->channels * f->taps <=
		       MAX_GROWTH * gs_shape_elems(&s->w->shape);
}

/* The picture with its border, as pixels of many channels that overlap. */
static struct gs_tensor *add_window(const struct site *s,
				    const struct folded *f)
{
	const struct gs_shape shape = {
		4, { s->in[GS_MEM_N], f->channels, f->height, s->out[GS_MEM_W] }
	};
	const char *name = gs_graph_printf(s->graph, "%s/via/%s", s->x->name,
					   s->b->node->name);
	struct gs_tensor *t =
		name ? gs_graph_add_tensor(s->graph, name, s->x->type, &shape) :
		       NULL;

	if (!t)
		return NULL;
	t->quant = s->x->quant;
	t->part = (struct gs_access){
		.of = s->x,
		.at = { 0, -s->win.pad[0], -s->win.pad[1], 0 },
		.dim = { { GS_MEM_N, 1 },
			 { GS_MEM_H, f->rows },
			 { GS_MEM_W, s->win.stride[1] },
			 { GS_MEM_C, 1 } },
		.num_dims = GS_MEM_DIMS,
	};
	t->order = GS_ORDER_NCHW;
	t->has_order = true;
	return t;
}

/* Where the @i-th weight stands among the folded ones; all others are 0. */
static int64_t place_of(const struct site *s, const struct folded *f, int64_t i)
{
	const int64_t c = s->in[GS_MEM_C];
	const int64_t kw = i % s->win.kernel[1], rest = i / s->win.kernel[1];
	const int64_t kh = rest % s->win.kernel[0];
	const int64_t ic = rest / s->win.kernel[0] % c;
	const int64_t oc = rest / s->win.kernel[0] / c;
	const int64_t row = f->rows == 1 ? kh : kh * s->win.dilation[0];
	const int64_t column = kw * s->win.dilation[1];
	const int64_t channel =
		(column * f->rows + row % f->rows) * f->each + ic;

	return (oc * f->channels + channel) * f->taps + row / f->rows;
}

static struct gs_tensor *add_weights(const struct site *s,
				     const struct folded *f)
{
	const int64_t oc = s->out[GS_MEM_C];
	const struct gs_shape shape = { 4, { oc, f->channels, f->taps, 1 } };
	const int64_t num = gs_shape_elems(&s->w->shape);
	const char *name = gs_graph_printf(s->graph, "%s_folded", s->w->name);
	const int8_t *from = s->w->qdata;
	int8_t *to = gs_graph_alloc_array(s->graph, (size_t)(oc * f->channels),
					  (size_t)f->taps);
	struct gs_tensor *t = NULL;
	int64_t i;

	if (name && to)
		t = gs_graph_add_tensor(s->graph, name, GS_DT_F32, &shape);
	if (!t)
		return NULL;
	for (i = 0; i < num; i++)
		to[place_of(s, f, i)] = from[i];
	/* Nothing reads the floats any more, which some weights do not have. */
	t->data = t->qdata = to;
	t->shaped = true;
	t->quant = s->w->quant;
	return t;
}

static int set_attrs(const struct site *s, struct folded *f)
{
	struct gs_node *node = &f->node;
	/* Below zero: rows at the end that no kernel reaches */
	const int64_t kernel[2] = { f->taps, 1 };
	const int64_t pads[4] = { 0, 0, f->used - f->height, 0 };
	const int64_t strides[2] = { s->win.stride[0] / f->rows, 1 };
	const int64_t dilations[2] = { dilation(s, f), 1 };
	struct gs_attr *own =
		gs_graph_alloc_array(s->graph, node->num_attrs, sizeof(*own));

	if (!own)
		return -ENOMEM;
	memcpy(own, node->attr, node->num_attrs * sizeof(*own));
	node->attr = own;
	if (gs_node_set_attr_ints(s->graph, node, "kernel_shape", kernel, 2) ||
	    gs_node_set_attr_ints(s->graph, node, "strides", strides, 2) ||
	    gs_node_set_attr_ints(s->graph, node, "dilations", dilations, 2) ||
	    gs_node_set_attr_ints(s->graph, node, "pads", pads, 4))
		return -ENOMEM;
	return 0;
}

/* The same node with another input, other weights and another window, bound. 1: it cannot be. */
static int fold(const struct site *s, struct folded *f, struct gs_diag *diag)
{
	char why[256];
	int ret = -ENOMEM;

	f->node = *s->b->node;
	f->node.open = NULL;
	f->node.input[0] = add_window(s, f);
	f->node.input[1] = add_weights(s, f);
	if (f->node.input[0] && f->node.input[1])
		ret = set_attrs(s, f);
	if (ret)
		return gs_nomem(diag);
	s->x->layout = f->layout;
	ret = gs_bind_node(s->graph, &f->node, s->lib, s->acg, true, &f->b, why,
			   diag);
	return ret == -ENOTSUP ? 1 : ret;
}

/* ---- whether ----------------------------------------------------------------- */

/* Cycles of one way; 0: it has no program. What was made for it is dropped. */
static int try_fold(const struct site *s, uint32_t rows, double *cycles,
		    struct gs_diag *diag)
{
	const unsigned num_tensors = s->graph->num_tensors;
	struct gs_tiling tiling;
	struct folded f;
	int ret;

	*cycles = 0;
	if (!choose_extents(s, rows, &f))
		return 0;
	ret = fold(s, &f, diag);
	if (!ret && !gs_plan_find(f.b, s->acg, &tiling))
		*cycles = tiling.cycles;
	s->x->layout = (struct gs_layout){ 0 };
	if (ret >= 0 && gs_graph_drop(s->graph, num_tensors,
				      s->graph->num_tensors - num_tensors))
		return gs_nomem(diag);
	return ret < 0 ? ret : 0;
}

/* Rows that stand together in the cheapest way; 0: the convolution as it is. */
static int choose_rows(const struct site *s, uint32_t *best,
		       struct gs_diag *diag)
{
	struct gs_tiling tiling;
	double least, cycles;
	uint32_t rows;
	int ret;

	*best = 0;
	if (gs_plan_find(s->b, s->acg, &tiling))
		return 0;
	least = tiling.cycles;
	for (rows = 1; rows <= MAX_ROWS; rows++) {
		if (s->win.stride[0] % rows)
			continue;
		ret = try_fold(s, rows, &cycles, diag);
		if (ret)
			return ret;
		if (cycles > 0 && cycles < least) {
			least = cycles;
			*best = rows;
		}
	}
	return 0;
}

static int replace(const struct site *s, uint32_t rows,
		   struct gs_bound_node **at, struct gs_diag *diag)
{
	struct gs_node *node = s->b->node, *next = node->next;
	struct folded f;
	int ret;

	choose_extents(s, rows, &f);
	ret = fold(s, &f, diag);
	if (ret)
		return ret < 0 ? ret : 0;
	*node = f.node;
	node->next = next;
	f.b->node = node;
	f.b->next = s->b->next;
	*at = f.b;
	if (!gs_graph_num_uses(s->graph, s->w) &&
	    gs_graph_drop(s->graph, s->w->id, 1))
		return gs_nomem(diag);
	return 0;
}

int gs_pass_first_layer(struct gs_graph *graph,
			const struct gs_codelet_lib *lib,
			const struct gs_acg *acg, struct gs_bound_node **first,
			struct gs_diag *diag)
{
	struct gs_bound_node **at;
	int ret = 0;

	for (at = first; *at && !ret; at = &(*at)->next) {
		struct site s = {
			.graph = graph, .lib = lib, .acg = acg, .b = *at
		};
		uint32_t rows;

		if (!find_site(&s, *first))
			continue;
		ret = choose_rows(&s, &rows, diag);
		if (!ret && rows)
			ret = replace(&s, rows, at, diag);
	}
	return ret;
}
