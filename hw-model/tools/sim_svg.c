/* SPDX-License-Identifier: MIT */
/* All pictures into a folder, see sim_svg.h. */

#include "hw-model/tools/sim_svg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hw-model/tools/sim_picture.h"

static bool fail(const char *path, int err)
{
	fprintf(stderr, "gs-sim: %s: %s\n", path, strerror(err));
	return false;
}

static bool make_folder(const char *dir)
{
	struct stat st;

	if (!mkdir(dir, 0777))
		return true;
	if (errno != EEXIST)
		return fail(dir, errno);
	if (stat(dir, &st))
		return fail(dir, errno);
	return S_ISDIR(st.st_mode) || fail(dir, ENOTDIR);
}

static bool
write_picture(const struct sim_picture *p, const char *dir, const char *name,
	      bool (*draw)(struct svg *svg, const struct sim_picture *p))
{
	struct svg svg = { 0 };
	char *path;
	bool ok;
	int ret;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return fail(name, ENOMEM);
	/* which replays may have told already */
	ok = draw(&svg, p);
	ret = ok ? svg_write(&svg, path) : 0;
	if (ret)
		ok = fail(path, -ret);
	svg_fini(&svg);
	free(path);
	return ok;
}

bool sim_svg_write(struct sim_timing *sim, const char *model, const char *dir)
{
	struct sim_picture p;
	bool ok = make_folder(dir) && sim_picture_begin(&p, sim, model);

	if (!ok)
		return false;
	ok = write_picture(&p, dir, "timeline.svg", sim_draw_timeline) &&
	     write_picture(&p, dir, "roofline.svg", sim_draw_roofline) &&
	     write_picture(&p, dir, "stalls.svg", sim_draw_stalls) &&
	     write_picture(&p, dir, "energy.svg", sim_draw_energy);
	sim_picture_end(&p);
	return ok;
}
