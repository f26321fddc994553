/* SPDX-License-Identifier: MIT */
/* gs-sim --svg: pictures of a model that was timed. */
#ifndef GS_SIM_SVG_H
#define GS_SIM_SVG_H

#include "hw-model/tools/sim_timing.h"

/**
 * sim_svg_write() - write all pictures into a folder
 * @model: path of the model file
 * @dir: made when it is not there and the folder above it is
 * Each picture replaces that of a run before when it is complete. Returns false
 * after a sentence on standard error.
 */
bool sim_svg_write(struct sim_timing *sim, const char *model, const char *dir);

#endif /* GS_SIM_SVG_H */
