/* SPDX-License-Identifier: MIT */
#include "compiler/schedule/schedule_read.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/arch/json_text.h"

#define FROM_SIZE 256

typedef struct json_object json;

struct reader {
	const char *name; /* of the file */
	struct gs_diag *diag;
	char path[FROM_SIZE]; /* of what is read */
};

static int fail(const struct reader *r, const char *fmt, ...) GS_PRINTF(2, 3);

static int fail(const struct reader *r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	gs_error_at(r->diag, -EINVAL, fmt, args, "%.200s: %s%s", r->name,
		    r->path, *r->path ? ": " : "");
	va_end(args);
	return -EINVAL;
}

/* One step further into the file; returns the length to go back to. */
static size_t enter(struct reader *r, const char *fmt, ...) GS_PRINTF(2, 3);

static size_t enter(struct reader *r, const char *fmt, ...)
{
	const size_t len = strlen(r->path);
	va_list args;

	va_start(args, fmt);
	vsnprintf(r->path + len, sizeof(r->path) - len, fmt, args);
	va_end(args);
	return len;
}

static void enter_field(struct reader *r, const char *key, size_t *back)
{
	*back = enter(r, "%s%s", *r->path ? "." : "", gs_json_quote(key).s);
}

static void leave(struct reader *r, size_t back)
{
	r->path[back] = '\0';
}

static int check_type(const struct reader *r, json *value, enum json_type type,
		      const char *what)
{
	return json_object_is_type(value, type) ?
		       0 :
		       fail(r, "is %s, expected %s",
			    value ? json_type_to_name(
					    json_object_get_type(value)) :
				    "null",
			    what);
}

static int read_text(const struct reader *r, json *value, const char **out)
{
	int ret = check_type(r, value, json_type_string, "a text");

	if (ret)
		return ret;
	*out = json_object_get_string(value);
	if (strlen(*out) != (size_t)json_object_get_string_len(value))
		return fail(r, "has a character 0");
	return **out ? 0 : fail(r, "is empty");
}

static int read_number(const struct reader *r, json *value, uint32_t *out)
{
	int ret = check_type(r, value, json_type_int, "a whole number");
	int64_t v;

	if (ret)
		return ret;
	v = json_object_get_int64(value);
	if (v < 1 || v > UINT32_MAX)
		return fail(r, "is %lld, expected 1 to %u", (long long)v,
			    UINT32_MAX);
	*out = (uint32_t)v;
	return 0;
}

/* ---- fields of a layer ---- */

typedef int read_field(struct reader *r, json *value, struct gs_decision *d);

static int read_name(struct reader *r, json *value, struct gs_decision *d)
{
	return read_text(r, value, &d->layer);
}

static int read_codelet(struct reader *r, json *value, struct gs_decision *d)
{
	return read_text(r, value, &d->codelet);
}

static int read_strips(struct reader *r, json *value, struct gs_decision *d)
{
	d->has_strips = true;
	return read_number(r, value, &d->strips);
}

static int read_split(struct reader *r, json *value, struct gs_decision *d)
{
	d->split = json_object_get_boolean(value);
	return check_type(r, value, json_type_boolean, "true or false");
}

/* Names of nodes become one text with commas, which takes the place of the list. */
static int read_fused(struct reader *r, json *value, struct gs_decision *d)
{
	int ret = check_type(r, value, json_type_array, "a list of nodes");
	size_t i, len = 0, back;
	const char *name;
	char *text;

	for (i = 0; !ret && i < json_object_array_length(value); i++) {
		back = enter(r, "[%zu]", i);
		ret = read_text(r, json_object_array_get_idx(value, i), &name);
		leave(r, back);
		len += ret ? 0 : strlen(name) + 1;
	}
	if (ret)
		return ret;
	text = calloc(1, len + 1);
	if (!text)
		return gs_error(r->diag, -ENOMEM, "out of memory");
	for (i = 0, len = 0; i < json_object_array_length(value); i++)
		len += (size_t)sprintf(
			text + len, "%s%s", i ? "," : "",
			json_object_get_string(
				json_object_array_get_idx(value, i)));
	d->fused = text;
	return 0;
}

