/* SPDX-License-Identifier: MIT */
/* What a sweep is about: the head of its journal; and the compiler it uses. */
#ifndef GS_SWEEP_HEAD_H
#define GS_SWEEP_HEAD_H

#include "genesys/arch.h"
#include "hw-model/tools/sim_sweep.h"

/**
 * sweep_find_gsc() - the compiler: $GSC, else beside this program, else in $PATH
 * Returns a path to be freed, or NULL with a sentence on standard error.
 */
char *sweep_find_gsc(void);

/**
 * sweep_head() - all that decides what points take, as lines "KEY TEXT"
 * Files, this program, gsc and its codelets count with their bytes. Returns text to be freed,
 * or NULL with a sentence on standard error.
 */
char *sweep_head(const char *model, const char *gsc, const struct gs_arch *base,
		 const struct sim_sweep_options *options);

#endif /* GS_SWEEP_HEAD_H */
