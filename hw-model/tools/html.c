/* SPDX-License-Identifier: MIT */
#include "hw-model/tools/html.h"

#include <errno.h>
#include <string.h>

#include "hw-model/isa/utf8.h"

static void put_code(FILE *out, uint32_t code)
{
	const char *entity = gs_utf8_entity(code);
	char bytes[4];

	if (entity) {
		fputs(entity, out);
		return;
	}
	if (code < 0x20 || (code >= 0x7f && code < 0xa0))
		code = GS_UTF8_REPLACEMENT;
	fwrite(bytes, 1, gs_utf8_put(code, bytes), out);
}

void html_text(FILE *out, const char *text)
{
	uint32_t code;

	while ((code = gs_utf8_next(&text)))
		put_code(out, code);
}

void html_name(FILE *out, const char *text)
{
	uint32_t code;

	while ((code = gs_utf8_next(&text))) {
		put_code(out, code);
		if (*text && code < 0x80 && strchr("/.,_", (int)code))
			fputs("<wbr>", out);
	}
}

int html_picture(FILE *out, struct svg *svg)
{
	size_t len;
	const char *text = svg_element(svg, &len);

	if (!text)
		return -ENOMEM;
	fwrite(text, 1, len, out);
	return 0;
}