static struct gs_decided_loop *loop_of(struct reader *r, struct gs_decision *d,
				       const char *name)
{
	unsigned i;

	for (i = 0; i < d->num_loops; i++)
		if (!strcmp(d->loop[i].name, name))
			return &d->loop[i];
	if (d->num_loops == GS_MAX_VARS) {
		fail(r, "there are more than %d loops", GS_MAX_VARS);
		return NULL;
	}
	d->loop[d->num_loops] = (struct gs_decided_loop){ .name = name };
	return &d->loop[d->num_loops++];
}

static int read_order(struct reader *r, json *value, struct gs_decision *d)
{
	int ret = check_type(r, value, json_type_array, "a list of loops");
	size_t i, back;

	for (i = 0; !ret && i < json_object_array_length(value); i++) {
		const unsigned before = d->num_loops;
		const char *name;

		back = enter(r, "[%zu]", i);
		ret = read_text(r, json_object_array_get_idx(value, i), &name);
		if (!ret && !loop_of(r, d, name))
			ret = -EINVAL;
		if (!ret && d->num_loops == before)
			ret = fail(r, "loop %s comes twice",
				   gs_json_quote(name).s);
		leave(r, back);
	}
	d->num_ordered = d->num_loops;
	return ret;
}

typedef int read_entry(struct reader *r, const char *key, json *value,
		       struct gs_decision *d);

/* All entries of an object, in their order in the file */
static int read_entries(struct reader *r, json *value, const char *what,
			read_entry *read, struct gs_decision *d)
{
	int ret = check_type(r, value, json_type_object, what);
	struct json_object_iterator it, end;
	size_t back;

	if (ret)
		return ret;
	end = json_object_iter_end(value);
	for (it = json_object_iter_begin(value);
	     !ret && !json_object_iter_equal(&it, &end);
	     json_object_iter_next(&it)) {
		const char *key = json_object_iter_peek_name(&it);

		enter_field(r, key, &back);
		ret = read(r, key, json_object_iter_peek_value(&it), d);
		leave(r, back);
	}
	return ret;
}

static int read_loop_tile(struct reader *r, const char *key, json *value,
			  struct gs_decision *d)
{
	struct gs_decided_loop *l = loop_of(r, d, key);

	return l ? read_number(r, value, &l->tile) : -EINVAL;
}

static int read_tile(struct reader *r, json *value, struct gs_decision *d)
{
	return read_entries(r, value, "tiles by loop", read_loop_tile, d);
}

static int read_place(struct reader *r, const char *key, json *value,
		      struct gs_decision *d)
{
	struct gs_decided_buffer *b;

	if (d->num_buffers == GS_CL_MAX_OPERANDS)
		return fail(r, "there are more than %d operands",
			    GS_CL_MAX_OPERANDS);
	b = &d->buffer[d->num_buffers++];
	b->operand = key;
	return read_text(r, value, &b->memory);
}

static int read_memory(struct reader *r, json *value, struct gs_decision *d)
{
	return read_entries(r, value, "memories by operand", read_place, d);
}

static int skip(struct reader *r, json *value, struct gs_decision *d)
{
	(void)r;
	(void)value;
	(void)d;
	return 0;
}

/* The order of loops is read before their tiles. */
static const struct {
	const char *key;
	read_field *read;
} fields[] = {
	{ "name", read_name },	 { "codelet", read_codelet },
	{ "fused", read_fused }, { "order", read_order },
	{ "tile", read_tile },	 { "strips", read_strips },
	{ "split", read_split }, { "memory", read_memory },
	{ "info", skip },
};

#define NUM_FIELDS (sizeof(fields) / sizeof(fields[0]))

static int check_keys(struct reader *r, json *o, const char *const *keys,
		      unsigned num, const char *what)
{
	struct json_object_iterator it = json_object_iter_begin(o);
	const struct json_object_iterator end = json_object_iter_end(o);

	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		const char *key = json_object_iter_peek_name(&it);
		unsigned i;
		size_t back;

		for (i = 0; i < num && strcmp(keys[i], key); i++)
			;
		if (i < num)
			continue;
		enter_field(r, key, &back);
		return fail(r, "is no field of %s", what);
	}
	return 0;
}

