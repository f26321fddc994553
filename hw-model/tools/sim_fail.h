/* SPDX-License-Identifier: MIT */
/* Sentences of gs-sim about what went wrong. */
#ifndef GS_SIM_FAIL_H
#define GS_SIM_FAIL_H

#include <stdarg.h>
#include <stdbool.h>

/** Who speaks: "gs-sim"; another tool says its name. */
extern const char *sim_program;

/** sim_fail() - "gs-sim: ..." on standard error; returns false */
__attribute__((format(printf, 1, 2))) bool sim_fail(const char *format, ...);

/** sim_vfail() - the same, "gs-sim: PATH: ..." where @path is not NULL */
__attribute__((format(printf, 2, 0))) bool
sim_vfail(const char *path, const char *format, va_list args);

#endif /* GS_SIM_FAIL_H */
