/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hw-model/isa/file.h"

#define FIRST_BYTES 65536

static bool is_std(const char *path)
{
	return !strcmp(path, "-");
}

/* Reading. */

/* Reads until the end of the file or until @size. Returns bytes or -errno. */
static ssize_t read_some(int fd, char *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

/* On success and on failure alike *data is the caller's to free. */
static int read_fd(int fd, size_t max, char **data, size_t *len)
{
	size_t size = 0;

	*len = 0;
	do {
		ssize_t n;
		char *more;

		if (*len > max)
			return -EFBIG;
		size = size ? size * 2 : FIRST_BYTES;
		more = realloc(*data, size + 1);
		if (!more)
			return -ENOMEM;
		*data = more;
		n = read_some(fd, *data + *len, size - *len);
		if (n < 0)
			return (int)n;
		*len += (size_t)n;
	} while (*len == size);
	(*data)[*len] = '\0';
	return *len > max ? -EFBIG : 0;
}

int gs_file_read(const char *path, size_t max, char **data, size_t *len)
{
	int fd = is_std(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	*data = NULL;
	ret = read_fd(fd, max, data, len);
	if (ret) {
		free(*data);
		*data = NULL;
	}
	if (fd != STDIN_FILENO)
		close(fd);
	return ret;
}

/* Writing. */

static int write_fd(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_in_place(const char *path, const char *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = write_fd(fd, data, len);
	if (close(fd) && !ret)
		ret = -errno;
	return ret;
}

static mode_t new_file_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int write_temp(int fd, mode_t mode, const char *data, size_t len)
{
	int ret = write_fd(fd, data, len);

	if (!ret && fchmod(fd, mode))
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	return ret;
}

static int replace(const char *path, mode_t mode, const char *data, size_t len)
{
	char *temp;
	int ret;
	int fd;

	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0) {
		ret = -errno;
		goto err_free;
	}
	ret = write_temp(fd, mode, data, len);
	if (!ret && rename(temp, path))
		ret = -errno;
	if (ret)
		unlink(temp);
err_free:
	free(temp);
	return ret;
}

/* A link stays; the file it names is replaced. */
static int replace_target(const char *path, mode_t mode, const char *data,
			  size_t len)
{
	char *target = realpath(path, NULL);
	int ret;

	if (!target)
		return -errno;
	ret = replace(target, mode, data, len);
	free(target);
	return ret;
}

int gs_file_write(const char *path, const char *data, size_t len)
{
	struct stat st;

	if (is_std(path))
		return write_fd(STDOUT_FILENO, data, len);
	if (stat(path, &st))
		return replace(path, new_file_mode(), data, len);
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return write_in_place(path, data, len);
	return replace_target(path, st.st_mode & 0777, data, len);
}