static int read_layer(struct reader *r, json *o, struct gs_decision *d)
{
	const char *keys[NUM_FIELDS];
	int ret = check_type(r, o, json_type_object, "a layer");
	unsigned i;
	size_t back;
	json *value;

	for (i = 0; i < NUM_FIELDS; i++)
		keys[i] = fields[i].key;
	d->loose = true;
	ret = ret ? ret : check_keys(r, o, keys, NUM_FIELDS, "a layer");
	for (i = 0; i < NUM_FIELDS && !ret; i++) {
		if (!json_object_object_get_ex(o, fields[i].key, &value))
			continue;
		enter_field(r, fields[i].key, &back);
		ret = fields[i].read(r, value, d);
		leave(r, back);
	}
	return !ret && !d->layer ? fail(r, "has no name") : ret;
}

/* ---- the file ---- */

static int by_name(const void *a, const void *b)
{
	const struct gs_decision *x = *(const struct gs_decision *const *)a;
	const struct gs_decision *y = *(const struct gs_decision *const *)b;
	const int order = strcmp(x->layer, y->layer);

	return order ? order : x < y ? -1 : 1;
}

static int check_unique(struct reader *r, const struct gs_decision *d,
			size_t num)
{
	const struct gs_decision **sorted =
		calloc(num ? num : 1, sizeof(struct gs_decision *));
	size_t i;
	int ret = 0;

	if (!sorted)
		return gs_error(r->diag, -ENOMEM, "out of memory");
	for (i = 0; i < num; i++)
		sorted[i] = &d[i];
	qsort(sorted, num, sizeof(struct gs_decision *), by_name);
	for (i = 1; i < num && !ret; i++)
		if (!strcmp(sorted[i - 1]->layer, sorted[i]->layer)) {
			enter(r, "[%zu].name", (size_t)(sorted[i] - d));
			ret = fail(r, "\"%s\" is a layer above",
				   gs_json_quote(sorted[i]->layer).s);
		}
	free(sorted);
	return ret;
}

static int read_layers(struct reader *r, json *list, struct gs_schedule_file *f)
{
	int ret = check_type(r, list, json_type_array, "a list of layers");
	size_t i, num, back;

	if (ret)
		return ret;
	num = json_object_array_length(list);
	f->decision = calloc(num ? num : 1, sizeof(*f->decision));
	f->from = calloc(num ? num : 1, FROM_SIZE);
	if (!f->decision || !f->from)
		return gs_error(r->diag, -ENOMEM, "out of memory");
	f->schedule.decision = f->decision;
	for (i = 0; i < num && !ret; i++) {
		struct gs_decision *d = &f->decision[i];

		f->schedule.num_decisions++;
		back = enter(r, "[%zu]", i);
		ret = read_layer(r, json_object_array_get_idx(list, i), d);
		if (!ret)
			leave(r, back);
		d->from = f->from + i * FROM_SIZE;
		snprintf(f->from + i * FROM_SIZE, FROM_SIZE,
			 "%.200s: layers[%zu]", r->name, i);
	}
	f->schedule.num_in_order = f->schedule.num_decisions;
	return ret ? ret : check_unique(r, f->decision, num);
}

static int read_buffers(struct reader *r, json *o, struct gs_schedule *s)
{
	const char *keys[GS_ACG_NUM_MEMORIES];
	int ret = check_type(r, o, json_type_object, "rows by memory");
	enum gs_acg_mem mem;
	unsigned num = 0;
	size_t back;
	json *value;

	for (mem = GS_ACG_FIRST_ROWS; mem <= GS_ACG_LAST_ROWS; mem++)
		keys[num++] = gs_acg_mem_name(mem);
	ret = ret ? ret : check_keys(r, o, keys, num, "the buffers");
	for (mem = GS_ACG_FIRST_ROWS; mem <= GS_ACG_LAST_ROWS && !ret; mem++) {
		const char *name = gs_acg_mem_name(mem);

		if (!json_object_object_get_ex(o, name, &value))
			continue;
		enter_field(r, name, &back);
		ret = read_number(r, value, &s->rows[mem]);
		if (!ret)
			leave(r, back);
	}
	return ret;
}

/* All that the machine of the schedule has is no limit, on others neither. */
static void drop_full(struct gs_schedule_file *f)
{
	struct gs_acg acg;
	unsigned i;

	if (!f->arch)
		return;
	gs_acg_init(&acg, f->arch);
	for (i = 0; i < GS_ACG_NUM_MEMORIES; i++)
		if (f->schedule.rows[i] == acg.mem[i].rows)
			f->schedule.rows[i] = 0;
}

