/* SPDX-License-Identifier: MIT */
/* Operators that say where elements stand: most are views. */
#include <errno.h>
#include <math.h>

#include "compiler/passes/lower.h"
#include "compiler/passes/util.h"

static int64_t attr_at(const struct gs_node *node, const char *name,
		       unsigned index, int64_t fallback)
{
	const struct gs_attr *attr = gs_node_attr(node, name);

	return attr && index < attr->num ? attr->ints[index] : fallback;
}

static int uneven(struct gs_lower *l, const struct gs_node *node)
{
	return gs_node_error(l->diag, -ENOTSUP, node,
			     "its elements do not walk evenly");
}

/* The input in memory of its own, when a view of a view would not walk evenly. */
static const struct gs_lview *dense_input(struct gs_lower *l,
					  struct gs_node *node)
{
	const struct gs_tensor *x = node->input[0];
	struct gs_tensor *t =
		gs_lower_temp(l, x, "dense", &x->shape, gs_tensor_order(x));

	if (!t || gs_lower_move(l, x->lview, t->lview))
		return NULL;
	return t->lview;
}

int gs_lower_transpose(struct gs_lower *l, struct gs_node *node)
{
	const struct gs_lview *x = gs_lower_view(l, node->input[0]);
	const struct gs_attr *attr = gs_node_attr(node, "perm");
	int64_t perm[GS_MAX_RANK];
	struct gs_lview y;
	unsigned i;

	if (!x)
		return -ENOTSUP;
	for (i = 0; i < x->shape.rank; i++)
		perm[i] = attr ? attr->ints[i] : x->shape.rank - 1 - i;
	gs_lview_transpose(x, perm, &y);
	return gs_lower_set_view(l, node->output[0], &y);
}

int gs_lower_split(struct gs_lower *l, struct gs_node *node)
{
	const struct gs_lview *x = gs_lower_view(l, node->input[0]);
	const unsigned axis = (unsigned)gs_node_attr_int(node, "axis", 0);
	struct gs_lview y;
	int64_t start = 0;
	unsigned i;
	int ret = 0;

	for (i = 0; x && i < node->num_outputs && !ret; i++) {
		struct gs_tensor *t = node->output[i];

		if (!t)
			continue;
		y = *x;
		if (!gs_lview_slice(&y, axis, start, 1, t->shape.dim[axis])) {
			x = dense_input(l, node);
			if (!x)
				return -ENOTSUP;
			y = *x;
			gs_lview_slice(&y, axis, start, 1, t->shape.dim[axis]);
		}
		ret = gs_lower_set_view(l, t, &y);
		start += t->shape.dim[axis];
	}
	return x ? ret : -ENOTSUP;
}

static bool slice_all(struct gs_lview *view, const struct gs_node *node)
{
	const struct gs_shape *to = &node->output[0]->shape;
	unsigned i;

	for (i = 0; i < to->rank; i++)
		if (view->shape.dim[i] != to->dim[i] ||
		    attr_at(node, "steps", i, 1) != 1)
			if (!gs_lview_slice(
				    view, i, attr_at(node, "starts", i, 0),
				    attr_at(node, "steps", i, 1), to->dim[i]))
				return false;
	return true;
}

int gs_lower_slice(struct gs_lower *l, struct gs_node *node)
{
	const struct gs_lview *x = gs_lower_view(l, node->input[0]);
	struct gs_lview y;

	if (!x)
		return -ENOTSUP;
	y = *x;
	if (!slice_all(&y, node)) {
		x = dense_input(l, node);
		if (!x)
			return -ENOTSUP;
		y = *x;
		slice_all(&y, node);
	}
	return gs_lower_set_view(l, node->output[0], &y);
}

int gs_lower_expand(struct gs_lower *l, struct gs_node *node)
{
	const struct gs_lview *x = gs_lower_view(l, node->input[0]);
	const struct gs_shape *to = &node->output[0]->shape;
	struct gs_shape wide = { .rank = to->rank };
	struct gs_lview y;
	unsigned i;

	if (!x)
		return -ENOTSUP;
	for (i = 0; i < to->rank; i++) {
		const unsigned skip = to->rank - x->shape.rank;

		wide.dim[i] = i < skip ? 1 : x->shape.dim[i - skip];
	}
	if (!gs_lview_reshape(x, &wide, &y))
		return uneven(l, node);
	for (i = 0; i < to->rank; i++)
		if (wide.dim[i] != to->dim[i] &&
		    !gs_lview_repeat(&y, i, to->dim[i], false))
			return uneven(l, node);
	return gs_lower_set_view(l, node->output[0], &y);
}

