/* SPDX-License-Identifier: MIT */
#include "runtime/support/npy.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hw-model/isa/file.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "npy.c copies little-endian elements"
#endif

#define MAGIC "\x93NUMPY"
#define MAGIC_LEN 6
#define MAX_HEADER 65536u

static const struct {
	const char *descr;
	const char *name;
	size_t size;
} types[GS_NPY_TYPE_COUNT] = {
	[GS_NPY_U8] = { "|u1", "uint8", 1 },
	[GS_NPY_I8] = { "|i1", "int8", 1 },
	[GS_NPY_I32] = { "<i4", "int32", 4 },
	[GS_NPY_I64] = { "<i8", "int64", 8 },
	[GS_NPY_F32] = { "<f4", "float32", 4 },
	[GS_NPY_F64] = { "<f8", "float64", 8 },
};

/* Bytes of an element, 0 for a value outside the enum */
static size_t type_size(enum gs_npy_type type)
{
	return (unsigned)type < GS_NPY_TYPE_COUNT ? types[type].size : 0;
}

const char *gs_npy_type_name(enum gs_npy_type type)
{
	return (unsigned)type < GS_NPY_TYPE_COUNT ? types[type].name : "?";
}

/* ---- header ---------------------------------------------------------------- */

/* The header is a Python literal; this reads the subset NumPy writes. */
struct parser {
	const char *at, *end;
	const char *name;
	char *err;
	size_t errsize;
};

__attribute__((format(printf, 2, 3))) static int fail(struct parser *p,
						      const char *fmt, ...)
{
	va_list ap;
	int n = snprintf(p->err, p->errsize, "%s: ", p->name);

	if (n < 0 || (size_t)n >= p->errsize)
		return -EINVAL;
	va_start(ap, fmt);
	vsnprintf(p->err + n, p->errsize - (size_t)n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static void skip_space(struct parser *p)
{
	while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' ||
				  *p->at == '\t' || *p->at == '\r'))
		p->at++;
}

static bool accept(struct parser *p, const char *text)
{
	size_t len = strlen(text);

	skip_space(p);
	if ((size_t)(p->end - p->at) < len || memcmp(p->at, text, len) != 0)
		return false;
	p->at += len;
	return true;
}

static int parse_string(struct parser *p, char *out, size_t size)
{
	size_t len = 0;
	char quote;

	skip_space(p);
	if (p->at == p->end || (*p->at != '\'' && *p->at != '"'))
		return fail(p, "npy header: a quoted string was expected");
	quote = *p->at++;
	while (p->at < p->end && *p->at != quote && len + 1 < size)
		out[len++] = *p->at++;
	if (p->at == p->end || *p->at != quote)
		return fail(p, "npy header: string is too long or not closed");
	p->at++;
	out[len] = 0;
	return 0;
}

static int parse_dim(struct parser *p, int64_t *out)
{
	int64_t val = 0;
	bool any = false;

	skip_space(p);
	for (; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++) {
		if (val > (INT64_MAX - 9) / 10)
			return fail(p, "npy header: dimension is too large");
		val = val * 10 + (*p->at - '0');
		any = true;
	}
	if (!any)
		return fail(p, "npy header: a dimension was expected in shape");
	accept(p, "L");
	*out = val;
	return 0;
}

static int parse_shape(struct parser *p, struct gs_npy *npy)
{
	if (!accept(p, "("))
		return fail(p, "npy header: shape is not a tuple");
	while (!accept(p, ")")) {
		int ret;

		if (npy->rank == GS_NPY_MAX_RANK)
			return fail(p, "shape has more than %d dimensions",
				    GS_NPY_MAX_RANK);
		ret = parse_dim(p, &npy->dim[npy->rank]);
		if (ret)
			return ret;
		npy->rank++;
		if (accept(p, ","))
			continue;
		if (!accept(p, ")"))
			return fail(p, "npy header: shape is not closed");
		break;
	}
	return 0;
}

