/* SPDX-License-Identifier: MIT */
/*
 * Tables of layers, segments and tensors, the architecture note, metadata.
 */
#include <errno.h>
#include <string.h>

#include "compiler/emit/emit_internal.h"
#include "genesys/isa.h"

static bool is_block_end(uint32_t word)
{
	struct gs_insn insn;

	return !gs_isa_decode(word, GS_ENC_SYNC_INST, &insn) &&
	       insn.id == GS_INSN_BLOCK_END;
}

/* ---- layers ------------------------------------------------------------------------ */

static int check_layer(struct gs_emit *e, const struct gs_layer *l,
		       uint32_t expected)
{
	const struct gs_program *p = e->program;
	uint32_t ends = 0;

	if (l->first_word != expected || !l->num_words ||
	    l->num_words > p->num_words - l->first_word)
		return gs_error(e->diag, -EINVAL,
				"model file: layer %s: words %u + %u; expected "
				"to start at %u of %u",
				l->name, l->first_word, l->num_words, expected,
				p->num_words);
	for (uint32_t w = 0; w < l->num_words; w++)
		ends += is_block_end(p->code[l->first_word + w]);
	if (ends != l->num_blocks ||
	    !is_block_end(p->code[l->first_word + l->num_words - 1]))
		return gs_error(e->diag, -EINVAL,
				"model file: layer %s: %u words BLOCK_END; "
				"expected %u, the last one too",
				l->name, ends, l->num_blocks);
	return 0;
}

static int add_segment(struct gs_emit *e)
{
	const struct gs_program *p = e->program;
	const struct gs_elf_segment seg = {
		.kind = GS_ELF_SEGMENT_DEVICE,
		.first_word = 0,
		.num_words = p->num_words,
		.entry_words = p->entry_words,
		.first_layer = 0,
		.num_layers = p->num_layers,
	};
	uint32_t entry = 0;

	while (entry < p->num_words && !is_block_end(p->code[entry]))
		entry++;
	if (p->entry_words != entry + 1)
		return gs_error(e->diag, -EINVAL,
				"model file: first block of %u words; it ends "
				"at word %u",
				p->entry_words, entry);
	gs_blob_add(&e->blob[GS_EMIT_SEGMENTS], &seg, sizeof(seg));
	return 0;
}

int gs_emit_layers(struct gs_emit *e)
{
	const struct gs_program *p = e->program;
	struct gs_blob *names = &e->blob[GS_EMIT_NAMES];
	uint64_t macs = 0;
	uint32_t next = 0;

	for (uint32_t i = 0; i < p->num_layers; i++) {
		const struct gs_layer *l = &p->layer[i];
		struct gs_elf_layer rec = {
			.name = gs_blob_string(names, l->name),
			.op = gs_blob_string(names, l->op),
			.note = gs_blob_string(names, l->note),
			.first_word = l->first_word,
			.num_words = l->num_words,
			.num_blocks = l->num_blocks,
		};
		int ret = check_layer(e, l, next);

		if (ret)
			return ret;
		next += l->num_words;
		gs_blob_add(&e->blob[GS_EMIT_LAYERS], &rec, sizeof(rec));
		if (l->macs > GS_ELF_MAX_MACS - macs)
			return gs_error(e->diag, -EINVAL,
					"model file: layer %s: the sum of all "
					"multiply-accumulates passes 2^62",
					l->name);
		macs += l->macs;
		gs_blob_add(&e->blob[GS_EMIT_MACS], &l->macs, sizeof(l->macs));
	}
	if (next != p->num_words)
		return gs_error(e->diag, -EINVAL,
				"model file: layers end at word %u of %u", next,
				p->num_words);
	return add_segment(e);
}

/* ---- life of tensors ------------------------------------------------------------------ */

const struct gs_tensor *gs_emit_root(const struct gs_tensor *tensor)
{
	while (tensor->view_of)
		tensor = tensor->view_of;
	return tensor;
}

static bool is_output(const struct gs_program *p, const struct gs_tensor *root)
{
	for (unsigned i = 0; i < p->graph->num_outputs; i++)
		if (gs_emit_root(p->graph->output[i]) == root)
			return true;
	return false;
}