int gs_lower_tile(struct gs_lower *l, struct gs_node *node)
{
	const struct gs_lview *x = gs_lower_view(l, node->input[0]);
	struct gs_lview y;
	unsigned i;

	if (!x)
		return -ENOTSUP;
	y = *x;
	for (i = 0; i < x->shape.rank; i++)
		if (!gs_lview_repeat(&y, i, attr_at(node, "repeats", i, 1),
				     false))
			return uneven(l, node);
	return gs_lower_set_view(l, node->output[0], &y);
}

/* ---- blocks -------------------------------------------------------------- */

static int rearrange(struct gs_lower *l, struct gs_node *node,
		     const struct gs_shape *blocks, const int64_t *perm)
{
	const struct gs_lview *x = gs_lower_view(l, node->input[0]);
	struct gs_lview split, turned, y;

	if (!x)
		return -ENOTSUP;
	if (!gs_lview_reshape(x, blocks, &split))
		return uneven(l, node);
	gs_lview_transpose(&split, perm, &turned);
	if (!gs_lview_reshape(&turned, &node->output[0]->shape, &y))
		return uneven(l, node);
	return gs_lower_set_view(l, node->output[0], &y);
}

int gs_lower_depth_to_space(struct gs_lower *l, struct gs_node *node)
{
	static const int64_t dcr[] = { 0, 3, 4, 1, 5, 2 };
	static const int64_t crd[] = { 0, 1, 4, 2, 5, 3 };
	const struct gs_attr *mode = gs_node_attr(node, "mode");
	const bool is_crd = mode && mode->s && !strcmp(mode->s, "CRD");
	const int64_t b = gs_node_attr_int(node, "blocksize", 1);
	const struct gs_shape *x = &node->input[0]->shape;
	const int64_t c = x->dim[1] / (b * b);
	const struct gs_shape blocks = { 6,
					 { x->dim[0], is_crd ? c : b, b,
					   is_crd ? b : c, x->dim[2],
					   x->dim[3] } };

	return rearrange(l, node, &blocks, is_crd ? crd : dcr);
}

int gs_lower_space_to_depth(struct gs_lower *l, struct gs_node *node)
{
	static const int64_t perm[] = { 0, 3, 5, 1, 2, 4 };
	const int64_t b = gs_node_attr_int(node, "blocksize", 1);
	const struct gs_shape *x = &node->input[0]->shape;
	const struct gs_shape blocks = {
		6, { x->dim[0], x->dim[1], x->dim[2] / b, b, x->dim[3] / b, b }
	};

	return rearrange(l, node, &blocks, perm);
}

/* ---- Gather -------------------------------------------------------------- */

static int64_t index_at(const struct gs_node *node, int64_t i, int64_t dim)
{
	const int64_t at = gs_const_int(node->input[1], i);

	return at < 0 ? at + dim : at;
}

/* Indices from @i on that are evenly apart. */
static int64_t even_run(const struct gs_node *node, int64_t i, int64_t num,
			int64_t dim, int64_t *step)
{
	int64_t n = 1;

	*step = i + 1 < num ?
			index_at(node, i + 1, dim) - index_at(node, i, dim) :
			1;
	while (i + n < num &&
	       index_at(node, i + n, dim) == index_at(node, i, dim) + n * *step)
		n++;
	return n;
}

static bool pick(struct gs_lview *view, unsigned axis, int64_t start,
		 int64_t step, int64_t num)
{
	if (step || num == 1)
		return gs_lview_slice(view, axis, start, step, num);
	return gs_lview_slice(view, axis, start, 1, 1) &&
	       gs_lview_repeat(view, axis, num, false);
}