static int parse_descr(struct parser *p, struct gs_npy *npy)
{
	char descr[16];
	int ret = parse_string(p, descr, sizeof(descr));

	if (ret)
		return ret;
	if (!strcmp(descr, "|b1"))
		memcpy(descr, "|u1", 4);
	for (unsigned i = 0; i < GS_NPY_TYPE_COUNT; i++) {
		/* The byte order of one byte is written as |, <, = or >. */
		if (strcmp(descr, types[i].descr) != 0 &&
		    !(types[i].size == 1 && descr[0] &&
		      !strcmp(descr + 1, types[i].descr + 1)))
			continue;
		npy->type = (enum gs_npy_type)i;
		return 0;
	}
	return fail(p,
		    "elements of type '%s'; expected uint8, int8, int32, "
		    "int64, float32 or float64, little-endian",
		    descr);
}

enum { HAVE_DESCR = 1, HAVE_ORDER = 2, HAVE_SHAPE = 4, HAVE_ALL = 7 };

static int parse_entry(struct parser *p, struct gs_npy *npy, unsigned *have,
		       bool *fortran)
{
	char key[16];
	unsigned bit;
	int ret = parse_string(p, key, sizeof(key));

	if (ret)
		return ret;
	bit = !strcmp(key, "descr")	    ? HAVE_DESCR :
	      !strcmp(key, "fortran_order") ? HAVE_ORDER :
	      !strcmp(key, "shape")	    ? HAVE_SHAPE :
					      0;
	if (!bit || *have & bit || !accept(p, ":"))
		return fail(p, "npy header: unexpected key '%s'", key);
	*have |= bit;
	if (bit == HAVE_DESCR)
		return parse_descr(p, npy);
	if (bit == HAVE_SHAPE)
		return parse_shape(p, npy);
	*fortran = accept(p, "True");
	if (!*fortran && !accept(p, "False"))
		return fail(p, "npy header: fortran_order is not a boolean");
	return 0;
}

static int parse_header(struct parser *p, struct gs_npy *npy)
{
	unsigned have = 0;
	bool fortran = false;
	int ret;

	if (!accept(p, "{"))
		return fail(p, "npy header is not a dictionary");
	while (!accept(p, "}")) {
		ret = parse_entry(p, npy, &have, &fortran);
		if (ret)
			return ret;
		if (accept(p, ","))
			continue;
		if (!accept(p, "}"))
			return fail(p, "npy header: dictionary is not closed");
		break;
	}
	if (have != HAVE_ALL)
		return fail(p,
			    "npy header lacks descr, fortran_order or shape");
	if (fortran && npy->rank > 1)
		return fail(p, "array is in Fortran order; expected C order "
			       "(numpy.ascontiguousarray)");
	return 0;
}

/* ---- sizes ----------------------------------------------------------------- */

/* False when the array would not fit SIZE_MAX / 2 bytes. */
static bool set_sizes(struct gs_npy *npy)
{
	size_t elems = 1, max = SIZE_MAX / 2 / type_size(npy->type);

	for (unsigned i = 0; i < npy->rank; i++)
		if (npy->dim[i] == 0)
			elems = 0;
	for (unsigned i = 0; i < npy->rank && elems; i++) {
		if (npy->dim[i] < 0 || (uint64_t)npy->dim[i] > max / elems)
			return false;
		elems *= (size_t)npy->dim[i];
	}
	npy->elems = elems;
	npy->bytes = elems * type_size(npy->type);
	return true;
}

int gs_npy_alloc(enum gs_npy_type type, unsigned rank, const int64_t *dim,
		 struct gs_npy *out)
{
	struct gs_npy npy = { .type = type, .rank = rank };

