/* SPDX-License-Identifier: MIT */
#include "compiler/tools/gsc_calib.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/tools/gsc_meta.h"
#include "runtime/support/image.h"
#include "runtime/support/npy.h"
#include "runtime/support/pixel.h"

/* One file on its way into the samples of an input. */
struct load {
	struct gsc_calib *to;
	const struct gs_tensor *input;
	const char *path;
	struct gs_pixel pixel;
	size_t elems; /* of a sample */
	struct gs_diag *diag;
};

static const struct gs_tensor *find_input(const struct gs_graph *graph,
					  const char *name)
{
	unsigned i;

	if (!name)
		return graph->num_inputs == 1 ? graph->input[0] : NULL;
	for (i = 0; i < graph->num_inputs; i++)
		if (!strcmp(graph->input[i]->name, name))
			return graph->input[i];
	return NULL;
}

/* Room for more samples of the input, behind those it has; NULL after reporting. */
static float *add_samples(struct load *l, size_t num)
{
	struct gs_calib *c = l->to->calib;
	size_t i = 0;
	float *grown;

	while (i < l->to->num && strcmp(c[i].name, l->input->name))
		i++;
	grown = reallocarray(l->to->samples[i], c[i].samples + num,
			     l->elems * sizeof(*grown));
	if (!grown) {
		gs_error(l->diag, -ENOMEM, "out of memory");
		return NULL;
	}
	l->to->samples[i] = grown;
	if (i == l->to->num)
		l->to->num++;
	grown += c[i].num_values;
	c[i].name = l->input->name;
	c[i].data = l->to->samples[i];
	c[i].samples += num;
	c[i].num_values += num * l->elems;
	return grown;
}

/* ---- arrays ---- */

/*
 * Samples along the first axis: behind it stand the dimensions of the input
 * behind its first, dimensions of 1 aside.
 */
static bool stacks(const struct gs_npy *npy, const struct gs_shape *shape)
{
	unsigned i = 1, d = 1;

	while (i < npy->rank || d < shape->rank) {
		if (i < npy->rank && npy->dim[i] == 1)
			i++;
		else if (d < shape->rank && shape->dim[d] == 1)
			d++;
		else if (i == npy->rank || d == shape->rank ||
			 npy->dim[i++] != shape->dim[d++])
			return false;
	}
	return true;
}

/*
 * Floats are taken as they are; bytes are pixels, scaled as the model says; int8
 * are steps of an input that has a scale, as gs-run takes them.
 */
static void copy_values(const struct load *l, const struct gs_npy *npy,
			float *to)
{
	const struct gs_quant *steps = &l->input->quant;
	const bool ints = npy->type == GS_NPY_I8 && steps->valid;
	const enum gs_dim_order order = gs_tensor_order(l->input);
	int64_t dims[GS_MEM_DIMS];
	size_t i, plane;

	gs_canonical_dims(l->input, order, dims);
	plane = order == GS_ORDER_NHWC ? 1 : (size_t)(dims[1] * dims[2]);
	for (i = 0; i < npy->elems; i++) {
		const double v = gs_npy_get(npy, i);

		to[i] = npy->type == GS_NPY_U8 ?
				gs_pixel_value(&l->pixel, v,
					       i / plane % (size_t)dims[3]) :
			ints ? steps->scale[0] *
					(float)(v - steps->zero_point) :
			       (float)v;
	}
}

static int check_array(const struct load *l, const struct gs_npy *npy)
{
	char shape[128];

	if (npy->elems && !(npy->elems % l->elems) &&
	    stacks(npy, &l->input->shape))
		return 0;
	return gs_error(
		l->diag, -EINVAL,
		"%s: %zu values are not samples of input '%s' (%s) along the first axis",
		l->path, npy->elems, l->input->name,
		gs_shape_format(&l->input->shape, shape, sizeof(shape)));
}

static int load_array(struct load *l)
{
	struct gs_npy npy;
	char err[512];
	float *to;
	int ret = gs_npy_read(l->path, &npy, err, sizeof(err));

	if (ret)
		return gs_error(l->diag, ret, "%s", err);
	ret = check_array(l, &npy);
	if (!ret) {
		to = add_samples(l, npy.elems / l->elems);
		if (to)
			copy_values(l, &npy, to);
		else
			ret = -ENOMEM;
	}
	gs_npy_free(&npy);
	return ret;
}

/* ---- arrays of floats ---- */

static int read_stream(const struct gsc_stream *s, size_t sample, float *to,
		       struct gs_diag *diag)
{
	size_t left = s->elems * sizeof(*to);
	size_t at = s->offset + sample * left;
	char *into = (char *)to;

	while (left) {
		const ssize_t n = pread(s->fd, into, left, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return gs_error(diag, n ? -errno : -EIO, "%s: %s",
					s->path,
					n ? strerror(errno) :
					    "became shorter while it was read");
		into += n;
		at += (size_t)n;
		left -= (size_t)n;
	}
	return 0;
}

static int read_sample(const struct gs_calib *calib, size_t sample, float *to,
		       struct gs_diag *diag)
{
	const struct gsc_stream *s = calib->ctx;