static int read_effort(struct reader *r, json *value, struct gs_schedule *s)
{
	size_t back;
	int64_t v;
	int ret;

	enter_field(r, "effort", &back);
	ret = check_type(r, value, json_type_int, "a whole number");
	v = ret ? 0 : json_object_get_int64(value);
	if (v < 0 || v > GS_MAX_EFFORT)
		ret = fail(r, "is %lld, expected 0 to %d", (long long)v,
			   GS_MAX_EFFORT);
	if (ret)
		return ret;
	s->more_effort = (int)v - GS_DEFAULT_EFFORT;
	leave(r, back);
	return 0;
}

/*
 * Whose schedule it was: the machine as an architecture file has it, or its
 * name. What does not fit another one is told by layer.
 */
static int read_machine(struct reader *r, json *value,
			struct gs_schedule_file *f)
{
	char err[GS_ARCH_ERR_SIZE];
	const char *text;

	if (json_object_is_type(value, json_type_string)) {
		f->machine = json_object_get_string(value);
		return 0;
	}
	if (!json_object_is_type(value, json_type_object))
		return check_type(r, value, json_type_object,
				  "a machine or its name");
	f->arch = calloc(1, sizeof(*f->arch));
	text = json_object_to_json_string(value);
	if (!f->arch || !text)
		return gs_error(r->diag, -ENOMEM, "out of memory");
	if (gs_arch_parse(text, strlen(text), f->arch, err))
		return fail(r, "%s", err);
	f->machine = f->arch->name;
	return 0;
}

static int read_root(struct reader *r, struct gs_schedule_file *f)
{
	static const char *const keys[] = { "version", "machine", "effort",
					    "buffers", "layers" };
	int ret = check_type(r, f->root, json_type_object, "a schedule");
	uint32_t version = 0;
	size_t back;
	json *value;

	ret = ret ? ret : check_keys(r, f->root, keys, 5, "a schedule");
	if (ret)
		return ret;
	if (!json_object_object_get_ex(f->root, "version", &value))
		return fail(r, "has no version");
	enter_field(r, "version", &back);
	ret = read_number(r, value, &version);
	if (!ret && version != GS_SCHEDULE_VERSION)
		ret = fail(r, "is %u, expected %d", version,
			   GS_SCHEDULE_VERSION);
	if (!ret)
		leave(r, back);
	if (!ret && json_object_object_get_ex(f->root, "machine", &value)) {
		enter_field(r, "machine", &back);
		ret = read_machine(r, value, f);
		if (!ret)
			leave(r, back);
	}
	if (!ret && json_object_object_get_ex(f->root, "effort", &value))
		ret = read_effort(r, value, &f->schedule);
	if (!ret && json_object_object_get_ex(f->root, "buffers", &value)) {
		enter_field(r, "buffers", &back);
		ret = read_buffers(r, value, &f->schedule);
		if (!ret)
			leave(r, back);
		drop_full(f);
	}
	if (!ret && json_object_object_get_ex(f->root, "layers", &value)) {
		enter_field(r, "layers", &back);
		ret = read_layers(r, value, f);
	}
	return ret;
}

int gs_schedule_read(const char *text, size_t len, const char *name,
		     struct gs_schedule_file *file, struct gs_diag *diag)
{
	struct reader r = { .name = name, .diag = diag };
	char err[GS_ARCH_ERR_SIZE];
	int ret;

	*file = (struct gs_schedule_file){ .name = strdup(name) };
	if (!file->name)
		return gs_error(diag, -ENOMEM, "out of memory");
	file->schedule.from = file->name;
	ret = gs_json_parse(text, len, &file->root, err);
	return ret ? gs_error(diag, ret, "%.200s: %s", name, err) :
		     read_root(&r, file);
}

void gs_schedule_free(struct gs_schedule_file *file)
{
	unsigned i;

	for (i = 0; i < file->schedule.num_decisions; i++)
		free((void *)(uintptr_t)file->decision[i].fused);
	free(file->decision);
	free(file->from);
	free(file->name);
	free(file->arch);
	json_object_put(file->root);
	*file = (struct gs_schedule_file){ 0 };
}
