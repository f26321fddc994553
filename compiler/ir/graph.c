/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/arena.h"
#include "compiler/ir/ir.h"
#include "compiler/ir/names.h"

#define MAX_ELEMS ((int64_t)1 << 40)
#define LARGE 2048 /* elements of a constant whose memory is worth freeing */

/* ---- types and shapes ---------------------------------------------------- */

size_t gs_dtype_size(enum gs_dtype type)
{
	switch (type) {
	case GS_DT_NONE:
		return 0;
	case GS_DT_I8:
	case GS_DT_U8:
	case GS_DT_BOOL:
	case GS_DT_I4:
		return 1;
	case GS_DT_F32:
	case GS_DT_I32:
		return 4;
	case GS_DT_I64:
		return 8;
	}
	return 0;
}

const char *gs_dtype_name(enum gs_dtype type)
{
	switch (type) {
	case GS_DT_NONE:
		return "none";
	case GS_DT_F32:
		return "float32";
	case GS_DT_I8:
		return "int8";
	case GS_DT_U8:
		return "uint8";
	case GS_DT_I32:
		return "int32";
	case GS_DT_I64:
		return "int64";
	case GS_DT_BOOL:
		return "bool";
	case GS_DT_I4:
		return "int4";
	}
	return "unknown";
}

unsigned gs_dtype_bits(enum gs_dtype type)
{
	return type == GS_DT_I4 ? 4 : 8 * (unsigned)gs_dtype_size(type);
}

int32_t gs_dtype_low(enum gs_dtype type)
{
	return type == GS_DT_I4 ? -8 : INT8_MIN;
}

int32_t gs_dtype_high(enum gs_dtype type)
{
	return type == GS_DT_I4 ? 7 : INT8_MAX;
}

int32_t gs_dtype_clamp(enum gs_dtype type, double value)
{
	const int32_t low = gs_dtype_low(type), high = gs_dtype_high(type);

	return value < low ? low : value > high ? high : (int32_t)value;
}

bool gs_dtype_is_step(enum gs_dtype type)
{
	return type == GS_DT_I8 || type == GS_DT_I4;
}

int64_t gs_shape_elems(const struct gs_shape *shape)
{
	int64_t elems = 1;
	bool zero = false;
	unsigned i;

	for (i = 0; i < shape->rank; i++) {
		if (shape->dim[i] < 0)
			return -1;
		if (!shape->dim[i]) {
			zero = true;
			continue;
		}
		if (shape->dim[i] > MAX_ELEMS / elems)
			return -1;
		elems *= shape->dim[i];
	}
	return zero ? 0 : elems;
}

bool gs_shape_equal(const struct gs_shape *a, const struct gs_shape *b)
{
	unsigned i;

	if (a->rank != b->rank)
		return false;
	for (i = 0; i < a->rank; i++)
		if (a->dim[i] != b->dim[i])
			return false;
	return true;
}

char *gs_shape_format(const struct gs_shape *shape, char *buf, size_t size)
{
	size_t used = 0;
	unsigned i;
	int n;

	if (!size)
		return buf;
	snprintf(buf, size, "%s", shape->rank ? "" : "scalar");
	for (i = 0; i < shape->rank && used < size; i++) {
		const char *sep = i ? "x" : "";

		if (shape->dim[i] < 0)
			n = snprintf(buf + used, size - used, "%s?", sep);
		else
			n = snprintf(buf + used, size - used, "%s%lld", sep,
				     (long long)shape->dim[i]);
		used += n > 0 ? (size_t)n : 0;
	}
	return buf;
}

/* ---- graph and its memory ------------------------------------------------ */

struct gs_graph *gs_graph_create(void)
{
	struct gs_arena *arena = gs_arena_create();
	struct gs_graph *graph;

	if (!arena)
		return NULL;
	graph = gs_arena_alloc(arena, sizeof(*graph));
	if (graph) {
		graph->arena = arena;
		graph->name = "";
		graph->data_type = graph->weight_type = GS_DT_I8;
		graph->tail = &graph->node;
		graph->tensor_names =
			gs_graph_alloc(graph, sizeof(struct gs_names));
		graph->node_names =
			gs_graph_alloc(graph, sizeof(struct gs_names));
	}
	if (!graph || !graph->tensor_names || !graph->node_names) {
		gs_arena_destroy(arena);
		return NULL;
	}
	graph->tensor_names->arena = arena;
	graph->node_names->arena = arena;
	return graph;
}

