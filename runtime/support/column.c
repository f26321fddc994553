/* SPDX-License-Identifier: MIT */
#include "runtime/support/column.h"

#include <stdbool.h>

static bool begins(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

int gs_column_width(const char *name)
{
	int width = 0;

	for (; *name; name++)
		width += begins(*name);
	return width;
}

int gs_column_fit(int width, const char *name, int most)
{
	const int own = gs_column_width(name);

	return own <= width ? width : own < most ? own : most;
}

void gs_column_print(FILE *out, const char *name, int width)
{
	const int all = gs_column_width(name);
	int left = all;

	if (all > width) {
		fputs("...", out);
		width -= 3;
	}
	for (; *name; name++) {
		left -= begins(*name);
		if (left >= width)
			continue;
		if (*name == 0x7f || (unsigned char)*name < ' ')
			putc('?', out);
		else
			putc(*name, out);
	}
	if (all < width)
		fprintf(out, "%*s", width - all, "");
}
