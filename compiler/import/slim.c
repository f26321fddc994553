/* SPDX-License-Identifier: MIT */
#include "compiler/import/slim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/import/wire.h"
#include "onnx/onnx.pb-c.h"

#define LARGE 8192 /* bytes that are left out */
#define ALIGN 16

enum wire_type { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

/* What is between two places of the file. */
struct span {
	const uint8_t *at, *end;
};

struct field {
	unsigned number, type;
	const uint8_t *start;
	const uint8_t *behind_tag;
	struct span payload;
};

/* Of a message that is known to be right; false at its end. */
static bool next(struct span *s, struct field *f)
{
	uint64_t tag, size = 0;

	if (s->at == s->end)
		return false;
	f->start = s->at;
	gs_wire_varint(&s->at, s->end, &tag);
	f->behind_tag = s->at;
	f->number = (unsigned)(tag >> 3);
	f->type = tag & 7;
	if (f->type == VARINT)
		gs_wire_varint(&s->at, s->end, &size);
	else if (f->type == BYTES)
		gs_wire_varint(&s->at, s->end, &size);
	size = f->type == FIXED64 ? 8 :
	       f->type == FIXED32 ? 4 :
	       f->type == BYTES	  ? size :
				    0;
	f->payload = (struct span){ s->at, s->at + size };
	s->at += size;
	return true;
}

static unsigned number_of(const ProtobufCMessageDescriptor *desc,
			  const char *name)
{
	return protobuf_c_message_descriptor_get_field_by_name(desc, name)->id;
}

static size_t size_of(const struct span *s)
{
	return (size_t)(s->end - s->at);
}

/* The graph of a model: wire.h says that there is one at most. */
static bool find_graph(struct span model, struct field *graph)
{
	const unsigned number =
		number_of(&onnx__model_proto__descriptor, "graph");

	while (next(&model, graph))
		if (graph->number == number && graph->type == BYTES)
			return true;
	return false;
}

/* raw_data of a tensor that are large, and all of its raw_data. */
static bool find_raw(struct span tensor, struct field *raw)
{
	const unsigned number =
		number_of(&onnx__tensor_proto__descriptor, "raw_data");
	unsigned found = 0;
	struct field f;

	while (next(&tensor, &f)) {
		if (f.number != number)
			continue;
		*raw = f;
		found++;
	}
	return found == 1 && raw->type == BYTES &&
	       size_of(&raw->payload) >= LARGE;
}

static bool is_initializer(const struct field *f)
{
	return f->type == BYTES &&
	       f->number ==
		       number_of(&onnx__graph_proto__descriptor, "initializer");
}

/* ---- the message ---------------------------------------------------------------- */

struct writer {
	uint8_t *at; /* NULL: bytes are only counted */
	size_t size;
};

static void put(struct writer *w, const uint8_t *from, const uint8_t *end)
{
	const size_t size = (size_t)(end - from);

	if (w->at && size)
		memcpy(w->at + w->size, from, size);
	w->size += size;
}

static void put_varint(struct writer *w, uint64_t value)
{
	uint8_t byte;

	for (; value > 0x7f; value >>= 7) {
		byte = (uint8_t)(value | 0x80);
		put(w, &byte, &byte + 1);
	}
	byte = (uint8_t)value;
	put(w, &byte, &byte + 1);
}

static void put_initializer(struct writer *w, const struct field *f)
{
	struct field raw;

	if (!find_raw(f->payload, &raw)) {
		put(w, f->start, f->payload.end);
		return;
	}
	put(w, f->start, f->behind_tag);
	put_varint(w, size_of(&f->payload) -
			      (size_t)(raw.payload.end - raw.start));
	put(w, f->payload.at, raw.start);
	put(w, raw.payload.end, f->payload.end);
}

static void put_graph(struct writer *w, struct span graph)
{
	struct field f;

	while (next(&graph, &f))
		if (is_initializer(&f))
			put_initializer(w, &f);
		else
			put(w, f.start, f.payload.end);
}

static void put_model(struct writer *w, const struct span *model,
		      const struct field *graph, size_t graph_size)
{
	put(w, model->at, graph->behind_tag);
	put_varint(w, graph_size);
	put_graph(w, graph->payload);
	put(w, graph->payload.end, model->end);
}

static int make_message(struct gs_slim *slim, const struct span *model,
			const struct field *graph)
{
	struct writer count = { .at = NULL }, w = { .at = NULL };
	size_t graph_size;

	put_graph(&count, graph->payload);
	graph_size = count.size;
	count.size = 0;
	put_model(&count, model, graph, graph_size);
	slim->message = w.at = malloc(count.size);
	if (!w.at)
		return -ENOMEM;
	put_model(&w, model, graph, graph_size);
	slim->size = w.size;
	return 0;
}

/* ---- raw data ------------------------------------------------------------------- */

static int list_raw(struct gs_slim *slim, struct span graph, uint8_t *data)
{
	const struct span again = graph;
	size_t num = 0, large = 0;
	struct field f, raw;

	while (next(&graph, &f))
		num += is_initializer(&f);
	slim->raw = calloc(num + 1, sizeof(*slim->raw));
	if (!slim->raw)
		return -ENOMEM;
	for (graph = again; next(&graph, &f);) {
		if (!is_initializer(&f))
			continue;
		if (find_raw(f.payload, &raw)) {
			slim->raw[slim->num] = (struct gs_slim_raw){
				data + (raw.payload.at - data),
				size_of(&raw.payload)
			};
			large++;
		}
		slim->num++;
	}
	if (!large)
		slim->num = 0;
	return 0;
}

/*
 * Each moves down, to where its elements are aligned. In front of it stands at
 * least what says so: tag and size of its tensor, a dimension, a type, tag and
 * size. Where that is less than the way it has to go, it cannot.
 */
static bool align_raw(struct gs_slim *slim, uint8_t *data, bool move)
{
	const uint8_t *free_from = data + ALIGN;
	size_t i;

	for (i = 0; i < slim->num; i++) {
		struct gs_slim_raw *r = &slim->raw[i];
		uint8_t *from = r->data, *to;

		if (!from)
			continue;
		to = from - (size_t)(from - data) % ALIGN;
		if (to < free_from)
			return false;
		free_from = to + r->size;
		if (!move)
			continue;
		memmove(to, from, r->size);
		r->data = to;
	}
	return true;
}

int gs_slim_split(struct gs_slim *slim, void *data, size_t size)
{
	const uint8_t *at = data;
	const struct span model = { at, at + size };
	struct field graph;
	int ret;

	*slim = (struct gs_slim){ .message = NULL };
	if (!find_graph(model, &graph))
		return 0;
	ret = list_raw(slim, graph.payload, data);
	if (!ret && slim->num && align_raw(slim, data, false))
		ret = make_message(slim, &model, &graph);
	else
		slim->num = 0;
	if (ret)
		gs_slim_fini(slim);
	else if (slim->num)
		align_raw(slim, data, true);
	return ret;
}

void gs_slim_fini(struct gs_slim *slim)
{
	free(slim->message);
	free(slim->raw);
	*slim = (struct gs_slim){ .message = NULL };
}
