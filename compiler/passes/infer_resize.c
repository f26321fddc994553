/* SPDX-License-Identifier: MIT */
/*
 * Resize and the older Upsample, which becomes a Resize.
 */
#include <errno.h>
#include <math.h>

#include "compiler/passes/infer.h"
#include "compiler/passes/util.h"

#define ERR GS_INFER_ERR

#define MAX_SCALE 65536.0f

static const char *const modes[] = { "nearest", "linear", NULL };
static const char *const coordinates[] = {
	"half_pixel",
	"half_pixel_symmetric",
	"pytorch_half_pixel",
	"align_corners",
	"asymmetric",
	"tf_half_pixel_for_nn",
	NULL,
};
static const char *const roundings[] = {
	"round_prefer_floor", "round_prefer_ceil", "floor", "ceil", NULL,
};

/* The attribute must be one of the list; made explicit */
static int choose(struct gs_infer *f, const char *name, const char *fallback,
		  const char *const *list)
{
	const char *value = gs_node_attr_string(f->node, name, fallback);

	for (; *list; list++)
		if (!strcmp(*list, value))
			return gs_infer_explicit_string(f, name, value);
	return ERR(f, -ENOTSUP, "%s '%s' is not supported", name, value);
}

static const char *const policies[] = { "stretch", "not_larger", "not_smaller",
					NULL };

static int refuse(struct gs_infer *f)
{
	if (gs_node_attr_int(f->node, "antialias", 0))
		return ERR(f, -ENOTSUP, "antialias is not supported");
	return choose(f, "keep_aspect_ratio_policy", "stretch", policies);
}

/* The axes that scales and sizes are of, all unless listed */
static int get_axes(struct gs_infer *f, unsigned rank, int64_t *axes,
		    unsigned *num)
{
	unsigned i;
	int ret;

	ret = gs_get_axes(f->node, "axes", GS_MAX_IO, axes, num, f->diag);
	for (i = 0; i < *num && ret >= 0; i++) {
		ret = gs_norm_axis(f->node, axes[i], rank, f->diag);
		axes[i] = ret;
	}
	for (i = 0; i < rank && !*num; i++)
		axes[i] = i;
	*num = *num ? *num : rank;
	return ret < 0 ? ret : 0;
}

/* Values of attribute or input "scales" */
static int get_scales(struct gs_infer *f, unsigned input, const float **list,
		      size_t *num)
{
	const struct gs_attr *attr = gs_node_attr(f->node, "scales");
	const struct gs_tensor *t = gs_input(f->node, input);

	*num = 0;
	*list = NULL;
	if (attr && attr->kind == GS_ATTR_FLOATS) {
		*list = attr->floats;
		*num = attr->num;
	} else if (t) {
		if (!t->data || t->type != GS_DT_F32)
			return ERR(f, -ENOTSUP,
				   "scales '%s' must be constants of float32",
				   t->name);
		*list = t->data;
		*num = (size_t)gs_shape_elems(&t->shape);
	}
	return 0;
}

static int by_scales(struct gs_infer *f, const float *list, size_t num,
		     const int64_t *axes, unsigned num_axes, float *scales)
{
	struct gs_shape *out = &f->out[0];
	size_t i;

	if (num != num_axes)
		return ERR(f, -EINVAL, "%zu scales do not fit %u axes", num,
			   num_axes);
	for (i = 0; i < num; i++) {
		int64_t *dim = &out->dim[axes[i]];

		if (!(list[i] > 0.0f) || list[i] > MAX_SCALE ||
		    *dim > INT32_MAX)
			return ERR(f, -EINVAL, "scale %g is not possible",
				   (double)list[i]);
		scales[axes[i]] = list[i];
		*dim = (int64_t)floorf((float)*dim * list[i]);
	}
	return 0;
}

/*
 * One scale for all axes, the smallest or the largest that the sizes make, and
 * the sizes it gives.
 */
static void keep_ratio(struct gs_infer *f, const int64_t *axes, unsigned num,
		       float *scales)
{
	const char *policy =
		gs_node_attr_string(f->node, "keep_aspect_ratio_policy", "");
	const bool smallest = !strcmp(policy, "not_larger");
	const struct gs_shape *x = &f->node->input[0]->shape;
	float scale = num ? scales[axes[0]] : 1.0f;
	unsigned i;

	if (!smallest && strcmp(policy, "not_smaller"))
		return;
	for (i = 1; i < num; i++)
		scale = smallest ? fminf(scale, scales[axes[i]]) :
				   fmaxf(scale, scales[axes[i]]);
	for (i = 0; i < num; i++) {
		scales[axes[i]] = scale;
		f->out[0].dim[axes[i]] =
			(int64_t)floorf(scale * (float)x->dim[axes[i]] + 0.5f);
	}
}

static int by_sizes(struct gs_infer *f, const int64_t *axes, unsigned num_axes,
		    float *scales)
{
	struct gs_shape *out = &f->out[0];
	int64_t sizes[GS_MAX_RANK];
	unsigned i, num;
	int ret;

	ret = gs_get_axes(f->node, "sizes", 3, sizes, &num, f->diag);
	if (ret < 0)
		return ret;
	if (num != num_axes)
		return ERR(
			f, -EINVAL,
			"%u sizes do not fit %u axes, and there are no scales",
			num, num_axes);
	for (i = 0; i < num; i++) {
		int64_t *dim = &out->dim[axes[i]];

		if (sizes[i] < 1 || sizes[i] > INT32_MAX)
			return ERR(f, -EINVAL, "size %lld is not possible",
				   (long long)sizes[i]);
		scales[axes[i]] = (float)sizes[i] / (float)*dim;
		*dim = sizes[i];
	}
	keep_ratio(f, axes, num, scales);
	return 0;
}

static int infer_sizes(struct gs_infer *f, const struct gs_shape *x)
{
	bool old = f->graph->opset < 11 || gs_op_is(f->node, "Upsample");
	float scales[GS_MAX_RANK] = { 1, 1, 1, 1, 1, 1 };
	int64_t axes[GS_MAX_RANK];
	const float *list;
	unsigned num_axes;
	size_t num;
	int ret;

	f->out[0] = *x;
	ret = get_axes(f, x->rank, axes, &num_axes);
	if (!ret)
		ret = get_scales(f, old ? 1 : 2, &list, &num);
	if (!ret)
		ret = num ? by_scales(f, list, num, axes, num_axes, scales) :
			    by_sizes(f, axes, num_axes, scales);
	if (ret < 0)
		return ret;
	gs_node_remove_attr(f->node, "axes");
	gs_node_remove_attr(f->node, "keep_aspect_ratio_policy");
	if (gs_node_set_attr_floats(f->graph, f->node, "scales", scales,
				    x->rank) < 0)
		return gs_nomem(f->diag);
	return 0;
}

int gs_infer_resize(struct gs_infer *f)
{
	const struct gs_shape *x = gs_infer_need(f, 0, 0);
	bool old = f->graph->opset < 11 || gs_op_is(f->node, "Upsample");
	int ret;

	ret = x ? refuse(f) : -EINVAL;
	if (!ret)
		ret = choose(f, "mode", "nearest", modes);
	if (!ret)
		ret = choose(f, "coordinate_transformation_mode",
			     old ? "asymmetric" : "half_pixel", coordinates);
	if (!ret)
		ret = choose(f, "nearest_mode",
			     old ? "floor" : "round_prefer_floor", roundings);
	if (!ret)
		ret = infer_sizes(f, x);
	if (ret < 0)
		return ret;
	gs_infer_drop_inputs(f, 1);
	f->node->op = "Resize";
	return 0;
}
