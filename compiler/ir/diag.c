/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
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
