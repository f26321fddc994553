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

int gsc_acg_write(const struct gsc_args *args, const struct gs_arch *arch)
{
	struct gs_acg acg;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int ret;

	if (!out)
		return fail("architecture graph", -ENOMEM);
	gs_acg_init(&acg, arch);
	if (args->emit == GSC_EMIT_ACG_DOT)
		gs_acg_dot(&acg, out);
	else if (args->emit == GSC_EMIT_ACG_SVG)
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
