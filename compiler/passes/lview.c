/* SPDX-License-Identifier: MIT */
#include "compiler/passes/lview.h"

#include <string.h>

/* ---- making -------------------------------------------------------------- */

static bool push(struct gs_lview *v, unsigned axis, int64_t extent,
		 enum gs_mem_dim dim, int64_t step)
{
	if (extent == 1)
		return true;
	if (v->num == GS_LVIEW_MAX_SUBS)
		return false;
	v->sub[v->num++] = (struct gs_lview_sub){ axis, extent, { dim, step } };
	return true;
}

void gs_lview_whole(struct gs_tensor *tensor, struct gs_lview *out)
{
	const struct gs_shape *s = &tensor->shape;
	const unsigned last = s->rank ? s->rank - 1 : 0;
	const bool nchw = gs_tensor_order(tensor) == GS_ORDER_NCHW &&
			  s->rank > 2;
	const unsigned channel = nchw ? 1 : last;
	const unsigned column = nchw ? last : last - 1;
	unsigned i, k;

	*out = (struct gs_lview){ .of = tensor, .shape = *s };
	for (i = 0; i < s->rank; i++) {
		int64_t step = 1;

		if (i == channel) {
			push(out, i, s->dim[i], GS_MEM_C, 1);
		} else if (i == 0) {
			push(out, i, s->dim[i], GS_MEM_N, 1);
		} else if (i == column) {
			push(out, i, s->dim[i], GS_MEM_W, 1);
		} else {
			for (k = i + 1; k < column; k++)
				step *= s->dim[k];
			push(out, i, s->dim[i], GS_MEM_H, step);
		}
	}
}

/* Factors of @in, from @at on, whose product is @extent, become axis @axis of @out. */
static bool take_axis(struct gs_lview *in, unsigned *at, unsigned axis,
		      int64_t extent, struct gs_lview *out)
{
	while (extent > 1) {
		struct gs_lview_sub *s = &in->sub[*at];

		if (*at == in->num)
			return false;
		if (extent % s->extent == 0) {
			if (!push(out, axis, s->extent, s->walk.dim,
				  s->walk.step))
				return false;
			extent /= s->extent;
			++*at;
			continue;
		}
		if (s->extent % extent ||
		    !push(out, axis, extent, s->walk.dim,
			  s->walk.step * (s->extent / extent)))
			return false;
		s->extent /= extent;
		return true;
	}
	return true;
}

bool gs_lview_reshape(const struct gs_lview *in, const struct gs_shape *shape,
		      struct gs_lview *out)
{
	struct gs_lview rest = *in;
	unsigned axis, at = 0;

	*out = (struct gs_lview){ .of = in->of, .shape = *shape };
	memcpy(out->at, in->at, sizeof(out->at));
	for (axis = 0; axis < shape->rank; axis++)
		if (!take_axis(&rest, &at, axis, shape->dim[axis], out))
			return false;
	return at == rest.num;
}

void gs_lview_transpose(const struct gs_lview *in, const int64_t *perm,
			struct gs_lview *out)
{
	unsigned i, k;

	*out = (struct gs_lview){ .of = in->of, .shape = in->shape };
	memcpy(out->at, in->at, sizeof(out->at));
	for (i = 0; i < in->shape.rank; i++) {
		out->shape.dim[i] = in->shape.dim[perm[i]];
		for (k = 0; k < in->num; k++)
			if (in->sub[k].axis == perm[i])
				push(out, i, in->sub[k].extent,
				     in->sub[k].walk.dim, in->sub[k].walk.step);
	}
}

/* Place of the factors of an axis in the list, and how many. */
static unsigned find(const struct gs_lview *v, unsigned axis, unsigned *num)
{
	unsigned at = 0;

	while (at < v->num && v->sub[at].axis < axis)
		at++;
	for (*num = 0; at + *num < v->num && v->sub[at + *num].axis == axis;)
		++*num;
	return at;
}

static void drop_ones(struct gs_lview *v)
{
	unsigned i, num = 0;

	for (i = 0; i < v->num; i++)
		if (v->sub[i].extent > 1)
			v->sub[num++] = v->sub[i];
	v->num = num;
}

bool gs_lview_slice(struct gs_lview *view, unsigned axis, int64_t start,
		    int64_t step, int64_t num)
{
	unsigned n, at = find(view, axis, &n), i;
	struct gs_lview_sub *last = &view->sub[n ? at + n - 1 : 0];
	const int64_t block = n > 1 ? last->extent : 0;

	if (block && num > 1 &&
	    (start / block != (start + (num - 1) * step) / block))
		return false;
	view->shape.dim[axis] = num;
	if (!n)
		return true;
	if (num > 1) {
		view->at[last->walk.dim] +=
			(block ? start % block : start) * last->walk.step;
		last->walk.step *= step;
		last->extent = num;
		start /= block ? block : 1;
		n--;
	}
	/* One element of an axis of factors is one of each factor. */
	for (i = at + n; (num == 1 || block) && i-- > at;) {
		struct gs_lview_sub *s = &view->sub[i];

		view->at[s->walk.dim] += start % s->extent * s->walk.step;
		start /= s->extent;
		s->extent = 1;
	}
	drop_ones(view);
	return true;
}

