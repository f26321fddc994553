/* SPDX-License-Identifier: MIT */
/* The other way of schedule_read.h: what was decided, as the text of a schedule file. */
#ifndef GS_SCHEDULE_WRITE_H
#define GS_SCHEDULE_WRITE_H

#include "compiler/codegen/codegen.h"

/**
 * gs_schedule_write() - every decision about the layers
 * @limits: rows tiles may take, as it was compiled with; or NULL
 * @text: to be freed by the caller
 * Returns 0, or -EINVAL when the name of a node is no UTF-8, by which a file could not
 * name it, or -ENOMEM; both are reported.
 */
int gs_schedule_write(const struct gs_arch *arch,
		      const struct gs_schedule *limits,
		      const struct gs_planned *layer, unsigned num_layers,
		      char **text, size_t *len, struct gs_diag *diag);

#endif /* GS_SCHEDULE_WRITE_H */
