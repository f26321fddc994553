/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "compiler/ir/diag.h"

static void diag_clean(char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < 0x20 && *text != '\n') ||
		    *text == 0x7f)
			*text = '?';
}

static void diag_report(struct gs_diag *diag, enum gs_severity severity,
			const char *fmt, va_list args)
{
	char *text = NULL;

	if (!diag)
		return;
	if (severity == GS_DIAG_ERROR)
		diag->errors++;
	if (!diag->report)
		return;
	if (vasprintf(&text, fmt, args) < 0) {
		diag->report(diag->ctx, severity, "out of memory");
		return;
	}
	diag_clean(text);
	diag->report(diag->ctx, severity, text);
	free(text);
}

int gs_error(struct gs_diag *diag, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	diag_report(diag, GS_DIAG_ERROR, fmt, args);
	va_end(args);
	return err;
}

int gs_error_at(struct gs_diag *diag, int err, const char *fmt, va_list args,
		const char *where, ...)
{
	char *front = NULL, *text = NULL;
	va_list front_args;
	bool lost;

	va_start(front_args, where);
	lost = vasprintf(&front, where, front_args) < 0;
	va_end(front_args);
	if (lost)
		return gs_error(diag, err, "out of memory");
	lost = vasprintf(&text, fmt, args) < 0;
	gs_error(diag, err, "%s%s", front, lost ? "out of memory" : text);
	free(front);
	if (!lost)
		free(text);
	return err;
}

void gs_warn(struct gs_diag *diag, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	diag_report(diag, GS_DIAG_WARNING, fmt, args);
	va_end(args);
}

void gs_note(struct gs_diag *diag, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	diag_report(diag, GS_DIAG_NOTE, fmt, args);
	va_end(args);
}
