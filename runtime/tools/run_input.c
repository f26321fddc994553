/* SPDX-License-Identifier: MIT */
#include "runtime/tools/run_input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/support/image.h"
#include "runtime/support/npy.h"

#define ERR_SIZE 512

int run_file_add(struct run_file *list, size_t *num, const char *text)
{
	const char *equal = strchr(text, '=');
	struct run_file *f = &list[*num];

	if (*num == RUN_MAX_FILES)
		return -E2BIG;
	f->path = text;
	if (equal && equal != text && access(text, F_OK)) {
		f->name = strndup(text, (size_t)(equal - text));
		if (!f->name)
			return -ENOMEM;
		f->path = equal + 1;
	}
	++*num;
	return 0;
}

void run_files_free(struct run_file *list, size_t num)
{
	for (size_t i = 0; i < num; i++)
		free(list[i].name);
	free(list);
}

size_t run_batch(const struct gs_tensor_info *info)
{
	return info->rank ? (size_t)info->dim[0] : 1;
}

static int no_memory(void)
{
	fprintf(stderr, "%s: out of memory\n", run_program);
	return -ENOMEM;
}

static char *format_shape(const int64_t *dim, unsigned rank, char *buf,
			  size_t size)
{
	size_t len = 0;

	buf[0] = 0;
	for (unsigned i = 0; i < rank && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%lld",
					i ? "," : "", (long long)dim[i]);
	return buf;
}

/* ---- pixels ---------------------------------------------------------------- */

/* Metadata of this input, else of all */
static const char *meta_of(const struct run_input *in,
			   const struct gs_model *model, const char *key)
{
	const char *value;
	char *own;

	if (asprintf(&own, "%s.%s", key, in->info.name) < 0)
		return NULL;
	value = gs_model_meta(model, own);
	free(own);
	return value ? value : gs_model_meta(model, key);
}

/* From options, else metadata. */
static int init_pixels(struct run_input *in, const struct gs_model *model,
		       const struct run_opts *o)
{
	const struct gs_pixel_text text = {
		.scale = o->scale ? o->scale :
				    meta_of(in, model, "input.scale"),
		.mean = o->mean ? o->mean : meta_of(in, model, "input.mean"),
		.color = o->color ? o->color :
				    gs_model_meta(model, "input.color"),
		.fit = o->fit ? o->fit : gs_model_meta(model, "input.fit"),
		.extra = gs_model_meta(model, "input.extra"),
	};
	char err[ERR_SIZE];
	int ret = gs_pixel_parse(&text, &in->pixel, err, sizeof(err));

	if (ret)
		fprintf(stderr, "%s: %s\n", run_program, err);
	return ret;
}

/* Once. */
static void warn_unscaled(struct run_input *in, const char *path)
{
	if (in->pixel.known || in->warned)
		return;
	fprintf(stderr,
		"%s: %s: pixels are used as 0 to 255: no input.scale, see --scale\n",
		run_program, path);
	in->warned = true;
}

/* ---- samples --------------------------------------------------------------- */

static size_t elem_size(uint32_t type)
{
	return type == GS_FLOAT32 ? sizeof(float) : 1;
}

/* Room for @elems more elements; *at is where they go. */
static int reserve(struct run_input *in, size_t elems, void **at)
{
	size_t need = in->elems + elems, size = elem_size(in->type);
	char *grown;

	if (need > in->cap) {
		size_t cap = in->cap * 2 > need ? in->cap * 2 : need;

		grown = cap < SIZE_MAX / 8 ? realloc(in->data, cap * size) :
					     NULL;
		if (!grown)
			return no_memory();
		in->data = grown;
		in->cap = cap;
	}
	*at = in->data + in->elems * size;
	in->elems = need;
	return 0;
}

