/* SPDX-License-Identifier: MIT */
#include "compiler/ir/fdfg_lex.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 32 /* characters of a token in a message */

int gs_fdfg_error(struct gs_fdfg_lex *x, const struct gs_fdfg_token *token,
		  const char *fmt, ...)
{
	const struct gs_fdfg_token *at = token ? token : &x->tok;
	va_list args;

	va_start(args, fmt);
	gs_error_at(x->diag, -EINVAL, fmt, args, "%s:%u:%u: ", x->file,
		    at->line, at->column);
	va_end(args);
	return -EINVAL;
}

int gs_fdfg_nomem(struct gs_fdfg_lex *x)
{
	gs_fdfg_error(x, NULL, "out of memory");
	return -ENOMEM;
}

/* ---- tokens -------------------------------------------------------------- */

static bool is_atom(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("_.+:?-%", c));
}

static void skip_space(struct gs_fdfg_lex *x)
{
	while (x->at < x->end) {
		if (*x->at == '\n') {
			x->line++;
			x->line_start = x->at + 1;
		} else if (*x->at == '#') {
			const char *nl =
				memchr(x->at, '\n', (size_t)(x->end - x->at));

			x->at = nl ? nl : x->end;
			continue;
		} else if (!isspace((unsigned char)*x->at)) {
			return;
		}
		x->at++;
	}
}

/* Up to the quote that ends it; the first one has been read. */
static int lex_string(struct gs_fdfg_lex *x)
{
	struct gs_fdfg_token *t = &x->tok;

	t->kind = GS_FDFG_STRING;
	t->text = ++x->at;
	for (; x->at < x->end && *x->at != '"'; x->at++) {
		if (*x->at == '\n') {
			x->line++;
			x->line_start = x->at + 1;
		}
		if (*x->at == '\\' && x->at + 1 < x->end)
			x->at++;
	}
	if (x->at >= x->end)
		return gs_fdfg_error(x, NULL, "the string does not end");
	t->len = (size_t)(x->at++ - t->text);
	return 0;
}

int gs_fdfg_next(struct gs_fdfg_lex *x)
{
	struct gs_fdfg_token *t = &x->tok;

	skip_space(x);
	*t = (struct gs_fdfg_token){ .kind = GS_FDFG_END,
				     .text = x->at,
				     .line = x->line };
	t->column = (unsigned)(x->at - x->line_start) + 1;
	if (x->at == x->end)
		return 0;
	if (*x->at == '"')
		return lex_string(x);
	t->kind = is_atom(*x->at) ? GS_FDFG_ATOM : GS_FDFG_MARK;
	do
		x->at++;
	while (t->kind == GS_FDFG_ATOM && x->at < x->end && is_atom(*x->at));
	t->len = (size_t)(x->at - t->text);
	return 0;
}

bool gs_fdfg_is(const struct gs_fdfg_lex *x, const char *text)
{
	const struct gs_fdfg_token *t = &x->tok;

	return (t->kind == GS_FDFG_ATOM || t->kind == GS_FDFG_MARK) &&
	       t->len == strlen(text) && !memcmp(t->text, text, t->len);
}

int gs_fdfg_accept(struct gs_fdfg_lex *x, const char *text)
{
	int ret;

	if (!gs_fdfg_is(x, text))
		return 0;
	ret = gs_fdfg_next(x);
	return ret ? ret : 1;
}

/* "expected is @what, found ..." */
static int unexpected(struct gs_fdfg_lex *x, const char *what)
{
	const struct gs_fdfg_token *t = &x->tok;
	const int len = t->len < SHOWN ? (int)t->len : SHOWN;

	if (t->kind == GS_FDFG_END)
		return gs_fdfg_error(
			x, NULL, "expected is %s, found is the end of the text",
			what);
	return gs_fdfg_error(x, NULL, "expected is %s, found is %s%.*s%s", what,
			     t->kind == GS_FDFG_STRING ? "the string '" : "'",
			     len, t->text, t->len > SHOWN ? "...'" : "'");
}

int gs_fdfg_expect(struct gs_fdfg_lex *x, const char *text)
{
	char what[64];

	if (gs_fdfg_is(x, text))
		return gs_fdfg_next(x);
	snprintf(what, sizeof(what), "'%s'", text);
	return unexpected(x, what);
}

