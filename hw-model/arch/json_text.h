/* SPDX-License-Identifier: MIT */
/*
 * JSON files that people write or edit: architecture files, energy tables,
 * schedules. Strict: no comments, no trailing text, UTF-8. Every @err has
 * GS_ARCH_ERR_SIZE bytes and gets one sentence.
 */
#ifndef GS_JSON_TEXT_H
#define GS_JSON_TEXT_H

#include <json-c/json.h>
#include <stddef.h>

/** Longest text: the schedule of some 10,000 layers. Parsed, it takes a multiple. */
#define GS_JSON_MAX_BYTES (16u << 20)

/**
 * gs_json_parse() - parse a text of at most GS_JSON_MAX_BYTES
 * @json: need not be terminated
 * @obj: to be released with json_object_put(); NULL for the text "null"
 * Returns 0, -EINVAL, or -ENOMEM.
 */
int gs_json_parse(const char *json, size_t len, struct json_object **obj,
		  char *err);

/** gs_json_load() - the same of a file of at most 1 MiB, which sentences name; or -errno of the file */
int gs_json_load(const char *path, struct json_object **obj, char *err);

/** gs_json_fail_type() - "KEY: is VALUE'S TYPE, must be EXPECTED"; returns -EINVAL */
int gs_json_fail_type(const char *key, const struct json_object *val,
		      const char *expected, char *err);

/** gs_json_fail_path() - "PATH: WHY", the end of a long path; returns -EINVAL */
int gs_json_fail_path(const char *path, const char *why, char *err);

/** A text of a file for a sentence: printable and short. */
struct gs_json_quoted {
	char s[41];
};

struct gs_json_quoted gs_json_quote(const char *s);

#endif /* GS_JSON_TEXT_H */
