/* SPDX-License-Identifier: MIT */
#include "compiler/codegen/codegen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codelets/span.h"
#include "compiler/codegen/emit.h"

/* ---- memory ---- */

static uint64_t place_of(const struct gs_program *p,
			 const struct gs_tensor *root)
{
	uint32_t i;

	for (i = 0; i < p->num_places; i++)
		if (p->place[i].tensor == root)
			return p->place[i].offset;
	return 0;
}

/* Views of placed tensors that users see: graph inputs and outputs. */
static void place_views(struct gs_gen *g)
{
	struct gs_program *p = g->prog;
	unsigned i;

	for (i = 0; i < g->graph->num_tensors; i++) {
		struct gs_tensor *t = g->graph->tensor[i];
		const struct gs_tensor *root = gs_tensor_root(t);

		if (root == t || root->part.of || !root->layout.valid ||
		    root->data || !(t->is_input || t->is_output))
			continue;
		p->place[p->num_places++] =
			(struct gs_place){ t, place_of(p, root) };
	}
}

static void put_row(struct gs_gen *g, struct gs_bound_operand *o)
{
	const uint64_t size = (uint64_t)o->row_elems * 4;
	uint8_t *out;
	uint32_t i;

	o->bytes = size;
	o->offset = o->decl->mem == GS_ACG_BBUF ?
			    gs_append_param(g, size, &out) :
			    gs_append_const(g, size, &out);
	for (i = 0; out && i < o->row_elems; i++) {
		const uint32_t v = (uint32_t)o->row[i];

		out[4 * i] = (uint8_t)v;
		out[4 * i + 1] = (uint8_t)(v >> 8);
		out[4 * i + 2] = (uint8_t)(v >> 16);
		out[4 * i + 3] = (uint8_t)(v >> 24);
	}
}

static void put_element(const struct gs_layout *l, uint8_t *out, int64_t at,
			int8_t value)
{
	const unsigned shift = at % 2 ? 4 : 0;

	if (l->bits == 8)
		out[at] = (uint8_t)value;
	else
		out[at / 2] = (uint8_t)((out[at / 2] & 0xf0 >> shift) |
					(value & 15) << shift);
}

/* A constant activation in the layout its reader expects: n, h, w, channels padded. */
static void put_constant_activation(struct gs_gen *g,
				    struct gs_bound_operand *o)
{
	const struct gs_layout *l = &o->tensor->layout;
	const int8_t *data = o->tensor->qdata;
	const int64_t width = l->w + l->left + l->right,
		      height = l->h + l->top + l->bottom;
	int64_t n, h, w, c;
	uint8_t *out;

	o->bytes = (uint64_t)l->bytes;
	o->offset = gs_append_const(g, l->bytes, &out);
	if (!out)
		return;
	memset(out,
	       (uint8_t)(l->bits == 8 ? l->border_value :
					(l->border_value & 15) * 17),
	       (size_t)l->bytes);
	for (n = 0; n < l->n; n++)
		for (h = 0; h < l->h; h++)
			for (w = 0; w < l->w; w++)
				for (c = 0; c < l->c; c++) {
					const int64_t from =
						l->order == GS_ORDER_NCHW ?
							((n * l->c + c) * l->h +
							 h) * l->w +
								w :
							((n * l->h + h) * l->w +
							 w) * l->c +
								c;
					const int64_t to =
						((n * height + h + l->top) *
							 width +
						 w + l->left) *
							l->c_phys +
						c;

					put_element(l, out, to, data[from]);
				}
}

static void put_data(struct gs_gen *g, struct gs_planned *layer)
{
	struct gs_bound_node *b = layer->binding;
	unsigned i;

	for (i = 0; i < b->num_operands && !g->err; i++) {
		struct gs_bound_operand *o = &b->operand[i];

		if (o->decl->kind == GS_CL_WEIGHT) {
			gs_pack_weights(g, b, &layer->tiling, o);
			o->bytes = g->prog->param_bytes - o->offset;
		} else if (o->decl->kind == GS_CL_ROW)
			put_row(g, o);
		else if (gs_is_read(o) && o->tensor->data)
			put_constant_activation(g, o);
	}
}

