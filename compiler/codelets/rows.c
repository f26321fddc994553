/* SPDX-License-Identifier: MIT */
#include "compiler/codelets/rows.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Rows of lanes, and values that fill one: the last dimension, or one value in all lanes. */
static int row_shape(struct gs_scope *ev, struct gs_bound_operand *o,
		     int64_t *rows, int64_t *each)
{
	const struct gs_cl_operand *decl = o->decl;
	unsigned d;

	*rows = *each = 1;
	for (d = 0; d < decl->num_dims; d++) {
		const bool lane = !strcmp(decl->dim[d], GS_CL_LANE);
		const int64_t extent =
			lane || !strcmp(decl->dim[d], "1") ?
				1 :
				gs_scope_extent(ev, decl->dim[d]);

		if (!extent || (lane && d + 1 < decl->num_dims))
			return gs_scope_misfit_in(
				ev, decl->line, decl->column,
				"extent %s of '%s' is not defined",
				decl->dim[d], decl->name);
		if (d + 1 == decl->num_dims && !lane)
			*each = extent;
		else
			*rows *= extent;
		if (*rows * *each > GS_MAX_EXTENT)
			return gs_scope_misfit(ev,
					       "'%s' has more than %d values",
					       decl->name, GS_MAX_EXTENT);
	}
	return 0;
}

static int fill_rows(struct gs_scope *ev, const struct gs_cl_def *def,
		     struct gs_bound_operand *o, const struct gs_value *val,
		     int64_t each)
{
	const bool same =
		!strcmp(o->decl->dim[o->decl->num_dims - 1], GS_CL_LANE);
	const double pad = o->decl->pad ? gs_scope_scalar(ev, o->decl->pad) : 0;
	const uint32_t lanes = ev->acg->arch.array_m;
	const uint32_t width = ((uint32_t)each + lanes - 1) / lanes * lanes;
	int32_t *row =
		gs_graph_alloc_array(ev->graph, o->row_elems, sizeof(*row));
	uint32_t i;

	if (!row)
		return -ENOMEM;
	for (i = 0; i < o->row_elems && !ev->undefined; i++) {
		const uint32_t at = same ? 0 : i % width;
		const size_t from = i / width * (size_t)each + at;

		row[i] = gs_scope_int32(ev, def->expr,
					at >= each    ? pad :
					val->num == 1 ? val->v[0] :
							val->v[from]);
	}
	o->row = row;
	return ev->err;
}

int gs_bind_row(struct gs_scope *ev, const struct gs_cl_def *def)
{
	struct gs_bound_operand *o = &ev->binding->operand[def->operand];
	const struct gs_value val = gs_scope_eval(ev, def->expr);
	const int64_t lanes = ev->acg->arch.array_m;
	int64_t rows, each;
	int ret = ev->err ? ev->err : row_shape(ev, o, &rows, &each);

	if (ret)
		return ret;
	if (val.num != 1 && val.num != (uint64_t)(rows * each) &&
	    !ev->undefined)
		return gs_scope_misfit(ev,
				       "'%s' has %zu values, expected %" PRId64,
				       def->name, val.num, rows * each);
	o->row_elems = (uint32_t)(rows * ((each + lanes - 1) / lanes) * lanes);
	ret = fill_rows(ev, def, o, &val, each);
	return ret ? ret : gs_scope_define(ev, def->name, val);
}
