/* SPDX-License-Identifier: MIT */
/* Pictures of the architecture covenant graph. */
#ifndef GS_ACG_DRAW_H
#define GS_ACG_DRAW_H

#include "compiler/acg/acg.h"

/** gs_acg_dot() - the graph for Graphviz's dot */
void gs_acg_dot(const struct gs_acg *acg, FILE *out);

/** gs_acg_svg() - the graph as a picture; errors of @out are the caller's to see */
void gs_acg_svg(const struct gs_acg *acg, FILE *out);

#endif /* GS_ACG_DRAW_H */