void gs_graph_destroy(struct gs_graph *graph)
{
	if (graph)
		gs_arena_destroy(graph->arena);
}

void *gs_graph_alloc(struct gs_graph *graph, size_t size)
{
	return gs_arena_alloc(graph->arena, size);
}

void *gs_graph_alloc_array(struct gs_graph *graph, size_t num, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(num, size, &bytes))
		return NULL;
	return gs_arena_alloc(graph->arena, bytes);
}

const char *gs_graph_strdup(struct gs_graph *graph, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = gs_graph_alloc(graph, size);

	return copy ? memcpy(copy, text, size) : NULL;
}

const char *gs_graph_printf(struct gs_graph *graph, const char *fmt, ...)
{
	char *text = NULL;
	const char *copy;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0)
		return NULL;
	copy = gs_graph_strdup(graph, text);
	free(text);
	return copy;
}

/* ---- metadata ------------------------------------------------------------ */

static bool grow_meta(struct gs_graph *graph)
{
	const unsigned num = graph->num_meta, cap = 2 * num + 8;
	struct gs_meta *list = gs_graph_alloc_array(graph, cap, sizeof(*list));

	if (!list)
		return false;
	if (num)
		memcpy(list, graph->meta, num * sizeof(*list));
	graph->meta = list;
	graph->cap_meta = cap;
	return true;
}

int gs_graph_set_meta(struct gs_graph *graph, const char *key,
		      const char *value)
{
	unsigned i = 0;

	value = gs_graph_strdup(graph, value);
	if (!value)
		return -ENOMEM;
	while (i < graph->num_meta && strcmp(graph->meta[i].key, key))
		i++;
	if (i == graph->num_meta) {
		key = gs_graph_strdup(graph, key);
		if (!key || (i >= graph->cap_meta && !grow_meta(graph)))
			return -ENOMEM;
		graph->meta[graph->num_meta++].key = key;
	}
	graph->meta[i].value = value;
	return 0;
}

/* ---- tensors ------------------------------------------------------------- */

/* A copy of @name, or, when it is taken, of @name with a number behind it. */
static const char *unique_name(struct gs_graph *graph, struct gs_names *names,
			       const char *name)
{
	const char *unique = gs_graph_strdup(graph, name);

	while (unique && gs_names_get(names, unique))
		unique = gs_graph_printf(graph, "%s_%u", name,
					 gs_names_number(names, name));
	return unique;
}

static int tensor_list_grow(struct gs_graph *graph)
{
	unsigned cap = graph->cap_tensors ? graph->cap_tensors * 2 : 32;
	struct gs_tensor **list;

	list = gs_graph_alloc_array(graph, cap, sizeof(*list));
	if (!list)
		return -ENOMEM;
	if (graph->num_tensors)
		memcpy(list, graph->tensor, graph->num_tensors * sizeof(*list));
	graph->tensor = list;
	graph->cap_tensors = cap;
	return 0;
}

struct gs_tensor *gs_graph_add_tensor(struct gs_graph *graph, const char *name,
				      enum gs_dtype type,
				      const struct gs_shape *shape)
{
	struct gs_tensor *tensor;

	if (graph->num_tensors == graph->cap_tensors &&
	    tensor_list_grow(graph) < 0)
		return NULL;
	tensor = gs_graph_alloc(graph, sizeof(*tensor));
	if (!tensor)
		return NULL;
	tensor->id = graph->num_tensors;
	/* Counted for each name: others do not change with what came before. */
	tensor->name =
		unique_name(graph, graph->tensor_names, name ? name : "tensor");
	if (!tensor->name ||
	    gs_names_put(graph->tensor_names, tensor->name, tensor) < 0)
		return NULL;
	tensor->type = type;
	if (shape) {
		tensor->shape = *shape;
		tensor->shaped = true;
	}
	graph->tensor[graph->num_tensors++] = tensor;
	return tensor;
}

struct gs_tensor *gs_graph_find_tensor(const struct gs_graph *graph,
				       const char *name)
{
	return gs_names_get(graph->tensor_names, name);
}

struct gs_tensor *gs_tensor_root(struct gs_tensor *tensor)
{
	while (tensor->view_of)
		tensor = tensor->view_of;
	return tensor;
}

