/* SPDX-License-Identifier: MIT */
/* JSON that tools write, see json_build.h. */

#include "hw-model/arch/json_build.h"

#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/utf8.h"

void gs_json_put(struct json_object *to, const char *key,
		 struct json_object *value)
{
	struct json_object *name = gs_json_text(key);

	if (!to || !name ||
	    json_object_object_add(to, json_object_get_string(name), value))
		json_object_put(value);
	json_object_put(name);
}

void gs_json_push(struct json_object *to, struct json_object *value)
{
	if (!to || json_object_array_add(to, value))
		json_object_put(value);
}

struct json_object *gs_json_text(const char *s)
{
	struct json_object *o = NULL;
	char *text, *end;
	uint32_t code;

	if (!s)
		return json_object_new_string("");
	/* A byte that is no character becomes three. */
	text = end = malloc(3 * strlen(s) + 1);
	while (text && (code = gs_utf8_next(&s)))
		end += gs_utf8_put(code, end);
	if (text)
		o = json_object_new_string_len(text, (int)(end - text));
	free(text);
	return o;
}

struct json_object *gs_json_number(int64_t v)
{
	return json_object_new_int64(v);
}
