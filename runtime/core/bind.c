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

static int check(const struct side *s, uint32_t at, const struct gs_binding *b)
{
	const struct gs_gsm_tensor *t = tensor(s, at);
	uint64_t bytes = t->elems * (b->type == GS_FLOAT32 ? 4 : 1);

	if (b->type != GS_FLOAT32 && b->type != GS_INT8)
		return gs_rt_fail(-EINVAL,
				  "gs_infer: %s %.200s: type %u; expected "
				  "GS_FLOAT32 (%d) or GS_INT8 (%d)",
				  s->what, t->name, b->type, GS_FLOAT32,
				  GS_INT8);
	if (b->bytes != bytes || !b->data)
		return gs_rt_fail(-EINVAL,
				  "gs_infer: %s %.200s: %zu bytes at %p; "
				  "expected %llu (%llu elements of %s)",
				  s->what, t->name, b->bytes, b->data,
				  (unsigned long long)bytes,
				  (unsigned long long)t->elems,
				  b->type == GS_FLOAT32 ? "float32" : "int8");
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

int gs_bind_read(struct gs_context *ctx, uint32_t input,
		 const struct gs_binding *binding)
{
	const struct side s = side_of(ctx->model, false);
	const struct gs_gsm_tensor *t = tensor(&s, input);
	uint64_t done;
	int8_t *dense;

	if (binding->type == GS_INT8) {
		gs_layout_scatter(t, binding->data, ctx->act);
		return 0;
	}
	dense = malloc((size_t)t->elems);
	if (!dense)
		return gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	done = gs_quantize(t, binding->data, t->elems, dense);
	if (done == t->elems)
		gs_layout_scatter(t, dense, ctx->act);
	free(dense);
	if (done == t->elems)
		return 0;
	return gs_rt_fail(-EINVAL,
			  "gs_infer: input %.200s: element %llu is NaN",
			  t->name, (unsigned long long)done);
}

int gs_bind_write(const struct gs_context *ctx, uint32_t output,
		  const struct gs_binding *binding)
{
	const struct side s = side_of(ctx->model, true);
	const struct gs_gsm_tensor *t = tensor(&s, output);
	int8_t *dense;

	if (binding->type == GS_INT8) {
		gs_layout_gather(t, ctx->act, binding->data);
		return 0;
	}
	dense = malloc((size_t)t->elems);
	if (!dense)
		return gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	gs_layout_gather(t, ctx->act, dense);
	gs_dequantize(t, dense, t->elems, binding->data);
	free(dense);
	return 0;
}