struct gs_tensor *gs_tensor_owner(struct gs_tensor *tensor)
{
	tensor = gs_tensor_root(tensor);
	return tensor->part.of ? tensor->part.of : tensor;
}

bool gs_graph_gives(const struct gs_graph *graph, const struct gs_tensor *owner)
{
	unsigned i;

	for (i = 0; i < graph->num_outputs; i++)
		if (gs_tensor_owner(graph->output[i]) == owner)
			return true;
	return false;
}

enum gs_dim_order gs_tensor_order(const struct gs_tensor *tensor)
{
	if (tensor->has_order)
		return tensor->order;
	return tensor->shape.rank == 4 ? GS_ORDER_NCHW : GS_ORDER_NHWC;
}

void gs_canonical_dims(const struct gs_tensor *tensor, enum gs_dim_order order,
		       int64_t dims[GS_MEM_DIMS])
{
	const struct gs_shape *s = &tensor->shape;
	const unsigned last = s->rank ? s->rank - 1 : 0;
	const bool nchw = order == GS_ORDER_NCHW && s->rank > 2;
	unsigned i;

	for (i = 0; i < GS_MEM_DIMS; i++)
		dims[i] = 1;
	for (i = 0; i < s->rank; i++) {
		enum gs_mem_dim d = GS_MEM_H;

		if (i == (nchw ? 1 : last))
			d = GS_MEM_C;
		else if (i == 0)
			d = GS_MEM_N;
		else if (i == (nchw ? last : last - 1))
			d = GS_MEM_W;
		dims[d] *= s->dim[i];
	}
}

static void mark(bool *used, struct gs_tensor *const *tensor, unsigned num)
{
	struct gs_tensor *t;
	unsigned i;

	for (i = 0; i < num; i++)
		for (t = tensor[i]; t && !used[t->id];
		     t = t->view_of ? t->view_of : t->part.of)
			used[t->id] = true;
}

static bool within(const void *data, const void *from, size_t bytes)
{
	return (uintptr_t)data - (uintptr_t)from < bytes;
}

/* Are values of a tensor in the @bytes at @data, or these among its own? */
static bool overlaps(const struct gs_tensor *other, const void *data,
		     size_t bytes)
{
	const size_t others = (size_t)gs_shape_elems(&other->shape) *
			      gs_dtype_size(other->type);

	return within(other->data, data, bytes) ||
	       (other->data && within(data, other->data, others));
}

/* Whether values of a tensor that stays are in the memory of @t */
static bool shares_memory(const struct gs_graph *graph, const bool *used,
			  const struct gs_tensor *t, size_t bytes)
{
	unsigned i;

	for (i = 0; i < graph->num_tensors; i++) {
		const struct gs_tensor *other = graph->tensor[i];

		if (used[i] && (overlaps(other, t->data, bytes) ||
				within(other->qdata, t->data, bytes)))
			return true;
	}
	return false;
}

/* Bytes of a float32 constant that is worth freeing, or 0 */
static size_t large_bytes(const struct gs_tensor *t)
{
	const int64_t elems = gs_shape_elems(&t->shape);

	return t->data && t->type == GS_DT_F32 && elems >= LARGE ?
		       (size_t)elems * sizeof(float) :
		       0;
}

/* Weights take most of the memory: those that vanish need none. */
static void release(struct gs_graph *graph, const bool *used,
		    struct gs_tensor *t)
{
	const size_t bytes = large_bytes(t);

	if (!bytes || shares_memory(graph, used, t, bytes))
		return;
	gs_arena_release(graph->arena, t->data, bytes);
	t->data = NULL;
}

float *gs_graph_take_floats(struct gs_graph *graph, struct gs_tensor *t)
{
	const size_t bytes = large_bytes(t);
	float *floats;
	unsigned i;

	if (!bytes || t->qdata || t->is_input || t->view_of ||
	    gs_graph_num_uses(graph, t) != 1)
		return NULL;
	for (i = 0; i < graph->num_tensors; i++) {
		const struct gs_tensor *other = graph->tensor[i];

		if (other != t &&
		    (other->view_of == t || overlaps(other, t->data, bytes) ||
		     within(other->qdata, t->data, bytes)))
			return NULL;
	}
	floats = (float *)(uintptr_t)t->data;
	t->data = NULL;
	return floats;
}

