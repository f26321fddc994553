/* SPDX-License-Identifier: MIT */
#include "runtime/tools/tensor_set.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/file.h"

#define PATH_SIZE 4096
#define MAX_INDEX (64u << 20)

static const char *text_of(struct json_object *entry, const char *key)
{
	struct json_object *value;

	if (json_object_object_get_ex(entry, key, &value) &&
	    json_object_is_type(value, json_type_string))
		return json_object_get_string(value);
	return "";
}

static void read_entry(struct tensor_entry *e, const char *name,
		       struct json_object *json)
{
	struct json_object *scale, *zero, *bits;

	e->name = name;
	e->file = text_of(json, "file");
	e->layer = text_of(json, "layer");
	e->op = text_of(json, "op");
	e->note = text_of(json, "note");
	e->bits = json_object_object_get_ex(json, "bits", &bits) &&
				  json_object_get_int(bits) == 4 ?
			  4 :
			  8;
	if (!json_object_object_get_ex(json, "scale", &scale) ||
	    !json_object_object_get_ex(json, "zero_point", &zero))
		return;
	e->scale = json_object_get_double(scale);
	e->zero_point = json_object_get_int(zero);
	e->quantized = e->scale > 0;
}

static int read_index(struct tensor_set *set, const char *path, char *err,
		      size_t errsize)
{
	size_t i = 0;

	if (!json_object_is_type(set->json, json_type_object)) {
		snprintf(err, errsize, "%s: not a JSON object", path);
		return -EINVAL;
	}
	set->num = (size_t)json_object_object_length(set->json);
	set->entry = calloc(set->num + 1, sizeof(*set->entry));
	if (!set->entry) {
		snprintf(err, errsize, "%s: out of memory", path);
		return -ENOMEM;
	}
	json_object_object_foreach(set->json, name, entry) {
		read_entry(&set->entry[i++], name, entry);
	}
	return 0;
}

int tensor_set_open(struct tensor_set *set, const char *dir, char *err,
		    size_t errsize)
{
	char path[PATH_SIZE];
	char *text;
	size_t len;
	int ret;

	memset(set, 0, sizeof(*set));
	set->dir = dir;
	snprintf(path, sizeof(path), "%s/index.json", dir);
	ret = gs_file_read(path, MAX_INDEX, &text, &len);
	if (ret) {
		snprintf(err, errsize, "%s: %s", path, strerror(-ret));
		return ret;
	}
	set->json = json_tokener_parse(text);
	free(text);
	ret = read_index(set, path, err, errsize);
	if (ret)
		tensor_set_close(set);
	return ret;
}

int tensor_set_read(const struct tensor_set *set,
		    const struct tensor_entry *entry, struct gs_npy *npy,
		    char *err, size_t errsize)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", set->dir, entry->file);
	return gs_npy_read(path, npy, err, errsize);
}

const struct tensor_entry *tensor_set_find(const struct tensor_set *set,
					   const char *name)
{
	const struct tensor_entry *real = NULL;
	size_t len = strlen(name);

	for (size_t i = 0; i < set->num; i++) {
		const char *other = set->entry[i].name;

		/* T_q holds the quantized values of T, which are compared first. */
		if (!strncmp(other, name, len) && !strcmp(other + len, "_q"))
			return &set->entry[i];
		if (!strcmp(other, name))
			real = &set->entry[i];
	}
	return real;
}

void tensor_set_close(struct tensor_set *set)
{
	free(set->entry);
	json_object_put(set->json);
	memset(set, 0, sizeof(*set));
}
