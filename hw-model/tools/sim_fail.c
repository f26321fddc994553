/* SPDX-License-Identifier: MIT */
#include "hw-model/tools/sim_fail.h"

#include <stdio.h>

const char *sim_program = "gs-sim";

bool sim_vfail(const char *path, const char *format, va_list args)
{
	fprintf(stderr, "%s: ", sim_program);
	if (path)
		fprintf(stderr, "%s: ", path);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	return false;
}

bool sim_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	sim_vfail(NULL, format, args);
	va_end(args);
	return false;
}
