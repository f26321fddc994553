/* SPDX-License-Identifier: MIT */
#include "hw-model/tools/sweep_axes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/isa/nearest.h"

#define ARRAY "ARRAY"
#define LAYOUT "WEIGHT_LAYOUT"

__attribute__((format(printf, 2, 3))) static bool fail(char *err,
						       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err, SWEEP_ERR_SIZE, format, args);
	va_end(args);
	return false;
}

/* ---- fields --------------------------------------------------------------------- */

static bool fail_unknown(const char *name, char *err)
{
	struct gs_nearest near;

	gs_nearest_init(&near, name, strlen(name));
	gs_nearest_offer(&near, ARRAY);
	gs_nearest_offer(&near, LAYOUT);
	for (size_t i = 0; i < gs_arch_num_fields; i++)
		if (gs_arch_fields[i].offset != GS_ARCH_NOT_STORED)
			gs_nearest_offer(&near, gs_arch_fields[i].json);
	return fail(err, "\"%s\" is no field of a machine%s%s%s", name,
		    near.name ? ", did you mean " : "",
		    near.name ? near.name : "", near.name ? "?" : "");
}

static bool find_field(struct sweep_axis *axis, char *err)
{
	axis->is_array = !strcmp(axis->name, ARRAY);
	if (axis->is_array || !strcmp(axis->name, LAYOUT))
		return true;
	for (size_t i = 0; i < gs_arch_num_fields; i++) {
		const struct gs_arch_field *f = &gs_arch_fields[i];

		if (strcmp(axis->name, f->json) != 0)
			continue;
		axis->field = f;
		return f->offset != GS_ARCH_NOT_STORED ||
		       fail(err, "%s follows from other fields", f->json);
	}
	return fail_unknown(axis->name, err);
}

static bool sets(const struct sweep_axis *axis, const char *name)
{
	return !strcmp(axis->name, name) ||
	       (axis->is_array &&
		(!strcmp(name, "ARRAY_N") || !strcmp(name, "ARRAY_M")));
}

static bool check_unique(const struct sweep_axes *axes, char *err)
{
	const struct sweep_axis *last = &axes->axis[axes->num - 1];

	for (const struct sweep_axis *a = axes->axis; a < last; a++)
		if (sets(a, last->name) || sets(last, a->name))
			return fail(err, "%s is set by %s already", last->name,
				    a->name);
	return true;
}

/* ---- values --------------------------------------------------------------------- */

static bool parse_value(const struct sweep_axis *axis, const char *text,
			size_t len, int64_t *value, char *err)
{
	char number[32], *end;

	if (!axis->field && !axis->is_array) {
		for (int i = 0; i < GS_ARCH_NUM_LAYOUTS; i++) {
			*value = i;
			if (strlen(gs_arch_layout_names[i]) == len &&
			    !memcmp(gs_arch_layout_names[i], text, len))
				return true;
		}
		return fail(err, "%s: \"%.*s\" is neither %s nor %s",
			    axis->name, (int)len, text, gs_arch_layout_names[0],
			    gs_arch_layout_names[1]);
	}
	if (len && len < sizeof(number) && strchr("-0123456789", *text)) {
		memcpy(number, text, len);
		number[len] = '\0';
		errno = 0;
		*value = strtoll(number, &end, 10);
		if (!errno && end == number + len)
			return true;
	}
	return fail(err, "%s: \"%.*s\" is no number", axis->name,
		    len < 100 ? (int)len : 100, text);
}

static bool add_value(struct sweep_axis *axis, const char *text, size_t len,
		      char *err)
{
	int64_t value = 0;

	if (!parse_value(axis, text, len, &value, err))
		return false;
	for (size_t i = 0; i < axis->num; i++)
		if (axis->value[i] == value)
			return fail(err, "%s: %.*s is given twice", axis->name,
				    (int)len, text);
	if (axis->num == SWEEP_MAX_POINTS)
		return fail(err, "%s: more than %d values", axis->name,
			    SWEEP_MAX_POINTS);
	axis->value[axis->num++] = value;
	return true;
}

static bool parse_axis(struct sweep_axis *axis, const char *text, char *err)
{
	const char *equals = strchr(text, '=');
	size_t len, commas = 0;

	if (!equals || equals == text)
		return fail(err, "\"%.100s\" is no FIELD=VALUE,VALUE...", text);
	len = (size_t)(equals - text);
	if (len >= sizeof(axis->name))
		return fail(err, "\"%.100s\" is no field of a machine", text);
	memcpy(axis->name, text, len);
	if (!find_field(axis, err))
		return false;
	for (text = equals + 1; *text; text++)
		commas += *text == ',';
	axis->value = calloc(commas + 1, sizeof(*axis->value));
	if (!axis->value)
		return fail(err, "out of memory");
	text = equals;
	do {
		len = strcspn(++text, ",");
		if (!add_value(axis, text, len, err))
			return false;
		text += len;
	} while (*text);
	return true;
}

