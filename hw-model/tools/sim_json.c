/* SPDX-License-Identifier: MIT */
/* Members of JSON objects and small files, see sim_json.h. */

#include "hw-model/tools/sim_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* More than any vector needs, less than hurts. */
#define MAX_FILE (INT64_C(1) << 30)

bool sim_error(char *err, const char *format, ...)
{
	va_list args;

	if (*err)
		return false;
	va_start(args, format);
	vsnprintf(err, SIM_ERR_SIZE, format, args);
	va_end(args);
	return false;
}

static bool read_all(FILE *file, const char *path, uint8_t **data, size_t *size,
		     char *err)
{
	struct stat st;

	if (fstat(fileno(file), &st))
		return sim_error(err, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size > MAX_FILE)
		return sim_error(err, "%s: not a file of at most 1 GiB", path);
	*data = malloc((size_t)st.st_size + 1);
	if (!*data)
		return sim_error(err, "%s: out of memory", path);
	*size = fread(*data, 1, (size_t)st.st_size, file);
	(*data)[*size] = 0;
	if (*size == (size_t)st.st_size)
		return true;
	free(*data);
	*data = NULL;
	return sim_error(err, "%s: read %zu of %lld bytes", path, *size,
			 (long long)st.st_size);
}

bool sim_read_file(const char *dir, const char *name, uint8_t **data,
		   size_t *size, char *err)
{
	char path[4096];
	FILE *file;
	bool ok;

	if (!*name || strchr(name, '/'))
		return sim_error(
			err, "\"%s\" is not the name of a file in the folder",
			name);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    sizeof(path))
		return sim_error(err, "%s: the path is too long", dir);
	file = fopen(path, "rb");
	if (!file)
		return sim_error(err, "%s: %s", path, strerror(errno));
	ok = read_all(file, path, data, size, err);
	fclose(file);
	return ok;
}

bool sim_json_has(json_object *object, const char *key)
{
	return json_object_object_get_ex(object, key, NULL);
}

bool sim_json_member(json_object *object, const char *key, enum json_type type,
		     json_object **value, char *err)
{
	json_object *member;

	if (!json_object_object_get_ex(object, key, &member))
		return true;
	if (!json_object_is_type(member, type))
		return sim_error(
			err, "\"%s\": expected %s, found %s", key,
			json_type_to_name(type),
			json_type_to_name(json_object_get_type(member)));
	*value = member;
	return true;
}

bool sim_json_uint(json_object *object, const char *key, uint64_t max,
		   uint64_t *value, char *err)
{
	json_object *member = NULL;
	uint64_t number;

	if (!sim_json_member(object, key, json_type_int, &member, err))
		return false;
	if (!member)
		return true;
	number = json_object_get_uint64(member);
	if (json_object_get_int64(member) < 0 || number > max)
		return sim_error(err, "\"%s\": %s is not in 0..%" PRIu64, key,
				 json_object_get_string(member), max);
	*value = number;
	return true;
}

bool sim_json_bool(json_object *object, const char *key, bool *value, char *err)
{
	json_object *member = NULL;

	if (!sim_json_member(object, key, json_type_boolean, &member, err))
		return false;
	if (member)
		*value = json_object_get_boolean(member);
	return true;
}

bool sim_json_string(json_object *object, const char *key, const char **value,
		     char *err)
{
	json_object *member = NULL;

	if (!sim_json_member(object, key, json_type_string, &member, err))
		return false;
	if (member)
		*value = json_object_get_string(member);
	return true;
}
