/* SPDX-License-Identifier: MIT */
/* Names, groups and colours, see sim_picture.h. */

#include "hw-model/tools/sim_picture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/tools/sim_facts.h"
#include "hw-model/tools/sim_fail.h"

#define LEFT 24

void sim_picture_title(struct svg *svg, const struct sim_picture *p,
		       const char *title)
{
	const struct sim_timing *sim = p->sim;
	const struct gs_arch *arch = &sim->arch;
	const struct svg_font large = { .size = 17, .bold = true };
	const struct svg_font small = { .size = 12, .fill = SVG_QUIET };

	svg_printf(svg, LEFT, 30, &large, "%.200s: %s", p->model, title);
	svg_printf(svg, LEFT, 49, &small,
		   "%s, array %" PRIu32 "\xc3\x97%" PRIu32
		   ", preset %s: %" PRIu64 " cycles, %.3f ms at %" PRIu32
		   " MHz",
		   arch->name, arch->array_n, arch->array_m,
		   gs_timing_preset_name(sim->preset), sim->total.cycles,
		   (double)sim->total.cycles / 1000 / arch->clock_mhz,
		   arch->clock_mhz);
}

/* ---- what there is to be seen ---------------------------------------------------- */

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

bool sim_picture_begin(struct sim_picture *p, struct sim_timing *sim,
		       const char *model)
{
	const size_t all = (size_t)sim->gsm->num_layers + 1;
	const char *slash = strrchr(model, '/');

	*p = (struct sim_picture){ .sim = sim,
				   .model = slash ? slash + 1 : model };
	p->layer = calloc(all, sizeof(*p->layer));
	if (!p->layer)
		return sim_fail("pictures: out of memory");
	for (size_t i = 0; i < all; i++)
		if (sim->layers[i].sum.cycles)
			p->layer[p->num_layers++] = &sim->layers[i];
	p->prefix = common_prefix(p);
	return true;
}

void sim_picture_end(struct sim_picture *p)
{
	free(p->layer);
	p->layer = NULL;
}

/* ---- names ---------------------------------------------------------------------- */

const char *sim_picture_name(const struct sim_picture *p,
			     const struct sim_layer *layer)
{
	return strlen(layer->name) > p->prefix ? layer->name + p->prefix :
						 layer->name;
}

const char *sim_group_name(const struct sim_picture *p,
			   const struct sim_group *group, double size,
			   double width, char *buf, size_t cap)
{
	char more[32] = "";

	if (group->num > 1)
		snprintf(more, sizeof(more), " (+%zu)", group->num - 1);
	svg_fit(sim_picture_name(p, group->main), size,
		width - svg_text_width(more, size), buf, cap - sizeof(more));
	strcat(buf, more);
	return buf;
}

/* ---- groups --------------------------------------------------------------------- */

static void start_group(struct sim_group *group, const struct sim_picture *p,
			size_t layer)
{
	*group = (struct sim_group){ .main = p->layer[layer],
				     .first = layer,
				     .num = 1,
				     .sum = p->layer[layer]->sum };
}

static void join_group(struct sim_group *group, const struct sim_layer *layer)
{
	if (layer->sum.cycles > group->main->sum.cycles)
		group->main = layer;
	group->num++;
	gs_timing_add(&group->sum, &layer->sum);
}

/* Neighbours of less than @small cycles each go together until they have as many. */
static size_t group_by(const struct sim_picture *p, uint64_t small,
		       struct sim_group *groups)
{
	size_t num = 0;
	bool open = false;

	for (size_t i = 0; i < p->num_layers; i++) {
		const bool is_small = p->layer[i]->sum.cycles < small;

		if (open && is_small)
			join_group(&groups[num - 1], p->layer[i]);
		else
			start_group(&groups[num++], p, i);
		open = is_small && groups[num - 1].sum.cycles < small;
	}
	return num;
}

struct sim_group *sim_groups(const struct sim_picture *p, size_t max,
			     size_t *num)
{
	struct sim_group *groups = calloc(p->num_layers + 1, sizeof(*groups));
	uint64_t small = 0;

	if (!groups)
		return NULL;
	/* everything is one group in the end */
	while ((*num = group_by(p, small, groups)) > max && *num > 1)
		small = small ? small + small / 4 + 1 :
				p->sim->total.cycles / (8 * max) + 1;
	return groups;
}

/* ---- kinds of cycles ------------------------------------------------------------ */

const char *sim_kind_text(unsigned kind)
{
	static const char *const texts[SIM_KINDS] = {
		[GS_STALL_FETCH] = "instruction fetch, decode",
		[GS_STALL_SETUP] = "set-up, fill, drain",
		[GS_STALL_LATENCY] = "latency",
		[GS_STALL_PARAM] = "waits for PARAM",
		[GS_STALL_IBUF] = "waits for IBUF",
		[GS_STALL_OBUF] = "waits for OBUF",
		[GS_STALL_SIMD] = "waits for SIMD channel",
		[GS_STALL_ARRAY] = "waits for array",
		[GS_STALL_TANDEM] = "waits for Tandem",
		[GS_STALL_DRAM] = "waits for DRAM",
		[GS_STALL_IDLE] = "idle: nothing left to do",
		[SIM_BUSY] = "work",
	};

	return texts[kind];
}

const char *sim_kind_color(unsigned kind)
{
	static const char *const greys[] = { "#444444", "#8c8c8c", "#ececec" };
	static const unsigned char colors[SIM_KINDS] = {
		[SIM_BUSY] = 0,	       [GS_STALL_ARRAY] = 1,
		[GS_STALL_TANDEM] = 2, [GS_STALL_SIMD] = 3,
		[GS_STALL_OBUF] = 4,   [GS_STALL_IBUF] = 5,
		[GS_STALL_PARAM] = 6,  [GS_STALL_DRAM] = 7,
		[GS_STALL_LATENCY] = 8
	};

	if (kind == GS_STALL_FETCH)
		return greys[0];
	if (kind == GS_STALL_SETUP)
		return greys[1];
	return kind == GS_STALL_IDLE ? greys[2] : svg_color(colors[kind]);
}

uint64_t sim_kind_cycles(const struct gs_timing_engine *engine, unsigned kind)
{
	return kind == SIM_BUSY ? engine->busy : engine->stall[kind];
}

void sim_kind_data(struct svg *svg, const struct gs_timing_engine *engine)
{
	svg_data(svg, "busy", "%" PRIu64, engine->busy);
	for (unsigned s = 0; s < GS_STALL_COUNT; s++) {
		char name[32];

		if (!engine->stall[s])
			continue;
		snprintf(name, sizeof(name), "waits-%s",
			 gs_stall_name((enum gs_stall)s));
		svg_data(svg, name, "%" PRIu64, engine->stall[s]);
	}
}

size_t sim_kind_keys(const bool *used, struct svg_key *keys)
{
	size_t num = 0;

	for (unsigned i = 0; i < SIM_KINDS; i++) {
		const unsigned kind = i ? i - 1 : SIM_BUSY;

		if (used[kind])
			keys[num++] = (struct svg_key){ sim_kind_color(kind),
							sim_kind_text(kind) };
	}
	return num;
}

uint64_t sim_data_bytes(const struct gs_timing_block *b)
{
	uint64_t bytes = 0;

	for (unsigned win = GS_WIN_PARAM; win < GS_WIN_COUNT; win++)
		bytes += gs_timing_moved(b, (enum gs_window)win);
	return bytes;
}
