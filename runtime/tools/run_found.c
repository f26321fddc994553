/* SPDX-License-Identifier: MIT */
#include "runtime/tools/run_found.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/heads/draw.h"

#define ERR_SIZE 512

static int no_memory(void)
{
	fputs("gs-run: out of memory\n", stderr);
	return -ENOMEM;
}

/* ---- the head ------------------------------------------------------------------ */

static const char *find_meta(const void *ctx, const char *key)
{
	return gs_model_meta(ctx, key);
}

static int describe_outputs(const struct gs_model *model,
			    struct gs_head_output *list, uint32_t num)
{
	struct gs_tensor_info info = { .size = sizeof(info) };

	for (uint32_t i = 0; i < num; i++) {
		if (gs_model_output(model, i, &info))
			return no_memory();
		list[i].name = info.name;
		list[i].rank = info.rank < GS_HEAD_MAX_RANK ? info.rank :
							      GS_HEAD_MAX_RANK;
		memcpy(list[i].dim, info.dim, list[i].rank * sizeof(int64_t));
	}
	return 0;
}

/* The input that was given a picture, else the first of the right form. */
static uint32_t find_input(const struct run_inputs *in)
{
	for (uint32_t i = 0; i < in->num; i++)
		if (in->input[i].num_samples && in->input[i].sample[0].picture)
			return i;
	for (uint32_t i = 0; i < in->num; i++)
		if (in->input[i].info.rank == 4)
			return i;
	return 0;
}

static int open_head(struct run_found *f, const struct gs_model *model,
		     const struct run_opts *opts, const struct run_inputs *in)
{
	const struct gs_tensor_info *info = &in->input[f->input].info;
	struct gs_head_model m = { .meta = find_meta,
				   .ctx = model,
				   .num_outputs = gs_model_num_outputs(model),
				   .width = info->layout.w,
				   .height = info->layout.h };
	struct gs_head_output *list = calloc(m.num_outputs + 1u, sizeof(*list));
	char err[ERR_SIZE];
	int ret = list ? describe_outputs(model, list, m.num_outputs) :
			 no_memory();

	m.output = list;
	if (!ret && run_batch(info) != 1) {
		fprintf(stderr,
			"gs-run: %s: takes %zu pictures at a time; a head "
			"takes one\n",
			opts->model, run_batch(info));
		ret = -EINVAL;
	} else if (!ret) {
		ret = gs_head_open(&m, &f->head, err, sizeof(err));
		if (ret)
			fprintf(stderr, "gs-run: %s: %s\n", opts->model, err);
	}
	free(list);
	return ret;
}

/* --draw is for one picture. */
static int check_draw(const struct run_found *f, const struct run_inputs *in)
{
	const struct run_input *from = &in->input[f->input];

	if (in->runs != 1) {
		fprintf(stderr,
			"gs-run: --draw takes one picture; there are %zu "
			"samples\n",
			in->runs);
		return -EINVAL;
	}
	if (from->sample[0].picture)
		return 0;
	fprintf(stderr, "gs-run: %s: is no picture (.png, .jpg) to draw onto\n",
		from->sample[0].path);
	return -EINVAL;
}

int run_found_init(struct run_found *f, const struct gs_model *model,
		   const struct run_opts *opts, const struct run_inputs *in)
{
	bool wanted = opts->draw || (opts->top_default && !opts->quantized &&
				     gs_model_meta(model, "head"));
	int ret;

	if (!wanted || !in->num)
		return 0;
	f->input = find_input(in);
	ret = open_head(f, model, opts, in);
	if (!ret && opts->draw)
		ret = check_draw(f, in);
	return ret ? ret : run_labels_read(model, &f->labels);
}

void run_found_free(struct run_found *f)
{
	gs_head_close(f->head);
	run_labels_free(&f->labels);
}

/* ---- lists --------------------------------------------------------------------- */

/* Part of the picture that the mask covers. */
static double covered(const struct gs_head_found *found,
		      const struct gs_placement *at)
{
	const double sx = (double)found->map_width / found->width;
	const double sy = (double)found->map_height / found->height;
	size_t all = 0, on = 0;

	for (uint32_t y = 0; y < found->map_height; y++)
		for (uint32_t x = 0; x < found->map_width; x++) {
			const double px = ((double)x + 0.5) / sx - at->left;
			const double py = ((double)y + 0.5) / sy - at->top;

			if (px < 0 || py < 0 || px >= at->inner_width ||
			    py >= at->inner_height)
				continue;
			all++;
			on += found->map[(size_t)y * found->map_width + x] >
			      found->threshold;
		}
	return all ? (double)on / (double)all : 0;
}