/* @at: of a picture, else NULL. */
static int add_samples(struct run_input *in, const char *path, size_t num,
		       const struct gs_placement *at)
{
	struct run_sample *grown;

	if (in->num_samples + num > in->cap_samples) {
		size_t cap = 2 * (in->num_samples + num);

		grown = realloc(in->sample, cap * sizeof(*grown));
		if (!grown)
			return no_memory();
		in->sample = grown;
		in->cap_samples = cap;
	}
	for (size_t i = 0; i < num; i++)
		in->sample[in->num_samples++] = (struct run_sample){
			.path = path,
			.index = i,
			.only = num == 1,
			.picture = at != NULL,
			.at = at ? *at : (struct gs_placement){ 0 },
		};
	return 0;
}

/* All files of an input are values, or all are quantized. */
static int set_type(struct run_input *in, const char *path, uint32_t type)
{
	if (!in->type)
		in->type = type;
	if (in->type == type)
		return 0;
	fprintf(stderr, "%s: %s: is %s; the files of input %s before are %s\n",
		run_program, path,
		type == GS_INT8 ? "int8 (quantized)" : "not quantized",
		in->info.name,
		type == GS_INT8 ? "not quantized" : "int8 (quantized)");
	return -EINVAL;
}

/* ---- arrays ------------------------------------------------------------------ */

/* Equal but for dimensions of 1. */
static bool same_shape(const int64_t *a, unsigned na, const int64_t *b,
		       unsigned nb)
{
	unsigned i = 0, k = 0;

	for (;;) {
		while (i < na && a[i] == 1)
			i++;
		while (k < nb && b[k] == 1)
			k++;
		if (i == na || k == nb)
			return i == na && k == nb;
		if (a[i++] != b[k++])
			return false;
	}
}

/* Rows, columns, channels instead of channels, rows, columns. */
static bool is_hwc(const struct gs_npy *npy, const struct gs_tensor_info *info)
{
	const int64_t *d = npy->dim + npy->rank - 3;

	return npy->type == GS_NPY_U8 && npy->rank >= 3 && info->rank == 4 &&
	       info->layout.order == GS_NCHW && info->dim[1] > 1 &&
	       d[0] == info->dim[2] && d[1] == info->dim[3] &&
	       d[2] == info->dim[1] && d[0] != d[2];
}

enum form { FORM_WRONG, FORM_STACK, FORM_ONE };

/* A stack of samples along the first dimension, or one sample without it. */
static enum form find_form(const struct gs_npy *npy,
			   const struct gs_tensor_info *info, bool hwc)
{
	unsigned skip = info->rank ? 1 : 0;
	bool whole_batches = npy->rank && npy->elems &&
			     npy->dim[0] % (int64_t)run_batch(info) == 0;

	if (hwc)
		return npy->rank == 4 && whole_batches	      ? FORM_STACK :
		       npy->rank == 3 && run_batch(info) == 1 ? FORM_ONE :
								FORM_WRONG;
	if (whole_batches && same_shape(npy->dim + 1, npy->rank - 1,
					info->dim + skip, info->rank - skip))
		return FORM_STACK;
	if (run_batch(info) == 1 &&
	    same_shape(npy->dim, npy->rank, info->dim, info->rank))
		return FORM_ONE;
	return FORM_WRONG;
}

/* Channel of element @i in logical order. */
static uint64_t channel_of(const struct gs_tensor_info *info, size_t i)
{
	const struct gs_tensor_layout *l = &info->layout;

	if (info->rank < 3)
		return 0;
	return l->order == GS_NHWC ? i % l->c :
				     i / ((size_t)l->h * l->w) % l->c;
}

/* Where logical element @i stands in an array of rows, columns, channels. */
static size_t from_hwc(const struct gs_tensor_info *info, size_t i)
{
	size_t plane = (size_t)info->dim[2] * (size_t)info->dim[3];
	size_t c = (size_t)info->dim[1], sample = plane * c;

	return i / sample * sample + i % plane * c + i / plane % c;
}

