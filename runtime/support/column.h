/* SPDX-License-Identifier: MIT */
/* Names from files in the columns of a table: they may hold any bytes. */
#ifndef GS_COLUMN_H
#define GS_COLUMN_H

#include <stdio.h>

/**
 * gs_column_width() - characters of a name
 * UTF-8; a byte that begins no character counts with the one before.
 */
int gs_column_width(const char *name);

/**
 * gs_column_print() - a name, filled with spaces to @width characters
 * Of a longer one the end stands there, which tells more, behind "...". Control
 * characters are '?', so that a row is a line. @width: at least 4.
 */
void gs_column_print(FILE *out, const char *name, int width);

/** gs_column_fit() - @width, or what @name takes if that is more, but @most at most */
int gs_column_fit(int width, const char *name, int most);

#endif /* GS_COLUMN_H */
