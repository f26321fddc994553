/* SPDX-License-Identifier: MIT */
/*
 * Whole files: the tools read one, work, and write one.
 */
#ifndef GS_FILE_H
#define GS_FILE_H

#include <stddef.h>

/**
 * gs_file_read() - all bytes of a file
 * @path: "-" is standard input
 * @max: longer files are -EFBIG
 * @data: to be freed by the caller; one byte 0 follows the last
 * Returns 0 or -errno.
 */
int gs_file_read(const char *path, size_t max, char **data, size_t *len);

/**
 * gs_file_write() - replace a file
 * @path: "-" is standard output
 * The file is there completely or as before: a regular file is replaced by a
 * rename. Devices and pipes are written to. Not for programs with threads: the
 * umask is read by setting it.
 * Returns 0 or -errno.
 */
int gs_file_write(const char *path, const char *data, size_t len);

#endif /* GS_FILE_H */
