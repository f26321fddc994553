/* SPDX-License-Identifier: MIT */
/* Reading a vector, see sim_vector.h. All of it is untrusted. */

#include "hw-model/tools/sim_vector.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_SIZE (UINT64_C(1) << 32)

static bool window_of(const char *name, enum gs_window *win, char *err)
{
	for (unsigned w = 0; w < GS_WIN_COUNT; w++) {
		if (!strcmp(name, gs_window_name((enum gs_window)w))) {
			*win = (enum gs_window)w;
			return true;
		}
	}
	return sim_error(err,
			 "port \"%s\" is none of IMEM, PARAM, IBUF, OBUF, SIMD",
			 name);
}

static bool type_of(const char *name, struct sim_type *type, char *err)
{
	static const struct {
		const char *name;
		struct sim_type type;
	} types[] = {
		{ "i8", { 1, true } },	{ "u8", { 1, false } },
		{ "i16", { 2, true } }, { "u16", { 2, false } },
		{ "i32", { 4, true } }, { "u32", { 4, false } },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!strcmp(name, types[i].name)) {
			*type = types[i].type;
			return true;
		}
	}
	return sim_error(
		err, "type \"%s\" is none of i8, u8, i16, u16, i32, u32", name);
}

static bool load_data(const char *dir, json_object *object,
		      struct sim_data *data, char *err)
{
	const char *port = "", *type = "", *file = "";

	if (!json_object_is_type(object, json_type_object))
		return sim_error(err, "\"load\" and \"expect\" hold objects");
	if (!sim_json_string(object, "port", &port, err) ||
	    !window_of(port, &data->win, err) ||
	    !sim_json_string(object, "type", &type, err) ||
	    !type_of(type, &data->type, err) ||
	    !sim_json_uint(object, "address", WINDOW_SIZE - 1, &data->offset,
			   err) ||
	    !sim_json_string(object, "file", &file, err) ||
	    !sim_read_file(dir, file, &data->bytes, &data->size, err))
		return false;
	if (data->size % data->type.size)
		return sim_error(err, "%s: %zu bytes are no whole number of %s",
				 file, data->size, type);
	if (data->size > WINDOW_SIZE - data->offset)
		return sim_error(err, "%s: does not fit the window at %" PRIu64,
				 file, data->offset);
	return true;
}

static bool load_list(const char *dir, json_object *object, const char *key,
		      struct sim_data **list, size_t *num, char *err)
{
	json_object *array = NULL;
	size_t length;

	if (!sim_json_member(object, key, json_type_array, &array, err))
		return false;
	length = array ? json_object_array_length(array) : 0;
	*list = calloc(length + 1, sizeof(**list));
	if (!*list)
		return sim_error(err, "out of memory");
	for (; *num < length; ++*num)
		if (!load_data(dir, json_object_array_get_idx(array, *num),
			       &(*list)[*num], err)) {
			++*num; /* its bytes may be there */
			return false;
		}
	return true;
}

static bool load_ranges(json_object *object, struct sim_vector *vector,
			char *err)
{
	json_object *array = NULL;
	size_t length;

	if (!sim_json_member(object, "memory", json_type_array, &array, err))
		return false;
	length = array ? json_object_array_length(array) : 0;
	vector->ranges = calloc(length + 1, sizeof(*vector->ranges));
	if (!vector->ranges)
		return sim_error(err, "out of memory");
	for (; vector->num_ranges < length; vector->num_ranges++) {
		struct sim_range *range = &vector->ranges[vector->num_ranges];
		json_object *item =
			json_object_array_get_idx(array, vector->num_ranges);

		if (!json_object_is_type(item, json_type_object))
			return sim_error(err, "\"memory\" holds objects");
		if (!sim_json_uint(item, "base", UINT64_MAX, &range->base,
				   err) ||
		    !sim_json_uint(item, "size", UINT64_MAX, &range->size,
				   err) ||
		    !sim_json_bool(item, "writable", &range->writable, err))
			return false;
		if (!range->size ||
		    range->base + (range->size - 1) < range->base)
			return sim_error(
				err,
				"\"memory\": a range is empty or passes 2^64");
	}
	return true;
}