/* The input, as it stands if all indices can be picked of that */
static const struct gs_lview *pickable(struct gs_lower *l, struct gs_node *node,
				       unsigned axis, int64_t num)
{
	const struct gs_lview *x = gs_lower_view(l, node->input[0]);
	int64_t i, n, step, dim;

	if (!x)
		return NULL;
	dim = x->shape.dim[axis];
	for (i = 0; i < num; i += n) {
		struct gs_lview part = *x;

		n = even_run(node, i, num, dim, &step);
		if (!pick(&part, axis, index_at(node, i, dim), step, n))
			return dense_input(l, node);
	}
	return x;
}

int gs_lower_gather(struct gs_lower *l, struct gs_node *node)
{
	const unsigned axis = (unsigned)gs_node_attr_int(node, "axis", 0);
	const int64_t num = gs_shape_elems(&node->input[1]->shape);
	const struct gs_lview *x = pickable(l, node, axis, num);
	struct gs_tensor *out = node->output[0];
	struct gs_lview y, part, to, *own;
	int64_t dim, step, n, i;
	int ret = 0;

	if (!x)
		return -ENOTSUP;
	dim = x->shape.dim[axis];
	y = *x;
	if (even_run(node, 0, num, dim, &step) == num &&
	    pick(&y, axis, index_at(node, 0, dim), step, num) &&
	    gs_lview_reshape(&y, &out->shape, &part))
		return gs_lower_set_view(l, out, &part);
	y.shape = x->shape;
	y.shape.dim[axis] = num;
	own = gs_lower_own(l, out);
	if (!own || !gs_lview_reshape(own, &y.shape, &to))
		return own ? uneven(l, node) : -ENOMEM;
	for (i = 0; i < num && !ret; i += n) {
		struct gs_lview dst = to;

		n = even_run(node, i, num, dim, &step);
		/* Indices of several dimensions: a run may end within the last. */
		if (!gs_lview_slice(&dst, axis, i, 1, n)) {
			n = 1;
			dst = to;
			gs_lview_slice(&dst, axis, i, 1, n);
		}
		part = *x;
		if (!pick(&part, axis, index_at(node, i, dim), step, n))
			return uneven(l, node);
		ret = gs_lower_move(l, &part, &dst);
	}
	return ret;
}

/* ---- Concat -------------------------------------------------------------- */

/* A part of the result, and whether its producer can write it there itself. */
struct part {
	struct gs_tensor *t;
	int64_t start, num; /* along the axis */
	bool direct;
	unsigned when; /* its producer runs, in the order of nodes */
};

static bool can_be_direct(const struct gs_lower *l, const struct part *p,
			  const struct gs_tensor *out)
{
	const struct gs_tensor *t = p->t;

	return t->lview && t->lview->of == t && !t->is_input && !t->is_output &&
	       t->id < l->num_uses && l->uses[t->id] == 1 && t->producer &&
	       !gs_lower_find(t->producer) && gs_lower_same_scale(t, out) &&
	       (t->shape.rank < 3 ||
		gs_tensor_order(t) == gs_tensor_order(out));
}

static unsigned when(const struct gs_lower *l, const struct gs_node *node)
{
	const struct gs_node *n;
	unsigned at = 0;

	for (n = l->graph->node; n && n != node; n = n->next)
		at++;
	return at;
}

/*
 * What is written as whole rows of lanes spoils the begin of the part behind
 * it, which must be written later. Copies are, in order, behind all producers.
 */
static void order_parts(struct gs_lower *l, struct part *part, unsigned num,
			bool channels)
{
	unsigned i, k;

	for (i = 0; i < num; i++) {
		if (!part[i].direct)
			continue;
		part[i].when = when(l, part[i].t->producer);
		for (k = 0; channels && k < i; k++) {
			const int64_t lanes = l->lanes;
			const int64_t rows =
				(part[k].num + lanes - 1) / lanes * lanes;

			if (part[k].start + rows > part[i].start &&
			    (!part[k].direct || part[k].when > part[i].when))
				part[i].direct = false;
		}
	}
}

