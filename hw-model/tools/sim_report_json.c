/* SPDX-License-Identifier: MIT */
/*
 * gs-sim --json: one document with all that is known. docs/timing.md has the
 * schema; members are added, and version counts changes of what there is.
 */

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "hw-model/arch/json_build.h"
#include "hw-model/arch/json_text.h"
#include "hw-model/isa/file.h"
#include "hw-model/tools/sim_facts.h"

/* Out of memory: json-c returns NULL, which is "null" as a value; so it is kept in mind. */
struct document {
	bool failed;
};

static struct json_object *object(struct document *d)
{
	struct json_object *obj = json_object_new_object();

	d->failed |= !obj;
	return obj;
}

static void add(struct document *d, struct json_object *to, const char *key,
		struct json_object *value)
{
	if (to && value && !json_object_object_add(to, key, value))
		return;
	d->failed = true;
	json_object_put(value);
}

static void add_count(struct document *d, struct json_object *to,
		      const char *key, uint64_t count)
{
	add(d, to, key, json_object_new_uint64(count));
}

static void add_number(struct document *d, struct json_object *to,
		       const char *key, double value)
{
	char text[SIM_NUMBER_SIZE];

	add(d, to, key,
	    json_object_new_double_s(value, sim_number(value, text)));
}

static void add_null(struct document *d, struct json_object *to,
		     const char *key)
{
	d->failed |= !to || json_object_object_add(to, key, NULL);
}

/* Names come from files and may hold any bytes. */
static void add_text(struct document *d, struct json_object *to,
		     const char *key, const char *s)
{
	add(d, to, key, gs_json_text(s));
}

/* ---- a layer, or all ------------------------------------------------------------ */

/* Multiply-accumulates that are needed, and those of them the array computes */
struct work {
	bool known;
	uint64_t macs, array;
};

/* The share of the array's cycles that is needed; null: not known */
static void add_useful(struct document *d, struct json_object *to,
		       const struct gs_arch *arch, const struct work *work,
		       uint64_t cycles)
{
	if (work->known)
		add_number(d, to, "useful",
			   sim_useful(arch, work->array, cycles));
	else
		add_null(d, to, "useful");
}

static void add_work(struct document *d, struct json_object *to,
		     const struct gs_arch *arch, const struct work *work,
		     const struct gs_timing_block *b)
{
	static const char *const classes[GS_OP_CLASSES] = {
		[GS_OP_SIMPLE] = "simple",
		[GS_OP_MULTIPLY] = "multiply",
		[GS_OP_MACC] = "multiply_add",
		[GS_OP_SPECIAL] = "special",
	};
	struct json_object *ops = object(d), *used = object(d);

	if (work->known)
		add_count(d, to, "macs", work->macs);
	else
		add_null(d, to, "macs");
	add_count(d, to, "cycles", b->cycles);
	add_count(d, to, "array_steps", b->steps);
	add_count(d, to, "tandem_ops", b->ops);
	for (unsigned c = 0; c < GS_OP_CLASSES; c++)
		add_count(d, ops, classes[c], b->ops_of[c]);
	add(d, to, "tandem_ops_by_class", ops);
	add_count(d, to, "tandem_words", b->tandem_words);
	add_count(d, to, "rows_permuted", b->perm_rows);
	add_number(d, used, "array", sim_ratio(b->steps, b->cycles));
	add_useful(d, used, arch, work, b->cycles);
	add_number(d, used, "Tandem", sim_ratio(b->ops, b->cycles));
	add(d, to, "utilisation", used);
}

static void add_bytes(struct document *d, struct json_object *to,
		      const struct gs_timing_block *b)
{
	struct json_object *bytes = object(d);

	for (unsigned w = 0; w < GS_WIN_COUNT; w++) {
		struct json_object *channel = object(d);

		add_count(d, channel, "read", b->bytes[w][0]);
		add_count(d, channel, "written", b->bytes[w][1]);
		add_count(d, channel, "held", b->held[w]);
		add(d, bytes, gs_window_name((enum gs_window)w), channel);
	}
	add_count(d, bytes, "moved", sim_moved_all(b));
	add(d, to, "bytes", bytes);
}

static void add_accesses(struct document *d, struct json_object *to,
			 const struct gs_timing_block *b)
{
	static const char *const names[GS_SPAD_COUNT] = {
		[GS_SPAD_WBUF] = "WBUF",   [GS_SPAD_IBUF] = "IBUF",
		[GS_SPAD_OBUF] = "OBUF",   [GS_SPAD_BBUF] = "BBUF",
		[GS_SPAD_VMEM1] = "VMEM1", [GS_SPAD_VMEM2] = "VMEM2",
		[GS_SPAD_IMM] = "IMM",
	};
	struct json_object *accesses = object(d);

	for (unsigned s = 0; s < GS_SPAD_COUNT; s++) {
		const struct gs_timing_access *a = &b->access[s];
		struct json_object *spad = object(d);

		add_count(d, spad, "read", a->read);
		add_count(d, spad, "written", a->written);
		add_count(d, spad, "loaded", a->loaded);
		add_count(d, spad, "stored", a->stored);
		add(d, accesses, names[s], spad);
	}
	add(d, to, "accesses", accesses);
	add_count(d, to, "partial_sums_stored", b->partial);
}

