/* SPDX-License-Identifier: MIT */
#include "runtime/core/bind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/core/error.h"
#include "runtime/core/layout.h"

struct side {
	const char *what; /* "input" */
	const struct gs_gsm *gsm;
	const uint32_t *tensor;
	uint32_t count;
};

static struct side side_of(const struct gs_model *model, bool output)
{
	const struct gs_gsm *m = model->gsm;

	return output ?
		       (struct side){ "output", m, m->output, m->num_outputs } :
		       (struct side){ "input", m, m->input, m->num_inputs };
}

static const struct gs_gsm_tensor *tensor(const struct side *s, uint32_t i)
{
	return &s->gsm->tensor[s->tensor[i]];
}

/* Position of a binding, or s->count. */
static uint32_t find(const struct side *s, const struct gs_binding *b)
{
	uint32_t i = 0;

	if (!b->name)
		return b->index < s->count ? b->index : s->count;
	while (i < s->count && strcmp(tensor(s, i)->name, b->name) != 0)
		i++;
	return i;
}

static const char *type_name(uint32_t type)
{
	return type == GS_FLOAT32 ? "float32" :
	       type == GS_INT8	  ? "int8" :
				    "the native layout";
}

static uint64_t type_bytes(const struct gs_gsm_tensor *t, uint32_t type)
{
	return type == GS_FLOAT32 ? t->elems * 4 :
	       type == GS_INT8	  ? t->elems :
				    t->rec->bytes;
}

static int check(const struct side *s, uint32_t at, const struct gs_binding *b)
{
	const struct gs_gsm_tensor *t = tensor(s, at);
	uint64_t bytes = type_bytes(t, b->type);

	if (b->type < GS_FLOAT32 || b->type > GS_NATIVE)
		return gs_rt_fail(-EINVAL,
				  "gs_infer: %s %.200s: type %u; expected "
				  "GS_FLOAT32 (%d), GS_INT8 (%d) or GS_NATIVE "
				  "(%d)",
				  s->what, t->name, b->type, GS_FLOAT32,
				  GS_INT8, GS_NATIVE);
	if (b->bytes != bytes || !b->data)
		return gs_rt_fail(-EINVAL,
				  "gs_infer: %s %.200s: %zu bytes at %p; "
				  "expected %llu (%llu elements of %s)",
				  s->what, t->name, b->bytes, b->data,
				  (unsigned long long)bytes,
				  (unsigned long long)t->elems,
				  type_name(b->type));
	return 0;
}

static int place(const struct side *s, uint32_t i, const struct gs_binding *b,
		 const struct gs_binding **slot)
{
	uint32_t at = find(s, b);

	if (at == s->count && b->name)
		return gs_rt_fail(-EINVAL,
				  "gs_infer: the model has no %s '%.200s'",
				  s->what, b->name);
	if (at == s->count)
		return gs_rt_fail(-EINVAL, "gs_infer: %s %u: the model has %u",
				  s->what, b->index, s->count);
	if (slot[at])
		return gs_rt_fail(-EINVAL,
				  "gs_infer: %s %.200s is bound twice, the "
				  "second time by binding %u",
				  s->what, tensor(s, at)->name, i);
	slot[at] = b;
	return check(s, at, b);
}

int gs_bind(const struct gs_model *model, bool output,
	    const struct gs_binding *binding, uint32_t num,
	    const struct gs_binding **slot)
{
	const struct side s = side_of(model, output);

	if (num && !binding)
		return gs_rt_fail(-EINVAL, "gs_infer: %ss is NULL", s.what);
	for (uint32_t i = 0; i < s.count; i++)
		slot[i] = NULL;
	for (uint32_t i = 0; i < num; i++) {
		int ret = place(&s, i, &binding[i], slot);

		if (ret)
			return ret;
	}
	for (uint32_t i = 0; i < s.count; i++)
		if (!slot[i])
			return gs_rt_fail(-EINVAL,
					  "gs_infer: %s %.200s is not bound",
					  s.what, tensor(&s, i)->name);
	return 0;
}

/* ---- data ----------------------------------------------------------------------- */

/* Quantizes into memory of its own: nothing is written when there is a NaN. */
static int pack_float(const struct gs_gsm_tensor *t, const void *data,
		      uint8_t *slot, const char *call)
{
	int8_t *dense = malloc((size_t)t->elems);
	uint64_t done;

	if (!dense)
		return gs_rt_fail(-ENOMEM, "%s: out of memory", call);
	done = gs_quantize(t, data, t->elems, dense);
	if (done == t->elems)
		gs_slot_scatter(t, dense, slot);
	free(dense);
	if (done == t->elems)
		return 0;
	return gs_rt_fail(-EINVAL, "%s: input %.200s: element %llu is NaN",
			  call, t->name, (unsigned long long)done);
}

