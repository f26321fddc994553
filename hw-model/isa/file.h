/* SPDX-License-Identifier: MIT */
/*
 * Whole files: the tools read one, work, and write one.
 */
#ifndef GS_FILE_H
#define GS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * gs_file_read() - all bytes of a file
 * @path: "-" is standard input
 * @max: longer files are -EFBIG; so are 64 MiB of a device, such as /dev/zero
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

/**
 * gs_file_same() - whether two paths are one regular file, or would be once it is written
 * Links and other spellings are seen through; "-" is "-" only.
 */
bool gs_file_same(const char *a, const char *b);

/** A file that is being written; what it will replace is as before. */
struct gs_file_new {
	int fd; /**< to write to; may be dup'ed, not closed */
	char *temp, *path; /**< NULL: it is written in place, as devices are */
	mode_t mode;
};

/**
 * gs_file_begin() - begin a file, for those that are written bit by bit
 * @path: as gs_file_write() takes it
 * Returns 0, then gs_file_commit() or gs_file_abandon() is to be called; or -errno.
 */
int gs_file_begin(struct gs_file_new *file, const char *path);

/** gs_file_commit() - it is complete: put it in its place; 0 or -errno, then nothing changed */
int gs_file_commit(struct gs_file_new *file);

/** gs_file_abandon() - leave what was there before */
void gs_file_abandon(struct gs_file_new *file);

#endif /* GS_FILE_H */
