/* SPDX-License-Identifier: MIT */
/*
 * Numbers as metadata and options have them: decimal or fractions, one or a
 * list with commas.
 */
#ifndef GS_NUMBER_H
#define GS_NUMBER_H

#include <stddef.h>

/**
 * gs_number_list() - read "0.5", "1/255", "1, 2, 3"
 * @text: spaces around a number are ignored
 * Returns how many were put into @list, 0 when the text is anything else, has
 * more than @max or one that is not finite.
 */
size_t gs_number_list(const char *text, double *list, size_t max);

#endif /* GS_NUMBER_H */
