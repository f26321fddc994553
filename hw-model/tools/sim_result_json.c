/* SPDX-License-Identifier: MIT */
/* Results that --json wrote. */

#include <json-c/json.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/tools/sim_result.h"

/* A layer while it is read. */
struct reader {
	struct sim_result *result;
	unsigned layer; /* from 1; 0: the document */
	bool ok; /* all was found so far */
};

static void fail(struct reader *r, const char *key, const char *expected)
{
	if (r->ok && r->layer)
		sim_result_fail(r->result, "layer %u: \"%s\" is no %s",
				r->layer, key, expected);
	else if (r->ok)
		sim_result_fail(r->result, "\"%s\" is no %s", key, expected);
	r->ok = false;
}

static struct json_object *member(struct reader *r, struct json_object *obj,
				  const char *key, enum json_type type)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(obj, key, &value);
	if (json_object_is_type(value, type) ||
	    (type == json_type_double &&
	     json_object_is_type(value, json_type_int)))
		return value;
	fail(r, key,
	     type == json_type_string ? "string" :
	     type == json_type_object ? "object" :
	     type == json_type_array  ? "list" :
					"number");
	return NULL;
}

static const char *text(struct reader *r, struct json_object *obj,
			const char *key)
{
	struct json_object *value = member(r, obj, key, json_type_string);

	return value ? json_object_get_string(value) : "";
}

static uint64_t count(struct reader *r, struct json_object *obj,
		      const char *key)
{
	struct json_object *value = member(r, obj, key, json_type_int);

	if (!value)
		return 0;
	/* Both saturate. */
	if (json_object_get_int64(value) < 0 ||
	    json_object_get_uint64(value) == UINT64_MAX)
		fail(r, key, "number of cycles");
	return json_object_get_uint64(value);
}

static double energy(struct reader *r, struct json_object *obj)
{
	struct json_object *parts =
		member(r, obj, "energy_pj", json_type_object);
	struct json_object *total =
		parts ? member(r, parts, "total", json_type_double) : NULL;
	const double value = total ? json_object_get_double(total) : 0;

	if (!isfinite(value) || value < 0)
		fail(r, "energy_pj", "energy");
	return value;
}

static bool read_layer(struct reader *r, struct json_object *obj)
{
	struct json_object *limit = member(r, obj, "limit", json_type_object);
	const struct sim_result_layer layer = {
		.name = text(r, obj, "name"),
		.op = text(r, obj, "operator"),
		.limit = limit ? text(r, limit, "engine") : "",
		.waits = limit ? text(r, limit, "waits_for") : "",
		.cycles = count(r, obj, "cycles"),
		.energy_pj = energy(r, obj),
		.number = r->layer,
	};

	return r->ok && sim_result_add(r->result, &layer);
}

static bool read_document(struct sim_result *result)
{
	struct reader r = { .result = result, .ok = true };
	struct json_object *top = result->document, *layers, *format, *version;

	if (!json_object_object_get_ex(top, "format", &format) ||
	    !json_object_is_type(format, json_type_string) ||
	    strcmp(json_object_get_string(format), SIM_JSON_FORMAT) != 0)
		return sim_result_fail(
			result,
			"neither a model file nor what gs-sim --csv or --json "
			"wrote: \"format\" is not \"" SIM_JSON_FORMAT "\"");
	if (!json_object_object_get_ex(top, "version", &version) ||
	    json_object_get_int64(version) != SIM_JSON_VERSION)
		return sim_result_fail(result, "\"version\" is not %d",
				       SIM_JSON_VERSION);
	result->energy_table = text(&r, top, "energy_table");
	layers = member(&r, top, "layers", json_type_array);
	for (size_t i = 0; r.ok && i < json_object_array_length(layers); i++) {
		struct json_object *layer =
			json_object_array_get_idx(layers, i);

		r.layer = (unsigned)i + 1;
		if (!json_object_is_type(layer, json_type_object))
			return sim_result_fail(result, "layer %u is no object",
					       r.layer);
		r.ok = read_layer(&r, layer);
	}
	return r.ok;
}

bool sim_result_json(struct sim_result *result, size_t size)
{
	struct json_tokener *tok = json_tokener_new();
	enum json_tokener_error code;
	size_t end;

	if (!tok)
		return sim_result_fail(result, "out of memory");
	if (size > INT_MAX) {
		json_tokener_free(tok);
		return sim_result_fail(result, "more than 2 GiB of JSON");
	}
	result->document = json_tokener_parse_ex(tok, result->text, (int)size);
	code = json_tokener_get_error(tok);
	end = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	if (code == json_tokener_continue)
		return sim_result_fail(result, "the JSON text ends too early");
	if (code != json_tokener_success ||
	    strspn(result->text + end, " \t\r\n") != size - end)
		return sim_result_fail(result, "not JSON: byte %zu: %s", end,
				       code == json_tokener_success ?
					       "text behind the end" :
					       json_tokener_error_desc(code));
	return read_document(result);
}