/* ---- numbers ------------------------------------------------------------- */

/* The token as a string; false when it is no atom, or too long for a number */
static bool atom(const struct gs_fdfg_lex *x, char *buf, size_t size)
{
	if (x->tok.kind != GS_FDFG_ATOM || x->tok.len >= size)
		return false;
	memcpy(buf, x->tok.text, x->tok.len);
	buf[x->tok.len] = '\0';
	return true;
}

int gs_fdfg_int(struct gs_fdfg_lex *x, int64_t min, int64_t max, int64_t *out)
{
	char buf[64], *end;

	if (!atom(x, buf, sizeof(buf)))
		return unexpected(x, "an integer");
	errno = 0;
	*out = strtoll(buf, &end, 10);
	if (end == buf || *end)
		return unexpected(x, "an integer");
	if (errno || *out < min || *out > max)
		return gs_fdfg_error(x, NULL, "%s is not from %lld to %lld",
				     buf, (long long)min, (long long)max);
	return gs_fdfg_next(x);
}

bool gs_fdfg_at_float(const struct gs_fdfg_lex *x)
{
	char buf[64];

	return atom(x, buf, sizeof(buf)) &&
	       (strpbrk(buf, ".e") || strstr(buf, "inf") ||
		!strncmp(buf, "nan", 3));
}

int gs_fdfg_float(struct gs_fdfg_lex *x, float *out)
{
	char buf[64], *end = NULL;

	if (!atom(x, buf, sizeof(buf)))
		return unexpected(x, "a number");
	if (!strncmp(buf, "nan:", 4)) {
		const uint32_t bits = (uint32_t)strtoul(buf + 4, &end, 16);

		memcpy(out, &bits, sizeof(bits));
		if (end != buf + 12 || *out == *out)
			end = NULL;
	} else {
		*out = strtof(buf, &end);
		if (*out != *out)
			end = NULL;
	}
	if (!end || end == buf || *end)
		return unexpected(x, "a number");
	return gs_fdfg_next(x);
}

/* ---- words --------------------------------------------------------------- */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* A character after a backslash; NULL: there is no such escape */
static const char *unescape(const char *s, const char *end, char *out)
{
	if (s < end && (*s == '"' || *s == '\\')) {
		*out = *s;
		return s + 1;
	}
	if (end - s < 3 || *s != 'x' || hex(s[1]) < 0 || hex(s[2]) < 0)
		return NULL;
	*out = (char)(hex(s[1]) * 16 + hex(s[2]));
	return *out ? s + 3 : NULL;
}

int gs_fdfg_string(struct gs_fdfg_lex *x, const char **out)
{
	const struct gs_fdfg_token *t = &x->tok;
	const char *s = t->text, *end = t->text + t->len;
	char *copy, *to;

	if (t->kind != GS_FDFG_STRING)
		return unexpected(x, "a string");
	to = copy = gs_graph_alloc(x->graph, t->len + 1);
	if (!copy)
		return gs_fdfg_nomem(x);
	while (s < end) {
		if (!*s)
			return gs_fdfg_error(x, NULL,
					     "a byte 0 is in the string");
		if (*s != '\\') {
			*to++ = *s++;
			continue;
		}
		s = unescape(s + 1, end, to++);
		if (!s)
			return gs_fdfg_error(
				x, NULL,
				"the string has a backslash that is not one of \\\\, \\\" and \\x01 to \\xff");
	}
	*out = copy;
	return gs_fdfg_next(x);
}

int gs_fdfg_name(struct gs_fdfg_lex *x, const char **out)
{
	char *copy;

	if (x->tok.kind == GS_FDFG_STRING)
		return gs_fdfg_string(x, out);
	if (x->tok.kind != GS_FDFG_ATOM)
		return unexpected(x, "a name");
	copy = gs_graph_alloc(x->graph, x->tok.len + 1);
	if (!copy)
		return gs_fdfg_nomem(x);
	memcpy(copy, x->tok.text, x->tok.len);
	*out = copy;
	return gs_fdfg_next(x);
}

