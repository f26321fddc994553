/* SPDX-License-Identifier: MIT */
#include "runtime/tools/run_dump.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hw-model/arch/json_build.h"
#include "hw-model/isa/file.h"
#include "hw-model/isa/utf8.h"
#include "runtime/tools/run_output.h"

#define PATH_SIZE 4096

static int no_memory(void)
{
	fputs("gs-run: out of memory\n", stderr);
	return -ENOMEM;
}

/* It may be there; else errno says why it is not. */
static int make_folder(const char *dir)
{
	struct stat st;

	if (!mkdir(dir, 0777))
		return 0;
	if (errno != EEXIST || stat(dir, &st))
		return -1;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode) ? 0 : -1;
}

int run_dump_init(struct run_dump *dump, const struct gs_model *model,
		  const char *dir, size_t runs)
{
	memset(dump, 0, sizeof(*dump));
	dump->model = model;
	dump->dir = dir;
	dump->runs = runs;
	dump->num = gs_model_num_tensors(model);
	if (make_folder(dir)) {
		int err = errno;

		fprintf(stderr, "gs-run: %s: %s\n", dir, strerror(err));
		return -err;
	}
	dump->npy = calloc(dump->num + 1u, sizeof(*dump->npy));
	dump->order = calloc(dump->num + 1u, sizeof(*dump->order));
	return dump->npy && dump->order ? 0 : no_memory();
}

int run_dump_tensor(void *ctx, const struct gs_tensor_info *info, int8_t *data)
{
	struct run_dump *dump = ctx;
	struct gs_npy *npy = &dump->npy[info->index];

	if (!npy->data) {
		if (run_stack(info, GS_NPY_I8, dump->runs, npy))
			return no_memory();
		dump->order[dump->num_order++] = info->index;
	}
	memcpy((char *)npy->data + dump->run * info->int8_bytes, data,
	       (size_t)info->int8_bytes);
	return 0;
}

void run_dump_free(struct run_dump *dump)
{
	for (uint32_t i = 0; i < dump->num && dump->npy; i++)
		gs_npy_free(&dump->npy[i]);
	free(dump->npy);
	free(dump->order);
}

/* ---- files ------------------------------------------------------------------- */

/* What file systems refuse, and bytes that are no UTF-8, become '_'. */
static void file_name(char *buf, size_t size, uint32_t number, const char *name)
{
	size_t n = (size_t)snprintf(buf, size, "%03u-", number);
	uint32_t code;

	while (*name) {
		const size_t bytes = gs_utf8_decode(name, 4, &code);
		const bool odd = !bytes || code < ' ' ||
				 strchr("/\\ :*?\"<>|'", *name);

		if (n + (odd ? 1 : bytes) + 5 > size)
			break;
		if (odd)
			buf[n] = '_';
		else
			memcpy(buf + n, name, bytes);
		n += odd ? 1 : bytes;
		name += bytes ? bytes : 1;
	}
	memcpy(buf + n, ".npy", 5);
}

static struct json_object *describe(const struct run_dump *dump,
				    const struct gs_tensor_info *info,
				    const char *file)
{
	const struct gs_npy *npy = &dump->npy[info->index];
	struct json_object *entry = json_object_new_object();
	struct json_object *shape = json_object_new_array();
	struct gs_layer_info layer = { .size = sizeof(layer) };

	for (unsigned i = 0; i < npy->rank; i++)
		gs_json_push(shape, gs_json_number(npy->dim[i]));
	gs_json_put(entry, "file", gs_json_text(file));
	gs_json_put(entry, "dtype", gs_json_text("int8"));
	gs_json_put(entry, "shape", shape);
	gs_json_put(entry, "scale",
		    json_object_new_double((double)info->scale));
	gs_json_put(entry, "zero_point", json_object_new_int(info->zero_point));
	if (info->bits != 8)
		gs_json_put(entry, "bits",
			    json_object_new_int((int)info->bits));
	if (info->layer == GS_NO_LAYER ||
	    gs_model_layer(dump->model, info->layer, &layer))
		return entry;
	gs_json_put(entry, "layer", gs_json_text(layer.name));
	gs_json_put(entry, "op", gs_json_text(layer.op));
	gs_json_put(entry, "note", gs_json_text(layer.note));
	return entry;
}

static int write_tensor(const struct run_dump *dump, uint32_t number,
			struct json_object *index)
{
	struct gs_tensor_info info = { .size = sizeof(info) };
	char file[128], path[PATH_SIZE], err[512];
	int ret = gs_model_tensor(dump->model, dump->order[number], &info);

	if (ret)
		return ret;
	file_name(file, sizeof(file), number, info.name);
	snprintf(path, sizeof(path), "%s/%s", dump->dir, file);
	ret = gs_npy_write(path, &dump->npy[info.index], err, sizeof(err));
	if (ret)
		fprintf(stderr, "gs-run: %s\n", err);
	else
		gs_json_put(index, info.name, describe(dump, &info, file));
	return ret;
}

int run_dump_write(const struct run_dump *dump)
{
	struct json_object *index = json_object_new_object();
	char path[PATH_SIZE];
	const char *text;
	int ret = 0;

	for (uint32_t i = 0; i < dump->num_order && !ret; i++)
		ret = write_tensor(dump, i, index);
	text = json_object_to_json_string_ext(
		index, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			       JSON_C_TO_STRING_NOSLASHESCAPE);
	snprintf(path, sizeof(path), "%s/index.json", dump->dir);
	if (!ret)
		ret = gs_file_write(path, text, strlen(text));
	if (ret < 0)
		fprintf(stderr, "gs-run: %s: %s\n", path, strerror(-ret));
	json_object_put(index);
	return ret;
}