	if (!type_size(type) || rank > GS_NPY_MAX_RANK)
		return -EINVAL;
	for (unsigned i = 0; i < rank; i++) {
		if (dim[i] < 0)
			return -EINVAL;
		npy.dim[i] = dim[i];
	}
	if (!set_sizes(&npy))
		return -EINVAL;
	npy.data = calloc(npy.bytes ? npy.bytes : 1, 1);
	if (!npy.data)
		return -ENOMEM;
	*out = npy;
	return 0;
}

void gs_npy_free(struct gs_npy *npy)
{
	free(npy->data);
	memset(npy, 0, sizeof(*npy));
}

/* ---- reading --------------------------------------------------------------- */

static uint32_t get_le(const uint8_t *at, unsigned bytes)
{
	uint32_t val = 0;

	for (unsigned i = 0; i < bytes; i++)
		val |= (uint32_t)at[i] << (8 * i);
	return val;
}

/* Finds header and data: version 1 has two bytes of header length, 2 and 3 four. */
static int split(struct parser *p, const uint8_t *buf, size_t size,
		 const uint8_t **data, size_t *data_size)
{
	size_t len_bytes, start, len;

	if (size < MAGIC_LEN + 4 || memcmp(buf, MAGIC, MAGIC_LEN) != 0)
		return fail(p, "not a .npy file");
	if (buf[6] < 1 || buf[6] > 3)
		return fail(p, "npy version %u.%u; expected 1 to 3", buf[6],
			    buf[7]);
	len_bytes = buf[6] == 1 ? 2 : 4;
	start = MAGIC_LEN + 2 + len_bytes;
	if (size < start)
		return fail(p, "npy header is cut off");
	len = get_le(buf + MAGIC_LEN + 2, (unsigned)len_bytes);
	if (len > size - start || len > MAX_HEADER)
		return fail(p, "npy header of %zu bytes in a file of %zu", len,
			    size);
	p->at = (const char *)buf + start;
	p->end = p->at + len;
	*data = buf + start + len;
	*data_size = size - start - len;
	return 0;
}

/* All but the data, which stand at *data of @size bytes, of which @have are in @buf. */
static int parse(const void *buf, size_t have, size_t size, const char *name,
		 struct gs_npy *npy, const uint8_t **data, char *err,
		 size_t errsize)
{
	struct parser p = { .name = name, .err = err, .errsize = errsize };
	size_t data_size = 0;
	int ret = split(&p, buf, have, data, &data_size);

	data_size += size - have;

	if (!ret)
		ret = parse_header(&p, npy);
	if (ret)
		return ret;
	if (!set_sizes(npy))
		return fail(&p, "shape is too large");
	if (npy->bytes != data_size)
		return fail(&p, "%zu bytes of data; shape and type need %zu",
			    data_size, npy->bytes);
	return 0;
}

int gs_npy_read_mem(const void *buf, size_t size, const char *name,
		    struct gs_npy *out, char *err, size_t errsize)
{
	struct gs_npy npy = { .data = NULL };
	const uint8_t *data = NULL;
	const int ret = parse(buf, size, size, name, &npy, &data, err, errsize);

	if (ret)
		return ret;
	npy.data = malloc(npy.bytes ? npy.bytes : 1);
	if (!npy.data) {
		snprintf(err, errsize, "%s: out of memory", name);
		return -ENOMEM;
	}
	if (npy.bytes)
		memcpy(npy.data, data, npy.bytes);
	*out = npy;
	return 0;
}

/* The data move to the beginning of what was read: arrays may be large. */
int gs_npy_read(const char *path, struct gs_npy *out, char *err, size_t errsize)
{
	struct gs_npy npy = { .data = NULL };
	const uint8_t *data = NULL;
	char *buf;
	size_t size;
	int ret = gs_file_read(path, SIZE_MAX / 4, &buf, &size);

	if (ret) {
		snprintf(err, errsize, "%s: %s", path, strerror(-ret));
		return ret;
	}
	ret = parse(buf, size, size, path, &npy, &data, err, errsize);
	if (ret) {
		free(buf);
		return ret;
	}
	if (npy.bytes)
		memmove(buf, data, npy.bytes);
	npy.data = buf;
	*out = npy;
	return 0;
}

