/* SPDX-License-Identifier: MIT */
/*
 * JSON that tools write. json-c takes NULL for "null", so that lack of memory
 * shows in what is missing; each value put somewhere belongs to it, or is released.
 */
#ifndef GS_JSON_BUILD_H
#define GS_JSON_BUILD_H

#include <json-c/json.h>
#include <stdint.h>

/** gs_json_put() - a field of an object, nothing of NULL; @key as with gs_json_text() */
void gs_json_put(struct json_object *to, const char *key,
		 struct json_object *value);

/** gs_json_push() - one more value of an array; nothing of NULL */
void gs_json_push(struct json_object *to, struct json_object *value);

/**
 * gs_json_text() - a string
 * @s: of a file, with any bytes: each that is no UTF-8 becomes U+FFFD, so that the JSON
 *	can be read; NULL: ""
 * NULL when out of memory.
 */
struct json_object *gs_json_text(const char *s);

/** gs_json_number() - a whole number, NULL when out of memory */
struct json_object *gs_json_number(int64_t v);

#endif /* GS_JSON_BUILD_H */
