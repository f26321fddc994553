/* SPDX-License-Identifier: MIT */
/* Reader of energy tables; see energy.h. */

#include <errno.h>
#include <math.h>
#include <string.h>

#include "hw-model/arch/arch_field.h"
#include "hw-model/arch/json_text.h"
#include "hw-model/isa/nearest.h"
#include "hw-model/timing/energy.h"
#include "timing/energy_default.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define MAX_SRAM_BYTES 0x1p40 /* 1 TiB */

/* Prices: PRICE(member) of the field member_pj, all required. */
#define PRICE(member)                                                      \
	{                                                                  \
#member "_pj", offsetof(struct gs_energy_table, member), 1 \
	}

static const struct price {
	const char *json;
	size_t offset;
	bool required;
} prices[] = {
	PRICE(multiply_8x8),
	PRICE(multiply_8x4),
	PRICE(multiply_4x4),
	PRICE(add_32),
	PRICE(add_16),
	PRICE(tandem_simple),
	PRICE(tandem_multiply),
	PRICE(tandem_special),
	PRICE(instruction_word),
	PRICE(dram_byte),
	{ "leakage_mw_per_kib",
	  offsetof(struct gs_energy_table, leakage_mw_per_kib), 0 },
};

/* The others; source is for the reader of the file. */
static const char *const others[] = { "name", "sram_64bit_pj", "sram_size",
				      "source" };

static int read_number(const char *what, struct json_object *val, double min,
		       double max, double *number, char *err)
{
	double value;

	if (!json_object_is_type(val, json_type_double) &&
	    !json_object_is_type(val, json_type_int))
		return gs_json_fail_type(what, val, "a number", err);
	value = json_object_get_double(val);
	if (!(value >= min && value <= max))
		return gs_arch_fail(
			err, "%s: %s must be %g to %g", what,
			gs_json_quote(json_object_get_string(val)).s, min, max);
	*number = value;
	return 0;
}

static int read_string(const char *key, struct json_object *val,
		       const char **text, char *err)
{
	if (!json_object_is_type(val, json_type_string))
		return gs_json_fail_type(key, val, "a string", err);
	*text = json_object_get_string(val);
	if (strlen(*text) == (size_t)json_object_get_string_len(val))
		return 0;
	return gs_arch_fail(err, "%s: must not contain NUL", key);
}

/* It is printed: one line. */
static int read_name(struct json_object *val, struct gs_energy_table *table,
		     char *err)
{
	const char *text;
	int ret = read_string("name", val, &text, err);

	if (ret)
		return ret;
	if (!*text || strlen(text) >= sizeof(table->name))
		return gs_arch_fail(err,
				    "name: has %zu bytes, must be 1 to %zu",
				    strlen(text), sizeof(table->name) - 1);
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return gs_arch_fail(
				err, "name: '%s' has a control character",
				gs_json_quote(text).s);
	strcpy(table->name, text);
	return 0;
}

static int read_size(struct json_object *val, struct gs_energy_table *table,
		     char *err)
{
	const char *text;
	int ret = read_string("sram_size", val, &text, err);

	if (ret)
		return ret;
	table->whole_buffers = !strcmp(text, "buffer");
	if (table->whole_buffers || !strcmp(text, "bank"))
		return 0;
	return gs_arch_fail(err, "sram_size: '%s' must be bank or buffer",
			    gs_json_quote(text).s);
}

static int read_point(struct json_object *val, struct gs_energy_table *table,
		      char *err)
{
	const char *const what = "sram_64bit_pj";
	struct gs_energy_sram *point = &table->sram[table->num_sram];
	int ret;

	if (!json_object_is_type(val, json_type_array))
		return gs_json_fail_type("sram_64bit_pj: a point", val,
					 "an array", err);
	if (json_object_array_length(val) != 2)
		return gs_arch_fail(
			err,
			"%s: a point has %zu numbers, must be bytes and pJ",
			what, json_object_array_length(val));
	ret = read_number("sram_64bit_pj: bytes",
			  json_object_array_get_idx(val, 0), 1, MAX_SRAM_BYTES,
			  &point->bytes, err);
	if (!ret)
		ret = read_number("sram_64bit_pj: pJ",
				  json_object_array_get_idx(val, 1),
				  GS_ENERGY_MIN_SRAM_PJ, GS_ENERGY_MAX_PJ,
				  &point->pj, err);
	if (ret)
		return ret;
	if (table->num_sram && point->bytes <= point[-1].bytes)
		return gs_arch_fail(err,
				    "%s: %.10g bytes after %.10g, must rise",
				    what, point->bytes, point[-1].bytes);
	table->num_sram++;
	return 0;
}

