/* SPDX-License-Identifier: MIT */
#include "compiler/tools/gsc_knobs.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/arch/json_text.h"
#include "hw-model/isa/file.h"

static void report(void *ctx, enum gs_severity severity, const char *text)
{
	(void)ctx;
	fprintf(stderr, "gsc: %s: %s\n",
		severity == GS_DIAG_ERROR ? "error" : "warning", text);
}

static int fail(const struct gsc_knob *k, const char *what)
{
	fprintf(stderr, "gsc: error: %s %.200s: expected %s\n", k->option,
		k->text, what);
	return -EINVAL;
}

/* ---- the machine ---- */

static int set_field(struct json_object *fields, const struct gsc_knob *k)
{
	char *equals = strchr(k->text, '=');
	long long value;
	char *end;

	if (!equals || equals == k->text || !equals[1])
		return fail(k, "FIELD=NUMBER");
	errno = 0;
	value = strtoll(equals + 1, &end, 10);
	if (*end || errno)
		return fail(k, "FIELD=NUMBER");
	*equals = '\0';
	return json_object_object_add(fields, k->text,
				      json_object_new_int64(value)) ?
		       -ENOMEM :
		       0;
}

/* Through the text of the machine, so that the same rules hold as for files. */
static int change_machine(const struct gsc_knobs *k, struct gs_arch *arch)
{
	char text[8192], err[GS_ARCH_ERR_SIZE];
	struct json_object *fields;
	const char *changed;
	bool any = false;
	unsigned i;
	int ret = 0;

	gs_arch_format(arch, text, sizeof(text));
	fields = json_tokener_parse(text);
	for (i = 0; i < k->num && !ret; i++) {
		if (strcmp(k->knob[i].option, "--arch-set"))
			continue;
		any = true;
		ret = set_field(fields, &k->knob[i]);
	}
	if (any && !ret) {
		changed = json_object_to_json_string(fields);
		ret = gs_arch_parse(changed, strlen(changed), arch, err);
		if (ret)
			fprintf(stderr, "gsc: error: --arch-set: %s\n", err);
	}
	json_object_put(fields);
	return ret;
}

/* ---- layers ---- */

/* LAYER:REST; names may have colons, so the last one counts. */
static char *cut_layer(const struct gsc_knob *k, struct gs_decision *d)
{
	char *colon = strrchr(k->text, ':');

	if (!colon || colon == k->text || !colon[1])
		return NULL;
	*colon = '\0';
	d->layer = k->text;
	d->pattern = strpbrk(k->text, "*?");
	return colon + 1;
}

static int read_loop(char *text, struct gs_decided_loop *l, bool tiles)
{
	char *equals = strchr(text, '=');
	unsigned long long tile;
	char *end;

	l->name = text;
	l->tile = 0;
	if (!*text || !tiles)
		return *text && !equals ? 0 : -EINVAL;
	if (!equals || equals == text || equals[1] < '0' || equals[1] > '9')
		return -EINVAL;
	*equals = '\0';
	errno = 0;
	tile = strtoull(equals + 1, &end, 10);
	if (*end || errno || !tile || tile > UINT32_MAX)
		return -EINVAL;
	l->tile = (uint32_t)tile;
	return 0;
}

static int wrong_loops(const struct gs_decision *d, const char *form)
{
	fprintf(stderr, "gsc: error: %s: expected %s\n", d->from, form);
	return -EINVAL;
}

static bool is_twice(const struct gs_decision *d)
{
	unsigned i;

	for (i = 0; i + 1 < d->num_loops; i++)
		if (!strcmp(d->loop[i].name, d->loop[d->num_loops - 1].name))
			return true;
	return false;
}

static int read_loops(const struct gsc_knob *k, struct gs_decision *d)
{
	const bool tiles = !strcmp(k->option, "--tile");
	const char *form = tiles ? "LAYER:LOOP=UNITS,..." : "LAYER:LOOP,...";
	char *at = cut_layer(k, d);

	d->loose = true;
	while (at) {
		char *next = strchr(at, ',');

		if (next)
			*next++ = '\0';
		if (d->num_loops == GS_MAX_VARS ||
		    read_loop(at, &d->loop[d->num_loops++], tiles))
			return wrong_loops(d, form);
		if (is_twice(d))
			return wrong_loops(d, "each loop once");
		at = next;
	}
	d->num_ordered = tiles ? 0 : d->num_loops;
	return d->num_loops ? 0 : wrong_loops(d, form);
}

static int read_knob(struct gsc_knobs *k, const struct gsc_knob *knob)
{
	struct gs_schedule *s = &k->schedule;
	const bool loops = !strcmp(knob->option, "--tile") ||
			   !strcmp(knob->option, "--order");
	struct gs_decision *d = &k->decision[s->num_decisions];

	if (!strcmp(knob->option, "--no-fuse"))
		k->apart[s->num_apart++] =
			strcmp(knob->text, "all") ? knob->text : "*";
	if (!loops)
		return 0;
	d->from = k->from[s->num_decisions];
	snprintf(k->from[s->num_decisions++], sizeof(*k->from), "%s %.200s",
		 knob->option, knob->text);
	return read_loops(knob, d);
}

static int read_file(struct gsc_knobs *k)
{
	struct gs_diag diag = { .report = report };
	char *text;
	size_t len;
	int ret;

	if (!k->file)
		return 0;
	ret = gs_file_read(k->file, GS_JSON_MAX_BYTES, &text, &len);
	if (ret == -EFBIG) {
		fprintf(stderr,
			"gsc: error: %s: longer than the %u MiB of a schedule\n",
			k->file, GS_JSON_MAX_BYTES >> 20);
		return ret;
	}
	if (ret) {
		fprintf(stderr, "gsc: error: %s: %s\n", k->file,
			strerror(-ret));
		return ret;
	}
	ret = gs_schedule_read(text, len, k->file, &k->read, &diag);
	free(text);
	return ret;
}

int gsc_knobs_read(struct gsc_knobs *k, struct gs_arch *arch)
{
	int ret = read_file(k);
	unsigned i, num;

	if (ret)
		return ret;
	num = k->read.schedule.num_decisions;
	k->decision = calloc(num + k->num + 1, sizeof(*k->decision));
	k->from = calloc(num + k->num + 1, sizeof(*k->from));
	if (!k->decision || !k->from) {
		fputs("gsc: error: out of memory\n", stderr);
		return -ENOMEM;
	}
	k->schedule = k->read.schedule;
	if (num)
		memcpy(k->decision, k->read.decision,
		       num * sizeof(*k->decision));
	k->schedule.decision = k->decision;
	k->schedule.apart = k->apart;
	for (i = 0; i < k->num && !ret; i++)
		ret = read_knob(k, &k->knob[i]);
	ret = ret ? ret : change_machine(k, arch);
	if (!ret && k->file)
		gs_schedule_check_machine(&k->read, k->file, arch,
					  &(struct gs_diag){ .report =
								     report });
	return ret;
}

void gsc_knobs_free(struct gsc_knobs *k)
{
	free(k->decision);
	free(k->from);
	gs_schedule_free(&k->read);
}
