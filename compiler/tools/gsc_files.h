/* SPDX-License-Identifier: MIT */
/* Files on the command line of gsc: what is written must not take the place of something else. */
#ifndef GSC_FILES_H
#define GSC_FILES_H

#include "compiler/tools/gsc_args.h"

/**
 * gsc_files_check() - every output is a file of its own, and none that is read
 * Also of standard input and output, which are no two things either. That
 * outputs can be written is seen before, not behind, minutes of work. Returns 0,
 * or -errno after saying what is wrong.
 */
int gsc_files_check(const struct gsc_args *args);

#endif /* GSC_FILES_H */