static void copy_values(struct run_input *in, const struct gs_npy *npy,
			bool hwc, float *to)
{
	for (size_t i = 0; i < npy->elems; i++) {
		double v = gs_npy_get(npy, hwc ? from_hwc(&in->info, i) : i);

		to[i] = npy->type == GS_NPY_U8 ?
				gs_pixel_value(&in->pixel, v,
					       channel_of(&in->info, i)) :
				(float)v;
	}
}

static int add_array(struct run_input *in, const struct gs_npy *npy,
		     const char *path)
{
	bool hwc = is_hwc(npy, &in->info);
	enum form form = find_form(npy, &in->info, hwc);
	char have[160], want[160];
	void *to;
	int ret;

	if (form == FORM_WRONG) {
		fprintf(stderr,
			"%s: %s: %s [%s]; input %s takes [%s], or a stack "
			"of them along the first dimension\n",
			run_program, path, gs_npy_type_name(npy->type),
			format_shape(npy->dim, npy->rank, have, sizeof(have)),
			in->info.name,
			format_shape(in->info.dim, in->info.rank, want,
				     sizeof(want)));
		return -EINVAL;
	}
	if (npy->type == GS_NPY_U8)
		warn_unscaled(in, path);
	ret = set_type(in, path, npy->type == GS_NPY_I8 ? GS_INT8 : GS_FLOAT32);
	if (!ret)
		ret = reserve(in, npy->elems, &to);
	if (ret)
		return ret;
	if (npy->type == GS_NPY_I8)
		memcpy(to, npy->data, npy->bytes);
	else
		copy_values(in, npy, hwc, to);
	return add_samples(in, path, form == FORM_ONE ? 1 : (size_t)npy->dim[0],
			   NULL);
}

static int load_array(struct run_input *in, const char *path)
{
	char err[ERR_SIZE];
	struct gs_npy npy;
	int ret = gs_npy_read(path, &npy, err, sizeof(err));

	if (ret) {
		const char *dot = strrchr(path, '.');

		fprintf(stderr, "%s: %s%s\n", run_program, err,
			dot && !strcmp(dot, ".npy") ?
				"" :
				"; inputs are .npy, .png or .jpg files");
		return ret;
	}
	ret = add_array(in, &npy, path);
	gs_npy_free(&npy);
	return ret;
}

/* ---- images ------------------------------------------------------------------- */

static int check_image_input(const struct run_input *in, const char *path)
{
	const struct gs_pixel *pixel = &in->pixel;
	char shape[160];

	if (in->info.rank >= 3 && gs_pixel_fits(pixel, in->info.layout.c))
		return 0;
	fprintf(stderr, "%s: %s: input %s is [%s], not an image of %s channels",
		run_program, path, in->info.name,
		format_shape(in->info.dim, in->info.rank, shape, sizeof(shape)),
		pixel->channels == 1 ? "1" :
		pixel->channels == 3 ? "3" :
				       "1 or 3");
	if (pixel->num_extra)
		fprintf(stderr, " and %u of input.extra", pixel->num_extra);
	fputc('\n', stderr);
	return -EINVAL;
}

static int load_image(struct run_input *in, const char *path)
{
	const struct gs_tensor_layout *l = &in->info.layout;
	const struct gs_pixel_input shape = { l->w, l->h, l->c,
					      l->order == GS_NHWC };
	struct gs_placement at;
	char err[ERR_SIZE];
	void *to;
	int ret = check_image_input(in, path);

	if (!ret)
		ret = set_type(in, path, GS_FLOAT32);
	if (!ret)
		ret = reserve(in, (size_t)l->h * l->w * l->c, &to);
	if (ret)
		return ret;
	ret = gs_pixel_load(&in->pixel, path, &shape, to, &at, err,
			    sizeof(err));
	if (ret) {
		fprintf(stderr, "%s: %s\n", run_program, err);
		return ret;
	}
	warn_unscaled(in, path);
	return add_samples(in, path, 1, &at);
}

