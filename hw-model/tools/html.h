/* SPDX-License-Identifier: MIT */
/* Pages for browsers: text that comes from files, and pictures among it. */
#ifndef GS_HTML_H
#define GS_HTML_H

#include <stdio.h>

#include "hw-model/tools/svg.h"

/**
 * html_text() - write text so that it is text wherever it stands, in attributes too
 * It may hold any bytes; what is no character becomes U+FFFD.
 */
void html_text(FILE *out, const char *text);

/** html_name() - the same, not in attributes: lines may break behind slashes, dots, commas and underscores */
void html_name(FILE *out, const char *text);

/** html_picture() - write a picture; ends it as svg_element(). 0 or -ENOMEM */
int html_picture(FILE *out, struct svg *svg);

#endif /* GS_HTML_H */
