/* SPDX-License-Identifier: MIT */
#include "compiler/tools/gsc_acg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/acg/acg_draw.h"
#include "hw-model/isa/file.h"

static int fail(const char *path, int err)
{
	fprintf(stderr, "gsc: error: %s: %s\n", path, strerror(-err));
	return err;
}

static int to_stdout(const char *text, size_t size)
{
	if (fwrite(text, 1, size, stdout) == size && !fflush(stdout))
		return 0;
	return fail("standard output", errno ? -errno : -EIO);
}

static bool ends(const char *path, const char *suffix)
{
	const size_t len = strlen(path), end = strlen(suffix);

	return len > end && !strcmp(path + len - end, suffix);
}

/* As text, or as the name of the file says */
static enum gsc_emit kind_of(const struct gsc_args *args)
{
	if (args->emit != GSC_EMIT_ACG || !args->output)
		return args->emit;
	return ends(args->output, ".svg") ? GSC_EMIT_ACG_SVG :
	       ends(args->output, ".dot") ? GSC_EMIT_ACG_DOT :
					    GSC_EMIT_ACG;
}

int gsc_acg_write(const struct gsc_args *args, const struct gs_arch *arch)
{
	const enum gsc_emit kind = kind_of(args);
	struct gs_acg acg;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int ret;

	if (!out)
		return fail("architecture graph", -ENOMEM);
	gs_acg_init(&acg, arch);
	if (kind == GSC_EMIT_ACG_DOT)
		gs_acg_dot(&acg, out);
	else if (kind == GSC_EMIT_ACG_SVG)
		gs_acg_svg(&acg, out);
	else
		gs_acg_dump(&acg, out);
	if (fclose(out) || !text) {
		free(text);
		return fail("architecture graph", -ENOMEM);
	}
	if (args->output) {
		ret = gs_file_write(args->output, text, size);
		ret = ret ? fail(args->output, ret) : 0;
	} else {
		ret = to_stdout(text, size);
	}
	free(text);
	return ret;
}
