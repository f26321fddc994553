/* SPDX-License-Identifier: MIT */
#include "runtime/loader/gsm.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/loader/gsm_internal.h"

int gs_gsm_fail(struct gs_gsm_reader *r, int num, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->err, GS_GSM_ERR_SIZE, fmt, ap);
	va_end(ap);
	return num;
}

/* ---- names and counts ---------------------------------------------------------- */

const char *gs_gsm_name(struct gs_gsm_reader *r, uint32_t offset,
			const char *record, uint32_t index)
{
	const struct gs_gsm_sec *sec = &r->sec[GS_SEC_NAMES];

	/* check_names() found a 0 at the end of the section. */
	if (offset < sec->size)
		return (const char *)sec->data + offset;
	gs_gsm_fail(r, -EINVAL, "%s %u: name at %u of %llu bytes in %s", record,
		    index, offset, (unsigned long long)sec->size, GS_ELF_NAMES);
	return NULL;
}

static int check_names(struct gs_gsm_reader *r)
{
	const struct gs_gsm_sec *sec = &r->sec[GS_SEC_NAMES];

	if (!sec->size || sec->data[0] || sec->data[sec->size - 1])
		return gs_gsm_fail(r, -EINVAL,
				   "%s: strings do not start and end with 0",
				   GS_ELF_NAMES);
	return 0;
}