static int place_part(struct gs_lower *l, const struct gs_node *node,
		      const struct part *p, const struct gs_lview *whole,
		      unsigned axis)
{
	const struct gs_lview *from = gs_lower_view(l, p->t);
	struct gs_access access;
	struct gs_lview to = *whole;
	bool joined;

	if (!from || !gs_lview_slice(&to, axis, p->start, 1, p->num))
		return from ? uneven(l, node) : -ENOTSUP;
	if (!p->direct)
		return gs_lower_move(l, from, &to);
	if (!gs_lview_access(&to, gs_tensor_order(whole->of), &access, &joined))
		return gs_lower_move(l, from, &to);
	*p->t->lview = to;
	p->t->part = access;
	whole->of->no_border |= joined;
	return 0;
}

int gs_lower_concat(struct gs_lower *l, struct gs_node *node)
{
	const unsigned axis = (unsigned)gs_node_attr_int(node, "axis", 0);
	struct gs_tensor *out = node->output[0];
	struct part part[GS_MAX_IO];
	struct gs_lview *whole;
	const unsigned rank = out->shape.rank;
	int64_t start = 0;
	unsigned i;
	int ret = 0;

	whole = gs_lower_own(l, out);
	if (!whole)
		return -ENOMEM;
	for (i = 0; i < node->num_inputs; i++) {
		struct gs_tensor *t = node->input[i];

		part[i] = (struct part){ .t = t,
					 .start = start,
					 .num = t->shape.dim[axis] };
		part[i].direct = can_be_direct(l, &part[i], out);
		start += part[i].num;
	}
	order_parts(l, part, node->num_inputs,
		    axis == (rank > 2 && gs_tensor_order(out) == GS_ORDER_NCHW ?
				     1 :
				     rank - 1));
	for (i = 0; i < node->num_inputs && !ret; i++)
		ret = place_part(l, node, &part[i], whole, axis);
	return ret;
}

/* ---- Pad ----------------------------------------------------------------- */

struct pad {
	struct gs_lower *l;
	const struct gs_node *node;
	unsigned rank;
	const char *mode;
	int64_t before[GS_MAX_RANK], after[GS_MAX_RANK];
	int64_t inner[GS_MAX_RANK]; /* extent of what is copied */
	unsigned channel; /* axis */
	const struct gs_lview *whole; /* the result */
};

static int fill(const struct pad *p, const struct gs_lview *view)
{
	struct gs_tensor *out = p->node->output[0], *t = out;
	const struct gs_attr *value = gs_node_attr(p->node, "value");
	const double q = rint((value ? (double)value->f : 0) /
			      (double)out->quant.scale[0]) +
			 out->quant.zero_point;
	struct gs_node *node;

	if (view)
		t = gs_lower_window(p->l, out, view, gs_tensor_order(out));
	node = t ? gs_lower_node(p->l, "Fill", t) : NULL;
	if (!node)
		return -ENOMEM;
	return gs_node_set_attr_int(p->l->graph, node, "value",
				    gs_dtype_clamp(out->quant.type, q));
}

/* The part of the result behind (or before) the copied one along @axis, of axes done in full. */
static bool edge(const struct pad *p, unsigned axis, bool behind, unsigned done,
		 struct gs_lview *to)
{
	unsigned i;

	*to = *p->whole;
	for (i = 0; i < p->rank; i++) {
		int64_t start = p->before[i], num = p->inner[i];

		if (done & 1u << i)
			continue;
		if (i == axis) {
			start = behind ? start + num : 0;
			num = behind ? p->after[i] : p->before[i];
		}
		if (!gs_lview_slice(to, i, start, 1, num))
			return false;
	}
	return true;
}

/* Elements that an edge is made of: @from is @inner long, its first element at @at. */
static bool source(const struct pad *p, unsigned axis, bool behind, int64_t at,
		   struct gs_lview *from)
{
	const int64_t num = behind ? p->after[axis] : p->before[axis];
	const int64_t last = at + p->inner[axis] - 1;

	if (strcmp(p->mode, "reflect"))
		return gs_lview_slice(from, axis, behind ? last : at, 1, 1) &&
		       gs_lview_repeat(from, axis, num, false);
	return gs_lview_slice(from, axis, behind ? last - 1 : at + num, -1,
			      num);
}

