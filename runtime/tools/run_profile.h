/* SPDX-License-Identifier: MIT */
/*
 * --profile: what each layer takes by the timing model.
 */
#ifndef GS_RUN_PROFILE_H
#define GS_RUN_PROFILE_H

#include "genesys/genesys.h"

/**
 * run_profile_print() - a table of all layers, in order of execution
 * @dev: the model's device
 * @counted: cycles the device counted for a run, or 0
 * Returns 0, or -errno after printing what is wrong.
 */
int run_profile_print(struct gs_model *model, const struct gs_device_info *dev,
		      uint64_t counted);

#endif /* GS_RUN_PROFILE_H */
