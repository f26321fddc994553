/* SPDX-License-Identifier: MIT */
#include "hw-model/tools/sweep_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hw-model/tools/sim_facts.h"
#include "hw-model/tools/sim_fail.h"

#define MAX_JOURNAL_BYTES ((size_t)1 << 30)
#define LINE_SIZE (SWEEP_REASON_SIZE + 160)
#define HASH_DIGITS 16

__attribute__((format(printf, 2, 3))) static bool
fail(const struct sweep_journal *journal, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	sim_vfail(journal->path, format, args);
	va_end(args);
	return false;
}

uint64_t sweep_hash(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++) {
		hash ^= bytes[i];
		hash *= UINT64_C(0x100000001b3);
	}
	return hash;
}

/* ---- lines ---------------------------------------------------------------------- */

/* "HASH POINT ok CYCLES ARRAY TANDEM READ WRITTEN ENERGY" or "HASH POINT failed REASON" */
static int format_line(char line[LINE_SIZE], size_t point,
		       const struct sweep_result *r)
{
	char text[LINE_SIZE - HASH_DIGITS - 4], energy[SIM_NUMBER_SIZE];
	int len;

	if (r->status == SWEEP_OK)
		len = snprintf(text, sizeof(text),
			       "%zu ok %" PRIu64 " %" PRIu64 " %" PRIu64
			       " %" PRIu64 " %" PRIu64 " %s",
			       point, r->cycles, r->array_busy, r->tandem_busy,
			       r->bytes[0], r->bytes[1],
			       sim_number(r->energy_pj, energy));
	else
		len = snprintf(text, sizeof(text), "%zu failed %s", point,
			       r->reason ? r->reason : "");
	return snprintf(line, LINE_SIZE, "%016" PRIx64 " %s\n",
			sweep_hash(SWEEP_HASH, text, (size_t)len), text);
}

static bool parse_hash(const char *line, size_t len)
{
	uint64_t hash;
	char *end;

	if (len < HASH_DIGITS + 1)
		return false;
	hash = strtoull(line, &end, 16);
	return end == line + HASH_DIGITS && *end == ' ' &&
	       hash == sweep_hash(SWEEP_HASH, end + 1, len - HASH_DIGITS - 1);
}

/* A line that ends with 0; its checksum is right or it is none. */
static bool parse_line(const char *line, size_t len,
		       struct sweep_result *results, size_t num)
{
	struct sweep_result r = { 0 };
	size_t point;
	int read = 0;

	if (!parse_hash(line, len))
		return false;
	line += HASH_DIGITS + 1;
	if (sscanf(line,
		   "%zu ok %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %lf%n",
		   &point, &r.cycles, &r.array_busy, &r.tandem_busy,
		   &r.bytes[0], &r.bytes[1], &r.energy_pj, &read) == 7 &&
	    !line[read]) {
		r.status = SWEEP_OK;
	} else {
		read = 0;
		if (sscanf(line, "%zu failed %n", &point, &read) != 1 || !read)
			return false;
		r.status = SWEEP_FAILED;
	}
	if (point >= num || results[point].status != SWEEP_OPEN)
		return false;
	if (r.status == SWEEP_FAILED) {
		r.reason = strdup(line + read);
		if (!r.reason)
			return false;
	}
	results[point] = r;
	return true;
}

/* Returns the bytes of whole lines. */
static size_t parse_lines(char *text, size_t size, struct sweep_result *results,
			  size_t num)
{
	size_t done = 0;

	while (done < size) {
		char *line = text + done;
		char *end = memchr(line, '\n', size - done);

		if (!end)
			break;
		*end = '\0';
		if (!parse_line(line, (size_t)(end - line), results, num))
			break;
		done = (size_t)(end - text) + 1;
	}
	return done;
}

/* ---- the head ------------------------------------------------------------------- */

static bool fail_other(const struct sweep_journal *journal, const char *text,
		       size_t size, const char *head)
{
	static const char *const what[][2] = {
		{ "model ", "of another model" },
		{ "tools ", "of another gs-sim or gsc" },
		{ "machine ", "that starts from another machine" },
		{ "option ", "with other options" },
		{ "sweep ", "of other points" },
	};
	size_t line = 0, i = 0;

	for (; i < size && head[i] && text[i] == head[i]; i++)
		if (head[i] == '\n')
			line = i + 1;
	for (size_t w = 0; line && w < sizeof(what) / sizeof(what[0]); w++)
		if (!strncmp(head + line, what[w][0], strlen(what[w][0])) ||
		    (size - line > strlen(what[w][0]) &&
		     !strncmp(text + line, what[w][0], strlen(what[w][0]))))
			return fail(
				journal,
				"a sweep %s, name another folder with --out or remove this one",
				what[w][1]);
	return fail(journal, "not a journal of gs-sim --sweep");
}