static int mirror(const struct pad *p, unsigned axis, bool behind,
		  unsigned done, const struct gs_lview *x)
{
	struct gs_lview to, from;
	unsigned i;

	if (!(behind ? p->after[axis] : p->before[axis]))
		return 0;
	from = x ? *x : *p->whole;
	for (i = 0; !x && i < p->rank; i++)
		if (i != axis && !(done & 1u << i))
			gs_lview_slice(&from, i, p->before[i], 1, p->inner[i]);
	if (!edge(p, axis, behind, done, &to) ||
	    !source(p, axis, behind, x ? 0 : p->before[axis], &from))
		return uneven(p->l, p->node);
	return gs_lower_move(p->l, &from, &to);
}

/* Channels first, in the order they stand; then axis by axis what is there already. */
static int pad_mirrored(const struct pad *p, const struct gs_lview *x,
			const struct gs_lview *inner)
{
	unsigned done = 1u << p->channel, i;
	int ret = mirror(p, p->channel, false, 0, x);

	ret = ret ? ret : gs_lower_move(p->l, x, inner);
	ret = ret ? ret : mirror(p, p->channel, true, 0, x);
	for (i = 0; i < p->rank && !ret; i++) {
		if (i == p->channel)
			continue;
		ret = mirror(p, i, false, done, NULL);
		ret = ret ? ret : mirror(p, i, true, done, NULL);
		done |= 1u << i;
	}
	return ret;
}

static int pad_constant(const struct pad *p, const struct gs_lview *x,
			const struct gs_lview *inner)
{
	struct gs_lview behind;
	int ret = fill(p, NULL);

	ret = ret ? ret : gs_lower_move(p->l, x, inner);
	if (ret || !p->after[p->channel])
		return ret;
	if (!edge(p, p->channel, true, 0, &behind))
		return uneven(p->l, p->node);
	return fill(p, &behind);
}

/* What pads below zero leave of the input; false: that, or its mirror image, does not walk evenly. */
static bool take_inner(const struct pad *p, struct gs_lview *x)
{
	const unsigned channel = p->channel;
	struct gs_lview image;
	unsigned i;

	for (i = 0; i < p->rank; i++) {
		const int64_t a = attr_at(p->node, "pads", i, 0);

		if (p->inner[i] != x->shape.dim[i] &&
		    !gs_lview_slice(x, i, a < 0 ? -a : 0, 1, p->inner[i]))
			return false;
	}
	if (!strcmp(p->mode, "constant"))
		return true;
	image = *x;
	if (p->before[channel] && !source(p, channel, false, 0, &image))
		return false;
	image = *x;
	return !p->after[channel] || source(p, channel, true, 0, &image);
}

int gs_lower_pad(struct gs_lower *l, struct gs_node *node)
{
	const struct gs_lview *view = gs_lower_view(l, node->input[0]);
	struct gs_tensor *out = node->output[0];
	const struct gs_attr *mode = gs_node_attr(node, "mode");
	struct pad p = { .l = l,
			 .node = node,
			 .rank = out->shape.rank,
			 .mode = mode && mode->s ? mode->s : "constant" };
	struct gs_lview x, inner;
	unsigned i;

	p.whole = view ? gs_lower_own(l, out) : NULL;
	if (!p.whole)
		return -ENOTSUP;
	p.channel = p.rank > 2 && gs_tensor_order(out) == GS_ORDER_NCHW ?
			    1 :
			    p.rank - 1;
	inner = *p.whole;
	for (i = 0; i < p.rank; i++) {
		const int64_t a = attr_at(node, "pads", i, 0);
		const int64_t b = attr_at(node, "pads", i + p.rank, 0);

		p.before[i] = a > 0 ? a : 0;
		p.after[i] = b > 0 ? b : 0;
		p.inner[i] = out->shape.dim[i] - p.before[i] - p.after[i];
		if (p.inner[i] < 1)
			return gs_node_error(l->diag, -ENOTSUP, node,
					     "nothing of the input is left");
		if (p.inner[i] != out->shape.dim[i] &&
		    !gs_lview_slice(&inner, i, p.before[i], 1, p.inner[i]))
			return uneven(l, node);
	}
	x = *view;
	if (!take_inner(&p, &x)) {
		view = dense_input(l, node);
		if (!view)
			return -ENOMEM;
		x = *view;
		if (!take_inner(&p, &x))
			return uneven(l, node);
	}
	return strcmp(p.mode, "constant") ? pad_mirrored(&p, &x, &inner) :
					    pad_constant(&p, &x, &inner);
}
