/* SPDX-License-Identifier: MIT */
/* gsc --emit=acg: what the compiler may assume of a machine. */
#ifndef GSC_ACG_H
#define GSC_ACG_H

#include "compiler/tools/gsc_args.h"

/** gsc_acg_write() - text or picture to args->output, or standard output; 0 or -errno after printing why */
int gsc_acg_write(const struct gsc_args *args, const struct gs_arch *arch);

#endif /* GSC_ACG_H */