int gs_gsm_count(struct gs_gsm_reader *r, enum gs_gsm_section id, size_t size,
		 uint32_t *count)
{
	uint64_t bytes = r->sec[id].size;

	if (bytes % size || bytes / size >= GS_ELF_NONE)
		return gs_gsm_fail(r, -EINVAL,
				   "%s: %llu bytes are not a number of records "
				   "of %zu",
				   gs_gsm_section_name(id),
				   (unsigned long long)bytes, size);
	*count = (uint32_t)(bytes / size);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int gs_gsm_unique(struct gs_gsm_reader *r, enum gs_gsm_section id,
		  const char **name, uint32_t count)
{
	qsort(name, count, sizeof(*name), compare_names);
	for (uint32_t i = 0; i < count; i++) {
		if (!name[i][0])
			return gs_gsm_fail(r, -EINVAL, "%s: an empty name",
					   gs_gsm_section_name(id));
		if (i && !strcmp(name[i - 1], name[i]))
			return gs_gsm_fail(r, -EINVAL,
					   "%s: the name %.100s is there twice",
					   gs_gsm_section_name(id), name[i]);
	}
	return 0;
}

/* ---- metadata -------------------------------------------------------------------- */

static int check_keys(struct gs_gsm_reader *r)
{
	const struct gs_gsm *m = r->gsm;
	const char **key = calloc(m->num_meta + 1u, sizeof(*key));
	int ret;

	if (!key)
		return gs_gsm_fail(r, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < m->num_meta; i++)
		key[i] = m->meta[i].key;
	ret = gs_gsm_unique(r, GS_SEC_META, key, m->num_meta);
	free(key);
	return ret;
}

static int read_meta(struct gs_gsm_reader *r)
{
	const struct gs_gsm_sec *sec = &r->sec[GS_SEC_META];
	const char *at = (const char *)sec->data, *end = at + sec->size;
	struct gs_gsm *m = r->gsm;
	uint32_t strings = 0;

	if (sec->size && end[-1])
		return gs_gsm_fail(r, -EINVAL, "%s: does not end with 0",
				   GS_ELF_META);
	for (const char *p = at; p < end; p++)
		strings += !*p;
	if (strings % 2)
		return gs_gsm_fail(r, -EINVAL, "%s: a key without a value",
				   GS_ELF_META);
	m->meta = calloc(strings / 2 + 1u, sizeof(*m->meta));
	if (!m->meta)
		return gs_gsm_fail(r, -ENOMEM, "out of memory");
	for (; at < end; m->num_meta++) {
		m->meta[m->num_meta].key = at;
		at += strlen(at) + 1;
		m->meta[m->num_meta].value = at;
		at += strlen(at) + 1;
	}
	return check_keys(r);
}

const char *gs_gsm_meta(const struct gs_gsm *gsm, const char *key)
{
	for (uint32_t i = 0; i < gsm->num_meta; i++)
		if (!strcmp(gsm->meta[i].key, key))
			return gsm->meta[i].value;
	return NULL;
}

/* ---- program ------------------------------------------------------------------------ */

static int read_parts(struct gs_gsm_reader *r)
{
	const struct gs_gsm_sec *text = &r->sec[GS_SEC_TEXT];
	struct gs_gsm *m = r->gsm;
	const uint64_t align = GS_ELF_ACT_ALIGN;

	if (!text->size || text->size % 4 || text->size > GS_ELF_WINDOW_BYTES)
		return gs_gsm_fail(r, -EINVAL,
				   "%s: %llu bytes are not words of code",
				   GS_ELF_TEXT, (unsigned long long)text->size);
	m->param = r->sec[GS_SEC_PARAM].data;
	m->param_bytes = r->sec[GS_SEC_PARAM].size;
	m->simd = r->sec[GS_SEC_SIMD].data;
	m->simd_bytes = r->sec[GS_SEC_SIMD].size;
	m->act_bytes = r->sec[GS_SEC_ACT].size;
	if (m->param_bytes > GS_ELF_WINDOW_BYTES ||
	    m->simd_bytes > GS_ELF_WINDOW_BYTES ||
	    m->act_bytes > GS_ELF_WINDOW_BYTES)
		return gs_gsm_fail(r, -EINVAL,
				   "%s, %s and %s have %llu, %llu and %llu "
				   "bytes; a window holds 2^32",
				   GS_ELF_PARAM, GS_ELF_SIMD, GS_ELF_ACT,
				   (unsigned long long)m->param_bytes,
				   (unsigned long long)m->simd_bytes,
				   (unsigned long long)m->act_bytes);
	m->act_offset = (m->simd_bytes + align - 1) / align * align;
	m->memory_bytes = m->act_offset + m->act_bytes;
	if (m->memory_bytes > GS_ELF_WINDOW_BYTES)
		return gs_gsm_fail(r, -EINVAL,
				   "%s and %s need %llu bytes; a window holds "
				   "2^32",
				   GS_ELF_SIMD, GS_ELF_ACT,
				   (unsigned long long)m->memory_bytes);
	m->num_words = (uint32_t)(text->size / 4);
	m->code = malloc((size_t)text->size);
	if (!m->code)
		return gs_gsm_fail(r, -ENOMEM, "out of memory");
	memcpy(m->code, text->data, (size_t)text->size);
	return 0;
}

static int read_all(struct gs_gsm_reader *r)
{
	static int (*const steps[])(struct gs_gsm_reader *) = {
		check_names,	     gs_gsm_read_arch,	 read_meta,
		read_parts,	     gs_gsm_read_layers, gs_gsm_read_segments,
		gs_gsm_read_tensors, gs_gsm_read_relocs,
	};
	int ret;

	ret = gs_gsm_find_sections(r, r->gsm->image, r->gsm->image_bytes);
	if (!ret)
		ret = gs_gsm_check_sum(r, r->gsm->image, r->gsm->image_bytes);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !ret; i++)
		ret = steps[i](r);
	return ret;
}

int gs_gsm_read(const void *image, size_t size, struct gs_gsm **out, char *err)
{
	struct gs_gsm_reader r = { .err = err };
	int ret;

	r.gsm = calloc(1, sizeof(*r.gsm));
	if (!r.gsm)
		return gs_gsm_fail(&r, -ENOMEM, "out of memory");
	r.gsm->image = malloc(size ? size : 1);
	if (!r.gsm->image) {
		free(r.gsm);
		return gs_gsm_fail(&r, -ENOMEM, "out of memory");
	}
	if (size)
		memcpy(r.gsm->image, image, size);
	r.gsm->image_bytes = size;
	ret = read_all(&r);
	if (ret)
		gs_gsm_free(r.gsm);
	else
		*out = r.gsm;
	return ret;
}

void gs_gsm_free(struct gs_gsm *gsm)
{
	if (!gsm)
		return;
	free(gsm->meta);
	free(gsm->reloc);
	free(gsm->layer);
	free(gsm->input);
	free(gsm->output);
	free(gsm->tensor);
	free(gsm->code);
	free(gsm->image);
	free(gsm);
}