bool gs_lview_repeat(struct gs_lview *view, unsigned axis, int64_t times,
		     bool inner)
{
	unsigned n, at = find(view, axis, &n);

	view->shape.dim[axis] *= times;
	if (times == 1)
		return true;
	if (view->num == GS_LVIEW_MAX_SUBS)
		return false;
	at += inner ? n : 0;
	memmove(&view->sub[at + 1], &view->sub[at],
		(view->num - at) * sizeof(view->sub[0]));
	view->sub[at] = (struct gs_lview_sub){ axis, times, { GS_MEM_N, 0 } };
	view->num++;
	return true;
}

/* ---- as an access -------------------------------------------------------- */

/* Pixels a step moves by, where rows follow each other without a border. */
static int64_t pixels(const struct gs_walk_dim *w, const int64_t *dims)
{
	return w->dim == GS_MEM_W ? w->step :
	       w->dim == GS_MEM_H ? w->step * dims[GS_MEM_W] :
				    w->step * dims[GS_MEM_W] * dims[GS_MEM_H];
}

/* Join the inner factor to what was outside of it. */
static bool join(struct gs_walk_dim *outer, int64_t *extent,
		 const struct gs_walk_dim *inner, int64_t inner_extent,
		 const int64_t *dims, bool *joined)
{
	if (*extent > 1 && inner_extent > 1) {
		if (outer->dim == inner->dim &&
		    outer->step == inner->step * inner_extent) {
			*outer = *inner;
		} else if (dims && outer->dim != GS_MEM_C &&
			   inner->dim != GS_MEM_C && inner->step &&
			   pixels(outer, dims) ==
				   pixels(inner, dims) * inner_extent) {
			*outer = (struct gs_walk_dim){ GS_MEM_W,
						       pixels(inner, dims) };
			*joined = true;
		} else {
			return false;
		}
	} else if (inner_extent > 1) {
		*outer = *inner;
	}
	*extent *= inner_extent;
	return true;
}

static enum gs_mem_dim dim_of_axis(const struct gs_shape *s, bool nchw,
				   unsigned axis)
{
	const unsigned last = s->rank - 1;

	if (axis == (nchw ? 1 : last))
		return GS_MEM_C;
	if (axis == 0)
		return GS_MEM_N;
	return axis == (nchw ? last : last - 1) ? GS_MEM_W : GS_MEM_H;
}

bool gs_lview_access(const struct gs_lview *view, enum gs_dim_order order,
		     struct gs_access *out, bool *joined)
{
	const bool nchw = order == GS_ORDER_NCHW && view->shape.rank > 2;
	int64_t extent[GS_MEM_DIMS] = { 1, 1, 1, 1 }, dims[GS_MEM_DIMS];
	unsigned i;

	*joined = false;
	*out = (struct gs_access){ .of = view->of, .num_dims = GS_MEM_DIMS };
	memcpy(out->at, view->at, sizeof(out->at));
	/* Also where there is one element: a reader may look beyond it, at the border. */
	for (i = 0; i < GS_MEM_DIMS; i++)
		out->dim[i] = (struct gs_walk_dim){ (enum gs_mem_dim)i, 1 };
	gs_canonical_dims(view->of, gs_tensor_order(view->of), dims);
	for (i = 0; i < view->num; i++) {
		const enum gs_mem_dim d =
			dim_of_axis(&view->shape, nchw, view->sub[i].axis);

		if (!join(&out->dim[d], &extent[d], &view->sub[i].walk,
			  view->sub[i].extent, dims, joined))
			return false;
	}
	return extent[GS_MEM_C] == 1 || (out->dim[GS_MEM_C].dim == GS_MEM_C &&
					 out->dim[GS_MEM_C].step == 1);
}