	if (s->of->asked && calib == s->of->calib)
		s->of->asked(s->of->ctx, sample, calib->samples);
	if (!s->data)
		return read_stream(s, sample, to, diag);
	memcpy(to, s->data + sample * s->elems, s->elems * sizeof(*to));
	return 0;
}

/* The only array of the input, a file of floats: 1 if it is none. */
static int stream_array(struct load *l)
{
	struct gsc_stream *s = &l->to->stream[l->to->num];
	struct gs_npy npy;
	struct stat st;
	char err[512];
	int ret;

	*s = (struct gsc_stream){ .of = l->to, .elems = l->elems };
	if (stat(l->path, &st) || !S_ISREG(st.st_mode))
		return 1;
	s->fd = open(l->path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0)
		return 1;
	s->path = l->path;
	ret = gs_npy_read_head(s->fd, l->path, &npy, &s->offset, err,
			       sizeof(err));
	if (ret)
		return gs_error(l->diag, ret, "%s", err);
	if (npy.type != GS_NPY_F32)
		return 1;
	ret = check_array(l, &npy);
	if (ret)
		return ret;
	l->to->calib[l->to->num++] =
		(struct gs_calib){ .name = l->input->name,
				   .samples = npy.elems / l->elems,
				   .num_values = npy.elems,
				   .read = read_sample,
				   .ctx = s };
	return 0;
}

/* What could not be read in parts is read as a whole. */
static int take_array(struct load *l, bool alone)
{
	struct gsc_stream *s = &l->to->stream[l->to->num];
	const int ret = alone ? stream_array(l) : 1;

	if (ret <= 0)
		return ret;
	if (alone && s->path)
		close(s->fd);
	s->path = NULL;
	return load_array(l);
}

/* ---- pictures ---- */

static int load_picture(struct load *l)
{
	const enum gs_dim_order order = gs_tensor_order(l->input);
	struct gs_pixel_input shape = { .nhwc = order == GS_ORDER_NHWC };
	int64_t dims[GS_MEM_DIMS];
	char err[512], text[128];
	float *to;
	int ret;

	gs_canonical_dims(l->input, order, dims);
	if (l->input->shape.rank < 3 || dims[0] != 1 || dims[3] > UINT32_MAX ||
	    !gs_pixel_fits(&l->pixel, (uint32_t)dims[3]))
		return gs_error(l->diag, -EINVAL,
				"%s: input '%s' (%s) does not take a picture",
				l->path, l->input->name,
				gs_shape_format(&l->input->shape, text,
						sizeof(text)));
	shape.height = (uint32_t)dims[1];
	shape.width = (uint32_t)dims[2];
	shape.channels = (uint32_t)dims[3];
	to = add_samples(l, 1);
	if (!to)
		return -ENOMEM;
	ret = gs_pixel_load(&l->pixel, l->path, &shape, to, NULL, err,
			    sizeof(err));
	return ret ? gs_error(l->diag, ret, "%s", err) : 0;
}

/* ---- all files ---- */

/* Is this the only file of its input? */
static bool is_alone(const struct gsc_args *args, const struct gs_graph *graph,
		     const struct gs_tensor *input)
{
	unsigned i, num = 0;

	for (i = 0; i < args->num_calib; i++)
		num += find_input(graph, args->calib[i].name) == input;
	return num == 1;
}

static int load_file(struct load *l, const struct gsc_args *args, unsigned at,
		     const struct gs_graph *graph)
{
	const struct gsc_calib_arg *arg = &args->calib[at];
	struct gs_pixel_text text;
	char err[256];

	l->input = find_input(graph, arg->name);
	l->path = arg->path;
	if (!l->input)
		return arg->name ?
			       gs_error(l->diag, -EINVAL,
					"the model has no input '%s'",
					arg->name) :
			       gs_error(
				       l->diag, -EINVAL,
				       "the model has %u inputs: --calibrate needs NAME=FILE",
				       graph->num_inputs);
	text = gsc_meta_pixels(graph, l->input);
	if (gs_pixel_parse(&text, &l->pixel, err, sizeof(err)))
		return gs_error(l->diag, -EINVAL, "metadata: input.%s", err);
	l->elems = (size_t)gs_shape_elems(&l->input->shape);
	return gs_image_is(arg->path) ?
		       load_picture(l) :
		       take_array(l, is_alone(args, graph, l->input));
}

/* Samples in memory are asked for, too. */
static void hand_out(struct gsc_calib *c)
{
	size_t i;

	for (i = 0; i < c->num; i++) {
		struct gs_calib *calib = &c->calib[i];

		if (!calib->data)
			continue;
		c->stream[i].of = c;
		c->stream[i].data = calib->data;
		c->stream[i].elems = calib->num_values / calib->samples;
		calib->data = NULL;
		calib->read = read_sample;
		calib->ctx = &c->stream[i];
	}
}

int gsc_calib_load(struct gsc_calib *c, const struct gsc_args *args,
		   const struct gs_graph *graph, struct gs_diag *diag)
{
	struct load l = { .to = c, .diag = diag };
	unsigned i;
	int ret = 0;

	for (i = 0; i < args->num_calib && !ret; i++)
		ret = load_file(&l, args, i, graph);
	hand_out(c);
	return ret;
}

void gsc_calib_free(struct gsc_calib *c)
{
	size_t i;

	for (i = 0; i < GSC_MAX_CALIB; i++) {
		free(c->samples[i]);
		c->samples[i] = NULL;
		if (c->stream[i].path)
			close(c->stream[i].fd);
		c->stream[i].path = NULL;
	}
}