static bool load_windows(json_object *object, struct sim_vector *vector,
			 char *err)
{
	json_object *bases = NULL;

	for (unsigned w = 0; w < GS_WIN_COUNT; w++)
		vector->window_base[w] = w * WINDOW_SIZE;
	if (!sim_json_member(object, "window_base", json_type_object, &bases,
			     err))
		return false;
	if (!bases)
		return true;
	json_object_object_foreach(bases, name, value) {
		enum gs_window win = GS_WIN_IMEM;

		(void)value;
		if (!window_of(name, &win, err) ||
		    !sim_json_uint(bases, name, UINT64_MAX,
				   &vector->window_base[win], err))
			return false;
	}
	return true;
}

/* One 32-bit word a line, decimal. */
static bool load_words(const char *dir, const char *name,
		       struct sim_vector *vector, char *err)
{
	uint8_t *text = NULL;
	char *at, *end;
	size_t size;
	bool ok = true;

	if (!sim_read_file(dir, name, &text, &size, err))
		return false;
	/* a word takes a digit and an end of line */
	vector->words = malloc((size / 2 + 1) * sizeof(*vector->words));
	if (!vector->words)
		ok = sim_error(err, "%s: out of memory", name);
	at = (char *)text;
	while (ok) {
		unsigned long long value;

		at += strspn(at, " \t\r\n");
		if (!*at)
			break;
		errno = 0;
		value = strtoull(at, &end, 10);
		if (*at < '0' || *at > '9' || errno || value > UINT32_MAX ||
		    !strchr(" \t\r\n", *end))
			ok = sim_error(
				err,
				"%s: word %zu is not a decimal number of 32 bits",
				name, vector->num_words);
		else
			vector->words[vector->num_words++] = (uint32_t)value;
		at = end;
	}
	free(text);
	if (ok && !vector->num_words)
		ok = sim_error(err, "%s: no words", name);
	return ok;
}

static bool load_encoding(json_object *object, struct sim_vector *vector,
			  char *err)
{
	const char *name = "sync_inst";

	if (!sim_json_string(object, "encoding", &name, err))
		return false;
	vector->encoding = GS_ENC_SYNC_INST;
	if (!strcmp(name, "inst_group_2021"))
		vector->encoding = GS_ENC_INST_GROUP_2021;
	else if (strcmp(name, "sync_inst"))
		return sim_error(
			err,
			"encoding \"%s\" is neither sync_inst nor inst_group_2021",
			name);
	return true;
}

/* FIELD=NUMBER of the command line takes the place of the vector's. */
static bool override(json_object *arch, const char *assignment, char *err)
{
	const char *equals = strchr(assignment, '=');
	json_object *value = equals ? json_tokener_parse(equals + 1) : NULL;
	char field[64];

	if (!value || (size_t)(equals - assignment) >= sizeof(field)) {
		json_object_put(value);
		return sim_error(err, "--arch: expected FIELD=NUMBER, found %s",
				 assignment);
	}
	snprintf(field, sizeof(field), "%.*s", (int)(equals - assignment),
		 assignment);
	json_object_object_add(arch, field, value);
	return true;
}

static bool load_arch(json_object *object, struct sim_vector *vector,
		      const char *const *overrides, char *err)
{
	char arch_err[GS_ARCH_ERR_SIZE] = "";
	json_object *arch = NULL;
	const char *text;

	if (!sim_json_member(object, "arch", json_type_object, &arch, err))
		return false;
	if (!arch)
		return sim_error(err, "\"arch\" is missing");
	for (; *overrides; overrides++)
		if (!override(arch, *overrides, err))
			return false;
	text = json_object_to_json_string(arch);
	if (!text || gs_arch_parse(text, strlen(text), &vector->arch, arch_err))
		return sim_error(err, "\"arch\": %s", arch_err);
	return true;
}

static bool load_job(json_object *object, struct sim_vector *vector, char *err)
{
	uint64_t entry = 0, words = sim_vector_block(vector, 0), noise = 0;

	if (!sim_json_bool(object, "chain", &vector->chain, err) ||
	    !sim_json_uint(object, "entry", UINT32_MAX, &entry, err) ||
	    !sim_json_uint(object, "entry_words", UINT32_MAX, &words, err) ||
	    !sim_json_uint(object, "noise", UINT32_MAX, &noise, err) ||
	    !sim_json_uint(object, "max_work", UINT64_MAX, &vector->max_work,
			   err))
		return false;
	vector->entry = (uint32_t)entry;
	vector->entry_words = (uint32_t)words;
	vector->has_max_work = sim_json_has(object, "max_work");
	vector->has_noise = sim_json_has(object, "noise");
	vector->noise = (uint32_t)noise;
	return true;
}