/* ---- tensors ---------------------------------------------------------------------------- */

static uint32_t find_io(struct gs_tensor *const *list, unsigned num,
			const struct gs_tensor *tensor)
{
	for (unsigned i = 0; i < num; i++)
		if (list[i] == tensor)
			return i;
	return GS_ELF_NONE;
}

static int check_io(struct gs_emit *e, const struct gs_lives *lives)
{
	const struct gs_program *p = e->program;
	const struct gs_graph *g = p->graph;

	for (unsigned i = 0; i < g->num_inputs; i++)
		if (!gs_lives_find(lives, g->input[i]))
			return gs_error(e->diag, -EINVAL,
					"model file: input %s has no place in "
					"memory",
					g->input[i]->name);
	for (unsigned i = 0; i < g->num_outputs; i++)
		if (!gs_lives_find(lives, g->output[i]))
			return gs_error(e->diag, -EINVAL,
					"model file: output %s has no place in "
					"memory",
					g->output[i]->name);
	return 0;
}

static bool fits(int64_t value)
{
	return value >= 0 && value < UINT32_MAX;
}

static int check_tensor(struct gs_emit *e, const struct gs_place *place,
			const struct gs_layout *l, const struct gs_quant *q)
{
	const char *name = place->tensor->name;
	uint64_t act = e->program->act_bytes;

	if (!l->valid || !fits(l->n) || !fits(l->h) || !fits(l->w) ||
	    !fits(l->c) || !fits(l->c_phys))
		return gs_error(e->diag, -EINVAL,
				"model file: tensor %s has no layout", name);
	if (!q->valid || !gs_dtype_is_step(q->type) || q->num_scales != 1)
		return gs_error(e->diag, -EINVAL,
				"model file: tensor %s is of type %d with %u "
				"scales; expected int8 or int4 with one",
				name, q->valid ? (int)q->type : -1,
				q->num_scales);
	if (l->bytes > act || place->offset > act - l->bytes)
		return gs_error(e->diag, -EINVAL,
				"model file: tensor %s: %llu bytes at %llu of "
				"%llu",
				name, (unsigned long long)l->bytes,
				(unsigned long long)place->offset,
				(unsigned long long)act);
	if (place->tensor->shape.rank > GS_ELF_MAX_RANK)
		return gs_error(e->diag, -EINVAL,
				"model file: tensor %s has %u dimensions", name,
				place->tensor->shape.rank);
	return 0;
}

static void set_layout(struct gs_emit *e, struct gs_elf_tensor *rec,
		       const struct gs_layout *l)
{
	struct gs_blob *channels = &e->blob[GS_EMIT_CHANNELS];

	rec->order = l->order == GS_ORDER_NHWC ? GS_ELF_NHWC : GS_ELF_NCHW;
	rec->n = (uint32_t)l->n;
	rec->h = (uint32_t)l->h;
	rec->w = (uint32_t)l->w;
	rec->c = (uint32_t)l->c;
	rec->c_phys = (uint32_t)l->c_phys;
	rec->row_block = (uint8_t)(l->row_block > 1 ? l->row_block : 0);
	rec->top = l->top;
	rec->left = l->left;
	rec->bottom = l->bottom;
	rec->right = l->right;
	rec->border_value = l->border_value;
	rec->bytes = l->bytes;
	if (!l->channel_map)
		return;
	rec->channel_first = (uint32_t)(channels->size / sizeof(uint32_t));
	rec->channel_count = rec->c;
	gs_blob_add(channels, l->channel_map, rec->c * sizeof(*l->channel_map));
}

static uint8_t elf_type(const struct gs_quant *q, const struct gs_layout *l)
{
	if (q->type != GS_DT_I4)
		return GS_ELF_I8;
	return l->bits == 4 ? GS_ELF_I4 : GS_ELF_I4_WIDE;
}