static void print_title(const struct gs_head_found *found,
			const struct run_sample *s,
			const struct gs_placement *at)
{
	static const struct {
		const char *one, *many, *values;
	} what[] = {
		[GS_HEAD_BOXES] = { "box", "boxes",
				    "left, top, right, bottom" },
		[GS_HEAD_MASK] = { "region", "regions",
				   "left, top, right, bottom" },
		[GS_HEAD_LINES] = { "line", "lines", "x, y, x, y" },
	};

	if (s->only)
		printf("%s", s->path);
	else
		printf("%s [%zu]", s->path, s->index);
	if (found->kind == GS_HEAD_MASK)
		printf(": mask on %.1f %%", 100 * covered(found, at));
	if (found->kind != GS_HEAD_MASK || found->num)
		printf("%s %zu %s", found->kind == GS_HEAD_MASK ? "," : ":",
		       found->num,
		       found->num == 1 ? what[found->kind].one :
					 what[found->kind].many);
	if (found->num)
		printf(": score, %s", what[found->kind].values);
	putchar('\n');
}

static void print_items(const struct gs_head_found *found,
			const struct run_labels *l)
{
	for (size_t i = 0; i < found->num; i++) {
		const struct gs_head_item *item = &found->item[i];

		printf("  %9.6f ", (double)item->score);
		for (int k = 0; k < 4; k++)
			printf(" %8.1f", (double)item->at[k]);
		if (item->label < l->num)
			printf("  %s (%u)", l->name[item->label], item->label);
		else if (found->kind == GS_HEAD_BOXES)
			printf("  (%u)", item->label);
		for (size_t k = 0; k < found->num_points; k++) {
			const float *p =
				found->point + 2 * (i * found->num_points + k);

			printf(k ? "  %.1f,%.1f" : "  points  %.1f,%.1f",
			       (double)p[0], (double)p[1]);
		}
		putchar('\n');
	}
}

static int draw(const struct run_found *f, const struct gs_head_found *found,
		const struct run_sample *s, const char *path)
{
	char err[ERR_SIZE];
	struct gs_image im;
	int ret = gs_image_read(s->path, 3, &im, err, sizeof(err));

	if (!ret) {
		gs_head_draw(&im, found, &s->at, f->labels.name, f->labels.num);
		ret = gs_image_write(path, &im, err, sizeof(err));
		gs_image_free(&im);
	}
	if (ret)
		fprintf(stderr, "gs-run: %s\n", err);
	return ret;
}

static int decode(const struct run_found *f, const struct run_outputs *out,
		  size_t run, struct gs_head_found *found)
{
	const float **data = calloc(out->num + 1u, sizeof(*data));
	int ret = -ENOMEM;

	if (data) {
		for (uint32_t i = 0; i < out->num; i++)
			data[i] = (const float *)out->output[i].npy.data +
				  run * out->output[i].bytes / sizeof(float);
		ret = gs_head_decode(f->head, data, found);
	}
	free(data);
	return ret ? no_memory() : 0;
}

int run_found_print(const struct run_found *f, const struct run_inputs *in,
		    const struct run_outputs *out, const struct run_opts *opts)
{
	int ret = 0;

	for (size_t run = 0; run < in->runs && f->head && !ret; run++) {
		const struct run_input *from = &in->input[f->input];
		const struct run_sample *s = &from->sample[run];
		const uint32_t w = from->info.layout.w, h = from->info.layout.h;
		const struct gs_placement whole = { w, h, 0, 0, w, h };
		const struct gs_placement *at = s->picture ? &s->at : &whole;
		struct gs_head_found found;

		ret = decode(f, out, run, &found);
		if (ret)
			return ret;
		gs_head_place(&found, at);
		print_title(&found, s, at);
		print_items(&found, &f->labels);
		if (opts->draw)
			ret = draw(f, &found, s, opts->draw);
		gs_head_found_free(&found);
	}
	return ret;
}
