/* SPDX-License-Identifier: MIT */
#include "compiler/tools/gsc_meta.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/file.h"
#include "runtime/heads/head.h"
#include "runtime/support/pixel.h"

#define MAX_BYTES ((size_t)1 << 20)
#define MAX_KEYS 256

/* ---- file ---- */

static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (*text == ' ' || *text == '\t')
		text++;
	while (end > text &&
	       (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		*--end = '\0';
	return text;
}

static GS_PRINTF(3, 4) int fail_line(const char *path, unsigned line,
				     const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "gsc: error: %s: line %u: ", path, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return -EINVAL;
}

static int read_line(struct gsc_meta *m, char *text, const char *path,
		     unsigned line)
{
	char *equal, *key = trim(text);
	size_t i;

	if (!*key || *key == '#')
		return 0;
	equal = strchr(key, '=');
	if (!equal || equal == key)
		return fail_line(path, line, "expected KEY = VALUE");
	*equal = '\0';
	key = trim(key);
	for (i = 0; i < m->num; i++)
		if (!strcmp(m->entry[i].key, key))
			return fail_line(path, line,
					 "key '%.60s' is there a second time",
					 key);
	if (m->num == MAX_KEYS)
		return fail_line(path, line, "more than %d keys", MAX_KEYS);
	m->entry[m->num++] = (struct gs_meta){ key, trim(equal + 1) };
	return 0;
}

static int read_lines(struct gsc_meta *m, const char *path, size_t size)
{
	char *at = m->text, *end;
	unsigned line = 1;
	int ret;

	m->entry = calloc(MAX_KEYS, sizeof(*m->entry));
	if (!m->entry) {
		fputs("gsc: error: out of memory\n", stderr);
		return -ENOMEM;
	}
	if (strlen(m->text) != size)
		return fail_line(path, 1, "not a text: a byte is 0");
	for (; at; at = end, line++) {
		end = strchr(at, '\n');
		if (end)
			*end++ = '\0';
		ret = read_line(m, at, path, line);
		if (ret)
			return ret;
	}
	return 0;
}

int gsc_meta_read(const char *path, struct gsc_meta *m)
{
	size_t size;
	int ret;

	*m = (struct gsc_meta){ 0 };
	ret = gs_file_read(path, MAX_BYTES, &m->text, &size);
	if (!ret)
		return read_lines(m, path, size);
	fprintf(stderr, "gsc: error: %s: %s\n", path, strerror(-ret));
	return ret;
}

void gsc_meta_free(struct gsc_meta *m)
{
	free(m->text);
	free(m->entry);
}

/* ---- check ---- */

/* Value of a key, or NULL; @ctx is a struct gs_graph. */
static const char *find_value(const void *ctx, const char *key)
{
	const struct gs_graph *graph = ctx;
	unsigned i;

	for (i = 0; i < graph->num_meta; i++)
		if (!strcmp(graph->meta[i].key, key))
			return graph->meta[i].value;
	return NULL;
}

/* What stands behind @prefix in @text, or NULL */
static const char *behind(const char *text, const char *prefix)
{
	const size_t len = strlen(prefix);

	return strncmp(text, prefix, len) ? NULL : text + len;
}

static bool is_input_key(const struct gs_graph *graph, const char *key)
{
	static const char *const keys[] = { "scale", "mean", "color", "fit",
					    "extra" };
	const char *name = behind(key, "input.scale.");
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(keys[i], key + strlen("input.")))
			return true;
	if (!name)
		name = behind(key, "input.mean.");
	for (i = 0; name && i < graph->num_inputs; i++)
		if (!strcmp(graph->input[i]->name, name))
			return true;
	return false;
}

/* The value of the key @prefix of one input, or that for all */
static const char *of_input(const struct gs_graph *graph,
			    const struct gs_tensor *input, const char *prefix)
{
	const char *all = NULL;
	unsigned i;

	for (i = 0; i < graph->num_meta; i++) {
		const char *end = behind(graph->meta[i].key, prefix);

		if (end && *end == '.' && !strcmp(end + 1, input->name))
			return graph->meta[i].value;
		if (end && !*end)
			all = graph->meta[i].value;
	}
	return all;
}

struct gs_pixel_text gsc_meta_pixels(const struct gs_graph *graph,
				     const struct gs_tensor *input)
{
	return (struct gs_pixel_text){
		.scale = of_input(graph, input, "input.scale"),
		.mean = of_input(graph, input, "input.mean"),
		.color = find_value(graph, "input.color"),
		.fit = find_value(graph, "input.fit"),
		.extra = find_value(graph, "input.extra"),
	};
}

/* A misspelt key would be ignored in silence. */
static int check_keys(const struct gs_graph *graph, struct gs_diag *diag)
{
	const char *head = find_value(graph, "head");
	unsigned i;

	for (i = 0; i < graph->num_meta; i++) {
		const char *key = graph->meta[i].key;

		if (!strncmp(key, "input.", 6) && !is_input_key(graph, key))
			return gs_error(diag, -EINVAL,
					"metadata: no such key '%s'", key);
		if (!strncmp(key, "head.", 5) && !head)
			return gs_error(diag, -EINVAL,
					"metadata: '%s' without 'head'", key);
		if (!strncmp(key, "head.", 5) && !gs_head_knows(head, key))
			return gs_error(
				diag, -EINVAL,
				"metadata: no such key '%s' of head '%s'", key,
				head);
	}
	return 0;
}

static int check_pixels(const struct gs_graph *graph, struct gs_diag *diag)
{
	struct gs_pixel pixel;
	char err[256];
	unsigned i;
	int ret = 0;

	for (i = 0; i < graph->num_inputs && !ret; i++) {
		const struct gs_pixel_text text =
			gsc_meta_pixels(graph, graph->input[i]);

		ret = gs_pixel_parse(&text, &pixel, err, sizeof(err));
	}
	return ret ? gs_error(diag, ret, "metadata: input.%s", err) : 0;
}

/* The first input of rank 4 takes the picture. */
static void set_size(const struct gs_graph *graph, struct gs_head_model *model)
{
	int64_t dims[GS_MEM_DIMS];
	unsigned i;

	for (i = 0; i < graph->num_inputs; i++) {
		const struct gs_tensor *t = graph->input[i];

		if (t->shape.rank != 4)
			continue;
		gs_canonical_dims(t, gs_tensor_order(t), dims);
		if (dims[1] > UINT32_MAX || dims[2] > UINT32_MAX)
			return;
		model->height = (uint32_t)dims[1];
		model->width = (uint32_t)dims[2];
		return;
	}
}

int gsc_meta_check(const struct gs_graph *graph, struct gs_diag *diag)
{
	struct gs_head_output output[GS_MAX_IO];
	struct gs_head_model model = { .meta = find_value,
				       .ctx = graph,
				       .output = output,
				       .num_outputs = graph->num_outputs };
	struct gs_head *head;
	char err[512];
	unsigned i, k;
	int ret = check_keys(graph, diag);

	ret = ret ? ret : check_pixels(graph, diag);
	if (ret || !gs_head_is(&model))
		return ret;
	for (i = 0; i < graph->num_outputs; i++) {
		const struct gs_tensor *t = graph->output[i];

		output[i].name = t->name;
		output[i].rank = t->shape.rank;
		for (k = 0; k < t->shape.rank; k++)
			output[i].dim[k] = t->shape.dim[k];
	}
	set_size(graph, &model);
	ret = gs_head_open(&model, &head, err, sizeof(err));
	if (ret)
		return gs_error(diag, ret, "metadata: %s", err);
	gs_head_close(head);
	return 0;
}