/* ---- blocks ---- */

static void begin_block(struct gs_gen *g)
{
	g->block_word = g->prog->num_words;
}

static void check_capacity(struct gs_gen *g, const struct gs_block *blk,
			   uint32_t simd_words)
{
	const struct gs_arch *a = &g->acg->arch;
	const uint32_t rest = g->prog->num_words - g->block_word - simd_words;

	if (g->err)
		return;
	if (simd_words > a->simd_instr_depth)
		g->err = gs_error(
			g->diag, -ENOSPC,
			"%s: %u SIMD words, but the machine's SIMD_INSTR_DEPTH is %u",
			blk->b->node->name, simd_words, a->simd_instr_depth);
	else if (rest > a->instr_depth)
		g->err = gs_error(
			g->diag, -ENOSPC,
			"%s: %u array words, but the machine's INSTR_DEPTH is %u",
			blk->b->node->name, rest, a->instr_depth);
}

/* Each block names the next; the size is known when that one ends. */
static void end_block(struct gs_gen *g)
{
	const struct gs_addr next = { GS_PART_CODE,
				      ((int64_t)g->prog->num_words + 4) * 4 };
	uint32_t link;

	gs_put_reloc(g, GS_INSN_SET_BASE_ADDR, GS_MEM_IMEM, GS_BUF_IBUF, 0,
		     false, next);
	gs_put_reloc(g, GS_INSN_SET_BASE_ADDR, GS_MEM_IMEM, GS_BUF_IBUF, 0,
		     true, next);
	link = gs_put(g, GS_INSN_LD_ST, GS_ACC_LD, GS_MEM_IMEM, GS_BUF_IBUF, 0,
		      0, 0);
	gs_put(g, GS_INSN_BLOCK_END, 0, 0, 0, 0, 0, 0);
	if (g->next_words == GS_NO_WORD)
		g->prog->entry_words = g->prog->num_words - g->block_word;
	else
		gs_patch(g, g->next_words, 4,
			 g->prog->num_words - g->block_word);
	g->next_words = link;
}

static uint32_t emit_simd(struct gs_gen *g, const struct gs_block *blk,
			  unsigned first, unsigned end)
{
	const uint32_t start = g->prog->num_words;

	gs_emit_simd_group(g, blk, first, end);
	return g->prog->num_words - start;
}

/* Would these steps fit a block? What the trial emits is taken back. */
static bool steps_fit(struct gs_gen *g, const struct gs_block *blk,
		      unsigned first, unsigned end)
{
	const uint32_t words = g->prog->num_words, relocs = g->prog->num_relocs;
	struct gs_diag *diag = g->diag;
	bool fits;

	g->diag = NULL;
	fits = emit_simd(g, blk, first, end) <= blk->tiling->split_words &&
	       !g->err;
	g->diag = diag;
	g->err = 0;
	g->prog->num_words = words;
	g->prog->num_relocs = relocs;
	return fits;
}

/* Steps of a block from @first on: all up to @last, or as many as fit where the layer is split. */
static unsigned find_end(struct gs_gen *g, const struct gs_block *blk,
			 unsigned first, unsigned last)
{
	unsigned end = first + 1;

	if (!blk->tiling->split_words)
		return last;
	while (end < last && !g->err && steps_fit(g, blk, first, end + 1))
		end++;
	return end;
}

/* Scratchpads keep what one block leaves there for the next. */
static uint32_t emit_steps(struct gs_gen *g, const struct gs_block *blk,
			   unsigned first, unsigned last)
{
	uint32_t simd_words, blocks = 0;
	unsigned end;

	for (; first < last && !g->err; first = end) {
		begin_block(g);
		if (!first && blk->b->array_stmt >= 0)
			gs_emit_array_group(g, blk);
		end = find_end(g, blk, first, last);
		simd_words = emit_simd(g, blk, first, end);
		end_block(g);
		check_capacity(g, blk, simd_words);
		blocks++;
	}
	return blocks;
}

