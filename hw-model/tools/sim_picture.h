/* SPDX-License-Identifier: MIT */
/* What the pictures of gs-sim share. */
#ifndef GS_SIM_PICTURE_H
#define GS_SIM_PICTURE_H

#include "hw-model/tools/sim_timing.h"
#include "hw-model/tools/svg_plot.h"

/* Kinds of cycles: the causes of waiting, then work. */
#define SIM_KINDS (GS_STALL_COUNT + 1)
#define SIM_BUSY GS_STALL_COUNT

/* Height that sim_picture_title() takes. */
#define SIM_TITLE 62

struct sim_picture {
	struct sim_timing *sim;
	const char *model; /* name of the file, without folders */
	size_t prefix; /* bytes all names of layers begin with */
	const struct sim_layer **layer; /* that took cycles, in order */
	size_t num_layers;
};

/* Layers that stand together in a picture: one, or small neighbours. */
struct sim_group {
	const struct sim_layer *main; /* that takes longest */
	size_t first, num; /* in sim_picture.layer */
	struct gs_timing_block sum;
};

/* The layers that took cycles; false: a sentence stands on standard error. */
bool sim_picture_begin(struct sim_picture *p, struct sim_timing *sim,
		       const char *model);
void sim_picture_end(struct sim_picture *p);

/* Title, and below it machine, preset, cycles and time. */
void sim_picture_title(struct svg *svg, const struct sim_picture *p,
		       const char *title);

/* The name of a layer without what all have in common. */
const char *sim_picture_name(const struct sim_picture *p,
			     const struct sim_layer *layer);

/* "conv1/Conv", or "conv1/Conv (+3)" of a group of four; no wider than @width. */
const char *sim_group_name(const struct sim_picture *p,
			   const struct sim_group *group, double size,
			   double width, char *buf, size_t cap);

/*
 * The layers in at most @max groups, to be freed by the caller; NULL: out of
 * memory. Large layers stay alone.
 */
struct sim_group *sim_groups(const struct sim_picture *p, size_t max,
			     size_t *num);

/* What a kind of cycles is for people, and its colour. */
const char *sim_kind_text(unsigned kind);
const char *sim_kind_color(unsigned kind);
uint64_t sim_kind_cycles(const struct gs_timing_engine *engine, unsigned kind);

/* data-busy, data-waits-PARAM... of an engine, in the group just opened. */
void sim_kind_data(struct svg *svg, const struct gs_timing_engine *engine);

/* Keys of the kinds for which @used is set, work first. Returns their number. */
size_t sim_kind_keys(const bool *used, struct svg_key *keys);

/* Bytes of data that move to and from DRAM: without instructions. */
uint64_t sim_data_bytes(const struct gs_timing_block *block);

/* The pictures; false: memory ran out. The caller ends what is drawn. */
bool sim_draw_timeline(struct svg *svg, const struct sim_picture *p);
bool sim_draw_roofline(struct svg *svg, const struct sim_picture *p);
bool sim_draw_stalls(struct svg *svg, const struct sim_picture *p);
bool sim_draw_energy(struct svg *svg, const struct sim_picture *p);

#endif /* GS_SIM_PICTURE_H */
