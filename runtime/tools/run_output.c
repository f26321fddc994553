/* SPDX-License-Identifier: MIT */
#include "runtime/tools/run_output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/tools/run_labels.h"

#define ERR_SIZE 512

static int no_memory(void)
{
	fprintf(stderr, "%s: out of memory\n", run_program);
	return -ENOMEM;
}

int run_stack(const struct gs_tensor_info *info, enum gs_npy_type type,
	      size_t runs, struct gs_npy *npy)
{
	int64_t dim[GS_MAX_DIMS] = { (int64_t)runs };

	if (info->rank)
		memcpy(dim, info->dim, sizeof(dim));
	if (info->rank &&
	    __builtin_mul_overflow(dim[0], (int64_t)runs, &dim[0]))
		return -ENOMEM;
	return gs_npy_alloc(type, info->rank ? info->rank : 1, dim, npy);
}

int run_outputs_init(struct run_outputs *out, const struct gs_model *model,
		     const struct run_opts *opts, size_t runs)
{
	enum gs_npy_type type = opts->quantized ? GS_NPY_I8 : GS_NPY_F32;

	out->num = gs_model_num_outputs(model);
	out->output = calloc(out->num + 1u, sizeof(*out->output));
	if (!out->output)
		return no_memory();
	for (uint32_t i = 0; i < out->num; i++) {
		struct run_output *o = &out->output[i];

		o->info.size = sizeof(o->info);
		if (gs_model_output(model, i, &o->info) ||
		    run_stack(&o->info, type, runs, &o->npy))
			return no_memory();
		o->bytes = o->npy.bytes / runs;
	}
	return 0;
}

void run_bind(const struct run_inputs *in, const struct run_outputs *out,
	      size_t run, struct gs_binding *to_in, struct gs_binding *to_out)
{
	for (uint32_t i = 0; i < in->num; i++) {
		const struct run_input *from = &in->input[i];

		to_in[i] = (struct gs_binding){
			.index = i,
			.type = from->type,
			.data = from->data + run * from->bytes,
			.bytes = from->bytes,
		};
	}
	for (uint32_t i = 0; i < out->num; i++) {
		const struct run_output *to = &out->output[i];

		to_out[i] = (struct gs_binding){
			.index = i,
			.type = to->npy.type == GS_NPY_I8 ? GS_INT8 :
							    GS_FLOAT32,
			.data = (char *)to->npy.data + run * to->bytes,
			.bytes = to->bytes,
		};
	}
}

void run_outputs_free(struct run_outputs *out)
{
	for (uint32_t i = 0; i < out->num && out->output; i++)
		gs_npy_free(&out->output[i].npy);
	free(out->output);
}

/* ---- files ------------------------------------------------------------------ */

static const struct run_output *find(const struct run_outputs *out,
				     const struct run_file *file)
{
	if (!file->name && out->num == 1)
		return &out->output[0];
	for (uint32_t i = 0; i < out->num && file->name; i++)
		if (!strcmp(out->output[i].info.name, file->name))
			return &out->output[i];
	fprintf(stderr, "%s: %s: %s'%s'; the model has the outputs",
		run_program, file->path,
		file->name ? "no output " : "say NAME=",
		file->name ? file->name : file->path);
	for (uint32_t i = 0; i < out->num; i++)
		fprintf(stderr, " %s", out->output[i].info.name);
	fputc('\n', stderr);
	return NULL;
}

int run_outputs_write(const struct run_outputs *out,
		      const struct run_opts *opts)
{
	char err[ERR_SIZE];

	for (size_t i = 0; i < opts->num_outputs; i++) {
		const struct run_output *o = find(out, &opts->output[i]);
		int ret;

		if (!o)
			return -EINVAL;
		ret = gs_npy_write(opts->output[i].path, &o->npy, err,
				   sizeof(err));
		if (!ret)
			continue;
		fprintf(stderr, "%s: %s\n", run_program, err);
		return ret;
	}
	return 0;
}

/* ---- lists ------------------------------------------------------------------ */

static void print_entry(const struct run_labels *l, const struct gs_npy *npy,
			size_t at, size_t index, size_t elems)
{
	double value = gs_npy_get(npy, at);

	if (npy->type == GS_NPY_I8)
		printf("  %6.0f  ", value);
	else
		printf("  %9.6f  ", value);
	if (l->num == elems)
		printf("%s (%zu)\n", l->name[index], index);
	else
		printf("%zu\n", index);
}

/* The @top largest of @elems values from @first on; equal ones by index. */
static void print_top(const struct run_labels *l, const struct gs_npy *npy,
		      size_t first, size_t elems, unsigned top)
{
	double limit = 0;
	size_t limit_at = 0;

	for (unsigned n = 0; n < top && n < elems; n++) {
		size_t best = elems;

		for (size_t i = 0; i < elems; i++) {
			double v = gs_npy_get(npy, first + i);
			bool used = n && (v > limit ||
					  (v == limit && i <= limit_at));

			if (!used && (best == elems ||
				      v > gs_npy_get(npy, first + best)))
				best = i;
		}
		if (best == elems)
			return;
		limit = gs_npy_get(npy, first + best);
		limit_at = best;
		print_entry(l, npy, first + best, best, elems);
	}
}

static void print_sample(const struct run_outputs *out,
			 const struct run_input *in, const struct run_labels *l,
			 size_t sample, unsigned top)
{
	const struct run_sample *s = in ? &in->sample[sample] : NULL;

	if (s && s->only)
		printf("%s\n", s->path);
	else if (s)
		printf("%s [%zu]\n", s->path, s->index);
	for (uint32_t i = 0; i < out->num; i++) {
		const struct run_output *o = &out->output[i];
		size_t samples = in ? in->num_samples : 1;
		size_t elems = o->npy.elems / samples;

		if (out->num > 1)
			printf(" %s\n", o->info.name);
		print_top(l, &o->npy, sample * elems, elems, top);
	}
}

/* Outputs whose elements do not divide among the samples are one block a run. */
static bool by_sample(const struct run_outputs *out, size_t samples)
{
	for (uint32_t i = 0; i < out->num; i++)
		if (out->output[i].npy.elems % samples)
			return false;
	return true;
}

int run_outputs_top(const struct run_outputs *out, const struct run_inputs *in,
		    const struct gs_model *model, const struct run_opts *opts)
{
	const struct run_input *first = in->num ? &in->input[0] : NULL;
	struct run_labels l;
	int ret = 0;

	if (!opts->top)
		return 0;
	ret = run_labels_read(model, &l);
	if (first && !by_sample(out, first->num_samples))
		first = NULL;
	for (size_t i = 0; i < (first ? first->num_samples : 1) && !ret; i++)
		print_sample(out, first, &l, i, opts->top);
	run_labels_free(&l);
	return ret;
}