/* The steps of a reduction for each of its parts, the last variable fastest. */
static uint32_t emit_parts(struct gs_gen *g, struct gs_block *blk, unsigned var,
			   const struct gs_simd_steps *s)
{
	const struct gs_bound_node *b = blk->b;
	uint32_t i, num, blocks = 0;

	while (var < b->num_vars && !gs_var_has_parts(b, var))
		var++;
	if (var == b->num_vars)
		return emit_steps(g, blk, s->part, s->part_end);
	num = b->var[var].units / blk->tile[var];
	for (i = 0; i < num && !g->err; i++) {
		blk->piece[var].start = i * blk->tile[var];
		blocks += emit_parts(g, blk, var + 1, s);
		if (g->measure) /* the others are as long */
			break;
	}
	blk->piece[var].start = 0;
	return blocks;
}

static uint32_t emit_block(struct gs_gen *g, struct gs_block *blk)
{
	const struct gs_tiling *t = blk->tiling;
	struct gs_simd_steps s;
	uint32_t blocks;
	unsigned i;

	blk->num_outer = 0;
	for (i = 0; i < t->num_order; i++)
		if (blk->piece[t->order[i]].count > 1)
			blk->outer[blk->num_outer++] = t->order[i];
	for (i = 0; i < blk->b->num_vars; i++)
		blk->tile[i] = blk->piece[i].tile;
	gs_span_tiles(blk->b, blk->tile);
	s = gs_simd_steps(blk);
	if (s.part == s.part_end)
		return emit_steps(g, blk, 0, s.num);
	blocks = emit_steps(g, blk, 0, s.part);
	blocks += emit_parts(g, blk, 0, &s);
	return blocks + emit_steps(g, blk, s.part_end, s.num);
}

static uint32_t emit_pieces(struct gs_gen *g, struct gs_block *blk,
			    unsigned level);

/* The tiles of a piece: in loops of the machine, or each in blocks of its own. */
static uint32_t emit_tiles(struct gs_gen *g, struct gs_block *blk,
			   unsigned level, const struct gs_piece *piece)
{
	const unsigned var = blk->tiling->order[level];
	const bool split = blk->tiling->split_words && !blk->b->var[var].reduce;
	struct gs_positions k;
	uint32_t i, blocks = 0;

	blk->piece[var] = *piece;
	if (gs_span_kernel(blk->b, var, piece->start, &k))
		blk->piece[k.var] = (struct gs_piece){ k.first, k.num, 1 };
	if (!split)
		return emit_pieces(g, blk, level + 1);
	blk->piece[var].count = 1;
	for (i = 0; i < piece->count && !g->err; i++) {
		blk->piece[var].start = piece->start + i * piece->tile;
		blocks += emit_pieces(g, blk, level + 1);
		if (g->measure) /* the others are as long */
			break;
	}
	return blocks;
}

/* Every combination of pieces, the last variable fastest. */
static uint32_t emit_pieces(struct gs_gen *g, struct gs_block *blk,
			    unsigned level)
{
	struct gs_piece piece[GS_MAX_PIECES];
	unsigned var, num, i;
	uint32_t blocks = 0;

	if (level == blk->tiling->num_order)
		return emit_block(g, blk);
	var = blk->tiling->order[level];
	if (gs_var_has_parts(blk->b, var))
		return emit_pieces(g, blk, level + 1);
	num = gs_pieces(blk->b, var, blk->tiling->tile[var], piece);
	for (i = 0; i < num && !g->err; i++)
		blocks += emit_tiles(g, blk, level, &piece[i]);
	return blocks;
}

static void start_pieces(struct gs_block *blk)
{
	unsigned i;

	for (i = 0; i < blk->b->num_vars; i++)
		blk->piece[i] = (struct gs_piece){ 0, blk->tiling->tile[i], 1 };
}

int gs_try_layer(const struct gs_graph *graph, const struct gs_acg *acg,
		 const struct gs_bound_node *b, const struct gs_tiling *tiling,
		 struct gs_program *out)
{
	struct gs_gen g = { .graph = graph,
			    .acg = acg,
			    .prog = out,
			    .next_words = GS_NO_WORD,
			    .measure = true };
	struct gs_block blk = { .b = b, .tiling = tiling };

