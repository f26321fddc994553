/* SPDX-License-Identifier: MIT */
#include "runtime/support/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* "0.5" or "1/255"; what follows is at *end. */
static bool read_fraction(const char *text, char **end, double *out)
{
	double value = strtod(text, end), by = 1;
	const char *slash = *end;

	if (slash == text)
		return false;
	if (*slash == '/') {
		by = strtod(slash + 1, end);
		if (*end == slash + 1)
			return false;
	}
	*out = value / by;
	return isfinite(*out);
}

size_t gs_number_list(const char *text, double *list, size_t max)
{
	const char *at = text;
	char *end;

	for (size_t num = 0; num < max; at = end + 1) {
		if (!read_fraction(at, &end, &list[num++]))
			return 0;
		while (*end == ' ')
			end++;
		if (!*end)
			return num;
		if (*end != ',')
			return 0;
	}
	return 0;
}
