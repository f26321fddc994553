/* SPDX-License-Identifier: MIT */
/*
 * Code on the device: the model's, and the copies a context needs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "genesys/isa.h"
#include "runtime/core/error.h"
#include "runtime/core/place.h"
#include "runtime/drm/drm.h"

int gs_drm_load(struct gs_model *model)
{
	const struct gs_drm *drm = gs_drm_of(model->dev);
	const uint32_t flags = DRM_GENESYS_BO_HIGH | DRM_GENESYS_BO_READ_ONLY;
	const struct gs_gsm *gsm = model->gsm;
	struct gs_drm_model *dm = calloc(1, sizeof(*dm));
	int ret;

	if (!dm)
		return gs_rt_fail(-ENOMEM, "gs_load_model: out of memory");
	ret = gs_drm_bo_upload(drm, gsm->code, (uint64_t)gsm->num_words * 4,
			       flags, "code", &dm->code);
	if (!ret && gsm->param_bytes)
		ret = gs_drm_bo_upload(drm, gsm->param, gsm->param_bytes, flags,
				       "weights", &dm->weights);
	if (ret) {
		gs_drm_bo_destroy(drm, &dm->code);
		free(dm);
		return gs_rt_rename(ret, "gs_infer:", "gs_load_model:");
	}
	model->priv = dm;
	return 0;
}

void gs_drm_unload(struct gs_model *model)
{
	const struct gs_drm *drm = gs_drm_of(model->dev);
	struct gs_drm_model *dm = model->priv;

	gs_drm_bo_destroy(drm, &dm->code);
	gs_drm_bo_destroy(drm, &dm->weights);
	free(dm);
}

/*
 * Window offsets are device addresses; a buffer is below 4 GiB as memory is.
 * Where one is not, or a job cannot list as many, everything is copied.
 */
int gs_drm_bind(struct gs_context *ctx)
{
	const struct gs_drm *drm = gs_drm_of(ctx->model->dev);
	const struct gs_drm_context *dc = ctx->priv;

	if ((uint64_t)ctx->num_places + GS_DRM_OWN_BOS >
	    drm->limits.max_bos_per_job)
		ctx->num_places = 0;

	for (uint32_t i = 0; i < ctx->num_places; i++) {
		struct gs_place *p = &ctx->place[i];

		p->window = p->buf->address + p->offset;
		if (p->window + gs_place_bytes(ctx, p) <= GS_ELF_WINDOW_BYTES &&
		    dc->act.address + dc->act.size <= GS_ELF_WINDOW_BYTES)
			continue;
		ctx->num_places = 0;
	}
	return 0;
}

/* ---- copies ---------------------------------------------------------------------- */

/* The job ends with the last block of each layer. */
static void end_layers(const struct gs_gsm *gsm, uint32_t *code)
{
	for (uint32_t i = 0; i < gsm->num_layers; i++) {
		const struct gs_elf_layer *rec = gsm->layer[i].rec;

		code[rec->first_word + rec->num_words - 1] |= 1;
	}
}

static uint32_t *make_code(const struct gs_context *ctx, bool stepped)
{
	const struct gs_drm_context *dc = ctx->priv;
	const struct gs_gsm *gsm = ctx->model->gsm;
	uint32_t *code = calloc(gsm->num_words, sizeof(*code));

	if (!code)
		return NULL;
	gs_place_relocate(ctx, ctx->num_places ? dc->act.address : 0, code);
	if (stepped)
		end_layers(gsm, code);
	return code;
}

static int make(struct gs_context *ctx, bool stepped, struct gs_drm_program *p)
{
	const uint64_t bytes = (uint64_t)ctx->model->gsm->num_words * 4;
	uint32_t *code = make_code(ctx, stepped);
	struct gs_drm_place *place =
		calloc(ctx->num_places + 1u, sizeof(*place));
	int ret = -ENOMEM;

	if (code && place)
		ret = gs_drm_bo_upload(gs_drm_of(ctx->model->dev), code, bytes,
				       DRM_GENESYS_BO_HIGH |
					       DRM_GENESYS_BO_READ_ONLY,
				       "a copy of the code", &p->bo);
	else
		gs_rt_fail(ret, "gs_infer: out of memory");
	free(code);
	if (ret) {
		free(place);
		return ret;
	}
	for (uint32_t i = 0; i < ctx->num_places; i++)
		place[i] = (struct gs_drm_place){ ctx->place[i].root,
						  ctx->place[i].window };
	p->place = place;
	p->num_places = ctx->num_places;
	p->stepped = stepped;
	return 0;
}

static bool fits(const struct gs_context *ctx, const struct gs_drm_program *p,
		 bool stepped)
{
	if (!p->bo.handle || p->stepped != stepped ||
	    p->num_places != ctx->num_places)
		return false;
	for (uint32_t i = 0; i < p->num_places; i++)
		if (p->place[i].root != ctx->place[i].root ||
		    p->place[i].window != ctx->place[i].window)
			return false;
	return true;
}

static void drop(const struct gs_drm *drm, struct gs_drm_program *p)
{
	gs_drm_bo_destroy(drm, &p->bo);
	free(p->place);
	*p = (struct gs_drm_program){ 0 };
}

void gs_drm_programs_free(const struct gs_drm *drm, struct gs_drm_context *dc)
{
	for (int i = 0; i < GS_DRM_PROGRAMS; i++)
		drop(drm, &dc->program[i]);
}

/* No job of the context is unfinished: the least used copy can go. */
int gs_drm_program(struct gs_context *ctx, bool stepped,
		   const struct gs_drm_bo **code)
{
	const struct gs_drm_model *dm = ctx->model->priv;
	struct gs_drm_context *dc = ctx->priv;
	struct gs_drm_program *p = &dc->program[0];
	int ret = 0;

	*code = &dm->code;
	if (!stepped && !ctx->num_places)
		return 0;
	for (int i = 0; i < GS_DRM_PROGRAMS; i++) {
		if (fits(ctx, &dc->program[i], stepped)) {
			p = &dc->program[i];
			break;
		}
		if (dc->program[i].used < p->used)
			p = &dc->program[i];
	}
	if (!fits(ctx, p, stepped)) {
		drop(gs_drm_of(ctx->model->dev), p);
		ret = make(ctx, stepped, p);
	}
	p->used = ++dc->clock;
	*code = &p->bo;
	return ret;
}
