/* SPDX-License-Identifier: MIT */
/* Characters of UTF-8, see utf8.h. */

#include "hw-model/isa/utf8.h"

/* Bytes behind a first byte, and the smallest code point that needs them. */
static unsigned more_bytes(unsigned char first, uint32_t *smallest)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	unsigned more = 0;

	if ((first & 0xe0) == 0xc0)
		more = 1;
	else if ((first & 0xf0) == 0xe0)
		more = 2;
	else if ((first & 0xf8) == 0xf0)
		more = 3;
	*smallest = least[more];
	return more;
}

size_t gs_utf8_decode(const char *text, size_t len, uint32_t *code)
{
	const unsigned char *s = (const unsigned char *)text;
	uint32_t smallest;
	unsigned more;

	if (!len)
		return 0;
	*code = *s;
	if (*s < 0x80)
		return 1;
	more = more_bytes(*s, &smallest);
	if (!more || more >= len)
		return 0;
	*code &= 0x3fu >> more;
	for (unsigned i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	if (*code < smallest || *code > 0x10ffff || *code >> 11 == 0xd800 >> 11)
		return 0;
	return more + 1;
}

uint32_t gs_utf8_next(const char **text)
{
	uint32_t code;
	size_t bytes;

	if (!**text)
		return 0;
	/* The 0 at the end continues no character. */
	bytes = gs_utf8_decode(*text, 4, &code);
	*text += bytes ? bytes : 1;
	return bytes ? code : GS_UTF8_REPLACEMENT;
}

bool gs_utf8_valid(const char *text)
{
	uint32_t code;
	size_t bytes;

	while (*text) {
		bytes = gs_utf8_decode(text, 4, &code);
		if (!bytes)
			return false;
		text += bytes;
	}
	return true;
}

unsigned gs_utf8_put(uint32_t code, char *out)
{
	static const unsigned char mark[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	const unsigned num = code < 0x80    ? 1 :
			     code < 0x800   ? 2 :
			     code < 0x10000 ? 3 :
					      4;

	for (unsigned i = num - 1; i; i--) {
		out[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	out[0] = (char)(mark[num] | code);
	return num;
}

const char *gs_utf8_entity(uint32_t code)
{
	switch (code) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}
