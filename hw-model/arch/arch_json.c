/* SPDX-License-Identifier: MIT */
/*
 * Reader of architecture files.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/arch/arch_field.h"
#include "hw-model/isa/file.h"
#include "hw-model/isa/nearest.h"

/* An architecture file has about 30 lines. */
#define MAX_FILE_BYTES (1u << 20)

/*
 * Fields of published configurations that steer the published compiler and do
 * not describe the machine.
 */
static const char *const ignored[] = {
	"ADDR_ALIGNMENT",    "ADDR_GEN_TEST",
	"ALL_QUANT_OFF",     "ASIC_CONFIG",
	"BATCH_SIZE",	     "COMPILE_INDIVIDUAL",
	"DATAGEN",	     "DRAM_DEPTH",
	"FUSE_LAYERS",	     "FUSION_CONSTRAINTS",
	"INSTR_MEM_ALIGN",   "LD_ST_OVERHEAD",
	"LOOP_OVERHEAD",     "MERGE_LDST_LOOPS",
	"OBUF_TO_VMEM_TEST", "QUANT_SCALE",
	"SA_TILE_CONSTR",    "SHARED_DATAGEN",
	"SIMD_ONLY_FUSIONS", "SINGLE_PROGRAM_COMPILATION",
	"SW_PIPELINE_TEST",  "TILING_SEARCH_ALGORITHM",
	"TPU_TEST",	     "TRAINING",
	"USE_QUANTIZATION",
};

/* Where programs place data is no property of the machine either. */
static const char *const ignored_suffix[] = { "_BASE_ADDR", "_BASE_ADDRESS" };

static const char *const text_fields[] = { "name", "WEIGHT_LAYOUT" };

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static bool one_of(const char *key, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(key, list[i]))
			return true;
	return false;
}

static bool is_ignored(const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < ARRAY_SIZE(ignored_suffix); i++) {
		size_t n = strlen(ignored_suffix[i]);

		if (len > n && !strcmp(key + len - n, ignored_suffix[i]))
			return true;
	}
	return one_of(key, ignored, ARRAY_SIZE(ignored));
}

static const struct gs_arch_field *find_field(const char *key)
{
	for (size_t i = 0; i < gs_arch_num_fields; i++)
		if (!strcmp(key, gs_arch_fields[i].json))
			return &gs_arch_fields[i];
	return NULL;
}

/* Unknown fields. */

/* A text of the file for a sentence: printable and short. */
struct quoted {
	char s[41];
};

static struct quoted quote(const char *s)
{
	struct quoted q = { "" };

	for (size_t i = 0; s[i] && i < sizeof(q.s) - 1; i++)
		q.s[i] = s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
	return q;
}

static int fail_unknown(const char *key, char *err)
{
	struct gs_nearest near;

	gs_nearest_init(&near, key, strlen(key));
	for (size_t i = 0; i < gs_arch_num_fields; i++)
		gs_nearest_offer(&near, gs_arch_fields[i].json);
	for (size_t i = 0; i < ARRAY_SIZE(text_fields); i++)
		gs_nearest_offer(&near, text_fields[i]);
	if (near.name)
		return gs_arch_fail(err, "unknown field %s, did you mean %s?",
				    quote(key).s, near.name);
	return gs_arch_fail(err, "unknown field %s", quote(key).s);
}

/* Values. */

static int fail_type(const char *key, const struct json_object *val,
		     const char *expected, char *err)
{
	return gs_arch_fail(err, "%s: is %s, must be %s", key,
			    json_type_to_name(json_object_get_type(val)),
			    expected);
}

static int read_int(const struct gs_arch_field *f, struct json_object *val,
		    struct gs_arch *arch, char *err)
{
	int64_t n;
	int ret;

	if (!json_object_is_type(val, json_type_int))
		return fail_type(f->json, val, "an integer", err);
	/* Saturates; every rule ends far below. */
	n = json_object_get_int64(val);
	ret = gs_arch_check_field(f, n, err);
	if (!ret && f->offset != GS_ARCH_NOT_STORED)
		gs_arch_set(arch, f, (uint32_t)n);
	return ret;
}

static int read_name(struct json_object *val, struct gs_arch *arch, char *err)
{
	const char *s;
	size_t len;

	if (!json_object_is_type(val, json_type_string))
		return fail_type("name", val, "a string", err);
	s = json_object_get_string(val);
	len = (size_t)json_object_get_string_len(val);
	if (strlen(s) != len)
		return gs_arch_fail(err, "name: must not contain NUL");
	if (len >= sizeof(arch->name))
		return gs_arch_fail(err,
				    "name: has %zu bytes, must be at most %zu",
				    len, sizeof(arch->name) - 1);
	memcpy(arch->name, s, len + 1);
	return 0;
}

static int read_layout(struct json_object *val, struct gs_arch *arch, char *err)
{
	const char *s;

	if (!json_object_is_type(val, json_type_string))
		return fail_type("WEIGHT_LAYOUT", val, "a string", err);
	s = json_object_get_string(val);
	for (size_t i = 0; i < GS_ARCH_NUM_LAYOUTS; i++) {
		if (strcmp(s, gs_arch_layout_names[i]))
			continue;
		arch->weight_layout = (enum gs_weight_layout)i;
		return 0;
	}
	return gs_arch_fail(err,
			    "WEIGHT_LAYOUT: '%s' must be published or column",
			    quote(s).s);
}

static int read_member(const char *key, struct json_object *val,
		       struct gs_arch *arch, char *err)
{
	const struct gs_arch_field *f = find_field(key);