	*out = (struct gs_program){ .arch = acg->arch, .graph = graph };
	out->layer = calloc(1, sizeof(*out->layer));
	if (!out->layer)
		return -ENOMEM;
	out->layer->name = b->node->name;
	start_pieces(&blk);
	emit_pieces(&g, &blk, 0);
	if (!g.err)
		gs_patch(&g, out->num_words - 1, 0, 1);
	return g.err;
}

static const char *tiling_note(struct gs_gen *g, const struct gs_planned *layer)
{
	const struct gs_tiling *t = &layer->tiling;
	const char *note =
		gs_graph_printf((struct gs_graph *)(uintptr_t)g->graph,
				"%s: tile", layer->binding->cl->name);
	unsigned i;

	for (i = 0; i < t->num_order && note; i++) {
		const struct gs_var *v = &layer->binding->var[t->order[i]];

		/* Kernels are rarely cut, so that is what is told. */
		if (v->reduce && !v->channel &&
		    t->tile[t->order[i]] == v->units)
			continue;
		note = gs_graph_printf((struct gs_graph *)(uintptr_t)g->graph,
				       "%s %s=%u/%u%s", note, v->name,
				       t->tile[t->order[i]], v->units,
				       v->channel ? " rows" : "");
	}
	if (t->strips > 1 && !t->split_words && note)
		note = gs_graph_printf((struct gs_graph *)(uintptr_t)g->graph,
				       "%s, %u strips", note, t->strips);
	if (t->split_words && note)
		note = gs_graph_printf((struct gs_graph *)(uintptr_t)g->graph,
				       "%s, split", note);
	return note;
}

static void emit_layer(struct gs_gen *g, struct gs_planned *layer,
		       uint32_t index)
{
	struct gs_block blk = { .b = layer->binding, .tiling = &layer->tiling };
	struct gs_layer *l = &g->prog->layer[index];

	g->group = index;
	put_data(g, layer);
	start_pieces(&blk);
	*l = (struct gs_layer){ .node = layer->binding->node,
				.name = layer->binding->node->name,
				.op = layer->binding->node->op,
				.macs = layer->binding->node->macs,
				.first_word = g->prog->num_words,
				.cycles = layer->tiling.cycles,
				.note = tiling_note(g, layer) };
	l->num_blocks = emit_pieces(g, &blk, 0);
	l->num_words = g->prog->num_words - l->first_word;
}

/* A model of views alone: its outputs are its inputs in another shape. */
static void emit_nothing(struct gs_gen *g)
{
	g->prog->layer[0] = (struct gs_layer){ .name = "nothing",
					       .op = "Identity",
					       .num_blocks = 1 };
	g->prog->num_layers = 1;
	begin_block(g);
	end_block(g);
	g->prog->layer[0].num_words = g->prog->num_words;
}

int gs_codegen(const struct gs_graph *graph, const struct gs_acg *acg,
	       struct gs_planned *layer, unsigned num_layers,
	       struct gs_program *out, struct gs_diag *diag)
{
	struct gs_gen g = { .graph = graph,
			    .acg = acg,
			    .prog = out,
			    .diag = diag,
			    .next_words = GS_NO_WORD };
	unsigned i;

	*out = (struct gs_program){ .arch = acg->arch,
				    .graph = graph,
				    .num_layers = num_layers };
	out->layer = calloc(num_layers ? num_layers : 1, sizeof(*out->layer));
	if (!out->layer)
		return gs_error(diag, -ENOMEM, "out of memory");
	if (!num_layers)
		emit_nothing(&g);
	gs_place_activations(&g, layer, num_layers);
	for (i = 0; i < num_layers && !g.err; i++)
		emit_layer(&g, &layer[i], i);
	place_views(&g);
	if (!g.err)
		gs_patch(&g, out->num_words - 1, 0, 1);
	return g.err;
}