int gs_npy_read_head(int fd, const char *name, struct gs_npy *out,
		     size_t *offset, char *err, size_t errsize)
{
	uint8_t buf[MAGIC_LEN + 6 + MAX_HEADER];
	struct gs_npy npy = { .data = NULL };
	const uint8_t *data = NULL;
	struct stat st;
	ssize_t have;
	int ret;

	if (fstat(fd, &st) < 0 || (have = pread(fd, buf, sizeof(buf), 0)) < 0) {
		ret = -errno;
		snprintf(err, errsize, "%s: %s", name, strerror(-ret));
		return ret;
	}
	if (st.st_size < have)
		have = (ssize_t)st.st_size;
	ret = parse(buf, (size_t)have, (size_t)st.st_size, name, &npy, &data,
		    err, errsize);
	if (ret)
		return ret;
	*out = npy;
	*offset = (size_t)(data - buf);
	return 0;
}

/* ---- writing --------------------------------------------------------------- */

/* Header text padded with spaces so that data starts at a multiple of 64. */
static size_t format_header(const struct gs_npy *npy, char *buf, size_t size)
{
	size_t prefix = MAGIC_LEN + 4, len;
	int n = snprintf(buf, size,
			 "{'descr': '%s', 'fortran_order': False, 'shape': (",
			 types[npy->type].descr);

	for (unsigned i = 0; i < npy->rank; i++)
		n += snprintf(buf + n, size - (size_t)n, "%lld%s",
			      (long long)npy->dim[i],
			      npy->rank == 1	? "," :
			      i + 1 < npy->rank ? ", " :
						  "");
	n += snprintf(buf + n, size - (size_t)n, "), }");
	len = (size_t)n;
	while ((prefix + len + 1) % 64)
		buf[len++] = ' ';
	buf[len++] = '\n';
	return len;
}

int gs_npy_write(const char *path, const struct gs_npy *npy, char *err,
		 size_t errsize)
{
	struct gs_npy n = *npy;
	char header[512];
	size_t len, start;
	char *file;
	int ret;

	if (!type_size(n.type) || n.rank > GS_NPY_MAX_RANK || !set_sizes(&n)) {
		snprintf(err, errsize, "%s: not a valid array to write", path);
		return -EINVAL;
	}
	len = format_header(&n, header, sizeof(header));
	start = MAGIC_LEN + 4 + len;
	file = malloc(start + n.bytes);
	if (!file) {
		snprintf(err, errsize, "%s: out of memory", path);
		return -ENOMEM;
	}
	memcpy(file, MAGIC "\x01\x00", MAGIC_LEN + 2);
	file[MAGIC_LEN + 2] = (char)(len & 0xff);
	file[MAGIC_LEN + 3] = (char)(len >> 8);
	memcpy(file + MAGIC_LEN + 4, header, len);
	if (n.bytes)
		memcpy(file + start, n.data, n.bytes);
	ret = gs_file_write(path, file, start + n.bytes);
	if (ret)
		snprintf(err, errsize, "%s: %s", path, strerror(-ret));
	free(file);
	return ret;
}

/* memcpy: the array may come from a caller who did not align it */
#define GET(T)                             \
	do {                               \
		T v;                       \
		memcpy(&v, at, sizeof(v)); \
		return (double)v;          \
	} while (0)

double gs_npy_get(const struct gs_npy *npy, size_t i)
{
	const char *at = (const char *)npy->data + i * types[npy->type].size;

	switch (npy->type) {
	case GS_NPY_U8:
		GET(uint8_t);
	case GS_NPY_I8:
		GET(int8_t);
	case GS_NPY_I32:
		GET(int32_t);
	case GS_NPY_I64:
		GET(int64_t);
	case GS_NPY_F32:
		GET(float);
	case GS_NPY_F64:
	default:
		GET(double);
	}
}