static bool write_all(struct sweep_journal *journal, const char *text,
		      size_t size, off_t at)
{
	ssize_t n;

	while (size) {
		n = pwrite(journal->fd, text, size, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (!n)
			errno = EIO;
		if (n <= 0)
			return false;
		text += n;
		size -= (size_t)n;
		at += n;
	}
	return true;
}

/* The name of a new file is on the disk, too. */
static int sync_folder(const char *path)
{
	char *copy = strdup(path);
	int fd =
		copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) :
		       -1;
	int ret = fd < 0 || fsync(fd) ? -1 : 0;

	if (fd >= 0)
		close(fd);
	free(copy);
	return ret;
}

static bool begin(struct sweep_journal *journal, const char *head)
{
	const size_t size = strlen(head);

	if (!write_all(journal, head, size, 0) ||
	    ftruncate(journal->fd, (off_t)size) || fsync(journal->fd) ||
	    sync_folder(journal->path))
		return fail(journal, "%s", strerror(errno));
	journal->size = (off_t)size;
	return true;
}

static bool go_on(struct sweep_journal *journal, char *text, size_t size,
		  size_t head, struct sweep_result *results, size_t num)
{
	const size_t whole =
		head + parse_lines(text + head, size - head, results, num);

	journal->size = (off_t)whole;
	if (whole == size)
		return true;
	fprintf(stderr,
		"gs-sim: %s: the last %zu bytes are not whole, those points are done again\n",
		journal->path, size - whole);
	if (ftruncate(journal->fd, journal->size) || fsync(journal->fd))
		return fail(journal, "%s", strerror(errno));
	return true;
}

/* ---- the file ------------------------------------------------------------------- */

static bool lock(struct sweep_journal *journal)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;

	if (fstat(journal->fd, &st))
		return fail(journal, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(journal, "not a file");
	if (!fcntl(journal->fd, F_SETLK, &whole))
		return true;
	return errno == EACCES || errno == EAGAIN ?
		       fail(journal, "another gs-sim is at this sweep") :
		       fail(journal, "%s", strerror(errno));
}

/* A second descriptor of the file would give up the lock when it is closed. */
static bool read_all(struct sweep_journal *journal, char **text, size_t *size)
{
	struct stat st;
	ssize_t n = 0;

	if (fstat(journal->fd, &st))
		return fail(journal, "%s", strerror(errno));
	if ((uintmax_t)st.st_size > MAX_JOURNAL_BYTES)
		return fail(journal, "%s", strerror(EFBIG));
	*text = malloc((size_t)st.st_size + 1);
	if (!*text)
		return fail(journal, "out of memory");
	for (*size = 0; *size < (size_t)st.st_size; *size += (size_t)n) {
		n = pread(journal->fd, *text + *size,
			  (size_t)st.st_size - *size, (off_t)*size);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return fail(journal, "%s", strerror(errno));
		else if (!n)
			break;
	}
	(*text)[*size] = '\0';
	return true;
}

bool sweep_journal_open(struct sweep_journal *journal, const char *path,
			const char *head, struct sweep_result *results,
			size_t num)
{
	const size_t len = strlen(head);
	char *text = NULL;
	size_t size = 0;
	bool ok;

	*journal = (struct sweep_journal){ .path = strdup(path), .fd = -1 };
	if (!journal->path)
		return fputs("gs-sim: out of memory\n", stderr), false;
	journal->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (journal->fd < 0)
		return fail(journal, "%s", strerror(errno));
	if (!lock(journal))
		return false;
	ok = read_all(journal, &text, &size);
	if (ok && size >= len && !memcmp(text, head, len))
		ok = go_on(journal, text, size, len, results, num);
	else if (ok && size < len && !memcmp(text, head, size))
		ok = begin(journal, head);
	else if (ok)
		ok = fail_other(journal, text, size, head);
	free(text);
	return ok;
}

bool sweep_journal_add(struct sweep_journal *journal, size_t point,
		       const struct sweep_result *result)
{
	char line[LINE_SIZE];
	const int len = format_line(line, point, result);
	int error;

	if (write_all(journal, line, (size_t)len, journal->size) &&
	    !fdatasync(journal->fd)) {
		journal->size += len;
		return true;
	}
	error = errno;
	/* Should this fail, too, the line is cut off when it is read. */
	if (ftruncate(journal->fd, journal->size))
		error = error ? error : errno;
	return fail(journal, "%s", strerror(error));
}

void sweep_journal_close(struct sweep_journal *journal)
{
	if (journal->fd >= 0)
		close(journal->fd);
	free(journal->path);
}