/* A misspelt key would make a vector test less than it says. */
static bool check_keys(json_object *object, char *err)
{
	static const char *const known[] = {
		"name",	   "note",	  "arch",	  "encoding",
		"program", "load",	  "expect",	  "chain",
		"entry",   "entry_words", "noise",	  "max_work",
		"memory",  "window_base", "expect_fault", "counters",
	};

	json_object_object_foreach(object, key, value) {
		bool found = false;

		(void)value;
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			found = found || !strcmp(key, known[i]);
		if (!found)
			return sim_error(err, "unknown key \"%s\"", key);
	}
	return true;
}

static bool load_object(const char *dir, json_object *object,
			struct sim_vector *vector, const char *const *overrides,
			char *err)
{
	const char *program = "program.txt", *name = NULL;

	if (!json_object_is_type(object, json_type_object))
		return sim_error(err, "vector.json does not hold an object");
	if (!check_keys(object, err) ||
	    !sim_json_string(object, "name", &name, err))
		return false;
	if (name) {
		free(vector->name);
		vector->name = strdup(name);
		for (char *c = vector->name; c && *c; c++)
			if (!isprint((unsigned char)*c))
				*c = '?';
	}
	return sim_json_string(object, "program", &program, err) &&
	       load_arch(object, vector, overrides, err) &&
	       load_encoding(object, vector, err) &&
	       load_words(dir, program, vector, err) &&
	       load_windows(object, vector, err) &&
	       load_ranges(object, vector, err) &&
	       load_job(object, vector, err) &&
	       load_list(dir, object, "load", &vector->loads,
			 &vector->num_loads, err) &&
	       load_list(dir, object, "expect", &vector->expects,
			 &vector->num_expects, err) &&
	       sim_fault_load(object, vector, err) &&
	       sim_counters_load(object, vector, err);
}

/* The last component of a path, slashes at its end aside. */
static char *base_name(const char *dir)
{
	size_t end = strlen(dir), start;

	while (end > 1 && dir[end - 1] == '/')
		end--;
	for (start = end; start > 0 && dir[start - 1] != '/';)
		start--;
	return strndup(dir + start, end - start);
}

bool sim_vector_load(const char *dir, const char *const *overrides,
		     struct sim_vector *vector, char *err)
{
	json_object *object = NULL;
	uint8_t *text = NULL;
	json_tokener *tokener;
	size_t size;
	bool ok = false;

	*vector = (struct sim_vector){ .name = base_name(dir) };
	*err = 0;
	if (!sim_read_file(dir, "vector.json", &text, &size, err))
		return false;
	tokener = json_tokener_new();
	if (tokener && size <= INT32_MAX)
		object =
			json_tokener_parse_ex(tokener, (char *)text, (int)size);
	if (object)
		ok = load_object(dir, object, vector, overrides, err);
	else
		sim_error(err, "vector.json: %s",
			  tokener ? json_tokener_error_desc(
					    json_tokener_get_error(tokener)) :
				    "out of memory");
	if (tokener)
		json_tokener_free(tokener);
	json_object_put(object);
	free(text);
	return ok && (vector->name || sim_error(err, "out of memory"));
}

static void free_list(struct sim_data *list, size_t num)
{
	for (size_t i = 0; i < num; i++)
		free(list[i].bytes);
	free(list);
}

void sim_vector_free(struct sim_vector *vector)
{
	free_list(vector->loads, vector->num_loads);
	free_list(vector->expects, vector->num_expects);
	free(vector->ranges);
	free(vector->counters);
	free(vector->words);
	free(vector->name);
	*vector = (struct sim_vector){ 0 };
}

size_t sim_vector_block(const struct sim_vector *vector, size_t first)
{
	for (size_t i = first; i < vector->num_words; i++) {
		struct gs_insn insn;

		if (!gs_isa_decode(vector->words[i], vector->encoding, &insn) &&
		    insn.id == GS_INSN_BLOCK_END)
			return i + 1 - first;
	}
	return vector->num_words - first;
}
