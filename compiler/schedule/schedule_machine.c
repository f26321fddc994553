/* SPDX-License-Identifier: MIT */
/* The machine a schedule file was made for beside the one it is read for. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "compiler/schedule/schedule_read.h"

#define MOST_NAMED 3 /* differences that are spelled out */

static struct json_object *fields_of(const struct gs_arch *arch)
{
	char text[GS_ARCH_JSON_SIZE];

	gs_arch_format(arch, text, sizeof(text));
	return json_tokener_parse(text);
}

/* Does what a program takes depend on it? */
static bool counts(const char *key)
{
	return strcmp(key, "name") && strcmp(key, "CLOCK_MHZ");
}

struct differences {
	char text[400]; /* MOST_NAMED of at most 100 bytes, and how many more */
	size_t len;
	unsigned num;
};

/* Timing at its defaults has no field. */
static void add(struct differences *d, const char *key,
		struct json_object *there, struct json_object *here)
{
	if (d->num++ < MOST_NAMED)
		d->len += (size_t)snprintf(
			d->text + d->len, sizeof(d->text) - d->len,
			"%s%.32s %.16s, here %.16s", d->len ? "; " : "", key,
			there ? json_object_get_string(there) : "default",
			here ? json_object_get_string(here) : "default");
}

static void compare(struct json_object *there, struct json_object *here,
		    struct differences *d)
{
	struct json_object *other;

	json_object_object_foreach(there, key, value) {
		if (!json_object_object_get_ex(here, key, &other))
			other = NULL;
		if (counts(key) && !json_object_equal(value, other))
			add(d, key, value, other);
	}
	json_object_object_foreach(here, name, mine) {
		if (counts(name) &&
		    !json_object_object_get_ex(there, name, &other))
			add(d, name, NULL, mine);
	}
}

static void warn(struct gs_diag *diag, const char *name, const char *machine,
		 const char *why)
{
	gs_warn(diag,
		"%.200s: the schedule was made for another machine%s%.64s (%s): what fits may be slow, what does not is refused",
		name, *machine ? ", " : "", machine, why);
}

void gs_schedule_check_machine(const struct gs_schedule_file *file,
			       const char *name, const struct gs_arch *arch,
			       struct gs_diag *diag)
{
	struct differences d = { .num = 0 };
	struct json_object *there, *here;

	if (!file->machine)
		return;
	if (!file->arch) {
		snprintf(d.text, sizeof(d.text), "this one is %.64s",
			 arch->name);
		if (*file->machine && *arch->name &&
		    strcmp(file->machine, arch->name))
			warn(diag, name, file->machine, d.text);
		return;
	}
	there = fields_of(file->arch);
	here = fields_of(arch);
	if (there && here)
		compare(there, here, &d);
	json_object_put(there);
	json_object_put(here);
	if (d.num > MOST_NAMED)
		snprintf(d.text + d.len, sizeof(d.text) - d.len,
			 "; %u more differ", d.num - MOST_NAMED);
	if (d.num)
		warn(diag, name, file->machine, d.text);
}
