/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codelets/codelet.h"
#include "compiler/ir/ir.h"

/** Longest codelet file; a page of text is usual. */
#define MAX_FILE_BYTES (1 << 20)

static int is_codelet(const struct dirent *entry)
{
	const size_t len = strlen(entry->d_name);

	return len > 5 && !strcmp(entry->d_name + len - 5, ".cdlt");
}

/* Plain byte order, so that the library does not depend on the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_text(const char *path, char **text, size_t *len,
		     struct gs_diag *diag)
{
	FILE *f = fopen(path, "rb");
	int ret = 0;

	if (!f)
		return gs_error(diag, -errno, "%s: %s", path, strerror(errno));
	*text = malloc(MAX_FILE_BYTES);
	*len = *text ? fread(*text, 1, MAX_FILE_BYTES, f) : 0;
	if (!*text)
		ret = gs_error(diag, -ENOMEM, "%s: out of memory", path);
	else if (ferror(f))
		ret = gs_error(diag, -EIO, "%s: cannot be read", path);
	else if (*len == MAX_FILE_BYTES)
		ret = gs_error(diag, -EFBIG, "%s: longer than %d bytes", path,
			       MAX_FILE_BYTES);
	fclose(f);
	if (ret) {
		free(*text);
		*text = NULL;
	}
	return ret;
}

static int load_file(const char *path, struct gs_codelet **out,
		     struct gs_diag *diag)
{
	char *text = NULL;
	size_t len = 0;
	int ret = read_text(path, &text, &len, diag);

	if (ret)
		return ret;
	ret = gs_codelet_parse(path, text, len, out, diag);
	free(text);
	return ret;
}

static bool has_operator(const struct gs_codelet *cl, const char *domain,
			 const char *op)
{
	unsigned i;

	for (i = 0; i < cl->num_ops; i++)
		if (!strcmp(cl->op[i], op) && !strcmp(cl->domain, domain))
			return true;
	return false;
}

bool gs_codelet_computes(const struct gs_codelet *codelet,
			 const struct gs_node *node)
{
	return has_operator(codelet, node->domain, node->op);
}

/* An operator has its rules in one place. */
static int check_rules(const struct gs_codelet_lib *lib, struct gs_diag *diag)
{
	const struct gs_codelet *a, *b;
	unsigned i;

	for (a = lib->first; a; a = a->next)
		for (b = a->rules.line ? a->next : NULL; b; b = b->next)
			for (i = 0; i < b->num_ops && b->rules.line; i++)
				if (has_operator(a, b->domain, b->op[i]))
					return gs_error(
						diag, -EINVAL,
						"%s:%u:%u: operator %s has its rules in %s:%u already",
						b->file, b->rules.line,
						b->rules.column, b->op[i],
						a->file, a->rules.line);
	return 0;
}

/* Schedules and messages name codelets. */
static int check_name(const struct gs_codelet_lib *lib,
		      const struct gs_codelet *last, struct gs_diag *diag)
{
	const struct gs_codelet *cl;

	for (cl = lib->first; cl != last; cl = cl->next)
		if (!strcmp(cl->name, last->name))
			return gs_error(diag, -EINVAL,
					"%s: codelet %s is in %s already",
					last->file, last->name, cl->file);
	return 0;
}

int gs_codelet_load_dir(const char *dir, struct gs_codelet_lib *lib,
			struct gs_diag *diag)
{
	struct gs_codelet **tail = &lib->first;
	struct dirent **entry;
	const int num = scandir(dir, &entry, is_codelet, by_name);
	int i, ret = 0;

	lib->first = NULL;
	if (num < 0)
		return gs_error(diag, -errno, "codelet directory %s: %s", dir,
				strerror(errno));
	if (!num)
		ret = gs_error(diag, -ENOENT,
			       "codelet directory %s: no *.cdlt file", dir);
	for (i = 0; i < num; i++) {
		char path[4096];

		if (!ret && snprintf(path, sizeof(path), "%s/%s", dir,
				     entry[i]->d_name) >= (int)sizeof(path))
			ret = gs_error(diag, -ENAMETOOLONG, "%s: path too long",
				       dir);
		if (!ret)
			ret = load_file(path, tail, diag);
		ret = ret ? ret : check_name(lib, *tail, diag);
		if (!ret)
			tail = &(*tail)->next;
		free(entry[i]);
	}
	free(entry);
	ret = ret ? ret : check_rules(lib, diag);
	if (ret)
		gs_codelet_lib_free(lib);
	return ret;
}

void gs_codelet_lib_free(struct gs_codelet_lib *lib)
{
	while (lib->first) {
		struct gs_codelet *next = lib->first->next;

		gs_codelet_free(lib->first);
		lib->first = next;
	}
}

bool gs_codelet_knows(void *ctx, const char *op)
{
	const struct gs_codelet_lib *lib = ctx;
	const struct gs_codelet *c;

	for (c = lib->first; c; c = c->next)
		if (has_operator(c, "", op))
			return true;
	return false;
}
