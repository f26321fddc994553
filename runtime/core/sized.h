/* SPDX-License-Identifier: MIT */
/*
 * Structures that start with their size: see genesys.h.
 */
#ifndef GS_RT_SIZED_H
#define GS_RT_SIZED_H

#include <stddef.h>

/**
 * gs_sized_in() - read a caller's structure into one of ours
 * @in: NULL reads as zeros
 * @out: @out_size bytes, starting with its size
 * @what: name of the structure, for the sentence
 * Returns 0, -EINVAL (no size) or -E2BIG (unknown members that are not 0).
 */
int gs_sized_in(void *out, size_t out_size, const void *in, const char *what);

/**
 * gs_sized_out() - write one of our structures to a caller's
 * @out: its size is set; members up to it are written, later ones zeroed
 */
int gs_sized_out(void *out, const void *in, size_t in_size, const char *what);

/** gs_sized_check() - whether gs_sized_out() will accept the structure */
int gs_sized_check(const void *from, const char *what);

#endif /* GS_RT_SIZED_H */
