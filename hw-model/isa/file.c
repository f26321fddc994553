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
#define DEVICE_BYTES ((size_t)64 << 20)

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

/*
 * Bytes of a file whose size is known before it is read, else 0. A device, which may
 * have no end, gives no more than people type.
 */
static uintmax_t known_size(int fd, size_t *max)
{
	struct stat st;

	if (fstat(fd, &st))
		return 0;
	if (S_ISCHR(st.st_mode) && *max > DEVICE_BYTES)
		*max = DEVICE_BYTES;
	return S_ISREG(st.st_mode) && st.st_size > 0 ? (uintmax_t)st.st_size :
						       0;
}

/* On success and on failure alike *data is the caller's to free. */
static int read_fd(int fd, size_t max, char **data, size_t *len)
{
	const uintmax_t known = known_size(fd, &max);
	size_t size = 0;

	*len = 0;
	if (known > max)
		return -EFBIG;
	do {
		ssize_t n;
		char *more;

		if (*len > max)
			return -EFBIG;
		/* One byte more tells that the file ends there. */
		size = size  ? size * 2 :
		       known ? (size_t)known + 1 :
			       FIRST_BYTES;
		if (size > max)
			size = max + 1;
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

static mode_t new_file_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static int open_temp(struct gs_file_new *file)
{
	if (asprintf(&file->temp, "%s.XXXXXX", file->path) < 0) {
		file->temp = NULL;
		return -ENOMEM;
	}
	file->fd = mkostemp(file->temp, O_CLOEXEC);
	return file->fd < 0 ? -errno : 0;
}

/* A link stays; the file it names is replaced. */
static int open_new(struct gs_file_new *file, const char *path)
{
	struct stat st;
	const bool exists = !stat(path, &st);

	if (exists && S_ISDIR(st.st_mode))
		return -EISDIR;
	if (exists && !S_ISREG(st.st_mode)) {
		file->fd = open(path, O_WRONLY | O_CLOEXEC);
		return file->fd < 0 ? -errno : 0;
	}
	file->mode = exists ? st.st_mode & 0777 : new_file_mode();
	file->path = exists ? realpath(path, NULL) : strdup(path);
	return file->path ? open_temp(file) : -errno;
}

static void forget(struct gs_file_new *file)
{
	free(file->temp);
	free(file->path);
	*file = (struct gs_file_new){ .fd = -1 };
}

int gs_file_begin(struct gs_file_new *file, const char *path)
{
	int ret = 0;

	*file = (struct gs_file_new){ .fd = -1 };
	if (is_std(path))
		file->fd = STDOUT_FILENO;
	else
		ret = open_new(file, path);
	if (ret)
		forget(file);
	return ret;
}

void gs_file_abandon(struct gs_file_new *file)
{
	if (file->fd >= 0 && file->fd != STDOUT_FILENO)
		close(file->fd);
	if (file->temp)
		unlink(file->temp);
	forget(file);
}

int gs_file_commit(struct gs_file_new *file)
{
	int ret = 0;

	if (file->temp && fchmod(file->fd, file->mode))
		ret = -errno;
	if (file->fd != STDOUT_FILENO && close(file->fd) && !ret)
		ret = -errno;
	file->fd = -1;
	if (!ret && file->temp && rename(file->temp, file->path))
		ret = -errno;
	if (!ret && file->temp)
		forget(file);
	else
		gs_file_abandon(file);
	return ret;
}

int gs_file_write(const char *path, const char *data, size_t len)
{
	struct gs_file_new file;
	int ret = gs_file_begin(&file, path);

	if (ret)
		return ret;
	ret = write_fd(file.fd, data, len);
	if (!ret)
		return gs_file_commit(&file);
	gs_file_abandon(&file);
	return ret;
}

/* Which file. */

/* What a path names: a file that exists, or a name in a folder. */
struct place {
	dev_t dev;
	ino_t ino;
	const char *name; /* NULL: it exists */
};

static bool find_folder(const char *path, size_t len, struct stat *st)
{
	char *folder = len ? strndup(path, len) : strdup(".");
	const bool found = folder && !stat(folder, st);

	free(folder);
	return found;
}

/* Devices and folders are no files that one could lose. */
static bool find_place(const char *path, struct place *out)
{
	const char *slash = strrchr(path, '/');
	struct stat st;

	*out = (struct place){ .name = NULL };
	if (stat(path, &st)) {
		out->name = slash ? slash + 1 : path;
		if (!find_folder(path, (size_t)(out->name - path), &st))
			return false;
	} else if (!S_ISREG(st.st_mode)) {
		return false;
	}
	out->dev = st.st_dev;
	out->ino = st.st_ino;
	return true;
}

bool gs_file_same(const char *a, const char *b)
{
	struct place p, q;

	if (is_std(a) || is_std(b))
		return is_std(a) && is_std(b);
	if (!find_place(a, &p) || !find_place(b, &q) || p.dev != q.dev ||
	    p.ino != q.ino || !p.name != !q.name)
		return false;
	return !p.name || !strcmp(p.name, q.name);
}