int gs_fdfg_type(struct gs_fdfg_lex *x, enum gs_dtype *out)
{
	enum gs_dtype t;

	for (t = GS_DT_NONE; t <= GS_DT_I4; t++) {
		if (!gs_fdfg_is(x, gs_dtype_name(t)))
			continue;
		*out = t;
		return gs_fdfg_next(x);
	}
	return unexpected(x, "a type (float32, int8, uint8, int32, int64, "
			     "bool, int4 or none)");
}

int gs_fdfg_order(struct gs_fdfg_lex *x, enum gs_dim_order *out)
{
	if (!gs_fdfg_is(x, "nchw") && !gs_fdfg_is(x, "nhwc"))
		return unexpected(x, "nchw or nhwc");
	*out = gs_fdfg_is(x, "nchw") ? GS_ORDER_NCHW : GS_ORDER_NHWC;
	return gs_fdfg_next(x);
}

/* One extent, and the x behind it; NULL: it is none */
static const char *read_dim(const char *p, struct gs_shape *shape)
{
	int64_t *dim = &shape->dim[shape->rank];
	char *end;

	if (shape->rank++ == GS_MAX_RANK)
		return NULL;
	if (*p == '?') {
		*dim = -1;
		p++;
	} else {
		if (!isdigit((unsigned char)*p))
			return NULL;
		errno = 0;
		*dim = strtoll(p, &end, 10);
		if (errno)
			return NULL;
		p = end;
	}
	if (!*p)
		return p;
	return *p == 'x' && p[1] ? p + 1 : NULL;
}

int gs_fdfg_shape(struct gs_fdfg_lex *x, struct gs_shape *shape, bool *shaped)
{
	char buf[160];
	const char *p = buf;
	bool open = false;
	unsigned i;

	*shape = (struct gs_shape){ 0 };
	*shaped = !gs_fdfg_is(x, "unshaped");
	if (!*shaped || gs_fdfg_is(x, "scalar"))
		return gs_fdfg_next(x);
	if (!atom(x, buf, sizeof(buf)))
		return unexpected(x, "a shape");
	do
		p = read_dim(p, shape);
	while (p && *p);
	if (!p)
		return unexpected(x, "a shape of up to 6 dimensions");
	for (i = 0; i < shape->rank; i++)
		open |= shape->dim[i] < 0;
	if (!open && gs_shape_elems(shape) < 0)
		return gs_fdfg_error(
			x, NULL, "a tensor of %s has more than 2^40 elements",
			buf);
	return gs_fdfg_next(x);
}

/* ---- lists --------------------------------------------------------------- */

int gs_fdfg_some_ints(struct gs_fdfg_lex *x, int64_t *values, unsigned num,
		      int64_t min, int64_t max)
{
	unsigned i;
	int ret = gs_fdfg_expect(x, "[");

	for (i = 0; i < num && !ret; i++) {
		ret = i ? gs_fdfg_expect(x, ",") : 0;
		ret = ret ? ret : gs_fdfg_int(x, min, max, &values[i]);
	}
	return ret ? ret : gs_fdfg_expect(x, "]");
}

/* Elements of the list that begins: commas up to the bracket */
static size_t count_elements(const struct gs_fdfg_lex *x)
{
	const char *p = x->tok.text;
	size_t num = 1;

	if (gs_fdfg_is(x, "}"))
		return 0;
	for (; p < x->end && *p != '}'; p++)
		num += *p == ',';
	return num;
}

static int read_element(struct gs_fdfg_lex *x, enum gs_dtype type, void *data,
			size_t i)
{
	int64_t v = 0;
	int ret = -EINVAL;

	switch (type) {
	case GS_DT_F32:
		return gs_fdfg_float(x, (float *)data + i);
	case GS_DT_I8:
	case GS_DT_I4:
		ret = gs_fdfg_int(x, gs_dtype_low(type), gs_dtype_high(type),
				  &v);
		((int8_t *)data)[i] = (int8_t)v;
		return ret;
	case GS_DT_U8:
	case GS_DT_BOOL:
		ret = gs_fdfg_int(x, 0, type == GS_DT_U8 ? UINT8_MAX : 1, &v);
		((uint8_t *)data)[i] = (uint8_t)v;
		return ret;
	case GS_DT_I32:
		ret = gs_fdfg_int(x, INT32_MIN, INT32_MAX, &v);
		((int32_t *)data)[i] = (int32_t)v;
		return ret;
	case GS_DT_I64:
		return gs_fdfg_int(x, INT64_MIN, INT64_MAX,
				   (int64_t *)data + i);
	case GS_DT_NONE:
		break;
	}
	return gs_fdfg_error(x, NULL, "values of type none");
}