static int read_sram(struct json_object *val, struct gs_energy_table *table,
		     char *err)
{
	int ret = 0;
	size_t num;

	if (!json_object_is_type(val, json_type_array))
		return gs_json_fail_type("sram_64bit_pj", val, "an array", err);
	num = json_object_array_length(val);
	if (!num || num > GS_ENERGY_SRAM_POINTS)
		return gs_arch_fail(
			err, "sram_64bit_pj: has %zu points, must be 1 to %d",
			num, GS_ENERGY_SRAM_POINTS);
	for (size_t i = 0; !ret && i < num; i++)
		ret = read_point(json_object_array_get_idx(val, i), table, err);
	return ret;
}

static int fail_unknown(const char *key, char *err)
{
	struct gs_nearest near;

	gs_nearest_init(&near, key, strlen(key));
	for (size_t i = 0; i < ARRAY_SIZE(prices); i++)
		gs_nearest_offer(&near, prices[i].json);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		gs_nearest_offer(&near, others[i]);
	if (near.name)
		return gs_arch_fail(err, "unknown field %s, did you mean %s?",
				    gs_json_quote(key).s, near.name);
	return gs_arch_fail(err, "unknown field %s", gs_json_quote(key).s);
}

static int read_member(const char *key, struct json_object *val,
		       struct gs_energy_table *table, char *err)
{
	const char *text;

	for (size_t i = 0; i < ARRAY_SIZE(prices); i++)
		if (!strcmp(key, prices[i].json))
			return read_number(key, val, 0, GS_ENERGY_MAX_PJ,
					   (double *)(void *)((char *)table +
							      prices[i].offset),
					   err);
	if (!strcmp(key, "name"))
		return read_name(val, table, err);
	if (!strcmp(key, "sram_size"))
		return read_size(val, table, err);
	if (!strcmp(key, "sram_64bit_pj"))
		return read_sram(val, table, err);
	if (!strcmp(key, "source"))
		return read_string(key, val, &text, err);
	return fail_unknown(key, err);
}

static int check_missing(struct json_object *obj, char *err)
{
	const char *missing = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(prices); i++)
		if (prices[i].required &&
		    !json_object_object_get_ex(obj, prices[i].json, NULL))
			missing = missing ? missing : prices[i].json;
	for (size_t i = 0; i < ARRAY_SIZE(others) - 1; i++)
		if (!json_object_object_get_ex(obj, others[i], NULL))
			missing = missing ? missing : others[i];
	if (!missing)
		return 0;
	return gs_arch_fail(err, "required field %s is missing", missing);
}

static int read_object(struct json_object *obj, struct gs_energy_table *table,
		       char *err)
{
	struct gs_energy_table out = { 0 };
	int ret;

	if (!json_object_is_type(obj, json_type_object))
		return gs_arch_fail(
			err, "not a JSON object, but %s",
			json_type_to_name(json_object_get_type(obj)));
	json_object_object_foreach(obj, key, val) {
		ret = read_member(key, val, &out, err);
		if (ret)
			return ret;
	}
	ret = check_missing(obj, err);
	if (!ret)
		*table = out;
	return ret;
}

int gs_energy_parse(const char *json, size_t len, struct gs_energy_table *table,
		    char *err)
{
	struct json_object *obj;
	int ret = gs_json_parse(json, len, &obj, err);

	if (ret)
		return ret;
	ret = read_object(obj, table, err);
	json_object_put(obj);
	return ret;
}

int gs_energy_load(const char *path, struct gs_energy_table *table, char *err)
{
	char why[GS_ARCH_ERR_SIZE];
	struct json_object *obj;
	int ret = gs_json_load(path, &obj, err);

	if (ret)
		return ret;
	ret = read_object(obj, table, why);
	if (ret)
		gs_json_fail_path(path, why, err);
	json_object_put(obj);
	return ret;
}

int gs_energy_default(struct gs_energy_table *table, char *err)
{
	static const char json[] = GS_ENERGY_DEFAULT_JSON;

	return gs_energy_parse(json, sizeof(json) - 1, table, err);
}
