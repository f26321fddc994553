/* SPDX-License-Identifier: MIT */
#include "compiler/emit/model_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/emit/emit_internal.h"

/* ---- blobs --------------------------------------------------------------------- */

size_t gs_blob_add(struct gs_blob *blob, const void *data, size_t size)
{
	size_t at = blob->size, cap = blob->cap ? blob->cap : 256;
	uint8_t *grown;

	if (blob->failed || size > SIZE_MAX / 4 - at) {
		blob->failed = true;
		return 0;
	}
	while (cap < at + size)
		cap *= 2;
	if (cap != blob->cap) {
		grown = realloc(blob->data, cap);
		if (!grown) {
			blob->failed = true;
			return 0;
		}
		blob->data = grown;
		blob->cap = cap;
	}
	if (size)
		memcpy(blob->data + at, data, size);
	blob->size = at + size;
	return at;
}

/* An empty blob has these bytes where they are; nothing is added. */
static void blob_borrow(struct gs_blob *blob, void *data, size_t size)
{
	blob->data = data;
	blob->size = size;
}

uint32_t gs_blob_string(struct gs_blob *blob, const char *text)
{
	if (!blob->size)
		gs_blob_add(blob, "", 1);
	if (!text || !text[0])
		return 0;
	return (uint32_t)gs_blob_add(blob, text, strlen(text) + 1);
}

static void blob_fini(struct gs_blob *blob)
{
	if (blob->cap)
		free(blob->data);
}

/* ---- the whole ------------------------------------------------------------------- */

static int check_program(struct gs_emit *e)
{
	const struct gs_program *p = e->program;

	if (!p->num_words || !p->num_layers || !p->graph)
		return gs_error(e->diag, -EINVAL,
				"model file: a program of %u words and %u "
				"layers",
				p->num_words, p->num_layers);
	if (p->param_bytes > GS_ELF_WINDOW_BYTES ||
	    p->const_bytes > GS_ELF_WINDOW_BYTES - GS_ELF_ACT_ALIGN ||
	    p->act_bytes >
		    GS_ELF_WINDOW_BYTES - GS_ELF_ACT_ALIGN - p->const_bytes)
		return gs_error(e->diag, -EINVAL,
				"model file: %llu bytes of weights, %llu of "
				"constants, %llu of activations; a window "
				"holds 2^32",
				(unsigned long long)p->param_bytes,
				(unsigned long long)p->const_bytes,
				(unsigned long long)p->act_bytes);
	return 0;
}

static int make_parts(struct gs_emit *e)
{
	const struct gs_program *p = e->program;
	static const uint8_t zero[4];

	gs_blob_add(&e->blob[GS_EMIT_TEXT], p->code,
		    (size_t)p->num_words * sizeof(*p->code));
	blob_borrow(&e->blob[GS_EMIT_PARAM], p->param, (size_t)p->param_bytes);
	gs_blob_add(&e->blob[GS_EMIT_SIMD], p->simd_const,
		    (size_t)p->const_bytes);
	gs_blob_add(&e->blob[GS_EMIT_CHECK], zero, sizeof(zero));
	gs_blob_string(&e->blob[GS_EMIT_NAMES], NULL);
	gs_blob_string(&e->blob[GS_EMIT_STRTAB], NULL);
	return 0;
}

static int check_blobs(struct gs_emit *e)
{
	for (int i = 0; i < GS_EMIT_COUNT; i++)
		if (e->blob[i].failed)
			return gs_error(e->diag, -ENOMEM,
					"model file: out of memory");
	if (e->blob[GS_EMIT_NAMES].size > UINT32_MAX ||
	    e->blob[GS_EMIT_STRTAB].size > UINT32_MAX)
		return gs_error(e->diag, -EINVAL,
				"model file: over 4 GiB of names");
	return 0;
}

int gs_emit_model(const struct gs_program *program, uint8_t **buf, size_t *size,
		  struct gs_diag *diag)
{
	static int (*const steps[])(struct gs_emit *) = {
		check_program,	 make_parts,	 gs_emit_layers,
		gs_emit_tensors, gs_emit_arch,	 gs_emit_meta,
		gs_emit_symbols, gs_emit_relocs, check_blobs,
	};
	struct gs_emit e = { .program = program, .diag = diag };
	int ret = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !ret; i++)
		ret = steps[i](&e);
	if (!ret)
		ret = gs_emit_elf(&e, buf, size);
	for (int i = 0; i < GS_EMIT_COUNT; i++)
		blob_fini(&e.blob[i]);
	return ret;
}
