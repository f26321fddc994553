/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/words.h"

#define WORD_BITS 32
#define WORD_BYTES 4
#define MAX_LINE 34 /* 32 characters, newline, terminator */

int gs_words_push(struct gs_words *words, uint32_t word)
{
	if (words->count == words->capacity) {
		size_t capacity = words->capacity ? words->capacity * 2 : 256;
		uint32_t *more =
			reallocarray(words->word, capacity, sizeof(*more));

		if (!more)
			return -ENOMEM;
		words->word = more;
		words->capacity = capacity;
	}
	words->word[words->count++] = word;
	return 0;
}

void gs_words_fini(struct gs_words *words)
{
	free(words->word);
	memset(words, 0, sizeof(*words));
}

int gs_word_format_parse(const char *name, enum gs_word_format *format)
{
	static const char *const names[] = {
		[GS_WORDS_DECIMAL] = "decimal",
		[GS_WORDS_BINARY] = "binary",
		[GS_WORDS_RAW] = "raw",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i])) {
			*format = (enum gs_word_format)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* Writing. */

static size_t print_word(char *to, uint32_t word, enum gs_word_format format)
{
	switch (format) {
	case GS_WORDS_BINARY:
		for (int i = 0; i < WORD_BITS; i++)
			to[i] = word >> (WORD_BITS - 1 - i) & 1 ? '1' : '0';
		to[WORD_BITS] = '\n';
		return WORD_BITS + 1;
	case GS_WORDS_RAW:
		for (int i = 0; i < WORD_BYTES; i++)
			to[i] = (char)(word >> (8 * i) & 0xff);
		return WORD_BYTES;
	default:
		return (size_t)snprintf(to, MAX_LINE, "%u\n", word);
	}
}

int gs_words_print(const struct gs_words *words, enum gs_word_format format,
		   char **text, size_t *len)
{
	char *buf = reallocarray(NULL, words->count + 1, MAX_LINE);
	size_t n = 0;

	if (!buf)
		return -ENOMEM;
	for (size_t i = 0; i < words->count; i++)
		n += print_word(buf + n, words->word[i], format);
	*text = buf;
	*len = n;
	return 0;
}

/* Reading. */

void gs_text_error(struct gs_text_errors *errors, unsigned int line,
		   unsigned int column, const char *fmt, ...)
{
	char message[512];
	va_list ap;

	errors->count++;
	if (!errors->report)
		return;
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	errors->report(errors->ctx, line, column, message);
}

static int read_raw(struct gs_words *words, const char *text, size_t len,
		    struct gs_text_errors *errors)
{
	const unsigned char *p = (const unsigned char *)text;

	if (len % WORD_BYTES) {
		gs_text_error(errors, 1, 1,
			      "%zu bytes are not a whole number of words", len);
		return -EINVAL;
	}
	for (; len; p += WORD_BYTES, len -= WORD_BYTES) {
		uint32_t word = p[0] | (uint32_t)p[1] << 8 |
				(uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

		if (gs_words_push(words, word))
			return -ENOMEM;
	}
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Digits of a word in @base; binary words have all their digits. */
static bool parse_word(const char *s, size_t len, unsigned int base,
		       uint32_t *word)
{
	uint64_t val = 0;

	if (!len || (base == 2 && len != WORD_BITS))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] >= (char)('0' + base))
			return false;
		val = val * base + (unsigned int)(s[i] - '0');
		if (val > UINT32_MAX)
			return false;
	}
	*word = (uint32_t)val;
	return true;
}

static int read_line(struct gs_words *words, const char *s, size_t len,
		     enum gs_word_format format, unsigned int line,
		     struct gs_text_errors *errors)
{
	unsigned int column = 1;
	uint32_t word;

	while (len && is_blank(s[len - 1]))
		len--;
	for (; len && is_blank(*s); s++, len--)
		column++;
	if (!len)
		return 0;
	if (parse_word(s, len, format == GS_WORDS_BINARY ? 2 : 10, &word))
		return gs_words_push(words, word);
	gs_text_error(errors, line, column, "not %s",
		      format == GS_WORDS_BINARY ?
			      "32 characters of 0 and 1" :
			      "a decimal number up to 4294967295");
	return 0;
}

int gs_words_read(struct gs_words *words, enum gs_word_format format,
		  const char *text, size_t len, struct gs_text_errors *errors)
{
	const char *end = text + len;
	unsigned int line = 0;

	if (format == GS_WORDS_RAW)
		return read_raw(words, text, len, errors);
	while (text < end && errors->count < GS_TEXT_MAX_ERRORS) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		const char *eol = nl ? nl : end;
		int ret = read_line(words, text, (size_t)(eol - text), format,
				    ++line, errors);

		if (ret)
			return ret;
		text = nl ? nl + 1 : end;
	}
	return errors->count ? -EINVAL : 0;
}