bool sweep_axes_parse(struct sweep_axes *axes, const char *const *text,
		      unsigned num, char *err)
{
	*axes = (struct sweep_axes){ .points = 1 };
	for (unsigned i = 0; i < num; i++) {
		struct sweep_axis *axis = &axes->axis[axes->num++];

		if (!parse_axis(axis, text[i], err) || !check_unique(axes, err))
			return false;
		if (axis->num > SWEEP_MAX_POINTS / axes->points)
			return fail(err, "more than %d points",
				    SWEEP_MAX_POINTS);
		axes->points *= axis->num;
	}
	return true;
}

void sweep_axes_free(struct sweep_axes *axes)
{
	for (unsigned i = 0; i < axes->num; i++)
		free(axes->axis[i].value);
}

/* ---- points --------------------------------------------------------------------- */

static int64_t value_at(const struct sweep_axes *axes, unsigned axis,
			size_t point)
{
	for (unsigned i = axes->num - 1; i > axis; i--)
		point /= axes->axis[i].num;
	return axes->axis[axis].value[point % axes->axis[axis].num];
}

const char *sweep_axes_value(const struct sweep_axes *axes, unsigned axis,
			     size_t point, char buf[24])
{
	const int64_t value = value_at(axes, axis, point);

	if (!axes->axis[axis].field && !axes->axis[axis].is_array)
		return gs_arch_layout_names[value];
	snprintf(buf, 24, "%" PRId64, value);
	return buf;
}

/* ---- machines ------------------------------------------------------------------- */

static const struct gs_arch_field *field_named(const char *name)
{
	for (size_t i = 0; i < gs_arch_num_fields; i++)
		if (!strcmp(name, gs_arch_fields[i].json))
			return &gs_arch_fields[i];
	return NULL;
}

static uint32_t scale(uint32_t depth, uint64_t from, uint64_t to)
{
	const uint64_t rows = depth * from / to;

	return rows < UINT32_MAX ? (uint32_t)rows : UINT32_MAX;
}

static bool set_array(struct gs_arch *arch, int64_t value, char *err)
{
	const uint64_t n = arch->array_n, m = arch->array_m;
	uint64_t to;

	if (gs_arch_check_field(field_named("ARRAY_N"), value, err))
		return false;
	to = (uint64_t)value;
	arch->array_n = arch->array_m = (uint32_t)to;
	arch->ibuf_depth = scale(arch->ibuf_depth, n, to);
	arch->wbuf_depth = scale(arch->wbuf_depth, n * m, to * to);
	arch->obuf_depth = scale(arch->obuf_depth, m, to);
	arch->bbuf_depth = scale(arch->bbuf_depth, m, to);
	arch->vmem_depth = scale(arch->vmem_depth, m, to);
	return true;
}

static bool set_field(struct gs_arch *arch, const struct sweep_axis *axis,
		      int64_t value, char *err)
{
	if (!axis->field) {
		arch->weight_layout = (enum gs_weight_layout)value;
		return true;
	}
	if (gs_arch_check_field(axis->field, value, err))
		return false;
	gs_arch_set(arch, axis->field, (uint32_t)value);
	return true;
}

bool sweep_axes_arch(const struct sweep_axes *axes, size_t point,
		     const struct gs_arch *base, struct gs_arch *arch,
		     char *err)
{
	_Static_assert(SWEEP_ERR_SIZE >= GS_ARCH_ERR_SIZE, "reasons fit");

	*arch = *base;
	for (unsigned i = 0; i < axes->num; i++)
		if (axes->axis[i].is_array &&
		    !set_array(arch, value_at(axes, i, point), err))
			return false;
	for (unsigned i = 0; i < axes->num; i++)
		if (!axes->axis[i].is_array &&
		    !set_field(arch, &axes->axis[i], value_at(axes, i, point),
			       err))
			return false;
	return !gs_arch_check(arch, err);
}

bool sweep_arch_check(const struct gs_arch *arch, char *err)
{
	char text[GS_ARCH_JSON_SIZE];
	struct gs_arch read;
	const int len = gs_arch_format(arch, text, sizeof(text));

	if (gs_arch_parse(text, (size_t)len, &read, err))
		return false;
	return read.vmem_depth == arch->vmem_depth ||
	       fail(err, "VMEM_DEPTH: %u beside OBUF_DEPTH = %u stands for %u",
		    arch->vmem_depth, arch->obuf_depth, read.vmem_depth);
}

uint64_t sweep_buffer_bytes(const struct gs_arch *arch)
{
	const uint64_t n = arch->array_n, m = arch->array_m;
	const uint64_t bits = n * arch->data_width * arch->ibuf_depth +
			      n * m * arch->wgt_width * arch->wbuf_depth +
			      m * arch->acc_width * 2 * arch->obuf_depth +
			      m * arch->bias_width * arch->bbuf_depth +
			      m * 32 * 2 * arch->vmem_depth;

	return bits / 8;
}
