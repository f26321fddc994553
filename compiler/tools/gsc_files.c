/* SPDX-License-Identifier: MIT */
#include "compiler/tools/gsc_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hw-model/isa/file.h"

#define MAX_FILES (GSC_MAX_CALIB + 8)

struct named {
	const char *option, *path;
};

struct files {
	struct named file[MAX_FILES];
	unsigned num;
};

static void add(struct files *f, const char *option, const char *path)
{
	if (path)
		f->file[f->num++] = (struct named){ option, path };
}

static bool is_std(const char *path)
{
	return !strcmp(path, "-");
}

static int fail(const struct named *a, const struct named *b, const char *what)
{
	fprintf(stderr, "gsc: error: %s and %s are both %s\n", a->option,
		b->option, what);
	return -EINVAL;
}

static void collect(const struct gsc_args *args, struct files *in,
		    struct files *out)
{
	unsigned i;

	add(in, "MODEL", args->model);
	add(in, "--arch", args->arch);
	add(in, "--meta", args->meta);
	add(in, "--schedule", args->knobs.file);
	for (i = 0; i < args->num_calib; i++)
		add(in, "--calibrate", args->calib[i].path);
	add(out, "--output", args->output ? args->output : "-");
	add(out, "--report", args->report);
	add(out, "--quant-report", args->quant_report);
}

/* Text for people may follow other text, but stands in no file. */
static int check_stdout(const struct gsc_args *args, const struct files *out)
{
	const struct named *std = NULL;
	unsigned i;

	for (i = 0; i < out->num && !std; i++)
		if (is_std(out->file[i].path) &&
		    out->file[i].path != args->quant_report)
			std = &out->file[i];
	if (!std)
		return 0;
	if (args->emit == GSC_EMIT_LAYERS && std->path == args->output) {
		fputs("gsc: error: --emit=layers writes a folder, which standard output is not\n",
		      stderr);
		return -EINVAL;
	}
	if (args->keep && std->path == args->output) {
		fputs("gsc: error: --keep-intermediates writes a folder beside --output, which is standard output\n",
		      stderr);
		return -EINVAL;
	}
	if (args->verbose)
		return fail(std, &(struct named){ "--verbose", "-" },
			    "on standard output");
	if (args->dump_after)
		return fail(std, &(struct named){ "--dump-after", "-" },
			    "on standard output");
	return 0;
}

static int check_outputs(const struct files *in, const struct files *out)
{
	unsigned i, k;

	for (i = 0; i < out->num; i++) {
		const struct named *o = &out->file[i];

		for (k = 0; k < i; k++)
			if (gs_file_same(out->file[k].path, o->path))
				return fail(&out->file[k], o,
					    is_std(o->path) ?
						    "on standard output" :
						    o->path);
		for (k = 0; k < in->num; k++)
			if (!is_std(o->path) &&
			    gs_file_same(in->file[k].path, o->path))
				return fail(&in->file[k], o, o->path);
	}
	return 0;
}

static int fail_path(const char *path, int err)
{
	fprintf(stderr, "gsc: error: %s: %s\n", path, strerror(err));
	return -err;
}

/* A file is made in the folder where it, or what a link leads to, stands. */
static int check_folder(const char *path)
{
	char *real = realpath(path, NULL);
	const char *at = real ? real : path;
	const char *slash = strrchr(at, '/');
	char *folder = slash ? strndup(at, (size_t)(slash - at) + 1) :
			       strdup(".");
	int ret = 0;

	if (!folder)
		ret = ENOMEM;
	else if (access(folder, W_OK | X_OK))
		ret = errno;
	free(folder);
	free(real);
	return ret ? fail_path(path, ret) : 0;
}

/* @folder: it is one. What is left to go wrong is told when it is written. */
static int check_writable(const char *path, bool folder)
{
	struct stat st;

	if (is_std(path))
		return 0;
	if (stat(path, &st))
		return errno == ENOENT ? check_folder(path) :
					 fail_path(path, errno);
	if (folder != S_ISDIR(st.st_mode))
		return fail_path(path, folder ? ENOTDIR : EISDIR);
	return S_ISREG(st.st_mode) ? check_folder(path) : 0;
}

/* Beside the output stands a folder of its name. */
static int check_kept(const struct gsc_args *args)
{
	struct stat st;

	if (!args->keep || stat(args->output, &st) || S_ISREG(st.st_mode) ||
	    S_ISDIR(st.st_mode))
		return 0;
	fprintf(stderr,
		"gsc: error: --keep-intermediates writes a folder beside --output, and %s is no file\n",
		args->output);
	return -EINVAL;
}

static int check_places(const struct gsc_args *args, const struct files *out)
{
	unsigned i;
	int ret = check_kept(args);

	for (i = 0; i < out->num && !ret; i++)
		ret = check_writable(out->file[i].path,
				     args->emit == GSC_EMIT_LAYERS &&
					     out->file[i].path == args->output);
	return ret;
}

/* Who comes second finds it empty. */
static int check_stdin(const struct files *in)
{
	const struct named *first = NULL;
	unsigned i;

	for (i = 0; i < in->num; i++) {
		if (!is_std(in->file[i].path))
			continue;
		if (first)
			return fail(first, &in->file[i], "standard input");
		first = &in->file[i];
	}
	return 0;
}

int gsc_files_check(const struct gsc_args *args)
{
	struct files in = { .num = 0 }, out = { .num = 0 };
	int ret;

	collect(args, &in, &out);
	ret = check_stdin(&in);
	ret = ret ? ret : check_stdout(args, &out);
	ret = ret ? ret : check_outputs(&in, &out);
	return ret ? ret : check_places(args, &out);
}
