/* SPDX-License-Identifier: MIT */
/* Files gs-sim writes: none takes the place of another. */
#ifndef GS_SIM_FILES_H
#define GS_SIM_FILES_H

#include "hw-model/tools/sim_options.h"

/**
 * sim_is_stdout() - does what is written to this file appear on standard output?
 * @path: "-", "/dev/stdout", the file it was redirected to; NULL: none. What is
 * for people is not printed then.
 */
bool sim_is_stdout(const char *path);

/** sim_file_name() - for sentences: "-" is standard output */
const char *sim_file_name(const char *path);

/**
 * sim_files_check() - is each file that is to be written another one than all
 * that are read and written besides?
 * Devices and pipes may be named twice. false: a sentence stands on standard error.
 */
bool sim_files_check(const struct sim_command *command);

#endif /* GS_SIM_FILES_H */
