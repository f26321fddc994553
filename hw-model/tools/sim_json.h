/* SPDX-License-Identifier: MIT */
/*
 * Reading members of untrusted JSON objects. The first failure writes one
 * sentence into the error buffer; later ones leave it alone.
 */
#ifndef GS_SIM_JSON_H
#define GS_SIM_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_ERR_SIZE 512

/* Always false, so that it can be returned. */
bool sim_error(char *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Read a file; *data is malloc'ed and terminated. */
bool sim_read_file(const char *dir, const char *name, uint8_t **data,
		   size_t *size, char *err);

/* Members that may be absent: absent leaves *value as it is. */
bool sim_json_uint(json_object *object, const char *key, uint64_t max,
		   uint64_t *value, char *err);
bool sim_json_bool(json_object *object, const char *key, bool *value,
		   char *err);
bool sim_json_string(json_object *object, const char *key, const char **value,
		     char *err);
bool sim_json_member(json_object *object, const char *key, enum json_type type,
		     json_object **value, char *err);
bool sim_json_has(json_object *object, const char *key);

#endif /* GS_SIM_JSON_H */