/* Nothing is written when there is a value the tensor cannot have. */
static int pack_ints(const struct gs_gsm_tensor *t, const int8_t *data,
		     uint8_t *slot, const char *call)
{
	uint64_t at = gs_find_beyond(t, data, t->elems);

	if (at < t->elems)
		return gs_rt_fail(-EINVAL,
				  "%s: input %.200s: element %llu is %d; "
				  "expected %d to %d",
				  call, t->name, (unsigned long long)at,
				  data[at], gs_elf_low(t->rec->type),
				  gs_elf_high(t->rec->type));
	gs_slot_scatter(t, data, slot);
	return 0;
}

static int unpack_float(const struct gs_gsm_tensor *t, const uint8_t *slot,
			void *data, const char *call)
{
	int8_t *dense = malloc((size_t)t->elems);

	if (!dense)
		return gs_rt_fail(-ENOMEM, "%s: out of memory", call);
	gs_slot_gather(t, slot, dense);
	gs_dequantize(t, dense, t->elems, data);
	free(dense);
	return 0;
}

int gs_bind_read(struct gs_context *ctx, uint32_t input,
		 const struct gs_binding *binding)
{
	const struct side s = side_of(ctx->model, false);
	const struct gs_gsm_tensor *t = tensor(&s, input);
	uint8_t *slot = gs_context_slot(ctx, s.tensor[input]);

	switch (binding->type) {
	case GS_NATIVE:
		memcpy(slot, binding->data, binding->bytes);
		gs_slot_border(t, slot);
		return 0;
	case GS_INT8:
		return pack_ints(t, binding->data, slot, "gs_infer");
	default:
		return pack_float(t, binding->data, slot, "gs_infer");
	}
}

int gs_bind_write(const struct gs_context *ctx, uint32_t output,
		  const struct gs_binding *binding)
{
	const struct side s = side_of(ctx->model, true);
	const struct gs_gsm_tensor *t = tensor(&s, output);
	const uint8_t *slot = gs_context_slot(ctx, s.tensor[output]);

	switch (binding->type) {
	case GS_NATIVE:
		memcpy(binding->data, slot, binding->bytes);
		return 0;
	case GS_INT8:
		gs_slot_gather(t, slot, binding->data);
		return 0;
	default:
		return unpack_float(t, slot, binding->data, "gs_infer");
	}
}

/* ---- the same for callers ------------------------------------------------------- */

static int check_pack(const struct gs_model *model, const char *call,
		      uint32_t index, uint32_t type, const void *data,
		      size_t bytes, const void *native)
{
	const struct gs_gsm_tensor *t;

	if (!model || !data || !native)
		return gs_rt_fail(-EINVAL, "%s: a pointer is NULL", call);
	if (index >= model->gsm->num_tensors)
		return gs_rt_fail(-ENOENT, "%s: there is no tensor %u of %u",
				  call, index, model->gsm->num_tensors);
	t = &model->gsm->tensor[index];
	if ((type == GS_FLOAT32 || type == GS_INT8) &&
	    bytes == type_bytes(t, type))
		return 0;
	return gs_rt_fail(-EINVAL,
			  "%s: tensor %.200s: %zu bytes of type %u; expected "
			  "%llu elements of GS_FLOAT32 (%d) or GS_INT8 (%d)",
			  call, t->name, bytes, type,
			  (unsigned long long)t->elems, GS_FLOAT32, GS_INT8);
}

int gs_model_pack(const struct gs_model *model, uint32_t index, uint32_t type,
		  const void *data, size_t bytes, void *native)
{
	const char *call = "gs_model_pack";
	int ret = check_pack(model, call, index, type, data, bytes, native);
	const struct gs_gsm_tensor *t;

	if (ret)
		return ret;
	t = &model->gsm->tensor[index];
	if (type == GS_FLOAT32)
		return pack_float(t, data, native, call);
	return pack_ints(t, data, native, call);
}

int gs_model_unpack(const struct gs_model *model, uint32_t index, uint32_t type,
		    void *data, size_t bytes, const void *native)
{
	const char *call = "gs_model_unpack";
	int ret = check_pack(model, call, index, type, data, bytes, native);
	const struct gs_gsm_tensor *t;

	if (ret)
		return ret;
	t = &model->gsm->tensor[index];
	if (type == GS_FLOAT32)
		return unpack_float(t, native, data, call);
	gs_slot_gather(t, native, data);
	return 0;
}
