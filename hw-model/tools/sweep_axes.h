/* SPDX-License-Identifier: MIT */
/* The points of a sweep, and the machine of each. */
#ifndef GS_SWEEP_AXES_H
#define GS_SWEEP_AXES_H

#include <stdbool.h>

#include "hw-model/arch/arch_field.h"
#include "hw-model/tools/sim_sweep.h"

#define SWEEP_MAX_POINTS 100000
#define SWEEP_ERR_SIZE 512

/**
 * A field and its values. ARRAY sets ARRAY_N and ARRAY_M, and the depths so
 * that every buffer keeps its bytes; all other fields are set after it.
 */
struct sweep_axis {
	char name[32];
	const struct gs_arch_field *field; /**< NULL: ARRAY, or WEIGHT_LAYOUT */
	bool is_array;
	int64_t *value; /**< of WEIGHT_LAYOUT: enum gs_weight_layout */
	size_t num;
};

struct sweep_axes {
	struct sweep_axis axis[SWEEP_MAX_AXES];
	unsigned num;
	size_t points; /**< product of all; the last axis changes fastest */
};

/**
 * sweep_axes_parse() - read FIELD=VALUE,VALUE... @num times
 * Returns false with a sentence in @err (SWEEP_ERR_SIZE bytes); in either case
 * sweep_axes_free() is due.
 */
bool sweep_axes_parse(struct sweep_axes *axes, const char *const *text,
		      unsigned num, char *err);
void sweep_axes_free(struct sweep_axes *axes);

/** sweep_axes_value() - the value of a field at a point, as text */
const char *sweep_axes_value(const struct sweep_axes *axes, unsigned axis,
			     size_t point, char buf[24]);

/**
 * sweep_axes_arch() - the machine of a point
 * Returns false with the rule it breaks in @err (SWEEP_ERR_SIZE bytes).
 */
bool sweep_axes_arch(const struct sweep_axes *axes, size_t point,
		     const struct gs_arch *base, struct gs_arch *arch,
		     char *err);

/**
 * sweep_arch_check() - does a reader of architecture files see the same machine?
 * Returns false with the reason in @err (SWEEP_ERR_SIZE bytes).
 */
bool sweep_arch_check(const struct gs_arch *arch, char *err);

/** sweep_buffer_bytes() - all scratchpads of a machine, halves and both buffers counted */
uint64_t sweep_buffer_bytes(const struct gs_arch *arch);

#endif /* GS_SWEEP_AXES_H */