/* ---- all inputs ----------------------------------------------------------------- */

static struct run_input *find_input(struct run_inputs *in,
				    const struct run_file *file)
{
	if (!file->name && in->num == 1)
		return &in->input[0];
	for (uint32_t i = 0; i < in->num && file->name; i++)
		if (!strcmp(in->input[i].info.name, file->name))
			return &in->input[i];
	if (file->name)
		fprintf(stderr, "%s: the model has no input '%s'; it has",
			run_program, file->name);
	else
		fprintf(stderr, "%s: %s: say NAME=%s, the model has the inputs",
			run_program, file->path, file->path);
	for (uint32_t i = 0; i < in->num; i++)
		fprintf(stderr, " %s", in->input[i].info.name);
	fputc('\n', stderr);
	return NULL;
}

static int load_file(struct run_inputs *in, const struct run_file *file)
{
	struct run_input *to = find_input(in, file);

	if (!to)
		return -EINVAL;
	return gs_image_is(file->path) ? load_image(to, file->path) :
					 load_array(to, file->path);
}

/* Inputs nobody gave are 0, for as many runs as the others have. */
static int add_zeros(struct run_inputs *in)
{
	size_t runs = 1;
	void *at;

	for (uint32_t i = 0; i < in->num; i++)
		if (in->input[i].elems)
			runs = in->input[i].elems /
			       (size_t)in->input[i].info.elems;
	for (uint32_t i = 0; i < in->num; i++) {
		struct run_input *one = &in->input[i];
		const size_t elems = (size_t)one->info.elems;

		if (one->elems)
			continue;
		one->type = GS_FLOAT32;
		if (runs > SIZE_MAX / 8 / elems ||
		    reserve(one, runs * elems, &at))
			return no_memory();
		memset(at, 0, runs * elems * sizeof(float));
	}
	return 0;
}

static int check_runs(struct run_inputs *in)
{
	for (uint32_t i = 0; i < in->num; i++) {
		struct run_input *one = &in->input[i];
		size_t elems = (size_t)one->info.elems;

		if (!one->elems || one->elems % elems) {
			fprintf(stderr,
				"%s: input %s: %zu samples; the model "
				"takes %zu at a time\n",
				run_program, one->info.name, one->num_samples,
				run_batch(&one->info));
			return -EINVAL;
		}
		one->bytes = elems * elem_size(one->type);
		if (!i)
			in->runs = one->elems / elems;
		if (one->elems / elems == in->runs)
			continue;
		fprintf(stderr,
			"%s: input %s has data for %zu runs, input %s for "
			"%zu\n",
			run_program, one->info.name, one->elems / elems,
			in->input[0].info.name, in->runs);
		return -EINVAL;
	}
	return 0;
}

int run_inputs_load(struct run_inputs *in, const struct gs_model *model,
		    const struct run_opts *opts)
{
	int ret = 0;

	in->runs = 1;
	in->num = gs_model_num_inputs(model);
	in->input = calloc(in->num + 1u, sizeof(*in->input));
	if (!in->input)
		return no_memory();
	for (uint32_t i = 0; i < in->num && !ret; i++) {
		in->input[i].info.size = sizeof(in->input[i].info);
		ret = gs_model_input(model, i, &in->input[i].info);
		ret = ret ? ret : init_pixels(&in->input[i], model, opts);
	}
	for (size_t i = 0; i < opts->num_inputs && !ret; i++)
		ret = load_file(in, &opts->input[i]);
	if (!ret && opts->zeros)
		ret = add_zeros(in);
	return ret ? ret : check_runs(in);
}

void run_inputs_free(struct run_inputs *in)
{
	for (uint32_t i = 0; i < in->num && in->input; i++) {
		free(in->input[i].data);
		free(in->input[i].sample);
	}
	free(in->input);
}