bool gs_lview_is_whole(const struct gs_lview *view, enum gs_dim_order *order)
{
	static const enum gs_mem_dim sequence[2][GS_MEM_DIMS] = {
		[GS_ORDER_NCHW] = { GS_MEM_N, GS_MEM_C, GS_MEM_H, GS_MEM_W },
		[GS_ORDER_NHWC] = { GS_MEM_N, GS_MEM_H, GS_MEM_W, GS_MEM_C },
	};
	int64_t dims[GS_MEM_DIMS];
	unsigned k, i, d;

	gs_canonical_dims(view->of, gs_tensor_order(view->of), dims);
	for (d = 0; d < GS_MEM_DIMS; d++)
		if (view->at[d])
			return false;
	for (k = 0; k < 2; k++) {
		*order = (enum gs_dim_order)(k ? !gs_tensor_order(view->of) :
						 gs_tensor_order(view->of));
		for (i = 0, d = 0; d < GS_MEM_DIMS; d++) {
			const enum gs_mem_dim dim = sequence[*order][d];
			int64_t left = dims[dim];

			for (; left > 1 && i < view->num &&
			       view->sub[i].walk.dim == dim &&
			       left % view->sub[i].extent == 0 &&
			       view->sub[i].walk.step ==
				       left / view->sub[i].extent;
			     i++)
				left /= view->sub[i].extent;
			if (left > 1)
				break;
		}
		if (d == GS_MEM_DIMS && i == view->num)
			return true;
	}
	return false;
}

/* ---- pairs --------------------------------------------------------------- */

struct pair {
	int64_t *extent;
	struct gs_walk_dim *a, *b;
	int num;
};

static bool is_run(const struct pair *p, int i)
{
	return p->a[i].dim == GS_MEM_C && p->a[i].step == 1 &&
	       p->b[i].dim == GS_MEM_C && p->b[i].step == 1;
}

static void swap(struct pair *p, int i, int k)
{
	const int64_t extent = p->extent[i];
	const struct gs_walk_dim a = p->a[i], b = p->b[i];

	p->extent[i] = p->extent[k];
	p->a[i] = p->a[k];
	p->b[i] = p->b[k];
	p->extent[k] = extent;
	p->a[k] = a;
	p->b[k] = b;
}

/* Split both lists of factors until they are the same. */
static bool refine(const struct gs_lview *from, const struct gs_lview *to,
		   struct pair *p)
{
	unsigned i = 0, k = 0;
	int64_t left_a = 1, left_b = 1;

	while (i < from->num || left_a > 1) {
		int64_t n;

		if (left_a == 1)
			left_a = from->sub[i].extent;
		if (left_b == 1 && k == to->num)
			return false;
		if (left_b == 1)
			left_b = to->sub[k].extent;
		n = left_a < left_b ? left_a : left_b;
		if (left_a % n || left_b % n || p->num == GS_LVIEW_MAX_SUBS)
			return false;
		left_a /= n;
		left_b /= n;
		p->extent[p->num] = n;
		p->a[p->num] = from->sub[i].walk;
		p->b[p->num] = to->sub[k].walk;
		p->a[p->num].step *= left_a;
		p->b[p->num++].step *= left_b;
		i += left_a == 1;
		k += left_b == 1;
	}
	return k == to->num && left_b == 1;
}

static void merge(struct pair *p)
{
	int i, num = 0;

	for (i = 0; i < p->num; i++) {
		int64_t extent = num ? p->extent[num - 1] : 1, same = extent;
		struct gs_walk_dim a = num ? p->a[num - 1] : p->a[i];
		struct gs_walk_dim b = num ? p->b[num - 1] : p->b[i];
		bool no;

		if (num &&
		    join(&a, &extent, &p->a[i], p->extent[i], NULL, &no) &&
		    join(&b, &same, &p->b[i], p->extent[i], NULL, &no)) {
			p->extent[num - 1] = extent;
			p->a[num - 1] = a;
			p->b[num - 1] = b;
			continue;
		}
		if (num != i)
			swap(p, num, i);
		num++;
	}
	p->num = num;
}

/* Larger steps of the destination first; those within a pixel behind those of pixels. */
static bool goes_before(const struct pair *p, int i, int k)
{
	const bool ci = p->b[i].dim == GS_MEM_C, ck = p->b[k].dim == GS_MEM_C;

	if (is_run(p, i) != is_run(p, k))
		return is_run(p, k);
	if (ci != ck)
		return ck;
	if (p->b[i].dim != p->b[k].dim)
		return p->b[i].dim < p->b[k].dim;
	return p->b[i].step > p->b[k].step;
}

int gs_lview_pair(const struct gs_lview *from, const struct gs_lview *to,
		  int64_t *extent, struct gs_walk_dim *a, struct gs_walk_dim *b)
{
	struct pair p = { extent, a, b, 0 };
	int i, k;

	if (!refine(from, to, &p))
		return -1;
	merge(&p);
	for (i = 1; i < p.num; i++)
		for (k = i; k && goes_before(&p, k, k - 1); k--)
			swap(&p, k, k - 1);
	if (!p.num || !is_run(&p, p.num - 1)) {
		extent[p.num] = 1;
		a[p.num] = b[p.num] = (struct gs_walk_dim){ GS_MEM_C, 1 };
		p.num++;
	}
	return p.num;
}