	if (f)
		return read_int(f, val, arch, err);
	if (!strcmp(key, "name"))
		return read_name(val, arch, err);
	if (!strcmp(key, "WEIGHT_LAYOUT"))
		return read_layout(val, arch, err);
	if (is_ignored(key))
		return 0;
	return fail_unknown(key, err);
}

/* Rules between fields that struct gs_arch does not hold. */
static int check_members(struct json_object *obj, const struct gs_arch *arch,
			 char *err)
{
	for (size_t i = 0; i < gs_arch_num_fields; i++) {
		const struct gs_arch_field *f = &gs_arch_fields[i];
		struct json_object *val;

		if (!json_object_object_get_ex(obj, f->json, &val)) {
			if (f->flags & GS_ARCH_OPTIONAL)
				continue;
			return gs_arch_fail(err, "required field %s is missing",
					    f->json);
		}
		if (f->flags & GS_ARCH_LIKE_M &&
		    json_object_get_int64(val) != arch->array_m)
			return gs_arch_fail(
				err, "%s: %lld must equal ARRAY_M = %u",
				f->json, (long long)json_object_get_int64(val),
				arch->array_m);
	}
	return 0;
}

/*
 * The published compiler plans with OBUF_DEPTH / 2 - 1 rows of memories that
 * have OBUF_DEPTH (docs/isa.md section 1).
 */
static void undo_planning_depth(struct gs_arch *arch)
{
	if (arch->vmem_depth == arch->obuf_depth / 2 - 1)
		arch->vmem_depth = arch->obuf_depth;
}

static int read_object(struct json_object *obj, struct gs_arch *arch, char *err)
{
	struct gs_arch out = { .weight_layout = GS_WEIGHTS_PUBLISHED };
	int ret;

	if (!json_object_is_type(obj, json_type_object))
		return gs_arch_fail(
			err, "not a JSON object, but %s",
			json_type_to_name(json_object_get_type(obj)));
	for (size_t i = 0; i < gs_arch_num_fields; i++)
		if (gs_arch_fields[i].offset != GS_ARCH_NOT_STORED)
			gs_arch_set(&out, &gs_arch_fields[i],
				    gs_arch_fields[i].def);
	json_object_object_foreach(obj, key, val) {
		ret = read_member(key, val, &out, err);
		if (ret)
			return ret;
	}
	ret = check_members(obj, &out, err);
	if (!ret)
		ret = gs_arch_check(&out, err);
	if (ret)
		return ret;
	undo_planning_depth(&out);
	*arch = out;
	return 0;
}

/* Files. */

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

/* Bytes of the UTF-8 character at @s, 0 when it is none. */
static size_t utf8_bytes(const unsigned char *s, size_t len)
{
	const size_t n = s[0] < 0x80 ? 1 :
			 s[0] < 0xc2 ? 0 :
			 s[0] < 0xe0 ? 2 :
			 s[0] < 0xf0 ? 3 :
			 s[0] < 0xf5 ? 4 :
				       0;

	if (n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, beyond U+10FFFF. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static uint32_t code_point(const unsigned char *s, size_t n)
{
	static const unsigned char mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = s[0] & mask[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3f);
	return c;
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
		const unsigned char *s = (const unsigned char *)json + i;
		uint32_t c;

		n = utf8_bytes(s, len - i);
		if (!n)
			return gs_arch_fail(err, "line %u: not UTF-8", line);
		line += s[0] == '\n';
		c = code_point(s, n);
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

static int parse_ascii(const char *json, size_t len, struct gs_arch *arch,
		       char *err)
{
	struct json_tokener *tok = json_tokener_new();
	enum json_tokener_error code;
	struct json_object *obj;
	int ret;

	if (!tok) {
		gs_arch_fail(err, "out of memory");
		return -ENOMEM;
	}
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	obj = json_tokener_parse_ex(tok, json, (int)len);
	code = json_tokener_get_error(tok);
	if (code == json_tokener_success)
		ret = read_object(obj, arch, err);
	else
		ret = fail_json(code, json, json_tokener_get_parse_end(tok),
				err);
	json_object_put(obj);
	json_tokener_free(tok);
	return ret;
}

int gs_arch_parse(const char *json, size_t len, struct gs_arch *arch, char *err)
{
	/* Two bytes become six, and snprintf() ends with a 0. */
	const size_t size = 3 * len + 1;
	size_t used;
	char *ascii;
	int ret;

	if (len > MAX_FILE_BYTES)
		return gs_arch_fail(err, "%zu bytes, must be at most %u", len,
				    MAX_FILE_BYTES);
	ascii = malloc(size);
	if (!ascii) {
		gs_arch_fail(err, "out of memory");
		return -ENOMEM;
	}
	ret = escape_utf8(json, len, ascii, size, &used, err);
	if (!ret)
		ret = parse_ascii(ascii, used, arch, err);
	free(ascii);
	return ret;
}

/* The end of a long path says more, and the reason must fit behind it. */
static int fail_path(const char *path, const char *why, char *err)
{
	const size_t max = 120;
	size_t len = strlen(path);

	return gs_arch_fail(err, "%s%s: %s", len > max ? "..." : "",
			    len > max ? path + len - max : path, why);
}

int gs_arch_load(const char *path, struct gs_arch *arch, char *err)
{
	char why[GS_ARCH_ERR_SIZE];
	char *text;
	size_t len;
	int ret;

	ret = gs_file_read(path, MAX_FILE_BYTES, &text, &len);
	if (ret) {
		fail_path(path, strerror(-ret), err);
		return ret;
	}
	ret = gs_arch_parse(text, len, arch, why);
	if (ret)
		fail_path(path, why, err);
	free(text);
	return ret;
}