static int add_tensor(struct gs_emit *e, const struct gs_lives *lives,
		      const struct gs_place *place)
{
	const struct gs_program *p = e->program;
	const struct gs_tensor *t = place->tensor, *root = gs_emit_root(t);
	const struct gs_layout *l = t->layout.valid ? &t->layout :
						      &root->layout;
	const struct gs_quant *q = t->quant.valid ? &t->quant : &root->quant;
	struct gs_elf_tensor rec = { .type = elf_type(q, l) };
	const struct gs_life *life = gs_lives_find(lives, root);
	int ret = check_tensor(e, place, l, q);

	if (ret)
		return ret;
	if (!life)
		return gs_error(e->diag, -EINVAL,
				"model file: %s, of which %s is a view, has no "
				"place in memory",
				root->name, t->name);
	rec.root = life->place;
	rec.first_layer = life->first;
	rec.last_layer = is_output(p, root) ? p->num_layers - 1 : life->last;
	rec.name = gs_blob_string(&e->blob[GS_EMIT_NAMES], t->name);
	rec.rank = (uint8_t)t->shape.rank;
	memcpy(rec.dim, t->shape.dim, t->shape.rank * sizeof(rec.dim[0]));
	rec.input = find_io(p->graph->input, p->graph->num_inputs, t);
	rec.output = find_io(p->graph->output, p->graph->num_outputs, t);
	set_layout(e, &rec, l);
	if (t != root && t->has_order)
		rec.order = t->order == GS_ORDER_NHWC ? GS_ELF_NHWC :
							GS_ELF_NCHW;
	rec.zero_point = q->zero_point;
	rec.scale = q->scale[0];
	rec.offset = place->offset;
	gs_blob_add(&e->blob[GS_EMIT_TENSORS], &rec, sizeof(rec));
	return 0;
}

int gs_emit_tensors(struct gs_emit *e)
{
	struct gs_lives lives;
	int ret = gs_lives_init(&lives, e->program);

	if (ret)
		gs_error(e->diag, ret, "model file: out of memory");
	else
		ret = check_io(e, &lives);
	for (uint32_t i = 0; i < e->program->num_places && !ret; i++)
		ret = add_tensor(e, &lives, &e->program->place[i]);
	gs_lives_fini(&lives);
	return ret;
}

/* ---- architecture, metadata ---------------------------------------------------------------- */

int gs_emit_arch(struct gs_emit *e)
{
	const struct gs_arch *arch = &e->program->arch;
	static const char padding[4];
	char json[GS_ARCH_JSON_SIZE];
	int n = gs_arch_format(arch, json, sizeof(json));
	uint32_t bytes = (uint32_t)n, pad = (4 - bytes % 4) % 4;
	struct gs_elf_arch desc = {
		.isa_version = arch->isa_version,
		.extensions = arch->extensions,
		.hash = gs_arch_hash(arch),
		.json_bytes = bytes,
	};
	const uint32_t note[3] = { sizeof(GS_ELF_NOTE_OWNER),
				   (uint32_t)sizeof(desc) + bytes,
				   GS_ELF_NOTE_ARCH };
	struct gs_blob *blob = &e->blob[GS_EMIT_ARCH];

	if (n < 0 || (size_t)n >= sizeof(json))
		return gs_error(e->diag, -EINVAL,
				"model file: architecture is too long");
	gs_blob_add(blob, note, sizeof(note));
	gs_blob_add(blob, GS_ELF_NOTE_OWNER, sizeof(GS_ELF_NOTE_OWNER));
	gs_blob_add(blob, &desc, sizeof(desc));
	gs_blob_add(blob, json, bytes);
	gs_blob_add(blob, padding, pad);
	return 0;
}

int gs_emit_meta(struct gs_emit *e)
{
	const struct gs_graph *g = e->program->graph;
	struct gs_blob *blob = &e->blob[GS_EMIT_META];

	for (unsigned i = 0; i < g->num_meta; i++) {
		bool known = !g->meta[i].key[0];

		for (unsigned k = 0; k < i && !known; k++)
			known = !strcmp(g->meta[i].key, g->meta[k].key);
		if (known) {
			gs_warn(e->diag,
				"model file: metadata '%s' is there twice or "
				"has no name, left out",
				g->meta[i].key);
			continue;
		}
		gs_blob_add(blob, g->meta[i].key, strlen(g->meta[i].key) + 1);
		gs_blob_add(blob, g->meta[i].value,
			    strlen(g->meta[i].value) + 1);
	}
	return 0;
}