static int wrong_number(struct gs_fdfg_lex *x, const struct gs_fdfg_token *at,
			size_t num, int64_t want)
{
	return gs_fdfg_error(x, at, "%zu values, expected are %lld", num,
			     (long long)want);
}

static int read_list(struct gs_fdfg_lex *x, enum gs_dtype type, int64_t want,
		     void **data, size_t *num)
{
	const struct gs_fdfg_token at = x->tok;
	size_t i;
	int ret = gs_fdfg_expect(x, "{");

	if (ret)
		return ret;
	*num = count_elements(x);
	if (want >= 0 && *num != (uint64_t)want)
		return wrong_number(x, &at, *num, want);
	*data = gs_graph_alloc_array(x->graph, *num, gs_dtype_size(type));
	if (!*data)
		return gs_fdfg_nomem(x);
	for (i = 0; i < *num && !ret; i++) {
		ret = i ? gs_fdfg_expect(x, ",") : 0;
		ret = ret ? ret : read_element(x, type, *data, i);
	}
	return ret ? ret : gs_fdfg_expect(x, "}");
}

static int digit64(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Bytes of @t into @to, which has room for 3 of 4 characters; -1: not base64 */
static int64_t decode64(const struct gs_fdfg_token *t, unsigned char *to)
{
	unsigned char *out = to;
	uint32_t bits = 0;
	unsigned n = 0, pad = 0;
	size_t i;

	for (i = 0; i < t->len; i++) {
		const unsigned char c = (unsigned char)t->text[i];
		const int d = digit64(c);

		if (isspace(c))
			continue;
		if (c != '=' && (d < 0 || pad))
			return -1;
		pad += c == '=';
		bits = bits << 6 | (c == '=' ? 0 : (uint32_t)d);
		if (++n % 4)
			continue;
		*out++ = (unsigned char)(bits >> 16);
		*out++ = (unsigned char)(bits >> 8);
		*out++ = (unsigned char)bits;
	}
	return n % 4 || pad > 2 ? -1 : out - to - pad;
}

/* Are all bytes values of 4 bits? */
static bool is_narrow(const int8_t *v, size_t num)
{
	size_t i;

	for (i = 0; i < num; i++)
		if (v[i] < gs_dtype_low(GS_DT_I4) ||
		    v[i] > gs_dtype_high(GS_DT_I4))
			return false;
	return true;
}

static int read_base64(struct gs_fdfg_lex *x, enum gs_dtype type, int64_t want,
		       void **data, size_t *num)
{
	const struct gs_fdfg_token at = x->tok;
	const size_t size = gs_dtype_size(type);
	int64_t bytes;

	if (at.kind != GS_FDFG_STRING)
		return unexpected(x, "a string of base64");
	*data = gs_graph_alloc(x->graph, at.len / 4 * 3 + 3);
	if (!*data)
		return gs_fdfg_nomem(x);
	bytes = decode64(&at, *data);
	if (bytes < 0)
		return gs_fdfg_error(x, NULL, "the string is not base64");
	if (!size || (uint64_t)bytes % size)
		return gs_fdfg_error(
			x, NULL, "%lld bytes are no whole values of type %s",
			(long long)bytes, gs_dtype_name(type));
	*num = (size_t)bytes / size;
	if (want >= 0 && *num != (uint64_t)want)
		return wrong_number(x, &at, *num, want);
	if (type == GS_DT_I4 && !is_narrow(*data, *num))
		return gs_fdfg_error(
			x, NULL, "a value of type int4 is not within -8 to 7");
	return gs_fdfg_next(x);
}

int gs_fdfg_array(struct gs_fdfg_lex *x, enum gs_dtype type, int64_t want,
		  void **data, size_t *num)
{
	const int ret = gs_fdfg_accept(x, "base64");

	if (ret < 0)
		return ret;
	return ret ? read_base64(x, type, want, data, num) :
		     read_list(x, type, want, data, num);
}
