/* SPDX-License-Identifier: MIT */
/* Pictures that are tables: a row for all layers, one for each layer, and columns of bars. */
#ifndef GS_SIM_ROWS_H
#define GS_SIM_ROWS_H

#include "hw-model/tools/sim_picture.h"

/* Height of a row's bar; text is as large. */
#define SIM_BAR 13
#define SIM_ROW_TEXT 11

/* A column of bars, between two pixels. */
struct sim_panel {
	double left, right;
	double most; /* the axis begins at 0 */
	const char *title, *unit;
	struct svg_axis axis; /* set by sim_rows_draw() */
};

struct sim_rows {
	const struct sim_picture *p;
	const char *title;
	struct sim_panel *panels;
	unsigned num_panels;
	const struct svg_key *keys;
	size_t num_keys;
	const struct sim_group *groups;
	size_t num;
	/*
	 * Bars of a row, and numbers of the group of elements that is open;
	 * @group: NULL for all layers. Text stands on @y.
	 */
	void (*data)(struct svg *svg, const struct sim_rows *rows,
		     const struct sim_group *group);
	void (*bars)(struct svg *svg, const struct sim_rows *rows,
		     const struct sim_group *group, double y);
	void *ctx;
};

/* Where bars may begin: names and operators stand before. */
#define SIM_ROWS_LEFT 378
#define SIM_ROWS_WIDTH 1280

/* The whole picture. */
void sim_rows_draw(struct svg *svg, struct sim_rows *rows);

/* At most as many groups as there is room for; see sim_groups(). */
struct sim_group *sim_rows_groups(const struct sim_picture *p, size_t *num);

/* A bar of the row whose text stands on @y. */
void sim_rows_bar(struct svg *svg, double x, double y, double width,
		  const char *color);

#endif /* GS_SIM_ROWS_H */