static void add_engines(struct document *d, struct json_object *to,
			const struct gs_timing_block *b)
{
	struct json_object *engines = object(d);

	for (unsigned e = 0; e < GS_ENGINE_COUNT; e++) {
		struct json_object *engine = object(d), *waits = object(d);

		add_count(d, engine, "busy", b->engine[e].busy);
		for (unsigned s = 0; s < GS_STALL_COUNT; s++)
			add_count(d, waits, gs_stall_name((enum gs_stall)s),
				  b->engine[e].stall[s]);
		add(d, engine, "waits", waits);
		add(d, engines, gs_engine_name((enum gs_engine)e), engine);
	}
	add(d, to, "engines", engines);
}

static void add_limit(struct document *d, struct json_object *to,
		      const struct gs_timing_block *b)
{
	const struct gs_timing_limit l = gs_timing_limit_of(b);
	struct json_object *limit = object(d);

	add_text(d, limit, "engine", gs_engine_name(l.engine));
	add_text(d, limit, "waits_for",
		 l.stall < GS_STALL_COUNT ? gs_stall_name(l.stall) : "");
	add_count(d, limit, "cycles", l.cycles);
	add(d, to, "limit", limit);
}

static void add_energy(struct document *d, struct json_object *to,
		       const struct gs_energy *energy)
{
	struct json_object *pj = object(d);

	add_number(d, pj, "total", gs_energy_total(energy));
	for (unsigned p = 0; p < GS_ENERGY_PARTS; p++)
		add_number(d, pj, gs_energy_part_name((enum gs_energy_part)p),
			   energy->pj[p]);
	add(d, to, "energy_pj", pj);
}

static void add_published(struct document *d, struct json_object *to,
			  const struct gs_arch *arch,
			  const struct gs_timing_block *b)
{
	struct json_object *published = object(d);
	double value[SIM_PUB_COUNT];

	sim_published_of(arch, b, value);
	for (unsigned c = 0; c < SIM_PUB_COUNT; c++)
		add_number(d, published,
			   sim_published_name((enum sim_published)c), value[c]);
	add(d, to, "published", published);
}

static void add_block(struct document *d, struct json_object *to,
		      const struct gs_arch *arch, const struct work *work,
		      const struct gs_timing_block *b,
		      const struct gs_energy *energy)
{
	add_work(d, to, arch, work, b);
	add_bytes(d, to, b);
	add_accesses(d, to, b);
	add_engines(d, to, b);
	add_limit(d, to, b);
	add_energy(d, to, energy);
	add_published(d, to, arch, b);
}

/* ---- the document --------------------------------------------------------------- */

static struct json_object *layers_of(struct document *d,
				     const struct sim_timing *sim)
{
	struct json_object *layers = json_object_new_array();

	d->failed |= !layers;
	for (uint32_t i = 0; !d->failed && i <= sim->gsm->num_layers; i++) {
		const struct sim_layer *layer = &sim->layers[i];
		const struct work work = { sim->gsm->has_macs, layer->macs,
					   sim_array_macs(&sim->arch, layer) };
		struct json_object *obj;

		if (i == sim->gsm->num_layers && !layer->blocks)
			continue;
		obj = object(d);
		add_text(d, obj, "name", layer->name);
		add_text(d, obj, "operator", layer->op);
		add_count(d, obj, "blocks", layer->blocks);
		add_block(d, obj, &sim->arch, &work, &layer->sum,
			  &layer->energy);
		if (json_object_array_add(layers, obj)) {
			d->failed = true;
			json_object_put(obj);
		}
	}
	return layers;
}

static void add_machine(struct document *d, struct json_object *to,
			const struct gs_arch *arch)
{
	char text[GS_ARCH_JSON_SIZE], err[GS_ARCH_ERR_SIZE];
	const int len = gs_arch_format(arch, text, sizeof(text));
	struct json_object *machine = NULL;

	if (gs_json_parse(text, (size_t)len, &machine, err))
		machine = NULL;
	add(d, to, "machine", machine);
}

static struct json_object *
document(struct document *d, const struct sim_timing *sim, const char *model)
{
	const struct work work = { sim->gsm->has_macs, sim->gsm->macs,
				   sim_array_macs_all(sim) };
	struct json_object *top = object(d), *total = object(d);

	add_text(d, top, "format", SIM_JSON_FORMAT);
	add_count(d, top, "version", SIM_JSON_VERSION);
	add_text(d, top, "model", model);
	add_text(d, top, "preset", gs_timing_preset_name(sim->preset));
	add_text(d, top, "energy_table", sim->table->name);
	add_machine(d, top, &sim->arch);
	add_number(d, total, "ms",
		   (double)sim->total.cycles / 1000 / sim->arch.clock_mhz);
	add_block(d, total, &sim->arch, &work, &sim->total, &sim->energy);
	add(d, top, "total", total);
	add(d, top, "layers", layers_of(d, sim));
	return top;
}

static int write_text(const char *path, const char *text)
{
	const size_t len = strlen(text);
	char *line = malloc(len + 1);
	int ret;

	if (!line)
		return -ENOMEM;
	memcpy(line, text, len);
	line[len] = '\n';
	ret = gs_file_write(path, line, len + 1);
	free(line);
	return ret;
}

int sim_report_json(const struct sim_timing *sim, const char *model,
		    const char *path)
{
	struct document d = { 0 };
	struct json_object *top = document(&d, sim, model);
	const char *text = NULL;
	int ret = -ENOMEM;

	if (!d.failed)
		text = json_object_to_json_string_ext(
			top, JSON_C_TO_STRING_PRETTY |
				     JSON_C_TO_STRING_PRETTY_TAB |
				     JSON_C_TO_STRING_SPACED |
				     JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		ret = write_text(path, text);
	json_object_put(top);
	return ret;
}
