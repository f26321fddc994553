/* SPDX-License-Identifier: MIT */
#include "runtime/tools/run_pixel.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "0.5" or "1/255"; what follows is at *end. */
static bool parse_fraction(const char *text, char **end, float *out)
{
	double value = strtod(text, end), by = 1;
	const char *slash = *end;

	if (slash == text)
		return false;
	if (*slash == '/') {
		by = strtod(slash + 1, end);
		if (*end == slash + 1)
			return false;
	}
	*out = (float)(value / by);
	return isfinite(*out);
}

static int parse_list(const char *what, const char *text, float *list,
		      uint32_t *num)
{
	const char *at = text;
	char *end;

	for (*num = 0; *num < RUN_MAX_CHANNELS; at = end + 1) {
		if (!parse_fraction(at, &end, &list[*num]))
			break;
		++*num;
		while (*end == ' ')
			end++;
		if (!*end)
			return 0;
		if (*end != ',')
			break;
	}
	fprintf(stderr,
		"gs-run: %s '%s': expected a number or fraction, or up to %d "
		"with commas\n",
		what, text, RUN_MAX_CHANNELS);
	return -EINVAL;
}

static const char *choose(const struct gs_model *model, const char *given,
			  const char *key)
{
	return given ? given : gs_model_meta(model, key);
}

int run_pixel_init(struct run_pixel *p, const struct gs_model *model,
		   const struct run_opts *opts)
{
	const char *scale = choose(model, opts->scale, "input.scale");
	const char *mean = choose(model, opts->mean, "input.mean");
	const char *color = choose(model, opts->color, "input.color");
	int ret;

	memset(p, 0, sizeof(*p));
	p->known = scale != NULL;
	ret = parse_list("scale", scale ? scale : "1", p->scale,
			 &p->num_scales);
	if (!ret)
		ret = parse_list("mean", mean ? mean : "0", p->mean,
				 &p->num_means);
	if (ret || !color)
		return ret;
	p->bgr = !strcmp(color, "bgr");
	p->channels = !strcmp(color, "gray")	      ? 1 :
		      p->bgr || !strcmp(color, "rgb") ? 3 :
							0;
	if (p->channels)
		return 0;
	fprintf(stderr, "gs-run: color '%s'; expected gray, rgb or bgr\n",
		color);
	return -EINVAL;
}

void run_pixel_warn(struct run_pixel *p, const char *path)
{
	if (p->known || p->warned)
		return;
	fprintf(stderr,
		"gs-run: %s: pixels are used as 0 to 255: no input.scale, see --scale\n",
		path);
	p->warned = true;
}

float run_pixel_value(const struct run_pixel *p, double pixel, uint64_t c)
{
	float mean = p->mean[c < p->num_means ? c : p->num_means - 1];
	float scale = p->scale[c < p->num_scales ? c : p->num_scales - 1];

	return ((float)pixel - mean) * scale;
}
