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

/* Up to the last / that all names have in common. */
static size_t common_prefix(const struct sim_picture *p)
{
	const char *first = p->num_layers ? p->layer[0]->name : "";
	size_t len = strlen(first);

	for (size_t i = 1; i < p->num_layers; i++) {
		const char *name = p->layer[i]->name;
		size_t same = 0;

		while (same < len && name[same] == first[same])
			same++;
		len = same;
	}
	while (len && first[len - 1] != '/')
		len--;
	return len;
}

static bool prepare(struct sim_picture *p, struct sim_timing *sim,
		    const char *model)
{
	const size_t all = (size_t)sim->gsm->num_layers + 1;
	const char *slash = strrchr(model, '/');

	*p = (struct sim_picture){ .sim = sim,
				   .model = slash ? slash + 1 : model };
	p->layer = calloc(all, sizeof(*p->layer));
	if (!p->layer)
		return fail("pictures", ENOMEM);
	for (size_t i = 0; i < all; i++)
		if (sim->layers[i].sum.cycles)
			p->layer[p->num_layers++] = &sim->layers[i];
	p->prefix = common_prefix(p);
	return true;
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
	bool ok = make_folder(dir) && prepare(&p, sim, model);

	if (!ok)
		return false;
	ok = write_picture(&p, dir, "timeline.svg", sim_draw_timeline) &&
	     write_picture(&p, dir, "roofline.svg", sim_draw_roofline) &&
	     write_picture(&p, dir, "stalls.svg", sim_draw_stalls) &&
	     write_picture(&p, dir, "energy.svg", sim_draw_energy);
	free(p.layer);
	return ok;
}
