/* SPDX-License-Identifier: MIT */
/* JSON files written by people, see json_text.h. */

#include "hw-model/arch/json_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "genesys/arch.h"
#include "hw-model/arch/arch_field.h"
#include "hw-model/isa/file.h"
#include "hw-model/isa/utf8.h"

/* Files that are loaded have some 30 lines. */
#define MAX_FILE_BYTES (1u << 20)

struct gs_json_quoted gs_json_quote(const char *s)
{
	struct gs_json_quoted q = { "" };

	for (size_t i = 0; s[i] && i < sizeof(q.s) - 1; i++)
		q.s[i] = s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
	return q;
}

int gs_json_fail_type(const char *key, const struct json_object *val,
		      const char *expected, char *err)
{
	return gs_arch_fail(err, "%s: is %s, must be %s", key,
			    json_type_to_name(json_object_get_type(val)),
			    expected);
}

static int fail_json(enum json_tokener_error code, const char *json,
		     size_t offset, char *err)
{
	unsigned int line = 1;

	for (size_t i = 0; i < offset; i++)
		line += json[i] == '\n';
	if (code == json_tokener_continue)
		return gs_arch_fail(err, "line %u: JSON text ends too early",
				    line);
	return gs_arch_fail(err, "line %u: not JSON: %s", line,
			    json_tokener_error_desc(code));
}

/*
 * In its strict mode json-c 0.18 takes every byte above 0x7f for a control
 * character, so it gets them as escapes. Lines stay lines.
 */
static int escape_utf8(const char *json, size_t len, char *out, size_t size,
		       size_t *used, char *err)
{
	unsigned int line = 1;
	size_t i = 0, n;

	for (*used = 0; i < len; i += n) {
		uint32_t c;

		n = gs_utf8_decode(json + i, len - i, &c);
		if (!n)
			return gs_arch_fail(err, "line %u: not UTF-8", line);
		line += c == '\n';
		if (n == 1)
			out[(*used)++] = (char)c;
		else if (c < 0x10000)
			*used += (size_t)snprintf(out + *used, size - *used,
						  "\\u%04x", c);
		else
			*used += (size_t)snprintf(out + *used, size - *used,
						  "\\u%04x\\u%04x",
						  0xd7c0 + (c >> 10),
						  0xdc00 + (c & 0x3ff));
	}
	return 0;
}

static int parse_ascii(const char *json, size_t len, struct json_object **obj,
		       char *err)
{
	struct json_tokener *tok = json_tokener_new();
	enum json_tokener_error code;
	int ret = 0;

	if (!tok) {
		gs_arch_fail(err, "out of memory");
		return -ENOMEM;
	}
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	*obj = json_tokener_parse_ex(tok, json, (int)len);
	code = json_tokener_get_error(tok);
	if (code != json_tokener_success)
		ret = fail_json(code, json, json_tokener_get_parse_end(tok),
				err);
	json_tokener_free(tok);
	return ret;
}

int gs_json_parse(const char *json, size_t len, struct json_object **obj,
		  char *err)
{
	/* Two bytes become six, and snprintf() ends with a 0. */
	const size_t size = 3 * len + 1;
	size_t used;
	char *ascii;
	int ret;

	if (len > GS_JSON_MAX_BYTES)
		return gs_arch_fail(err, "%zu bytes, must be at most %u", len,
				    GS_JSON_MAX_BYTES);
	ascii = malloc(size);
	if (!ascii) {
		gs_arch_fail(err, "out of memory");
		return -ENOMEM;
	}
	ret = escape_utf8(json, len, ascii, size, &used, err);
	if (!ret)
		ret = parse_ascii(ascii, used, obj, err);
	free(ascii);
	return ret;
}

/* The end of a long path says more, and the reason must fit behind it. */
int gs_json_fail_path(const char *path, const char *why, char *err)
{
	const size_t max = 120;
	size_t len = strlen(path);

	return gs_arch_fail(err, "%s%s: %s", len > max ? "..." : "",
			    len > max ? path + len - max : path, why);
}

int gs_json_load(const char *path, struct json_object **obj, char *err)
{
	char why[GS_ARCH_ERR_SIZE];
	char *text;
	size_t len;
	int ret;

	ret = gs_file_read(path, MAX_FILE_BYTES, &text, &len);
	if (ret) {
		gs_json_fail_path(path, strerror(-ret), err);
		return ret;
	}
	ret = gs_json_parse(text, len, obj, why);
	if (ret)
		gs_json_fail_path(path, why, err);
	free(text);
	return ret;
}
