/* SPDX-License-Identifier: MIT */
#include "compiler/ir/fdfg_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/arena.h"
#include "compiler/ir/fdfg_text.h"

#define MAX_ID ((int64_t)1 << 30)
#define MAX_NODES (1 << 24)

/* ---- tensors by number --------------------------------------------------- */

static int read_id(struct gs_fdfg_reader *r, int64_t *id)
{
	struct gs_fdfg_lex *x = &r->x;
	const struct gs_fdfg_token at = x->tok;

	if (at.kind == GS_FDFG_ATOM && at.len > 1 && *at.text == '%') {
		x->tok.text++;
		x->tok.len--;
		return gs_fdfg_int(x, 0, MAX_ID, id);
	}
	return gs_fdfg_error(x, NULL, "expected is a tensor (%%0, %%1 ...)");
}

static struct gs_tensor *find(const struct gs_fdfg_reader *r, int64_t id)
{
	const struct gs_graph *g = r->x.graph;
	unsigned low = 0, high = g->num_tensors;

	while (low < high) {
		const unsigned mid = low + (high - low) / 2;

		if (r->id[mid] < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < g->num_tensors && r->id[low] == id ? g->tensor[low] : NULL;
}

static int unknown(struct gs_fdfg_reader *r, const struct gs_fdfg_token *at,
		   int64_t id)
{
	return gs_fdfg_error(&r->x, at, "there is no tensor %%%lld",
			     (long long)id);
}

int gs_fdfg_ref(struct gs_fdfg_reader *r, struct gs_tensor **out,
		struct gs_fdfg_token *at)
{
	const struct gs_fdfg_token here = r->x.tok;
	int64_t id;
	const int ret = read_id(r, &id);

	if (ret)
		return ret;
	if (at)
		*at = here;
	*out = find(r, id);
	return *out ? 0 : unknown(r, &here, id);
}

/* %7, resolved behind the last tensor */
static int ref_later(struct gs_fdfg_reader *r, struct gs_tensor **slot)
{
	struct gs_fdfg_ref *ref = gs_graph_alloc(r->x.graph, sizeof(*ref));

	if (!ref)
		return gs_fdfg_nomem(&r->x);
	*ref = (struct gs_fdfg_ref){ .slot = slot, .at = r->x.tok };
	ref->next = r->ref;
	r->ref = ref;
	return read_id(r, &ref->id);
}

static int resolve_all(struct gs_fdfg_reader *r)
{
	struct gs_fdfg_ref *ref;

	for (ref = r->ref; ref; ref = ref->next) {
		*ref->slot = find(r, ref->id);
		if (!*ref->slot)
			return unknown(r, &ref->at, ref->id);
	}
	r->ref = NULL;
	return 0;
}

static int read_walk(struct gs_fdfg_reader *r, struct gs_access *a)
{
	static const char *const name[] = { "n", "h", "w", "c" };
	struct gs_fdfg_lex *x = &r->x;
	unsigned d;
	int ret = gs_fdfg_expect(x, "[");

	while (!ret && !gs_fdfg_is(x, "]")) {
		struct gs_walk_dim *dim = &a->dim[a->num_dims];

		if (a->num_dims && (ret = gs_fdfg_expect(x, ",")))
			return ret;
		if (a->num_dims == GS_MAX_RANK)
			return gs_fdfg_error(x, NULL, "more than %d dimensions",
					     GS_MAX_RANK);
		for (d = 0; d < GS_MEM_DIMS && !gs_fdfg_is(x, name[d]); d++)
			;
		if (d == GS_MEM_DIMS)
			return gs_fdfg_error(x, NULL,
					     "expected is n, h, w or c");
		dim->dim = (enum gs_mem_dim)d;
		ret = gs_fdfg_next(x);
		ret = ret ? ret : gs_fdfg_int(x, -MAX_ID, MAX_ID, &dim->step);
		a->num_dims++;
	}
	return ret ? ret : gs_fdfg_next(x);
}

int gs_fdfg_access(struct gs_fdfg_reader *r, struct gs_access *out)
{
	struct gs_fdfg_lex *x = &r->x;
	int ret = ref_later(r, &out->of);

	ret = ret ? ret : gs_fdfg_expect(x, "at");
	ret = ret ? ret :
		    gs_fdfg_some_ints(x, out->at, GS_MEM_DIMS, -MAX_ID, MAX_ID);
	ret = ret ? ret : gs_fdfg_expect(x, "walk");
	return ret ? ret : read_walk(r, out);
}

/* ---- tensors ------------------------------------------------------------- */

static int read_quant(struct gs_fdfg_reader *r, struct gs_tensor *t)
{
	struct gs_fdfg_lex *x = &r->x;
	struct gs_quant *q = &t->quant;
	const struct gs_fdfg_token at = x->tok;
	void *scale = NULL;
	int64_t v = 0;
	size_t num = 0;
	int ret;

	*q = (struct gs_quant){ .valid = true };
	ret = gs_fdfg_type(x, &q->type);
	ret = ret ? ret : gs_fdfg_array(x, GS_DT_F32, -1, &scale, &num);
	if (!ret && (!num || num > UINT32_MAX))
		ret = gs_fdfg_error(x, &at, "%zu scales", num);
	q->scale = scale;
	q->num_scales = (unsigned)num;
	if (!ret && gs_fdfg_is(x, "axis")) {
		ret = gs_fdfg_next(x);
		ret = ret ? ret : gs_fdfg_int(x, 0, GS_MAX_RANK - 1, &v);
		q->axis = (unsigned)v;
	}
	if (!ret && gs_fdfg_is(x, "zero")) {
		ret = gs_fdfg_next(x);
		ret = ret ? ret : gs_fdfg_int(x, INT32_MIN, INT32_MAX, &v);
		q->zero_point = (int32_t)v;
	}
	return ret;
}

/* "NAME number" */
static int read_field(struct gs_fdfg_lex *x, const char *name, int64_t min,
		      int64_t max, int64_t *out)
{
	const int ret = gs_fdfg_expect(x, name);

	return ret ? ret : gs_fdfg_int(x, min, max, out);
}

static int read_layout(struct gs_fdfg_reader *r, struct gs_tensor *t)
{
	struct gs_fdfg_lex *x = &r->x;
	struct gs_layout *l = &t->layout;
	int64_t e[GS_MEM_DIMS], b[4], v[4] = { 0 }, rows = 1, bits = 8;
	void *map = NULL;
	size_t num;
	int ret = gs_fdfg_order(x, &l->order);

	ret = ret ? ret : gs_fdfg_some_ints(x, e, GS_MEM_DIMS, 0, MAX_ID);
	ret = ret ? ret : read_field(x, "lanes", 0, MAX_ID, &v[0]);
	ret = ret ? ret : read_field(x, "rows", 1, 1 << 20, &rows);
	ret = ret ? ret : gs_fdfg_expect(x, "border");
	ret = ret ? ret : gs_fdfg_some_ints(x, b, 4, 0, 1 << 20);
	ret = ret ? ret : read_field(x, "value", INT8_MIN, INT8_MAX, &v[1]);
	ret = ret ? ret : read_field(x, "slack", 0, 1 << 20, &v[2]);
	ret = ret ? ret : read_field(x, "bytes", 0, UINT32_MAX, &v[3]);
	if (!ret && gs_fdfg_is(x, "bits"))
		ret = read_field(x, "bits", 4, 8, &bits);
	if (!ret && gs_fdfg_is(x, "filled")) {
		l->filled = true;
		ret = gs_fdfg_next(x);
	}
	if (!ret && gs_fdfg_is(x, "map")) {
		ret = gs_fdfg_next(x);
		ret = ret ? ret : gs_fdfg_array(x, GS_DT_I32, e[3], &map, &num);
	}
	if (ret)
		return ret;
	*l = (struct gs_layout){
		.valid = true,
		.order = l->order,
		.n = e[0],
		.h = e[1],
		.w = e[2],
		.c = e[3],
		.c_phys = v[0],
		.row_block = (uint32_t)rows,
		.bits = (unsigned)bits,
		.top = (uint32_t)b[0],
		.left = (uint32_t)b[1],
		.bottom = (uint32_t)b[2],
		.right = (uint32_t)b[3],
		.border_value = (int32_t)v[1],
		.slack = (uint32_t)v[2],
		.bytes = (uint64_t)v[3],
		.filled = l->filled,
		.channel_map = map,
	};
	return 0;
}

static int read_view(struct gs_fdfg_reader *r, struct gs_tensor *t)
{
	return ref_later(r, &t->view_of);
}

static int read_part(struct gs_fdfg_reader *r, struct gs_tensor *t)
{
	t->part = (struct gs_access){ 0 };
	return gs_fdfg_access(r, &t->part);
}

static int read_order(struct gs_fdfg_reader *r, struct gs_tensor *t)
{
	t->has_order = true;
	return gs_fdfg_order(&r->x, &t->order);
}

static int read_borderless(struct gs_fdfg_reader *r, struct gs_tensor *t)
{
	(void)r;
	t->no_border = true;
	return 0;
}

static int read_wide(struct gs_fdfg_reader *r, struct gs_tensor *t)
{
	(void)r;
	t->wide = true;
	return 0;
}

static int read_range(struct gs_fdfg_reader *r, struct gs_tensor *t)
{
	struct gs_fdfg_lex *x = &r->x;
	int ret = gs_fdfg_expect(x, "[");

	ret = ret ? ret : gs_fdfg_float(x, &t->min);
	ret = ret ? ret : gs_fdfg_expect(x, ",");
	ret = ret ? ret : gs_fdfg_float(x, &t->max);
	t->has_range = true;
	return ret ? ret : gs_fdfg_expect(x, "]");
}

/* @each values for each channel */
static int read_channels(struct gs_fdfg_reader *r, const struct gs_tensor *t,
			 int64_t each, float **out)
{
	void *data = NULL;
	size_t num;
	int ret;

	if (t->shape.rank < 2 || t->shape.dim[1] < 0)
		return gs_fdfg_error(&r->x, NULL,
				     "tensor '%s' has no %schannels (axis 1)",
				     t->name,
				     t->shape.rank < 2 ? "" : "number of ");
	ret = gs_fdfg_array(&r->x, GS_DT_F32, each * t->shape.dim[1], &data,
			    &num);
	*out = data;
	return ret;
}

static int read_ranges(struct gs_fdfg_reader *r, struct gs_tensor *t)
{
	return read_channels(r, t, 2, &t->channel_range);
}

static int read_means(struct gs_fdfg_reader *r, struct gs_tensor *t)
{
	return read_channels(r, t, 1, &t->channel_mean);
}

static int read_elements(struct gs_fdfg_reader *r, const struct gs_tensor *t,
			 enum gs_dtype type, const void **out)
{
	const int64_t want = t->shaped ? gs_shape_elems(&t->shape) : -1;
	void *data = NULL;
	size_t num;
	int ret;

	if (want < 0)
		return gs_fdfg_error(&r->x, NULL,
				     "tensor '%s' has values and no shape",
				     t->name);
	ret = gs_fdfg_array(&r->x, type, want, &data, &num);
	*out = data;
	return ret;
}

static int read_data(struct gs_fdfg_reader *r, struct gs_tensor *t)
{
	return read_elements(r, t, t->type, &t->data);
}

static int read_qdata(struct gs_fdfg_reader *r, struct gs_tensor *t)
{
	if (!t->quant.valid)
		return gs_fdfg_error(
			&r->x, NULL,
			"tensor '%s' has quantized values and no scale before them",
			t->name);
	return read_elements(r, t, t->quant.type, &t->qdata);
}

static const struct {
	const char *name;
	int (*read)(struct gs_fdfg_reader *r, struct gs_tensor *t);
} fields[] = {
	{ "view", read_view },	 { "order", read_order },
	{ "part", read_part },	 { "borderless", read_borderless },
	{ "quant", read_quant }, { "layout", read_layout },
	{ "range", read_range }, { "ranges", read_ranges },
	{ "means", read_means }, { "data", read_data },
	{ "qdata", read_qdata }, { "wide", read_wide },
};

/* Each at most once: what is read of one may depend on another before it. */
static int read_fields(struct gs_fdfg_reader *r, struct gs_tensor *t)
{
	const size_t num = sizeof(fields) / sizeof(fields[0]);
	unsigned seen = 0;
	size_t i = 0;
	int ret = 0;

	while (i < num && !ret) {
		for (i = 0; i < num && !gs_fdfg_is(&r->x, fields[i].name); i++)
			;
		if (i == num)
			break;
		if (seen & 1u << i)
			return gs_fdfg_error(&r->x, NULL,
					     "tensor '%s' has '%s' twice",
					     t->name, fields[i].name);
		seen |= 1u << i;
		ret = gs_fdfg_next(&r->x);
		ret = ret ? ret : fields[i].read(r, t);
	}
	return ret;
}

/* Room for the number of one more tensor */
static int grow_ids(struct gs_fdfg_reader *r)
{
	const unsigned cap = 2 * r->cap_ids + 64;
	int64_t *id;

	if (r->x.graph->num_tensors < r->cap_ids)
		return 0;
	id = realloc(r->id, cap * sizeof(*id));
	if (!id)
		return gs_fdfg_nomem(&r->x);
	r->id = id;
	r->cap_ids = cap;
	return 0;
}

static int read_tensor(struct gs_fdfg_reader *r)
{
	struct gs_fdfg_lex *x = &r->x;
	struct gs_graph *g = x->graph;
	const struct gs_fdfg_token at = x->tok;
	struct gs_fdfg_token named;
	struct gs_tensor *t;
	const char *name;
	int64_t id;
	int ret = grow_ids(r);

	ret = ret ? ret : read_id(r, &id);
	if (ret)
		return ret;
	if (g->num_tensors && id <= r->id[g->num_tensors - 1])
		return gs_fdfg_error(x, &at,
				     "tensor %%%lld stands behind %%%lld",
				     (long long)id,
				     (long long)r->id[g->num_tensors - 1]);
	named = x->tok;
	ret = gs_fdfg_string(x, &name);
	if (ret)
		return ret;
	if (gs_graph_find_tensor(g, name))
		return gs_fdfg_error(x, &named, "there are two tensors '%s'",
				     name);
	r->id[g->num_tensors] = id;
	t = gs_graph_add_tensor(g, name, GS_DT_NONE, NULL);
	if (!t)
		return gs_fdfg_nomem(x);
	ret = gs_fdfg_type(x, &t->type);
	ret = ret ? ret : gs_fdfg_shape(x, &t->shape, &t->shaped);
	ret = ret ? ret : read_fields(r, t);
	if (!ret && !t->data)
		t->data = t->qdata; /* integers alone */
	return ret;
}

/* ---- graph --------------------------------------------------------------- */

/* int8 or int4 */
static int read_step_type(struct gs_fdfg_lex *x, enum gs_dtype *type)
{
	const struct gs_fdfg_token at = x->tok;
	const int ret = gs_fdfg_type(x, type);

	if (!ret && !gs_dtype_is_step(*type))
		return gs_fdfg_error(x, &at, "expected is int8 or int4");
	return ret;
}

static int read_graph(struct gs_fdfg_reader *r)
{
	struct gs_fdfg_lex *x = &r->x;
	struct gs_graph *g = x->graph;
	int64_t next = 0;
	int ret = gs_fdfg_expect(x, "graph");

	ret = ret ? ret : gs_fdfg_string(x, &g->name);
	ret = ret ? ret : read_field(x, "opset", 0, MAX_ID, &g->opset);
	ret = ret ? ret : read_field(x, "next", 0, MAX_NODES, &next);
	if (!ret && gs_fdfg_is(x, "types")) {
		ret = gs_fdfg_next(x);
		ret = ret ? ret : read_step_type(x, &g->data_type);
		ret = ret ? ret : read_step_type(x, &g->weight_type);
	}
	if (!ret && gs_fdfg_is(x, "calibrated")) {
		g->calibrated = true;
		ret = gs_fdfg_next(x);
	}
	/* Names made from numbers of nodes must not depend on the way. */
	g->next_node_id = (unsigned)next;
	return ret;
}

static int read_meta(struct gs_fdfg_reader *r)
{
	struct gs_fdfg_lex *x = &r->x;
	const char *key = NULL, *value = NULL;
	int ret = gs_fdfg_string(x, &key);

	ret = ret ? ret : gs_fdfg_expect(x, "=");
	ret = ret ? ret : gs_fdfg_string(x, &value);
	if (!ret && gs_graph_set_meta(x->graph, key, value))
		ret = gs_fdfg_nomem(x);
	return ret;
}

static int read_ends(struct gs_fdfg_reader *r, bool output)
{
	struct gs_fdfg_lex *x = &r->x;
	struct gs_graph *g = x->graph;
	struct gs_tensor **list = output ? g->output : g->input;
	unsigned *num = output ? &g->num_outputs : &g->num_inputs;
	struct gs_fdfg_token at;
	int ret = 0;

	/* A graph without inputs has an empty list. */
	while (!ret &&
	       (*num || (x->tok.kind == GS_FDFG_ATOM && *x->tok.text == '%'))) {
		struct gs_tensor *t = NULL;
		bool *flag;

		if (*num && (ret = gs_fdfg_accept(x, ",")) <= 0)
			return ret;
		ret = gs_fdfg_ref(r, &t, &at);
		if (ret)
			return ret;
		flag = output ? &t->is_output : &t->is_input;
		if (*flag || *num == GS_MAX_IO)
			return gs_fdfg_error(
				x, &at,
				*flag ? "tensor '%s' is listed twice" :
					"tensor '%s' is one too many, at most 64 are supported",
				t->name);
		*flag = true;
		list[(*num)++] = t;
	}
	return ret;
}

static int read_body(struct gs_fdfg_reader *r)
{
	struct gs_fdfg_lex *x = &r->x;
	int ret;

	while ((ret = gs_fdfg_accept(x, "meta")) > 0)
		if ((ret = read_meta(r)))
			return ret;
	while (!ret && (ret = gs_fdfg_accept(x, "tensor")) > 0)
		if ((ret = read_tensor(r)))
			return ret;
	ret = ret ? ret : resolve_all(r);
	ret = ret ? ret : gs_fdfg_expect(x, "inputs");
	ret = ret ? ret : read_ends(r, false);
	ret = ret ? ret : gs_fdfg_expect(x, "outputs");
	ret = ret ? ret : read_ends(r, true);
	while (!ret && (ret = gs_fdfg_accept(x, "node")) > 0)
		if ((ret = gs_fdfg_read_node(r)))
			return ret;
	ret = ret ? ret : resolve_all(r);
	ret = ret ? ret : gs_fdfg_expect(x, "end");
	if (!ret && x->tok.kind != GS_FDFG_END)
		ret = gs_fdfg_error(x, NULL, "there is text behind the end");
	return ret;
}

static int read_text(struct gs_fdfg_reader *r, const char **after)
{
	struct gs_fdfg_lex *x = &r->x;
	int64_t version;
	unsigned next;
	int ret = gs_fdfg_next(x);

	ret = ret ? ret : gs_fdfg_expect(x, "fdfg");
	ret = ret ? ret : gs_fdfg_int(x, 1, 1, &version);
	ret = ret ? ret : gs_fdfg_expect(x, "after");
	ret = ret ? ret : gs_fdfg_name(x, after);
	ret = ret ? ret : read_graph(r);
	next = x->graph->next_node_id;
	x->graph->next_node_id = 0;
	ret = ret ? ret : read_body(r);
	if (x->graph->next_node_id < next)
		x->graph->next_node_id = next;
	return ret;
}

/* ---- entry --------------------------------------------------------------- */

bool gs_fdfg_is_text(const void *data, size_t size)
{
	return size >= 5 && !memcmp(data, "fdfg ", 5);
}

int gs_fdfg_read(const void *data, size_t size, const char *file,
		 size_t max_bytes, struct gs_graph **graph, const char **after,
		 struct gs_diag *diag)
{
	struct gs_fdfg_reader r = { .x = { .file = file,
					   .at = data,
					   .end = (const char *)data + size,
					   .line_start = data,
					   .line = 1,
					   .diag = diag } };
	int ret;

	*graph = NULL;
	*after = "";
	r.x.graph = gs_graph_create();
	if (!r.x.graph)
		return gs_error(diag, -ENOMEM, "%s: out of memory", file);
	gs_arena_set_limit(r.x.graph->arena, max_bytes);
	ret = read_text(&r, after);
	free(r.id);
	if (ret) {
		gs_graph_destroy(r.x.graph);
		return ret;
	}
	*graph = r.x.graph;
	return 0;
}
