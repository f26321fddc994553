/* SPDX-License-Identifier: MIT */
#include "runtime/tools/run_labels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/tools/run_opts.h"

int run_labels_read(const struct gs_model *model, struct run_labels *l)
{
	const char *meta = gs_model_meta(model, "labels"), *sep = "\n";
	char *save, *at;
	size_t most = 1;

	memset(l, 0, sizeof(*l));
	if (!meta)
		return 0;
	if (!strchr(meta, '\n'))
		sep = ",";
	for (const char *p = meta; *p; p++)
		most += *p == *sep;
	l->text = strdup(meta);
	l->name = calloc(most, sizeof(*l->name));
	if (!l->text || !l->name) {
		fprintf(stderr, "%s: out of memory\n", run_program);
		return -ENOMEM;
	}
	for (at = strtok_r(l->text, sep, &save); at;
	     at = strtok_r(NULL, sep, &save)) {
		while (*at == ' ')
			at++;
		l->name[l->num++] = at;
	}
	return 0;
}

void run_labels_free(struct run_labels *l)
{
	free(l->text);
	free(l->name);
}
