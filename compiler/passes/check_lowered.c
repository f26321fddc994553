/* SPDX-License-Identifier: MIT */
#include "compiler/passes/check_lowered.h"

#include <errno.h>

#include "compiler/passes/util.h"

#define ERR GS_INFER_ERR
#define MAX_VALUE (1 << 20) /* of a kernel, stride or pad */

/* Where elements go is checked by the verifier; a Fill has no input. */
static int any_shape(struct gs_infer *f)
{
	f->type = f->node->output[0]->type;
	f->out[0] = f->node->output[0]->shape;
	return 0;
}

/* Between two tensors alike, by a weight for each column */
static int lerp(struct gs_infer *f)
{
	const struct gs_shape *a = gs_infer_need(f, 0, 0);
	const struct gs_shape *b = gs_infer_need(f, 1, 0);
	const struct gs_shape *k = gs_infer_need(f, 2, 0);
	int64_t dim[GS_MEM_DIMS];

	if (!a || !b || !k)
		return -EINVAL;
	gs_canonical_dims(f->node->output[0],
			  gs_tensor_order(f->node->output[0]), dim);
	if (!gs_shape_equal(a, b) || gs_shape_elems(k) != dim[GS_MEM_W])
		return ERR(
			f, -EINVAL,
			"the inputs are of two shapes, or weights not one for each of %lld columns",
			(long long)dim[GS_MEM_W]);
	f->type = GS_DT_F32;
	f->out[0] = *a;
	return 0;
}

/* ---- Conv -------------------------------------------------------------------- */

/*
 * Pads below zero leave out rows and columns: the node gets what is left as its
 * input, and pads that the rule of Conv knows.
 */
static int crop(struct gs_infer *f, const struct gs_attr *pads,
		struct gs_tensor *rest)
{
	int64_t kept[4] = { 0 };
	size_t i;

	for (i = 0; i < pads->num; i++) {
		int64_t *dim = &rest->shape.dim[2 + i % (pads->num / 2)];

		kept[i] = pads->ints[i] < 0 ? 0 : pads->ints[i];
		if (pads->ints[i] <= -*dim)
			return ERR(f, -EINVAL,
				   "a pad of %lld leaves nothing of %lld",
				   (long long)pads->ints[i], (long long)*dim);
		*dim += pads->ints[i] - kept[i];
	}
	f->node->input[0] = rest;
	return gs_node_set_attr_ints(f->graph, f->node, "pads", kept,
				     pads->num) ?
		       gs_nomem(f->diag) :
		       0;
}

/* A row that is folded is a picture of one row, and its result a row again. */
static void drop_height(struct gs_infer *f)
{
	struct gs_shape *y = &f->out[0];

	if (f->node->output[0]->shape.rank != 3 || y->rank != 4 ||
	    y->dim[2] != 1)
		return;
	y->rank = 3;
	y->dim[2] = y->dim[3];
}

static int conv(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	const struct gs_attr *pads = gs_node_attr(f->node, "pads");
	struct gs_tensor rest;
	struct gs_attr own;
	int ret;

	if (!x)
		return -EINVAL;
	if ((x->rank != 3 && x->rank != 4) || !pads ||
	    pads->kind != GS_ATTR_INTS || pads->num != 2 * (x->rank - 2u))
		return gs_infer_conv(f);
	own = *pads;
	rest = *f->node->input[0];
	ret = crop(f, &own, &rest);
	ret = ret ? ret : gs_infer_conv(f);
	drop_height(f);
	f->type = GS_DT_F32;
	/* The form of these pads is this one. */
	if (!ret && gs_node_set_attr(f->graph, f->node, &own))
		ret = gs_nomem(f->diag);
	return ret;
}

/* ---- ConvMaxPool, ConvAveragePool -------------------------------------------- */

/* Two values of an attribute that is made with the node */
static const int64_t *get_pair(struct gs_infer *f, const char *name,
			       int64_t low)
{
	const struct gs_attr *attr = gs_node_attr(f->node, name);
	unsigned i;

	if (!attr || attr->kind != GS_ATTR_INTS || attr->num != 2) {
		ERR(f, -EINVAL, "attribute '%s' is not two numbers", name);
		return NULL;
	}
	for (i = 0; i < 2; i++)
		if (attr->ints[i] < low || attr->ints[i] > MAX_VALUE) {
			ERR(f, -EINVAL,
			    "attribute '%s' has value %lld, possible are %lld to %d",
			    name, (long long)attr->ints[i], (long long)low,
			    MAX_VALUE);
			return NULL;
		}
	return attr->ints;
}

/* Windows over the picture that Conv gives; how many, the pads at its end decided, which are gone. */
static int pool(struct gs_infer *f, const struct gs_shape *y)
{
	const int64_t *kernel = get_pair(f, "pool_shape", 1);
	const int64_t *stride = kernel ? get_pair(f, "pool_strides", 1) : NULL;
	const int64_t *pad = stride ? get_pair(f, "pool_pads", 0) : NULL;
	const int64_t *picture = pad ? get_pair(f, "picture", 1) : NULL;
	unsigned i;

	if (!picture)
		return -EINVAL;
	for (i = 0; i < 2; i++) {
		const int64_t num = y->dim[2 + i];
		const int64_t over =
			(num - 1) * stride[i] + kernel[i] - pad[i] - picture[i];

		if (picture[i] != f->out[0].dim[2 + i])
			return ERR(f, -EINVAL,
				   "picture has %lld %s, the inputs give %lld",
				   (long long)picture[i],
				   i ? "columns" : "rows",
				   (long long)f->out[0].dim[2 + i]);
		if (pad[i] >= kernel[i] || over >= kernel[i] ||
		    over <= -stride[i])
			return ERR(
				f, -EINVAL,
				"%lld windows of %lld, %lld apart, do not cover %lld with %lld before",
				(long long)num, (long long)kernel[i],
				(long long)stride[i], (long long)picture[i],
				(long long)pad[i]);
		f->out[0].dim[2 + i] = num;
	}
	return 0;
}

static int conv_pool(struct gs_infer *f)
{
	const struct gs_shape *y = &f->node->output[0]->shape;
	int ret;

	if (y->rank != 4)
		return ERR(f, -EINVAL, "its result has %u dimensions, not 4",
			   y->rank);
	ret = conv(f);
	return ret ? ret : pool(f, y);
}

gs_infer_fn gs_check_lowered(const struct gs_node *node)
{
	static const struct {
		const char *op;
		gs_infer_fn infer;
	} own[] = {
		{ "Move", any_shape },
		{ "Fill", any_shape },
		{ "Lerp", lerp },
		{ "Conv", conv },
		{ "ConvMaxPool", conv_pool },
		{ "ConvAveragePool", conv_pool },
	};
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (gs_op_is(node, own[i].op))
			return own[i].infer;
	return NULL;
}