/* Whether all that have values in the @bytes at @data have integers elsewhere */
static bool can_drop(const struct gs_graph *graph, const void *data,
		     size_t bytes)
{
	unsigned i;

	for (i = 0; i < graph->num_tensors; i++) {
		const struct gs_tensor *t = graph->tensor[i];

		if (within(t->qdata, data, bytes) ||
		    (overlaps(t, data, bytes) && !t->qdata))
			return false;
	}
	return true;
}

bool gs_tensor_is_integers(const struct gs_tensor *t)
{
	return t->data && t->data == t->qdata && t->type != t->quant.type;
}

void gs_graph_drop_floats(struct gs_graph *graph)
{
	unsigned i, k;

	for (i = 0; i < graph->num_tensors; i++) {
		const void *data = graph->tensor[i]->data;
		const size_t bytes = large_bytes(graph->tensor[i]);

		if (!bytes || !can_drop(graph, data, bytes))
			continue;
		for (k = 0; k < graph->num_tensors; k++)
			if (within(graph->tensor[k]->data, data, bytes))
				graph->tensor[k]->data =
					graph->tensor[k]->qdata;
		gs_arena_release(graph->arena, data, bytes);
	}
}

int gs_graph_prune(struct gs_graph *graph)
{
	bool *used = gs_graph_alloc(graph, graph->num_tensors);
	struct gs_node *node;
	unsigned i, num = 0;

	if (!used)
		return -ENOMEM;
	mark(used, graph->input, graph->num_inputs);
	mark(used, graph->output, graph->num_outputs);
	for (node = graph->node; node; node = node->next) {
		mark(used, node->input, node->num_inputs);
		mark(used, node->output, node->num_outputs);
	}
	for (i = 0; i < graph->num_tensors; i++)
		if (!used[i])
			release(graph, used, graph->tensor[i]);
	gs_names_clear(graph->tensor_names);
	for (i = 0; i < graph->num_tensors; i++) {
		struct gs_tensor *t = graph->tensor[i];

		if (!used[i])
			continue;
		t->id = num;
		graph->tensor[num++] = t;
		if (gs_names_put(graph->tensor_names, t->name, t) < 0)
			return -ENOMEM;
	}
	graph->num_tensors = num;
	return 0;
}

int gs_graph_drop(struct gs_graph *graph, unsigned first, unsigned num)
{
	unsigned i;

	gs_names_clear(graph->tensor_names);
	graph->num_tensors -= num;
	for (i = 0; i < graph->num_tensors; i++) {
		struct gs_tensor *t = graph->tensor[i < first ? i : i + num];

		t->id = i;
		graph->tensor[i] = t;
		if (gs_names_put(graph->tensor_names, t->name, t) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* ---- uses ---------------------------------------------------------------- */

void gs_graph_replace_uses(struct gs_graph *graph, struct gs_tensor *from,
			   struct gs_tensor *to)
{
	struct gs_node *node;
	unsigned i;

	for (node = graph->node; node; node = node->next)
		for (i = 0; i < node->num_inputs; i++)
			if (node->input[i] == from)
				node->input[i] = to;
	for (i = 0; i < graph->num_outputs; i++) {
		if (graph->output[i] != from)
			continue;
		graph->output[i] = to;
		from->is_output = false;
		to->is_output = true;
	}
}

unsigned gs_graph_num_uses(const struct gs_graph *graph,
			   const struct gs_tensor *tensor)
{
	const struct gs_node *node;
	unsigned i, uses = 0;

	for (node = graph->node; node; node = node->next)
		for (i = 0; i < node->num_inputs; i++)
			uses += node->input[i] == tensor;
	for (i = 0; i < graph->num_outputs; i++)
		uses += graph->output[i] == tensor;
	return uses;
}

unsigned *gs_graph_root_uses(struct gs_graph *graph)
{
	const struct gs_node *node;
	unsigned i, *uses;

	uses = gs_graph_alloc_array(graph, graph->num_tensors, sizeof(*uses));
	if (!uses)
		return NULL;
	for (node = graph->node; node; node = node->next)
		for (i = 0; i < node->num_inputs; i++)
			if (node->input[i])
				uses[gs_tensor_root(node->input[i])->id]++;
	for (i = 0; i < graph->num_outputs; i++)
		uses[gs_tensor_root(graph->output[i])->id]++;
	return uses;
}
