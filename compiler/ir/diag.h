/* SPDX-License-Identifier: MIT */
/*
 * Diagnostics of the compiler library: sentences go to a callback, never to a
 * stream, and no compiler function exits.
 */
#ifndef GS_DIAG_H
#define GS_DIAG_H

#include <stdarg.h>

enum gs_severity { GS_DIAG_NOTE, GS_DIAG_WARNING, GS_DIAG_ERROR };

/**
 * Where diagnostics go. The text is one sentence (or one line per item),
 * without newline at the end.
 */
struct gs_diag {
	void (*report)(void *ctx, enum gs_severity severity, const char *text);
	void *ctx;
	unsigned errors; /**< counted by the calls below */
};

#define GS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/*
 * @diag may be NULL: nothing is reported then. Control characters of names
 * that come from a file are reported as '?'.
 */

/**
 * gs_error() - report an error
 *
 * Returns @err, so that `return gs_error(d, -EINVAL, ...)` reads well.
 */
int gs_error(struct gs_diag *diag, int err, const char *fmt, ...)
	GS_PRINTF(3, 4);
/**
 * gs_error_at() - report an error with @where, and what fills it, in front
 * For functions that know where, and take the rest as gs_error() does. Returns @err.
 */
int gs_error_at(struct gs_diag *diag, int err, const char *fmt, va_list args,
		const char *where, ...) GS_PRINTF(5, 6);
void gs_warn(struct gs_diag *diag, const char *fmt, ...) GS_PRINTF(2, 3);
void gs_note(struct gs_diag *diag, const char *fmt, ...) GS_PRINTF(2, 3);

#endif /* GS_DIAG_H */
