/* SPDX-License-Identifier: MIT */
/* gsc --emit=layers: the published files of every layer. */
#ifndef GSC_LAYERS_H
#define GSC_LAYERS_H

#include "compiler/compile.h"

/**
 * gsc_layers_write() - a folder for each layer, below @dir
 * @dir: made if it is not there; files of a run before are replaced
 * Returns 0 or -errno after saying what failed.
 */
int gsc_layers_write(const struct gs_compiled *c, const char *dir);

#endif /* GSC_LAYERS_H */
